// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Appending on the simulated board: what docs/append.md promises, at every
 * position, with a driver that posts, with a tool that is killed at every
 * step, and on an ITS that is slow, stalls or dies.
 */
#include <stdio.h>

#include "../../src/memory/sim.h"
#include "its/queue.h"
#include "lab_board.h"
#include "test.h"

#define DEVICE 1
#define PAYLOAD 2
#define RDBASE 0

struct rig {
	struct memory memory;
	struct board_its its;
	struct queue queue;
	uint64_t (*before)[ITS_COMMAND_WORDS];
	/* What must be executed: commands marked by their EventID. */
	uint32_t expected[64];
	unsigned n_expected;
};

static void rig_open(struct rig *rig, const char *options)
{
	struct its_error error;

	memset(rig, 0, sizeof(*rig));
	lab_board_open(&rig->memory, &rig->its, &rig->queue, DEVICE, options);
	rig->before = malloc((size_t)rig->queue.slots * ITS_COMMAND_BYTES);
	assert_non_null(rig->before);
	assert_int_equal(window_read_words(&rig->queue.ring, 0, rig->before[0],
					   (size_t)rig->queue.slots * ITS_COMMAND_WORDS, &error), 0);
	sim_executed_clear(&rig->memory, 0);
}

static void rig_close(struct rig *rig)
{
	free(rig->before);
	queue_close(&rig->queue);
	memory_close(&rig->memory);
}

/* The tool's commands are INTs, the driver's are CLEARs, each with an EventID of its own: unmapped, so skipped. */
static void payload(uint64_t words[][ITS_COMMAND_WORDS], unsigned count, uint32_t first)
{
	unsigned i;

	for (i = 0; i < count; i++)
		its_command_build_int(words[i], DEVICE, first + i);
}

static bool driver_post(struct rig *rig, uint32_t mark)
{
	uint64_t words[ITS_COMMAND_WORDS];

	its_command_init(its_command_by_opcode(ITS_CLEAR), words);
	its_command_set(words, ITS_LAYOUT_V40, ITS_FIELD_DEVICE_ID, DEVICE);
	its_command_set(words, ITS_LAYOUT_V40, ITS_FIELD_EVENT_ID, mark);
	if (!sim_driver_post(&rig->memory, 0, words))
		return false;
	rig->expected[rig->n_expected++] = mark;
	return true;
}

static int append(struct rig *rig, unsigned count, uint32_t first, unsigned timeout_ms,
		  struct queue_append_report *report, struct its_error *error)
{
	struct queue_append_options options = { .timeout_ms = timeout_ms, .sync_rdbase = RDBASE };
	uint64_t (*words)[ITS_COMMAND_WORDS] = calloc(count, ITS_COMMAND_BYTES);
	int err;

	assert_non_null(words);
	payload(words, count, first);
	err = queue_append(&rig->queue, (const uint64_t (*)[ITS_COMMAND_WORDS])words, count, &options, report,
			   error);
	free(words);
	return err;
}

static bool is_command(const uint64_t *words, unsigned opcode, uint32_t *mark)
{
	uint64_t event;

	if ((words[0] & 0xff) != opcode ||
	    !its_command_get(words, ITS_LAYOUT_V40, ITS_FIELD_EVENT_ID, &event))
		return false;
	*mark = (uint32_t)event;
	return true;
}

static void run_all(struct rig *rig)
{
	while (sim_run(&rig->memory, 0, 1000000))
		;
}

/*
 * Whatever was executed is SYNC, the tool's INTs (each at most once) or the
 * driver's CLEARs (each exactly once, in order): nothing stale. Returns the
 * number of INTs.
 */
