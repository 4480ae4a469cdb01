// SPDX-License-Identifier: GPL-2.0-or-later
/* ACPI tables: what they say of ITSs and devices, every known mistake, and hostile ones. */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>

#include "its/board.h"
#include "test.h"

/* Tables as a firmware would write them. */
struct tables {
	uint8_t bytes[16384];
	size_t size, table, node;	/* offsets of the open table and node */
	unsigned nodes;
};

static void put(struct tables *t, unsigned width, uint64_t value)
{
	assert_true(t->size + width <= sizeof(t->bytes));
	for (unsigned i = 0; i < width; i++)
		t->bytes[t->size++] = (uint8_t)(value >> 8 * i);
}

static void patch(struct tables *t, size_t at, unsigned width, uint64_t value)
{
	for (unsigned i = 0; i < width; i++)
		t->bytes[at + i] = (uint8_t)(value >> 8 * i);
}

static void begin(struct tables *t, const char *signature, uint8_t revision)
{
	t->table = t->size;
	for (unsigned i = 0; i < 4; i++)
		put(t, 1, (uint8_t)signature[i]);
	put(t, 4, 0);
	put(t, 1, revision);
	put(t, 1, 0);
	for (const char *c = "ITSTL LAB     "; *c; c++)
		put(t, 1, (uint8_t)*c);
	put(t, 4, 1);
	put(t, 8, 0);
}

/* Length and checksum. */
static void end(struct tables *t)
{
	uint8_t sum = 0;

	patch(t, t->table + 4, 4, t->size - t->table);
	t->bytes[t->table + 9] = 0;
	for (size_t i = t->table; i < t->size; i++)
		sum = (uint8_t)(sum + t->bytes[i]);
	t->bytes[t->table + 9] = (uint8_t)-sum;
}

static void madt(struct tables *t, uint8_t revision)
{
	begin(t, "APIC", revision);
	put(t, 8, 0);
}

static void gicc(struct tables *t, uint32_t flags, uint64_t gicr, uint64_t mpidr)
{
	size_t start = t->size;

	put(t, 2, 0x0b | 80 << 8);
	put(t, 2, 0);
	put(t, 4, 0);
	put(t, 4, 100 + (mpidr & 0xff));	/* UID */
	put(t, 4, flags);
	for (unsigned i = 0; i < 5; i++)
		put(t, 8, 0);
	put(t, 4, 0);
	put(t, 8, gicr);
	put(t, 8, mpidr);
	put(t, 4, 0);
	assert_int_equal(t->size - start, 80);
}

static void gicd(struct tables *t, uint64_t base, uint8_t version)
{
	put(t, 2, 0x0c | 24 << 8);
	put(t, 6, 0);
	put(t, 8, base);
	put(t, 4, 0);
	put(t, 4, version);
}

static void gicr(struct tables *t, uint8_t flags, uint64_t base, uint32_t length)
{
	put(t, 2, 0x0e | 16 << 8);
	put(t, 2, flags);
	put(t, 8, base);
	put(t, 4, length);
}

static void its(struct tables *t, uint8_t flags, uint32_t id, uint64_t base)
{
	put(t, 2, 0x0f | 20 << 8);
	put(t, 2, flags);
	put(t, 4, id);
	put(t, 8, base);
	put(t, 4, 0);
}

static void iort(struct tables *t)
{
	begin(t, "IORT", 3);
	put(t, 4, 0);
	put(t, 4, 48);
	put(t, 4, 0);
	t->nodes = 0;
}

/* Returns the offset that mappings refer to it by. */
static uint32_t node(struct tables *t, uint8_t type, uint8_t revision)
{
	t->node = t->size;
	put(t, 1, type);
	put(t, 2, 16);
	put(t, 1, revision);
	put(t, 4, t->nodes);
	put(t, 8, 0);
	patch(t, t->table + 36, 4, ++t->nodes);
	return (uint32_t)(t->node - t->table);
}

static void node_end(struct tables *t)
{
	patch(t, t->node + 1, 2, t->size - t->node);
}

static void map(struct tables *t, uint32_t input, uint32_t count, uint32_t output, uint32_t target,
		uint32_t flags)
{
	uint32_t maps = t->bytes[t->node + 8];

	if (!maps)
		patch(t, t->node + 12, 4, t->size - t->node);
	patch(t, t->node + 8, 4, maps + 1);
	put(t, 4, input);
	put(t, 4, count);
	put(t, 4, output);
	put(t, 4, target);
	put(t, 4, flags);
	node_end(t);
}

static uint32_t group(struct tables *t, uint32_t count, uint32_t first, uint32_t second)
{
	uint32_t offset = node(t, 0, 1);

	put(t, 4, count);
	put(t, 4, first);
	if (count > 1)
		put(t, 4, second);
	node_end(t);
	return offset;
}

static uint32_t complex(struct tables *t, uint32_t segment)
{
	uint32_t offset = node(t, 2, 3);

	put(t, 8, 1);
	put(t, 4, 0);
	put(t, 4, segment);
	put(t, 4, 64);
	node_end(t);
	return offset;
}

