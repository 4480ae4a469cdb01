// SPDX-License-Identifier: GPL-2.0-or-later
/* From a device tree blob to the board: the door where the blob is checked, and the walk. */
#include <libfdt.h>
#include <stdlib.h>
#include <string.h>

#include "its/register.h"
#include "load.h"

/* Linux stops at 2 MiB on arm64 (MAX_FDT_SIZE); room for trees that never met it. */
#define BLOB_MAX (32u << 20)
/* The specification allows 31 characters, real trees have a little more. */
#define PROPERTY_NAME_MAX 255

void *load_add(struct load *load, void *array, size_t *count, size_t size)
{
	void *elements;

	memcpy(&elements, array, sizeof(elements));	/* a pointer to whatever the elements are */
	if (!(*count & (*count - 1))) {
		elements = realloc(elements, (*count ? 2 * *count : 1) * size);
		if (!elements) {
			load->out_of_memory = true;
			return NULL;
		}
		memcpy(array, &elements, sizeof(elements));
	}
	return memset((char *)elements + (*count)++ * size, 0, size);
}

char *load_string(struct load *load, const char *text)
{
	char *copy = strdup(text);

	if (!copy)
		load->out_of_memory = true;
	return copy;
}

char *load_path(struct load *load, uint32_t node)
{
	char path[TREE_PATH_MAX];

	return load_string(load, tree_path(&load->tree, node, path));
}

/*
 * fdt_check_full() looks for the end of every property's name, so names that
 * run on through the strings block would cost the square of the blob's size.
 */
static bool names_bounded(const void *fdt)
{
	const char *strings = (const char *)fdt + fdt_off_dt_strings(fdt);
	size_t run = 0;

	for (size_t i = 0; i < fdt_size_dt_strings(fdt); i++) {
		run = strings[i] ? run + 1 : 0;
		if (run > PROPERTY_NAME_MAX)
			return false;
	}
	return true;
}

/*
 * libfdt before 1.7 adds a property's length as a signed number: with one of -12
 * the property is followed by itself, and fdt_check_full() comes to no end.
 */
static bool goes_on(const void *fdt)
{
	int at, next = 0;

	do {
		at = next;
		if (fdt_next_tag(fdt, at, &next) == FDT_END)	/* or broken: fdt_check_full() says so */
			return true;
	} while (next > at);
	return false;
}

/* A private, checked copy of the blob in board->fdt. */
static int copy_blob(struct board *board, const void *blob, size_t size, struct its_error *error)
{
	size_t total;
	int err;

	if (size < FDT_V1_SIZE)
		return its_error(error, ITS_ERR_INPUT,
				 "device tree: %zu bytes are too few for a header", size);
	if (tree_cell(blob, 0) != FDT_MAGIC) {
		its_error(error, ITS_ERR_INPUT,
			  "device tree: not a blob: it begins with 0x%08x, not 0x%08x",
			  tree_cell(blob, 0), FDT_MAGIC);
		its_hint(error, "a source is made into a blob by dtc -O dtb; "
			 "Linux shows its own in /sys/firmware/fdt");
		return ITS_ERR_INPUT;
	}
	total = tree_cell(blob, 1);
	if (total > size)
		return its_error(error, ITS_ERR_INPUT,
				 "device tree: truncated: the header says %zu bytes, there are %zu",
				 total, size);
	if (total > BLOB_MAX)
		return its_error(error, ITS_ERR_INPUT, "device tree: %zu bytes are more than %u",
				 total, BLOB_MAX);
	if (total < FDT_V1_SIZE)
		return its_error(error, ITS_ERR_INPUT,
				 "device tree: the header says %zu bytes, too few for a header",
				 total);
	board->fdt = malloc(total);
	if (!board->fdt)
		return its_no_memory(error, "a device tree of %zu bytes", total);
	memcpy(board->fdt, blob, total);
	board->fdt_size = total;
	if (total < fdt_header_size(board->fdt))
		err = -FDT_ERR_TRUNCATED;
	else
		err = fdt_check_header(board->fdt);
	if (!err && fdt_version(board->fdt) < 16)
		return its_error(error, ITS_ERR_INPUT, "device tree: version %u is older than 16",
				 fdt_version(board->fdt));
	if (!err && !names_bounded(board->fdt))
		return its_error(error, ITS_ERR_INPUT,
				 "device tree: a property name is longer than %u characters",
				 PROPERTY_NAME_MAX);
	if (!err)
		err = goes_on(board->fdt) ? fdt_check_full(board->fdt, total) : -FDT_ERR_BADSTRUCTURE;
	if (err)
		return its_error(error, ITS_ERR_INPUT, "device tree: broken blob: %s",
				 fdt_strerror(err));
	return 0;
}

