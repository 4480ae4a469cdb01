// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The lap: how commands are appended without the driver noticing. The
 * protocol, the reason for each step and the model that proves it are in
 * docs/append.md and tests/model/lap.pml; the steps have the same names there.
 *
 * Between memory_pause() and memory_resume() nothing here allocates, prints,
 * faults or sleeps, and every wait is bounded.
 */
#include <string.h>

#include "lap.h"

/* The driver posts at most a command and its SYNC at a time; one more keeps the ring from looking full. */
#define FIRST_SLOTS 3
/*
 * How long an attempt at a break may take to come together: the first is
 * short, since what keeps a CPU is mostly gone in a moment; each that fails
 * doubles it, for virtual CPUs that share a real one.
 */
#define PAUSE_FIRST_MS 10
#define PAUSE_LONGEST_MS 320
/* Pointers that stand still for this long: nothing fetched is still on its way, and a dead ITS is dead. */
#define DEAD_NS 2000000
/* A handler that is building its slots writes CWRITER in less than this. */
#define HANDLER_POST_NS 100000

bool lap_settle(struct lap *lap, struct lap_pointers *now, uint64_t limit_ns)
{
	uint64_t end = memory_now_ns() + limit_ns;

	for (;;) {
		if (lap_read_pointers(lap->queue, now, NULL))
			return false;
		if (now->creadr == now->cwriter && !now->stalled)
			return true;
		if (now->stalled || memory_now_ns() > end)
			return false;
		memory_relax(lap->queue->memory);
	}
}

/* After a handler's post: CREADR = CWRITER is believed only when it has lasted. */
static void settle_quietly(struct lap *lap, struct lap_pointers *now)
{
	uint64_t end = memory_now_ns() + LAP_BREAK_LIMIT_NS, since;

	while (lap_settle(lap, now, LAP_BREAK_LIMIT_NS)) {
		since = memory_now_ns();
		do {
			memory_relax(lap->queue->memory);
			if (lap_read_pointers(lap->queue, now, NULL))
				return;
		} while (now->creadr == now->cwriter && memory_now_ns() - since < DEAD_NS);
		if (now->creadr == now->cwriter || memory_now_ns() > end)
			return;
	}
}

int lap_pause(struct lap *lap, uint64_t deadline, struct its_error *error)
{
	unsigned limit_ms = PAUSE_FIRST_MS;
	int err;

	do {
		uint64_t now = memory_now_ns();
		uint64_t left = deadline > now ? (deadline - now) / 1000000 + 1 : 1;

		err = memory_pause(lap->queue->memory, left < limit_ms ? (unsigned)left : limit_ms, error);
		if (err)
			lap->report->retries++;
		if (limit_ms < PAUSE_LONGEST_MS)
			limit_ms *= 2;
	} while (err == ITS_ERR_TIMEOUT && memory_now_ns() < deadline);
	return err;
}

static void resume(struct lap *lap, unsigned which, uint64_t start)
{
	uint64_t length = memory_now_ns() - start;

	if (length > lap->report->break_ns[which])
		lap->report->break_ns[which] = length;
	memory_resume(lap->queue->memory);
}

/* True if @slot carries the tag of @driver. */
static bool tagged_for(struct lap *lap, unsigned slot, unsigned driver)
{
	uint64_t words[ITS_COMMAND_WORDS];
	unsigned found;

	return !window_read_words(&lap->queue->ring, (uint64_t)slot * ITS_COMMAND_BYTES, words,
				  ITS_COMMAND_WORDS, NULL) &&
	       queue_is_tagged(words, &found) && found == driver;
}

int lap_finish_older(struct lap *lap, struct lap_pointers *now, struct its_error *error)
{
	unsigned slots = lap->queue->slots, driver = (now->cwriter + 1) % slots;
	int err;

	/*
	 * A driver that has gone round since stands at CWRITER, too, and finds old filler there; but the slot
	 * before it (or, where that held untagged payload, slot W) it has overwritten.
	 */
	if (!tagged_for(lap, now->cwriter, driver) ||
	    (!tagged_for(lap, (now->cwriter + slots - 1) % slots, driver) && !tagged_for(lap, driver, driver)))
		return 0;
	err = lap_write_cwriter(lap->queue, driver, false, error);
	if (err)
		return err;
	lap->report->finished_older = true;
	if (!lap_settle(lap, now, LAP_BREAK_LIMIT_NS))
		return its_error(error, ITS_ERR_TIMEOUT,
				 "the ITS does not execute the last slot of an earlier run: CREADR at slot %u, CWRITER at slot %u",
				 now->creadr, now->cwriter);
	return 0;
}

