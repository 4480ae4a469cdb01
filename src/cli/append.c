// SPDX-License-Identifier: GPL-2.0-or-later
/* What inject and send share: vet, show the plan, append, tell what became of it. */
#include <stdlib.h>
#include <string.h>

#include "append.h"

#define PLAN_LINES 16

int batch_add(struct cli *cli, struct batch *batch, const uint64_t words[ITS_COMMAND_WORDS])
{
	if (batch->count == batch->room) {
		size_t room = batch->room ? 2 * batch->room : 16;
		void *grown = realloc(batch->words, room * ITS_COMMAND_BYTES);

		if (!grown)
			return its_no_memory(&cli->error, "%zu commands", room);
		batch->words = grown;
		batch->room = room;
	}
	memcpy(batch->words[batch->count++], words, ITS_COMMAND_BYTES);
	return 0;
}

int writer_open(struct cli *cli, size_t its, struct writer *writer)
{
	int err;

	/* A script is no text for people: its lines stay whole. */
	if (!cli->export_as)
		emit_wrap(cli->emit, 4);
	memset(writer, 0, sizeof(*writer));
	writer->its = its;
	err = queue_open(&writer->queue, &cli->memory, &cli->board.its[its], !cli->dry_run, &cli->error);
	if (!err)
		err = queue_attach(&writer->queue, &cli->error);
	if (!err && !cli->dry_run && !cli->force && cli->memory.ops->check_ring)
		err = cli->memory.ops->check_ring(&cli->memory, writer->queue.noncoherent, &cli->error);
	if (!err)
		err = queue_snapshot_quiet(&writer->queue, &writer->snapshot, &cli->error);
	if (!err) {
		cli_redistributors(cli, writer->queue.its, &writer->redistributors,
				   &writer->scene.n_redistributors);
		writer->scene.queue = &writer->queue;
		writer->scene.snapshot = &writer->snapshot;
		writer->scene.replay = &writer->replay;
		writer->scene.redistributors = writer->redistributors;
		err = queue_replay(&writer->scene, NULL, NULL, &cli->error);
	}
	if (err)
		writer_close(writer);
	return err;
}

void writer_close(struct writer *writer)
{
	replay_free(&writer->replay);
	free(writer->redistributors);
	writer->redistributors = NULL;
	queue_snapshot_free(&writer->snapshot);
	queue_close(&writer->queue);
}

/* The filler's SYNC needs a redistributor that exists. */
int writer_rdbase(struct cli *cli, const struct writer *writer, uint64_t *rdbase)
{
	if (queue_find_rdbase(&writer->snapshot, writer->queue.layout, rdbase))
		return 0;
	if (writer->scene.n_redistributors) {
		*rdbase = queue_redistributor_rdbase(&writer->redistributors[0], writer->queue.typer);
		return 0;
	}
	its_error(&cli->error, ITS_ERR_UNSAFE,
		  "no RDbase for the lap's SYNCs: the ring has no MAPC or SYNC, and no redistributor could be read");
	its_hint(&cli->error, "without a driver there is nothing to protect: --plain --force appends without a lap");
	return ITS_ERR_UNSAFE;
}

static void show_plan(struct cli *cli, const struct writer *writer, const struct batch *batch,
		      uint64_t rdbase)
{
	const struct queue_snapshot *ring = &writer->snapshot;
	struct emitter *emit = cli->emit;
	unsigned slots = ring->slots, w = ring->cwriter;
	size_t i;

	emit_text(emit, "Plan:\n");
	emit_array(emit, "commands");
	for (i = 0; i < batch->count; i++) {
		if (!emit_is_json(emit) && i == PLAN_LINES) {
			emit_textf(emit, "  ... and %zu more\n", batch->count - i);
			break;
		}
		emit_object(emit, NULL);
		emit_number(emit, "slot", "  ", (w + i) % slots, 5);
		emit_text(emit, "  ");
		cli_show_command(cli, batch->words[i], &writer->queue, cli->verbose);
		emit_object_end(emit);
	}
	emit_array_end(emit);
	emit_bool(emit, "lap", NULL, !cli->plain);
	if (emit_is_json(emit))
		return;
	if (cli->plain) {
		emit_textf(emit, "  CWRITER: slot %u, then slot %zu; the driver's own pointer stays at slot %u\n",
			   w, (w + batch->count) % slots, w);
		return;
	}
	emit_textf(emit, "  SYNC RDbase=0x%llx in the other slots, and all %u slots executed: CWRITER goes from slot %u to\n"
		   "  slot %u, then on to slot %u, where the driver believes it to be; then the history is put back\n",
		   (unsigned long long)rdbase, slots, w, (w + slots - 1) % slots, w);
}

