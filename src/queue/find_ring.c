// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Where in all this memory are the rings? Most pages are told from a ring by
 * their first word: in the low byte no opcode, or bits set that the opcode
 * reserves. What passes is looked at slot by slot, once: a run of pages is
 * judged by the sum of what is kept of each, as most pages are in many runs.
 */
#include <stdlib.h>
#include <string.h>

#include "shape.h"

#define PAGE_BYTES 4096u
#define PAGE_WORDS (PAGE_BYTES / 8)
#define PAGE_SLOTS (PAGE_BYTES / ITS_COMMAND_BYTES)
#define LINUX_PAGES 16u			/* ITS_CMD_QUEUE_SZ: 64 KiB */
#define RING_PAGES 256u			/* GITS_CBASER.Size has 8 bits: 1 MiB */
#define CHUNK_PAGES 64u			/* read at a time */
#define CONFIDENT 35u			/* percent: less is not shown */
#define SURE 50u			/* percent: what lies inside needs no look of its own */

/* What stands in a page. */
struct block { uint64_t slots[PAGE_SLOTS][ITS_COMMAND_WORDS]; };

/* What is kept of it. */
struct page {
	uint64_t tag;			/* its address | 1 */
	bool fits;			/* it could be a ring's */
	bool boots;			/* as Linux sets an ITS up */
	struct shape_tally tally;
	uint64_t first[ITS_COMMAND_WORDS], last[ITS_COMMAND_WORDS];	/* slots */
};

struct finder {
	struct memory *memory;
	struct queue_search *search;
	struct shape_grammar grammar;
	struct block *chunk;			/* CHUNK_PAGES */
	uint64_t chunk_base;
	unsigned chunk_pages;
	struct block *run;			/* RING_PAGES */
	struct page pages[RING_PAGES];	/* by address, modulo: as many as one look takes in */
};

/* The first word, or that of slot 2 where the driver was just clearing one or two slots. */
static inline bool may_begin(const struct finder *finder, const struct block *block)
{
	uint64_t word = block->slots[0][0] ? block->slots[0][0] : block->slots[2][0];

	return word && !(word & finder->grammar.clear[word & 0xff]);
}

/* True if every slot is unused or a command, but for a few that a user may have made up. */
static bool fits(const struct finder *finder, const struct block *block)
{
	unsigned i, n = 0, bad = 0;

	for (i = 0; i < PAGE_SLOTS; i++) {
		const uint64_t *words = block->slots[i];

		if (its_command_is_empty(words))
			continue;
		n++;
		bad += (words[0] & finder->grammar.clear[its_command_opcode(words)]) != 0 || !words[0];
		if (bad > 1 + n / 16 && i >= 8)
			return false;
	}
	return bad <= n / 8;
}

static int read_pages(struct finder *finder, uint64_t base, unsigned pages, struct block *blocks)
{
	struct window window;
	int err;

	err = window_open(&window, finder->memory, base, (uint64_t)pages * PAGE_BYTES, MEMORY_RAM, false, NULL);
	if (err)
		return err;
	err = window_read_words(&window, 0, blocks->slots[0], (size_t)pages * PAGE_WORDS, NULL);
	window_close(&window);
	return err;
}

static struct page *place_of_page(struct finder *finder, uint64_t base)
{
	return &finder->pages[base / PAGE_BYTES % RING_PAGES];
}

/* The page at @base, which is judged when it is first asked for. */
static const struct page *page_at(struct finder *finder, uint64_t base)
{
	struct page *page = place_of_page(finder, base);
	uint64_t ahead = (base - finder->chunk_base) / PAGE_BYTES;
	struct block *block = finder->run;
	unsigned i;

	if (page->tag == (base | 1))
		return page;
	*page = (struct page){ .tag = base | 1 };
	if (ahead < finder->chunk_pages)
		block = &finder->chunk[ahead];
	else if (read_pages(finder, base, 1, block))
		return page;
	page->fits = fits(finder, block);
	if (!page->fits)
		return page;
	for (i = 0; i < PAGE_SLOTS; i++)
		shape_count(&finder->grammar, &page->tally, i ? block->slots[i - 1] : NULL, block->slots[i]);
	page->boots = shape_boots((const uint64_t (*)[ITS_COMMAND_WORDS])block->slots);
	memcpy(page->first, block->slots[0], ITS_COMMAND_BYTES);
	memcpy(page->last, block->slots[PAGE_SLOTS - 1], ITS_COMMAND_BYTES);
	return page;
}

