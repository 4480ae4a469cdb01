// SPDX-License-Identifier: GPL-2.0-or-later
/* run: the commands of a script, in one process. */
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "script_run.h"

/* NAME=VALUE behind the file. */
static int set_variables(struct script_run *run, int argc, char **argv)
{
	int i, err = 0;

	for (i = 0; i < argc && !err; i++) {
		char *equals = strchr(argv[i], '=');

		if (!equals) {
			its_error(&run->cli->error, ITS_ERR_USAGE, "'%.80s' is not NAME=VALUE", argv[i]);
			return its_hint(&run->cli->error, "its-tool run FILE DEVICE=1 EVENT=0 gives $DEVICE and $EVENT their values");
		}
		*equals = '\0';
		err = script_run_set(run, argv[i], equals + 1);
		*equals = '=';
	}
	return err;
}

static int run(struct cli *cli, int argc, char **argv)
{
	struct script_run *script;
	int err;

	if (cli->json && cli->tap)
		return its_error(&cli->error, ITS_ERR_USAGE,
				 "--json and --tap are two formats: choose one");
	script = malloc(sizeof(*script));
	if (!script)
		return its_no_memory(&cli->error, "the script");
	script_run_begin(script, cli);
	script->format = cli->json ? SCRIPT_JSON : cli->tap ? SCRIPT_TAP : SCRIPT_TEXT;
	script->keep_going = cli->keep_going;
	err = set_variables(script, argc - 1, argv + 1);
	if (!err) {
		script_report_begin(script);
		err = script_run_file(script, argv[0]);
		if (err && script->format == SCRIPT_TAP)
			printf("Bail out! %s\n", cli->error.message);
	}
	if (!err) {
		script_report_end(script, script_file_name(argv[0]));
		/* Every step has been reported: there is nothing left to say. */
		cli->error.message[0] = '\0';
		err = script->status;
	}
	script_run_end(script);
	free(script);
	/* A watch that a signal ended ends the script. */
	if (session_interrupted && !cli->in_shell) {
		emit_push(cli->emit);
		session_end(session_interrupted);
	}
	return err;
}

const struct cli_command cli_run = {
	.name = "run",
	.arguments = "FILE [NAME=VALUE...]",
	.summary = "run the commands of a script; - is standard input",
	.description =
		"One command a line, as behind its-tool, with options of its own; # begins a comment. Beside the\n"
		"commands: echo, sleep MS, set NAME VALUE ($NAME), repeat N { ... }, include FILE, mark, and expect:\n\n"
		"  expect CREADR.Stalled == 0\n"
		"  expect pending == 0 within 100\n"
		"  expect map 1:0 pintid == 8192\n"
		"  inject 1 0\n"
		"  expect irq 1:0 +1 within 100\n"
		"  expect exit 7: inject 99 0\n\n"
		"The source is opened once. Stops at the first line that fails, with that command's exit status,\n"
		"or 1 for an expectation. See its-tool-script(5).",
	.min_arguments = 1,
	.max_arguments = -1,
	.source_optional = true,
	.run = run,
};
