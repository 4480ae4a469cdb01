// SPDX-License-Identifier: GPL-2.0-or-later
/* What does the driver post while we look? When to look, what to read, and how long to sleep. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "follow_look.h"

/* An idle poll may cost 1/150 of the time until the next: less than 1 % of a CPU. */
#define IDLE_SHARE 150
#define SLEEP_LEAST_NS UINT64_C(200000)
/* On a machine so slow that a poll takes 0.3 ms the ring fills slowly, too. */
#define SLEEP_MOST_NS UINT64_C(40000000)
/* The rate is measured over as long as this, or over an eighth of the ring: two posts in a row are no rate. */
#define WINDOW_NS UINT64_C(1000000)
/* GITS_CBASER is looked at so often, and when anything is odd. */
#define CBASER_NS UINT64_C(100000000)
/* A sleep that is so much longer than asked for was no sleep: the tool was stopped, or had no CPU. */
#define LATE_NS UINT64_C(5000000)
/* Slots before the last one reported that are looked at each time: a driver that has gone round wrote them. */
#define SENTINELS 8
#define LOOKS 4

bool follow_is_sync_of(const uint64_t command[ITS_COMMAND_WORDS], const uint64_t sync[ITS_COMMAND_WORDS])
{
	/* VMAPP has a VSYNC with V=1 only; an unknown opcode may have anything. */
	return its_command_is_sync(sync) && !its_command_is_sync(command) && its_command_opcode(command) != ITS_MAPD;
}

/* A post is whole in a batch, for CWRITER moves past all of it at once. */
static void mark_syncs(struct follow *follow)
{
	struct follow_command *commands = follow->commands;
	unsigned slots = follow->queue->slots;
	size_t i, count = follow->batch.count;

	for (i = 0; i < count; i++) {
		bool followed = i + 1 < count && follow_is_sync_of(commands[i].words, commands[i + 1].words) &&
				!(commands[i + 1].marks & FOLLOW_TOOL) &&
				commands[i + 1].slot == (commands[i].slot + 1) % slots;

		if (commands[i].marks & FOLLOW_TOOL || its_command_is_sync(commands[i].words))
			continue;
		if (followed)
			commands[i + 1].marks |= FOLLOW_SYNC;
		else if (its_command_is_synced(commands[i].words))
			commands[i].marks |= FOLLOW_NO_SYNC;
	}
}

/* @count slots from @slot on, round the end, into follow->ring. */
static int read_slots(struct follow *follow, unsigned slot, unsigned count, struct its_error *error)
{
	unsigned first = follow->queue->slots - slot < count ? follow->queue->slots - slot : count;
	int err;

	if (!count)
		return 0;
	err = window_read_words(&follow->queue->ring, (uint64_t)slot * ITS_COMMAND_BYTES,
				follow->ring[slot], (size_t)first * ITS_COMMAND_WORDS, error);
	if (!err && count > first)
		err = window_read_words(&follow->queue->ring, 0, follow->ring[0],
					(size_t)(count - first) * ITS_COMMAND_WORDS, error);
	return err;
}

static int read_cwriter(struct follow *follow, unsigned *slot, struct its_error *error)
{
	uint64_t value;
	int err;

	memory_load_barrier();
	err = queue_pointer_read(follow->queue, GITS_CWRITER, &value, error);
	if (!err)
		err = queue_pointer_slot(follow->queue, GITS_CWRITER, value, slot, error);
	memory_load_barrier();
	return err;
}

static void free_copies(struct follow *follow)
{
	free(follow->copy);
	free(follow->ring);
	free(follow->commands);
	follow->copy = follow->ring = NULL;
	follow->commands = NULL;
}