static unsigned check_executed(struct rig *rig, uint32_t first, unsigned count)
{
	unsigned char *seen = calloc(count + 1, 1);
	unsigned ints = 0, clears = 0;
	size_t n, i;
	const struct sim_executed *log;
	uint32_t mark;

	run_all(rig);
	log = sim_executed(&rig->memory, 0, &n);
	for (i = 0; i < n; i++) {
		if ((log[i].words[0] & 0xff) == ITS_SYNC)
			continue;
		if (is_command(log[i].words, ITS_INT, &mark)) {
			assert_true(mark >= first && mark - first < count);
			assert_int_equal(seen[mark - first]++, 0);
			ints++;
		} else if (is_command(log[i].words, ITS_CLEAR, &mark)) {
			assert_true(clears < rig->n_expected);
			assert_int_equal(mark, rig->expected[clears]);
			clears++;
		} else {
			fail_msg("stale: slot %u executed 0x%llx", log[i].slot,
				 (unsigned long long)log[i].words[0]);
		}
	}
	assert_int_equal(clears, rig->n_expected);
	free(seen);
	return ints;
}

static void check_at_rest(struct rig *rig)
{
	struct its_error error;
	uint64_t creadr, cwriter;

	assert_int_equal(queue_register_read(&rig->queue, GITS_CREADR, &creadr, &error), 0);
	assert_int_equal(queue_register_read(&rig->queue, GITS_CWRITER, &cwriter, &error), 0);
	assert_true(creadr == cwriter);
	assert_int_equal(creadr / ITS_COMMAND_BYTES, sim_driver_write_pointer(&rig->memory, 0));
}

/* The ring reads as before, but for the driver's own new slots. */
static void check_history(struct rig *rig, unsigned from, unsigned driver_slots)
{
	unsigned slot, slots = rig->queue.slots;
	struct its_error error;

	for (slot = 0; slot < slots; slot++) {
		uint64_t words[ITS_COMMAND_WORDS];
		unsigned driver;

		assert_int_equal(window_read_words(&rig->queue.ring, (uint64_t)slot * ITS_COMMAND_BYTES, words,
						   ITS_COMMAND_WORDS, &error), 0);
		assert_false(queue_is_tagged(words, &driver));
		if ((slot + slots - from) % slots >= driver_slots)
			assert_memory_equal(words, rig->before[slot], sizeof(words));
	}
}

static bool ring_differs(struct rig *rig)
{
	size_t bytes = (size_t)rig->queue.slots * ITS_COMMAND_BYTES;
	uint64_t *words = malloc(bytes);
	struct its_error error;
	bool differs;

	assert_non_null(words);
	assert_int_equal(window_read_words(&rig->queue.ring, 0, words, bytes / 8, &error), 0);
	differs = memcmp(words, rig->before, bytes);
	free(words);
	return differs;
}

static void test_every_position(void **state)
{
	struct queue_append_report report;
	struct its_error error;
	unsigned at;

	(void)state;
	for (at = 0; at < 128; at++) {
		struct rig rig;
		char options[60];
		unsigned w;

		snprintf(options, sizeof(options), "slots=128,fill,at=%u", at);
		rig_open(&rig, options);
		w = sim_driver_write_pointer(&rig.memory, 0);
		assert_int_equal(append(&rig, PAYLOAD, 1000, 1000, &report, &error), 0);
		assert_int_equal(report.slot, w);
		assert_int_equal(report.executed, PAYLOAD);
		assert_int_equal(report.laps, 1);
		assert_int_equal(report.driver_slots, 0);
		assert_int_equal(check_executed(&rig, 1000, PAYLOAD), PAYLOAD);
		check_at_rest(&rig);
		check_history(&rig, 0, 0);
		assert_true(driver_post(&rig, 5000));
		assert_int_equal(check_executed(&rig, 1000, PAYLOAD), PAYLOAD);
		check_at_rest(&rig);
		rig_close(&rig);
	}
}

static void test_ring_sizes_and_batches(void **state)
{
	static const unsigned slots[] = { 128, 256, 2048, 32768 };
	struct queue_append_report report;
	struct its_error error;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(slots) / sizeof(slots[0]); i++) {
		unsigned counts[] = { 1, slots[i] - 2, slots[i] - 1, slots[i], 2 * slots[i] + 1 }, k;

		for (k = 0; k < 5; k++) {
			struct rig rig;
			char options[40];

			snprintf(options, sizeof(options), "slots=%u", slots[i]);
			rig_open(&rig, options);
			if (append(&rig, counts[k], 40, 10000, &report, &error))
				fail_msg("%s", error.message);
			assert_int_equal(report.executed, counts[k]);
			assert_int_equal(report.laps, (counts[k] + slots[i] - 2) / (slots[i] - 1));
			assert_int_equal(check_executed(&rig, 40, counts[k]), counts[k]);
			check_at_rest(&rig);
			check_history(&rig, 0, 0);
			rig_close(&rig);
		}
	}
}

