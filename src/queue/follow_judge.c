// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A ring and a copy of what it held a moment ago: what has been posted since?
 * CWRITER alone cannot tell, for it counts modulo the ring. What tells is where
 * the two differ. With d the distance that CWRITER has moved, and the window
 * the shortest stretch that ends at CWRITER and holds all differences:
 *
 *   window <= d          d commands were posted, as CWRITER says
 *   window much < d      unless d is nearly the whole ring: then CWRITER went back
 *   window a bit > d     CWRITER went back and has come forward again
 *   window most of S     the driver has gone round at least once: loss
 */
#include <string.h>

#include "follow_look.h"

/* Slots that a raw append leaves the driver behind by, at most, for it to be taken for one. */
#define BACK_MAX 64
/* Fewer equal slots than these may be chance. */
#define CHANCE 16
/* How long a lap of its-tool may stand there before it is taken for one that was killed. */
#define LAP_LIMIT_NS UINT64_C(30000000000)

/* True if a lap wrote @words; *began is the slot where. */
static bool is_tagged(const struct follow *follow, const uint64_t *words, unsigned *began)
{
	return queue_is_tagged(words, began) && *began < follow->queue->slots;
}

static bool is_filler(const struct follow *follow, const uint64_t *words)
{
	unsigned began;

	return is_tagged(follow, words, &began) && its_command_opcode(words) == ITS_SYNC;
}

bool follow_differs(const struct follow *follow, unsigned slot)
{
	unsigned began;

	return memcmp(follow->ring[slot], follow->copy[slot], ITS_COMMAND_BYTES) &&
	       !is_tagged(follow, follow->copy[slot], &began);
}

struct follow_event *follow_say(struct follow *follow, enum follow_kind kind, unsigned slot,
				uint64_t count)
{
	struct follow_batch *batch = &follow->batch;
	/* One poll cannot have so many reasons; the last one would be overwritten. */
	struct follow_event *event =
		&batch->events[batch->n_events < FOLLOW_EVENTS_MAX ? batch->n_events++
								   : FOLLOW_EVENTS_MAX - 1];

	*event = (struct follow_event){ .kind = kind, .before = batch->count, .slot = slot,
					.count = count };
	return event;
}

static void take_slot(struct follow *follow, unsigned slot, unsigned marks)
{
	struct follow_command *command = &follow->commands[follow->batch.count++];

	command->slot = slot;
	command->marks = marks;
	memcpy(command->words, follow->ring[slot], ITS_COMMAND_BYTES);
}

void follow_take(struct follow *follow, unsigned end, unsigned count, unsigned marks)
{
	unsigned slots = follow->queue->slots, i, began;

	for (i = count; i > 0; i--) {
		unsigned slot = (end + slots - i) % slots, equal;

		/* The end of a lap that a killed run had left. */
		if (is_filler(follow, follow->ring[slot]))
			continue;
		equal = memcmp(follow->ring[slot], follow->copy[slot], ITS_COMMAND_BYTES) ? 0
											  : FOLLOW_EQUAL;
		take_slot(follow, slot,
			  marks | equal |
			  (is_tagged(follow, follow->ring[slot], &began) ? FOLLOW_TOOL : 0));
		memcpy(follow->copy[slot], follow->ring[slot], ITS_COMMAND_BYTES);
	}
}

/*
 * A driver that repeats itself with a period that divides the ring writes the
 * same words into the same slots: gone round or not, the ring looks the same.
 * A slot never used says that it has not.
 */
static bool is_periodic(const struct follow *follow)
{
	unsigned slots = follow->queue->slots, period, i;

	for (i = 0; i < slots; i++)
		if (its_command_is_empty(follow->ring[i]))
			return false;
	for (period = 1; period <= slots / 2; period++) {
		if (slots % period)
			continue;
		for (i = period; i < slots; i++)
			if (memcmp(follow->ring[i], follow->ring[i - period], ITS_COMMAND_BYTES))
				break;
		if (i == slots)
			return true;
	}
	return false;
}

