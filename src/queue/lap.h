/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The state of one lap, between append.c (batches, plain appends) and lap.c (the protocol). */
#ifndef QUEUE_LAP_H
#define QUEUE_LAP_H

#include "its/queue.h"

struct lap {
	struct queue *queue;
	const struct queue_append_options *options;
	struct queue_append_report *report;
	const uint64_t (*payload)[ITS_COMMAND_WORDS];
	size_t n;			/* payload commands, at most slots - 1 */
	size_t first;			/* index of payload[0] in the whole batch */
	uint64_t (*copy)[ITS_COMMAND_WORDS];	/* the history, by slot; allocated and touched beforehand */
	uint64_t (*image)[ITS_COMMAND_WORDS];	/* what the lap wrote, by slot */
	unsigned W;			/* the driver's write pointer when the lap began */
	unsigned disturbed_slots;	/* from W on: written by the driver inside the first break */
	bool cut_short;			/* the lap ended behind those slots */
	unsigned keep;			/* slots before W that this lap executes again as they stand */
};

/* One lap with lap->payload. memory_prepare() has been called. */
int lap_run(struct lap *lap, struct its_error *error);

/*
 * If an earlier run was killed in the middle of its lap, moves CWRITER on to
 * where the driver believes it to be. Inside a break, with the ring idle;
 * @now is read again.
 */
struct lap_pointers;
int lap_finish_older(struct lap *lap, struct lap_pointers *now, struct its_error *error);

/* Waits inside a break until CREADR = CWRITER, the ITS stalls, or @limit_ns; true if they met. */
bool lap_settle(struct lap *lap, struct lap_pointers *now, uint64_t limit_ns);

/* Breaks, until one comes together or CLOCK_MONOTONIC passes @deadline (ns). */
int lap_pause(struct lap *lap, uint64_t deadline, struct its_error *error);

/* How long a wait inside a break may be. */
#define LAP_BREAK_LIMIT_NS 10000000

/* The filler: a SYNC with the tag of lap->W. */
void lap_filler(const struct lap *lap, uint64_t words[ITS_COMMAND_WORDS]);

/* The two pointers as they are now. Offsets become slots. */
struct lap_pointers { unsigned creadr, cwriter; bool stalled; };
int lap_read_pointers(struct queue *queue, struct lap_pointers *pointers, struct its_error *error);
int lap_write_cwriter(struct queue *queue, unsigned slot, bool retry, struct its_error *error);

#endif
