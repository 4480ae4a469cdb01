// SPDX-License-Identifier: GPL-2.0-or-later
/* map: which event of which device goes to which LPI, CPU and Linux interrupt? */
#include <stdlib.h>
#include <string.h>

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

const char *map_known_name(enum replay_known known)
{
	static const char *const names[] = { "unknown", "mapped", "unmapped" };

	return names[known];
}

/* " slot 12", " table", or " ?"; members source and slot. */
void map_show_source(struct emitter *emit, const char *key, const struct replay_source *source)
{
	emit_object(emit, key);
	switch (source->origin) {
	case REPLAY_RING:
		emit_string(emit, "origin", NULL, "ring", 0);
		emit_number(emit, "slot", "slot ", source->slot, 0);
		break;
	case REPLAY_TABLE:
		emit_string(emit, "origin", "", "table", 0);
		break;
	case REPLAY_NOWHERE:
		emit_null(emit, "origin");
		emit_text(emit, "?");
		break;
	}
	emit_object_end(emit);
}

/* "  (the ring says OTHERWISE: slot 12)": the ITS translates by its table, which has something else. */
void map_show_differs(struct emitter *emit, bool differs, const struct replay_source *ring)
{
	emit_bool(emit, "table_differs", NULL, differs);
	if (!differs)
		return;
	emit_color(emit, EMIT_BAD);
	emit_number(emit, "ring_slot", "  (the ring says OTHERWISE: slot ", ring->slot, 0);
	emit_text(emit, ")");
	emit_color(emit, EMIT_PLAIN);
}

static void show_interrupt(struct emitter *emit, const struct map_row *row, bool names_cpus)
{
	const struct board_interrupt *interrupt = row->interrupt;
	unsigned i;

	if (!interrupt) {
		emit_null(emit, "interrupt");
		return;
	}
	emit_object(emit, "interrupt");
	emit_number(emit, "irq", "  IRQ ", interrupt->irq, 0);
	emit_string(emit, "chip", NULL, interrupt->chip, 0);
	emit_number(emit, "hwirq", NULL, interrupt->hwirq, 0);
	emit_string(emit, "action", " ", *interrupt->action ? interrupt->action : "(no handler)", 0);
	emit_number(emit, "count", ": ", interrupt->count, 0);
	emit_array(emit, "per_cpu");
	for (i = 0; i < interrupt->cpus && i < 64; i++) {
		if (!interrupt->per_cpu[i])
			continue;
		emit_object(emit, NULL);
		if (names_cpus) {
			emit_number(emit, NULL, " CPU", interrupt->cpu[i], 0);
			emit_number(emit, NULL, ":", interrupt->per_cpu[i], 0);
		}
		emit_number(emit, "cpu", NULL, interrupt->cpu[i], 0);
		emit_number(emit, "count", NULL, interrupt->per_cpu[i], 0);
		emit_object_end(emit);
	}
	emit_array_end(emit);
	emit_object_end(emit);
}

/* "enabled 0xa0 PENDING", or what is not known of it. */
static void show_lpi(struct emitter *emit, const struct route_lpi *lpi)
{
	if (lpi->has_config) {
		emit_bool(emit, "enabled", NULL, lpi->enabled);
		if (!lpi->enabled)
			emit_color(emit, EMIT_WARN);
		emit_text(emit, lpi->enabled ? "  enabled " : "  DISABLED");
		if (!lpi->enabled)
			emit_color(emit, EMIT_PLAIN);
		emit_number(emit, "priority", NULL, lpi->priority, 0);
		emit_hex(emit, NULL, " prio ", lpi->priority, 2);
	} else {
		emit_null(emit, "enabled");
		emit_null(emit, "priority");
		emit_text(emit, "  enabled? prio ?   ");
	}
	if (!lpi->has_pending) {
		emit_null(emit, "pending");
		return;
	}
	emit_bool(emit, "pending", NULL, lpi->pending);
	if (!lpi->pending)
		return;
	emit_color(emit, EMIT_WARN);
	emit_text(emit, " PENDING");
	emit_color(emit, EMIT_PLAIN);
}

static void show_physical(struct emitter *emit, const struct map_row *row)
{
	const struct replay_event *event = row->event;

	if (event->has_pintid) {
		emit_number(emit, "pintid", " -> LPI ", event->pintid, 0);
	} else {
		emit_null(emit, "pintid");
		emit_text(emit, " -> LPI ?   ");
	}
	if (event->has_icid) {
		emit_number(emit, "icid", "  collection ", event->icid, 0);
	} else {
		emit_null(emit, "icid");
		emit_text(emit, "  collection ?");
	}
	if (row->has_cpu) {
		emit_number(emit, "cpu", "  CPU ", row->cpu.cpu, 0);
		if (row->cpu.online == BOARD_OFFLINE)
			emit_text(emit, " (OFFLINE)");
	} else {
		emit_null(emit, "cpu");
		/* What is known not to be is no question. */
		emit_text(emit, event->has_icid && row->route.collection_known == REPLAY_UNMAPPED ?
			  " (NOT MAPPED)" : "  CPU ?");
	}
	show_lpi(emit, &row->route.lpi);
}

