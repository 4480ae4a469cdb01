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
	unsigned keep;			/* slots before W that this lap executes again as they stand */
};

/* One lap with lap->payload. memory_prepare() has been called. */
int lap_run(struct lap *lap, struct its_error *error);

/* The two pointers as they are now. Offsets become slots. */
struct lap_pointers { unsigned creadr, cwriter; bool stalled; };
int lap_read_pointers(struct queue *queue, struct lap_pointers *pointers, struct its_error *error);
int lap_write_cwriter(struct queue *queue, unsigned slot, bool retry, struct its_error *error);

#endif
