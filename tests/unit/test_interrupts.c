// SPDX-License-Identifier: GPL-2.0-or-later
/* /proc/interrupts: the names of new and old kernels, and texts that nobody meant well. */
#include <stdbool.h>
#include <stdio.h>

#include "its/board.h"
#include "test.h"

/* Linux 6.12, two CPUs. */
static const char new_text[] =
	"           CPU0       CPU1       \n"
	" 11:        953        841     GICv3  27 Level     arch_timer\n"
	" 13:          2          3  ITS-PCI-MSIX-0000:00:01.0   0 Edge      virtio0-config\n"
	" 14:         12 18446744073709551000  ITS-PCI-MSIX-0000:00:01.0   1 Edge      virtio0-input.0, other\n"
	" 20:          7          0  ITS-PCI-MSI-0001:81:00.0   0 Edge      ahci\n"
	" 21:          1          0  ITS-pMSI-1a00a0000.dummy   0 Edge      1a00a0000.dummy\n"
	" 22:          9          0  ITS-fMSI-dprc.1   0 Edge    \n"
	" 23:          5          0  ITS-pMSI-b-a   0 Edge      x\n"
	" 24:          6          0  ITS-pMSI-123456789012.a_name_longer_than_linux_   0 Edge      y\n"
	"IPI0:        42         43       Rescheduling interrupts\n"
	"NMI:          0          0\n"
	"ERR:          0\n";

/* Linux 6.1 with CPU1 of 4 offline. */
static const char old_text[] =
	"           CPU0       CPU2       CPU3       \n"
	" 13:         10         20         30   ITS-MSI 524289 Edge      nvme0q1\n"
	" 14:          1          2          3   ITS-MSI 524288 Edge      nvme0q0\n"
	" 15:          0          0          1   ITS-MSI 134742016 Edge      eth0\n"
	" 16:          0          0          9   ITS-pMSI 3145728 Edge      arm-smmu-v3-evtq\n"
	"Err:          0\n";

static void same(const struct board_interrupt *a, const struct board_interrupt *b)
{
	assert_int_equal(a->irq, b->irq);
	assert_int_equal(a->count, b->count);
	assert_int_equal(a->cpus, b->cpus);
	assert_memory_equal(a->per_cpu, b->per_cpu, sizeof(a->per_cpu));
	assert_memory_equal(a->cpu, b->cpu, sizeof(a->cpu));
	assert_string_equal(a->chip, b->chip);
	assert_int_equal(a->hwirq, b->hwirq);
	assert_string_equal(a->action, b->action);
}

/* The table knows the same line as the search from the first on. */
static bool find_n(const char *text, size_t size, const struct board_device *device, uint32_t event,
		   struct board_interrupt *interrupt)
{
	bool found = board_interrupt_find(text, size, device, event, interrupt);
	struct board_interrupts table;
	struct board_interrupt indexed;

	assert_int_equal(board_interrupts_load(&table, text, size, NULL), 0);
	assert_int_equal(board_interrupts_find(&table, device, event, &indexed), found);
	if (found)
		same(&indexed, interrupt);
	board_interrupts_free(&table);
	return found;
}

static bool find(const char *text, const struct board_device *device, uint32_t event,
		 struct board_interrupt *interrupt)
{
	return find_n(text, strlen(text), device, event, interrupt);
}

static const struct board_device virtio = { .is_pci = true, .rid = 0x0008 };
static const struct board_device dummy = { .linux_name = "1a00a0000.dummy", .device_id = 1 };

static void test_new(void **state)
{
	static const struct board_device ahci = { .is_pci = true, .pci_domain = 1, .rid = 0x8100 };
	static const struct board_device dprc = { .linux_name = "dprc.1" };
	static const struct board_device a = { .linux_name = "a" };
	static const struct board_device b_a = { .linux_name = "b-a" };
	static const struct board_device cut = {
		.linux_name = "123456789012.a_name_longer_than_linux_cares_to_print" };
	static const struct board_device unnamed = { .device_id = 1 };
	struct board_interrupt i;

	(void)state;
	assert_true(find(new_text, &virtio, 0, &i));
	assert_int_equal(i.irq, 13);
	assert_int_equal(i.count, 5);
	assert_int_equal(i.cpus, 2);
	assert_int_equal(i.per_cpu[1], 3);
	assert_int_equal(i.cpu[1], 1);
	assert_int_equal(i.hwirq, 0);
	assert_string_equal(i.chip, "ITS-PCI-MSIX-0000:00:01.0");
	assert_string_equal(i.action, "virtio0-config");

	assert_true(find(new_text, &virtio, 1, &i));
	assert_int_equal(i.per_cpu[1], UINT64_C(18446744073709551000));
	assert_string_equal(i.action, "virtio0-input.0, other");
	assert_false(find(new_text, &virtio, 2, &i));

	assert_true(find(new_text, &ahci, 0, &i));
	assert_int_equal(i.irq, 20);
	assert_true(find(new_text, &dummy, 0, &i));
	assert_int_equal(i.irq, 21);
	assert_true(find(new_text, &dprc, 0, &i));
	assert_int_equal(i.irq, 22);
	assert_string_equal(i.action, "");
	/* "a" is not the device of "b-a". */
	assert_false(find(new_text, &a, 0, &i));
	assert_true(find(new_text, &b_a, 0, &i));
	assert_true(find(new_text, &cut, 0, &i));
	assert_int_equal(i.irq, 24);
	assert_false(find(new_text, &unnamed, 0, &i));
}

