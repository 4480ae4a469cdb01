// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The lap: how commands are appended without the driver noticing. The first
 * break is in lap_begin.c; here are what its steps share, the wait, the second
 * break, and the whole. The protocol, the reason for each step and the model
 * that proves it are in docs/append.md and tests/model/lap.pml, where the
 * steps have the same names.
 *
 * Between memory_pause() and memory_resume() nothing here allocates, prints,
 * faults or sleeps, and every wait is bounded.
 */
#include <string.h>

#include "lap.h"

/*
 * How long an attempt at a break may take to come together: the first is
 * short, since what keeps a CPU is mostly gone in a moment; each that fails
 * doubles it, for virtual CPUs that share a real one.
 */
#define PAUSE_FIRST_MS 10
#define PAUSE_LONGEST_MS 320
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

void lap_settle_quietly(struct lap *lap, struct lap_pointers *now)
{
	uint64_t end = memory_now_ns() + LAP_BREAK_LIMIT_NS, since;

	while (lap_settle(lap, now, LAP_BREAK_LIMIT_NS)) {
		since = memory_now_ns();
		do {
			memory_relax(lap->queue->memory);
			if (lap_read_pointers(lap->queue, now, NULL))
				return;
		} while (now->creadr == now->cwriter && memory_now_ns() - since < LAP_DEAD_NS);
		if (now->creadr == now->cwriter || memory_now_ns() > end)
			return;
	}
}

int lap_pause(struct lap *lap, uint64_t deadline, struct its_error *error)
{
	unsigned limit_ms = PAUSE_FIRST_MS, longest_ms = 0;
	struct its_error failure = { 0 };
	int err;

	do {
		uint64_t now = memory_now_ns();
		uint64_t left = deadline > now ? (deadline - now) / 1000000 + 1 : 1;
		unsigned this_ms = left < limit_ms ? (unsigned)left : limit_ms;

		err = memory_pause(lap->queue->memory, this_ms, &failure);
		if (err)
			lap->report->retries++;
		/* What the last attempt, cut short by the deadline, says of the CPUs is worth less than what a long one says. */
		if (err && (err != ITS_ERR_TIMEOUT || this_ms >= longest_ms)) {
			longest_ms = this_ms;
			if (error)
				*error = failure;
		}
		if (limit_ms < PAUSE_LONGEST_MS)
			limit_ms *= 2;
	} while (err == ITS_ERR_TIMEOUT && memory_now_ns() < deadline);
	return err;
}

void lap_resume(struct lap *lap, unsigned which, uint64_t start)
{
	uint64_t length = memory_now_ns() - start;

	if (length > lap->report->break_ns[which])
		lap->report->break_ns[which] = length;
	memory_resume(lap->queue->memory);
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

bool lap_take_out_culprit(struct lap *lap, struct lap_pointers *now)
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

int lap_stalled_error(const struct queue *queue, const struct lap_pointers *now, struct its_error *error)
{
	its_error(error, ITS_ERR_TIMEOUT, "ITS at 0x%llx is stalled at slot %u (0x%llx)",
		  (unsigned long long)queue->its->base, now->creadr,
		  (unsigned long long)(queue->base + (uint64_t)now->creadr * ITS_COMMAND_BYTES));
	its_hint(error, "'its-tool recover' shows the command there and gets the ITS going; nothing behind it is executed before");
	return ITS_ERR_TIMEOUT;
}

int lap_refuse(const struct lap *lap, struct its_error *error, int err)
{
	if (err != ITS_ERR_TIMEOUT || lap->report->wrote)
		return err;
	error->code = ITS_ERR_UNSAFE;
	return ITS_ERR_UNSAFE;
}

int lap_lost_error(const struct lap *lap, struct its_error *error)
{
	its_error(error, ITS_ERR_TIMEOUT,
		  "an interrupt handler of the kernel posted inside a break, from slot %u on: a command of its own may not have been executed",
		  lap->W);
	its_hint(error, "handlers post only INV: 'its-tool send \"INVALL ICID=N\"' for each collection makes up for it");
	return ITS_ERR_TIMEOUT;
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
				going = lap_take_out_culprit(lap, now);
			lap_resume(lap, 0, start);
			if (err)
				return err;
			if (!going)
				return lap_stalled_error(queue, now, error);
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
	if (gone < lap->n)
		its_hint(error, "%zu commands of the batch and SYNCs are still pending and run if it goes on; a slow ITS wants a longer --timeout",
			 lap->n - gone);
	else
		its_hint(error, "the batch is done; %u harmless SYNCs are still pending; a slow ITS wants a longer --timeout",
			 lap_distance(lap, now->creadr, now->cwriter));
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
	bool settled;
	uint64_t start;
	int err;

	err = lap_pause(lap, deadline, error);
	if (err)
		return err;
	start = memory_now_ns();
	/* If CWRITER is rewound over a handler's post, the ITS goes round once more: over nothing but filler. */
	lap_blank_payload(lap, gone);
	if (hand_back(lap, &now)) {
		lap->report->disturbed = true;
		lap_settle_quietly(lap, &now);
	}
	settled = lap_settle(lap, &now, LAP_BREAK_LIMIT_NS);
	err = lap_read_pointers(queue, &now, error);
	if (!err) {
		lap->report->driver_slots += lap_distance(lap, lap->W, now.cwriter);
		err = lap_restore(lap, &now, error);
	}
	lap_resume(lap, 1, start);
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
	err = lap_begin(lap, memory_now_ns() + limit, error);
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
	return !err && lap->lost ? lap_lost_error(lap, error) : err;
}
