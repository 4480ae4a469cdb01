// SPDX-License-Identifier: GPL-2.0-or-later
/* What is believed of QEMU's and KVM's tables, made here by hand word for word, and of hostile ones? */
#include <endian.h>
#include <stdio.h>

#include "its/route.h"
#include "test.h"

#define RAM 0x40000000ull
#define RAM_BYTES (16u << 20)
#define FRAME 0x08080000ull
#define QEMU 0x0000043bu
#define KVM 0x4b00043bu
/* As measured on QEMU 7.2: 12 bytes an ITT entry, 16 bits of DeviceID, EventID and ICID. */
#define TYPER_QEMU 0x0000001f0001efb1ull
#define TYPER_KVM 0x000000000001ef71ull
#define VALID (1ull << 63)
#define INDIRECT (1ull << 62)
#define BASER(TYPE, ADDRESS) (VALID | (uint64_t)(TYPE) << 56 | 7ull << 48 | (ADDRESS))
#define PAGES_64K 0x200ull
#define COLLECTIONS (RAM + 0x10000)
#define DEVICES (RAM + 0x20000)
#define VPES (RAM + 0x30000)
#define LEVEL2 (RAM + 0x40000)
#define ITT (RAM + 0x100000)

static unsigned char *ram;
static uint64_t frame[0x10000 / 8];
static uint64_t hole;	/* a page of RAM that cannot be read */

static int fake_map(struct window *window, struct its_error *error)
{
	if (window->base == FRAME) {
		window->mapped = frame;
		return 0;
	}
	if (window->base < RAM || window->base - RAM + window->size > RAM_BYTES || window->base == hole)
		return its_error(error, ITS_ERR_ACCESS, "there is nothing at 0x%llx", (unsigned long long)window->base);
	window->mapped = ram + (window->base - RAM);
	return 0;
}

static void fake_unmap(struct window *window)
{
	(void)window;
}

static const struct memory_ops fake = { .scheme = "fake", .map = fake_map, .unmap = fake_unmap };

static void put(uint64_t address, uint64_t word)
{
	word = htole64(word);
	memcpy(ram + (address - RAM), &word, 8);
}

struct rig {
	struct memory memory;
	struct route_map map;
};

static void set_pointers(uint64_t creadr, uint64_t cwriter)
{
	frame[0x88 / 8] = htole64(cwriter);
	frame[0x90 / 8] = htole64(creadr);
}

/* An ITS with tables of one 64 KiB page each, all empty, and a quiet ring of which nothing is known. */
static void rig_open(struct rig *rig, uint32_t iidr)
{
	memset(rig, 0, sizeof(*rig));
	memset(ram, 0, RAM_BYTES);
	memset(frame, 0, sizeof(frame));
	hole = 0;
	rig->memory.ops = &fake;
	rig->map.memory = &rig->memory;
	rig->map.queue.memory = &rig->memory;
	rig->map.queue.iidr = iidr;
	rig->map.queue.typer = iidr == KVM ? TYPER_KVM : TYPER_QEMU;
	assert_int_equal(window_open(&rig->map.queue.frame, &rig->memory, FRAME, sizeof(frame), MEMORY_REGISTERS,
				     false, NULL), 0);
	rig->map.has_ring = true;
	rig->map.snapshot = (struct queue_snapshot){ .slots = 64, .creadr = 5, .cwriter = 5,
						     .creadr_after = 0xa0, .cwriter_after = 0xa0 };
	set_pointers(0xa0, 0xa0);
	rig->map.baser[0] = BASER(1, DEVICES) | PAGES_64K;
	rig->map.baser[1] = BASER(4, COLLECTIONS) | PAGES_64K;
	route_pages_init(&rig->map.pages, &rig->memory);
	replay_init(&rig->map.replay, ITS_LAYOUT_V40, false);
}

static void rig_close(struct rig *rig)
{
	replay_free(&rig->map.replay);
	route_pages_free(&rig->map.pages);
}

static void ring(struct rig *rig, uint64_t dw0, uint64_t dw1, uint64_t dw2)
{
	const uint64_t words[4] = { dw0, dw1, dw2, 0 };

	assert_true(replay_apply(&rig->map.replay, words, 3));
}

static void ring_mapd(struct rig *rig, uint64_t device, unsigned bits, uint64_t itt)
{
	ring(rig, device << 32 | 0x08, bits - 1, itt ? itt | VALID : 0);
}

static void ring_mapti(struct rig *rig, uint64_t device, uint64_t event, uint64_t lpi, uint64_t icid)
{
	ring(rig, device << 32 | 0x0a, lpi << 32 | event, icid);
}

