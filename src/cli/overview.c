// SPDX-License-Identifier: GPL-2.0-or-later
/* its-tool without a command: what is there, how does it fare, and what is worth typing next? */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands.h"

/* The worst that was found decides what is useful next; in this order. */
enum condition { IDLE, BUSY, DISABLED, STUCK, UNREADABLE, STALLED };

static const struct { const char *name; enum emit_color color; } conditions[] = {
	[IDLE] = { "idle", EMIT_GOOD }, [BUSY] = { "pending", EMIT_WARN },
	[DISABLED] = { "disabled", EMIT_BAD }, [STUCK] = { "stuck", EMIT_BAD },
	[UNREADABLE] = { "unreadable", EMIT_BAD }, [STALLED] = { "stalled", EMIT_BAD },
};

/* What the worst ITS leads to. */
struct finding {
	enum condition condition;
	size_t its;
};

/* Devices that the ring's history maps; -1 where there is no memory for it. */
static long mapped_devices(const struct queue *queue, const struct queue_snapshot *snapshot)
{
	const struct replay_device *device;
	struct replay replay;
	struct queue_scene scene = { .queue = queue, .snapshot = snapshot, .replay = &replay };
	struct its_error ignored;
	long count = 0;

	if (queue_replay(&scene, NULL, NULL, &ignored))
		count = -1;
	for (device = replay.devices; device && count >= 0; device = device->hh.next)
		count += device->known == REPLAY_MAPPED;
	replay_free(&replay);
	return count;
}

static enum condition judge(struct queue *queue, const struct queue_snapshot *snapshot)
{
	if (snapshot->stalled)
		return STALLED;
	if (!its_register_get(GITS_CTLR, "Enabled", queue->ctlr))
		return DISABLED;
	if (!queue_pending(snapshot))
		return IDLE;
	return queue_is_stuck(queue, snapshot) ? STUCK : BUSY;
}

static void show_condition(struct emitter *emit, enum condition condition, const struct queue_snapshot *snapshot)
{
	unsigned pending = snapshot ? queue_pending(snapshot) : 0;

	emit_string(emit, "state", NULL, conditions[condition].name, 0);
	emit_text(emit, ": ");
	emit_color(emit, conditions[condition].color);
	switch (condition) {
	case STALLED:
		emit_number(emit, NULL, "STALLED at slot ", snapshot->creadr, 0);
		emit_number(emit, NULL, " with ", pending ? pending - 1 : 0, 0);
		emit_text(emit, pending == 2 ? " command behind it" : " commands behind it");
		break;
	case STUCK:
	case BUSY:
		emit_number(emit, NULL, "", pending, 0);
		emit_text(emit, pending == 1 ? " command pending" : " commands pending");
		emit_text(emit, condition == STUCK ? ", and CREADR does not move" : "");
		break;
	case DISABLED:
		emit_text(emit, "DISABLED (GITS_CTLR.Enabled is 0)");
		break;
	default:
		emit_text(emit, conditions[condition].name);
		break;
	}
	emit_color(emit, EMIT_PLAIN);
	if (!snapshot)
		return;
	emit_number(emit, "pending", NULL, pending, 0);
	emit_number(emit, "creadr_slot", NULL, snapshot->creadr, 0);
	emit_number(emit, "cwriter_slot", NULL, snapshot->cwriter, 0);
}

static void show_devices(struct emitter *emit, const struct queue *queue, const struct queue_snapshot *snapshot)
{
	bool whole = queue_history_is_whole(queue, snapshot);
	long devices = mapped_devices(queue, snapshot);

	if (devices < 0)
		return;
	emit_number(emit, "mapped_devices", ", ", (uint64_t)devices, 0);
	emit_text(emit, devices == 1 ? " device mapped" : " devices mapped");
	emit_text(emit, whole ? "" : " by what the ring still holds");
	emit_bool(emit, "history_whole", NULL, whole);
}

static int show_one(struct cli *cli, size_t index, struct finding *worst)
{
	struct queue_snapshot snapshot;
	struct queue queue;
	enum condition condition = UNREADABLE;
	int err;

	err = queue_open(&queue, &cli->memory, &cli->board.its[index], false, &cli->error);
	if (err) {
		cli_show_its_name(cli, index, NULL);
		show_condition(cli->emit, condition, NULL);
		emit_text(cli->emit, "\n");
		cli_show_error(cli);
		goto out;
	}
	cli_show_its_name(cli, index, &queue);
	err = queue_attach(&queue, &cli->error);
	if (!err)
		err = queue_snapshot_quiet(&queue, &snapshot, &cli->error);
	if (err) {
		show_condition(cli->emit, condition, NULL);
		emit_text(cli->emit, "\n");
		cli_show_error(cli);
	} else {
		condition = judge(&queue, &snapshot);
		show_condition(cli->emit, condition, &snapshot);
		show_devices(cli->emit, &queue, &snapshot);
		emit_text(cli->emit, "\n");
		queue_snapshot_free(&snapshot);
	}
	queue_close(&queue);
out:
	if (condition > worst->condition)
		*worst = (struct finding){ condition, index };
	return err;
}

#define NEXT_MAX 3
#define COMMAND_MAX 9000

/* What is worth typing next; gathered first, for its columns. */
struct next {
	struct { char command[COMMAND_MAX]; const char *purpose; } lines[NEXT_MAX];
	size_t count;
};

static void add_line(struct next *next, const char *before, const char *own, const char *rest, const char *purpose)
{
	if (next->count == NEXT_MAX)
		return;
	snprintf(next->lines[next->count].command, COMMAND_MAX, "%s%s%s%s", before, own, *rest ? " " : "", rest);
	next->lines[next->count++].purpose = purpose;
}

