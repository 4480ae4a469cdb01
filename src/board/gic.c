// SPDX-License-Identifier: GPL-2.0-or-later
/* The GICv3 nodes: where the distributor and the redistributors are. */
#include <inttypes.h>

#include "load.h"

#define STRIDE_UNIT 0x10000u	/* a redistributor is made of 64 KiB frames */

/* Linux: gic_of_init() reads a u64 and takes 0, "as the hardware says", for anything shorter. */
static uint64_t read_stride(struct load *load, uint32_t node)
{
	int length;
	const void *cells = tree_property(&load->tree, node, "redistributor-stride", &length);
	uint64_t stride;

	if (!cells || length < 4)
		return 0;
	stride = tree_cell(cells, 0);
	if (length >= 8)
		stride = stride << 32 | tree_cell(cells, 1);
	else
		load_lint(load, ITS_WARNING, "redistributor-stride", node,
			  "redistributor-stride has one cell, so Linux ignores it; "
			  "write <0x0 0x%" PRIx64 ">", stride);
	if (stride % STRIDE_UNIT)
		load_lint(load, ITS_ERROR, "redistributor-stride", node,
			  "redistributor-stride 0x%" PRIx64 " is no multiple of 64 KiB, "
			  "so Linux refuses the GIC", stride);
	return stride;
}

static void read_redistributors(struct load *load, uint32_t node, struct board_gic *gic)
{
	uint32_t regions = 1;
	char why[600];

	tree_u32(&load->tree, node, "#redistributor-regions", &regions);
	/* A region that does not exist ends the loop, so the length of reg bounds it. */
	for (uint32_t i = 0; i < regions; i++) {
		struct board_range range, *added;
		enum tree_reg result = tree_reg(&load->tree, node, 1 + i, &range, why, sizeof(why));

		if (result == TREE_REG_OK) {
			added = load_add(load, &gic->redistributors, &gic->n_redistributors, sizeof(*added));
			if (!added)
				return;
			*added = range;
			continue;
		}
		gic->translated = false;
		if (!gic->available)
			return;
		if (result == TREE_REG_UNTRANSLATABLE)
			load_lint(load, ITS_ERROR, "untranslatable", node,
				  "redistributor region %u has no CPU address: %s. Linux gives up "
				  "on the GIC (couldn't map region)", i, why);
		else
			load_lint(load, ITS_ERROR, "no-redistributor", node,
				  "reg has no entry for redistributor region %u of %u. Linux gives "
				  "up on the GIC (couldn't map region); correct reg or "
				  "#redistributor-regions", i, regions);
		return;
	}
	if (!regions && gic->available)
		load_lint(load, ITS_ERROR, "no-redistributor", node,
			  "#redistributor-regions is 0, so no CPU has a redistributor");
}

void load_gic(struct load *load, uint32_t node)
{
	struct board *board = load->board;
	struct tree_node *n = &load->tree.nodes[node];
	struct board_gic *gic;
	enum tree_reg result;
	char why[600];

	if (board->n_gics == LOAD_GIC_MAX) {
		load_lint(load, ITS_WARNING, "too-many", node,
			  "more than %u GIC nodes; this one and later ones are left out",
			  LOAD_GIC_MAX);
		return;
	}
	gic = load_add(load, &board->gics, &board->n_gics, sizeof(*gic));
	if (!gic)
		return;
	n->gic = (uint32_t)(gic - board->gics);

	gic->node = load_path(load, node);
	gic->available = n->available;
	gic->noncoherent = tree_has(&load->tree, node, "dma-noncoherent");
	gic->stride = read_stride(load, node);
	result = tree_reg(&load->tree, node, 0, &gic->distributor, why, sizeof(why));
	gic->translated = result == TREE_REG_OK;
	if (result == TREE_REG_UNTRANSLATABLE && gic->available)
		load_lint(load, ITS_ERROR, "untranslatable", node,
			  "the distributor has no CPU address: %s. Linux gives up on the GIC; "
			  "add what is missing", why);
	else if (result == TREE_REG_ABSENT && gic->available)
		load_lint(load, ITS_ERROR, "no-reg", node,
			  "no reg, so the distributor cannot be found. Linux gives up on the GIC");
	if (result == TREE_REG_OK)
		read_redistributors(load, node, gic);
}
