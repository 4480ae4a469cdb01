// SPDX-License-Identifier: GPL-2.0-or-later
/* Which ranges of memory were reached, which were refused, and which hold one word all through? */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "its/store.h"

/* Room for one more item of @size bytes; NULL if there are too many, or no memory. */
static void *append(void *list, size_t *count, size_t *room, size_t size)
{
	void **items = list;

	if (*count == STORE_ITEMS_MAX)
		return NULL;
	if (*count == *room) {
		size_t more = *room ? 2 * *room : 64;
		void *larger = realloc(*items, more * size);

		if (!larger)
			return NULL;
		*items = larger;
		*room = more;
	}
	return (char *)*items + (*count)++ * size;
}

bool store_fill(struct store_ram *ram, const struct store_fill *fill)
{
	struct store_fill *made = append(&ram->fills, &ram->n_fills, &ram->room, sizeof(*made));

	if (made)
		*made = *fill;
	return made;
}

bool store_reached(struct store *store, enum memory_kind kind, uint64_t base, uint64_t size,
		   const char *via)
{
	struct store_range *last = store->n_ranges ? &store->ranges[store->n_ranges - 1] : NULL;
	const char *kept = store_string(store, via, strlen(via));

	if (!kept)
		return false;
	/* The same again, or the next page: most are. */
	if (last && last->kind == kind && last->via == kept && base >= last->base &&
	    base - last->base <= last->size) {
		if (base - last->base + size > last->size)
			last->size = base - last->base + size;
		return true;
	}
	last = append(&store->ranges, &store->n_ranges, &store->ranges_room, sizeof(*last));
	if (last)
		*last = (struct store_range){ kind, base, size, kept };
	return last;
}

/* "0x40000000" in @text, where it is @base and no part of a longer number, becomes STORE_ADDRESS. */
static const char *make_template(struct store *store, const char *text, uint64_t base)
{
	char address[20], made[sizeof(((struct its_error *)NULL)->message)];
	size_t length = (size_t)snprintf(address, sizeof(address), "0x%" PRIx64, base), used = 0;

	while (*text && used < sizeof(made) - 1) {
		if (!strncmp(text, address, length) && !strchr("0123456789abcdef", text[length] ? text[length] : '?')) {
			made[used++] = STORE_ADDRESS;
			text += length;
		} else {
			made[used++] = *text++;
		}
	}
	return store_string(store, made, used);
}

bool store_refuse(struct store *store, enum store_refused what, enum memory_kind kind,
		  uint64_t base, uint64_t size, const struct its_error *error)
{
	struct store_refusal refusal = {
		.what = what, .kind = kind, .base = base, .size = size, .count = 1, .code = error->code,
		.message = make_template(store, error->message, base),
		.hint = make_template(store, error->hint, base),
	};

	return refusal.message && refusal.hint && store_refuse_many(store, &refusal);
}

bool store_refuse_many(struct store *store, const struct store_refusal *refusal)
{
	struct store_refusal *last = store->n_refusals ? &store->refusals[store->n_refusals - 1] : NULL;

	if (last && last->count == 1 && refusal->count == 1 && last->what == refusal->what &&
	    last->kind == refusal->kind && last->base == refusal->base && last->size == refusal->size)
		return true;
	last = append(&store->refusals, &store->n_refusals, &store->refusals_room, sizeof(*last));
	if (last)
		*last = *refusal;
	return last;
}

