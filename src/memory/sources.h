/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The method tables of the sources built in, one per file of this room. */
#ifndef MEMORY_SOURCES_H
#define MEMORY_SOURCES_H

#include "its/memory.h"

extern const struct memory_ops memory_devmem;
extern const struct memory_ops memory_sim;
extern const struct memory_ops memory_gdb;
extern const struct memory_ops memory_image;
extern const struct memory_ops memory_core;
extern const struct memory_ops memory_capture;

#endif
