// SPDX-License-Identifier: GPL-2.0-or-later
/* Any text passes for a /proc/interrupts. */
#include <stdlib.h>
#include <string.h>

#include "its/board.h"

/* The index and the search from the first line on must agree. */
static void look_up(const char *text, size_t size, const struct board_device *device)
{
	struct board_interrupts table;
	struct board_interrupt interrupt, indexed;

	if (board_interrupts_load(&table, text, size, NULL))
		return;
	if (board_interrupt_find(text, size, device, 0, &interrupt) !=
	    board_interrupts_find(&table, device, 0, &indexed))
		abort();
	if (table.n && !board_interrupts_by_irq(&table, 13, &interrupt))
		board_interrupts_by_irq(&table, 21, &interrupt);
	board_interrupts_free(&table);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct board_device pci = { .is_pci = true, .rid = 0x100 };
	const struct board_device platform = { .node = "/soc/dummy@1a00a0000", .device_id = 1,
					       .linux_name = "1a00a0000.dummy" };
	/* Exactly as long as it says, so that ASan sees a read past its end. */
	char *text = malloc(size ? size : 1);

	if (!text)
		return 0;
	memcpy(text, data, size);
	look_up(text, size, &pci);
	look_up(text, size, &platform);
	free(text);
	return 0;
}
