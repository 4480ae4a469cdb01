// SPDX-License-Identifier: GPL-2.0-or-later
/* What do the executed commands add up to? */
#include <stdlib.h>
#include <string.h>

#include "its/replay.h"

/* A record by its key, made with zeros if it is not there. */
#define FIND(HEAD, KEY, RECORD) HASH_FIND(hh, HEAD, &(KEY), sizeof(KEY), RECORD)
#define FIND_OR_ADD(HEAD, MEMBER, KEY, RECORD)                                       \
	do {                                                                         \
		FIND(HEAD, KEY, RECORD);                                             \
		if ((RECORD) || !((RECORD) = calloc(1, sizeof(*(RECORD)))))          \
			break;                                                       \
		(RECORD)->MEMBER = (KEY);                                            \
		HASH_ADD(hh, HEAD, MEMBER, sizeof((RECORD)->MEMBER), RECORD);        \
		if (!(RECORD)->hh.tbl) {                                             \
			free(RECORD);                                                \
			(RECORD) = NULL;                                             \
		}                                                                    \
	} while (0)

static uint64_t event_key(uint32_t device_id, uint32_t event_id)
{
	return (uint64_t)device_id << 32 | event_id;
}

void replay_init(struct replay *replay, enum its_layout layout, bool whole)
{
	*replay = (struct replay){ .layout = layout, .whole = whole };
}

#define FREE_ALL(HEAD, TYPE)                                       \
	do {                                                       \
		struct TYPE *record_, *next_;                      \
		HASH_ITER(hh, HEAD, record_, next_) {              \
			HASH_DELETE(hh, HEAD, record_);            \
			free(record_);                             \
		}                                                  \
	} while (0)

void replay_free(struct replay *replay)
{
	FREE_ALL(replay->devices, replay_device);
	FREE_ALL(replay->events, replay_event);
	FREE_ALL(replay->collections, replay_collection);
	FREE_ALL(replay->vpes, replay_vpe);
}

struct replay_device *replay_device(const struct replay *replay, uint32_t device_id)
{
	struct replay_device *device;

	FIND(replay->devices, device_id, device);
	return device;
}

struct replay_event *replay_event(const struct replay *replay, uint32_t device_id, uint32_t event_id)
{
	uint64_t key = event_key(device_id, event_id);
	struct replay_event *event;

	FIND(replay->events, key, event);
	return event;
}

struct replay_collection *replay_collection(const struct replay *replay, uint32_t icid)
{
	struct replay_collection *collection;

	FIND(replay->collections, icid, collection);
	return collection;
}

struct replay_vpe *replay_vpe(const struct replay *replay, uint32_t vpeid)
{
	struct replay_vpe *vpe;

	FIND(replay->vpes, vpeid, vpe);
	return vpe;
}

struct replay_device *replay_device_add(struct replay *replay, uint32_t device_id)
{
	struct replay_device *device;

	FIND_OR_ADD(replay->devices, device_id, device_id, device);
	return device;
}

struct replay_event *replay_event_add(struct replay *replay, uint32_t device_id, uint32_t event_id)
{
	uint64_t key = event_key(device_id, event_id);
	struct replay_event *event;

	FIND_OR_ADD(replay->events, key, key, event);
	if (event) {
		event->device_id = device_id;
		event->event_id = event_id;
	}
	return event;
}

struct replay_collection *replay_collection_add(struct replay *replay, uint32_t icid)
{
	struct replay_collection *collection;

	FIND_OR_ADD(replay->collections, icid, icid, collection);
	return collection;
}

struct replay_vpe *replay_vpe_add(struct replay *replay, uint32_t vpeid)
{
	struct replay_vpe *vpe;

	FIND_OR_ADD(replay->vpes, vpeid, vpeid, vpe);
	return vpe;
}

/* A command's field; 0 where its layout has none. */
static uint64_t get(const struct replay *replay, const uint64_t *words, enum its_field_id id)
{
	uint64_t value;

	return its_command_get(words, replay->layout, id, &value) ? value : 0;
}

