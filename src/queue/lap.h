/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The state of one lap, shared by append.c (batches, plain appends), lap.c
 * and lap_begin.c (the protocol), lap_ring.c (its hands on the ring) and recover.c.
 */
#ifndef QUEUE_LAP_H
#define QUEUE_LAP_H

#include "its/queue.h"

/* More than a handler and a CPU that comes online post: MAPC, SYNC, INVALL, SYNC. */
#define LAP_REPLAY_MAX 4
/* How long a wait inside a break may be. */
#define LAP_BREAK_LIMIT_NS 10000000
/* Pointers that stand still for this long: nothing fetched is still on its way, and a dead ITS is dead. */
#define LAP_DEAD_NS 2000000

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
	unsigned mine;			/* the slot that the lap wrote to CWRITER last */
	bool began;			/* CWRITER was written, and finish() is due */
	size_t uncertain, refused;	/* payload commands of this lap */
	/* What a handler posted into a lap that it cut short, to be executed once more. */
	uint64_t replay[LAP_REPLAY_MAX][ITS_COMMAND_WORDS];
	unsigned n_replay;
	bool replaying;			/* this lap's payload is that */
	bool lost;			/* a command of the driver may not have been executed */
};

/* One lap with lap->payload. memory_prepare() has been called. */
int lap_run(struct lap *lap, struct its_error *error);

/* The two pointers, in slots, as they were at one instant. */
struct lap_pointers { unsigned creadr, cwriter; bool stalled; };
int lap_read_pointers(struct queue *queue, struct lap_pointers *pointers, struct its_error *error);
int lap_write_cwriter(struct queue *queue, unsigned slot, bool retry, struct its_error *error);

/* Slots from @from on to @to. */
static inline unsigned lap_distance(const struct lap *lap, unsigned from, unsigned to)
{
	return (to + lap->queue->slots - from) % lap->queue->slots;
}

/* The filler: a SYNC with the tag of lap->W. */
void lap_filler(const struct lap *lap, uint64_t words[ITS_COMMAND_WORDS]);
int lap_read_slot(struct lap *lap, unsigned slot, uint64_t words[ITS_COMMAND_WORDS], struct its_error *error);
int lap_write_slot(struct lap *lap, unsigned slot, const uint64_t words[ITS_COMMAND_WORDS],
		   struct its_error *error);
/* Makes one slot, or the whole ring, visible to the ITS. */
void lap_publish_slot(struct lap *lap, unsigned slot);
void lap_publish_ring(struct lap *lap);
/* True if @slot still holds what the lap wrote; a slot that cannot be read is not ours. */
bool lap_slot_is_ours(struct lap *lap, unsigned slot);
int lap_copy_ring(struct lap *lap, struct its_error *error);
/* What the whole ring is to hold, into lap->image; then into the ring, from W on. */
void lap_build_image(struct lap *lap);
int lap_fill(struct lap *lap, struct its_error *error);
/* Consecutive slots from W on that somebody else has written since. */
unsigned lap_count_posted(struct lap *lap);
/* Turns the first @gone payload commands, which have been executed, into filler. */
void lap_blank_payload(struct lap *lap, size_t gone);
/* Puts the history back wherever the lap's own words still stand and the ITS will not read them. */
int lap_restore(struct lap *lap, const struct lap_pointers *now, struct its_error *error);

/* queue_lap_is_unfinished(), of the ring as it is now. */
bool lap_is_unfinished(struct lap *lap, const struct lap_pointers *now);

/*
 * If an earlier run was killed in the middle of its lap, moves CWRITER on to
 * where the driver believes it to be. Inside a break, with the ring idle;
 * @now is read again.
 */
int lap_finish_older(struct lap *lap, struct lap_pointers *now, struct its_error *error);

/* Waits inside a break until CREADR = CWRITER, the ITS stalls, or @limit_ns; true if they met. */
bool lap_settle(struct lap *lap, struct lap_pointers *now, uint64_t limit_ns);

/* Writes Retry and waits, inside a break, until the ITS takes note; false if it does not. */
bool lap_retry(struct lap *lap, struct lap_pointers *now);

/* Breaks, until one comes together or CLOCK_MONOTONIC passes @deadline (ns). @error is not NULL. */
int lap_pause(struct lap *lap, uint64_t deadline, struct its_error *error);

/* Ends a break that began at @start; @which: the first (0) or the second (1). */
void lap_resume(struct lap *lap, unsigned which, uint64_t start);

/* lap_settle(), but CREADR = CWRITER is believed only when it has lasted: after a handler's post. */
void lap_settle_quietly(struct lap *lap, struct lap_pointers *now);

/*
 * The ITS stalled on a command of ours: puts a SYNC in its place and goes on.
 * Inside a break. False if the command is not ours, or is that SYNC.
 */
bool lap_take_out_culprit(struct lap *lap, struct lap_pointers *now);

/* Step 1. lap->began says whether finish() is due. */
int lap_begin(struct lap *lap, uint64_t deadline, struct its_error *error);

/* Errors that both steps may end in; they set @error and return its code. */
int lap_stalled_error(const struct queue *queue, const struct lap_pointers *now, struct its_error *error);
int lap_lost_error(const struct lap *lap, struct its_error *error);
/* What runs out of time before anything was written is a refusal: the code to end with. */
int lap_refuse(const struct lap *lap, struct its_error *error, int err);

#endif
