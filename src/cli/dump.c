// SPDX-License-Identifier: GPL-2.0-or-later
/* dump: the ring, decoded, oldest command first; what the ITS stalled on before all else. */
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "dump.h"
#include "its/identity.h"

static void show_entry(struct cli *cli, const struct queue *queue,
		       const struct queue_snapshot *snapshot, unsigned slot)
{
	struct emitter *emit = cli->emit;

	emit_object(emit, NULL);
	emit_number(emit, "slot", NULL, slot, 0);
	emit_number(emit, "offset", NULL, (uint64_t)slot * ITS_COMMAND_BYTES, 0);
	emit_string(emit, "state", NULL, queue_state_name(queue_slot_state(snapshot, slot)), 0);
	cli_show_fields(cli, snapshot->words[slot], queue);
	emit_object_end(emit);
}

static void show_queue(struct cli *cli, const struct queue *queue,
		       const struct queue_snapshot *snapshot)
{
	struct emitter *emit = cli->emit;
	unsigned pending = queue_pending(snapshot);

	emit_object(emit, "queue");
	emit_hex(emit, "base", "  ring at ", queue->base, 0);
	emit_number(emit, "slots", ", ", queue->slots, 0);
	emit_text(emit, " slots");
	if (emit_is_json(emit)) {
		emit_object(emit, "creadr");
		emit_number(emit, "offset", NULL, (uint64_t)snapshot->creadr * ITS_COMMAND_BYTES, 0);
		emit_bool(emit, "stalled", NULL, snapshot->stalled);
		emit_object_end(emit);
		emit_object(emit, "cwriter");
		emit_number(emit, "offset", NULL, (uint64_t)snapshot->cwriter * ITS_COMMAND_BYTES, 0);
		emit_bool(emit, "retry", NULL, its_register_get(GITS_CWRITER, "Retry", queue->cwriter));
		emit_object_end(emit);
		emit_bool(emit, "coherent", NULL, !queue->noncoherent);
		emit_bool(emit, "enabled", NULL, its_register_get(GITS_CTLR, "Enabled", queue->ctlr));
		emit_string(emit, "via", NULL, queue->ring.via ? queue->ring.via : "", 0);
	} else {
		emit_number(emit, NULL, "; CREADR at slot ", snapshot->creadr, 0);
		emit_number(emit, NULL, ", CWRITER at slot ", snapshot->cwriter, 0);
		if (pending)
			emit_number(emit, NULL, ": pending ", pending, 0);
		else
			emit_text(emit, ": idle");
		if (!its_register_get(GITS_CTLR, "Enabled", queue->ctlr))
			emit_text(emit, "; the ITS is DISABLED");
		if (queue->noncoherent)
			emit_text(emit, "; the ITS is not coherent with the CPUs");
		if (queue->ring.via && !strcmp(queue->ring.via, "/proc/kcore"))
			emit_text(emit, "; read through /proc/kcore");
	}
	emit_number(emit, "pending", NULL, pending, 0);
	emit_bool(emit, "moved", NULL, snapshot->moved);
	emit_object_end(emit);
	emit_text(emit, "\n");
	if (snapshot->moved)
		emit_text(emit, "  the queue moved while it was read: the newest slots may mix old and new\n");
}

/* The answer most people came for. */
static void show_stalled(struct cli *cli, const struct queue *queue,
			 const struct queue_snapshot *snapshot)
{
	struct emitter *emit = cli->emit;
	unsigned pending = queue_pending(snapshot);

	if (!snapshot->stalled)
		return;
	emit_color(emit, EMIT_BAD);
	emit_number(emit, NULL, "  STALLED at slot ", snapshot->creadr, 0);
	emit_number(emit, NULL, ", with ", pending ? pending - 1 : 0, 0);
	emit_text(emit, " commands queued behind it. The ITS does not accept:\n");
	emit_color(emit, EMIT_PLAIN);
	emit_object(emit, "stalled");
	emit_number(emit, "slot", "  ", snapshot->creadr, 5);
	emit_hex(emit, "address", "  ", queue->base + (uint64_t)snapshot->creadr * ITS_COMMAND_BYTES, 0);
	emit_number(emit, "behind", NULL, pending ? pending - 1 : 0, 0);
	emit_text(emit, "  ");
	cli_show_command(cli, snapshot->words[snapshot->creadr], queue, true);
	cli_show_diagnosis(cli, queue, snapshot, snapshot->creadr);
	emit_object_end(emit);
	emit_text(emit, "\n");
}

static void show_ring(struct cli *cli, const struct queue *queue,
		      const struct queue_snapshot *snapshot)
{
	struct emitter *emit = cli->emit;
	unsigned first = 0, age, unused = 0;

	show_queue(cli, queue, snapshot);
	show_stalled(cli, queue, snapshot);
	if (cli->pending)
		first = snapshot->slots - queue_pending(snapshot);
	if (cli->last && cli->last < snapshot->slots - first)
		first = snapshot->slots - (unsigned)cli->last;
	emit_wrap(emit, 27);
	if (!emit_is_json(emit)) {
		dump_list(cli, queue, snapshot, first);
		return;
	}
	emit_array(emit, "entries");
	for (age = first; age < snapshot->slots; age++) {
		unsigned slot = queue_slot_by_age(snapshot, age);

		if (!cli->all && queue_slot_state(snapshot, slot) == QUEUE_UNUSED)
			unused++;
		else
			show_entry(cli, queue, snapshot, slot);
	}
	emit_array_end(emit);
	emit_number(emit, "unused_left_out", NULL, unused, 0);
}

