// SPDX-License-Identifier: GPL-2.0-or-later
/* The IORT: its nodes, and what each is called here. */
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "acpi.h"

#define IORT_HEADER 48u		/* ACPI header, node count, offset of the first node, reserved */
#define NODE_HEADER 16u
#define MAP_SIZE 20u

#define SMMU_V3_DEVICE_ID_VALID 0x10u

const struct iort_node *iort_find(const struct iort *iort, uint32_t offset)
{
	size_t low = 0, high = iort->n_nodes;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (iort->nodes[middle].offset == offset)
			return &iort->nodes[middle];
		if (iort->nodes[middle].offset < offset)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

struct iort_map iort_map(const struct iort *iort, const struct iort_node *node, uint32_t index)
{
	const uint8_t *at = iort->acpi->iort.data + node->maps + (size_t)index * MAP_SIZE;

	return (struct iort_map){
		.input = acpi_u32(at), .count = acpi_u32(at + 4), .output = acpi_u32(at + 8),
		.target = acpi_u32(at + 12), .flags = acpi_u32(at + 16),
	};
}

const uint8_t *iort_data(const struct iort *iort, const struct iort_node *node, uint32_t size)
{
	return node->length - NODE_HEADER >= size ?
		iort->acpi->iort.data + node->offset + NODE_HEADER : NULL;
}

/* The path of the namespace object, which is what Linux compares: "\_SB_.DEV0". */
static void component_name(const struct iort *iort, const struct iort_node *node, char *name,
			   size_t size)
{
	const uint8_t *data = iort_data(iort, node, 14);
	uint32_t room = node->length - NODE_HEADER - 13;
	size_t used = (size_t)snprintf(name, size, "/IORT/");

	for (uint32_t i = 0; data && i < room && data[13 + i] && used < size - 1; i++)
		name[used++] = isgraph(data[13 + i]) && data[13 + i] != '/' ?
			(char)data[13 + i] : '?';
	if (used == 6)
		snprintf(name, size, "/IORT/component@%" PRIx32, node->offset);
	else
		name[used] = '\0';
}

const char *iort_name(const struct iort *iort, const struct iort_node *node, char *name,
		      size_t size)
{
	const uint8_t *data = iort_data(iort, node, 8), *complex = iort_data(iort, node, 16);

	if (node->type == IORT_COMPONENT)
		component_name(iort, node, name, size);
	else if (node->type == IORT_ROOT_COMPLEX && complex)
		snprintf(name, size, "/IORT/pci@%" PRIx32, acpi_u32(complex + 12));
	else if (node->type == IORT_GROUP)
		snprintf(name, size, "/IORT/its-group@%" PRIx32, node->offset);
	else if ((node->type == IORT_SMMU || node->type == IORT_SMMU_V3 ||
		  node->type == IORT_PMCG) && data)
		snprintf(name, size, "/IORT/%s@%" PRIx64, node->type == IORT_SMMU ? "smmu" :
			 node->type == IORT_SMMU_V3 ? "smmu-v3" : "pmcg", acpi_u64(data));
	else
		snprintf(name, size, "/IORT/type-%u@%" PRIx32, node->type, node->offset);
	return name;
}

/* Linux: iort_get_id_mapping_index(), the mapping of the MSIs that an SMMU itself sends. */
static uint32_t own_mapping(const struct iort *iort, const struct iort_node *node)
{
	const uint8_t *data;

	if (node->type == IORT_PMCG) {
		data = iort_data(iort, node, 12);
		return data && !acpi_u32(data + 8) && node->n_maps ? 0 : IORT_NONE;
	}
	data = iort_data(iort, node, 52);
	if (node->type != IORT_SMMU_V3 || node->revision < 1 || !data)
		return IORT_NONE;
	if (node->revision < 5 && acpi_u32(data + 28) && acpi_u32(data + 32) &&
	    acpi_u32(data + 36) && acpi_u32(data + 40))
		return IORT_NONE;		/* all its interrupts are wired */
	if (node->revision >= 5 && !(acpi_u32(data + 8) & SMMU_V3_DEVICE_ID_VALID))
		return IORT_NONE;
	return acpi_u32(data + 48) < node->n_maps ? acpi_u32(data + 48) : IORT_NONE;
}

/* The ITS that Linux takes for a group: the first named, the last registered under that ID. */
static uint32_t group_its(const struct iort *iort, const struct iort_node *node)
{
	const struct board *board = iort->acpi->load.board;
	const uint8_t *data = iort_data(iort, node, 8);

	if (node->type != IORT_GROUP || !data || !acpi_u32(data))
		return IORT_NONE;
	for (size_t i = board->n_its; i-- > 0;)
		if (board->its[i].translation_id == acpi_u32(data + 4))
			return (uint32_t)i;
	return IORT_NONE;
}

static void bad_node(struct iort *iort, uint32_t at, uint32_t index, const char *what)
{
	load_lint_path(&iort->acpi->load, ITS_ERROR, "iort-node", "/IORT",
		       "node %" PRIu32 ", at offset 0x%" PRIx32 ", %s: it and all behind it are "
		       "left out", index, at, what);
}

static void read_node(struct iort *iort, struct iort_node *node, uint32_t at)
{
	const struct acpi_table *table = &iort->acpi->iort;
	const uint8_t *data = table->data + at;
	uint32_t count = acpi_u32(data + 8), offset = acpi_u32(data + 12), fit;
	char name[IORT_NAME_SIZE];

	*node = (struct iort_node){
		.offset = at, .length = acpi_u16(data + 1), .type = data[0], .revision = data[3],
	};
	if (count && offset) {
		/* Beyond the node is wrong, but Linux reads them there. */
		fit = offset <= table->length - at ? (table->length - at - offset) / MAP_SIZE : 0;
		node->maps = at + offset;
		node->n_maps = count < fit ? count : fit;
		if (count > fit)
			load_lint_path(&iort->acpi->load, ITS_ERROR, "iort-node",
				       iort_name(iort, node, name, sizeof(name)),
				       "ID mappings at offset 0x%" PRIx32 ": %" PRIu32 ", but in the "
				       "table are only %" PRIu32 " of them", offset, count, fit);
	}
	node->own = own_mapping(iort, node);
	node->its = group_its(iort, node);
}

static void read_nodes(struct iort *iort)
{
	const struct acpi_table *table = &iort->acpi->iort;
	uint32_t count = acpi_u32(table->data + 36), at = acpi_u32(table->data + 40);

	for (uint32_t i = 0; i < count; i++) {
		struct iort_node *node;
		uint32_t length;

		if (at < IORT_HEADER || at > table->length || table->length - at < NODE_HEADER) {
			bad_node(iort, at, i, "is not in the table");
			return;
		}
		length = acpi_u16(table->data + at + 1);
		if (length < NODE_HEADER || length > table->length - at) {
			bad_node(iort, at, i, "has a length that makes no sense");
			return;
		}
		if (i == ACPI_NODES_MAX) {
			load_lint_path(&iort->acpi->load, ITS_WARNING, "too-many", "/IORT",
				       "more than %u nodes; the rest is left out", ACPI_NODES_MAX);
			return;
		}
		node = load_add(&iort->acpi->load, &iort->nodes, &iort->n_nodes, sizeof(*node));
		if (!node)
			return;
		read_node(iort, node, at);
		at += length;
	}
}

void acpi_load_iort(struct acpi *acpi)
{
	struct iort iort = { .acpi = acpi };
	struct load *load = &acpi->load;

	if (!acpi->iort.data || acpi->iort.length < IORT_HEADER) {
		if (load->board->n_its)
			load_lint_path(load, ITS_WARNING, "no-iort", "/IORT",
				       "%s: Linux does not know which DeviceID a device has, so "
				       "none gets an MSI through the ITS", acpi->iort.data ?
				       "the table is too short" : "there is no such table");
		return;
	}
	read_nodes(&iort);
	if (!load->out_of_memory)
		acpi_lint_iort(&iort);
	for (uint32_t i = 0; i < iort.n_nodes && !load->out_of_memory && !load->clients_cut; i++)
		acpi_load_clients(&iort, &iort.nodes[i]);
	free(iort.nodes);
}
