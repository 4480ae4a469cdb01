// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Why does the kernel refuse physical memory, and what is the way out? The
 * answers differ at open, at the map of a register frame and at the map of
 * RAM: drivers/char/mem.c, lib/devmem_is_allowed.c.
 */
#include <errno.h>
#include <inttypes.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "refusal.h"

#define OFFLINE "without hardware, everything can be tried with --source sim"
/* What lockdown=integrity and a kernel without CONFIG_DEVMEM leave; confidentiality closes it, too. */
#define BY_KCORE "to read the ring alone give its GITS_CBASER, if it is known, with --cbaser: it is then read" \
	" through /proc/kcore"

void refusal_lockdown(const char *text, char *mode, size_t size)
{
	const char *start = strchr(text, '[');
	size_t length = start ? strcspn(start + 1, "]\n") : 0;

	mode[0] = '\0';
	if (!start || start[1 + length] != ']' || length >= size)
		return;
	memcpy(mode, start + 1, length);
	mode[length] = '\0';
}

void refusal_iomem_line(struct refusal *refusal, const char *line)
{
	uint64_t first, last;
	int at = -1;

	if (sscanf(line, " %" SCNx64 "-%" SCNx64 " : %n", &first, &last, &at) < 2 || at < 0)
		return;
	/* Without CAP_SYS_ADMIN all addresses read 0. */
	if (last == 0 || refusal->base < first || refusal->base > last)
		return;
	if (strncmp(line + at, "System RAM", 10) == 0)
		refusal->ram = true;
	snprintf(refusal->owner, sizeof(refusal->owner), "%.*s", (int)strcspn(line + at, "\n"),
		 line + at);
}

static bool has_raw_io(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = { { 0 } };

	if (syscall(SYS_capget, &header, data))
		return false;
	return data[CAP_TO_INDEX(CAP_SYS_RAWIO)].effective & CAP_TO_MASK(CAP_SYS_RAWIO);
}

void refusal_gather(struct refusal *refusal)
{
	struct stat status;
	char *line = NULL;
	size_t size = 0;
	FILE *file;

	refusal->foreign = strcmp(refusal->path, "/dev/mem") &&
		(stat(refusal->path, &status) || !S_ISCHR(status.st_mode));
	refusal->root = geteuid() == 0;
	refusal->raw_io = has_raw_io();

	file = fopen("/sys/kernel/security/lockdown", "re");
	if (file) {
		if (getline(&line, &size, file) > 0)
			refusal_lockdown(line, refusal->lockdown, sizeof(refusal->lockdown));
		fclose(file);
	}
	file = fopen("/proc/iomem", "re");
	if (file) {
		while (getline(&line, &size, file) > 0)
			refusal_iomem_line(refusal, line);
		fclose(file);
	}
	free(line);
}

static int open_error(const struct refusal *refusal, const char *failed, struct its_error *error)
{
	switch (refusal->cause) {
	case ENOENT:
		its_error(error, ITS_ERR_ACCESS, "%s: the kernel is built without CONFIG_DEVMEM, or"
			  " this is a container", failed);
		return its_hint(error, "use a kernel with CONFIG_DEVMEM=y, outside of containers; "
				BY_KCORE "; " OFFLINE);
	case ENXIO:
	case ENODEV:
		its_error(error, ITS_ERR_ACCESS, "%s: the node has no driver: the kernel is built"
			  " without CONFIG_DEVMEM", failed);
		return its_hint(error, "use a kernel with CONFIG_DEVMEM=y; " BY_KCORE "; " OFFLINE);
	default:
		break;
	}
	if (refusal->lockdown[0] && strcmp(refusal->lockdown, "none") != 0 &&
	    refusal->cause == EPERM && refusal->raw_io) {
		its_error(error, ITS_ERR_ACCESS, "%s: kernel lockdown is on (%s)", failed,
			  refusal->lockdown);
		return its_hint(error, "boot without lockdown: no lockdown= on the kernel command"
				" line, Secure Boot off%s", strcmp(refusal->lockdown, "integrity") ?
				"" : "; " BY_KCORE);
	}
	if (!refusal->root) {
		its_error(error, ITS_ERR_ACCESS, "%s: this needs root", failed);
		return its_hint(error, "run its-tool as root (sudo); " OFFLINE);
	}
	if (!refusal->raw_io) {
		its_error(error, ITS_ERR_ACCESS, "%s: root here is without CAP_SYS_RAWIO", failed);
		return its_hint(error, "run outside of the container, or give it CAP_SYS_RAWIO and"
				" %s", refusal->path);
	}
	its_error(error, ITS_ERR_ACCESS, "%s: the file's mode, a device cgroup, a security module"
		  "%s forbids it", failed, refusal->lockdown[0] ? "" : " or kernel lockdown");
	return its_hint(error, "look at ls -l %s, dmesg | grep -i lockdown, and the container's"
			" device rules", refusal->path);
}

