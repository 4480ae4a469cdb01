// SPDX-License-Identifier: GPL-2.0-or-later
/* Getting, checking and setting one run of bits. */
#include "its/field.h"

static bool in_place(const struct its_field *field)
{
	return field->kind == ITS_KIND_ADDRESS || field->kind == ITS_KIND_RDBASE;
}

uint64_t its_field_mask(const struct its_field *field)
{
	return (~UINT64_C(0) >> (63 - field->high)) & (~UINT64_C(0) << field->low);
}

uint64_t its_field_get(const struct its_field *field, const uint64_t *words)
{
	uint64_t bits = words[field->word] & its_field_mask(field);

	return in_place(field) ? bits : bits >> field->low;
}

bool its_field_fits(const struct its_field *field, uint64_t value)
{
	uint64_t mask = its_field_mask(field);

	return !(value & ~(in_place(field) ? mask : mask >> field->low));
}

void its_field_set(const struct its_field *field, uint64_t *words, uint64_t value)
{
	uint64_t bits = in_place(field) ? value : value << field->low;

	words[field->word] = (words[field->word] & ~its_field_mask(field)) | bits;
}

bool its_field_in_layout(const struct its_field *field, enum its_layout layout)
{
	return !field->layouts || (field->layouts & layout);
}

const char *its_field_value_name(const struct its_field *field, uint64_t value)
{
	uint64_t i;

	if (!field->names)
		return NULL;
	for (i = 0; field->names[i]; i++)
		if (i == value)
			return field->names[i];
	return NULL;
}