static void load_model(struct load *load)
{
	int length;
	const char *model = tree_property(&load->tree, 0, "model", &length);
	char text[128];
	size_t i;

	if (!model)
		return;
	for (i = 0; i < (size_t)length && i < sizeof(text) - 1 && model[i]; i++)
		text[i] = model[i] >= 0x20 && model[i] < 0x7f ? model[i] : '?';
	text[i] = '\0';
	if (i)
		load->board->model = load_string(load, text);
}

static void load_memory(struct load *load, uint32_t node)
{
	struct board *board = load->board;
	struct board_range range, *added;
	unsigned i;

	for (i = 0; i < LOAD_RANGES_MAX && tree_reg(&load->tree, node, i, &range, NULL, 0) == TREE_REG_OK; i++) {
		if (!range.size)
			continue;
		added = load_add(load, &board->memory, &board->n_memory, sizeof(*added));
		if (!added)
			return;
		*added = range;
	}
}

static void load_node(struct load *load, uint32_t node)
{
	struct tree *tree = &load->tree;
	const struct tree_node *n = &tree->nodes[node];

	if (tree_compatible(tree->fdt, n->offset, "arm,gic-v3"))
		load_gic(load, node);
	if (tree_compatible(tree->fdt, n->offset, "arm,gic-v3-its"))
		load_its(load, node);
	if (n->parent != TREE_NONE && tree_named(tree, n->parent, "cpus"))
		load_cpu(load, node);
	if (n->available && tree_typed(tree, node, "memory"))
		load_memory(load, node);
}

int board_load(struct board *board, const void *blob, size_t size, struct its_error *error)
{
	struct load load = { .board = board };
	int err;

	*board = (struct board){ 0 };
	err = copy_blob(board, blob, size, error);
	if (err)
		goto out;
	err = tree_open(&load.tree, board->fdt, error);
	if (err)
		goto out;
	load_model(&load);
	for (uint32_t i = 0; i < load.tree.n_nodes && !load.out_of_memory; i++)
		load_node(&load, i);
	if (!load.out_of_memory)
		load_its_gics(&load);
	for (uint32_t i = 0; i < load.tree.n_nodes && !load.out_of_memory; i++)
		load_spelling(&load, i);
	if (!load.out_of_memory)
		load_clients(&load);
	if (load.out_of_memory)
		err = its_no_memory(error, "the devices of the device tree");
out:
	tree_close(&load.tree);
	if (err)
		board_free(board);
	return err;
}

int board_alone(struct board *board, const uint64_t *base, struct its_error *error)
{
	struct board_its *its = calloc(1, sizeof(*its));

	*board = (struct board){ .its = its, .n_its = its != NULL };
	if (its)
		its->node = strdup("(no device tree)");
	if (its && !base)
		its->untranslated = strdup("there is no device tree, and no register frame was found");
	if (!its || !its->node || (!base && !its->untranslated)) {
		board_free(board);
		return its_no_memory(error, "a board of one ITS");
	}
	its->available = its->msi_controller = true;
	its->translated = base != NULL;
	its->base = base ? *base : 0;
	its->size = base ? GITS_FRAMES_SIZE : 0;
	its->gic = SIZE_MAX;
	its->offset = -1;
	return 0;
}

void board_free(struct board *board)
{
	for (size_t i = 0; i < board->n_its; i++) {
		free(board->its[i].node);
		free(board->its[i].untranslated);
	}
	for (size_t i = 0; i < board->n_gics; i++) {
		free(board->gics[i].node);
		free(board->gics[i].redistributors);
	}
	for (size_t i = 0; i < board->n_clients; i++) {
		free(board->clients[i].node);
		free(board->clients[i].linux_name);
	}
	for (size_t i = 0; i < board->n_lints; i++) {
		free(board->lints[i].node);
		free(board->lints[i].text);
	}
	free(board->its);
	free(board->gics);
	free(board->clients);
	for (size_t i = 0; i < board->n_cpu_nodes; i++)
		free(board->cpu_nodes[i].node);
	free(board->lints);
	free(board->cpu_nodes);
	free(board->memory);
	free(board->model);
	free(board->fdt);
	*board = (struct board){ 0 };
}

bool board_its_has_property(const struct board *board, size_t its, const char *property)
{
	if (its >= board->n_its)
		return false;
	if (!board->fdt)	/* ACPI has this one as a flag, and no other */
		return board->its[its].noncoherent && !strcmp(property, "dma-noncoherent");
	return fdt_getprop(board->fdt, board->its[its].offset, property, NULL) != NULL;
}

bool board_is_machine(const struct board *board, const char *compatible)
{
	int depth = -1, root;

	if (!board->fdt)
		return false;
	root = fdt_next_node(board->fdt, -1, &depth);	/* NOPs may stand before it */
	return root >= 0 && tree_compatible(board->fdt, root, compatible);
}
