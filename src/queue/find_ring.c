// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Where in all this memory are the rings? Most pages are told from a ring by
 * their first word: in the low byte no opcode, or bits set that the opcode
 * reserves. What passes is looked at slot by slot.
 */
#include <stdlib.h>
#include <string.h>

#include "its/queue.h"

#define PAGE_BYTES 4096u
#define PAGE_WORDS (PAGE_BYTES / 8)
#define PAGE_SLOTS (PAGE_BYTES / ITS_COMMAND_BYTES)
#define LINUX_PAGES 16u			/* ITS_CMD_QUEUE_SZ: 64 KiB */
#define RING_PAGES 256u			/* GITS_CBASER.Size has 8 bits: 1 MiB */
#define CHUNK_PAGES 64u			/* read at a time */
#define CONFIDENT 35u			/* percent: less is not shown */
#define SURE 50u			/* percent: what lies inside needs no look of its own */

struct finder {
	struct memory *memory;
	struct queue_search *search;
	uint64_t reserved[256];		/* by opcode: bits of DW0 that must be clear; all for an unknown one */
	uint64_t *chunk;		/* CHUNK_PAGES */
	uint64_t (*run)[ITS_COMMAND_WORDS];	/* RING_PAGES */
};

static void fill_reserved(struct finder *finder)
{
	unsigned opcode;

	for (opcode = 0; opcode < 256; opcode++) {
		uint64_t words[ITS_COMMAND_WORDS] = { ~UINT64_C(0xff) | opcode };
		uint64_t v40[ITS_COMMAND_WORDS], v41[ITS_COMMAND_WORDS];

		its_command_reserved(words, ITS_LAYOUT_V40, v40);
		its_command_reserved(words, ITS_LAYOUT_V41, v41);
		finder->reserved[opcode] = its_command_by_opcode(opcode) ? v40[0] & v41[0] : ~UINT64_C(0);
	}
}

/* The first word, or that of slot 2 where the driver was just clearing one or two slots. */
static inline bool may_begin(const struct finder *finder, const uint64_t *page)
{
	uint64_t word = page[0] ? page[0] : page[2 * ITS_COMMAND_WORDS];

	return word && !(word & finder->reserved[word & 0xff]);
}

/* True if every slot of @page is unused or a command, but for a few that a user may have made up. */
static bool is_page(const struct finder *finder, const uint64_t (*page)[ITS_COMMAND_WORDS], bool *used)
{
	unsigned i, n = 0, bad = 0;

	for (i = 0; i < PAGE_SLOTS; i++) {
		const uint64_t *words = page[i];

		if (its_command_is_empty(words))
			continue;
		n++;
		bad += (words[0] & finder->reserved[its_command_opcode(words)]) != 0 || !words[0];
		if (bad > 1 + n / 16 && i >= 8)
			return false;
	}
	*used = n;
	return bad <= n / 8;
}

static int read_pages(struct finder *finder, uint64_t base, unsigned pages, uint64_t *words,
		      struct its_error *error)
{
	struct window window;
	int err;

	err = window_open(&window, finder->memory, base, (uint64_t)pages * PAGE_BYTES, MEMORY_RAM, false, error);
	if (err)
		return err;
	err = window_read_words(&window, 0, words, (size_t)pages * PAGE_WORDS, error);
	window_close(&window);
	return err;
}

/* Reads into finder->run what could be a ring at @base: so many pages. */
static unsigned read_run(struct finder *finder, uint64_t base, unsigned limit)
{
	unsigned pages = 0, used_pages = 0, i;
	bool whole = !read_pages(finder, base, limit, finder->run[0], NULL);

	for (i = 0; i < limit; i++) {
		bool used;

		if (!whole && read_pages(finder, base + (uint64_t)i * PAGE_BYTES, 1,
					 finder->run[(size_t)i * PAGE_SLOTS], NULL))
			break;
		if (!is_page(finder, (const uint64_t (*)[ITS_COMMAND_WORDS])&finder->run[(size_t)i * PAGE_SLOTS], &used))
			break;
		pages++;
		if (used)
			used_pages = pages;
		else if (pages - used_pages >= LINUX_PAGES)
			break;
	}
	return used_pages <= LINUX_PAGES && pages > LINUX_PAGES ? LINUX_PAGES : used_pages > LINUX_PAGES ? used_pages : pages;
}

/* A second ring right behind a full one: where a block begins as Linux sets an ITS up. */
static unsigned cut_run(const struct finder *finder, unsigned pages)
{
	unsigned i, size = LINUX_PAGES;

	for (i = LINUX_PAGES; i < pages; i += LINUX_PAGES) {
		const uint64_t (*block)[ITS_COMMAND_WORDS] =
			(const uint64_t (*)[ITS_COMMAND_WORDS])&finder->run[(size_t)i * PAGE_SLOTS];

		if (its_command_opcode(block[0]) == ITS_MAPC && its_command_opcode(block[1]) == ITS_SYNC &&
		    its_command_opcode(block[2]) == ITS_INVALL)
			return i;
	}
	if (pages <= LINUX_PAGES)
		return pages;
	while (size * 2 <= pages)
		size *= 2;
	return size;
}

