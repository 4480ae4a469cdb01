// SPDX-License-Identifier: GPL-2.0-or-later
/* map --dot: the translations as a graph. */
#include <stdio.h>

#include "map.h"

/* Names come from firmware and drivers: nothing of them may end the label. */
static void label(struct emitter *emit, const char *text)
{
	char one[2] = "";

	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			emit_text(emit, "\\");
		one[0] = (unsigned char)*text < ' ' ? ' ' : *text;
		emit_text(emit, one);
	}
}

static void device_node(const struct map_view *view, const struct map_row *row)
{
	struct emitter *emit = view->cli->emit;
	char name[200] = "?";

	if (row->has_device)
		names_device_text(&row->device, row->driver, name, sizeof(name));
	emit_textf(emit, "\t\"its%zu d%x\" [label=\"", view->its, row->event->device_id);
	label(emit, name);
	emit_textf(emit, "\\nDeviceID 0x%x\"];\n", row->event->device_id);
}

static void cpu_node(const struct map_view *view, const struct map_row *row, char *id, size_t size)
{
	bool nowhere = row->route.collection_known == REPLAY_UNMAPPED;
	struct emitter *emit = view->cli->emit;

	if (row->event->is_virtual) {
		snprintf(id, size, "its%zu vpe%u", view->its, row->event->vpeid);
		emit_textf(emit, "\t\"%s\" [label=\"vPE %u\", shape=ellipse];\n", id, row->event->vpeid);
	} else if (row->has_cpu) {
		snprintf(id, size, "cpu%u", row->cpu.cpu);
		emit_textf(emit, "\t\"%s\" [label=\"CPU %u%s\", shape=ellipse%s];\n", id, row->cpu.cpu,
			   row->cpu.online == BOARD_OFFLINE ? "\\nOFFLINE" : "",
			   row->cpu.online == BOARD_OFFLINE ? ", color=red" : "");
	} else if (row->event->has_icid) {
		snprintf(id, size, "its%zu c%u", view->its, row->event->icid);
		emit_textf(emit, "\t\"%s\" [label=\"collection %u\\n%s\", shape=ellipse, style=dashed%s];\n", id,
			   row->event->icid, nowhere ? "NOT MAPPED" : "CPU ?", nowhere ? ", color=red" : "");
	} else {
		snprintf(id, size, "its%zu ?", view->its);
		emit_textf(emit, "\t\"%s\" [label=\"?\", shape=ellipse, style=dashed];\n", id);
	}
}

static void event_node(const struct map_view *view, const struct map_row *row)
{
	const struct route_lpi *lpi = &row->route.lpi;
	const struct replay_event *event = row->event;
	struct emitter *emit = view->cli->emit;
	char cpu[60];

	cpu_node(view, row, cpu, sizeof(cpu));
	emit_textf(emit, "\t\"its%zu d%x e%u\" [label=\"", view->its, event->device_id, event->event_id);
	if (event->is_virtual && event->has_vintid)
		emit_textf(emit, "vLPI %u", event->vintid);
	else if (event->is_virtual)
		emit_text(emit, "vLPI ?");
	else if (event->has_pintid)
		emit_textf(emit, "LPI %u", event->pintid);
	else
		emit_text(emit, "LPI ?");
	if (lpi->has_config && !lpi->enabled)
		emit_text(emit, "\\nDISABLED");
	if (lpi->has_pending && lpi->pending)
		emit_text(emit, "\\nPENDING");
	if (row->interrupt) {
		emit_textf(emit, "\\nIRQ %u ", row->interrupt->irq);
		label(emit, row->interrupt->action);
	}
	emit_textf(emit, "\"%s];\n", lpi->has_config && !lpi->enabled ? ", color=orange" : "");
	emit_textf(emit, "\t\"its%zu d%x\" -> \"its%zu d%x e%u\" [label=\"%u\"];\n", view->its,
		   event->device_id, view->its, event->device_id, event->event_id, event->event_id);
	emit_textf(emit, "\t\"its%zu d%x e%u\" -> \"%s\";\n", view->its, event->device_id,
		   event->event_id, cpu);
}

void map_show_dot(const struct map_view *view)
{
	const struct replay_event *event;
	uint64_t last = UINT64_MAX;

	for (event = view->map->replay.events; event; event = event->hh.next) {
		struct map_row row;

		if (event->known != REPLAY_MAPPED)
			continue;
		map_row_read(view, event, &row);
		if (!map_row_matches(view, &row))
			continue;
		if (event->device_id != last)
			device_node(view, &row);
		last = event->device_id;
		event_node(view, &row);
	}
}