static struct replay_event *event(struct rig *rig, uint32_t device, uint32_t id)
{
	struct replay_event *found = replay_event(&rig->map.replay, device, id);

	if (!found)
		fail_msg("nothing is known of device %u event %u", device, id);
	return found;
}

static void assert_event(struct rig *rig, uint32_t device, uint32_t id, uint32_t lpi, uint32_t icid)
{
	const struct replay_event *found = event(rig, device, id);

	assert_int_equal(found->known, REPLAY_MAPPED);
	assert_int_equal(found->source.origin, REPLAY_TABLE);
	assert_false(found->is_virtual);
	assert_true(found->has_pintid && found->has_icid);
	assert_int_equal(found->pintid, lpi);
	assert_int_equal(found->icid, icid);
}

/* QEMU */
static void qemu_device(uint64_t table, uint64_t id, unsigned bits, uint64_t itt)
{
	put(table + id * 8, 1 | (bits - 1) << 1 | itt >> 8 << 6);
}

static void qemu_ite(uint64_t itt, uint64_t id, uint64_t word, uint32_t doorbell)
{
	doorbell = htole32(doorbell);
	put(itt + id * 12, word);
	memcpy(ram + (itt + id * 12 + 8 - RAM), &doorbell, 4);
}

#define QEMU_LPI(LPI, ICID) (3 | (uint64_t)(LPI) << 2 | (uint64_t)(ICID) << 32)

static void qemu_board(struct rig *rig)
{
	rig_open(rig, QEMU);
	put(COLLECTIONS, 1);
	put(COLLECTIONS + 8, 1 | 3 << 1);
	qemu_device(DEVICES, 8, 5, ITT);
	qemu_ite(ITT, 0, QEMU_LPI(8192, 1), 1023);
	qemu_ite(ITT, 31, QEMU_LPI(8200, 0), 1023);
	qemu_device(DEVICES, 0x1fff, 1, ITT + 0x1000);
	qemu_ite(ITT + 0x1000, 1, QEMU_LPI(0xffff, 0xffff), 0);
}

static void test_qemu_flat(void **state)
{
	struct rig rig;
	const struct replay *replay = &rig.map.replay;
	const struct replay_device *device;

	(void)state;
	qemu_board(&rig);
	route_tables_read(&rig.map);
	assert_string_equal(rig.map.tables_error.message, "");
	assert_int_equal(rig.map.tables, ROUTE_TABLES_QEMU);
	assert_int_equal(HASH_COUNT(replay->devices), 2);
	assert_int_equal(HASH_COUNT(replay->events), 3);
	assert_int_equal(HASH_COUNT(replay->collections), 2);
	device = replay_device(replay, 8);
	assert_int_equal(device->known, REPLAY_MAPPED);
	assert_int_equal(device->source.origin, REPLAY_TABLE);
	assert_true(device->has_itt && device->itt_read && !device->table_differs);
	assert_int_equal(device->event_bits, 5);
	assert_int_equal(device->itt_addr, ITT);
	assert_event(&rig, 8, 0, 8192, 1);
	assert_event(&rig, 8, 31, 8200, 0);
	assert_event(&rig, 0x1fff, 1, 0xffff, 0xffff);
	assert_int_equal(replay_collection(replay, 0)->rdbase, 0);
	assert_int_equal(replay_collection(replay, 1)->rdbase, 3 << 16);
	assert_int_equal(replay_collection(replay, 1)->source.origin, REPLAY_TABLE);
	/* What is in no table is not mapped. */
	assert_true(replay->whole);
	assert_int_equal(replay_event_known(replay, 8, 1), REPLAY_UNMAPPED);
	assert_int_equal(replay_device_known(replay, 9), REPLAY_UNMAPPED);
	assert_int_equal(replay_collection_known(replay, 2), REPLAY_UNMAPPED);
	/* A later MAPD unmaps what the table had mapped. */
	ring_mapd(&rig, 8, 5, 0);
	assert_int_equal(event(&rig, 8, 31)->known, REPLAY_UNMAPPED);
	rig_close(&rig);
}

