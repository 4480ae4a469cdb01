/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One look at the ring, between follow.c, which takes it, and follow_judge.c, which reads it. */
#ifndef QUEUE_FOLLOW_LOOK_H
#define QUEUE_FOLLOW_LOOK_H

#include "its/follow.h"

/* Slots from CWRITER on that may be half built: a driver's post, or what a person fills in before the write. */
#define FOLLOW_BUILD 16

struct follow_look {
	unsigned cwriter;	/* when the look began: what is reported ends here */
	unsigned flux;		/* slots from there on that may have changed while they were read */
	bool late;		/* the last look was much longer ago than planned: the tool was stopped */
	bool could_lap;		/* long enough for the driver to go round, at twice the highest rate seen */
	bool could_hide_lap;	/* long enough for a whole ring on top of what CWRITER has moved */
	uint64_t gap_ns;	/* since the last look */
};

/* Slots from @from on to @to. */
static inline unsigned follow_distance(const struct follow *follow, unsigned from, unsigned to)
{
	return (to + follow->queue->slots - from) % follow->queue->slots;
}

/* True if @slot changed since it was reported; what a lap of its-tool left in the copy says nothing. */
bool follow_differs(const struct follow *follow, unsigned slot);

/* The newest @count slots before @end go into the batch, from the ring as read, and into the copy. */
void follow_take(struct follow *follow, unsigned end, unsigned count, unsigned marks);
struct follow_event *follow_say(struct follow *follow, enum follow_kind kind, unsigned slot,
				uint64_t count);

/* The whole ring has been read: finds out what happened. Returns the slots that went by. */
unsigned follow_judge(struct follow *follow, const struct follow_look *look);

#endif
