// SPDX-License-Identifier: GPL-2.0-or-later
/* watch: the ring live, one line a command as the driver posts it. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "commands.h"
#include "session.h"
#include "watch.h"

/* Names are read again so often, after mappings have changed: Linux names an IRQ only after it is mapped. */
#define NAMES_NS UINT64_C(200000000)
/* Room in a pipe to a slow reader, in bytes: the most that a user may ask for without more rights. */
#define PIPE_BYTES (1 << 20)

/* So long after the end a reader has time for what was seen until then: it may be slow, or read no more. */
#define LATE_MS 2000
/* After that it is asked so often; and a write that gets nothing away is given up after so long. */
#define STUCK_MS 500

static volatile sig_atomic_t stopped, hurried, late;
static volatile sig_atomic_t wake_fd = -1;

bool watch_is_late(void)
{
	return late;
}

/* From @ms on it is late; 0: never. */
static void set_limit(uint64_t ms)
{
	struct itimerval time = { .it_value = { .tv_sec = (time_t)(ms / 1000), .tv_usec = (suseconds_t)(ms % 1000 * 1000) },
				  .it_interval = { .tv_usec = STUCK_MS * 1000 } };

	setitimer(ITIMER_REAL, &time, NULL);
}

static void stop(int number)
{
	int saved = errno;

	/* Another signal means at once. */
	hurried = stopped;
	if (!late)
		set_limit(hurried ? 1 : LATE_MS);
	stopped = number;
	/* For a signal between a look at `stopped` and the sleep. */
	if (wake_fd >= 0 && write(wake_fd, "", 1) < 0)
		errno = saved;
	errno = saved;
}

static void look_at_reader(int number);

/* Only once it is late a write that waits is ended: what it has not written yet is lost. */
static void set_timer_action(void)
{
	struct sigaction action = { .sa_handler = look_at_reader, .sa_flags = late ? 0 : SA_RESTART };

	sigemptyset(&action.sa_mask);
	sigaction(SIGALRM, &action, NULL);
}

static void look_at_reader(int number)
{
	struct pollfd reader = { .fd = STDOUT_FILENO, .events = POLLOUT };
	int saved = errno;

	(void)number;
	/* A reader that takes what comes, as a file does, is waited for: it is the machine that is slow. */
	if (!late && (hurried || poll(&reader, 1, 0) < 1 || !(reader.revents & POLLOUT))) {
		late = 1;
		set_timer_action();
	}
	errno = saved;
}

/*
 * A second signal of a kind ends the tool at once; but in the shell a second
 * Ctrl-C just the watch. A write goes on after the first, for a slow reader
 * wants whole lines, but not after the timer's.
 */
static void catch_signals(bool in_shell)
{
	struct sigaction action = { .sa_handler = stop }, ignore = { .sa_handler = SIG_IGN }, was;
	/* A script's shell ignores SIGINT for what it starts in the background, and yet sends it. */
	static const int numbers[] = { SIGINT, SIGTERM, SIGHUP };
	size_t i;

	sigemptyset(&action.sa_mask);
	sigemptyset(&ignore.sa_mask);
	for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		action.sa_flags = SA_RESTART | (in_shell && numbers[i] == SIGINT ? 0 : (int)SA_RESETHAND);
		/* nohup */
		if (numbers[i] != SIGHUP || sigaction(SIGHUP, NULL, &was) || was.sa_handler != SIG_IGN)
			sigaction(numbers[i], &action, NULL);
	}
	set_timer_action();
	/* A reader that goes away is told by the write. */
	sigaction(SIGPIPE, &ignore, NULL);
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

/* What was said reaches the reader; false if there is none. */
static bool push(struct cli *cli, int *err)
{
	if (emit_push(cli->emit))
		return true;
	/* Whoever has read nothing for so long reads no more. */
	cli->reader_gone = errno == EPIPE || (late && errno == EINTR);
	if (!cli->reader_gone)
		*err = cli_cannot_write(cli);
	return false;
}

/* One batch. *done: --count is reached, or nobody reads what is told. */
static int tell(struct watch *watch, const struct watch_seen *seen, bool *done)
{
	int err = 0;

	watch->now_ns = seen->now_ns;
	watch->time_ns = seen->time_ns;
	*done = watch_show_batch(watch, seen);
	if (!push(watch->cli, &err))
		*done = true;
	return err;
}

