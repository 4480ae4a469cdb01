// SPDX-License-Identifier: GPL-2.0-or-later
/* map: which event of which device goes to which LPI, CPU and Linux interrupt? */
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "map.h"

void map_row_read(const struct map_view *view, const struct replay_event *event, struct map_row *row)
{
	memset(row, 0, sizeof(*row));
	row->event = event;
	route_follow(view->map, event->device_id, event->event_id, &row->route);
	row->has_device = names_device(view->names, view->its, event->device_id, &row->device, &row->driver);
	row->has_cpu = row->route.cpu && names_cpu(view->names, row->route.cpu->affinity, &row->cpu) &&
		       row->cpu.source != BOARD_CPU_ABSENT;
	row->interrupt = names_interrupt(view->names, view->its, event->device_id, event->event_id,
					 event->known == REPLAY_MAPPED && event->has_pintid ? &event->pintid : NULL);
}

bool map_row_matches(const struct map_view *view, const struct map_row *row)
{
	const struct replay_event *event = row->event;
	bool mapped = event->known == REPLAY_MAPPED;
	const struct filter_facts facts = {
		.has_device = true, .device_id = event->device_id,
		.has_event = true, .event_id = event->event_id,
		.has_lpi = mapped && event->has_pintid, .lpi = event->pintid,
		.has_cpu = mapped && row->has_cpu, .cpu = row->cpu.cpu,
		.has_irq = row->interrupt, .irq = row->interrupt ? row->interrupt->irq : 0,
	};

	return filter_match(&view->filter, view->its, &facts);
}

static bool wanted(const struct map_view *view, const struct replay_event *event, struct map_row *row)
{
	if (event->known == REPLAY_UNMAPPED && !event->table_differs && !view->cli->all)
		return false;
	map_row_read(view, event, row);
	return map_row_matches(view, row);
}

/* A device of which no event is shown. */
static bool wanted_alone(const struct map_view *view, const struct replay_device *device)
{
	const struct filter_facts facts = { .has_device = true, .device_id = device->device_id };

	return (device->known == REPLAY_MAPPED || device->table_differs || view->cli->all) &&
	       filter_match(&view->filter, view->its, &facts);
}

/* Devices and events are both sorted by DeviceID: one walk over both. */
static void show_devices(const struct map_view *view)
{
	const struct replay_device *device = view->map->replay.devices;
	const struct replay_event *event = view->map->replay.events;
	struct emitter *emit = view->cli->emit;

	emit_array(emit, "devices");
	while (device || event) {
		const struct replay_device *owner = NULL;
		uint32_t id = device && (!event || device->device_id <= event->device_id) ?
			      device->device_id : event->device_id;
		const struct replay_event *first = event;
		struct map_row row;
		bool any = false;

		if (device && device->device_id == id) {
			owner = device;
			device = device->hh.next;
		}
		for (; event && event->device_id == id; event = event->hh.next)
			any = any || wanted(view, event, &row);
		if (!any && !(owner && wanted_alone(view, owner)))
			continue;
		emit_object(emit, NULL);
		map_show_device(view, owner, id);
		emit_array(emit, "events");
		for (; first != event; first = first->hh.next)
			if (wanted(view, first, &row))
				map_show_event(view, &row);
		emit_array_end(emit);
		emit_object_end(emit);
	}
	emit_array_end(emit);
}