enum first_slots { LEFT, CUT_SHORT, STALLED_AT_ONCE, NEVER_MOVED, STUCK };

/*
 * The ITS must leave the first slots before the driver may post again: the
 * driver's next command goes into slot W, which the ITS may not have read. An
 * ITS that does not move is given its old CWRITER back; if it stays where it
 * is, nothing has been executed and the lap is undone. A handler that posts
 * now may cut the lap short: CWRITER is then behind its own slots, and moving
 * it again would rewind the driver.
 */
static enum first_slots leave_first_slots(struct lap *lap, struct lap_pointers *now)
{
	uint64_t time = memory_now_ns(), end = time + LAP_BREAK_LIMIT_NS, quiet_since = 0;
	bool moved = false;

	for (;; memory_relax(lap->queue->memory)) {
		if (lap_read_pointers(lap->queue, now, NULL))
			return STUCK;
		time = memory_now_ns();
		if (now->cwriter == lap->mine) {
			if (lap_distance(lap, lap->W, now->creadr) >= FIRST_SLOTS)
				return LEFT;
			/* CWRITER was taken back to W, and the ITS went all the way after all. */
			if (lap->mine == lap->W && moved && now->creadr == lap->W)
				return LEFT;
		} else if (lap_distance(lap, lap->W, now->creadr) > lap_distance(lap, lap->W, now->cwriter)) {
			return LEFT;
		}
		if (now->stalled)
			return STALLED_AT_ONCE;
		if (now->cwriter == lap->mine || now->creadr != now->cwriter)
			quiet_since = 0;
		else if (!quiet_since)
			quiet_since = time;
		else if (time - quiet_since >= DEAD_NS)
			return CUT_SHORT;
		if (time <= end)
			continue;
		if (now->cwriter != lap->mine)
			return STUCK;
		if (lap->mine == lap->W)
			return moved || now->creadr != lap->W ? STUCK : NEVER_MOVED;
		/* With CWRITER at W an ITS that moves after all simply does the whole lap. */
		moved = now->creadr != lap->W;
		lap->mine = lap->W;
		if (lap_write_cwriter(lap->queue, lap->W, false, NULL))
			return STUCK;
		end = time + (moved ? LAP_BREAK_LIMIT_NS : DEAD_NS);
	}
}

bool lap_retry(struct lap *lap, struct lap_pointers *now)
{
	uint64_t end = memory_now_ns() + LAP_BREAK_LIMIT_NS;
	unsigned slot = now->creadr;

	if (lap_write_cwriter(lap->queue, now->cwriter, true, NULL))
		return false;
	/* The ITS takes its time to clear Stalled. */
	for (;;) {
		if (lap_read_pointers(lap->queue, now, NULL))
			return false;
		if (!now->stalled || now->creadr != slot)
			return true;
		if (memory_now_ns() > end)
			return false;
		memory_relax(lap->queue->memory);
	}
}

/*
 * The ITS stalled on a command of ours: put a SYNC in its place and go on.
 * Inside a break. False if the command is not ours, or is that SYNC.
 */
static bool take_out_culprit(struct lap *lap, struct lap_pointers *now)
{
	unsigned index = lap_distance(lap, lap->W, now->creadr), slot = now->creadr;
	struct queue_append_report *report = lap->report;
	uint64_t sync[ITS_COMMAND_WORDS];

	lap_filler(lap, sync);
	if (index >= lap->n || !lap_slot_is_ours(lap, slot) || !memcmp(lap->image[slot], sync, sizeof(sync)))
		return false;
	memcpy(lap->image[slot], sync, sizeof(sync));
	if (lap_write_slot(lap, slot, sync, NULL))
		return false;
	lap_publish_slot(lap, slot);
	if (!lap->replaying) {
		lap->refused++;
		if (!report->refused++)
			report->first_refused = lap->first + index;
	}
	return lap_retry(lap, now);
}

static int stalled_error(const struct lap *lap, const struct lap_pointers *now, struct its_error *error)
{
	its_error(error, ITS_ERR_TIMEOUT, "ITS at 0x%llx is stalled at slot %u (0x%llx)",
		  (unsigned long long)lap->queue->its->base, now->creadr,
		  (unsigned long long)(lap->queue->base + (uint64_t)now->creadr * ITS_COMMAND_BYTES));
	its_hint(error, "'its-tool recover' shows the command there and gets the ITS going; nothing behind it is executed before");
	return ITS_ERR_TIMEOUT;
}

