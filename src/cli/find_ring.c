// SPDX-License-Identifier: GPL-2.0-or-later
/* find-ring: which addresses of an image of RAM, or a core, look like the ring of an ITS? */
#include <stdlib.h>
#include <string.h>

#include "commands.h"

/* GITS_CBASER as Linux writes it for a coherent ITS: inner shareable, RaWaWb. */
static uint64_t cbaser_of(const struct queue_ring *ring)
{
	uint64_t value = ring->base;

	value = its_register_with(GITS_CBASER, "Size", value, ring->shape.slots * ITS_COMMAND_BYTES / 4096 - 1);
	value = its_register_with(GITS_CBASER, "Shareability", value, 1);
	value = its_register_with(GITS_CBASER, "InnerCache", value, 7);
	return its_register_with(GITS_CBASER, "Valid", value, 1);
}

/* The line to type next. */
static void show_next(struct cli *cli, const struct queue_ring *ring)
{
	char own[8600], cwriter[40] = "", line[8800];
	struct cli bare = *cli;

	/* Registers that were given are another ring's. */
	bare.cbaser.given = bare.cwriter.given = bare.creadr.given = bare.typer.given = false;
	cli_own_line(&bare, own, sizeof(own));
	if (ring->shape.has_cwriter)
		snprintf(cwriter, sizeof(cwriter), " --cwriter 0x%x", ring->shape.cwriter * ITS_COMMAND_BYTES);
	snprintf(line, sizeof(line), "%s --cbaser 0x%llx%s dump", own,
		 (unsigned long long)cbaser_of(ring), cwriter);
	emit_string(cli->emit, "next", "      ", line, 0);
	emit_text(cli->emit, "\n");
}

static void show_ring(struct cli *cli, const struct queue_ring *ring)
{
	const struct queue_shape *shape = &ring->shape;
	struct emitter *emit = cli->emit;

	emit_object(emit, NULL);
	emit_color(emit, EMIT_BOLD);
	emit_hex(emit, "base", "  ", ring->base, 0);
	emit_color(emit, EMIT_PLAIN);
	emit_number(emit, "confidence", "  ", shape->confidence, 0);
	emit_number(emit, "slots", "%, ", shape->slots, 0);
	emit_number(emit, "used", " slots, ", shape->used, 0);
	emit_text(emit, " with commands");
	if (shape->boot)
		emit_text(emit, ", begins as Linux sets an ITS up");
	if (shape->wrapped)
		emit_text(emit, ", has gone round");
	emit_bool(emit, "boot", NULL, shape->boot);
	emit_bool(emit, "wrapped", NULL, shape->wrapped);
	if (shape->unknown)
		emit_number(emit, NULL, "; that cannot be commands: ", shape->unknown, 0);
	if (shape->odd)
		emit_number(emit, NULL, "; with RES0 bits: ", shape->odd, 0);
	if (emit_is_json(emit)) {
		emit_number(emit, "unknown", NULL, shape->unknown, 0);
		emit_number(emit, "reserved_bits", NULL, shape->odd, 0);
		emit_hex(emit, "gits_cbaser", NULL, cbaser_of(ring), 16);
	}
	emit_text(emit, "\n      ");
	if (shape->has_cwriter) {
		emit_number(emit, "cwriter_slot", "the driver writes next to slot ", shape->cwriter, 0);
		if (shape->margin || emit_is_json(emit))
			emit_number(emit, "cwriter_margin", ", give or take ", shape->margin, 0);
	} else {
		emit_null(emit, "cwriter_slot");
		emit_text(emit, "where the newest command stands cannot be told");
	}
	emit_text(emit, "\n");
	show_next(cli, ring);
	emit_object_end(emit);
}

static void show_search(struct cli *cli, const struct queue_search *search)
{
	struct emitter *emit = cli->emit;

	emit_object(emit, "searched");
	emit_number(emit, NULL, "Searched ", search->bytes >> 20, 0);
	emit_number(emit, "bytes", NULL, search->bytes, 0);
	emit_number(emit, "ranges", " MiB in ", search->ranges, 0);
	emit_text(emit, search->ranges == 1 ? " range" : " ranges");
	if (search->unreadable)
		emit_number(emit, NULL, ", of which KiB could not be read: ", search->unreadable >> 10, 0);
	emit_number(emit, "unreadable_bytes", NULL, search->unreadable, 0);
	emit_object_end(emit);
	emit_number(emit, NULL, "; what looks like a ring: ", search->n_rings, 0);
	emit_text(emit, "\n");
}

static int run(struct cli *cli, int argc, char **argv)
{
	struct queue_search *search = malloc(sizeof(*search));
	size_t i;
	int err;

	(void)argc;
	(void)argv;
	if (!search)
		return its_no_memory(&cli->error, "a search");
	err = queue_find_rings(&cli->memory, search, &cli->error);
	if (err)
		goto out;
	cli_document_begin(cli);
	emit_wrap(cli->emit, 6);
	show_search(cli, search);
	emit_array(cli->emit, "rings");
	for (i = 0; i < search->n_rings; i++)
		show_ring(cli, &search->rings[i]);
	emit_array_end(cli->emit);
	cli_document_end(cli);
	if (!search->n_rings) {
		err = its_error(&cli->error, ITS_ERR_FAILED, "no ring found in %llu bytes",
				(unsigned long long)search->bytes);
		its_hint(&cli->error, "is all RAM in it, at the right address? A ring begins at a multiple of 4096");
	}
out:
	free(search);
	return err;
}

const struct cli_command cli_find_ring = {
	.name = "find-ring",
	.arguments = "",
	.summary = "search an image of RAM, or a core, for command rings",
	.description =
		"Where GITS_CBASER is not known: searches all memory of the source (image, core, sim) for\n"
		"runs of 4 KiB pages that decode as commands, and shows the best candidate first, with its\n"
		"address, its probable length, where the driver writes next, and the line to type to see it.\n"
		"Exit status 1 if there is none.",
	.max_arguments = 0,
	.run = run,
};
