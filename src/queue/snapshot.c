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
		return its_no_memory(error, "a copy of %u slots", queue->slots);
	snapshot->slots = queue->slots;
	snapshot->creadr = queue_creadr_slot(queue);
	snapshot->cwriter = queue_cwriter_slot(queue);
	snapshot->stalled = queue_stalled(queue);
	err = window_read_words(&queue->ring, 0, snapshot->words[0],
				(size_t)queue->slots * ITS_COMMAND_WORDS, error);
	if (!err)
		err = queue_pointer_read(queue, GITS_CREADR, &snapshot->creadr_after, error);
	if (!err)
		err = queue_pointer_read(queue, GITS_CWRITER, &snapshot->cwriter_after, error);
	if (err) {
		queue_snapshot_free(snapshot);
		return err;
	}
	snapshot->moved = snapshot->creadr_after != queue->creadr ||
			  snapshot->cwriter_after != queue->cwriter;
	return 0;
}

int queue_snapshot_quiet(struct queue *queue, struct queue_snapshot *snapshot, struct its_error *error)
{
	unsigned looks;
	int err;

	for (looks = 0;; looks++) {
		err = queue_snapshot(queue, snapshot, error);
		if (err || !snapshot->moved || looks == 4)
			return err;
		queue_snapshot_free(snapshot);
		err = queue_refresh(queue, error);
		if (err)
			return err;
	}
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

/* An ITS that works takes its next command within this time, whatever else it does. */
#define MOVES_MS 50

bool queue_is_stuck(struct queue *queue, const struct queue_snapshot *snapshot)
{
	uint64_t creadr = queue->creadr, deadline = memory_now_ns() + MOVES_MS * UINT64_C(1000000);
	struct its_error ignored;

	if (!queue_pending(snapshot))
		return false;
	do {
		memory_relax(queue->memory);
		if (queue_refresh(queue, &ignored) || queue->creadr != creadr)
			return false;
	} while (memory_now_ns() < deadline);
	return true;
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

	if (ahead < pending) {
		if (ahead)
			return QUEUE_PENDING;
		return snapshot->stalled ? QUEUE_STALLED : QUEUE_NEXT;
	}
	/* An ITS that stalls on an empty ring makes no sense, but it must not be hidden. */
	if (snapshot->stalled && !ahead)
		return QUEUE_STALLED;
	return its_command_is_empty(snapshot->words[slot]) ? QUEUE_UNUSED : QUEUE_DONE;
}

const char *queue_state_name(enum queue_state state)
{
	static const char *const names[] = { "unused", "done", "next", "pending", "stalled" };

	return names[state];
}

/* Does the history name a device before it maps it? */
static bool begins_in_the_middle(const struct queue *queue, const struct queue_snapshot *snapshot)
{
	unsigned age, done = snapshot->slots - queue_pending(snapshot);
	struct replay replay;
	uint64_t device_id;
	bool begins = false;

	replay_init(&replay, queue->layout, true);
	for (age = 0; age < done && !begins; age++) {
		unsigned slot = queue_slot_by_age(snapshot, age);
		const uint64_t *words = snapshot->words[slot];

		if (its_command_is_empty(words))
			continue;
		begins = its_command_opcode(words) != ITS_MAPD &&
			 its_command_get(words, queue->layout, ITS_FIELD_DEVICE_ID, &device_id) &&
			 replay_device_known(&replay, (uint32_t)device_id) != REPLAY_MAPPED;
		/* Without memory nothing is certain. */
		if (!replay_apply(&replay, words, slot))
			begins = true;
	}
	replay_free(&replay);
	return begins;
}

bool queue_history_is_whole(const struct queue *queue, const struct queue_snapshot *snapshot)
{
	const uint64_t *first = snapshot->words[0];
	unsigned age;

	/*
	 * An ITS is set up by mapping the collection of the CPU that boots; on GICv4.0 Linux maps a device of
	 * its own before that. After a resume it begins at slot 0 again, over the commands that the ITS still
	 * goes by.
	 */
	if (!its_command_is_empty(first) && its_command_opcode(first) != ITS_MAPD &&
	    (its_command_opcode(first) != ITS_MAPC || (uint16_t)first[2]))
		return false;
	/* A post clears at most two slots from CWRITER on, and fills them at once. */
	for (age = 0; age < 8; age++)
		if (!its_command_is_empty(snapshot->words[queue_slot_by_age(snapshot, age)]))
			return false;
	/* An ITS that holds collections itself is given that of the boot CPU again on resume, in slot 0. */
	return !snapshot->moved && (!its_register_get(GITS_TYPER, "HCC", queue->typer) ||
				    !begins_in_the_middle(queue, snapshot));
}

/*
 * The effect of a command. A MAPC to a redistributor that we do not see: the ITS
 * went on behind it, so it took it or ignored it. Where nothing was mapped before,
 * the name of what is missing says more than "unmapped".
 */
static bool apply(const struct queue_scene *scene, const uint64_t words[ITS_COMMAND_WORDS],
		  const struct queue_diagnosis *diagnosis, unsigned slot)
{
	uint64_t icid;

	if (!diagnosis->refused)
		return replay_apply(scene->replay, words, slot);
	if (diagnosis->cause != ITS_TARGET_OOR || its_command_opcode(words) != ITS_MAPC ||
	    !its_command_get(words, scene->queue->layout, ITS_FIELD_ICID, &icid))
		return true;
	if (replay_collection_known(scene->replay, (uint32_t)icid) == REPLAY_MAPPED)
		return replay_apply_astray(scene->replay, words, slot);
	return replay_apply(scene->replay, words, slot);
}

int queue_replay(struct queue_scene *scene, queue_replay_fn *seen, void *context,
		 struct its_error *error)
{
	const struct queue_snapshot *snapshot = scene->snapshot;
	unsigned done = snapshot->slots - queue_pending(snapshot);
	struct queue_diagnosis diagnosis;
	unsigned age;

	replay_init(scene->replay, scene->queue->layout, queue_history_is_whole(scene->queue, snapshot));
	for (age = 0; age < done; age++) {
		unsigned slot = queue_slot_by_age(snapshot, age);
		const uint64_t *words = snapshot->words[slot];

		if (its_command_is_empty(words))
			continue;
		queue_diagnose(scene, words, &diagnosis);
		if (seen)
			seen(context, slot, words, &diagnosis);
		if (!apply(scene, words, &diagnosis, slot))
			return its_no_memory(error, "what slot %u of the ring maps", slot);
	}
	return 0;
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
		if (its_command_opcode(words) == ITS_MAPC &&
		    its_command_get(words, layout, ITS_FIELD_V, &v) && !v)
			continue;
		if (its_command_opcode(words) == ITS_MAPC || its_command_opcode(words) == ITS_SYNC)
			return its_command_get(words, layout, ITS_FIELD_RDBASE, rdbase);
	}
	return false;
}
