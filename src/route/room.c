// SPDX-License-Identifier: GPL-2.0-or-later
/* How wide is the device table, and has it a page for this device? */
#include "its/route.h"

#define TYPE_DEVICES 1
#define LEVEL1_ENTRY 8u			/* bytes */
#define LEVEL1_VALID 63
#define LEVEL1_ADDRESS UINT64_C(0x000ffffffffff000)

enum route_room route_device_room(struct route_map *map, uint32_t device_id, uint64_t *entries)
{
	uint64_t baser = 0, entry, page, level1;
	unsigned i;

	*entries = 0;
	for (i = 0; i < 8; i++)
		if (its_register_get(GITS_BASER0, "Type", map->baser[i]) == TYPE_DEVICES)
			baser = map->baser[i];
	if (!its_register_get(GITS_BASER0, "Valid", baser))
		return ROUTE_ROOM_NO_TABLE;
	entry = its_register_get(GITS_BASER0, "Entry_Size", baser) + 1;
	page = its_baser_page_bytes(baser);
	if (!its_register_get(GITS_BASER0, "Indirect", baser)) {
		*entries = its_baser_bytes(baser) / entry;
		return device_id < *entries ? ROUTE_ROOM_OK : ROUTE_ROOM_BEYOND;
	}
	*entries = its_baser_bytes(baser) / LEVEL1_ENTRY * (page / entry);
	if (device_id >= *entries)
		return ROUTE_ROOM_BEYOND;
	if (!route_pages_read64(&map->pages, its_baser_address(baser) + device_id / (page / entry) * LEVEL1_ENTRY,
				&level1))
		return ROUTE_ROOM_UNREADABLE;
	if (!(level1 >> LEVEL1_VALID))
		return ROUTE_ROOM_NO_PAGE;
	level1 &= LEVEL1_ADDRESS;
	if (board_in_ram(map->board, level1, page))
		return ROUTE_ROOM_OK;
	*entries = level1;
	return ROUTE_ROOM_ASTRAY;
}
