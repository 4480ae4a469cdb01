// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The replay of random histories against an ITS in arrays, which knows what
 * was done before the history begins. Words are written out here, so that an
 * error in the command table cannot hide in both places.
 */
#include <stdint.h>
#include <stdlib.h>

/* The replay is compiled into this test, with an allocator that fails when told and compares that are counted. */
static long allocations_left = -1;	/* -1: any number */
static unsigned long compares;

static void *test_malloc(size_t size)
{
	if (!allocations_left)
		return NULL;
	if (allocations_left > 0)
		allocations_left--;
	return malloc(size);
}

static void *test_calloc_array(size_t count, size_t size)
{
	if (!allocations_left)
		return NULL;
	if (allocations_left > 0)
		allocations_left--;
	return calloc(count, size);
}

#define uthash_malloc(SIZE) test_malloc(SIZE)
#define uthash_free(POINTER, SIZE) free(POINTER)
#define HASH_KEYCMP(A, B, N) (compares++, memcmp(A, B, N))
#include "its/replay.h"
#define calloc(COUNT, SIZE) test_calloc_array(COUNT, SIZE)
#include "../../src/queue/replay.c"
#undef calloc
#include "test.h"

#define V (UINT64_C(1) << 63)
#define DEVICES 6u
#define EVENTS 16u
#define ICIDS 5u
#define VPES 4u
#define STEPS 400u
#define NEVER (-1)

/* When each fact was told last; NEVER if it was not. */
struct model_event {
	bool mapped, is_virtual;
	uint32_t pintid, icid, vpeid, vintid, doorbell;
	int told, defined, moved, belled;
};

struct model_vpe {
	bool mapped;
	uint64_t rdbase, vpt, vconf;
	uint32_t doorbell;
	int told, defined, moved;
	struct { int told; bool enabled, group1; uint8_t priority; } vsgi[16];
};

struct model {
	enum its_layout layout;
	struct { bool mapped; unsigned bits; uint64_t itt; int told; } device[DEVICES];
	struct model_event event[DEVICES][EVENTS];
	struct { bool mapped; uint64_t rdbase; int told; } collection[ICIDS];
	struct model_vpe vpe[VPES];
};

static void model_init(struct model *model, enum its_layout layout)
{
	unsigned i, k;

	memset(model, 0, sizeof(*model));
	model->layout = layout;
	for (i = 0; i < DEVICES; i++) {
		model->device[i].told = NEVER;
		for (k = 0; k < EVENTS; k++)
			model->event[i][k] = (struct model_event){ .told = NEVER, .defined = NEVER,
								   .moved = NEVER, .belled = NEVER };
	}
	for (i = 0; i < ICIDS; i++)
		model->collection[i].told = NEVER;
	for (i = 0; i < VPES; i++) {
		model->vpe[i].told = model->vpe[i].defined = model->vpe[i].moved = NEVER;
		for (k = 0; k < 16; k++)
			model->vpe[i].vsgi[k].told = NEVER;
	}
}

static void set(uint64_t *words, uint64_t w0, uint64_t w1, uint64_t w2, uint64_t w3)
{
	words[0] = w0;
	words[1] = w1;
	words[2] = w2;
	words[3] = w3;
}

static void model_mapd(struct model *model, uint64_t *random, uint64_t *words, int step, unsigned device)
{
	bool valid = test_random(random) % 3;
	/* No table twice: what is in one that is mapped again test_remapping() looks at. */
	uint64_t itt = (uint64_t)(step + 1) << 8;
	unsigned bits = 1 + test_random(random) % 4, i;
	/* Linux fills an unmapping MAPD in as well. */
	set(words, (uint64_t)device << 32 | 0x08, bits - 1, itt | (valid ? V : 0), 0);
	model->device[device].mapped = valid;
	model->device[device].bits = bits;
	model->device[device].itt = itt;
	model->device[device].told = step;
	for (i = 0; i < EVENTS; i++) {
		model->event[device][i].mapped = false;
		model->event[device][i].told = step;
		model->event[device][i].defined = model->event[device][i].moved = NEVER;
	}
}

