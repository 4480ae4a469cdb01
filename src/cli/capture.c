// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * capture: everything that the read commands need of a machine, as text. The
 * commands themselves run over a recorder, so that a capture holds by
 * construction whatever they read.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "capture.h"
#include "commands.h"
#include "its/capture.h"
#include "its/explain.h"
#include "names.h"

/* What runs over the recorder for nothing but its reading. */
static const struct { const struct cli_command *command; bool all, compare_views; } readers[] = {
	{ &cli_list, false, false }, { &cli_regs, true, false }, { &cli_dump, false, false },
	{ &cli_dump, false, true }, { &cli_map, true, false }, { &cli_check, false, false },
};

/* The ring first, and as often as it takes: from here on it is what it was. */
static void look(struct cli *cli, size_t index)
{
	const struct board_its *its = &cli->board.its[index];
	struct queue_snapshot snapshot;
	struct its_error ignored;
	struct queue queue;

	record_look(&cli->memory, its->base);
	if (!queue_open(&queue, &cli->memory, its, false, &ignored)) {
		if (!queue_attach(&queue, &ignored) && !queue_snapshot_quiet(&queue, &snapshot, &ignored)) {
			if (snapshot.moved)
				cli_note(cli, "the ring of ITS %zu moved while it was read: the capture says so, too", index);
			queue_is_stuck(&queue, &snapshot);
			queue_snapshot_free(&snapshot);
		}
		queue_close(&queue);
	}
	record_settle(&cli->memory);
}

/*
 * Pages of an ITS's tables: 64 MiB, a quarter of what a capture holds. The LPI tables of Linux for 4096 CPUs are 32 MiB;
 * registers that nobody has set up, or a stranger's, say anything.
 */
#define TABLE_PAGES_MAX 16384u

/* Reads a table through @map's pages, which are those of the recorder. False if it is too long. */
static bool read_table(struct route_map *map, uint64_t base, uint64_t size)
{
	unsigned char bytes[1];
	uint64_t at, part;

	for (at = 0; base && at < size; at += part) {
		if (map->pages.count >= TABLE_PAGES_MAX)
			return false;
		part = STORE_PAGE_BYTES - (base + at) % STORE_PAGE_BYTES;
		if (part > size - at)
			part = size - at;
		if (route_pages_read(&map->pages, base + at, bytes, 1))
			memory_used(map->memory, base + at, part, NULL);
	}
	return true;
}

/* explain looks up in level 1 of the device table whether there is a page for a DeviceID that is not mapped. */
static bool read_level1(struct route_map *map)
{
	bool whole = true;
	unsigned i;

	for (i = 0; i < ITS_BASERS && whole; i++)
		if (its_register_get(GITS_BASER0, "Valid", map->baser[i]) &&
		    its_register_get(GITS_BASER0, "Indirect", map->baser[i]) &&
		    its_baser_type(map->baser[i]) == ITS_BASER_DEVICES)
			whole = read_table(map, its_baser_address(map->baser[i]), its_baser_bytes(map->baser[i]));
	return whole;
}

/* LPI tables up to the last LPI that is known to be in use, on every CPU: an LPI may be pending on the wrong one. */
static bool read_lpi_tables(struct route_map *map, const struct board_system *system)
{
	const struct replay_event *event;
	uint64_t last = 0;
	bool whole = true;
	size_t i;

	for (event = map->replay.events; event; event = event->hh.next)
		if (event->has_pintid && event->pintid > last)
			last = event->pintid;
	if (system->n_lpis && system->lpis[system->n_lpis - 1].lpi > last)
		last = system->lpis[system->n_lpis - 1].lpi;
	for (i = 0; i < map->n_cpus && last >= ITS_LPI_FIRST && whole; i++) {
		const struct route_cpu *cpu = &map->cpus[i];

		if (!cpu->readable || last >> route_lpi_bits(cpu))
			continue;
		/* The bits of INTIDs below 8192 are unused. */
		whole = read_table(map, route_lpi_config(cpu).base, last - ITS_LPI_FIRST + 1) &&
			read_table(map, route_lpi_pending(cpu).base + ITS_LPI_FIRST / 8,
				   (last - ITS_LPI_FIRST) / 8 + 1);
	}
	return whole;
}

static int read_routes(struct cli *cli, size_t index, const struct board_system *system,
		       struct capture_places *places)
{
	struct explain_chain chain;
	const struct explain_linux linux = { .system = system };
	const struct replay_event *event;
	struct its_error ignored;
	struct route_map map;
	bool ok = true;

