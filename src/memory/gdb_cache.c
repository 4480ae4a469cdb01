// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * How is a ring of 64 KiB, which the lap reads and writes slot by slot, moved
 * over a wire on which each question takes up to milliseconds? By a copy of
 * it, read and written in large packets. Nobody but the ITS uses the ring
 * while the target is halted, and the ITS only reads it.
 */
#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "gdb.h"

/* A larger window is not copied: nobody writes to it slot by slot. */
#define RANGE_MAX (4u << 20)
/* Read at least this much: one packet of QEMU's. */
#define READ_AHEAD_WORDS 256u

enum { UNKNOWN, SAME, CHANGED };	/* a word, compared with the target's */

struct gdb_range {
	struct gdb_range *next;
	uint64_t base;
	bool fresh;			/* every read is made anew */
	size_t count;			/* words; 0: no copy */
	uint64_t *words;		/* as in memory: little-endian */
	uint8_t *states;
};

int gdb_range_new(struct gdb *gdb, const struct window *window, struct gdb_range **out,
		  struct its_error *error)
{
	struct gdb_range *range = calloc(1, sizeof(*range));

	*out = NULL;
	if (!range)
		return its_no_memory(error, "a window");
	range->base = window->base;
	range->fresh = gdb->way == GDB_MEM_AP;
	if (window->size <= RANGE_MAX) {
		range->count = (size_t)window->size / 8;
		range->words = malloc(range->count * 8);
		range->states = calloc(range->count, 1);
		if (!range->words || !range->states) {
			free(range->words);
			free(range->states);
			free(range);
			return its_no_memory(error, "a copy of 0x%llx bytes",
					 (unsigned long long)window->size);
		}
	}
	range->next = gdb->ranges;
	gdb->ranges = range;
	*out = range;
	return 0;
}

void gdb_range_free(struct gdb *gdb, struct gdb_range *range)
{
	struct gdb_range **link = &gdb->ranges;

	while (*link && *link != range)
		link = &(*link)->next;
	if (*link)
		*link = range->next;
	free(range->words);
	free(range->states);
	free(range);
}

static size_t run_length(const struct gdb_range *range, size_t first, size_t end, uint8_t state)
{
	size_t length = 0;

	while (first + length < end && range->states[first + length] == state)
		length++;
	return length;
}

/* Makes the words from @first to @end known. */
static int fetch(struct gdb *gdb, struct gdb_range *range, size_t first, size_t end,
		 struct its_error *error)
{
	int err;

	while (first < end) {
		size_t ahead, length = run_length(range, first, end, UNKNOWN);

		if (!length) {
			first++;
			continue;
		}
		ahead = range->count - first < READ_AHEAD_WORDS ? range->count : first + READ_AHEAD_WORDS;
		if (first + length < ahead)
			length = run_length(range, first, ahead, UNKNOWN);
		err = gdb_read(gdb, range->base + first * 8, &range->words[first], length * 8, error);
		if (err)
			return err;
		memset(&range->states[first], SAME, length);
		first += length;
	}
	return 0;
}

int gdb_range_read(struct gdb *gdb, struct gdb_range *range, uint64_t offset, uint64_t *words,
		   size_t count, struct its_error *error)
{
	size_t first = (size_t)offset / 8, i;
	int err;

	if (range->count && !range->fresh) {
		err = fetch(gdb, range, first, first + count, error);
		if (!err)
			memcpy(words, &range->words[first], count * 8);
	} else {
		err = gdb_read(gdb, range->base + offset, words, count * 8, error);
		/* What was gathered is the truth already. */
		for (i = 0; i < count && range->count; i++)
			if (range->states[first + i] == CHANGED)
				words[i] = range->words[first + i];
	}
	for (i = 0; i < count && !err; i++)
		words[i] = le64toh(words[i]);
	return err;
}

int gdb_range_write(struct gdb *gdb, struct gdb_range *range, uint64_t offset, uint64_t word,
		    struct its_error *error)
{
	size_t at = (size_t)offset / 8;

	word = htole64(word);
	if (!range->count)
		return gdb_write(gdb, range->base + offset, &word, 8, error);
	range->words[at] = word;
	range->states[at] = CHANGED;
	return 0;
}

static int flush(struct gdb *gdb, struct gdb_range *range, struct its_error *error)
{
	size_t first = 0;
	int err;

	while (first < range->count) {
		size_t length = run_length(range, first, range->count, CHANGED);

		if (!length) {
			first++;
			continue;
		}
		err = gdb_write(gdb, range->base + first * 8, &range->words[first], length * 8, error);
		if (err)
			return err;
		memset(&range->states[first], SAME, length);
		first += length;
	}
	return 0;
}

int gdb_ranges_flush(struct gdb *gdb, struct its_error *error)
{
	struct its_error failure = { 0 };
	struct gdb_range *range;
	int err = 0;

	if (gdb->unwritten.code && gdb->begun) {
		if (error)
			*error = gdb->unwritten;
		return gdb->unwritten.code;
	}
	for (range = gdb->ranges; range && !err; range = range->next)
		err = flush(gdb, range, &failure);
	if (err && error)
		*error = failure;
	if (err && !gdb->unwritten.code)
		gdb->unwritten = failure;
	return err;
}

static void forget(struct gdb *gdb)
{
	struct gdb_range *range;

	for (range = gdb->ranges; range; range = range->next)
		if (range->count)
			memset(range->states, UNKNOWN, range->count);
}

void gdb_ranges_renew(struct gdb *gdb)
{
	if (gdb->unwritten.code)
		forget(gdb);
	gdb->unwritten.code = 0;
	gdb->begun = false;
}

int gdb_ranges_forget(struct gdb *gdb, struct its_error *error)
{
	int err = gdb_ranges_flush(gdb, error);

	if (!err)
		forget(gdb);
	return err;
}
