// SPDX-License-Identifier: GPL-2.0-or-later
/* Which CPU is behind an MPIDR affinity: the cpu nodes, and what Linux says of them. */
#include <string.h>

#include "its/system.h"
#include "load.h"

/* Linux: __of_device_is_fail(), "fail" or "fail-...". */
static bool has_failed(const struct tree *tree, uint32_t node)
{
	int length;
	const char *status = tree_property(tree, node, "status", &length);

	return status && ((length >= 5 && !memcmp(status, "fail", 5)) ||
			  (length >= 5 && !memcmp(status, "fail-", 5)));
}

/* Linux: of_get_cpu_hwid(), with #address-cells of /cpus: 1, or 2 where Aff3 is in use. */
static bool read_affinity(const struct tree *tree, uint32_t node, uint32_t *affinity)
{
	uint32_t cells = tree->nodes[tree->nodes[node].parent].address_cells;
	uint64_t mpidr;
	int length;
	const void *reg = tree_property(tree, node, "reg", &length);

	if (!reg || cells < 1 || cells > 2 || (uint32_t)length < cells * 4)
		return false;
	mpidr = tree_cell(reg, 0);
	if (cells == 2)
		mpidr = mpidr << 32 | tree_cell(reg, 1);
	if (mpidr & ~MPIDR_AFFINITY)
		return false;
	*affinity = (uint32_t)(mpidr >> 32 << 24 | (mpidr & 0xffffff));
	return true;
}

void load_cpu(struct load *load, uint32_t node)
{
	struct board *board = load->board;
	const struct tree_node *n = &load->tree.nodes[node];
	struct board_cpu *cpu;

	if (n->available && tree_typed(&load->tree, node, "cpu"))
		board->cpus++;
	/* Linux: of_get_next_cpu_node() */
	if (has_failed(&load->tree, node) || board->n_cpu_nodes == LOAD_CPUS_MAX ||
	    !(tree_named(&load->tree, node, "cpu") || tree_typed(&load->tree, node, "cpu")))
		return;
	cpu = load_add(load, &board->cpu_nodes, &board->n_cpu_nodes, sizeof(*cpu));
	if (!cpu)
		return;
	cpu->node = load_path(load, node);
	cpu->available = n->available;
	cpu->has_affinity = read_affinity(&load->tree, node, &cpu->affinity);
}

/* The number Linux gives node @index if the first is the boot CPU (smp_init_cpus() of arm64). */
static void assume(const struct board_system *system, size_t index,
		   struct board_cpu_identity *identity)
{
	const struct board_system_cpu *cpu;

	identity->source = BOARD_CPU_ASSUMED;
	identity->cpu = (unsigned)index;
	if (!system || !system->n_cpus)
		return;
	cpu = board_system_cpu(system, identity->cpu);
	if (!system->n_nodes) {
		identity->online = cpu ? cpu->online : BOARD_OFFLINE;
		return;
	}
	identity->source = BOARD_CPU_ABSENT;
	identity->online = BOARD_OFFLINE;
}

bool board_cpu_of(const struct board *board, const struct board_system *system, uint32_t affinity,
		  struct board_cpu_identity *identity)
{
	for (size_t i = 0; i < board->n_cpu_nodes; i++) {
		const struct board_cpu *node = &board->cpu_nodes[i];
		const struct board_system_cpu *cpu;

		if (!node->has_affinity || node->affinity != affinity)
			continue;
		*identity = (struct board_cpu_identity){ .node = node->node };
		cpu = system ? board_system_cpu_of_node(system, node->node) : NULL;
		if (cpu) {
			identity->source = BOARD_CPU_SYSFS;
			identity->cpu = cpu->cpu;
			identity->online = cpu->online;
		} else {
			assume(system, i, identity);
		}
		return true;
	}
	return false;
}