static int compare(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

static int compare_fills(const void *a, const void *b)
{
	const struct store_fill *x = a, *y = b;
	int order = compare(x->base, y->base);

	return order ? order : compare(x->line, y->line);
}

static int join_fills(struct store_ram *ram, struct its_error *error)
{
	size_t i, kept = 0;

	if (!ram->n_fills)
		return ITS_OK;
	qsort(ram->fills, ram->n_fills, sizeof(*ram->fills), compare_fills);
	for (i = 1; i < ram->n_fills; i++) {
		struct store_fill *last = &ram->fills[kept], *next = &ram->fills[i];
		uint64_t distance = next->base - last->base;

		if (distance < last->size && next->value != last->value)
			return its_error(error, ITS_ERR_INPUT, "lines %u and %u give 0x%" PRIx64
					 " different values", last->line, next->line, next->base);
		if (distance > last->size || next->value != last->value)
			ram->fills[++kept] = *next;
		else if (distance + next->size > last->size)
			last->size = distance + next->size;
	}
	ram->n_fills = kept + 1;
	return ITS_OK;
}

static int compare_ranges(const void *a, const void *b)
{
	const struct store_range *x = a, *y = b;
	int order = compare(x->kind, y->kind);

	order = order ? order : compare(x->base, y->base);
	return order ? order : compare(x->size, y->size);
}

static void join_ranges(struct store *store)
{
	size_t i, kept = 0;

	if (!store->n_ranges)
		return;
	qsort(store->ranges, store->n_ranges, sizeof(*store->ranges), compare_ranges);
	for (i = 1; i < store->n_ranges; i++) {
		struct store_range *last = &store->ranges[kept], *next = &store->ranges[i];
		uint64_t distance = next->base - last->base;

		if (last->kind != next->kind || last->via != next->via || distance > last->size)
			store->ranges[++kept] = *next;
		else if (distance + next->size > last->size)
			last->size = distance + next->size;
	}
	store->n_ranges = kept + 1;
}

static int compare_refusals(const void *a, const void *b)
{
	const struct store_refusal *x = a, *y = b;
	int order = compare(x->what, y->what);

	order = order ? order : compare(x->kind, y->kind);
	order = order ? order : compare(x->size, y->size);
	return order ? order : compare(x->base, y->base);
}

static void join_refusals(struct store *store)
{
	size_t i, kept = 0;

	if (!store->n_refusals)
		return;
	qsort(store->refusals, store->n_refusals, sizeof(*store->refusals), compare_refusals);
	for (i = 1; i < store->n_refusals; i++) {
		struct store_refusal *last = &store->refusals[kept], *next = &store->refusals[i];
		bool alike = last->what == next->what && last->kind == next->kind && last->size == next->size;
		bool again = alike && next->count == 1 && next->base - last->base < last->count * last->size;

		if (again)	/* the first word stands */
			continue;
		if (alike && last->code == next->code && last->message == next->message &&
		    last->hint == next->hint && next->base - last->base == last->count * last->size)
			last->count += next->count;
		else
			store->refusals[++kept] = *next;
	}
	store->n_refusals = kept + 1;
}

int store_finish(struct store *store, struct its_error *error)
{
	int err = join_fills(&store->cached, error);

	if (!err)
		err = join_fills(&store->uncached, error);
	join_ranges(store);
	join_refusals(store);
	return err;
}

const char *store_via(const struct store *store, enum memory_kind kind, uint64_t base, uint64_t size)
{
	const struct store_range key = { .kind = kind, .base = base, .size = UINT64_MAX };
	size_t low = 0, high = store->n_ranges;
	const struct store_range *range;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare_ranges(&store->ranges[middle], &key) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	range = low ? &store->ranges[low - 1] : NULL;
	if (!range || range->kind != kind || base - range->base > range->size ||
	    size > range->size - (base - range->base))
		return NULL;
	return range->via;
}

/* @to has room for @size bytes. */
static void put_address(char *to, size_t size, const char *template, uint64_t address)
{
	size_t used = 0;

	for (; *template && used + 20 < size; template++)
		if (*template == STORE_ADDRESS)
			used += (size_t)snprintf(to + used, size - used, "0x%" PRIx64, address);
		else
			to[used++] = *template;
	to[used] = '\0';
}

void store_refusal_error(const struct store_refusal *refusal, uint64_t index, struct its_error *error)
{
	uint64_t base = refusal->base + index * refusal->size;

	error->code = refusal->code;
	put_address(error->message, sizeof(error->message), refusal->message, base);
	put_address(error->hint, sizeof(error->hint), refusal->hint, base);
}

int store_refused(const struct store *store, enum store_refused what, enum memory_kind kind,
		  uint64_t base, uint64_t size, struct its_error *error)
{
	const struct store_refusal key = { .what = what, .kind = kind, .base = base, .size = size };
	size_t low = 0, high = store->n_refusals;
	const struct store_refusal *refusal;
	struct its_error made;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare_refusals(&store->refusals[middle], &key) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	refusal = low ? &store->refusals[low - 1] : NULL;
	if (!refusal || refusal->what != what || refusal->kind != kind || refusal->size != size ||
	    (base - refusal->base) % size || (base - refusal->base) / size >= refusal->count)
		return ITS_OK;
	store_refusal_error(refusal, (base - refusal->base) / size, &made);
	if (error)
		*error = made;
	return made.code;
}
