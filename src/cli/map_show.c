// SPDX-License-Identifier: GPL-2.0-or-later
/* How map shows collections, vPEs, devices and their events. */
#include <string.h>

#include "map.h"

/* The same for what is no event: only a filter that asks for nothing else can mean it. */
static bool cpu_matches(const struct map_view *view, const struct route_cpu *cpu)
{
	struct filter_facts facts = { 0 };
	struct board_cpu_identity who;

	if (cpu && names_cpu(view->names, cpu->affinity, &who) && who.source != BOARD_CPU_ABSENT) {
		facts.has_cpu = true;
		facts.cpu = who.cpu;
	}
	return filter_match(&view->filter, view->its, &facts);
}

static const char *known_name(enum replay_known known)
{
	static const char *const names[] = { "unknown", "mapped", "unmapped" };

	return names[known];
}

/* " slot 12", " table", or " ?"; members source and slot. */
static void show_source(struct emitter *emit, const char *key, const struct replay_source *source)
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

static void show_cpu(const struct map_view *view, const struct route_cpu *cpu)
{
	struct board_cpu_identity who;
	struct emitter *emit = view->cli->emit;

	if (cpu && names_cpu(view->names, cpu->affinity, &who) && who.source != BOARD_CPU_ABSENT) {
		emit_number(emit, "cpu", "CPU ", who.cpu, 0);
		emit_bool(emit, "cpu_assumed", NULL, who.source == BOARD_CPU_ASSUMED);
		if (who.online == BOARD_OFFLINE)
			emit_text(emit, " (OFFLINE)");
		if (who.online != BOARD_ONLINE_UNKNOWN)
			emit_bool(emit, "cpu_online", NULL, who.online == BOARD_ONLINE);
	} else {
		emit_null(emit, "cpu");
		emit_text(emit, "CPU ?");
	}
	if (cpu)
		emit_hex(emit, "redistributor", ", redistributor ", cpu->redistributor.base, 0);
	else
		emit_null(emit, "redistributor");
}

/* "  (the ring says OTHERWISE: slot 12)": the ITS translates by its table, which has something else. */
static void show_differs(struct emitter *emit, bool differs, const struct replay_source *ring)
{
	emit_bool(emit, "table_differs", NULL, differs);
	if (!differs)
		return;
	emit_color(emit, EMIT_BAD);
	emit_number(emit, "ring_slot", "  (the ring says OTHERWISE: slot ", ring->slot, 0);
	emit_text(emit, ")");
	emit_color(emit, EMIT_PLAIN);
}

void map_show_collections(const struct map_view *view)
{
	const struct replay_collection *collection;
	struct emitter *emit = view->cli->emit;

	emit_array(emit, "collections");
	for (collection = view->map->replay.collections; collection; collection = collection->hh.next) {
		if ((collection->known != REPLAY_MAPPED && !view->cli->all) ||
		    !cpu_matches(view, route_cpu_of(view->map, collection->rdbase)))
			continue;
		emit_object(emit, NULL);
		emit_number(emit, "icid", "  collection ", collection->icid, 0);
		emit_string(emit, "state", NULL, known_name(collection->known), 0);
		if (collection->known == REPLAY_MAPPED) {
			emit_hex(emit, "rdbase", " -> RDbase ", collection->rdbase, 0);
			emit_text(emit, ": ");
			show_cpu(view, route_cpu_of(view->map, collection->rdbase));
		} else {
			emit_string(emit, NULL, "  ", known_name(collection->known), 0);
		}
		show_differs(emit, collection->table_differs, &collection->ring);
		emit_text(emit, "  [");
		show_source(emit, "source", &collection->source);
		emit_text(emit, "]\n");
		emit_object_end(emit);
	}
	emit_array_end(emit);
}

static void show_vsgis(struct emitter *emit, const struct replay_vpe *vpe)
{
	unsigned i;

	emit_array(emit, "vsgis");
	for (i = 0; i < 16; i++) {
		const struct replay_vsgi *vsgi = &vpe->vsgi[i];

		if (!vsgi->known)
			continue;
		emit_object(emit, NULL);
		emit_number(emit, "vsgi", "    vSGI ", i, 2);
		emit_bool(emit, "enabled", NULL, vsgi->enabled);
		emit_text(emit, vsgi->enabled ? "  enabled " : "  disabled");
		emit_hex(emit, NULL, "  priority ", vsgi->priority, 2);
		emit_number(emit, "priority", NULL, vsgi->priority, 0);
		emit_number(emit, "group", "  group ", vsgi->group1, 0);
		emit_number(emit, "slot", "  [slot ", vsgi->slot, 0);
		emit_text(emit, "]\n");
		emit_object_end(emit);
	}
	emit_array_end(emit);
}

