// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The simulated board against what reference/its.md says of real ones. The
 * words of commands and registers are written out here, so that an error in
 * the tables cannot hide in both places.
 */
#include <stdio.h>
#include <unistd.h>

#include "../../src/memory/sim.h"
#include "its/cause.h"
#include "its/register.h"
#include "test.h"

#define ITS_BASE 0x80740000ull
#define RAM_BASE 0x40000000ull
#define V (1ull << 63)
#define LPI 8192u
#define BOOT_SLOTS 21u /* 4 CPUs x (MAPC, SYNC, INVALL, SYNC), MAPD, MAPTI, SYNC, INV, SYNC */

static const struct memory_layout lab = {
	.its = { { ITS_BASE } }, .n_its = 1, .gicd = 0x80700000,
	.redistributors = { { 0x80780000, 0x100000 } }, .n_redistributors = 1, .cpus = 4,
	.ram_base = RAM_BASE, .ram_size = 0x40000000,
	.devices = { { 0, 1, "1a00a0000.dummy" } }, .n_devices = 1,
};

struct rig {
	struct memory memory;
	struct window frame, ring;
	uint64_t ring_base;
	unsigned slots;
};

static uint64_t reg(struct rig *rig, enum its_register_id id)
{
	uint64_t value;

	assert_int_equal(window_read(&rig->frame, its_register_row(id)->offset,
				     its_register_row(id)->width, &value, NULL),
			 0);
	return value;
}

static void set_reg(struct rig *rig, enum its_register_id id, uint64_t value)
{
	assert_int_equal(window_write(&rig->frame, its_register_row(id)->offset,
				      its_register_row(id)->width, value, NULL),
			 0);
}

static uint64_t read_at(struct rig *rig, uint64_t address, unsigned width)
{
	struct its_error error = { 0 };
	struct window window;
	uint64_t value = 0;

	if (window_open(&window, &rig->memory, address & ~7ull, 8, MEMORY_REGISTERS, false,
			&error) ||
	    window_read(&window, address & 7, width, &value, &error))
		fail_msg("0x%llx: %s", (unsigned long long)address, error.message);
	window_close(&window);
	return value;
}

static void write_at(struct rig *rig, uint64_t address, unsigned width, uint64_t value)
{
	struct window window;

	assert_int_equal(window_open(&window, &rig->memory, address & ~7ull, 8, MEMORY_REGISTERS,
				     true, NULL),
			 0);
	assert_int_equal(window_write(&window, address & 7, width, value, NULL), 0);
	window_close(&window);
}

static void rig_open_layout(struct rig *rig, const char *source, const struct memory_layout *layout)
{
	struct its_error error = { 0 };
	uint64_t cbaser;

	memset(rig, 0, sizeof(*rig));
	if (memory_open(&rig->memory, source, &error) ||
	    memory_populate(&rig->memory, layout, &error) ||
	    window_open(&rig->frame, &rig->memory, layout->its[0].base, 0x10000, MEMORY_REGISTERS,
			true, &error))
		fail_msg("%s: %s", source, error.message);
	cbaser = reg(rig, GITS_CBASER);
	rig->ring_base = cbaser & 0xffffffffff000ull;
	rig->slots = ((unsigned)(cbaser & 0xff) + 1) * 128;
	/* Some tests make the ring unreachable; they do not use it. */
	window_open(&rig->ring, &rig->memory, rig->ring_base, (uint64_t)rig->slots * 32, MEMORY_RAM,
		    true, NULL);
}

static void rig_open(struct rig *rig, const char *source)
{
	rig_open_layout(rig, source, &lab);
}

static void rig_close(struct rig *rig)
{
	window_close(&rig->ring);
	window_close(&rig->frame);
	memory_close(&rig->memory);
}

/* Expects that the board of @source and @layout is refused with @code. */
static void assert_refused(const char *source, const struct memory_layout *layout, int code)
{
	struct its_error error = { 0 };
	struct memory memory = { 0 };
	int err = memory_open(&memory, source, &error);

	if (!err) {
		err = memory_populate(&memory, layout, &error);
		memory_close(&memory);
	}
	if (err != code)
		fail_msg("%s: %d instead of %d (%s)", source, err, code, error.message);
	assert_int_equal(error.code, code);
	assert_true(error.message[0]);
}

static void slot_words(struct rig *rig, unsigned slot, uint64_t words[4])
{
	assert_int_equal(window_read_words(&rig->ring, (uint64_t)slot * 32, words, 4, NULL), 0);
}

static void put(struct rig *rig, unsigned slot, uint64_t w0, uint64_t w1, uint64_t w2, uint64_t w3)
{
	const uint64_t words[4] = { w0, w1, w2, w3 };

	assert_int_equal(
		window_write_words(&rig->ring, (uint64_t)(slot % rig->slots) * 32, words, 4, NULL),
		0);
}

static unsigned creadr(struct rig *rig)
{
	return (unsigned)(reg(rig, GITS_CREADR) & 0xfffe0) / 32;
}

static unsigned cwriter(struct rig *rig)
{
	return (unsigned)(reg(rig, GITS_CWRITER) & 0xfffe0) / 32;
}

static void set_cwriter(struct rig *rig, unsigned slot)
{
	set_reg(rig, GITS_CWRITER, (uint64_t)(slot % rig->slots) * 32);
}

/* Appends one command the debugger's way and returns what the ITS thought of it. */
static uint32_t run(struct rig *rig, uint64_t w0, uint64_t w1, uint64_t w2, uint64_t w3)
{
	const struct sim_executed *log;
	unsigned slot = cwriter(rig);
	size_t n;

	put(rig, slot, w0, w1, w2, w3);
	set_cwriter(rig, slot + 1);
	log = sim_executed(&rig->memory, 0, &n);
	assert_true(n > 0);
	assert_int_equal(log[n - 1].slot, slot);
	assert_true(log[n - 1].words[0] == w0 && log[n - 1].words[1] == w1);
	return log[n - 1].error;
}

#define DEVICE(ID, OPCODE) ((uint64_t)(ID) << 32 | (OPCODE))
#define MAPTI_DW1(EVENT, PINTID) ((uint64_t)(PINTID) << 32 | (EVENT))

static uint64_t delivered(struct rig *rig, uint32_t lpi)
{
	uint64_t count = 0;
	unsigned cpu;

	for (cpu = 0; cpu < 4; cpu++)
		count += sim_lpi_count(&rig->memory, cpu, lpi);
	return count;
}

/* The LPI tables, from redistributor @cpu. */
static uint64_t config_byte(struct rig *rig, uint32_t lpi)
{
	return (read_at(rig, 0x80780070, 64) & 0xffffffffff000ull) + lpi - 8192;
}

static void set_config(struct rig *rig, uint32_t lpi, uint8_t value)
{
	uint64_t address = config_byte(rig, lpi),
		 word = sim_peek(&rig->memory, address & ~7ull, false);
	unsigned shift = address % 8 * 8;

	sim_poke(&rig->memory, address & ~7ull,
		 (word & ~(0xffull << shift)) | (uint64_t)value << shift);
}

static void test_options(void **state)
{
	static const char *const bad[] = {
		"sim:,nosuch",
		"sim:,slow",
		"sim:,slow=",
		"sim:,slow=x",
		"sim:,slow=0",
		"sim:,stall=1",
		"sim:,slots=100",
		"sim:,slots=0",
		"sim:,slots=32896",
		"sim:,slots=-128",
		"sim:,cpus=0",
		"sim:,cpus=9",
		"sim:,cpus=513",
		"sim:,at=2048",
		"sim:,at=99999",
		"sim:,die=",
		"sim:,stall-at=0",
		"sim:,set=GITS_CBASER",
		"sim:,set=NOSUCH:1",
		"sim:,set=:1",
		"sim:,set=GITS_CBASER:",
		"sim:,set=GITS_CTLR:0x100000000",
		"sim:,set=GICR_CTLR@4:0",
		"sim:,set=GICR_CTLR@:0",
		"sim:,set=GICR_CTLR@x:0",
		"sim:,poke=1",
		"sim:,poke=0x40000004:1",
		"sim:,poke=0x10:1",
		"sim:,poke=0x40000000:1x",
		"sim:,slots=128,at=128",
		"sim:,driver=0",
		"sim:,late=0",
		"sim:,events=0",
		"sim:,events=10001",
		"sim:,mask=8191",
		"sim:,mask=65536",
		"sim:,offline=4",
		"sim:,offline=512",
		"sim:,post=",
		"sim:,post",
		"sim:,post=NOSUCH",
		"sim:,post=SYNC",
		"sim:,raw=VMOVP vPEID=1 RDbase=0 DB=1",
		"sim:,=",
		"sim:,=5",
		"sim:,set=AVERYLONGNAMETHATNOREGISTEROFANYFRAMEWOULDHAVE:1",
	};
	static const char *const good[] = {
		"sim",
		"sim:",
		"sim:,",
		"sim:,,",
		"sim:stall",
		"sim:slow=50",
		"sim:,slow=50,stall",
		"sim:cpus=8",
		"sim:cpus=1",
		"sim:slots=128",
		"sim:slots=32768,fill",
		"sim:at=0",
		"sim:at=2047,fill",
		"sim:die=0",
		"sim:set=CBASER:0,set=GICR_CTLR@3:0,poke=0x40000000:0xffffffffffffffff",
		"sim:stall-at=1,late=1,driver=1",
		"sim:events=1,mask=65535,offline=0",
		"sim:v41,post=VMAPP vPEID=1 V=0,raw=SYNC RDbase=0x30000",
		"sim:slots=128,at=127,post=INV DeviceID=1 EventID=0,raw=RAW 0 0 0 0",
	};
	char many[600] = "sim:";
	struct rig rig;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_refused(bad[i], &lab, ITS_ERR_USAGE);
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		rig_open(&rig, good[i]);
		rig_close(&rig);
	}
	for (i = 0; i < 17; i++)
		strcat(many, ",set=CTLR:0");
	assert_refused(many, &lab, ITS_ERR_USAGE);
	strcpy(many, "sim:");
	for (i = 0; i < 65; i++)
		strcat(many, ",post=?");
	assert_refused(many, &lab, ITS_ERR_USAGE);
	assert_refused("sim:/nonexistent/board.dtb", &lab, ITS_ERR_INPUT);
	assert_refused("sim:nosuch", &lab, ITS_ERR_INPUT);
}

