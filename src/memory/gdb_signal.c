// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * How does a target that we have halted get going again when the tool is ended
 * from outside? Ctrl-C, kill, or the pager that was left: the handler sends
 * frames that were made beforehand, waits for their answer, and lets the signal
 * do what it does. It runs between questions only, since each blocks it.
 */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gdb_link.h"
#include "its/memory.h"

static const int fatal[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE };

#define FATAL (sizeof(fatal) / sizeof(fatal[0]))

static struct gdb_link *volatile caught;	/* the one link there is */
static bool installed[FATAL];

/* Everything below is async-signal-safe. */
static bool send_all(int fd, const char *text, size_t length, uint64_t deadline)
{
	while (length) {
		struct pollfd poll_fd = { .fd = fd, .events = POLLOUT };
		ssize_t sent = send(fd, text, length, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (sent > 0) {
			text += sent;
			length -= (size_t)sent;
			continue;
		}
		if ((sent < 0 && errno != EAGAIN && errno != EINTR) || memory_now_ns() > deadline)
			return false;
		poll(&poll_fd, 1, 10);
	}
	return true;
}

/* Until the stub hangs up, too: the next one who connects is then not turned away. */
static void await_end(int fd, uint64_t deadline)
{
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN };
	char bytes[256];
	ssize_t got;

	if (shutdown(fd, SHUT_WR))
		return;
	do {
		poll(&poll_fd, 1, 10);
		got = recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT);
	} while ((got > 0 || (got < 0 && (errno == EAGAIN || errno == EINTR))) && memory_now_ns() < deadline);
}

/* Until @answers packets, or without any the first acknowledgement, have come. */
static void await(int fd, unsigned answers, bool no_ack, uint64_t deadline)
{
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN };
	unsigned seen = 0;
	char bytes[256];
	ssize_t got, i;

	while (answers ? seen < answers : !no_ack && !seen) {
		if (memory_now_ns() > deadline)
			return;
		poll(&poll_fd, 1, 10);
		got = recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT);
		if (!got || (got < 0 && errno != EAGAIN && errno != EINTR))
			return;
		for (i = 0; i < got; i++)
			seen += bytes[i] == (answers ? '#' : '+');
	}
}

void gdb_link_close(struct gdb_link *link)
{
	uint64_t deadline = memory_now_ns() + (uint64_t)link->timeout_ms * 1000000;
	size_t i;

	if (link->fd < 0)
		return;
	gdb_link_block(link);
	/* After a lost answer the stub may still hear us: nothing is lost by trying. */
	if (link->release && send_all(link->fd, link->release, strlen(link->release), deadline)) {
		await(link->fd, link->release_answers, link->no_ack, deadline);
		/* Of the last answer: QEMU takes any other byte for the wish to halt. */
		if (!link->no_ack && link->release_answers)
			send_all(link->fd, "+", 1, deadline);
	}
	await_end(link->fd, deadline);
	close(link->fd);
	link->fd = -1;
	if (link->catching)
		for (i = 0; i < FATAL; i++)
			if (installed[i])
				signal(fatal[i], SIG_DFL);
	if (caught == link)
		caught = NULL;
	link->catching = false;
	gdb_link_unblock(link);
}

static void let_go(int number)
{
	int saved = errno;
	struct gdb_link *link = caught;

	if (link)
		gdb_link_close(link);
	/* Blocked until the handler returns; then it does what it does without us. */
	signal(number, SIG_DFL);
	raise(number);
	errno = saved;
}

void gdb_link_catch(struct gdb_link *link)
{
	struct sigaction action = { .sa_handler = let_go }, before;
	size_t i;

	sigemptyset(&action.sa_mask);
	for (i = 0; i < FATAL; i++)
		sigaddset(&action.sa_mask, fatal[i]);
	caught = link;
	link->catching = true;
	for (i = 0; i < FATAL; i++) {
		/* Whoever ignores or handles a signal goes on to. */
		installed[i] = !sigaction(fatal[i], NULL, &before) && before.sa_handler == SIG_DFL &&
			       !sigaction(fatal[i], &action, NULL);
	}
}

void gdb_link_block(struct gdb_link *link)
{
	sigset_t set, before;
	size_t i;

	if (link->blocked++)
		return;
	sigemptyset(&set);
	for (i = 0; i < FATAL; i++)
		sigaddset(&set, fatal[i]);
	pthread_sigmask(SIG_BLOCK, &set, &before);
	link->unblocked = before;
}

void gdb_link_unblock(struct gdb_link *link)
{
	sigset_t mask = link->unblocked;

	if (!--link->blocked)
		pthread_sigmask(SIG_SETMASK, &mask, NULL);
}