static uint32_t component(struct tables *t, const char *name)
{
	uint32_t offset = node(t, 1, 4);

	put(t, 4, 0);
	put(t, 8, 0);
	put(t, 1, 64);
	for (const char *c = name; *c; c++)
		put(t, 1, (uint8_t)*c);
	do
		put(t, 1, 0);
	while (t->size % 4);
	node_end(t);
	return offset;
}

static uint32_t smmu(struct tables *t, uint64_t base, uint8_t revision, uint32_t own)
{
	uint32_t offset = node(t, 4, revision);

	put(t, 8, base);
	put(t, 4, revision >= 5 && own != UINT32_MAX ? 0x10 : 0);
	put(t, 4, 0);
	put(t, 8, 0);
	put(t, 4, 0);
	for (unsigned i = 0; i < 4; i++)
		put(t, 4, own == UINT32_MAX ? 40 + i : 0);
	put(t, 4, 0);
	put(t, 4, own);
	node_end(t);
	return offset;
}

/* Two CPUs, one ITS with translation ID 7, up to an open IORT. */
static void usual(struct tables *t)
{
	*t = (struct tables){ .size = 0 };
	madt(t, 5);
	gicd(t, 0x8000000, 3);
	gicc(t, 1, 0, 0);
	gicc(t, 1, 0, 1);
	gicr(t, 0, 0x80a0000, 0xf60000);
	its(t, 0, 7, 0x8080000);
	end(t);
	iort(t);
}

static void load(struct board *board, struct tables *t)
{
	struct its_error error = { 0 };

	end(t);
	if (board_load_acpi(board, t->bytes, t->size, &error))
		fail_msg("%s", error.message);
}

static const struct board_lint *lint(const struct board *board, const char *name,
				     const char *node_name)
{
	for (size_t i = 0; i < board->n_lints; i++)
		if (!strcmp(board->lints[i].name, name) &&
		    (!node_name || !strcmp(board->lints[i].node, node_name)))
			return &board->lints[i];
	return NULL;
}

static void no_lints(const struct board *board)
{
	for (size_t i = 0; i < board->n_lints; i++)
		fail_msg("%s: %s: %s", board->lints[i].node, board->lints[i].name,
			 board->lints[i].text);
}

static void has_lint(const struct board *board, const char *name, const char *node_name)
{
	if (!lint(board, name, node_name))
		fail_msg("no lint %s about %s", name, node_name ? node_name : "anything");
}

/* There and back: @text is DeviceID @device_id, and that is @text. */
static void both_ways(const struct board *board, size_t on, const char *text, uint32_t device_id)
{
	struct board_device device;
	struct its_error error = { 0 };
	char name[300];

	if (board_find_device(board, SIZE_MAX, text, &device, &error))
		fail_msg("%s: %s", text, error.message);
	assert_int_equal(device.its, on);
	assert_int_equal(device.device_id, device_id);
	assert_true(board_device_of(board, on, device_id, &device));
	board_device_name(&device, name, sizeof(name));
	if (strcmp(name, text) && (!strrchr(name, '/') || strcmp(strrchr(name, '/') + 1, text)))
		fail_msg("DeviceID 0x%x is %s, not %s", device_id, name, text);
}

static void unknown(const struct board *board, const char *text)
{
	struct board_device device;
	struct its_error error = { 0 };

	assert_int_equal(board_find_device(board, SIZE_MAX, text, &device, &error), ITS_ERR_USAGE);
	assert_true(*error.message);
}

static void test_usual(void **state)
{
	struct tables t;
	struct board board;
	struct its_error error = { 0 };
	size_t index = 99;
	uint32_t g;

	(void)state;
	usual(&t);
	g = group(&t, 1, 7, 0);
	complex(&t, 0);
	map(&t, 0, 0xffff, 0, g, 0);
	component(&t, "\\_SB_.DEV0");
	map(&t, 0, 0, 0x10005, g, 1);
	load(&board, &t);
	no_lints(&board);
	assert_true(board.acpi);
	assert_string_equal(board.model, "ITSTL LAB");
	assert_int_equal(board.cpus, 2);
	assert_int_equal(board.n_gics, 1);
	assert_string_equal(board.gics[0].node, "/MADT/gic@8000000");
	assert_int_equal(board.gics[0].distributor.base, 0x8000000);
	assert_int_equal(board.gics[0].n_redistributors, 1);
	assert_int_equal(board.gics[0].redistributors[0].base, 0x80a0000);
	assert_int_equal(board.gics[0].redistributors[0].size, 0xf60000);
	assert_false(board.gics[0].noncoherent);
	assert_int_equal(board.n_its, 1);
	assert_string_equal(board.its[0].node, "/MADT/its@8080000");
	assert_int_equal(board.its[0].base, 0x8080000);
	assert_int_equal(board.its[0].size, 0x20000);
	assert_int_equal(board.its[0].translation_id, 7);
	assert_true(board.its[0].available && board.its[0].translated);
	assert_int_equal(board.its[0].gic, 0);
	for (const char *const *which = (const char *const[]){
		     "0", "0x8080000", "its", "its@8080000", "/MADT/its@8080000", NULL }; *which;
	     which++) {
		assert_int_equal(board_find_its(&board, *which, &index, &error), 0);
		assert_int_equal(index, 0);
	}
	assert_int_equal(board_find_its(&board, "gic", &index, &error), ITS_ERR_USAGE);
	assert_int_equal(board.n_clients, 2);
	both_ways(&board, 0, "0000:00:01.0", 8);
	both_ways(&board, 0, "0000:ff:1f.7", 0xffff);
	both_ways(&board, 0, "\\_SB_.DEV0", 0x10005);
	unknown(&board, "0001:00:01.0");
	unknown(&board, "\\_SB_.DEV1");
	assert_false(board_its_has_property(&board, 0, "dma-noncoherent"));
	assert_false(board_is_machine(&board, "linux,dummy-virt"));
	board_free(&board);
}