static void show_report(struct cli *cli, const struct writer *writer, const struct batch *batch,
			const struct queue_append_report *report)
{
	struct emitter *emit = cli->emit;
	unsigned slots = writer->snapshot.slots;

	emit_object(emit, "append");
	emit_number(emit, "slot", NULL, report->slot, 0);
	emit_number(emit, "requested", NULL, batch->count, 0);
	emit_number(emit, "executed", NULL, report->executed, 0);
	emit_number(emit, "refused", NULL, report->refused, 0);
	if (report->refused)
		emit_number(emit, "first_refused", NULL, report->first_refused, 0);
	emit_number(emit, "uncertain", NULL, report->uncertain, 0);
	emit_number(emit, "laps", NULL, report->laps, 0);
	emit_number(emit, "retries", NULL, report->retries, 0);
	emit_number(emit, "driver_slots", NULL, report->driver_slots, 0);
	emit_bool(emit, "disturbed", NULL, report->disturbed);
	emit_bool(emit, "filler_left", NULL, report->filler_left);
	emit_bool(emit, "finished_older", NULL, report->finished_older);
	emit_number(emit, "break1_us", NULL, report->break_ns[0] / 1000, 0);
	emit_number(emit, "break2_us", NULL, report->break_ns[1] / 1000, 0);
	emit_number(emit, "copy_us", NULL, report->copy_ns / 1000, 0);
	emit_number(emit, "total_us", NULL, report->total_ns / 1000, 0);
	emit_object_end(emit);
	if (emit_is_json(emit))
		return;
	if (report->finished_older)
		emit_text(emit, "A lap that an earlier run had left unfinished was finished first.\n");
	emit_textf(emit, "%zu of %zu commands executed, from slot %u on", report->executed, batch->count,
		   report->slot);
	if (!cli->plain)
		emit_textf(emit, ", by %u lap%s of %u slots", report->laps, report->laps == 1 ? "" : "s", slots);
	emit_textf(emit, ", in %llu.%03llu ms\n", (unsigned long long)(report->total_ns / 1000000),
		   (unsigned long long)(report->total_ns / 1000 % 1000));
	if (report->refused)
		emit_textf(emit, "The ITS stalled on %zu of them (the first is number %zu); each was replaced by a SYNC.\n",
			   report->refused, report->first_refused + 1);
	if (report->driver_slots)
		emit_textf(emit, "The kernel posted %u slots during the lap; its pointer and its commands stand.\n",
			   report->driver_slots);
	if (report->filler_left)
		emit_text(emit, "The ring's history could not all be put back; what stands in its place are harmless SYNCs.\n");
	if (cli->verbose && !cli->plain)
		emit_textf(emit, "breaks: %llu us and %llu us; %u did not come together at once\n",
			   (unsigned long long)(report->break_ns[0] / 1000),
			   (unsigned long long)(report->break_ns[1] / 1000), report->retries);
}

int writer_append(struct cli *cli, struct writer *writer, const struct batch *batch)
{
	const uint64_t (*commands)[ITS_COMMAND_WORDS] = (const uint64_t (*)[ITS_COMMAND_WORDS])batch->words;
	struct queue_append_options options = { .timeout_ms = cli->timeout_ms, .plain = cli->plain };
	struct queue_append_report report;
	int err;

	if (cli->plain && !cli->force && cli->memory.ops->live) {
		its_error(&cli->error, ITS_ERR_UNSAFE,
			  "--plain leaves the driver's cached write pointer behind CWRITER");
		return its_hint(&cli->error, "Linux would then replay up to %u stale commands at its next post; leave --plain out, or add --force where no driver runs",
				writer->snapshot.slots - 1);
	}
	err = cli->force ? 0 : queue_vet(&writer->scene, commands, batch->count, cli->memory.ops->live, &cli->error);
	if (!err && !cli->plain)
		err = writer_rdbase(cli, writer, &options.sync_rdbase);
	if (err)
		return err;
	if (cli->export_as)
		return export_plan(cli, writer, batch, options.sync_rdbase);
	emit_bool(cli->emit, "dry_run", NULL, cli->dry_run);
	if (cli->dry_run || cli->verbose || emit_is_json(cli->emit))
		show_plan(cli, writer, batch, options.sync_rdbase);
	if (cli->dry_run) {
		emit_text(cli->emit, "Nothing was written (--dry-run).\n");
		return 0;
	}
	emit_flush(cli->emit);
	err = queue_append(&writer->queue, commands, batch->count, &options, &report, &cli->error);
	if (!err || report.wrote)
		show_report(cli, writer, batch, &report);
	if (!err && report.uncertain) {
		its_error(&cli->error, ITS_ERR_TIMEOUT,
			  "an interrupt handler of the kernel posted inside the break: %zu of %zu commands may not have been executed",
			  report.uncertain, batch->count);
		err = its_hint(&cli->error, "the driver's own commands were executed; append again what is missing");
	}
	if (!err && report.refused) {
		its_error(&cli->error, ITS_ERR_TIMEOUT, "the ITS stalled on %zu of %zu commands",
			  report.refused, batch->count);
		err = its_hint(&cli->error, "the ring goes on; check the identities with 'its-tool dump'");
	}
	return err;
}