	if (route_open(&map, &cli->memory, &cli->board, index, NULL, NULL, &ignored))
		return 0;
	for (event = map.replay.events; event; event = event->hh.next)
		explain_route(&map, event->device_id, event->event_id, &linux, &chain);
	if (!read_level1(&map) || !read_lpi_tables(&map, system))
		cli_note(cli, "not in the capture: tables of ITS %zu beyond %u MiB, but for what its events need", index,
			 TABLE_PAGES_MAX / (1048576 / STORE_PAGE_BYTES));
	ok = capture_places_add(places, &map);
	route_close(&map);
	record_settle(&cli->memory);
	return ok ? 0 : its_no_memory(&cli->error, "the notes of a capture");
}

/* The commands, with what they say thrown away. */
static int run_readers(struct cli *cli)
{
	FILE *nowhere = fopen("/dev/null", "w");
	size_t i;

	if (!nowhere)
		return its_error(&cli->error, ITS_ERR_FAILED, "open /dev/null: %s", strerror(errno));
	for (i = 0; i < sizeof(readers) / sizeof(readers[0]); i++) {
		struct cli reader = *cli;

		reader.emit = emit_new(nowhere, false, false);
		reader.json = false;
		reader.silent = reader.quiet = true;
		reader.all = readers[i].all;
		reader.compare_views = readers[i].compare_views;
		reader.command = readers[i].command;
		readers[i].command->run(&reader, 0, NULL);
		emit_free(reader.emit);
		record_settle(&cli->memory);
	}
	fclose(nowhere);
	return 0;
}

static int read_own_file(struct cli *cli, struct store *store, enum memory_file which, const char *path)
{
	struct store_file *file = &store->files[which];
	int err;

	if (!path)
		return 0;
	err = memory_read_file(path, &file->data, &file->size, &cli->error);
	file->has = !err;
	return err;
}

/* Also those of the user's, if the board was described by one. */
static int read_files(struct cli *cli, struct store *store)
{
	struct store_file *dtb = &store->files[MEMORY_FILE_DTB];
	struct its_error ignored;
	size_t size;
	char *data;
	unsigned i;
	int err;

	err = read_own_file(cli, store, MEMORY_FILE_DTB, cli->dtb);
	if (!err)
		err = read_own_file(cli, store, MEMORY_FILE_ACPI, cli->acpi);
	if (err)
		return err;
	/* A device tree would be believed before the tables are. */
	if (cli->acpi) {
		dtb->refused = true;
		its_error(&dtb->error, ITS_ERR_NO_ITS, "the capture was made with --acpi");
	}
	for (i = 0; i < MEMORY_FILES; i++) {
		memory_file(&cli->memory, (enum memory_file)i, &data, &size, &ignored);
		free(data);
	}
	return 0;
}

/* The user's words are not of the machine, and are told again: what was given, and of which ITS. */
static void keep_told(struct cli *cli, struct store *store, const size_t *list, size_t count)
{
	_Static_assert(BOARD_GIVEN_MAX == MEMORY_GIVEN_MAX, "what is given can be told");
	const struct board_its *its = &cli->board.its[list[0]];
	bool described = cli->board.fdt || cli->board.acpi;

	if (count != 1)
		return;
	/* Where the firmware describes one ITS alone there is no doubt. */
	store->told.has_base = its->translated && (cli->which || !described);
	store->told.base = store->told.has_base ? its->base : 0;
	for (size_t i = 0; i < its->n_given; i++) {
		store->told.given[i].id = its->given[i].id;
		store->told.given[i].value = its->given[i].value;
	}
	store->told.n_given = its->n_given;
}

static void set_header(struct cli *cli, struct store *store, const struct board_system *system)
{
	char now[32] = "";
	struct tm utc;
	time_t seconds = time(NULL);

	if (gmtime_r(&seconds, &utc))
		strftime(now, sizeof(now), "%Y-%m-%dT%H:%M:%SZ", &utc);
	store->tool = ITS_TOOL_VERSION;
	store->time = store_string(store, now, strlen(now));
	if (system->release)
		store->kernel = store_string(store, system->release, strlen(system->release));
	store->source = store_string(store, cli->source, strlen(cli->source));
}

