// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What do a stub's answers say? Of XML only as much is understood as a target
 * description needs: tags and their attributes. A library for all of XML would
 * be one more dependency for three kinds of tags.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gdb_answer.h"

static bool is_feature(const char *text, size_t length, const char *name)
{
	return length == strlen(name) && !memcmp(text, name, length);
}

void gdb_supported_read(const char *text, struct gdb_supported *supported)
{
	static const char size[] = "PacketSize=";

	memset(supported, 0, sizeof(*supported));
	while (*text) {
		size_t length = strcspn(text, ";");

		if (!strncmp(text, size, sizeof(size) - 1)) {
			unsigned long long value = strtoull(text + sizeof(size) - 1, NULL, 16);

			supported->packet_size = value > SIZE_MAX ? SIZE_MAX : (size_t)value;
		}
		supported->no_ack |= is_feature(text, length, "QStartNoAckMode+");
		supported->vcont |= is_feature(text, length, "vContSupported+");
		supported->features |= is_feature(text, length, "qXfer:features:read+");
		supported->binary_upload |= is_feature(text, length, "binary-upload+");
		text += length + (text[length] == ';');
	}
}

int gdb_threads_add(struct gdb_threads *threads, const char *text)
{
	if (!strcmp(text, "l"))
		return 0;
	if (*text++ != 'm')
		return -1;
	do {
		size_t length = strcspn(text, ","), i;

		if (!length || length >= GDB_THREAD_ID || threads->count == GDB_THREADS_MAX)
			return -1;
		for (i = 0; i < length; i++)
			if (!isxdigit((unsigned char)text[i]) && text[i] != 'p' && text[i] != '.')
				return -1;
		memcpy(threads->id[threads->count], text, length);
		threads->id[threads->count++][length] = '\0';
		text += length;
	} while (*text++ == ',');
	return 1;
}

/* The value of attribute @name in the tag from @text to @end; false if it has none that fits. */
static bool attribute(const char *text, const char *end, const char *name, char *value, size_t size)
{
	size_t length = strlen(name);

	for (; text + length + 2 < end; text++) {
		const char *quote = text + length + 1, *close;

		if (!isspace((unsigned char)*text) || strncmp(text + 1, name, length) || *quote != '=')
			continue;
		quote++;
		if (*quote != '"' && *quote != '\'')
			return false;
		close = memchr(quote + 1, *quote, (size_t)(end - quote - 1));
		if (!close || (size_t)(close - quote) > size)
			return false;
		memcpy(value, quote + 1, (size_t)(close - quote - 1));
		value[close - quote - 1] = '\0';
		return true;
	}
	return false;
}

static bool number(const char *text, const char *end, const char *name, unsigned *value)
{
	char digits[16], *rest;
	unsigned long parsed;

	if (!attribute(text, end, name, digits, sizeof(digits)) || !isdigit((unsigned char)digits[0]))
		return false;
	parsed = strtoul(digits, &rest, 0);
	if (*rest || parsed > 0xffffff)
		return false;
	*value = (unsigned)parsed;
	return true;
}

static bool named(const char *text, const char *name)
{
	size_t length = strlen(name);

	return !strncmp(text, name, length) && (isspace((unsigned char)text[length]) ||
						text[length] == '>' || text[length] == '/');
}

/* The text up to the next tag. */
static void copy_text(const char *text, char *name, size_t size)
{
	size_t length = strcspn(text, "<");

	while (length && isspace((unsigned char)*text)) {
		text++;
		length--;
	}
	while (length && isspace((unsigned char)text[length - 1]))
		length--;
	snprintf(name, size, "%.*s", (int)(length < size ? length : 0), text);
}

void gdb_tag_next(const char **cursor, struct gdb_tag *tag)
{
	const char *text = *cursor, *end;

	memset(tag, 0, sizeof(*tag));
	while ((text = strchr(text, '<'))) {
		text++;
		if (!strncmp(text, "!--", 3)) {
			text = strstr(text + 3, "-->");
			if (!text)
				break;
			continue;
		}
		end = strchr(text, '>');
		if (!end)
			break;
		*cursor = end + 1;
		if (named(text, "architecture")) {
			tag->kind = GDB_TAG_ARCHITECTURE;
			copy_text(end + 1, tag->name, sizeof(tag->name));
			return;
		}
		if (named(text, "xi:include") && attribute(text, end, "href", tag->name, sizeof(tag->name))) {
			tag->kind = GDB_TAG_INCLUDE;
			return;
		}
		if (named(text, "reg") && attribute(text, end, "name", tag->name, sizeof(tag->name))) {
			tag->kind = GDB_TAG_REGISTER;
			number(text, end, "bitsize", &tag->bits);
			tag->has_number = number(text, end, "regnum", &tag->number);
			return;
		}
		text = end;
	}
	*cursor += strlen(*cursor);
}

bool gdb_memory_text(const char *text, uint64_t address, uint32_t *words, size_t count)
{
	size_t done = 0;
	char *end;

	while (*(text += strspn(text, " \r\n"))) {
		if (strncmp(text, "0x", 2) || strtoull(text, &end, 16) != address + 4 * done || *end != ':')
			return false;
		/* Up to the line's end: values of 8 digits. */
		for (text = end + 1; *(text += strspn(text, " ")) && *text != '\r' && *text != '\n';) {
			unsigned long value;

			if (strspn(text, "0123456789abcdefABCDEF") != 8 || done == count)
				return false;
			value = strtoul(text, &end, 16);
			words[done++] = (uint32_t)value;
			text = end;
		}
	}
	return done == count;
}
