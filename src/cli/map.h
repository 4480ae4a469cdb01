/* SPDX-License-Identifier: GPL-2.0-or-later */
/* map: what is known about one ITS, joined with what Linux calls it. */
#ifndef CLI_MAP_H
#define CLI_MAP_H

#include "its/route.h"
#include "names.h"

struct map_view {
	struct cli *cli;
	struct route_map *map;
	struct names *names;
	size_t its;			/* index in the board */
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

void map_row_read(const struct map_view *view, const struct replay_event *event, struct map_row *row);

/* What the events are mapped to. */
void map_show_collections(const struct map_view *view);
void map_show_vpes(const struct map_view *view);

/* Parts of a line. */
const char *map_known_name(enum replay_known known);
void map_show_source(struct emitter *emit, const char *key, const struct replay_source *source);
void map_show_differs(struct emitter *emit, bool differs, const struct replay_source *ring);

/* The same mapping as a graph for Graphviz: device -> event -> LPI -> CPU. */
void map_show_dot(const struct map_view *view);

#endif
