/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files that make the checks share. */
#ifndef CHECK_RUN_H
#define CHECK_RUN_H

#include "claims.h"
#include "its/check.h"

/* In the order in which they are shown: what stops everything comes first. */
enum check_id {
	CHECK_ENABLED, CHECK_QUIESCENT, CHECK_STALLED, CHECK_DRAINING, CHECK_RING_VALID, CHECK_POINTERS,
	CHECK_UNFINISHED_LAP, CHECK_RAW_APPEND,
	CHECK_COHERENCY, CHECK_SHAREABILITY, CHECK_BELOW_4G, CHECK_IN_RAM, CHECK_DEVICE_TABLE,
	CHECK_COLLECTION_TABLE, CHECK_QUIRKS,
	CHECK_OPCODES, CHECK_VERSION, CHECK_DEVICE_ID, CHECK_EVENT_ID, CHECK_INTID, CHECK_ICID, CHECK_ITT_SIZE,
	CHECK_RDBASE, CHECK_DEVICE_MAPPED, CHECK_EVENT_MAPPED, CHECK_COLLECTION_MAPPED, CHECK_VPE_MAPPED, CHECK_EVENT_KIND,
	CHECK_REMAPPED_EVENT, CHECK_LIVE_ITT, CHECK_SYNC,
	CHECK_ITT_OVERLAP, CHECK_ITT_RAM, CHECK_TABLES_AGREE, CHECK_CLAIMED, CHECK_SHARED_LPI,
	CHECK_TARGET, CHECK_OFFLINE, CHECK_GROUP1, CHECK_LPIS_SUPPORTED, CHECK_ENABLE_LPIS, CHECK_AWAKE,
	CHECK_ID_BITS, CHECK_LPI_TABLES, CHECK_LPI_ENABLED, CHECK_LPI_PRIORITY, CHECK_LPI_TAKEN,
	CHECKS
};

struct check_scope { struct claims lpis, memory; };

struct check_run {
	struct route_map map;
	struct check_scope *scope;
	const struct board_system *system;	/* or NULL */
	struct check_result *results;
	bool linux;			/* route_is_linux(): its driver posts in a known way */
	unsigned quirks;		/* its_quirk_effect bits */
};

/* One finding; the check has failed. */
void check_fail(struct check_run *run, enum check_id id, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* It cannot be made, unless it has failed already or is moot. */
void check_cannot(struct check_run *run, enum check_id id, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* There is nothing to check. */
void check_moot(struct check_run *run, enum check_id id);
/* Every event that is mapped is in the map: the history goes back to the driver's start, or the tables are read. */
bool check_sees_all(const struct check_run *run);

/* check_registers.c */
void check_registers(struct check_run *run);
/* check_history.c: a queue_replay_fn with the run as its context, and what needs the whole ring. */
void check_command(void *run, unsigned slot, const uint64_t words[ITS_COMMAND_WORDS],
		   const struct queue_diagnosis *diagnosis);
void check_history(struct check_run *run);
/* check_devices.c: ITTs, tables, and who claims a DeviceID. */
void check_devices(struct check_run *run);
/* check_lpis.c: from the event to the CPU. */
void check_lpis(struct check_run *run);

#endif
