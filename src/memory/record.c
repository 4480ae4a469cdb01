// SPDX-License-Identifier: GPL-2.0-or-later
/* What did the commands read? Passed through from a source, and kept. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "its/register.h"
#include "its/capture.h"

struct record {
	struct memory inner;
	struct memory_ops ops;		/* live as the inner source is */
	struct store *store;
	bool looking;			/* at the ring behind the two pointers */
	bool ring_read;			/* since the pointers were read */
	bool later;			/* time has gone on: RAM is read anew */
	struct { uint64_t address, latest; } pointers[2];
};

/* The command that reads may hide it; whoever writes the store down must not. */
static int no_room(struct record *record, struct its_error *error)
{
	record->store->cut = true;
	return its_error(error, ITS_ERR_INPUT, "what was read is more than a capture holds, or than there is memory for");
}

static struct record *record_of(const struct window *window)
{
	return window->memory->private;
}

static int map(struct window *window, struct its_error *error)
{
	struct record *record = record_of(window);
	struct its_error refused = { 0 };
	struct window *inner;
	int err;

	if (window->writable)
		return its_error(error, ITS_ERR_UNSAFE, "0x%" PRIx64 " is not written while a capture is made",
				 window->base);
	inner = malloc(sizeof(*inner));
	if (!inner)
		return its_no_memory(error, "a window at 0x%" PRIx64, window->base);
	err = window_open(inner, &record->inner, window->base, window->size, window->kind, false, &refused);
	if (err) {
		free(inner);
		if (!store_refuse(record->store, STORE_OPEN, window->kind, window->base, window->size, &refused))
			return no_room(record, error);
		if (error)
			*error = refused;
		return err;
	}
	window->via = inner->via;
	window->private = inner;
	if (store_reached(record->store, window->kind, window->base, window->size, inner->via))
		return ITS_OK;
	window_close(inner);
	free(inner);
	return no_room(record, error);
}

static void unmap(struct window *window)
{
	window_close(window->private);
	free(window->private);
}

/* Keeps why a read failed; returns the code. */
static int keep_failure(struct window *window, uint64_t offset, uint64_t size,
			const struct its_error *failure, struct its_error *error)
{
	struct record *record = record_of(window);

	if (!store_refuse(record->store, STORE_READ, window->kind, window->base + offset, size, failure))
		return no_room(record, error);
	if (error)
		*error = *failure;
	return failure->code;
}

/* 0 or 1 for the pointers that are being looked at, -1 for all else. */
static int pointer_index(const struct record *record, uint64_t address)
{
	int i;

	for (i = 0; i < 2 && record->looking; i++)
		if (record->pointers[i].address == address)
			return i;
	return -1;
}

static void keep_pointer(struct record *record, int index, struct store_register *kept, uint64_t value)
{
	record->pointers[index].latest = value;
	if (!record->ring_read) {
		kept->value = value;
	} else if (value != kept->value) {
		kept->moves = true;
		kept->second = value;
	}
}

static int read_register(struct window *window, uint64_t offset, unsigned width, uint64_t *value,
			 struct its_error *error)
{
	struct record *record = record_of(window);
	uint64_t address = window->base + offset;
	struct store_register *kept = store_register(record->store, address, width);
	int pointer = pointer_index(record, address), err;
	struct its_error failure = { 0 };

	if (kept && pointer < 0) {
		*value = kept->value;
		return ITS_OK;
	}
	err = window_read(window->private, offset, width, value, &failure);
	if (err)
		return keep_failure(window, offset, width / 8, &failure, error);
	if (!kept)
		kept = store_register_add(record->store, address, width);
	if (!kept)
		return no_room(record, error);
	if (pointer < 0)
		kept->value = *value;
	else
		keep_pointer(record, pointer, kept, *value);
	return ITS_OK;
}

/* The ring was copied: the pointers that were read before are those that belong to it. */
static void begin_look(struct record *record)
{
	unsigned i;

	for (i = 0; i < 2; i++) {
		struct store_register *kept = store_register(record->store, record->pointers[i].address, 64);

		if (!kept)
			continue;
		kept->value = record->pointers[i].latest;
		kept->moves = false;
	}
	record->ring_read = true;
}

