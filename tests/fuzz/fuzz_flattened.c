// SPDX-License-Identifier: GPL-2.0-or-later
/* Any file may pose as a core that makedumpfile flattened. */
#include <sys/mman.h>
#include <unistd.h>

#include "memory/spool.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int from = -1, to = -1;
	struct its_error error;

	if (from < 0) {
		from = memfd_create("flat", 0);
		to = memfd_create("core", 0);
	}
	/* The header's 4096 bytes are the fuzzer's to spare. */
	if (from < 0 || to < 0 || ftruncate(from, 0) || ftruncate(to, 0) ||
	    pwrite(from, "makedumpfile\0\0\0\0\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0\1", 32, 0) != 32 ||
	    pwrite(from, data, size, 4096) != (ssize_t)size)
		return 0;
	if (flattened(from))
		flattened_restore(from, to, &error);
	return 0;
}
