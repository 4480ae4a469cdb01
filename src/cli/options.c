// SPDX-License-Identifier: GPL-2.0-or-later
/* The options: one row each, from which the parser, the help and the completions come. */
#include <ctype.h>
#include <getopt.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "export.h"
#include "its/closest.h"
#include "its/number.h"

enum option_kind { OPTION_FLAG, OPTION_STRING, OPTION_NUMBER, OPTION_MILLISECONDS, OPTION_VALUE };

static const char *const color_words[] = { "auto", "always", "never", NULL };

static const struct option_row {
	char letter;			/* 0: none */
	const char *name;
	const char *argument;
	enum option_kind kind;
	size_t offset;			/* in struct cli */
	const char *commands;		/* " dump send " or NULL: every command */
	bool session;			/* said once, when its-tool starts: a line of a script cannot change it */
	const char *const *values;	/* the words it takes, NULL-terminated; NULL: anything */
	const char *help;		/* without the values */
} rows[] = {
#define MEMBER(M) offsetof(struct cli, M)
	{ 's', "source", "SRC", OPTION_STRING, MEMBER(source), NULL, .session = true,
	  .help = "where physical memory comes from: devmem (default), sim[:DTB][,OPTION...], gdb:[HOST:]PORT, image:FILE@ADDRESS, core:FILE, capture:FILE" },
	{ 'd', "dtb", "FILE", OPTION_STRING, MEMBER(dtb), NULL, .session = true,
	  .help = "device tree blob; default: the source's own (devmem: /sys/firmware/fdt)" },
	{ 0, "acpi", "FILE", OPTION_STRING, MEMBER(acpi), NULL, .session = true,
	  .help = "ACPI tables instead of a device tree, MADT and IORT one behind the other" },
	{ 'i', "its", "WHICH", OPTION_STRING, MEMBER(which), NULL,
	  .help = "one ITS: its index, node path or name, or base address" },
	{ 0, "cbaser", "VALUE", OPTION_VALUE, MEMBER(cbaser), NULL, .session = true,
	  .help = "GITS_CBASER, where the source does not hold it; or just the ring's address" },
	{ 0, "cwriter", "VALUE", OPTION_VALUE, MEMBER(cwriter), NULL, .session = true,
	  .help = "GITS_CWRITER, likewise: an offset in the ring" },
	{ 0, "creadr", "VALUE", OPTION_VALUE, MEMBER(creadr), NULL, .session = true,
	  .help = "GITS_CREADR, likewise" },
	{ 0, "typer", "VALUE", OPTION_VALUE, MEMBER(typer), NULL, .session = true,
	  .help = "GITS_TYPER, likewise" },
	{ 'j', "json", NULL, OPTION_FLAG, MEMBER(json), NULL, .help = "one JSON document on stdout" },
	{ 'n', "dry-run", NULL, OPTION_FLAG, MEMBER(dry_run), NULL,
	  .help = "writes: show the plan, change nothing" },
	{ 't', "timeout", "MS", OPTION_MILLISECONDS, MEMBER(timeout_ms), NULL,
	  .help = "limit of every wait in milliseconds; default 1000" },
	{ 'v', "verbose", NULL, OPTION_FLAG, MEMBER(verbose), NULL,
	  .help = "say more: breaks, laps, times" },
	{ 'q', "quiet", NULL, OPTION_FLAG, MEMBER(quiet), NULL, .help = "no notes on stderr, only errors" },
	{ 0, "color", "WHEN", OPTION_STRING, MEMBER(color_mode), NULL, .values = color_words,
	  .help = "colours; auto is the default and honours NO_COLOR" },
	{ 0, "pending", NULL, OPTION_FLAG, MEMBER(pending), " dump ",
	  .help = "only what the ITS has not executed" },
	{ 0, "last", "N", OPTION_NUMBER, MEMBER(last), " dump ", .help = "only the newest N slots" },
	{ 0, "all", NULL, OPTION_FLAG, MEMBER(all), " dump regs map watch ",
	  .help = "dump: each slot, unused ones too; regs: ID registers and unused tables too; map: what was unmapped too; watch: each SYNC" },
	{ 0, "dot", NULL, OPTION_FLAG, MEMBER(dot), " map ", .help = "a graph for Graphviz" },
	{ 0, "raw", NULL, OPTION_FLAG, MEMBER(raw), " dump ",
	  .help = "the four words of each slot beside it" },
	{ 0, "compare-views", NULL, OPTION_FLAG, MEMBER(compare_views), " dump ",
	  .help = "read the ring cached and uncached, and show where they differ" },
	{ 0, "count", "N", OPTION_NUMBER, MEMBER(count), " inject watch ",
	  .help = "inject: so many INTs in one batch; watch: end after so many commands" },
	{ 0, "for", "MS", OPTION_MILLISECONDS, MEMBER(for_ms), " watch ", .help = "end after this time" },
	{ 0, "interval", "MS", OPTION_MILLISECONDS, MEMBER(interval_ms), " watch ",
	  .help = "look at least so often; default: as the ITS is used, idle at most 1 % of a CPU" },
	{ 0, "device", "DEVICE", OPTION_STRING, MEMBER(device), " map watch ", .help = "only this device" },
	{ 0, "event", "N", OPTION_STRING, MEMBER(event), " map watch ", .help = "only this EventID" },
	{ 0, "lpi", "N", OPTION_STRING, MEMBER(lpi), " map watch ", .help = "only this LPI" },
	{ 0, "cpu", "N", OPTION_STRING, MEMBER(cpu), " map watch ", .help = "only what concerns this CPU" },
	{ 0, "irq", "N", OPTION_STRING, MEMBER(irq), " map watch ", .help = "only this Linux IRQ" },
	{ 0, "plain", NULL, OPTION_FLAG, MEMBER(plain), " inject send ",
	  .help = "the debugger's way: move CWRITER on and leave the driver behind" },
	{ 0, "force", NULL, OPTION_FLAG, MEMBER(force), " inject send ",
	  .help = "send what would be refused as unsafe" },
	{ 0, "emit", "FORM", OPTION_STRING, MEMBER(export_as), " inject send ", .values = export_forms,
	  .help = "print the script that does it, for Trace32, gdb or the target's sh, and do nothing" },
	{ 0, "keep-going", NULL, OPTION_FLAG, MEMBER(keep_going), " run ",
	  .help = "go on after a line that failed, and count them" },
	{ 0, "tap", NULL, OPTION_FLAG, MEMBER(tap), " run ",
	  .help = "report each step in TAP, for lab runners" },
	{ 'V', "version", NULL, OPTION_FLAG, MEMBER(version), NULL, .session = true,
	  .help = "print the version" },
	{ 0, "dump-cli", NULL, OPTION_FLAG, MEMBER(dump_cli), NULL, .session = true,
	  .help = "print this command line as JSON, for completions" },
	{ 'h', "help", NULL, OPTION_FLAG, MEMBER(help), NULL, .help = "print this, or help on a command" },
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))
#define FIRST_LONG 256			/* getopt value of row 0: letters stay below */