/* Whatever can be said of a queue whose ring cannot be read. */
static void show_registers_only(struct cli *cli, const struct queue *queue)
{
	const struct { enum its_register_id id; const char *label; uint64_t value; unsigned digits; } shown[] = {
		{ GITS_CTLR, "  GITS_CTLR    ", queue->ctlr, 8 }, { GITS_CBASER, "  GITS_CBASER  ", queue->cbaser, 16 },
		{ GITS_CWRITER, "  GITS_CWRITER ", queue->cwriter, 16 }, { GITS_CREADR, "  GITS_CREADR  ", queue->creadr, 16 },
	};
	struct emitter *emit = cli->emit;
	unsigned i;

	emit_object(emit, "registers");
	for (i = 0; i < sizeof(shown) / sizeof(shown[0]); i++) {
		if (queue_assumes(queue, shown[i].id))
			continue;
		emit_hex(emit, its_register_row(shown[i].id)->key, shown[i].label, shown[i].value, shown[i].digits);
		emit_text(emit, shown[i].id == GITS_CREADR && queue_stalled(queue) ? "  STALLED\n" : "\n");
	}
	emit_object_end(emit);
}

static void show_view(struct cli *cli, const struct queue *queue, const char *key, const char *label,
		      const uint64_t *words)
{
	emit_object(cli->emit, key);
	emit_text(cli->emit, label);
	cli_show_command(cli, words, queue, true);
	emit_object_end(cli->emit);
}

/*
 * The ring as the CPUs see it and as an ITS outside the coherent domain sees
 * it. Slots that differ were never cleaned: the ITS reads something else than
 * was written. A slot that changes between two looks is only being written.
 */
static int show_views(struct cli *cli, struct queue *queue, const struct queue_snapshot *cached)
{
	struct emitter *emit = cli->emit;
	struct window window;
	struct queue uncached_queue = *queue;
	struct queue_snapshot uncached, again = { 0 };
	unsigned slot, differing = 0;
	int err;

	err = window_open(&window, queue->memory, queue->base, queue->ring.size, MEMORY_RAM_UNCACHED, false,
			  &cli->error);
	if (err)
		return err;
	uncached_queue.ring = window;
	err = queue_snapshot(&uncached_queue, &uncached, &cli->error);
	if (!err)
		err = queue_snapshot(queue, &again, &cli->error);
	if (err)
		goto out;
	emit_array(emit, "views");
	for (slot = 0; slot < cached->slots; slot++) {
		const uint64_t *seen = cached->words[slot], *behind = uncached.words[slot];

		if (!memcmp(seen, behind, ITS_COMMAND_BYTES) ||
		    memcmp(seen, again.words[slot], ITS_COMMAND_BYTES))
			continue;
		differing++;
		emit_object(emit, NULL);
		emit_number(emit, "slot", "  ", slot, 5);
		emit_string(emit, "state", "  ", queue_state_name(queue_slot_state(cached, slot)), 0);
		emit_text(emit, "\n");
		show_view(cli, queue, "cached", "         the CPUs see  ", seen);
		show_view(cli, queue, "uncached", "         memory holds  ", behind);
		emit_object_end(emit);
	}
	emit_array_end(emit);
	emit_number(emit, "views_differing", "  ", differing, 0);
	emit_text(emit, differing ? " slots differ: what the driver wrote has not reached memory. An ITS outside the coherent\n"
		  "  domain executes the stale contents; the device tree wants dma-noncoherent on the ITS node\n"
		  : " slots differ: the CPUs' view of the ring and memory agree\n");
	if (differing)
		err = its_error(&cli->error, ITS_ERR_FAILED, "%u slots differ between the cached and the uncached view",
				differing);
out:
	queue_snapshot_free(&again);
	queue_snapshot_free(&uncached);
	window_close(&window);
	return err;
}

static int dump_one(struct cli *cli, size_t index, void *context)
{
	struct queue queue;
	struct queue_snapshot snapshot;
	int err;

	(void)context;
	emit_wrap(cli->emit, 4);
	err = queue_open(&queue, &cli->memory, &cli->board.its[index], false, &cli->error);
	if (err) {
		cli_show_its(cli, index, NULL);
		cli_show_error(cli);
		return err;
	}
	err = queue_attach(&queue, &cli->error);
	cli_show_its(cli, index, &queue);
	if (!err)
		err = queue_snapshot(&queue, &snapshot, &cli->error);
	cli_redistributors(cli, queue.its, &cli->targets, &cli->n_targets);
	if (err) {
		show_registers_only(cli, &queue);
		cli_show_error(cli);
	} else {
		if (cli->compare_views) {
			show_queue(cli, &queue, &snapshot);
			err = show_views(cli, &queue, &snapshot);
			if (err)
				cli_show_error(cli);
		} else {
			show_ring(cli, &queue, &snapshot);
		}
		queue_snapshot_free(&snapshot);
	}
	free(cli->targets);
	cli->targets = NULL;
	cli->n_targets = 0;
	queue_close(&queue);
	return err;
}

static int run(struct cli *cli, int argc, char **argv)
{
	size_t *list, count, failed;
	int status;

	(void)argc;
	(void)argv;
	status = cli_choose_its(cli, &list, &count);
	if (status)
		return status;
	cli_document_begin(cli);
	status = cli_show_each_its(cli, list, count, dump_one, NULL, &failed);
	cli_document_end(cli);
	free(list);
	return status;
}

const struct cli_command cli_dump = {
	.name = "dump",
	.arguments = "",
	.summary = "the command ring, decoded, oldest first",
	.description =
		"Reads GITS_CBASER, GITS_CWRITER and GITS_CREADR, copies the ring and decodes every slot,\n"
		"oldest command first. States: done, next (the ITS reads it next), pending, stalled,\n"
		"unused. A command that the ITS stalled on is shown before all others.",
	.max_arguments = 0,
	.needs_its = true,
	.run = run,
};
