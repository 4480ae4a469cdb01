// SPDX-License-Identifier: GPL-2.0-or-later
/* What Linux says: collected from a directory, read, asked for; and texts that nobody meant well. */
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../src/memory/sysfs.h"
#include "its/memory.h"
#include "its/system.h"
#include "test.h"

static char root[64];

/* Makes the directories of @path below the root; returns the whole path. */
static const char *below(const char *path)
{
	static char whole[512];

	snprintf(whole, sizeof(whole), "%s/%s", root, path);
	for (char *p = strchr(whole + strlen(root) + 1, '/'); p; p = strchr(p + 1, '/')) {
		*p = '\0';
		mkdir(whole, 0777);
		*p = '/';
	}
	return whole;
}

static void put(const char *path, const char *text)
{
	FILE *file = fopen(below(path), "w");

	assert_non_null(file);
	fputs(text, file);
	assert_int_equal(fclose(file), 0);
}

static void put_link(const char *path, const char *target)
{
	assert_int_equal(symlink(target, below(path)), 0);
}

static int make_root(void **state)
{
	(void)state;
	snprintf(root, sizeof(root), "/tmp/its-system.XXXXXX");
	return mkdtemp(root) ? 0 : -1;
}

static int remove_root(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf '%s'", root);
	return system(command);
}

static char *collect(size_t *size)
{
	struct its_error error;
	char *text;

	if (sysfs_collect(root, &text, size, &error))
		fail_msg("%s", error.message);
	assert_int_equal(strlen(text), *size);
	return text;
}

/* As Linux 6.12 in the lab shows IRQ 17. */
static const char debug_17[] =
	"handler:  handle_fasteoi_irq\n"
	"device:   0000:00:01.0\n"
	"status:   0x00000000\n"
	"            IRQD_ACTIVATED\n"
	"node:     0\n"
	"affinity: 0-1\n"
	"effectiv: 1\n"
	"domain:  ITS-PCI-MSIX-0000:00:01.0-12\n"
	" hwirq:   0x1\n"
	" chip:    ITS-PCI-MSIX-0000:00:01.0\n"
	"  flags:   0x20\n"
	" parent:\n"
	"    domain:  :intc@8000000:its@8080000-5\n"
	"     hwirq:   0x2001\n"
	"     chip:    ITS\n"
	"      flags:   0x0\n"
	"     parent:\n"
	"        domain:  :intc@8000000-1\n"
	"         hwirq:   0x9999\n"
	"         chip:    GICv3\n";

static void test_collect(void **state)
{
	size_t size;
	char *text;

	(void)state;
	put("proc/sys/kernel/osrelease", "6.12.117\n");
	put("sys/devices/system/cpu/present", "0-2,5\n");
	put("sys/devices/system/cpu/online", "0,2\n");
	put_link("sys/devices/system/cpu/cpu0/of_node",
		 "../../../../firmware/devicetree/base/cpus/cpu@0");
	put_link("sys/devices/system/cpu/cpu1/of_node",
		 "../../../../firmware/devicetree/base/cpus/cpu@1 x");
	put_link("sys/devices/system/cpu/cpu2/of_node", "/elsewhere");
	put("sys/devices/system/cpu/cpu5/firmware_node/uid", "17\n");
	put_link("sys/bus/pci/devices/0000:00:02.0/driver", "../../drivers/virtio-pci");
	put("sys/bus/pci/devices/0000:00:01.0/vendor", "0x1af4\n");
	put_link("sys/bus/platform/devices/1a00a0000.dummy/driver", "its dummy");
	put("sys/bus/platform/devices/timer/uevent", "\n");
	put("proc/interrupts",
	    "           CPU0       CPU1       \n"
	    " 11:        132        120     GICv3  27 Level     arch_timer\n"
	    " 17:          0          2  ITS-PCI-MSIX-0000:00:01.0   1 Edge      virtio0-input\n"
	    " 18:          0          0  ITS-PCI-MSIX-0000:00:02.0   0 Edge      virtio1-config\n"
	    " 21:          0          0   ITS-MSI 524289 Edge      x\n"
	    " 22:          0          0  ITS-pMSI-1a00a0000.dummy   0 Edge      y\n"
	    "IPI0:        19          9       ITS-like words\n"
	    " 23:          0          0  ITS-pMSI-1a00a0000.dummy   1 Edge      no newline");
	put("proc/irq/11/effective_affinity_list", "0\n");
	put("proc/irq/17/effective_affinity_list", "1\n");
	put("proc/irq/18/effective_affinity_list", "0-1\n");
	put("proc/irq/21/effective_affinity_list", "\n");
	put("sys/kernel/debug/irq/irqs/17", debug_17);
	put("sys/kernel/debug/irq/irqs/18", " hwirq: 0x1fff\n chip: ITS\n");
	put("sys/kernel/debug/irq/irqs/21", " hwirq: x\n chip: ITS\n");
	put("sys/kernel/debug/irq/irqs/22", " chip: ITS");
	put("sys/kernel/debug/irq/irqs/23", " hwirq:   0xffff\n chip:    ITS");
	text = collect(&size);
	assert_string_equal(text, "release 6.12.117\n"
				  "cpu 0 online node /cpus/cpu@0\n"
				  "cpu 1 offline node /cpus/cpu@1?x\n"
				  "cpu 2 online\n"
				  "cpu 5 offline node /MADT/cpu@17\n"
				  "device pci 0000:00:01.0\n"
				  "device pci 0000:00:02.0 driver virtio-pci\n"
				  "device platform 1a00a0000.dummy driver its?dummy\n"
				  "irq 17 effective 1 lpi 8193\n"
				  "irq 18 effective 0-1\n"
				  "irq 21\n"
				  "irq 22\n"
				  "irq 23 lpi 65535\n");
	free(text);
}

