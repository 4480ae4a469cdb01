// SPDX-License-Identifier: GPL-2.0-or-later
/* Device trees: healthy, with every known mistake, and hostile. */
#include <libfdt.h>
#include <stdbool.h>
#include <stdio.h>

#include "its/board.h"
#include "test.h"

#define BLOB_SIZE 65536

struct blob { char *data; size_t size; };

static struct blob boards, troubles;

static struct blob read_fixture(const char *name)
{
	char path[512];
	struct blob blob = { malloc(BLOB_SIZE), 0 };
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", FIXTURES, name);
	file = fopen(path, "rb");
	if (!file)
		fail_msg("%s is missing", path);
	assert_non_null(blob.data);
	blob.size = fread(blob.data, 1, BLOB_SIZE, file);
	fclose(file);
	return blob;
}

static int setup(void **state)
{
	(void)state;
	boards = read_fixture("boards.dtb");
	troubles = read_fixture("troubles.dtb");
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	free(boards.data);
	free(troubles.data);
	return 0;
}

static void load(struct board *board, const struct blob *blob)
{
	struct its_error error = { 0 };

	if (board_load(board, blob->data, blob->size, &error))
		fail_msg("%s", error.message);
}

/* A small healthy tree, open for changes with fdt_setprop(). */
static void *small_tree(void)
{
	void *fdt = malloc(BLOB_SIZE);
	const fdt32_t gic_reg[] = { cpu_to_fdt32(0x8000000), cpu_to_fdt32(0x10000),
				    cpu_to_fdt32(0x80a0000), cpu_to_fdt32(0xf60000) };
	const fdt32_t its_reg[] = { cpu_to_fdt32(0x8080000), cpu_to_fdt32(0x20000) };
	int gic, its, root = 0;

	assert_non_null(fdt);
	assert_int_equal(fdt_create_empty_tree(fdt, BLOB_SIZE), 0);
	assert_int_equal(fdt_setprop_u32(fdt, root, "#address-cells", 1), 0);
	assert_int_equal(fdt_setprop_u32(fdt, root, "#size-cells", 1), 0);
	gic = fdt_add_subnode(fdt, root, "intc");
	fdt_setprop_string(fdt, gic, "compatible", "arm,gic-v3");
	fdt_setprop(fdt, gic, "reg", gic_reg, sizeof(gic_reg));
	fdt_setprop_empty(fdt, gic, "ranges");
	its = fdt_add_subnode(fdt, gic, "its");
	fdt_setprop_string(fdt, its, "compatible", "arm,gic-v3-its");
	fdt_setprop(fdt, its, "reg", its_reg, sizeof(its_reg));
	fdt_setprop_empty(fdt, its, "msi-controller");
	fdt_setprop_u32(fdt, its, "#msi-cells", 1);
	assert_int_equal(fdt_setprop_u32(fdt, its, "phandle", 1), 0);
	return fdt;
}

static int node_of(const void *fdt, const char *path)
{
	int offset = fdt_path_offset(fdt, path);

	assert_true(offset >= 0);
	return offset;
}

static void set(void *fdt, const char *path, const char *name, const uint32_t *cells, size_t count)
{
	fdt32_t data[64];

	assert_true(count <= 64);
	for (size_t i = 0; i < count; i++)
		data[i] = cpu_to_fdt32(cells[i]);
	assert_int_equal(fdt_setprop(fdt, node_of(fdt, path), name, data, (int)count * 4), 0);
}

#define SET(fdt, path, name, ...) set(fdt, path, name, (const uint32_t[]){ __VA_ARGS__ }, \
	sizeof((const uint32_t[]){ __VA_ARGS__ }) / sizeof(uint32_t))

static void load_fdt(struct board *board, void *fdt)
{
	struct its_error error = { 0 };
	int err;

	assert_int_equal(fdt_pack(fdt), 0);
	err = board_load(board, fdt, fdt_totalsize(fdt), &error);
	free(fdt);
	if (err)
		fail_msg("%s", error.message);
}

static size_t lints_of(const struct board *board, const char *name, const char *node)
{
	size_t n = 0;

	for (size_t i = 0; i < board->n_lints; i++)
		if (!strcmp(board->lints[i].name, name) &&
		    (!node || !strcmp(board->lints[i].node, node)))
			n++;
	return n;
}

