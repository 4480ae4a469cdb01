// SPDX-License-Identifier: GPL-2.0-or-later
/* Are devices, drivers, IRQs and CPUs joined to the ITS's numbers, and never guessed? */
#include <stdio.h>

/* The command layer is no library: its files come in here. */
#include "../../src/cli/emit.c"
#include "../../src/cli/emit_field.c"
#include "../../src/cli/emit_out.c"
#include "../../src/cli/names.c"
#include "test.h"

static const char *texts[MEMORY_FILES];

static int file(struct memory *memory, enum memory_file which, char **data, size_t *size,
		struct its_error *error)
{
	(void)memory;
	if (!texts[which])
		return its_error(error, ITS_ERR_INPUT, "no such file");
	*size = strlen(texts[which]);
	*data = strdup(texts[which]);
	return 0;
}

static const struct memory_ops ops = { .scheme = "fake", .file = file };

static char bridge[] = "/pcie@10000000", node[] = "/soc/dummy@1a00a0000", name[] = "1a00a0000.dummy";
static char cpu0[] = "/cpus/cpu@0", cpu1[] = "/cpus/cpu@100";
static struct board_client clients[] = {
	{ .kind = BOARD_MSI_MAP, .node = bridge, .available = true, .pci = true,
	  .length = 0x10000, .mask = UINT32_MAX, .msi_base = 0x10000 },
	{ .kind = BOARD_MSI_PARENT, .node = node, .available = true, .has_device_id = true,
	  .device_id = 1, .linux_name = name },
};
static struct board_cpu cpus[] = {
	{ .node = cpu0, .has_affinity = true }, { .node = cpu1, .has_affinity = true, .affinity = 0x100 },
};

static const char interrupts[] =
	"           CPU0       CPU1       \n"
	" 17:          0          2  ITS-PCI-MSIX-0000:00:01.0   1 Edge      virtio0-input\n"
	" 21:          0          0  ITS-pMSI-1a00a0000.dummy   0 Edge      its-dummy\n"
	" 22:          0          0  ITS-pMSI-1a00a0000.dummy   1 Edge      its-dummy\n";
static const char says[] =
	"cpu 0 online node /cpus/cpu@0\n"
	"device pci 0000:00:01.0 driver virtio-pci\n"
	"irq 17 effective 1 lpi 8193\nirq 21 lpi 8224\nirq 99 lpi 8300 effective 0\n";

static void begin(struct cli *cli, struct names **names, const char *of_interrupts,
		  const char *of_system)
{
	*cli = (struct cli){ .memory.ops = &ops,
			     .board = { .clients = clients, .n_clients = 2, .cpu_nodes = cpus,
					.n_cpu_nodes = 2 } };
	texts[MEMORY_FILE_INTERRUPTS] = of_interrupts;
	texts[MEMORY_FILE_SYSTEM] = of_system;
	assert_int_equal(names_load(cli, names), 0);
}

static unsigned irq_of(struct names *names, uint32_t device_id, uint32_t event_id, uint32_t lpi)
{
	const struct board_interrupt *found =
		names_interrupt(names, 0, device_id, event_id, lpi ? &lpi : NULL);

	return found ? found->irq : 0;
}

