// SPDX-License-Identifier: GPL-2.0-or-later
/* Any text passes for what Linux says. */
#include <stdlib.h>
#include <string.h>

#include "its/system.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char node[] = "/cpus/cpu@100";
	struct board_cpu cpu = { .node = node, .has_affinity = true, .affinity = 0x100 };
	const struct board board = { .cpu_nodes = &cpu, .n_cpu_nodes = 1 };
	const struct board_device pci = { .is_pci = true, .rid = 0x8 };
	const struct board_device platform = { .linux_name = "1a00a0000.dummy" };
	struct board_cpu_identity identity;
	struct board_system system;
	/* Exactly as long as it says, so that ASan sees a read past its end. */
	char *text = malloc(size ? size : 1);

	if (!text)
		return 0;
	memcpy(text, data, size);
	if (!board_system_load(&system, text, size, NULL)) {
		board_system_device(&system, &pci);
		board_system_device(&system, &platform);
		board_system_irq(&system, 17);
		board_system_irq_of_lpi(&system, 8193);
		board_cpu_of(&board, &system, 0x100, &identity);
		board_system_free(&system);
	}
	free(text);
	return 0;
}
