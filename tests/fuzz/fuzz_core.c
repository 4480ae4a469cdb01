// SPDX-License-Identifier: GPL-2.0-or-later
/* Any file may pose as a core; libkdumpfile sees those that pass. */
#include <sys/mman.h>
#include <unistd.h>

#include "memory/core_check.h"

#define PIECE 512u		/* of the input: what a page of a compressed core begins with */
#define PAGE 4096u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int file = -1;
	struct its_error error;
	size_t at;

	if (file < 0)
		file = memfd_create("core", 0);
	if (file < 0 || ftruncate(file, 0) || pwrite(file, data, size, 0) != (ssize_t)size)
		return 0;
	core_elf_check(file, size, &error);
	/* Header, bitmaps and descriptors have a page each at least: the rest of them is zeros. */
	if (ftruncate(file, 0))
		return 0;
	for (at = 0; at < size; at += PIECE) {
		size_t length = size - at < PIECE ? size - at : PIECE;

		if (pwrite(file, data + at, length, (off_t)(at / PIECE * PAGE)) != (ssize_t)length)
			return 0;
	}
	core_kdump_check(file, size / PIECE * PAGE + size % PIECE, &error);
	return 0;
}
