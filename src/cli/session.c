// SPDX-License-Identifier: GPL-2.0-or-later
/* From the words of a line to a command that runs: once for its-tool's own line, many times in a session. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "its/closest.h"
#include "script.h"
#include "session.h"

#define OPTION_BYTES offsetof(struct cli, command)	/* what a line's options may change */

volatile sig_atomic_t session_interrupted;

bool session_wants_color(const struct cli *cli, FILE *out)
{
	const char *no_color = getenv("NO_COLOR");

	if (!strcmp(cli->color_mode, "auto"))
		return (out == stdout || out == stderr) && isatty(fileno(out)) && !(no_color && *no_color);
	return !strcmp(cli->color_mode, "always");
}

int session_unknown_command(struct cli *cli, const char *name)
{
	struct its_closest close = ITS_CLOSEST(name, strlen(name));
	size_t i;

	for (i = 0; cli_commands[i]; i++)
		its_closest_try(&close, cli_commands[i]->name);
	for (i = 0; cli->in_session && script_keywords[i].name; i++)
		its_closest_try(&close, script_keywords[i].name);
	its_error(&cli->error, ITS_ERR_USAGE, "unknown command '%.80s'", name);
	if (close.word)
		return its_hint(&cli->error, "did you mean '%s'?%s", close.word,
				cli->in_session ? "" : " try its-tool --help");
	return its_hint(&cli->error, cli->in_shell ? "help lists the commands and the words of scripts" :
			cli->in_session ? "its-tool --help lists the commands, its-tool-script(5) the words of scripts" :
			"try its-tool --help");
}

static int check_arguments(struct cli *cli, int count)
{
	const struct cli_command *command = cli->command;

	if (count >= command->min_arguments &&
	    (command->max_arguments < 0 || count <= command->max_arguments))
		return 0;
	its_error(&cli->error, ITS_ERR_USAGE, "'%s' takes %s; %d %s given", command->name,
		  *command->arguments ? command->arguments : "no arguments", count,
		  count == 1 ? "argument was" : "arguments were");
	return its_hint(&cli->error, "try its-tool %s --help", command->name);
}

int cli_command_choose(struct cli *cli, int argc, char **argv)
{
	cli->command = cli_command_find(argv[0]);
	if (!cli->command)
		return session_unknown_command(cli, argv[0]);
	return cli->help ? 0 : check_arguments(cli, argc - 1);
}

int cli_command_run(struct cli *cli, FILE *out, bool document, int argc, char **argv)
{
	int err;

	cli->emit = emit_new(out, cli->json, session_wants_color(cli, out));
	err = cli->command->run(cli, argc - 1, argv + 1);
	/* A script that asked for JSON gets JSON, whatever went wrong before there was an answer. */
	if (document && err && *cli->error.message && emit_is_json(cli->emit) && !emit_begun(cli->emit)) {
		cli_document_begin(cli);
		cli_show_error(cli);
		cli_document_end(cli);
	}
	if (!emit_free(cli->emit) && !err && !cli->reader_gone)
		err = cli_cannot_write(cli);
	return err;
}

void session_begin(struct session *session, struct cli *cli)
{
	memset(session, 0, sizeof(*session));
	session->cli = cli;
	session->command = cli->command;
	session->emit = cli->emit;
	cli->in_session = true;
	memcpy(&session->given, cli, OPTION_BYTES);
}

void session_restore(struct session *session)
{
	bool gone = session->cli->reader_gone;

	memcpy(session->cli, &session->given, OPTION_BYTES);
	session->cli->reader_gone = gone;
	session->cli->command = session->command;
	session->cli->emit = session->emit;
}

int session_options(struct session *session, int *argc, char ***argv)
{
	struct cli *cli = session->cli;
	int err;

	session_restore(session);
	cli->error = (struct its_error){ 0 };
	err = cli_options_parse(cli, argc, argv);
	memory_set_timeout(cli->timeout_ms);
	return err;
}

