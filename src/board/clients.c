// SPDX-License-Identifier: GPL-2.0-or-later
/* Who sends MSIs to which ITS: msi-parent of devices, msi-map of PCI host bridges. */
#include <inttypes.h>
#include <stdlib.h>

#include "load.h"

/* What is the same for all specifiers of one node. */
struct source {
	uint32_t node;
	uint64_t reg;
	bool measured;		/* reg is known */
};

static struct board_client *add_client(struct load *load, struct source *source, uint32_t target,
				       enum board_client_kind kind)
{
	struct board *board = load->board;
	const struct tree_node *n = &load->tree.nodes[source->node];
	struct board_client *client;
	struct board_range reg;

	if (board->n_clients == LOAD_CLIENTS_MAX) {
		load->clients_cut = true;
		load_lint(load, ITS_WARNING, "too-many", source->node,
			  "more than %u MSI clients; the rest is left out", LOAD_CLIENTS_MAX);
		return NULL;
	}
	client = load_add(load, &board->clients, &board->n_clients, sizeof(*client));
	if (!client)
		return NULL;

	if (!source->measured) {
		source->reg = tree_reg(&load->tree, source->node, 0, &reg, NULL, 0) == TREE_REG_OK ?
			reg.base : UINT64_MAX;
		source->measured = true;
	}
	client->kind = kind;
	client->node = load_path(load, source->node);
	client->available = n->available;
	client->its = load->tree.nodes[target].its;
	client->pci = n->pci;
	client->domain = n->pci_domain;
	client->reg = source->reg;
	client->linux_name = tree_linux_name(&load->tree, source->node);
	if (!client->linux_name)
		load->out_of_memory = true;
	return client;
}

/* True if MSIs that go to @target can go on; says why not, once, about an available device. */
static bool target_usable(struct load *load, uint32_t node, const char *property, uint32_t target)
{
	const struct tree *tree = &load->tree;
	char path[TREE_PATH_MAX];

	if (!tree->nodes[node].available)
		return true;
	tree_path(tree, target, path);
	if (tree->nodes[target].its == TREE_NONE && !tree->nodes[target].msi_controller &&
	    !tree->nodes[target].has_msi_cells) {
		load_lint(load, ITS_WARNING, "msi-target-no-controller", node,
			  "%s points to %.400s, which is no MSI controller: Linux finds no MSI "
			  "domain and the device gets no MSI", property, path);
		return false;
	}
	if (tree->nodes[target].its != TREE_NONE && !tree->nodes[target].available) {
		load_lint(load, ITS_WARNING, "msi-target-disabled", node,
			  "%s points to %.400s, which is disabled: Linux finds no MSI domain "
			  "(\"unable to locate ITS domain\") and the device gets no MSI; enable "
			  "the ITS",
			  property, path);
		return false;
	}
	return true;
}

static void lint_unknown(struct load *load, uint32_t node, const char *property, uint32_t phandle)
{
	if (load->tree.nodes[node].available)
		load_lint(load, ITS_ERROR, "msi-target-unknown", node,
			  "%s names phandle 0x%" PRIx32 ", which no node has: Linux gives the "
			  "device no MSI; correct the reference", property, phandle);
}

/* Linux: of_msi_get_domain(), of_phandle_iterator_next(). */
static void load_msi_parent(struct load *load, struct source *source)
{
	const struct tree *tree = &load->tree;
	uint32_t linted = TREE_NONE;
	size_t count, i = 0;
	int length;
	const void *cells = tree_property(tree, source->node, "msi-parent", &length);

	count = cells ? (size_t)length / 4 : 0;
	while (i < count && !load->out_of_memory) {
		uint32_t phandle = tree_cell(cells, i++), target, arguments;
		struct board_client *client;
		bool has_cells;

		if (!phandle)		/* an empty entry is allowed */
			continue;
		target = tree_by_phandle(tree, phandle);
		if (target == TREE_NONE) {
			lint_unknown(load, source->node, "msi-parent", phandle);
			return;		/* nobody knows how many cells to skip */
		}
		has_cells = tree->nodes[target].has_msi_cells;
		arguments = tree->nodes[target].msi_cells;
		if (arguments > count - i) {
			load_lint(load, ITS_ERROR, "msi-parent-short", source->node,
				  "msi-parent ends before the %" PRIu32 " cells that #msi-cells "
				  "asks for: Linux gives the device no MSI", arguments);
			return;
		}
		if (target != linted && !target_usable(load, source->node, "msi-parent", target))
			linted = target;
		if (tree->nodes[target].its != TREE_NONE) {
			client = add_client(load, source, target, BOARD_MSI_PARENT);
			if (!client)
				return;
			client->has_device_id = has_cells && arguments >= 1;
			if (client->has_device_id)
				client->device_id = tree_cell(cells, i);
		}
		i += arguments;
	}
}

struct tuple { uint32_t rid_base, phandle, msi_base, length; };

