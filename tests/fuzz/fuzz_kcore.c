// SPDX-License-Identifier: GPL-2.0-or-later
/* Any file may pose as /proc/kcore. */
#include <sys/mman.h>
#include <unistd.h>

#include "memory/kcore.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int fd = -1;
	struct its_error error;
	uint64_t offset, words[4];

	if (fd < 0)
		fd = memfd_create("kcore", 0);
	if (fd < 0 || ftruncate(fd, 0) || pwrite(fd, data, size, 0) != (ssize_t)size)
		return 0;
	if (!kcore_find(fd, 0x40830000, 0x10000, &offset, &error))
		kcore_read(fd, offset, words, sizeof(words), &error);
	return 0;
}
