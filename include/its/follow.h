/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Following the ring of a live ITS: which commands were posted since the last
 * look, and what cannot be told. Nothing is written and nobody is stopped, so
 * the driver may overwrite what was not read yet; a private copy of the ring
 * shows that it did.
 */
#ifndef ITS_FOLLOW_H
#define ITS_FOLLOW_H

#include "its/queue.h"

enum follow_mark {
	FOLLOW_EQUAL = 1,	/* the same words stood in this slot before */
	FOLLOW_TOOL = 2,	/* posted by a lap of its-tool */
	FOLLOW_NO_SYNC = 4,	/* Linux would have posted a SYNC or VSYNC behind it in the same write */
	FOLLOW_SYNC = 8,	/* that SYNC or VSYNC: the entry before it is its command */
};

/* @sync, right behind @command in the ring, is the one that a driver posts with it. */
bool follow_is_sync_of(const uint64_t command[ITS_COMMAND_WORDS], const uint64_t sync[ITS_COMMAND_WORDS]);

struct follow_command {
	uint64_t words[ITS_COMMAND_WORDS];
	unsigned slot;
	unsigned marks;		/* of enum follow_mark */
};

enum follow_kind {
	FOLLOW_LOST,		/* @count commands, or more, were overwritten before they were read */
	FOLLOW_MAYBE_LOST,	/* not polled for @count ns, enough for a lap; the driver repeats itself: whole laps would not show */
	FOLLOW_BACKWARDS,	/* CWRITER went @count slots back: the ITS executes the rest of the ring again */
	FOLLOW_RESTARTED,	/* the ring was set up anew, by GITS_CBASER or a MAPC in slot 0: resume, kexec, another driver */
	FOLLOW_STALLED,		/* the ITS has stalled at @slot */
	FOLLOW_GOES_ON,		/* it has left @slot, where it was stalled */
	FOLLOW_REPLACED,	/* the command in @slot, where it was stalled, was replaced */
	FOLLOW_LAP,		/* its-tool goes round from @slot; @count commands of it were seen */
};

struct follow_event {
	enum follow_kind kind;
	size_t before;		/* index in the batch of the command that it comes before */
	unsigned slot;
	uint64_t count;
};

#define FOLLOW_EVENTS_MAX 8

/* What one poll has brought. Valid until the next one. */
struct follow_batch {
	const struct follow_command *commands;	/* in the order they were posted */
	size_t count;
	struct follow_event events[FOLLOW_EVENTS_MAX];
	size_t n_events;
	uint64_t sleep_ns;	/* poll again after this time; 0: at once */
};

struct follow {
	struct queue *queue;
	uint64_t (*copy)[ITS_COMMAND_WORDS];	/* by slot: the ring as it was last seen */
	uint64_t (*ring)[ITS_COMMAND_WORDS];	/* by slot: what this poll has read */
	struct follow_command *commands;	/* by slots too */
	struct follow_batch batch;
	unsigned last;			/* the slot up to which commands were reported */

	bool stalled;
	unsigned stalled_slot;

	bool in_lap;			/* a lap of its-tool was seen, and its filler still stands */
	unsigned lap_slot;		/* where it began: the driver's write pointer */
	uint64_t lap_since_ns;

	/* Pace; all in ns of CLOCK_MONOTONIC, or of the thread's CPU time. */
	uint64_t (*now_ns)(void);	/* memory_now_ns(); a test has a clock of its own */
	uint64_t polled_ns, cbaser_ns;
	uint64_t sleep_ns, most_ns;	/* the last proposal, and what the user allows */
	uint64_t cost_ns, cpu_ns;	/* CPU time of an idle poll; the clock at the last one */
	bool was_idle;
	uint64_t window_ns;		/* a stretch over which the rate is measured: its begin, */
	uint64_t window_count;		/* and the slots since */
	uint64_t fill_ns;		/* the ring, at the highest rate seen; UINT64_MAX: none seen */
};

/* Begins at CWRITER of the attached @queue. @most_ns: the longest sleep to propose; 0: as needed. */
int follow_open(struct follow *follow, struct queue *queue, uint64_t most_ns,
		struct its_error *error);
void follow_close(struct follow *follow);

/*
 * What was posted since the last poll. After a change of GITS_CBASER the
 * queue is attached anew: its ring, but not what is known of the ITS itself.
 * ITS_ERR_INPUT if the registers make no sense now.
 */
int follow_poll(struct follow *follow, struct its_error *error);

#endif
