/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The connection to a gdb stub: one question, one answer, never longer than
 * the time limit. A connection that fails once stays failed: what is on its
 * way then belongs to no question any more.
 */
#ifndef MEMORY_GDB_LINK_H
#define MEMORY_GDB_LINK_H

#include <signal.h>

#include "gdb_packet.h"
#include "its/error.h"

#define GDB_REQUEST_MAX 16384u	/* bytes of a question, unescaped */

struct gdb_link {
	int fd;				/* -1: closed */
	char name[160];			/* "localhost:1234", for messages */
	unsigned timeout_ms;
	bool no_ack;
	struct its_error broken;	/* code 0: the connection works */
	char doing[120];		/* what the question is for, for messages */
	const char *state;		/* what a lost connection leaves behind: the hint */

	/* Frames that set the target going, sent as they are when the link closes; NULL: none. */
	const char *release;
	unsigned release_answers;	/* packets that come back for them */

	bool catching;			/* of signals */
	unsigned blocked;		/* depth of gdb_link_block() */
	sigset_t unblocked;		/* the mask to go back to */

	char *console;			/* where O packets go, or NULL */
	size_t console_used, console_size;
	size_t at, have;		/* in input[] */
	uint8_t input[4096];
	char frame[2 * GDB_REQUEST_MAX + 8];
	struct gdb_reader reader;	/* the last answer */
};

/* Where a stub listens. */
struct gdb_address {
	char host[108];			/* or the path of a socket: sun_path's size */
	char port[8];			/* "" for a path */
};

/* "1234", "HOST:1234", "[::1]:1234" or "/path", in the first @length bytes of @text. */
bool gdb_address_parse(const char *text, size_t length, struct gdb_address *address);

int gdb_link_open(struct gdb_link *link, const struct gdb_address *address, unsigned timeout_ms,
		  struct its_error *error);
/* Lets the target go on and hangs up. Safe on a closed link. */
void gdb_link_close(struct gdb_link *link);

/* What the next questions are for: "reading 8 bytes at 0x8080080". */
void gdb_link_doing(struct gdb_link *link, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Asks; the answer is link->reader. ITS_ERR_FAILED, or ITS_ERR_TIMEOUT, once the connection is lost. */
int gdb_link_ask(struct gdb_link *link, const void *data, size_t length, struct its_error *error);
int gdb_link_ask_text(struct gdb_link *link, const char *text, struct its_error *error);
/* The same, and the answer must be "OK". */
int gdb_link_command(struct gdb_link *link, const char *text, struct its_error *error);
bool gdb_link_answered(const struct gdb_link *link, const char *text);

/*
 * A command of the stub's own monitor (qRcmd). Its output goes to @text, cut
 * off at @size. ITS_ERR_INPUT if the stub has none, or says that it failed.
 */
int gdb_link_monitor(struct gdb_link *link, const char *command, char *text, size_t size,
		     struct its_error *error);

/* Sends Ctrl-C and waits until the target has halted. */
int gdb_link_halt(struct gdb_link *link, struct its_error *error);
/* Sends @text, to which only a halt is an answer. */
int gdb_link_continue(struct gdb_link *link, const char *text, struct its_error *error);

/*
 * A signal that ends the process ends the connection first, and so lets the
 * target go on. Not while it is blocked: in the middle of a question, which
 * blocks by itself, and in the middle of a lap. Calls nest.
 */
void gdb_link_catch(struct gdb_link *link);
void gdb_link_block(struct gdb_link *link);
void gdb_link_unblock(struct gdb_link *link);

#endif