/* MAPTI, MAPI, VMAPTI, VMAPI. False: the ITS refuses it. */
static bool model_map(struct model *model, uint64_t *random, uint64_t *words, int step, unsigned device,
		      unsigned id, uint8_t opcode)
{
	struct model_event *event = &model->event[device][id];
	uint32_t number = 8192 + test_random(random) % 1000, doorbell = 9192 + test_random(random) % 1000;

	if (!model->device[device].mapped || id >> model->device[device].bits)
		return false;
	event->mapped = true;
	event->told = event->defined = event->moved = event->belled = step;
	event->is_virtual = opcode >= 0x20;
	if (event->is_virtual) {
		event->vpeid = test_random(random) % VPES;
		event->vintid = opcode == 0x2b ? id : number;
		event->doorbell = doorbell;
		set(words, (uint64_t)device << 32 | opcode, (uint64_t)event->vpeid << 32 | id,
		    (uint64_t)doorbell << 32 | (opcode == 0x2a ? number : 0), 0);
	} else {
		event->icid = test_random(random) % ICIDS;
		event->pintid = opcode == 0x0b ? id : number;
		set(words, (uint64_t)device << 32 | opcode, opcode == 0x0a ? (uint64_t)number << 32 | id : id,
		    event->icid, 0);
	}
	return true;
}

/* MOVI, VMOVI, INT, CLEAR, INV, DISCARD. */
static bool model_use(struct model *model, uint64_t *random, uint64_t *words, int step, unsigned device,
		      unsigned id, uint8_t opcode)
{
	struct model_event *event = &model->event[device][id];
	uint64_t dw0 = (uint64_t)device << 32 | opcode;
	bool bell = test_random(random) & 1;

	set(words, dw0, id, 0, 0);
	if (!event->mapped || (opcode == 0x01 && event->is_virtual) || (opcode == 0x21 && !event->is_virtual))
		return false;
	if (opcode == 0x01) {
		event->icid = test_random(random) % ICIDS;
		event->moved = step;
		words[2] = event->icid;
	} else if (opcode == 0x21) {
		event->vpeid = test_random(random) % VPES;
		event->moved = step;
		words[1] |= (uint64_t)event->vpeid << 32;
		words[2] = (uint64_t)7777 << 32 | bell;
		if (bell) {
			event->doorbell = 7777;
			event->belled = step;
		}
	} else if (opcode == 0x0f) {
		event->mapped = false;
		event->told = step;
		event->defined = event->moved = event->belled = NEVER;
	}
	return true;
}

static void model_vmapp(struct model *model, uint64_t *random, uint64_t *words, int step, unsigned id)
{
	struct model_vpe *vpe = &model->vpe[id];
	unsigned i;

	vpe->mapped = test_random(random) % 3;
	vpe->rdbase = test_random(random) % 8 << 16;
	vpe->vpt = (test_random(random) & 0xff) << 16;
	vpe->vconf = (test_random(random) & 0xff) << 16;
	vpe->doorbell = 9000 + test_random(random) % 100;
	vpe->told = vpe->defined = vpe->moved = step;
	set(words, 0x29, (uint64_t)id << 32, vpe->rdbase | (vpe->mapped ? V : 0), vpe->vpt | 15);
	if (model->layout == ITS_LAYOUT_V41) {
		words[0] |= vpe->vconf;
		words[1] |= vpe->doorbell;
	}
	for (i = 0; i < 16 && !vpe->mapped; i++)
		vpe->vsgi[i].told = NEVER;
}