/* What runs out of time before anything was written is a refusal. */
static int refuse(const struct lap *lap, struct its_error *error, int err)
{
	if (err != ITS_ERR_TIMEOUT || lap->report->wrote)
		return err;
	error->code = ITS_ERR_UNSAFE;
	return ITS_ERR_UNSAFE;
}

static int lost_error(const struct lap *lap, struct its_error *error)
{
	its_error(error, ITS_ERR_TIMEOUT,
		  "an interrupt handler of the kernel posted inside a break, from slot %u on: a command of its own may not have been executed",
		  lap->W);
	its_hint(error, "handlers post only INV: 'its-tool send \"INVALL ICID=N\"' for each collection makes up for it");
	return ITS_ERR_TIMEOUT;
}

/*
 * An interrupt handler has posted inside the break, before the lap's own
 * CWRITER write. What it wrote may have been overwritten by the fill before
 * the ITS read it, and then commands of ours were executed in its place.
 */
static int posted_before_the_lap(struct lap *lap, struct lap_pointers *now, struct its_error *error)
{
	lap->report->disturbed = true;
	lap->report->driver_slots += lap_distance(lap, lap->W, now->cwriter);
	lap->uncertain = lap->n;
	settle_quietly(lap, now);
	lap_restore(lap, now, NULL);
	return lost_error(lap, error);
}

/* What a handler posted between the lap's CWRITER write and the end of the first break. */
static void note_posts(struct lap *lap, enum first_slots first, const struct lap_pointers *now)
{
	unsigned slots = lap->queue->slots, posted, i;

	posted = now->cwriter == lap->mine ? lap_count_posted(lap) : lap_distance(lap, lap->W, now->cwriter);
	if (!posted)
		return;
	lap->report->disturbed = true;
	if (first == LEFT) {
		/* Executed at the lap's end, because CWRITER stands behind them; our own in their place perhaps not. */
		lap->uncertain = posted < lap->n ? posted : lap->n;
		lap->lost = lap->lost || lap->replaying;
		return;
	}
	/* Cut short: perhaps the ITS had gone past a slot before the handler wrote it. */
	lap->uncertain = lap->n;
	if (posted > LAP_REPLAY_MAX || lap->replaying) {
		lap->lost = true;
		return;
	}
	for (i = 0; i < posted; i++)
		if (window_read_words(&lap->queue->ring, (uint64_t)((lap->W + i) % slots) * ITS_COMMAND_BYTES,
				      lap->replay[i], ITS_COMMAND_WORDS, NULL))
			lap->lost = true;
	lap->n_replay = posted;
}

/* The ITS did not leave the first slots. The ring is put back as far as it will not be read. */
static int undo(struct lap *lap, enum first_slots first, struct lap_pointers *now, struct its_error *error)
{
	size_t gone;

	lap_read_pointers(lap->queue, now, NULL);
	lap_restore(lap, now, NULL);
	lap->began = false;
	gone = lap_distance(lap, lap->W, now->creadr);
	lap->uncertain = first == STUCK ? lap->n - (gone < lap->n ? gone : lap->n) : 0;
	if (first == STUCK && !lap->replaying)
		lap->report->executed += gone < lap->n ? gone : lap->n;
	its_error(error, ITS_ERR_TIMEOUT,
		  "ITS at 0x%llx does not read its ring: CREADR stays at slot %u after CWRITER moved from slot %u",
		  (unsigned long long)lap->queue->its->base, now->creadr, lap->W);
	its_hint(error, "%s; is the ITS powered, clocked and enabled?", first == NEVER_MOVED ?
		 "nothing was executed and the ring is as it was" :
		 "it stopped among the first slots: of this batch what stands behind CREADR runs if it goes on");
	return ITS_ERR_TIMEOUT;
}

/* A break in which the ring is idle. @now holds the pointers; *start is when it began. */
static int pause_idle(struct lap *lap, uint64_t deadline, struct lap_pointers *now, uint64_t *start,
		      struct its_error *error)
{
	struct queue *queue = lap->queue;
	int err;

