/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What executed commands add up to: which devices, events, collections and
 * vPEs are mapped, and to what. Fed with one command after the other, oldest
 * first, in time that is linear in their number. What the commands do not say
 * stays unknown: the ring forgets, and nothing is guessed.
 */
#ifndef ITS_REPLAY_H
#define ITS_REPLAY_H

/* No memory is an error of ours to report, not uthash's to exit with. */
#define HASH_NONFATAL_OOM 1
#define uthash_nonfatal_oom(element) ((element)->hh.tbl = NULL)
#include <uthash.h>

#include "its/command.h"

enum replay_known { REPLAY_UNKNOWN, REPLAY_MAPPED, REPLAY_UNMAPPED };

/* Where a fact comes from. */
enum replay_origin { REPLAY_NOWHERE, REPLAY_RING, REPLAY_TABLE };
struct replay_source {
	enum replay_origin origin;
	unsigned slot;			/* REPLAY_RING: of the command */
	unsigned order;			/* REPLAY_RING: higher for the younger of two commands */
};

struct replay_event;

struct replay_device {
	uint32_t device_id;
	enum replay_known known;
	struct replay_source source;	/* of known, and of event_bits and itt_addr */
	bool has_itt;			/* event_bits and itt_addr are known */
	unsigned event_bits;
	uint64_t itt_addr;		/* physical */
	bool itt_read;			/* events that are not here are not mapped: its ITT was read */
	/*
	 * The table by which the ITS translates says something else than the ring: what is here
	 * is the table's, and ring is the command that it contradicts.
	 */
	bool table_differs;
	struct replay_source ring;
	struct replay_event *events;	/* those that may be mapped; private */
	UT_hash_handle hh;		/* hh.next: the next device */
};

struct replay_event {
	uint64_t key;			/* device_id << 32 | event_id */
	uint32_t device_id, event_id;
	enum replay_known known;
	/* Of known; of icid, or of vpeid if it is virtual, which MOVI and VMOVI change later. */
	struct replay_source source, moved;
	bool is_virtual;
	bool has_pintid, has_icid, has_vpeid, has_vintid, has_doorbell;
	uint32_t pintid, icid;
	uint32_t vpeid, vintid, doorbell;	/* doorbell 1023: none */
	/* The newest of each since it was mapped, for people; not believed to say that the event is mapped. */
	struct replay_source inv, interrupt;
	bool table_differs;		/* as of a device */
	struct replay_source ring;
	struct replay_event *next;	/* in its device's list; private, as is linked */
	bool linked;
	UT_hash_handle hh;
};

struct replay_collection {
	uint32_t icid;
	enum replay_known known;
	struct replay_source source;
	uint64_t rdbase;		/* in place; by GITS_TYPER.PTA an address or a processor number */
	struct replay_source invall;	/* the newest INVALL */
	/* A younger MAPC, to an RDbase that no redistributor answers to: taken by the ITS, or ignored. */
	struct replay_source astray;
	uint64_t astray_rdbase;
	bool table_differs;		/* as of a device */
	struct replay_source ring;
	UT_hash_handle hh;
};

struct replay_vsgi { bool known, enabled, group1; uint8_t priority; unsigned slot; };

struct replay_vpe {
	uint32_t vpeid;
	enum replay_known known;
	struct replay_source source, moved;	/* moved: of rdbase */
	bool has_rdbase, has_vpt, has_doorbell, has_vconf;
	uint64_t rdbase, vpt_addr, vconf_addr;
	uint32_t vpt_size;		/* as the command holds it */
	uint32_t doorbell;		/* GICv4.1: the default doorbell */
	bool table_differs;		/* as of a device */
	struct replay_source ring;
	struct replay_vsgi vsgi[16];
	UT_hash_handle hh;
};

struct replay {
	enum its_layout layout;
	bool whole;			/* nothing is missing: what was not seen never was */
	unsigned applied;		/* commands so far */
	/* Hash tables; walk them by hh.next. */
	struct replay_device *devices;
	struct replay_event *events;
	struct replay_collection *collections;
	struct replay_vpe *vpes;
};

void replay_init(struct replay *replay, enum its_layout layout, bool whole);
void replay_free(struct replay *replay);

/* Takes the effect of the command in @slot. False if there is no memory left. */
bool replay_apply(struct replay *replay, const uint64_t words[ITS_COMMAND_WORDS], unsigned slot);

/* Notes that the MAPC in @slot leads nowhere; what it maps is not believed. False if there is no memory left. */
bool replay_apply_astray(struct replay *replay, const uint64_t words[ITS_COMMAND_WORDS], unsigned slot);

/* In the order of their identities: device, then event. */
void replay_sort(struct replay *replay);

/* What is known of one; NULL if nothing at all. */
struct replay_device *replay_device(const struct replay *replay, uint32_t device_id);
struct replay_event *replay_event(const struct replay *replay, uint32_t device_id,
				  uint32_t event_id);
struct replay_collection *replay_collection(const struct replay *replay, uint32_t icid);
struct replay_vpe *replay_vpe(const struct replay *replay, uint32_t vpeid);

/* The same, made if it is not there; NULL without memory. For facts from other places. */
struct replay_device *replay_device_add(struct replay *replay, uint32_t device_id);
struct replay_event *replay_event_add(struct replay *replay, uint32_t device_id,
				      uint32_t event_id);
struct replay_collection *replay_collection_add(struct replay *replay, uint32_t icid);
struct replay_vpe *replay_vpe_add(struct replay *replay, uint32_t vpeid);
/* Lets the device's next MAPD unmap @event, which is mapped. False if there is no memory left. */
bool replay_event_link(struct replay *replay, struct replay_event *event);

/* Mapped or not, where also the absence of a record says something. */
enum replay_known replay_device_known(const struct replay *replay, uint32_t device_id);
enum replay_known replay_event_known(const struct replay *replay, uint32_t device_id,
				     uint32_t event_id);
enum replay_known replay_collection_known(const struct replay *replay, uint32_t icid);
enum replay_known replay_vpe_known(const struct replay *replay, uint32_t vpeid);
/* Is @a the younger of two commands in the ring? */
bool replay_is_younger(const struct replay_source *a, const struct replay_source *b);

#endif
