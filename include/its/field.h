/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A named run of bits in a 64-bit word: the one description from which
 * commands and registers are decoded, encoded, parsed, printed and completed.
 */
#ifndef ITS_FIELD_H
#define ITS_FIELD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a field's value means, and so how it is written in text and in JSON. */
enum its_kind {
	ITS_KIND_NUMBER,	/* decimal; a JSON number */
	ITS_KIND_ID,		/* an identity that people know in hexadecimal; a JSON number */
	ITS_KIND_FLAG,		/* one bit; 0 or 1, in JSON false or true */
	ITS_KIND_ADDRESS,	/* in place: the value is word & mask, no shift; a JSON "0x..." string */
	ITS_KIND_RDBASE,	/* in place; an address or processor number << 16 by GITS_TYPER.PTA */
	ITS_KIND_MINUS1,	/* a count, held minus one; the value is what the register holds */
	ITS_KIND_BITS_MINUS1,	/* a number of identifier bits, held minus one */
	ITS_KIND_MPIDR,		/* Aff3.Aff2.Aff1.Aff0; a JSON number */
	ITS_KIND_ENUM,		/* a code with names; a JSON number */
};

/*
 * The identity of a command's field, for code that needs "the DeviceID of
 * this command" whatever its position. Register fields have ITS_FIELD_NONE
 * and are found by name.
 */
enum its_field_id {
	ITS_FIELD_NONE,
	ITS_FIELD_DEVICE_ID,
	ITS_FIELD_EVENT_ID,
	ITS_FIELD_PINTID,
	ITS_FIELD_ICID,
	ITS_FIELD_V,
	ITS_FIELD_SIZE,
	ITS_FIELD_ITT_ADDR,
	ITS_FIELD_RDBASE,
	ITS_FIELD_RDBASE2,
	ITS_FIELD_VPEID,
	ITS_FIELD_VINTID,
	ITS_FIELD_DBELL_PINTID,
	ITS_FIELD_DEFAULT_DOORBELL,
	ITS_FIELD_D,
	ITS_FIELD_SEQUENCE_NUMBER,
	ITS_FIELD_ITS_LIST,
	ITS_FIELD_VPT_SIZE,
	ITS_FIELD_VPT_ADDR,
	ITS_FIELD_VCONF_ADDR,
	ITS_FIELD_ALLOC,
	ITS_FIELD_PTZ,
	ITS_FIELD_DB,
	ITS_FIELD_E,
	ITS_FIELD_C,
	ITS_FIELD_G,
	ITS_FIELD_PRIORITY,
	ITS_FIELD_VSGI,
};

/* Which command layouts hold the field; registers ignore it. */
enum its_layout {
	ITS_LAYOUT_V40 = 1,	/* GICv3 and GICv4.0: GITS_TYPER.VMAPP = 0 */
	ITS_LAYOUT_V41 = 2,	/* GICv4.1: GITS_TYPER.VMAPP = 1 */
	ITS_LAYOUT_ANY = 3,
};

struct its_field {
	const char *name;		/* the architecture's: "DeviceID" */
	const char *key;		/* the JSON key: "device_id" */
	const char *const *names;	/* ITS_KIND_ENUM: by value, NULL-terminated; a code beyond has no name */
	uint8_t id;			/* enum its_field_id */
	uint8_t kind;			/* enum its_kind */
	uint8_t word;			/* index of the 64-bit word; 0 in registers */
	uint8_t high, low;		/* inclusive bit range in that word */
	uint8_t layouts;		/* its_layout bits; 0 stands for ITS_LAYOUT_ANY */
	bool optional;			/* may be left out when the command is typed; then 0 */
};

/* The field's bits in its word. */
uint64_t its_field_mask(const struct its_field *field);

/* The field's value in @words (as the kind says: in place for addresses, else shifted down). */
uint64_t its_field_get(const struct its_field *field, const uint64_t *words);

/* True if @value can be held: no bit outside the field, in place for addresses. */
bool its_field_fits(const struct its_field *field, uint64_t value);

/* Replaces the field's bits in @words; @value must fit. */
void its_field_set(const struct its_field *field, uint64_t *words, uint64_t value);

/* True if the field exists in @layout. */
bool its_field_in_layout(const struct its_field *field, enum its_layout layout);

/* The name of an ITS_KIND_ENUM value, or NULL. */
const char *its_field_value_name(const struct its_field *field, uint64_t value);

#endif