/* The ring as it is, to compare the next look with. */
static int begin(struct follow *follow, struct its_error *error)
{
	unsigned slots = follow->queue->slots, began;
	int err;

	free_copies(follow);
	follow->copy = calloc(slots, ITS_COMMAND_BYTES);
	follow->ring = calloc(slots, ITS_COMMAND_BYTES);
	/* A lap of its-tool and what the driver posts at the same time are both less than a ring. */
	follow->commands = calloc(2 * (size_t)slots, sizeof(*follow->commands));
	if (!follow->copy || !follow->ring || !follow->commands)
		return its_no_memory(error, "a copy of %u slots", slots);
	err = read_cwriter(follow, &follow->last, error);
	if (!err)
		err = read_slots(follow, 0, slots, error);
	if (err)
		return err;
	memcpy(follow->copy[0], follow->ring[0], (size_t)slots * ITS_COMMAND_BYTES);
	/* In the middle of a lap of its-tool: the driver's pointer is where the lap ends. */
	if (queue_is_tagged(follow->copy[follow->last], &began) && began == (follow->last + 1) % slots)
		follow->last = began;
	follow->in_lap = follow->stalled = false;
	follow->polled_ns = follow->cbaser_ns = follow->window_ns = follow->now_ns();
	follow->window_count = 0;
	follow->fill_ns = UINT64_MAX;
	return 0;
}

int follow_open(struct follow *follow, struct queue *queue, uint64_t most_ns,
		struct its_error *error)
{
	int err;

	memset(follow, 0, sizeof(*follow));
	follow->queue = queue;
	follow->now_ns = memory_now_ns;
	follow->most_ns = most_ns ? most_ns : UINT64_MAX;
	follow->sleep_ns = SLEEP_LEAST_NS;
	err = begin(follow, error);
	if (err)
		follow_close(follow);
	return err;
}

void follow_close(struct follow *follow)
{
	free_copies(follow);
	memset(follow, 0, sizeof(*follow));
}

/* Another ring behind the same registers: nothing that was known of the old one counts. */
static int check_cbaser(struct follow *follow, struct its_error *error)
{
	struct queue *queue = follow->queue;
	uint64_t cbaser;
	int err;

	follow->cbaser_ns = follow->now_ns();
	err = queue_register_read(queue, GITS_CBASER, &cbaser, error);
	if (err || cbaser == queue->cbaser)
		return err;
	/* The frame stays, and what it says of the ITS: others may be reading that. */
	window_close(&queue->ring);
	queue->cbaser = cbaser;
	err = queue_pointer_read(queue, GITS_CWRITER, &queue->cwriter, error);
	if (!err)
		err = queue_pointer_read(queue, GITS_CREADR, &queue->creadr, error);
	if (!err)
		err = queue_attach(queue, error);
	if (!err)
		err = begin(follow, error);
	if (!err)
		follow_say(follow, FOLLOW_RESTARTED, follow->last, 0);
	return err;
}

static void watch_stall(struct follow *follow)
{
	bool stalled = queue_stalled(follow->queue);
	unsigned slot = queue_creadr_slot(follow->queue);

	if (follow->stalled && (!stalled || slot != follow->stalled_slot)) {
		follow_say(follow, FOLLOW_GOES_ON, follow->stalled_slot, 0);
		follow->stalled = false;
	}
	if (stalled && !follow->stalled) {
		follow_say(follow, FOLLOW_STALLED, slot, 0);
		follow->stalled_slot = slot;
		follow->stalled = true;
	}
}

/* Could the driver fill @slots in @ns, at twice the highest rate seen? Not known: false. */
static bool could_fill(const struct follow *follow, uint64_t ns, unsigned slots)
{
	if (follow->fill_ns == UINT64_MAX)
		return false;
	return 2 * ns >= follow->fill_ns / follow->queue->slots * slots;
}

/* @count slots from @slot on as the copy has them? */
static bool unchanged(const struct follow *follow, unsigned slot, unsigned count)
{
	unsigned i;

	for (i = 0; i < count; i++)
		if (follow_differs(follow, (slot + i) % follow->queue->slots))
			return false;
	return true;
}

