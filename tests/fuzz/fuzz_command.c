// SPDX-License-Identifier: GPL-2.0-or-later
/* Any 32 bytes decode, and encode to the same 32 bytes. */
#include <stdlib.h>
#include <string.h>

#include "its/command.h"
#include "its/register.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const enum its_layout layouts[] = { ITS_LAYOUT_V40, ITS_LAYOUT_V41 };
	uint64_t words[ITS_COMMAND_WORDS] = { 0 }, again[ITS_COMMAND_WORDS];
	const struct its_field *field;
	const struct its_command *command;
	uint64_t value;
	size_t l;

	memcpy(words, data, size < sizeof(words) ? size : sizeof(words));
	command = its_command_by_opcode(words[0]);
	for (l = 0; l < 2; l++) {
		its_command_reserved(words, layouts[l], again);
		if (!command)
			continue;
		again[0] |= command->opcode;
		its_command_for_each_field(field, command, layouts[l])
			if (!its_command_get(words, layouts[l], field->id, &value) ||
			    !its_command_set(again, layouts[l], field->id, value))
				abort();
		if (memcmp(words, again, sizeof(words)))
			abort();
	}
	its_baser_address(words[1]);
	its_baser_bytes(words[1]);
	return 0;
}
