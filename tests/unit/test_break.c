// SPDX-License-Identifier: GPL-2.0-or-later
/* Does the break hold every other CPU, let it go again, and leave no trace? */
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../src/memory/break.h"
#include "../../src/memory/cpus.h"
#include "its/memory.h"

#define MS 1000000ull
/* Generous: the test must not fail on a loaded machine. */
#define LIMIT_MS 1000u

/* A thread that counts on one CPU, at an ordinary priority or as a real-time hog. */
struct counter {
	pthread_t thread;
	int cpu;
	uint64_t hog_ns;		/* 0: until told to stop */
	bool realtime;
	atomic_bool running, stop, ended;
	atomic_ulong count;
};

static void *count(void *argument)
{
	struct counter *counter = argument;
	struct sched_param realtime = { .sched_priority = 99 };
	uint64_t end = memory_now_ns() + counter->hog_ns;
	cpu_set_t cpu;

	CPU_ZERO(&cpu);
	CPU_SET(counter->cpu, &cpu);
	sched_setaffinity(0, sizeof(cpu), &cpu);
	if (counter->realtime)
		pthread_setschedparam(pthread_self(), SCHED_FIFO, &realtime);
	atomic_store(&counter->running, true);
	while (!atomic_load(&counter->stop) && (!counter->hog_ns || memory_now_ns() < end))
		atomic_fetch_add(&counter->count, 1);
	atomic_store(&counter->ended, true);
	return NULL;
}

static void counter_start(struct counter *counter)
{
	assert_int_equal(pthread_create(&counter->thread, NULL, count, counter), 0);
	while (!atomic_load(&counter->running))
		usleep(1000);
}

static void counter_end(struct counter *counter)
{
	atomic_store(&counter->stop, true);
	pthread_join(counter->thread, NULL);
}

static void spin(uint64_t ns)
{
	uint64_t end = memory_now_ns() + ns;

	while (memory_now_ns() < end)
		;
}

static struct break_state *prepare_or_skip(void)
{
	struct its_error error = { 0 };
	struct break_state *state = NULL;
	int code = break_prepare(&state, &error);

	if (code == ITS_ERR_ACCESS) {
		print_message("skipped: %s\n", error.message);
		skip();
	}
	if (code)
		fail_msg("%s", error.message);
	return state;
}

static int pause_or_skip(struct break_state *state, unsigned limit_ms)
{
	struct its_error error = { 0 };
	int code = break_pause(state, limit_ms, &error);

	if (code == ITS_ERR_ACCESS) {
		break_finish(state);
		print_message("skipped: %s\n", error.message);
		skip();
	}
	if (code)
		print_message("%s\n", error.message);
	return code;
}

/* A CPU that the caller is not on, once it is pinned; -1 if there is one only. */
static int other_cpu(const cpu_set_t *before)
{
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		if (CPU_ISSET(cpu, before) && cpu != sched_getcpu())
			return cpu;
	}
	return -1;
}

static void test_holds(void **unused)
{
	cpu_set_t before;

	(void)unused;
	sched_getaffinity(0, sizeof(before), &before);
	struct break_state *state = prepare_or_skip();
	struct counter counter = { .cpu = other_cpu(&before) };

	if (counter.cpu < 0) {
		break_finish(state);
		skip();
	}
	counter_start(&counter);
	for (int i = 0; i < 200; i++) {
		assert_int_equal(pause_or_skip(state, LIMIT_MS), ITS_OK);
		unsigned long start = atomic_load(&counter.count);

		spin(MS / 10);
		unsigned long end = atomic_load(&counter.count);

		break_resume(state);
		assert_int_equal(end, start);
		/* And it goes on: bounded by the test's own patience. */
		for (int wait = 0; atomic_load(&counter.count) == end; wait++) {
			assert_true(wait < 5000);
			usleep(1000);
		}
	}
	assert_true(break_cpus(state) >= 2);
	counter_end(&counter);
	break_finish(state);
}

static void test_restores(void **unused)
{
	struct sched_param parameters;
	sigset_t signals, signals_before;
	cpu_set_t before, after;

	(void)unused;
	sched_getaffinity(0, sizeof(before), &before);
	pthread_sigmask(SIG_SETMASK, NULL, &signals_before);
	int policy = sched_getscheduler(0);
	struct break_state *state = prepare_or_skip();

	sched_getaffinity(0, sizeof(after), &after);
	assert_int_equal(CPU_COUNT(&after), 1);
	assert_int_equal(sched_getscheduler(0), policy);

	assert_int_equal(pause_or_skip(state, LIMIT_MS), ITS_OK);
	int in_break = sched_getscheduler(0);

	sched_getparam(0, &parameters);
	pthread_sigmask(SIG_SETMASK, NULL, &signals);
	break_resume(state);
	assert_int_equal(in_break, SCHED_FIFO);
	assert_int_equal(parameters.sched_priority, 99);
	assert_true(sigismember(&signals, SIGINT));

	assert_int_equal(sched_getscheduler(0), policy);
	pthread_sigmask(SIG_SETMASK, NULL, &signals);
	assert_int_equal(sigismember(&signals, SIGINT), sigismember(&signals_before, SIGINT));
	break_finish(state);
	sched_getaffinity(0, sizeof(after), &after);
	assert_true(CPU_EQUAL(&before, &after));
}