static void test_qemu_indirect(void **state)
{
	struct rig rig;

	(void)state;
	rig_open(&rig, QEMU);
	/* Pages of 4 KiB: 512 entries each; DeviceID 0x8000 is entry 0 of the 64th. */
	rig.map.baser[0] = BASER(1, DEVICES) | INDIRECT;
	put(DEVICES + 64 * 8, LEVEL2 | VALID);
	put(DEVICES + 65 * 8, LEVEL2 + 0x1000);	/* not valid */
	qemu_device(LEVEL2, 0, 9, ITT + 0x100);
	qemu_device(LEVEL2 + 0x1000, 1, 9, ITT);
	/* The entry of event 320 stands across a page's end. */
	qemu_ite(ITT + 0x100, 320, QEMU_LPI(9000, 7), 1023);
	qemu_ite(ITT + 0x100, 512, QEMU_LPI(9001, 7), 1023);	/* behind the ITT */
	route_tables_read(&rig.map);
	assert_string_equal(rig.map.tables_error.message, "");
	assert_int_equal(HASH_COUNT(rig.map.replay.devices), 1);
	assert_int_equal(HASH_COUNT(rig.map.replay.events), 1);
	assert_event(&rig, 0x8000, 320, 9000, 7);
	assert_true(rig.map.replay.whole);
	rig_close(&rig);
}

/* Before 7.0: 1023 was meant for [49:26], and then bytes 4 to 7 were overwritten with vPEID and ICID. */
static void test_qemu_before_7(void **state)
{
	struct rig rig;

	(void)state;
	rig_open(&rig, QEMU);
	qemu_device(DEVICES, 8, 5, ITT);
	qemu_ite(ITT, 2, (QEMU_LPI(8194, 0) | 1023ull << 26) & 0xffffffff, 0xdeadbeef);
	qemu_ite(ITT, 3, QEMU_LPI(8195, 3) | 0x3full << 26, 0);
	route_tables_read(&rig.map);
	assert_event(&rig, 8, 2, 8194, 0);
	assert_event(&rig, 8, 3, 8195, 3);
	rig_close(&rig);
}

static void test_qemu_virtual(void **state)
{
	const struct replay_event *found;
	const struct replay_vpe *vpe;
	struct rig rig;

	(void)state;
	rig_open(&rig, QEMU);
	rig.map.baser[2] = BASER(2, VPES) | PAGES_64K;
	put(VPES + 5 * 8, 1 | 15 << 1 | (RAM >> 16) << 6 | 2ull << 42);
	put(VPES + 6 * 8, 1 | 15 << 1 | (RAM >> 16) << 6 | 3ull << 42);
	qemu_device(DEVICES, 8, 5, ITT);
	qemu_ite(ITT, 1, 1 | 8300ull << 2 | 5ull << 48, 9000);
	qemu_ite(ITT, 2, 1 | 8301ull << 2 | 6ull << 48, 1023);
	qemu_ite(ITT, 3, 1 | 8302ull << 2 | 5ull << 48, 1023);
	ring(&rig, 8ull << 32 | 0x01, 3, 0);
	/* VMOVP vPE 6 to processor 1, VMOVI event 2 to vPE 6: all that the history has. */
	ring(&rig, 0x22, 6ull << 32, 1 << 16);
	ring(&rig, 8ull << 32 | 0x21, 6ull << 32 | 2, 0);
	route_tables_read(&rig.map);
	assert_string_equal(rig.map.tables_error.message, "");
	found = event(&rig, 8, 1);
	assert_int_equal(found->known, REPLAY_MAPPED);
	assert_true(found->is_virtual && found->has_vpeid && !found->has_pintid && !found->has_icid);
	assert_int_equal(found->vintid, 8300);
	assert_int_equal(found->vpeid, 5);
	assert_int_equal(found->doorbell, 9000);
	found = event(&rig, 8, 2);
	assert_int_equal(found->source.origin, REPLAY_TABLE);
	assert_int_equal(found->moved.origin, REPLAY_RING);
	assert_int_equal(found->vintid, 8301);
	assert_int_equal(found->doorbell, 1023);
	assert_false(found->table_differs);
	/* The history says that it is physical: the table is in force. */
	found = event(&rig, 8, 3);
	assert_true(found->is_virtual && !found->has_pintid && !found->has_icid && found->table_differs);
	assert_int_equal(found->source.origin, REPLAY_TABLE);
	assert_int_equal(found->ring.origin, REPLAY_RING);
	assert_int_not_equal(found->vintid, 0);
	vpe = replay_vpe(&rig.map.replay, 5);
	assert_int_equal(vpe->known, REPLAY_MAPPED);
	assert_true(vpe->has_rdbase && vpe->has_vpt && !vpe->has_doorbell && !vpe->table_differs);
	assert_int_equal(vpe->rdbase, 2 << 16);
	assert_int_equal(vpe->vpt_addr, RAM);
	assert_int_equal(vpe->vpt_size, 15);
	vpe = replay_vpe(&rig.map.replay, 6);
	assert_int_equal(vpe->rdbase, 3 << 16);
	assert_int_equal(vpe->moved.origin, REPLAY_TABLE);
	assert_int_equal(vpe->ring.origin, REPLAY_RING);
	assert_true(vpe->has_vpt && vpe->table_differs);
	rig_close(&rig);
}

