// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * watch: a thread of its own looks at the rings, so that a slow terminal or a
 * long line of JSON never keeps it from the next look. What it has seen waits
 * in a list for the thread that tells it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "watch.h"

/* Commands that may wait to be told: 14 MiB. Beyond, the ring itself is the buffer, and loss is reported. */
#define WAITING_MAX (UINT64_C(1) << 18)
#define FULL_NS UINT64_C(1000000)

static uint64_t real_time(void)
{
	struct timespec now = { 0 };

	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

void watch_now(uint64_t *now_ns, uint64_t *time_ns)
{
	*now_ns = memory_now_ns();
	*time_ns = real_time();
}

/* Hands what was seen to the other thread; without memory, an error that ends the watch. */
static bool hand_over(struct watch *watch, struct watched *watched, int err, const struct its_error *error)
{
	struct watch_poller *poller = &watch->poller;
	const struct follow_batch *batch = &watched->follow.batch;
	size_t count = err ? 0 : batch->count;
	struct watch_seen *seen = malloc(sizeof(*seen) + count * sizeof(batch->commands[0]));
	bool told;

	if (!seen) {
		atomic_store(&poller->no_memory, true);
	} else {
		memset(seen, 0, sizeof(*seen));
		seen->watched = watched;
		watch_now(&seen->now_ns, &seen->time_ns);
		seen->err = err;
		if (err) {
			seen->error = *error;
		} else {
			seen->batch = *batch;
			if (count)
				memcpy(seen->commands, batch->commands, count * sizeof(batch->commands[0]));
			seen->batch.commands = seen->commands;
		}
		pthread_mutex_lock(&poller->lock);
		*poller->tail = seen;
		poller->tail = &seen->next;
		poller->waiting += count;
		pthread_mutex_unlock(&poller->lock);
	}
	/* A full pipe wakes it as well. */
	told = write(poller->wake[1], "", 1) == 1 || errno == EAGAIN;
	return told && seen && !err;
}

/* One look at each ITS; false if it is over. */
static bool look(struct watch *watch, uint64_t *sleep_ns)
{
	struct its_error error;
	bool go_on = true;
	size_t i;

	for (i = 0; i < watch->count && go_on; i++) {
		struct watched *watched = &watch->list[i];
		const struct follow_batch *batch = &watched->follow.batch;
		int err;

		if (!watched->open)
			continue;
		err = follow_poll(&watched->follow, &error);
		if (err || batch->count || batch->n_events)
			go_on = hand_over(watch, watched, err, &error);
		if (batch->sleep_ns < *sleep_ns)
			*sleep_ns = batch->sleep_ns;
	}
	return go_on;
}

static void *poll_rings(void *argument)
{
	struct watch *watch = argument;
	struct watch_poller *poller = &watch->poller;
	bool go_on = true;

	/*
	 * On a busy machine the driver does not wait for us. Nearly all the time is slept, so this takes nothing
	 * away from others; without the right to it the ring is followed all the same. On Linux it is this thread's.
	 */
	setpriority(PRIO_PROCESS, 0, -20);
	while (go_on && !atomic_load(&poller->quit)) {
		struct timespec time = { 0 };
		uint64_t sleep_ns = UINT64_MAX;
		bool full;

		pthread_mutex_lock(&poller->lock);
		full = poller->waiting > WAITING_MAX;
		pthread_mutex_unlock(&poller->lock);
		if (full) {
			sleep_ns = FULL_NS;
		} else {
			pthread_mutex_lock(&poller->hardware);
			go_on = look(watch, &sleep_ns);
			memory_relax(&watch->cli->memory);
			pthread_mutex_unlock(&poller->hardware);
		}
		time.tv_sec = (time_t)(sleep_ns / 1000000000);
		time.tv_nsec = (long)(sleep_ns % 1000000000);
		if (go_on && sleep_ns)
			nanosleep(&time, NULL);
	}
	return NULL;
}

int watch_poller_start(struct watch *watch)
{
	struct watch_poller *poller = &watch->poller;

	poller->tail = &poller->head;
	pthread_mutex_init(&poller->lock, NULL);
	pthread_mutex_init(&poller->hardware, NULL);
	/* A small kernel has no eventfd. */
	if (pipe2(poller->wake, O_CLOEXEC | O_NONBLOCK))
		return its_error(&watch->cli->error, ITS_ERR_FAILED, "no pipe can be made: %m");
	if (pthread_create(&poller->thread, NULL, poll_rings, watch)) {
		close(poller->wake[0]);
		close(poller->wake[1]);
		return its_error(&watch->cli->error, ITS_ERR_FAILED, "no thread can be made to poll the ring");
	}
	return 0;
}

void watch_poller_stop(struct watch *watch)
{
	atomic_store(&watch->poller.quit, true);
	pthread_join(watch->poller.thread, NULL);
	close(watch->poller.wake[0]);
	close(watch->poller.wake[1]);
}

struct watch_seen *watch_take(struct watch *watch)
{
	struct watch_poller *poller = &watch->poller;
	struct watch_seen *seen;

	pthread_mutex_lock(&poller->lock);
	seen = poller->head;
	if (seen) {
		poller->head = seen->next;
		poller->waiting -= seen->batch.count;
		if (!poller->head)
			poller->tail = &poller->head;
	}
	pthread_mutex_unlock(&poller->lock);
	return seen;
}
