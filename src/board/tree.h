/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A device tree that can be asked "who is my parent" and "who has phandle N"
 * in constant time: libfdt answers both by a scan from the start, which makes
 * a hostile tree cost the square of its size. Built in one pass.
 */
#ifndef BOARD_TREE_H
#define BOARD_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "its/board.h"

#define TREE_NONE UINT32_MAX
#define TREE_PATH_MAX 4096	/* bytes, NUL included; a tree with longer paths is refused */
#define TREE_DEPTH_MAX 64	/* Linux: FDT_MAX_DEPTH */
#define TREE_STEPS_MAX 20000000	/* address translation ends there, after about 0.1 s */

struct tree_node {
	int offset;			/* in the blob */
	uint32_t parent;		/* TREE_NONE: the root */
	const char *name;		/* in the blob; not NUL-terminated text to be trusted */
	uint32_t name_length;
	uint32_t path_length;
	uint32_t address_cells;		/* for the children's reg, inherited as Linux does */
	uint32_t size_cells;
	uint32_t n_properties;
	uint32_t phandle;		/* 0: none */
	const void *ranges;		/* or NULL */
	int ranges_length;
	uint32_t msi_cells;		/* #msi-cells */
	uint32_t its;			/* index in board.its, or TREE_NONE */
	uint32_t gic;			/* index in board.gics, or TREE_NONE */
	uint32_t pci_domain;		/* of PCI bridges; UINT32_MAX: none */
	bool available;			/* with all its ancestors */
	bool has_msi_cells;
	bool msi_controller;
	bool pci;			/* a PCI bus: host bridge or bridge */
};

struct tree_phandle { uint32_t phandle, node; };

struct tree {
	const void *fdt;
	struct tree_node *nodes;	/* document order; 0 is the root */
	uint32_t n_nodes;
	struct tree_phandle *phandles;	/* sorted by phandle, then by node */
	uint32_t n_phandles;
	uint64_t steps;			/* of address translation so far */
};

/* Indexes @fdt, which must have passed fdt_check_full() and outlive the tree. */
int tree_open(struct tree *tree, const void *fdt, struct its_error *error);
void tree_close(struct tree *tree);

/* A property's bytes, or NULL. */
const void *tree_property(const struct tree *tree, uint32_t node, const char *name, int *length);
bool tree_has(const struct tree *tree, uint32_t node, const char *name);
/* The first cell of a property; false if it is absent or shorter. */
bool tree_u32(const struct tree *tree, uint32_t node, const char *name, uint32_t *value);
/* Cell @index of raw property bytes. */
uint32_t tree_cell(const void *cells, size_t index);

/* True if `compatible` of the node at @offset has @wanted; case does not count, as in Linux. */
bool tree_compatible(const void *fdt, int offset, const char *wanted);
/* True if the node's name without unit address is @name. */
bool tree_named(const struct tree *tree, uint32_t node, const char *name);
/* True if `device_type` is @type. */
bool tree_typed(const struct tree *tree, uint32_t node, const char *type);

/* The first node in document order with @phandle, or TREE_NONE. */
uint32_t tree_by_phandle(const struct tree *tree, uint32_t phandle);
/* How many nodes have @phandle. */
uint32_t tree_phandle_count(const struct tree *tree, uint32_t phandle);

/* The node's full path, unprintable bytes shown as '?'. Returns @buffer. */
const char *tree_path(const struct tree *tree, uint32_t node, char buffer[TREE_PATH_MAX]);

enum tree_reg { TREE_REG_OK, TREE_REG_ABSENT, TREE_REG_UNTRANSLATABLE };

/*
 * Entry @index of the node's reg as a range of CPU physical addresses. @why
 * (may be NULL) says what stands in the way of a translation. Counts in
 * tree->steps, so that ranges within ranges cannot keep us for hours.
 */
enum tree_reg tree_reg(struct tree *tree, uint32_t node, unsigned index,
		       struct board_range *range, char *why, size_t why_size);

/*
 * The name Linux gives the node's platform device (of_device_make_bus_id),
 * malloc'd, or NULL without memory.
 */
char *tree_linux_name(struct tree *tree, uint32_t node);

#endif