/* The ring is newer, and where it knows only a part the table gives the rest. */
static void test_qemu_ring_first(void **state)
{
	struct replay_event *found;
	struct rig rig;

	(void)state;
	qemu_board(&rig);
	ring(&rig, 8ull << 32 | 0x01, 0, 1);		/* MOVI event 0 to collection 1 */
	ring(&rig, 8ull << 32 | 0x0c, 7, 0);		/* INV event 7, which is not mapped */
	ring(&rig, 8ull << 32 | 0x0f, 9, 0);		/* DISCARD event 9 */
	ring(&rig, 0x0d, 0, 4);				/* INVALL collection 4, which is not mapped */
	ring_mapd(&rig, 0x1fff, 1, ITT + 0x1000);
	ring_mapti(&rig, 0x1fff, 1, 0xffff, 0xffff);
	ring(&rig, 0x09, 0, VALID | 3 << 16 | 1);	/* MAPC 1 to processor 3 */
	route_tables_read(&rig.map);
	assert_string_equal(rig.map.tables_error.message, "");
	assert_event(&rig, 8, 0, 8192, 1);
	assert_int_equal(event(&rig, 8, 0)->moved.origin, REPLAY_RING);
	found = event(&rig, 8, 7);
	assert_int_equal(found->known, REPLAY_UNMAPPED);
	assert_int_equal(found->source.origin, REPLAY_TABLE);
	assert_int_equal(found->inv.origin, REPLAY_RING);
	assert_int_equal(event(&rig, 8, 9)->source.origin, REPLAY_RING);
	assert_int_equal(replay_collection(&rig.map.replay, 4)->known, REPLAY_UNMAPPED);
	assert_int_equal(event(&rig, 0x1fff, 1)->source.origin, REPLAY_RING);
	assert_int_equal(replay_device(&rig.map.replay, 0x1fff)->source.origin, REPLAY_RING);
	assert_int_equal(replay_collection(&rig.map.replay, 1)->source.origin, REPLAY_RING);
	for (found = rig.map.replay.events; found; found = found->hh.next)
		assert_false(found->table_differs);
	assert_false(replay_device(&rig.map.replay, 0x1fff)->table_differs);
	assert_false(replay_collection(&rig.map.replay, 1)->table_differs);
	assert_true(rig.map.replay.whole);
	rig_close(&rig);
}

/* Everything that a table can contradict; differing only if the ring was quiet. */
static void contradict(struct rig *rig)
{
	struct replay *replay = &rig->map.replay;

	qemu_board(rig);
	ring_mapd(rig, 8, 5, ITT);
	ring_mapti(rig, 8, 0, 8193, 1);			/* another pINTID; the table's event 31 is unknown */
	ring_mapti(rig, 8, 2, 8202, 1);			/* not in the table */
	ring_mapd(rig, 0x1fff, 1, ITT + 0x2000);	/* another ITT, with something in it */
	qemu_ite(ITT + 0x2000, 1, QEMU_LPI(8400, 0), 1023);
	ring_mapd(rig, 10, 1, ITT + 0x3000);		/* not in the table */
	ring_mapti(rig, 10, 0, 8203, 1);
	ring(rig, 0x09, 0, VALID | 2 << 16 | 1);	/* another target */
	ring(rig, 0x09, 0, 0);				/* MAPC V=0 */
	ring(rig, 0x09, 0, VALID | 7);			/* not in the table */
	assert_int_equal(replay_collection(replay, 7)->known, REPLAY_MAPPED);
}

static unsigned differing(struct rig *rig)
{
	const struct replay_collection *collection;
	const struct replay_device *device;
	const struct replay_event *found;
	unsigned count = 0;

	for (collection = rig->map.replay.collections; collection; collection = collection->hh.next)
		count += collection->table_differs;
	for (device = rig->map.replay.devices; device; device = device->hh.next)
		count += device->table_differs;
	for (found = rig->map.replay.events; found; found = found->hh.next)
		count += found->table_differs;
	return count;
}