static void test_cpus(void **state)
{
	struct board board;

	(void)state;
	load(&board, &boards);
	assert_int_equal(board.cpus, 2);
	assert_int_equal(board.n_cpu_nodes, 4);
	assert_string_equal(board.cpu_nodes[0].node, "/cpus/cpu@0");
	assert_true(board.cpu_nodes[0].available);
	assert_true(board.cpu_nodes[0].has_affinity);
	assert_int_equal(board.cpu_nodes[0].affinity, 0);
	/* Aff3 is in MPIDR[39:32], and at the top of GICR_TYPER. */
	assert_true(board.cpu_nodes[1].has_affinity);
	assert_int_equal(board.cpu_nodes[1].affinity, 0x01000102);
	assert_string_equal(board.cpu_nodes[2].node, "/cpus/cpu@3");
	assert_false(board.cpu_nodes[2].available);
	assert_int_equal(board.cpu_nodes[2].affinity, 3);
	assert_false(board.cpu_nodes[3].has_affinity);
	board_free(&board);
}

static void test_healthy(void **state)
{
	struct board board;
	const struct board_gic *gic;

	(void)state;
	load(&board, &boards);
	assert_string_equal(board.model, "Two-chip board");
	assert_int_equal(board.cpus, 2);
	assert_int_equal(board.n_memory, 2);
	assert_int_equal(board.memory[0].base, 0x80000000);
	assert_int_equal(board.memory[0].size, 0x40000000);
	assert_int_equal(board.memory[1].base, UINT64_C(0x880000000));
	assert_int_equal(board.memory[1].size, UINT64_C(0x100000000));

	assert_int_equal(board.n_gics, 1);
	gic = &board.gics[0];
	assert_string_equal(gic->node, "/soc@0/interrupt-controller@8000000");
	assert_true(gic->available && gic->translated && gic->noncoherent);
	assert_int_equal(gic->distributor.base, 0x1008000000);
	assert_int_equal(gic->n_redistributors, 2);
	assert_int_equal(gic->redistributors[1].base, 0x1008300000);
	assert_int_equal(gic->redistributors[1].size, 0x80000);
	assert_int_equal(gic->stride, 0x40000);

	assert_int_equal(board.n_its, 3);
	assert_string_equal(board.its[0].node, "/soc@0/interrupt-controller@8000000/its@40000");
	assert_true(board.its[0].available && board.its[0].translated);
	assert_int_equal(board.its[0].base, 0x1008040000);
	assert_int_equal(board.its[0].size, 0x20000);
	assert_int_equal(board.its[0].msi_cells, 1);
	assert_true(board.its[0].noncoherent);
	assert_false(board.its[1].noncoherent);
	assert_int_equal(board.its[1].base, 0x1008060000);
	assert_false(board.its[2].available);
	assert_int_equal(board.its[1].gic, 0);
	assert_true(board_its_has_property(&board, 0, "dma-noncoherent"));
	assert_false(board_its_has_property(&board, 1, "dma-noncoherent"));
	assert_false(board_its_has_property(&board, 7, "reg"));
	assert_true(board_is_machine(&board, "example,family"));
	assert_false(board_is_machine(&board, "example"));

	/* Nothing but the note about the disabled ITS. */
	assert_int_equal(lints_of(&board, "its-disabled", NULL), 1);
	assert_int_equal(board.n_lints, 1);
	board_free(&board);
	assert_null(board.fdt);
}