static void assert_slot(struct rig *rig, unsigned slot, uint64_t w0, uint64_t w1, uint64_t w2, uint64_t w3)
{
	const uint64_t expected[4] = { w0, w1, w2, w3 };
	uint64_t words[4];

	slot_words(rig, slot, words);
	assert_memory_equal(words, expected, sizeof(words));
}

/* post= is the driver's, with the SYNC of reference 4.4; raw= goes past it. */
static void test_posts(void **state)
{
	uint32_t pintid, icid;
	struct rig rig;

	(void)state;
	rig_open(&rig, "sim:post=MOVI DeviceID=1 EventID=0 ICID=2,post=MAPC ICID=7 RDbase=0x10000 V=1,"
		       "post=INVALL ICID=9,raw=INT DeviceID=1 EventID=0");
	assert_slot(&rig, BOOT_SLOTS, DEVICE(1, 0x01), 0, 2, 0);
	assert_slot(&rig, BOOT_SLOTS + 1, 0x05, 0, 0x20000, 0);
	assert_slot(&rig, BOOT_SLOTS + 2, 0x09, 0, V | 0x10000 | 7, 0);
	assert_slot(&rig, BOOT_SLOTS + 3, 0x05, 0, 0x10000, 0);
	/* Collection 9 is not mapped, so there is nothing to wait for. */
	assert_slot(&rig, BOOT_SLOTS + 4, 0x0d, 0, 9, 0);
	assert_slot(&rig, BOOT_SLOTS + 5, DEVICE(1, 0x03), 0, 0, 0);
	assert_int_equal(cwriter(&rig), BOOT_SLOTS + 6);
	assert_int_equal(creadr(&rig), BOOT_SLOTS + 6);
	assert_int_equal(sim_driver_write_pointer(&rig.memory, 0), BOOT_SLOTS + 5);
	assert_true(sim_event(&rig.memory, 0, 1, 0, &pintid, &icid));
	assert_int_equal(icid, 2);
	assert_int_equal(sim_lpi_count(&rig.memory, 2, LPI), 1);
	rig_close(&rig);

	/* A vPE's commands are followed by VSYNC, but not the VMAPP that unmaps. */
	rig_open(&rig, "sim:v41,post=VMAPP vPEID=5 RDbase=0x20000 V=1 VPT_addr=0x50000000 VPT_size=15 "
		       "Alloc=1 PTZ=0 VCONF_addr=0x51000000 Default_Doorbell=8200,"
		       "post=VMAPTI DeviceID=1 EventID=3 vPEID=5 vINTID=8199 Dbell_pINTID=1023,"
		       "post=INV DeviceID=1 EventID=3,post=VMAPP vPEID=5 V=0,raw=VSYNC vPEID=5");
	assert_slot(&rig, BOOT_SLOTS + 1, 0x25, 5ull << 32, 0, 0);
	assert_slot(&rig, BOOT_SLOTS + 3, 0x25, 5ull << 32, 0, 0);
	assert_slot(&rig, BOOT_SLOTS + 4, DEVICE(1, 0x0c), 3, 0, 0);
	assert_slot(&rig, BOOT_SLOTS + 5, 0x25, 5ull << 32, 0, 0);
	assert_slot(&rig, BOOT_SLOTS + 7, 0x25, 5ull << 32, 0, 0);
	assert_int_equal(cwriter(&rig), BOOT_SLOTS + 8);
	rig_close(&rig);

	/* What is posted counts for die= and stalls where a part does. */
	rig_open(&rig, "sim:die=1,post=INV DeviceID=1 EventID=0,post=INV DeviceID=1 EventID=0");
	assert_int_equal(creadr(&rig), BOOT_SLOTS + 1);
	assert_int_equal(cwriter(&rig), BOOT_SLOTS + 4);
	rig_close(&rig);
	rig_open(&rig, "sim:stall,post=MAPC ICID=0 RDbase=0x990000 V=1");
	assert_int_equal(reg(&rig, GITS_CREADR), BOOT_SLOTS * 32 | 1);
	rig_close(&rig);
}

/* A first-level entry of the device table is there once its device is mapped: reference 2.6. */
static void test_events_and_pages(void **state)
{
	uint64_t baser, table;
	uint32_t pintid, icid;
	struct rig rig;

	(void)state;
	rig_open(&rig, "sim:slots=32768,events=10000,mask=8224");
	baser = reg(&rig, GITS_BASER0);
	table = baser & 0xffffffff0000ull;
	assert_true(baser >> 62 & 1);
	/* 8 bytes an entry and 64 KiB a page: DeviceIDs 0 to 0x1fff, and 0x4000 on. */
	assert_true(sim_peek(&rig.memory, table, true) >> 63);
	assert_int_equal(sim_peek(&rig.memory, table + 8, true), 0);
	assert_true(sim_peek(&rig.memory, table + 16, true) >> 63);
	assert_int_equal(sim_peek(&rig.memory, table + 24, true), 0);
	/* Device 1 has the first 32 LPIs. The history of all is still in the ring. */
	assert_int_equal(cwriter(&rig), BOOT_SLOTS + 2 * 10000 + 79);
	assert_true(sim_event(&rig.memory, 0, 0x4000 + 9999 / 128, 9999 % 128, &pintid, &icid));
	assert_int_equal(pintid, 8192 + 32 + 9999);
	assert_int_equal(icid, 9999 % 4);
	assert_false(sim_event(&rig.memory, 0, 0x4000 + 78, 16, &pintid, &icid));
	/* They are enabled, but the one that is masked. */
	run(&rig, DEVICE(0x4000, 0x03), 1, 0, 0);
	assert_int_equal(delivered(&rig, 8225), 1);
	run(&rig, DEVICE(0x4000, 0x03), 0, 0, 0);
	assert_int_equal(delivered(&rig, 8224), 0);
	assert_true(sim_lpi_pending(&rig.memory, 0, 8224));
	rig_close(&rig);

	rig_open(&rig, "sim:noncoherent");
	assert_int_equal(reg(&rig, GITS_BASER0) >> 10 & 3, 0);
	assert_int_equal(reg(&rig, GITS_BASER1) >> 10 & 3, 0);
	assert_int_equal(reg(&rig, GITS_BASER0) >> 59 & 7, 1);
	rig_close(&rig);
}

static void test_files(void **state)
{
	char name[] = "/tmp/test-sim-XXXXXX", source[64], *data = NULL;
	struct its_error error = { 0 };
	struct memory memory = { 0 };
	int fd = mkstemp(name);
	size_t size = 0;

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "not a tree", 10), 10);
	close(fd);
	assert_int_equal(memory_open(&memory, "sim", &error), 0);
	assert_int_equal(memory_file(&memory, MEMORY_FILE_DTB, &data, &size, &error), 0);
	/* The header of a flattened tree: magic and total size, big-endian. */
	assert_true(size > 500);
	assert_memory_equal(data, "\xd0\x0d\xfe\xed", 4);
	assert_int_equal((unsigned char)data[6] << 8 | (unsigned char)data[7], size);
	assert_non_null(memmem(data, size, "dma-nocoherent", 15));
	assert_non_null(memmem(data, size, "its-tool,lab-board", 19));
	free(data);
	memory_close(&memory);
	/* Another board's file comes back as it is; whether it is a tree is for others to say. */
	snprintf(source, sizeof(source), "sim:%s,stall", name);
	assert_int_equal(memory_open(&memory, source, &error), 0);
	assert_int_equal(memory_file(&memory, MEMORY_FILE_DTB, &data, &size, &error), 0);
	assert_int_equal(size, 10);
	assert_memory_equal(data, "not a tree", 10);
	free(data);
	memory_close(&memory);
	unlink(name);
	assert_refused("sim:/dev/zero", &lab, ITS_ERR_INPUT);
}

/* The ring that reference 4.4 describes, word for word. */
static void test_boot_ring(void **state)
{
	uint64_t words[4];
	struct rig rig;
	unsigned cpu, i;
	uint32_t pintid, icid;
	size_t n;

	(void)state;
	rig_open(&rig, "sim");
	assert_int_equal(rig.slots, 2048);
	assert_int_equal(rig.ring_base % 0x10000, 0);
	assert_true(rig.ring_base >= RAM_BASE && rig.ring_base < RAM_BASE + 0x40000000);
	for (cpu = 0; cpu < 4; cpu++) {
		const uint64_t expected[4][4] = {
			{ 0x09, 0, V | cpu << 16 | cpu, 0 }, { 0x05, 0, cpu << 16, 0 },
			{ 0x0d, 0, cpu, 0 }, { 0x05, 0, cpu << 16, 0 },
		};

		for (i = 0; i < 4; i++) {
			slot_words(&rig, cpu * 4 + i, words);
			assert_memory_equal(words, expected[i], 32);
		}
	}
	slot_words(&rig, 16, words);
	assert_true(words[0] == 0x100000008ull && words[1] == 4 && words[3] == 0);
	assert_true(words[2] & V);
	assert_int_equal(words[2] & 0xff, 0);
	assert_true((words[2] & ~V) > RAM_BASE && (words[2] & ~V) < RAM_BASE + 0x40000000);
	{
		const uint64_t expected[4][4] = {
			{ 0x10000000aull, 8192ull << 32, 0, 0 }, { 0x05, 0, 0, 0 },
			{ 0x10000000cull, 0, 0, 0 }, { 0x05, 0, 0, 0 },
		};

		for (i = 0; i < 4; i++) {
			slot_words(&rig, 17 + i, words);
			assert_memory_equal(words, expected[i], 32);
		}
	}
	for (i = BOOT_SLOTS; i < 2048; i++) {
		slot_words(&rig, i, words);
		assert_true(!words[0] && !words[1] && !words[2] && !words[3]);
	}
	assert_int_equal(creadr(&rig), BOOT_SLOTS);
	assert_int_equal(cwriter(&rig), BOOT_SLOTS);
	assert_int_equal(sim_driver_write_pointer(&rig.memory, 0), BOOT_SLOTS);
	/* The state is what the ring says, and nothing of boot is in the log. */
	assert_true(sim_event(&rig.memory, 0, 1, 0, &pintid, &icid));
	assert_int_equal(pintid, LPI);
	assert_int_equal(icid, 0);
	assert_false(sim_event(&rig.memory, 0, 1, 1, &pintid, &icid));
	sim_executed(&rig.memory, 0, &n);
	assert_int_equal(n, 0);
	assert_int_equal(sim_executed_total(&rig.memory, 0), 0);
	assert_int_equal(sim_driver_posted(&rig.memory, 0), 0);
	rig_close(&rig);
}