static int mmap_error(const struct refusal *refusal, const char *failed, struct its_error *error)
{
	if (refusal->cause == EINVAL) {
		/* mmap2() counts pages of 4 KiB in 32 bits. */
		its_error(error, ITS_ERR_ACCESS, "%s: the address is beyond %s", failed,
			  sizeof(long) == 4 && refusal->base >> 44 ? "what this 32-bit program can map" :
			  "the CPU's physical addresses");
		return its_hint(error, "check the address, and the device tree it comes from");
	}
	if (refusal->cause != EPERM && refusal->cause != EACCES)
		return its_error(error, ITS_ERR_ACCESS, "%s", failed);
	if (refusal->kind == MEMORY_REGISTERS && !refusal->ram) {
		its_error(error, ITS_ERR_ACCESS, "%s: the registers are claimed by a driver%s%s%s,"
			  " and the kernel has CONFIG_IO_STRICT_DEVMEM", failed,
			  refusal->owner[0] ? " (" : "", refusal->owner,
			  refusal->owner[0] ? ")" : "");
		return its_hint(error, "boot with iomem=relaxed on the kernel command line, or"
				" CONFIG_IO_STRICT_DEVMEM=n");
	}
	its_error(error, ITS_ERR_ACCESS, "%s: the address is System RAM, and the kernel has"
		  " CONFIG_STRICT_DEVMEM", failed);
	if (refusal->writable)
		return its_hint(error, "no privilege gets round it: boot a lab kernel with"
				" CONFIG_STRICT_DEVMEM=n; reading commands (list, regs, dump) work"
				" on this one");
	return its_hint(error, "boot a lab kernel with CONFIG_STRICT_DEVMEM=n, or one with"
			" CONFIG_PROC_KCORE=y for reading");
}

int refusal_error(const struct refusal *refusal, struct its_error *error)
{
	static const char *const what[] = {
		[MEMORY_REGISTERS] = "registers",
		[MEMORY_RAM] = "RAM",
		[MEMORY_RAM_UNCACHED] = "uncached RAM",
	};
	char failed[200];

	snprintf(failed, sizeof(failed), "%s %.60s for the %s at 0x%" PRIx64 "%s: %s",
		 refusal->call == REFUSAL_OPEN ? "open" : "mmap of", refusal->path,
		 what[refusal->kind], refusal->base,
		 refusal->writable ? " (to write)" : "", strerror(refusal->cause));
	if (refusal->foreign) {
		its_error(error, ITS_ERR_ACCESS, "%s", failed);
		return its_hint(error, "devmem:FILE wants a FILE like /dev/mem: the byte at offset N is that at the"
				" physical address N");
	}
	if (refusal->call == REFUSAL_OPEN)
		return open_error(refusal, failed, error);
	return mmap_error(refusal, failed, error);
}

int refusal_uncleaned(bool noncoherent, bool can_clean, struct its_error *error)
{
	if (!noncoherent || can_clean)
		return ITS_OK;
	its_error(error, ITS_ERR_UNSAFE, "the ITS reads its ring past the caches, which this 32-bit build cannot clean:"
		  " it would execute the ring's history");
	return its_hint(error, "use the arm64 build; a 64-bit kernel is needed for it");
}
