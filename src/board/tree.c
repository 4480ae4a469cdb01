// SPDX-License-Identifier: GPL-2.0-or-later
/* What stands where in a device tree: an index over libfdt, and simple questions to it. */
#include <libfdt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "tree.h"

uint32_t tree_cell(const void *cells, size_t index)
{
	return fdt32_ld((const fdt32_t *)cells + index);
}

const void *tree_property(const struct tree *tree, uint32_t node, const char *name, int *length)
{
	return fdt_getprop(tree->fdt, tree->nodes[node].offset, name, length);
}

bool tree_has(const struct tree *tree, uint32_t node, const char *name)
{
	return tree_property(tree, node, name, NULL) != NULL;
}

bool tree_u32(const struct tree *tree, uint32_t node, const char *name, uint32_t *value)
{
	int length;
	const void *cells = tree_property(tree, node, name, &length);

	if (!cells || length < 4)
		return false;
	*value = tree_cell(cells, 0);
	return true;
}

bool tree_compatible(const void *fdt, int offset, const char *wanted)
{
	int length;
	const char *list = fdt_getprop(fdt, offset, "compatible", &length);
	size_t left = list ? (size_t)length : 0;

	while (left) {
		size_t word = strnlen(list, left);

		if (word == left)	/* no NUL: not a string */
			return false;
		if (!strcasecmp(list, wanted))
			return true;
		list += word + 1;
		left -= word + 1;
	}
	return false;
}

static size_t base_length(const struct tree_node *node)
{
	const char *at = memchr(node->name, '@', node->name_length);

	return at ? (size_t)(at - node->name) : node->name_length;
}

bool tree_named(const struct tree *tree, uint32_t node, const char *name)
{
	size_t length = base_length(&tree->nodes[node]);

	return length == strlen(name) && !memcmp(tree->nodes[node].name, name, length);
}

bool tree_typed(const struct tree *tree, uint32_t node, const char *type)
{
	int length;
	const char *value = tree_property(tree, node, "device_type", &length);

	return value && (size_t)length == strlen(type) + 1 && !memcmp(value, type, (size_t)length);
}

static int by_phandle(const void *a, const void *b)
{
	const struct tree_phandle *x = a, *y = b;

	if (x->phandle != y->phandle)
		return x->phandle < y->phandle ? -1 : 1;
	return (x->node > y->node) - (x->node < y->node);
}