/* VMAPP, VMOVP, VSGI. */
static bool model_vpe(struct model *model, uint64_t *random, uint64_t *words, int step, unsigned id,
		      uint8_t opcode)
{
	struct model_vpe *vpe = &model->vpe[id];
	unsigned n = test_random(random) % 16;
	uint64_t r = test_random(random);

	if (opcode == 0x29) {
		model_vmapp(model, random, words, step, id);
		return true;
	}
	if (!vpe->mapped || (opcode == 0x23 && model->layout != ITS_LAYOUT_V41))
		return false;
	if (opcode == 0x22) {
		vpe->rdbase = r % 8 << 16;
		vpe->moved = step;
		set(words, 0x22, (uint64_t)id << 32, vpe->rdbase, 0);
		if (model->layout == ITS_LAYOUT_V41) {
			vpe->doorbell = 9000 + (r >> 8) % 100;
			words[3] = vpe->doorbell;
		}
		return true;
	}
	/* Bit 9 clears what is pending, and writes nothing. */
	set(words, 0x23 | (r & 0x700) | (r & 0xf00000) | (uint64_t)n << 32, (uint64_t)id << 32, 0, 0);
	if (!(r & 0x200)) {
		vpe->vsgi[n].told = step;
		vpe->vsgi[n].enabled = r & 0x100;
		vpe->vsgi[n].group1 = r & 0x400;
		vpe->vsgi[n].priority = (uint8_t)((r >> 20 & 0xf) << 4);
	}
	return true;
}

/* One random command that the ITS accepts. */
static void model_step(struct model *model, uint64_t *random, uint64_t *words, int step)
{
	static const uint8_t opcodes[] = { 0x08, 0x09, 0x0a, 0x0a, 0x0a, 0x0b, 0x01, 0x01, 0x03, 0x04, 0x0c, 0x0f,
					   0x05, 0x0d, 0x0e, 0x2a, 0x2a, 0x2b, 0x21, 0x21, 0x29, 0x22, 0x23, 0x23 };
	bool taken = false;

	while (!taken) {
		uint8_t opcode = opcodes[test_random(random) % sizeof(opcodes)];
		unsigned device = test_random(random) % DEVICES, event = test_random(random) % EVENTS;
		unsigned icid = test_random(random) % ICIDS;

		switch (opcode) {
		case 0x08:
			model_mapd(model, random, words, step, device);
			taken = true;
			break;
		case 0x09:
			model->collection[icid].mapped = test_random(random) % 3;
			model->collection[icid].rdbase = test_random(random) % 8 << 16;
			model->collection[icid].told = step;
			set(words, 0x09, 0, model->collection[icid].rdbase | icid |
			    (model->collection[icid].mapped ? V : 0), 0);
			taken = true;
			break;
		case 0x0a: case 0x0b: case 0x2a: case 0x2b:
			taken = model_map(model, random, words, step, device, event, opcode);
			break;
		case 0x29: case 0x22: case 0x23:
			taken = model_vpe(model, random, words, step, test_random(random) % VPES, opcode);
			break;
		case 0x05: case 0x0d: case 0x0e:
			set(words, opcode, 0, opcode == 0x0d ? icid : 0x10000, opcode == 0x0e ? 0x20000 : 0);
			taken = true;
			break;
		default:
			taken = model_use(model, random, words, step, device, event, opcode);
		}
	}
}

/* What is said must be so; what was told since @first must be said. */
static void agree_on(enum replay_known known, bool mapped, bool told)
{
	if (known != REPLAY_UNKNOWN)
		assert_int_equal(known, mapped ? REPLAY_MAPPED : REPLAY_UNMAPPED);
	else
		assert_false(told);
}

#define FACT(HAS, TOLD, GOT, WANT)                    \
	do {                                          \
		if (TOLD)                             \
			assert_true(HAS);             \
		if (HAS)                              \
			assert_true((GOT) == (WANT)); \
	} while (0)

