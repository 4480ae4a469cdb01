// SPDX-License-Identifier: GPL-2.0-or-later
/* watch: the ring live, one line a command as the driver posts it. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "session.h"
#include "watch.h"

/* Names are read again so often, after mappings have changed: Linux names an IRQ only after it is mapped. */
#define NAMES_NS UINT64_C(200000000)
/* Room in a pipe to a slow reader, in bytes: the most that a user may ask for without more rights. */
#define PIPE_BYTES (1 << 20)

static volatile sig_atomic_t stopped;

static void stop(int number)
{
	(void)number;
	stopped = 1;
}

/*
 * Signals come only while we sleep, so none is missed between a look at
 * `stopped` and the sleep. The poller inherits them blocked.
 */
static void catch_signals(sigset_t *while_asleep)
{
	struct sigaction action = { .sa_handler = stop, .sa_flags = SA_RESETHAND }, ignore = { .sa_handler = SIG_IGN };
	static const int numbers[] = { SIGINT, SIGTERM, SIGHUP };
	sigset_t blocked;
	size_t i;

	sigemptyset(&action.sa_mask);
	sigemptyset(&ignore.sa_mask);
	sigemptyset(&blocked);
	for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		sigaction(numbers[i], &action, NULL);
		sigaddset(&blocked, numbers[i]);
	}
	/* A reader that goes away is told by the write. */
	sigaction(SIGPIPE, &ignore, NULL);
	sigprocmask(SIG_BLOCK, &blocked, while_asleep);
	for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		sigdelset(while_asleep, numbers[i]);
}

/* What was executed since the map was made, up to where following begins. */
static void catch_up(struct watched *watched)
{
	struct follow *follow = &watched->follow;
	unsigned slot;

	for (slot = watched->map.snapshot.creadr; slot != follow->last; slot = (slot + 1) % follow->queue->slots)
		replay_apply(&watched->map.replay, follow->copy[slot], slot);
}

static int open_one(struct watch *watch, struct watched *watched)
{
	struct cli *cli = watch->cli;
	int err;

	err = route_open(&watched->map, &cli->memory, &cli->board, watched->its, NULL, NULL, &cli->error);
	if (err)
		return err;
	if (!watched->map.has_ring) {
		cli->error = watched->map.ring_error;
		err = cli->error.code;
	}
	if (!err)
		err = follow_open(&watched->follow, &watched->map.queue,
				  (uint64_t)cli->interval_ms * 1000000, &cli->error);
	if (err) {
		route_close(&watched->map);
		return err;
	}
	watched->open = true;
	catch_up(watched);
	return 0;
}

/* All that are to be watched; with several, those that can be. */
static int open_all(struct watch *watch)
{
	struct cli *cli = watch->cli;
	size_t *chosen, count, i, opened = 0;
	int err, status = 0;

	err = cli_choose_its(cli, &chosen, &count);
	if (err)
		return err;
	watch->list = calloc(count + 1, sizeof(*watch->list));
	if (!watch->list)
		err = its_no_memory(&cli->error, "what is watched");
	watch->count = err ? 0 : count;
	for (i = 0; i < watch->count; i++) {
		watch->list[i].its = chosen[i];
		err = open_one(watch, &watch->list[i]);
		if (!err) {
			opened++;
			continue;
		}
		status = err;
		if (count > 1)
			cli_complain(&cli->error);
	}
	free(chosen);
	return opened ? 0 : watch->count ? status : err;
}

static void close_all(struct watch *watch)
{
	size_t i;

	for (i = 0; i < watch->count; i++)
		if (watch->list[i].open) {
			follow_close(&watch->list[i].follow);
			route_close(&watch->list[i].map);
		}
	free(watch->list);
	names_free(watch->names);
	watch_forget(watch);
}

/* Everything that waits. *done: --count is reached, or nobody reads what is told. */
static int tell(struct watch *watch, bool *done)
{
	struct cli *cli = watch->cli;
	struct watch_seen *seen;
	int err = 0;

	while (!err && !*done && (seen = watch_take(watch))) {
		watch->now_ns = seen->now_ns;
		watch->time_ns = seen->time_ns;
		err = seen->err;
		if (err)
			cli->error = seen->error;
		else
			*done = watch_show_batch(watch, seen);
		free(seen);
		if (emit_push(cli->emit))
			continue;
		cli->reader_gone = errno == EPIPE;
		*done = true;
		if (!cli->reader_gone)
			err = its_error(&cli->error, ITS_ERR_FAILED, "cannot write to standard output");
	}
	if (!err && atomic_load(&watch->poller.no_memory))
		err = its_no_memory(&cli->error, "what is watched");
	return err;
}