static void test_old(void **state)
{
	static const struct board_device nvme = { .is_pci = true, .rid = 0x0100 };
	static const struct board_device eth = { .is_pci = true, .pci_domain = 1, .rid = 0x0101 };
	struct board_interrupt i;

	(void)state;
	assert_true(find(old_text, &nvme, 1, &i));
	assert_int_equal(i.irq, 13);
	assert_int_equal(i.count, 60);
	assert_int_equal(i.cpus, 3);
	assert_int_equal(i.cpu[0], 0);
	assert_int_equal(i.cpu[1], 2);
	assert_int_equal(i.cpu[2], 3);
	assert_string_equal(i.chip, "ITS-MSI");
	assert_string_equal(i.action, "nvme0q1");
	assert_true(find(old_text, &nvme, 0, &i));
	assert_int_equal(i.irq, 14);
	/* 1 << 27 | 0x101 << 11 = 134744064; another function of the same chip must not match. */
	assert_false(find(old_text, &eth, 0, &i));
	assert_true(find("14: 1 ITS-MSI 134744064 Edge eth0\n", &eth, 0, &i));
	/* The vector has 11 bits; the one beyond would be the next function's 0. */
	assert_false(find("14: 1 ITS-MSI 526336 Edge eth0\n", &nvme, 2048, &i));
	/* An old number says nothing about a platform device. */
	assert_false(find(old_text, &dummy, 0, &i));
}

static void test_odd(void **state)
{
	static const char *const none[] = {
		"", "\n", ":", " : : :\n", "13:", "13:\n", "13: 1 2",
		"13: ITS-PCI-MSIX-0000:00:01.0",
		"13: 1 ITS-PCI-MSIX-0000:00:01.0 x Edge y\n", "x13: 1 ITS-PCI-MSIX-0000:00:01.0 0\n",
		"99999999999: 1 ITS-PCI-MSIX-0000:00:01.0 0\n", "13: 1 ITS- 0\n", "13: 1 ITS-PCI- 0\n",
		"13: 1 ITS-PCI-MSIX- 0\n", "13: 1 XTS-PCI-MSIX-0000:00:01.0 0\n",
		"13: 1 ITS-PCI-MSIX-0000:00:01.00 0\n", "13: 1 ITS-PCI-MSIX-0000:00:01. 0\n",
	};
	struct board_interrupt i;

	(void)state;
	for (size_t n = 0; n < sizeof(none) / sizeof(none[0]); n++)
		if (find(none[n], &virtio, 0, &i))
			fail_msg("%s", none[n]);
	/* No header, no counts, no trigger, no owner, no newline. */
	assert_true(find("13: ITS-PCI-MSIX-0000:00:01.0 0", &virtio, 0, &i));
	assert_int_equal(i.cpus, 0);
	assert_true(find("13: 7 8 ITS-PCI-MSI-0000:00:01.0 0 Edge    -edge  a\r\n", &virtio, 0,
			 &i));
	assert_string_equal(i.action, "a");
	assert_int_equal(i.cpu[1], 1);
	/* A CPU went after the header was written: the columns are numbered. */
	assert_true(find("  CPU0 CPU4 CPU5\n13: 7 8 ITS-PCI-MSI-0000:00:01.0 0 Edge a\n", &virtio, 0,
			 &i));
	assert_int_equal(i.cpu[1], 1);
}

static void test_many_cpus(void **state)
{
	const unsigned cpus = 4096;
	char *text = malloc(cpus * 32 + 1024);
	struct board_interrupt i;
	size_t n = 0;

	(void)state;
	assert_non_null(text);
	for (unsigned cpu = 0; cpu < cpus; cpu++)
		n += (size_t)sprintf(text + n, "CPU%-8u", 2 * cpu);
	n += (size_t)sprintf(text + n, "\n 13: ");
	for (unsigned cpu = 0; cpu < cpus; cpu++)
		n += (size_t)sprintf(text + n, "%10u ", cpu);
	n += (size_t)sprintf(text + n, " ITS-pMSI-1a00a0000.dummy 0 Edge      ");
	memset(text + n, 'a', 600);
	n += 600;
	assert_true(find_n(text, n, &dummy, 0, &i));
	assert_int_equal(i.cpus, cpus);
	assert_int_equal(i.count, (uint64_t)cpus * (cpus - 1) / 2);
	assert_int_equal(i.per_cpu[63], 63);
	assert_int_equal(i.cpu[63], 126);
	assert_int_equal(strlen(i.action), sizeof(i.action) - 1);
	free(text);
}

