// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * makedumpfile's flattened format, made for pipes and written by QEMU's
 * dump-guest-memory -z: a header, then blocks that each say where in the real
 * file they belong. libkdumpfile 0.5.1 reads the real file only.
 * makedumpfile.h: struct makedumpfile_header, struct makedumpfile_data_header.
 */
#include <endian.h>
#include <inttypes.h>
#include <string.h>

#include "spool.h"

#define SIGNATURE "makedumpfile"
#define HEADER_BYTES 4096u
#define FILE_LIMIT (INT64_C(1) << 42)	/* 4 TiB: no core is longer, and no file system has to take more */

static int copy_block(int from, uint64_t offset, int to, int64_t at, int64_t length,
		      struct its_error *error)
{
	char block[65536];

	while (length) {
		size_t now = length < (int64_t)sizeof(block) ? (size_t)length : sizeof(block);
		int code = spool_read(from, offset, block, now, error);

		if (!code)
			code = spool_write(to, (uint64_t)at, block, now, error);
		if (code)
			return code;
		offset += now;
		at += (int64_t)now;
		length -= (int64_t)now;
	}
	return ITS_OK;
}

bool flattened(int fd)
{
	uint64_t header[4];		/* the signature in 16 bytes, type, version: big endian */

	return !spool_read(fd, 0, header, sizeof(header), NULL) &&
	       !memcmp(header, SIGNATURE, sizeof(SIGNATURE)) && be64toh(header[2]) == 1;
}

int flattened_restore(int fd, int to, struct its_error *error)
{
	uint64_t offset = HEADER_BYTES;

	for (;;) {
		uint64_t header[2];	/* where it belongs, how long it is */
		int64_t at, length;
		int code = spool_read(fd, offset, header, sizeof(header), error);

		if (code)
			return code;
		at = (int64_t)be64toh(header[0]);
		length = (int64_t)be64toh(header[1]);
		if (at == -1 && length == -1)
			return ITS_OK;
		if (at < 0 || length <= 0 || at > FILE_LIMIT || length > FILE_LIMIT - at)
			return its_error(error, ITS_ERR_INPUT, "the block at offset 0x%" PRIx64 " wants to be 0x%"
					 PRIx64 " bytes at 0x%" PRIx64, offset, (uint64_t)length, (uint64_t)at);
		offset += sizeof(header);
		code = copy_block(fd, offset, to, at, length, error);
		if (code)
			return code;
		offset += (uint64_t)length;
	}
}