/*
 * The common case: some slots, far less than the ring, and nothing odd. Only
 * these are read, and a few that no post since can have touched.
 * *plain is false where the whole ring must be looked at.
 */
static int look_quickly(struct follow *follow, unsigned cwriter, bool *plain, struct its_error *error)
{
	unsigned slots = follow->queue->slots, last = follow->last, after;
	unsigned moved = follow_distance(follow, last, cwriter);
	unsigned near = (last + slots - SENTINELS) % slots;
	unsigned far = (last + slots - slots / 2 - SENTINELS) % slots;
	int err;

	err = read_slots(follow, last, moved, error);
	if (!err)
		err = read_slots(follow, near, SENTINELS, error);
	if (!err)
		err = read_slots(follow, far, SENTINELS, error);
	if (!err)
		err = read_cwriter(follow, &after, error);
	if (err)
		return err;
	*plain = unchanged(follow, near, SENTINELS) && unchanged(follow, far, SENTINELS) &&
		 follow_distance(follow, cwriter, after) + moved + FOLLOW_BUILD <= slots;
	/* CWRITER back at the ring's start, and the ring's end as it was: perhaps it did not come round. */
	if (cwriter < last && slots - last >= FOLLOW_BUILD && unchanged(follow, last, slots - last))
		*plain = false;
	if (!*plain)
		return 0;
	follow_take(follow, cwriter, moved, 0);
	follow->last = cwriter;
	return 0;
}

/* Slots from @slot on that the driver is just building: they change, or are cleared first. */
static int count_building(struct follow *follow, unsigned slot, unsigned *count, struct its_error *error)
{
	static const uint64_t cleared[ITS_COMMAND_WORDS];
	uint64_t before[2][ITS_COMMAND_WORDS];
	unsigned i;
	int err;

	for (i = 0; i < 2; i++)
		memcpy(before[i], follow->ring[(slot + i) % follow->queue->slots], ITS_COMMAND_BYTES);
	err = read_slots(follow, slot, 2, error);
	*count = 0;
	for (i = 0; i < 2 && !err; i++) {
		unsigned at = (slot + i) % follow->queue->slots;

		if (memcmp(before[i], follow->ring[at], ITS_COMMAND_BYTES) ||
		    (!memcmp(before[i], cleared, sizeof(cleared)) && follow_differs(follow, at)))
			*count = i + 1;
	}
	return err;
}

/* Reads the whole ring, again if it went by meanwhile, and has it judged. */
static int look_fully(struct follow *follow, struct follow_look *look, unsigned *moved,
		      struct its_error *error)
{
	unsigned slots = follow->queue->slots, after = look->cwriter, building = 0, tries;
	int err = 0;

	for (tries = 0; tries < LOOKS && !err; tries++) {
		uint64_t start = follow->now_ns(), took;

		look->cwriter = after;
		err = read_slots(follow, 0, slots, error);
		if (!err)
			err = read_cwriter(follow, &after, error);
		took = follow->now_ns() - start;
		if (follow_distance(follow, look->cwriter, after) <= slots / 4 &&
		    !could_fill(follow, took, slots / 2))
			break;
	}
	if (!err)
		err = count_building(follow, after, &building, error);
	if (err)
		return err;
	look->flux = follow_distance(follow, look->cwriter, after) + building;
	if (look->flux > slots)
		look->flux = slots;
	*moved = follow_judge(follow, look);
	return 0;
}

/* What an idle poll costs, with all that the caller does between two of them. */
static void measure_cost(struct follow *follow)
{
	struct timespec clock = { 0 };
	uint64_t cpu;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &clock);
	cpu = (uint64_t)clock.tv_sec * 1000000000 + (uint64_t)clock.tv_nsec;
	if (follow->was_idle)
		follow->cost_ns = follow->cost_ns ? (3 * follow->cost_ns + cpu - follow->cpu_ns) / 4
						  : cpu - follow->cpu_ns;
	follow->cpu_ns = cpu;
}

