// SPDX-License-Identifier: GPL-2.0-or-later
/* explain DEVICE EVENT: the chain from the device's write to the handler, and where it is broken. */
#include <stdlib.h>
#include <string.h>

#include "explain.h"
#include "its/explain.h"
#include "names.h"

static void show_link(struct cli *cli, const struct explain_link *link, bool advice)
{
	static const enum emit_color colors[] = {
		[EXPLAIN_OK] = EMIT_GOOD, [EXPLAIN_BROKEN] = EMIT_BAD, [EXPLAIN_UNKNOWN] = EMIT_WARN,
		[EXPLAIN_NOTE] = EMIT_WARN };
	static const char *const words[] = { "ok", "BROKEN", "unknown", "note" };
	struct emitter *emit = cli->emit;

	emit_string(emit, "link", "  ", link->name, 14);
	emit_color(emit, colors[link->state]);
	emit_string(emit, NULL, "", words[link->state], 9);
	emit_color(emit, EMIT_PLAIN);
	emit_string(emit, "state", NULL, explain_state_name(link->state), 0);
	emit_string(emit, "text", "", link->text, 0);
	emit_text(emit, "\n");
	if (!*link->advice)
		return;
	emit_string(emit, "advice", advice ? "                         " : NULL, link->advice, 0);
	if (advice)
		emit_text(emit, "\n");
}

static void show_verdict(struct cli *cli, const struct explain_link *verdict)
{
	struct emitter *emit = cli->emit;

	emit_wrap(emit, 3);
	emit_object(emit, "verdict");
	emit_color(emit, verdict->state == EXPLAIN_BROKEN ? EMIT_BAD : verdict->state == EXPLAIN_OK ? EMIT_GOOD : EMIT_WARN);
	emit_bool(emit, "broken", NULL, verdict->state == EXPLAIN_BROKEN);
	if (verdict->state == EXPLAIN_BROKEN)
		emit_string(emit, "link", "BROKEN at ", verdict->name, 0);
	else
		emit_text(emit, "Verdict");
	emit_color(emit, EMIT_PLAIN);
	emit_string(emit, "text", ": ", verdict->text, 0);
	emit_string(emit, "advice", "\n=> ", verdict->advice, 0);
	emit_text(emit, "\n");
	emit_object_end(emit);
}

static void show_chain(struct cli *cli, const struct cli_event *subject, const struct explain_chain *chain,
		       const struct queue *queue, const char *name)
{
	struct emitter *emit = cli->emit;
	size_t i;

	emit_object(emit, "its");
	cli_show_its(cli, subject->its, queue);
	emit_object_end(emit);
	emit_id(emit, "device_id", "  DeviceID ", subject->device.device_id);
	emit_string(emit, "device", " (", name, 0);
	emit_number(emit, "event_id", "), EventID ", subject->event_id, 0);
	emit_text(emit, "\n");
	emit_array(emit, "links");
	for (i = 0; i < chain->count; i++) {
		emit_object(emit, NULL);
		/* The verdict says what to do about the first broken one. */
		show_link(cli, &chain->links[i], chain->links[i].state != EXPLAIN_OK &&
			  (cli->verbose || strcmp(chain->links[i].name, chain->verdict.name)));
		emit_object_end(emit);
	}
	emit_array_end(emit);
	show_verdict(cli, &chain->verdict);
}

static void ask_linux(struct names *names, const struct cli_event *subject, const struct replay_event *event,
		      struct explain_linux *linux)
{
	linux->system = names_system(names);
	linux->has_interrupts = names_has_interrupts(names);
	linux->interrupt = names_interrupt(names, subject->its, subject->device.device_id, subject->event_id,
					   event && event->known == REPLAY_MAPPED && event->has_pintid ?
					   &event->pintid : NULL);
	if (linux->interrupt)
		linux->has_effective = names_effective(names, linux->interrupt->irq, &linux->effective);
}

int explain_event(struct cli *cli, char **argv)
{
	struct explain_linux linux = { 0 };
	struct explain_chain chain;
	struct board_device claimed;
	struct names *names = NULL;
	struct route_map map;
	struct cli_event subject;
	char name[200] = "?";
	int err;

	err = cli_find_event(cli, argv[0], argv[1], &subject);
	if (err)
		return err;
	err = route_open(&map, &cli->memory, &cli->board, subject.its, NULL, NULL, &cli->error);
	if (err)
		return err;
	err = names_load(cli, &names);
	if (err)
		goto close;
	names_prefer(names, &subject.device);
	if (names_device(names, subject.its, subject.device.device_id, &claimed, &linux.driver)) {
		linux.device = &claimed;
		linux.device_name = board_device_name(&claimed, name, sizeof(name));
	}
	ask_linux(names, &subject, replay_event(&map.replay, subject.device.device_id, subject.event_id), &linux);
	/* While the driver posts, the ring and effective_affinity are of different moments: they need not agree. */
	linux.has_effective = linux.has_effective && route_is_quiet(&map);
	explain_route(&map, subject.device.device_id, subject.event_id, &linux, &chain);
	emit_wrap(cli->emit, 25);
	cli_document_begin(cli);
	show_chain(cli, &subject, &chain, &map.queue, name);
	cli_document_end(cli);
	/* The answer is on stdout: no message, as with an inject that did not arrive. */
	err = chain.verdict.state == EXPLAIN_BROKEN ? ITS_ERR_FAILED : 0;
close:
	names_free(names);
	route_close(&map);
	return err;
}