/* A command may catch signals for itself; the session goes on with those it had. SIGALRM is the last to go back. */
static const int numbers[] = { SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGALRM };
#define SIGNALS (sizeof(numbers) / sizeof(numbers[0]))
struct signals {
	struct sigaction actions[SIGNALS];
	sigset_t mask;
};

static void keep_signals(struct signals *signals)
{
	size_t i;

	for (i = 0; i < SIGNALS; i++)
		sigaction(numbers[i], NULL, &signals->actions[i]);
	sigprocmask(SIG_SETMASK, NULL, &signals->mask);
}

static void restore_signals(const struct signals *signals)
{
	static const struct itimerval none;
	size_t i;

	for (i = 0; i < SIGNALS; i++) {
		/* A timer of the command, or of its handlers, would cut the session's writes short, or end it. */
		if (numbers[i] == SIGALRM)
			setitimer(ITIMER_REAL, &none, NULL);
		sigaction(numbers[i], &signals->actions[i], NULL);
	}
	sigprocmask(SIG_SETMASK, &signals->mask, NULL);
}

static void interrupt_reader(int number)
{
	emit_dropped = 1;
	session_interrupted = number;
}

static void interrupt_writer(int number)
{
	session_interrupted = number;
}

/* What waits for hardware goes on to its time limit, and then says what it did. */
static void spare_writes(void)
{
	struct sigaction action = { .sa_handler = interrupt_writer, .sa_flags = SA_RESTART };

	sigemptyset(&action.sa_mask);
	sigaction(SIGINT, &action, NULL);
}

static int ready(struct session *session, int argc, char **argv)
{
	struct cli *cli = session->cli;
	int err;

	err = cli_command_choose(cli, argc, argv);
	if (err)
		return err;
	if (cli->unopened.code && !cli->command->source_optional) {
		cli->error = cli->unopened;
		return cli->error.code;
	}
	err = cli->command->needs_its ? cli_require_its(cli) : 0;
	return err ? err : cli_refuse_given(cli);
}

int session_command(struct session *session, FILE *out, bool document, int argc, char **argv)
{
	struct cli *cli = session->cli;
	struct signals signals;
	int err;

	err = ready(session, argc, argv);
	if (err)
		return err;
	if (cli->help) {
		cli_help(out, cli->command);
		fflush(out);
		return 0;
	}
	if (cli->command->writes && !cli->dry_run && session->before_write)
		session->before_write(session->context);
	keep_signals(&signals);
	if (cli->in_shell && cli->command->writes && !cli->dry_run)
		spare_writes();
	err = cli_command_run(cli, out, document, argc, argv);
	restore_signals(&signals);
	cli->emit = session->emit;
	return err;
}

void session_catch_interrupt(void)
{
	/* Without SA_RESTART: a read or a write that waits ends. */
	struct sigaction action = { .sa_handler = interrupt_reader };

	sigemptyset(&action.sa_mask);
	sigaction(SIGINT, &action, NULL);
}

int session_take_interrupt(void)
{
	int was = session_interrupted;

	session_interrupted = emit_dropped = 0;
	return was;
}

void session_end(int number)
{
	struct sigaction action;

	/* A source may have a handler, which lets its target go. */
	if (!sigaction(number, NULL, &action) && action.sa_handler == SIG_IGN)
		signal(number, SIG_DFL);
	raise(number);
}

bool session_sleep(unsigned ms)
{
	uint64_t end = memory_now_ns() + (uint64_t)ms * 1000000, now;

	/* ppoll() is not restarted, and a signal between the look at the flag and the sleep must end it, too. */
	while (!session_interrupted && (now = memory_now_ns()) < end) {
		struct timespec time = { .tv_sec = (time_t)((end - now) / 1000000000),
					 .tv_nsec = (long)((end - now) % 1000000000) };
		sigset_t block, mask;
		int woken;

		sigemptyset(&block);
		sigaddset(&block, SIGINT);
		sigprocmask(SIG_BLOCK, &block, &mask);
		woken = session_interrupted ? -1 : ppoll(NULL, 0, &time, &mask);
		sigprocmask(SIG_SETMASK, &mask, NULL);
		if (woken < 0 && errno != EINTR)
			break;
	}
	return !session_interrupted;
}
