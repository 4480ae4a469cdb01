// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What do QEMU's tables say? Its ITS keeps no state elsewhere, so they are
 * what it translates by at this moment. Layout: gicv3_internal.h of QEMU.
 */
#include "tables.h"

#define ITE_BYTES 12u
#define ITES_PER_READ (4096u / ITE_BYTES)

#define VALID 1u
#define RDBASE_SHIFT 16		/* a processor number in place: GITS_TYPER.PTA is 0 */

struct qemu {
	struct tables *tables;
	struct table devices, collections, vpes;
	bool has_devices, has_collections, has_vpes;
	bool quiet;		/* the ring stood still, so it and the tables must agree */
};

struct dte {
	bool valid;
	unsigned event_bits;
	uint64_t itt_addr;
};

static struct dte decode_dte(uint64_t entry)
{
	/* [0] valid, [5:1] Size, [49:6] ITT address >> 8 */
	return (struct dte){ entry & VALID, (unsigned)(entry >> 1 & 0x1f) + 1,
			     (entry >> 6 & UINT64_C(0xfffffffffff)) << 8 };
}

static uint64_t rdbase_of(uint64_t processor)
{
	return (processor & 0xffff) << RDBASE_SHIFT;
}

/*
 * [0] valid, [1] physical, [25:2] INTID, [47:32] ICID, [63:48] vPEID; then 4
 * bytes: [23:0] doorbell. Before 7.0 the fields were to stand elsewhere, but a
 * second mistake in the address of those 4 bytes put ICID here all the same;
 * only [31:26] and the doorbell, unused without vLPIs, hold something else.
 */
static bool read_ite(struct tables *tables, uint64_t itt, uint64_t event_id, bool *valid,
		     struct tables_event *fact)
{
	unsigned char bytes[ITE_BYTES];
	uint64_t word;

	if (!route_pages_read(&tables->map->pages, itt + event_id * ITE_BYTES, bytes, sizeof(bytes)))
		return false;
	word = tables_word(bytes, 8);
	*valid = word & VALID;
	*fact = (struct tables_event){ .is_virtual = !(word & 2), .intid = word >> 2 & 0xffffff };
	if (fact->is_virtual) {
		fact->vpeid = (uint32_t)(word >> 48);
		fact->doorbell = (uint32_t)tables_word(bytes + 8, 3);
	} else {
		fact->icid = word >> 32 & 0xffff;
	}
	return true;
}

/* All events of @device, whose ITT is where the ITS believes it to be. */
static bool take_itt(struct tables *tables, struct replay_device *device)
{
	uint64_t events = tables_events(tables, device->event_bits), event_id = 0;
	struct tables_event fact;
	bool complete = true, valid;

	while (event_id < events) {
		if (!tables_count(tables))
			return false;
		if (!read_ite(tables, device->itt_addr, event_id, &valid, &fact)) {
			tables_unreadable(tables);
			complete = false;
			event_id += ITES_PER_READ;
			continue;
		}
		if (valid && !tables_fill_event(tables, device->device_id, (uint32_t)event_id, &fact))
			return false;
		event_id++;
	}
	device->itt_read |= complete;
	return true;
}

static bool same_itt(const struct replay_device *device, const struct dte *dte)
{
	return dte->valid && device->known == REPLAY_MAPPED && device->has_itt &&
	       device->event_bits == dte->event_bits && device->itt_addr == dte->itt_addr;
}

static uint64_t take_device(struct tables *tables, uint64_t id, uint64_t entry)
{
	struct dte dte = decode_dte(entry);
	struct replay_device *device;

	if (!dte.valid)
		return 1;
	device = tables_fill_device(tables, (uint32_t)id, dte.event_bits, dte.itt_addr);
	/* Another ITT than the newest MAPD's: which is in force is settled when all is read. */
	return device && (!same_itt(device, &dte) || take_itt(tables, device));
}

static uint64_t take_collection(struct tables *tables, uint64_t id, uint64_t entry)
{
	/* [0] valid, [16:1] processor number */
	return !(entry & VALID) || tables_fill_collection(tables, (uint32_t)id, rdbase_of(entry >> 1));
}