/* The length of the shortest stretch that ends at CWRITER and holds all that differs. */
static unsigned changed_window(const struct follow *follow, const struct follow_look *look,
			       unsigned moved)
{
	unsigned slots = follow->queue->slots, skip = look->flux;

	/* Where so few slots are left that none could be compared, a half built one is the smaller risk. */
	if (skip < FOLLOW_BUILD && slots - moved >= 2 * FOLLOW_BUILD)
		skip = FOLLOW_BUILD;
	for (; skip < slots; skip++)
		if (follow_differs(follow, (look->cwriter + skip) % slots))
			break;
	return slots - skip;
}

/* The payload of the lap that began at @began: tagged, or with fields where the tag would be. */
static unsigned take_payload(struct follow *follow, unsigned began, unsigned posted)
{
	unsigned slots = follow->queue->slots, count = 0, i, tag;

	for (i = 0; i < slots; i++) {
		unsigned slot = (began + i) % slots, opcode = its_command_opcode(follow->ring[slot]);

		if (is_tagged(follow, follow->ring[slot], &tag) ? opcode == ITS_SYNC
		    : i < posted || !follow_differs(follow, slot) ||
		      (opcode != ITS_MOVALL && opcode != ITS_VMAPP && opcode != ITS_VMOVP))
			continue;
		take_slot(follow, slot, FOLLOW_TOOL);
		count++;
	}
	return count;
}

/* What a killed run left stands there for good: from now on it is what the ring held. */
static void adopt_filler(struct follow *follow, const struct follow_look *look)
{
	follow->in_lap = false;
	memcpy(follow->copy[0], follow->ring[0], (size_t)follow->queue->slots * ITS_COMMAND_BYTES);
	follow->last = look->cwriter;
}

/*
 * The ring holds a lap of its-tool: W-1 stands in CWRITER, or what the driver
 * has posted since from W on. The history comes back when the lap ends, and
 * with it what was posted before it and not read in time.
 */
static unsigned judge_lap(struct follow *follow, const struct follow_look *look, unsigned began)
{
	unsigned slots = follow->queue->slots;
	unsigned posted = follow_distance(follow, began, look->cwriter);
	unsigned hidden = follow_distance(follow, follow->last, began), moved = 0;

	if (posted == slots - 1)
		posted = 0;		/* nobody but the lap has written CWRITER */
	if (!follow->in_lap || follow->lap_slot != began) {
		struct follow_event *event = follow_say(follow, FOLLOW_LAP, began, 0);

		follow->in_lap = true;
		follow->lap_slot = began;
		follow->lap_since_ns = follow->now_ns();
		event->count = take_payload(follow, began, posted);
	}
	if (follow_distance(follow, began, follow->last) <= posted) {
		moved = follow_distance(follow, follow->last, (began + posted) % slots);
		follow_take(follow, (began + posted) % slots, moved, 0);
		follow->last = (began + posted) % slots;
		hidden = 0;
	}
	if (follow->now_ns() - follow->lap_since_ns < LAP_LIMIT_NS)
		return moved;
	if (hidden) {
		follow_say(follow, FOLLOW_LOST, began, hidden);
		follow_take(follow, (began + posted) % slots, posted, 0);
		moved = hidden + posted;
	}
	adopt_filler(follow, look);
	return moved;
}

/* True if the ring holds a lap that the copy does not, or one that has not ended; *began: where it began. */
static bool holds_lap(const struct follow *follow, const struct follow_look *look, unsigned *began)
{
	unsigned slots = follow->queue->slots, i;

	for (i = look->flux; i < slots; i++) {
		unsigned slot = (look->cwriter + i) % slots;

		if (is_tagged(follow, follow->ring[slot], began) &&
		    memcmp(follow->ring[slot], follow->copy[slot], ITS_COMMAND_BYTES))
			return true;
	}
	return is_tagged(follow, follow->ring[look->cwriter], began) &&
	       *began == (look->cwriter + 1) % slots && follow->last == *began;
}

