// SPDX-License-Identifier: GPL-2.0-or-later
/* What is it that stands at an address of a capture? Its text says so beside the numbers. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "capture.h"
#include "its/store.h"

static struct capture_place *add(struct capture_places *places, enum capture_what what, enum memory_kind kind,
				 uint64_t base, uint64_t size, const char *format, ...)
{
	struct capture_place *place;
	va_list arguments;

	if (places->count == places->room) {
		size_t room = places->room ? 2 * places->room : 32;

		place = realloc(places->list, room * sizeof(*place));
		if (!place)
			return NULL;
		places->list = place;
		places->room = room;
	}
	place = &places->list[places->count++];
	*place = (struct capture_place){ .what = what, .kind = kind, .base = base, .size = size };
	va_start(arguments, format);
	vsnprintf(place->heading, sizeof(place->heading), format, arguments);
	va_end(arguments);
	return place;
}

static bool add_frame(struct capture_places *places, enum its_frame frame, uint64_t base, bool v41,
		      const char *name, size_t index)
{
	struct capture_place *place = add(places, CAPTURE_FRAME, MEMORY_REGISTERS, base, ITS_FRAME_SIZE, name, index);

	if (place) {
		place->frame = frame;
		place->v41 = v41;
	}
	return place;
}

static bool add_cpu(struct capture_places *places, const struct route_cpu *cpu)
{
	const struct queue_redistributor *redistributor = &cpu->redistributor;
	struct route_lpi_table config = route_lpi_config(cpu), pending = route_lpi_pending(cpu);
	bool v41 = its_register_get(GICR_TYPER, "RVPEID", redistributor->typer);

	return add_frame(places, ITS_FRAME_GICR, redistributor->base, v41, "Redistributor %zu", redistributor->index) &&
	       (!its_register_get(GICR_TYPER, "VLPIS", redistributor->typer) ||
		add_frame(places, ITS_FRAME_GICR_VLPI, redistributor->base + GICR_VLPI_FRAME_OFFSET, v41,
			  "Redistributor %zu, VLPI frame", redistributor->index)) &&
	       (!cpu->readable || !config.bytes ||
		(add(places, CAPTURE_TABLE, MEMORY_RAM, config.base, config.bytes,
		     "LPI configuration table: a byte for each LPI from 8192 on, bit 0 enables") &&
		 add(places, CAPTURE_TABLE, MEMORY_RAM, pending.base, pending.bytes,
		     "LPI pending table of redistributor %u: a bit for each INTID", redistributor->index)));
}

static bool add_table(struct capture_places *places, size_t its, unsigned n, uint64_t baser)
{
	return !its_register_get(GITS_BASER0, "Valid", baser) ||
	       add(places, CAPTURE_TABLE, MEMORY_RAM, its_baser_address(baser), its_baser_bytes(baser),
		   "ITS %zu: %s (GITS_BASER%u)%s", its, its_baser_table_name(baser), n,
		   its_register_get(GITS_BASER0, "Indirect", baser) ? ", level 1" : "");
}

static bool add_ring(struct capture_places *places, const struct route_map *map)
{
	static const enum memory_kind kinds[] = { MEMORY_RAM, MEMORY_RAM_UNCACHED };
	unsigned i;

	for (i = 0; i < 2; i++) {
		struct capture_place *place =
			add(places, CAPTURE_RING, kinds[i], map->queue.base, (uint64_t)map->queue.slots * ITS_COMMAND_BYTES,
			    i ? "ITS %zu: where the ring differs behind the caches" : "ITS %zu: the command ring", map->its);

		if (!place)
			return false;
		place->pta = map->queue.pta;
		place->layout = map->queue.layout;
	}
	return true;
}

bool capture_places_add(struct capture_places *places, const struct route_map *map)
{
	const struct board_its *its = &map->board->its[map->its];
	uint64_t entry = its_register_get(GITS_TYPER, "ITT_entry_size", map->queue.typer) + 1;
	const struct replay_device *device;
	bool ok;
	size_t i;

	ok = add_frame(places, ITS_FRAME_GITS, its->base, map->queue.layout == ITS_LAYOUT_V41, "ITS %zu", map->its);
	if (ok && its->gic < map->board->n_gics)
		ok = add_frame(places, ITS_FRAME_GICD, map->board->gics[its->gic].distributor.base, false,
			       "Distributor of GIC %zu", its->gic);
	for (i = 0; i < map->n_cpus && ok; i++)
		ok = add_cpu(places, &map->cpus[i]);
	for (i = 0; i < 8 && ok; i++)
		ok = add_table(places, map->its, (unsigned)i, map->baser[i]);
	if (ok && map->has_ring)
		ok = add_ring(places, map);
	for (device = map->replay.devices; device && ok; device = device->hh.next)
		if (device->has_itt)
			ok = add(places, CAPTURE_TABLE, MEMORY_RAM, device->itt_addr, entry << device->event_bits,
				 "ITS %zu: interrupt translation table of DeviceID 0x%x", map->its, device->device_id);
	return ok;
}

static int compare(const void *a, const void *b)
{
	const struct capture_place *x = a, *y = b;

	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	return (x->base > y->base) - (x->base < y->base);
}

void capture_places_sort(struct capture_places *places)
{
	size_t i, kept = 0;

	if (!places->count)
		return;
	qsort(places->list, places->count, sizeof(*places->list), compare);
	/* ITSs of one GIC bring the same redistributors, and those one configuration table. */
	for (i = 1; i < places->count; i++)
		if (compare(&places->list[kept], &places->list[i]))
			places->list[++kept] = places->list[i];
	places->count = kept + 1;
}