void map_show_vpes(const struct map_view *view)
{
	struct emitter *emit = view->cli->emit;
	const struct replay_vpe *vpe;

	emit_array(emit, "vpes");
	for (vpe = view->map->replay.vpes; vpe; vpe = vpe->hh.next) {
		if ((vpe->known == REPLAY_UNMAPPED && !view->cli->all) ||
		    !cpu_matches(view, vpe->has_rdbase ? route_cpu_of_vpe(view->map, vpe) : NULL))
			continue;
		emit_object(emit, NULL);
		emit_number(emit, "vpeid", "  vPE ", vpe->vpeid, 0);
		emit_string(emit, "state", ": ", known_name(vpe->known), 0);
		if (vpe->has_rdbase) {
			emit_hex(emit, "rdbase", ", RDbase ", vpe->rdbase, 0);
			emit_text(emit, ", ");
			show_cpu(view, route_cpu_of_vpe(view->map, vpe));
		}
		if (vpe->has_vpt) {
			emit_hex(emit, "vpt_addr", ", pending table ", vpe->vpt_addr, 0);
			emit_number(emit, "vpt_size", NULL, vpe->vpt_size, 0);
		}
		if (vpe->has_vconf)
			emit_hex(emit, "vconf_addr", ", configuration ", vpe->vconf_addr, 0);
		if (vpe->has_doorbell)
			emit_number(emit, "default_doorbell", ", doorbell ", vpe->doorbell, 0);
		show_differs(emit, vpe->table_differs, &vpe->ring);
		emit_text(emit, "  [");
		show_source(emit, "source", &vpe->source);
		emit_text(emit, "]\n");
		show_vsgis(emit, vpe);
		emit_object_end(emit);
	}
	emit_array_end(emit);
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

static void show_virtual(struct emitter *emit, const struct replay_event *event)
{
	emit_number(emit, "vpeid", " -> vPE ", event->vpeid, 0);
	if (event->has_vintid) {
		emit_number(emit, "vintid", ", vLPI ", event->vintid, 0);
	} else {
		emit_null(emit, "vintid");
		emit_text(emit, ", vLPI ?");
	}
	if (!event->has_doorbell)
		emit_null(emit, "dbell_pintid");
	else
		emit_number(emit, "dbell_pintid", event->doorbell == ITS_NO_DOORBELL ? NULL : ", doorbell LPI ",
			    event->doorbell, 0);
}

void map_show_event(const struct map_view *view, const struct map_row *row)
{
	const struct replay_event *event = row->event;
	struct emitter *emit = view->cli->emit;

	emit_object(emit, NULL);
	emit_id(emit, "device_id", NULL, event->device_id);
	emit_number(emit, "event_id", "    EventID ", event->event_id, 3);
	emit_string(emit, "state", NULL, known_name(event->known), 0);
	if (event->known != REPLAY_MAPPED) {
		emit_string(emit, NULL, " ", event->known == REPLAY_UNMAPPED ? "unmapped" :
			    "seen in INT or INV, its mapping unknown", 0);
	} else if (event->is_virtual) {
		show_virtual(emit, event);
	} else {
		show_physical(emit, row);
	}
	show_interrupt(emit, row, view->cli->verbose);
	show_differs(emit, event->table_differs, &event->ring);
	emit_text(emit, "  [");
	show_source(emit, "source", &event->source);
	if (event->known == REPLAY_MAPPED && event->moved.origin == REPLAY_RING &&
	    (event->source.origin != REPLAY_RING || event->moved.slot != event->source.slot)) {
		emit_text(emit, ", moved ");
		show_source(emit, "moved", &event->moved);
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
	bool absent = board_system_lacks(system, who);
	bool proxy = its_register_get(GITS_TYPER, "Virtual", typer) &&
		     who->device_id == (UINT64_C(2) << its_register_get(GITS_TYPER, "Devbits", typer)) - 1;

	if (absent)
		emit_text(view->cli->emit, proxy ? " (no such device: Linux's own, for vPEs)" : " (no such device)");
	emit_bool(view->cli->emit, "absent", NULL, absent);
}

void map_show_device(const struct map_view *view, const struct replay_device *device,
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
	emit_string(emit, "state", NULL, known_name(device ? device->known : REPLAY_UNKNOWN), 0);
	if (device && device->has_itt) {
		emit_hex(emit, "itt_addr", "  ITT ", device->itt_addr, 0);
		emit_number(emit, "event_id_bits", ", EventID bits ", device->event_bits, 0);
	} else {
		emit_text(emit, device && device->known == REPLAY_UNMAPPED ? "  unmapped" : "  its MAPD is not in the ring");
	}
	if (device)
		show_differs(emit, device->table_differs, &device->ring);
	if (device && device->source.origin != REPLAY_NOWHERE) {
		emit_text(emit, "  [");
		show_source(emit, "source", &device->source);
		emit_text(emit, "]");
	}
	emit_text(emit, "\n");
}
