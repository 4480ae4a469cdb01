// SPDX-License-Identifier: GPL-2.0-or-later
/* Any bytes are ACPI tables or an error; what is found in them answers questions without harm. */
#include <stdlib.h>
#include <string.h>

#include "its/board.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct board board;
	struct board_device device, again;
	struct its_error error = { 0 };
	char name[300];
	size_t i;

	if (board_load_acpi(&board, data, size, &error)) {
		if (!*error.message || board.n_its || board.clients)
			abort();
		return 0;
	}
	for (i = 0; i < board.n_its; i++) {
		size_t index;

		board_find_its(&board, board.its[i].node, &index, &error);
		board_its_has_property(&board, i, "dma-noncoherent");
		/* What a DeviceID is called leads back to it, but for devices that share a name. */
		if (board_device_of(&board, i, 0x108, &device)) {
			board_device_name(&device, name, sizeof(name));
			if (device.is_pci && (board_find_device(&board, i, name, &again, &error) ||
					      again.device_id != 0x108))
				abort();
		}
		board_find_device(&board, i, "0000:00:01.0", &device, &error);
	}
	for (i = 0; i < board.n_clients && i < 64; i++)
		board_find_device(&board, SIZE_MAX, board.clients[i].node, &device, &error);
	board_is_machine(&board, "rockchip,rk3588");
	board_free(&board);
	return 0;
}
