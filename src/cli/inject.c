// SPDX-License-Identifier: GPL-2.0-or-later
/* inject: INV then INT for one event, and whether the interrupt arrived. */
#include <stdlib.h>
#include <string.h>

#include "append.h"
#include "commands.h"

/* How long an interrupt that was made pending may take to show in /proc/interrupts. */
#define ARRIVAL_MS 200
#define COUNT_MAX 1000000

/* The line of the event in /proc/interrupts; false if there is none to be had. */
static bool read_interrupt(struct cli *cli, const struct cli_event *target,
			   struct board_interrupt *interrupt)
{
	struct its_error ignored;
	size_t size;
	char *text;
	bool found;

	if (memory_file(&cli->memory, MEMORY_FILE_INTERRUPTS, &text, &size, &ignored))
		return false;
	found = board_interrupt_find(text, size, &target->device, target->event_id, interrupt);
	free(text);
	return found;
}

static void show_target(struct cli *cli, const struct cli_event *target, const struct writer *writer)
{
	struct emitter *emit = cli->emit;
	const struct replay_event *event;
	char name[200];

	emit_object(emit, "its");
	if (emit_is_json(emit) || cli->verbose || cli->dry_run)
		cli_show_its(cli, target->its, &writer->queue);
	emit_object_end(emit);
	emit_id(emit, "device_id", "DeviceID ", target->device.device_id);
	emit_string(emit, "device", " (", board_device_name(&target->device, name, sizeof(name)), 0);
	emit_number(emit, "event_id", "), EventID ", target->event_id, 0);
	event = replay_event(&writer->replay, target->device.device_id, target->event_id);
	if (event && event->known == REPLAY_MAPPED && event->has_pintid)
		emit_number(emit, "pintid", ": LPI ", event->pintid, 0);
	if (event && event->known == REPLAY_MAPPED && event->has_icid)
		emit_number(emit, "icid", event->has_pintid ? ", collection " : ": collection ", event->icid, 0);
	emit_text(emit, "\n");
}

/* Waits for the count to grow. 0 if it did, or if nothing can be said; else ITS_ERR_FAILED. */
static int show_arrival(struct cli *cli, const struct cli_event *target, bool known,
			const struct board_interrupt *before)
{
	uint64_t deadline = memory_now_ns() + (uint64_t)ARRIVAL_MS * 1000000;
	struct board_interrupt now;
	struct emitter *emit = cli->emit;
	bool arrived = false;
	unsigned cpu;

	if (!known) {
		emit_null(emit, "interrupt");
		emit_text(emit, cli->memory.halted ?
			  "Whether it arrived cannot be told: the target is halted, and takes it when it goes on.\n" :
			  "Whether it arrived cannot be told: /proc/interrupts has no line for this event.\n");
		return 0;
	}
	do {
		if (!read_interrupt(cli, target, &now))
			now = *before;
		arrived = now.count > before->count;
	} while (!arrived && memory_now_ns() < deadline);
	emit_object(emit, "interrupt");
	emit_number(emit, "irq", "IRQ ", now.irq, 0);
	emit_string(emit, "chip", " (", now.chip, 0);
	emit_number(emit, "hwirq", " ", now.hwirq, 0);
	emit_string(emit, "action", ", ", *now.action ? now.action : "no handler", 0);
	emit_number(emit, "before", "): count ", before->count, 0);
	emit_number(emit, "after", " -> ", now.count, 0);
	for (cpu = 0; cpu < now.cpus && cpu < 64 && arrived; cpu++)
		if (now.per_cpu[cpu] > before->per_cpu[cpu]) {
			emit_number(emit, "cpu", " on CPU ", now.cpu[cpu], 0);
			break;
		}
	emit_bool(emit, "arrived", NULL, arrived);
	emit_object_end(emit);
	emit_color(emit, arrived ? EMIT_GOOD : EMIT_BAD);
	emit_text(emit, arrived ? ": the interrupt arrived\n" : ": the interrupt did NOT arrive\n");
	emit_color(emit, EMIT_PLAIN);
	return arrived ? 0 : ITS_ERR_FAILED;
}

static int build(struct cli *cli, const struct cli_event *target, struct batch *batch)
{
	uint64_t words[ITS_COMMAND_WORDS], i;
	int err;

	if (cli->count > COUNT_MAX)
		return its_error(&cli->error, ITS_ERR_USAGE, "--count: at most %u at a time", COUNT_MAX);
	its_command_build_inv(words, target->device.device_id, target->event_id);
	err = batch_add(cli, batch, words);
	its_command_build_int(words, target->device.device_id, target->event_id);
	for (i = 0; i < (cli->count ? cli->count : 1) && !err; i++)
		err = batch_add(cli, batch, words);
	return err;
}

static int run(struct cli *cli, int argc, char **argv)
{
	struct batch batch = { 0 };
	struct board_interrupt before;
	struct cli_event target;
	struct writer writer;
	bool known;
	int err;

	(void)argc;
	err = cli_find_event(cli, argv[0], argv[1], &target);
	if (err)
		return err;
	err = writer_open(cli, target.its, &writer);
	if (err)
		return err;
	err = build(cli, &target, &batch);
	if (err)
		goto close;
	cli_document_begin(cli);
	if (!cli->export_as)
		show_target(cli, &target, &writer);
	known = read_interrupt(cli, &target, &before);
	err = writer_append(cli, &writer, &batch);
	if (!err && !cli->dry_run)
		err = show_arrival(cli, &target, known, &before);
	if (err && *cli->error.message && emit_is_json(cli->emit))
		cli_show_error(cli);
	cli_document_end(cli);
close:
	free(batch.words);
	writer_close(&writer);
	return err;
}

const struct cli_command cli_inject = {
	.name = "inject",
	.arguments = "DEVICE EVENT",
	.summary = "make an event's interrupt fire: INV, then INT",
	.description =
		"Appends INV and INT for the event without disturbing the driver, waits until the ITS has\n"
		"executed them, and says from /proc/interrupts whether the interrupt arrived (exit 1 if it\n"
		"did not). DEVICE is a DeviceID, a PCI address (0000:01:00.0) or a device-tree path.",
	.min_arguments = 2,
	.max_arguments = 2,
	.writes = true,
	.needs_its = true,
	.run = run,
};
