// SPDX-License-Identifier: GPL-2.0-or-later
/* regs: each register of the ITS, the distributor and the redistributors, with its fields. */
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "its/identity.h"

/* What decides which registers of a block may be read. */
struct block {
	uint64_t base;
	uint32_t iidr, gicr_ctlr;
	uint64_t typer, gicr_typer;
	bool v41;
	struct window *window, *vlpi;
	struct queue *queue;		/* of ITS_FRAME_GITS */
};

/* Identification bytes say nothing to most people. */
static bool is_id_byte(const struct its_register *row)
{
	const char *name = strchr(row->name, '_') + 1;

	return (!strncmp(name, "PIDR", 4) || !strncmp(name, "CIDR", 4)) && strcmp(name, "PIDR2");
}

static bool is_baser(const struct its_register *row)
{
	return row >= its_register_row(GITS_BASER0) && row <= its_register_row(GITS_BASER7);
}

static bool wanted(const struct cli *cli, const struct its_register *row, int argc, char **argv)
{
	int i;

	for (i = 0; i < argc; i++)
		if (its_register_by_name(argv[i]) == row)
			return true;
	return !argc && (cli->all || !is_id_byte(row));
}

static void show_register(struct cli *cli, const struct its_register *row, const struct block *block,
			  uint64_t value)
{
	const struct its_field *field = block->v41 && row->fields_v41 ? row->fields_v41 : row->fields;
	uint64_t reserved = its_register_reserved(row, block->v41, value);
	struct emitter *emit = cli->emit;
	const char *gap = " ";

	emit_object(emit, NULL);
	emit_string(emit, "name", "  ", row->name, 16);
	emit_hex(emit, "offset", NULL, row->offset, 4);
	if (block->queue && !block->queue->its->translated)
		emit_hex(emit, NULL, "+", row->offset, 0);
	else
		emit_hex(emit, "address", "", block->base + row->offset, 0);
	emit_number(emit, "width", NULL, row->width, 0);
	emit_hex(emit, "value", "  ", value, row->width / 4);
	emit_object(emit, "fields");
	for (; field->name; field++, gap = "") {
		emit_space(emit);
		emit_text(emit, gap);
		emit_field(emit, field, &value, true);
	}
	emit_object_end(emit);
	if (reserved) {
		emit_space(emit);
		emit_hex(emit, "reserved", " RES0: ", reserved, 0);
	}
	if (is_baser(row) && its_register_get(GITS_BASER0, "Valid", value)) {
		emit_hex(emit, "table_address", "\n                    table at ", its_baser_address(value), 0);
		emit_number(emit, "table_bytes", ", ", its_baser_bytes(value), 0);
		emit_text(emit, " bytes");
	}
	emit_text(emit, "\n");
	emit_object_end(emit);
}

static int read_one(const struct block *block, const struct its_register *row, enum its_register_id id,
		    uint64_t *value, struct its_error *error)
{
	if (row->frame == ITS_FRAME_GITS)
		return queue_register_read(block->queue, id, value, error);
	return window_read(row->frame == ITS_FRAME_GICR_VLPI ? block->vlpi : block->window, row->offset,
			   row->width, value, error);
}

/*
 * All wanted registers of one frame, or an error. What a partial source does
 * not hold is left out of the whole list, with a note; asked for by name it is an error.
 */
static int show_frame(struct cli *cli, enum its_frame frame, const struct block *block, int argc,
		      char **argv)
{
	unsigned shown = 0, missing = 0;
	int err, id;

	for (id = 0; id < ITS_REGISTERS; id++) {
		const struct its_register *row = its_register_row((enum its_register_id)id);
		uint64_t value;

		if (row->frame != frame || !wanted(cli, row, argc, argv))
			continue;
		if (!its_register_readable(row, block->iidr, block->typer, block->gicr_ctlr,
					   block->gicr_typer)) {
			if (argc)
				cli_note(cli, "%s: %s", row->name, row->access == ITS_ACCESS_WO ?
					 "write-only, not read" : "this part does not have it, not read");
			continue;
		}
		err = read_one(block, row, (enum its_register_id)id, &value, &cli->error);
		missing += err != 0;
		/* Without a frame every other register is missing, and --cbaser and its like are all there is. */
		if (err && !argc && (cli->memory.ops->partial || (block->queue && !block->queue->frame.memory)))
			continue;
		if (err)
			return err;
		shown++;
		if (is_baser(row) && !value && !argc && !cli->all)
			continue;	/* Type 0: not implemented */
		show_register(cli, row, block, value);
	}
	if (missing && !shown)
		return cli->error.code;
	if (missing)
		cli_note(cli, "%u registers are not known and left out", missing);
	return 0;
}

