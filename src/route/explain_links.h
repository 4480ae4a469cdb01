/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How the links of the chain are said; shared by the files that make them. */
#ifndef EXPLAIN_LINKS_H
#define EXPLAIN_LINKS_H

#include "its/explain.h"

struct explain_walk {
	struct route_map *map;
	const struct explain_linux *linux;
	struct explain_chain *chain;
	struct route route;
};

/* Adds a link, and the way out to the newest one. */
void explain_say(struct explain_walk *walk, const char *name, enum explain_state state,
		 const char *format, ...) __attribute__((format(printf, 4, 5)));
void explain_advise(struct explain_walk *walk, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* "slot 12", "the ITS's table". Returns @buffer. */
const char *explain_source(const struct replay_source *source, char *buffer, size_t size);

/* explain_its.c: from the doorbell to the LPI. explain_lpi.c: from the LPI to the CPU. */
void explain_its_links(struct explain_walk *walk);
void explain_lpi_links(struct explain_walk *walk);

#endif
