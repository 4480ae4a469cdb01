// SPDX-License-Identifier: GPL-2.0-or-later
/* its-tool: reads the command line and dispatches. */
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands.h"
#include "emit_out.h"

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
	&cli_run,
	&cli_shell,
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

/* "lab.its:12: " while that line of a script runs. */
static char where[300];

void cli_set_where(const char *file, unsigned line)
{
	if (file)
		snprintf(where, sizeof(where), "%s:%u: ", file, line);
	else
		where[0] = '\0';
}

/* One line on stderr, on a terminal broken where it ends, whatever a stranger's capture has put into @text. */
static void say(const char *place, const char *text)
{
	static const char name[] = "its-tool: ";
	/* Not malloc'd: no memory may be what there is to say. */
	static struct emit_out out = { .message = true };
	size_t control;

	emit_out_init(&out, stderr, true);
	emit_out_wrap(&out, out.terminal, sizeof(name) - 1);
	emit_out_put(&out, name, sizeof(name) - 1);
	emit_out_put(&out, place, strlen(place));
	for (; *text; text += control ? control : 1) {
		control = emit_control(text);
		emit_out_put(&out, control ? "?" : text, 1);
	}
	emit_out_put(&out, "\n", 1);
	emit_out_flush(&out);
}

void cli_complain(const struct its_error *error)
{
	say(where, error->message);
	if (*error->hint)
		say("", error->hint);
}

void cli_note(const struct cli *cli, const char *format, ...)
{
	char text[sizeof(((struct its_error *)0)->message)];
	va_list arguments;

	if (cli->quiet)
		return;
	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	say(where, text);
}

int cli_cannot_write(struct cli *cli)
{
	return its_error(&cli->error, ITS_ERR_FAILED, "cannot write to standard output");
}

/* What was printed without a command has reached its file. */
static int check_printed(struct cli *cli)
{
	return fflush(stdout) || ferror(stdout) ? cli_cannot_write(cli) : 0;
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
		return check_printed(cli);
	}
	if (cli->dump_cli) {
		cli_describe(stdout);
		return check_printed(cli);
	}
	/* "its-tool help dump" is what other tools take. */
	for (; argc && !strcmp(argv[0], "help"); argc--, argv++)
		cli->help = true;
	if (argc) {
		err = cli_command_choose(cli, argc, argv);
		if (err)
			return err;
	}
	if (cli->help) {
		cli_help(stdout, cli->command);
		return check_printed(cli);
	}
	if (!argc)
		cli->command = &cli_overview;
	cli->source_named = cli->source != default_source;
	cli->source_given = cli->source_named || cli->dtb;
	err = cli_open(cli);
	if (cli->command == &cli_overview && (err == ITS_ERR_NO_ITS || err == ITS_ERR_ACCESS)) {
		cli->unopened = cli->error;
		err = 0;
	}
	if (err && cli->command->source_optional && !cli->source_given) {
		cli->unopened = cli->error;
		cli->error = (struct its_error){ 0 };
		err = 0;
	}
	if (!err)
		err = cli_command_run(cli, stdout, true, argc, argv);
	cli_close(cli);
	return err;
}

/*
 * Where the caller has closed stdin, stdout or stderr, the next file that is
 * opened would take its number, and the report would go into /dev/mem. What
 * stands there now refuses to be read or written, as a closed one does.
 */
static int fill_standard_streams(struct its_error *error)
{
	int fd;

	for (fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) != fd)
			return its_error(error, ITS_ERR_FAILED, "file descriptor %d is closed, and /dev/null cannot take its place: %m",
					 fd);
	return 0;
}

int main(int argc, char **argv)
{
	struct cli cli = { .source = default_source, .color_mode = "auto", .timeout_ms = 1000 };
	int err;

	/* With it getopt_long() takes no option behind the command. */
	unsetenv("POSIXLY_CORRECT");
	err = fill_standard_streams(&cli.error);
	if (!err)
		err = run(&cli, argc, argv);
	/* A negative answer of inject is no error: it has been said on stdout, and leaves no message. */
	if (err && *cli.error.message)
		cli_complain(&cli.error);
	return -err;
}