/* Lines that say the same, names cut at different places, an old number: the first line is it. */
static void test_first(void **state)
{
	static const struct board_device both = {
		.is_pci = true, .rid = 0x0100, .pci_domain = 0x12345678 };
	static const struct board_device cut = {
		.linux_name = "123456789012.a_name_longer_than_linux_cares_to_print" };
	static const char *const lines[] = {
		"1: 1 ITS-pMSI-123456789012.a_name_longer_than_linux_ 0\n",
		"2: 2 ITS-xxxxxx-123456789012.a_name_longer_than_linu 0\n",
		"3: 3 ITS-pMSI-123456789012.a_name_longer_than_linux_cares_to_print 0\n",
		"4: 4 ITS-PCI-MSI-12345678:01:00.0 0\n", "5: 5 ITS-PCI-MSIX-12345678:01:00.0 0\n",
		"6: 6 ITS-PCI-MSI-12345678:01:00.1 0\n", "6: 7 ITS-MSI 40992764527640576 Edge\n",
		"7: 7 ITS-MSI 40992764527640577 Edge\n", "2: 8 ITS-pMSI-1a00a0000.dummy 1\n",
		"9: 9 GICv3 0 Level x\n", "x\n",
	};
	const size_t n_lines = sizeof(lines) / sizeof(lines[0]);
	struct board_interrupt i;
	uint64_t seed = 3;
	unsigned found = 0;

	(void)state;
	for (int round = 0; round < 2000; round++) {
		char text[1024] = "";

		for (size_t n = test_random(&seed) % 9; n; n--)
			strcat(text, lines[test_random(&seed) % n_lines]);
		found += find(text, &both, 0, &i);
		found += find(text, &cut, 0, &i);
		found += find(text, &dummy, 1, &i);
	}
	assert_in_range(found, 2000, 5000);
}

static void test_by_irq(void **state)
{
	struct board_interrupts table;
	struct board_interrupt i;

	(void)state;
	assert_int_equal(board_interrupts_load(&table, new_text, sizeof(new_text) - 1, NULL), 0);
	assert_int_equal(table.n, 8);
	assert_true(board_interrupts_by_irq(&table, 20, &i));
	assert_string_equal(i.action, "ahci");
	assert_true(board_interrupts_by_irq(&table, 11, &i));
	assert_string_equal(i.chip, "GICv3");
	assert_int_equal(i.cpu[1], 1);
	assert_false(board_interrupts_by_irq(&table, 12, &i));
	assert_false(board_interrupts_by_irq(&table, 10, &i));
	assert_false(board_interrupts_by_irq(&table, 25, &i));
	board_interrupts_free(&table);
	assert_false(board_interrupts_by_irq(&table, 20, &i));
	assert_false(board_interrupts_find(&table, &virtio, 0, &i));
}

/* Ten thousand events asked for in a text of as many lines. */
static void test_many_lines(void **state)
{
	const unsigned count = 10000;
	char *text = malloc(count * 80);
	struct board_interrupts table;
	struct board_interrupt i;
	size_t n = 0;

	(void)state;
	assert_non_null(text);
	for (unsigned k = 0; k < count; k++)
		n += (size_t)sprintf(text + n, "%u: %u 0 ITS-PCI-MSIX-0000:00:01.0 %u Edge a%u\n",
				     k + 20, k, (k * 7919 + 5) % count, k);
	assert_int_equal(board_interrupts_load(&table, text, n, NULL), 0);
	for (unsigned k = 0; k < count; k++) {
		assert_true(board_interrupts_find(&table, &virtio, (k * 7919 + 5) % count, &i));
		assert_int_equal(i.irq, k + 20);
		assert_int_equal(i.count, k);
	}
	board_interrupts_free(&table);
	free(text);
}

/* Every length of a text without a NUL behind it, and every single byte changed. */
static void test_hostile(void **state)
{
	struct board_interrupt i;
	uint64_t seed = 7;
	size_t size = sizeof(new_text) - 1;

	(void)state;
	for (size_t n = 0; n <= size; n++) {
		char *copy = malloc(n ? n : 1);

		assert_non_null(copy);
		memcpy(copy, new_text, n);
		find_n(copy, n, &virtio, 1, &i);
		for (int k = 0; n && k < 20; k++)
			copy[test_random(&seed) % n] = (char)test_random(&seed);
		find_n(copy, n, &dummy, 99, &i);
		free(copy);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_new),
		cmocka_unit_test(test_old),
		cmocka_unit_test(test_odd),
		cmocka_unit_test(test_many_cpus),
		cmocka_unit_test(test_first),
		cmocka_unit_test(test_by_irq),
		cmocka_unit_test(test_many_lines),
		cmocka_unit_test(test_hostile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
