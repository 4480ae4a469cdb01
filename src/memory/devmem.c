// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The physical memory of the machine we run on: /dev/mem, and /proc/kcore for
 * reading where the kernel keeps RAM from it (CONFIG_STRICT_DEVMEM).
 *
 * Nothing is opened before the first window: the device tree alone needs no
 * /dev/mem.
 */
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "break.h"
#include "cpu.h"
#include "kcore.h"
#include "refusal.h"
#include "sources.h"
#include "sysfs.h"

#define DEV_MEM "/dev/mem"
#define KCORE "/proc/kcore"

struct devmem {
	char *path;
	uint64_t page;			/* bytes; mmap offsets are multiples of it */
	int lock_fd;			/* holds the lock of writers, or -1 */
	struct break_state *pause;	/* between prepare and finish */
};

/* Of a window: a mapping, or the core file and the offset in it. */
struct range {
	void *start;			/* NULL: the core */
	size_t length;
	int core_fd;
	uint64_t core_offset;
};

static int devmem_open(struct memory *memory, const char *argument, struct its_error *error)
{
	struct devmem *devmem;
	long page = sysconf(_SC_PAGESIZE);

	if (argument && !*argument)
		return its_error(error, ITS_ERR_USAGE, "--source devmem: names no file");
	devmem = calloc(1, sizeof(*devmem));
	if (devmem)
		devmem->path = strdup(argument ? argument : DEV_MEM);
	if (!devmem || !devmem->path || page <= 0) {
		if (devmem)
			free(devmem->path);
		free(devmem);
		return its_no_memory(error, "the source devmem");
	}
	devmem->page = (uint64_t)page;
	devmem->lock_fd = -1;
	memory->private = devmem;
	return ITS_OK;
}

static void devmem_finish(struct memory *memory)
{
	struct devmem *devmem = memory->private;

	break_finish(devmem->pause);
	devmem->pause = NULL;
}

static void devmem_close(struct memory *memory)
{
	struct devmem *devmem = memory->private;

	devmem_finish(memory);
	if (devmem->lock_fd >= 0)
		close(devmem->lock_fd);
	free(devmem->path);
	free(devmem);
}

static int refuse(const struct window *window, enum refusal_call call, const char *path, int cause,
		  struct its_error *error)
{
	struct refusal refusal = {
		.call = call, .path = path, .cause = cause, .base = window->base,
		.kind = window->kind, .writable = window->writable,
	};

	refusal_gather(&refusal);
	return refusal_error(&refusal, error);
}

/* Two tools that write at once would undo each other's laps. Held until the source is closed. */
static int lock_writers(struct devmem *devmem, int fd, struct its_error *error)
{
	if (devmem->lock_fd >= 0)
		return ITS_OK;
	/* Never the number of a standard stream: it stays open while the report is written. */
	int lock_fd = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);

	if (lock_fd < 0)
		return its_error(error, ITS_ERR_FAILED, "dup of %s: %s", devmem->path,
				 strerror(errno));
	if (flock(lock_fd, LOCK_EX | LOCK_NB)) {
		int cause = errno;

		close(lock_fd);
		if (cause != EWOULDBLOCK)
			return its_error(error, ITS_ERR_ACCESS, "flock of %s: %s", devmem->path,
					 strerror(cause));
		its_error(error, ITS_ERR_UNSAFE, "another its-tool is writing (it holds the lock"
			  " of %s)", devmem->path);
		return its_hint(error, "wait until it has ended; fuser %s shows it", devmem->path);
	}
	devmem->lock_fd = lock_fd;
	return ITS_OK;
}

/* Touching a page beyond the end of an ordinary file would be a SIGBUS; a directory can be opened, too. */
static int check_file(const struct window *window, int fd, const char *path, struct its_error *error)
{
	struct stat status;

	if (fstat(fd, &status))
		return ITS_OK;
	if (S_ISDIR(status.st_mode))
		return refuse(window, REFUSAL_OPEN, path, EISDIR, error);
	if (!S_ISREG(status.st_mode))
		return ITS_OK;
	if (window->base + (window->size - 1) < (uint64_t)status.st_size)
		return ITS_OK;
	return its_error(error, ITS_ERR_INPUT, "%s ends at 0x%" PRIx64 ", before 0x%" PRIx64, path,
			 (uint64_t)status.st_size, window->base + window->size);
}

/*
 * O_SYNC decides how RAM is mapped: without it cacheable, which is how the
 * kernel sees it; with it non-cacheable. Registers become Device-nGnRnE
 * either way (phys_mem_access_prot). The mapping outlives the descriptor.
 */
