/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The geometry of one table behind GITS_BASER<n>, whatever its entries look like. */
#ifndef ROUTE_TABLE_H
#define ROUTE_TABLE_H

#include "its/route.h"

struct table {
	unsigned index;			/* n of GITS_BASER<n> */
	uint64_t base;			/* physical; of the first level if there are two */
	uint64_t page;			/* bytes of a page of the second level */
	uint64_t entry;			/* bytes */
	uint64_t ids;			/* entries, as far as identities reach */
	bool indirect;
};

/* The first table of @type. False if there is none, or none that is valid. */
bool table_of(const struct route_map *map, enum its_baser_type type, struct table *table);

/*
 * Where the entry of @id, which is below table->ids, stands; *address 0: it has
 * no second level. False: that could not be read, map->pages.error says why.
 */
bool table_locate(struct route_map *map, const struct table *table, uint64_t id, uint64_t *address);

#endif
