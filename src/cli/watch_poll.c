// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * watch: a thread of its own looks at the rings, so that a slow terminal or a
 * long line of JSON never keeps it from the next look. What it has seen waits
 * in a list for the thread that tells it.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "watch.h"

/* Bytes that may wait to be told. Beyond, the ring itself is the buffer, and loss is reported. */
#define WAITING_MAX (UINT64_C(16) << 20)
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

static size_t bytes_of(const struct follow_batch *batch)
{
	return sizeof(struct watch_seen) + batch->count * sizeof(batch->commands[0]);
}

/* Hands what was seen to the other thread. */
static int hand_over(struct watch_poller *poller, struct watched *watched)
{
	const struct follow_batch *batch = &watched->follow.batch;
	struct watch_seen *seen = malloc(bytes_of(batch));

	if (!seen)
		return its_no_memory(&poller->error, "what is watched");
	seen->next = NULL;
	seen->watched = watched;
	watch_now(&seen->now_ns, &seen->time_ns);
	seen->batch = *batch;
	if (batch->count)
		memcpy(seen->commands, batch->commands, batch->count * sizeof(batch->commands[0]));
	seen->batch.commands = seen->commands;
	pthread_mutex_lock(&poller->lock);
	*poller->tail = seen;
	poller->tail = &seen->next;
	poller->waiting += bytes_of(batch);
	pthread_mutex_unlock(&poller->lock);
	return 0;
}

/* A full pipe wakes it as well. */
static void wake(struct watch_poller *poller)
{
	while (write(poller->wake[1], "", 1) < 0 && errno == EINTR)
		;
}

/* One look at each ITS; false if it is over. */
static bool look(struct watch *watch, uint64_t *sleep_ns)
{
	struct watch_poller *poller = &watch->poller;
	bool told = false;
	int err = 0;
	size_t i;

	for (i = 0; i < watch->count && !err; i++) {
		struct watched *watched = &watch->list[i];
		const struct follow_batch *batch = &watched->follow.batch;

		if (!watched->open)
			continue;
		err = follow_poll(&watched->follow, &poller->error);
		if (!err && (batch->count || batch->n_events)) {
			err = hand_over(poller, watched);
			told = true;
		}
		if (batch->sleep_ns < *sleep_ns)
			*sleep_ns = batch->sleep_ns;
	}
	atomic_store(&poller->err, err);
	if (told || err)
		wake(poller);
	return !err;
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

/* Signals are for the thread that tells: a write of its own that goes on for ever must be cut short. */
static int start_thread(struct watch *watch)
{
	sigset_t all, before;
	int err;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	err = pthread_create(&watch->poller.thread, NULL, poll_rings, watch);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return err;
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
	if (start_thread(watch)) {
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
		poller->waiting -= bytes_of(&seen->batch);
		if (!poller->head)
			poller->tail = &poller->head;
	}
	pthread_mutex_unlock(&poller->lock);
	return seen;
}