/* The whole history is in the ring, but for what was overwritten: everything that stands is taken. */
static unsigned judge_loss(struct follow *follow, const struct follow_look *look, unsigned moved)
{
	unsigned slots = follow->queue->slots, build = look->flux;

	/*
	 * One lap and @moved slots at least. The ring holds the last of them but for those that were
	 * overwritten while it was read: moved + slots - (slots - build).
	 */
	follow_say(follow, FOLLOW_LOST, (look->cwriter + build) % slots, (uint64_t)moved + build);
	follow_take(follow, look->cwriter, slots - build, 0);
	follow->last = look->cwriter;
	return moved + slots;
}

static unsigned judge_forward(struct follow *follow, const struct follow_look *look, unsigned moved,
			      unsigned window)
{
	unsigned slots = follow->queue->slots, gone = 0;

	/* A look that took so long that the driver came up behind it. */
	if (look->flux > slots - moved) {
		gone = look->flux - (slots - moved);
		follow_say(follow, FOLLOW_LOST, (follow->last + gone) % slots, gone);
	} else if ((look->late && look->could_lap && moved >= CHANCE && !window) ||
		   (look->could_hide_lap && is_periodic(follow))) {
		follow_say(follow, FOLLOW_MAYBE_LOST, look->cwriter, look->gap_ns);
	}
	follow_take(follow, look->cwriter, moved - gone, 0);
	follow->last = look->cwriter;
	return moved;
}

/* CWRITER was set back by @back slots; the newest @count slots are new. */
static unsigned judge_backwards(struct follow *follow, const struct follow_look *look, unsigned back,
				unsigned count)
{
	follow_say(follow, FOLLOW_BACKWARDS, look->cwriter, back);
	follow_take(follow, look->cwriter, count, 0);
	follow->last = look->cwriter;
	return count;
}

/*
 * After resume or kexec both pointers begin at 0, and what is new stands from there on. So it does after a
 * wrap to a ring's end that holds the same words again: what tells is the MAPC that a driver begins with.
 */
static bool is_restart(const struct follow *follow, const struct follow_look *look, unsigned window)
{
	return look->cwriter < follow->last && window == look->cwriter &&
	       its_command_opcode(follow->ring[0]) == ITS_MAPC &&
	       follow->last - look->cwriter > CHANCE &&
	       follow->queue->slots - follow->last >= CHANCE && !is_periodic(follow);
}

/* Only the slot where the ITS was stalled has changed: `recover`, or a person with a debugger. */
static bool was_replaced(struct follow *follow, const struct follow_look *look, unsigned moved)
{
	unsigned slot = follow->stalled_slot;

	if (!follow->stalled || !follow_differs(follow, slot) ||
	    follow_distance(follow, follow->last, slot) < moved)
		return false;
	memcpy(follow->copy[slot], follow->ring[slot], ITS_COMMAND_BYTES);
	if (changed_window(follow, look, moved) > moved)
		return false;
	follow_say(follow, FOLLOW_REPLACED, slot, 1);
	return true;
}

unsigned follow_judge(struct follow *follow, const struct follow_look *look)
{
	unsigned slots = follow->queue->slots, began, window;
	unsigned moved = follow_distance(follow, follow->last, look->cwriter);

	if (holds_lap(follow, look, &began))
		return judge_lap(follow, look, began);
	follow->in_lap = false;
	was_replaced(follow, look, moved);
	window = changed_window(follow, look, moved);
	if (window > moved) {
		/* A driver that has gone round leaves nothing as it was. */
		if (window - moved <= BACK_MAX && window <= slots / 2 && !(look->late && look->could_lap))
			return judge_backwards(follow, look, window - moved, window);
		return judge_loss(follow, look, moved);
	}
	if (is_restart(follow, look, window)) {
		follow_say(follow, FOLLOW_RESTARTED, 0, 0);
		follow_take(follow, look->cwriter, window, 0);
		follow->last = look->cwriter;
		return window;
	}
	/* Nearly the whole ring in one go, and most of it what stood there before. */
	if (moved > slots / 2 && slots - moved <= BACK_MAX && window < moved / 4 &&
	    !((look->late || look->could_lap) && is_periodic(follow)))
		return judge_backwards(follow, look, slots - moved, window);
	return judge_forward(follow, look, moved, window);
}