static void test_registers(void **state)
{
	uint64_t value, config;
	struct rig rig;
	unsigned cpu;

	(void)state;
	rig_open(&rig, "sim");
	assert_int_equal(reg(&rig, GITS_IIDR), 0x0201743b);
	assert_int_equal(reg(&rig, GITS_TYPER), 0x0000001f0001efb1);
	assert_int_equal(reg(&rig, GITS_CTLR), 0x80000001);
	assert_int_equal(reg(&rig, GITS_PIDR2), 0x3b);
	assert_int_equal(reg(&rig, GITS_CBASER), 0xb80000000000040full | rig.ring_base);
	value = reg(&rig, GITS_BASER0);
	assert_int_equal(value >> 56, 0xf9);		/* valid, indirect, RaWaWb, type 1 */
	assert_int_equal(value & 0xfff, 0x600);		/* inner shareable, 64 KiB pages, one */
	assert_int_equal(value >> 48 & 0x1f, 7);
	assert_int_equal(reg(&rig, GITS_BASER1) >> 56, 0xbc);
	assert_int_equal(reg(&rig, GITS_BASER2), 0);
	/* Halves of a 64-bit register, and both of two 32-bit ones. */
	assert_int_equal(read_at(&rig, ITS_BASE + 0x08, 32), 0x0001efb1);
	assert_int_equal(read_at(&rig, ITS_BASE + 0x0c, 32), 0x1f);
	assert_int_equal(read_at(&rig, ITS_BASE, 64), 0x0201743b80000001ull);
	/* Reserved and write-only: 0. */
	assert_int_equal(read_at(&rig, ITS_BASE + 0x200, 64), 0);
	assert_int_equal(read_at(&rig, ITS_BASE + 0x10040, 32), 0);
	assert_int_equal(read_at(&rig, 0x80700000, 32), 0x53);
	assert_int_equal(read_at(&rig, 0x80700004, 32) >> 17 & 1, 1);
	config = read_at(&rig, 0x80780070, 64);
	assert_int_equal(config & 0xfff, 0x78f);
	for (cpu = 0; cpu < 4; cpu++) {
		uint64_t base = 0x80780000 + cpu * 0x20000ull;

		value = read_at(&rig, base + 0x08, 64);
		assert_int_equal(value, (uint64_t)cpu << 32 | cpu << 8 | (cpu == 3 ? 0x10 : 0) | 1);
		assert_int_equal(read_at(&rig, base, 32), 1);
		assert_int_equal(read_at(&rig, base + 0x14, 32), 0);
		assert_int_equal(read_at(&rig, base + 0x70, 64), config);
		assert_int_equal(read_at(&rig, base + 0x78, 64) & 0xffff, 0x780);
		assert_int_equal(read_at(&rig, base + 0xffe8, 32), 0x3b);
	}
	assert_int_equal(sim_peek(&rig.memory, config_byte(&rig, LPI), false),
			 0xc2c2c2c2c2c2c2c3ull);
	/* What is read-only stays. */
	set_reg(&rig, GITS_CREADR, 0x40);
	set_reg(&rig, GITS_TYPER, 0);
	assert_int_equal(creadr(&rig), BOOT_SLOTS);
	assert_int_equal(reg(&rig, GITS_TYPER), 0x0000001f0001efb1);
	/* The queue's and tables' bases stay too while the ITS is enabled. */
	set_reg(&rig, GITS_CBASER, 0);
	set_reg(&rig, GITS_BASER0, 0);
	assert_int_equal(reg(&rig, GITS_CBASER), 0xb80000000000040full | rig.ring_base);
	assert_true(reg(&rig, GITS_BASER0) & V);
	set_reg(&rig, GITS_CTLR, 0);
	assert_int_equal(reg(&rig, GITS_CTLR), 0x80000000);
	set_reg(&rig, GITS_BASER0, 0);
	assert_int_equal(reg(&rig, GITS_BASER0),
			 0x0107000000000000ull); /* type and entry size are read-only */
	set_reg(&rig, GITS_CBASER, V | rig.ring_base | 0x40f);
	assert_int_equal(creadr(&rig), 0);
	assert_int_equal(cwriter(&rig), BOOT_SLOTS);
	write_at(&rig, 0x80780070, 64, 0);		/* EnableLPIs keeps PROPBASER */
	assert_int_equal(read_at(&rig, 0x80780070, 64), config);
	write_at(&rig, 0x80780010, 64, 6ull << 32);	/* STATUSR and WAKER */
	assert_int_equal(read_at(&rig, 0x80780014, 32), 6);
	rig_close(&rig);
}

static void test_cwriter(void **state)
{
	struct rig rig;
	unsigned i;

	(void)state;
	rig_open(&rig, "sim:slots=128");
	/* Outside the ring: kept, and nothing happens. */
	set_reg(&rig, GITS_CWRITER, 128 * 32);
	assert_int_equal(reg(&rig, GITS_CWRITER), 128 * 32);
	assert_int_equal(creadr(&rig), BOOT_SLOTS);
	/* Only the offset is kept. Linux writes 32 bits. */
	set_reg(&rig, GITS_CWRITER, 0xfffffffffff00000ull | BOOT_SLOTS * 32 | 0x1f);
	assert_int_equal(reg(&rig, GITS_CWRITER), BOOT_SLOTS * 32);
	assert_int_equal(sim_executed_total(&rig.memory, 0), 0);
	for (i = BOOT_SLOTS; i < 128 + 5; i++)
		put(&rig, i, 0x05, 0, 0, 0);
	write_at(&rig, ITS_BASE + 0x88, 32, 5 * 32);
	assert_int_equal(creadr(&rig), 5);
	assert_int_equal(sim_executed_total(&rig.memory, 0), 128 - BOOT_SLOTS + 5);
	assert_int_equal(sim_executed_bad(&rig.memory, 0), 0);
	rig_close(&rig);
	/* Disabled: pending, until it is enabled. */
	rig_open(&rig, "sim:disabled");
	assert_int_equal(reg(&rig, GITS_CTLR), 0x80000000);
	put(&rig, BOOT_SLOTS, 0x05, 0, 0, 0);
	set_cwriter(&rig, BOOT_SLOTS + 1);
	assert_int_equal(creadr(&rig), BOOT_SLOTS);
	set_reg(&rig, GITS_CTLR, 1);
	assert_int_equal(creadr(&rig), BOOT_SLOTS + 1);
	rig_close(&rig);
}

static void test_delivery(void **state)
{
	struct rig rig;
	char *text = NULL;
	size_t size;

	(void)state;
	rig_open(&rig, "sim");
	assert_int_equal(run(&rig, DEVICE(1, 0x03), 0, 0, 0), 0);
	assert_int_equal(run(&rig, DEVICE(1, 0x03), 0, 0, 0), 0);
	assert_int_equal(sim_lpi_count(&rig.memory, 0, LPI), 2);
	assert_false(sim_lpi_pending(&rig.memory, 0, LPI));
	assert_int_equal(run(&rig, DEVICE(1, 0x01), 0, 2, 0), 0);	/* MOVI to CPU 2 */
	assert_int_equal(run(&rig, DEVICE(1, 0x03), 0, 0, 0), 0);
	assert_int_equal(sim_lpi_count(&rig.memory, 2, LPI), 1);
	assert_int_equal(sim_lpi_count(&rig.memory, 0, LPI), 2);
	assert_int_equal(memory_file(&rig.memory, MEMORY_FILE_INTERRUPTS, &text, &size, NULL), 0);
	assert_string_equal(
		text,
		"            CPU0       CPU1       CPU2       CPU3       \n"
		"  20:          2          0          1          0  ITS-pMSI-1a00a0000.dummy    0 Edge      its-dummy\n");
	assert_int_equal(size, strlen(text));
	free(text);
	/* An event that is not mapped has no line. */
	assert_int_equal(run(&rig, DEVICE(1, 0x0f), 0, 0, 0), 0);
	assert_int_equal(memory_file(&rig.memory, MEMORY_FILE_INTERRUPTS, &text, &size, NULL), 0);
	assert_null(strstr(text, "ITS"));
	free(text);
	rig_close(&rig);
}