struct poster { struct rig *rig; unsigned at, accesses, posts; bool in_break, done; };

/* Posts once, at access number @at or the first one after it that is outside a break. */
static bool post_hook(void *context, struct memory *memory, enum sim_access access, uint64_t address,
		      uint64_t value)
{
	struct poster *poster = context;

	(void)access;
	(void)address;
	(void)value;
	if (poster->accesses++ >= poster->at && !poster->done &&
	    sim_in_break(memory) == poster->in_break && access != SIM_RESUME) {
		unsigned i;

		poster->done = true;
		for (i = 0; i < poster->posts; i++)
			assert_true(driver_post(poster->rig, 7000 + i));
	}
	return true;
}

/* The driver posts one, two or three commands at every instant outside the breaks. */
static void test_driver_posts(void **state)
{
	unsigned at, posts;

	(void)state;
	for (posts = 1; posts <= 3; posts++)
		for (at = 0; at < 3000; at += at < 40 || at > 2500 ? 1 : 37) {
			struct rig rig;
			struct poster poster = { .rig = &rig, .at = at, .posts = posts };
			struct queue_append_report report;
			struct its_error error;
			unsigned w;

			rig_open(&rig, "slots=128,fill,at=100,slow=1");
			w = sim_driver_write_pointer(&rig.memory, 0);
			sim_hook(&rig.memory, post_hook, &poster);
			if (append(&rig, PAYLOAD, 1000, 1000, &report, &error))
				fail_msg("post at %u: %s", at, error.message);
			sim_hook(&rig.memory, NULL, NULL);
			assert_int_equal(report.executed, PAYLOAD);
			assert_false(report.disturbed);
			assert_int_equal(check_executed(&rig, 1000, PAYLOAD), PAYLOAD);
			check_at_rest(&rig);
			if (report.driver_slots)
				check_history(&rig, w, report.driver_slots);
			assert_true(driver_post(&rig, 9000));
			check_executed(&rig, 1000, PAYLOAD);
			check_at_rest(&rig);
			rig_close(&rig);
			if (!poster.done)
				break;
		}
}

struct killer { unsigned at, accesses; };

static bool kill_hook(void *context, struct memory *memory, enum sim_access access, uint64_t address,
		      uint64_t value)
{
	struct killer *killer = context;

	(void)memory;
	(void)access;
	(void)address;
	(void)value;
	return killer->accesses++ < killer->at;
}

/* SIGKILL at every access; the driver's next posts work, a second run makes the ring whole. */
static void kill_at_every_step(const char *options, unsigned step)
{
	unsigned at;

	for (at = 0;; at += step) {
		struct rig rig;
		struct killer killer = { .at = at };
		struct queue_append_report report;
		struct its_error error;
		bool survived, post_first = at % 2;

		rig_open(&rig, options);
		sim_hook(&rig.memory, kill_hook, &killer);
		survived = !append(&rig, PAYLOAD, 1000, 1000, &report, &error);
		sim_hook(&rig.memory, NULL, NULL);
		sim_revive(&rig.memory);
		/* To one who lives on it is a connection that was lost: the ring is not called whole. */
		assert_false(survived && report.filler_left);
		if (ring_differs(&rig) && !report.filler_left)
			fail_msg("killed at access %u: the report denies the filler", at);
		if (post_first) {
			if (!driver_post(&rig, 5000) || !driver_post(&rig, 5001))
				fail_msg("killed at access %u: the driver finds the ring full", at);
			check_executed(&rig, 1000, PAYLOAD);
			check_at_rest(&rig);
		}
		run_all(&rig);
		if (append(&rig, 1, 1000 + PAYLOAD, 1000, &report, &error))
			fail_msg("killed at access %u, second run: %s", at, error.message);
		check_executed(&rig, 1000, PAYLOAD + 1);
		check_at_rest(&rig);
		if (!driver_post(&rig, 6000))
			fail_msg("killed at access %u, second run: the driver finds the ring full", at);
		check_executed(&rig, 1000, PAYLOAD + 1);
		check_at_rest(&rig);
		rig_close(&rig);
		if (survived)
			break;
	}
	assert_true(at > 100);
}