static bool row_applies(const struct option_row *row, const char *command)
{
	char word[40];

	if (!row->commands)
		return true;
	snprintf(word, sizeof(word), " %s ", command);
	return strstr(row->commands, word);
}

const char *cli_words(const char *const *words, char *text, size_t size)
{
	size_t used = 0, i;

	*text = '\0';
	for (i = 0; words[i] && used < size; i++)
		used += (size_t)snprintf(text + used, size - used, "%s%s",
					 !i ? "" : words[i + 1] ? ", " : " or ", words[i]);
	return text;
}

/* One of the words that the option takes. */
static int check_word(struct cli *cli, const struct option_row *row, const char *text)
{
	const char *close;
	char words[80];
	size_t i;

	for (i = 0; row->values[i]; i++)
		if (!strcmp(text, row->values[i]))
			return 0;
	close = its_closest(text, row->values);
	its_error(&cli->error, ITS_ERR_USAGE, "--%s takes %s, not '%s'", row->name,
		  cli_words(row->values, words, sizeof(words)), text);
	return close ? its_hint(&cli->error, "did you mean %s?", close) : cli->error.code;
}

static int set_option(struct cli *cli, const struct option_row *row, const char *text)
{
	char *member = (char *)cli + row->offset;
	uint64_t number;

	switch (row->kind) {
	case OPTION_FLAG:
		*(bool *)member = true;
		return 0;
	case OPTION_STRING:
		*(const char **)member = text;
		return row->values ? check_word(cli, row, text) : 0;
	case OPTION_NUMBER:
		if (!its_number_parse(text, &number) || !number)
			break;
		*(uint64_t *)member = number;
		return 0;
	case OPTION_MILLISECONDS:
		if (!its_number_parse(text, &number) || !number || number > CLI_MS_MAX)
			break;
		*(unsigned *)member = (unsigned)number;
		return 0;
	case OPTION_VALUE:
		if (!its_number_parse(text, &number))
			break;
		*(struct cli_value *)member = (struct cli_value){ true, number };
		return 0;
	}
	its_error(&cli->error, ITS_ERR_USAGE, "--%s: '%s' is not a number that fits", row->name, text);
	if (row->kind == OPTION_VALUE)
		return its_hint(&cli->error, "--%s takes a number of 64 bits: %s", row->name, row->help);
	if (row->kind == OPTION_MILLISECONDS)
		return its_hint(&cli->error, "--%s %s takes a whole number from 1 to %u", row->name, row->argument, CLI_MS_MAX);
	return its_hint(&cli->error, "--%s %s takes a whole number from 1 on", row->name, row->argument);
}