static void compare_event_of(const struct replay *replay, const struct model_event *model, uint32_t device,
			     uint32_t id, int first)
{
	const struct replay_event *event = replay_event(replay, device, id);
	enum replay_known known = replay_event_known(replay, device, id);

	agree_on(known, model->mapped, model->told >= first || model->moved >= first || replay->whole);
	if (known != REPLAY_MAPPED)
		return;
	assert_non_null(event);
	assert_int_equal(event->is_virtual, model->is_virtual);
	if (model->is_virtual) {
		FACT(event->has_vpeid, model->moved >= first, event->vpeid, model->vpeid);
		FACT(event->has_vintid, model->defined >= first, event->vintid, model->vintid);
		FACT(event->has_doorbell, model->belled >= first, event->doorbell, model->doorbell);
	} else {
		FACT(event->has_pintid, model->defined >= first, event->pintid, model->pintid);
		FACT(event->has_icid, model->moved >= first, event->icid, model->icid);
	}
	if (event->source.origin == REPLAY_RING && model->defined >= first)
		assert_int_equal(event->source.slot, model->defined);
}

static void compare_vpe_of(const struct replay *replay, const struct model *model, uint32_t id, int first)
{
	const struct replay_vpe *vpe = replay_vpe(replay, id);
	const struct model_vpe *want = &model->vpe[id];
	unsigned i;

	if (!vpe) {
		assert_true(want->told < first && want->moved < first);
		return;
	}
	agree_on(vpe->known, want->mapped, want->told >= first || want->moved >= first);
	if (vpe->known != REPLAY_MAPPED)
		return;
	FACT(vpe->has_rdbase, want->moved >= first, vpe->rdbase, want->rdbase);
	FACT(vpe->has_vpt, want->defined >= first, vpe->vpt_addr, want->vpt);
	FACT(vpe->has_vconf, want->defined >= first && model->layout == ITS_LAYOUT_V41, vpe->vconf_addr, want->vconf);
	FACT(vpe->has_doorbell, want->moved >= first && model->layout == ITS_LAYOUT_V41, vpe->doorbell,
	     want->doorbell);
	for (i = 0; i < 16; i++) {
		assert_int_equal(vpe->vsgi[i].known, want->vsgi[i].told >= first && want->vsgi[i].told != NEVER);
		FACT(vpe->vsgi[i].known, false, vpe->vsgi[i].enabled, want->vsgi[i].enabled);
		FACT(vpe->vsgi[i].known, false, vpe->vsgi[i].group1, want->vsgi[i].group1);
		FACT(vpe->vsgi[i].known, false, vpe->vsgi[i].priority, want->vsgi[i].priority);
	}
}

static void compare(const struct replay *replay, const struct model *model, int first)
{
	unsigned i, k;

	for (i = 0; i < DEVICES; i++) {
		const struct replay_device *device = replay_device(replay, i);

		agree_on(replay_device_known(replay, i), model->device[i].mapped,
			 model->device[i].told >= first || replay->whole);
		if (device && device->has_itt) {
			assert_int_equal(device->event_bits, model->device[i].bits);
			assert_int_equal(device->itt_addr, model->device[i].itt);
		}
		for (k = 0; k < EVENTS; k++)
			compare_event_of(replay, &model->event[i][k], i, k, first);
	}
	for (i = 0; i < ICIDS; i++) {
		enum replay_known known = replay_collection_known(replay, i);

		agree_on(known, model->collection[i].mapped, model->collection[i].told >= first || replay->whole);
		if (known == REPLAY_MAPPED)
			assert_int_equal(replay_collection(replay, i)->rdbase, model->collection[i].rdbase);
	}
	for (i = 0; i < VPES; i++)
		compare_vpe_of(replay, model, i, first);
}