/* Linux: of_map_id(). False: Linux gives up on the map at this tuple. */
static bool load_tuple(struct load *load, struct source *source, const struct tuple *tuple,
		       uint32_t mask, uint32_t *linted)
{
	const struct tree *tree = &load->tree;
	uint32_t node = source->node, target;
	struct board_client *client;

	if (tuple->rid_base & ~mask) {
		load_lint(load, ITS_ERROR, "msi-map-bad", node,
			  "msi-map: rid-base 0x%" PRIx32 " has bits outside msi-map-mask 0x%" PRIx32
			  ": Linux gives up on the map there", tuple->rid_base, mask);
		return false;
	}
	/* In 32 bits, as Linux adds: a range that wraps holds nothing. */
	if (!tuple->length || tuple->length > UINT32_MAX - tuple->rid_base) {
		load_lint(load, ITS_WARNING, "msi-map-bad", node,
			  "msi-map: RIDs from 0x%" PRIx32 ", length 0x%" PRIx32 ": %s, so no "
			  "device matches", tuple->rid_base, tuple->length,
			  tuple->length ? "goes beyond 32 bits" : "an empty range");
		return true;
	}
	if (tuple->length - 1 > UINT32_MAX - tuple->msi_base)
		load_lint(load, ITS_WARNING, "msi-map-bad", node,
			  "msi-map: DeviceIDs from 0x%" PRIx32 ", length 0x%" PRIx32
			  ", go beyond 32 bits", tuple->msi_base, tuple->length);
	target = tree_by_phandle(tree, tuple->phandle);
	if (target == TREE_NONE) {
		lint_unknown(load, node, "msi-map", tuple->phandle);
		return true;
	}
	if (target != *linted && !target_usable(load, node, "msi-map", target))
		*linted = target;
	if (tree->nodes[target].its == TREE_NONE)
		return true;
	client = add_client(load, source, target, BOARD_MSI_MAP);
	if (!client)
		return false;
	client->rid_base = tuple->rid_base;
	client->msi_base = tuple->msi_base;
	client->length = tuple->length;
	client->mask = mask;
	return true;
}

static void load_msi_map(struct load *load, struct source *source)
{
	const struct tree *tree = &load->tree;
	uint32_t mask = UINT32_MAX, linted = TREE_NONE;
	int length;
	const void *cells = tree_property(tree, source->node, "msi-map", &length);

	if (!cells)
		return;
	if (!length || length % 16) {
		load_lint(load, ITS_ERROR, "msi-map-bad", source->node,
			  "msi-map has %d bytes, no multiple of 16 (rid-base, phandle, msi-base, "
			  "length): Linux ignores it", length);
		return;
	}
	tree_u32(tree, source->node, "msi-map-mask", &mask);
	for (size_t i = 0; i < (size_t)length / 16 && !load->out_of_memory; i++) {
		struct tuple tuple = {
			tree_cell(cells, 4 * i), tree_cell(cells, 4 * i + 1),
			tree_cell(cells, 4 * i + 2), tree_cell(cells, 4 * i + 3),
		};

		if (!load_tuple(load, source, &tuple, mask, &linted))
			return;
	}
}

static bool is_host_bridge(const struct tree *tree, uint32_t node)
{
	uint32_t parent = tree->nodes[node].parent;

	return tree->nodes[node].pci && (parent == TREE_NONE || !tree->nodes[parent].pci);
}

/*
 * Linux: of_pci_bus_find_domain_nr(). Bridges without linux,pci-domain get the
 * lowest free numbers as they are probed, which is usually document order.
 */
static void number_pci_domains(struct load *load)
{
	struct tree_node *nodes = load->tree.nodes;
	uint8_t *taken = calloc(1, 65536 / 8);
	uint32_t next = 0, domain;

	if (!taken) {
		load->out_of_memory = true;
		return;
	}
	for (uint32_t i = 0; i < load->tree.n_nodes; i++) {
		if (!is_host_bridge(&load->tree, i) ||
		    !tree_u32(&load->tree, i, "linux,pci-domain", &domain))
			continue;
		domain &= 0xffff;	/* Linux: (u16)domain */
		nodes[i].pci_domain = domain;
		taken[domain / 8] |= (uint8_t)(1u << domain % 8);
	}
	for (uint32_t i = 0; i < load->tree.n_nodes; i++) {
		if (nodes[i].pci && !is_host_bridge(&load->tree, i)) {
			nodes[i].pci_domain = nodes[nodes[i].parent].pci_domain;
		} else if (nodes[i].pci && nodes[i].available &&
			   nodes[i].pci_domain == UINT32_MAX) {
			while (next < 65536 && taken[next / 8] & 1u << next % 8)
				next++;
			nodes[i].pci_domain = next++;
		}
	}
	free(taken);
}

void load_clients(struct load *load)
{
	number_pci_domains(load);
	for (uint32_t i = 0; i < load->tree.n_nodes; i++) {
		struct source source = { .node = i };

		load_msi_parent(load, &source);
		if (!load->out_of_memory && !load->clients_cut)
			load_msi_map(load, &source);
		if (load->out_of_memory || load->clients_cut)
			return;
	}
}
