// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The lap: how commands are appended without the driver noticing. The
 * protocol, the reason for each step and the model that proves it are in
 * docs/append.md; the steps below have the names they have there.
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
/* A dead ITS is told from a slow one by not moving for this long after CWRITER was taken back. */
#define DEAD_NS 2000000

int lap_read_pointers(struct queue *queue, struct lap_pointers *pointers, struct its_error *error)
{
	uint64_t creadr, cwriter, bytes = (uint64_t)queue->slots * ITS_COMMAND_BYTES;
	int err;

	err = queue_register_read(queue, GITS_CREADR, &creadr, error);
	if (!err)
		err = queue_register_read(queue, GITS_CWRITER, &cwriter, error);
	if (err)
		return err;
	pointers->stalled = its_register_get(GITS_CREADR, "Stalled", creadr);
	creadr = its_register_get(GITS_CREADR, "Offset", creadr);
	cwriter = its_register_get(GITS_CWRITER, "Offset", cwriter);
	if (creadr >= bytes || cwriter >= bytes)
		return its_error(error, ITS_ERR_INPUT,
				 "ITS at 0x%llx: CREADR 0x%llx or CWRITER 0x%llx left the ring of 0x%llx bytes",
				 (unsigned long long)queue->its->base, (unsigned long long)creadr,
				 (unsigned long long)cwriter, (unsigned long long)bytes);
	pointers->creadr = (unsigned)(creadr / ITS_COMMAND_BYTES);
	pointers->cwriter = (unsigned)(cwriter / ITS_COMMAND_BYTES);
	return 0;
}

int lap_write_cwriter(struct queue *queue, unsigned slot, bool retry, struct its_error *error)
{
	const struct its_register *row = its_register_row(GITS_CWRITER);
	uint64_t value = its_register_with(GITS_CWRITER, "Offset", 0, (uint64_t)slot * ITS_COMMAND_BYTES);

	value = its_register_with(GITS_CWRITER, "Retry", value, retry);
	return window_write(&queue->frame, row->offset, row->width, value, error);
}

bool queue_is_tagged(const uint64_t words[ITS_COMMAND_WORDS], unsigned *driver)
{
	if ((words[3] & QUEUE_TAG_MASK) != QUEUE_TAG)
		return false;
	*driver = (unsigned)(words[3] & ~QUEUE_TAG_MASK);
	return true;
}

static unsigned distance(const struct lap *lap, unsigned from, unsigned to)
{
	return (to + lap->queue->slots - from) % lap->queue->slots;
}

static int write_slot(struct lap *lap, unsigned slot, const uint64_t words[ITS_COMMAND_WORDS],
		      struct its_error *error)
{
	return window_write_words(&lap->queue->ring, (uint64_t)slot * ITS_COMMAND_BYTES, words,
				  ITS_COMMAND_WORDS, error);
}

static void publish_ring(struct lap *lap)
{
	window_publish(&lap->queue->ring, 0, lap->queue->ring.size, lap->queue->noncoherent);
}

void lap_filler(const struct lap *lap, uint64_t words[ITS_COMMAND_WORDS])
{
	its_command_build_sync(words, lap->options->sync_rdbase);
	words[3] = QUEUE_TAG | lap->W;
}

/* Nothing of the payload's own may be touched, so only an empty DW3 takes the tag. */
static void tag_payload(const struct lap *lap, uint64_t words[ITS_COMMAND_WORDS])
{
	const struct its_command *command = its_command_by_opcode(words[0]);
	const struct its_field *field;

	if (words[3] || !command)
		return;
	its_command_for_each_field(field, command, lap->queue->layout)
		if (field->word == 3)
			return;
	words[3] = QUEUE_TAG | lap->W;
}

/* What the whole ring is to hold, in lap->image. */
static void build_image(struct lap *lap)
{
	unsigned slots = lap->queue->slots, i;
	uint64_t sync[ITS_COMMAND_WORDS];

	lap_filler(lap, sync);
	for (i = 0; i < slots; i++) {
		uint64_t *words = lap->image[(lap->W + i) % slots];

		/* The newest of the history is executed again where a handler's post must be made good. */
		if (i >= slots - lap->keep) {
			memcpy(words, lap->copy[(lap->W + i) % slots], ITS_COMMAND_BYTES);
			continue;
		}
		memcpy(words, i < lap->n ? lap->payload[i] : sync, ITS_COMMAND_BYTES);
		if (i < lap->n)
			tag_payload(lap, words);
	}
}

