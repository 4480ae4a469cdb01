// SPDX-License-Identifier: GPL-2.0-or-later
/* What do the ITS's own tables say? Their layout is the implementation's: QEMU's and KVM's are known. */
#include "its/route.h"

void route_tables_read(struct route_map *map)
{
	if (!map->tables_error.code)
		its_error(&map->tables_error, ITS_ERR_INPUT,
			  "the layout of this ITS's tables is not published (GITS_IIDR = 0x%08x)", map->queue.iidr);
}