static void test_lints(void **state)
{
	static const struct { const char *name, *node; } expected[] = {
		{ "no-redistributor", "/interrupt-controller@8000000" },
		{ "redistributor-stride", "/interrupt-controller@8000000" },
		{ "dma-nocoherent", "/interrupt-controller@8000000" },
		{ "no-msi-controller", "/interrupt-controller@8000000/its@8080000" },
		{ "msi-cells", "/interrupt-controller@8000000/its@8080000" },
		{ "pre-its", "/interrupt-controller@8000000/its@8080000" },
		{ "its-reg-size", "/interrupt-controller@8000000/its@8080000" },
		{ "dma-nocoherent", "/interrupt-controller@8000000/its@8080000" },
		{ "msi-cells", "/interrupt-controller@8000000/its@8080001" },
		{ "its-duplicate-base", "/interrupt-controller@8000000/its@8080001" },
		{ "its-unaligned", "/interrupt-controller@8000000/its@8090800" },
		{ "its-disabled", "/interrupt-controller@8000000/its@80c0000" },
		{ "no-reg", "/interrupt-controller@8000000/its@80d0000" },
		{ "untranslatable", "/island/its@100000" },
		{ "its-outside-gic", "/island/its@100000" },
		{ "msi-target-disabled", "/a" },
		{ "msi-target-no-controller", "/b" },
		{ "msi-target-unknown", "/c" },
		{ "msi-parent-short", "/d" },
		{ "misspelt-property", "/e" },
		{ "misspelt-property", "/f" },
		{ "msi-map-bad", "/g" },
		{ "msi-map-bad", "/h" },
		{ "msi-map-bad", "/i" },
		{ "msi-map-bad", "/j" },
		{ "msi-map-bad", "/k" },
		{ "msi-target-unknown", "/l" },
	};
	const size_t count = sizeof(expected) / sizeof(expected[0]);
	struct board board;
	size_t i;

	(void)state;
	load(&board, &troubles);
	for (i = 0; i < count; i++)
		if (lints_of(&board, expected[i].name, expected[i].node) != 1)
			fail_msg("%s on %s: %zu", expected[i].name, expected[i].node,
				 lints_of(&board, expected[i].name, expected[i].node));
	for (i = 0; i < board.n_lints; i++)
		assert_true(strlen(board.lints[i].text) > 20);
	assert_int_equal(board.n_lints, count);

	assert_true(board.its[0].has_pre_its);
	assert_int_equal(board.its[0].pre_its_base, 0x58000000);
	assert_int_equal(board.its[0].pre_its_size, 0x200000);
	assert_int_equal(board.gics[0].stride, 0x20000);
	assert_int_equal(board.gics[0].n_redistributors, 1);
	assert_false(board.gics[0].translated);
	assert_non_null(strstr(board.its[5].untranslated, "/island has no ranges"));
	assert_false(board.its[5].translated);
	board_free(&board);
}

static void test_find_its(void **state)
{
	static const struct { const char *which; int index; const char *message; } cases[] = {
		{ "0", 0, NULL },
		{ "1", 1, NULL },
		{ "0x1", 1, NULL },
		{ "2", -1, "disabled" },
		{ "3", -1, "no ITS \"3\"" },
		{ "0x1008060000", 1, NULL },
		{ "0x1008080000", -1, "disabled" },
		{ "its@60000", 1, NULL },
		{ "/soc@0/interrupt-controller@8000000/its@40000", 0, NULL },
		{ "its", -1, "more than one ITS: 0: /soc@0" },
		{ "msi-controller", -1, "disabled" },
		{ "it", -1, "at 0x1008060000" },
		{ "", -1, "no ITS" },
	};
	struct board board;
	struct its_error error;
	size_t index;

	(void)state;
	load(&board, &boards);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int err = board_find_its(&board, cases[i].which, &index, &error);

		if (cases[i].message) {
			assert_int_equal(err, ITS_ERR_USAGE);
			if (!strstr(error.message, cases[i].message))
				fail_msg("%s: %s", cases[i].which, error.message);
		} else {
			assert_int_equal(err, 0);
			assert_int_equal(index, cases[i].index);
		}
	}
	board_free(&board);

	load(&board, &troubles);
	assert_int_equal(board_find_its(&board, "5", &index, &error), ITS_ERR_USAGE);
	assert_non_null(strstr(error.message, "no ranges"));
	board_free(&board);
	board = (struct board){ 0 };
	assert_int_equal(board_find_its(&board, "0", &index, &error), ITS_ERR_NO_ITS);
}