/* Root complex and component through an SMMUv3, whose own MSIs have a mapping of their own. */
static void test_smmu(void **state)
{
	struct tables t;
	struct board board;
	uint32_t g, s;

	(void)state;
	for (uint8_t revision = 1; revision <= 5; revision += 4) {
		usual(&t);
		g = group(&t, 1, 7, 0);
		s = smmu(&t, 0x9050000, revision, 1);
		map(&t, 0x1000, 0xffff, 0x20000, g, 0);
		map(&t, 0, 0, 0x77, g, 1);
		map(&t, 0x40000, 0, 0x99, g, 0);
		complex(&t, 2);
		map(&t, 0x100, 0xff, 0x1000, s, 0);
		map(&t, 0x200, 0x1ff, 0x1100, s, 0);	/* goes on where the one before ends */
		map(&t, 0x8000, 0xfff, 0, s, 0);	/* misses what the SMMU maps */
		component(&t, "\\_SB_.NET0");
		map(&t, 0, 0, 0x40000, s, 1);
		load(&board, &t);
		no_lints(&board);
		assert_int_equal(board.n_clients, 3);
		assert_int_equal(board.clients[0].device_id, 0x77);
		assert_int_equal(board.clients[1].length, 0x300);
		both_ways(&board, 0, "smmu-v3@9050000", 0x77);
		both_ways(&board, 0, "0002:01:00.0", 0x20000);
		both_ways(&board, 0, "0002:03:1f.7", 0x202ff);
		both_ways(&board, 0, "\\_SB_.NET0", 0x99);
		unknown(&board, "0002:00:1f.7");
		unknown(&board, "0002:80:00.0");
		board_free(&board);
	}
}

static void test_smmu_wired(void **state)
{
	struct tables t;
	struct board board;
	uint32_t g, s;

	(void)state;
	usual(&t);
	g = group(&t, 1, 7, 0);
	s = smmu(&t, 0x9050000, 1, UINT32_MAX);
	map(&t, 0, 0xffff, 0, g, 0);
	map(&t, 0x10000, 0, 0, g, 1);	/* not its own, so Linux skips it */
	complex(&t, 0);
	map(&t, 0, 0x1ffff, 0, s, 0);
	node(&t, 5, 1);			/* PMCG */
	put(&t, 8, 0x9060000);
	put(&t, 4, 0);
	put(&t, 4, 0);
	put(&t, 8, 0);
	node_end(&t);
	map(&t, 0, 0, 0x123, g, 1);
	load(&board, &t);
	has_lint(&board, "iort-single", "/IORT/smmu-v3@9050000");
	assert_int_equal(board.n_lints, 1);
	assert_int_equal(board.n_clients, 2);
	assert_int_equal(board.clients[0].length, 0x10000);
	both_ways(&board, 0, "0000:12:03.4", 0x121c);
	assert_string_equal(board.clients[1].node, "/IORT/pmcg@9060000");
	assert_int_equal(board.clients[1].device_id, 0x123);
	board_free(&board);
}

/* The mapping of an SMMU's own MSIs says nothing of those behind it, and counts with its flag only. */
static void test_smmu_own(void **state)
{
	struct tables t;
	struct board board;
	uint32_t g, s;

	(void)state;
	usual(&t);
	g = group(&t, 1, 7, 0);
	s = smmu(&t, 0x9050000, 1, 0);
	map(&t, 0, 0xffff, 0x50000, g, 0);
	map(&t, 0, 0xffff, 0x20000, g, 0);
	complex(&t, 0);
	map(&t, 0, 0xffff, 0, s, 0);
	load(&board, &t);
	assert_int_equal(board.n_clients, 1);
	both_ways(&board, 0, "0000:00:01.0", 0x20008);
	board_free(&board);
}