static void test_killed(void **state)
{
	(void)state;
	kill_at_every_step("slots=128,fill,at=77", 1);
}

static void test_killed_slow(void **state)
{
	(void)state;
	kill_at_every_step("slots=128,fill,at=127,slow=1", 1);
}

/* A handler's command may be executed twice, but never not at all; nothing stale is. */
static void check_at_least_once(struct rig *rig, unsigned ints)
{
	const struct sim_executed *log;
	unsigned seen_ints = 0, seen = 0;
	uint32_t mark;
	size_t n, i;

	run_all(rig);
	log = sim_executed(&rig->memory, 0, &n);
	for (i = 0; i < n; i++) {
		if (is_command(log[i].words, ITS_INT, &mark))
			seen_ints++;
		else if (is_command(log[i].words, ITS_CLEAR, &mark))
			seen++;
		else
			assert_int_equal(log[i].words[0] & 0xff, ITS_SYNC);
	}
	assert_true(seen >= rig->n_expected);
	assert_true(seen_ints >= ints && seen_ints <= PAYLOAD);
}

static void test_handler_posts_in_break(void **state)
{
	unsigned at;

	(void)state;
	for (at = 0; at < 600; at++) {
		struct rig rig;
		struct poster poster = { .rig = &rig, .at = at, .posts = 1, .in_break = true };
		struct queue_append_report report;
		struct its_error error;
		int err;

		rig_open(&rig, "slots=128,fill,at=20,step");
		sim_hook(&rig.memory, post_hook, &poster);
		err = append(&rig, PAYLOAD, 1000, 1000, &report, &error);
		sim_hook(&rig.memory, NULL, NULL);
		/* Either all went well, or it is said that it did not. */
		if (err)
			assert_true(report.disturbed);
		else
			check_at_least_once(&rig, PAYLOAD - (unsigned)report.uncertain);
		run_all(&rig);
		check_at_rest(&rig);
		assert_true(driver_post(&rig, 9000));
		run_all(&rig);
		check_at_rest(&rig);
		rig_close(&rig);
		if (!poster.done)
			break;
	}
}

static void test_stall_in_the_lap(void **state)
{
	struct rig rig;
	struct queue_append_report report;
	struct its_error error;
	uint64_t words[5][ITS_COMMAND_WORDS];
	struct queue_append_options options = { .timeout_ms = 1000, .sync_rdbase = RDBASE };
	unsigned i;

	(void)state;
	for (i = 0; i < 5; i++) {
		rig_open(&rig, "slots=128,stall");
		payload(words, 5, 0);
		its_command_build_int(words[0], DEVICE, 0);
		its_command_build_int(words[1], DEVICE, 0);
		its_command_build_int(words[2], DEVICE, 0);
		its_command_build_int(words[3], DEVICE, 0);
		its_command_build_int(words[4], DEVICE, 0);
		its_command_build_int(words[i], DEVICE + 77, 0);	/* not mapped */
		if (queue_append(&rig.queue, (const uint64_t (*)[ITS_COMMAND_WORDS])words, 5, &options, &report,
				 &error))
			fail_msg("%s", error.message);
		assert_int_equal(report.refused, 1);
		assert_int_equal(report.first_refused, i);
		assert_int_equal(report.executed, 4);
		check_at_rest(&rig);
		check_history(&rig, 0, 0);
		assert_int_equal(sim_lpi_count(&rig.memory, 0, 8192), 4);
		rig_close(&rig);
	}
}

static void test_dead_its(void **state)
{
	static const unsigned die[] = { 0, 1, 2, 3, 50, 126, 127 };
	struct queue_append_report report;
	struct its_error error;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(die) / sizeof(die[0]); i++) {
		struct rig rig;
		char options[60];

		snprintf(options, sizeof(options), "slots=128,fill,at=5,die=%u", die[i]);
		rig_open(&rig, options);
		assert_int_equal(append(&rig, PAYLOAD, 1000, 30, &report, &error), ITS_ERR_TIMEOUT);
		assert_true(*error.message && *error.hint);
		if (!die[i])
			check_history(&rig, 0, 0);
		rig_close(&rig);
	}
}