static void test_qemu_differs(void **state)
{
	struct rig rig;
	struct replay *replay = &rig.map.replay;

	(void)state;
	contradict(&rig);
	route_tables_read(&rig.map);
	/* The ITS translates by its table: that is in force, and the command it contradicts is kept. */
	assert_event(&rig, 8, 0, 8192, 1);
	assert_true(event(&rig, 8, 0)->table_differs);
	assert_int_equal(event(&rig, 8, 0)->ring.origin, REPLAY_RING);
	assert_int_equal(event(&rig, 8, 2)->known, REPLAY_UNMAPPED);
	assert_true(event(&rig, 8, 2)->table_differs);
	/* Only the absence of a command speaks against it: a lap leaves none in the history. */
	assert_event(&rig, 8, 31, 8200, 0);
	assert_false(event(&rig, 8, 31)->table_differs);
	assert_false(replay_device(replay, 8)->table_differs);
	assert_true(replay_device(replay, 0x1fff)->table_differs);
	assert_int_equal(replay_device(replay, 0x1fff)->itt_addr, ITT + 0x1000);
	assert_event(&rig, 0x1fff, 1, 0xffff, 0xffff);
	assert_true(replay_device(replay, 10)->table_differs);
	assert_int_equal(replay_device(replay, 10)->known, REPLAY_UNMAPPED);
	assert_int_equal(event(&rig, 10, 0)->known, REPLAY_UNMAPPED);
	assert_true(replay_collection(replay, 0)->table_differs);
	assert_int_equal(replay_collection(replay, 0)->known, REPLAY_MAPPED);
	assert_true(replay_collection(replay, 1)->table_differs);
	assert_int_equal(replay_collection(replay, 1)->rdbase, 3 << 16);
	assert_int_equal(replay_collection(replay, 1)->ring.origin, REPLAY_RING);
	assert_true(replay_collection(replay, 7)->table_differs);
	assert_int_equal(replay_collection(replay, 7)->known, REPLAY_UNMAPPED);
	assert_int_equal(differing(&rig), 7);
	rig_close(&rig);
}

static void test_qemu_busy(void **state)
{
	struct rig rig;
	unsigned i;

	(void)state;
	for (i = 0; i < 6; i++) {
		contradict(&rig);
		if (i == 0)
			rig.map.snapshot.moved = true;
		if (i == 1)
			rig.map.snapshot.cwriter = 6;
		if (i == 2)
			rig.map.snapshot.stalled = true;
		if (i == 3)
			set_pointers(0xc0, 0xc0);	/* since then */
		if (i == 4)
			set_pointers(0xa1, 0xa0);	/* stalled since then */
		if (i == 5)
			rig.map.has_ring = false;
		route_tables_read(&rig.map);
		assert_int_equal(rig.map.tables, ROUTE_TABLES_QEMU);
		assert_int_equal(differing(&rig), 0);
		assert_int_equal(event(&rig, 8, 0)->pintid, 8193);
		rig_close(&rig);
	}
}

/* A history that seems whole, and a table that has more. */
static void test_qemu_more_than_whole(void **state)
{
	struct rig rig;

	(void)state;
	qemu_board(&rig);
	rig.map.replay.whole = true;
	route_tables_read(&rig.map);
	assert_event(&rig, 8, 0, 8192, 1);
	assert_int_equal(differing(&rig), 0);
	rig_close(&rig);
}

static void test_qemu_partial(void **state)
{
	struct rig rig;
	const struct replay *replay = &rig.map.replay;

	(void)state;
	qemu_board(&rig);
	qemu_device(DEVICES, 1000, 1, ITT + 0x2000);
	hole = ITT;
	route_tables_read(&rig.map);
	assert_int_equal(rig.map.tables, ROUTE_TABLES_QEMU);
	assert_int_equal(rig.map.tables_error.code, ITS_ERR_ACCESS);
	assert_non_null(strstr(rig.map.tables_error.message, "0x40100000"));
	assert_false(replay->whole);
	assert_false(replay_device(replay, 8)->itt_read);
	assert_int_equal(replay_event_known(replay, 8, 0), REPLAY_UNKNOWN);
	assert_event(&rig, 0x1fff, 1, 0xffff, 0xffff);
	rig_close(&rig);

	/* An ITT of three pages, of which the first cannot be read. */
	qemu_board(&rig);
	qemu_device(DEVICES, 8, 10, ITT);
	qemu_ite(ITT, 1000, QEMU_LPI(9000, 0), 1023);
	hole = ITT;
	route_tables_read(&rig.map);
	assert_event(&rig, 8, 1000, 9000, 0);
	assert_false(replay_device(replay, 8)->itt_read);
	rig_close(&rig);

	/* The page of the device table that DeviceID 8 is in: those behind it are read. */
	qemu_board(&rig);
	hole = DEVICES;
	route_tables_read(&rig.map);
	assert_false(replay->whole);
	assert_null(replay_device(replay, 8));
	assert_int_equal(replay_device_known(replay, 8), REPLAY_UNKNOWN);
	assert_event(&rig, 0x1fff, 1, 0xffff, 0xffff);
	rig_close(&rig);

	/* An ITT that cannot be had, or goes on for ever. */
	qemu_board(&rig);
	qemu_device(DEVICES, 8, 32, 0xfffffffffff00ull);
	route_tables_read(&rig.map);
	assert_false(replay->whole);
	assert_int_equal(rig.map.tables_error.code, ITS_ERR_ACCESS);
	assert_event(&rig, 0x1fff, 1, 0xffff, 0xffff);
	rig_close(&rig);
}