	for (;;) {
		err = lap_pause(lap, deadline, error);
		if (err)
			return refuse(lap, error, err);
		*start = memory_now_ns();
		err = lap_read_pointers(queue, now, error);
		if (!err && !now->stalled && now->creadr == now->cwriter)
			return 0;
		resume(lap, 0, *start);
		if (err)
			return err;
		if (now->stalled)
			return refuse(lap, error, stalled_error(lap, now, error));
		lap->report->retries++;
		if (memory_now_ns() > deadline) {
			its_error(error, ITS_ERR_TIMEOUT,
				  "the ring is not idle: CREADR at slot %u, CWRITER at slot %u, for %u ms",
				  now->creadr, now->cwriter, lap->options->timeout_ms);
			its_hint(error, "wait for the ITS, or give it longer with --timeout");
			return refuse(lap, error, ITS_ERR_TIMEOUT);
		}
		memory_relax(queue->memory);
	}
}

/* Step 1 of the lap: the first break. */
static int begin(struct lap *lap, uint64_t deadline, struct its_error *error)
{
	struct queue *queue = lap->queue;
	struct lap_pointers now;
	enum first_slots first;
	uint64_t start;
	int err;

	err = pause_idle(lap, deadline, &now, &start, error);
	if (err)
		return err;
	err = lap_finish_older(lap, &now, error);
	lap->W = now.creadr;
	if (!err)
		err = lap_copy_ring(lap, error);
	if (err)
		goto out;
	lap_build_image(lap);
	err = lap_fill(lap, error);
	if (!err)
		err = lap_read_pointers(queue, &now, error);
	if (err) {
		lap_restore(lap, &now, NULL);
		goto out;
	}
	if (now.cwriter != lap->W) {
		err = posted_before_the_lap(lap, &now, error);
		goto out;
	}
	lap->mine = (lap->W + queue->slots - 1) % queue->slots;
	lap->began = lap->report->wrote = true;
	err = lap_write_cwriter(queue, lap->mine, false, error);
	if (err)
		goto out;
	do {
		first = leave_first_slots(lap, &now);
	} while (first == STALLED_AT_ONCE && take_out_culprit(lap, &now));
	if (first == NEVER_MOVED || first == STUCK)
		err = undo(lap, first, &now, error);
	else if (first == STALLED_AT_ONCE)
		err = stalled_error(lap, &now, error);
	else
		note_posts(lap, first, &now);
out:
	resume(lap, 0, start);
	return err;
}

/* Step 2: wait for CREADR = CWRITER. The driver may post now; it only completes the lap. */
static int wait_for_lap(struct lap *lap, uint64_t deadline, struct lap_pointers *now,
			struct its_error *error)
{
	struct queue *queue = lap->queue;
	unsigned gone;
	int err;

	for (;;) {
		err = lap_read_pointers(queue, now, error);
		if (err)
			return err;
		if (now->stalled) {
			bool going = true;
			uint64_t start;

			err = lap_pause(lap, deadline, error);
			if (err)
				return err;
			start = memory_now_ns();
			err = lap_read_pointers(queue, now, error);
			if (!err && now->stalled)
				going = take_out_culprit(lap, now);
			resume(lap, 0, start);
			if (err)
				return err;
			if (!going)
				return stalled_error(lap, now, error);
			continue;
		}
		if (now->creadr == now->cwriter)
			return 0;
		if (memory_now_ns() > deadline)
			break;
		memory_relax(queue->memory);
	}
	gone = lap_distance(lap, lap->W, now->creadr);
	its_error(error, ITS_ERR_TIMEOUT,
		  "ITS at 0x%llx is at slot %u of the lap from slot %u to slot %u after %u ms",
		  (unsigned long long)queue->its->base, now->creadr, lap->W, now->cwriter,
		  lap->options->timeout_ms);
	its_hint(error, "%zu commands of the batch and SYNCs are still pending and run if it goes on; a slow ITS wants a longer --timeout",
		 gone < lap->n ? lap->n - gone : 0);
	return ITS_ERR_TIMEOUT;
}

/*
 * CWRITER goes to the driver's pointer: W, or behind what a handler posted
 * unseen. If it is not where the lap left it, the driver has posted and its
 * pointer stands. True if a handler was in it.
 */