static uint64_t take_vpe(struct tables *tables, uint64_t id, uint64_t entry)
{
	/* [0] valid, [5:1] VPT size, [41:6] VPT address >> 16, [57:42] processor number */
	return !(entry & VALID) ||
	       tables_fill_vpe(tables, (uint32_t)id, rdbase_of(entry >> 42),
			       (entry >> 6 & UINT64_C(0xfffffffff)) << 16, entry >> 1 & 0x1f);
}

/*
 * Does the table contradict the history on whether something is mapped? What
 * is known from the table alone does not: that a command is missing is no
 * statement, for a lap, for one, leaves none in the history.
 */
static bool mapping_differs(enum replay_known known, bool valid)
{
	return valid != (known == REPLAY_MAPPED);
}

/* Of what only other commands name: it is not in the table, so it is not mapped. */
static void settle(enum replay_known *known, struct replay_source *source, bool valid)
{
	if (*known != REPLAY_UNKNOWN || valid)
		return;
	*known = REPLAY_UNMAPPED;
	source->origin = REPLAY_TABLE;
}

/*
 * Where table and ring differ, the table is in force. The ring need not lie by
 * mischance: a lap puts the history back behind the commands it has executed.
 */
static void adopt(enum replay_known *known, struct replay_source *source, struct replay_source *ring,
		  bool valid)
{
	*ring = *source;
	*known = valid ? REPLAY_MAPPED : REPLAY_UNMAPPED;
	*source = (struct replay_source){ .origin = REPLAY_TABLE };
}

static void adopt_device(struct qemu *qemu, struct replay_device *device, const struct dte *dte)
{
	adopt(&device->known, &device->source, &device->ring, dte->valid);
	device->has_itt = dte->valid;
	device->event_bits = dte->event_bits;
	device->itt_addr = dte->itt_addr;
	device->itt_read = false;
	if (dte->valid)
		take_itt(qemu->tables, device);
}

static void settle_devices(struct qemu *qemu)
{
	struct replay_device *device;
	uint64_t entry;

	for (device = qemu->tables->map->replay.devices; device; device = device->hh.next) {
		struct dte dte;

		if (!table_entry(qemu->tables, &qemu->devices, device->device_id, &entry))
			continue;
		dte = decode_dte(entry);
		settle(&device->known, &device->source, dte.valid);
		if (!qemu->quiet || device->source.origin == REPLAY_NOWHERE)
			continue;
		device->table_differs = mapping_differs(device->known, dte.valid) ||
					(dte.valid && !same_itt(device, &dte));
		if (device->table_differs)
			adopt_device(qemu, device, &dte);
	}
}

static bool event_differs(const struct replay_event *event, bool valid,
			  const struct tables_event *fact)
{
	if (mapping_differs(event->known, valid))
		return true;
	if (!valid)
		return false;
	if (event->is_virtual != fact->is_virtual)
		return true;
	/* Parts that were filled from the table are equal; some are unknown still if it was too much. */
	if (event->is_virtual)
		return event->vpeid != fact->vpeid || (event->has_vintid && event->vintid != fact->intid);
	return event->icid != fact->icid || (event->has_pintid && event->pintid != fact->intid);
}

static void adopt_event(struct qemu *qemu, struct replay_event *event, bool valid,
			const struct tables_event *fact)
{
	if (event->moved.origin == REPLAY_RING)
		event->source = event->moved;
	adopt(&event->known, &event->source, &event->ring, valid);
	event->moved = event->source;
	if (!valid)
		return;
	tables_set_event(event, fact);
	if (!replay_event_link(&qemu->tables->map->replay, event))
		tables_no_memory(qemu->tables);
}

