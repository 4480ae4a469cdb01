/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a running Linux says of itself in /proc and /sys, as the text MEMORY_FILE_SYSTEM. */
#ifndef MEMORY_SYSFS_H
#define MEMORY_SYSFS_H

#include <stddef.h>

#include "its/error.h"

/*
 * Collects what is to be had below @root ("" is the machine we run on; a test
 * has a directory) as a malloc'd text. What is missing or refused is left out:
 * fails only without memory.
 */
int sysfs_collect(const char *root, char **data, size_t *size, struct its_error *error);

#endif