/* A real-time task on another CPU: a clear refusal in time, and nothing held afterwards. */
static void test_late(void **unused)
{
	struct its_error error = { 0 };
	char name[16];
	cpu_set_t before;

	(void)unused;
	sched_getaffinity(0, sizeof(before), &before);
	struct break_state *state = prepare_or_skip();
	struct counter hog = {
		.cpu = other_cpu(&before), .realtime = true, .hog_ns = 300 * MS,
	};

	if (hog.cpu < 0) {
		break_finish(state);
		skip();
	}
	assert_int_equal(pause_or_skip(state, LIMIT_MS), ITS_OK);
	break_resume(state);

	int policy = sched_getscheduler(0);

	counter_start(&hog);
	assert_int_equal(break_pause(state, 20, &error), ITS_ERR_TIMEOUT);
	assert_int_equal(sched_getscheduler(0), policy);
	snprintf(name, sizeof(name), "CPU %d ", hog.cpu);
	assert_non_null(strstr(error.message, name));
	assert_non_null(strstr(error.message, "20 ms"));
	counter_end(&hog);

	/* The next one comes together again. */
	assert_int_equal(pause_or_skip(state, LIMIT_MS), ITS_OK);
	break_resume(state);
	break_finish(state);
}

/* The threads end although a real-time task never lets their CPU go. */
static void test_finish_under_hog(void **unused)
{
	cpu_set_t before;

	(void)unused;
	sched_getaffinity(0, sizeof(before), &before);
	struct break_state *state = prepare_or_skip();
	struct counter hog = { .cpu = other_cpu(&before), .realtime = true, .hog_ns = 600 * MS };

	if (hog.cpu < 0) {
		break_finish(state);
		skip();
	}
	counter_start(&hog);
	break_finish(state);
	bool waited = atomic_load(&hog.ended);

	counter_end(&hog);
	assert_false(waited);
}

static void test_lists(void **unused)
{
	static const char *const wrong[] = {
		"", "\n", "x", "-1", "1-", "3-1", "0,", ",0", "0,,1", "0-3x", "0 1", "1024",
		"0-1024", "0-18446744073709551615", "99999999999999999999", "0\n\n", "0x1", "0-1-2",
	};
	cpu_set_t set;

	(void)unused;
	assert_true(cpus_parse("0\n", &set));
	assert_int_equal(CPU_COUNT(&set), 1);
	assert_true(cpus_parse("0-3,5,8-9\n", &set));
	assert_int_equal(CPU_COUNT(&set), 7);
	assert_true(CPU_ISSET(5, &set) && CPU_ISSET(9, &set) && !CPU_ISSET(4, &set));
	assert_true(cpus_parse("1023", &set));
	assert_true(CPU_ISSET(1023, &set));
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		if (cpus_parse(wrong[i], &set))
			fail_msg("'%s' was taken for a list of CPUs", wrong[i]);
	}
}

static void test_unchanged(void **unused)
{
	struct cpus *cpus = malloc(sizeof(*cpus));

	(void)unused;
	assert_non_null(cpus);
	cpus_open(cpus);
	if (cpus->online_fd < 0) {
		free(cpus);
		skip();
	}
	assert_int_equal(cpus_read(cpus, NULL), ITS_OK);
	assert_true(CPU_COUNT(&cpus->online) >= 1);
	assert_true(cpus_unchanged(cpus));
	/* As if another set had been read before. */
	cpus->text[0] = '7';
	assert_false(cpus_unchanged(cpus));
	/* A CPU that is not listed, and yet not down: its hotplug state is not 0. */
	assert_int_equal(cpus_read(cpus, NULL), ITS_OK);
	if (cpus->hotplug_fd[0] >= 0) {
		CPU_CLR(0, &cpus->online);
		assert_false(cpus_unchanged(cpus));
	}
	cpus_close(cpus);
	free(cpus);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lists),
		cmocka_unit_test(test_unchanged),
		cmocka_unit_test(test_holds),
		cmocka_unit_test(test_restores),
		cmocka_unit_test(test_late),
		cmocka_unit_test(test_finish_under_hog),
	};

	return cmocka_run_group_tests_name("break", tests, NULL, NULL);
}
