// SPDX-License-Identifier: GPL-2.0-or-later
/* The ITS nodes: where each is, what it promises, and what Linux will make of it. */
#include <inttypes.h>

#include "load.h"

#define FRAME_SIZE 0x10000u	/* control frame, then the one with GITS_TRANSLATER */
#define REG_SIZE (2 * FRAME_SIZE)

static void lint_address(struct load *load, uint32_t node, const struct board_its *its)
{
	if (its->base % FRAME_SIZE)
		load_lint(load, ITS_ERROR, "its-unaligned", node,
			  "base 0x%" PRIx64 " is not 64 KiB aligned, as every ITS is; Linux reads "
			  "GITS_PIDR2 there and finds no ITS. Correct reg or ranges", its->base);
	/* A pre-ITS stands for the second frame; several boards leave it out then. */
	if (its->size < (its->has_pre_its ? FRAME_SIZE : REG_SIZE))
		load_lint(load, its->size < FRAME_SIZE ? ITS_WARNING : ITS_NOTE, "its-reg-size",
			  node, "reg covers 0x%" PRIx64 " bytes, an ITS has 0x%x with the frame of "
			  "GITS_TRANSLATER. Linux maps only the first 0x%x and does not notice; "
			  "correct reg", its->size, REG_SIZE, FRAME_SIZE);
	for (size_t i = 0; i + 1 < load->board->n_its; i++) {
		const struct board_its *other = &load->board->its[i];

		if (other->available && other->translated && other->base == its->base) {
			load_lint(load, ITS_ERROR, "its-duplicate-base", node,
				  "%s has the same base 0x%" PRIx64 ": Linux drives one ITS twice, "
				  "the second queue replaces the first. Remove or disable one",
				  other->node, its->base);
			return;
		}
	}
}

static void lint_its(struct load *load, uint32_t node, const struct board_its *its,
		     enum tree_reg result)
{
	uint32_t phandle = its->phandle;

	if (!its->available) {
		load_lint(load, ITS_NOTE, "its-disabled", node,
			  "status is not \"okay\" here or further up, so Linux skips this ITS");
		return;
	}
	if (!its->msi_controller)
		load_lint(load, ITS_ERROR, "no-msi-controller", node,
			  "Linux says \"no msi-controller property, ITS ignored\"; add "
			  "msi-controller;");
	if (!load->tree.nodes[node].has_msi_cells)
		load_lint(load, ITS_NOTE, "msi-cells", node,
			  "no #msi-cells: msi-parent cannot hold a DeviceID, so Linux gives "
			  "platform devices no MSI; add #msi-cells = <1>;");
	else if (its->msi_cells != 1)
		load_lint(load, ITS_WARNING, "msi-cells", node,
			  "#msi-cells is %" PRIu32 ": Linux takes a DeviceID from msi-parent only "
			  "if it is 1", its->msi_cells);
	if (its->has_pre_its)
		load_lint(load, ITS_NOTE, "pre-its", node,
			  "socionext,synquacer-pre-its: devices write to 0x%" PRIx64
			  " + DeviceID * 4 instead of GITS_TRANSLATER", its->pre_its_base);
	if (result == TREE_REG_ABSENT)
		load_lint(load, ITS_ERROR, "no-reg", node,
			  "no complete reg entry: Linux says \"no regs?\" and ignores the ITS");
	else if (result == TREE_REG_UNTRANSLATABLE)
		load_lint(load, ITS_ERROR, "untranslatable", node,
			  "%s. Linux says \"no regs?\" and ignores the ITS; an empty ranges; "
			  "means that addresses are the same on both sides",
			  its->untranslated ? its->untranslated : "");
	else
		lint_address(load, node, its);
	if (phandle && tree_phandle_count(&load->tree, phandle) > 1)
		load_lint(load, ITS_ERROR, "duplicate-phandle", node,
			  "phandle 0x%" PRIx32 " belongs to %" PRIu32 " nodes: msi-parent and "
			  "msi-map may reach another one", phandle,
			  tree_phandle_count(&load->tree, phandle));
}

void load_its(struct load *load, uint32_t node)
{
	struct board *board = load->board;
	struct tree *tree = &load->tree;
	struct tree_node *n = &load->tree.nodes[node];
	struct board_its *its;
	struct board_range reg;
	enum tree_reg result;
	const void *cells;
	char why[600];
	int length;

	if (board->n_its == LOAD_ITS_MAX) {
		load_lint(load, ITS_WARNING, "too-many", node,
			  "more than %u ITS nodes; this one and later ones are left out",
			  LOAD_ITS_MAX);
		return;
	}
	its = load_add(load, &board->its, &board->n_its, sizeof(*its));
	if (!its)
		return;
	n->its = (uint32_t)(its - board->its);

	its->node = load_path(load, node);
	its->offset = n->offset;
	its->gic = SIZE_MAX;
	its->phandle = n->phandle;
	its->available = n->available;
	its->msi_controller = n->msi_controller;
	its->msi_cells = n->msi_cells;
	its->noncoherent = tree_has(tree, node, "dma-noncoherent");
	cells = tree_property(tree, node, "socionext,synquacer-pre-its", &length);
	if (cells && length >= 8) {	/* Linux: of_property_read_u32_array(..., 2) */
		its->has_pre_its = true;
		its->pre_its_base = tree_cell(cells, 0);
		its->pre_its_size = tree_cell(cells, 1);
	}
	result = tree_reg(tree, node, 0, &reg, why, sizeof(why));
	its->translated = result == TREE_REG_OK;
	its->base = reg.base;
	its->size = reg.size;
	if (result == TREE_REG_UNTRANSLATABLE)
		its->untranslated = load_string(load, why);
	else if (result == TREE_REG_ABSENT)
		its->untranslated = load_string(load, "it has no complete reg entry");
	lint_its(load, node, its, result);
}

void load_its_gics(struct load *load)
{
	struct board *board = load->board;
	const struct tree_node *nodes = load->tree.nodes;

	for (uint32_t node = 0; node < load->tree.n_nodes; node++) {
		struct board_its *its;
		uint32_t up = nodes[node].parent;

		if (nodes[node].its == TREE_NONE)
			continue;
		its = &board->its[nodes[node].its];
		while (up != TREE_NONE && nodes[up].gic == TREE_NONE)
			up = nodes[up].parent;
		if (up != TREE_NONE) {
			its->gic = nodes[up].gic;
			continue;
		}
		if (board->n_gics == 1)
			its->gic = 0;
		/* Linux: its_of_probe() looks from the GIC node to the end of the tree. */
		if (its->available)
			load_lint(load, ITS_WARNING, "its-outside-gic", node,
				  "not a child of a GICv3 node: Linux finds it only if it comes "
				  "after the GIC in the tree; move it into the GIC's node");
	}
}
