/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What watch.c, which polls, and watch_show.c, which tells, know of each other. */
#ifndef CLI_WATCH_H
#define CLI_WATCH_H

#include "filter.h"
#include "its/follow.h"
#include "its/route.h"
#include "names.h"

/* One ITS that is followed, and what its commands add up to. */
struct watched {
	size_t its;
	bool open;
	struct route_map map;
	struct follow follow;
};

/* When a command was posted last; counted and kept by what it is about. */
struct watch_key { uint64_t its, opcode, subject, event; };
struct watch_repeat {
	struct watch_key key;
	uint64_t when_ns;
	UT_hash_handle hh;
};
struct watch_device_key { uint64_t its, device_id; };
struct watch_device {
	struct watch_device_key key;
	uint64_t count;
	UT_hash_handle hh;
};

struct watch {
	struct cli *cli;
	struct filter filter;
	struct names *names;
	bool names_stale;		/* mappings have changed since they were read */
	uint64_t names_ns;		/* when they were */
	struct watched *list;
	size_t count;

	uint64_t begin_ns, now_ns;	/* CLOCK_MONOTONIC */
	uint64_t time_ns;		/* CLOCK_REALTIME of this poll */

	/* For the summary. */
	uint64_t shown, syncs, left_out;
	uint64_t lost, maybe_lost, backwards, laps, stalls, restarts;
	uint64_t kinds[256];		/* by opcode */
	struct watch_device *devices;
	struct watch_repeat *repeats;
	size_t n_devices, n_repeats;
};

void watch_show_start(struct watch *watch);
/* The batch of the last poll: commands and events in order. True once --count is reached. */
bool watch_show_batch(struct watch *watch, struct watched *watched);
void watch_show_summary(struct watch *watch);
void watch_forget(struct watch *watch);

#endif
