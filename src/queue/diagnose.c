// SPDX-License-Identifier: GPL-2.0-or-later
/* Why may the ITS have refused this command? Ranges and mappings, checked again: reference 5.2. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "its/queue.h"

struct judgement {
	const struct queue_scene *scene;
	const struct queue *queue;
	const struct its_command *command;
	const uint64_t *words;
	struct queue_diagnosis *diagnosis;
};

/* Always true, so that a check can end with it. */
static bool found(struct judgement *judgement, enum its_cause cause, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static bool found(struct judgement *judgement, enum its_cause cause, const char *format, ...)
{
	struct queue_diagnosis *diagnosis = judgement->diagnosis;
	const char *name = its_cause_name(cause);
	va_list arguments;

	diagnosis->cause = cause;
	diagnosis->refused = true;
	diagnosis->code = its_cause_code(judgement->words, cause);
	if (diagnosis->code && name)
		snprintf(diagnosis->name, sizeof(diagnosis->name), "%s_%s", judgement->command->name, name);
	va_start(arguments, format);
	vsnprintf(diagnosis->reason, sizeof(diagnosis->reason), format, arguments);
	va_end(arguments);
	return true;
}

static bool get(const struct judgement *judgement, enum its_field_id id, uint64_t *value)
{
	return its_command_get(judgement->words, judgement->queue->layout, id, value);
}

static bool unmaps(const struct judgement *judgement)
{
	uint64_t v;

	return get(judgement, ITS_FIELD_V, &v) && !v;
}

/* MAPI and VMAPI take the EventID for the INTID. */
static bool check_intids(struct judgement *judgement)
{
	unsigned opcode = judgement->command->opcode;
	uint64_t value, valid;

	if ((get(judgement, ITS_FIELD_PINTID, &value) ||
	     (opcode == ITS_MAPI && get(judgement, ITS_FIELD_EVENT_ID, &value))) && value < ITS_LPI_FIRST)
		return found(judgement, ITS_PHYSICALID_OOR, "pINTID %llu is no LPI: they begin at %u",
			     (unsigned long long)value, ITS_LPI_FIRST);
	if ((get(judgement, ITS_FIELD_VINTID, &value) ||
	     (opcode == ITS_VMAPI && get(judgement, ITS_FIELD_EVENT_ID, &value))) && value < ITS_LPI_FIRST)
		return found(judgement, ITS_VIRTUALID_OOR, "vINTID %llu is no LPI: they begin at %u",
			     (unsigned long long)value, ITS_LPI_FIRST);
	/* VMOVI has a doorbell with D=1 only. */
	if (get(judgement, ITS_FIELD_DBELL_PINTID, &value) && value < ITS_LPI_FIRST && value != ITS_NO_DOORBELL &&
	    !(get(judgement, ITS_FIELD_D, &valid) && !valid))
		return found(judgement, ITS_PHYSICALID_OOR, "Dbell_pINTID %llu is neither an LPI nor %u, which is none",
			     (unsigned long long)value, ITS_NO_DOORBELL);
	return false;
}

static bool check_ranges(struct judgement *judgement)
{
	uint64_t typer = judgement->queue->typer, value;
	unsigned device_bits = (unsigned)its_register_get(GITS_TYPER, "Devbits", typer) + 1;
	unsigned event_bits = (unsigned)its_register_get(GITS_TYPER, "ID_bits", typer) + 1;
	unsigned icid_bits = its_register_get(GITS_TYPER, "CIL", typer) ?
			     (unsigned)its_register_get(GITS_TYPER, "CIDbits", typer) + 1 : 16;

	if (get(judgement, ITS_FIELD_DEVICE_ID, &value) && value >> device_bits)
		return found(judgement, ITS_DEVICE_OOR, "DeviceID 0x%llx needs more than the %u bits of GITS_TYPER.Devbits",
			     (unsigned long long)value, device_bits);
	if (!unmaps(judgement) && get(judgement, ITS_FIELD_SIZE, &value) && value + 1 > event_bits)
		return found(judgement, ITS_ITTSIZE_OOR, "Size %llu asks for %llu EventID bits, GITS_TYPER.ID_bits allows %u",
			     (unsigned long long)value, (unsigned long long)value + 1, event_bits);
	if (get(judgement, ITS_FIELD_ICID, &value) && value >> icid_bits)
		return found(judgement, ITS_COLLECTION_OOR, "ICID %llu needs more than %u bits",
			     (unsigned long long)value, icid_bits);
	if (get(judgement, ITS_FIELD_EVENT_ID, &value) && value >> event_bits)
		return found(judgement, ITS_ID_OOR, "EventID %llu needs more than the %u bits of GITS_TYPER.ID_bits",
			     (unsigned long long)value, event_bits);
	return check_intids(judgement);
}

static bool check_target(struct judgement *judgement)
{
	static const enum its_field_id fields[] = { ITS_FIELD_RDBASE, ITS_FIELD_RDBASE2 };
	const struct queue_scene *scene = judgement->scene;
	uint64_t rdbase, vpeid;
	size_t i, f;

	if (!scene->n_redistributors || unmaps(judgement))
		return false;
	for (f = 0; f < 2; f++) {
		if (!get(judgement, fields[f], &rdbase))
			continue;
		if (get(judgement, ITS_FIELD_VPEID, &vpeid))
			rdbase -= queue_vpe_rdbase_offset(judgement->queue);
		for (i = 0; i < scene->n_redistributors; i++)
			if (queue_redistributor_is(judgement->queue, &scene->redistributors[i], rdbase))
				break;
		if (i == scene->n_redistributors)
			return found(judgement, ITS_TARGET_OOR, "no redistributor answers to RDbase 0x%llx",
				     (unsigned long long)rdbase);
	}
	return false;
}

static bool check_event(struct judgement *judgement, uint32_t device_id, uint32_t event_id)
{
	const struct replay *replay = judgement->scene->replay;
	const struct replay_device *device = replay_device(replay, device_id);
	const struct replay_event *event;
	bool maps;

	switch (judgement->command->opcode) {
	case ITS_MAPTI: case ITS_MAPI: case ITS_VMAPTI: case ITS_VMAPI:
		maps = true;
		break;
	default:
		maps = false;
	}
	if (replay_device_known(replay, device_id) == REPLAY_UNMAPPED)
		return found(judgement, ITS_UNMAPPED_DEVICE,
			     "DeviceID 0x%x is not mapped: no MAPD for it is in force", device_id);
	if (device && device->has_itt && (uint64_t)event_id >> device->event_bits)
		return found(judgement, ITS_ID_OOR, "EventID %u is beyond the %u bits of the device's MAPD",
			     event_id, device->event_bits);
	if (!maps && replay_event_known(replay, device_id, event_id) == REPLAY_UNMAPPED)
		return found(judgement, ITS_UNMAPPED_INTERRUPT, "EventID %u of DeviceID 0x%x is not mapped",
			     event_id, device_id);
	event = replay_event(replay, device_id, event_id);
	if (!event || event->known != REPLAY_MAPPED)
		return false;
	if (judgement->command->opcode == ITS_VMOVI && !event->is_virtual)
		return found(judgement, ITS_NOT_VIRTUAL, "EventID %u of DeviceID 0x%x is a physical interrupt",
			     event_id, device_id);
	if (judgement->command->opcode == ITS_MOVI && event->is_virtual)
		return found(judgement, ITS_NOT_PHYSICAL, "EventID %u of DeviceID 0x%x is a virtual interrupt",
			     event_id, device_id);
	return false;
}

/*
 * Linux itself names vPEs that are not mapped in VSYNC, VSGI and the like, when it
 * tears a guest down: only what maps or moves something is judged.
 */
static bool check_vpe(struct judgement *judgement, uint32_t vpeid)
{
	switch (judgement->command->opcode) {
	case ITS_VMAPTI: case ITS_VMAPI: case ITS_VMOVI: case ITS_VMOVP:
		break;
	default:
		return false;
	}
	if (replay_vpe_known(judgement->scene->replay, vpeid) != REPLAY_UNMAPPED)
		return false;
	found(judgement, ITS_VPE_INVALID, "vPE %u is not mapped: no VMAPP for it is in force", vpeid);
	/* Like MAPTI: it maps, and its interrupts go nowhere. */
	if (judgement->command->opcode == ITS_VMAPTI || judgement->command->opcode == ITS_VMAPI)
		judgement->diagnosis->refused = false;
	return true;
}

static bool check_mappings(struct judgement *judgement)
{
	uint64_t device_id, event_id, icid, vpeid;

	if (judgement->command->opcode == ITS_MAPD || judgement->command->opcode == ITS_MAPC)
		return false;
	if (get(judgement, ITS_FIELD_DEVICE_ID, &device_id) &&
	    get(judgement, ITS_FIELD_EVENT_ID, &event_id) &&
	    check_event(judgement, (uint32_t)device_id, (uint32_t)event_id))
		return true;
	if (get(judgement, ITS_FIELD_VPEID, &vpeid))
		return check_vpe(judgement, (uint32_t)vpeid);
	if (!get(judgement, ITS_FIELD_ICID, &icid) ||
	    replay_collection_known(judgement->scene->replay, (uint32_t)icid) != REPLAY_UNMAPPED)
		return false;
	found(judgement, ITS_UNMAPPED_COLLECTION,
	      "collection %llu is not mapped: no MAPC for it is in force", (unsigned long long)icid);
	/* MAPTI has no such error: it maps, and its interrupts go nowhere. */
	if (judgement->command->opcode == ITS_MAPTI || judgement->command->opcode == ITS_MAPI) {
		judgement->diagnosis->refused = false;
		judgement->diagnosis->code = 0;
		*judgement->diagnosis->name = '\0';
	}
	return true;
}

static bool check_version(struct judgement *judgement)
{
	const struct queue *queue = judgement->queue;
	const char *name = judgement->command->name;

	if (judgement->command->since >= ITS_SINCE_GICV4 &&
	    !its_register_get(GITS_TYPER, "Virtual", queue->typer))
		return found(judgement, ITS_NEEDS_GICV4, "%s needs GICv4 (GITS_TYPER.Virtual is 0)", name);
	if (judgement->command->since == ITS_SINCE_GICV41 && queue->layout != ITS_LAYOUT_V41)
		return found(judgement, ITS_NEEDS_GICV4, "%s needs GICv4.1 (GITS_TYPER.VMAPP is 0)", name);
	return false;
}

void queue_diagnose(const struct queue_scene *scene, const uint64_t words[ITS_COMMAND_WORDS],
		    struct queue_diagnosis *diagnosis)
{
	struct judgement judgement = {
		.scene = scene, .queue = scene->queue, .words = words,
		.command = its_command_by_opcode(words[0]), .diagnosis = diagnosis,
	};

	diagnosis->cause = ITS_CAUSE_NONE;
	diagnosis->refused = false;
	diagnosis->code = 0;
	*diagnosis->name = *diagnosis->reason = '\0';
	if (!judgement.command)
		found(&judgement, ITS_UNKNOWN_OPCODE, "0x%02llx is no opcode of the architecture",
		      (unsigned long long)its_command_opcode(words));
	else if (!check_version(&judgement) && !check_ranges(&judgement) && !check_target(&judgement))
		check_mappings(&judgement);
}