/* What tables lead to is read on a running machine only where RAM is. */
static void test_not_ram(void **state)
{
	struct board_range range = { .base = RAM, .size = ITT - RAM + 0x1000 };
	const struct board board = { .memory = &range, .n_memory = 1 };
	struct memory_ops live = fake;
	struct rig rig;

	(void)state;
	live.live = true;
	qemu_board(&rig);
	rig.memory.ops = &live;
	rig.map.pages.board = &board;
	route_tables_read(&rig.map);
	assert_event(&rig, 8, 0, 8192, 1);
	assert_null(replay_event(&rig.map.replay, 0x1fff, 1));
	assert_false(rig.map.replay.whole);
	assert_int_equal(rig.map.tables_error.code, ITS_ERR_INPUT);
	assert_non_null(strstr(rig.map.tables_error.message, "0x40101000, which is in no memory node"));
	rig_close(&rig);

	/* An image holds what it holds. */
	qemu_board(&rig);
	rig.map.pages.board = &board;
	route_tables_read(&rig.map);
	assert_event(&rig, 0x1fff, 1, 0xffff, 0xffff);
	rig_close(&rig);
}

static void test_opaque(void **state)
{
	struct rig rig;

	(void)state;
	qemu_board(&rig);
	rig.map.queue.typer = 0x0000001f0001ef71ull;	/* 8 bytes an ITT entry: a GIC-500 */
	route_tables_read(&rig.map);
	assert_int_equal(rig.map.tables, ROUTE_TABLES_OPAQUE);
	assert_non_null(strstr(rig.map.tables_error.message, "8 bytes"));
	assert_null(rig.map.replay.devices);
	rig_close(&rig);

	qemu_board(&rig);
	rig.map.queue.iidr = 0x0201743b;		/* GIC-600 */
	route_tables_read(&rig.map);
	assert_int_equal(rig.map.tables, ROUTE_TABLES_OPAQUE);
	assert_int_not_equal(rig.map.tables_error.code, 0);
	assert_null(rig.map.replay.devices);
	rig_close(&rig);

	/* Tables that are not there, not valid, or of another format. */
	qemu_board(&rig);
	rig.map.baser[0] &= ~VALID;
	rig.map.baser[1] += 1ull << 48;
	route_tables_read(&rig.map);
	assert_int_equal(rig.map.tables, ROUTE_TABLES_OPAQUE);
	assert_int_not_equal(rig.map.tables_error.code, 0);
	assert_false(rig.map.replay.whole);
	rig_close(&rig);

	rig_open(&rig, KVM);
	rig.map.queue.iidr |= 1 << 12;			/* table revision 1 */
	route_tables_read(&rig.map);
	assert_int_equal(rig.map.tables, ROUTE_TABLES_OPAQUE);
	assert_non_null(strstr(rig.map.tables_error.message, "revision 1"));
	rig_close(&rig);
}

/* KVM */
#define KVM_DEVICE(NEXT, BITS, ADDRESS) (VALID | (uint64_t)(NEXT) << 49 | (ADDRESS) >> 8 << 5 | ((BITS) - 1))
#define KVM_ITE(NEXT, LPI, ICID) ((uint64_t)(NEXT) << 48 | (uint64_t)(LPI) << 16 | (ICID))

static void kvm_board(struct rig *rig)
{
	rig_open(rig, KVM);
	put(COLLECTIONS, VALID | 2ull << 16 | 5);
	put(COLLECTIONS + 8, VALID | 0xffffffffull << 16 | 6);	/* saved without a target */
	put(COLLECTIONS + 16, VALID | 1ull << 16 | 4);
	put(COLLECTIONS + 32, VALID | 1ull << 16 | 9);		/* behind the end */
	put(DEVICES + 16 * 8, KVM_DEVICE(84, 5, ITT));
	put(DEVICES + 40 * 8, KVM_DEVICE(0, 5, ITT));		/* an older save's: not in the chain */
	put(DEVICES + 100 * 8, KVM_DEVICE(0, 2, ITT + 0x1000));
	put(DEVICES + 101 * 8, KVM_DEVICE(0, 2, ITT + 0x1000));
	put(ITT + 3 * 8, KVM_ITE(7, 8195, 5));
	put(ITT + 4 * 8, KVM_ITE(0, 8196, 5));			/* not in the chain */
	put(ITT + 10 * 8, KVM_ITE(0, 8202, 4));
	put(ITT + 11 * 8, KVM_ITE(0, 8203, 4));			/* behind the last */
	put(ITT + 0x1000, KVM_ITE(3, 8300, 5));
	put(ITT + 0x1000 + 3 * 8, KVM_ITE(1, 8303, 5));		/* the next is outside the ITT */
	put(ITT + 0x1000 + 4 * 8, KVM_ITE(0, 8304, 5));
}