static bool wants_frame(enum its_frame frame, int argc, char **argv)
{
	int i;

	for (i = 0; i < argc; i++)
		if (its_register_by_name(argv[i])->frame == frame)
			return true;
	return !argc;
}

static int show_its(struct cli *cli, size_t index, int argc, char **argv, struct block *block)
{
	struct queue queue;
	int err;

	err = queue_open(&queue, &cli->memory, &cli->board.its[index], false, &cli->error);
	cli_show_its(cli, index, err ? NULL : &queue);
	if (err)
		return err;
	*block = (struct block){ .base = queue.its->base, .iidr = queue.iidr, .typer = queue.typer,
				 .v41 = queue.layout == ITS_LAYOUT_V41, .window = &queue.frame, .queue = &queue };
	emit_array(cli->emit, "registers");
	err = show_frame(cli, ITS_FRAME_GITS, block, argc, argv);
	emit_array_end(cli->emit);
	block->queue = NULL;
	queue_close(&queue);
	return err;
}

static int show_distributor(struct cli *cli, const struct board_gic *gic, struct block *block,
			    int argc, char **argv)
{
	struct window window;
	int err;

	err = window_open(&window, &cli->memory, gic->distributor.base, ITS_FRAME_SIZE, MEMORY_REGISTERS,
			  false, &cli->error);
	if (err)
		return err;
	block->base = gic->distributor.base;
	block->window = &window;
	emit_hex(cli->emit, "base", "distributor  ", block->base, 0);
	emit_text(cli->emit, "\n");
	emit_array(cli->emit, "registers");
	err = show_frame(cli, ITS_FRAME_GICD, block, argc, argv);
	emit_array_end(cli->emit);
	window_close(&window);
	return err;
}

static int show_redistributor(struct cli *cli, const struct queue_redistributor *redistributor,
			      struct block *block, int argc, char **argv)
{
	const struct its_register *ctlr = its_register_row(GICR_CTLR);
	struct emitter *emit = cli->emit;
	struct window window, vlpi = { 0 };
	uint64_t value;
	int err;

	err = window_open(&window, &cli->memory, redistributor->base, ITS_FRAME_SIZE, MEMORY_REGISTERS,
			  false, &cli->error);
	if (err)
		return err;
	err = window_read(&window, ctlr->offset, ctlr->width, &value, &cli->error);
	if (err)
		goto out;
	block->base = redistributor->base;
	block->window = &window;
	block->gicr_ctlr = (uint32_t)value;
	block->gicr_typer = redistributor->typer;
	block->v41 = its_register_get(GICR_TYPER, "RVPEID", redistributor->typer);
	emit_number(emit, "index", "redistributor ", redistributor->index, 0);
	emit_hex(emit, "base", "  ", redistributor->base, 0);
	emit_number(emit, "processor_number", "  processor ",
		    its_register_get(GICR_TYPER, "Processor_Number", redistributor->typer), 0);
	emit_text(emit, "\n");
	emit_array(emit, "registers");
	err = show_frame(cli, ITS_FRAME_GICR, block, argc, argv);
	if (!err && its_register_get(GICR_TYPER, "VLPIS", redistributor->typer) &&
	    wants_frame(ITS_FRAME_GICR_VLPI, argc, argv)) {
		err = window_open(&vlpi, &cli->memory, redistributor->base + GICR_VLPI_FRAME_OFFSET,
				  ITS_FRAME_SIZE, MEMORY_REGISTERS, false, &cli->error);
		block->vlpi = &vlpi;
		block->base += GICR_VLPI_FRAME_OFFSET;
		if (!err)
			err = show_frame(cli, ITS_FRAME_GICR_VLPI, block, argc, argv);
		window_close(&vlpi);
	}
	emit_array_end(emit);
out:
	window_close(&window);
	return err;
}