/* What was done with the event belongs to the mapping that it had. */
static void forget_uses(struct replay_event *event)
{
	event->inv = event->interrupt = (struct replay_source){ 0 };
}

/*
 * MAPD gives the device a new ITT, or none: either way its events are gone. But
 * they stand in the table, so one that is mapped again while it is in use has
 * them still.
 */
static bool apply_mapd(struct replay *replay, const uint64_t *words, struct replay_source source)
{
	struct replay_device *device =
		replay_device_add(replay, (uint32_t)get(replay, words, ITS_FIELD_DEVICE_ID));
	bool valid = get(replay, words, ITS_FIELD_V);
	uint64_t itt = get(replay, words, ITS_FIELD_ITT_ADDR);
	unsigned bits = (unsigned)get(replay, words, ITS_FIELD_SIZE) + 1;
	struct replay_event *event;

	if (!device)
		return false;
	if (valid && device->known == REPLAY_MAPPED && device->has_itt && device->itt_addr == itt) {
		device->source = source;
		device->event_bits = bits;
		return true;
	}
	for (event = device->events; event; event = event->next) {
		event->known = REPLAY_UNMAPPED;
		event->source = source;
		forget_uses(event);
		event->linked = false;
	}
	/* Forgotten here, so that many MAPDs do not visit the same events again. */
	device->events = NULL;
	device->known = valid ? REPLAY_MAPPED : REPLAY_UNMAPPED;
	device->source = source;
	device->itt_read = true;
	device->has_itt = valid;
	device->event_bits = valid ? bits : 0;
	device->itt_addr = valid ? itt : 0;
	return true;
}

static bool apply_mapc(struct replay *replay, const uint64_t *words, struct replay_source source)
{
	struct replay_collection *collection =
		replay_collection_add(replay, (uint32_t)get(replay, words, ITS_FIELD_ICID));

	if (!collection)
		return false;
	collection->known = get(replay, words, ITS_FIELD_V) ? REPLAY_MAPPED : REPLAY_UNMAPPED;
	collection->source = source;
	collection->rdbase = get(replay, words, ITS_FIELD_RDBASE);
	collection->astray = (struct replay_source){ 0 };
	return true;
}

bool replay_apply_astray(struct replay *replay, const uint64_t words[ITS_COMMAND_WORDS], unsigned slot)
{
	struct replay_collection *collection =
		replay_collection_add(replay, (uint32_t)get(replay, words, ITS_FIELD_ICID));

	if (!collection)
		return false;
	collection->astray = (struct replay_source){ REPLAY_RING, slot, replay->applied++ };
	collection->astray_rdbase = get(replay, words, ITS_FIELD_RDBASE);
	return true;
}

/* Enters @event into its device's list, which the next MAPD clears. */
bool replay_event_link(struct replay *replay, struct replay_event *event)
{
	struct replay_device *device = replay_device_add(replay, event->device_id);

	if (!device)
		return false;
	if (!event->linked) {
		event->next = device->events;
		device->events = event;
		event->linked = true;
	}
	return true;
}

