// SPDX-License-Identifier: GPL-2.0-or-later
/* Any text passes for a /proc/interrupts. */
#include <stdlib.h>
#include <string.h>

#include "its/board.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct board_device pci = { .is_pci = true, .rid = 0x100 };
	const struct board_device platform = { .node = "/soc/dummy@1a00a0000", .device_id = 1 };
	struct board_interrupt interrupt;
	/* Exactly as long as it says, so that ASan sees a read past its end. */
	char *text = malloc(size ? size : 1);

	if (!text)
		return 0;
	memcpy(text, data, size);
	board_interrupt_find(text, size, &pci, 0, &interrupt);
	board_interrupt_find(text, size, &platform, 0, &interrupt);
	free(text);
	return 0;
}