/* Counts that are the number of ids where the number minus 1 belongs: Linux mends it, so do we. */
static void test_off_by_one(void **state)
{
	struct tables t;
	struct board board;
	uint32_t g;

	(void)state;
	usual(&t);
	g = group(&t, 1, 7, 0);
	complex(&t, 0);
	map(&t, 0, 0x100, 0x10000, g, 0);
	map(&t, 0x100, 0x100, 0x30000, g, 0);
	map(&t, 0x200, 0xfe00, 0x50000, g, 0);
	load(&board, &t);
	has_lint(&board, "iort-off-by-one", "/IORT/pci@0");
	both_ways(&board, 0, "0000:00:1f.7", 0x100ff);
	both_ways(&board, 0, "0000:01:00.0", 0x30000);
	both_ways(&board, 0, "0000:01:1f.7", 0x300ff);
	both_ways(&board, 0, "0000:02:00.0", 0x50000);
	both_ways(&board, 0, "0000:ff:1f.7", 0x5fdff);
	assert_int_equal(board.n_clients, 3);
	board_free(&board);

	/* In the other order the range that begins there is met first. */
	usual(&t);
	g = group(&t, 1, 7, 0);
	complex(&t, 0);
	map(&t, 0x100, 0xff, 0x30000, g, 0);
	map(&t, 0, 0x100, 0x10000, g, 0);
	load(&board, &t);
	both_ways(&board, 0, "0000:00:1f.7", 0x100ff);
	both_ways(&board, 0, "0000:01:00.0", 0x30000);
	board_free(&board);

	/* The last id of the last range is nobody else's. */
	usual(&t);
	g = group(&t, 1, 7, 0);
	complex(&t, 0);
	map(&t, 0, 0x100, 0x10000, g, 0);
	load(&board, &t);
	no_lints(&board);
	both_ways(&board, 0, "0000:01:00.0", 0x10100);
	unknown(&board, "0000:01:00.1");
	board_free(&board);

	/* More than one id in common: the first that stands in the table, but for its last id. */
	usual(&t);
	g = group(&t, 1, 7, 0);
	complex(&t, 0);
	map(&t, 0, 0x1ff, 0x10000, g, 0);
	map(&t, 0x100, 0x1ff, 0x30000, g, 0);
	load(&board, &t);
	has_lint(&board, "iort-overlap", "/IORT/pci@0");
	both_ways(&board, 0, "0000:01:1f.6", 0x101fe);
	both_ways(&board, 0, "0000:01:1f.7", 0x101ff);
	both_ways(&board, 0, "0000:02:00.0", 0x30100);
	board_free(&board);
}

/* All ids of a root complex become one DeviceID. */
static void test_single_complex(void **state)
{
	struct tables t;
	struct board board;
	struct board_device device;
	struct its_error error = { 0 };
	uint32_t g;

	(void)state;
	usual(&t);
	g = group(&t, 1, 7, 0);
	complex(&t, 0);
	map(&t, 0x100, 0xff, 0x100, g, 0);
	map(&t, 0, 0, 0xabc, g, 1);
	load(&board, &t);
	no_lints(&board);
	for (const char *const *text = (const char *const[]){
		     "0000:00:00.0", "0000:00:1f.7", "0000:02:00.0", "0000:ff:1f.7", NULL }; *text;
	     text++) {
		if (board_find_device(&board, SIZE_MAX, *text, &device, &error))
			fail_msg("%s", error.message);
		assert_int_equal(device.device_id, 0xabc);
	}
	both_ways(&board, 0, "0000:01:00.1", 0x101);
	assert_true(board_device_of(&board, 0, 0xabc, &device));
	assert_int_equal(device.rid, 0);
	assert_false(board_device_of(&board, 0, 0xabd, &device));
	board_free(&board);
}

static void test_many_its(void **state)
{
	struct tables t = { .size = 0 };
	struct board board;
	struct its_error error = { 0 };
	size_t index;
	uint32_t a, b;

	(void)state;
	madt(&t, 5);
	for (uint32_t i = 0; i < 8; i++)
		its(&t, 0, i, 0x100000000 + i * 0x40000);
	gicd(&t, 0x8000000, 4);
	/* No GICR entries: the frames are in those of the CPUs. */
	for (uint32_t i = 0; i < 96; i++)
		gicc(&t, i == 95 ? 8 : i == 94 ? 0 : 1, 0x40000000 + i * 0x40000, i);
	end(&t);
	iort(&t);
	a = group(&t, 1, 3, 0);
	b = group(&t, 2, 5, 6);
	complex(&t, 0);
	map(&t, 0, 0xffff, 0, a, 0);
	complex(&t, 1);
	map(&t, 0, 0xffff, 0, b, 0);
	component(&t, "\\_SB_.FSL0");
	map(&t, 0, UINT32_MAX, 0, b, 0);
	load(&board, &t);
	assert_int_equal(board.n_its, 8);
	assert_int_equal(board.cpus, 94);
	assert_int_equal(board.gics[0].n_redistributors, 94);
	assert_int_equal(board.gics[0].redistributors[93].base, 0x40000000 + 93 * 0x40000);
	assert_int_equal(board.gics[0].redistributors[93].size, 0x40000);
	has_lint(&board, "cpu-online-capable", "/MADT/gic@8000000");
	has_lint(&board, "iort-group", "/IORT/its-group@48");
	has_lint(&board, "iort-group", "/MADT/its@100000000");
	assert_null(lint(&board, "iort-group", "/MADT/its@100180000"));
	both_ways(&board, 3, "0000:00:01.0", 8);
	both_ways(&board, 5, "0001:00:01.0", 8);
	assert_int_equal(board_find_its(&board, "its", &index, &error), ITS_ERR_USAGE);
	assert_int_equal(board_find_its(&board, "its@100040000", &index, &error), 0);
	assert_int_equal(index, 1);
	assert_int_equal(board_find_device(&board, 2, "0000:00:01.0", &(struct board_device){ 0 },
					   &error), ITS_ERR_USAGE);
	assert_non_null(strstr(error.message, "ITS 3"));
	board_free(&board);
}

