/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the kernel's log says about the ITS and the GIC: the messages that are
 * known, the numbers in them, and the arithmetic of "ITS queue timeout". Pure:
 * text in, facts out. The text may be anything.
 */
#ifndef ITS_DMESG_H
#define ITS_DMESG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "its/severity.h"

/* One message that the kernel's drivers print. */
struct dmesg_known {
	const char *name;		/* stable identifier: "queue-timeout" */
	enum its_severity severity;	/* ITS_NOTE: normal set-up */
	/*
	 * The message without prefixes; literals in any case. <d KEY> is a decimal
	 * number, <x KEY> a hexadecimal one with or without 0x, <w KEY> a word,
	 * <t KEY> any text up to what follows.
	 */
	const char *pattern;
	const char *meaning;
	const char *action;		/* what to do; NULL: nothing */
};

/* The messages known, by index; NULL behind the last. */
const struct dmesg_known *dmesg_known_at(size_t index);

enum dmesg_kind { DMESG_DECIMAL, DMESG_HEX, DMESG_TEXT };

/* What stood for a <...> of the pattern. */
struct dmesg_value {
	char key[16];
	enum dmesg_kind kind;
	uint64_t number;		/* DMESG_DECIMAL, DMESG_HEX */
	const char *text;		/* DMESG_TEXT: in the line; not terminated */
	size_t length;
};

#define DMESG_VALUES 8

struct dmesg_message {
	const struct dmesg_known *known;
	const char *text;		/* in the line, behind time stamp and prefixes; not terminated */
	size_t length;
	struct dmesg_value values[DMESG_VALUES];
	unsigned n_values;
};

/*
 * Looks for a known message in one line of @length bytes, behind whatever
 * prefixes dmesg, syslog or the journal have put before it. False if there is
 * none. @message points into @line.
 */
bool dmesg_parse(const char *line, size_t length, struct dmesg_message *message);

/* The number of that key; false if the message has none. */
bool dmesg_number(const struct dmesg_message *message, const char *key, uint64_t *number);

/* True if @message is the known one of that name. */
bool dmesg_is(const struct dmesg_message *message, const char *name);

/* What "ITS cmd its_build_mapti_cmd failed" names. */
struct dmesg_post {
	char command[12];		/* mnemonic in the ring: "MAPTI"; empty: not named */
	unsigned slots;			/* that Linux posts: 1, or 2 with the SYNC or VSYNC; 0: not known */
};
bool dmesg_post(const struct dmesg_message *message, struct dmesg_post *post);

/* Linux's ring: 64 KiB for every ITS (ITS_CMD_QUEUE_SZ). */
#define DMESG_RING_BYTES 65536

enum dmesg_state {
	DMESG_UNTOLD,			/* the line has no numbers: kernels from before late 2017 */
	DMESG_STALLED,			/* CREADR.Stalled was set */
	DMESG_SLOW,			/* not stalled, and yet not there after a second */
	DMESG_WRAP_RACE,		/* it was there: kernels before 5.3 misjudge a wrap */
	DMESG_NONSENSE,			/* the numbers are not those of such a ring */
};
const char *dmesg_state_name(enum dmesg_state state);

/* "ITS queue timeout", in its three historical forms, as slots. */
struct dmesg_timeout {
	enum dmesg_state state;
	unsigned numbers;		/* in the line: 0, 2 (end creadr) or 3 (from to creadr) */
	unsigned ring_slots;
	uint64_t creadr;		/* as printed: offset, Stalled in bit 0, counted on over wraps */
	uint64_t end;			/* as printed: offset behind the post that was waited for */
	unsigned slot;			/* the ITS stood there */
	unsigned end_slot;		/* first slot behind the post */
	unsigned left;			/* slots from the one to the other: not executed */
	unsigned first_slot;		/* of the post; only with 3 numbers */
};

/* False if @message is no queue timeout. @ring_bytes: DMESG_RING_BYTES, or what is known to be true. */
bool dmesg_timeout(const struct dmesg_message *message, uint64_t ring_bytes,
		   struct dmesg_timeout *timeout);

/* Whose command is in the slot that the ITS stopped at. */
enum dmesg_culprit {
	DMESG_ANOTHER,			/* posted earlier, not by the one that waited */
	DMESG_OWN_COMMAND,		/* the waiter's command: here the kernel names the culprit */
	DMESG_OWN_SYNC,			/* the SYNC or VSYNC behind it */
	DMESG_OWN_PERHAPS,		/* one of these, depending on what was posted */
};
/* @slots: of the waiter's post, 0 if not known. */
enum dmesg_culprit dmesg_culprit(const struct dmesg_timeout *timeout, unsigned slots);

#endif
