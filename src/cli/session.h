/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Many commands in one process, over one opened source and one board: what
 * `run` and `shell` have in common. The options of a line hold for that line
 * only, on top of those of its-tool's own command line; the source and the
 * description of the board are the session's.
 */
#ifndef CLI_SESSION_H
#define CLI_SESSION_H

#include <signal.h>

#include "cli.h"

struct session {
	struct cli *cli;
	struct cli given;		/* the options of its-tool's own command line: nothing else is filled */
	const struct cli_command *command;	/* `run` or `shell` itself */
	struct emitter *emit;		/* its output */
	/* Called before a command that may change the hardware; may be NULL. */
	void (*before_write)(void *context);
	void *context;
};

/* @cli is open, or cli->unopened says why not. */
void session_begin(struct session *session, struct cli *cli);

/*
 * Reads the options of a line over the session's; what is left are the words
 * that are none. argv[0] is skipped. They hold until session_restore().
 */
int session_options(struct session *session, int *argc, char ***argv);
void session_restore(struct session *session);
/* ITS_ERR_USAGE with what may have been meant: a command, in a session also a word of scripts. */
int session_unknown_command(struct cli *cli, const char *name);

/*
 * Runs the command argv[0], whose options have been read; its output goes to
 * @out. Returns as the command does, with cli->error set. @document: where JSON
 * was asked for, an error is a document, too.
 */
int session_command(struct session *session, FILE *out, bool document, int argc, char **argv);

/*
 * Set by Ctrl-C while session_catch_interrupt() is in force, to the signal's number, or by a command that
 * was ended by a signal. What reads or prints ends there (emit_dropped); a command that writes goes on, for
 * a lap is never cut off.
 */
extern volatile sig_atomic_t session_interrupted;
void session_catch_interrupt(void);
/* The signal since it was asked last, which has then been heeded; 0: none. */
int session_take_interrupt(void);
/* Ends the tool as the signal would have, so that whoever waits for it is told. */
void session_end(int number);

/* Colours on @out: as --color says; by itself on a terminal only, and not against NO_COLOR. */
bool session_wants_color(const struct cli *cli, FILE *out);

/* Sleeps for @ms; false if Ctrl-C ended it. */
bool session_sleep(unsigned ms);

#endif