/* CPUs in the order of the MADT: those that cannot be, and those that Linux skips, are not counted. */
static void test_cpus(void **state)
{
	struct tables t = { .size = 0 };
	struct board board;

	(void)state;
	madt(&t, 5);
	gicd(&t, 0x8000000, 3);
	gicr(&t, 0, 0x80a0000, 0x200000);
	gicc(&t, 1, 0, 0x0100020304);
	gicc(&t, 0, 0, 1);
	gicc(&t, 8, 0, 2);
	gicc(&t, 1, 0, 0x80000003);	/* bit 31 is none of the affinity's */
	load(&board, &t);
	assert_int_equal(board.cpus, 2);
	assert_int_equal(board.n_cpu_nodes, 2);
	assert_string_equal(board.cpu_nodes[0].node, "/MADT/cpu@104");
	assert_true(board.cpu_nodes[0].available && board.cpu_nodes[0].has_affinity);
	assert_int_equal(board.cpu_nodes[0].affinity, 0x01020304);
	assert_string_equal(board.cpu_nodes[1].node, "/MADT/cpu@102");
	assert_false(board.cpu_nodes[1].available);
	assert_int_equal(board.n_memory, 0);
	board_free(&board);
}

static void test_noncoherent(void **state)
{
	struct board board;

	(void)state;
	for (uint8_t revision = 6; revision <= 7; revision++) {
		for (unsigned single = 0; single < 2; single++) {
			struct tables t = { .size = 0 };

			madt(&t, revision);
			gicd(&t, 0x8000000, 3);
			gicc(&t, single ? 0x11 : 1, 0x80c0000, 0);
			if (!single)
				gicr(&t, 1, 0x80a0000, 0x20000);
			its(&t, 1, 0, 0x8080000);
			end(&t);
			iort(&t);
			group(&t, 1, 0, 0);
			load(&board, &t);
			assert_int_equal(board.its[0].noncoherent, revision == 7);
			assert_int_equal(board.gics[0].noncoherent, revision == 7);
			assert_int_equal(board_its_has_property(&board, 0, "dma-noncoherent"),
					 revision == 7);
			assert_false(board_its_has_property(&board, 0, "other"));
			assert_int_equal(lint(&board, "acpi-noncoherent",
					      "/MADT/its@8080000") != NULL, revision == 6);
			assert_int_equal(lint(&board, "acpi-noncoherent",
					      "/MADT/gic@8000000") != NULL, revision == 6);
			assert_int_equal(board.gics[0].redistributors[0].base,
					 single ? 0x80c0000 : 0x80a0000);
			assert_int_equal(board.gics[0].redistributors[0].size, 0x20000);
			board_free(&board);
		}
	}
}

static void test_madt_mistakes(void **state)
{
	struct tables t = { .size = 0 };
	struct board board;
	size_t at;

	(void)state;
	madt(&t, 5);
	gicd(&t, 0x8000000, 2);
	gicd(&t, 0x9000000, 3);
	gicc(&t, 1, 0, 0);
	gicr(&t, 0, UINT64_MAX - 10, 0x20000);
	its(&t, 0, 0, 0x8080000);
	its(&t, 0, 0, 0x8081000);
	its(&t, 0, 1, 0x8080000);
	its(&t, 0, 2, UINT64_MAX - 0xffff);
	at = t.size;
	its(&t, 0, 3, 0x8100000);
	t.bytes[at + 1] = 16;
	t.bytes[at + 16] = 0xff;	/* where the cut entry makes the next begin */
	t.bytes[at + 17] = 4;
	load(&board, &t);
	has_lint(&board, "gic-version", "/MADT/gic@8000000");
	has_lint(&board, "acpi-duplicate", "/MADT/gic@8000000");
	has_lint(&board, "no-redistributor", "/MADT");
	has_lint(&board, "no-redistributor", "/MADT/gic@8000000");
	has_lint(&board, "its-duplicate-id", "/MADT/its@8081000");
	has_lint(&board, "its-unaligned", "/MADT/its@8081000");
	has_lint(&board, "its-duplicate-base", "/MADT/its@8080000");
	has_lint(&board, "untranslatable", "/MADT/its@ffffffffffff0000");
	has_lint(&board, "acpi-entry", "/MADT");
	has_lint(&board, "no-iort", "/IORT");
	assert_int_equal(board.n_its, 4);
	assert_false(board.its[3].translated);
	board_free(&board);

	/* An entry of length 0, one that goes beyond the table, no GICD, a wrong sum. */
	for (unsigned length = 0; length < 256; length += 255) {
		t = (struct tables){ .size = 0 };
		madt(&t, 5);
		its(&t, 0, 0, 0x8080000);
		put(&t, 2, 0x0f | length << 8);
		load(&board, &t);
		has_lint(&board, "acpi-entry", "/MADT");
		has_lint(&board, "its-outside-gic", "/MADT");
		assert_int_equal(board.n_its, 1);
		assert_int_equal(board.its[0].gic, SIZE_MAX);
		board_free(&board);
		t.bytes[50]++;
		assert_int_equal(board_load_acpi(&board, t.bytes, t.size, NULL), 0);
		has_lint(&board, "acpi-checksum", "/MADT");
		board_free(&board);
	}

	/* A CPU without a frame beside one with; a GICC of ACPI 5.0 has no room for one. */
	t = (struct tables){ .size = 0 };
	madt(&t, 3);
	gicd(&t, 0x8000000, 0);
	gicc(&t, 1, 0x80a0000, 0);
	put(&t, 2, 0x0b | 40 << 8);
	put(&t, 8, 0);
	put(&t, 2, 0);
	put(&t, 4, 1);
	put(&t, 8, 0);
	put(&t, 8, 0);
	put(&t, 8, 0);
	gicc(&t, 1, UINT64_MAX, 2);	/* nothing can be there */
	load(&board, &t);
	has_lint(&board, "no-redistributor", "/MADT/gic@8000000");
	assert_int_equal(board.cpus, 3);
	assert_int_equal(board.gics[0].n_redistributors, 1);
	board_free(&board);
}

