/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the parts of board_load_acpi() share. Layouts: ACPI 6.5 section 5.2.12
 * (MADT) and Arm DEN 0049 (IORT), as in Linux's include/acpi/actbl2.h.
 * Multi-byte numbers are little-endian and stand at any offset.
 */
#ifndef BOARD_ACPI_H
#define BOARD_ACPI_H

#include "load.h"

#define ACPI_HEADER_SIZE 36		/* bytes: signature to creator revision */
#define ACPI_NODES_MAX 4096		/* of the IORT; no machine comes near */
#define ACPI_HOPS_MAX 8			/* SMMU behind SMMU; real tables have one */
#define ACPI_STEPS_MAX 5000000		/* mappings looked at, after about 0.1 s */

struct acpi_table {
	const uint8_t *data;		/* NULL: there is none */
	uint32_t length;
	uint8_t revision;
};

struct acpi {
	struct load load;
	struct acpi_table madt, iort;
};

/* An ID mapping: ids from input to input + count, count being their number minus 1. */
struct iort_map {
	uint32_t input, count, output, target, flags;
};

#define IORT_SINGLE 1u			/* iort_map.flags: every id becomes output */
#define IORT_NONE UINT32_MAX
#define IORT_NAME_SIZE 256		/* of what a node is called here */

enum iort_type {
	IORT_GROUP, IORT_COMPONENT, IORT_ROOT_COMPLEX, IORT_SMMU, IORT_SMMU_V3, IORT_PMCG, IORT_RMR,
};

struct iort_node {
	uint32_t offset, length;	/* in the table; the whole node lies in it */
	uint32_t maps, n_maps;		/* offset in the table and number of those that lie in it */
	uint32_t own;			/* the mapping of the node's own MSIs, or IORT_NONE */
	uint32_t its;			/* of a group: index in board.its, or IORT_NONE */
	uint8_t type, revision;
};

struct iort {
	struct acpi *acpi;
	struct iort_node *nodes;	/* by offset */
	size_t n_nodes;
	uint64_t steps;
};

static inline uint32_t acpi_u16(const uint8_t *at)
{
	return (uint32_t)at[0] | (uint32_t)at[1] << 8;
}

static inline uint32_t acpi_u32(const uint8_t *at)
{
	return acpi_u16(at) | acpi_u16(at + 2) << 16;
}

static inline uint64_t acpi_u64(const uint8_t *at)
{
	return acpi_u32(at) | (uint64_t)acpi_u32(at + 4) << 32;
}

/* The ITSs, the GIC, the CPUs. */
void acpi_load_madt(struct acpi *acpi);
/* Who sends MSIs, after the ITSs are known. */
void acpi_load_iort(struct acpi *acpi);
/* The MSI clients that @node is. */
void acpi_load_clients(struct iort *iort, const struct iort_node *node);
/* What is odd in the nodes and their mappings, before they are followed. */
void acpi_lint_iort(struct iort *iort);

/* The node at @offset of the table, or NULL. */
const struct iort_node *iort_find(const struct iort *iort, uint32_t offset);
struct iort_map iort_map(const struct iort *iort, const struct iort_node *node, uint32_t index);
/* Bytes of the node after its header, or NULL if it has not @size of them. */
const uint8_t *iort_data(const struct iort *iort, const struct iort_node *node, uint32_t size);
/* True if another root complex of the same segment stands before @node: Linux takes the first. */
bool iort_segment_taken(const struct iort *iort, const struct iort_node *node);
/* "/IORT/pci@0": what the node is called here. */
const char *iort_name(const struct iort *iort, const struct iort_node *node, char *name,
		      size_t size);

#endif
