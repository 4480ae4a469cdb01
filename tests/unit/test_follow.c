// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Following a ring on the simulated board: every command once and in order at
 * every position; loss, CWRITER set back and laps of its-tool told apart.
 */
#include <stdio.h>

#include "../../src/memory/sim.h"
#include "its/follow.h"
#include "lab_board.h"
#include "test.h"

#define DEVICE 1

struct rig {
	struct memory memory;
	struct board_its its;
	struct queue queue;
	struct follow follow;
	uint32_t posted, seen;		/* marks */
};

/* What is judged by the time that went by must not depend on how busy this machine is. */
#define CALL_NS 10000			/* each look at the clock */
#define POST_NS 1000			/* each post */
static uint64_t clock_ns;

static uint64_t test_clock(void)
{
	return clock_ns += CALL_NS;
}

static void rig_open(struct rig *rig, const char *options)
{
	struct its_error error;

	memset(rig, 0, sizeof(*rig));
	lab_board_open(&rig->memory, &rig->its, &rig->queue, DEVICE, options);
	if (follow_open(&rig->follow, &rig->queue, 0, &error))
		fail_msg("%s", error.message);
	clock_ns = memory_now_ns();
	rig->follow.now_ns = test_clock;
}

static void rig_close(struct rig *rig)
{
	follow_close(&rig->follow);
	queue_close(&rig->queue);
	memory_close(&rig->memory);
}

static const struct follow_batch *poll_once(struct rig *rig)
{
	struct its_error error;

	if (follow_poll(&rig->follow, &error))
		fail_msg("%s", error.message);
	return &rig->follow.batch;
}

/* CLEAR of an event that is not mapped: one slot, with a number of its own. */
static void post(struct rig *rig, unsigned count)
{
	uint64_t words[ITS_COMMAND_WORDS];

	clock_ns += (uint64_t)count * POST_NS;
	while (count--) {
		its_command_init(its_command_by_opcode(ITS_CLEAR), words);
		its_command_set(words, ITS_LAYOUT_V40, ITS_FIELD_DEVICE_ID, DEVICE);
		its_command_set(words, ITS_LAYOUT_V40, ITS_FIELD_EVENT_ID, 1000 + rig->posted++);
		assert_true(sim_driver_post(&rig->memory, 0, words));
	}
}

/* INV and SYNC of a mapped event, as Linux posts them: always the same words. */
static void post_inv(struct rig *rig, unsigned count)
{
	uint64_t words[ITS_COMMAND_WORDS];

	clock_ns += (uint64_t)count * POST_NS;
	its_command_build_inv(words, DEVICE, 0);
	while (count--)
		assert_true(sim_driver_post(&rig->memory, 0, words));
}

static uint32_t mark_of(const struct follow_command *command)
{
	uint64_t event = 0;

	assert_int_equal(command->words[0] & 0xff, ITS_CLEAR);
	assert_true(its_command_get(command->words, ITS_LAYOUT_V40, ITS_FIELD_EVENT_ID, &event));
	return (uint32_t)event - 1000;
}

/* The batch holds the driver's next commands, to the last one posted, after @lost that are missing. */
static void check_batch(struct rig *rig, const struct follow_batch *batch, unsigned lost)
{
	unsigned slots = rig->queue.slots;
	size_t i;

	rig->seen += lost;
	for (i = 0; i < batch->count; i++) {
		assert_int_equal(mark_of(&batch->commands[i]), rig->seen);
		rig->seen++;
		if (i)
			assert_int_equal(batch->commands[i].slot, (batch->commands[i - 1].slot + 1) % slots);
	}
	assert_int_equal(rig->seen, rig->posted);
}

static const struct follow_event *only_event(const struct follow_batch *batch, enum follow_kind kind)
{
	assert_int_equal(batch->n_events, 1);
	assert_int_equal(batch->events[0].kind, kind);
	return &batch->events[0];
}

