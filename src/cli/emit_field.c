// SPDX-License-Identifier: GPL-2.0-or-later
/* The emitter: values with a meaning of their own, made of the plain ones. */
#include <time.h>

#include "emit.h"

void emit_time(struct emitter *emit, const char *key, const char *prefix, uint64_t ns)
{
	time_t seconds = (time_t)(ns / 1000000000);
	struct tm local;
	char text[48];
	int length;

	if (emit_is_json(emit)) {
		if (!key)
			return;
		/* A number with more digits than a double holds: readers round it, or read the text. */
		length = snprintf(text, sizeof(text), "%llu.%09llu", (unsigned long long)seconds,
				  (unsigned long long)(ns % 1000000000));
		emit_json(emit, key, text, (size_t)length);
	} else if (prefix && localtime_r(&seconds, &local)) {
		emit_textf(emit, "%s%02d:%02d:%02d.%06llu", prefix, local.tm_hour, local.tm_min,
			   local.tm_sec, (unsigned long long)(ns % 1000000000 / 1000));
	}
}

static void emit_mpidr(struct emitter *emit, const struct its_field *field, uint64_t value)
{
	if (emit_is_json(emit))
		emit_number(emit, field->key, NULL, value, 0);
	else
		emit_textf(emit, "%u.%u.%u.%u", (unsigned)(value >> 24) & 0xff,
			   (unsigned)(value >> 16) & 0xff, (unsigned)(value >> 8) & 0xff,
			   (unsigned)value & 0xff);
}

void emit_field(struct emitter *emit, const struct its_field *field, const uint64_t *words, bool pta)
{
	uint64_t value = its_field_get(field, words);
	const char *name;

	if (!emit_is_json(emit)) {
		emit_text(emit, field->name);
		emit_text(emit, "=");
	}
	switch ((enum its_kind)field->kind) {
	case ITS_KIND_FLAG:
		emit_bool(emit, field->key, "", value);
		break;
	case ITS_KIND_ID:
		emit_id(emit, field->key, "", value);
		break;
	case ITS_KIND_ADDRESS:
		emit_hex(emit, field->key, "", value, 0);
		break;
	case ITS_KIND_RDBASE:
		emit_hex(emit, field->key, "", value, 0);
		if (!emit_is_json(emit) && !pta) {
			emit_number(emit, NULL, " (CPU ", value >> 16, 0);
			emit_text(emit, ")");
		}
		break;
	case ITS_KIND_MPIDR:
		emit_mpidr(emit, field, value);
		break;
	case ITS_KIND_MINUS1:
		emit_number(emit, field->key, "", value, 0);
		emit_number(emit, NULL, " (", value + 1, 0);
		emit_text(emit, ")");
		break;
	case ITS_KIND_BITS_MINUS1:
		emit_number(emit, field->key, "", value, 0);
		emit_number(emit, NULL, " (", value + 1, 0);
		emit_text(emit, value ? " bits)" : " bit)");
		break;
	case ITS_KIND_ENUM:
		emit_number(emit, field->key, "", value, 0);
		name = its_field_value_name(field, value);
		if (name && !emit_is_json(emit)) {
			emit_text(emit, " (");
			emit_text(emit, name);
			emit_text(emit, ")");
		}
		break;
	case ITS_KIND_NUMBER:
		emit_number(emit, field->key, "", value, 0);
		break;
	}
}