static void test_all(void **state)
{
	struct board_cpu_identity cpu;
	struct board_device device;
	struct names *names;
	const char *driver;
	struct cli cli;
	char text[64];
	unsigned number;

	(void)state;
	begin(&cli, &names, interrupts, says);
	assert_true(names_device(names, 0, 0x10008, &device, &driver));
	assert_string_equal(names_device_text(&device, driver, text, sizeof(text)),
			    "0000:00:01.0 (virtio-pci)");
	assert_string_equal(names_device_text(&device, driver, text, 16), "0000:00:01.0 (v");
	assert_string_equal(names_device_text(&device, driver, text, 5), "0000");
	assert_true(names_device(names, 0, 1, &device, &driver));
	assert_string_equal(names_device_text(&device, driver, text, sizeof(text)), node);
	assert_false(names_device(names, 0, 2, &device, &driver));
	assert_null(driver);
	assert_false(names_device(names, 1, 1, &device, NULL));

	/* By name and vector; by the LPI, whatever the event; and never against the LPI. */
	assert_int_equal(irq_of(names, 0x10008, 1, 0), 17);
	assert_int_equal(irq_of(names, 0x10008, 1, 8193), 17);
	assert_int_equal(irq_of(names, 2, 7, 8193), 17);
	assert_int_equal(irq_of(names, 0x10008, 1, 8194), 0);
	assert_int_equal(irq_of(names, 1, 1, 8225), 22);
	assert_int_equal(irq_of(names, 1, 1, 8224), 21);
	assert_int_equal(irq_of(names, 1, 2, 0), 0);
	/* Linux names an IRQ that has no line: nothing to show, and no other's line either. */
	assert_int_equal(irq_of(names, 2, 2, 8300), 0);

	assert_true(names_effective(names, 17, &number));
	assert_int_equal(number, 1);
	assert_false(names_effective(names, 21, &number));
	assert_true(names_cpu(names, 0, &cpu));
	assert_int_equal(cpu.source, BOARD_CPU_SYSFS);
	assert_true(names_cpu(names, 0x100, &cpu));
	assert_int_equal(cpu.source, BOARD_CPU_ABSENT);

	/* Another that shares the DeviceID was named: it is asked for, until another DeviceID is. */
	device = (struct board_device){ .device_id = 1, .is_pci = true, .rid = 8, .node = bridge };
	names_prefer(names, &device);
	assert_int_equal(irq_of(names, 1, 1, 0), 17);
	assert_true(names_device(names, 0, 1, &device, &driver));
	assert_string_equal(names_device_text(&device, driver, text, sizeof(text)),
			    "0000:00:01.0 (virtio-pci)");
	names_device(names, 0, 2, &device, NULL);
	assert_int_equal(irq_of(names, 1, 1, 0), 22);
	device.node = NULL;
	device.device_id = 1;
	names_prefer(names, &device);
	assert_int_equal(irq_of(names, 1, 1, 0), 22);

	/* A driver has come, an interrupt was counted. */
	assert_true(names_device(names, 0, 1, &device, &driver));
	assert_null(driver);
	texts[MEMORY_FILE_INTERRUPTS] = " 17: 0 3 ITS-PCI-MSIX-0000:00:01.0 1 Edge x\n";
	texts[MEMORY_FILE_SYSTEM] = "device platform 1a00a0000.dummy driver its-dummy\n";
	assert_int_equal(names_reload_interrupts(&cli, names), 0);
	assert_int_equal(names_interrupt(names, 0, 0x10008, 1, NULL)->count, 3);
	assert_true(names_effective(names, 17, &number));
	assert_true(names_device(names, 0, 1, &device, &driver));
	assert_int_equal(names_reload(&cli, names), 0);
	assert_true(names_device(names, 0, 1, &device, &driver));
	assert_string_equal(driver, "its-dummy");
	/* The source has gone: what was known stays. */
	texts[MEMORY_FILE_INTERRUPTS] = texts[MEMORY_FILE_SYSTEM] = NULL;
	assert_int_equal(names_reload(&cli, names), 0);
	assert_int_equal(irq_of(names, 0x10008, 1, 0), 17);
	names_free(names);
}

static void test_nothing(void **state)
{
	struct board_cpu_identity cpu;
	struct names *names;
	const char *driver = "?";
	struct board_device device;
	struct cli cli;
	unsigned number;

	(void)state;
	begin(&cli, &names, NULL, NULL);
	assert_true(names_device(names, 0, 0x10008, &device, &driver));
	assert_null(driver);
	assert_int_equal(irq_of(names, 0x10008, 1, 8193), 0);
	assert_false(names_effective(names, 17, &number));
	assert_true(names_cpu(names, 0x100, &cpu));
	assert_int_equal(cpu.source, BOARD_CPU_ASSUMED);
	assert_int_equal(names_system(names)->n_irqs, 0);
	names_free(names);
	names_free(NULL);
}

static void shown(bool json, const struct board_device *device, const char *driver, const char *wanted)
{
	char text[200] = "";
	FILE *out = fmemopen(text, sizeof(text), "w");
	struct emitter *emit = emit_new(out, json, false);

	emit_object(emit, NULL);
	names_show_device(emit, "at ", device, driver, 0);
	emit_object_end(emit);
	assert_true(emit_free(emit));
	fclose(out);
	for (char *c = text; *c; c++)
		if (*c == '\n')
			*c = ' ';
	assert_string_equal(text, wanted);
}

static void test_show(void **state)
{
	static const struct board_device virtio = { .is_pci = true, .rid = 8 };
	static const struct board_device number = { .device_id = 7 };

	(void)state;
	shown(false, &virtio, "virtio-pci", "at 0000:00:01.0 (virtio-pci)");
	shown(false, &virtio, NULL, "at 0000:00:01.0");
	shown(false, NULL, NULL, "at ?");
	shown(true, &virtio, "virtio-pci",
	      "{\"device\":\"0000:00:01.0\",\"driver\":\"virtio-pci\"} ");
	shown(true, &number, NULL, "{\"device\":null,\"driver\":null} ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all),
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_show),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
