// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Step 1 of the lap: the first break. The ring is copied and filled, CWRITER
 * goes to one slot short of W, and the ITS leaves the first slots.
 */
#include "lap.h"

/* The driver posts at most a command and its SYNC at a time; one more keeps the ring from looking full. */
#define FIRST_SLOTS 3

bool lap_is_unfinished(struct lap *lap, const struct lap_pointers *now)
{
	unsigned slots = lap->queue->slots, driver = (now->cwriter + 1) % slots, i;
	uint64_t words[3][ITS_COMMAND_WORDS];

	for (i = 0; i < 3; i++)
		if (lap_read_slot(lap, (now->cwriter + slots - 1 + i) % slots, words[i], NULL))
			return false;
	return queue_lap_is_unfinished(driver, words[0], words[1], words[2]);
}

int lap_finish_older(struct lap *lap, struct lap_pointers *now, struct its_error *error)
{
	unsigned driver = (now->cwriter + 1) % lap->queue->slots;
	int err;

	if (!lap_is_unfinished(lap, now))
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
		else if (time - quiet_since >= LAP_DEAD_NS)
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
		end = time + (moved ? LAP_BREAK_LIMIT_NS : LAP_DEAD_NS);
	}
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
	lap_settle_quietly(lap, now);
	lap_restore(lap, now, NULL);
	return lap_lost_error(lap, error);
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
	int err;

	/* Pointers that cannot be read any more are the reason, and are reported as it. */
	err = lap_read_pointers(lap->queue, now, error);
	if (!err)
		lap_restore(lap, now, NULL);
	lap->began = false;
	gone = lap_distance(lap, lap->W, now->creadr);
	lap->uncertain = first == STUCK ? lap->n - (gone < lap->n ? gone : lap->n) : 0;
	if (first == STUCK && !lap->replaying)
		lap->report->executed += gone < lap->n ? gone : lap->n;
	if (err)
		return err;
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
			return lap_refuse(lap, error, err);
		*start = memory_now_ns();
		err = lap_read_pointers(queue, now, error);
		if (!err && !now->stalled && now->creadr == now->cwriter)
			return 0;
		lap_resume(lap, 0, *start);
		if (err)
			return err;
		if (now->stalled)
			return lap_refuse(lap, error, lap_stalled_error(queue, now, error));
		lap->report->retries++;
		if (memory_now_ns() > deadline) {
			its_error(error, ITS_ERR_TIMEOUT,
				  "the ring is not idle: CREADR at slot %u, CWRITER at slot %u, for %u ms",
				  now->creadr, now->cwriter, lap->options->timeout_ms);
			its_hint(error, "wait for the ITS, or give it longer with --timeout");
			return lap_refuse(lap, error, ITS_ERR_TIMEOUT);
		}
		memory_relax(queue->memory);
	}
}

int lap_begin(struct lap *lap, uint64_t deadline, struct its_error *error)
{
	struct queue *queue = lap->queue;
	struct lap_pointers now;
	enum first_slots first;
	uint64_t start = 0;
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
	} while (first == STALLED_AT_ONCE && lap_take_out_culprit(lap, &now));
	if (first == NEVER_MOVED || first == STUCK)
		err = undo(lap, first, &now, error);
	else if (first == STALLED_AT_ONCE)
		err = lap_stalled_error(queue, &now, error);
	else
		note_posts(lap, first, &now);
out:
	lap_resume(lap, 0, start);
	return err;
}

