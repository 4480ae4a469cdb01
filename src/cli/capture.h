/* SPDX-License-Identifier: GPL-2.0-or-later */
/* capture: what its text says beside the numbers, for people. */
#ifndef CLI_CAPTURE_H
#define CLI_CAPTURE_H

#include "cli.h"
#include "its/route.h"
#include "its/store.h"

/* What stands in a range of memory. */
enum capture_what { CAPTURE_FRAME, CAPTURE_RING, CAPTURE_TABLE };

struct capture_place {
	enum capture_what what;
	enum memory_kind kind;
	uint64_t base, size;
	char heading[100];
	/* Of a frame, and of a ring. */
	enum its_frame frame;
	bool v41, pta;
	enum its_layout layout;
};

struct capture_places {
	struct capture_place *list;
	size_t count, room;
	struct emitter *emit;		/* onto the note being written */
	FILE *out;
};

/* Notes what is behind @map: frames, ring, tables. False without memory. */
bool capture_places_add(struct capture_places *places, const struct route_map *map);
/* Once all were added. */
void capture_places_sort(struct capture_places *places);
void capture_places_free(struct capture_places *places);

/* Write @store to @out, called @path in errors; and to @path: to a file whole or not at all, and on its disk. */
int capture_to_stream(struct cli *cli, const struct store *store, struct capture_places *places, FILE *out,
		      const char *path);
int capture_to_file(struct cli *cli, const struct store *store, struct capture_places *places, const char *path);

/* For struct capture_notes. */
const char *capture_heading(void *context, enum memory_kind kind, uint64_t address);
void capture_note_register(void *context, FILE *out, const struct store_register *reg);
void capture_note_line(void *context, FILE *out, uint64_t address, const uint64_t words[4]);

#endif
