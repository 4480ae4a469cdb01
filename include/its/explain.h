/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Why does this MSI not arrive? The chain from the device's write to the
 * handler, link by link: reference 2.11.
 */
#ifndef ITS_EXPLAIN_H
#define ITS_EXPLAIN_H

#include "its/route.h"
#include "its/system.h"

enum explain_state {
	EXPLAIN_OK,
	EXPLAIN_BROKEN,		/* the MSI stops here */
	EXPLAIN_UNKNOWN,	/* could not be read, or was overwritten */
	EXPLAIN_NOTE,		/* not wrong, but to be thought of */
};

struct explain_link {
	const char *name;	/* stable: "mapd" */
	enum explain_state state;
	char text[300];		/* what was read, and where */
	char advice[300];	/* what to try; empty where there is nothing to say */
};

#define EXPLAIN_LINKS_MAX 24

struct explain_chain {
	struct explain_link links[EXPLAIN_LINKS_MAX];
	size_t count;
	struct explain_link verdict;	/* EXPLAIN_BROKEN names the first broken link */
};

/* What Linux says of the event; all of it may be missing. */
struct explain_linux {
	const struct board_device *device;	/* who sends with this DeviceID, by the firmware; or NULL */
	const char *device_name;
	const char *driver;			/* or NULL */
	const struct board_system *system;	/* may be NULL */
	const struct board_interrupt *interrupt;	/* or NULL */
	bool has_interrupts;			/* there was a /proc/interrupts to look into */
	bool has_effective;
	unsigned effective;			/* CPU that Linux has chosen */
};

void explain_route(struct route_map *map, uint32_t device_id, uint32_t event_id,
		   const struct explain_linux *linux, struct explain_chain *chain);

/* "ok", "BROKEN", "unknown", "note". */
const char *explain_state_name(enum explain_state state);

#endif
