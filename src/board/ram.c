// SPDX-License-Identifier: GPL-2.0-or-later
/* Is this RAM, by the firmware's description? */
#include "its/board.h"

bool board_in_ram(const struct board *board, uint64_t base, uint64_t bytes)
{
	size_t i;

	for (i = 0; i < board->n_memory; i++)
		if (base >= board->memory[i].base && base - board->memory[i].base <= board->memory[i].size &&
		    bytes <= board->memory[i].size - (base - board->memory[i].base))
			return true;
	return !board->n_memory;
}
