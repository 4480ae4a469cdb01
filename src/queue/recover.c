// SPDX-License-Identifier: GPL-2.0-or-later
/* How is a stalled ITS got going again, and a lap finished that a killed run left? */
#include <string.h>

#include "lap.h"

/* Inside a break. The driver's later commands are behind the culprit and run as they stand. */
static int replace_culprit(struct lap *lap, struct lap_pointers *now, struct queue_recovery *recovery,
			   struct its_error *error)
{
	struct queue *queue = lap->queue;
	uint64_t offset = (uint64_t)now->creadr * ITS_COMMAND_BYTES;
	uint64_t sync[ITS_COMMAND_WORDS];
	int err;

	recovery->stalled = true;
	recovery->slot = now->creadr;
	err = window_read_words(&queue->ring, offset, recovery->culprit, ITS_COMMAND_WORDS, error);
	if (err)
		return err;
	/* An empty ring cannot stall; without a slot to replace there is only Retry. */
	if (now->creadr != now->cwriter) {
		its_command_build_sync(sync, lap->options->sync_rdbase);
		err = window_write_words(&queue->ring, offset, sync, ITS_COMMAND_WORDS, error);
		if (err)
			return err;
		window_publish(&queue->ring, offset, ITS_COMMAND_BYTES, queue->noncoherent);
		recovery->replaced = true;
	}
	if (lap_retry(lap, now))
		return 0;
	its_error(error, ITS_ERR_TIMEOUT,
		  "ITS at 0x%llx stays stalled at slot %u, although %sRetry was written",
		  (unsigned long long)queue->its->base, now->creadr, recovery->replaced ? "a SYNC stands there and " : "");
	its_hint(error, "this part may not implement Retry; only a reset of the ITS helps then");
	return ITS_ERR_TIMEOUT;
}

/* Until CREADR = CWRITER, or the ITS stalls: @now says which. */
static int wait_for_rest(struct lap *lap, struct lap_pointers *now, struct queue_recovery *recovery,
			 struct its_error *error)
{
	uint64_t deadline = memory_now_ns() + (uint64_t)lap->options->timeout_ms * 1000000;
	int err;

	for (;;) {
		err = lap_read_pointers(lap->queue, now, error);
		if (err)
			return err;
		recovery->creadr = now->creadr;
		recovery->cwriter = now->cwriter;
		if (now->stalled || now->creadr == now->cwriter)
			return 0;
		if (memory_now_ns() > deadline)
			break;
		memory_relax(lap->queue->memory);
	}
	its_error(error, ITS_ERR_TIMEOUT, "ITS at 0x%llx is still at slot %u of %u after %u ms",
		  (unsigned long long)lap->queue->its->base, now->creadr, now->cwriter,
		  lap->options->timeout_ms);
	return its_hint(error, "it is slow (--timeout) or dead");
}

static int wait_until_idle(struct lap *lap, struct queue_recovery *recovery, struct its_error *error)
{
	struct lap_pointers now;
	int err = wait_for_rest(lap, &now, recovery, error);

	/* QEMU leaves the bit set until GITS_CBASER is written, and executes all the same. */
	recovery->stalled_again = !err && now.stalled && now.creadr != now.cwriter;
	if (!recovery->stalled_again)
		return err;
	its_error(error, ITS_ERR_TIMEOUT, "ITS at 0x%llx went on and stalled again, at slot %u",
		  (unsigned long long)lap->queue->its->base, now.creadr);
	return its_hint(error, "run 'its-tool recover' once more");
}

/* The stall was that of a lap: only now is it at its end. What stalls after that is another recovery's. */
static int finish_lap(struct lap *lap, struct queue_recovery *recovery, struct its_error *error)
{
	uint64_t limit = (uint64_t)lap->options->timeout_ms * 1000000;
	struct lap_pointers now;
	int err = lap_read_pointers(lap->queue, &now, error);

	if (err || !lap_is_unfinished(lap, &now))
		return err;
	err = lap_pause(lap, memory_now_ns() + limit, error);
	if (err)
		return err;
	err = lap_read_pointers(lap->queue, &now, error);
	if (!err && !now.stalled && now.creadr == now.cwriter)
		err = lap_finish_older(lap, &now, error);
	memory_resume(lap->queue->memory);
	return err ? err : wait_until_idle(lap, recovery, error);
}

int queue_recover(struct queue *queue, const struct queue_append_options *options,
		  struct queue_recovery *recovery, struct its_error *error)
{
	uint64_t limit = (uint64_t)options->timeout_ms * 1000000;
	struct queue_append_report report = { 0 };
	struct lap lap = { .queue = queue, .options = options, .report = &report };
	struct lap_pointers now;
	int err;

	memset(recovery, 0, sizeof(*recovery));
	err = memory_prepare(queue->memory, error);
	if (err)
		return err;
	/* A lap that is still under way has to come to its end before it can be finished. */
	err = wait_for_rest(&lap, &now, recovery, error);
	if (!err)
		err = lap_pause(&lap, memory_now_ns() + limit, error);
	if (err)
		goto finish;
	err = lap_read_pointers(queue, &now, error);
	if (!err && now.stalled)
		err = replace_culprit(&lap, &now, recovery, error);
	else if (!err && now.creadr == now.cwriter)
		err = lap_finish_older(&lap, &now, error);
	memory_resume(queue->memory);
	if (!err)
		err = wait_until_idle(&lap, recovery, error);
	if (!err && recovery->stalled)
		err = finish_lap(&lap, recovery, error);
	recovery->finished_older = report.finished_older;
finish:
	memory_finish(queue->memory);
	return err;
}