static void test_find_device(void **state)
{
	static const struct {
		const char *text;
		size_t which;		/* SIZE_MAX: no ITS chosen */
		int its;		/* -1: error */
		uint32_t device_id;
		const char *message;	/* of the error, or the device's name */
	} cases[] = {
		{ "/soc@0/dummy@1000", SIZE_MAX, 0, 0x10, "/soc@0/dummy@1000" },
		{ "dummy", 1, 1, 0x20, "/soc@0/dummy@1000" },
		{ "dummy@1000", 0, 0, 0x10, "/soc@0/dummy@1000" },
		{ "1000001000.dummy", SIZE_MAX, 0, 0x10, "/soc@0/dummy@1000" },
		{ "dma@2000", SIZE_MAX, 1, 0x21, "/soc@0/dma@2000" },
		{ "dma", SIZE_MAX, -1, 0, "more than one device" },
		{ "dma@3000", 0, -1, 0, "is behind ITS 1" },
		{ "off", SIZE_MAX, 0, 0x23, "/soc@0/off@4000" },
		{ "soc@0:box:sensor", SIZE_MAX, 0, 0x24, "/soc@0/box/sensor" },
		{ "1000005000.3.masked", SIZE_MAX, 0, 0x25, "/soc@0/masked@5000" },
		{ "nothing", SIZE_MAX, -1, 0, "no device" },
		{ "", SIZE_MAX, -1, 0, "no device" },
		{ "pcie@20000000", SIZE_MAX, -1, 0, "bridge" },
		{ "0x24", 0, 0, 0x24, "/soc@0/box/sensor" },
		{ "0x99", 1, 1, 0x99, "0001:00:13.1" },
		{ "0x10000", 1, 1, 0x10000, "?" },
		{ "0x24", SIZE_MAX, -1, 0, "on which ITS" },
		{ "0x24", 9, -1, 0, "no ITS 9" },
		{ "0x100000000", 0, -1, 0, "32 bits" },
		/* msi-map-mask 0xfff8: the function does not count. */
		{ "0000:00:01.5", SIZE_MAX, 0, 0x1008, "0000:00:01.5" },
		{ "00:01.5", SIZE_MAX, 0, 0x1008, "0000:00:01.5" },
		{ "0000:01:1f.7", SIZE_MAX, 1, 0x80f8, "0000:01:1f.7" },
		{ "0000:02:00.0", SIZE_MAX, -1, 0, "no msi-map" },
		{ "0001:81:02.3", SIZE_MAX, 1, 0x8113, "0001:81:02.3" },
		{ "0001:81:02.3", 0, -1, 0, "is behind ITS 1" },
		{ "0002:00:01.0", SIZE_MAX, 0, 0x30008, "0002:00:01.0" },
		{ "0002:00:02.0", SIZE_MAX, 0, 0x40008, "0002:00:02.0" },
		{ "0003:00:00.0", SIZE_MAX, -1, 0, "no PCI host bridge of domain 0x0003" },
		{ "0000:00:20.0", SIZE_MAX, -1, 0, "no device" },
		{ "0000:00:01.8", SIZE_MAX, -1, 0, "no device" },
		{ "0000:100:01.0", SIZE_MAX, -1, 0, "no device" },
		{ "0000:00:01.0x", SIZE_MAX, -1, 0, "no device" },
		{ "0000:00:01", SIZE_MAX, -1, 0, "no device" },
	};
	struct board board;
	char name[64];

	(void)state;
	load(&board, &boards);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct its_error error = { 0 };
		struct board_device device;
		int err = board_find_device(&board, cases[i].which, cases[i].text, &device, &error);

		if (cases[i].its < 0) {
			assert_int_equal(err, ITS_ERR_USAGE);
			if (!strstr(error.message, cases[i].message))
				fail_msg("%s: %s", cases[i].text, error.message);
			continue;
		}
		if (err)
			fail_msg("%s: %s", cases[i].text, error.message);
		assert_int_equal(device.its, cases[i].its);
		if (device.device_id != cases[i].device_id)
			fail_msg("%s: 0x%x", cases[i].text, device.device_id);
		assert_string_equal(board_device_name(&device, name, sizeof(name)),
				    cases[i].message);
	}
	board_free(&board);
}

