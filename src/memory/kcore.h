/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Physical memory by way of an ELF core file such as /proc/kcore. The caller
 * owns the descriptor, which may be of any file: nothing in it is trusted.
 */
#ifndef MEMORY_KCORE_H
#define MEMORY_KCORE_H

#include <stddef.h>
#include <stdint.h>

#include "its/error.h"

/*
 * Finds the file offset of the @size bytes of RAM at physical address @base.
 * ITS_ERR_INPUT if @fd is no usable ELF64 core, ITS_ERR_ACCESS if no segment
 * holds the whole range.
 */
int kcore_find(int fd, uint64_t base, uint64_t size, uint64_t *offset, struct its_error *error);

/* Reads exactly @length bytes; ITS_ERR_INPUT if the file ends first, ITS_ERR_ACCESS if refused. */
int kcore_read(int fd, uint64_t offset, void *buffer, size_t length, struct its_error *error);

#endif
