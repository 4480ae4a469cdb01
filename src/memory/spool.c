// SPDX-License-Identifier: GPL-2.0-or-later
/* How is a file read at any place that can only be read from its start? */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "spool.h"

/* No debugger saves more, and a small file must not fill the disk: zeros take none (see write_block). */
#define SPOOL_LIMIT (UINT64_C(64) << 30)
#define BLOCK 65536u			/* bytes moved at a time */

static int refused(struct its_error *error, const char *what, const char *path, int cause)
{
	return its_error(error, cause == EACCES || cause == EPERM ? ITS_ERR_ACCESS : ITS_ERR_INPUT,
			 "%s %s: %s", what, path, strerror(cause));
}

int spool_temporary(int *fd, struct its_error *error)
{
	const char *directory = getenv("TMPDIR");
	char path[4096];

	if (!directory || !*directory)
		directory = "/var/tmp";
	if ((size_t)snprintf(path, sizeof(path), "%s/its-tool.XXXXXX", directory) >= sizeof(path))
		return its_error(error, ITS_ERR_INPUT, "TMPDIR is longer than any path");
	*fd = mkostemp(path, O_CLOEXEC);
	if (*fd < 0) {
		refused(error, "cannot make a temporary file in", directory, errno);
		return its_hint(error, "name another directory in TMPDIR, or gunzip the file first");
	}
	unlink(path);
	return ITS_OK;
}

/* RAM is mostly zeros: they become holes. */
static bool write_block(int fd, const char *data, size_t length)
{
	static const char zeros[BLOCK];

	if (length <= BLOCK && !memcmp(data, zeros, length))
		return lseek(fd, (off_t)length, SEEK_CUR) >= 0;
	while (length) {
		ssize_t done = write(fd, data, length);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return false;
		data += done;
		length -= (size_t)done;
	}
	return true;
}

static int copy(gzFile from, const char *path, int to, uint64_t *size, struct its_error *error)
{
	static const char why[] = "cannot unpack";
	char block[BLOCK];
	int got, status;

	*size = 0;
	while ((got = gzread(from, block, sizeof(block))) > 0) {
		if (*size + (unsigned)got > SPOOL_LIMIT) {
			its_error(error, ITS_ERR_INPUT, "%s unpacks to more than %u GiB", path,
				  (unsigned)(SPOOL_LIMIT >> 30));
			return its_hint(error, "unpack it first");
		}
		if (!write_block(to, block, (size_t)got)) {
			refused(error, "temporary file for", path, errno);
			return its_hint(error, "name a directory with room in TMPDIR");
		}
		*size += (unsigned)got;
	}
	const char *text = gzerror(from, &status);

	if (status == Z_ERRNO)
		return refused(error, why, path, errno);
	/* Z_BUF_ERROR: the file ends in the middle of the stream. */
	if (got < 0 || status == Z_BUF_ERROR)
		return its_error(error, ITS_ERR_INPUT, "%s %s: %s", why, path,
				 status == Z_BUF_ERROR ? "it ends too early" : text);
	if (ftruncate(to, (off_t)*size))
		return refused(error, "temporary file for", path, errno);
	return ITS_OK;
}

/* Takes @from over. */
static int spool(int from, const char *path, int *fd, uint64_t *size, struct its_error *error)
{
	gzFile stream = gzdopen(from, "rb");
	int code;

	if (!stream) {
		close(from);
		return its_no_memory(error, "unpacking %s", path);
	}
	code = spool_temporary(fd, error);
	if (!code) {
		code = copy(stream, path, *fd, size, error);
		if (code)
			close(*fd);
	}
	gzclose_r(stream);
	return code;
}

static bool is_gzip(int fd)
{
	unsigned char magic[3];

	/* RFC 1952: the identification bytes, and the only method there is. */
	return pread(fd, magic, sizeof(magic), 0) == sizeof(magic) && magic[0] == 0x1f &&
	       magic[1] == 0x8b && magic[2] == 8;
}

int spool_open(const char *path, int *fd, uint64_t *size, struct its_error *error)
{
	struct stat status;
	int file = open(path, O_RDONLY | O_CLOEXEC);

	if (file < 0)
		return refused(error, "cannot open", path, errno);
	if (fstat(file, &status)) {
		int cause = errno;

		close(file);
		return refused(error, "stat of", path, cause);
	}
	if (!S_ISREG(status.st_mode) || is_gzip(file))
		return spool(file, path, fd, size, error);
	*fd = file;
	*size = (uint64_t)status.st_size;
	return ITS_OK;
}