static void measure_rate(struct follow *follow, uint64_t now, unsigned moved)
{
	unsigned slots = follow->queue->slots;
	uint64_t fill;

	if (!moved && !follow->window_count) {
		follow->window_ns = now;
		return;
	}
	follow->window_count += moved;
	if (now - follow->window_ns < WINDOW_NS && follow->window_count < slots / 8)
		return;
	fill = (now - follow->window_ns) * slots / (follow->window_count ? follow->window_count : 1);
	if (fill < follow->fill_ns)
		follow->fill_ns = fill ? fill : 1;
	follow->window_ns = now;
	follow->window_count = 0;
}

static void choose_sleep(struct follow *follow, unsigned moved)
{
	uint64_t idle = follow->cost_ns * IDLE_SHARE, sleep = follow->sleep_ns;

	if (idle < SLEEP_LEAST_NS)
		idle = SLEEP_LEAST_NS;
	if (idle > SLEEP_MOST_NS)
		idle = SLEEP_MOST_NS;
	if (!moved && !follow->in_lap)
		/* Not at once back to the long sleep: a burst is often followed by the next. */
		sleep = sleep ? 2 * sleep : SLEEP_LEAST_NS;
	else
		sleep = follow->fill_ns == UINT64_MAX ? SLEEP_LEAST_NS : follow->fill_ns / 8;
	if (sleep > idle)
		sleep = idle;
	if (sleep > follow->most_ns)
		sleep = follow->most_ns;
	follow->sleep_ns = sleep;
	follow->batch.sleep_ns = moved > follow->queue->slots / 4 ? 0 : sleep;
}

static int poll_ring(struct follow *follow, struct follow_look *look, unsigned *moved,
		     struct its_error *error)
{
	unsigned slots = follow->queue->slots;
	bool plain = true, unknown = look->late && follow->fill_ns == UINT64_MAX;
	int err;

	*moved = follow_distance(follow, follow->last, look->cwriter);
	look->could_lap = could_fill(follow, look->gap_ns, slots - *moved) || unknown;
	/* Where nothing has moved the driver is most likely idle, unless nobody has looked for long. */
	look->could_hide_lap = (*moved || look->late) && (could_fill(follow, look->gap_ns, slots + *moved) || unknown);
	if (follow->in_lap || follow->stalled || look->late || *moved > slots / 4 ||
	    (*moved && look->could_lap))
		plain = false;
	if (plain) {
		err = look_quickly(follow, look->cwriter, &plain, error);
		if (err || plain)
			return err;
	}
	return look_fully(follow, look, moved, error);
}

int follow_poll(struct follow *follow, struct its_error *error)
{
	struct follow_batch *batch = &follow->batch;
	struct follow_look look = { 0 };
	uint64_t now = follow->now_ns();
	unsigned moved = 0;
	int err;

	measure_cost(follow);
	memset(batch, 0, sizeof(*batch));
	look.gap_ns = now - follow->polled_ns;
	look.late = look.gap_ns > 4 * follow->sleep_ns + LATE_NS;
	follow->polled_ns = now;
	if (now - follow->cbaser_ns > CBASER_NS) {
		err = check_cbaser(follow, error);
		if (err)
			return err;
	}
	err = queue_refresh(follow->queue, error);
	memory_load_barrier();
	if (err)
		return err;
	look.cwriter = queue_cwriter_slot(follow->queue);
	err = poll_ring(follow, &look, &moved, error);
	if (err)
		return err;
	watch_stall(follow);
	mark_syncs(follow);
	batch->commands = follow->commands;
	follow->was_idle = !batch->count && !batch->n_events && !moved;
	measure_rate(follow, now, moved);
	choose_sleep(follow, moved);
	return 0;
}
