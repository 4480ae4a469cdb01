// SPDX-License-Identifier: GPL-2.0-or-later
/* The simulated board's RAM: of any size, but only the pages that were written exist. */
#include <stdlib.h>
#include <string.h>

#include "sim_state.h"

void sim_ram_free(struct sim_ram *ram)
{
	size_t i;

	for (i = 0; i < ram->n_chunks; i++)
		free(ram->chunks[i].words);
	free(ram->chunks);
	memset(ram, 0, sizeof(*ram));
}

bool sim_ram_contains(const struct sim_ram *ram, uint64_t address, uint64_t bytes)
{
	return address >= ram->base && bytes <= ram->size &&
	       address - ram->base <= ram->size - bytes;
}

/* The index of the chunk at @base, or where it would have to be inserted. */
static size_t chunk_index(const struct sim_ram *ram, uint64_t base)
{
	size_t low = 0, high = ram->n_chunks;

	if (ram->recent < high && ram->chunks[ram->recent].base == base)
		return ram->recent;
	while (low < high) {
		size_t middle = (low + high) / 2;

		if (ram->chunks[middle].base < base)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static struct sim_chunk *find_chunk(struct sim_ram *ram, uint64_t base)
{
	size_t i = chunk_index(ram, base);

	if (i == ram->n_chunks || ram->chunks[i].base != base)
		return NULL;
	ram->recent = i;
	return &ram->chunks[i];
}

static struct sim_chunk *add_chunk(struct sim_ram *ram, uint64_t base)
{
	size_t i = chunk_index(ram, base);
	uint64_t *words;

	if (ram->n_chunks == ram->room) {
		size_t room = ram->room ? 2 * ram->room : 64;
		struct sim_chunk *grown = realloc(ram->chunks, room * sizeof(*grown));

		if (!grown)
			return NULL;
		ram->chunks = grown;
		ram->room = room;
	}
	words = calloc(ram->noncoherent ? 2 : 1, SIM_CHUNK_BYTES);
	if (!words)
		return NULL;
	memmove(&ram->chunks[i + 1], &ram->chunks[i], (ram->n_chunks - i) * sizeof(*ram->chunks));
	ram->chunks[i] = (struct sim_chunk){ .base = base, .words = words };
	ram->n_chunks++;
	ram->recent = i;
	return &ram->chunks[i];
}

static uint64_t *chunk_words(const struct sim_ram *ram, const struct sim_chunk *chunk,
			     enum sim_view view)
{
	return chunk->words + (ram->noncoherent && view == SIM_POC ? SIM_CHUNK_WORDS : 0);
}

void sim_ram_read_words(struct sim_ram *ram, enum sim_view view, uint64_t address,
			uint64_t *words, size_t count)
{
	while (count) {
		size_t first = address % SIM_CHUNK_BYTES / 8;
		size_t n = count < SIM_CHUNK_WORDS - first ? count : SIM_CHUNK_WORDS - first;
		const struct sim_chunk *chunk = find_chunk(ram, address - first * 8);

		if (chunk)
			memcpy(words, chunk_words(ram, chunk, view) + first, n * sizeof(*words));
		else
			memset(words, 0, n * sizeof(*words));
		address += n * 8;
		words += n;
		count -= n;
	}
}

uint64_t sim_ram_read(struct sim_ram *ram, enum sim_view view, uint64_t address)
{
	uint64_t word;

	sim_ram_read_words(ram, view, address, &word, 1);
	return word;
}

bool sim_ram_write(struct sim_ram *ram, enum sim_view view, uint64_t address, uint64_t value)
{
	size_t index = address % SIM_CHUNK_BYTES / 8;
	struct sim_chunk *chunk = find_chunk(ram, address - index * 8);

	if (!chunk)
		chunk = add_chunk(ram, address - index * 8);
	if (!chunk)
		return false;
	if (view & SIM_CACHED)
		chunk_words(ram, chunk, SIM_CACHED)[index] = value;
	if (view & SIM_POC)
		chunk_words(ram, chunk, SIM_POC)[index] = value;
	return true;
}

uint8_t sim_ram_byte(struct sim_ram *ram, uint64_t address)
{
	return (uint8_t)(sim_ram_read(ram, SIM_CACHED, address & ~7ull) >> (address % 8 * 8));
}

bool sim_ram_set_byte(struct sim_ram *ram, uint64_t address, uint8_t value)
{
	unsigned shift = address % 8 * 8;
	uint64_t word = sim_ram_read(ram, SIM_CACHED, address & ~7ull);

	word = (word & ~(0xffull << shift)) | (uint64_t)value << shift;
	return sim_ram_write(ram, SIM_BOTH, address & ~7ull, word);
}

void sim_ram_clean(struct sim_ram *ram, uint64_t address, uint64_t bytes)
{
	/* A cache line cannot be cleaned in part: 64 bytes, as on most cores. */
	uint64_t line = address & ~63ull, end = address + bytes;

	if (!ram->noncoherent || !bytes)
		return;
	for (; line < end; line += 64) {
		size_t index = line % SIM_CHUNK_BYTES / 8;
		const struct sim_chunk *chunk = find_chunk(ram, line - index * 8);

		if (chunk)
			memcpy(chunk_words(ram, chunk, SIM_POC) + index,
			       chunk_words(ram, chunk, SIM_CACHED) + index, 64);
	}
}

bool sim_ram_place(struct sim_ram *ram, uint64_t bytes, uint64_t align, uint64_t *address)
{
	uint64_t at = (ram->next + align - 1) / align * align;

	if (at < ram->next || !sim_ram_contains(ram, at, bytes))
		return false;
	ram->next = at + bytes;
	*address = at;
	return true;
}

size_t sim_ram_ranges(const struct sim_ram *ram, struct memory_range *list)
{
	size_t i, count = 0;

	for (i = 0; i < ram->n_chunks; i++) {
		struct memory_range *last = count ? &list[count - 1] : NULL;

		if (last && last->base + last->size == ram->chunks[i].base)
			last->size += SIM_CHUNK_BYTES;
		else
			list[count++] = (struct memory_range){ ram->chunks[i].base, SIM_CHUNK_BYTES };
	}
	return count;
}
