/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Is all of a core there? libkdumpfile 0.5.1 does not ask: it reads zeros
 * behind a file's end, as if memory had held them, and trusts the sizes in
 * headers. What these pass lies within the file.
 */
#ifndef MEMORY_CORE_CHECK_H
#define MEMORY_CORE_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "its/error.h"

/* True if @fd begins as an ELF file. */
bool core_is_elf(int fd);
/* ITS_ERR_INPUT, of a message that goes on behind the file's name, if it is no whole core. */
int core_elf_check(int fd, uint64_t size, struct its_error *error);

/* True if @fd begins as what makedumpfile has compressed. */
bool core_is_kdump(int fd);
int core_kdump_check(int fd, uint64_t size, struct its_error *error);

/* What a file must hold, and whether it does. */
struct core_extent {
	uint64_t size;			/* of the file, in bytes */
	uint64_t needed;		/* so many bytes at least */
};

/* False if it goes beyond the file. */
bool core_needs(struct core_extent *extent, uint64_t offset, uint64_t length);
/* The error that follows from it, or ITS_OK. */
int core_is_whole(const struct core_extent *extent, struct its_error *error);
/* @length bytes at @offset of @fd, which belong to what it must hold. */
int core_read_extent(int fd, struct core_extent *extent, uint64_t offset, void *to, size_t length, struct its_error *error);
/* A number of 1 to 8 bytes. */
uint64_t core_number(const unsigned char *bytes, unsigned count, bool big_endian);

#endif
