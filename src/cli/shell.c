// SPDX-License-Identifier: GPL-2.0-or-later
/* shell: the commands of its-tool, and the words of scripts, typed one after the other. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands.h"
#include "script_run.h"
#include "shell.h"

static int run_text(struct script_run *run, const char *text, size_t size)
{
	struct cli *cli = run->cli;
	int err;

	run->failed = run->status = 0;
	/* Each line finds out for itself: one that is not run must not pass for done. */
	cli->reader_gone = false;
	cli->error = (struct its_error){ 0 };
	err = script_run_text(run, NULL, text, size);
	if (err)
		cli_complain(&cli->error);
	else
		err = run->status;
	cli->error.message[0] = '\0';
	return err;
}

/* Lines that belong together: a block, or a line that goes on. */
struct lines {
	char *text;
	size_t size;
	size_t seen;			/* so far each line is whole, and `depth` blocks are open */
	int depth;
};

/* Adds @line, which it frees. */
static int add_line(struct lines *lines, char *line, struct its_error *error)
{
	size_t length = strlen(line);
	char *grown = NULL;
	int err = 0;

	if (lines->size + length + 2 > SCRIPT_BYTES_MAX)
		err = its_error(error, ITS_ERR_INPUT, "more than the %u bytes that a line or a block may have",
				SCRIPT_BYTES_MAX);
	else if (!(grown = realloc(lines->text, lines->size + length + 2)))
		err = its_no_memory(error, "the line");
	if (grown) {
		memcpy(grown + lines->size, line, length);
		memcpy(grown + lines->size + length, "\n", 2);
		lines->text = grown;
		lines->size += length + 1;
	}
	free(line);
	return err;
}

/* True if more lines belong to it. What was seen is not read again: a long block would take for ever. */
static bool is_unfinished(struct lines *lines)
{
	int depth = script_depth(lines->depth, lines->text + lines->seen, lines->size - lines->seen);

	if (depth == SCRIPT_GOES_ON)
		return true;
	lines->depth = depth;
	lines->seen = lines->size;
	return depth;
}

static void drop_lines(struct lines *lines)
{
	free(lines->text);
	*lines = (struct lines){ 0 };
}

/* *by: the signal that ends the shell, and not just the command that caught it; 0: none. */
static int read_and_run(struct script_run *run, int *by)
{
	/* A prompt that nobody sees need not be asked of the hardware. */
	bool asks = isatty(STDIN_FILENO), leave = false;
	struct lines lines = { 0 };
	struct cli *cli = run->cli;
	int err = 0;

	while (!leave) {
		char prompt[200] = "> ", *line;
		bool alarm = asks && !lines.size && shell_prompt(cli, prompt, sizeof(prompt));
		int refused;

		line = shell_read(cli, prompt, alarm);
		if (!line)
			break;
		if (session_take_interrupt()) {
			free(line);
			drop_lines(&lines);
			continue;
		}
		refused = add_line(&lines, line, &cli->error);
		if (!refused && is_unfinished(&lines))
			continue;
		if (refused) {
			cli_complain(&cli->error);
			err = refused;
		} else if (!shell_own(cli, lines.text, lines.size, &leave, &err)) {
			err = run_text(run, lines.text, lines.size);
		}
		drop_lines(&lines);
		*by = session_take_interrupt();
		if (*by == SIGINT) {
			fputc('\n', stderr);
			*by = 0;
		}
		leave |= *by != 0;
	}
	/* The input has ended in the middle of a block. */
	if (lines.size)
		err = run_text(run, lines.text, lines.size);
	drop_lines(&lines);
	return err;
}

static int run(struct cli *cli, int argc, char **argv)
{
	struct script_run *script;
	int err = cli_check_stdin(cli), by = 0;

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
	err = read_and_run(script, &by);
	shell_input_end();
	script_run_end(script);
	free(script);
	if (by) {
		emit_push(cli->emit);
		session_end(by);
	}
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