/* After a lap that failed the driver's pointer and CWRITER agree, or one slot of filler is between them. */
static void check_driver_survives(struct rig *rig, const char *what)
{
	struct its_error error;
	uint64_t cwriter;
	unsigned slots = rig->queue.slots, behind;

	assert_int_equal(queue_register_read(&rig->queue, GITS_CWRITER, &cwriter, &error), 0);
	behind = (unsigned)((sim_driver_write_pointer(&rig->memory, 0) + slots - cwriter / ITS_COMMAND_BYTES) %
			    slots);
	if (behind > 1)
		fail_msg("%s: CWRITER is %u slots behind the driver", what, behind);
}

/* An ITS that stops among the first slots, or takes so long for them that it seems to. */
static void test_stops_early(void **state)
{
	char options[80];
	unsigned i;

	(void)state;
	for (i = 0; i < 14; i++) {
		struct queue_append_report report;
		struct its_error error;
		struct rig rig;

		if (i < 6)
			snprintf(options, sizeof(options), "slots=128,fill,at=40,die=%u", i);
		else
			snprintf(options, sizeof(options), "slots=128,fill,at=40,slow=%u", (i - 4) * 1500);
		rig_open(&rig, options);
		assert_int_equal(append(&rig, PAYLOAD, 1000, 30, &report, &error), ITS_ERR_TIMEOUT);
		assert_int_equal(report.driver_slots, 0);
		check_driver_survives(&rig, options);
		if (i >= 6) {
			run_all(&rig);
			assert_true(driver_post(&rig, 5000));
			check_executed(&rig, 1000, PAYLOAD);
			check_at_rest(&rig);
		}
		rig_close(&rig);
	}
}

/* Breaks number @from to @to do not come together, as on a machine that is busy. */
struct late { struct memory_ops ops; const struct memory_ops *real; unsigned breaks, from, to; };
static struct late late;

static int late_pause(struct memory *memory, unsigned limit_ms, struct its_error *error)
{
	late.breaks++;
	if (late.breaks < late.from || late.breaks > late.to)
		return late.real->pause(memory, limit_ms, error);
	its_error(error, ITS_ERR_TIMEOUT, "break %u is late", late.breaks);
	its_hint(error, "on purpose");
	return ITS_ERR_TIMEOUT;
}

/* A batch of two laps, with any run of breaks late, and a time limit that lets some of them pass. */
static void test_late_breaks(void **state)
{
	unsigned from, length;

	(void)state;
	for (from = 1; from <= 5; from++)
		for (length = 1; length <= 200; length = length == 1 ? 200 : length + 1) {
			struct queue_append_report report;
			struct its_error error;
			struct rig rig;
			int err;

			rig_open(&rig, "slots=128,fill,at=40");
			late = (struct late){ .ops = *rig.memory.ops, .real = rig.memory.ops, .from = from,
					      .to = length == 1 ? from : UINT32_MAX };
			late.ops.pause = late_pause;
			rig.memory.ops = &late.ops;
			err = append(&rig, 200, 1000, 20, &report, &error);
			rig.memory.ops = late.real;
			check_driver_survives(&rig, "late break");
			if (length == 1) {
				assert_int_equal(err, 0);
				assert_int_equal(report.executed, 200);
				check_history(&rig, 0, 0);
			} else if (from < 5) {
				assert_true(err == ITS_ERR_TIMEOUT || (err == ITS_ERR_UNSAFE && !report.wrote));
			}
			assert_true(driver_post(&rig, 5000));
			assert_int_equal(check_executed(&rig, 1000, 200), report.executed);
			check_at_rest(&rig);
			rig_close(&rig);
		}
}