static int map_physical(struct window *window, struct range *range, struct its_error *error)
{
	struct devmem *devmem = window->memory->private;
	uint64_t inside = window->base % devmem->page;
	uint64_t length = inside + window->size;
	int protection = PROT_READ | (window->writable ? PROT_WRITE : 0);
	int flags = (window->writable ? O_RDWR : O_RDONLY) | O_CLOEXEC |
		(window->kind == MEMORY_RAM ? 0 : O_SYNC);
	int code, fd = open(devmem->path, flags);

	if (fd < 0)
		return refuse(window, REFUSAL_OPEN, devmem->path, errno, error);
	code = check_file(window, fd, devmem->path, error);
	if (!code && window->writable && window->kind == MEMORY_REGISTERS)
		code = lock_writers(devmem, fd, error);
	if (code)
		goto out;
	if (window->base > INT64_MAX || length > SIZE_MAX || length < window->size) {
		code = refuse(window, REFUSAL_MMAP, devmem->path, EINVAL, error);
		goto out;
	}
	range->start = mmap(NULL, (size_t)length, protection, MAP_SHARED, fd,
			    (off_t)(window->base - inside));
	if (range->start == MAP_FAILED) {
		code = refuse(window, REFUSAL_MMAP, devmem->path, errno, error);
		range->start = NULL;
		goto out;
	}
	range->length = (size_t)length;
	window->mapped = (volatile char *)range->start + inside;
	window->via = devmem->path;
out:
	close(fd);
	return code;
}

/* Only the cacheable view, only of this machine, and only for reading. */
static bool core_can_serve(const struct window *window)
{
	const struct devmem *devmem = window->memory->private;

	return window->kind == MEMORY_RAM && !window->writable &&
		strcmp(devmem->path, DEV_MEM) == 0;
}