/* Keeps the better one of two that overlap, and the best QUEUE_RINGS_MAX; true if @ring was kept. */
static bool keep(struct queue_search *search, const struct queue_ring *ring)
{
	uint64_t end = ring->base + (uint64_t)ring->shape.slots * ITS_COMMAND_BYTES;
	size_t i, worst = 0;

	for (i = 0; i < search->n_rings; i++) {
		struct queue_ring *other = &search->rings[i];

		if (other->shape.confidence < search->rings[worst].shape.confidence)
			worst = i;
		if (other->base >= end || ring->base - other->base >= (uint64_t)other->shape.slots * ITS_COMMAND_BYTES)
			continue;
		if (other->shape.confidence >= ring->shape.confidence)
			return false;
		*other = *ring;
		return true;
	}
	if (search->n_rings < QUEUE_RINGS_MAX)
		worst = search->n_rings++;
	else if (search->rings[worst].shape.confidence >= ring->shape.confidence)
		return false;
	search->rings[worst] = *ring;
	return true;
}

/* Looks at what begins at @base closely; the pages that need no look of their own. */
static int look(struct finder *finder, uint64_t base, unsigned *pages, struct its_error *error)
{
	uint64_t aligned = base & -base;
	unsigned limit = aligned >= RING_PAGES * PAGE_BYTES ? RING_PAGES :
			 aligned <= LINUX_PAGES * PAGE_BYTES ? LINUX_PAGES : (unsigned)(aligned / PAGE_BYTES);
	struct queue_ring ring = { .base = base };

	*pages = 1;
	/* A buddy allocator aligns a block to its size; so do the drivers that are not Linux's. */
	limit = cut_run(finder, read_run(finder, base, limit));
	if (!limit)
		return 0;
	if (!queue_shape((const uint64_t (*)[ITS_COMMAND_WORDS])finder->run, limit * PAGE_SLOTS, &ring.shape))
		return its_no_memory(error, "the block at 0x%llx", (unsigned long long)base);
	/* Pages of a copy (this tool makes one) lie about in memory, in any order. */
	if (limit < LINUX_PAGES)
		ring.shape.confidence = ring.shape.confidence * 8 / 10;
	if (base % (LINUX_PAGES * PAGE_BYTES))
		ring.shape.confidence = ring.shape.confidence * 9 / 10;
	if (ring.shape.confidence < CONFIDENT || !keep(finder->search, &ring))
		return 0;
	if (ring.shape.confidence >= SURE)
		*pages = limit;
	return 0;
}

/* @pages of @base, in finder->chunk; *next is where to go on. */
static int search_chunk(struct finder *finder, uint64_t base, unsigned pages, uint64_t *next,
			struct its_error *error)
{
	unsigned i, step;
	int err;

	*next = base + (uint64_t)pages * PAGE_BYTES;
	for (i = 0; i < pages; i += step) {
		const uint64_t *page = finder->chunk + (size_t)i * PAGE_WORDS;
		bool used;

		step = 1;
		if (!may_begin(finder, page))
			continue;
		if (!is_page(finder, (const uint64_t (*)[ITS_COMMAND_WORDS])page, &used) || !used)
			continue;
		err = look(finder, base + (uint64_t)i * PAGE_BYTES, &step, error);
		if (err)
			return err;
	}
	/* A ring may reach into the next chunk. */
	*next = base + (uint64_t)i * PAGE_BYTES;
	return 0;
}

static int search_range(struct finder *finder, uint64_t base, uint64_t end, struct its_error *error)
{
	int err = 0;

	while (!err && base < end && end - base >= PAGE_BYTES) {
		uint64_t left = (end - base) / PAGE_BYTES;
		unsigned pages = left < CHUNK_PAGES ? (unsigned)left : CHUNK_PAGES, i;

		if (read_pages(finder, base, pages, finder->chunk, NULL))
			for (i = 0; i < pages; i++) {
				uint64_t *page = finder->chunk + (size_t)i * PAGE_WORDS;

				if (!read_pages(finder, base + (uint64_t)i * PAGE_BYTES, 1, page, NULL))
					continue;
				memset(page, 0, PAGE_BYTES);
				finder->search->unreadable += PAGE_BYTES;
			}
		finder->search->bytes += (uint64_t)pages * PAGE_BYTES;
		err = search_chunk(finder, base, pages, &base, error);
	}
	return err;
}

static int by_confidence(const void *a, const void *b)
{
	const struct queue_ring *first = a, *second = b;

	if (first->shape.confidence != second->shape.confidence)
		return first->shape.confidence < second->shape.confidence ? 1 : -1;
	if (first->shape.used != second->shape.used)
		return first->shape.used < second->shape.used ? 1 : -1;
	return (first->base > second->base) - (first->base < second->base);
}

int queue_find_rings(struct memory *memory, struct queue_search *search, struct its_error *error)
{
	struct finder finder = { .memory = memory, .search = search };
	struct memory_range *ranges;
	size_t i;
	int err;

	*search = (struct queue_search){ 0 };
	err = memory_ranges(memory, &ranges, &search->ranges, error);
	if (err)
		return err;
	finder.chunk = malloc(CHUNK_PAGES * PAGE_BYTES);
	finder.run = malloc(RING_PAGES * PAGE_BYTES);
	if (!finder.chunk || !finder.run)
		err = its_no_memory(error, "a search");
	fill_reserved(&finder);
	for (i = 0; i < search->ranges && !err; i++) {
		uint64_t base = (ranges[i].base + PAGE_BYTES - 1) & ~(uint64_t)(PAGE_BYTES - 1);

		err = search_range(&finder, base, ranges[i].base + ranges[i].size, error);
	}
	if (search->n_rings)
		qsort(search->rings, search->n_rings, sizeof(search->rings[0]), by_confidence);
	free(finder.chunk);
	free(finder.run);
	free(ranges);
	return err;
}
