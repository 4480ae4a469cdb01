// SPDX-License-Identifier: GPL-2.0-or-later
/* What was read of the machine? Registers, words, files; the ranges around them are in store_ranges.c. */
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "its/store.h"

struct store *store_new(void)
{
	return calloc(1, sizeof(struct store));
}

static void free_ram(struct store_ram *ram)
{
	tdestroy(ram->pages, free);
	free(ram->fills);
}

void store_free(struct store *store)
{
	size_t i;

	if (!store)
		return;
	tdestroy(store->registers, free);
	free_ram(&store->cached);
	free_ram(&store->uncached);
	for (i = 0; i < MEMORY_FILES; i++)
		free(store->files[i].data);
	free(store->ranges);
	free(store->refusals);
	tdestroy(store->strings, free);
	free(store);
}

static int compare_strings(const void *a, const void *b)
{
	return strcmp(a, b);
}

const char *store_string(struct store *store, const char *text, size_t length)
{
	char *copy = strndup(text, length);
	void *node = copy ? tsearch(copy, &store->strings, compare_strings) : NULL;

	if (!node || *(char **)node != copy)
		free(copy);
	return node ? *(char **)node : NULL;
}

static int compare_registers(const void *a, const void *b)
{
	const struct store_register *x = a, *y = b;

	if (x->address != y->address)
		return x->address < y->address ? -1 : 1;
	return (x->width > y->width) - (x->width < y->width);
}

struct store_register *store_register(const struct store *store, uint64_t address, unsigned width)
{
	const struct store_register key = { .address = address, .width = width };
	void *node = tfind(&key, &store->registers, compare_registers);

	return node ? *(struct store_register **)node : NULL;
}

struct store_register *store_register_add(struct store *store, uint64_t address, unsigned width)
{
	struct store_register *made;

	if (store->n_registers == STORE_ITEMS_MAX)
		return NULL;
	made = calloc(1, sizeof(*made));
	if (!made)
		return NULL;
	made->address = address;
	made->width = width;
	if (!tsearch(made, &store->registers, compare_registers)) {
		free(made);
		return NULL;
	}
	store->n_registers++;
	return made;
}

struct store_ram *store_ram(struct store *store, enum memory_kind kind)
{
	return kind == MEMORY_RAM_UNCACHED ? &store->uncached : &store->cached;
}

static int compare_pages(const void *a, const void *b)
{
	const struct store_page *x = a, *y = b;

	return (x->base > y->base) - (x->base < y->base);
}

static struct store_page *find_page(const struct store_ram *ram, uint64_t address)
{
	/* Only the base is compared: a key of a whole page would be cleared each time. */
	const uint64_t base = address & ~(uint64_t)(STORE_PAGE_BYTES - 1);
	void *node = tfind(&base, &ram->pages, compare_pages);

	_Static_assert(offsetof(struct store_page, base) == 0, "a base passes for a page");
	return node ? *(struct store_page **)node : NULL;
}

static struct store_page *make_page(struct store_ram *ram, uint64_t address)
{
	struct store_page *page = find_page(ram, address);

	if (page || ram->n_pages == STORE_PAGES_MAX)
		return page;
	page = calloc(1, sizeof(*page));
	if (!page)
		return NULL;
	page->base = address & ~(uint64_t)(STORE_PAGE_BYTES - 1);
	if (!tsearch(page, &ram->pages, compare_pages)) {
		free(page);
		return NULL;
	}
	ram->n_pages++;
	return page;
}

bool store_put(struct store_ram *ram, uint64_t address, const uint64_t *words, size_t count)
{
	struct store_page *page = NULL;
	size_t i;

	for (i = 0; i < count; i++, address += 8) {
		unsigned at = address % STORE_PAGE_BYTES / 8;

		if (!page || !at)
			page = make_page(ram, address);
		if (!page)
			return false;
		page->held[at / 64] |= UINT64_C(1) << at % 64;
		page->words[at] = words[i];
	}
	return true;
}

static bool has_bit(const uint64_t *bits, unsigned at)
{
	return bits[at / 64] >> at % 64 & 1;
}

void store_use(struct store_ram *ram, uint64_t address, uint64_t size)
{
	uint64_t at = address & ~UINT64_C(7), left = size + address % 8;
	struct store_page *page;

	while (left) {
		uint64_t inside = at % STORE_PAGE_BYTES, part = STORE_PAGE_BYTES - inside;

		if (part > left)
			part = left;
		page = find_page(ram, at);
		for (; page && inside < at % STORE_PAGE_BYTES + part; inside += 8)
			page->used[inside / 512] |= UINT64_C(1) << inside / 8 % 64;
		at += part;
		left -= part;
	}
}