/* A configuration byte counts as it was when it was last read: INV matters. */
static void test_config_copy(void **state)
{
	struct rig rig;

	(void)state;
	rig_open(&rig, "sim");
	set_config(&rig, LPI, 0xc2);
	run(&rig, DEVICE(1, 0x03), 0, 0, 0);
	assert_int_equal(delivered(&rig, LPI), 1);
	run(&rig, DEVICE(1, 0x0c), 0, 0, 0);
	run(&rig, DEVICE(1, 0x03), 0, 0, 0);
	assert_int_equal(delivered(&rig, LPI), 1);
	assert_true(sim_lpi_pending(&rig.memory, 0, LPI));
	set_config(&rig, LPI, 0xc3);
	run(&rig, DEVICE(1, 0x03), 0, 0, 0);
	assert_int_equal(delivered(&rig, LPI), 1);
	run(&rig, DEVICE(1, 0x0c), 0, 0, 0);
	assert_int_equal(delivered(&rig, LPI), 2);
	assert_false(sim_lpi_pending(&rig.memory, 0, LPI));
	/* INVALL of another collection does not do it, of this one does. */
	set_config(&rig, LPI, 0xc2);
	run(&rig, 0x0d, 0, 1, 0);
	run(&rig, DEVICE(1, 0x03), 0, 0, 0);
	assert_int_equal(delivered(&rig, LPI), 3);
	run(&rig, 0x0d, 0, 0, 0);
	run(&rig, DEVICE(1, 0x03), 0, 0, 0);
	assert_int_equal(delivered(&rig, LPI), 3);
	/* CLEAR takes it away. */
	run(&rig, DEVICE(1, 0x04), 0, 0, 0);
	assert_false(sim_lpi_pending(&rig.memory, 0, LPI));
	set_config(&rig, LPI, 0xc3);
	run(&rig, 0x0d, 0, 0, 0);
	assert_int_equal(delivered(&rig, LPI), 3);
	rig_close(&rig);
}

static void test_redistributor_off(void **state)
{
	static const char *const off[] = { "sim:set=GICR_CTLR@0:0", "sim:set=GICR_WAKER@0:6",
					   "sim:set=GICD_CTLR:0x51" };
	struct rig rig;
	size_t i;

	(void)state;
	for (i = 0; i < 3; i++) {
		rig_open(&rig, off[i]);
		run(&rig, DEVICE(1, 0x03), 0, 0, 0);
		assert_int_equal(delivered(&rig, LPI), 0);
		assert_true(sim_lpi_pending(&rig.memory, 0, LPI));
		if (!i) {
			/* It comes with the enable. */
			write_at(&rig, 0x80780000, 32, 1);
			assert_int_equal(delivered(&rig, LPI), 1);
		} else if (i == 1) {
			/* On another CPU it is delivered at once. */
			run(&rig, DEVICE(1, 0x01), 0, 3, 0);
			assert_int_equal(sim_lpi_count(&rig.memory, 3, LPI), 1);
			assert_false(sim_lpi_pending(&rig.memory, 0, LPI));
		}
		rig_close(&rig);
	}
}

static void test_mappings(void **state)
{
	uint32_t pintid, icid;
	struct rig rig;

	(void)state;
	rig_open(&rig, "sim:set=GICR_CTLR@0:0");
	/* MAPTI and MAPI of a second event, on another collection. */
	assert_int_equal(run(&rig, DEVICE(1, 0x0a), MAPTI_DW1(5, 9000), 1, 0), 0);
	set_config(&rig, 9000, 0xc3);
	assert_int_equal(run(&rig, DEVICE(1, 0x03), 5, 0, 0), 0);
	assert_int_equal(sim_lpi_count(&rig.memory, 1, 9000), 1);
	assert_int_equal(run(&rig, DEVICE(7, 0x08), 13, V | 0x50000000, 0), 0);
	assert_int_equal(run(&rig, DEVICE(7, 0x0b), 8200, 3, 0), 0);
	assert_true(sim_event(&rig.memory, 0, 7, 8200, &pintid, &icid));
	assert_int_equal(pintid, 8200);
	assert_int_equal(icid, 3);
	/* MAPTI again: overwritten. */
	assert_int_equal(run(&rig, DEVICE(1, 0x0a), MAPTI_DW1(5, 9001), 2, 0), 0);
	assert_true(sim_event(&rig.memory, 0, 1, 5, &pintid, &icid));
	assert_int_equal(pintid, 9001);
	/* The same table keeps its events, another has none. */
	assert_int_equal(run(&rig, DEVICE(7, 0x08), 13, V | 0x50000000, 0), 0);
	assert_true(sim_event(&rig.memory, 0, 7, 8200, &pintid, &icid));
	assert_int_equal(run(&rig, DEVICE(7, 0x08), 13, V | 0x50010000, 0), 0);
	assert_false(sim_event(&rig.memory, 0, 7, 8200, &pintid, &icid));
	/* What is pending on CPU 0, where LPIs are off, goes along with MOVALL. */
	assert_int_equal(run(&rig, DEVICE(1, 0x03), 0, 0, 0), 0);
	assert_true(sim_lpi_pending(&rig.memory, 0, LPI));
	assert_int_equal(run(&rig, 0x0e, 0, 0, 3 << 16), 0);
	assert_false(sim_lpi_pending(&rig.memory, 0, LPI));
	assert_int_equal(sim_lpi_count(&rig.memory, 3, LPI), 1);
	/* DISCARD drops what is pending. */
	assert_int_equal(run(&rig, DEVICE(1, 0x03), 0, 0, 0), 0);
	assert_int_equal(run(&rig, DEVICE(1, 0x0f), 0, 0, 0), 0);
	assert_false(sim_lpi_pending(&rig.memory, 0, LPI));
	assert_false(sim_event(&rig.memory, 0, 1, 0, &pintid, &icid));
	assert_true(sim_event(&rig.memory, 0, 1, 5, &pintid, &icid));
	/* MAPC to another CPU; V=0 unmaps. */
	assert_int_equal(run(&rig, 0x09, 0, V | 1 << 16 | 2, 0), 0);
	set_config(&rig, 9001, 0xc3);
	assert_int_equal(run(&rig, DEVICE(1, 0x03), 5, 0, 0), 0);
	assert_int_equal(sim_lpi_count(&rig.memory, 1, 9001), 1);
	assert_int_equal(run(&rig, 0x09, 0, 2, 0), 0);
	assert_int_equal(run(&rig, DEVICE(1, 0x03), 5, 0, 0), ITS_UNMAPPED_COLLECTION);
	/* MAPD V=0 takes the device with its events; twice is no error. */
	assert_int_equal(run(&rig, DEVICE(1, 0x08), 0, 0, 0), 0);
	assert_int_equal(run(&rig, DEVICE(1, 0x08), 0, 0, 0), 0);
	assert_false(sim_event(&rig.memory, 0, 1, 5, &pintid, &icid));
	assert_int_equal(run(&rig, DEVICE(1, 0x03), 5, 0, 0), 0x010304);
	rig_close(&rig);
}

/* Codes: reference 5.2. */
static const struct { uint64_t words[4]; uint32_t code; } wrong[] = {
	{ { 0, 0, 0, 0 }, ITS_UNKNOWN_OPCODE },
	{ { 0xff, 0, 0, 0 }, ITS_UNKNOWN_OPCODE },
	{ { 0x25, 0, 0, 0 }, ITS_UNKNOWN_OPCODE },			/* VSYNC on a GICv3 ITS */
	{ { DEVICE(2, 0x03), 0, 0, 0 }, 0x010304 },
	{ { DEVICE(1, 0x03), 1, 0, 0 }, 0x010307 },
	{ { DEVICE(1, 0x03), 32, 0, 0 }, 0x010305 },
	{ { DEVICE(0x10000, 0x03), 0, 0, 0 }, 0x010301 },
	{ { DEVICE(1, 0x04), 1, 0, 0 }, 0x010507 },		/* CLEAR is numbered 5 */
	{ { DEVICE(1, 0x0c), 1, 0, 0 }, 0x010c07 },
	{ { DEVICE(1, 0x0f), 1, 0, 0 }, 0x010f07 },
	{ { DEVICE(1, 0x01), 1, 0, 0 }, 0x010107 },
	{ { DEVICE(1, 0x01), 0, 9, 0 }, 0x010109 },
	{ { 0x0d, 0, 9, 0 }, 0x010d09 },
	{ { DEVICE(0x10000, 0x08), 4, V | 0x50000000, 0 }, 0x010801 },
	{ { DEVICE(2, 0x08), 16, V | 0x50000000, 0 }, 0x010802 },
	{ { 0x09, 0, V | 4 << 16, 0 }, 0x010902 },
	{ { DEVICE(2, 0x0a), MAPTI_DW1(0, 8200), 0, 0 }, 0x010a04 },
	{ { DEVICE(1, 0x0a), MAPTI_DW1(32, 8200), 0, 0 }, 0x010a05 },
	{ { DEVICE(1, 0x0a), MAPTI_DW1(1, 8191), 0, 0 }, 0x010a06 },
	{ { DEVICE(1, 0x0a), MAPTI_DW1(1, 65536), 0, 0 }, 0x010a06 },
	{ { DEVICE(1, 0x0b), 1, 0, 0 }, 0x010b06 },
	{ { 0x0e, 0, 0, 4 << 16 }, 0x010e01 },
	{ { 0x05, 0, 4 << 16, 0 }, ITS_TARGET_OOR },
};

static void test_bad_commands_are_skipped(void **state)
{
	struct rig rig;
	size_t i;

	(void)state;
	rig_open(&rig, "sim");
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		const uint64_t *w = wrong[i].words;

		assert_int_equal(run(&rig, w[0], w[1], w[2], w[3]), wrong[i].code);
		assert_int_equal(sim_executed_bad(&rig.memory, 0), i + 1);
		assert_int_equal(reg(&rig, GITS_CREADR) & 1, 0);
	}
	/* Nothing came of them. */
	assert_int_equal(run(&rig, DEVICE(1, 0x03), 0, 0, 0), 0);
	assert_int_equal(sim_lpi_count(&rig.memory, 0, LPI), 1);
	rig_close(&rig);
}