static void test_order(void **state)
{
	static const char *const rings[] = { "slots=128", "slots=2048", "slots=32768", "slots=384" };
	uint64_t random = 1;
	unsigned r, i;

	(void)state;
	for (r = 0; r < 4; r++) {
		struct rig rig;

		rig_open(&rig, rings[r]);
		for (i = 0; i < 400; i++) {
			const struct follow_batch *batch;
			/* Anything that is no lap; now and then nearly one. */
			unsigned limit = i % 4 ? rig.queue.slots / 8 : rig.queue.slots - 17;
			unsigned count = (unsigned)(test_random(&random) % limit);

			post(&rig, count);
			batch = poll_once(&rig);
			assert_int_equal(batch->n_events, 0);
			assert_int_equal(batch->count, count);
			check_batch(&rig, batch, 0);
		}
		rig_close(&rig);
	}
}

static void test_every_slot(void **state)
{
	char options[40];
	unsigned at, count;

	(void)state;
	for (at = 0; at < 128; at++)
		for (count = 0; count < 128; count += at % 8 ? 9 : 1) {
			struct rig rig;

			snprintf(options, sizeof(options), "slots=128,fill,at=%u", at);
			rig_open(&rig, options);
			post(&rig, count);
			assert_int_equal(poll_once(&rig)->n_events, 0);
			assert_int_equal(rig.follow.batch.count, count);
			check_batch(&rig, &rig.follow.batch, 0);
			rig_close(&rig);
		}
}

static void test_syncs(void **state)
{
	const struct follow_batch *batch;
	struct rig rig;

	(void)state;
	rig_open(&rig, "");
	post_inv(&rig, 1);
	post(&rig, 1);
	post_inv(&rig, 2);
	batch = poll_once(&rig);
	assert_int_equal(batch->count, 7);
	assert_int_equal(batch->commands[0].marks, 0);
	assert_int_equal(batch->commands[1].marks, FOLLOW_SYNC);
	assert_int_equal(batch->commands[2].marks, FOLLOW_NO_SYNC);
	assert_int_equal(batch->commands[3].marks, 0);
	assert_int_equal(batch->commands[6].marks, FOLLOW_SYNC);
	rig_close(&rig);
}

/* Laps and @more: what stands in the ring is recovered, what is lost is counted. */
static void test_loss(void **state)
{
	static const unsigned more[] = { 0, 1, 5, 64, 127 };
	unsigned laps, i;

	(void)state;
	for (laps = 1; laps <= 3; laps++)
		for (i = 0; i < 5; i++) {
			const struct follow_batch *batch;
			struct rig rig;

			rig_open(&rig, "slots=128");
			post(&rig, 40);
			poll_once(&rig);
			check_batch(&rig, &rig.follow.batch, 0);
			post(&rig, laps * 128 + more[i]);
			batch = poll_once(&rig);
			/* Of several laps only one can be told. */
			assert_int_equal(only_event(batch, FOLLOW_LOST)->count, more[i]);
			assert_int_equal(batch->count, 128);
			assert_int_equal(batch->sleep_ns, 0);
			check_batch(&rig, batch, (laps - 1) * 128 + more[i]);
			post(&rig, 3);
			batch = poll_once(&rig);
			assert_int_equal(batch->n_events, 0);
			check_batch(&rig, batch, 0);
			rig_close(&rig);
		}
}

struct intruder {
	struct rig *rig;
	unsigned posts;			/* when the ring is read for the @at-th time */
	unsigned at, reads;
	bool inside;
};

static bool intrude(void *context, struct memory *memory, enum sim_access access, uint64_t address,
		    uint64_t value)
{
	struct intruder *intruder = context;

	(void)memory, (void)address, (void)value;
	if (access == SIM_READ_WORDS && !intruder->inside && ++intruder->reads == intruder->at) {
		intruder->inside = true;
		post(intruder->rig, intruder->posts);
		intruder->inside = false;
	}
	return true;
}

