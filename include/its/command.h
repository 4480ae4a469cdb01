/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The commands of GICv3, GICv4.0 and GICv4.1: one row each. Pure functions
 * over the four 64-bit words of a slot, host byte order: no I/O, no
 * allocation, no hidden state.
 */
#ifndef ITS_COMMAND_H
#define ITS_COMMAND_H

#include "its/error.h"
#include "its/field.h"

#define ITS_COMMAND_WORDS 4
#define ITS_COMMAND_BYTES 32
#define ITS_COMMAND_FIELDS_MAX 9	/* fields of the longest row */

enum its_opcode {
	ITS_MOVI = 0x01, ITS_INT = 0x03, ITS_CLEAR = 0x04, ITS_SYNC = 0x05,
	ITS_MAPD = 0x08, ITS_MAPC = 0x09, ITS_MAPTI = 0x0a, ITS_MAPI = 0x0b,
	ITS_INV = 0x0c, ITS_INVALL = 0x0d, ITS_MOVALL = 0x0e, ITS_DISCARD = 0x0f,
	ITS_VMOVI = 0x21, ITS_VMOVP = 0x22, ITS_VSGI = 0x23, ITS_VSYNC = 0x25,
	ITS_VMAPP = 0x29, ITS_VMAPTI = 0x2a, ITS_VMAPI = 0x2b, ITS_VINVALL = 0x2d,
	ITS_INVDB = 0x2e,
};

/* The architecture that brought the command. */
enum its_since { ITS_SINCE_GICV3, ITS_SINCE_GICV4, ITS_SINCE_GICV41 };

struct its_command {
	const char *name;		/* the architecture's mnemonic: "MAPTI" */
	uint8_t opcode;			/* DW0[7:0] */
	uint8_t since;			/* enum its_since */
	bool mapping;			/* changes what the driver believes is mapped */
	bool synced;			/* Linux posts it with a SYNC or VSYNC behind it, always: reference 4.4 */
	const char *summary;		/* one line for help and manual */
	const struct its_field *fields;	/* in DW order; ends with a NULL name */
};

/* DW0[7:0]: an enum its_opcode, or a number that no command has. */
static inline unsigned its_command_opcode(const uint64_t words[ITS_COMMAND_WORDS])
{
	return words[0] & 0xff;
}

static inline bool its_command_is_sync(const uint64_t words[ITS_COMMAND_WORDS])
{
	return its_command_opcode(words) == ITS_SYNC || its_command_opcode(words) == ITS_VSYNC;
}

/* No bit is set: the slot was never used, or its driver has just cleared it. */
static inline bool its_command_is_empty(const uint64_t words[ITS_COMMAND_WORDS])
{
	return !(words[0] | words[1] | words[2] | words[3]);
}

/* The row of an opcode (only the low 8 bits count), or NULL if no command has it. */
const struct its_command *its_command_by_opcode(uint64_t dw0);

/* Is a SYNC or VSYNC expected behind it? An unknown opcode may have one. */
static inline bool its_command_is_synced(const uint64_t words[ITS_COMMAND_WORDS])
{
	const struct its_command *command = its_command_by_opcode(words[0]);

	return command && command->synced;
}

/* The row of a mnemonic in any case, or NULL. "MAPVI" is taken for MAPTI. */
const struct its_command *its_command_by_name(const char *name);

/* Row @index of the table in opcode order, or NULL past its end. */
const struct its_command *its_command_at(size_t index);

/* The next field at or after @field that exists in @layout, or NULL at the end of the row. */
const struct its_field *its_command_field(const struct its_field *field, enum its_layout layout);

/* For each field of @command in @layout. */
#define its_command_for_each_field(field, command, layout)                      \
	for ((field) = its_command_field((command)->fields, (layout)); (field); \
	     (field) = its_command_field((field) + 1, (layout)))

/*
 * The value of the field @id in @words. False, with *value unchanged, if the
 * opcode is unknown or has no such field in @layout.
 */
bool its_command_get(const uint64_t words[ITS_COMMAND_WORDS], enum its_layout layout,
		     enum its_field_id id, uint64_t *value);

/*
 * The bits of @words that no field of their command explains, per word; an
 * unknown opcode leaves all but the opcode byte. True if any bit is set.
 * Not an error: drivers that reuse a slot without clearing it leave such bits.
 */
bool its_command_reserved(const uint64_t words[ITS_COMMAND_WORDS], enum its_layout layout,
			  uint64_t reserved[ITS_COMMAND_WORDS]);

/* Clears @words and writes the opcode; fields are then set one by one. */
void its_command_init(const struct its_command *command, uint64_t words[ITS_COMMAND_WORDS]);

/*
 * Sets the field @id, which must exist in the command that @words hold and
 * must fit: false otherwise, with @words unchanged.
 */
bool its_command_set(uint64_t words[ITS_COMMAND_WORDS], enum its_layout layout,
		     enum its_field_id id, uint64_t value);

/* The three commands that the library itself posts. @rdbase is in place. */
void its_command_build_int(uint64_t words[ITS_COMMAND_WORDS], uint32_t device_id, uint32_t event_id);
void its_command_build_inv(uint64_t words[ITS_COMMAND_WORDS], uint32_t device_id, uint32_t event_id);
void its_command_build_sync(uint64_t words[ITS_COMMAND_WORDS], uint64_t rdbase);

/*
 * Turns a value that is no number into one: a PCI address for a DeviceID, for
 * example. Returns 0, or sets @error and returns its code.
 */
typedef int its_resolve_fn(void *context, const struct its_field *field, const char *text,
			   uint64_t *value, struct its_error *error);

/*
 * Reads one typed command: a mnemonic and FIELD=VALUE words in any order and
 * case, separated by white space; or "RAW" and four numbers. A field that is
 * not optional must be given; where V=0 unmaps, only the identities must.
 * @resolve may be NULL. Returns 0 or ITS_ERR_USAGE with @error set.
 */
int its_command_parse(const char *text, enum its_layout layout, its_resolve_fn *resolve,
		      void *context, uint64_t words[ITS_COMMAND_WORDS], struct its_error *error);

#endif
