// SPDX-License-Identifier: GPL-2.0-or-later
/* What do the ITS's own tables say? Their layout is the implementation's: QEMU's and KVM's are known. */
#include "its/identity.h"
#include "tables.h"

/*
 * The tables may be those of a stranger's memory image. A full device table of
 * 16 bits and 65536 interrupts, more than QEMU and KVM have, are well below.
 */
#define ENTRIES_MAX (4u << 20)
#define RECORDS_MAX (256u << 10)

#define PIECE_BYTES 4096u	/* of a table: aligned, read as one, and so unreadable as one */

static void leave_out(struct tables *tables, const struct its_error *error)
{
	tables->partial = true;
	if (!tables->map->tables_error.code)
		tables->map->tables_error = *error;
}

void tables_unreadable(struct tables *tables)
{
	struct its_error error;

	its_error(&error, tables->map->pages.error.code, "not all tables of this ITS could be read: %s",
		  tables->map->pages.error.message);
	its_hint(&error, "%s", tables->map->pages.error.hint);
	leave_out(tables, &error);
}

bool tables_count(struct tables *tables)
{
	struct its_error error;

	if (tables->visited < ENTRIES_MAX) {
		tables->visited++;
		return true;
	}
	its_error(&error, ITS_ERR_INPUT, "the tables of this ITS have more than %u entries: those behind were not read",
		  ENTRIES_MAX);
	leave_out(tables, &error);
	return false;
}

uint64_t tables_events(const struct tables *tables, unsigned event_bits)
{
	uint64_t bits = its_register_get(GITS_TYPER, "ID_bits", tables->map->queue.typer) + 1;

	return UINT64_C(1) << (event_bits < bits ? event_bits : bits);
}

bool table_open(struct tables *tables, enum its_baser_type type, bool needed, struct table *table)
{
	const char *what = type == ITS_BASER_DEVICES ? "devices" : type == ITS_BASER_VPES ? "vPEs" : "collections";
	struct its_error error;

	if (!table_of(tables->map, type, table)) {
		its_error(&error, ITS_ERR_INPUT, "no GITS_BASER<n> gives this ITS a valid table of %s", what);
		if (needed)
			leave_out(tables, &error);
		return false;
	}
	if (table->entry != TABLE_ENTRY_BYTES) {
		its_error(&error, ITS_ERR_INPUT, "GITS_BASER%u has entries of %llu bytes: the known layout of %s has %u",
			  table->index, (unsigned long long)table->entry, what, TABLE_ENTRY_BYTES);
		leave_out(tables, &error);
		return false;
	}
	return true;
}

bool table_entry(struct tables *tables, const struct table *table, uint64_t id, uint64_t *entry)
{
	uint64_t address;

	*entry = 0;
	return id >= table->ids || (table_locate(tables->map, table, id, &address) &&
				    (!address || route_pages_read64(&tables->map->pages, address, entry)));
}

uint64_t tables_word(const unsigned char *bytes, unsigned size)
{
	uint64_t word = 0;

	while (size--)
		word = word << 8 | bytes[size];
	return word;
}

void table_each(struct tables *tables, const struct table *table, table_entry_fn *take)
{
	/* Identities that one piece covers, one page of the second level, and one piece of the first. */
	uint64_t per_piece = PIECE_BYTES / TABLE_ENTRY_BYTES;
	uint64_t per_page = table->page / TABLE_ENTRY_BYTES;
	uint64_t id = 0, held = UINT64_MAX, step, address;
	unsigned char piece[PIECE_BYTES];

	while (id < table->ids && tables_count(tables)) {
		if (id / per_piece == held) {
			step = take(tables, id, tables_word(piece + id % per_piece * TABLE_ENTRY_BYTES, TABLE_ENTRY_BYTES));
			if (!step)
				return;
		} else if (!table_locate(tables->map, table, id - id % per_piece, &address)) {
			tables_unreadable(tables);
			step = per_piece * per_page - id % (per_piece * per_page);
		} else if (!address) {
			tables->read = true;
			step = per_page - id % per_page;
		} else if (!route_pages_read(&tables->map->pages, address, piece, sizeof(piece))) {
			tables_unreadable(tables);
			step = per_piece - id % per_piece;
		} else {
			tables->read = true;
			held = id / per_piece;
			step = 0;
		}
		id += step;
	}
}

/* Which tables are they? Sets their error if they cannot be read. */
static enum route_tables known_layout(struct route_map *map)
{
	uint64_t itt_bytes = its_register_get(GITS_TYPER, "ITT_entry_size", map->queue.typer) + 1;
	uint64_t revision = its_register_get(GITS_IIDR, "Revision", map->queue.iidr);

	switch (its_product(map->queue.iidr)) {
	case ITS_PRODUCT_QEMU:
		/* A GIC-500 of the same GITS_IIDR would have 8. */
		if (itt_bytes == 12)
			return ROUTE_TABLES_QEMU;
		its_error(&map->tables_error, ITS_ERR_INPUT,
			  "GITS_IIDR is QEMU's, but an ITT entry takes %llu bytes instead of 12: the layout of this ITS's tables is not known",
			  (unsigned long long)itt_bytes);
		break;
	case ITS_PRODUCT_KVM:
		if (revision == 0 && itt_bytes == 8)
			return ROUTE_TABLES_KVM;
		its_error(&map->tables_error, ITS_ERR_INPUT,
			  "KVM's tables of revision %llu with ITT entries of %llu bytes are not known: only revision 0 with 8 is",
			  (unsigned long long)revision, (unsigned long long)itt_bytes);
		break;
	default:
		its_error(&map->tables_error, ITS_ERR_INPUT,
			  "the layout of this ITS's tables is not published (GITS_IIDR = 0x%08x)", map->queue.iidr);
	}
	return ROUTE_TABLES_OPAQUE;
}

