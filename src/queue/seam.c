// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Where is the write pointer of a ring that has gone round, if no register
 * tells? Between the newest and the oldest command, and only there the
 * history contradicts itself: an event is moved to where it already is
 * (Linux never does that), mapped twice, discarded twice, invalidated with
 * a SYNC of a redistributor where it is not, or a SYNC follows a SYNC
 * because the command before it was overwritten. Each contradiction
 * votes for the slots between its two commands.
 */
#include <stdlib.h>
#include <string.h>

#include "its/queue.h"

enum state { STATE_NONE, STATE_MAPPED, STATE_GONE };

/* What the ring last said about an event, or with NO_EVENT about a device. */
struct trace {
	uint64_t device, event;
	enum state state;
	uint64_t icid;
	size_t moved;			/* position of the command that told the ICID: an INV does not repeat it */
	uint64_t place;			/* RDbase of the SYNC behind it: where the event's collection is */
	size_t position;		/* counted through two rounds; only with a state */
};
#define NO_EVENT UINT64_MAX
#define NO_ICID UINT64_MAX
#define NO_PLACE UINT64_MAX

struct seam {
	const uint64_t (*words)[ITS_COMMAND_WORDS];
	unsigned slots;
	struct trace *table;		/* open addressing, at most half full */
	size_t room;			/* a power of two */
	int *votes;			/* how they change from slot to slot; slots + 1 of them */
};

static struct trace *trace_of(struct seam *seam, uint64_t device, uint64_t event)
{
	size_t i = (size_t)((device * UINT64_C(0x9e3779b97f4a7c15) ^ event) * UINT64_C(0xff51afd7ed558ccd) >> 32);

	for (;; i++) {
		struct trace *trace = &seam->table[i & (seam->room - 1)];

		if (trace->state == STATE_NONE && !trace->device && !trace->event) {
			trace->device = device + 1;	/* 0 is an empty place */
			trace->event = event;
			return trace;
		}
		if (trace->device == device + 1 && trace->event == event)
			return trace;
	}
}

static void vote(struct seam *seam, size_t after, size_t upto, int weight)
{
	unsigned first = (unsigned)((after + 1) % seam->slots), last = (unsigned)(upto % seam->slots);

	/* One pair of commands a round: those that begin in the first. */
	if (after >= seam->slots || upto - after >= seam->slots)
		return;
	seam->votes[first] += weight;
	seam->votes[last + 1] -= weight;
	if (first > last) {
		seam->votes[0] += weight;
		seam->votes[seam->slots] -= weight;
	}
}

static void note(struct seam *seam, struct trace *trace, enum state state, uint64_t icid,
		 size_t position, bool contradicts)
{
	if (contradicts)
		vote(seam, trace->position, position, 1);
	trace->state = state;
	trace->icid = icid;
	trace->place = NO_PLACE;
	trace->position = position;
}

/* Linux follows up each command by a SYNC of the redistributor that serves the event from then on. */
static uint64_t place_of(const struct seam *seam, size_t position)
{
	const uint64_t *next = seam->words[(position + 1) % seam->slots];
	uint64_t rdbase;

	return its_command_opcode(next) == ITS_SYNC && its_command_get(next, ITS_LAYOUT_V40, ITS_FIELD_RDBASE, &rdbase) ?
	       rdbase : NO_PLACE;
}

static uint64_t get(const uint64_t *words, enum its_field_id id, uint64_t missing)
{
	uint64_t value;

	return its_command_get(words, ITS_LAYOUT_V40, id, &value) ? value : missing;
}

