/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What watch.c, watch_poll.c, which looks at the rings, and watch_show.c, which tells, know of each other. */
#ifndef CLI_WATCH_H
#define CLI_WATCH_H

#include <pthread.h>
#include <stdatomic.h>

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

/* One batch, as it waits to be told. */
struct watch_seen {
	struct watch_seen *next;
	struct watched *watched;
	uint64_t now_ns;		/* CLOCK_MONOTONIC */
	uint64_t time_ns;		/* CLOCK_REALTIME */
	struct follow_batch batch;
	struct follow_command commands[];
};

struct watch_poller {
	pthread_t thread;
	pthread_mutex_t lock;		/* of the list */
	pthread_mutex_t hardware;	/* of the source: held by whoever reads from it */
	struct watch_seen *head, **tail;
	uint64_t waiting;		/* bytes in the list */
	int wake[2];			/* a pipe: readable once there is something to tell */
	atomic_bool quit;
	atomic_int err;			/* set last: the watch ends with @error, behind what is in the list */
	struct its_error error;
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

	struct watch_poller poller;
	uint64_t begin_ns, now_ns;	/* CLOCK_MONOTONIC; now: of what is being told */
	uint64_t time_ns;		/* CLOCK_REALTIME */

	/* For the summary. */
	uint64_t shown, syncs, left_out;
	uint64_t untold;		/* commands that were seen, but there was no time to tell them */
	uint64_t lost, maybe_lost, backwards, laps, stalls, restarts;
	uint64_t kinds[256];		/* by opcode */
	struct watch_device *devices;
	struct watch_repeat *repeats;
	size_t n_devices, n_repeats;
};

void watch_show_start(struct watch *watch);
/* Commands and events in order, until it is late. True once --count is reached. */
bool watch_show_batch(struct watch *watch, const struct watch_seen *seen);
/* What is left of it, for the summary: commands from @command on, events from @event on. */
void watch_leave_untold(struct watch *watch, const struct watch_seen *seen, size_t command, size_t event);
/* True some time after the end, when nothing but the summary is told any more. */
bool watch_is_late(void);
void watch_show_summary(struct watch *watch);
void watch_count_device(struct watch *watch, const struct watched *watched, uint32_t device_id);
void watch_forget(struct watch *watch);

int watch_poller_start(struct watch *watch);
/* What was seen until now can still be taken. */
void watch_poller_stop(struct watch *watch);
/* The oldest batch that was not told yet, to be freed; NULL: none. */
struct watch_seen *watch_take(struct watch *watch);
void watch_now(uint64_t *now_ns, uint64_t *time_ns);

#endif
