// SPDX-License-Identifier: GPL-2.0-or-later
/* Why may the ITS have refused this command? Ranges and mappings, checked again: reference 5.2. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "its/queue.h"

/* The error byte of 0x01ooee, and how the architecture's lists name it behind the mnemonic. */
enum cause {
	DEVICE_OOR = 0x01, ITTSIZE_OOR = 0x02, COLLECTION_OOR = 0x03, UNMAPPED_DEVICE = 0x04, ID_OOR = 0x05,
	PHYSICALID_OOR = 0x06, UNMAPPED_INTERRUPT = 0x07, UNMAPPED_COLLECTION = 0x09, TARGET_OOR = 0x20,
};

static const struct { enum cause cause; const char *name; } cause_names[] = {
	{ DEVICE_OOR, "DEVICE_OOR" }, { ITTSIZE_OOR, "ITTSIZE_OOR" }, { COLLECTION_OOR, "COLLECTION_OOR" },
	{ UNMAPPED_DEVICE, "UNMAPPED_DEVICE" }, { ID_OOR, "ID_OOR" }, { PHYSICALID_OOR, "PHYSICALID_OOR" },
	{ UNMAPPED_INTERRUPT, "UNMAPPED_INTERRUPT" }, { UNMAPPED_COLLECTION, "UNMAPPED_COLLECTION" },
	{ TARGET_OOR, "TARGET_OOR" },
};

struct judgement {
	const struct queue *queue;
	const struct queue_snapshot *snapshot;
	const struct its_command *command;
	const uint64_t *words;
	unsigned age;			/* so many of the oldest slots are the history */
	const struct queue_redistributor *redistributors;
	size_t n_redistributors;
	struct queue_diagnosis *diagnosis;
};