static void test_bad_commands_stall(void **state)
{
	struct rig rig;
	size_t i;

	(void)state;
	rig_open(&rig, "sim:stall");
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		const uint64_t *w = wrong[i].words;
		unsigned slot = cwriter(&rig);

		put(&rig, slot, w[0], w[1], w[2], w[3]);
		put(&rig, slot + 1, 0x05, 0, 0, 0);
		set_cwriter(&rig, slot + 2);
		assert_int_equal(reg(&rig, GITS_CREADR), slot * 32 | 1);
		/* Neither CWRITER nor Retry helps while the command is there. */
		set_cwriter(&rig, slot + 2);
		assert_int_equal(reg(&rig, GITS_CREADR), slot * 32 | 1);
		set_reg(&rig, GITS_CWRITER, (slot + 2) * 32 | 1);
		assert_int_equal(reg(&rig, GITS_CREADR), slot * 32 | 1);
		assert_int_equal(reg(&rig, GITS_CWRITER), (slot + 2) * 32);
		/* Reference 5.1: replaced by a SYNC, then Retry. */
		put(&rig, slot, 0x05, 0, 0, 0);
		set_reg(&rig, GITS_CWRITER, (slot + 2) * 32 | 1);
		assert_int_equal(reg(&rig, GITS_CREADR), (slot + 2) * 32);
	}
	assert_int_equal(sim_executed_bad(&rig.memory, 0), 0);
	rig_close(&rig);
}

static void test_stall_at_and_die(void **state)
{
	struct rig rig;
	unsigned i;

	(void)state;
	rig_open(&rig, "sim:stall-at=3");
	for (i = 0; i < 6; i++)
		put(&rig, BOOT_SLOTS + i, DEVICE(1, 0x0c), 0, 0, 0);
	set_cwriter(&rig, BOOT_SLOTS + 6);
	assert_int_equal(reg(&rig, GITS_CREADR), (BOOT_SLOTS + 2) * 32 | 1);
	set_reg(&rig, GITS_CWRITER, (BOOT_SLOTS + 6) * 32 | 1);
	assert_int_equal(reg(&rig, GITS_CREADR), (BOOT_SLOTS + 2) * 32 | 1);
	put(&rig, BOOT_SLOTS + 2, 0x05, 0, 0, 0);
	set_reg(&rig, GITS_CWRITER, (BOOT_SLOTS + 6) * 32 | 1);
	assert_int_equal(reg(&rig, GITS_CREADR), (BOOT_SLOTS + 6) * 32);
	assert_int_equal(sim_executed_total(&rig.memory, 0), 6);
	rig_close(&rig);

	rig_open(&rig, "sim:die=2");
	for (i = 0; i < 4; i++)
		put(&rig, BOOT_SLOTS + i, 0x05, 0, 0, 0);
	set_cwriter(&rig, BOOT_SLOTS + 4);
	assert_int_equal(reg(&rig, GITS_CREADR), (BOOT_SLOTS + 2) * 32);
	set_reg(&rig, GITS_CWRITER, (BOOT_SLOTS + 4) * 32 | 1);
	assert_int_equal(reg(&rig, GITS_CREADR), (BOOT_SLOTS + 2) * 32);
	rig_close(&rig);

	rig_open(&rig, "sim:die=0");
	put(&rig, BOOT_SLOTS, 0x05, 0, 0, 0);
	set_cwriter(&rig, BOOT_SLOTS + 1);
	assert_int_equal(creadr(&rig), BOOT_SLOTS);
	rig_close(&rig);

	/* Left stalled by a driver: the culprit and four commands behind it. */
	rig_open(&rig, "sim:stalled");
	assert_int_equal(reg(&rig, GITS_CREADR), BOOT_SLOTS * 32 | 1);
	assert_int_equal(cwriter(&rig), BOOT_SLOTS + 5);
	put(&rig, BOOT_SLOTS, 0x05, 0, 0, 0);
	set_reg(&rig, GITS_CWRITER, (BOOT_SLOTS + 5) * 32 | 1);
	assert_int_equal(reg(&rig, GITS_CREADR), (BOOT_SLOTS + 5) * 32);
	rig_close(&rig);
}

static void test_pace(void **state)
{
	uint64_t begin, value;
	struct rig rig;
	unsigned i;

	(void)state;
	rig_open(&rig, "sim:step");
	for (i = 0; i < 4; i++)
		put(&rig, BOOT_SLOTS + i, 0x05, 0, 0, 0);
	set_cwriter(&rig, BOOT_SLOTS + 3);
	assert_int_equal(sim_executed_total(&rig.memory, 0), 0);
	reg(&rig, GITS_CWRITER);
	memory_relax(&rig.memory);
	assert_int_equal(sim_executed_total(&rig.memory, 0), 0);
	assert_int_equal(creadr(&rig), BOOT_SLOTS + 1);
	window_read(&rig.frame, 0x90, 32, &value, NULL);
	assert_int_equal(value, (BOOT_SLOTS + 2) * 32);
	assert_int_equal(sim_run(&rig.memory, 0, 5), 1);
	assert_int_equal(creadr(&rig), BOOT_SLOTS + 3);
	rig_close(&rig);

	rig_open(&rig, "sim:slow=2000");
	for (i = 0; i < 5; i++)
		put(&rig, BOOT_SLOTS + i, 0x05, 0, 0, 0);
	begin = memory_now_ns();
	set_cwriter(&rig, BOOT_SLOTS + 5);
	assert_int_equal(reg(&rig, GITS_CREADR), BOOT_SLOTS * 32);
	while (creadr(&rig) != BOOT_SLOTS + 5)
		memory_relax(&rig.memory);
	assert_true(memory_now_ns() - begin >= 10000000);
	/* An idle ITS does not save up time. */
	usleep(10000);
	put(&rig, BOOT_SLOTS + 5, 0x05, 0, 0, 0);
	set_cwriter(&rig, BOOT_SLOTS + 6);
	assert_int_equal(creadr(&rig), BOOT_SLOTS + 5);
	rig_close(&rig);
}

static void test_positions(void **state)
{
	unsigned at, i, fill;
	uint64_t words[4];
	char source[64];
	struct rig rig;
	uint32_t pintid, icid;

	(void)state;
	for (fill = 0; fill < 2; fill++)
		for (at = 0; at < 128; at++) {
			unsigned used = 0;

			snprintf(source, sizeof(source), "sim:slots=128,at=%u%s", at,
				 fill ? ",fill" : "");
			rig_open(&rig, source);
			assert_int_equal(cwriter(&rig), at);
			assert_int_equal(creadr(&rig), at);
			assert_int_equal(sim_driver_write_pointer(&rig.memory, 0), at);
			assert_true(sim_event(&rig.memory, 0, 1, 0, &pintid, &icid));
			for (i = 0; i < 128; i++) {
				slot_words(&rig, i, words);
				used += words[0] != 0;
			}
			assert_int_equal(used, fill || at < BOOT_SLOTS ? 128 : at);
			rig_close(&rig);
		}
	rig_open(&rig, "sim:slots=32768,fill,at=32767");
	assert_int_equal(rig.slots, 32768);
	for (i = fill = 0; i < 32768; i++) {
		slot_words(&rig, i, words);
		fill += (words[0] & 0xff) == 0x01;
		assert_true(words[0] & 0xff);
		/* The ITS finds nothing wrong with its history. */
		assert_true((words[0] & 0xff) != 0x08 || !(words[2] & V));
	}
	assert_in_range(fill, 32768 / 16 - 1, 32768 / 16 + 1);	/* MOVIs: every eighth post */
	put(&rig, 32767, DEVICE(1, 0x03), 0, 0, 0);
	set_cwriter(&rig, 0);
	assert_int_equal(creadr(&rig), 0);
	assert_int_equal(delivered(&rig, LPI), 1);
	rig_close(&rig);
}

/* Reference 4.7: what becomes of a driver whose pointer was left behind. */
static void test_driver_left_behind(void **state)
{
	const uint64_t inv[4] = { DEVICE(1, 0x0c), 0, 0, 0 };
	struct rig rig;
	unsigned n;

	(void)state;
	for (n = 1; n <= 3; n++) {
		unsigned i;

		rig_open(&rig, "sim:fill,at=100");
		for (i = 0; i < n; i++)
			put(&rig, 100 + i, 0x05, 0, 0, 0);
		set_cwriter(&rig, 100 + n);
		assert_int_equal(sim_executed_total(&rig.memory, 0), n);
		/* N=1: full for ever, and dropped. N=2: without its SYNC. N=3: whole, after a lap. */
		assert_int_equal(sim_driver_post(&rig.memory, 0, inv), n > 1);
		assert_int_equal(sim_driver_dropped(&rig.memory, 0), n == 1);
		assert_int_equal(sim_driver_write_pointer(&rig.memory, 0), n == 1   ? 100
									   : n == 2 ? 101
										    : 102);
		assert_int_equal(sim_executed_total(&rig.memory, 0) - n, n == 1 ? 0 : 2047);
		rig_close(&rig);
	}
}

