// SPDX-License-Identifier: GPL-2.0-or-later
/* How is a file read at any place that can only be read from its start? */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>
#include <zlib.h>

#include "spool.h"

#define SPOOL_LIMIT (UINT64_C(64) << 30)	/* no debugger saves more; zeros take no room (see write_block) but time */
#define RESERVE_MAX (UINT64_C(256) << 20)	/* of the disk's last bytes; a smaller disk keeps a 16th */
#define BLOCK 65536u				/* bytes moved at a time */

static int refused(struct its_error *error, const char *what, const char *path, int cause)
{
	return its_error(error, cause == EACCES || cause == EPERM ? ITS_ERR_ACCESS : ITS_ERR_INPUT,
			 "%s %s: %s", what, path, strerror(cause));
}

static const char *directory(void)
{
	const char *named = getenv("TMPDIR");

	return named && *named ? named : "/var/tmp";
}

int spool_temporary(int *fd, struct its_error *error)
{
	char path[4096];

	if ((size_t)snprintf(path, sizeof(path), "%s/its-tool.XXXXXX", directory()) >= sizeof(path))
		return its_error(error, ITS_ERR_INPUT, "TMPDIR is longer than any path");
	*fd = mkostemp(path, O_CLOEXEC);
	if (*fd < 0) {
		refused(error, "cannot make a temporary file in", directory(), errno);
		return its_hint(error, "name another directory in TMPDIR, or gunzip the file first");
	}
	unlink(path);
	return ITS_OK;
}

int spool_read(int fd, uint64_t offset, void *to, size_t length, struct its_error *error)
{
	char *next = to;

	while (length) {
		ssize_t got = pread(fd, next, length, (off_t)offset);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return its_error(error, ITS_ERR_ACCESS, "it cannot be read at offset 0x%" PRIx64 ": %s", offset,
					 strerror(errno));
		if (!got)
			return its_error(error, ITS_ERR_INPUT, "it ends at offset 0x%" PRIx64, offset);
		next += got;
		offset += (uint64_t)got;
		length -= (size_t)got;
	}
	return ITS_OK;
}

/* A board's only disk must not fill up because somebody looks at a dump there. */
static int check_room(int fd, size_t length, struct its_error *error)
{
	struct statvfs disk;
	uint64_t free_bytes, reserve;

	/* Some file systems cannot tell. */
	if (fstatvfs(fd, &disk) || !disk.f_blocks)
		return ITS_OK;
	free_bytes = (uint64_t)disk.f_bavail * disk.f_frsize;
	reserve = (uint64_t)disk.f_blocks * disk.f_frsize / 16;
	if (reserve > RESERVE_MAX)
		reserve = RESERVE_MAX;
	if (free_bytes >= reserve + length)
		return ITS_OK;
	its_error(error, ITS_ERR_INPUT, "no room in %s: %" PRIu64 " MiB are free there, and its-tool leaves the last %"
		  PRIu64 " to others", directory(), free_bytes >> 20, reserve >> 20);
	return its_hint(error, "name a directory with room in TMPDIR");
}

int spool_write(int fd, uint64_t offset, const void *from, size_t length, struct its_error *error)
{
	const char *data = from;
	int code = check_room(fd, length, error);

	while (length && !code) {
		ssize_t done = pwrite(fd, data, length, (off_t)offset);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0) {
			refused(error, "temporary file in", directory(), done ? errno : ENOSPC);
			return its_hint(error, "name a directory with room in TMPDIR");
		}
		data += done;
		offset += (uint64_t)done;
		length -= (size_t)done;
	}
	return code;
}

/* The temporary file that stands for @path. */
struct target {
	const char *path;
	int fd;
	uint64_t size;			/* bytes so far */
};

/* RAM is mostly zeros: they become holes. */
static int write_block(struct target *to, const void *data, size_t length, struct its_error *error)
{
	static const char zeros[BLOCK];
	int code = ITS_OK;

	if (to->size + length > SPOOL_LIMIT) {
		its_error(error, ITS_ERR_INPUT, "%.300s unpacks to more than %u GiB", to->path,
			  (unsigned)(SPOOL_LIMIT >> 30));
		return its_hint(error, "unpack it first");
	}
	if (memcmp(data, zeros, length))
		code = spool_write(to->fd, to->size, data, length, error);
	to->size += length;
	return code;
}

/* What ends in zeros is as long as it was, too. */
static int end_blocks(const struct target *to, struct its_error *error)
{
	return ftruncate(to->fd, (off_t)to->size) ? refused(error, "temporary file for", to->path, errno) : ITS_OK;
}

/* What comes out of a pipe, as it comes. */
static int copy(int from, struct target *to, struct its_error *error)
{
	char block[BLOCK];
	int code = ITS_OK;

	while (!code) {
		ssize_t got = read(from, block, sizeof(block));

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return refused(error, "reading", to->path, errno);
		if (!got)
			return end_blocks(to, error);
		code = write_block(to, block, (size_t)got, error);
	}
	return code;
}