/* Histories from the beginning, and such whose beginning was overwritten. */
static void test_random_histories(void **state)
{
	uint64_t random = 20261121, words[ITS_COMMAND_WORDS];
	unsigned round;

	(void)state;
	for (round = 0; round < 400; round++) {
		enum its_layout layout = round & 1 ? ITS_LAYOUT_V41 : ITS_LAYOUT_V40;
		int first = round % 4 < 2 ? 0 : (int)(test_random(&random) % STEPS), step;
		struct replay replay;
		struct model model;

		model_init(&model, layout);
		replay_init(&replay, layout, !first);
		for (step = 0; step < (int)STEPS; step++) {
			model_step(&model, &random, words, step);
			if (step < first)
				continue;
			assert_true(replay_apply(&replay, words, (unsigned)step));
			if (step % 37 == 0)
				compare(&replay, &model, first);
		}
		compare(&replay, &model, first);
		replay_sort(&replay);
		compare(&replay, &model, first);
		replay_free(&replay);
		assert_null(replay.devices);
		assert_null(replay.events);
	}
}

static bool apply(struct replay *replay, unsigned slot, uint64_t w0, uint64_t w1, uint64_t w2, uint64_t w3)
{
	const uint64_t words[ITS_COMMAND_WORDS] = { w0, w1, w2, w3 };

	return replay_apply(replay, words, slot);
}

#define DEVICE(ID, OPCODE) ((uint64_t)(ID) << 32 | (OPCODE))

static void test_remapping(void **state)
{
	struct replay replay;

	(void)state;
	replay_init(&replay, ITS_LAYOUT_V40, true);
	apply(&replay, 1, DEVICE(5, 0x08), 4, V | 0x100000, 0);
	apply(&replay, 2, DEVICE(5, 0x0a), 8200ull << 32 | 3, 1, 0);
	apply(&replay, 3, DEVICE(5, 0x0f), 3, 0, 0);
	assert_int_equal(replay_event_known(&replay, 5, 3), REPLAY_UNMAPPED);
	apply(&replay, 4, DEVICE(5, 0x0a), 8300ull << 32 | 3, 2, 0);
	assert_int_equal(replay_event(&replay, 5, 3)->pintid, 8300);
	assert_int_equal(replay_event(&replay, 5, 3)->source.slot, 4);
	/* MAPD over a live event: another table, and it is gone. */
	apply(&replay, 5, DEVICE(5, 0x08), 2, V | 0x200000, 0);
	assert_int_equal(replay_event_known(&replay, 5, 3), REPLAY_UNMAPPED);
	assert_int_equal(replay_event(&replay, 5, 3)->source.slot, 5);
	assert_int_equal(replay_device(&replay, 5)->itt_addr, 0x200000);
	assert_int_equal(replay_device(&replay, 5)->event_bits, 3);
	assert_null(replay_device(&replay, 5)->events);
	/* And mapped again it is there once. */
	apply(&replay, 6, DEVICE(5, 0x0a), 8400ull << 32 | 3, 0, 0);
	apply(&replay, 7, DEVICE(5, 0x01), 3, 4, 0);
	assert_ptr_equal(replay_device(&replay, 5)->events, replay_event(&replay, 5, 3));
	assert_null(replay_event(&replay, 5, 3)->next);
	assert_int_equal(HASH_COUNT(replay.events), 1);
	assert_int_equal(replay_event(&replay, 5, 3)->icid, 4);
	assert_int_equal(replay_event(&replay, 5, 3)->moved.slot, 7);
	assert_int_equal(replay_event(&replay, 5, 3)->source.slot, 6);
	/* Physical, then virtual. */
	apply(&replay, 8, DEVICE(5, 0x0f), 3, 0, 0);
	apply(&replay, 9, DEVICE(5, 0x2a), 7ull << 32 | 3, 1023ull << 32 | 8500, 0);
	assert_true(replay_event(&replay, 5, 3)->is_virtual);
	assert_false(replay_event(&replay, 5, 3)->has_pintid);
	replay_free(&replay);
}