static void test_driver(void **state)
{
	const uint64_t mapd[4] = { DEVICE(9, 0x08), 4, V | 0x50000000, 0 };
	const uint64_t mapti[4] = { DEVICE(9, 0x0a), MAPTI_DW1(0, 8300), 2, 0 };
	const uint64_t movi[4] = { DEVICE(9, 0x01), 0, 3, 0 };
	const uint64_t discard[4] = { DEVICE(9, 0x0f), 0, 0, 0 };
	static const uint64_t expected[7][4] = {
		{ DEVICE(9, 0x08), 4, V | 0x50000000, 0 },
		{ DEVICE(9, 0x0a), MAPTI_DW1(0, 8300), 2, 0 }, { 0x05, 0, 2 << 16, 0 },
		{ DEVICE(9, 0x01), 0, 3, 0 }, { 0x05, 0, 3 << 16, 0 },
		{ DEVICE(9, 0x0f), 0, 0, 0 }, { 0x05, 0, 3 << 16, 0 },
	};
	const struct sim_executed *log;
	struct rig rig;
	size_t n, i;

	(void)state;
	rig_open(&rig, "sim");
	assert_true(sim_driver_post(&rig.memory, 0, mapd));
	assert_true(sim_driver_post(&rig.memory, 0, mapti));
	assert_true(sim_driver_post(&rig.memory, 0, movi));
	assert_true(sim_driver_post(&rig.memory, 0, discard));
	log = sim_executed(&rig.memory, 0, &n);
	assert_int_equal(n, 7);
	for (i = 0; i < n; i++) {
		assert_memory_equal(log[i].words, expected[i], 32);
		assert_int_equal(log[i].slot, BOOT_SLOTS + i);
		assert_int_equal(log[i].error, 0);
	}
	assert_int_equal(sim_driver_posted(&rig.memory, 0), 4);
	assert_int_equal(cwriter(&rig), BOOT_SLOTS + 7);
	/* Half-way through a post: slots written, CWRITER not. A break waits for its end. */
	sim_executed_clear(&rig.memory, 0);
	assert_true(sim_driver_fill(&rig.memory, 0, mapd));
	assert_int_equal(cwriter(&rig), BOOT_SLOTS + 7);
	assert_int_equal(sim_executed(&rig.memory, 0, &n) && n, 0);
	assert_int_equal(memory_pause(&rig.memory, 10, NULL), 0);
	assert_int_equal(cwriter(&rig), BOOT_SLOTS + 8);
	memory_resume(&rig.memory);
	rig_close(&rig);
	/* A full ring of an ITS that goes on is waited for; of one that does not, it is not. */
	rig_open(&rig, "sim:slots=128,step");
	for (i = 0; i < 200; i++)
		assert_true(sim_driver_post(&rig.memory, 0, movi));
	assert_int_equal(sim_driver_dropped(&rig.memory, 0), 0);
	rig_close(&rig);
	rig_open(&rig, "sim:slots=128,die=0");
	for (i = 0; i < 64; i++) /* two slots each, but only one is left for the last */
		assert_true(sim_driver_post(&rig.memory, 0, movi));
	assert_int_equal(cwriter(&rig), (BOOT_SLOTS + 127) % 128);
	assert_false(sim_driver_post(&rig.memory, 0, movi));
	assert_int_equal(sim_driver_dropped(&rig.memory, 0), 1);
	rig_close(&rig);
}

static void test_breaks(void **state)
{
	struct its_error error = { 0 };
	struct rig rig;
	size_t n;

	(void)state;
	rig_open(&rig, "sim:late=2,driver=3,driver-in-break=2");
	assert_int_equal(memory_pause(&rig.memory, 10, &error), ITS_ERR_TIMEOUT);
	assert_non_null(strstr(error.message, "CPU 3"));
	assert_int_equal(memory_pause(&rig.memory, 10, NULL), ITS_ERR_TIMEOUT);
	assert_int_equal(sim_breaks(&rig.memory), 0);
	assert_int_equal(memory_pause(&rig.memory, 10, NULL), 0);
	assert_true(sim_in_break(&rig.memory));
	assert_int_equal(memory_pause(&rig.memory, 10, NULL), ITS_ERR_INPUT);
	/* The second break attempt was the first access of this break: the next is the second. */
	assert_int_equal(cwriter(&rig), BOOT_SLOTS + 2);
	assert_int_equal(sim_driver_posted(&rig.memory, 0), 1);
	memory_resume(&rig.memory);
	/* CWRITER was not written in that break: the driver waits for one where it is. */
	assert_int_equal(sim_driver_posted(&rig.memory, 0), 1);
	assert_int_equal(memory_pause(&rig.memory, 10, NULL), 0);
	set_cwriter(&rig, BOOT_SLOTS + 1 + 2048);		/* a lap less one */
	memory_resume(&rig.memory);
	assert_false(sim_in_break(&rig.memory));
	assert_int_equal(sim_driver_posted(&rig.memory, 0), 4);
	assert_int_equal(cwriter(&rig), BOOT_SLOTS + 2 + 6);
	/* Once only. */
	assert_int_equal(memory_pause(&rig.memory, 10, NULL), 0);
	set_cwriter(&rig, BOOT_SLOTS + 8);
	memory_resume(&rig.memory);
	assert_int_equal(sim_driver_posted(&rig.memory, 0), 4);
	assert_int_equal(sim_breaks(&rig.memory), 3);
	sim_executed(&rig.memory, 0, &n);
	assert_int_equal(n, 2 + 2047 + 1 + 6);
	rig_close(&rig);
}

struct witness { unsigned calls, limit; uint64_t last_address, last_value; enum sim_access last; };

static bool count_calls(void *context, struct memory *memory, enum sim_access access,
			uint64_t address, uint64_t value)
{
	struct witness *witness = context;

	(void)memory;
	witness->last = access;
	witness->last_address = address;
	witness->last_value = value;
	return ++witness->calls <= witness->limit;
}

static void test_hook(void **state)
{
	struct witness witness = { .limit = 4 };
	const uint64_t sync[4] = { 0x05, 1, 2, 3 };
	uint64_t value, words[4];
	struct rig rig;

	(void)state;
	rig_open(&rig, "sim");
	sim_hook(&rig.memory, count_calls, &witness);
	assert_int_equal(memory_pause(&rig.memory, 10, NULL), 0);
	assert_int_equal(witness.last, SIM_PAUSE);
	assert_int_equal(window_read_words(&rig.ring, 0, words, 4, NULL), 0);
	assert_int_equal(witness.last, SIM_READ_WORDS);
	assert_int_equal(witness.last_address, rig.ring_base);
	assert_int_equal(window_write(&rig.ring, BOOT_SLOTS * 32, 64, 0x05, NULL), 0);
	assert_int_equal(witness.last, SIM_WRITE);
	assert_int_equal(witness.last_address, rig.ring_base + BOOT_SLOTS * 32);
	assert_int_equal(witness.last_value, 5);
	window_publish(&rig.ring, 0, 32, false);
	assert_int_equal(witness.last, SIM_PUBLISH);
	/* The fifth access is the end of the tool, and of its break. */
	assert_int_equal(window_write(&rig.frame, 0x88, 64, (BOOT_SLOTS + 1) * 32, NULL),
			 ITS_ERR_FAILED);
	assert_false(sim_in_break(&rig.memory));
	assert_int_equal(window_write_words(&rig.ring, 0, sync, 4, NULL), ITS_ERR_FAILED);
	assert_int_equal(window_read(&rig.frame, 0x90, 64, &value, NULL), ITS_ERR_FAILED);
	assert_int_equal(window_read_words(&rig.ring, 0, words, 4, NULL), ITS_ERR_FAILED);
	assert_int_equal(memory_pause(&rig.memory, 10, NULL), ITS_ERR_FAILED);
	memory_resume(&rig.memory);
	memory_relax(&rig.memory);
	assert_int_equal(witness.calls, 5);
	assert_int_equal(sim_peek(&rig.memory, rig.ring_base, false), 0x09);
	/* The driver goes on, and so does a second run. */
	assert_true(sim_driver_post(&rig.memory, 0, sync));
	sim_hook(&rig.memory, NULL, NULL);
	sim_revive(&rig.memory);
	assert_int_equal(creadr(&rig), BOOT_SLOTS + 1);
	assert_int_equal(sim_executed_total(&rig.memory, 0), 1);
	rig_close(&rig);
}

static void assert_no_window(struct rig *rig, uint64_t base, uint64_t size, enum memory_kind kind,
			     const char *word)
{
	struct its_error error = { 0 };
	struct window window;

	assert_int_equal(window_open(&window, &rig->memory, base, size, kind, false, &error),
			 ITS_ERR_ACCESS);
	assert_non_null(strstr(error.message, word));
}

static void test_windows(void **state)
{
	struct window window;
	uint64_t value;
	struct rig rig;

	(void)state;
	rig_open(&rig, "sim");
	assert_no_window(&rig, RAM_BASE - 8, 8, MEMORY_RAM, "bus error at 0x3ffffff8");
	assert_no_window(&rig, RAM_BASE + 0x3ffffff8, 16, MEMORY_RAM, "bus error");
	assert_no_window(&rig, 0xfffffffffffffff8ull, 8, MEMORY_RAM, "bus error");
	assert_no_window(&rig, ITS_BASE, 8, MEMORY_RAM_UNCACHED, "bus error");
	assert_no_window(&rig, RAM_BASE, 8, MEMORY_REGISTERS, "bus error");
	assert_no_window(&rig, ITS_BASE + 0x20000, 8, MEMORY_REGISTERS, "bus error");
	assert_no_window(&rig, 0x80780000 + 4 * 0x20000, 8, MEMORY_REGISTERS, "bus error");
	assert_no_window(&rig, 0x80780000 + 0x10000, 0x20000, MEMORY_REGISTERS, "bus error");
	/* RAM that nobody has written is 0, and can be written, by halves too. */
	assert_int_equal(window_open(&window, &rig.memory, RAM_BASE + 0x3fff0000, 0x10000,
				     MEMORY_RAM, true, NULL),
			 0);
	assert_int_equal(window_read(&window, 0xfff8, 64, &value, NULL), 0);
	assert_int_equal(value, 0);
	assert_int_equal(window_write(&window, 0xfff8, 64, 0x1122334455667788ull, NULL), 0);
	assert_int_equal(window_write(&window, 0xfffc, 32, 0xaabbccdd, NULL), 0);
	assert_int_equal(window_read(&window, 0xfff8, 32, &value, NULL), 0);
	assert_int_equal(value, 0x55667788);
	assert_int_equal(window_read(&window, 0xfffc, 32, &value, NULL), 0);
	assert_int_equal(value, 0xaabbccdd);
	assert_int_equal(sim_peek(&rig.memory, RAM_BASE + 0x3ffffff8, false),
			 0xaabbccdd55667788ull);
	window_close(&window);
	rig_close(&rig);

	rig_open(&rig, "sim:noram");
	assert_no_window(&rig, rig.ring_base, 0x10000, MEMORY_RAM, "STRICT_DEVMEM");
	assert_int_equal(reg(&rig, GITS_IIDR), 0x0201743b);
	rig_close(&rig);

	rig_open(&rig, "sim:strict");
	assert_int_equal(window_read(&rig.frame, 0x90, 64, &value, NULL), 0);
	assert_int_equal(window_read(&rig.frame, 0x20, 32, &value, NULL), 0); /* GIC-600's own */
	assert_int_equal(window_read(&rig.frame, 0x40, 32, &value, NULL),
			 ITS_ERR_ACCESS); /* STATUSR: no UMSI */
	assert_int_equal(window_read(&rig.frame, 0x200, 64, &value, NULL), ITS_ERR_ACCESS);
	assert_int_equal(window_read(&rig.frame, 0xc000, 32, &value, NULL), ITS_ERR_ACCESS);
	assert_int_equal(window_write(&rig.frame, 0x200, 32, 1, NULL), ITS_ERR_ACCESS);
	rig_close(&rig);
}

