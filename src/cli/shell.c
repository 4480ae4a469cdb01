// SPDX-License-Identifier: GPL-2.0-or-later
/* shell: the commands of its-tool, and the words of scripts, typed one after the other. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "script_run.h"
#include "shell.h"

#define RED "\033[1;31m"
#define PROMPT_ITSS 4u			/* more do not fit on a line */

/* "ITS 0: 2 pending> "; true if one has stalled. Without hardware just the tool's name. */
static bool make_prompt(struct cli *cli, char *prompt, size_t size)
{
	struct its_error ignored = { 0 };
	size_t *list = NULL, count = 0, i, used = 0;
	bool stalled = false;

	snprintf(prompt, size, "its-tool> ");
	if (cli->unopened.code || cli_choose_its(cli, &list, &count))
		count = 0;
	for (i = 0; i < count && i < PROMPT_ITSS && used < size; i++) {
		struct queue queue;

		used += (size_t)snprintf(prompt + used, size - used, "%sITS %zu: ", i ? ", " : "", list[i]);
		if (used >= size)
			break;
		if (queue_open(&queue, &cli->memory, &cli->board.its[list[i]], false, &ignored)) {
			used += (size_t)snprintf(prompt + used, size - used, "?");
			continue;
		}
		if (queue_attach(&queue, &ignored))
			used += (size_t)snprintf(prompt + used, size - used, "?");
		else
			used += (size_t)snprintf(
				prompt + used, size - used, "%u pending%s",
				(queue_cwriter_slot(&queue) + queue.slots - queue_creadr_slot(&queue)) %
					queue.slots,
				queue_stalled(&queue) ? ", STALLED" : "");
		stalled |= queue_stalled(&queue);
		queue_close(&queue);
	}
	if (used && used < size)
		snprintf(prompt + used, size - used, "> ");
	free(list);
	return stalled;
}

static void help(struct cli *cli, const char *name)
{
	const struct script_keyword *keyword =
		name ? script_keyword_find(name, strlen(name)) : script_keywords;
	const struct cli_command *command = name ? cli_command_find(name) : NULL;

	if (name && !keyword && !command) {
		cli_note(cli, "no help on '%s': it is no command", name);
		return;
	}
	if (!name || command)
		cli_help(stdout, command);
	if (!name)
		puts("\nIn the shell and in scripts, too (its-tool-script(5)):");
	for (; keyword && keyword->name; keyword++) {
		char usage[60];

		snprintf(usage, sizeof(usage), "%s %s", keyword->name, keyword->arguments);
		printf("  %-34s %s\n", usage, keyword->summary);
		if (name)
			break;
	}
	if (!name)
		puts("  help COMMAND                       help on a command\n"
		     "  exit                               leave; as the end of the input does");
	fflush(stdout);
}

enum own { OWN_NONE, OWN_DONE, OWN_EXIT };

/* help, exit and quit. */
static enum own run_own(struct cli *cli, const char *line)
{
	char first[16] = "", second[40] = "", more[2] = "";
	int words = sscanf(line, "%15s %39s %1s", first, second, more);

	if (words == 1 && (!strcmp(first, "exit") || !strcmp(first, "quit")))
		return OWN_EXIT;
	if ((words == 1 || words == 2) && !strcmp(first, "help")) {
		help(cli, words == 2 ? second : NULL);
		return OWN_DONE;
	}
	return OWN_NONE;
}

/* True if more lines belong to @text, a block or a line that goes on. */
static bool is_unfinished(const char *text, size_t size)
{
	struct its_error ignored;
	struct script script;
	bool unfinished;

	script_parse(&script, NULL, text, size, &ignored);
	unfinished = script.unfinished;
	script_free(&script);
	return unfinished;
}

static int run_text(struct script_run *run, const char *text, size_t size)
{
	struct cli *cli = run->cli;
	int err;

	run->failed = run->status = 0;
	cli->error = (struct its_error){ 0 };
	err = script_run_text(run, NULL, text, size);
	if (err)
		cli_complain(&cli->error);
	else
		err = run->status;
	cli->error.message[0] = '\0';
	return err;
}

/* Adds @line, which it frees, to the lines before it. */
static bool add_line(char **text, size_t *size, char *line)
{
	size_t length = strlen(line);
	char *grown = *size + length + 2 <= SCRIPT_BYTES_MAX ? realloc(*text, *size + length + 2) : NULL;

	if (grown) {
		memcpy(grown + *size, line, length);
		memcpy(grown + *size + length, "\n", 2);
		*text = grown;
		*size += length + 1;
	}
	free(line);
	return grown;
}

static int read_and_run(struct script_run *run)
{
	struct cli *cli = run->cli;
	char prompt[200], *text = NULL, *line;
	size_t size = 0;
	int err = 0;

	for (;;) {
		bool stalled = make_prompt(cli, prompt, sizeof(prompt));
		enum own own;

		line = shell_read(size ? "> " : prompt, !size && stalled ? RED : NULL);
		if (!line)
			break;
		if (session_take_interrupt()) {
			free(line);
			size = 0;
			continue;
		}
		own = size ? OWN_NONE : run_own(cli, line);
		if (own != OWN_NONE) {
			free(line);
			if (own == OWN_EXIT)
				break;
			continue;
		}
		if (!add_line(&text, &size, line)) {
			its_error(&cli->error, ITS_ERR_INPUT,
				  "more than the %u bytes that a block may have", SCRIPT_BYTES_MAX);
			cli_complain(&cli->error);
			err = ITS_ERR_INPUT;
			size = 0;
			continue;
		}
		if (is_unfinished(text, size))
			continue;
		err = run_text(run, text, size);
		size = 0;
		if (session_take_interrupt())
			fputc('\n', stderr);
	}
	/* The input has ended in the middle of a block. */
	if (size)
		err = run_text(run, text, size);
	free(text);
	return err;
}

static int run(struct cli *cli, int argc, char **argv)
{
	struct script_run *script;
	int err = cli_check_stdin(cli);

	(void)argc, (void)argv;
	if (err)
		return err;
	script = malloc(sizeof(*script));
	if (!script)
		return its_no_memory(&cli->error, "a shell");
	cli->in_shell = true;
	script_run_begin(script, cli);
	script->interactive = true;
	session_catch_interrupt();
	shell_input_begin(cli);
	err = read_and_run(script);
	shell_input_end();
	script_run_end(script);
	free(script);
	return err;
}

const struct cli_command cli_shell = {
	.name = "shell",
	.arguments = "",
	.summary = "the same commands, typed one after the other",
	.description =
		"Commands without its-tool in front, and the words of scripts: echo, sleep, set, repeat, include,\n"
		"mark, expect; help, help COMMAND and exit. The source is opened once. Tab completes commands,\n"
		"options, fields, registers and the DeviceIDs and EventIDs that are mapped; the history is kept in\n"
		"$XDG_STATE_HOME/its-tool/history (~/.local/state). The prompt shows what is pending, and is red\n"
		"when the ITS has stalled. Ctrl-C stops a command, Ctrl-D ends the shell.",
	.max_arguments = 0,
	.source_optional = true,
	.run = run,
};