/* A table that is mapped again while it is in use; and how old an invalidation is. */
static void test_same_table(void **state)
{
	struct replay replay;

	(void)state;
	replay_init(&replay, ITS_LAYOUT_V40, true);
	apply(&replay, 19, DEVICE(5, 0x08), 2, V | 0x200000, 0);
	apply(&replay, 20, DEVICE(5, 0x0a), 8350ull << 32 | 1, 0, 0);
	apply(&replay, 21, DEVICE(5, 0x0c), 1, 0, 0);
	apply(&replay, 22, DEVICE(5, 0x08), 4, V | 0x200000, 0);
	assert_int_equal(replay_event_known(&replay, 5, 1), REPLAY_MAPPED);
	assert_int_equal(replay_event(&replay, 5, 1)->source.slot, 20);
	assert_int_equal(replay_event(&replay, 5, 1)->inv.slot, 21);
	assert_int_equal(replay_device(&replay, 5)->event_bits, 5);
	/* An INV belongs to the mapping it was sent for; INVALL and a mapping are told apart by age. */
	apply(&replay, 23, DEVICE(5, 0x0f), 1, 0, 0);
	apply(&replay, 24, 0x0d, 0, 0, 0);
	apply(&replay, 25, DEVICE(5, 0x0a), 8350ull << 32 | 1, 0, 0);
	assert_int_equal(replay_event(&replay, 5, 1)->inv.origin, REPLAY_NOWHERE);
	assert_false(replay_is_younger(&replay_collection(&replay, 0)->invall, &replay_event(&replay, 5, 1)->source));
	apply(&replay, 0, 0x0d, 0, 0, 0);
	assert_true(replay_is_younger(&replay_collection(&replay, 0)->invall, &replay_event(&replay, 5, 1)->source));
	apply(&replay, 26, DEVICE(5, 0x08), 0, 0, 0);
	apply(&replay, 27, DEVICE(5, 0x08), 2, V | 0x200000, 0);
	assert_int_equal(replay_event_known(&replay, 5, 1), REPLAY_UNMAPPED);
	replay_free(&replay);
}

/* A vPE that is not mapped is not moved; of one whose VMAPP is forgotten a VMOVP says that it is mapped. */
static void test_vpes(void **state)
{
	struct replay replay;

	(void)state;
	replay_init(&replay, ITS_LAYOUT_V40, true);
	assert_int_equal(replay_vpe_known(&replay, 3), REPLAY_UNMAPPED);
	apply(&replay, 1, 0x29, 3ull << 32, V | 0x10000, 0x100000);
	assert_int_equal(replay_vpe_known(&replay, 3), REPLAY_MAPPED);
	apply(&replay, 2, 0x29, 3ull << 32, 0, 0);
	apply(&replay, 3, 0x22, 3ull << 32, 0x20000, 0);
	assert_int_equal(replay_vpe_known(&replay, 3), REPLAY_UNMAPPED);
	replay_free(&replay);
	replay_init(&replay, ITS_LAYOUT_V40, false);
	assert_int_equal(replay_vpe_known(&replay, 3), REPLAY_UNKNOWN);
	apply(&replay, 3, 0x22, 3ull << 32, 0x20000, 0);
	assert_int_equal(replay_vpe_known(&replay, 3), REPLAY_MAPPED);
	replay_free(&replay);
}

