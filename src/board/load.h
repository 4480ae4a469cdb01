/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of board_load() share while the tree is being read. */
#ifndef BOARD_LOAD_H
#define BOARD_LOAD_H

#include "tree.h"

/* No board comes near these; a hostile tree stops at them. */
#define LOAD_ITS_MAX 256
#define LOAD_GIC_MAX 64
#define LOAD_CLIENTS_MAX 4096
#define LOAD_LINTS_MAX 256
#define LOAD_RANGES_MAX 256	/* of one memory node */
/* MPIDR: Aff3 in [39:32], Aff2 to Aff0 in [23:0]; Linux wants the rest to be 0. */
#define MPIDR_AFFINITY 0xff00ffffffull
#define LOAD_CPUS_MAX 4096	/* Linux: NR_CPUS of arm64 at most */

struct load {
	struct board *board;
	struct tree tree;
	bool clients_cut;	/* LOAD_CLIENTS_MAX was met */
	bool out_of_memory;	/* sticky: checked once, at the end */
};

/* A zeroed element of @size bytes behind the @count of *@array, which may move; NULL: out of memory. */
void *load_add(struct load *load, void *array, size_t *count, size_t size);
char *load_path(struct load *load, uint32_t node);
char *load_string(struct load *load, const char *text);

/* Adds a finding about @node. */
void load_lint(struct load *load, enum its_severity severity, const char *name, uint32_t node,
	       const char *format, ...) __attribute__((format(printf, 5, 6)));
/* The same about what is called @path. */
void load_lint_path(struct load *load, enum its_severity severity, const char *name,
		    const char *path, const char *format, ...)
	__attribute__((format(printf, 5, 6)));

void load_gic(struct load *load, uint32_t node);
void load_its(struct load *load, uint32_t node);
/* A node below one called "cpus". */
void load_cpu(struct load *load, uint32_t node);
/* After all GICs and ITSs are known. */
void load_its_gics(struct load *load);
void load_clients(struct load *load);
/* What can be said about @node by looking at the spelling of its properties. */
void load_spelling(struct load *load, uint32_t node);

#endif
