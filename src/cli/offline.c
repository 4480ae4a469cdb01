// SPDX-License-Identifier: GPL-2.0-or-later
/* What the user knows of a machine that is not at hand: register values, and where its ITS was. */
#include <stdlib.h>

#include "cli.h"
#include "its/number.h"

/* Every source that saves memory, saves frames from their start. */
static bool find_frame(struct cli *cli, uint64_t *base)
{
	struct memory_range *ranges;
	size_t count, i;
	bool found = false;

	if (memory_ranges(&cli->memory, &ranges, &count, NULL))
		return false;
	for (i = 0; i < count && !found; i++) {
		found = queue_is_frame(&cli->memory, ranges[i].base);
		*base = ranges[i].base;
	}
	free(ranges);
	return found;
}

int cli_board_alone(struct cli *cli)
{
	uint64_t base;
	/* A small number is an index, as ever. */
	bool known = cli->which && its_number_parse(cli->which, &base) && base >= ITS_FRAME_SIZE;

	if (!known)
		known = find_frame(cli, &base);
	return board_alone(&cli->board, known ? &base : NULL, &cli->error);
}

/* An address alone stands for a ring of Linux's size there; find-ring and people who read dmesg have no more. */
static uint64_t whole_cbaser(uint64_t value)
{
	if (its_register_get(GITS_CBASER, "Valid", value) || value % 4096)
		return value;
	value = its_register_with(GITS_CBASER, "Valid", value, 1);
	value = its_register_with(GITS_CBASER, "Shareability", value, 1);
	return its_register_with(GITS_CBASER, "Size", value, 0x10000 / 4096 - 1);
}

static int give(struct cli *cli, struct board_its *its)
{
	const struct { enum its_register_id id; const struct cli_value *option; const char *name; } known[] = {
		{ GITS_CBASER, &cli->cbaser, "--cbaser" }, { GITS_CWRITER, &cli->cwriter, "--cwriter" },
		{ GITS_CREADR, &cli->creadr, "--creadr" }, { GITS_TYPER, &cli->typer, "--typer" },
	};
	size_t i;

	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		uint64_t value = known[i].option->value;

		if (!known[i].option->given)
			continue;
		if (known[i].id == GITS_CBASER)
			value = whole_cbaser(value);
		/* An offset typed for another register would be believed silently. */
		if (known[i].id != GITS_TYPER && known[i].id != GITS_CBASER &&
		    its_register_reserved(its_register_row(known[i].id), false, value))
			return its_error(&cli->error, ITS_ERR_USAGE, "%s: 0x%llx is no value of %s: an offset in the ring, a multiple of 32",
					 known[i].name, (unsigned long long)value, its_register_row(known[i].id)->name);
		its->given[its->n_given++] = (struct board_given){ known[i].id, value };
	}
	return 0;
}

static bool registers_given(const struct cli *cli)
{
	return cli->cbaser.given || cli->cwriter.given || cli->creadr.given || cli->typer.given;
}

int cli_refuse_given(struct cli *cli)
{
	if (!registers_given(cli) || !cli->command->writes)
		return 0;
	its_error(&cli->error, ITS_ERR_USAGE, "'%s' writes, and would trust a register that was not read",
		  cli->command->name);
	return its_hint(&cli->error, "--cbaser, --cwriter, --creadr and --typer are for reading");
}

int cli_give_registers(struct cli *cli)
{
	size_t *list, count;
	int err;

	if (!registers_given(cli))
		return 0;
	err = cli_refuse_given(cli);
	if (err)
		return err;
	err = cli_choose_its(cli, &list, &count);
	if (err)
		return err;
	if (count == 1)
		err = give(cli, &cli->board.its[list[0]]);
	else {
		its_error(&cli->error, ITS_ERR_USAGE, "whose registers are given? There are %zu ITSs", count);
		its_hint(&cli->error, "choose with --its");
		err = ITS_ERR_USAGE;
	}
	free(list);
	return err;
}