/* The oldest that is left names the event and not how it was mapped. */
static void test_forgotten(void **state)
{
	const struct replay_event *event;
	struct replay replay;

	(void)state;
	replay_init(&replay, ITS_LAYOUT_V40, false);
	apply(&replay, 10, DEVICE(1, 0x01), 0, 3, 0);
	event = replay_event(&replay, 1, 0);
	assert_int_equal(event->known, REPLAY_MAPPED);
	assert_true(event->has_icid && event->icid == 3);
	assert_false(event->has_pintid);
	assert_int_equal(replay_device_known(&replay, 1), REPLAY_UNKNOWN);
	assert_int_equal(replay_collection_known(&replay, 3), REPLAY_UNKNOWN);
	assert_int_equal(replay_event_known(&replay, 1, 1), REPLAY_UNKNOWN);
	apply(&replay, 11, DEVICE(1, 0x21), 2ull << 32 | 5, 0, 0);
	event = replay_event(&replay, 1, 5);
	assert_true(event->is_virtual && event->has_vpeid && event->vpeid == 2);
	assert_false(event->has_vintid || event->has_doorbell);
	/* INT and INV tell nothing: an ITS that does not stall skips them for an unmapped event. */
	apply(&replay, 12, DEVICE(1, 0x0c), 7, 0, 0);
	apply(&replay, 13, DEVICE(1, 0x03), 7, 0, 0);
	assert_int_equal(replay_event_known(&replay, 1, 7), REPLAY_UNKNOWN);
	assert_int_equal(replay_event(&replay, 1, 7)->inv.slot, 12);
	assert_int_equal(replay_event(&replay, 1, 7)->interrupt.slot, 13);
	/* A MAPD is a beginning. */
	apply(&replay, 14, DEVICE(1, 0x08), 4, V, 0);
	assert_int_equal(replay_event_known(&replay, 1, 0), REPLAY_UNMAPPED);
	assert_int_equal(replay_event_known(&replay, 1, 7), REPLAY_UNMAPPED);
	assert_int_equal(replay_event_known(&replay, 2, 0), REPLAY_UNKNOWN);
	replay_free(&replay);
}

/* Memory runs out at every allocation in turn: false, nothing leaks, what is there can be asked. */
static void test_no_memory(void **state)
{
	long limit;

	(void)state;
	for (limit = 0; limit < 500; limit++) {
		uint64_t random = 7, words[ITS_COMMAND_WORDS];
		struct replay replay;
		struct model model;
		bool enough = true;
		int step;

		model_init(&model, ITS_LAYOUT_V41);
		replay_init(&replay, ITS_LAYOUT_V41, true);
		allocations_left = limit;
		for (step = 0; step < 120 && enough; step++) {
			model_step(&model, &random, words, step);
			enough = replay_apply(&replay, words, (unsigned)step);
		}
		allocations_left = -1;
		replay_device_known(&replay, 0);
		replay_event_known(&replay, 0, 0);
		replay_sort(&replay);
		replay_free(&replay);
		if (enough) {
			assert_true(limit > 20);
			return;
		}
	}
	fail_msg("500 allocations were not enough for 120 commands");
}

static unsigned long work_of(unsigned events)
{
	struct replay replay;
	unsigned i;

	replay_init(&replay, ITS_LAYOUT_V40, true);
	compares = 0;
	for (i = 0; i < events; i++) {
		uint64_t device = i / 128, id = i % 128;

		if (!id)
			assert_true(apply(&replay, i, DEVICE(device, 0x08), 6, V | (uint64_t)i << 8, 0));
		assert_true(apply(&replay, i, DEVICE(device, 0x0a), (8192ull + i) << 32 | id, 0, 0));
		assert_true(apply(&replay, i, DEVICE(device, 0x0c), id, 0, 0));
	}
	/* Devices unmapped again and again: each has its events to forget only once. */
	for (i = 0; i < events; i++)
		assert_true(apply(&replay, i, DEVICE(i % (events / 128), 0x08), 6, 0, 0));
	for (i = 0; i < events / 128; i++)
		assert_null(replay_device(&replay, i)->events);
	replay_free(&replay);
	return compares;
}

static void test_linear(void **state)
{
	unsigned long small = work_of(1280), large = work_of(12800);

	(void)state;
	assert_true(small > 1280);
	if (large > small * 13)
		fail_msg("10 times the commands took %lu instead of %lu compares", large, small * 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random_histories), cmocka_unit_test(test_remapping), cmocka_unit_test(test_same_table), cmocka_unit_test(test_vpes),
		cmocka_unit_test(test_forgotten), cmocka_unit_test(test_no_memory),
		cmocka_unit_test(test_linear),
	};

	return cmocka_run_group_tests_name("replay", tests, NULL, NULL);
}