/* The driver posts while the ring is read: nothing torn, nothing twice, and what is missing is said. */
static void test_overwritten_while_reading(void **state)
{
	unsigned before, at, posts;

	(void)state;
	for (before = 1; before < 128; before += 21)
		for (at = 1; at <= 5; at++)
			for (posts = 1; posts < 300; posts += 13) {
				struct rig rig;
				struct intruder intruder = { .rig = &rig, .posts = posts, .at = at };
				unsigned round, lost = 0, missed = 0, k;
				bool said = false;

				rig_open(&rig, "slots=128,fill");
				post(&rig, before);
				sim_hook(&rig.memory, intrude, &intruder);
				for (round = 0; round < 6; round++) {
					const struct follow_batch *batch = poll_once(&rig);

					for (k = 0; k < batch->n_events; k++) {
						said |= batch->events[k].kind == FOLLOW_LOST;
						lost += (unsigned)batch->events[k].count;
					}
					for (k = 0; k < batch->count; k++) {
						uint32_t mark = mark_of(&batch->commands[k]);

						assert_true(mark >= rig.seen);
						assert_true(mark == rig.seen || said);
						missed += mark - rig.seen;
						rig.seen = mark + 1;
					}
				}
				assert_int_equal(rig.seen, rig.posted);
				/* What is said, and whole laps that nothing can tell. */
				assert_true(lost <= missed);
				assert_int_equal((missed - lost) % 128, 0);
				rig_close(&rig);
			}
}

static void append(struct rig *rig, unsigned count, bool plain)
{
	struct queue_append_options options = { .timeout_ms = 1000, .plain = plain };
	struct queue_append_report report;
	uint64_t (*words)[ITS_COMMAND_WORDS] = calloc(count, ITS_COMMAND_BYTES);
	struct its_error error;
	unsigned i;

	assert_non_null(words);
	for (i = 0; i < count; i++)
		its_command_build_int(words[i], DEVICE, i % 4);
	if (queue_append(&rig->queue, (const uint64_t (*)[ITS_COMMAND_WORDS])words, count, &options, &report,
			 &error))
		fail_msg("append: %s", error.message);
	free(words);
}

/* A raw append leaves the driver behind: what it posts next sets CWRITER back. */
static void test_backwards(void **state)
{
	unsigned appended, posted, at;

	(void)state;
	for (at = 0; at < 128; at += 5)
		for (appended = 2; appended < 6; appended++)
			for (posted = 1; posted < 5; posted++) {
				const struct follow_batch *batch;
				const struct follow_event *event;
				struct rig rig;
				char options[40];
				size_t i;

				snprintf(options, sizeof(options), "slots=128,at=%u%s", at,
					 at % 2 ? ",fill" : "");
				rig_open(&rig, options);
				post(&rig, 200);
				poll_once(&rig);
				rig.seen = rig.posted;
				append(&rig, appended, true);
				batch = poll_once(&rig);
				assert_int_equal(batch->n_events, 0);
				assert_int_equal(batch->count, appended);
				for (i = 0; i < batch->count; i++)
					assert_true(batch->commands[i].marks & FOLLOW_NO_SYNC);
				post(&rig, posted);
				batch = poll_once(&rig);
				if (posted != appended) {
					event = only_event(batch, FOLLOW_BACKWARDS);
					assert_int_equal(event->count, posted < appended ?
							 appended - posted : appended);
					check_batch(&rig, batch, 0);
				}
				rig.seen = rig.posted;
				post(&rig, 50);
				batch = poll_once(&rig);
				assert_int_equal(batch->n_events, 0);
				check_batch(&rig, batch, 0);
				rig_close(&rig);
			}
}

struct lap_watcher {
	struct rig *rig;
	unsigned posts;			/* the driver's, once, during the lap */
	unsigned payload, laps;
	bool inside, posted;
};

static bool watch_lap(void *context, struct memory *memory, enum sim_access access, uint64_t address,
		      uint64_t value)
{
	struct lap_watcher *watcher = context;
	const struct follow_batch *batch;
	size_t i;

	(void)address, (void)value;
	/* Between the two breaks: the ring is full of the lap's own. */
	if (watcher->inside || access != SIM_PAUSE || sim_breaks(memory) != 1)
		return true;
	watcher->inside = true;
	if (!watcher->posted) {
		post(watcher->rig, watcher->posts);
		watcher->posted = true;
	}
	batch = poll_once(watcher->rig);
	for (i = 0; i < batch->n_events; i++) {
		assert_int_equal(batch->events[i].kind, FOLLOW_LAP);
		watcher->laps++;
	}
	for (i = 0; i < batch->count; i++)
		if (batch->commands[i].marks & FOLLOW_TOOL) {
			assert_int_equal(batch->commands[i].words[0] & 0xff, ITS_INT);
			assert_int_equal(batch->commands[i].marks & FOLLOW_NO_SYNC, 0);
			watcher->payload++;
		} else {
			assert_int_equal(mark_of(&batch->commands[i]), watcher->rig->seen);
			watcher->rig->seen++;
		}
	watcher->inside = false;
	return true;
}

