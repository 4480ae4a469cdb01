// SPDX-License-Identifier: GPL-2.0-or-later
/* Appending a batch of commands: by laps, or plainly as a debugger does. */
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "lap.h"

/* Until the ITS has gone past @count commands that were appended behind @pending of others, from @start on. */
static int wait_for_plain(struct queue *queue, unsigned start, unsigned pending, size_t count,
			  unsigned timeout_ms, struct queue_append_report *report, struct its_error *error)
{
	uint64_t deadline = memory_now_ns() + (uint64_t)timeout_ms * 1000000;
	struct lap_pointers now;
	unsigned gone;
	int err;

	for (;;) {
		err = lap_read_pointers(queue, &now, error);
		if (err)
			return err;
		/* What was pending comes first; a driver that posts behind us makes it more than ours. */
		gone = (now.creadr + queue->slots - start) % queue->slots;
		report->executed = gone < pending ? 0 : gone - pending < count ? gone - pending : count;
		if (now.stalled && report->executed < count)
			return lap_stalled_error(queue, &now, error);
		if (report->executed == count || (now.creadr == now.cwriter && gone < pending)) {
			report->executed = count;
			return 0;
		}
		if (memory_now_ns() > deadline)
			break;
		memory_relax(queue->memory);
	}
	its_error(error, ITS_ERR_TIMEOUT, "ITS at 0x%llx: CREADR is at slot %u and CWRITER at slot %u after %u ms",
		  (unsigned long long)queue->its->base, now.creadr, now.cwriter, timeout_ms);
	return its_hint(error, "the ITS is slow (--timeout) or dead");
}

/* The debugger's way: behind CWRITER, and the driver's own pointer is left behind. */
static int append_plain(struct queue *queue, const uint64_t (*commands)[ITS_COMMAND_WORDS],
			size_t count, const struct queue_append_options *options,
			struct queue_append_report *report, struct its_error *error)
{
	struct lap_pointers now;
	unsigned pending;
	size_t i;
	int err;

	err = lap_read_pointers(queue, &now, error);
	if (err)
		return err;
	pending = (now.cwriter + queue->slots - now.creadr) % queue->slots;
	if (count > queue->slots - 1 - pending)
		return its_error(error, ITS_ERR_UNSAFE,
				 "%zu commands do not fit: the ring has %u slots and %u are pending", count,
				 queue->slots, pending);
	report->slot = now.cwriter;
	for (i = 0; i < count; i++) {
		unsigned slot = (unsigned)((now.cwriter + i) % queue->slots);
		uint64_t offset = (uint64_t)slot * ITS_COMMAND_BYTES;

		err = window_write_words(&queue->ring, offset, commands[i], ITS_COMMAND_WORDS, error);
		if (err)
			return err;
		window_publish(&queue->ring, offset, ITS_COMMAND_BYTES, queue->noncoherent);
	}
	report->wrote = true;
	err = lap_write_cwriter(queue, (unsigned)((now.cwriter + count) % queue->slots), false, error);
	return err ? err : wait_for_plain(queue, now.creadr, pending, count, options->timeout_ms, report, error);
}

static int append_laps(struct queue *queue, const uint64_t (*commands)[ITS_COMMAND_WORDS],
		       size_t count, const struct queue_append_options *options,
		       struct queue_append_report *report, struct its_error *error)
{
	size_t bytes = (size_t)queue->slots * ITS_COMMAND_BYTES;
	struct lap lap = { .queue = queue, .options = options, .report = report };
	sigset_t interrupts, before;
	int err;

	lap.copy = malloc(bytes);
	lap.image = malloc(bytes);
	if (!lap.copy || !lap.image) {
		err = its_no_memory(error, "two copies of a ring of %zu bytes", bytes);
		goto out;
	}
	/* Touched now, so that no page fault falls into a break. */
	memset(lap.copy, 0, bytes);
	memset(lap.image, 0, bytes);
	/*
	 * Ctrl-C in the middle of a lap would leave the ring full of filler: the driver survives that, the
	 * history does not. Every wait is bounded, so it is not put off for long.
	 */
	sigemptyset(&interrupts);
	sigaddset(&interrupts, SIGINT);
	sigaddset(&interrupts, SIGTERM);
	sigaddset(&interrupts, SIGHUP);
	pthread_sigmask(SIG_BLOCK, &interrupts, &before);
	err = memory_prepare(queue->memory, error);
	if (err)
		goto unblock;
	while (!err && lap.first < count) {
		size_t n = count - lap.first < queue->slots - 1 ? count - lap.first : queue->slots - 1;

		lap.payload = commands + lap.first;
		lap.n = n;
		err = lap_run(&lap, error);
		lap.first += n;
	}
	memory_finish(queue->memory);
unblock:
	pthread_sigmask(SIG_SETMASK, &before, NULL);
out:
	free(lap.image);
	free(lap.copy);
	return err;
}

int queue_append(struct queue *queue, const uint64_t (*commands)[ITS_COMMAND_WORDS], size_t count,
		 const struct queue_append_options *options, struct queue_append_report *report,
		 struct its_error *error)
{
	uint64_t start = memory_now_ns();
	struct its_error unused;
	int err;

	if (!error)
		error = &unused;
	memset(report, 0, sizeof(*report));
	err = (options->plain ? append_plain : append_laps)(queue, commands, count, options, report, error);
	report->total_ns = memory_now_ns() - start;
	/* A break that failed and then came together is no error any more. */
	if (!err)
		error->message[0] = '\0';
	return err;
}
