// SPDX-License-Identifier: GPL-2.0-or-later
/* What is odd in the IORT: references, mappings, ITS groups. */
#include <inttypes.h>
#include <string.h>

#include "acpi.h"

static void lint_group(struct iort *iort, const struct iort_node *node)
{
	struct load *load = &iort->acpi->load;
	const uint8_t *data = iort_data(iort, node, 4);
	uint32_t count = data ? acpi_u32(data) : 0, fit = (node->length - 16) / 4;
	char name[IORT_NAME_SIZE];

	iort_name(iort, node, name, sizeof(name));
	fit = fit ? fit - 1 : 0;
	if (!count || !fit) {
		load_lint_path(load, ITS_ERROR, "iort-group", name,
			       "an ITS group without an ITS: what it stands for gets no MSI");
		return;
	}
	if (count > fit)
		load_lint_path(load, ITS_WARNING, "iort-group", name,
			       "%" PRIu32 " ITSs, but the node has room for %" PRIu32, count, fit);
	if (node->its == IORT_NONE)
		load_lint_path(load, ITS_ERROR, "iort-group", name,
			       "translation ID %" PRIu32 " is no ITS of the MADT: Linux finds no "
			       "MSI domain, and what the group stands for gets no MSI",
			       acpi_u32(data + 4));
	if (count > 1)
		load_lint_path(load, ITS_NOTE, "iort-group", name,
			       "%" PRIu32 " ITSs; Linux sends all MSIs to the first, translation "
			       "ID %" PRIu32, count, acpi_u32(data + 4));
}

static bool is_smmu(const struct iort_node *node)
{
	return node->type == IORT_SMMU || node->type == IORT_SMMU_V3;
}

static void lint_map(struct iort *iort, const struct iort_node *node, uint32_t index,
		     const char *name)
{
	struct load *load = &iort->acpi->load;
	struct iort_map map = iort_map(iort, node, index);
	const struct iort_node *target = iort_find(iort, map.target);
	bool single = map.flags & IORT_SINGLE;

	if (!target)
		load_lint_path(load, ITS_ERROR, "iort-target", name,
			       "ID mapping %" PRIu32 " points to offset 0x%" PRIx32 ", where no "
			       "node begins: its ids reach no ITS%s", index, map.target,
			       !index && !map.target ? ", and Linux leaves the others alone" : "");
	else if (target->type != IORT_GROUP && !is_smmu(target))
		load_lint_path(load, ITS_ERROR, "iort-target", name,
			       "ID mapping %" PRIu32 " points to a node of type %u, which is "
			       "neither an SMMU nor an ITS group", index, target->type);
	else if (target == node || (is_smmu(node) && is_smmu(target)))
		load_lint_path(load, ITS_WARNING, "iort-target", name,
			       "ID mapping %" PRIu32 " leads from an SMMU to %s", index,
			       target == node ? "itself" : "an SMMU");
	if (single && is_smmu(node) && index != node->own)
		load_lint_path(load, ITS_WARNING, "iort-single", name,
			       "ID mapping %" PRIu32 " has the single mapping flag, which Linux "
			       "does not allow for an SMMU: it skips the mapping", index);
	if (!single && map.count > UINT32_MAX - map.input)
		load_lint_path(load, ITS_ERROR, "iort-range", name,
			       "ID mapping %" PRIu32 ": ids from 0x%" PRIx32 ", count 0x%" PRIx32
			       " (which is the number minus 1), go beyond 32 bits: Linux finds "
			       "none of them", index, map.input, map.count);
}

/* Ranges that share ids: by one id it is the known mistake in old tables, which Linux mends. */
static void lint_overlap(struct iort *iort, const struct iort_node *node, uint32_t index,
			 const char *name)
{
	struct load *load = &iort->acpi->load;
	struct iort_map a = iort_map(iort, node, index), b;

	if ((a.flags & IORT_SINGLE) || index == node->own)
		return;
	for (uint32_t i = 0; i < node->n_maps && iort->steps < ACPI_STEPS_MAX; i++) {
		iort->steps++;
		b = iort_map(iort, node, i);
		if (i == index || i == node->own || (b.flags & IORT_SINGLE) ||
		    b.input < a.input || b.input - a.input > a.count ||
		    (b.input == a.input && i < index))
			continue;
		if (a.count && b.input - a.input == a.count)
			load_lint_path(load, ITS_NOTE, "iort-off-by-one", name,
				       "ID mapping %" PRIu32 " ends with id 0x%" PRIx32 ", with "
				       "which mapping %" PRIu32 " begins: the count is the number "
				       "of ids minus 1. Linux notices and gives the id to the "
				       "latter", index, b.input, i);
		else
			load_lint_path(load, ITS_WARNING, "iort-overlap", name,
				       "ID mappings %" PRIu32 " and %" PRIu32 " both have id "
				       "0x%" PRIx32 ": Linux takes the one that stands first",
				       index, i, b.input);
		return;
	}
}

static void lint_node(struct iort *iort, const struct iort_node *node)
{
	struct load *load = &iort->acpi->load;
	char name[IORT_NAME_SIZE];

	if (node->type == IORT_GROUP) {
		lint_group(iort, node);
		return;
	}
	if (node->type > IORT_PMCG)	/* reserved memory sends nothing */
		return;
	iort_name(iort, node, name, sizeof(name));
	if (node->type == IORT_ROOT_COMPLEX && !iort_data(iort, node, 16))
		load_lint_path(load, ITS_ERROR, "iort-node", name,
			       "%" PRIu32 " bytes are too few for a root complex", node->length);
	else if (node->type == IORT_ROOT_COMPLEX && iort_segment_taken(iort, node))
		load_lint_path(load, ITS_ERROR, "iort-node", name,
			       "a second root complex of the same segment: Linux takes the first");
	else if (node->type == IORT_ROOT_COMPLEX && !node->n_maps)
		load_lint_path(load, ITS_WARNING, "iort-no-mapping", name,
			       "no ID mapping, so no device behind it gets an MSI");
	for (uint32_t i = 0; i < node->n_maps && iort->steps++ < ACPI_STEPS_MAX &&
	     load->board->n_lints < LOAD_LINTS_MAX; i++) {
		lint_map(iort, node, i, name);
		lint_overlap(iort, node, i, name);
	}
}

/* True if some group names it: the ITSs after the first count, too. */
static bool in_group(struct iort *iort, uint32_t translation_id)
{
	for (uint32_t i = 0; i < iort->n_nodes; i++) {
		const struct iort_node *node = &iort->nodes[i];
		const uint8_t *data = iort_data(iort, node, 8);
		uint32_t fit = (node->length - 16) / 4;

		if (node->type != IORT_GROUP || !data)
			continue;
		for (uint32_t k = 0; k < acpi_u32(data) && k + 1 < fit; k++)
			if (acpi_u32(data + 4 + 4 * k) == translation_id ||
			    iort->steps++ >= ACPI_STEPS_MAX)
				return true;
	}
	return false;
}

void acpi_lint_iort(struct iort *iort)
{
	struct load *load = &iort->acpi->load;

	for (uint32_t i = 0; i < iort->n_nodes; i++)
		lint_node(iort, &iort->nodes[i]);
	for (size_t i = 0; i < load->board->n_its; i++)
		if (!in_group(iort, load->board->its[i].translation_id))
			load_lint_path(load, ITS_NOTE, "iort-group", load->board->its[i].node,
				       "no ITS group of the IORT names translation ID %" PRIu32
				       ": no device sends its MSIs here",
				       load->board->its[i].translation_id);
	iort->steps = 0;		/* the way to the ITSs has a budget of its own */
}