static void test_stalling_sync(void **state)
{
	struct queue_append_options options = { .timeout_ms = 1000, .sync_rdbase = RDBASE };
	struct queue_append_report report;
	struct its_error error;
	uint64_t words[1][ITS_COMMAND_WORDS];
	struct rig rig;

	(void)state;
	rig_open(&rig, "slots=128,stall");
	its_command_build_sync(words[0], 0xff0000);
	assert_int_equal(queue_append(&rig.queue, (const uint64_t (*)[ITS_COMMAND_WORDS])words, 1, &options,
				      &report, &error), 0);
	assert_int_equal(report.refused, 1);
	assert_int_equal(report.executed, 0);
	check_at_rest(&rig);
	check_history(&rig, 0, 0);
	rig_close(&rig);
}

/* A driver that has gone round since a run was killed stands where the old filler is: not one past it. */
static void test_older_filler(void **state)
{
	struct queue_append_report report;
	struct its_error error;
	struct rig rig;
	uint64_t words[ITS_COMMAND_WORDS];
	unsigned w;

	(void)state;
	rig_open(&rig, "slots=128,fill,at=39");
	w = sim_driver_write_pointer(&rig.memory, 0);
	its_command_build_sync(words, RDBASE);
	words[3] = QUEUE_TAG | (w + 1);
	assert_int_equal(window_write_words(&rig.queue.ring, (uint64_t)w * ITS_COMMAND_BYTES, words,
					    ITS_COMMAND_WORDS, &error), 0);
	assert_int_equal(append(&rig, 1, 1000, 1000, &report, &error), 0);
	assert_false(report.finished_older);
	assert_true(driver_post(&rig, 5000));
	check_executed(&rig, 1000, 1);
	check_at_rest(&rig);
	rig_close(&rig);
}

static void test_slow_its(void **state)
{
	struct rig rig;
	struct queue_append_report report;
	struct its_error error;

	(void)state;
	rig_open(&rig, "slots=2048,slow=1");
	assert_int_equal(append(&rig, PAYLOAD, 1000, 5000, &report, &error), 0);
	assert_int_equal(check_executed(&rig, 1000, PAYLOAD), PAYLOAD);
	check_at_rest(&rig);
	check_history(&rig, 0, 0);
	rig_close(&rig);
}

/* An ITS behind the caches sees only what was cleaned: without dc civac it would execute the old history. */
static void test_noncoherent(void **state)
{
	struct rig rig;
	struct queue_append_report report;
	struct its_error error;

	(void)state;
	rig_open(&rig, "slots=128,fill,at=60,noncoherent");
	assert_true(rig.queue.noncoherent);
	assert_int_equal(append(&rig, PAYLOAD, 1000, 1000, &report, &error), 0);
	assert_int_equal(check_executed(&rig, 1000, PAYLOAD), PAYLOAD);
	check_at_rest(&rig);
	check_history(&rig, 0, 0);
	assert_true(driver_post(&rig, 5000));
	check_executed(&rig, 1000, PAYLOAD);
	check_at_rest(&rig);
	rig_close(&rig);
}

static void test_refused(void **state)
{
	struct rig rig;
	struct queue_append_report report;
	struct its_error error;

	(void)state;
	rig_open(&rig, "slots=128,set=GITS_CREADR:0x1");
	assert_int_equal(append(&rig, 1, 1000, 30, &report, &error), ITS_ERR_UNSAFE);
	assert_false(report.wrote);
	rig_close(&rig);
}

/* The debugger's way: what the lap is there to avoid. */
static void test_plain(void **state)
{
	struct rig rig;
	struct queue_append_report report;
	struct queue_append_options options = { .timeout_ms = 1000, .plain = true };
	struct its_error error;
	uint64_t words[2][ITS_COMMAND_WORDS];
	unsigned w;

	(void)state;
	rig_open(&rig, "slots=128,at=126");
	w = sim_driver_write_pointer(&rig.memory, 0);
	payload(words, 2, 1000);
	assert_int_equal(queue_append(&rig.queue, (const uint64_t (*)[ITS_COMMAND_WORDS])words, 2, &options,
				      &report, &error), 0);
	assert_int_equal(report.slot, w);
	assert_int_equal(report.executed, 2);
	assert_int_equal(check_executed(&rig, 1000, 2), 2);
	assert_int_equal(sim_driver_write_pointer(&rig.memory, 0), w);
	rig_close(&rig);
}

