// SPDX-License-Identifier: GPL-2.0-or-later
/* recover: a stalled ring: show the culprit, replace it by a SYNC, Retry. */
#include <stdlib.h>

#include "append.h"
#include "commands.h"

static void show_culprit(struct cli *cli, const struct writer *writer)
{
	const struct queue_snapshot *ring = &writer->snapshot;
	unsigned pending = queue_pending(ring), age, shown = 0;
	struct emitter *emit = cli->emit;

	emit_object(emit, "stalled");
	emit_number(emit, "slot", "Stalled at slot ", ring->creadr, 0);
	emit_number(emit, "behind", pending ? ", commands queued behind it: " : NULL, pending ? pending - 1 : 0, 0);
	emit_text(emit, pending ? "\n  " : ", though nothing is pending: no command is at fault.\n");
	if (pending) {
		cli_show_command(cli, ring->words[ring->creadr], &writer->queue, true);
		cli_show_diagnosis(cli, &writer->queue, ring, ring->creadr);
	}
	emit_object_end(emit);
	if (emit_is_json(emit) || pending < 2)
		return;
	emit_text(emit, "Queued behind it:\n");
	for (age = ring->slots - pending + 1; age < ring->slots; age++) {
		unsigned slot = queue_slot_by_age(ring, age);

		if (shown++ == 16) {
			emit_textf(emit, "  ... and %u more\n", ring->slots - age);
			break;
		}
		emit_number(emit, NULL, "  ", slot, 5);
		emit_text(emit, "  ");
		cli_show_command(cli, ring->words[slot], &writer->queue, false);
	}
}

static void show_recovery(struct cli *cli, const struct queue_recovery *recovery)
{
	bool own = recovery->stalled && queue_is_tagged(recovery->culprit, NULL);
	struct emitter *emit = cli->emit;

	emit_object(emit, "recovery");
	emit_bool(emit, "was_stalled", NULL, recovery->stalled);
	emit_bool(emit, "finished_older", NULL, recovery->finished_older);
	emit_bool(emit, "stalled_again", NULL, recovery->stalled_again);
	emit_number(emit, "creadr_slot", NULL, recovery->creadr, 0);
	emit_number(emit, "cwriter_slot", NULL, recovery->cwriter, 0);
	emit_object_end(emit);
	if (recovery->stalled && !recovery->replaced)
		emit_text(emit, "Retry was written; nothing was pending, so no command was replaced.\n");
	else if (recovery->stalled)
		emit_textf(emit, "The command in slot %u%s was replaced by a SYNC and Retry written.\n", recovery->slot,
			   own ? ", its-tool's own," : "");
	if (recovery->finished_older)
		emit_text(emit, "The lap of the its-tool that was killed was finished: CWRITER is where the driver believes it to be.\n");
	if (!recovery->stalled_again && recovery->creadr == recovery->cwriter)
		emit_textf(emit, "The ITS is idle: CREADR = CWRITER = slot %u.\n", recovery->creadr);
	if (recovery->replaced && !own)
		emit_text(emit, "The driver does not know that its command was taken out: the device behind it may want to be unbound and bound.\n");
}

static unsigned count_tagged(const struct queue_snapshot *ring)
{
	unsigned slot, tagged = 0, driver;

	for (slot = 0; slot < ring->slots; slot++)
		tagged += queue_is_tagged(ring->words[slot], &driver);
	return tagged;
}

static int recover(struct cli *cli, struct writer *writer)
{
	struct queue_append_options options = { .timeout_ms = cli->timeout_ms };
	struct queue_recovery recovery;
	struct emitter *emit = cli->emit;
	unsigned tagged = count_tagged(&writer->snapshot), pending = queue_pending(&writer->snapshot);
	int err;

	err = writer_rdbase(cli, writer, &options.sync_rdbase);
	if (err)
		return err;
	if (writer->snapshot.stalled)
		show_culprit(cli, writer);
	else if (!tagged && !pending)
		emit_text(emit, "Nothing to recover: the ITS is idle, and no earlier run was cut off.\n");
	else if (!tagged)
		emit_textf(emit, "Not stalled, but not idle: %u commands are pending.\n", pending);
	else
		emit_textf(emit, "%u slots hold SYNCs of an its-tool that was killed. The driver overwrites them in time.\n",
			   tagged);
	emit_number(emit, "tagged_slots", NULL, tagged, 0);
	emit_bool(emit, "dry_run", NULL, cli->dry_run);
	if (cli->dry_run || (!tagged && !pending && !writer->snapshot.stalled)) {
		if (cli->dry_run && writer->snapshot.stalled && !pending)
			emit_textf(emit, "Plan: in a break, write GITS_CWRITER = slot %u with Retry.\n", writer->snapshot.cwriter);
		else if (cli->dry_run && writer->snapshot.stalled)
			emit_textf(emit, "Plan: in a break, put SYNC RDbase=0x%llx into slot %u, then write GITS_CWRITER = slot %u with Retry.\n",
				   (unsigned long long)options.sync_rdbase, writer->snapshot.creadr, writer->snapshot.cwriter);
		else if (cli->dry_run && (tagged || pending))
			emit_text(emit, "Plan: wait until the ITS is idle, then, if a lap was cut off, in a break write GITS_CWRITER = the driver's pointer.\n");
		if (cli->dry_run)
			emit_text(emit, "Nothing was written (--dry-run).\n");
		return 0;
	}
	emit_flush(emit);
	err = queue_recover(&writer->queue, &options, &recovery, &cli->error);
	show_recovery(cli, &recovery);
	return err;
}

static int run(struct cli *cli, int argc, char **argv)
{
	struct writer writer;
	size_t *list, count;
	int err;

	(void)argc;
	(void)argv;
	err = cli_choose_its(cli, &list, &count);
	if (err)
		return err;
	err = writer_open(cli, list[0], &writer);
	if (!err) {
		cli_document_begin(cli);
		emit_object(cli->emit, "its");
		cli_show_its(cli, list[0], &writer.queue);
		emit_object_end(cli->emit);
		err = recover(cli, &writer);
		if (err && emit_is_json(cli->emit))
			cli_show_error(cli);
		cli_document_end(cli);
		writer_close(&writer);
	}
	free(list);
	return err;
}

const struct cli_command cli_recover = {
	.name = "recover",
	.arguments = "",
	.summary = "a stalled ring: show the culprit, replace it by SYNC, Retry",
	.description =
		"Shows the command that the ITS stalled on, what is queued behind it, and why it was\n"
		"probably refused; replaces it by a SYNC, writes GITS_CWRITER.Retry and verifies the\n"
		"outcome. Also finishes what an its-tool that was killed in the middle of a lap has left.\n"
		"-n shows the plan.",
	.max_arguments = 0,
	.writes = true,
	.needs_its = true,
	.run = run,
};