static void test_set_and_poke(void **state)
{
	struct rig rig;

	(void)state;
	rig_open(
		&rig,
		"sim:set=GITS_CREADR:0x10001,set=iidr:0x43b,set=GICR_CTLR@2:0,poke=0x48000000:0x1234");
	assert_int_equal(reg(&rig, GITS_CREADR), 0x10001);
	assert_int_equal(reg(&rig, GITS_IIDR), 0x43b);
	assert_int_equal(read_at(&rig, 0x80780000 + 2 * 0x20000, 32), 0);
	assert_int_equal(read_at(&rig, 0x80780000 + 3 * 0x20000, 32), 1);
	assert_int_equal(sim_peek(&rig.memory, 0x48000000, false), 0x1234);
	/* Nothing runs from there, and the driver does not hang. */
	set_cwriter(&rig, BOOT_SLOTS + 1);
	assert_int_equal(sim_executed_total(&rig.memory, 0), 0);
	rig_close(&rig);
	/* A ring outside RAM is a memory fault: it stalls, as in QEMU. */
	rig_open(&rig, "sim:set=CBASER:0x800000000000040f");
	set_cwriter(&rig, BOOT_SLOTS + 1);
	assert_int_equal(reg(&rig, GITS_CREADR), BOOT_SLOTS * 32 | 1);
	rig_close(&rig);
	rig_open(&rig, "sim:set=CBASER:0");
	set_cwriter(&rig, BOOT_SLOTS + 1);
	assert_int_equal(reg(&rig, GITS_CREADR), BOOT_SLOTS * 32);
	rig_close(&rig);
	/* LPI tables outside RAM. */
	rig_open(&rig, "sim:set=GICR_PENDBASER:0,set=GICR_PROPBASER:0xf");
	assert_int_equal(run(&rig, DEVICE(1, 0x03), 0, 0, 0), 0x010310);
	assert_int_equal(run(&rig, DEVICE(1, 0x0c), 0, 0, 0), 0x010c10);
	assert_int_equal(run(&rig, 0x0d, 0, 0, 0), ITS_MEMORY_FAULT);
	rig_close(&rig);
}

static void test_noncoherent(void **state)
{
	struct window uncached;
	uint64_t value;
	struct rig rig;

	(void)state;
	rig_open(&rig, "sim:noncoherent");
	assert_int_equal(reg(&rig, GITS_CBASER), 0x880000000000000full | rig.ring_base);
	assert_int_equal(window_open(&uncached, &rig.memory, rig.ring_base, 0x10000,
				     MEMORY_RAM_UNCACHED, true, NULL),
			 0);
	assert_int_equal(window_read(&uncached, 0, 64, &value, NULL), 0);
	assert_int_equal(value, 0x09);
	/* Not cleaned: the ITS sees the zeroes that were there. A barrier alone does not help. */
	put(&rig, BOOT_SLOTS, DEVICE(1, 0x03), 0, 0, 0);
	window_publish(&rig.ring, BOOT_SLOTS * 32, 32, false);
	assert_int_equal(window_read(&uncached, BOOT_SLOTS * 32, 64, &value, NULL), 0);
	assert_int_equal(value, 0);
	set_cwriter(&rig, BOOT_SLOTS + 1);
	assert_int_equal(delivered(&rig, LPI), 0);
	assert_int_equal(sim_executed_bad(&rig.memory, 0), 1);
	put(&rig, BOOT_SLOTS + 1, DEVICE(1, 0x03), 0, 0, 0);
	window_publish(&rig.ring, (BOOT_SLOTS + 1) * 32, 32, true);
	set_cwriter(&rig, BOOT_SLOTS + 2);
	assert_int_equal(delivered(&rig, LPI), 1);
	/* A slot that is the second half of its cache line. */
	put(&rig, BOOT_SLOTS + 2, DEVICE(1, 0x03), 0, 0, 0);
	window_publish(&rig.ring, (BOOT_SLOTS + 2) * 32, 32, true);
	set_cwriter(&rig, BOOT_SLOTS + 3);
	assert_int_equal(delivered(&rig, LPI), 2);
	window_close(&uncached);
	rig_close(&rig);
	/* Where it is coherent there is only one view. */
	rig_open(&rig, "sim");
	put(&rig, BOOT_SLOTS, 0x1234, 0, 0, 0);
	assert_int_equal(sim_peek(&rig.memory, rig.ring_base + BOOT_SLOTS * 32, true), 0x1234);
	rig_close(&rig);
}

static void test_virtual(void **state)
{
	uint64_t value;
	struct rig rig;
	int v41;

	(void)state;
	for (v41 = 0; v41 < 2; v41++) {
		rig_open(&rig, v41 ? "sim:v41" : "sim:v4");
		value = reg(&rig, GITS_TYPER);
		assert_true(value & 2);
		assert_int_equal(value >> 40 & 1, v41);
		assert_int_equal(reg(&rig, GITS_PIDR2), 0x4b);
		/* Four frames for each redistributor. */
		assert_int_equal(read_at(&rig, 0x80780000 + 3 * 0x40000 + 8, 64) & 0xffffff,
				 v41 ? 0x393 : 0x313);	/* RVPEID */
		assert_int_equal(read_at(&rig, 0x80780000 + 0x20070, 64), 0);
		assert_int_equal(run(&rig, 0x25, 5ull << 32, 0, 0), 0x012514);
		assert_int_equal(run(&rig, 0x29, 5ull << 32, V | 1 << 16, 0x5000000f), 0);
		assert_int_equal(run(&rig, 0x25, 5ull << 32, 0, 0), 0);
		assert_int_equal(run(&rig, DEVICE(1, 0x2a), 5ull << 32 | 3, 1023ull << 32 | 8232, 0),
				 0);
		assert_int_equal(run(&rig, DEVICE(1, 0x2a), 5ull << 32 | 3, 1023ull << 32 | 40, 0),
				 0x012a13);
		assert_int_equal(run(&rig, DEVICE(1, 0x2b), 5ull << 32 | 4, 1023ull << 32, 0),
				 ITS_VIRTUALID_OOR);
		assert_int_equal(run(&rig, DEVICE(1, 0x03), 3, 0, 0), 0);
		assert_int_equal(run(&rig, DEVICE(1, 0x21), 6ull << 32 | 3, 1023ull << 32 | 1, 0),
				 ITS_VPE_INVALID); /* vPE 6 is not mapped */
		assert_int_equal(run(&rig, DEVICE(1, 0x2a), 6ull << 32 | 5, 1023ull << 32 | 8233, 0),
				 0);
		assert_int_equal(run(&rig, DEVICE(1, 0x03), 5, 0, 0), ITS_VPE_INVALID);
		assert_int_equal(run(&rig, DEVICE(1, 0x21), 5ull << 32, 0, 0),
				 0x012115); /* event 0 is physical */
		assert_int_equal(run(&rig, 0x22, 5ull << 32, 2 << 16, 0), 0);
		assert_int_equal(run(&rig, 0x22, 6ull << 32, 2 << 16, 0), ITS_VPE_INVALID);
		assert_int_equal(run(&rig, 0x22, 5ull << 32, 9 << 16, 0), ITS_TARGET_OOR);
		assert_int_equal(run(&rig, 0x2d, 5ull << 32, 0, 0), 0);
		/* These two came with GICv4.1. */
		assert_int_equal(run(&rig, 0x2e, 5ull << 32, 0, 0), v41 ? 0 : ITS_UNKNOWN_OPCODE);
		assert_int_equal(run(&rig, 2ull << 32 | 0x23, 5ull << 32, 0, 0),
				 v41 ? 0 : ITS_UNKNOWN_OPCODE);
		assert_int_equal(run(&rig, 0x29, 5ull << 32, 0, 0), 0);
		assert_int_equal(run(&rig, 0x2d, 5ull << 32, 0, 0), ITS_VPE_INVALID);
		assert_int_equal(delivered(&rig, LPI), 0);
		rig_close(&rig);
	}
}

static void test_rdbase_address(void **state)
{
	uint64_t words[4];
	struct rig rig;

	(void)state;
	rig_open(&rig, "sim:pta");
	assert_int_equal(reg(&rig, GITS_TYPER) >> 19 & 1, 1);
	slot_words(&rig, 4, words);
	assert_int_equal(words[2], V | 0x807a0001);
	slot_words(&rig, 5, words);
	assert_int_equal(words[2], 0x807a0000);
	assert_int_equal(run(&rig, 0x05, 0, 0x807a0000, 0), 0);
	assert_int_equal(run(&rig, 0x05, 0, 1 << 16, 0), ITS_TARGET_OOR);
	rig_close(&rig);
}