static int read_names_again(struct watch *watch)
{
	int err;

	watch->names_stale = false;
	watch->names_ns = memory_now_ns();
	pthread_mutex_lock(&watch->poller.hardware);
	err = names_reload(watch->cli, watch->names);
	pthread_mutex_unlock(&watch->poller.hardware);
	return err;
}

static int watch_loop(struct watch *watch, const sigset_t *signals)
{
	struct cli *cli = watch->cli;
	struct pollfd fds[] = { { .fd = STDOUT_FILENO }, { .fd = watch->poller.wake[0], .events = POLLIN } };
	uint64_t end = cli->for_ms ? watch->begin_ns + (uint64_t)cli->for_ms * 1000000 : UINT64_MAX;
	bool done = false;
	int err = 0;

	while (!err && !done && !stopped) {
		uint64_t now = memory_now_ns(), wait = end - now;
		char wakes[64];
		struct timespec time;

		if (now >= end)
			break;
		if (watch->names_stale && wait > NAMES_NS)
			wait = NAMES_NS;
		time.tv_sec = (time_t)(wait / 1000000000);
		time.tv_nsec = (long)(wait % 1000000000);
		if (ppoll(fds, 2, end == UINT64_MAX && !watch->names_stale ? NULL : &time, signals) > 0 &&
		    fds[0].revents & (POLLERR | POLLNVAL)) {
			cli->reader_gone = true;
			return 0;
		}
		if (read(watch->poller.wake[0], wakes, sizeof(wakes)) > 0)
			err = tell(watch, &done);
		else if (watch->names_stale && memory_now_ns() - watch->names_ns > NAMES_NS)
			err = read_names_again(watch);
	}
	return err;
}

/* What was posted until the end is told too. */
static int follow_rings(struct watch *watch, const sigset_t *signals)
{
	struct watch_seen *seen;
	bool done = false;
	int err;

	err = watch_poller_start(watch);
	if (err)
		return err;
	err = watch_loop(watch, signals);
	watch_poller_stop(watch);
	/* A second Ctrl-C ends it at once: a slow terminal may have much to show yet. */
	sigprocmask(SIG_SETMASK, signals, NULL);
	if (!err && !watch->cli->reader_gone &&
	    !(watch->cli->count && watch->shown == watch->cli->count))
		err = tell(watch, &done);
	while ((seen = watch_take(watch)))
		free(seen);
	return err;
}

static int run(struct cli *cli, int argc, char **argv)
{
	struct watch watch = { .cli = cli };
	struct its_error cause;
	sigset_t signals;
	int err;

	(void)argc, (void)argv;
	if (cli->memory.halted) {
		its_error(&cli->error, ITS_ERR_USAGE, "watch: the target is halted while --source %s is open, so nothing would move",
			  cli->memory.ops->scheme);
		return its_hint(&cli->error, "run it on the target, or use 'dump' again and again: the target runs in between");
	}
	if (!cli->memory.ops->live) {
		its_error(&cli->error, ITS_ERR_USAGE, "watch: what --source %s holds does not move", cli->memory.ops->scheme);
		return its_hint(&cli->error, "run it on the machine itself; 'dump' shows what was captured");
	}
	err = filter_parse(cli, &watch.filter);
	if (!err)
		err = names_load(cli, &watch.names);
	if (!err)
		err = open_all(&watch);
	if (err) {
		close_all(&watch);
		return err;
	}
	stopped = 0;
	catch_signals(&signals);
	fcntl(STDOUT_FILENO, F_SETPIPE_SZ, PIPE_BYTES);
	watch_now(&watch.begin_ns, &watch.time_ns);
	watch.names_ns = watch.begin_ns;
	watch_show_start(&watch);
	emit_push(cli->emit);
	err = follow_rings(&watch, &signals);
	cause = cli->error;
	watch_now(&watch.now_ns, &watch.time_ns);
	if (!cli->reader_gone)
		watch_show_summary(&watch);
	close_all(&watch);
	cli->error = cause;
	if (stopped)
		session_interrupted = 1;
	return err;
}

const struct cli_command cli_watch = {
	.name = "watch",
	.arguments = "",
	.summary = "follow the ring live",
	.description = "Shows each command as the driver posts it: when it was seen, slot, fields, device, interrupt and CPU, and\n"
		       "how long ago the same was posted for the same event. A SYNC that belongs to a command is \"+SYNC\" on its\n"
		       "line. Marked are posts of its-tool and of others than Linux's driver (no SYNC), a driver that laps the\n"
		       "tool (so many commands lost), GITS_CWRITER going backwards, stalls. Ctrl-C ends it with a summary.\n"
		       "With --json one object a line.",
	.min_arguments = 0,
	.max_arguments = 0,
	.needs_its = true,
	.run = run,
};