/* Whatever PCI function goes to a DeviceID is among those that come back from it. */
static void test_device_of(void **state)
{
	struct board board;
	struct board_device there, back;
	struct its_error error;
	char text[32];
	size_t found = 0;

	(void)state;
	load(&board, &boards);
	for (uint32_t i = 0; i < 3 * 65536; i += 3) {
		snprintf(text, sizeof(text), "%04x:%02x:%02x.%u", i >> 16, i >> 8 & 255u,
			 i >> 3 & 31u, i & 7u);
		if (board_find_device(&board, SIZE_MAX, text, &there, &error))
			continue;
		found++;
		assert_true(board_device_of(&board, there.its, there.device_id, &back));
		assert_int_equal(back.its, there.its);
		assert_int_equal(back.device_id, there.device_id);
		/* Platform devices and maps take precedence over a bridge that takes every RID. */
		if (!back.is_pci || (there.pci_domain == 1 && back.pci_domain == 0))
			continue;
		assert_int_equal(back.pci_domain, there.pci_domain);
		if (there.pci_domain)
			assert_int_equal(back.rid, there.rid);
		else
			assert_int_equal(back.rid, there.rid & 0xfff8);
	}
	assert_true(found > 20000);

	assert_true(board_device_of(&board, 1, 0x22, &back));
	assert_string_equal(back.node, "/soc@0/dma@3000");
	assert_string_equal(back.linux_name, "1000003000.dma");
	assert_false(board_device_of(&board, 0, 0x23, &back));		/* disabled */
	assert_false(board_device_of(&board, 0, 0x1009, &back));	/* outside the mask */
	/* The first tuple has its RID. */
	assert_false(board_device_of(&board, 0, 0x40000, &back));
	assert_true(board_device_of(&board, 0, 0x50005, &back));
	assert_false(back.is_pci);
	assert_string_equal(back.node, "/soc@0/bus@80c000000");
	assert_false(board_device_of(&board, 9, 0, &back));
	board_free(&board);
}

static void expect_untranslated(void *fdt, const char *why)
{
	struct board board;

	load_fdt(&board, fdt);
	assert_int_equal(board.n_its, 1);
	if (board.its[0].translated || !strstr(board.its[0].untranslated, why))
		fail_msg("%s: %s", why, board.its[0].untranslated);
	assert_int_equal(board.its[0].base, 0);
	board_free(&board);
}

static void expect_base(void *fdt, uint64_t base)
{
	struct board board;

	load_fdt(&board, fdt);
	if (!board.its[0].translated)
		fail_msg("%s", board.its[0].untranslated);
	assert_int_equal(board.its[0].base, base);
	board_free(&board);
}

static void test_addresses(void **state)
{
	void *fdt;

	(void)state;
	expect_base(small_tree(), 0x8080000);

	fdt = small_tree();	/* neither the GIC nor the root says: 2 and 1 */
	fdt_delprop(fdt, 0, "#address-cells");
	fdt_delprop(fdt, 0, "#size-cells");
	SET(fdt, "/intc/its", "reg", 0x4, 0x8080000, 0x20000);
	expect_base(fdt, 0x408080000);

	fdt = small_tree();	/* the GIC's own cells, not the root's */
	SET(fdt, "/intc", "#address-cells", 2);
	SET(fdt, "/intc/its", "reg", 0x0, 0x80000, 0x20000);
	SET(fdt, "/intc", "ranges", 0x0, 0x80000, 0x9080000, 0x10000);
	expect_base(fdt, 0x9080000);

	fdt = small_tree();
	SET(fdt, "/intc", "#address-cells", 2);
	SET(fdt, "/intc/its", "reg", 0x0, 0x90000, 0x20000);
	SET(fdt, "/intc", "ranges", 0x0, 0x80000, 0x9080000, 0x10000);
	expect_untranslated(fdt, "0x90000 is in none of the ranges of /intc");

	fdt = small_tree();	/* the second tuple */
	SET(fdt, "/intc", "ranges", 0x0, 0x1000, 0x1000, 0x8000000, 0x20000000, 0x1000000);
	expect_base(fdt, 0x20080000);

	fdt = small_tree();	/* half a tuple at the end is no tuple */
	SET(fdt, "/intc", "ranges", 0x8000000, 0x20000000);
	expect_untranslated(fdt, "none of the ranges");

	fdt = small_tree();
	fdt_delprop(fdt, node_of(fdt, "/intc"), "ranges");
	expect_untranslated(fdt, "/intc has no ranges");

	for (uint32_t cells = 0; cells < 6; cells += 5) {
		fdt = small_tree();
		SET(fdt, "/intc", "#address-cells", cells);
		expect_untranslated(fdt, "#address-cells");
		fdt = small_tree();
		SET(fdt, "/intc", "#size-cells", cells);
		expect_untranslated(fdt, "#size-cells");
	}
	fdt = small_tree();
	SET(fdt, "/intc", "#address-cells", UINT32_MAX);
	SET(fdt, "/intc", "#size-cells", UINT32_MAX);
	expect_untranslated(fdt, "#address-cells 4294967295");

	fdt = small_tree();	/* 3 cells: the first one is flags, and they must agree */
	SET(fdt, "/intc", "#address-cells", 3);
	SET(fdt, "/intc/its", "reg", 0x5, 0x1, 0x80000, 0x20000);
	SET(fdt, "/intc", "ranges", 0x4, 0x1, 0x0, 0x30000000, 0x100000,
	    0x5, 0x1, 0x0, 0x40000000, 0x100000);
	expect_base(fdt, 0x40080000);

	fdt = small_tree();	/* 4 cells: only 64 bits of them */
	SET(fdt, "/intc", "#address-cells", 4);
	SET(fdt, "/intc/its", "reg", 0, 0, 0x1, 0x80000, 0x20000);
	expect_base(fdt, 0x100080000);
	fdt = small_tree();
	SET(fdt, "/intc", "#address-cells", 4);
	SET(fdt, "/intc/its", "reg", 0, 1, 0, 0x80000, 0x20000);
	expect_untranslated(fdt, "more than 64 bits");

	fdt = small_tree();	/* 2^64 */
	SET(fdt, "/", "#address-cells", 2);
	SET(fdt, "/intc", "#address-cells", 2);
	SET(fdt, "/intc/its", "reg", 0x0, 0x20000, 0x20000);
	SET(fdt, "/intc", "ranges", 0x0, 0x0, 0xffffffff, 0xffff0000, 0x1000000);
	expect_untranslated(fdt, "goes beyond 64 bits");
	fdt = small_tree();
	SET(fdt, "/intc", "#address-cells", 2);
	SET(fdt, "/intc/its", "reg", 0xffffffff, 0xffff0000, 0x20000);
	expect_untranslated(fdt, "goes beyond 64 bits");

	fdt = small_tree();	/* odd lengths */
	assert_int_equal(fdt_setprop(fdt, node_of(fdt, "/intc/its"), "reg", "abcdefg", 7), 0);
	expect_untranslated(fdt, "no complete reg");
}