static void test_kvm(void **state)
{
	struct rig rig;
	const struct replay *replay = &rig.map.replay;

	(void)state;
	kvm_board(&rig);
	ring(&rig, 16ull << 32 | 0x0c, 5, 0);		/* INV event 5: not saved, but perhaps mapped since */
	ring(&rig, 0x09, 0, VALID | 3 << 16 | 5);	/* collection 5 has moved since */
	route_tables_read(&rig.map);
	assert_string_equal(rig.map.tables_error.message, "");
	assert_int_equal(rig.map.tables, ROUTE_TABLES_KVM);
	assert_int_equal(HASH_COUNT(replay->devices), 2);
	assert_int_equal(replay_device(replay, 16)->event_bits, 5);
	assert_int_equal(replay_device(replay, 16)->itt_addr, ITT);
	assert_int_equal(replay_device(replay, 100)->known, REPLAY_MAPPED);
	assert_event(&rig, 16, 3, 8195, 5);
	assert_event(&rig, 16, 10, 8202, 4);
	assert_event(&rig, 100, 0, 8300, 5);
	assert_event(&rig, 100, 3, 8303, 5);
	assert_int_equal(HASH_COUNT(replay->events), 5);
	assert_int_equal(HASH_COUNT(replay->collections), 2);
	assert_int_equal(replay_collection(replay, 4)->rdbase, 1 << 16);
	assert_int_equal(replay_collection(replay, 5)->rdbase, 3 << 16);
	/* Nothing is unmapped because it was not saved. */
	assert_false(replay->whole);
	assert_int_equal(replay_event_known(replay, 16, 4), REPLAY_UNKNOWN);
	assert_int_equal(replay_event_known(replay, 16, 5), REPLAY_UNKNOWN);
	assert_int_equal(replay_device_known(replay, 40), REPLAY_UNKNOWN);
	assert_int_equal(replay_collection_known(replay, 6), REPLAY_UNKNOWN);
	assert_int_equal(differing(&rig), 0);
	rig_close(&rig);
}

/* A device that was mapped anew since: its saved events are gone. */
static void test_kvm_older_than_ring(void **state)
{
	struct rig rig;

	(void)state;
	kvm_board(&rig);
	ring_mapd(&rig, 16, 5, ITT);
	ring_mapti(&rig, 16, 1, 8500, 5);
	ring_mapd(&rig, 100, 2, 0);
	route_tables_read(&rig.map);
	assert_int_equal(rig.map.tables, ROUTE_TABLES_KVM);
	assert_int_equal(HASH_COUNT(rig.map.replay.events), 1);
	assert_int_equal(replay_device(&rig.map.replay, 100)->known, REPLAY_UNMAPPED);
	assert_int_equal(differing(&rig), 0);
	rig_close(&rig);
}

static void test_kvm_indirect(void **state)
{
	struct rig rig;

	(void)state;
	rig_open(&rig, KVM);
	rig.map.baser[0] = BASER(1, DEVICES) | PAGES_64K | INDIRECT;
	/* 8192 entries a page; the distance of 14 bits does not reach from 1 to 40000. */
	put(DEVICES, LEVEL2 | VALID);
	put(DEVICES + 4 * 8, (LEVEL2 + 0x10000) | VALID);
	put(LEVEL2 + 8, KVM_DEVICE(0x3fff, 2, ITT));
	put(LEVEL2 + 0x10000 + (40000 - 4 * 8192) * 8, KVM_DEVICE(0, 2, ITT + 0x1000));
	put(ITT, KVM_ITE(0, 8192, 0));
	put(ITT + 0x1000, KVM_ITE(0, 8193, 0));
	route_tables_read(&rig.map);
	assert_string_equal(rig.map.tables_error.message, "");
	assert_event(&rig, 1, 0, 8192, 0);
	assert_event(&rig, 40000, 0, 8193, 0);
	rig_close(&rig);
}

