/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where do the MSIs of one ITS go, and where do they stop? The ring's history,
 * the tables in memory and the registers of ITS, distributor and
 * redistributors, read once and joined. Nothing is written.
 */
#ifndef ITS_ROUTE_H
#define ITS_ROUTE_H

#include "its/queue.h"

struct route_page;
struct board_system;

/* Physical memory, read a page at a time and kept: tables are small and asked often. */
struct route_pages {
	struct memory *memory;
	const struct board *board;	/* what is RAM; NULL: not known */
	struct route_page *table;	/* private */
	size_t count;
	struct its_error error;		/* the first page that could not be read; code 0: none */
};

void route_pages_init(struct route_pages *pages, struct memory *memory);
void route_pages_free(struct route_pages *pages);
/* @size bytes at @address into @bytes, little-endian as they lie there. False: not readable. */
bool route_pages_read(struct route_pages *pages, uint64_t address, void *bytes, size_t size);
/* A little-endian word of 8 bytes. */
bool route_pages_read64(struct route_pages *pages, uint64_t address, uint64_t *value);

/* A redistributor, as far as LPIs are concerned. */
struct route_cpu {
	struct queue_redistributor redistributor;
	uint64_t rdbase;		/* as the commands of this ITS name it */
	uint32_t affinity;		/* Aff3.Aff2.Aff1.Aff0 */
	bool readable;			/* the registers below were read */
	uint32_t ctlr, waker;
	uint64_t propbaser, pendbaser;
};

/* Which tables of the ITS can be read: their layout is the implementation's. */
enum route_tables {
	ROUTE_TABLES_OPAQUE,		/* not published, or not readable: see tables_error */
	ROUTE_TABLES_QEMU,
	ROUTE_TABLES_KVM,		/* written only when the hypervisor saves its state */
};

/* Everything known about one ITS. */
struct route_map {
	struct memory *memory;
	const struct board *board;
	size_t its;			/* index in board->its */
	struct queue queue;
	bool has_ring;			/* the ring was read; else ring_error says why not */
	bool whole_ring;		/* its history goes back to the driver's start: queue_history_is_whole() */
	struct its_error ring_error;
	struct queue_snapshot snapshot;
	bool stuck;			/* commands are pending, and CREADR does not move */
	struct replay replay;		/* the ring's, and where known the tables' */
	struct route_cpu *cpus;		/* every redistributor, or none: see cpus_error */
	size_t n_cpus;
	struct its_error cpus_error;
	bool has_gicd;
	uint32_t gicd_ctlr, gicd_typer;
	uint64_t baser[8];
	bool has_basers;		/* all of them could be read */
	enum route_tables tables;
	struct its_error tables_error;
	struct route_pages pages;
};

/*
 * Reads all of it. @seen, which may be NULL, is shown the history as by
 * queue_replay(). Fails only where the ITS's register frame cannot be read;
 * what else cannot be had is said in the map's errors.
 */
int route_open(struct route_map *map, struct memory *memory, const struct board *board, size_t its,
	       queue_replay_fn *seen, void *context, struct its_error *error);
void route_close(struct route_map *map);

/*
 * True if nothing is pending and the ring has stood still since its snapshot:
 * whatever else was read up to now is of the same moment.
 */
bool route_is_quiet(struct route_map *map);

/* Are commands pending, by the ring or, where it was not read, by the registers alone? */
bool route_has_pending(const struct route_map *map);

/* The map as what commands are judged by; the list is malloc'd into *list. */
int route_scene(struct route_map *map, struct queue_scene *scene, struct queue_redistributor **list,
		struct its_error *error);

/* Fills what the ring does not know from the ITS's own tables, where their layout is known. */
void route_tables_read(struct route_map *map);

/* The redistributor that commands call @rdbase, or NULL. */
const struct route_cpu *route_cpu_of(const struct route_map *map, uint64_t rdbase);
/* Of a vPE whose RDbase is known. */
const struct route_cpu *route_cpu_of_vpe(const struct route_map *map, const struct replay_vpe *vpe);

/* Is there room for a DeviceID in the device table? */
enum route_room {
	ROUTE_ROOM_OK,
	ROUTE_ROOM_NO_TABLE,		/* the ITS holds its devices itself, or has no table yet */
	ROUTE_ROOM_BEYOND,
	ROUTE_ROOM_NO_PAGE,		/* of the second level */
	ROUTE_ROOM_ASTRAY,		/* the first level leads to *page, which is not RAM */
	ROUTE_ROOM_UNREADABLE,		/* the first level is not to be read */
};
/* *entries is how many the table has, or could have with all its pages; *page: where the second level should be. */
enum route_room route_device_room(struct route_map *map, uint32_t device_id, uint64_t *entries,
				  uint64_t *page);

/* What the LPI tables say of one LPI. */
struct route_lpi {
	bool has_config, has_pending;	/* could be read */
	bool enabled, pending;
	uint8_t priority;
};
/* On the redistributor @cpu; NULL: the configuration alone, of the first that has one. */
void route_lpi_read(struct route_map *map, const struct route_cpu *cpu, uint32_t intid,
		    struct route_lpi *lpi);
/* INTID bits of @cpu's tables, from GICR_PROPBASER.IDbits; 0: LPIs are not supported there. */
unsigned route_lpi_bits(const struct route_cpu *cpu);
/* Its registers were read, and LPIs are enabled there. */
bool route_has_lpis(const struct route_cpu *cpu);
/* @cpu's table in memory, of a byte for each LPI from 8192 on, or of a bit for each INTID from 0 on. */
struct route_lpi_table {
	uint64_t base;			/* physical; 0: none */
	uint64_t bytes;			/* 0 where it has room for no LPI */
};
struct route_lpi_table route_lpi_config(const struct route_cpu *cpu);
struct route_lpi_table route_lpi_pending(const struct route_cpu *cpu);
/* LPIs end below INTID @end. */
struct route_lpi_limit {
	uint64_t end;
	char why[60];			/* "GICR_PROPBASER.IDbits allows 13 bits"; "" if nothing limits them */
};
/* The least that the distributor and @cpu allow; of what could not be read, and of a NULL @cpu, nothing is asked. */
void route_lpi_limit(const struct route_map *map, const struct route_cpu *cpu, struct route_lpi_limit *limit);

/* In a GIC with two security states GICR_WAKER is the secure one's, and reads 0 for everybody else. */
bool route_hides_waker(const struct route_map *map);

/* Linux lets interrupts of a priority below this through (its ICC_PMR_EL1), and no others. */
#define ROUTE_LINUX_PRIORITY_MASK 0xf0
/* Linux's driver owns the ITS: what is known of it may be expected. @system may be NULL. */
bool route_is_linux(const struct memory *memory, const struct board_system *system);

/* The way of one event, as far as it is known. */
struct route {
	uint32_t device_id, event_id;
	enum replay_known device_known, event_known, collection_known;
	/* NULL where nothing is known of it. */
	const struct replay_device *device;
	const struct replay_event *event;
	const struct replay_collection *collection;
	const struct replay_vpe *vpe;
	const struct route_cpu *cpu;	/* where the collection, or the vPE, is */
	struct route_lpi lpi;		/* of event->pintid */
};
void route_follow(struct route_map *map, uint32_t device_id, uint32_t event_id, struct route *route);

#endif
