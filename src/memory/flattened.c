// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * makedumpfile's flattened format, made for pipes and written by QEMU's
 * dump-guest-memory -z: a header, then blocks that each say where in the real
 * file they belong. libkdumpfile 0.5.1 reads the real file only.
 * makedumpfile.h: struct makedumpfile_header, struct makedumpfile_data_header.
 */
#include <endian.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "spool.h"

#define SIGNATURE "makedumpfile"
#define HEADER_BYTES 4096u
#define FILE_LIMIT (INT64_C(1) << 42)	/* 4 TiB: no core is longer, and no file system has to take more */

static int read_all(int fd, uint64_t offset, void *to, size_t length, struct its_error *error)
{
	char *next = to;

	while (length) {
		ssize_t got = pread(fd, next, length, (off_t)offset);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return its_error(error, ITS_ERR_INPUT, "reading offset 0x%" PRIx64 ": %s", offset,
					 strerror(errno));
		if (!got)
			return its_error(error, ITS_ERR_INPUT, "it ends at offset 0x%" PRIx64, offset);
		next += got;
		offset += (uint64_t)got;
		length -= (size_t)got;
	}
	return ITS_OK;
}

static int copy_block(int from, uint64_t offset, int to, int64_t at, int64_t length,
		      struct its_error *error)
{
	char block[65536];

	while (length) {
		size_t now = length < (int64_t)sizeof(block) ? (size_t)length : sizeof(block), done = 0;
		int code = read_all(from, offset, block, now, error);

		if (code)
			return code;
		while (done < now) {
			ssize_t put = pwrite(to, block + done, now - done, (off_t)at + (off_t)done);

			if (put < 0 && errno == EINTR)
				continue;
			if (put <= 0)
				return its_error(error, ITS_ERR_INPUT, "writing it in order: %s", strerror(errno));
			done += (size_t)put;
		}
		offset += now;
		at += (int64_t)now;
		length -= (int64_t)now;
	}
	return ITS_OK;
}

bool flattened(int fd)
{
	uint64_t header[4];		/* the signature in 16 bytes, type, version: big endian */

	return !read_all(fd, 0, header, sizeof(header), NULL) &&
	       !memcmp(header, SIGNATURE, sizeof(SIGNATURE)) && be64toh(header[2]) == 1;
}

int flattened_restore(int fd, int to, struct its_error *error)
{
	uint64_t offset = HEADER_BYTES;

	for (;;) {
		uint64_t header[2];	/* where it belongs, how long it is */
		int64_t at, length;
		int code = read_all(fd, offset, header, sizeof(header), error);

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
