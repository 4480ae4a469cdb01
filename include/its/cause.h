/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What may be wrong with a command. GIC-600 has numbers for it, 0x01ooee, oo the
 * opcode and ee mostly the cause; names and numbers as in reference 5.2.
 */
#ifndef ITS_CAUSE_H
#define ITS_CAUSE_H

#include "its/command.h"

enum its_cause {
	ITS_CAUSE_NONE = 0,
	ITS_DEVICE_OOR = 0x01, ITS_ITTSIZE_OOR = 0x02, ITS_COLLECTION_OOR = 0x03,
	ITS_UNMAPPED_DEVICE = 0x04, ITS_ID_OOR = 0x05, ITS_PHYSICALID_OOR = 0x06,
	ITS_UNMAPPED_INTERRUPT = 0x07, ITS_UNMAPPED_COLLECTION = 0x09,
	ITS_MEMORY_FAULT = 0x10, ITS_VIRTUALID_OOR = 0x13, ITS_VPE_INVALID = 0x14, ITS_NOT_VIRTUAL = 0x15,
	/* Without a number of their own. */
	ITS_TARGET_OOR = 0x100, ITS_UNKNOWN_OPCODE, ITS_NEEDS_GICV4, ITS_NOT_PHYSICAL,
};

/* "UNMAPPED_INTERRUPT", which the mnemonic precedes; NULL for a cause without a name in those lists. */
const char *its_cause_name(enum its_cause cause);

/* The number of @cause for the command in @words; 0 if none is published. */
uint32_t its_cause_code(const uint64_t words[ITS_COMMAND_WORDS], enum its_cause cause);

#endif