/* How far the answer reaches. */
static void show_reach(const struct map_view *view)
{
	const struct route_map *map = view->map;
	struct emitter *emit = view->cli->emit;

	emit_object(emit, "history");
	emit_bool(emit, "read", NULL, map->has_ring);
	if (map->has_ring) {
		unsigned pending = queue_pending(&map->snapshot);
		emit_bool(emit, "whole", NULL, map->whole_ring);
		emit_number(emit, "pending", NULL, pending, 0);
		emit_bool(emit, "moved", NULL, map->snapshot.moved);
		emit_text(emit, map->whole_ring ? "  from the ring's history, which is whole" :
			  "  from the ring's history, whose beginning is overwritten");
		if (map->tables == ROUTE_TABLES_QEMU)
			emit_text(emit, ", and the ITS's tables");
		else if (map->tables == ROUTE_TABLES_KVM)
			emit_text(emit, ", and the ITS's tables as KVM saved them last");
		else if (!map->whole_ring)
			emit_text(emit, ": what came before is unknown");
		if (pending)
			emit_number(emit, NULL, "; not executed yet: ", pending, 0);
		if (map->snapshot.stalled)
			emit_text(emit, "; the ITS is STALLED");
		emit_text(emit, "\n");
	}
	emit_string(emit, "tables", NULL, map->tables == ROUTE_TABLES_QEMU ? "qemu" :
		    map->tables == ROUTE_TABLES_KVM ? "kvm" : "opaque", 0);
	if (map->tables == ROUTE_TABLES_OPAQUE && map->tables_error.code)
		emit_string(emit, "tables_error", view->cli->verbose ? "  tables: " : NULL, map->tables_error.message, 0);
	if (map->tables == ROUTE_TABLES_OPAQUE && view->cli->verbose)
		emit_text(emit, "\n");
	/* A page that cannot be read is told of at the end. */
	if (map->tables != ROUTE_TABLES_OPAQUE && map->tables_error.code) {
		emit_string(emit, "tables_error", map->pages.error.code ? NULL : "  tables: ", map->tables_error.message, 0);
		emit_text(emit, map->pages.error.code ? "" : "\n");
	}
	if (map->cpus_error.code) {
		emit_string(emit, "redistributors_error", "  CPUs are unknown: ", map->cpus_error.message, 0);
		emit_text(emit, "\n");
	}
	emit_object_end(emit);
}

static int map_one(struct cli *cli, size_t index, void *context)
{
	struct map_view view = { .cli = cli, .its = index };
	struct route_map map;
	int err;

	(void)context;
	err = route_open(&map, &cli->memory, &cli->board, index, NULL, NULL, &cli->error);
	if (!cli->dot)
		cli_show_its(cli, index, err ? NULL : &map.queue);
	if (err) {
		cli_show_error(cli);
		return err;
	}
	view.map = &map;
	err = filter_parse(cli, &view.filter);
	if (!err)
		err = names_load(cli, &view.names);
	if (!err && !map.has_ring && map.tables == ROUTE_TABLES_OPAQUE) {
		cli->error = map.ring_error;
		err = map.ring_error.code;
	}
	if (err) {
		cli_show_error(cli);
		goto close;
	}
	replay_sort(&map.replay);
	if (cli->dot) {
		map_show_dot(&view);
	} else {
		show_reach(&view);
		map_show_collections(&view);
		map_show_vpes(&view);
		show_devices(&view);
		if (map.pages.error.code) {
			emit_string(cli->emit, "memory_error", "  not all tables could be read: ", map.pages.error.message, 0);
			emit_text(cli->emit, "\n");
		}
	}
close:
	names_free(view.names);
	route_close(&map);
	return err;
}

static int run(struct cli *cli, int argc, char **argv)
{
	struct filter filter;
	size_t *list, count, failed;
	int status;

	(void)argc;
	(void)argv;
	if (cli->dot && cli->json)
		return its_error(&cli->error, ITS_ERR_USAGE, "--dot and --json are two formats: choose one");
	/* A mistake in it comes before any output. */
	status = filter_parse(cli, &filter);
	if (status)
		return status;
	status = cli_choose_its(cli, &list, &count);
	if (status)
		return status;
	if (cli->dot)
		emit_text(cli->emit, "digraph its {\n\trankdir=LR;\n\tnode [shape=box, fontname=monospace];\n");
	if (!cli->dot)
		emit_wrap(cli->emit, 8);
	cli_document_begin(cli);
	status = cli_show_each_its(cli, list, count, map_one, NULL, &failed);
	cli_document_end(cli);
	if (cli->dot)
		emit_text(cli->emit, "}\n");
	free(list);
	return status;
}

const struct cli_command cli_map = {
	.name = "map",
	.arguments = "",
	.summary = "which event goes to which LPI, CPU and Linux interrupt",
	.description =
		"Replays the executed part of the ring into the translations that are in force, and joins\n"
		"them with the LPI configuration and pending tables, the devices of the firmware, and\n"
		"/proc/interrupts. Behind each stands where it is known from; what was overwritten and\n"
		"stands in no table that can be read is '?', never guessed.",
	.max_arguments = 0,
	.needs_its = true,
	.run = run,
};