/* True if @slot still holds what the lap wrote; a slot that cannot be read is not ours. */
static bool slot_is_ours(struct lap *lap, unsigned slot)
{
	uint64_t words[ITS_COMMAND_WORDS];

	return !window_read_words(&lap->queue->ring, (uint64_t)slot * ITS_COMMAND_BYTES, words,
				  ITS_COMMAND_WORDS, NULL) &&
	       !memcmp(words, lap->image[slot], sizeof(words));
}

/* Puts the history back wherever the lap's own words still stand and the ITS will not read them. */
static int restore(struct lap *lap, const struct lap_pointers *now, struct its_error *error)
{
	unsigned pending = distance(lap, now->creadr, now->cwriter), slot;
	int err;

	lap->report->filler_left = false;
	for (slot = 0; slot < lap->queue->slots; slot++) {
		if (!slot_is_ours(lap, slot))
			continue;
		if (distance(lap, now->creadr, slot) < pending) {
			lap->report->filler_left = true;
			continue;
		}
		err = write_slot(lap, slot, lap->copy[slot], error);
		if (err)
			return err;
	}
	publish_ring(lap);
	return 0;
}

/* Waits inside a break until CREADR = CWRITER or the ITS stalls; true if they met. */
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

static void note_break(struct lap *lap, unsigned which, uint64_t begin)
{
	uint64_t length = memory_now_ns() - begin;

	if (length > lap->report->break_ns[which])
		lap->report->break_ns[which] = length;
}

/*
 * An earlier run was killed after its first CWRITER write: CWRITER stands one
 * slot short of the driver's pointer, which the tag tells. Inside a break,
 * with the ring idle.
 */
