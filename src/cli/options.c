// SPDX-License-Identifier: GPL-2.0-or-later
/* The options: one row each, from which the parser and the help come. */
#include <ctype.h>
#include <getopt.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "its/closest.h"
#include "its/number.h"

enum option_kind { OPTION_FLAG, OPTION_STRING, OPTION_NUMBER, OPTION_MILLISECONDS, OPTION_VALUE };

static const struct option_row {
	char letter;			/* 0: none */
	const char *name;
	const char *argument;
	enum option_kind kind;
	size_t offset;			/* in struct cli */
	const char *commands;		/* " dump send " or NULL: every command */
	const char *help;
} rows[] = {
#define MEMBER(M) offsetof(struct cli, M)
	{ 's', "source", "SRC", OPTION_STRING, MEMBER(source), NULL,
	  "where physical memory comes from: devmem (default), sim[:DTB][,OPTION...], gdb:[HOST:]PORT, image:FILE@ADDRESS, core:FILE, capture:FILE" },
	{ 'd', "dtb", "FILE", OPTION_STRING, MEMBER(dtb), NULL,
	  "device tree blob; default: the source's own (devmem: /sys/firmware/fdt)" },
	{ 0, "acpi", "FILE", OPTION_STRING, MEMBER(acpi), NULL,
	  "ACPI tables instead of a device tree, MADT and IORT one behind the other" },
	{ 'i', "its", "WHICH", OPTION_STRING, MEMBER(which), NULL,
	  "one ITS: its index, node path or name, or base address" },
	{ 0, "cbaser", "VALUE", OPTION_VALUE, MEMBER(cbaser), NULL,
	  "GITS_CBASER, where the source does not hold it; or just the ring's address" },
	{ 0, "cwriter", "VALUE", OPTION_VALUE, MEMBER(cwriter), NULL, "GITS_CWRITER, likewise: an offset in the ring" },
	{ 0, "creadr", "VALUE", OPTION_VALUE, MEMBER(creadr), NULL, "GITS_CREADR, likewise" },
	{ 0, "typer", "VALUE", OPTION_VALUE, MEMBER(typer), NULL, "GITS_TYPER, likewise" },
	{ 'j', "json", NULL, OPTION_FLAG, MEMBER(json), NULL, "one JSON document on stdout" },
	{ 'n', "dry-run", NULL, OPTION_FLAG, MEMBER(dry_run), NULL,
	  "writes: show the plan, change nothing" },
	{ 't', "timeout", "MS", OPTION_MILLISECONDS, MEMBER(timeout_ms), NULL,
	  "limit of every wait in milliseconds; default 1000" },
	{ 'v', "verbose", NULL, OPTION_FLAG, MEMBER(verbose), NULL, "say more: breaks, laps, times" },
	{ 'q', "quiet", NULL, OPTION_FLAG, MEMBER(quiet), NULL, "no notes on stderr, only errors" },
	{ 0, "color", "WHEN", OPTION_STRING, MEMBER(color_mode), NULL,
	  "auto (default), always or never; NO_COLOR is honoured" },
	{ 0, "pending", NULL, OPTION_FLAG, MEMBER(pending), " dump ", "only what the ITS has not executed" },
	{ 0, "last", "N", OPTION_NUMBER, MEMBER(last), " dump ", "only the newest N slots" },
	{ 0, "all", NULL, OPTION_FLAG, MEMBER(all), " dump regs map watch ",
	  "dump: each slot, unused ones too; regs: ID registers and unused tables too; map: what was unmapped too; watch: each SYNC" },
	{ 0, "dot", NULL, OPTION_FLAG, MEMBER(dot), " map ", "a graph for Graphviz" },
	{ 0, "raw", NULL, OPTION_FLAG, MEMBER(raw), " dump ", "the four words of each slot beside it" },
	{ 0, "compare-views", NULL, OPTION_FLAG, MEMBER(compare_views), " dump ",
	  "read the ring cached and uncached, and show where they differ" },
	{ 0, "count", "N", OPTION_NUMBER, MEMBER(count), " inject watch ",
	  "inject: so many INTs in one batch; watch: end after so many commands" },
	{ 0, "for", "MS", OPTION_MILLISECONDS, MEMBER(for_ms), " watch ", "end after this time" },
	{ 0, "interval", "MS", OPTION_MILLISECONDS, MEMBER(interval_ms), " watch ",
	  "look at least so often; default: as the ITS is used, idle at most 1 % of a CPU" },
	{ 0, "device", "DEVICE", OPTION_STRING, MEMBER(device), " map watch ", "only this device" },
	{ 0, "event", "N", OPTION_STRING, MEMBER(event), " map watch ", "only this EventID" },
	{ 0, "lpi", "N", OPTION_STRING, MEMBER(lpi), " map watch ", "only this LPI" },
	{ 0, "cpu", "N", OPTION_STRING, MEMBER(cpu), " map watch ", "only what concerns this CPU" },
	{ 0, "irq", "N", OPTION_STRING, MEMBER(irq), " map watch ", "only this Linux IRQ" },
	{ 0, "plain", NULL, OPTION_FLAG, MEMBER(plain), " inject send ",
	  "the debugger's way: move CWRITER on and leave the driver behind" },
	{ 0, "force", NULL, OPTION_FLAG, MEMBER(force), " inject send ",
	  "send what would be refused as unsafe" },
	{ 0, "emit", "FORM", OPTION_STRING, MEMBER(export_as), " inject send ",
	  "instead of doing it, print the script that does: cmm (Trace32), gdb, or devmem (sh on the target)" },
	{ 0, "keep-going", NULL, OPTION_FLAG, MEMBER(keep_going), " run ",
	  "go on after a line that failed, and count them" },
	{ 0, "tap", NULL, OPTION_FLAG, MEMBER(tap), " run ", "report each step in TAP, for lab runners" },
	{ 'V', "version", NULL, OPTION_FLAG, MEMBER(version), NULL, "print the version" },
	{ 0, "dump-cli", NULL, OPTION_FLAG, MEMBER(dump_cli), NULL,
	  "print this command line as JSON, for completions" },
	{ 'h', "help", NULL, OPTION_FLAG, MEMBER(help), NULL, "print this, or help on a command" },
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

/* What is said once, when its-tool starts: a line of a script cannot change it. */
static bool of_session(const struct option_row *row)
{
	static const char names[] = " source dtb acpi cbaser cwriter creadr typer version dump-cli ";
	char word[40];

	snprintf(word, sizeof(word), " %s ", row->name);
	return strstr(names, word);
}

/* The words an option takes, NULL-terminated, where they are few; NULL: anything. */
static const char *const *values_of(const struct option_row *row)
{
	static const struct { const char *option, *words[5]; } few[] = {
		{ "color", { "auto", "always", "never" } },
		{ "emit", { "cmm", "gdb", "devmem" } },
	};
	size_t i;

	for (i = 0; i < sizeof(few) / sizeof(few[0]); i++)
		if (!strcmp(row->name, few[i].option))
			return few[i].words;
	return NULL;
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
		return 0;
	case OPTION_NUMBER:
		if (!its_number_parse(text, &number) || !number)
			break;
		*(uint64_t *)member = number;
		return 0;
	case OPTION_MILLISECONDS:
		if (!its_number_parse(text, &number) || !number || number > 86400000)
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
	return row->kind == OPTION_VALUE ? its_hint(&cli->error, "--%s takes a number of 64 bits: %s", row->name, row->help) :
		its_hint(&cli->error, "--%s %s takes a whole number from 1 on", row->name, row->argument);
}

int cli_options_parse(struct cli *cli, int *argc, char ***argv)
{
	struct option long_options[ROWS + 1] = { 0 };
	bool given[ROWS] = { false };
	char letters[2 * ROWS + 2] = ":";
	const char *names[ROWS + 1] = { NULL };
	size_t i, used = 1;
	int value;

	for (i = 0; i < ROWS; i++) {
		long_options[i] = (struct option){ rows[i].name, rows[i].argument ? required_argument
						   : no_argument, NULL, FIRST_LONG + (int)i };
		names[i] = rows[i].name;
		if (rows[i].letter) {
			letters[used++] = rows[i].letter;
			if (rows[i].argument)
				letters[used++] = ':';
		}
	}
	opterr = 0;
	optind = 0;	/* glibc and musl begin anew: in a session there are many lines */
	while ((value = getopt_long(*argc, *argv, letters, long_options, NULL)) != -1) {
		const char *word = (*argv)[optind - 1];
		int err;

		if (value == ':')
			return its_error(&cli->error, ITS_ERR_USAGE, "option %s needs a value", word);
		if (value == '?') {
			const char *close = strncmp(word, "--", 2) ? NULL : its_closest(word + 2, names);

			if (optopt && optopt < FIRST_LONG)
				its_error(&cli->error, ITS_ERR_USAGE, "unknown option -%c",
					  isprint(optopt) ? optopt : '?');
			else
				its_error(&cli->error, ITS_ERR_USAGE, "unknown option %s", word);
			return close ? its_hint(&cli->error, "did you mean --%s?", close)
				     : its_hint(&cli->error, "try its-tool --help");
		}
		for (i = 0; i < ROWS; i++)
			if (value == rows[i].letter || value == FIRST_LONG + (int)i)
				break;
		given[i] = true;
		if (cli->in_session && of_session(&rows[i])) {
			its_error(&cli->error, ITS_ERR_USAGE, "--%s is for its-tool's own command line, not for one of its lines",
				  rows[i].name);
			return its_hint(&cli->error, "its-tool --%s%s%s run FILE", rows[i].name,
					rows[i].argument ? " " : "", rows[i].argument ? rows[i].argument : "");
		}
		err = set_option(cli, &rows[i], optarg);
		if (err)
			return err;
	}
	*argc -= optind;
	*argv += optind;
	if (strcmp(cli->color_mode, "auto") && strcmp(cli->color_mode, "always") &&
	    strcmp(cli->color_mode, "never"))
		return its_error(&cli->error, ITS_ERR_USAGE, "--color takes auto, always or never, not '%s'",
				 cli->color_mode);
	for (i = 0; i < ROWS && *argc; i++)
		if (given[i] && cli_command_find((*argv)[0]) && !row_applies(&rows[i], (*argv)[0])) {
			its_error(&cli->error, ITS_ERR_USAGE, "--%s does not go with '%s'", rows[i].name,
				  (*argv)[0]);
			return its_hint(&cli->error, "try its-tool %s --help", (*argv)[0]);
		}
	/* Without a command its-tool looks round: what only a command takes has one to go with. */
	for (i = 0; i < ROWS && !*argc && !cli->in_session && !cli->help && !cli->version && !cli->dump_cli; i++)
		if (given[i] && rows[i].commands) {
			its_error(&cli->error, ITS_ERR_USAGE, "--%s is without its command", rows[i].name);
			return its_hint(&cli->error, "it goes with: %.*s", (int)strlen(rows[i].commands) - 2,
					rows[i].commands + 1);
		}
	return cli_check_export(cli);
}

static void help_options(FILE *out, const char *command)
{
	size_t i;

	for (i = 0; i < ROWS; i++) {
		char name[40];

		/* On a command's own page first what is its own; on the main page all of them. */
		if (command && (!rows[i].commands || !row_applies(&rows[i], command)))
			continue;
		snprintf(name, sizeof(name), "--%s%s%s", rows[i].name, rows[i].argument ? " " : "",
			 rows[i].argument ? rows[i].argument : "");
		fprintf(out, "  %c%c%c %-15s %s", rows[i].letter ? '-' : ' ',
			rows[i].letter ? rows[i].letter : ' ', rows[i].letter ? ',' : ' ', name, rows[i].help);
		if (!command && rows[i].commands)
			fprintf(out, " (%.*s)", (int)strlen(rows[i].commands) - 2, rows[i].commands + 1);
		fputc('\n', out);
	}
}

void cli_help(FILE *out, const struct cli_command *command)
{
	size_t i;

	if (command) {
		fprintf(out, "Usage: its-tool [OPTIONS] %s%s%s\n\n%s\n", command->name,
			*command->arguments ? " " : "", command->arguments, command->description);
		fputs("\nOptions of its own (its-tool --help has the common ones):\n", out);
		help_options(out, command->name);
		return;
	}
	fputs("Usage: its-tool [OPTIONS] COMMAND [ARGUMENTS]\n"
	      "Inspects and drives the command queue of an Arm GICv3/GICv4 ITS.\n\nCommands:\n", out);
	for (i = 0; cli_commands[i]; i++) {
		char usage[60];

		snprintf(usage, sizeof(usage), "%s%s%s", cli_commands[i]->name,
			 *cli_commands[i]->arguments ? " " : "", cli_commands[i]->arguments);
		fprintf(out, "  %-34s %s\n", usage, cli_commands[i]->summary);
	}
	fputs("\nOptions:\n", out);
	help_options(out, NULL);
	fputs("\nExit status: 0 done; 1 a check or expectation failed; 2 usage; 3 no ITS found;\n"
	      "4 access denied; 5 timeout or stalled; 6 bad input; 7 refused as unsafe.\n"
	      "Without a command: what was found, and what to type next. Without a board: its-tool -s sim\n", out);
}

void cli_options_describe(struct emitter *emit)
{
	size_t i, c;

	emit_array(emit, "options");
	for (i = 0; i < ROWS; i++) {
		const char *const *value = values_of(&rows[i]);
		char letter[2] = { rows[i].letter, '\0' };

		emit_object(emit, NULL);
		emit_string(emit, "name", NULL, rows[i].name, 0);
		if (rows[i].letter)
			emit_string(emit, "letter", NULL, letter, 0);
		if (rows[i].argument)
			emit_string(emit, "argument", NULL, rows[i].argument, 0);
		if (value) {
			emit_array(emit, "values");
			for (; *value; value++)
				emit_string(emit, EMIT_ELEMENT, NULL, *value, 0);
			emit_array_end(emit);
		}
		emit_string(emit, "help", NULL, rows[i].help, 0);
		emit_array(emit, "commands");
		for (c = 0; cli_commands[c] && rows[i].commands; c++)
			if (row_applies(&rows[i], cli_commands[c]->name))
				emit_string(emit, EMIT_ELEMENT, NULL, cli_commands[c]->name, 0);
		emit_array_end(emit);
		emit_object_end(emit);
	}
	emit_array_end(emit);
}

bool cli_option_at(size_t index, const char *command, struct cli_option *option)
{
	if (index >= ROWS)
		return false;
	*option = (struct cli_option){ rows[index].name, rows[index].argument, rows[index].letter,
				       row_applies(&rows[index], command), of_session(&rows[index]),
				       values_of(&rows[index]) };
	return true;
}
