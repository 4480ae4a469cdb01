/* SPDX-License-Identifier: GPL-2.0-or-later */
/* expect: is a register, the queue, a mapping or an interrupt as the script's author says? */
#ifndef CLI_EXPECT_H
#define CLI_EXPECT_H

#include "cli.h"

enum expect_about { EXPECT_REGISTER, EXPECT_QUEUE, EXPECT_MAP, EXPECT_IRQ };
enum expect_operator { EXPECT_EQ, EXPECT_NE, EXPECT_LT, EXPECT_LE, EXPECT_GT, EXPECT_GE };

/* Facts of the queue and of a mapping, by their names in expect_queue_keys[] and expect_map_keys[]. */
enum expect_queue_key { EXPECT_PENDING, EXPECT_STALLED, EXPECT_SLOTS, EXPECT_CREADR, EXPECT_CWRITER, EXPECT_MOVED };
enum expect_map_key {
	EXPECT_STATE, EXPECT_PINTID, EXPECT_ICID, EXPECT_CPU, EXPECT_RDBASE, EXPECT_ENABLED, EXPECT_PRIORITY,
	EXPECT_LPI_PENDING, EXPECT_LINUX_IRQ
};
/* NULL-terminated, as are the words for a mapping's state and the operators. */
extern const char *const expect_queue_keys[], *const expect_map_keys[], *const expect_states[], *const expect_operators[];

struct expect {
	enum expect_about about;
	const struct its_register *row;	/* EXPECT_REGISTER */
	char field[32];			/* of it; empty: the whole register */
	bool has_index;			/* GICR_...@index: that redistributor, else each of them */
	uint64_t index;
	int key;			/* EXPECT_QUEUE, EXPECT_MAP: one of the enums above */
	char device[200], event[24];	/* EXPECT_MAP, EXPECT_IRQ */
	enum expect_operator op;
	char wanted[80];		/* the value as it is written */
	bool is_number;
	uint64_t number;
	unsigned within_ms;		/* 0: now */
	bool since_mark;		/* EXPECT_IRQ */
};

/* A fact as it was found. */
struct expect_fact {
	bool known, is_number;
	uint64_t number;
	bool in_hex;			/* for people */
	char name[64];			/* "mapped"; or of a number that has a name */
	char where[80];			/* "redistributor 1"; may be empty */
};

/*
 * The words behind "expect". Pure. ITS_ERR_USAGE for what is no expectation; a
 * field that its register does not have in any layout is one of these.
 */
int expect_parse(struct expect *expect, int argc, char **argv, struct its_error *error);
/* Does @fact stand up to it? */
bool expect_holds(const struct expect *expect, const struct expect_fact *fact);
/* "0x5", "mapped", "unknown (redistributor 1)". Returns @buffer. */
const char *expect_fact_text(const struct expect_fact *fact, char *buffer, size_t size);
/* "== 8192 within 100 ms" */
const char *expect_wanted_text(const struct expect *expect, char *buffer, size_t size);

/* Texts of /proc/interrupts from before: NULL where there was none. */
struct expect_counts { const char *written, *marked; };

/*
 * Looks, again and again for expect->within_ms. 0 if it holds; ITS_ERR_FAILED
 * without a message if it does not; else what kept it from being looked at. *found
 * is the fact that decided, as far as one was found.
 */
int expect_run(struct cli *cli, const struct expect *expect, const struct expect_counts *counts,
	       struct expect_fact *found);

/* The facts, in expect_facts.c: the first that does not stand up to @expect, or the last. */
int expect_look(struct cli *cli, const struct expect *expect, const struct expect_counts *counts,
		struct expect_fact *fact);

#endif