static void add_next(struct cli *cli, struct next *next, const char *before, const char *rest, const char *purpose)
{
	char own[8600];

	cli_own_line(cli, own, sizeof(own));
	add_line(next, before, own, rest, purpose);
}

static void show_next(struct cli *cli, const struct next *next)
{
	struct emitter *emit = cli->emit;
	size_t i, width = 0;

	for (i = 0; i < next->count; i++)
		if (strlen(next->lines[i].command) > width)
			width = strlen(next->lines[i].command);
	emit_text(emit, "\nNext:\n");
	emit_array(emit, "next");
	for (i = 0; i < next->count; i++) {
		emit_object(emit, NULL);
		emit_string(emit, "command", "  ", next->lines[i].command, (unsigned)width);
		emit_string(emit, "purpose", "   ", next->lines[i].purpose, 0);
		emit_text(emit, "\n");
		emit_object_end(emit);
	}
	emit_array_end(emit);
}

/* @several: what writes is about one ITS, and what looks closely is about the one in trouble. */
static void suggest(struct cli *cli, const struct finding *worst, bool several, struct next *next)
{
	char which[40] = "", line[80];

	if (several && !cli->which)
		snprintf(which, sizeof(which), "-i %zu ", worst->its);
	switch (worst->condition) {
	case STALLED:
		snprintf(line, sizeof(line), "%sdump --pending", which);
		add_next(cli, next, "", line, "the command it stalled on, why, and what waits behind it");
		snprintf(line, sizeof(line), "%srecover", which);
		if (!cli->memory.ops->live)
			add_next(cli, next, "", "check", "what else is broken, by name");
		else
			add_next(cli, next, "", line, "replaces that command by a SYNC; with -n only says so");
		add_next(cli, next, "dmesg | ", "explain -", "what the kernel said of it, and whose fault it is");
		break;
	case STUCK:
	case DISABLED:
		add_next(cli, next, "", "check", "what is broken, by name");
		snprintf(line, sizeof(line), "%sdump --pending", which);
		add_next(cli, next, "", line, "what the ITS has not executed");
		snprintf(line, sizeof(line), "%sregs GITS_CTLR", which);
		add_next(cli, next, "", line, "its control register, field by field");
		break;
	case UNREADABLE:
		add_next(cli, next, "", "list", "what the firmware says of the ITSs and their devices");
		snprintf(line, sizeof(line), "%sregs", which);
		add_next(cli, next, "", line, "the registers, as far as they can be read");
		add_next(cli, next, "dmesg | ", "explain -", "what the kernel said of it");
		break;
	case IDLE:
	case BUSY:
		add_next(cli, next, "", "check", "is everything as it should be?");
		add_next(cli, next, "", "map", "which event goes to which LPI, CPU and Linux interrupt");
		add_next(cli, next, "", "dump", "the command ring, decoded");
		break;
	}
}

/* Nothing to look at: not here, not with these options, or not for this user. */
static void suggest_elsewhere(struct cli *cli, int code, struct next *next)
{
	if (code == ITS_ERR_ACCESS && geteuid())
		add_next(cli, next, "sudo ", "", "physical memory is root's");
	add_line(next, "", "its-tool", "-s sim", "the same on a simulated board");
	add_line(next, "", "dmesg | its-tool", "explain -", "what the kernel said of its ITS: needs no root and no ITS");
	add_line(next, "", "its-tool", "--help", "all commands and sources: captures, images, cores, gdb");
}

static void show_disabled_nodes(struct cli *cli)
{
	size_t i;

	emit_array(cli->emit, "disabled_nodes");
	for (i = 0; i < cli->board.n_its && !cli->which; i++) {
		if (cli->board.its[i].available)
			continue;
		emit_object(cli->emit, NULL);
		cli_show_its_name(cli, i, NULL);
		emit_text(cli->emit, ": disabled by the firmware\n");
		emit_object_end(cli->emit);
	}
	emit_array_end(cli->emit);
}

static int run(struct cli *cli, int argc, char **argv)
{
	struct finding worst = { IDLE, 0 };
	struct next next = { .count = 0 };
	size_t *list = NULL, count = 0, failed, i;
	int status;

	(void)argc, (void)argv;
	emit_wrap(cli->emit, 6);
	if (cli->unopened.code) {
		cli_document_begin(cli);
		cli->error = cli->unopened;
		cli_show_error(cli);
		suggest_elsewhere(cli, cli->unopened.code, &next);
		show_next(cli, &next);
		cli_document_end(cli);
		return cli->unopened.code;
	}
	status = cli_choose_its(cli, &list, &count);
	if (status)
		return status;
	cli_document_begin(cli);
	emit_array(cli->emit, "its");
	for (i = 0, failed = 0; i < count; i++) {
		int err;

		emit_object(cli->emit, NULL);
		err = show_one(cli, list[i], &worst);
		emit_object_end(cli->emit);
		failed += err != 0;
		status = status ? status : err;
	}
	emit_array_end(cli->emit);
	show_disabled_nodes(cli);
	if (failed == count && status == ITS_ERR_ACCESS)
		suggest_elsewhere(cli, status, &next);
	else
		suggest(cli, &worst, count > 1, &next);
	show_next(cli, &next);
	cli_document_end(cli);
	free(list);
	/* What was found is the answer: an ITS in trouble is no failure of this command. */
	return failed < count ? 0 : status;
}

const struct cli_command cli_overview = {
	.name = "",
	.arguments = "",
	.summary = "what was found, and what to type next",
	.description = "",
	.needs_its = true,
	.run = run,
};