/* The first entry of @phandle in the sorted table, or one past where it would be. */
static uint32_t phandle_first(const struct tree *tree, uint32_t phandle)
{
	uint32_t low = 0, high = tree->n_phandles;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (tree->phandles[middle].phandle < phandle)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

uint32_t tree_by_phandle(const struct tree *tree, uint32_t phandle)
{
	uint32_t i = phandle_first(tree, phandle);

	if (i == tree->n_phandles || tree->phandles[i].phandle != phandle)
		return TREE_NONE;
	return tree->phandles[i].node;
}

uint32_t tree_phandle_count(const struct tree *tree, uint32_t phandle)
{
	uint32_t first = phandle_first(tree, phandle), i = first;

	while (i < tree->n_phandles && tree->phandles[i].phandle == phandle)
		i++;
	return i - first;
}

static void copy_name(const struct tree_node *node, char *to, size_t length)
{
	for (size_t i = 0; i < length; i++)
		to[i] = node->name[i] > 0x20 && node->name[i] < 0x7f ? node->name[i] : '?';
}

const char *tree_path(const struct tree *tree, uint32_t node, char buffer[TREE_PATH_MAX])
{
	size_t end = tree->nodes[node].path_length;

	buffer[end] = '\0';
	if (!end)
		strcpy(buffer, "/");
	while (tree->nodes[node].parent != TREE_NONE) {
		const struct tree_node *n = &tree->nodes[node];

		end -= n->name_length;
		copy_name(n, buffer + end, n->name_length);
		buffer[--end] = '/';
		node = n->parent;
	}
	return buffer;
}

char *tree_linux_name(struct tree *tree, uint32_t node)
{
	char text[2 * TREE_PATH_MAX];
	size_t start = sizeof(text) - 1;
	struct board_range reg;

	/* Built from the end: Linux puts ancestors before the node until one has an address. */
	text[start] = '\0';
	for (; tree->nodes[node].parent != TREE_NONE; node = tree->nodes[node].parent) {
		const struct tree_node *n = &tree->nodes[node];
		bool addressed = tree_reg(tree, node, 0, &reg, NULL, 0) == TREE_REG_OK;
		size_t length = addressed ? base_length(n) : n->name_length;
		char address[48];
		uint32_t mask;

		if (text[start])
			text[--start] = ':';
		start -= length;
		copy_name(n, text + start, length);
		if (!addressed)
			continue;
		if (tree_u32(tree, node, "mask", &mask))
			snprintf(address, sizeof(address), "%llx.%x.",
				 (unsigned long long)reg.base, (unsigned)ffs((int)mask) - 1);
		else
			snprintf(address, sizeof(address), "%llx.", (unsigned long long)reg.base);
		start -= strlen(address);
		memcpy(text + start, address, strlen(address));
		break;
	}
	return strdup(text + start);
}

/* Linux: __of_device_is_available(), of the node alone. */
static bool status_ok(const char *status, int length)
{
	return (length >= 5 && !memcmp(status, "okay", 5)) ||
	       (length >= 3 && !memcmp(status, "ok", 3));
}

/* What the index keeps of a node's own properties, in one walk over them. */
static void read_properties(const void *fdt, struct tree_node *node)
{
	bool typed = false, has_phandle = false;
	int property;

	fdt_for_each_property_offset(property, fdt, node->offset) {
		const char *name;
		int length;
		const void *value = fdt_getprop_by_offset(fdt, property, &name, &length);
		bool cell = value && length >= 4;

		if (!value)
			continue;
		node->n_properties++;
		if (!strcmp(name, "status")) {
			node->available = node->available && status_ok(value, length);
		} else if (!strcmp(name, "#address-cells") && cell) {
			node->address_cells = tree_cell(value, 0);
		} else if (!strcmp(name, "#size-cells") && cell) {
			node->size_cells = tree_cell(value, 0);
		} else if (!strcmp(name, "phandle") && cell) {
			node->phandle = tree_cell(value, 0);
			has_phandle = true;
		} else if (!strcmp(name, "linux,phandle") && cell && !has_phandle) {
			node->phandle = tree_cell(value, 0);
		} else if (!strcmp(name, "ranges")) {
			node->ranges = value;
			node->ranges_length = length;
		} else if (!strcmp(name, "#msi-cells") && cell) {
			node->msi_cells = tree_cell(value, 0);
			node->has_msi_cells = true;
		} else if (!strcmp(name, "msi-controller")) {
			node->msi_controller = true;
		} else if (!strcmp(name, "device_type")) {
			typed = true;
			node->pci = length == 4 && !memcmp(value, "pci", 4);
		}
	}
	if (node->phandle == UINT32_MAX)
		node->phandle = 0;
	/* Linux: of_bus_pci_match() takes a node named "pcie" without device_type too. */
	if (!typed && base_length(node) == 4 && !memcmp(node->name, "pcie", 4))
		node->pci = true;
}

static int add_node(struct tree *tree, uint32_t *room, int offset, uint32_t parent,
		    struct its_error *error)
{
	const struct tree_node *above;
	struct tree_node *node;
	int length;

	if (tree->n_nodes == *room) {
		*room = *room ? 2 * *room : 256;
		node = realloc(tree->nodes, *room * sizeof(*node));
		if (!node)
			return its_no_memory(error, "the index of the device tree");
		tree->nodes = node;
	}
	node = &tree->nodes[tree->n_nodes++];
	above = parent == TREE_NONE ? NULL : &tree->nodes[parent];
	/*
	 * Cells are inherited as by of_bus_n_addr_cells() of Linux; where not even
	 * the root has them, the defaults are the specification's.
	 */
	*node = (struct tree_node){
		.offset = offset, .parent = parent,
		.address_cells = above ? above->address_cells : 2,
		.size_cells = above ? above->size_cells : 1,
		.its = TREE_NONE, .gic = TREE_NONE, .pci_domain = UINT32_MAX,
		.available = above ? above->available : true,
	};
	node->name = fdt_get_name(tree->fdt, offset, &length);
	if (!node->name)
		return its_error(error, ITS_ERR_INPUT, "device tree: the node at offset 0x%x: %s",
				 (unsigned)offset, fdt_strerror(length));
	node->name_length = (uint32_t)length;
	if (above)
		node->path_length = above->path_length + 1 + node->name_length;
	if (node->path_length >= TREE_PATH_MAX)
		return its_error(error, ITS_ERR_INPUT,
				 "device tree: a node path is longer than %u bytes",
				 TREE_PATH_MAX - 1);
	read_properties(tree->fdt, node);
	return 0;
}

static int index_phandles(struct tree *tree, struct its_error *error)
{
	tree->phandles = malloc(tree->n_nodes * sizeof(*tree->phandles));
	if (!tree->phandles)
		return its_no_memory(error, "the phandles of the device tree");
	for (uint32_t i = 0; i < tree->n_nodes; i++)
		if (tree->nodes[i].phandle)
			tree->phandles[tree->n_phandles++] =
				(struct tree_phandle){ tree->nodes[i].phandle, i };
	qsort(tree->phandles, tree->n_phandles, sizeof(*tree->phandles), by_phandle);
	return 0;
}

int tree_open(struct tree *tree, const void *fdt, struct its_error *error)
{
	uint32_t path[TREE_DEPTH_MAX], room = 0;
	int depth = -1, offset, err = 0;

	*tree = (struct tree){ .fdt = fdt };
	for (offset = fdt_next_node(fdt, -1, &depth); offset >= 0 && depth >= 0;
	     offset = fdt_next_node(fdt, offset, &depth)) {
		if (depth >= TREE_DEPTH_MAX) {
			err = its_error(error, ITS_ERR_INPUT,
					"device tree: nodes are nested deeper than %u levels",
					TREE_DEPTH_MAX);
			goto fail;
		}
		path[depth] = tree->n_nodes;
		err = add_node(tree, &room, offset, depth ? path[depth - 1] : TREE_NONE, error);
		if (err)
			goto fail;
	}
	if (offset < 0 && offset != -FDT_ERR_NOTFOUND) {
		err = its_error(error, ITS_ERR_INPUT, "device tree: %s", fdt_strerror(offset));
		goto fail;
	}
	if (!tree->n_nodes) {
		err = its_error(error, ITS_ERR_INPUT, "device tree: no root node");
		goto fail;
	}
	err = index_phandles(tree, error);
	if (err)
		goto fail;
	return 0;
fail:
	tree_close(tree);
	return err;
}

void tree_close(struct tree *tree)
{
	free(tree->nodes);
	free(tree->phandles);
	*tree = (struct tree){ 0 };
}
