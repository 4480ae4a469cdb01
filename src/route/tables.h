/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How are the tables behind GITS_BASER<n> walked, and what is done with what
 * they say? Common to the implementations whose entries are known.
 */
#ifndef ROUTE_TABLES_H
#define ROUTE_TABLES_H

#include "table.h"

#define TABLE_ENTRY_BYTES 8u	/* of every table of QEMU and of KVM */

/* One reading of all tables of an ITS. */
struct tables {
	struct route_map *map;
	uint64_t visited;		/* entries */
	size_t records;			/* made in the replay */
	bool read, found;		/* at least one entry could be read; at least one was valid */
	bool partial;			/* something was left out: map->tables_error has the first reason */
};

/* Finds the table of this type. False if there is none, or none that is valid: an error if it is @needed. */
bool table_open(struct tables *tables, enum its_baser_type type, bool needed, struct table *table);

/* Takes the entry of @id; returns how far it is to the next one to look at, 0 to end. */
typedef uint64_t table_entry_fn(struct tables *tables, uint64_t id, uint64_t entry);
void table_each(struct tables *tables, const struct table *table, table_entry_fn *take);
/* One entry; 0, which is invalid, where a second level is missing. False: not readable. */
bool table_entry(struct tables *tables, const struct table *table, uint64_t id, uint64_t *entry);

/* Little-endian, of up to 8 bytes. */
uint64_t tables_word(const unsigned char *bytes, unsigned size);

/* Counts one entry. False if there were too many: walking ends then, whatever the tables say. */
bool tables_count(struct tables *tables);
/* Notes that something could not be read, as map->pages.error says. */
void tables_unreadable(struct tables *tables);
void tables_no_memory(struct tables *tables);
/* EventIDs that an ITT of @event_bits holds on this ITS. */
uint64_t tables_events(const struct tables *tables, unsigned event_bits);

/* What an ITT entry that is valid says. */
struct tables_event {
	bool is_virtual;
	uint32_t intid;			/* pINTID, or vINTID if it is virtual */
	uint32_t icid;			/* physical */
	uint32_t vpeid, doorbell;	/* virtual */
};

/*
 * Fill what the ring does not know; what it does know stays. NULL if no more
 * records are made: there is no memory, or there were too many.
 */
struct replay_device *tables_fill_device(struct tables *tables, uint32_t device_id,
					 unsigned event_bits, uint64_t itt_addr);
struct replay_event *tables_fill_event(struct tables *tables, uint32_t device_id,
				       uint32_t event_id, const struct tables_event *fact);
struct replay_collection *tables_fill_collection(struct tables *tables, uint32_t icid,
						 uint64_t rdbase);
struct replay_vpe *tables_fill_vpe(struct tables *tables, uint32_t vpeid, uint64_t rdbase,
				   uint64_t vpt_addr, uint32_t vpt_size);

/* Gives the event what the table says of it, and the table as its source. */
void tables_set_event(struct replay_event *event, const struct tables_event *fact);

void tables_read_qemu(struct tables *tables);
void tables_read_kvm(struct tables *tables);

#endif