static bool apply_event(struct replay *replay, const uint64_t *words, struct replay_source source)
{
	struct replay_event *event =
		replay_event_add(replay, (uint32_t)get(replay, words, ITS_FIELD_DEVICE_ID),
				 (uint32_t)get(replay, words, ITS_FIELD_EVENT_ID));

	if (!event)
		return false;
	switch (its_command_opcode(words)) {
	case ITS_INV:
		event->inv = source;
		return true;
	case ITS_INT:
		event->interrupt = source;
		return true;
	case ITS_CLEAR:
		return true;
	case ITS_DISCARD:
		event->known = REPLAY_UNMAPPED;
		event->source = source;
		forget_uses(event);
		return true;
	case ITS_MAPTI:
	case ITS_MAPI:
		forget_uses(event);
		event->is_virtual = event->has_vintid = event->has_doorbell = false;
		event->has_pintid = event->has_icid = true;
		event->pintid = its_command_opcode(words) == ITS_MAPI ? event->event_id :
				(uint32_t)get(replay, words, ITS_FIELD_PINTID);
		event->icid = (uint32_t)get(replay, words, ITS_FIELD_ICID);
		event->source = source;
		break;
	case ITS_VMAPTI:
	case ITS_VMAPI:
		forget_uses(event);
		event->is_virtual = event->has_vpeid = event->has_vintid = event->has_doorbell = true;
		event->has_pintid = event->has_icid = false;
		event->vpeid = (uint32_t)get(replay, words, ITS_FIELD_VPEID);
		event->vintid = its_command_opcode(words) == ITS_VMAPI ? event->event_id :
				(uint32_t)get(replay, words, ITS_FIELD_VINTID);
		event->doorbell = (uint32_t)get(replay, words, ITS_FIELD_DBELL_PINTID);
		event->source = source;
		break;
	case ITS_MOVI:
		/* Only a mapped event is moved, so the history need not reach back to its MAPTI. */
		event->has_icid = true;
		event->icid = (uint32_t)get(replay, words, ITS_FIELD_ICID);
		break;
	case ITS_VMOVI:
		event->is_virtual = event->has_vpeid = true;
		event->vpeid = (uint32_t)get(replay, words, ITS_FIELD_VPEID);
		if (get(replay, words, ITS_FIELD_D)) {
			event->has_doorbell = true;
			event->doorbell = (uint32_t)get(replay, words, ITS_FIELD_DBELL_PINTID);
		}
		break;
	}
	event->moved = source;
	event->known = REPLAY_MAPPED;
	if (event->source.origin == REPLAY_NOWHERE)
		event->source = source;
	return replay_event_link(replay, event);
}

static bool apply_vpe(struct replay *replay, const uint64_t *words, struct replay_source source)
{
	struct replay_vpe *vpe = replay_vpe_add(replay, (uint32_t)get(replay, words, ITS_FIELD_VPEID));
	struct replay_vsgi *vsgi;

	if (!vpe)
		return false;
	switch (its_command_opcode(words)) {
	case ITS_VMAPP:
		vpe->known = get(replay, words, ITS_FIELD_V) ? REPLAY_MAPPED : REPLAY_UNMAPPED;
		vpe->source = vpe->moved = source;
		vpe->has_rdbase = vpe->has_vpt = vpe->known == REPLAY_MAPPED;
		vpe->rdbase = get(replay, words, ITS_FIELD_RDBASE);
		vpe->vpt_addr = get(replay, words, ITS_FIELD_VPT_ADDR);
		vpe->vpt_size = (uint32_t)get(replay, words, ITS_FIELD_VPT_SIZE);
		vpe->has_doorbell = vpe->has_vconf = vpe->has_vpt && replay->layout == ITS_LAYOUT_V41;
		vpe->doorbell = (uint32_t)get(replay, words, ITS_FIELD_DEFAULT_DOORBELL);
		vpe->vconf_addr = get(replay, words, ITS_FIELD_VCONF_ADDR);
		if (vpe->known == REPLAY_UNMAPPED)
			memset(vpe->vsgi, 0, sizeof(vpe->vsgi));
		break;
	case ITS_VMOVP:
		/* Only a mapped vPE is moved, so the history need not reach back to its VMAPP. */
		if (vpe->known == REPLAY_UNMAPPED)
			break;
		vpe->known = REPLAY_MAPPED;
		vpe->has_rdbase = true;
		vpe->rdbase = get(replay, words, ITS_FIELD_RDBASE);
		vpe->moved = source;
		if (vpe->source.origin == REPLAY_NOWHERE)
			vpe->source = source;
		if (replay->layout == ITS_LAYOUT_V41) {
			vpe->has_doorbell = true;
			vpe->doorbell = (uint32_t)get(replay, words, ITS_FIELD_DEFAULT_DOORBELL);
		}
		break;
	case ITS_VSGI:
		/* C=1 only clears what is pending. */
		if (get(replay, words, ITS_FIELD_C))
			break;
		vsgi = &vpe->vsgi[get(replay, words, ITS_FIELD_VSGI) & 15];
		*vsgi = (struct replay_vsgi){
			.known = true, .slot = source.slot,
			.enabled = get(replay, words, ITS_FIELD_E),
			.group1 = get(replay, words, ITS_FIELD_G),
			/* The command holds the top four of the eight bits. */
			.priority = (uint8_t)(get(replay, words, ITS_FIELD_PRIORITY) << 4),
		};
		break;
	}
	return true;
}