static void test_iort_mistakes(void **state)
{
	struct tables t;
	struct board board;
	uint32_t g, s, s2;

	(void)state;
	usual(&t);
	g = group(&t, 1, 7, 0);
	group(&t, 0, 7, 0);
	group(&t, 1, 99, 0);
	complex(&t, 0);
	complex(&t, 1);
	map(&t, 0, 0xffff, 0, 0x5555, 0);
	complex(&t, 1);
	map(&t, 0, 0xffff, 0, g, 0);
	complex(&t, 2);
	map(&t, 0, 0xff, 0, 0, 0);		/* Linux gives up on the whole node */
	map(&t, 0x100, 0xff, 0, g, 0);
	complex(&t, 3);
	map(&t, 0x100, UINT32_MAX, 0, g, 0);
	complex(&t, 4);
	map(&t, 0, 0xffff, 0, (uint32_t)(t.node - t.table), 0);	/* to itself */
	s = smmu(&t, 0x1000000, 1, UINT32_MAX);
	s2 = smmu(&t, 0x2000000, 1, UINT32_MAX);
	map(&t, 0, 0xffff, 0, s, 0);
	complex(&t, 5);
	map(&t, 0, 0xffff, 0, s2, 0);
	load(&board, &t);
	has_lint(&board, "iort-group", "/IORT/its-group@48");
	has_lint(&board, "iort-no-mapping", "/IORT/pci@0");
	has_lint(&board, "iort-target", "/IORT/pci@1");
	has_lint(&board, "iort-node", "/IORT/pci@1");
	has_lint(&board, "iort-target", "/IORT/pci@2");
	has_lint(&board, "iort-range", "/IORT/pci@3");
	has_lint(&board, "iort-target", "/IORT/pci@4");
	has_lint(&board, "iort-target", "/IORT/smmu-v3@2000000");
	assert_int_equal(board.n_clients, 0);
	board_free(&board);
}

/* A ring of SMMUs, entered by a root complex and by a component. */
static void test_cycle(void **state)
{
	struct tables t;
	struct board board;
	uint32_t s;

	(void)state;
	usual(&t);
	group(&t, 1, 7, 0);
	s = smmu(&t, 0x1000000, 1, UINT32_MAX);
	map(&t, 0, UINT32_MAX, 0, s + 88, 0);
	assert_int_equal(smmu(&t, 0x2000000, 1, UINT32_MAX), s + 88);
	map(&t, 0, UINT32_MAX, 0, s, 0);
	complex(&t, 0);
	map(&t, 0, 0xffff, 0, s, 0);
	component(&t, "\\_SB_.DEV0");
	map(&t, 0, 0, 5, s, 1);
	map(&t, 0, UINT32_MAX, 5, s, 0);
	load(&board, &t);
	assert_int_equal(board.n_clients, 0);
	has_lint(&board, "iort-target", "/IORT/smmu-v3@1000000");
	unknown(&board, "0000:00:01.0");
	board_free(&board);
}

