// SPDX-License-Identifier: GPL-2.0-or-later
/* What stands at this physical address? Pages are read once and kept. */
#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "its/route.h"

#define PAGE_BYTES 4096u
/* Tables that lead from one page to the next may come from a stranger: 256 MiB are enough. */
#define PAGES_MAX 65536u

struct route_page {
	uint64_t base;
	bool readable;
	unsigned char bytes[PAGE_BYTES];	/* as they lie in memory */
	UT_hash_handle hh;
};

void route_pages_init(struct route_pages *pages, struct memory *memory)
{
	*pages = (struct route_pages){ .memory = memory };
}

void route_pages_free(struct route_pages *pages)
{
	struct route_page *page, *next;

	HASH_ITER(hh, pages->table, page, next) {
		HASH_DELETE(hh, pages->table, page);
		free(page);
	}
	pages->table = NULL;
}

static void complain(struct route_pages *pages, const struct its_error *error)
{
	if (!pages->error.code)
		pages->error = *error;
}

/*
 * Tables may have been overwritten. On a running machine what they lead to is
 * not touched if it is no RAM: a device may take the read for an order, and an
 * address that nothing answers to kills this process or stops the machine.
 */
static bool may_read(const struct route_pages *pages, uint64_t base)
{
	return !pages->board || !pages->memory->ops->live || board_in_ram(pages->board, base, 1);
}

static bool load(struct route_pages *pages, struct route_page *page)
{
	uint64_t words[PAGE_BYTES / 8];
	struct its_error error = { 0 };
	struct window window;
	size_t i;
	int err;

	if (!may_read(pages, page->base)) {
		its_error(&error, ITS_ERR_INPUT, "a table leads to 0x%llx, which is in no memory node of the tree: not read",
			  (unsigned long long)page->base);
		its_hint(&error, "was the table overwritten? its-tool check names what is broken");
		complain(pages, &error);
		return false;
	}
	err = window_open(&window, pages->memory, page->base, PAGE_BYTES, MEMORY_RAM, false, &error);
	if (!err) {
		/* A page holds much that is nobody's business: what is asked for is told below. */
		window.ahead = true;
		err = window_read_words(&window, 0, words, PAGE_BYTES / 8, &error);
		window_close(&window);
	}
	if (err) {
		complain(pages, &error);
		return false;
	}
	for (i = 0; i < PAGE_BYTES / 8; i++)
		words[i] = htole64(words[i]);
	memcpy(page->bytes, words, PAGE_BYTES);
	return true;
}

static struct route_page *find(struct route_pages *pages, uint64_t base)
{
	struct route_page *page;
	struct its_error error;

	HASH_FIND(hh, pages->table, &base, sizeof(base), page);
	if (page)
		return page;
	if (pages->count == PAGES_MAX) {
		its_error(&error, ITS_ERR_INPUT, "the tables lead to more than %u MiB of memory",
			  PAGES_MAX / 256);
		complain(pages, &error);
		return NULL;
	}
	page = malloc(sizeof(*page));
	if (page) {
		page->base = base;
		HASH_ADD(hh, pages->table, base, sizeof(page->base), page);
		if (!page->hh.tbl) {
			free(page);
			page = NULL;
		}
	}
	if (!page) {
		its_no_memory(&error, "the page at 0x%llx", (unsigned long long)base);
		complain(pages, &error);
		return NULL;
	}
	pages->count++;
	page->readable = load(pages, page);
	return page;
}

static bool is_known(struct route_pages *pages, uint64_t address, uint64_t size)
{
	struct its_error error;

	if (!memory_used(pages->memory, address, size, &error))
		return true;
	complain(pages, &error);
	return false;
}

bool route_pages_read(struct route_pages *pages, uint64_t address, void *bytes, size_t size)
{
	unsigned char *to = bytes;

	while (size) {
		uint64_t offset = address % PAGE_BYTES;
		size_t part = size < PAGE_BYTES - offset ? size : (size_t)(PAGE_BYTES - offset);
		struct route_page *page = find(pages, address - offset);

		if (!page || !page->readable || !is_known(pages, address, part))
			return false;
		memcpy(to, page->bytes + offset, part);
		to += part;
		address += part;
		size -= part;
	}
	return true;
}

bool route_pages_read64(struct route_pages *pages, uint64_t address, uint64_t *value)
{
	uint64_t word;

	if (!route_pages_read(pages, address, &word, sizeof(word)))
		return false;
	*value = le64toh(word);
	return true;
}
