/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What was read of a machine, held in memory: registers, words of RAM, how
 * they were reached, what was refused and why, and the texts beside them.
 * Filled from a machine or from a capture's text: its/capture.h.
 */
#ifndef ITS_STORE_H
#define ITS_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "its/memory.h"

#define STORE_PAGE_BYTES 4096u
#define STORE_PAGE_WORDS (STORE_PAGE_BYTES / 8)

/*
 * A capture may come from a stranger. 256 MiB of RAM hold every ring and table
 * there is; the other limits are far above what a machine of 4096 CPUs needs.
 */
#define STORE_PAGES_MAX 65536u
#define STORE_ITEMS_MAX (1u << 20)	/* registers, ranges, refusals and fills, of each so many */

struct store_register {
	uint64_t address;
	unsigned width;			/* bits: 32 or 64 */
	uint64_t value;
	bool moves;			/* a second look found another value */
	uint64_t second;
	unsigned reads;			/* since the capture was opened */
};

/* Memory that was reached. */
struct store_range {
	enum memory_kind kind;
	uint64_t base, size;
	const char *via;		/* window.via */
};

enum store_refused { STORE_OPEN, STORE_READ };

/*
 * What was not to be had: @count ranges of @size bytes one behind the other,
 * each with the same words. A STORE_ADDRESS in them stands for the range's base.
 */
struct store_refusal {
	enum store_refused what;
	enum memory_kind kind;
	uint64_t base, size, count;
	int code;
	const char *message, *hint;
};
#define STORE_ADDRESS '\a'

/* Words that are all the same. */
struct store_fill {
	uint64_t base, size, value;
	unsigned line;			/* of the capture; 0: none */
};

struct store_page {
	uint64_t base;
	/* A bit for each word: it was read; and it is needed, else it was read along with others. */
	uint64_t held[STORE_PAGE_WORDS / 64], used[STORE_PAGE_WORDS / 64];
	uint64_t words[STORE_PAGE_WORDS];
};

/* One view of RAM. */
struct store_ram {
	void *pages;			/* tree of struct store_page, by base */
	size_t n_pages;
	struct store_fill *fills;
	size_t n_fills, room;
};

/* A text of the source's, or why it has none. */
struct store_file {
	bool has, refused;
	char *data;
	size_t size;
	struct its_error error;
};

struct store {
	void *registers;		/* tree of struct store_register, by address and width */
	size_t n_registers;
	struct store_ram cached, uncached;
	struct store_range *ranges;
	size_t n_ranges, ranges_room;
	struct store_refusal *refusals;
	size_t n_refusals, refusals_room;
	struct store_file files[MEMORY_FILES];
	bool partial;			/* of a source that holds what somebody saved: see memory_ops */
	bool cut;			/* there was no room for all that was read */
	bool of_cut;			/* nor is what it was read of whole: see memory */
	struct memory_told told;
	/* Interned, or NULL: where it comes from, for people. */
	const char *tool, *time, *kernel, *source;
	void *strings;			/* tree */
};

/* NULL without memory. */
struct store *store_new(void);
void store_free(struct store *store);

/* The same text as a string that lives as long as the store; NULL without memory. */
const char *store_string(struct store *store, const char *text, size_t length);

/* NULL: not there. */
struct store_register *store_register(const struct store *store, uint64_t address, unsigned width);
/* A new register, of value 0; NULL if there are too many, or no memory. */
struct store_register *store_register_add(struct store *store, uint64_t address, unsigned width);

/* MEMORY_RAM or MEMORY_RAM_UNCACHED. */
struct store_ram *store_ram(struct store *store, enum memory_kind kind);

/* Replaces words; false if there are too many, or no memory. @address is aligned to 8. They are not used yet. */
bool store_put(struct store_ram *ram, uint64_t address, const uint64_t *words, size_t count);
/* What is held of these bytes is used: no other words go into a capture's text. */
void store_use(struct store_ram *ram, uint64_t address, uint64_t size);
/* The word itself, or NULL; words in a fill are not held. */
uint64_t *store_word(const struct store_ram *ram, uint64_t address);
bool store_is_used(const struct store_ram *ram, uint64_t address);
bool store_fill(struct store_ram *ram, const struct store_fill *fill);

/*
 * @count words as they were read; *missing: the first that is not there. After
 * store_finish() words of a fill are there too, and an uncached word that does
 * not differ from the cached one.
 */
bool store_read(const struct store *store, enum memory_kind kind, uint64_t address,
		uint64_t *words, size_t count, uint64_t *missing);

/* False if there are too many, or no memory. */
bool store_reached(struct store *store, enum memory_kind kind, uint64_t base, uint64_t size,
		   const char *via);
bool store_refuse(struct store *store, enum store_refused what, enum memory_kind kind,
		  uint64_t base, uint64_t size, const struct its_error *error);
bool store_refuse_many(struct store *store, const struct store_refusal *refusal);

/*
 * The whole pages of cached RAM, ascending, joined, malloc'd. A page that a fill
 * covers all through is none of them: its size is a stranger's word, and nothing
 * but one number is in it. After store_finish().
 */
int store_pages(const struct store *store, struct memory_range **list, size_t *count, struct its_error *error);

/* A copy of the text, malloc'd, with a NUL behind it; or the error that was met instead. */
int store_file_copy(const struct store_file *file, char **data, size_t *size, struct its_error *error);

/*
 * Sorts and joins. Before it nothing of ranges, refusals and fills is found.
 * ITS_ERR_INPUT if fills contradict each other.
 */
int store_finish(struct store *store, struct its_error *error);

/* How all of a range was reached; NULL: it was not. */
const char *store_via(const struct store *store, enum memory_kind kind, uint64_t base, uint64_t size);
/* Why exactly this range was refused: sets @error and returns its code; ITS_OK: it was not. */
int store_refused(const struct store *store, enum store_refused what, enum memory_kind kind,
		  uint64_t base, uint64_t size, struct its_error *error);
/* The words of the refusal @index in its count. */
void store_refusal_error(const struct store_refusal *refusal, uint64_t index, struct its_error *error);

#endif
