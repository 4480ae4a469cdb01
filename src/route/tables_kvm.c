// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What do KVM's tables say? KVM keeps the ITS's state in the host and writes
 * these tables only to save it, for a migration or a snapshot. They are as old
 * as the last of those: they say what was mapped, never that something is not.
 * Layout: vgic-its.c of Linux, table revision 0.
 */
#include "tables.h"

#define VALID (UINT64_C(1) << 63)
#define NOT_MAPPED UINT64_C(0xffffffff)	/* the target of a collection without one */

/*
 * Entries are chained, so that others, left by an older save, are passed by:
 * a valid one holds the distance to the next, 0 in the last.
 */
static void take_itt(struct tables *tables, const struct replay_device *device)
{
	uint64_t events = tables_events(tables, device->event_bits), event_id = 0, entry, step;
	struct tables_event fact = { .is_virtual = false };

	while (event_id < events && tables_count(tables)) {
		if (!route_pages_read64(&tables->map->pages, device->itt_addr + event_id * TABLE_ENTRY_BYTES, &entry)) {
			tables_unreadable(tables);
			return;
		}
		/* [63:48] next, [47:16] pINTID, [15:0] ICID */
		fact.intid = entry >> 16 & 0xffffffff;
		fact.icid = entry & 0xffff;
		if (!fact.intid) {
			event_id++;
			continue;
		}
		/* KVM refuses such an entry, and those behind it. */
		if (fact.intid < ITS_LPI_FIRST)
			return;
		if (!tables_fill_event(tables, device->device_id, (uint32_t)event_id, &fact))
			return;
		step = entry >> 48;
		if (!step)
			return;
		event_id += step;
	}
}

static uint64_t take_device(struct tables *tables, uint64_t id, uint64_t entry)
{
	/* [63] valid, [62:49] next, [48:5] ITT address >> 8, [4:0] Size */
	const struct replay_device *device = replay_device(&tables->map->replay, (uint32_t)id);

	if (!(entry & VALID))
		return 1;
	tables->found = true;
	/* Behind a MAPD in the history stands all that was mapped since: a save adds nothing. */
	if (!device || device->known == REPLAY_UNKNOWN) {
		device = tables_fill_device(tables, (uint32_t)id, (unsigned)(entry & 0x1f) + 1,
					    (entry >> 5 & UINT64_C(0xfffffffffff)) << 8);
		if (!device)
			return 0;
		take_itt(tables, device);
	}
	return entry >> 49 & 0x3fff;
}

static uint64_t take_collection(struct tables *tables, uint64_t id, uint64_t entry)
{
	/* [63] valid, [51:16] the target's number, [15:0] ICID: a list, not indexed */
	uint64_t target = entry >> 16 & UINT64_C(0xfffffffff);

	(void)id;
	if (!(entry & VALID))
		return 0;
	tables->found = true;
	return target == NOT_MAPPED || tables_fill_collection(tables, entry & 0xffff, target << 16);
}

void tables_read_kvm(struct tables *tables)
{
	struct table table;

	if (table_open(tables, ITS_BASER_COLLECTIONS, true, &table))
		table_each(tables, &table, take_collection);
	if (table_open(tables, ITS_BASER_DEVICES, true, &table))
		table_each(tables, &table, take_device);
}
