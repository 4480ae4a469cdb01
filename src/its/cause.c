// SPDX-License-Identifier: GPL-2.0-or-later
/* What an ITS finds wrong with a command: names and numbers. */
#include "its/cause.h"

#define SOFTWARE_ERROR 0x010000u

static const struct { enum its_cause cause; const char *name; } names[] = {
	{ ITS_DEVICE_OOR, "DEVICE_OOR" }, { ITS_ITTSIZE_OOR, "ITTSIZE_OOR" },
	{ ITS_COLLECTION_OOR, "COLLECTION_OOR" }, { ITS_UNMAPPED_DEVICE, "UNMAPPED_DEVICE" },
	{ ITS_ID_OOR, "ID_OOR" }, { ITS_PHYSICALID_OOR, "PHYSICALID_OOR" },
	{ ITS_UNMAPPED_INTERRUPT, "UNMAPPED_INTERRUPT" },
	{ ITS_UNMAPPED_COLLECTION, "UNMAPPED_COLLECTION" }, { ITS_TARGET_OOR, "TARGET_OOR" },
};

const char *its_cause_name(enum its_cause cause)
{
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].cause == cause)
			return names[i].name;
	return NULL;
}

uint32_t its_cause_code(const uint64_t words[ITS_COMMAND_WORDS], enum its_cause cause)
{
	unsigned opcode = its_command_opcode(words);

	if (cause == ITS_CAUSE_NONE || cause > 0xff)
		return 0;
	/* CLEAR reports itself as 5, in Linux's list and in the TRM. */
	if (opcode == ITS_CLEAR)
		opcode = 5;
	return SOFTWARE_ERROR | opcode << 8 | cause;
}