bool store_is_used(const struct store_ram *ram, uint64_t address)
{
	const struct store_page *page = find_page(ram, address);
	unsigned at = address % STORE_PAGE_BYTES / 8;

	return page && has_bit(page->held, at) && has_bit(page->used, at);
}

uint64_t *store_word(const struct store_ram *ram, uint64_t address)
{
	struct store_page *page = find_page(ram, address);
	unsigned at = address % STORE_PAGE_BYTES / 8;

	return page && has_bit(page->held, at) ? &page->words[at] : NULL;
}

/* The fill that @address is in, or NULL. They are sorted and disjoint. */
static const struct store_fill *find_fill(const struct store_ram *ram, uint64_t address)
{
	size_t low = 0, high = ram->n_fills;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (ram->fills[middle].base <= address)
			low = middle + 1;
		else
			high = middle;
	}
	if (!low || address - ram->fills[low - 1].base >= ram->fills[low - 1].size)
		return NULL;
	return &ram->fills[low - 1];
}

/* Where the last word stood: the next one is mostly in the same page, or in the same fill. */
struct reader {
	const struct store_ram *ram;
	const struct store_page *page;	/* of @base, or NULL */
	const struct store_fill *fill;
	uint64_t base;
	bool looked;
};

static bool read_word(struct reader *reader, uint64_t address, uint64_t *word)
{
	unsigned at = address % STORE_PAGE_BYTES / 8;

	if (!reader->looked || address - reader->base >= STORE_PAGE_BYTES) {
		reader->page = find_page(reader->ram, address);
		reader->base = address - address % STORE_PAGE_BYTES;
		reader->looked = true;
	}
	if (reader->page && has_bit(reader->page->held, at)) {
		*word = reader->page->words[at];
		return true;
	}
	if (!reader->fill || address - reader->fill->base >= reader->fill->size)
		reader->fill = find_fill(reader->ram, address);
	if (reader->fill)
		*word = reader->fill->value;
	return reader->fill;
}

bool store_read(const struct store *store, enum memory_kind kind, uint64_t address,
		uint64_t *words, size_t count, uint64_t *missing)
{
	struct reader cached = { .ram = &store->cached }, uncached = { .ram = &store->uncached };
	size_t i;

	for (i = 0; i < count; i++, address += 8) {
		if (kind == MEMORY_RAM_UNCACHED && read_word(&uncached, address, &words[i]))
			continue;
		if (!read_word(&cached, address, &words[i])) {
			*missing = address;
			return false;
		}
	}
	return true;
}

static bool is_whole(const struct store_ram *ram, const struct store_page *page)
{
	struct reader reader = { .ram = ram };
	uint64_t at, word;

	for (at = 0; at < STORE_PAGE_BYTES; at += 8)
		if (!read_word(&reader, page->base + at, &word))
			return false;
	return true;
}

/* twalk() gives its function no context, and twalk_r() is glibc's alone. */
static _Thread_local struct { const struct store_ram *ram; struct memory_range *list; size_t count; } walking;

static void add_page(const void *node, VISIT visit, int depth)
{
	struct memory_range *last = walking.count ? &walking.list[walking.count - 1] : NULL;
	const struct store_page *page;

	(void)depth;
	if (visit != postorder && visit != leaf)
		return;
	page = *(const struct store_page *const *)node;
	if (!is_whole(walking.ram, page))
		return;
	if (last && page->base - last->base == last->size)
		last->size += STORE_PAGE_BYTES;
	else
		walking.list[walking.count++] = (struct memory_range){ page->base, STORE_PAGE_BYTES };
}

int store_pages(const struct store *store, struct memory_range **list, size_t *count, struct its_error *error)
{
	*count = 0;
	*list = calloc(store->cached.n_pages + 1, sizeof(**list));
	if (!*list)
		return its_no_memory(error, "%zu ranges", store->cached.n_pages);
	walking.ram = &store->cached;
	walking.list = *list;
	walking.count = 0;
	twalk(store->cached.pages, add_page);
	*count = walking.count;
	return ITS_OK;
}

int store_file_copy(const struct store_file *file, char **data, size_t *size, struct its_error *error)
{
	*data = NULL;
	*size = 0;
	if (!file->has) {
		if (error)
			*error = file->error;
		return file->error.code;
	}
	*data = malloc(file->size + 1);
	if (!*data)
		return its_no_memory(error, "a file of %zu bytes", file->size);
	if (file->size)
		memcpy(*data, file->data, file->size);
	(*data)[file->size] = '\0';
	*size = file->size;
	return ITS_OK;
}