/* The rows as getopt_long() wants them. */
struct getopt_tables {
	struct option options[ROWS + 1];
	char letters[2 * ROWS + 2];
};

static void fill_tables(struct getopt_tables *tables)
{
	size_t i, used = 1;

	*tables = (struct getopt_tables){ .letters = ":" };
	for (i = 0; i < ROWS; i++) {
		tables->options[i] = (struct option){ rows[i].name, rows[i].argument ? required_argument : no_argument,
						      NULL, FIRST_LONG + (int)i };
		if (rows[i].letter)
			tables->letters[used++] = rows[i].letter;
		if (rows[i].letter && rows[i].argument)
			tables->letters[used++] = ':';
	}
}

static const struct option_row *row_of(int value)
{
	size_t i;

	for (i = 0; i < ROWS; i++)
		if (value == rows[i].letter || value == FIRST_LONG + (int)i)
			return &rows[i];
	return NULL;
}

/* @word is the one that getopt_long() does not know, or in which it does not know a letter. */
static int unknown_option(struct cli *cli, const char *word)
{
	bool is_long = !strncmp(word, "--", 2);
	struct its_closest closest = ITS_CLOSEST(word + 2, is_long ? strlen(word + 2) : 0);
	size_t i;

	for (i = 0; i < ROWS && is_long; i++)
		its_closest_try(&closest, rows[i].name);
	if (optopt && optopt < FIRST_LONG)
		its_error(&cli->error, ITS_ERR_USAGE, "unknown option -%c", isprint(optopt) ? optopt : '?');
	else
		its_error(&cli->error, ITS_ERR_USAGE, "unknown option %s", word);
	return closest.word ? its_hint(&cli->error, "did you mean --%s?", closest.word)
			    : its_hint(&cli->error, "try its-tool --help");
}

static int take_option(struct cli *cli, const struct option_row *row, const char *text)
{
	if (!cli->in_session || !row->session)
		return set_option(cli, row, text);
	its_error(&cli->error, ITS_ERR_USAGE, "--%s is for its-tool's own command line, not for one of its lines", row->name);
	return its_hint(&cli->error, "its-tool --%s%s%s run FILE", row->name, row->argument ? " " : "",
			row->argument ? row->argument : "");
}

/* Does what was given go with @command? NULL: there is none, and its-tool looks round. */
static int check_given(struct cli *cli, const bool *given, const char *command)
{
	size_t i;

	for (i = 0; i < ROWS; i++) {
		if (!given[i] || !rows[i].commands || (command && row_applies(&rows[i], command)))
			continue;
		if (command) {
			its_error(&cli->error, ITS_ERR_USAGE, "--%s does not go with '%s'", rows[i].name, command);
			return its_hint(&cli->error, "try its-tool %s --help", command);
		}
		its_error(&cli->error, ITS_ERR_USAGE, "--%s needs a command", rows[i].name);
		return its_hint(&cli->error, "it goes with: %.*s", (int)strlen(rows[i].commands) - 2,
				rows[i].commands + 1);
	}
	return 0;
}

int cli_options_parse(struct cli *cli, int *argc, char ***argv)
{
	struct getopt_tables tables;
	bool given[ROWS] = { false }, looks_round;
	int value, err = 0;

	fill_tables(&tables);
	opterr = 0;
	optind = 0;	/* glibc and musl begin anew: in a session there are many lines */
	while (!err && (value = getopt_long(*argc, *argv, tables.letters, tables.options, NULL)) != -1) {
		const char *word = (*argv)[optind - 1];
		const struct option_row *row = row_of(value);

		if (value == ':')
			return its_error(&cli->error, ITS_ERR_USAGE, "option %s needs a value", word);
		if (!row)
			return unknown_option(cli, word);
		given[row - rows] = true;
		err = take_option(cli, row, optarg);
	}
	if (err)
		return err;
	*argc -= optind;
	*argv += optind;
	looks_round = !*argc && !cli->in_session && !cli->help && !cli->version && !cli->dump_cli;
	if (looks_round || (*argc && cli_command_find((*argv)[0])))
		err = check_given(cli, given, looks_round ? NULL : (*argv)[0]);
	return err ? err : cli_check_export(cli);
}

bool cli_option_at(size_t index, const char *command, struct cli_option *option)
{
	const struct option_row *row;

	if (index >= ROWS)
		return false;
	row = &rows[index];
	*option = (struct cli_option){
		.name = row->name, .argument = row->argument, .letter = row->letter, .help = row->help,
		.every = !row->commands, .applies = row_applies(row, command), .of_session = row->session,
		.values = row->values };
	return true;
}