static int show_redistributors(struct cli *cli, const struct board_gic *gic, struct block *block,
			       int argc, char **argv)
{
	struct queue_redistributor *list;
	size_t count, i;
	int err, walk;

	walk = queue_redistributors(&cli->memory, gic, &list, &count, &cli->error);
	for (i = 0; i < count; i++) {
		emit_object(cli->emit, NULL);
		err = show_redistributor(cli, &list[i], block, argc, argv);
		emit_object_end(cli->emit);
		if (err) {
			walk = err;
			break;
		}
	}
	free(list);
	return walk;
}

/*
 * The GIC's own registers are the second half of the answer: the kernel may
 * refuse them (IO_STRICT_DEVMEM) and the first half stands.
 */
static int show_gic(struct cli *cli, size_t gic_index, struct block *block, int argc, char **argv)
{
	const struct board_gic *gic = &cli->board.gics[gic_index];
	int err = 0, status = 0;

	emit_object(cli->emit, NULL);
	emit_string(cli->emit, "node", NULL, gic->node, 0);
	if (wants_frame(ITS_FRAME_GICD, argc, argv)) {
		emit_object(cli->emit, "distributor");
		status = show_distributor(cli, gic, block, argc, argv);
		if (status)
			cli_show_error(cli);
		emit_object_end(cli->emit);
	}
	if (wants_frame(ITS_FRAME_GICR, argc, argv) || wants_frame(ITS_FRAME_GICR_VLPI, argc, argv)) {
		emit_array(cli->emit, "redistributors");
		err = show_redistributors(cli, gic, block, argc, argv);
		emit_array_end(cli->emit);
		if (err)
			cli_show_error(cli);
	}
	emit_object_end(cli->emit);
	/* Asked for by name and not to be had is a failure; left out of the whole list it is a note. */
	return argc ? (status ? status : err) : 0;
}

static int check_names(struct cli *cli, int argc, char **argv)
{
	const char *close;
	int i;

	for (i = 0; i < argc; i++) {
		if (its_register_by_name(argv[i]))
			continue;
		close = its_register_closest(argv[i]);
		its_error(&cli->error, ITS_ERR_USAGE, "'%s' is not a register", argv[i]);
		return close ? its_hint(&cli->error, "did you mean %s?", close)
			     : its_hint(&cli->error, "'its-tool regs --all' shows their names");
	}
	return 0;
}

static int run(struct cli *cli, int argc, char **argv)
{
	struct block *blocks = NULL;
	bool *seen = NULL;
	size_t *list = NULL, count, i;
	int err, status;

	status = check_names(cli, argc, argv);
	if (!status)
		status = cli_choose_its(cli, &list, &count);
	if (status)
		return status;
	seen = calloc(cli->board.n_gics + 1, sizeof(*seen));
	blocks = calloc(count + 1, sizeof(*blocks));
	if (!seen || !blocks) {
		status = its_no_memory(&cli->error, "the list of registers");
		goto out;
	}
	emit_fold(cli->emit, 20);
	cli_document_begin(cli);
	emit_array(cli->emit, "its");
	for (i = 0; i < count; i++) {
		emit_object(cli->emit, NULL);
		err = show_its(cli, list[i], argc, argv, &blocks[i]);
		if (err)
			cli_show_error(cli);
		emit_object_end(cli->emit);
		if (!status)
			status = err;
	}
	emit_array_end(cli->emit);
	emit_array(cli->emit, "gics");
	for (i = 0; i < count; i++) {
		size_t gic = cli->board.its[list[i]].gic;
		struct block block = blocks[i];

		if (gic >= cli->board.n_gics || seen[gic] || !cli->board.gics[gic].translated)
			continue;
		seen[gic] = true;
		err = show_gic(cli, gic, &block, argc, argv);
		if (!status)
			status = err;
	}
	emit_array_end(cli->emit);
	cli_document_end(cli);
out:
	free(blocks);
	free(seen);
	free(list);
	return status;
}

const struct cli_command cli_regs = {
	.name = "regs",
	.arguments = "[REG...]",
	.summary = "every register, each field decoded",
	.description =
		"Shows the registers of the ITS, the distributor's that concern LPIs, and those of every\n"
		"redistributor, with each field. Only what the part says it has is read; write-only\n"
		"registers never are. REG is a name with or without its prefix: GITS_CBASER, creadr.",
	.max_arguments = -1,
	.needs_its = true,
	.run = run,
};