static void show_event(const struct map_view *view, const struct map_row *row)
{
	const struct replay_event *event = row->event;
	struct emitter *emit = view->cli->emit;

	emit_object(emit, NULL);
	emit_id(emit, "device_id", NULL, event->device_id);
	emit_number(emit, "event_id", "    EventID ", event->event_id, 3);
	emit_string(emit, "state", NULL, map_known_name(event->known), 0);
	if (event->known != REPLAY_MAPPED) {
		emit_string(emit, NULL, " ", event->known == REPLAY_UNMAPPED ? "unmapped" :
			    "seen in INT or INV, its mapping unknown", 0);
	} else if (event->is_virtual) {
		emit_number(emit, "vpeid", " -> vPE ", event->vpeid, 0);
		emit_number(emit, "vintid", ", vLPI ", event->vintid, 0);
		emit_number(emit, "dbell_pintid", event->doorbell == 1023 ? NULL : ", doorbell LPI ", event->doorbell, 0);
	} else {
		show_physical(emit, row);
	}
	show_interrupt(emit, row, view->cli->verbose);
	map_show_differs(emit, event->table_differs, &event->ring);
	emit_text(emit, "  [");
	map_show_source(emit, "source", &event->source);
	if (event->moved.origin == REPLAY_RING &&
	    (event->source.origin != REPLAY_RING || event->moved.slot != event->source.slot)) {
		emit_text(emit, ", moved ");
		map_show_source(emit, "moved", &event->moved);
	}
	emit_text(emit, "]\n");
	emit_object_end(emit);
}

/*
 * An msi-map names an address for every RID: is there a device? Linux gives the
 * last DeviceID of a GICv4.0 to itself, to move its vPEs by (its_init_vpe_domain()).
 */
static void show_absence(const struct map_view *view, const struct board_device *who)
{
	const struct board_system *system = names_system(view->names);
	uint64_t typer = view->map->queue.typer;
	bool absent = who->is_pci && system->n_devices &&
		      (system->devices[0].is_pci || system->devices[system->n_devices - 1].is_pci) &&
		      !board_system_device(system, who);
	bool proxy = its_register_get(GITS_TYPER, "Virtual", typer) &&
		     who->device_id == (UINT64_C(2) << its_register_get(GITS_TYPER, "Devbits", typer)) - 1;

	if (absent)
		emit_text(view->cli->emit, proxy ? " (no such device: Linux's own, for vPEs)" : " (no such device)");
	emit_bool(view->cli->emit, "absent", NULL, absent);
}

static void show_device_head(const struct map_view *view, const struct replay_device *device,
			     uint32_t device_id)
{
	struct emitter *emit = view->cli->emit;
	struct board_device who;
	const char *driver;
	bool claimed = names_device(view->names, view->its, device_id, &who, &driver);

	emit_color(emit, EMIT_BOLD);
	emit_id(emit, "device_id", "  DeviceID ", device_id);
	names_show_device(emit, "  ", claimed ? &who : NULL, claimed ? driver : NULL, 0);
	emit_color(emit, EMIT_PLAIN);
	if (claimed)
		show_absence(view, &who);
	emit_string(emit, "state", NULL, map_known_name(device ? device->known : REPLAY_UNKNOWN), 0);
	if (device && device->has_itt) {
		emit_hex(emit, "itt_addr", "  ITT ", device->itt_addr, 0);
		emit_number(emit, "event_id_bits", ", EventID bits ", device->event_bits, 0);
	} else {
		emit_text(emit, device && device->known == REPLAY_UNMAPPED ? "  unmapped" : "  its MAPD is not in the ring");
	}
	if (device)
		map_show_differs(emit, device->table_differs, &device->ring);
	if (device && device->source.origin != REPLAY_NOWHERE) {
		emit_text(emit, "  [");
		map_show_source(emit, "source", &device->source);
		emit_text(emit, "]");
	}
	emit_text(emit, "\n");
}

static bool wanted(const struct map_view *view, const struct replay_event *event)
{
	return event->known != REPLAY_UNMAPPED || event->table_differs || view->cli->all;
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
		bool any = false;

		if (device && device->device_id == id) {
			owner = device;
			device = device->hh.next;
		}
		for (; event && event->device_id == id; event = event->hh.next)
			any |= wanted(view, event);
		if (!any && !(owner && (owner->known == REPLAY_MAPPED || owner->table_differs || view->cli->all)))
			continue;
		emit_object(emit, NULL);
		show_device_head(view, owner, id);
		emit_array(emit, "events");
		for (; first != event; first = first->hh.next) {
			struct map_row row;

			if (!wanted(view, first))
				continue;
			map_row_read(view, first, &row);
			show_event(view, &row);
		}
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
		bool whole = queue_history_is_whole(&map->snapshot);

		emit_bool(emit, "whole", NULL, whole);
		emit_number(emit, "pending", NULL, pending, 0);
		emit_bool(emit, "moved", NULL, map->snapshot.moved);
		emit_text(emit, whole ? "  from the ring's history, which is whole" :
			  "  from the ring's history, whose beginning is overwritten");
		if (map->tables == ROUTE_TABLES_QEMU)
			emit_text(emit, ", and the ITS's tables");
		else if (map->tables == ROUTE_TABLES_KVM)
			emit_text(emit, ", and the ITS's tables as KVM saved them last");
		else if (!whole)
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

static int map_one(struct cli *cli, size_t index)
{
	struct map_view view = { .cli = cli, .its = index };
	struct route_map map;
	int err;

	err = route_open(&map, &cli->memory, &cli->board, index, NULL, NULL, &cli->error);
	if (!cli->dot)
		cli_show_its(cli, index, err ? NULL : &map.queue);
	if (err) {
		cli_show_error(cli);
		return err;
	}
	view.map = &map;
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
	size_t *list, count, failed;
	int status;

	(void)argc;
	(void)argv;
	if (cli->dot && cli->json)
		return its_error(&cli->error, ITS_ERR_USAGE, "--dot and --json are two formats: choose one");
	status = cli_choose_its(cli, &list, &count);
	if (status)
		return status;
	if (cli->dot)
		emit_text(cli->emit, "digraph its {\n\trankdir=LR;\n\tnode [shape=box, fontname=monospace];\n");
	cli_document_begin(cli);
	status = cli_show_each_its(cli, list, count, map_one, &failed);
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