/* What could be a ring at @base: so many pages. */
static unsigned run_length(struct finder *finder, uint64_t base, unsigned limit)
{
	unsigned pages = 0, used_pages = 0;

	while (pages < limit) {
		const struct page *page = page_at(finder, base + (uint64_t)pages * PAGE_BYTES);

		if (!page->fits)
			break;
		pages++;
		if (page->tally.used)
			used_pages = pages;
		else if (pages - used_pages >= LINUX_PAGES)
			break;
	}
	return used_pages <= LINUX_PAGES && pages > LINUX_PAGES ? LINUX_PAGES : used_pages > LINUX_PAGES ? used_pages : pages;
}

/* A second ring right behind a full one: where a block begins as Linux sets an ITS up. */
static unsigned cut_run(struct finder *finder, uint64_t base, unsigned pages)
{
	unsigned i, size = LINUX_PAGES;

	for (i = LINUX_PAGES; i < pages; i += LINUX_PAGES)
		if (page_at(finder, base + (uint64_t)i * PAGE_BYTES)->boots)
			return i;
	if (pages <= LINUX_PAGES)
		return pages;
	while (size * 2 <= pages)
		size *= 2;
	return size;
}

static void add_up(struct finder *finder, uint64_t base, unsigned pages, struct shape_tally *tally)
{
	const struct page *page, *before = NULL;
	unsigned i;

	*tally = (struct shape_tally){ 0 };
	for (i = 0; i < pages; i++, before = page) {
		page = page_at(finder, base + (uint64_t)i * PAGE_BYTES);
		shape_add(&finder->grammar, tally, before ? before->last : NULL, &page->tally, page->first);
	}
}

/* Where to put @ring: the better one of two that overlap is kept, and the best QUEUE_RINGS_MAX. NULL: nowhere. */
static struct queue_ring *place_of_ring(struct queue_search *search, const struct queue_ring *ring)
{
	uint64_t end = ring->base + (uint64_t)ring->shape.slots * ITS_COMMAND_BYTES;
	size_t i, worst = 0;

	for (i = 0; i < search->n_rings; i++) {
		struct queue_ring *other = &search->rings[i];

		if (other->shape.confidence < search->rings[worst].shape.confidence)
			worst = i;
		if (other->base >= end || ring->base - other->base >= (uint64_t)other->shape.slots * ITS_COMMAND_BYTES)
			continue;
		return other->shape.confidence >= ring->shape.confidence ? NULL : other;
	}
	if (search->n_rings < QUEUE_RINGS_MAX)
		return &search->rings[search->n_rings++];
	return search->rings[worst].shape.confidence >= ring->shape.confidence ? NULL : &search->rings[worst];
}

/* Looks at what begins at @base closely. How many pages from there on need no look of their own? */
static unsigned look(struct finder *finder, uint64_t base)
{
	uint64_t aligned = base & -base;
	unsigned limit = aligned >= RING_PAGES * PAGE_BYTES ? RING_PAGES :
			 aligned <= LINUX_PAGES * PAGE_BYTES ? LINUX_PAGES : (unsigned)(aligned / PAGE_BYTES);
	struct queue_ring ring = { .base = base }, *place;
	struct shape_tally tally;
	unsigned step = 1;

	/* A buddy allocator aligns a block to its size; so do the drivers that are not Linux's. */
	limit = cut_run(finder, base, run_length(finder, base, limit));
	if (!limit)
		return 1;
	add_up(finder, base, limit, &tally);
	shape_judge(&tally, page_at(finder, base)->boots, &ring.shape);
	/* Pages of a copy (this tool makes one) lie about in memory, in any order. */
	if (limit < LINUX_PAGES)
		ring.shape.confidence = ring.shape.confidence * 8 / 10;
	if (base % (LINUX_PAGES * PAGE_BYTES))
		ring.shape.confidence = ring.shape.confidence * 9 / 10;
	place = ring.shape.confidence < CONFIDENT ? NULL : place_of_ring(finder->search, &ring);
	if (!place)
		return 1;
	*place = ring;
	/* But for a ring that begins inside: what stands before it may be a table of something else. */
	if (ring.shape.confidence >= SURE)
		while (step < limit && !page_at(finder, base + (uint64_t)step * PAGE_BYTES)->boots)
			step++;
	return step;
}