/* The payload is its-tool's, the filler is folded, and the history that comes back is no post. */
static void test_lap(void **state)
{
	unsigned posts, unread, at;

	(void)state;
	for (at = 0; at < 128; at += 9)
		for (unread = 0; unread < 20; unread += 6)
			for (posts = 0; posts < 4; posts++) {
				struct rig rig;
				struct lap_watcher watcher = { .rig = &rig, .posts = posts };
				const struct follow_batch *batch;
				char options[40];

				snprintf(options, sizeof(options), "slots=128,fill,at=%u", at);
				rig_open(&rig, options);
				post(&rig, 30);
				poll_once(&rig);
				rig.seen = rig.posted;
				post(&rig, unread);
				sim_hook(&rig.memory, watch_lap, &watcher);
				append(&rig, 6, false);
				assert_int_equal(watcher.laps, 1);
				/* The driver's posts took the first slots. */
				assert_int_equal(watcher.payload, 6 - posts);
				sim_hook(&rig.memory, NULL, NULL);
				batch = poll_once(&rig);
				assert_int_equal(batch->n_events, 0);
				check_batch(&rig, batch, 0);
				post(&rig, 20);
				batch = poll_once(&rig);
				assert_int_equal(batch->n_events, 0);
				check_batch(&rig, batch, 0);
				rig_close(&rig);
			}
}

static bool kill_between_breaks(void *context, struct memory *memory, enum sim_access access,
				uint64_t address, uint64_t value)
{
	(void)context, (void)address, (void)value;
	return access != SIM_PAUSE || sim_breaks(memory) != 1;
}

/* A run that was killed leaves its filler: what it hid is lost, and then it is history like any other. */
static void test_killed_lap(void **state)
{
	unsigned unread, posts, i;

	(void)state;
	for (unread = 0; unread < 8; unread += 7)
		for (posts = 0; posts < 9; posts += 2) {
			struct queue_append_options options = { .timeout_ms = 1000 };
			struct queue_append_report report;
			const struct follow_batch *batch;
			uint64_t words[1][ITS_COMMAND_WORDS];
			struct its_error error;
			struct rig rig;

			rig_open(&rig, "slots=128,fill,at=120");
			post(&rig, unread);
			its_command_build_int(words[0], DEVICE, 0);
			sim_hook(&rig.memory, kill_between_breaks, NULL);
			assert_true(queue_append(&rig.queue, (const uint64_t (*)[ITS_COMMAND_WORDS])words, 1,
						 &options, &report, &error) < 0);
			sim_hook(&rig.memory, NULL, NULL);
			sim_revive(&rig.memory);
			batch = poll_once(&rig);
			assert_int_equal(only_event(batch, FOLLOW_LAP)->count, 1);
			assert_int_equal(batch->count, 1);
			post(&rig, posts);
			if (!unread)
				check_batch(&rig, poll_once(&rig), 0);
			rig.follow.lap_since_ns -= 31000000000;
			batch = poll_once(&rig);
			if (unread)
				assert_int_equal(only_event(batch, FOLLOW_LOST)->count, unread);
			check_batch(&rig, batch, unread);
			for (i = 0; i < 3; i++) {
				post(&rig, 50);
				batch = poll_once(&rig);
				assert_int_equal(batch->n_events, 0);
				check_batch(&rig, batch, 0);
			}
			rig_close(&rig);
		}
}