/* Whatever stands in the ring: the ITS takes it, and its CREADR arrives. */
static void test_random_commands(void **state)
{
	static const char *const sources[] = { "sim:slots=128", "sim:slots=128,v41",
					       "sim:slots=128,v4,pta,noncoherent" };
	uint64_t seed = 1, lpis = 0;
	struct rig rig;
	unsigned i, round, slot;

	(void)state;
	for (i = 0; i < 3; i++) {
		rig_open(&rig, sources[i]);
		for (round = 0; round < 60; round++) {
			unsigned end = cwriter(&rig);

			for (slot = 0; slot < 128; slot++) {
				const struct its_command *command =
					its_command_at(test_random(&seed) % 21);
				uint64_t words[4];
				const struct its_field *field;

				its_command_init(command, words);
				/* Mostly small, so that commands find what others mapped. */
				its_command_for_each_field(field, command, ITS_LAYOUT_V41) {
					uint64_t value = test_random(&seed) % 4;

					if (field->id == ITS_FIELD_PINTID)
						value += LPI;
					if (field->kind == ITS_KIND_RDBASE ||
					    field->kind == ITS_KIND_ADDRESS)
						value <<= 16;
					if (test_random(&seed) % 16 && its_field_fits(field, value))
						its_field_set(field, words, value);
					else
						words[field->word] ^= test_random(&seed);
				}
				put(&rig, slot, words[0], words[1], words[2], words[3]);
				window_publish(&rig.ring, slot * 32, 32, true);
			}
			set_cwriter(&rig, end + 127);
			assert_int_equal(creadr(&rig), (end + 127) % 128);
		}
		assert_int_equal(sim_executed_total(&rig.memory, 0), 60 * 127);
		/* Some were good, and some LPIs came through. */
		assert_in_range(sim_executed_bad(&rig.memory, 0), 60, 60 * 126);
		lpis += delivered(&rig, LPI);
		rig_close(&rig);
	}
	assert_true(lpis > 0);
}

/* Boards of strangers. */
static void test_layouts(void **state)
{
	static const struct memory_layout empty = { 0 };
	struct memory_layout layout = lab;
	struct its_error error = { 0 };
	struct memory memory = { 0 };
	char *text = NULL;
	struct rig rig;
	unsigned i;
	size_t size;
	uint32_t pintid, icid;

	(void)state;
	/* Nothing at all: no ITS, so nothing to see, but no harm. */
	assert_int_equal(memory_open(&memory, "sim:fill,driver=1", &error), 0);
	assert_int_equal(memory_populate(&memory, &empty, &error), 0);
	assert_int_equal(memory_populate(&memory, &empty, &error), ITS_ERR_INPUT);
	assert_int_equal(memory_file(&memory, MEMORY_FILE_INTERRUPTS, &text, &size, NULL), 0);
	free(text);
	assert_int_equal(memory_pause(&memory, 1, NULL), 0);
	memory_resume(&memory);
	memory_close(&memory);
	/* Never populated. */
	assert_int_equal(memory_open(&memory, "sim", &error), 0);
	memory_close(&memory);
	/* RAM: none (invented), too little, odd, at the end of the address space. */
	layout.ram_base = layout.ram_size = 0;
	rig_open_layout(&rig, "sim", &layout);
	assert_int_equal(creadr(&rig), BOOT_SLOTS);
	assert_int_equal(rig.ring_base >> 30, 1);
	rig_close(&rig);
	layout.ram_size = 0x80000;
	assert_refused("sim", &layout, ITS_ERR_INPUT);
	layout.ram_base = 0x40000123;
	layout.ram_size = 0x800000;
	rig_open_layout(&rig, "sim", &layout);
	rig_close(&rig);
	layout.ram_base = UINT64_MAX - 0xfff;
	assert_refused("sim", &layout, ITS_ERR_INPUT);
	layout.ram_base = UINT64_MAX;
	assert_refused("sim", &layout, ITS_ERR_INPUT);
	layout.ram_base = 1ull << 52;
	assert_refused("sim", &layout, ITS_ERR_INPUT);
	layout.ram_base = (1ull << 52) - 0x10000000;
	layout.ram_size = 0x10000000;
	rig_open_layout(&rig, "sim", &layout);
	assert_int_equal(creadr(&rig), BOOT_SLOTS);
	rig_close(&rig);
	layout.ram_base = 0;
	layout.ram_size = 1ull << 51;
	rig_open_layout(&rig, "sim", &layout);
	rig_close(&rig);
	/* No redistributors; regions too small; more regions than CPUs. */
	layout = lab;
	layout.n_redistributors = 0;
	rig_open_layout(&rig, "sim", &layout);
	assert_int_equal(run(&rig, DEVICE(1, 0x03), 0, 0, 0), 0);
	assert_int_equal(sim_lpi_count(&rig.memory, 0, LPI), 1);
	rig_close(&rig);
	layout.n_redistributors = 1;
	layout.redistributors[0].size = 0x10000;
	assert_refused("sim", &layout, ITS_ERR_INPUT);
	layout.redistributors[0].size = 0x40000;
	assert_refused("sim:cpus=3", &layout, ITS_ERR_USAGE);
	layout.cpus = 3;
	layout.n_redistributors = 4;
	for (i = 1; i < 4; i++) {
		layout.redistributors[i].base = 0x90000000 + i * 0x100000;
		layout.redistributors[i].size = 0x40000;
	}
	rig_open_layout(&rig, "sim", &layout);
	assert_int_equal(read_at(&rig, 0x807a0008, 64) >> 4 & 1, 1); /* Last of its region */
	assert_int_equal(read_at(&rig, 0x90100008, 64), 2ull << 32 | 0x211);
	assert_int_equal(read_at(&rig, 0x90200008, 64), 3ull << 32 | 0x311); /* of no CPU: asleep */
	assert_int_equal(read_at(&rig, 0x90200014, 32), 6);
	assert_int_equal(read_at(&rig, 0x90300014, 32), 6);
	rig_close(&rig);
	/* A stride of the tree's own, and one that makes no sense. */
	layout = lab;
	layout.stride = 0x40000;
	rig_open_layout(&rig, "sim", &layout);
	assert_int_equal(read_at(&rig, 0x80780000 + 3 * 0x40000 + 8, 64) >> 8 & 0xffff, 3);
	rig_close(&rig);
	layout.stride = 1;
	rig_open_layout(&rig, "sim", &layout);
	rig_close(&rig);
	/* Very many CPUs, and room for them: the ring wraps at boot. */
	layout = lab;
	layout.cpus = UINT32_MAX;
	layout.redistributors[0].base = 0x100000000ull;
	layout.redistributors[0].size = 1ull << 40;
	rig_open_layout(&rig, "sim:slots=128", &layout);
	assert_int_equal(creadr(&rig), (512 * 4 + 5) % 128);
	rig_close(&rig);
	/* More of anything than fits. */
	layout = lab;
	layout.n_devices = 33;
	assert_refused("sim", &layout, ITS_ERR_INPUT);
	layout.n_devices = 1;
	layout.n_its = sizeof(layout.its) / sizeof(layout.its[0]) + 1;
	assert_refused("sim", &layout, ITS_ERR_INPUT);
	/* Several ITSs, a DeviceID that two share, one out of range, names of all sorts. */
	layout = lab;
	layout.n_its = 2;
	layout.its[1].base = 0x80760000;
	layout.n_devices = 6;
	layout.devices[1].its = 1;
	layout.devices[1].device_id = 0x100;
	layout.devices[1].name = "0000:01:00.0";
	layout.devices[2].its = 0;
	layout.devices[2].device_id = 1;
	layout.devices[2].name = NULL;
	layout.devices[3].its = 0;
	layout.devices[3].device_id = 0x10000;
	layout.devices[3].name = "outofrange";
	layout.devices[4].its = 7;
	layout.devices[4].device_id = 3;
	layout.devices[4].name = "nosuchits";
	layout.devices[5].its = 0;
	layout.devices[5].device_id = 0xffff;
	layout.devices[5].name =
		"a\nb\x1b%s.0123456789012345678901234567890123456789012345678901234567890123456789";
	rig_open_layout(&rig, "sim:at=7", &layout);
	assert_true(sim_event(&rig.memory, 0, 1, 1, &pintid, &icid));
	assert_true(sim_event(&rig.memory, 1, 0x100, 0, &pintid, &icid));
	assert_true(sim_event(&rig.memory, 0, 0xffff, 0, &pintid, &icid));
	assert_false(sim_event(&rig.memory, 0, 3, 0, &pintid, &icid));
	assert_int_equal(memory_file(&rig.memory, MEMORY_FILE_INTERRUPTS, &text, &size, NULL), 0);
	assert_non_null(strstr(text, " ITS-PCI-MSIX-0000:01:00.0    0 Edge "));
	assert_non_null(strstr(text, " ITS-pMSI-a?b?%s.0123"));
	assert_null(strstr(text, "outofrange"));
	assert_null(strstr(text, "nosuchits"));
	free(text);
	/* Each ITS has a ring of its own. */
	assert_int_equal(read_at(&rig, 0x80760088, 64), 7 * 32);
	assert_int_not_equal(read_at(&rig, 0x80760080, 64), reg(&rig, GITS_CBASER));
	rig_close(&rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_options), cmocka_unit_test(test_files),
		cmocka_unit_test(test_boot_ring), cmocka_unit_test(test_registers),
		cmocka_unit_test(test_cwriter), cmocka_unit_test(test_delivery),
		cmocka_unit_test(test_config_copy), cmocka_unit_test(test_redistributor_off),
		cmocka_unit_test(test_mappings), cmocka_unit_test(test_bad_commands_are_skipped),
		cmocka_unit_test(test_bad_commands_stall), cmocka_unit_test(test_stall_at_and_die),
		cmocka_unit_test(test_pace), cmocka_unit_test(test_positions),
		cmocka_unit_test(test_driver_left_behind), cmocka_unit_test(test_driver),
		cmocka_unit_test(test_breaks), cmocka_unit_test(test_hook),
		cmocka_unit_test(test_windows), cmocka_unit_test(test_set_and_poke),
		cmocka_unit_test(test_noncoherent), cmocka_unit_test(test_virtual),
		cmocka_unit_test(test_rdbase_address), cmocka_unit_test(test_random_commands),
		cmocka_unit_test(test_layouts), cmocka_unit_test(test_posts),
		cmocka_unit_test(test_events_and_pages),
	};

	return cmocka_run_group_tests_name("sim", tests, NULL, NULL);
}
