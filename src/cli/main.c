// SPDX-License-Identifier: GPL-2.0-or-later
/* its-tool: reads the command line and dispatches. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"

extern const struct cli_command cli_list, cli_regs, cli_dump, cli_map, cli_explain, cli_check,
	cli_watch, cli_capture, cli_inject, cli_send, cli_recover, cli_find_ring;

/* In the order of the help: first what looks, then what acts. */
const struct cli_command *const cli_commands[] = {
	&cli_list,
	&cli_regs,
	&cli_dump,
	&cli_map,
	&cli_explain,
	&cli_check,
	&cli_watch,
	&cli_capture,
	&cli_inject,
	&cli_send,
	&cli_recover,
	&cli_find_ring,
	NULL
};

const struct cli_command *cli_command_find(const char *name)
{
	size_t i;

	for (i = 0; cli_commands[i]; i++)
		if (!strcmp(cli_commands[i]->name, name))
			return cli_commands[i];
	return NULL;
}

void cli_complain(const struct its_error *error)
{
	fprintf(stderr, "its-tool: %s\n", error->message);
	if (*error->hint)
		fprintf(stderr, "its-tool: %s\n", error->hint);
}

void cli_note(const struct cli *cli, const char *format, ...)
{
	va_list arguments;

	if (cli->quiet)
		return;
	fputs("its-tool: ", stderr);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
}

static bool want_color(const struct cli *cli)
{
	const char *no_color = getenv("NO_COLOR");

	if (!strcmp(cli->color_mode, "auto"))
		return isatty(STDOUT_FILENO) && !(no_color && *no_color);
	return !strcmp(cli->color_mode, "always");
}

static int unknown_command(struct cli *cli, const char *name)
{
	const char *names[32], *close;
	size_t i;

	for (i = 0; cli_commands[i] && i < 31; i++)
		names[i] = cli_commands[i]->name;
	names[i] = NULL;
	close = cli_closest(name, names);
	its_error(&cli->error, ITS_ERR_USAGE, "unknown command '%s'", name);
	return close ? its_hint(&cli->error, "did you mean '%s'? try its-tool --help", close)
		     : its_hint(&cli->error, "try its-tool --help");
}

static int check_arguments(struct cli *cli, int count)
{
	const struct cli_command *command = cli->command;

	if (count >= command->min_arguments &&
	    (command->max_arguments < 0 || count <= command->max_arguments))
		return 0;
	its_error(&cli->error, ITS_ERR_USAGE, "'%s' takes %s; here are %d arguments", command->name,
		  *command->arguments ? command->arguments : "no arguments", count);
	return its_hint(&cli->error, "try its-tool %s --help", command->name);
}

static const char default_source[] = "devmem";

static int run(struct cli *cli, int argc, char **argv)
{
	int err;

	err = cli_options_parse(cli, &argc, &argv);
	if (err)
		return err;
	if (cli->version) {
		puts("its-tool " ITS_TOOL_VERSION);
		return 0;
	}
	if (cli->dump_cli) {
		cli_describe(stdout);
		return 0;
	}
	if (argc) {
		cli->command = cli_command_find(argv[0]);
		if (!cli->command)
			return unknown_command(cli, argv[0]);
	}
	if (cli->help) {
		cli_help(stdout, cli->command);
		return 0;
	}
	if (!argc) {
		its_error(&cli->error, ITS_ERR_USAGE, "no command");
		return its_hint(&cli->error, "try its-tool list, its-tool dump, or its-tool --help");
	}
	err = check_arguments(cli, argc - 1);
	if (err)
		return err;
	cli->source_given = cli->source != default_source || cli->dtb;
	err = cli_open(cli);
	if (err && cli->command->source_optional && !cli->source_given) {
		cli->unopened = cli->error;
		cli->error = (struct its_error){ 0 };
		err = 0;
	}
	if (!err) {
		cli->emit = emit_new(stdout, cli->json, want_color(cli));
		err = cli->command->run(cli, argc - 1, argv + 1);
		/* A script that asked for JSON gets JSON, whatever went wrong before there was an answer. */
		if (err && *cli->error.message && emit_is_json(cli->emit) && !emit_begun(cli->emit)) {
			cli_document_begin(cli);
			cli_show_error(cli);
			cli_document_end(cli);
		}
		if (!emit_free(cli->emit) && !err && !cli->reader_gone)
			err = its_error(&cli->error, ITS_ERR_FAILED, "cannot write to standard output");
	}
	cli_close(cli);
	return err;
}

int main(int argc, char **argv)
{
	struct cli cli = { .source = default_source, .color_mode = "auto", .timeout_ms = 1000 };
	int err;

	err = run(&cli, argc, argv);
	/* A negative answer of inject is no error: it has been said on stdout, and leaves no message. */
	if (err && *cli.error.message)
		cli_complain(&cli.error);
	return -err;
}
