/* SPDX-License-Identifier: GPL-2.0-or-later */
/* libkdumpfile, loaded when a core is opened. */
#ifndef MEMORY_CORE_LIBRARY_H
#define MEMORY_CORE_LIBRARY_H

#include "its/error.h"

/* Loads it, once; until then none of its functions may be called. ITS_ERR_USAGE if it is not installed. */
int core_library_load(struct its_error *error);

#endif