static void test_kvm_never_saved(void **state)
{
	struct rig rig;

	(void)state;
	rig_open(&rig, KVM);
	route_tables_read(&rig.map);
	assert_int_equal(rig.map.tables, ROUTE_TABLES_OPAQUE);
	assert_non_null(strstr(rig.map.tables_error.message, "saved"));
	assert_false(rig.map.replay.whole);
	assert_int_equal(replay_device_known(&rig.map.replay, 1), REPLAY_UNKNOWN);
	rig_close(&rig);
}

/* Tables that lead in circles: 32 bits of DeviceID, all first-level entries the same page, all ITTs the same. */
static void test_hostile_circle(void **state)
{
	struct rig rig;
	uint64_t i;

	(void)state;
	rig_open(&rig, QEMU);
	rig.map.queue.typer |= 0x3e000 | 0x1f00;
	rig.map.baser[0] = BASER(1, DEVICES) | PAGES_64K | INDIRECT;
	for (i = 0; i < 8192; i++) {
		put(DEVICES + i * 8, LEVEL2 | VALID);
		qemu_device(LEVEL2, i, 16, ITT);
	}
	for (i = 0; i < 65536; i++)
		qemu_ite(ITT, i, QEMU_LPI(8192, 0), 0);
	put(COLLECTIONS, 1);
	route_tables_read(&rig.map);
	assert_non_null(strstr(rig.map.tables_error.message, "left out"));
	assert_false(rig.map.replay.whole);
	assert_true(HASH_COUNT(rig.map.replay.events) <= 262144);
	assert_int_equal(replay_collection_known(&rig.map.replay, 0), REPLAY_MAPPED);
	rig_close(&rig);

	/* The same with empty ITTs: what is visited is bounded too. */
	rig_open(&rig, QEMU);
	rig.map.queue.typer |= 0x3e000 | 0x1f00;
	rig.map.baser[0] = BASER(1, DEVICES) | PAGES_64K | INDIRECT;
	for (i = 0; i < 8192; i++) {
		put(DEVICES + i * 8, LEVEL2 | VALID);
		qemu_device(LEVEL2, i, 16, ITT);
	}
	route_tables_read(&rig.map);
	assert_non_null(strstr(rig.map.tables_error.message, "4194304 entries"));
	assert_false(rig.map.replay.whole);
	rig_close(&rig);
}

/* Noise: must end, without a fault and without too many records. */
static void test_hostile_noise(void **state)
{
	uint64_t seed = 42, i, n;
	struct rig rig;

	(void)state;
	for (n = 0; n < 8; n++) {
		rig_open(&rig, n % 2 ? KVM : QEMU);
		rig.map.queue.typer |= test_random(&seed) & 0x3ff00;
		for (i = 0; i < RAM_BYTES; i += 8)
			put(RAM + i, n % 3 ? test_random(&seed) & test_random(&seed) & 0x80ff00004017ffffull :
				     test_random(&seed));
		for (i = 0; i < 4; i++) {
			const unsigned types[] = { 1, 4, 2, 0 };

			rig.map.baser[i] = BASER(types[i], RAM + (test_random(&seed) & 0xff0000)) |
					   (test_random(&seed) & (INDIRECT | 0x3ff));
		}
		for (i = 0; i < 64; i++) {
			uint64_t dw0 = test_random(&seed) & 0x0000001f0000002full;

			ring(&rig, dw0, test_random(&seed) & 0x0000ffff0000001full,
			     test_random(&seed) & 0x800000004010000full);
		}
		route_tables_read(&rig.map);
		assert_true(HASH_COUNT(rig.map.replay.events) + HASH_COUNT(rig.map.replay.devices) <= 262144 + 128);
		rig_close(&rig);
	}
}

static int set_up(void **state)
{
	(void)state;
	ram = malloc(RAM_BYTES);
	return !ram;
}

static int tear_down(void **state)
{
	(void)state;
	free(ram);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_qemu_flat),
		cmocka_unit_test(test_qemu_indirect),
		cmocka_unit_test(test_qemu_before_7),
		cmocka_unit_test(test_qemu_virtual),
		cmocka_unit_test(test_qemu_ring_first),
		cmocka_unit_test(test_qemu_differs),
		cmocka_unit_test(test_qemu_busy),
		cmocka_unit_test(test_qemu_more_than_whole),
		cmocka_unit_test(test_qemu_partial),
		cmocka_unit_test(test_not_ram),
		cmocka_unit_test(test_opaque),
		cmocka_unit_test(test_kvm),
		cmocka_unit_test(test_kvm_older_than_ring),
		cmocka_unit_test(test_kvm_indirect),
		cmocka_unit_test(test_kvm_never_saved),
		cmocka_unit_test(test_hostile_circle),
		cmocka_unit_test(test_hostile_noise),
	};

	return cmocka_run_group_tests_name("tables", tests, set_up, tear_down);
}