/* Always true, so that a check can end with it. */
static bool found(struct judgement *scene, enum cause cause, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static bool found(struct judgement *scene, enum cause cause, const char *format, ...)
{
	struct queue_diagnosis *diagnosis = scene->diagnosis;
	/* CLEAR reports itself as 5, in Linux's list and in the TRM. */
	unsigned opcode = scene->command->opcode == ITS_CLEAR ? 5 : scene->command->opcode;
	va_list arguments;
	size_t i;

	diagnosis->code = 0x010000u | opcode << 8 | cause;
	for (i = 0; i < sizeof(cause_names) / sizeof(cause_names[0]); i++)
		if (cause_names[i].cause == cause)
			snprintf(diagnosis->name, sizeof(diagnosis->name), "%s_%s", scene->command->name,
				 cause_names[i].name);
	va_start(arguments, format);
	vsnprintf(diagnosis->reason, sizeof(diagnosis->reason), format, arguments);
	va_end(arguments);
	return true;
}

static bool get(const struct judgement *scene, enum its_field_id id, uint64_t *value)
{
	return its_command_get(scene->words, scene->queue->layout, id, value);
}

static bool unmaps(const struct judgement *scene)
{
	uint64_t v;

	return get(scene, ITS_FIELD_V, &v) && !v;
}

static bool check_ranges(struct judgement *scene)
{
	uint64_t typer = scene->queue->typer, value;
	unsigned device_bits = (unsigned)its_register_get(GITS_TYPER, "Devbits", typer) + 1;
	unsigned event_bits = (unsigned)its_register_get(GITS_TYPER, "ID_bits", typer) + 1;
	unsigned icid_bits = its_register_get(GITS_TYPER, "CIL", typer) ?
			     (unsigned)its_register_get(GITS_TYPER, "CIDbits", typer) + 1 : 16;

	if (get(scene, ITS_FIELD_DEVICE_ID, &value) && value >> device_bits)
		return found(scene, DEVICE_OOR, "DeviceID 0x%llx needs more than the %u bits of GITS_TYPER.Devbits",
			     (unsigned long long)value, device_bits);
	if (!unmaps(scene) && get(scene, ITS_FIELD_SIZE, &value) && value + 1 > event_bits)
		return found(scene, ITTSIZE_OOR, "Size %llu asks for %llu EventID bits, GITS_TYPER.ID_bits allows %u",
			     (unsigned long long)value, (unsigned long long)value + 1, event_bits);
	if (get(scene, ITS_FIELD_ICID, &value) && value >> icid_bits)
		return found(scene, COLLECTION_OOR, "ICID %llu needs more than %u bits",
			     (unsigned long long)value, icid_bits);
	if (get(scene, ITS_FIELD_EVENT_ID, &value) && value >> event_bits)
		return found(scene, ID_OOR, "EventID %llu needs more than the %u bits of GITS_TYPER.ID_bits",
			     (unsigned long long)value, event_bits);
	if (scene->command->opcode == ITS_MAPTI && get(scene, ITS_FIELD_PINTID, &value) && value < 8192)
		return found(scene, PHYSICALID_OOR, "pINTID %llu is no LPI: they begin at 8192",
			     (unsigned long long)value);
	return false;
}

static bool check_target(struct judgement *scene)
{
	static const enum its_field_id fields[] = { ITS_FIELD_RDBASE, ITS_FIELD_RDBASE2 };
	uint64_t rdbase;
	size_t i, f;

	if (!scene->n_redistributors || unmaps(scene))
		return false;
	for (f = 0; f < 2; f++) {
		if (!get(scene, fields[f], &rdbase))
			continue;
		for (i = 0; i < scene->n_redistributors; i++)
			if (queue_redistributor_rdbase(&scene->redistributors[i], scene->queue->typer) == rdbase)
				break;
		if (i == scene->n_redistributors)
			return found(scene, TARGET_OOR, "no redistributor answers to RDbase 0x%llx",
				     (unsigned long long)rdbase);
	}
	return false;
}

/* QUEUE_UNKNOWN where the history does not reach back. */
static enum queue_known collection_known(const struct judgement *scene, uint64_t icid)
{
	enum queue_known known = queue_history_is_whole(scene->snapshot) ? QUEUE_UNMAPPED : QUEUE_UNKNOWN;
	enum its_layout layout = scene->queue->layout;
	unsigned age;

	for (age = 0; age < scene->age; age++) {
		const uint64_t *words = scene->snapshot->words[queue_slot_by_age(scene->snapshot, age)];
		uint64_t id, v;

		if ((words[0] & 0xff) == ITS_MAPC && its_command_get(words, layout, ITS_FIELD_ICID, &id) &&
		    id == icid && its_command_get(words, layout, ITS_FIELD_V, &v))
			known = v ? QUEUE_MAPPED : QUEUE_UNMAPPED;
	}
	return known;
}

static bool check_mappings(struct judgement *scene)
{
	uint64_t device_id, event_id, icid;
	struct queue_event event;
	/* With nothing overwritten yet, what the history does not show never was. */
	bool whole = queue_history_is_whole(scene->snapshot);
	bool maps_event = scene->command->opcode == ITS_MAPTI || scene->command->opcode == ITS_MAPI;

	if (scene->command->opcode == ITS_MAPD || scene->command->opcode == ITS_MAPC)
		return false;
	if (get(scene, ITS_FIELD_DEVICE_ID, &device_id) && get(scene, ITS_FIELD_EVENT_ID, &event_id)) {
		queue_event_lookup(scene->snapshot, scene->queue->layout, (uint32_t)device_id,
				   (uint32_t)event_id, &event);
		if (event.device == QUEUE_UNMAPPED ||
		    (whole && event.device == QUEUE_UNKNOWN && event.event == QUEUE_UNKNOWN))
			return found(scene, UNMAPPED_DEVICE, "DeviceID 0x%llx is not mapped: no MAPD for it is in force",
				     (unsigned long long)device_id);
		if (event.has_size && event_id >> event.event_bits)
			return found(scene, ID_OOR, "EventID %llu is beyond the %u bits of the device's MAPD",
				     (unsigned long long)event_id, event.event_bits);
		if (!maps_event && event.event == QUEUE_UNMAPPED)
			return found(scene, UNMAPPED_INTERRUPT, "EventID %llu of DeviceID 0x%llx is not mapped",
				     (unsigned long long)event_id, (unsigned long long)device_id);
	}
	if (get(scene, ITS_FIELD_ICID, &icid) && collection_known(scene, icid) == QUEUE_UNMAPPED)
		return found(scene, UNMAPPED_COLLECTION, "collection %llu is not mapped: no MAPC for it is in force",
			     (unsigned long long)icid);
	return false;
}

static bool check_version(struct judgement *scene)
{
	const char *needs = NULL;

	if (scene->command->since >= ITS_SINCE_GICV4 &&
	    !its_register_get(GITS_TYPER, "Virtual", scene->queue->typer))
		needs = "GICv4 (GITS_TYPER.Virtual is 0)";
	else if (scene->command->since == ITS_SINCE_GICV41 && scene->queue->layout != ITS_LAYOUT_V41)
		needs = "GICv4.1 (GITS_TYPER.VMAPP is 0)";
	if (needs)
		snprintf(scene->diagnosis->reason, sizeof(scene->diagnosis->reason),
			 "%s needs %s", scene->command->name, needs);
	return needs;
}

void queue_diagnose(const struct queue_scene *around, const uint64_t words[ITS_COMMAND_WORDS],
		    unsigned age, struct queue_diagnosis *diagnosis)
{
	struct judgement scene = {
		.queue = around->queue, .snapshot = around->snapshot, .words = words,
		.command = its_command_by_opcode(words[0]), .age = age,
		.redistributors = around->redistributors, .n_redistributors = around->n_redistributors,
		.diagnosis = diagnosis,
	};

	memset(diagnosis, 0, sizeof(*diagnosis));
	if (!scene.command) {
		snprintf(diagnosis->reason, sizeof(diagnosis->reason), "0x%02llx is no opcode of the architecture",
			 (unsigned long long)(words[0] & 0xff));
		return;
	}
	if (!check_version(&scene) && !check_ranges(&scene) && !check_target(&scene))
		check_mappings(&scene);
}