/* What is in finder->chunk. Returns where to go on: a ring may reach into the next one. */
static uint64_t search_chunk(struct finder *finder)
{
	const struct page *page;
	unsigned i, step;

	for (i = 0; i < finder->chunk_pages; i += step) {
		uint64_t base = finder->chunk_base + (uint64_t)i * PAGE_BYTES;

		step = 1;
		if (!may_begin(finder, &finder->chunk[i]))
			continue;
		page = page_at(finder, base);
		if (page->fits && page->tally.used)
			step = look(finder, base);
	}
	return finder->chunk_base + (uint64_t)i * PAGE_BYTES;
}

/* At @base, @pages of them; those that cannot be read are in no ring. */
static void read_chunk(struct finder *finder, uint64_t base, unsigned pages)
{
	unsigned i;

	finder->chunk_base = base;
	finder->chunk_pages = pages;
	finder->search->bytes += (uint64_t)pages * PAGE_BYTES;
	if (!read_pages(finder, base, pages, finder->chunk))
		return;
	for (i = 0; i < pages; i++) {
		uint64_t address = base + (uint64_t)i * PAGE_BYTES;

		if (!read_pages(finder, address, 1, &finder->chunk[i]))
			continue;
		memset(&finder->chunk[i], 0, PAGE_BYTES);
		*place_of_page(finder, address) = (struct page){ .tag = address | 1 };
		finder->search->unreadable += PAGE_BYTES;
	}
}

static void search_range(struct finder *finder, const struct memory_range *range)
{
	const uint64_t limit = UINT64_C(1) << ITS_ADDRESS_BITS;	/* GITS_CBASER holds no more */
	uint64_t base, end;

	if (range->base >= limit)
		return;
	base = (range->base + PAGE_BYTES - 1) & ~(uint64_t)(PAGE_BYTES - 1);
	end = range->size < limit - range->base ? range->base + range->size : limit;
	while (base < end && end - base >= PAGE_BYTES) {
		uint64_t left = (end - base) / PAGE_BYTES;

		read_chunk(finder, base, left < CHUNK_PAGES ? (unsigned)left : CHUNK_PAGES);
		base = search_chunk(finder);
	}
}

/* The write pointer takes the slots of a ring together, and time: only those that were kept have it. */
static int find_cwriter(struct finder *finder, struct queue_ring *ring, struct its_error *error)
{
	unsigned confidence = ring->shape.confidence, i;

	for (i = 0; i < ring->shape.slots / PAGE_SLOTS; i++)
		if (read_pages(finder, ring->base + (uint64_t)i * PAGE_BYTES, 1, &finder->run[i]))
			memset(&finder->run[i], 0, PAGE_BYTES);
	if (!queue_shape((const uint64_t (*)[ITS_COMMAND_WORDS])finder->run->slots, ring->shape.slots, &ring->shape))
		return its_no_memory(error, "the block at 0x%llx", (unsigned long long)ring->base);
	ring->shape.confidence = confidence;
	return 0;
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
	struct memory_range *ranges;
	struct finder *finder;
	size_t i;
	int err;

	*search = (struct queue_search){ 0 };
	err = memory_ranges(memory, &ranges, &search->ranges, error);
	if (err)
		return err;
	finder = calloc(1, sizeof(*finder));
	if (finder) {
		finder->memory = memory;
		finder->search = search;
		finder->chunk = malloc(CHUNK_PAGES * PAGE_BYTES);
		finder->run = malloc(RING_PAGES * PAGE_BYTES);
		shape_grammar_fill(&finder->grammar);
	}
	if (!finder || !finder->chunk || !finder->run)
		err = its_no_memory(error, "a search");
	for (i = 0; i < search->ranges && !err; i++)
		search_range(finder, &ranges[i]);
	for (i = 0; i < search->n_rings && !err; i++)
		err = find_cwriter(finder, &search->rings[i], error);
	if (search->n_rings)
		qsort(search->rings, search->n_rings, sizeof(search->rings[0]), by_confidence);
	if (finder) {
		free(finder->chunk);
		free(finder->run);
	}
	free(finder);
	free(ranges);
	return err;
}
