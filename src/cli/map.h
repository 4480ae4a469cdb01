/* SPDX-License-Identifier: GPL-2.0-or-later */
/* map: what is known about one ITS, joined with what Linux calls it. */
#ifndef CLI_MAP_H
#define CLI_MAP_H

#include "filter.h"
#include "its/route.h"
#include "names.h"

struct map_view {
	struct cli *cli;
	struct route_map *map;
	struct names *names;
	size_t its;			/* index in the board */
	struct filter filter;
};

/* One event, with all that belongs to it. */
struct map_row {
	const struct replay_event *event;
	struct route route;
	struct board_device device;
	bool has_device;
	const char *driver;		/* or NULL */
	bool has_cpu;
	struct board_cpu_identity cpu;
	const struct board_interrupt *interrupt;	/* or NULL; until the next row */
};

/* Joins @event with all that belongs to it. */
void map_row_read(const struct map_view *view, const struct replay_event *event, struct map_row *row);
/* True if the row is what --device, --event, --lpi, --cpu and --irq ask for. */
bool map_row_matches(const struct map_view *view, const struct map_row *row);

/* map_show.c: one of them, or all that the filter wants. @device may be NULL. */
void map_show_collections(const struct map_view *view);
void map_show_vpes(const struct map_view *view);
void map_show_device(const struct map_view *view, const struct replay_device *device,
		     uint32_t device_id);
void map_show_event(const struct map_view *view, const struct map_row *row);

/* The same mapping as a graph for Graphviz: device -> event -> LPI -> CPU. */
void map_show_dot(const struct map_view *view);

#endif