static bool hand_back(struct lap *lap, struct lap_pointers *now)
{
	unsigned slots = lap->queue->slots, writes = 0, posted;
	uint64_t end;

	for (;;) {
		if (lap_read_pointers(lap->queue, now, NULL) || now->cwriter != lap->mine)
			break;
		posted = lap_count_posted(lap);
		if (posted) {
			/* It may be in the middle of its post, and write CWRITER itself in a moment. */
			end = memory_now_ns() + HANDLER_POST_NS;
			do {
				if (lap_read_pointers(lap->queue, now, NULL))
					return true;
			} while (now->cwriter == lap->mine && memory_now_ns() < end);
			posted = lap_count_posted(lap);
			if (now->cwriter != lap->mine || posted > LAP_REPLAY_MAX)
				break;
		}
		if (lap->mine == (lap->W + posted) % slots)
			break;
		lap->mine = (lap->W + posted) % slots;
		if (lap_write_cwriter(lap->queue, lap->mine, false, NULL))
			break;
		writes++;
		lap_settle(lap, now, LAP_BREAK_LIMIT_NS);
	}
	/* After our own second write a driver's post may have been hidden by it. */
	if (writes > 1 && now->cwriter != lap->mine)
		lap->lost = true;
	return writes > 1 || (writes && now->cwriter != lap->mine);
}

/* Step 3: the second break. Also made, with what can be done then, after step 2 has failed. */
static int finish(struct lap *lap, uint64_t deadline, size_t gone, struct its_error *error)
{
	struct queue *queue = lap->queue;
	struct lap_pointers now;
	bool settled = true;
	uint64_t start;
	int err;

	err = lap_pause(lap, deadline, error);
	if (err) {
		lap->report->filler_left = true;
		return err;
	}
	start = memory_now_ns();
	/* If CWRITER is rewound over a handler's post, the ITS goes round once more: over nothing but filler. */
	lap_blank_payload(lap, gone);
	if (hand_back(lap, &now)) {
		lap->report->disturbed = true;
		settle_quietly(lap, &now);
	}
	settled = lap_settle(lap, &now, LAP_BREAK_LIMIT_NS);
	err = lap_read_pointers(queue, &now, error);
	if (!err) {
		lap->report->driver_slots += lap_distance(lap, lap->W, now.cwriter);
		err = lap_restore(lap, &now, error);
	}
	resume(lap, 1, start);
	if (err || settled)
		return err;
	its_error(error, ITS_ERR_TIMEOUT,
		  "ITS at 0x%llx does not finish the lap: CREADR is at slot %u, CWRITER at slot %u%s",
		  (unsigned long long)queue->its->base, now.creadr, now.cwriter,
		  now.stalled ? ", and it is stalled" : "");
	its_hint(error, "'its-tool dump --pending' shows what it has not executed");
	return ITS_ERR_TIMEOUT;
}

static int run_once(struct lap *lap, struct its_error *error)
{
	uint64_t limit = (uint64_t)lap->options->timeout_ms * 1000000;
	struct queue_append_report *report = lap->report;
	struct lap_pointers now;
	struct its_error ignored;
	size_t gone;
	int err, late;

	lap->began = false;
	lap->uncertain = lap->refused = 0;
	err = begin(lap, memory_now_ns() + limit, error);
	if (!report->laps++)
		report->slot = lap->W;
	if (!lap->began) {
		report->uncertain += lap->replaying ? 0 : lap->uncertain;
		return err;
	}
	if (!err)
		err = wait_for_lap(lap, memory_now_ns() + limit, &now, error);
	gone = lap->n;
	if (err)
		gone = lap_read_pointers(lap->queue, &now, NULL) ? 0 : lap_distance(lap, lap->W, now.creadr);
	if (gone > lap->n)
		gone = lap->n;
	late = finish(lap, memory_now_ns() + limit, gone, err ? &ignored : error);
	if (!lap->replaying) {
		size_t doubtful = lap->uncertain + lap->refused;

		report->uncertain += lap->uncertain;
		report->executed += gone > doubtful ? gone - doubtful : 0;
	}
	return err ? err : late;
}

int lap_run(struct lap *lap, struct its_error *error)
{
	int err;

	lap->n_replay = 0;
	lap->replaying = lap->lost = false;
	err = run_once(lap, error);
	if (!err && lap->n_replay) {
		/* A handler's command is executed at least once, not exactly once: INV and MAPC bear it. */
		lap->payload = (const uint64_t (*)[ITS_COMMAND_WORDS])lap->replay;
		lap->n = lap->n_replay;
		lap->replaying = true;
		err = run_once(lap, error);
	}
	return !err && lap->lost ? lost_error(lap, error) : err;
}
