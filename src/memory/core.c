// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What was in the memory of a machine that crashed? ELF and compressed cores
 * (kdump, makedumpfile, QEMU's dump-guest-memory) by way of libkdumpfile,
 * which knows the formats. A core holds RAM and no device registers.
 */
#include "sources.h"
#include "spool.h"

#ifdef ITS_CORE

#include <endian.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <libkdumpfile/kdumpfile.h>

#include "core_check.h"
#include "core_library.h"

struct core {
	kdump_ctx_t *context;
	int fd;
	uint64_t size;			/* of the file, in bytes */
	char remark[SPOOL_REMARK];
	uint64_t page;			/* bytes */
	kdump_bmp_t *ram;		/* which pages are RAM, left out or not; NULL: those that can be read */
};

static void core_close(struct memory *memory)
{
	struct core *core = memory->private;

	if (core->ram)
		kdump_bmp_decref(core->ram);
	if (core->context)
		kdump_free(core->context);
	if (core->fd >= 0)
		close(core->fd);
	free(core);
}

/* Puts a flattened core in order; core->fd is then the ordered one. */
static int restore(struct core *core, const char *path, struct its_error *error)
{
	struct stat status;
	struct its_error cause = { 0 };
	int code, ordered;

	if (!flattened(core->fd))
		return ITS_OK;
	code = spool_temporary(&ordered, error);
	if (code)
		return code;
	code = flattened_restore(core->fd, ordered, &cause);
	if (code) {
		close(ordered);
		its_error(error, code, "%s, a flattened core: %.400s", path, cause.message);
		return its_hint(error, "%s", *cause.hint ? cause.hint : "makedumpfile -R puts it in order, too");
	}
	close(core->fd);
	core->fd = ordered;
	if (fstat(ordered, &status))
		return its_error(error, ITS_ERR_INPUT, "%s, put in order: %s", path, strerror(errno));
	core->size = (uint64_t)status.st_size;
	return ITS_OK;
}

/* What libkdumpfile gets to see is whole; other formats that it knows are of machines without an ITS. */
static int check(const struct core *core, const char *path, struct its_error *error)
{
	struct its_error cause = { 0 };
	int code;

	if (core_is_elf(core->fd)) {
		code = core_elf_check(core->fd, core->size, &cause);
	} else if (core_is_kdump(core->fd)) {
		code = core_kdump_check(core->fd, core->size, &cause);
	} else {
		its_error(error, ITS_ERR_INPUT, "%.200s is no core that can be read: %s", path,
			  *core->remark ? core->remark : "it is neither ELF nor of makedumpfile's");
		return its_hint(error, "raw memory without a header is read by --source image:FILE@ADDRESS");
	}
	if (!code)
		return ITS_OK;
	its_error(error, code, "the core %.200s %.300s", path, cause.message);
	return its_hint(error, "%s", cause.hint);
}

static int open_file(struct core *core, const char *path, struct its_error *error)
{
	kdump_attr_t ram = { .type = KDUMP_BITMAP };
	kdump_num_t page;
	int code;

	code = spool_open(path, &core->fd, &core->size, core->remark, error);
	if (code) {
		core->fd = -1;
		return code;
	}
	code = restore(core, path, error);
	if (!code)
		code = check(core, path, error);
	if (!code)
		code = core_library_load(error);
	if (code)
		return code;
	core->context = kdump_new();
	if (!core->context)
		return its_no_memory(error, "the core %s", path);
	/* A mapping dies of what a read only fails of. */
	kdump_set_number_attr(core->context, KDUMP_ATTR_FILE_MMAP_POLICY, KDUMP_MMAP_NEVER);
	if (kdump_open_fd(core->context, core->fd) != KDUMP_OK) {
		its_error(error, ITS_ERR_INPUT, "%s is no core that can be read: %.200s", path,
			  kdump_get_err(core->context));
		/* 0.5.1 goes through NULL when it frees a compressed core that it did not like: it is left to the exit. */
		if (!core_is_elf(core->fd))
			core->context = NULL;
		return ITS_ERR_INPUT;
	}
	/* From here on only segments are read, and those lie within the file: a search of them is ten times as fast. */
	if (core_is_elf(core->fd))
		kdump_set_number_attr(core->context, KDUMP_ATTR_FILE_MMAP_POLICY, KDUMP_MMAP_TRY);
	/* An ELF core without a note of Linux's does not tell; then it is only a measure. */
	if (kdump_get_number_attr(core->context, KDUMP_ATTR_PAGE_SIZE, &page) != KDUMP_OK) {
		page = 4096;
		kdump_set_number_attr(core->context, KDUMP_ATTR_PAGE_SIZE, page);
	}
	core->page = page >= 8 ? page : 4096;
	/*
	 * makedumpfile leaves out pages of zeros, free pages and those of user
	 * space. The unused end of a ring is of the first kind.
	 */
	kdump_set_number_attr(core->context, KDUMP_ATTR_ZERO_EXCLUDED, 1);
	/* Of ELF a read tells, and asking for the map of a segment without bytes writes beyond it (0.5.1). */
	if (!core_is_elf(core->fd) &&
	    kdump_get_typed_attr(core->context, KDUMP_ATTR_MEMORY_PAGEMAP, &ram) == KDUMP_OK) {
		core->ram = ram.val.bitmap;
		kdump_bmp_incref(core->ram);
	}
	kdump_clear_err(core->context);
	return ITS_OK;
}

static int core_open(struct memory *memory, const char *argument, struct its_error *error)
{
	struct core *core;
	int code;

	if (!argument || !*argument)
		return its_error(error, ITS_ERR_USAGE, "--source core names no file: core:FILE");
	core = calloc(1, sizeof(*core));
	if (!core)
		return its_no_memory(error, "the source core");
	core->fd = -1;
	memory->private = core;
	code = open_file(core, argument, error);
	if (code)
		core_close(memory);
	return code;
}

static int core_map(struct window *window, struct its_error *error)
{
	if (window->kind == MEMORY_RAM)
		return ITS_OK;
	if (window->kind == MEMORY_RAM_UNCACHED)
		return its_error(error, ITS_ERR_INPUT, "a core holds one view of the memory at 0x%" PRIx64
				 ", the CPUs'", window->base);
	its_error(error, ITS_ERR_INPUT, "a core holds RAM, and not the registers at 0x%" PRIx64, window->base);
	return its_hint(error, "give the ring with --cbaser; 'its-tool find-ring' looks for it");
}

static void core_unmap(struct window *window)
{
	(void)window;
}

static int missing(uint64_t address, struct its_error *error)
{
	return its_error(error, ITS_ERR_INPUT, "the core does not hold 0x%" PRIx64, address);
}

static const char *core_remark(struct memory *memory)
{
	const struct core *core = memory->private;

	return *core->remark ? core->remark : NULL;
}

/* Left out is not the same as never there: libkdumpfile fills both with zeros. */
static int check_ram(const struct core *core, uint64_t address, uint64_t length, struct its_error *error)
{
	uint64_t first = address / core->page, last = (address + length - 1) / core->page, i;

	for (i = first; core->ram && i <= last; i++) {
		unsigned char bit;

		if (kdump_bmp_get_bits(core->ram, i, i, &bit) != KDUMP_OK || !(bit & 1))
			return missing(i == first ? address : i * core->page, error);
	}
	return ITS_OK;
}

static int core_read_words(struct window *window, uint64_t offset, uint64_t *words, size_t count,
			   struct its_error *error)
{
	struct core *core = window->memory->private;
	uint64_t address = window->base + offset;
	size_t length = count * sizeof(*words), got = length, i;
	struct stat file;
	kdump_status status;
	int code;

	/* Somebody copies over it: what is gone would be zeros, too, or SIGBUS. */
	if (!fstat(core->fd, &file) && (uint64_t)file.st_size < core->size)
		return its_error(error, ITS_ERR_INPUT, "reading the core at 0x%" PRIx64 ": it has become shorter", address);
	code = check_ram(core, address, length, error);
	if (code)
		return code;
	status = kdump_read(core->context, KDUMP_MACHPHYSADDR, address, words, &got);
	if (status == KDUMP_OK && got == length) {
		for (i = 0; i < count; i++)
			words[i] = le64toh(words[i]);
		return ITS_OK;
	}
	if (got < length)
		address += got;
	if (status == KDUMP_ERR_NODATA)
		missing(address, error);
	else
		its_error(error, ITS_ERR_INPUT, "reading the core at 0x%" PRIx64 ": %.200s", address,
			  kdump_get_err(core->context));
	kdump_clear_err(core->context);
	return ITS_ERR_INPUT;
}

static int core_read(struct window *window, uint64_t offset, unsigned width, uint64_t *value,
		     struct its_error *error)
{
	uint64_t word;
	int code = core_read_words(window, offset & ~UINT64_C(7), &word, 1, error);

	if (!code)
		*value = width == 64 ? word : (uint32_t)(word >> (offset % 8 * 8));
	return code;
}

static int add_range(struct memory_range **list, size_t *count, uint64_t base, uint64_t size,
		     struct its_error *error)
{
	struct memory_range *grown;

	if (!(*count & (*count - 1))) {
		grown = realloc(*list, (*count ? 2 * *count : 1) * sizeof(**list));
		if (!grown)
			return its_no_memory(error, "%zu ranges", *count);
		*list = grown;
	}
	(*list)[(*count)++] = (struct memory_range){ base, size };
	return ITS_OK;
}

/* The pages that the file holds, from libkdumpfile's map of them. As many ranges as there are: each costs the file more. */
static int core_ranges(struct memory *memory, struct memory_range **list, size_t *count,
		       struct its_error *error)
{
	struct core *core = memory->private;
	kdump_attr_t map = { .type = KDUMP_BITMAP };
	uint64_t page = core->page;
	kdump_addr_t first, end;
	int code = ITS_OK;

	if (kdump_get_typed_attr(core->context, KDUMP_ATTR_FILE_PAGEMAP, &map) != KDUMP_OK) {
		its_error(error, ITS_ERR_INPUT, "which pages the core holds is not known: %.200s",
			  kdump_get_err(core->context));
		kdump_clear_err(core->context);
		return ITS_ERR_INPUT;
	}
	for (end = 0; !code; ) {
		first = end;
		if (kdump_bmp_find_set(map.val.bitmap, &first) != KDUMP_OK || first > UINT64_MAX / page)
			break;
		end = first;
		if (kdump_bmp_find_clear(map.val.bitmap, &end) != KDUMP_OK || end <= first ||
		    end > UINT64_MAX / page)
			break;
		code = add_range(list, count, first * page, (end - first) * page, error);
	}
	if (code) {
		free(*list);
		*list = NULL;
		*count = 0;
	}
	return code;
}

#else

static int core_open(struct memory *memory, const char *argument, struct its_error *error)
{
	(void)memory;
	(void)argument;
	its_error(error, ITS_ERR_USAGE, "this its-tool was built without libkdumpfile and reads no cores");
	return its_hint(error, "build it where libkdumpfile-dev is installed (make CORE=yes), and read the core there");
}

#define core_close NULL
#define core_map NULL
#define core_unmap NULL
#define core_read NULL
#define core_read_words NULL
#define core_ranges NULL
#define core_remark NULL

#endif

const struct memory_ops memory_core = {
	.scheme = "core",
	.syntax = "core:FILE",
	.summary = "the RAM in a kernel's crash dump: ELF, or compressed by makedumpfile",
	.read_only = "a core",
	.partial = true,
	.open = core_open,
	.close = core_close,
	.map = core_map,
	.unmap = core_unmap,
	.read = core_read,
	.read_words = core_read_words,
	.ranges = core_ranges,
	.remark = core_remark,
};