static void test_stall(void **state)
{
	struct queue_append_options options = { .timeout_ms = 1000 };
	struct queue_recovery recovery;
	const struct follow_batch *batch;
	struct its_error error;
	struct rig rig;

	(void)state;
	rig_open(&rig, "stall");
	post(&rig, 2);
	batch = poll_once(&rig);
	assert_int_equal(only_event(batch, FOLLOW_STALLED)->slot, batch->commands[0].slot);
	assert_int_equal(poll_once(&rig)->n_events, 0);
	/* It stalls again at the second. */
	assert_int_equal(queue_recover(&rig.queue, &options, &recovery, &error), ITS_ERR_TIMEOUT);
	batch = poll_once(&rig);
	assert_int_equal(batch->n_events, 3);
	assert_int_equal(batch->events[0].kind, FOLLOW_REPLACED);
	assert_int_equal(batch->events[1].kind, FOLLOW_GOES_ON);
	assert_int_equal(batch->events[2].kind, FOLLOW_STALLED);
	assert_int_equal(batch->count, 0);
	rig_close(&rig);
}

/* A driver that repeats itself: nothing can tell, so that is what is said, but only after a gap. */
static void test_periodic(void **state)
{
	const struct follow_batch *batch;
	struct rig rig;

	(void)state;
	rig_open(&rig, "slots=128");
	post_inv(&rig, 200);
	poll_once(&rig);
	post_inv(&rig, 5);
	batch = poll_once(&rig);
	assert_int_equal(batch->n_events, 0);
	assert_int_equal(batch->count, 10);
	assert_true(batch->commands[0].marks & FOLLOW_EQUAL);
	/* More than half a ring of the same. */
	post_inv(&rig, 50);
	rig.follow.polled_ns -= 10000000000;
	batch = poll_once(&rig);
	assert_true(only_event(batch, FOLLOW_MAYBE_LOST)->count >= 10000000000);
	assert_int_equal(batch->count, 100);
	/* Something else in between proves that it has not gone round. */
	post(&rig, 1);
	rig.seen = rig.posted;
	poll_once(&rig);
	post_inv(&rig, 5);
	rig.follow.polled_ns -= 10000000000;
	batch = poll_once(&rig);
	assert_int_equal(batch->n_events, 0);
	assert_int_equal(batch->count, 10);
	rig_close(&rig);
}

static void test_restart(void **state)
{
	const struct its_register *cwriter = its_register_row(GITS_CWRITER);
	struct its_error error;
	struct rig rig;
	unsigned slot;

	(void)state;
	rig_open(&rig, "slots=2048,at=700");
	post(&rig, 5000);
	poll_once(&rig);
	/* Resume: both pointers at 0, then the first posts, MAPC and so on. */
	assert_int_equal(window_write(&rig.queue.frame, its_register_row(GITS_CTLR)->offset, 32, 0, &error), 0);
	assert_int_equal(window_write(&rig.queue.frame, its_register_row(GITS_CBASER)->offset, 64,
				      rig.queue.cbaser, &error), 0);
	for (slot = 0; slot < 4; slot++)
		sim_poke(&rig.memory, rig.queue.base + slot * ITS_COMMAND_BYTES, slot ? ITS_INV : ITS_MAPC);
	assert_int_equal(window_write(&rig.queue.frame, cwriter->offset, cwriter->width, 4 * ITS_COMMAND_BYTES,
				      &error), 0);
	only_event(poll_once(&rig), FOLLOW_RESTARTED);
	assert_int_equal(rig.follow.batch.count, 4);
	assert_int_equal(rig.follow.batch.commands[0].slot, 0);
	rig_close(&rig);
}

/* Posts without end of one event, but for one command, which stands in the ring for as long as it is not overwritten. */
static void flood(struct rig *rig)
{
	unsigned i;

	for (i = 0; i < 110; i++) {
		post_inv(rig, 20);
		poll_once(rig);
	}
}

/* Most of the ring at once, and as it stood there: these are posts, for a raw append leaves nobody so far behind. */
static void test_much_of_the_same(void **state)
{
	const struct follow_batch *batch;
	struct rig rig;

	(void)state;
	rig_open(&rig, "slots=2048");
	flood(&rig);
	post(&rig, 2);
	poll_once(&rig);
	post_inv(&rig, 20);
	poll_once(&rig);
	clock_ns += 100000000;
	post_inv(&rig, 700);
	batch = poll_once(&rig);
	only_event(batch, FOLLOW_MAYBE_LOST);
	assert_int_equal(batch->count, 1400);
	rig_close(&rig);
}

