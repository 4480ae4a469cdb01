// SPDX-License-Identifier: GPL-2.0-or-later
/* Where does an ITS's own table hold the entry of an identity, and has the device table a page for this device? */
#include "table.h"

/* How many identities GITS_TYPER allows. */
static uint64_t identities(uint64_t typer, enum its_baser_type type)
{
	uint64_t bits = 16;	/* of a collection without CIL, and of a vPE: GICv4.0 has no field for it */

	if (type == ITS_BASER_DEVICES)
		bits = its_register_get(GITS_TYPER, "Devbits", typer) + 1;
	else if (type == ITS_BASER_COLLECTIONS && its_register_get(GITS_TYPER, "CIL", typer))
		bits = its_register_get(GITS_TYPER, "CIDbits", typer) + 1;
	return UINT64_C(1) << bits;
}

bool table_of(const struct route_map *map, enum its_baser_type type, struct table *table)
{
	uint64_t baser, limit = identities(map->queue.typer, type);
	unsigned n = 0;

	while (n < ITS_BASERS && its_baser_type(map->baser[n]) != type)
		n++;
	baser = n < ITS_BASERS ? map->baser[n] : 0;
	if (!its_register_get(GITS_BASER0, "Valid", baser))
		return false;
	*table = (struct table){ .index = n, .base = its_baser_address(baser), .page = its_baser_page_bytes(baser),
				 .entry = its_register_get(GITS_BASER0, "Entry_Size", baser) + 1,
				 .indirect = its_register_get(GITS_BASER0, "Indirect", baser) };
	table->ids = table->indirect ? its_baser_bytes(baser) / ITS_LEVEL1_BYTES * (table->page / table->entry)
				     : its_baser_bytes(baser) / table->entry;
	if (table->ids > limit)
		table->ids = limit;
	return true;
}

bool table_locate(struct route_map *map, const struct table *table, uint64_t id, uint64_t *address)
{
	uint64_t per_page = table->page / table->entry, level1;

	*address = table->base + id * table->entry;
	if (!table->indirect)
		return true;
	if (!route_pages_read64(&map->pages, table->base + id / per_page * ITS_LEVEL1_BYTES, &level1))
		return false;
	*address = 0;
	if (level1 & ITS_LEVEL1_VALID)
		*address = (level1 & ITS_LEVEL1_ADDRESS & ~(table->page - 1)) + id % per_page * table->entry;
	return true;
}

enum route_room route_device_room(struct route_map *map, uint32_t device_id, uint64_t *entries,
				  uint64_t *page)
{
	struct table table;
	uint64_t address;

	*entries = *page = 0;
	if (!table_of(map, ITS_BASER_DEVICES, &table))
		return ROUTE_ROOM_NO_TABLE;
	*entries = table.ids;
	if (device_id >= table.ids)
		return ROUTE_ROOM_BEYOND;
	if (!table_locate(map, &table, device_id, &address))
		return ROUTE_ROOM_UNREADABLE;
	if (!address)
		return ROUTE_ROOM_NO_PAGE;
	*page = address & ~(table.page - 1);
	if (table.indirect && !board_in_ram(map->board, *page, table.page))
		return ROUTE_ROOM_ASTRAY;
	return ROUTE_ROOM_OK;
}