/* What a simulated board says of itself is read from its hardware; a real one goes on meanwhile, and so does the poller. */
static int read_names_again(struct watch *watch)
{
	bool simulated = watch->cli->memory.ops->populate;
	int err;

	watch->names_stale = false;
	if (simulated)
		pthread_mutex_lock(&watch->poller.hardware);
	err = names_reload(watch->cli, watch->names);
	if (simulated)
		pthread_mutex_unlock(&watch->poller.hardware);
	watch->names_ns = memory_now_ns();
	return err;
}

/* Until there is something to tell, or something else to do; false: the reader has gone. */
static bool wait_for_more(struct watch *watch, uint64_t end)
{
	struct pollfd fds[] = { { .fd = STDOUT_FILENO }, { .fd = watch->poller.wake[0], .events = POLLIN } };
	uint64_t now = memory_now_ns(), wait = now < end ? end - now : 0;
	struct timespec time;
	char wakes[64];

	if (watch->names_stale && wait > NAMES_NS)
		wait = NAMES_NS;
	time.tv_sec = (time_t)(wait / 1000000000);
	time.tv_nsec = (long)(wait % 1000000000);
	if (ppoll(fds, 2, end == UINT64_MAX && !watch->names_stale ? NULL : &time, NULL) > 0 &&
	    fds[0].revents & (POLLERR | POLLHUP | POLLNVAL)) {
		watch->cli->reader_gone = true;
		return false;
	}
	while (read(watch->poller.wake[0], wakes, sizeof(wakes)) == sizeof(wakes))
		;
	return true;
}

static int watch_loop(struct watch *watch, bool *done)
{
	uint32_t for_ms = watch->cli->for_ms;
	uint64_t end = for_ms ? watch->begin_ns + (uint64_t)for_ms * 1000000 : UINT64_MAX;
	int err = 0;

	if (for_ms && !stopped)
		set_limit((uint64_t)for_ms + LATE_MS);
	while (!err && !*done && !stopped && memory_now_ns() < end) {
		/* What was seen before an error is in the list by now. */
		bool failed = atomic_load(&watch->poller.err);
		struct watch_seen *seen = watch_take(watch);

		if (seen)
			err = tell(watch, seen, done);
		else if (failed)
			break;
		else
			*done = !wait_for_more(watch, end);
		free(seen);
		if (!err && watch->names_stale && memory_now_ns() - watch->names_ns > NAMES_NS)
			err = read_names_again(watch);
	}
	return err;
}

/* What was posted until the end is told too, as far as there is time. */
static int follow_rings(struct watch *watch)
{
	struct watch_seen *seen;
	bool done = false;
	int err;

	err = watch_poller_start(watch);
	if (err)
		return err;
	wake_fd = watch->poller.wake[1];
	err = watch_loop(watch, &done);
	wake_fd = -1;
	watch_poller_stop(watch);
	while ((seen = watch_take(watch))) {
		if (!err && !done)
			err = tell(watch, seen, &done);
		free(seen);
	}
	if (!err && atomic_load(&watch->poller.err)) {
		watch->cli->error = watch->poller.error;
		err = watch->cli->error.code;
	}
	return err;
}

static int run(struct cli *cli, int argc, char **argv)
{
	struct watch watch = { .cli = cli };
	struct its_error cause;
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
	stopped = hurried = late = 0;
	catch_signals(cli->in_shell);
	/* Ctrl-C in the shell, while all of this was read: what would be told is dropped already. */
	if (session_interrupted)
		stopped = session_interrupted;
	fcntl(STDOUT_FILENO, F_SETPIPE_SZ, PIPE_BYTES);
	watch_now(&watch.begin_ns, &watch.time_ns);
	watch.names_ns = watch.begin_ns;
	watch_show_start(&watch);
	/* Where nothing is posted, the first line is all that tells of a reader who is not there. */
	if (push(cli, &err))
		err = follow_rings(&watch);
	cause = cli->error;
	watch_now(&watch.now_ns, &watch.time_ns);
	if (!cli->reader_gone)
		watch_show_summary(&watch);
	close_all(&watch);
	cli->error = cause;
	if (!err && !cli->reader_gone)
		push(cli, &err);
	else
		emit_push(cli->emit);
	/* What may be left for a reader that takes nothing is given up, too. */
	if (!late || !cli->reader_gone)
		set_limit(0);
	if (stopped)
		session_interrupted = stopped;
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
