// SPDX-License-Identifier: GPL-2.0-or-later
/* What the user knows of a machine that is not at hand: register values, and where its ITS was. */
#include <stdlib.h>

#include "cli.h"
#include "its/number.h"

static const struct memory_told *told(struct cli *cli)
{
	static const struct memory_told nothing;

	return cli->memory.ops->told ? cli->memory.ops->told(&cli->memory) : &nothing;
}

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

	if (!known && told(cli)->has_base) {
		known = true;
		base = told(cli)->base;
	}
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

/* Said here, the hardware is not blamed for it. */
static int check_cbaser(struct cli *cli, uint64_t typed, uint64_t value)
{
	uint64_t base, bytes;

	if (!its_register_get(GITS_CBASER, "Valid", value)) {
		its_error(&cli->error, ITS_ERR_USAGE, "--cbaser: 0x%llx is no GITS_CBASER of a ring: Valid (bit 63) is 0",
			  (unsigned long long)typed);
		return its_hint(&cli->error, "with Valid it is 0x%llx; the ring's address alone, a multiple of 4096, stands for 64 KiB there",
				(unsigned long long)its_register_with(GITS_CBASER, "Valid", value, 1));
	}
	if (queue_place(value, &base, &bytes))
		return 0;
	return its_error(&cli->error, ITS_ERR_USAGE, "--cbaser: 0x%llx puts the ring at 0x%llx, 0x%llx bytes: no valid RAM address",
			 (unsigned long long)typed, (unsigned long long)base, (unsigned long long)bytes);
}

static int check_pointer(struct cli *cli, const char *name, enum its_register_id id, uint64_t value,
			 uint64_t cbaser)
{
	uint64_t base, bytes;

	/* An offset typed for another register would be believed silently. */
	if (its_register_reserved(its_register_row(id), false, value))
		return its_error(&cli->error, ITS_ERR_USAGE, "%s: 0x%llx is no value of %s: an offset in the ring, a multiple of 32",
				 name, (unsigned long long)value, its_register_row(id)->name);
	/* Where the ring is still to be read, queue_attach() tells. */
	if (!queue_place(cbaser, &base, &bytes) || its_register_get(id, "Offset", value) < bytes)
		return 0;
	its_error(&cli->error, ITS_ERR_USAGE, "%s: 0x%llx is outside the ring of 0x%llx bytes at 0x%llx",
		  name, (unsigned long long)value, (unsigned long long)bytes, (unsigned long long)base);
	return its_hint(&cli->error, "--cbaser says how long the ring is; an address alone stands for 64 KiB");
}

/* What a source tells gives way to the user's own word. */
static void set_given(struct board_its *its, unsigned id, uint64_t value)
{
	size_t i = 0;

	while (i < its->n_given && its->given[i].id != id)
		i++;
	its->n_given += i == its->n_given;
	its->given[i] = (struct board_given){ id, value };
}

/* What was given when the source was saved, to the ITS that it was given for. */
static void give_told(struct cli *cli)
{
	const struct memory_told *said = told(cli);
	struct board_its *its = NULL;
	size_t i, available = 0;

	for (i = 0; i < cli->board.n_its; i++) {
		struct board_its *one = &cli->board.its[i];

		if (!one->available || (said->has_base && (!one->translated || one->base != said->base)))
			continue;
		its = one;
		available++;
	}
	for (i = 0; i < said->n_given && available == 1; i++)
		set_given(its, said->given[i].id, said->given[i].value);
}

static int give(struct cli *cli, struct board_its *its)
{
	/* GITS_CBASER first: the pointers are offsets in its ring. */
	const struct { enum its_register_id id; const struct cli_value *option; const char *name; } known[] = {
		{ GITS_CBASER, &cli->cbaser, "--cbaser" }, { GITS_CWRITER, &cli->cwriter, "--cwriter" },
		{ GITS_CREADR, &cli->creadr, "--creadr" }, { GITS_TYPER, &cli->typer, "--typer" },
	};
	uint64_t cbaser = 0;
	size_t i;
	int err = 0;

	for (i = 0; i < its->n_given; i++)
		if (its->given[i].id == GITS_CBASER)
			cbaser = its->given[i].value;
	for (i = 0; i < sizeof(known) / sizeof(known[0]) && !err; i++) {
		uint64_t value = known[i].option->value;

		if (!known[i].option->given)
			continue;
		if (known[i].id == GITS_CBASER) {
			cbaser = whole_cbaser(value);
			err = check_cbaser(cli, value, cbaser);
			value = cbaser;
		}
		if (known[i].id == GITS_CWRITER || known[i].id == GITS_CREADR)
			err = check_pointer(cli, known[i].name, known[i].id, value, cbaser);
		set_given(its, known[i].id, value);
	}
	return err;
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

	give_told(cli);
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
