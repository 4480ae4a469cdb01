/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A file that cannot be read at any place, as one that can: gzip'ed files, pipes, flattened cores. */
#ifndef MEMORY_SPOOL_H
#define MEMORY_SPOOL_H

#include <stdbool.h>
#include <stdint.h>

#include "its/error.h"

/*
 * Opens @path for reading at any offset. What is compressed by gzip, or is no
 * ordinary file, is first written to a temporary file without a name in TMPDIR (/var/tmp).
 * *size: bytes. ITS_ERR_ACCESS if the system refuses, else ITS_ERR_INPUT.
 */
int spool_open(const char *path, int *fd, uint64_t *size, struct its_error *error);

/* A temporary file without a name in TMPDIR (/var/tmp). */
int spool_temporary(int *fd, struct its_error *error);

/* True if @fd is a core that makedumpfile flattened. */
bool flattened(int fd);
/* Writes the core in its real order to @to. Writes no more than it reads. */
int flattened_restore(int fd, int to, struct its_error *error);

#endif
