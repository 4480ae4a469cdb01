// SPDX-License-Identifier: GPL-2.0-or-later
/* --help: what can be typed, from the tables of commands and options. */
#include <string.h>

#include "cli.h"

#define COMMAND_WIDTH 34		/* of a command with its arguments */
#define OPTION_WIDTH 15			/* of "--option VALUE" */

/* " (dump watch)": what the option goes with. */
static void show_commands(struct emitter *emit, size_t index)
{
	struct cli_option option;
	const char *before = "(";
	size_t c;

	emit_space(emit);
	for (c = 0; cli_commands[c]; c++) {
		if (!cli_option_at(index, cli_commands[c]->name, &option) || !option.applies)
			continue;
		emit_string(emit, NULL, before, cli_commands[c]->name, 0);
		before = " ";
	}
	emit_text(emit, ")");
}

static void show_option(struct emitter *emit, const struct cli_option *option)
{
	char name[40], words[80];

	snprintf(name, sizeof(name), "--%s%s%s", option->name, option->argument ? " " : "",
		 option->argument ? option->argument : "");
	emit_textf(emit, "  %c%c%c %-*s ", option->letter ? '-' : ' ', option->letter ? option->letter : ' ',
		   option->letter ? ',' : ' ', OPTION_WIDTH, name);
	if (option->values)
		emit_textf(emit, "%s: ", cli_words(option->values, words, sizeof(words)));
	emit_text(emit, option->help);
}

/* On a command's own page first what is its own; on the main page all of them. */
static void show_options(struct emitter *emit, const struct cli_command *command)
{
	const char *title = command ? "\nOptions of its own (its-tool --help has the common ones):\n" : "\nOptions:\n";
	struct cli_option option;
	size_t i;

	emit_fold(emit, OPTION_WIDTH + 7);
	for (i = 0; cli_option_at(i, command ? command->name : "", &option); i++) {
		if (command && (option.every || !option.applies))
			continue;
		emit_text(emit, title);
		title = "";
		show_option(emit, &option);
		if (!command && !option.every)
			show_commands(emit, i);
		emit_text(emit, "\n");
	}
}

void cli_help_row(struct emitter *emit, const char *name, const char *arguments, const char *summary)
{
	char usage[60];

	snprintf(usage, sizeof(usage), "%s%s%s", name, *arguments ? " " : "", arguments);
	emit_fold(emit, COMMAND_WIDTH + 3);
	emit_textf(emit, "  %-*s %s\n", COMMAND_WIDTH, usage, summary);
}

/* The lines of a paragraph are one; those that begin with a space are examples, and stay. */
static void show_description(struct emitter *emit, const char *text)
{
	while (*text) {
		size_t length = strcspn(text, "\n");
		char next = text[length] ? text[length + 1] : '\0';
		bool joined = length && *text != ' ' && next && next != ' ' && next != '\n';

		emit_textf(emit, "%.*s%s", (int)length, text, joined ? " " : "\n");
		text += length + (text[length] != '\0');
	}
}

static void show_main_page(struct emitter *emit)
{
	size_t i;

	emit_text(emit, "Usage: its-tool [OPTIONS] COMMAND [ARGUMENTS]\n"
		  "Inspects and drives the command queue of an Arm GICv3/GICv4 ITS.\n\nCommands:\n");
	for (i = 0; cli_commands[i]; i++)
		cli_help_row(emit, cli_commands[i]->name, cli_commands[i]->arguments, cli_commands[i]->summary);
	show_options(emit, NULL);
	emit_fold(emit, 0);
	emit_text(emit, "\n");
	show_description(emit, "Exit status: 0 done; 1 a check or expectation failed; 2 usage; 3 no ITS found;\n"
			       "4 access denied; 5 timeout or stalled; 6 bad input; 7 refused as unsafe.\n");
	emit_text(emit, "Without a command: what was found, and what to type next. Without a board: its-tool -s sim\n");
}

void cli_help(FILE *out, const struct cli_command *command)
{
	struct emitter *emit = emit_new(out, false, false);

	emit_fold(emit, 0);
	if (command) {
		emit_textf(emit, "Usage: its-tool [OPTIONS] %s%s%s\n\n", command->name, *command->arguments ? " " : "",
			   command->arguments);
		show_description(emit, command->description);
		show_options(emit, command);
	} else {
		show_main_page(emit);
	}
	emit_free(emit);
}