static bool is_gzip(int fd, uint64_t offset)
{
	unsigned char magic[3];

	/* RFC 1952: the identification bytes, and the only method there is. */
	return pread(fd, magic, sizeof(magic), (off_t)offset) == sizeof(magic) && magic[0] == 0x1f &&
	       magic[1] == 0x8b && magic[2] == 8;
}

struct unpacking {
	z_stream stream;
	int from;
	uint64_t taken;			/* bytes of it */
	struct target to;
	const char *why;		/* it is no gzip stream as a whole; not an error yet */
};

/* One gzip stream, from @taken on. */
static int unpack_stream(struct unpacking *unpacking, struct its_error *error)
{
	z_stream *stream = &unpacking->stream;
	unsigned char packed[BLOCK], block[BLOCK];
	int status = Z_OK, code = ITS_OK;

	stream->avail_in = 0;
	while (!code && status != Z_STREAM_END) {
		if (!stream->avail_in) {
			ssize_t got = pread(unpacking->from, packed, sizeof(packed), (off_t)unpacking->taken);

			if (got < 0 && errno == EINTR)
				continue;
			if (got <= 0) {
				unpacking->why = got ? strerror(errno) : "it ends too early";
				return ITS_OK;
			}
			unpacking->taken += (uint64_t)got;
			stream->next_in = packed;
			stream->avail_in = (unsigned)got;
		}
		stream->next_out = block;
		stream->avail_out = sizeof(block);
		status = inflate(stream, Z_NO_FLUSH);
		if (status == Z_MEM_ERROR)
			return its_no_memory(error, "zlib");
		if (status != Z_OK && status != Z_STREAM_END) {
			unpacking->why = stream->msg ? stream->msg : zError(status);
			return ITS_OK;
		}
		code = write_block(&unpacking->to, block, sizeof(block) - stream->avail_out, error);
	}
	unpacking->taken -= stream->avail_in;
	return code;
}

/* All streams that the file consists of. */
static int unpack(struct unpacking *unpacking, struct its_error *error)
{
	int code = ITS_OK;

	/* 16: with gzip's header. */
	if (inflateInit2(&unpacking->stream, 16 + MAX_WBITS) != Z_OK)
		return its_no_memory(error, "zlib");
	do {
		inflateReset(&unpacking->stream);
		code = unpack_stream(unpacking, error);
	} while (!code && !unpacking->why && is_gzip(unpacking->from, unpacking->taken));
	inflateEnd(&unpacking->stream);
	return code ? code : end_blocks(&unpacking->to, error);
}

static bool is_called_gz(const char *path)
{
	size_t length = strlen(path);

	return length > 3 && !strcasecmp(path + length - 3, ".gz");
}

/* @fd, which begins as what gzip writes, becomes what it unpacks to; or it stays, if that is only how it begins. */
static int unpack_file(const char *path, int *fd, uint64_t *size, char *remark, struct its_error *error)
{
	struct unpacking unpacking = { .from = *fd, .to.path = path };
	bool called = is_called_gz(path);
	int code = spool_temporary(&unpacking.to.fd, error);

	if (code)
		return code;
	code = unpack(&unpacking, error);
	if (!code && !unpacking.why && !called && unpacking.taken < *size)
		unpacking.why = "more follows behind it";
	if (!code && unpacking.why && called) {
		its_error(error, ITS_ERR_INPUT, "cannot unpack %.300s: %s", path, unpacking.why);
		code = its_hint(error, "if it is no gzip'ed file, give it a name that does not end in .gz");
	}
	if (!called)
		snprintf(remark, SPOOL_REMARK, unpacking.why ?
			 "%.200s begins as gzip'ed files do, but is none (%s): it is read as it is" :
			 "%.200s is a gzip'ed file from its first byte to its last, and was unpacked", path, unpacking.why);
	if (code || unpacking.why) {
		close(unpacking.to.fd);
		return code;
	}
	close(*fd);
	*fd = unpacking.to.fd;
	*size = unpacking.to.size;
	return ITS_OK;
}

/* @fd, a pipe, becomes a file. */
static int copy_pipe(const char *path, int *fd, uint64_t *size, struct its_error *error)
{
	struct target to = { .path = path };
	int code = spool_temporary(&to.fd, error);

	if (code)
		return code;
	code = copy(*fd, &to, error);
	close(code ? to.fd : *fd);
	if (code)
		return code;
	*fd = to.fd;
	*size = to.size;
	return ITS_OK;
}

int spool_open(const char *path, int *fd, uint64_t *size, char remark[SPOOL_REMARK],
	       struct its_error *error)
{
	struct stat status;
	int file = open(path, O_RDONLY | O_CLOEXEC), code = ITS_OK;

	remark[0] = '\0';
	if (file < 0)
		return refused(error, "cannot open", path, errno);
	if (fstat(file, &status)) {
		code = refused(error, "stat of", path, errno);
	} else if (S_ISREG(status.st_mode)) {
		*size = (uint64_t)status.st_size;
	} else {
		code = copy_pipe(path, &file, size, error);
	}
	if (!code && is_gzip(file, 0))
		code = unpack_file(path, &file, size, remark, error);
	if (code)
		close(file);
	else
		*fd = file;
	return code;
}