static void test_availability(void **state)
{
	struct board board;
	void *fdt = small_tree();

	(void)state;
	fdt_setprop_string(fdt, node_of(fdt, "/intc"), "status", "disabled");
	load_fdt(&board, fdt);
	assert_false(board.its[0].available);
	assert_false(board.gics[0].available);
	board_free(&board);

	fdt = small_tree();
	fdt_setprop_string(fdt, node_of(fdt, "/intc/its"), "status", "ok");
	load_fdt(&board, fdt);
	assert_true(board.its[0].available);
	assert_int_equal(board.n_lints, 0);
	board_free(&board);

	fdt = small_tree();	/* Linux: present and empty is not okay */
	fdt_setprop_empty(fdt, node_of(fdt, "/intc/its"), "status");
	load_fdt(&board, fdt);
	assert_false(board.its[0].available);
	board_free(&board);
}

static void test_spelling(void **state)
{
	static const struct { const char *name; bool wrong; } names[] = {
		{ "dma-nocoherent", true }, { "dma-non-coherent", true },
		{ "dma_noncoherent", true }, { "dma-noncoherant", true },
		{ "dma-not-coherent", true }, { "DMA-noncoherent", true },
		{ "dma-coherent", false }, { "dma-noncoherent", false },
		{ "dma-ranges", false }, { "interrupt-controller", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct board board;
		void *fdt = small_tree();

		fdt_setprop_empty(fdt, node_of(fdt, "/intc/its"), names[i].name);
		load_fdt(&board, fdt);
		if (board.n_lints != names[i].wrong)
			fail_msg("%s: %zu", names[i].name, board.n_lints);
		assert_int_equal(lints_of(&board, "dma-nocoherent", NULL), names[i].wrong);
		board_free(&board);
	}
}

static void test_phandles(void **state)
{
	struct board board;
	void *fdt;

	(void)state;
	fdt = small_tree();	/* empty entries, then one that counts */
	fdt_add_subnode(fdt, 0, "device");
	SET(fdt, "/device", "msi-parent", 0, 0, 1, 0x77);
	load_fdt(&board, fdt);
	assert_int_equal(board.n_clients, 1);
	assert_int_equal(board.clients[0].device_id, 0x77);
	assert_int_equal(board.clients[0].reg, UINT64_MAX);
	assert_string_equal(board.clients[0].linux_name, "device");
	board_free(&board);

	fdt = small_tree();	/* 0 and -1 are no phandles, even if a node says so */
	fdt_add_subnode(fdt, 0, "device");
	SET(fdt, "/intc/its", "phandle", UINT32_MAX);
	SET(fdt, "/device", "msi-parent", UINT32_MAX, 0x77);
	load_fdt(&board, fdt);
	assert_int_equal(board.n_clients, 0);
	assert_int_equal(lints_of(&board, "msi-target-unknown", "/device"), 1);
	board_free(&board);

	fdt = small_tree();	/* two nodes: the first in the tree has it, as in Linux */
	fdt_add_subnode(fdt, 0, "twin");
	SET(fdt, "/twin", "phandle", 1);
	fdt_add_subnode(fdt, node_of(fdt, "/intc"), "device");
	SET(fdt, "/intc/device", "msi-parent", 1, 0x77);
	load_fdt(&board, fdt);
	assert_int_equal(lints_of(&board, "duplicate-phandle", "/intc/its"), 1);
	board_free(&board);

	fdt = small_tree();	/* the old name of the property */
	fdt_delprop(fdt, node_of(fdt, "/intc/its"), "phandle");
	SET(fdt, "/intc/its", "linux,phandle", 5);
	fdt_add_subnode(fdt, 0, "device");
	SET(fdt, "/device", "msi-parent", 5, 0x77);
	load_fdt(&board, fdt);
	assert_int_equal(board.n_clients, 1);
	board_free(&board);

	fdt = small_tree();	/* an old tree: no #msi-cells, a bare phandle */
	fdt_delprop(fdt, node_of(fdt, "/intc/its"), "#msi-cells");
	fdt_add_subnode(fdt, 0, "device");
	SET(fdt, "/device", "msi-parent", 1);
	load_fdt(&board, fdt);
	assert_int_equal(board.n_clients, 1);
	assert_false(board.clients[0].has_device_id);
	board_free(&board);

	fdt = small_tree();	/* a count that no property can hold */
	SET(fdt, "/intc/its", "#msi-cells", UINT32_MAX);
	fdt_add_subnode(fdt, 0, "device");
	SET(fdt, "/device", "msi-parent", 1, 0x77);
	SET(fdt, "/intc", "#redistributor-regions", UINT32_MAX);
	load_fdt(&board, fdt);
	assert_int_equal(board.n_clients, 0);
	assert_int_equal(board.gics[0].n_redistributors, 1);
	assert_int_equal(lints_of(&board, "no-redistributor", NULL), 1);
	board_free(&board);
}

static void expect_refusal(const void *blob, size_t size, const char *why)
{
	struct board board;
	struct its_error error = { 0 };

	assert_int_equal(board_load(&board, blob, size, &error), ITS_ERR_INPUT);
	if (!strstr(error.message, why))
		fail_msg("%s: %s", why, error.message);
	assert_null(board.fdt);
	assert_int_equal(board_load(&board, blob, size, NULL), ITS_ERR_INPUT);
	board_free(&board);
}

static void test_refused(void **state)
{
	static char name[400];
	void *fdt = small_tree();
	int node = 0;

	(void)state;
	expect_refusal("", 0, "too few");
	expect_refusal("/dts-v1/; / { model = \"source, not a blob\"; };", 46,
		       "begins with 0x2f647473");
	fdt_set_totalsize(fdt, 0xffffffff);
	expect_refusal(fdt, BLOB_SIZE, "truncated");
	fdt_set_totalsize(fdt, 8);
	expect_refusal(fdt, BLOB_SIZE, "too few");
	fdt_set_totalsize(fdt, BLOB_SIZE);
	fdt_set_version(fdt, 3);
	fdt_set_last_comp_version(fdt, 2);
	expect_refusal(fdt, BLOB_SIZE, "older than 16");
	free(fdt);

	fdt = small_tree();
	for (int depth = 1; depth < 64; depth++)
		node = fdt_add_subnode(fdt, node, "n");
	assert_true(node > 0);
	{
		struct board board;

		assert_int_equal(board_load(&board, fdt, BLOB_SIZE, NULL), 0);
		board_free(&board);
	}
	assert_true(fdt_add_subnode(fdt, node, "n") > 0);
	expect_refusal(fdt, BLOB_SIZE, "deeper than 64");
	free(fdt);

	fdt = small_tree();
	memset(name, 'n', sizeof(name) - 1);
	for (int depth = node = 0; depth < 12; depth++)
		node = fdt_add_subnode(fdt, node, name);
	assert_true(node > 0);
	expect_refusal(fdt, BLOB_SIZE, "path is longer");
	free(fdt);

	fdt = small_tree();
	assert_int_equal(fdt_setprop_empty(fdt, 0, name), 0);
	expect_refusal(fdt, BLOB_SIZE, "property name is longer");
	free(fdt);

	/* Lengths that lead back, or to the property itself. */
	for (int32_t length = -1; length >= -64; length--) {
		struct fdt_property *property;

		fdt = small_tree();
		property = fdt_get_property_w(fdt, node_of(fdt, "/intc"), "reg", NULL);
		assert_non_null(property);
		property->len = cpu_to_fdt32((uint32_t)length);
		expect_refusal(fdt, BLOB_SIZE, "broken blob");
		free(fdt);
	}
}

/* Names go to a terminal: no escape sequences. */
static void test_unprintable(void **state)
{
	struct board board;
	void *fdt = small_tree();

	(void)state;
	fdt_set_name(fdt, node_of(fdt, "/intc/its"), "i\033[31m");
	fdt_setprop_string(fdt, 0, "model", "a\033]b");
	load_fdt(&board, fdt);
	assert_string_equal(board.its[0].node, "/intc/i?[31m");
	assert_string_equal(board.model, "a?]b");
	board_free(&board);
}

/* Asks everything of a board that may be nonsense; the sanitizers judge. */
static void use(const struct board *board)
{
	struct its_error error;
	struct board_device device;
	size_t index;
	char name[32];

	for (size_t i = 0; i < board->n_its; i++) {
		board_its_has_property(board, i, "reg");
		board_device_of(board, i, 0x10, &device);
	}
	board_is_machine(board, "example,board");
	board_find_its(board, "its", &index, &error);
	board_find_device(board, SIZE_MAX, "dma@3000", &device, &error);
	if (!board_find_device(board, SIZE_MAX, "0000:00:01.0", &device, &error))
		board_device_name(&device, name, sizeof(name));
}

static void test_truncated(void **state)
{
	struct board board;

	(void)state;
	for (size_t size = 0; size < boards.size; size++) {
		/* A copy of just that size, so that the sanitizer sees any step beyond. */
		char *copy = malloc(size ? size : 1);

		assert_non_null(copy);
		memcpy(copy, boards.data, size);
		assert_int_equal(board_load(&board, copy, size, NULL), ITS_ERR_INPUT);
		/* And with a header that admits it. */
		if (size >= 8) {
			fdt_set_totalsize(copy, (uint32_t)size);
			if (!board_load(&board, copy, size, NULL)) {
				use(&board);
				board_free(&board);
			}
		}
		free(copy);
	}
}

static void test_bit_flips(void **state)
{
	uint64_t seed = 1;
	struct board board;
	const struct blob *blobs[] = { &boards, &troubles };
	unsigned loaded = 0;

	(void)state;
	for (unsigned i = 0; i < 100000; i++) {
		const struct blob *blob = blobs[i & 1];
		uint64_t bit = test_random(&seed) % (blob->size * 8);

		blob->data[bit / 8] ^= (char)(1 << bit % 8);
		if (!board_load(&board, blob->data, blob->size, NULL)) {
			loaded++;
			use(&board);
			board_free(&board);
		}
		blob->data[bit / 8] ^= (char)(1 << bit % 8);
	}
	/* Most flips hit names and numbers; neither all nor none may pass. */
	assert_in_range(loaded, 10000, 99999);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cpus),
		cmocka_unit_test(test_healthy),
		cmocka_unit_test(test_lints),
		cmocka_unit_test(test_find_its),
		cmocka_unit_test(test_find_device),
		cmocka_unit_test(test_device_of),
		cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_availability),
		cmocka_unit_test(test_spelling),
		cmocka_unit_test(test_phandles),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_unprintable),
		cmocka_unit_test(test_truncated),
		cmocka_unit_test(test_bit_flips),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
