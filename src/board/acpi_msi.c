// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which ids of which device reach which ITS, as which DeviceIDs: the way of
 * Linux's drivers/acpi/arm64/iort.c, for whole ranges at once.
 */
#include <inttypes.h>

#include "acpi.h"

#define RID_LAST 0xffffu

/* Where an id ends up, and for how many ids after it the same goes. */
struct answer {
	const struct iort_node *group;
	uint32_t output;
	uint32_t span;
	bool same;		/* each of them becomes output, not output + n */
	/* Without a group: the node that has nothing for this id; NULL where the lints have said it. */
	const struct iort_node *broken;
	uint32_t broken_id;
	bool loops;
};

static uint32_t least(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

/*
 * The mapping of @node that takes @id (Linux: iort_map_id(), iort_node_map_id()),
 * and the last id that it takes in the same way. Old tables have the number of
 * ids where their number minus 1 belongs: an id at the end of one range is
 * therefore given to the range that begins with it, if there is one.
 */
static bool choose(struct iort *iort, const struct iort_node *node, uint32_t id, uint32_t *last,
		   struct iort_map *chosen)
{
	bool found = false;

	*last = UINT32_MAX;
	if (!node->n_maps || !iort_map(iort, node, 0).target)
		return false;		/* Linux gives up on the node if the first has no target */
	for (uint32_t i = 0; i < node->n_maps; i++) {
		struct iort_map map = iort_map(iort, node, i);
		uint32_t end = map.input + map.count;

		iort->steps++;
		if (i == node->own)
			continue;
		if (map.flags & IORT_SINGLE) {
			if (node->type != IORT_COMPONENT && node->type != IORT_ROOT_COMPLEX)
				continue;	/* Linux: "SINGLE MAPPING flag not allowed" */
			*chosen = map;
			return true;
		}
		if (end < map.input || id > end)	/* one that wraps takes none */
			continue;
		if (id < map.input) {
			*last = least(*last, map.input - 1);
			continue;
		}
		if (found && id != map.input)
			continue;
		*chosen = map;
		found = true;
		if (!map.count || id < end) {
			*last = least(*last, map.count ? end - 1 : end);
			return true;
		}
		*last = id;
	}
	return found;
}

/* From @id of @node to the ITS group behind it. @answer->span is set even if there is none. */
static bool follow(struct iort *iort, const struct iort_node *node, uint32_t id,
		   struct answer *answer)
{
	*answer = (struct answer){ .span = UINT32_MAX - id };
	for (unsigned hops = 0; hops <= ACPI_HOPS_MAX; hops++) {
		struct iort_map map;
		uint32_t last;
		bool found;

		if (node->type == IORT_GROUP) {
			answer->group = node;
			answer->output = id;
			return true;
		}
		found = choose(iort, node, id, &last, &map);
		if (!answer->same)
			answer->span = least(answer->span, last - id);
		if (!found) {
			/* A first mapping without a target is iort-target's. */
			if (!node->n_maps || iort_map(iort, node, 0).target)
				answer->broken = node;
			answer->broken_id = id;
			return false;
		}
		if (map.flags & IORT_SINGLE) {
			answer->same = true;
			id = map.output;
		} else {
			id = map.output + (id - map.input);
			if (!answer->same)
				answer->span = least(answer->span, UINT32_MAX - id);
		}
		node = iort_find(iort, map.target);
		if (!node)
			return false;
	}
	answer->broken = node;
	answer->broken_id = id;
	answer->loops = true;
	return false;
}

static struct board_client *add_client(struct iort *iort, const struct iort_node *node,
				       enum board_client_kind kind, uint32_t its)
{
	struct load *load = &iort->acpi->load;
	struct board *board = load->board;
	struct board_client *client;
	char name[IORT_NAME_SIZE];

	if (board->n_clients == LOAD_CLIENTS_MAX) {
		if (!load->clients_cut)
			load_lint_path(load, ITS_WARNING, "too-many", "/IORT",
				       "more than %u MSI clients; the rest is left out",
				       LOAD_CLIENTS_MAX);
		load->clients_cut = true;
		return NULL;
	}
	client = load_add(load, &board->clients, &board->n_clients, sizeof(*client));
	if (!client)
		return NULL;
	client->kind = kind;
	client->node = load_string(load, iort_name(iort, node, name, sizeof(name)));
	client->available = true;
	client->its = its;
	client->domain = UINT32_MAX;
	client->reg = UINT64_MAX;
	return client;
}

static void add_single(struct iort *iort, const struct iort_node *node, uint32_t its,
		       uint32_t device_id)
{
	struct board_client *client = add_client(iort, node, BOARD_MSI_PARENT, its);

	if (!client)
		return;
	client->has_device_id = true;
	client->device_id = device_id;
}

/* Adds the ids of the range, to the client before them where they go on as it ends. */
static void add_range(struct iort *iort, const struct iort_node *node, uint32_t id, uint32_t last,
		      const struct answer *answer, struct board_client **before)
{
	struct board_client *client = *before;
	uint32_t its = answer->group->its;

	if (client && client->its == its && client->same == answer->same &&
	    client->rid_base + client->length == id &&
	    last - id < UINT32_MAX - client->length &&	/* a length has 32 bits */
	    (answer->same ? client->msi_base == answer->output :
	     client->msi_base < answer->output &&
	     client->msi_base + client->length == answer->output)) {
		client->length += last - id + 1;
		return;
	}
	client = add_client(iort, node, BOARD_MSI_MAP, its);
	*before = client;
	if (!client)
		return;
	client->pci = node->type == IORT_ROOT_COMPLEX;
	if (client->pci)
		client->domain = acpi_u32(iort_data(iort, node, 16) + 12);
	client->mask = UINT32_MAX;
	client->rid_base = id;
	client->msi_base = answer->output;
	client->length = last - id + 1;
	client->same = answer->same;
}

/* No id of the root complex @node reaches an ITS; @broken is where the first that leads on from it ends. */
static void lint_unreachable(struct iort *iort, const struct iort_node *node, const struct answer *broken)
{
	char name[IORT_NAME_SIZE], where[IORT_NAME_SIZE];

	load_lint_path(&iort->acpi->load, ITS_ERROR, "iort-unreachable",
		       iort_name(iort, node, name, sizeof(name)),
		       "its ids reach no ITS, so no device behind it gets an MSI: %.100s %s 0x%" PRIx32,
		       iort_name(iort, broken->broken, where, sizeof(where)), broken->loops ?
		       "is on a way that goes round, with id" : "has no ID mapping for id",
		       broken->broken_id);
}

/* All ranges of ids of @node, up to @max, that reach an ITS. */
static void load_ranges(struct iort *iort, const struct iort_node *node, uint32_t max)
{
	struct load *load = &iort->acpi->load;
	struct board_client *before = NULL;
	struct answer answer, broken = { 0 };
	bool reached = false;
	char name[IORT_NAME_SIZE];

	for (uint32_t id = 0, last = 0; last < max; id = last + 1) {
		bool found = follow(iort, node, id, &answer);

		last = answer.span < max - id ? id + answer.span : max;
		/* So that the length has 32 bits: the last id then comes by itself. */
		if (!id && last == UINT32_MAX)
			last--;
		if (iort->steps > ACPI_STEPS_MAX) {
			load_lint_path(load, ITS_WARNING, "too-many",
				       iort_name(iort, node, name, sizeof(name)),
				       "too many ID mappings to follow them all; what comes after "
				       "id 0x%" PRIx32 " is left out", id);
			return;
		}
		reached |= found;
		/* An id that no mapping takes is common: one that is lost on its way says more. */
		if (!found && answer.broken && (!broken.broken || broken.broken == node))
			broken = answer;
		/* What a component has with the single flag is no answer about its ids. */
		if (!found || answer.group->its == IORT_NONE ||
		    (answer.same && node->type == IORT_COMPONENT)) {
			before = NULL;
			continue;
		}
		add_range(iort, node, id, last, &answer, &before);
		if (load->clients_cut || load->out_of_memory)
			return;
	}
	if (!reached && broken.broken && node->n_maps && node->type == IORT_ROOT_COMPLEX &&
	    load->board->n_its)
		lint_unreachable(iort, node, &broken);
}

/* Linux: iort_pmsi_get_dev_id(), iort_node_map_platform_id(): the first single mapping that reaches a group. */
static void load_component(struct iort *iort, const struct iort_node *node)
{
	bool ranges = false, reached = false;

	for (uint32_t i = 0; i < node->n_maps; i++) {
		struct iort_map map = iort_map(iort, node, i);
		const struct iort_node *target = iort_find(iort, map.target);
		struct answer answer;

		if (iort->acpi->load.clients_cut || iort->acpi->load.out_of_memory ||
		    iort->steps++ > ACPI_STEPS_MAX)
			return;
		if (!(map.flags & IORT_SINGLE)) {
			ranges = true;
			continue;
		}
		if (reached || !target || !follow(iort, target, map.output, &answer))
			continue;
		reached = true;
		if (answer.group->its != IORT_NONE)
			add_single(iort, node, answer.group->its, answer.output);
	}
	/* Ids of its own, such as those of fsl-mc behind one component. */
	if (ranges)
		load_ranges(iort, node, UINT32_MAX);
}

/* Linux: iort_set_device_domain(); the way goes to the group at once. */
static void load_own(struct iort *iort, const struct iort_node *node)
{
	struct iort_map map;
	const struct iort_node *target;

	if (node->own == IORT_NONE)
		return;
	map = iort_map(iort, node, node->own);
	target = iort_find(iort, map.target);
	if ((map.flags & IORT_SINGLE) && target && target->type == IORT_GROUP &&
	    target->its != IORT_NONE)
		add_single(iort, node, target->its, map.output);
}

bool iort_segment_taken(const struct iort *iort, const struct iort_node *node)
{
	uint32_t segment = acpi_u32(iort_data(iort, node, 16) + 12);

	for (const struct iort_node *n = iort->nodes; n < node; n++) {
		const uint8_t *data = iort_data(iort, n, 16);

		if (n->type == IORT_ROOT_COMPLEX && data && acpi_u32(data + 12) == segment)
			return true;
	}
	return false;
}

void acpi_load_clients(struct iort *iort, const struct iort_node *node)
{
	if (node->type == IORT_COMPONENT)
		load_component(iort, node);
	else if (node->type == IORT_ROOT_COMPLEX && iort_data(iort, node, 16) &&
		 !iort_segment_taken(iort, node))
		load_ranges(iort, node, RID_LAST);
	else
		load_own(iort, node);
}