bool replay_apply(struct replay *replay, const uint64_t words[ITS_COMMAND_WORDS], unsigned slot)
{
	struct replay_source source = { REPLAY_RING, slot, replay->applied++ };
	struct replay_collection *collection;

	switch (its_command_opcode(words)) {
	case ITS_MAPD:
		return apply_mapd(replay, words, source);
	case ITS_MAPC:
		return apply_mapc(replay, words, source);
	case ITS_INVALL:
		collection = replay_collection_add(replay, (uint32_t)get(replay, words, ITS_FIELD_ICID));
		if (collection)
			collection->invall = source;
		return collection;
	case ITS_MOVI: case ITS_INT: case ITS_CLEAR: case ITS_MAPTI: case ITS_MAPI: case ITS_INV:
	case ITS_DISCARD: case ITS_VMOVI: case ITS_VMAPTI: case ITS_VMAPI:
		return apply_event(replay, words, source);
	case ITS_VMAPP: case ITS_VMOVP: case ITS_VSGI:
		return apply_vpe(replay, words, source);
	}
	/* SYNC, VSYNC, VINVALL, INVDB map nothing; MOVALL moves what is pending, not what is mapped. */
	return true;
}

enum replay_known replay_device_known(const struct replay *replay, uint32_t device_id)
{
	const struct replay_device *device = replay_device(replay, device_id);

	if (device && device->known != REPLAY_UNKNOWN)
		return device->known;
	/* Events of a device that was never mapped were refused, or their MAPD was overwritten. */
	return replay->whole && !(device && device->events) ? REPLAY_UNMAPPED : REPLAY_UNKNOWN;
}

enum replay_known replay_event_known(const struct replay *replay, uint32_t device_id,
				     uint32_t event_id)
{
	const struct replay_event *event = replay_event(replay, device_id, event_id);
	const struct replay_device *device;

	if (event && event->known != REPLAY_UNKNOWN)
		return event->known;
	device = replay_device(replay, device_id);
	if (replay_device_known(replay, device_id) == REPLAY_UNMAPPED ||
	    replay->whole || (device && device->itt_read))
		return REPLAY_UNMAPPED;
	return REPLAY_UNKNOWN;
}

enum replay_known replay_collection_known(const struct replay *replay, uint32_t icid)
{
	const struct replay_collection *collection = replay_collection(replay, icid);

	if (collection && collection->known != REPLAY_UNKNOWN)
		return collection->known;
	return replay->whole ? REPLAY_UNMAPPED : REPLAY_UNKNOWN;
}

enum replay_known replay_vpe_known(const struct replay *replay, uint32_t vpeid)
{
	const struct replay_vpe *vpe = replay_vpe(replay, vpeid);

	if (vpe && vpe->known != REPLAY_UNKNOWN)
		return vpe->known;
	return replay->whole ? REPLAY_UNMAPPED : REPLAY_UNKNOWN;
}

bool replay_is_younger(const struct replay_source *a, const struct replay_source *b)
{
	return a->origin == REPLAY_RING && b->origin == REPLAY_RING && a->order > b->order;
}

#define COMPARE(TYPE, MEMBER)                                                          \
	static int compare_##TYPE(const void *a, const void *b)                        \
	{                                                                              \
		const struct replay_##TYPE *x = a, *y = b;                             \
		return (x->MEMBER > y->MEMBER) - (x->MEMBER < y->MEMBER);              \
	}

COMPARE(device, device_id)
COMPARE(event, key)
COMPARE(collection, icid)
COMPARE(vpe, vpeid)

void replay_sort(struct replay *replay)
{
	HASH_SRT(hh, replay->devices, compare_device);
	HASH_SRT(hh, replay->events, compare_event);
	HASH_SRT(hh, replay->collections, compare_collection);
	HASH_SRT(hh, replay->vpes, compare_vpe);
}
