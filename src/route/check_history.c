// SPDX-License-Identifier: GPL-2.0-or-later
/* Are the commands in the ring right, each by what was in force before it? */
#include <string.h>

#include "check_run.h"

/* What rests on which command came before which: where the ring begins is then to be known. */
static const enum check_id of_order[] = {
	CHECK_RAW_APPEND, CHECK_DEVICE_MAPPED, CHECK_EVENT_MAPPED, CHECK_COLLECTION_MAPPED, CHECK_REMAPPED_EVENT,
	CHECK_LIVE_ITT, CHECK_SYNC,
};

static bool is_ordered(const struct check_run *run)
{
	return !queue_assumes(&run->map.queue, GITS_CWRITER) || run->map.queue.cwriter_found;
}

static bool is_of_order(enum check_id id)
{
	size_t i;

	for (i = 0; i < sizeof(of_order) / sizeof(of_order[0]); i++)
		if (of_order[i] == id)
			return true;
	return false;
}

/* The check that a wrong command fails. */
static enum check_id check_of(enum its_cause cause)
{
	switch (cause) {
	case ITS_DEVICE_OOR: return CHECK_DEVICE_ID;
	case ITS_ITTSIZE_OOR: return CHECK_ITT_SIZE;
	case ITS_COLLECTION_OOR: return CHECK_ICID;
	case ITS_UNMAPPED_DEVICE: return CHECK_DEVICE_MAPPED;
	case ITS_ID_OOR: return CHECK_EVENT_ID;
	case ITS_PHYSICALID_OOR: return CHECK_INTID;
	case ITS_UNMAPPED_INTERRUPT: return CHECK_EVENT_MAPPED;
	case ITS_UNMAPPED_COLLECTION: return CHECK_COLLECTION_MAPPED;
	case ITS_TARGET_OOR: return CHECK_RDBASE;
	case ITS_UNKNOWN_OPCODE: return CHECK_OPCODES;
	case ITS_NEEDS_GICV4: return CHECK_VERSION;
	case ITS_VIRTUALID_OOR: return CHECK_INTID;
	case ITS_VPE_INVALID: return CHECK_VPE_MAPPED;
	case ITS_NOT_VIRTUAL: case ITS_NOT_PHYSICAL: return CHECK_EVENT_KIND;
	case ITS_MEMORY_FAULT: /* only the ITS itself can find it */
	case ITS_CAUSE_NONE: break;
	}
	return CHECKS;
}

static void check_diagnosis(struct check_run *run, unsigned slot, const uint64_t *words,
			    const struct queue_diagnosis *diagnosis)
{
	const struct its_command *command = its_command_by_opcode(words[0]);
	enum check_id id = check_of(diagnosis->cause);

	if (id == CHECKS || (is_of_order(id) && !is_ordered(run)))
		return;
	if (diagnosis->code)
		check_fail(run, id, "%s in slot %u: %s (0x%06x %s)", command->name, slot, diagnosis->reason,
			   diagnosis->code, diagnosis->name);
	else
		check_fail(run, id, "%s in slot %u: %s", command ? command->name : "command", slot, diagnosis->reason);
}

void check_command(void *context, unsigned slot, const uint64_t words[ITS_COMMAND_WORDS],
		   const struct queue_diagnosis *diagnosis)
{
	struct check_run *run = context;
	const struct replay *replay = &run->map.replay;
	enum its_layout layout = run->map.queue.layout;
	const struct replay_device *device;
	const struct replay_event *event;
	uint64_t device_id = 0, event_id = 0, valid = 0;

	check_diagnosis(run, slot, words, diagnosis);
	if (diagnosis->refused || !is_ordered(run))
		return;
	its_command_get(words, layout, ITS_FIELD_DEVICE_ID, &device_id);
	its_command_get(words, layout, ITS_FIELD_EVENT_ID, &event_id);
	switch (its_command_opcode(words)) {
	case ITS_MAPD:
		its_command_get(words, layout, ITS_FIELD_V, &valid);
		device = replay_device(replay, (uint32_t)device_id);
		if (valid && device && device->known == REPLAY_MAPPED)
			check_fail(run, CHECK_LIVE_ITT, "MAPD in slot %u gives DeviceID 0x%x an ITT while the one at 0x%llx is in use",
				   slot, (unsigned)device_id, (unsigned long long)device->itt_addr);
		break;
	case ITS_MAPTI: case ITS_MAPI: case ITS_VMAPTI: case ITS_VMAPI:
		event = replay_event(replay, (uint32_t)device_id, (uint32_t)event_id);
		if (event && event->known == REPLAY_MAPPED)
			check_fail(run, CHECK_REMAPPED_EVENT, "%s in slot %u maps EventID %u of DeviceID 0x%x, which is mapped: UNPREDICTABLE",
				   its_command_by_opcode(words[0])->name, slot, (unsigned)event_id, (unsigned)device_id);
		break;
	}
}