static void settle_events(struct qemu *qemu)
{
	struct tables *tables = qemu->tables;
	struct replay *replay = &tables->map->replay;
	struct replay_event *event;
	struct tables_event fact;
	uint64_t entry;
	bool valid;

	for (event = replay->events; event; event = event->hh.next) {
		const struct replay_device *device = replay_device(replay, event->device_id);
		struct dte dte;

		if (!device || !table_entry(tables, &qemu->devices, event->device_id, &entry))
			continue;
		dte = decode_dte(entry);
		/* Of a device that the table does not have, no event is mapped. */
		if (device->table_differs && !dte.valid && event->known == REPLAY_MAPPED)
			adopt_event(qemu, event, false, NULL);
		if (!same_itt(device, &dte) || event->event_id >= tables_events(tables, dte.event_bits) ||
		    !read_ite(tables, dte.itt_addr, event->event_id, &valid, &fact))
			continue;
		settle(&event->known, &event->source, valid);
		if (qemu->quiet && event->source.origin != REPLAY_NOWHERE)
			event->table_differs = event_differs(event, valid, &fact);
		if (event->table_differs)
			adopt_event(qemu, event, valid, &fact);
	}
}

static void settle_collections(struct qemu *qemu)
{
	struct replay_collection *collection;
	uint64_t entry;

	for (collection = qemu->tables->map->replay.collections; collection; collection = collection->hh.next) {
		bool valid;

		if (!table_entry(qemu->tables, &qemu->collections, collection->icid, &entry))
			continue;
		valid = entry & VALID;
		settle(&collection->known, &collection->source, valid);
		if (!qemu->quiet || collection->source.origin == REPLAY_NOWHERE)
			continue;
		collection->table_differs =
			mapping_differs(collection->known, valid) ||
			(valid && collection->rdbase != rdbase_of(entry >> 1));
		if (!collection->table_differs)
			continue;
		adopt(&collection->known, &collection->source, &collection->ring, valid);
		collection->rdbase = rdbase_of(entry >> 1);
	}
}

static void adopt_vpe(struct replay_vpe *vpe, uint64_t entry)
{
	if (vpe->moved.origin == REPLAY_RING)
		vpe->source = vpe->moved;
	adopt(&vpe->known, &vpe->source, &vpe->ring, entry & VALID);
	vpe->moved = vpe->source;
	vpe->has_rdbase = entry & VALID;
	vpe->rdbase = rdbase_of(entry >> 42);
}

static void settle_vpes(struct qemu *qemu)
{
	struct replay_vpe *vpe;
	uint64_t entry;

	for (vpe = qemu->tables->map->replay.vpes; vpe; vpe = vpe->hh.next) {
		bool valid;

		if (!table_entry(qemu->tables, &qemu->vpes, vpe->vpeid, &entry))
			continue;
		valid = entry & VALID;
		settle(&vpe->known, &vpe->source, valid);
		if (!qemu->quiet || vpe->source.origin == REPLAY_NOWHERE)
			continue;
		vpe->table_differs = mapping_differs(vpe->known, valid) ||
				     (valid && vpe->rdbase != rdbase_of(entry >> 42));
		if (vpe->table_differs)
			adopt_vpe(vpe, entry);
	}
}

void tables_read_qemu(struct tables *tables)
{
	struct qemu qemu = { .tables = tables };

	qemu.has_devices = table_open(tables, ITS_BASER_DEVICES, true, &qemu.devices);
	qemu.has_collections = table_open(tables, ITS_BASER_COLLECTIONS, true, &qemu.collections);
	qemu.has_vpes = table_open(tables, ITS_BASER_VPES, false, &qemu.vpes);
	/* Collections first: they are few, and a device table that does not end must not cost them. */
	if (qemu.has_collections)
		table_each(tables, &qemu.collections, take_collection);
	if (qemu.has_vpes)
		table_each(tables, &qemu.vpes, take_vpe);
	if (qemu.has_devices)
		table_each(tables, &qemu.devices, take_device);
	/* What was read is kept, so that from here on the tables are as of before these registers. */
	qemu.quiet = route_is_quiet(tables->map);
	if (qemu.has_devices) {
		settle_devices(&qemu);
		settle_events(&qemu);
	}
	if (qemu.has_collections)
		settle_collections(&qemu);
	if (qemu.has_vpes)
		settle_vpes(&qemu);
	/* Nothing was left out, and QEMU translates by nothing else: what is not there is not mapped. */
	if (!tables->partial)
		tables->map->replay.whole = true;
}