/* Nothing there at all, then files that are directories and lists that are none. */
static void test_collect_odd(void **state)
{
	size_t size;
	char *text = collect(&size);

	(void)state;
	assert_int_equal(size, 0);
	free(text);
	put("proc/sys/kernel/osrelease/x", "");
	put("sys/devices/system/cpu/present", "0-99999999999999999999\n");
	put("sys/devices/system/cpu/online", "3-1,8191-18446744073709551615,,7\n");
	put("proc/interrupts", ":\n: ITS-\n 99999999999: ITS-x 1\n\n7: ITS-x");
	text = collect(&size);
	assert_string_equal(text, "cpu 8191 online\nirq 7\n");
	free(text);
	snprintf(root + strlen(root), 3, "/x");
	text = collect(&size);
	assert_int_equal(size, 0);
	free(text);
	root[strlen(root) - 2] = '\0';
}

static const char good[] =
	"release 6.12.117\n"
	"cpu 1 offline node /cpus/cpu@100\n"
	"cpu 0 online node /cpus/cpu@0\n"
	"device platform 1a00a0000.dummy driver its-dummy\n"
	"device pci 0000:00:02.0\n"
	"device pci 0000:00:01.0 driver virtio-pci\n"
	"irq 18 effective 0-1 lpi 8194\n"
	"irq 17 lpi 8193 effective 1\r\n";

static const struct board_device virtio = { .is_pci = true, .rid = 0x0008 };

static void load(struct board_system *system, const char *text)
{
	/* Exactly as long as it says. */
	char *copy = malloc(strlen(text) ? strlen(text) : 1);

	assert_non_null(copy);
	memcpy(copy, text, strlen(text));
	assert_int_equal(board_system_load(system, copy, strlen(text), NULL), 0);
	free(copy);
}

static void test_read(void **state)
{
	static const struct board_device bare = { .is_pci = true, .rid = 0x0010 };
	static const struct board_device none = { .is_pci = true, .rid = 0x0018 };
	static const struct board_device dummy = { .linux_name = "1a00a0000.dummy" };
	static const struct board_device unnamed = { .device_id = 1 };
	const struct board_system_irq *irq;
	struct board_system system;

	(void)state;
	load(&system, good);
	assert_string_equal(system.release, "6.12.117");
	assert_int_equal(system.n_cpus, 2);
	assert_int_equal(board_system_cpu(&system, 0)->online, BOARD_ONLINE);
	assert_int_equal(board_system_cpu(&system, 1)->online, BOARD_OFFLINE);
	assert_null(board_system_cpu(&system, 2));
	assert_int_equal(board_system_cpu_of_node(&system, "/cpus/cpu@100")->cpu, 1);
	assert_null(board_system_cpu_of_node(&system, "/cpus/cpu@1"));
	assert_string_equal(board_system_device(&system, &virtio)->driver, "virtio-pci");
	assert_null(board_system_device(&system, &bare)->driver);
	assert_null(board_system_device(&system, &none));
	assert_string_equal(board_system_device(&system, &dummy)->driver, "its-dummy");
	assert_null(board_system_device(&system, &unnamed));
	irq = board_system_irq(&system, 17);
	assert_true(irq->has_effective && irq->effective == 1);
	assert_true(irq->has_lpi && irq->lpi == 8193);
	assert_false(board_system_irq(&system, 18)->has_effective);
	assert_null(board_system_irq(&system, 16));
	assert_int_equal(board_system_irq_of_lpi(&system, 8194)->irq, 18);
	assert_null(board_system_irq_of_lpi(&system, 8195));
	board_system_free(&system);
	assert_null(board_system_irq(&system, 17));
}

