/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A file that cannot be read at any place, as one that can: gzip'ed files, pipes, flattened cores. */
#ifndef MEMORY_SPOOL_H
#define MEMORY_SPOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "its/error.h"

#define SPOOL_REMARK 400u		/* characters, a NUL among them */

/*
 * Opens @path for reading at any offset. What is no ordinary file is first
 * written to a temporary file, and so is what gzip has compressed. That is a
 * file that is called so (.gz), or one that is a gzip stream from its first
 * byte to its last: RAM may well begin with a compressed kernel, but goes on
 * behind it. *size: bytes. @remark: which of the two it was taken for, where
 * its name does not tell, or "". ITS_ERR_ACCESS if the system refuses, else
 * ITS_ERR_INPUT.
 */
int spool_open(const char *path, int *fd, uint64_t *size, char remark[SPOOL_REMARK],
	       struct its_error *error);

/* A temporary file without a name in TMPDIR (/var/tmp). */
int spool_temporary(int *fd, struct its_error *error);

/*
 * All @length bytes at @offset. ITS_ERR_INPUT if the file ends first, ITS_ERR_ACCESS if it
 * cannot be read; the message goes on behind the file's name and a colon.
 */
int spool_read(int fd, uint64_t offset, void *to, size_t length, struct its_error *error);

/* Writes to a temporary file, as long as that leaves others room on the disk. */
int spool_write(int fd, uint64_t offset, const void *from, size_t length, struct its_error *error);

/* True if @fd is a core that makedumpfile flattened. */
bool flattened(int fd);
/* Writes the core in its real order to @to. Writes no more than it reads. */
int flattened_restore(int fd, int to, struct its_error *error);

#endif