void route_tables_read(struct route_map *map)
{
	struct tables tables = { .map = map };
	enum route_tables layout;

	/* GITS_BASER<n> could not be read. */
	if (map->tables_error.code)
		return;
	layout = known_layout(map);
	if (layout == ROUTE_TABLES_QEMU) {
		tables_read_qemu(&tables);
		if (tables.read)
			map->tables = layout;
	} else if (layout == ROUTE_TABLES_KVM) {
		tables_read_kvm(&tables);
		if (tables.found)
			map->tables = layout;
		else if (tables.read && !tables.partial)
			its_error(&map->tables_error, ITS_ERR_INPUT,
				  "this ITS's tables are empty: KVM writes them only when the virtual machine's state is saved");
	}
}

/* A record more, if it was @made. */
static bool may_add(struct tables *tables)
{
	struct its_error error;

	if (tables->records < RECORDS_MAX) {
		tables->records++;
		return true;
	}
	its_error(&error, ITS_ERR_INPUT, "the tables of this ITS map more than %u things: the rest was left out",
		  RECORDS_MAX);
	leave_out(tables, &error);
	return false;
}

void tables_no_memory(struct tables *tables)
{
	struct its_error error;

	its_no_memory(&error, "what the tables of this ITS say");
	leave_out(tables, &error);
}

/* An old record, or a new one. */
#define FILL(TYPE, ...)                                                                           \
	struct replay *replay = &tables->map->replay;                                             \
	struct replay_##TYPE *TYPE = replay_##TYPE(replay, __VA_ARGS__);                          \
	static const struct replay_source source = { .origin = REPLAY_TABLE };                    \
	if (!TYPE && !may_add(tables))                                                            \
		return NULL;                                                                      \
	if (!TYPE && !(TYPE = replay_##TYPE##_add(replay, __VA_ARGS__))) {                        \
		tables_no_memory(tables);                                                                \
		return NULL;                                                                      \
	}                                                                                         \
	tables->found = true

struct replay_device *tables_fill_device(struct tables *tables, uint32_t device_id,
					 unsigned event_bits, uint64_t itt_addr)
{
	FILL(device, device_id);
	if (device->known != REPLAY_UNKNOWN)
		return device;
	device->known = REPLAY_MAPPED;
	device->source = source;
	device->has_itt = true;
	device->event_bits = event_bits;
	device->itt_addr = itt_addr;
	return device;
}

struct replay_collection *tables_fill_collection(struct tables *tables, uint32_t icid,
						 uint64_t rdbase)
{
	FILL(collection, icid);
	if (collection->known != REPLAY_UNKNOWN)
		return collection;
	collection->known = REPLAY_MAPPED;
	collection->source = source;
	collection->rdbase = rdbase;
	return collection;
}

struct replay_vpe *tables_fill_vpe(struct tables *tables, uint32_t vpeid, uint64_t rdbase,
				   uint64_t vpt_addr, uint32_t vpt_size)
{
	FILL(vpe, vpeid);
	if (vpe->known == REPLAY_UNMAPPED || vpe->has_vpt)
		return vpe;
	if (!vpe->has_rdbase) {
		vpe->has_rdbase = true;
		vpe->rdbase = rdbase;
		vpe->moved = source;
	}
	vpe->known = REPLAY_MAPPED;
	vpe->source = source;
	vpe->has_vpt = true;
	vpe->vpt_addr = vpt_addr;
	vpe->vpt_size = vpt_size;
	return vpe;
}

/* The parts that MOVI or VMOVI, the only commands in the history, leave open. */
static void complete_event(struct replay_event *event, const struct tables_event *fact,
			   struct replay_source source)
{
	if (event->is_virtual != fact->is_virtual)
		return;
	if (!fact->is_virtual && !event->has_pintid) {
		event->has_pintid = true;
		event->pintid = fact->intid;
		event->source = source;
	} else if (fact->is_virtual && !event->has_vintid) {
		event->vintid = fact->intid;
		if (!event->has_doorbell)
			event->doorbell = fact->doorbell;
		event->has_vintid = event->has_doorbell = true;
		event->source = source;
	}
}

void tables_set_event(struct replay_event *event, const struct tables_event *fact)
{
	event->known = REPLAY_MAPPED;
	event->source = event->moved = (struct replay_source){ .origin = REPLAY_TABLE };
	event->is_virtual = event->has_vpeid = fact->is_virtual;
	event->has_vintid = event->has_doorbell = fact->is_virtual;
	event->has_pintid = event->has_icid = !fact->is_virtual;
	event->pintid = fact->is_virtual ? 0 : fact->intid;
	event->vintid = fact->is_virtual ? fact->intid : 0;
	event->icid = fact->icid;
	event->vpeid = fact->vpeid;
	event->doorbell = fact->doorbell;
}

struct replay_event *tables_fill_event(struct tables *tables, uint32_t device_id,
				       uint32_t event_id, const struct tables_event *fact)
{
	FILL(event, device_id, event_id);
	if (event->known == REPLAY_MAPPED)
		complete_event(event, fact, source);
	if (event->known != REPLAY_UNKNOWN)
		return event;
	tables_set_event(event, fact);
	if (!replay_event_link(replay, event))
		tables_no_memory(tables);
	return event;
}