struct counter { unsigned looks, relaxes, pauses; };

static bool count_hook(void *context, struct memory *memory, enum sim_access access, uint64_t address,
		       uint64_t value)
{
	struct counter *counter = context;

	(void)memory;
	(void)address;
	(void)value;
	counter->looks += access == SIM_READ;
	counter->relaxes += access == SIM_RELAX;
	counter->pauses += access == SIM_PAUSE;
	return true;
}

/* A command of the driver's that has no SYNC is pending. An ITS that is dead is given one time limit, without a break, and its registers are not hammered. */
static void test_recover_dead(void **state)
{
	struct queue_append_options options = { .timeout_ms = 20, .sync_rdbase = RDBASE };
	struct queue_recovery recovery;
	struct counter counter = { 0 };
	struct its_error error;
	struct rig rig;

	(void)state;
	rig_open(&rig, "slots=128,die=0");
	assert_true(driver_post(&rig, 5000));
	sim_hook(&rig.memory, count_hook, &counter);
	assert_int_equal(queue_recover(&rig.queue, &options, &recovery, &error), ITS_ERR_TIMEOUT);
	sim_hook(&rig.memory, NULL, NULL);
	assert_non_null(strstr(error.message, "is still at slot"));
	assert_int_equal((recovery.cwriter + 128 - recovery.creadr) % 128, 1);
	assert_false(recovery.stalled || recovery.stalled_again || recovery.finished_older);
	assert_int_equal(counter.pauses, 0);
	/* Three registers are one look. */
	assert_true(counter.relaxes && counter.looks == 3 * (counter.relaxes + 1));
	rig_close(&rig);
}

/* SIGKILL while the ITS is stalled on the payload: one recovery gets it going and finishes the lap. */
static void test_recover_killed(void **state)
{
	const struct queue_append_options options = { .timeout_ms = 1000, .sync_rdbase = RDBASE };
	unsigned at, stalls = 0;
	bool survived = false;

	(void)state;
	for (at = 0; !survived; at++) {
		struct killer killer = { .at = at };
		struct queue_append_report report;
		struct queue_recovery recovery;
		struct its_error error;
		struct rig rig;
		uint64_t creadr;

		rig_open(&rig, "slots=128,stall");
		sim_hook(&rig.memory, kill_hook, &killer);
		survived = !append(&rig, PAYLOAD, 1000, 1000, &report, &error);
		sim_hook(&rig.memory, NULL, NULL);
		sim_revive(&rig.memory);
		run_all(&rig);
		assert_int_equal(queue_register_read(&rig.queue, GITS_CREADR, &creadr, &error), 0);
		if (its_register_get(GITS_CREADR, "Stalled", creadr)) {
			stalls++;
			/* Both commands of the payload are refused. */
			if (queue_recover(&rig.queue, &options, &recovery, &error))
				assert_true(recovery.stalled_again && !queue_recover(&rig.queue, &options, &recovery, &error));
			if (!recovery.finished_older)
				fail_msg("killed at access %u: the lap is not finished", at);
			assert_true(recovery.stalled);
			assert_int_equal(recovery.creadr, recovery.cwriter);
			check_at_rest(&rig);
		}
		rig_close(&rig);
	}
	assert_true(stalls);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_position),
		cmocka_unit_test(test_ring_sizes_and_batches),
		cmocka_unit_test(test_driver_posts),
		cmocka_unit_test(test_killed),
		cmocka_unit_test(test_killed_slow),
		cmocka_unit_test(test_handler_posts_in_break),
		cmocka_unit_test(test_stall_in_the_lap),
		cmocka_unit_test(test_dead_its),
		cmocka_unit_test(test_stops_early),
		cmocka_unit_test(test_late_breaks),
		cmocka_unit_test(test_stalling_sync),
		cmocka_unit_test(test_older_filler),
		cmocka_unit_test(test_slow_its),
		cmocka_unit_test(test_noncoherent),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_plain),
		cmocka_unit_test(test_recover_dead),
		cmocka_unit_test(test_recover_killed),
	};

	return cmocka_run_group_tests_name("lap", tests, NULL, NULL);
}