/* Linux knows no address for the SYNC of a collection that is not mapped, and adds none (valid_col()). */
static bool has_no_target(const struct check_run *run, const uint64_t *words)
{
	uint64_t icid;

	return run->linux && its_command_get(words, run->map.queue.layout, ITS_FIELD_ICID, &icid) &&
	       replay_collection_known(&run->map.replay, (uint32_t)icid) == REPLAY_UNMAPPED;
}

/* A command of Linux's and its SYNC are one post: they stand side by side. */
static void check_syncs(struct check_run *run)
{
	const struct queue_snapshot *ring = &run->map.snapshot;
	unsigned age;

	for (age = 0; age < ring->slots; age++) {
		unsigned slot = queue_slot_by_age(ring, age);
		const uint64_t *words = ring->words[slot];
		const struct its_command *command = its_command_by_opcode(words[0]);

		if (!command || !command->synced || has_no_target(run, words) || queue_is_tagged(words, NULL))
			continue;
		if (age == ring->slots - 1 && run->linux) {
			check_fail(run, CHECK_RAW_APPEND,
				   "the newest command, %s in slot %u, has no SYNC behind it: somebody appended it past the driver, whose cached write pointer is left behind: the kernel's next posts are dropped after 1 s each ('ITS queue not draining'), or make the ITS replay up to %u stale commands",
				   command->name, slot, ring->slots - 1);
		} else if (age == ring->slots - 1) {
			check_fail(run, CHECK_SYNC, "the newest command, %s in slot %u, has no SYNC behind it (ring of %u slots)",
				   command->name, slot, ring->slots);
		} else if (run->linux && !its_command_is_sync(ring->words[queue_slot_by_age(ring, age + 1)])) {
			check_fail(run, CHECK_SYNC, "%s in slot %u has no SYNC behind it: not posted by Linux's driver, or its ring was full",
				   command->name, slot);
		}
	}
}

static void check_laps(struct check_run *run)
{
	const struct queue_snapshot *ring = &run->map.snapshot;
	unsigned slot, tagged = 0, driver = (ring->cwriter + 1) % ring->slots;

	for (slot = 0; slot < ring->slots; slot++)
		tagged += queue_is_tagged(ring->words[slot], NULL);
	/* Filler of one that is over stands for lost history, and is overwritten in time. */
	if (tagged && queue_assumes(&run->map.queue, GITS_CWRITER))
		check_cannot(run, CHECK_UNFINISHED_LAP, "%u slots are filler of a lap that was killed; whether it is over GITS_CWRITER tells, which is not known", tagged);
	else if (queue_lap_is_unfinished(driver, ring->words[(ring->cwriter + ring->slots - 1) % ring->slots],
					 ring->words[ring->cwriter], ring->words[driver]))
		check_fail(run, CHECK_UNFINISHED_LAP, "%u slots are filler of a lap that was killed, and GITS_CWRITER is one slot short of the driver's pointer, slot %u: 'its-tool recover' finishes it",
			   tagged, driver);
}

void check_history(struct check_run *run)
{
	static const enum check_id of_ring[] = {
		CHECK_UNFINISHED_LAP, CHECK_RAW_APPEND, CHECK_OPCODES, CHECK_VERSION, CHECK_DEVICE_ID, CHECK_EVENT_ID,
		CHECK_INTID, CHECK_ICID, CHECK_ITT_SIZE, CHECK_RDBASE, CHECK_DEVICE_MAPPED, CHECK_EVENT_MAPPED,
		CHECK_COLLECTION_MAPPED, CHECK_VPE_MAPPED, CHECK_EVENT_KIND, CHECK_REMAPPED_EVENT, CHECK_LIVE_ITT, CHECK_SYNC,
	};
	size_t i;

	if (!run->map.has_ring) {
		for (i = 0; i < sizeof(of_ring) / sizeof(of_ring[0]); i++)
			check_cannot(run, of_ring[i], "%.350s", run->map.ring_error.message);
		return;
	}
	if (!run->map.n_cpus)
		check_cannot(run, CHECK_RDBASE, "%.350s", run->map.cpus_error.message);
	if (!run->linux)
		check_moot(run, CHECK_RAW_APPEND);
	for (i = 0; i < sizeof(of_order) / sizeof(of_order[0]) && !is_ordered(run); i++)
		check_cannot(run, of_order[i], "GITS_CWRITER is not known, and the ring's contents do not tell which command is the newest");
	if (is_ordered(run))
		check_syncs(run);
	check_laps(run);
}