/* Lines and words of a newer tool, lines that end too early, numbers that are none. */
static void test_read_odd(void **state)
{
	struct board_system system;

	(void)state;
	load(&system, "");
	assert_null(system.release);
	board_system_free(&system);
	load(&system, "\n\n \nfuture 1 2 3\nrelease\nrelease a\nrelease b\ncpu\ncpu x online\n"
		      "cpu 3 sleepy online speed 5 node\ncpu 3 offline node /n\ncpu 4 node /n\n"
		      "cpu 99999999999 online\ndevice\ndevice pci\ndevice usb 1-1 driver usb\n"
		      "device pci 0000:00:01.0 domain 7 driver\n"
		      "device pci 0000:00:01.0 driver second\nirq\nirq x\nirq 99999999999\n"
		      "irq 5 effective\nirq 6 lpi 99999999999 effective 2\nirq 7 lpi 0x2000\n"
		      "irq 8 hot lpi 8200 cold effective 1");
	assert_string_equal(system.release, "a");
	assert_int_equal(system.n_cpus, 3);
	assert_int_equal(board_system_cpu(&system, 3)->online, BOARD_ONLINE);
	assert_int_equal(board_system_cpu_of_node(&system, "/n")->cpu, 3);
	assert_int_equal(system.n_devices, 2);
	assert_null(board_system_device(&system, &virtio)->driver);
	assert_int_equal(system.n_irqs, 4);
	assert_false(board_system_irq(&system, 5)->has_effective);
	assert_false(board_system_irq(&system, 6)->has_lpi);
	assert_int_equal(board_system_irq_of_lpi(&system, 8192)->irq, 7);
	assert_int_equal(board_system_irq_of_lpi(&system, 8200)->effective, 1);
	board_system_free(&system);
}

/* Every length of the text, and bytes changed at random. */
static void test_hostile(void **state)
{
	uint64_t seed = 11;

	(void)state;
	for (size_t n = 0; n < sizeof(good); n++) {
		struct board_system system;
		char *copy = malloc(n ? n : 1);

		assert_non_null(copy);
		memcpy(copy, good, n);
		for (int k = 0; n && k < 5; k++)
			copy[test_random(&seed) % n] = (char)test_random(&seed);
		assert_int_equal(board_system_load(&system, copy, n, NULL), 0);
		board_system_device(&system, &virtio);
		board_system_cpu_of_node(&system, "/cpus/cpu@0");
		board_system_free(&system);
		free(copy);
	}
}

/* A hundred thousand IRQs are found one by one in no time. */
static void test_many(void **state)
{
	const unsigned count = 100000;
	char *text = malloc(count * 64);
	struct board_system system;
	size_t n = 0;

	(void)state;
	assert_non_null(text);
	for (unsigned i = 0; i < count; i++)
		n += (size_t)sprintf(text + n, "irq %u effective %u lpi %u\n", i * 7919 % count,
				     i % 4, 8192 + i);
	assert_int_equal(board_system_load(&system, text, n, NULL), 0);
	for (unsigned i = 0; i < count; i++) {
		assert_int_equal(board_system_irq_of_lpi(&system, 8192 + i)->irq,
				 i * 7919 % count);
		assert_non_null(board_system_irq(&system, i));
	}
	board_system_free(&system);
	free(text);
}

/* A board of four CPUs: one has failed its test, one has no MPIDR. */
static struct board_cpu nodes[] = {
	{ "/cpus/cpu@0", true, true, 0 },
	{ "/cpus/cpu@100", true, true, 0x100 },
	{ "/cpus/cpu@200", false, true, 0x200 },
	{ "/cpus/cpu", true, false, 0 },
};

