// SPDX-License-Identifier: GPL-2.0-or-later
/* map: where do collections and vPEs send what is mapped to them? */
#include "map.h"

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

void map_show_collections(const struct map_view *view)
{
	const struct replay_collection *collection;
	struct emitter *emit = view->cli->emit;

	emit_array(emit, "collections");
	for (collection = view->map->replay.collections; collection; collection = collection->hh.next) {
		if (collection->known != REPLAY_MAPPED && !collection->table_differs && !view->cli->all)
			continue;
		emit_object(emit, NULL);
		emit_number(emit, "icid", "  collection ", collection->icid, 0);
		emit_string(emit, "state", NULL, map_known_name(collection->known), 0);
		if (collection->known == REPLAY_MAPPED) {
			emit_hex(emit, "rdbase", " -> RDbase ", collection->rdbase, 0);
			emit_text(emit, ": ");
			show_cpu(view, route_cpu_of(view->map, collection->rdbase));
		} else {
			emit_string(emit, NULL, "  ", map_known_name(collection->known), 0);
		}
		map_show_differs(emit, collection->table_differs, &collection->ring);
		emit_text(emit, "  [");
		map_show_source(emit, "source", &collection->source);
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
		if (vpe->known == REPLAY_UNMAPPED && !vpe->table_differs && !view->cli->all)
			continue;
		emit_object(emit, NULL);
		emit_number(emit, "vpeid", "  vPE ", vpe->vpeid, 0);
		emit_string(emit, "state", ": ", map_known_name(vpe->known), 0);
		if (vpe->has_rdbase) {
			emit_hex(emit, "rdbase", ", RDbase ", vpe->rdbase, 0);
			emit_text(emit, ", ");
			show_cpu(view, route_cpu_of(view->map, vpe->rdbase));
		}
		if (vpe->has_vpt) {
			emit_hex(emit, "vpt_addr", ", pending table ", vpe->vpt_addr, 0);
			emit_number(emit, "vpt_size", NULL, vpe->vpt_size, 0);
		}
		if (vpe->has_vconf)
			emit_hex(emit, "vconf_addr", ", configuration ", vpe->vconf_addr, 0);
		if (vpe->has_doorbell)
			emit_number(emit, "default_doorbell", ", doorbell ", vpe->doorbell, 0);
		map_show_differs(emit, vpe->table_differs, &vpe->ring);
		emit_text(emit, "  [");
		map_show_source(emit, "source", &vpe->source);
		emit_text(emit, "]\n");
		show_vsgis(emit, vpe);
		emit_object_end(emit);
	}
	emit_array_end(emit);
}