/* A root complex whose ids end on the way: said, with the node where they do. */
static void test_unreachable(void **state)
{
	static const struct { uint32_t input, count, output; bool loops, lints; const char *says; } cases[] = {
		/* What the SMMU maps is 0x1000 and on. */
		{ 0x100, 0xff, 0x10, false, true, "/IORT/smmu-v3@9050000 has no ID mapping for id 0x10" },
		{ 0x100, 0xff, 0x1000, true, true, "/IORT/smmu-v3@9050000 is on a way that goes round, with id 0x1000" },
		{ 0x10000, 0xff, 0x1000, false, true, "/IORT/pci@0 has no ID mapping for id 0x0" },
		{ 0x100, 0xff, 0xff1, false, false, NULL },	/* the last of them do */
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct tables t;
		struct board board;
		uint32_t g, s;

		usual(&t);
		g = group(&t, 1, 7, 0);
		s = smmu(&t, 0x9050000, 1, UINT32_MAX);
		map(&t, 0x1000, 0xfff, cases[i].loops ? 0x1000 : 0, cases[i].loops ? s : g, 0);
		complex(&t, 0);
		map(&t, cases[i].input, cases[i].count, cases[i].output, s, 0);
		load(&board, &t);
		assert_int_equal(lint(&board, "iort-unreachable", "/IORT/pci@0") != NULL, cases[i].lints);
		if (cases[i].lints) {
			assert_int_equal(lint(&board, "iort-unreachable", NULL)->severity, ITS_ERROR);
			if (!strstr(lint(&board, "iort-unreachable", NULL)->text, cases[i].says))
				fail_msg("%u: %s", i, lint(&board, "iort-unreachable", NULL)->text);
		}
		board_free(&board);
	}
}

/* Linux asks the single mappings of a component in turn, and takes the first that reaches an ITS group. */
static void test_component_singles(void **state)
{
	struct tables t;
	struct board board;
	uint32_t g, s;

	(void)state;
	usual(&t);
	g = group(&t, 1, 7, 0);
	s = smmu(&t, 0x9050000, 1, UINT32_MAX);
	map(&t, 0x1000, 0xfff, 0x5000, g, 0);
	component(&t, "\\_SB_.DEV0");
	map(&t, 0, 0, 0x10, s, 1);	/* its DMA; the SMMU does not map it on */
	map(&t, 0, 0, 0x20, g, 1);
	map(&t, 0, 0, 0x1000, s, 1);
	load(&board, &t);
	assert_int_equal(board.n_clients, 1);
	both_ways(&board, 0, "\\_SB_.DEV0", 0x20);
	board_free(&board);
}

/* Ids of its own behind a component: all 2^32 of them are one or two clients. */
static void test_component_ranges(void **state)
{
	struct tables t;
	struct board board;
	struct board_device device;
	uint32_t g;

	(void)state;
	usual(&t);
	g = group(&t, 1, 7, 0);
	component(&t, "\\_SB_.MCE0");
	map(&t, 0, UINT32_MAX, 0, g, 0);
	load(&board, &t);
	no_lints(&board);
	assert_true(board.n_clients >= 1 && board.n_clients <= 2);
	assert_int_equal(board.clients[0].kind, BOARD_MSI_MAP);
	assert_false(board.clients[0].pci);
	assert_true(board_device_of(&board, 0, 0x12345678, &device));
	assert_string_equal(device.node, "/IORT/\\_SB_.MCE0");
	unknown(&board, "\\_SB_.MCE0");		/* which id? */
	board_free(&board);
}

/* Names with whatever in them, of any length, and without an end. */
static void test_names(void **state)
{
	struct tables t;
	struct board board;
	uint32_t g;

	(void)state;
	usual(&t);
	g = group(&t, 1, 7, 0);
	component(&t, "\x1b[31m/x y");
	map(&t, 0, 0, 1, g, 1);
	component(&t, "");
	map(&t, 0, 0, 2, g, 1);
	node(&t, 1, 4);
	put(&t, 8, 0);
	put(&t, 5, 0);
	for (unsigned i = 0; i < 500; i++)
		put(&t, 1, 'A');
	node_end(&t);
	map(&t, 0, 0, 3, g, 1);
	load(&board, &t);
	assert_int_equal(board.n_clients, 3);
	assert_string_equal(board.clients[0].node, "/IORT/?[31m?x?y");
	assert_int_equal(strncmp(board.clients[1].node, "/IORT/component@", 16), 0);
	assert_true(strlen(board.clients[2].node) < 256);
	board_free(&board);
}

static void refused(const void *bytes, size_t size, const char *says)
{
	struct board board;
	struct its_error error = { 0 };

	assert_int_equal(board_load_acpi(&board, bytes, size, &error), ITS_ERR_INPUT);
	if (!strstr(error.message, says))
		fail_msg("\"%s\" lacks \"%s\"", error.message, says);
	assert_int_equal(board.n_its, 0);
	assert_null(board.its);
}

/* A heap copy of just the size, so that ASan sees a read beyond it. */
static int load_cut(struct board *board, const struct tables *t, size_t size)
{
	uint8_t *copy = malloc(size ? size : 1);
	int err;

	assert_non_null(copy);
	memcpy(copy, t->bytes, size);
	err = board_load_acpi(board, copy, size, NULL);
	free(copy);
	return err;
}

