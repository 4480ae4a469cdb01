/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How runs of slots are judged: shared by shape.c and find_ring.c, which judges memory page by page. */
#ifndef QUEUE_SHAPE_H
#define QUEUE_SHAPE_H

#include "its/queue.h"

/* What the table of commands says, at hand for millions of slots; by opcode. */
struct shape_grammar {
	uint64_t clear[256];		/* bits of DW0 that must be clear in every layout; all for an unknown opcode */
	struct shape_rule {
		bool known, synced, has_pintid;
		uint64_t reserved[2][ITS_COMMAND_WORDS];	/* by layout */
	} rules[256];
};
void shape_grammar_fill(struct shape_grammar *grammar);

/* What a run of slots adds up to. Runs that follow each other can be added. */
struct shape_tally {
	unsigned slots, end;		/* end: behind the last that is used */
	unsigned used, unknown, odd, ordered, disordered;	/* as in struct queue_shape */
	unsigned repeated;		/* the same as the slot before them */
	bool tagged;			/* by its-tool, the last with this write pointer of the driver's */
	unsigned driver;
};

/* Counts @words, which stands behind @before, or at the run's beginning if that is NULL. */
void shape_count(const struct shape_grammar *grammar, struct shape_tally *tally, const uint64_t *before,
		 const uint64_t *words);

/* Adds a run whose first slot is @first to that whose last is @last. */
void shape_add(const struct shape_grammar *grammar, struct shape_tally *tally, const uint64_t *last,
	       const struct shape_tally *more, const uint64_t *first);

/* MAPC, SYNC, INVALL: at least three slots. */
bool shape_boots(const uint64_t (*words)[ITS_COMMAND_WORDS]);

/* The shape of a run, but for the write pointer. */
void shape_judge(const struct shape_tally *tally, bool boot, struct queue_shape *shape);

#endif