/* All that can be read of the machine. */
static int fill(struct cli *cli, struct store *store, struct capture_places *places)
{
	struct names *names = NULL;
	size_t *list = NULL, count, i;
	int err = cli_choose_its(cli, &list, &count);

	for (i = 0; i < count && !err; i++)
		look(cli, list[i]);
	if (!err)
		err = read_files(cli, store);
	if (!err)
		err = names_load(cli, &names);
	for (i = 0; i < count && !err; i++)
		err = read_routes(cli, list[i], names_system(names), places);
	if (!err)
		err = run_readers(cli);
	if (!err) {
		keep_told(cli, store, list, count);
		set_header(cli, store, names_system(names));
		capture_places_sort(places);
		err = store_finish(store, &cli->error);
	}
	names_free(names);
	free(list);
	return err;
}

#define KINDS_NOTED 8u

/* Many ranges are refused in the same words: each kind is said once. */
static void note_refusals(const struct cli *cli, const struct store *store)
{
	struct { const struct store_refusal *first; uint64_t count; } kinds[KINDS_NOTED];
	size_t i, k, n = 0;

	for (i = 0; i < store->n_refusals; i++) {
		const struct store_refusal *refusal = &store->refusals[i];

		for (k = 0; k < n && kinds[k].first->message != refusal->message; k++)
			;
		if (k == KINDS_NOTED)
			continue;
		if (k == n) {
			kinds[n].first = refusal;
			kinds[n++].count = 0;
		}
		kinds[k].count += refusal->count;
	}
	for (k = 0; k < n; k++) {
		struct its_error error;

		store_refusal_error(kinds[k].first, 0, &error);
		if (kinds[k].count > 1)
			cli_note(cli, "not in the capture: %s; and %llu range%s more, for the same reason", error.message,
				 (unsigned long long)kinds[k].count - 1, kinds[k].count == 2 ? "" : "s");
		else
			cli_note(cli, "not in the capture: %s", error.message);
	}
}

static void show_result(struct cli *cli, const struct store *store, const char *path)
{
	struct emitter *emit = cli->emit;

	cli_document_begin(cli);
	emit_string(emit, "file", "", path, 0);
	emit_number(emit, "registers", ": registers: ", store->n_registers, 0);
	emit_number(emit, "pages", "; pages of memory: ", store->cached.n_pages, 0);
	emit_number(emit, "refusals", "; refused: ", store->n_refusals, 0);
	emit_bool(emit, "whole", NULL, !store->cut && !store->of_cut);
	emit_text(emit, "\n");
	cli_document_end(cli);
}

/* It may well do for what it is wanted for, and so it is written; it has no line 'end'. */
static int say_cut(struct cli *cli, const struct store *store)
{
	if (!store->cut)
		return its_error(&cli->error, ITS_ERR_INPUT, "the capture is not whole, as the one that it was made of is not");
	its_error(&cli->error, ITS_ERR_INPUT, "the capture is not whole: more was read than it holds, or than there is memory for");
	return its_hint(&cli->error, "it holds %u MiB of RAM; --its takes one ITS at a time",
			STORE_PAGES_MAX / (1048576 / STORE_PAGE_BYTES));
}

static int run(struct cli *cli, int argc, char **argv)
{
	struct capture_places places = { 0 };
	struct store *store = store_new();
	bool standard_output = !strcmp(argv[0], "-");
	int err;

	(void)argc;
	if (!store)
		return its_no_memory(&cli->error, "a capture");
	if (standard_output && cli->json) {
		store_free(store);
		return its_error(&cli->error, ITS_ERR_USAGE, "--json and a capture on standard output would mix");
	}
	err = record_begin(&cli->memory, store, &cli->error);
	if (!err) {
		err = fill(cli, store, &places);
		record_end(&cli->memory);
	}
	if (!err)
		err = standard_output ? capture_to_stream(cli, store, &places, stdout, "standard output") :
					capture_to_file(cli, store, &places, argv[0]);
	if (!err)
		note_refusals(cli, store);
	if (!err && !standard_output)
		show_result(cli, store, argv[0]);
	if (!err && (store->cut || store->of_cut))
		err = say_cut(cli, store);
	capture_places_free(&places);
	store_free(store);
	return err;
}

const struct cli_command cli_capture = {
	.name = "capture",
	.arguments = "FILE",
	.summary = "all that the commands above read, as text; -s capture:FILE replays it",
	.description =
		"Reads registers, ring, tables, device tree and what Linux says, and writes it to FILE (-: standard\n"
		"output) as text that a person can read, mail and edit. -s capture:FILE answers every command that\n"
		"reads as this machine does now, anywhere: ssh board its-tool capture - | its-tool -s capture:- dump.\n"
		"What cannot be read is noted, and refused again by the capture.",
	.min_arguments = 1,
	.max_arguments = 1,
	.needs_its = true,
	.run = run,
};