static int read_words(struct window *window, uint64_t offset, uint64_t *words, size_t count,
		      struct its_error *error)
{
	struct record *record = record_of(window);
	uint64_t address = window->base + offset, missing;
	struct its_error failure = { 0 };
	size_t i;
	int err = ITS_OK;

	for (i = 0; i < count && !err && window->kind == MEMORY_REGISTERS; i++)
		err = read_register(window, offset + i * 8, 64, &words[i], error);
	if (window->kind == MEMORY_REGISTERS)
		return err;
	/* What lies behind the caches is looked at by one command alone. */
	if (!record->looking && !record->later && window->kind == MEMORY_RAM &&
	    store_read(record->store, window->kind, address, words, count, &missing)) {
		if (!window->ahead)
			store_use(&record->store->cached, address, count * 8);
		return ITS_OK;
	}
	((struct window *)window->private)->ahead = window->ahead;
	err = window_read_words(window->private, offset, words, count, &failure);
	if (err)
		return keep_failure(window, offset, count * 8, &failure, error);
	if (!store_put(store_ram(record->store, window->kind), address, words, count))
		return no_room(record, error);
	if (!window->ahead)
		store_use(store_ram(record->store, window->kind), address, count * 8);
	if (record->looking)
		begin_look(record);
	return ITS_OK;
}

static int read(struct window *window, uint64_t offset, unsigned width, uint64_t *value,
		struct its_error *error)
{
	uint64_t word;
	int err;

	if (window->kind == MEMORY_REGISTERS)
		return read_register(window, offset, width, value, error);
	err = read_words(window, offset & ~UINT64_C(7), &word, 1, error);
	if (!err)
		*value = width == 64 ? word : word >> (offset & 4) * 8 & 0xffffffff;
	return err;
}

static int used(struct memory *memory, uint64_t base, uint64_t size, struct its_error *error)
{
	struct record *record = memory->private;

	store_use(&record->store->cached, base, size);
	/* A capture of a capture: the inner one may not know it. */
	return memory_used(&record->inner, base, size, error);
}

static void relax(struct memory *memory)
{
	struct record *record = memory->private;

	memory_relax(&record->inner);
	record->later = true;
}

static int file(struct memory *memory, enum memory_file which, char **data, size_t *size,
		struct its_error *error)
{
	struct record *record = memory->private;
	struct store_file *kept = &record->store->files[which];

	if (!kept->has && !kept->refused) {
		kept->refused = memory_file(&record->inner, which, &kept->data, &kept->size, &kept->error);
		kept->has = !kept->refused;
	}
	return store_file_copy(kept, data, size, error);
}

int record_begin(struct memory *memory, struct store *store, struct its_error *error)
{
	struct record *record = calloc(1, sizeof(*record));

	if (!record)
		return its_no_memory(error, "a record of what is read");
	store->partial = memory->ops->partial;
	store->of_cut = memory->cut;
	record->inner = *memory;
	record->store = store;
	record->ops = (struct memory_ops){
		.scheme = memory->ops->scheme, .live = memory->ops->live,
		.partial = memory->ops->partial, .map = map, .unmap = unmap,
		.read = read, .read_words = read_words, .relax = relax, .file = file, .used = used,
	};
	memory->ops = &record->ops;
	memory->private = record;
	return ITS_OK;
}

void record_end(struct memory *memory)
{
	struct record *record = memory->private;

	*memory = record->inner;
	free(record);
}

void record_look(struct memory *memory, uint64_t its_base)
{
	struct record *record = memory->private;

	record->looking = true;
	record->ring_read = false;
	record->pointers[0].address = its_base + its_register_row(GITS_CREADR)->offset;
	record->pointers[1].address = its_base + its_register_row(GITS_CWRITER)->offset;
}

void record_settle(struct memory *memory)
{
	struct record *record = memory->private;

	record->looking = false;
	record->later = false;
}