static int open_core(struct window *window, struct range *range, struct its_error *error)
{
	int code, fd = open(KCORE, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return its_error(error, ITS_ERR_ACCESS, "%s", strerror(errno));
	code = kcore_find(fd, window->base, window->size, &range->core_offset, error);
	if (code) {
		close(fd);
		return code;
	}
	range->core_fd = fd;
	window->via = KCORE;
	return ITS_OK;
}

/*
 * With --dtb a foreign board's addresses could be looked for in the memory of
 * a PC, where reading a device register may do anything.
 */
static int check_machine(const struct memory *memory, struct its_error *error)
{
#if defined(__aarch64__) || defined(__arm__)
	(void)memory;
	(void)error;
	return 0;
#else
	const struct devmem *devmem = memory->private;

	if (strcmp(devmem->path, DEV_MEM))
		return 0;
	its_error(error, ITS_ERR_ACCESS, "this machine is no Arm: its " DEV_MEM " is not the board's");
	its_hint(error, "run its-tool on the board (make target builds it), or try it with --source sim:DTB");
	return ITS_ERR_ACCESS;
#endif
}

static int devmem_map(struct window *window, struct its_error *error)
{
	struct its_error refused = { 0 }, core = { 0 };
	struct range *range = calloc(1, sizeof(*range));
	int code;

	if (!range)
		return its_no_memory(error, "a window at 0x%" PRIx64, window->base);
	range->core_fd = -1;
	code = check_machine(window->memory, &refused);
	if (code) {
		if (error)
			*error = refused;
		free(range);
		return code;
	}
	code = map_physical(window, range, &refused);
	if (code == ITS_ERR_ACCESS && core_can_serve(window)) {
		if (open_core(window, range, &core) == ITS_OK) {
			code = ITS_OK;
		} else {
			its_error(error, code, "%s; and " KCORE ": %s", refused.message,
				  core.message);
			its_hint(error, "%s", refused.hint);
		}
	} else if (code && error) {
		*error = refused;
	}
	if (code) {
		free(range);
		return code;
	}
	window->private = range;
	return ITS_OK;
}

static void devmem_unmap(struct window *window)
{
	struct range *range = window->private;

	if (range->start)
		munmap(range->start, range->length);
	if (range->core_fd >= 0)
		close(range->core_fd);
	free(range);
}

/* Only windows on the core come here, and those are never writable: there is no write. */
static int devmem_read_words(struct window *window, uint64_t offset, uint64_t *words, size_t count,
			     struct its_error *error)
{
	const struct range *range = window->private;
	int code = kcore_read(range->core_fd, range->core_offset + offset, words,
			      count * sizeof(*words), error);

	for (size_t i = 0; i < count && !code; i++)
		words[i] = le64toh(words[i]);
	return code;
}

static int devmem_read(struct window *window, uint64_t offset, unsigned width, uint64_t *value,
		       struct its_error *error)
{
	const struct range *range = window->private;
	uint32_t half;

	if (width == 64)
		return devmem_read_words(window, offset, value, 1, error);
	int code = kcore_read(range->core_fd, range->core_offset + offset, &half, sizeof(half),
			      error);

	if (!code)
		*value = le32toh(half);
	return code;
}

static void devmem_publish(struct window *window, uint64_t offset, uint64_t length, bool clean)
{
	if (clean && window->mapped)
		cpu_clean((const volatile char *)window->mapped + offset, length);
	else
		cpu_publish();
}

static int devmem_check_ring(struct memory *memory, bool noncoherent, struct its_error *error)
{
	(void)memory;
	return refusal_uncleaned(noncoherent, cpu_can_clean(), error);
}

static int devmem_prepare(struct memory *memory, struct its_error *error)
{
	struct devmem *devmem = memory->private;

	return devmem->pause ? ITS_OK : break_prepare(&devmem->pause, error);
}

static int devmem_pause(struct memory *memory, unsigned limit_ms, struct its_error *error)
{
	struct devmem *devmem = memory->private;

	if (!devmem->pause)
		return its_error(error, ITS_ERR_FAILED, "a break that was not prepared");
	return break_pause(devmem->pause, limit_ms, error);
}

static void devmem_resume(struct memory *memory)
{
	struct devmem *devmem = memory->private;

	if (devmem->pause)
		break_resume(devmem->pause);
}

#define ACPI_TABLES "/sys/firmware/acpi/tables/"

static int file_refused(enum memory_file which, const char *path, int cause,
			struct its_error *error)
{
	if (which == MEMORY_FILE_ACPI && (cause == ENOENT || cause == ENOTDIR))
		return its_error(error, ITS_ERR_NO_ITS, "open %s: %s: this machine was not booted"
				 " with ACPI", path, strerror(cause));
	if (which == MEMORY_FILE_DTB && (cause == ENOENT || cause == ENOTDIR)) {
		its_error(error, ITS_ERR_NO_ITS, "open %s: %s: this machine was not booted with a"
			  " device tree", path, strerror(cause));
		return its_hint(error, "name a device tree with --dtb FILE; without hardware,"
				" everything can be tried with --source sim");
	}
	its_error(error, ITS_ERR_ACCESS, "open %s: %s", path, strerror(cause));
	if (cause != EACCES && cause != EPERM)
		return ITS_ERR_ACCESS;
	return its_hint(error, which == MEMORY_FILE_DTB ?
			"run its-tool as root, or name a copy with --dtb FILE" :
			which == MEMORY_FILE_ACPI ?
			"run its-tool as root, or name a copy with --acpi FILE" :
			"run its-tool as root");
}

static int read_path(enum memory_file which, const char *path, char **data, size_t *size,
		     struct its_error *error)
{
	int code, fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return file_refused(which, path, errno, error);
	code = memory_read_fd(fd, path, data, size, error);
	close(fd);
	return code;
}

/* The IORT behind the MADT; a machine may have none. */
static int read_acpi(char **data, size_t *size, struct its_error *error)
{
	struct its_error absent;
	char *iort, *both;
	size_t iort_size;
	int code = read_path(MEMORY_FILE_ACPI, ACPI_TABLES "APIC", data, size, error);

	if (code)
		return code;
	code = read_path(MEMORY_FILE_ACPI, ACPI_TABLES "IORT", &iort, &iort_size, &absent);
	if (code == ITS_ERR_NO_ITS)
		return ITS_OK;
	if (code) {
		if (error)
			*error = absent;
		free(*data);
		return code;
	}
	both = realloc(*data, *size + iort_size);
	if (!both) {
		free(*data);
		code = its_no_memory(error, "the ACPI tables");
	} else {
		memcpy(both + *size, iort, iort_size);
		*data = both;
		*size += iort_size;
	}
	free(iort);
	return code;
}

static int devmem_file(struct memory *memory, enum memory_file which, char **data, size_t *size,
		       struct its_error *error)
{
	static const char *const paths[MEMORY_FILES] = {
		[MEMORY_FILE_DTB] = "/sys/firmware/fdt",
		[MEMORY_FILE_INTERRUPTS] = "/proc/interrupts",
	};

	(void)memory;
	if (which == MEMORY_FILE_SYSTEM)
		return sysfs_collect("", data, size, error);
	if (which == MEMORY_FILE_ACPI)
		return read_acpi(data, size, error);
	return read_path(which, paths[which], data, size, error);
}

const struct memory_ops memory_devmem = {
	.scheme = "devmem",
	.syntax = "devmem[:FILE]",
	.summary = "this machine's physical memory, through " DEV_MEM " or a FILE like it",
	.live = true,
	.open = devmem_open,
	.close = devmem_close,
	.map = devmem_map,
	.unmap = devmem_unmap,
	.read = devmem_read,
	.read_words = devmem_read_words,
	.publish = devmem_publish,
	.prepare = devmem_prepare,
	.pause = devmem_pause,
	.resume = devmem_resume,
	.finish = devmem_finish,
	.check_ring = devmem_check_ring,
	.file = devmem_file,
};