static void everything(struct tables *t)
{
	uint32_t g, s;

	usual(t);
	g = group(t, 2, 7, 8);
	s = smmu(t, 0x9050000, 5, 1);
	map(t, 0, 0xffff, 0, g, 0);
	map(t, 0, 0, 0x10000, g, 1);
	complex(t, 0);
	map(t, 0, 0x100, 0, s, 0);
	map(t, 0x100, 0xfeff, 0x100, g, 0);
	component(t, "\\_SB_.DEV0");
	map(t, 0, 0, 5, s, 1);
	map(t, 6, 9, 6, g, 0);
	end(t);
}

static void test_refused(void **state)
{
	struct tables t;
	struct board board;

	(void)state;
	everything(&t);
	refused("", 0, "there are none");
	refused("Its\n", 4, "too few");
	refused("# This is the text that some tool prints of a table", 50, "no signature");
	for (size_t cut = 1; cut < t.size; cut++) {
		int err = load_cut(&board, &t, cut);

		/* Only behind the first table there is a whole number of them. */
		assert_int_equal(err, cut == t.table ? 0 : ITS_ERR_INPUT);
		board_free(&board);
	}
	patch(&t, 4, 4, 35);
	refused(t.bytes, t.size, "its length is 35");
	patch(&t, 4, 4, UINT32_MAX);
	refused(t.bytes, t.size, "its length is 4294967295");
}

/* No MADT, no ITS in it, tables of other kinds, one of them twice. */
static void test_others(void **state)
{
	struct tables t = { .size = 0 };
	struct board board;

	(void)state;
	begin(&t, "MCFG", 1);
	end(&t);
	begin(&t, "IORT", 3);
	load(&board, &t);
	assert_int_equal(board.n_its + board.n_lints, 0);
	board_free(&board);
	madt(&t, 5);
	end(&t);
	madt(&t, 5);
	its(&t, 0, 0, 0x8080000);
	load(&board, &t);
	has_lint(&board, "acpi-duplicate", "/MADT");
	assert_int_equal(board.n_its, 0);
	board_free(&board);
}

/* Every byte of healthy tables once as something else, and random ones: no crash, no hang. */
static void test_mutations(void **state)
{
	static const uint8_t values[] = { 0, 1, 0x7f, 0xff };
	struct tables healthy, t;
	struct board board;
	struct board_device device;
	uint64_t seed = 1;

	(void)state;
	everything(&healthy);
	for (unsigned n = 0; n < 20000; n++) {
		t = healthy;
		if (n < t.size * 4)
			t.bytes[n / 4] = values[n % 4];
		for (unsigned k = 0; n >= t.size * 4 && k < 4; k++)
			t.bytes[test_random(&seed) % t.size] = (uint8_t)test_random(&seed);
		if (!load_cut(&board, &t, t.size))
			for (size_t i = 0; i < board.n_its; i++)
				board_device_of(&board, i, 0x105, &device);
		board_free(&board);
	}
}

/* As many nodes and mappings as the table holds, all of them overlapping. */
static void test_large(void **state)
{
	size_t size = 8u << 20, at;
	uint8_t *bytes = calloc(1, size);
	struct tables t;
	struct board board;
	struct its_error error = { 0 };

	(void)state;
	assert_non_null(bytes);
	usual(&t);
	group(&t, 1, 7, 0);
	end(&t);
	memcpy(bytes, t.bytes, t.size);
	at = t.size;
	/* Each node claims all mappings that follow. */
	for (unsigned i = 0; i < 5000; i++) {
		uint8_t *n = bytes + at;

		n[0] = i % 2 ? 1 : 2;
		n[1] = 36;
		memset(n + 8, 0xff, 3);
		n[12] = 36;
		n[16 + 12] = (uint8_t)i;
		n[16 + 13] = (uint8_t)(i >> 8);
		at += 36;
	}
	for (; at + 20 <= size; at += 20) {
		uint32_t input = (uint32_t)at * 7;

		memcpy(bytes + at, &input, 4);
		bytes[at + 4] = 3;
		bytes[at + 12] = 48;
	}
	memcpy(bytes + t.table + 4, &(uint32_t){ (uint32_t)(size - t.table) }, 4);
	memcpy(bytes + t.table + 36, &(uint32_t){ 5001 }, 4);
	if (board_load_acpi(&board, bytes, size, &error))
		fail_msg("%s", error.message);
	has_lint(&board, "too-many", NULL);
	board_free(&board);
	free(bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_usual),
		cmocka_unit_test(test_smmu),
		cmocka_unit_test(test_smmu_wired),
		cmocka_unit_test(test_smmu_own),
		cmocka_unit_test(test_off_by_one),
		cmocka_unit_test(test_single_complex),
		cmocka_unit_test(test_many_its),
		cmocka_unit_test(test_cpus),
		cmocka_unit_test(test_noncoherent),
		cmocka_unit_test(test_madt_mistakes),
		cmocka_unit_test(test_iort_mistakes),
		cmocka_unit_test(test_cycle),
		cmocka_unit_test(test_component_ranges),
		cmocka_unit_test(test_component_singles),
		cmocka_unit_test(test_unreachable),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_others),
		cmocka_unit_test(test_mutations),
		cmocka_unit_test(test_large),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