void capture_places_free(struct capture_places *places)
{
	free(places->list);
}

static const struct capture_place *find(const struct capture_places *places, enum memory_kind kind,
					uint64_t address)
{
	const struct capture_place key = { .kind = kind, .base = address };
	size_t low = 0, high = places->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare(&places->list[middle], &key) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	if (!low || places->list[low - 1].kind != kind || address - places->list[low - 1].base >= places->list[low - 1].size)
		return NULL;
	return &places->list[low - 1];
}

const char *capture_heading(void *context, enum memory_kind kind, uint64_t address)
{
	const struct capture_place *place = find(context, kind, address);

	if (place)
		return place->heading;
	return kind == MEMORY_REGISTERS ? "Other registers" : kind == MEMORY_RAM ? "Other memory: what tables point to" :
	       "Other memory behind the caches";
}

static const struct its_register *row_of(const struct capture_place *place, const struct store_register *reg)
{
	int id;

	for (id = 0; id < ITS_REGISTERS; id++) {
		const struct its_register *row = its_register_row((enum its_register_id)id);

		if (row->frame == place->frame && place->base + row->offset == reg->address && row->width == reg->width)
			return row;
	}
	return NULL;
}

void capture_note_register(void *context, FILE *out, const struct store_register *reg)
{
	const struct capture_place *place = find(context, MEMORY_REGISTERS, reg->address);
	const struct its_register *row = place ? row_of(place, reg) : NULL;
	const struct its_field *field;
	struct emitter *emit;

	if (!row)
		return;
	emit = emit_new(out, false, false);
	emit_text(emit, row->name);
	if (!reg->value && row >= its_register_row(GITS_BASER0) && row <= its_register_row(GITS_BASER7)) {
		emit_text(emit, " no table");
		emit_free(emit);
		return;
	}
	for (field = place->v41 && row->fields_v41 ? row->fields_v41 : row->fields; field->name; field++) {
		emit_text(emit, " ");
		emit_field(emit, field, &reg->value, true);
	}
	emit_free(emit);
}

void capture_note_line(void *context, FILE *out, uint64_t address, const uint64_t words[4])
{
	/* The uncached view of a ring lies at the same place. */
	const struct capture_place *place = find(context, MEMORY_RAM, address);
	const struct its_command *command = its_command_by_opcode(words[0]);
	const struct its_field *field;
	struct emitter *emit;

	if (!place || place->what != CAPTURE_RING || (address - place->base) % ITS_COMMAND_BYTES)
		return;
	emit = emit_new(out, false, false);
	emit_number(emit, NULL, "slot ", (address - place->base) / ITS_COMMAND_BYTES, 0);
	emit_text(emit, " ");
	emit_text(emit, command ? command->name : "unknown opcode");
	if (command) {
		its_command_for_each_field(field, command, place->layout) {
			emit_text(emit, " ");
			emit_field(emit, field, words, place->pta);
		}
	}
	emit_free(emit);
}