/* Round the ring's end, which holds the same words again, and something new from slot 0 on: no restart. */
static void test_wrap_of_the_same(void **state)
{
	const struct follow_batch *batch;
	struct rig rig;

	(void)state;
	rig_open(&rig, "slots=2048,at=1000");
	flood(&rig);
	flood(&rig);
	while (rig.follow.last != 1990) {
		post_inv(&rig, 1);
		poll_once(&rig);
	}
	post_inv(&rig, 29);
	post(&rig, 1);
	post_inv(&rig, 20);
	batch = poll_once(&rig);
	assert_int_equal(batch->n_events, 0);
	assert_int_equal(batch->count, 2 * 29 + 1 + 2 * 20);
	rig_close(&rig);
}

/* Whole laps of the same between two looks that are far enough apart, but not so far that the tool was stopped. */
static void test_hidden_laps(void **state)
{
	const struct follow_batch *batch;
	struct rig rig;
	unsigned i;

	(void)state;
	rig_open(&rig, "slots=2048");
	for (i = 0; i < 3; i++)
		flood(&rig);
	assert_int_equal(rig.follow.batch.n_events, 0);
	clock_ns += 1000000;
	post_inv(&rig, 2 * 1024 + 100);
	batch = poll_once(&rig);
	only_event(batch, FOLLOW_MAYBE_LOST);
	assert_int_equal(batch->count, 200);
	/* Without a lap in it that could be. */
	flood(&rig);
	assert_int_equal(rig.follow.batch.n_events, 0);
	rig_close(&rig);
}

/* Another GITS_CBASER: the new ring is followed, and what is known of the ITS stays where it is. */
static void test_another_ring(void **state)
{
	const struct its_register *cbaser = its_register_row(GITS_CBASER);
	struct its_error error;
	struct rig rig;
	struct window frame;

	(void)state;
	rig_open(&rig, "slots=2048,pta");
	frame = rig.queue.frame;
	assert_int_equal(window_write(&rig.queue.frame, its_register_row(GITS_CTLR)->offset, 32, 0, &error), 0);
	assert_int_equal(window_write(&rig.queue.frame, cbaser->offset, 64,
				      its_register_with(GITS_CBASER, "Size", rig.queue.cbaser, 0), &error), 0);
	clock_ns += 1000000000;
	only_event(poll_once(&rig), FOLLOW_RESTARTED);
	assert_int_equal(rig.queue.slots, 128);
	assert_true(rig.queue.pta);
	assert_memory_equal(&frame, &rig.queue.frame, sizeof(frame));
	rig_close(&rig);
}

/* An idle poll is followed by sleep, a busy one by little, a flood by none; the user's limit holds. */
static void test_pace(void **state)
{
	struct its_error error;
	struct follow follow;
	struct rig rig;
	unsigned i;

	(void)state;
	rig_open(&rig, "");
	for (i = 0; i < 20; i++)
		poll_once(&rig);
	assert_true(rig.follow.batch.sleep_ns >= 200000);
	assert_true(rig.follow.batch.sleep_ns <= 40000000);
	post(&rig, 600);
	assert_int_equal(poll_once(&rig)->sleep_ns, 0);
	assert_true(rig.follow.fill_ns < UINT64_MAX);
	post(&rig, 1);
	assert_true(poll_once(&rig)->sleep_ns <= rig.follow.fill_ns / 8);
	assert_int_equal(follow_open(&follow, &rig.queue, 50000, &error), 0);
	for (i = 0; i < 20; i++)
		assert_int_equal(follow_poll(&follow, &error), 0);
	assert_int_equal(follow.batch.sleep_ns, 50000);
	follow_close(&follow);
	rig_close(&rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order), cmocka_unit_test(test_every_slot),
		cmocka_unit_test(test_syncs), cmocka_unit_test(test_loss),
		cmocka_unit_test(test_overwritten_while_reading), cmocka_unit_test(test_backwards),
		cmocka_unit_test(test_lap), cmocka_unit_test(test_killed_lap), cmocka_unit_test(test_stall),
		cmocka_unit_test(test_periodic), cmocka_unit_test(test_restart), cmocka_unit_test(test_pace),
		cmocka_unit_test(test_much_of_the_same), cmocka_unit_test(test_wrap_of_the_same),
		cmocka_unit_test(test_hidden_laps), cmocka_unit_test(test_another_ring),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