int lap_finish_older(struct lap *lap, struct lap_pointers *now, struct its_error *error)
{
	uint64_t words[ITS_COMMAND_WORDS];
	unsigned driver;
	int err;

	err = window_read_words(&lap->queue->ring, (uint64_t)now->cwriter * ITS_COMMAND_BYTES, words,
				ITS_COMMAND_WORDS, error);
	if (err)
		return err;
	if (!queue_is_tagged(words, &driver) || driver >= lap->queue->slots ||
	    distance(lap, now->cwriter, driver) != 1)
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
 * before the ITS has left them cuts the lap short: CWRITER is then behind its
 * own slots, and moving it again would rewind the driver.
 */
static enum first_slots leave_first_slots(struct lap *lap, struct lap_pointers *now)
{
	uint64_t end = memory_now_ns() + LAP_BREAK_LIMIT_NS;
	unsigned expected = (lap->W + lap->queue->slots - 1) % lap->queue->slots;
	bool taken_back = false;

	for (;;) {
		if (lap_read_pointers(lap->queue, now, NULL))
			return STUCK;
		if (now->stalled)
			return STALLED_AT_ONCE;
		if (distance(lap, lap->W, now->creadr) >= FIRST_SLOTS)
			return LEFT;
		if (now->cwriter != expected)
			return CUT_SHORT;
		if (memory_now_ns() > end) {
			if (taken_back)
				return now->creadr == lap->W ? NEVER_MOVED : STUCK;
			/* With CWRITER at W an ITS that moves after all simply does the whole lap. */
			if (lap_write_cwriter(lap->queue, lap->W, false, NULL))
				return STUCK;
			taken_back = true;
			expected = lap->W;
			end = memory_now_ns() + (now->creadr == lap->W ? DEAD_NS : LAP_BREAK_LIMIT_NS);
		}
		memory_relax(lap->queue->memory);
	}
}

/*
 * The ITS stalled on a command of ours: put a SYNC in its place and go on.
 * Inside a break. False if the command is not ours, or is the SYNC itself.
 */
static bool take_out_culprit(struct lap *lap, const struct lap_pointers *now)
{
	unsigned index = distance(lap, lap->W, now->creadr);
	struct queue_append_report *report = lap->report;
	uint64_t *words = lap->image[now->creadr];

	if (index >= lap->n || !slot_is_ours(lap, now->creadr) || (words[0] & 0xff) == ITS_SYNC)
		return false;
	lap_filler(lap, words);
	if (write_slot(lap, now->creadr, words, NULL))
		return false;
	publish_ring(lap);
	if (lap_write_cwriter(lap->queue, now->cwriter, true, NULL))
		return false;
	if (!report->refused++)
		report->first_refused = lap->first + index;
	return true;
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

static int stalled_error(const struct lap *lap, const struct lap_pointers *now, struct its_error *error)
{
	its_error(error, ITS_ERR_TIMEOUT,
		  "ITS at 0x%llx stalled at slot %u (0x%llx), on a command that its-tool did not append",
		  (unsigned long long)lap->queue->its->base, now->creadr,
		  (unsigned long long)(lap->queue->base + (uint64_t)now->creadr * ITS_COMMAND_BYTES));
	return its_hint(error, "'its-tool dump' shows that command; nothing behind it is executed until it is replaced");
}

/* What runs out of time before anything was written is a refusal. */
static int refuse(struct its_error *error, int err)
{
	if (err != ITS_ERR_TIMEOUT)
		return err;
	if (error)
		error->code = ITS_ERR_UNSAFE;
	return ITS_ERR_UNSAFE;
}

/*
 * An interrupt handler has posted inside the break, before the lap's own
 * CWRITER write. What it wrote may have been overwritten by the fill before
 * the ITS read it, and then a command of ours was executed in its place. The
 * only commands that handlers post are INVs.
 */
static int posted_before_the_lap(struct lap *lap, struct lap_pointers *now, struct its_error *error)
{
	unsigned slots = distance(lap, lap->W, now->cwriter);

	lap->report->disturbed = true;
	lap->report->driver_slots += slots;
	lap_settle(lap, now, LAP_BREAK_LIMIT_NS);
	restore(lap, now, NULL);
	its_error(error, ITS_ERR_TIMEOUT,
		  "an interrupt handler posted %u slots inside the break, from slot %u on: what it wrote there may have been replaced by the first commands of this batch",
		  slots, lap->W);
	return its_hint(error, "the lap was not begun; 'its-tool send \"INVALL ICID=N\"' for each collection makes up for any INV, then try again");
}

/*
 * The same after the lap's CWRITER write: the handler's slots stand, but the
 * ITS may have gone past the first of them before they were written. Noted
 * here; lap_run() makes it whole by a second lap with those slots in place.
 */
static void note_posts_in_the_break(struct lap *lap)
{
	unsigned i;

	for (i = 0; i < FIRST_SLOTS - 1; i++)
		if (!slot_is_ours(lap, (lap->W + i) % lap->queue->slots))
			lap->disturbed_slots = i + 1;
	if (lap->disturbed_slots)
		lap->report->disturbed = true;
}

/* Step 1 of the lap: the first break. */
static int begin(struct lap *lap, uint64_t deadline, struct its_error *error)
{
	struct queue *queue = lap->queue;
	struct lap_pointers now;
	enum first_slots first;
	uint64_t start, copy_start;
	unsigned slot;
	int err;

	for (;;) {
		err = lap_pause(lap, deadline, error);
		if (err)
			return refuse(error, err);
		start = memory_now_ns();
		err = lap_read_pointers(queue, &now, error);
		if (!err && now.stalled) {
			memory_resume(queue->memory);
			return refuse(error, stalled_error(lap, &now, error));
		}
		if (err || now.creadr == now.cwriter)
			break;
		memory_resume(queue->memory);
		lap->report->retries++;
		if (memory_now_ns() > deadline) {
			its_error(error, ITS_ERR_UNSAFE,
				  "the ring is not idle: CREADR at slot %u, CWRITER at slot %u, for %u ms",
				  now.creadr, now.cwriter, lap->options->timeout_ms);
			return its_hint(error, "nothing was written; wait for the ITS, or give it longer with --timeout");
		}
		memory_relax(queue->memory);
	}
	if (!err)
		err = lap_finish_older(lap, &now, error);
	lap->W = now.creadr;
	copy_start = memory_now_ns();
	if (!err)
		err = window_read_words(&queue->ring, 0, lap->copy[0],
					(size_t)queue->slots * ITS_COMMAND_WORDS, error);
	if (err)
		goto resume;
	lap->report->copy_ns = memory_now_ns() - copy_start;
	build_image(lap);
	for (slot = 0; slot < queue->slots && !err; slot++)
		err = write_slot(lap, slot, lap->image[slot], error);
	publish_ring(lap);
	if (!err)
		err = lap_read_pointers(queue, &now, error);
	if (err) {
		restore(lap, &now, NULL);
		goto resume;
	}
	if (now.cwriter != lap->W) {
		err = posted_before_the_lap(lap, &now, error);
		goto resume;
	}
	lap->report->wrote = true;
	err = lap_write_cwriter(queue, (lap->W + queue->slots - 1) % queue->slots, false, error);
	if (err)
		goto resume;
	do {
		first = leave_first_slots(lap, &now);
	} while (first == STALLED_AT_ONCE && take_out_culprit(lap, &now));
	switch (first) {
	case CUT_SHORT:
		lap->cut_short = true;
		lap_settle(lap, &now, LAP_BREAK_LIMIT_NS);
		/* fall through */
	case LEFT:
		note_posts_in_the_break(lap);
		break;
	case STALLED_AT_ONCE:
		err = stalled_error(lap, &now, error);
		break;
	case NEVER_MOVED:
		/* Undone: the ITS has read nothing, and CWRITER is where it was. */
		lap->report->wrote = false;
		/* fall through */
	case STUCK:
		restore(lap, &now, NULL);
		err = its_error(error, ITS_ERR_TIMEOUT,
				"ITS at 0x%llx does not read its ring: CREADR stays at slot %u after CWRITER moved",
				(unsigned long long)queue->its->base, now.creadr);
		its_hint(error, "%s; is the ITS powered, clocked and enabled?", first == NEVER_MOVED ?
			 "nothing was executed and the ring is as it was" :
			 "it stopped among the first slots; what is pending there is only SYNCs and your commands");
		break;
	}
resume:
	note_break(lap, 0, start);
	memory_resume(queue->memory);
	return err;
}

/* Step 2: wait for CREADR = CWRITER. The driver may post now; it only completes the lap. */
static int wait_for_lap(struct lap *lap, uint64_t deadline, struct its_error *error)
{
	struct queue *queue = lap->queue;
	struct lap_pointers now;
	int err;

	for (;;) {
		err = lap_read_pointers(queue, &now, error);
		if (err)
			return err;
		if (now.stalled) {
			bool taken_out = false;

			err = lap_pause(lap, deadline, error);
			if (err)
				return err;
			err = lap_read_pointers(queue, &now, error);
			if (!err && now.stalled)
				taken_out = take_out_culprit(lap, &now);
			memory_resume(queue->memory);
			if (err)
				return err;
			if (now.stalled && !taken_out)
				return stalled_error(lap, &now, error);
			continue;
		}
		if (now.creadr == now.cwriter)
			return 0;
		if (memory_now_ns() > deadline)
			break;
		memory_relax(queue->memory);
	}
	its_error(error, ITS_ERR_TIMEOUT,
		  "ITS at 0x%llx is at slot %u of the lap from slot %u to slot %u after %u ms",
		  (unsigned long long)queue->its->base, now.creadr, lap->W, now.cwriter,
		  lap->options->timeout_ms);
	return its_hint(error, "only SYNCs are pending behind it; a slow ITS wants a longer --timeout");
}

/*
 * A handler's post that fell between the read and the write of CWRITER in the
 * second break has been rewound: its slots stand from W on and nothing points
 * behind them. A handler that is only just building them writes CWRITER
 * itself, in less than this time.
 */
#define HANDLER_POST_NS 100000

static int advance_over_handler(struct lap *lap, struct lap_pointers *now, struct its_error *error)
{
	uint64_t end = memory_now_ns() + HANDLER_POST_NS;
	unsigned slots = lap->queue->slots, posted = 0;
	int err;

	do {
		err = lap_read_pointers(lap->queue, now, error);
		if (err || now->cwriter != lap->W || slot_is_ours(lap, lap->W))
			return err;
	} while (memory_now_ns() < end);
	while (posted < slots - 1 && !slot_is_ours(lap, (lap->W + posted) % slots))
		posted++;
	lap->report->disturbed = true;
	return lap_write_cwriter(lap->queue, (lap->W + posted) % slots, false, error);
}

/* Step 3: the second break. Also tried, with what can be done then, after step 2 has failed. */
static int finish(struct lap *lap, uint64_t deadline, struct its_error *error)
{
	struct queue *queue = lap->queue;
	unsigned last = (lap->W + queue->slots - 1) % queue->slots;
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
	err = lap_read_pointers(queue, &now, error);
	/* If CWRITER is not where the lap left it, the driver has posted: its pointer stands. */
	if (!err && now.cwriter == last)
		err = lap_write_cwriter(queue, lap->W, false, error);
	if (!err)
		err = advance_over_handler(lap, &now, error);
	if (!err) {
		settled = lap_settle(lap, &now, LAP_BREAK_LIMIT_NS);
		lap->report->driver_slots += distance(lap, lap->W, now.cwriter);
		err = restore(lap, &now, error);
	}
	note_break(lap, 1, start);
	memory_resume(queue->memory);
	if (err || settled)
		return err;
	its_error(error, ITS_ERR_TIMEOUT,
		  "ITS at 0x%llx does not finish the lap: CREADR is at slot %u, CWRITER at slot %u%s",
		  (unsigned long long)queue->its->base, now.creadr, now.cwriter,
		  now.stalled ? ", and it is stalled" : "");
	return its_hint(error, "'its-tool dump --pending' shows what it has not executed");
}

static int run_once(struct lap *lap, struct its_error *error)
{
	uint64_t limit = (uint64_t)lap->options->timeout_ms * 1000000;
	struct lap_pointers now;
	unsigned gone;
	int err, late;

	err = begin(lap, memory_now_ns() + limit, error);
	if (!lap->report->laps++)
		lap->report->slot = lap->W;
	if (!lap->report->wrote)
		return err;
	if (!err)
		err = wait_for_lap(lap, memory_now_ns() + limit, error);
	gone = lap->queue->slots;
	if (err && !lap_read_pointers(lap->queue, &now, NULL))
		gone = distance(lap, lap->W, now.creadr);
	late = finish(lap, memory_now_ns() + limit, err ? NULL : error);
	if (!lap->cut_short)
		lap->report->executed += gone < lap->n ? gone : lap->n;
	return err ? err : late;
}

/* True if every command that the driver posted last may be executed twice. */
static bool repeatable(const struct lap *lap)
{
	unsigned slots = lap->queue->slots, i;

	for (i = 0; i < lap->disturbed_slots; i++) {
		uint64_t words[ITS_COMMAND_WORDS];
		const struct its_command *command;

		if (window_read_words(&lap->queue->ring,
				      (uint64_t)((lap->W + i) % slots) * ITS_COMMAND_BYTES, words,
				      ITS_COMMAND_WORDS, NULL))
			return false;
		command = its_command_by_opcode(words[0]);
		if (!command || command->mapping || command->opcode == ITS_INT)
			return false;
	}
	return true;
}

int lap_run(struct lap *lap, struct its_error *error)
{
	unsigned driver_slots = lap->report->driver_slots;
	int err;

	lap->keep = lap->disturbed_slots = 0;
	lap->cut_short = false;
	err = run_once(lap, error);
	if (err || !lap->disturbed_slots)
		return err;
	/* Of the payload, what stood in the handler's slots, or behind the end of a lap cut short. */
	lap->report->uncertain += lap->disturbed_slots < lap->n && !lap->cut_short ? lap->disturbed_slots
										   : lap->n;
	lap->cut_short = false;
	if (!repeatable(lap))
		return its_error(error, ITS_ERR_TIMEOUT,
				 "the driver posted inside the break, into slot %u; one of its commands may not have been executed",
				 lap->W);
	lap->keep = lap->report->driver_slots - driver_slots;
	if (lap->keep >= lap->queue->slots)
		lap->keep = lap->queue->slots - 1;
	lap->n = 0;
	return run_once(lap, error);
}
