// SPDX-License-Identifier: GPL-2.0-or-later
/* What stands in the ring, in which order, and in which state? */
#include <stdlib.h>
#include <string.h>

#include "its/queue.h"

int queue_snapshot(struct queue *queue, struct queue_snapshot *snapshot, struct its_error *error)
{
	int err;

	memset(snapshot, 0, sizeof(*snapshot));
	snapshot->words = malloc((size_t)queue->slots * ITS_COMMAND_BYTES);
	if (!snapshot->words)
		return its_error(error, ITS_ERR_INPUT, "no memory for a copy of %u slots", queue->slots);
	snapshot->slots = queue->slots;
	snapshot->creadr = queue_creadr_slot(queue);
	snapshot->cwriter = queue_cwriter_slot(queue);
	snapshot->stalled = queue_stalled(queue);
	err = window_read_words(&queue->ring, 0, snapshot->words[0],
				(size_t)queue->slots * ITS_COMMAND_WORDS, error);
	if (!err)
		err = queue_register_read(queue, GITS_CREADR, &snapshot->creadr_after, error);
	if (!err)
		err = queue_register_read(queue, GITS_CWRITER, &snapshot->cwriter_after, error);
	if (err) {
		queue_snapshot_free(snapshot);
		return err;
	}
	snapshot->moved = snapshot->creadr_after != queue->creadr ||
			  snapshot->cwriter_after != queue->cwriter;
	return 0;
}

void queue_snapshot_free(struct queue_snapshot *snapshot)
{
	free(snapshot->words);
	memset(snapshot, 0, sizeof(*snapshot));
}

unsigned queue_pending(const struct queue_snapshot *snapshot)
{
	return (snapshot->cwriter + snapshot->slots - snapshot->creadr) % snapshot->slots;
}

unsigned queue_slot_by_age(const struct queue_snapshot *snapshot, unsigned age)
{
	/* CWRITER points at the oldest slot: the next one to be overwritten. */
	return (snapshot->cwriter + age) % snapshot->slots;
}

enum queue_state queue_slot_state(const struct queue_snapshot *snapshot, unsigned slot)
{
	unsigned pending = queue_pending(snapshot);
	unsigned ahead = (slot + snapshot->slots - snapshot->creadr) % snapshot->slots;
	const uint64_t *words = snapshot->words[slot];

	if (ahead < pending) {
		if (ahead)
			return QUEUE_PENDING;
		return snapshot->stalled ? QUEUE_STALLED : QUEUE_NEXT;
	}
	/* An ITS that stalls on an empty ring makes no sense, but it must not be hidden. */
	if (snapshot->stalled && !ahead)
		return QUEUE_STALLED;
	return words[0] | words[1] | words[2] | words[3] ? QUEUE_DONE : QUEUE_UNUSED;
}

const char *queue_state_name(enum queue_state state)
{
	static const char *const names[] = { "unused", "done", "next", "pending", "stalled" };

	return names[state];
}

bool queue_history_is_whole(const struct queue_snapshot *snapshot)
{
	unsigned age;

	/* A post clears at most two slots from CWRITER on, and fills them at once. */
	for (age = 0; age < 8; age++) {
		const uint64_t *words = snapshot->words[queue_slot_by_age(snapshot, age)];

		if (words[0] | words[1] | words[2] | words[3])
			return false;
	}
	return !snapshot->moved;
}

void queue_event_lookup(const struct queue_snapshot *snapshot, enum its_layout layout,
			uint32_t device_id, uint32_t event_id, struct queue_event *event)
{
	unsigned pending = queue_pending(snapshot);
	unsigned age;

	memset(event, 0, sizeof(*event));
	for (age = 0; age < snapshot->slots - pending; age++) {
		const uint64_t *words = snapshot->words[queue_slot_by_age(snapshot, age)];
		uint64_t device, id, value;

		if (!its_command_get(words, layout, ITS_FIELD_DEVICE_ID, &device) || device != device_id)
			continue;
		if ((words[0] & 0xff) == ITS_MAPD) {
			bool valid = its_command_get(words, layout, ITS_FIELD_V, &value) && value;

			/* Either way the table is a new one: earlier events are gone. */
			event->device = valid ? QUEUE_MAPPED : QUEUE_UNMAPPED;
			event->event = QUEUE_UNMAPPED;
			event->has_size = valid && its_command_get(words, layout, ITS_FIELD_SIZE, &value);
			event->event_bits = event->has_size ? (unsigned)value + 1 : 0;
			continue;
		}
		if (!its_command_get(words, layout, ITS_FIELD_EVENT_ID, &id) || id != event_id)
			continue;
		switch (words[0] & 0xff) {
		case ITS_MAPTI:
		case ITS_MAPI:
			event->event = QUEUE_MAPPED;
			event->pintid = its_command_get(words, layout, ITS_FIELD_PINTID, &value) ?
					(uint32_t)value : event_id;
			if (its_command_get(words, layout, ITS_FIELD_ICID, &value))
				event->icid = (uint32_t)value;
			event->has_lpi = event->has_icid = true;
			break;
		case ITS_VMAPTI:
		case ITS_VMAPI:
			event->event = QUEUE_MAPPED;
			event->has_lpi = event->has_icid = false;
			break;
		case ITS_MOVI:
			/* Only a mapped event is moved, so the history need not reach back to its MAPTI. */
			event->event = QUEUE_MAPPED;
			if (its_command_get(words, layout, ITS_FIELD_ICID, &value))
				event->icid = (uint32_t)value;
			event->has_icid = true;
			break;
		case ITS_DISCARD:
			event->event = QUEUE_UNMAPPED;
			break;
		}
	}
}

bool queue_find_rdbase(const struct queue_snapshot *snapshot, enum its_layout layout,
		       uint64_t *rdbase)
{
	unsigned pending = queue_pending(snapshot);
	unsigned age;

	for (age = snapshot->slots - pending; age-- > 0;) {
		const uint64_t *words = snapshot->words[queue_slot_by_age(snapshot, age)];
		uint64_t v;

		/* A MAPC V=1 was accepted for its RDbase; a SYNC waited for one. */
		if ((words[0] & 0xff) == ITS_MAPC &&
		    its_command_get(words, layout, ITS_FIELD_V, &v) && !v)
			continue;
		if ((words[0] & 0xff) == ITS_MAPC || (words[0] & 0xff) == ITS_SYNC)
			return its_command_get(words, layout, ITS_FIELD_RDBASE, rdbase);
	}
	return false;
}
