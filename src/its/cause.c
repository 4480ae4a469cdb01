// SPDX-License-Identifier: GPL-2.0-or-later
/* What an ITS finds wrong with a command: names, and the numbers that are published. */
#include <string.h>

#include "its/cause.h"

#define SOFTWARE_ERROR 0x010000u

static const struct { enum its_cause cause; const char *name; } names[] = {
	{ ITS_DEVICE_OOR, "DEVICE_OOR" }, { ITS_ITTSIZE_OOR, "ITTSIZE_OOR" },
	{ ITS_COLLECTION_OOR, "COLLECTION_OOR" }, { ITS_UNMAPPED_DEVICE, "UNMAPPED_DEVICE" },
	{ ITS_ID_OOR, "ID_OOR" }, { ITS_PHYSICALID_OOR, "PHYSICALID_OOR" },
	{ ITS_UNMAPPED_INTERRUPT, "UNMAPPED_INTERRUPT" },
	{ ITS_UNMAPPED_COLLECTION, "UNMAPPED_COLLECTION" }, { ITS_TARGET_OOR, "PROCNUM_OOR" },
};

/* Which error bytes each command may end with: reference 5.2. */
static const struct { uint8_t opcode; const char *errors; } published[] = {
	{ ITS_MOVI, "\x01\x03\x04\x05\x07\x09" }, { ITS_INT, "\x01\x04\x05\x07\x10" },
	{ ITS_CLEAR, "\x01\x04\x05\x07\x10" }, { ITS_MAPD, "\x01\x02" }, { ITS_MAPC, "\x02\x03" },
	{ ITS_MAPTI, "\x03\x04\x05\x06" }, { ITS_MAPI, "\x01\x03\x04\x05\x06" },
	{ ITS_INV, "\x01\x04\x05\x07\x10" }, { ITS_INVALL, "\x03\x09" }, { ITS_MOVALL, "\x01" },
	{ ITS_DISCARD, "\x01\x04\x05\x07\x10" }, { ITS_VMOVI, "\x05\x06\x15\x16\x17" },
	{ ITS_VSYNC, "\x11\x14" }, { ITS_VMAPP, "\x11" }, { ITS_VMAPTI, "\x05\x13" },
	{ ITS_VMAPI, "\x05\x06" },
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
	unsigned opcode = its_command_opcode(words), error = cause < 0x100 ? cause : 0;
	size_t i;

	/* One cause, two numbers. */
	if (cause == ITS_TARGET_OOR)
		error = opcode == ITS_MAPC ? 0x02 : opcode == ITS_MOVALL ? 0x01 : 0;
	for (i = 0; error && i < sizeof(published) / sizeof(published[0]); i++)
		if (published[i].opcode == opcode && strchr(published[i].errors, (int)error))
			/* CLEAR reports itself as 5, in Linux's list and in the TRM. */
			return SOFTWARE_ERROR | (opcode == ITS_CLEAR ? 5u : opcode) << 8 | error;
	return 0;
}
