// SPDX-License-Identifier: GPL-2.0-or-later
/* explain LINE, where there is an ITS: does it still stand where the log says, and on which command? */
#include <stdlib.h>

#include "explain.h"

uint64_t explain_ring_bytes(struct cli *cli)
{
	uint64_t bytes = DMESG_RING_BYTES;
	struct its_error ignored;
	struct queue queue;
	size_t i;

	for (i = 0; i < cli->board.n_its && !cli->unopened.code; i++) {
		if (!cli->board.its[i].available ||
		    queue_open(&queue, &cli->memory, &cli->board.its[i], false, &ignored))
			continue;
		if (!queue_attach(&queue, &ignored))
			bytes = (uint64_t)queue.slots * ITS_COMMAND_BYTES;
		queue_close(&queue);
		break;
	}
	return bytes;
}

/* One line: the answer from the text stands without the ring. */
static void show_unread(struct cli *cli, const struct its_error *error)
{
	struct emitter *emit = cli->emit;

	emit_object(emit, "ring");
	emit_bool(emit, "read", NULL, false);
	emit_string(emit, "reason", "\nThe ring itself was not read: ", error->message, 0);
	emit_object_end(emit);
	emit_text(emit, "\n");
}

static const struct explain_finding *stalled_at(const struct explain_log *log, unsigned slot, bool *any)
{
	size_t i;

	*any = false;
	for (i = 0; i < log->n_findings; i++) {
		if (!log->findings[i].is_timeout || log->findings[i].timeout.state != DMESG_STALLED)
			continue;
		*any = true;
		if (log->findings[i].timeout.slot == slot)
			return &log->findings[i];
	}
	return NULL;
}

static void show_stall(struct cli *cli, const struct explain_log *log, const struct queue *queue,
		       const struct queue_snapshot *snapshot)
{
	unsigned pending = queue_pending(snapshot);
	struct emitter *emit = cli->emit;
	bool any, same = stalled_at(log, snapshot->creadr, &any);

	emit_color(emit, EMIT_BAD);
	emit_textf(emit, "  %s at slot %u%s, with %u commands queued behind it. The ITS does not accept:\n",
		   same ? "STILL STALLED" : "STALLED", snapshot->creadr, any && !same ? ", not where the log says" : "",
		   pending ? pending - 1 : 0);
	emit_color(emit, EMIT_PLAIN);
	emit_object(emit, "stalled");
	emit_number(emit, "slot", "  ", snapshot->creadr, 5);
	emit_bool(emit, "as_in_log", NULL, same);
	emit_number(emit, "behind", NULL, pending ? pending - 1 : 0, 0);
	emit_text(emit, "  ");
	cli_show_command(cli, snapshot->words[snapshot->creadr], queue, true);
	cli_show_diagnosis(cli, queue, snapshot, snapshot->creadr);
	emit_object_end(emit);
	emit_text(emit, "  'its-tool recover' takes this command out and gets the ITS going.\n");
}

static void show_running(struct cli *cli, const struct explain_log *log, const struct queue *queue,
			 const struct queue_snapshot *snapshot)
{
	unsigned pending = queue_pending(snapshot);
	bool any;

	stalled_at(log, snapshot->creadr, &any);
	if (!its_register_get(GITS_CTLR, "Enabled", queue->ctlr))
		emit_textf(cli->emit, "  DISABLED (GITS_CTLR.Enabled = 0): it executes nothing.\n");
	emit_textf(cli->emit, "  %s: CREADR is at slot %u, ", any ? "Not stalled any more" : "Not stalled", snapshot->creadr);
	if (pending)
		emit_textf(cli->emit, "and %u commands are pending.\n", pending);
	else
		emit_text(cli->emit, "and nothing is pending.\n");
	if (any)
		emit_text(cli->emit, "  It was recovered or set up again since, or the log is of another ITS or another boot.\n");
}

static int show_ring(struct cli *cli, const struct explain_log *log, size_t index)
{
	struct queue_snapshot snapshot;
	struct queue queue;
	int err;

	err = queue_open(&queue, &cli->memory, &cli->board.its[index], false, &cli->error);
	if (err)
		return err;
	err = queue_attach(&queue, &cli->error);
	if (!err)
		err = queue_snapshot(&queue, &snapshot, &cli->error);
	if (!err) {
		emit_object(cli->emit, NULL);
		emit_text(cli->emit, "\nThe ring now: ");
		cli_show_its(cli, index, &queue);
		emit_number(cli->emit, "creadr_slot", NULL, snapshot.creadr, 0);
		emit_number(cli->emit, "cwriter_slot", NULL, snapshot.cwriter, 0);
		emit_number(cli->emit, "pending", NULL, queue_pending(&snapshot), 0);
		emit_bool(cli->emit, "is_stalled", NULL, snapshot.stalled);
		emit_bool(cli->emit, "enabled", NULL, its_register_get(GITS_CTLR, "Enabled", queue.ctlr));
		if (snapshot.stalled)
			show_stall(cli, log, &queue, &snapshot);
		else
			show_running(cli, log, &queue, &snapshot);
		emit_object_end(cli->emit);
		queue_snapshot_free(&snapshot);
	}
	queue_close(&queue);
	return err;
}

int explain_rings(struct cli *cli, const struct explain_log *log)
{
	size_t *list, count, i;
	int err = 0;

	if (cli->unopened.code) {
		show_unread(cli, &cli->unopened);
		return 0;
	}
	err = cli_choose_its(cli, &list, &count);
	if (err)
		return err;
	if (!count) {
		struct its_error none;

		its_error(&none, ITS_ERR_NO_ITS, "no ITS found: the firmware names none that is enabled");
		show_unread(cli, &none);
	}
	emit_array(cli->emit, "its");
	for (i = 0; i < count && !err; i++)
		err = show_ring(cli, log, list[i]);
	emit_array_end(cli->emit);
	free(list);
	if (err && cli->source_given && emit_is_json(cli->emit))
		cli_show_error(cli);
	if (!err || cli->source_given)
		return err;
	show_unread(cli, &cli->error);
	cli->error = (struct its_error){ 0 };
	return 0;
}