static void test_cpu_of(void **state)
{
	const struct board board = { .cpu_nodes = nodes, .n_cpu_nodes = 4 };
	struct board_cpu_identity cpu;
	struct board_system system;

	(void)state;
	assert_false(board_cpu_of(&board, NULL, 0x300, &cpu));
	assert_true(board_cpu_of(&board, NULL, 0x200, &cpu));
	assert_int_equal(cpu.source, BOARD_CPU_ASSUMED);
	assert_int_equal(cpu.cpu, 2);
	assert_int_equal(cpu.online, BOARD_ONLINE_UNKNOWN);
	assert_string_equal(cpu.node, "/cpus/cpu@200");

	/* Linux booted on the second. */
	load(&system, "cpu 0 online node /cpus/cpu@100\ncpu 1 offline node /cpus/cpu@0\n");
	assert_true(board_cpu_of(&board, &system, 0x100, &cpu));
	assert_int_equal(cpu.source, BOARD_CPU_SYSFS);
	assert_int_equal(cpu.cpu, 0);
	assert_int_equal(cpu.online, BOARD_ONLINE);
	assert_true(board_cpu_of(&board, &system, 0, &cpu));
	assert_int_equal(cpu.cpu, 1);
	assert_int_equal(cpu.online, BOARD_OFFLINE);
	assert_true(board_cpu_of(&board, &system, 0x200, &cpu));
	assert_int_equal(cpu.source, BOARD_CPU_ABSENT);
	assert_int_equal(cpu.online, BOARD_OFFLINE);
	board_system_free(&system);

	/* A kernel that shows no nodes, with two CPUs. */
	load(&system, "cpu 0 online\ncpu 1 offline\n");
	assert_true(board_cpu_of(&board, &system, 0x100, &cpu));
	assert_int_equal(cpu.source, BOARD_CPU_ASSUMED);
	assert_int_equal(cpu.online, BOARD_OFFLINE);
	assert_true(board_cpu_of(&board, &system, 0, &cpu));
	assert_int_equal(cpu.online, BOARD_ONLINE);
	assert_true(board_cpu_of(&board, &system, 0x200, &cpu));
	assert_int_equal(cpu.online, BOARD_OFFLINE);
	board_system_free(&system);
}

/* The simulated board says the same in the same words. */
static void test_sim(void **state)
{
	static const struct memory_layout layout = {
		.its = { { 0x80740000 } }, .n_its = 1, .gicd = 0x80700000,
		.redistributors = { { 0x80780000, 0x100000 } }, .n_redistributors = 1, .cpus = 4,
		.cpu_nodes = { { "/cpus/cpu@0", 0 }, { "/cpus/cpu@100", 0x100 },
			       { "/cpus/cpu@200", 0x200 }, { "/cpus/cpu@300", 0x300 } },
		.n_cpu_nodes = 4,
		.ram_base = 0x40000000, .ram_size = 0x40000000,
		.devices = { { 0, 1, "1a00a0000.dummy" }, { 0, 8, "0000:00:01.0" } },
		.n_devices = 2,
	};
	struct memory memory;
	struct its_error error;
	char *text = NULL;
	size_t size = 0;

	(void)state;
	if (memory_open(&memory, "sim:,cpus=2", &error) ||
	    memory_populate(&memory, &layout, &error) ||
	    memory_file(&memory, MEMORY_FILE_SYSTEM, &text, &size, &error))
		fail_msg("%s", error.message);
	assert_string_equal(text, "release 6.12.0-sim\n"
				  "cpu 0 online node /cpus/cpu@0\n"
				  "cpu 1 online node /cpus/cpu@100\n"
				  "cpu 2 offline node /cpus/cpu@200\n"
				  "cpu 3 offline node /cpus/cpu@300\n"
				  "device platform 1a00a0000.dummy driver its-dummy\n"
				  "device pci 0000:00:01.0 driver its-device\n"
				  "irq 20 effective 0 lpi 8192\n"
				  "irq 21 effective 0 lpi 8224\n");
	free(text);
	memory_close(&memory);
}

/* The machine that the tests run on has one CPU at least. */
static void test_here(void **state)
{
	struct board_system system;
	struct memory memory;
	struct its_error error;
	char *text = NULL;
	size_t size = 0;

	(void)state;
	if (memory_open(&memory, "devmem", &error) ||
	    memory_file(&memory, MEMORY_FILE_SYSTEM, &text, &size, &error))
		fail_msg("%s", error.message);
	assert_int_equal(board_system_load(&system, text, size, &error), 0);
	assert_non_null(system.release);
	board_system_free(&system);
	free(text);
	memory_close(&memory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_collect, make_root, remove_root),
		cmocka_unit_test_setup_teardown(test_collect_odd, make_root, remove_root),
		cmocka_unit_test(test_read),
		cmocka_unit_test(test_read_odd),
		cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_cpu_of),
		cmocka_unit_test(test_sim),
		cmocka_unit_test(test_here),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