static void look(struct seam *seam, size_t position)
{
	const uint64_t *words = seam->words[position % seam->slots];
	uint64_t device_id = get(words, ITS_FIELD_DEVICE_ID, 0), icid = get(words, ITS_FIELD_ICID, NO_ICID);
	uint64_t place = place_of(seam, position);
	struct trace *device, *event;
	bool valid, known, moved;

	if (!its_command_get(words, ITS_LAYOUT_V40, ITS_FIELD_DEVICE_ID, &device_id))
		return;
	device = trace_of(seam, device_id, NO_EVENT);
	if (its_command_opcode(words) == ITS_MAPD) {
		valid = get(words, ITS_FIELD_V, 0);
		note(seam, device, valid ? STATE_MAPPED : STATE_GONE, NO_ICID, position,
		     device->state == (valid ? STATE_MAPPED : STATE_GONE));
		return;
	}
	event = trace_of(seam, device_id, get(words, ITS_FIELD_EVENT_ID, 0));
	/* A MAPD since then makes a new table. */
	known = event->state != STATE_NONE && !(device->state != STATE_NONE && device->position > event->position);
	moved = known && event->place != NO_PLACE && place != NO_PLACE && event->place != place;
	switch (its_command_opcode(words)) {
	case ITS_MAPTI:
	case ITS_MAPI:
		note(seam, event, STATE_MAPPED, icid, position, known && event->state == STATE_MAPPED);
		event->moved = position;
		break;
	case ITS_MOVI:
		if (known && event->state == STATE_MAPPED && event->icid == icid)
			vote(seam, event->moved, position, 1);
		note(seam, event, STATE_MAPPED, icid, position, known && event->state == STATE_GONE);
		event->moved = position;
		break;
	case ITS_DISCARD:
		note(seam, event, STATE_GONE, NO_ICID, position, known && event->state == STATE_GONE);
		break;
	case ITS_INV:
	case ITS_INT:
	case ITS_CLEAR:
		note(seam, event, STATE_MAPPED, known && event->state == STATE_MAPPED ? event->icid : NO_ICID,
		     position, moved || (known && event->state == STATE_GONE));
		break;
	default:
		return;
	}
	if (event->state == STATE_MAPPED)
		event->place = place;
}

/* What two neighbours tell: SYNC after SYNC; and a slot that the driver has cleared to fill it. */
static void look_at_neighbours(struct seam *seam)
{
	unsigned i;

	for (i = 0; i < seam->slots; i++) {
		const uint64_t *before = seam->words[(i + seam->slots - 1) % seam->slots], *here = seam->words[i];

		if (its_command_is_empty(here) && !its_command_is_empty(before))
			vote(seam, i ? i - 1 : seam->slots - 1, i ? i : seam->slots, 4);
		else if (its_command_is_sync(before) && its_command_is_sync(here))
			vote(seam, i ? i - 1 : seam->slots - 1, i ? i : seam->slots, 2);
	}
}

/* True if a command may begin at @slot, as seen from its neighbours: behind a SYNC, and none itself. */
static bool is_boundary(const struct seam *seam, unsigned slot)
{
	return its_command_is_sync(seam->words[(slot + seam->slots - 1) % seam->slots]) && !its_command_is_sync(seam->words[slot]);
}

/* The run of slots with the most votes; more than one such run is no answer. */
static bool count(const struct seam *seam, unsigned *cwriter, unsigned *margin)
{
	int votes = 0, most = 0;
	unsigned i, first = 0, length = 0, runs = 0, last = 0;

	for (i = 0; i < seam->slots; i++) {
		votes += seam->votes[i];
		if (votes > most) {
			most = votes;
			first = i;
			length = runs = 0;
		}
		if (!most || votes != most)
			continue;
		if (!runs || last + 1 != i)
			runs++;
		last = i;
		length++;
	}
	/* The first and the last run are one where they meet at the ring's end. */
	if (runs == 2 && last == seam->slots - 1 && first == 0) {
		/* Back to where the votes last changed, which is where the second begins. */
		for (first = last; !seam->votes[first]; first--)
			;
		runs = 1;
	}
	if (!most || runs != 1)
		return false;
	for (i = length / 2; i < length; i++)
		if (is_boundary(seam, (first + i) % seam->slots))
			break;
	if (i == length)
		i = length / 2;
	*cwriter = (first + i) % seam->slots;
	*margin = i > length - 1 - i ? i : length - 1 - i;
	return true;
}

bool queue_seam(const uint64_t (*words)[ITS_COMMAND_WORDS], unsigned slots, unsigned *cwriter,
		unsigned *margin, bool *found)
{
	struct seam seam = { .words = words, .slots = slots, .room = 64 };
	size_t position;
	bool done = false;

	*found = false;
	/* Each slot makes at most two entries: its device and its event. */
	while (seam.room < 4 * (size_t)slots)
		seam.room *= 2;
	seam.table = calloc(seam.room, sizeof(*seam.table));
	seam.votes = calloc((size_t)slots + 1, sizeof(*seam.votes));
	if (seam.table && seam.votes) {
		for (position = 0; position < 2 * (size_t)slots; position++)
			look(&seam, position);
		look_at_neighbours(&seam);
		*found = count(&seam, cwriter, margin);
		done = true;
	}
	free(seam.table);
	free(seam.votes);
	return done;
}
