// SPDX-License-Identifier: GPL-2.0-or-later
/* Which known message of the kernel is in a line of its log, and with which numbers? */
#include <string.h>

#include "its/command.h"
#include "its/dmesg.h"
#include "its/number.h"

/* Longer lines are looked at up to here: printk cuts at about 1000 (LOG_LINE_MAX). */
#define LINE_MAX_BYTES 2048

/* A hole of a pattern: "<d end>". */
struct hole { char kind; const char *key; size_t key_length; };

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool is_word(char c)
{
	return (c >= '0' && c <= '9') || (lower(c) >= 'a' && lower(c) <= 'z') || c == '_';
}

/* @pattern stands on '<': fills @hole and returns what follows the '>'. */
static const char *read_hole(const char *pattern, struct hole *hole)
{
	hole->kind = pattern[1];
	hole->key = pattern + 3;
	hole->key_length = strcspn(hole->key, ">");
	return hole->key + hole->key_length + 1;
}

/* printk's numbers, which are no C literals: %llx has no 0x, %d no octal. NULL if there is none. */
static const char *read_number(const char *p, const char *end, unsigned base, uint64_t *number)
{
	const char *start;
	uint64_t sum = 0;

	if (base == 16 && end - p > 2 && p[0] == '0' && lower(p[1]) == 'x')
		p += 2;
	for (start = p; p < end && (unsigned)its_hex_digit(*p) < base; p++) {
		if (sum > (UINT64_MAX - (unsigned)its_hex_digit(*p)) / base)
			return NULL;
		sum = sum * base + (unsigned)its_hex_digit(*p);
	}
	*number = sum;
	return p == start ? NULL : p;
}

/* A word or text goes up to the literal @next of the pattern, a word not past a blank. */
static const char *read_text(const char *p, const char *end, char kind, const char *next)
{
	size_t length = strcspn(next, "<");

	for (; p < end; p++) {
		if (length && (size_t)(end - p) >= length && !memcmp(p, next, length))
			break;
		if (kind == 'w' && (*p == ' ' || *p == '\t'))
			break;
	}
	return p;
}

static const char *fill_hole(const struct hole *hole, const char *next, const char *p,
			     const char *end, struct dmesg_message *message)
{
	struct dmesg_value *value = &message->values[message->n_values];
	size_t length = hole->key_length < sizeof(value->key) ? hole->key_length : sizeof(value->key) - 1;

	if (message->n_values == DMESG_VALUES)
		return NULL;
	memset(value, 0, sizeof(*value));
	memcpy(value->key, hole->key, length);
	value->text = p;
	if (hole->kind == 'd' || hole->kind == 'x') {
		value->kind = hole->kind == 'd' ? DMESG_DECIMAL : DMESG_HEX;
		p = read_number(p, end, hole->kind == 'd' ? 10 : 16, &value->number);
	} else {
		value->kind = DMESG_TEXT;
		p = read_text(p, end, hole->kind, next);
	}
	if (!p || p == value->text)
		return NULL;
	value->length = (size_t)(p - value->text);
	message->n_values++;
	return p;
}

/* @pattern from @p on; what follows it in the line does not matter. */
static bool match(const char *pattern, const char *p, const char *end, struct dmesg_message *message)
{
	message->n_values = 0;
	while (*pattern) {
		if (*pattern == '<') {
			struct hole hole;

			pattern = read_hole(pattern, &hole);
			p = fill_hole(&hole, pattern, p, end, message);
			if (!p)
				return false;
		} else if (p == end || lower(*p++) != lower(*pattern++)) {
			return false;
		}
	}
	return true;
}

/* Behind "31m" of "ESC [ 31 m": dmesg --color. Its last letter is no part of the word that follows. */
static const char *past_escape(const char *p, const char *end)
{
	unsigned i;

	for (i = 0; i < 16 && p < end; i++)
		if (*p++ == 'm')
			break;
	return p;
}

/*
 * No format of prefixes is read: "[    1.234567] GICv3: ", "kern  :err   : [...]",
 * "Nov 21 02:00:00 board kernel: " and whatever comes next year. The message
 * begins at the first word from which it matches.
 */
static bool find(const struct dmesg_known *known, const char *line, const char *end,
		 struct dmesg_message *message)
{
	const char *p, *start = line;	/* where a word may begin whatever stands before it */

	for (p = line; p < end; p++) {
		if (*p == '\033' && end - p > 1 && p[1] == '[')
			start = past_escape(p + 2, end);
		if (p > line && p != start && is_word(p[-1]) && is_word(*p))
			continue;
		/* A word at the front begins behind a blank: linear in the line, whatever it holds. */
		if (*known->pattern == '<' ? p > line && p[-1] != ' ' && p[-1] != '\t'
					   : lower(*p) != lower(*known->pattern))
			continue;
		if (!match(known->pattern, p, end, message))
			continue;
		message->known = known;
		message->text = p;
		message->length = (size_t)(end - p);
		return true;
	}
	return false;
}

bool dmesg_parse(const char *line, size_t length, struct dmesg_message *message)
{
	const struct dmesg_known *known;
	size_t i;

	memset(message, 0, sizeof(*message));
	if (length > LINE_MAX_BYTES)
		length = LINE_MAX_BYTES;
	while (length && (line[length - 1] == '\n' || line[length - 1] == '\r' || line[length - 1] == ' '))
		length--;
	for (i = 0; (known = dmesg_known_at(i)); i++)
		if (find(known, line, line + length, message))
			return true;
	memset(message, 0, sizeof(*message));
	return false;
}

bool dmesg_number(const struct dmesg_message *message, const char *key, uint64_t *number)
{
	unsigned i;

	for (i = 0; i < message->n_values; i++)
		if (!strcmp(message->values[i].key, key) && message->values[i].kind != DMESG_TEXT) {
			*number = message->values[i].number;
			return true;
		}
	return false;
}

bool dmesg_is(const struct dmesg_message *message, const char *name)
{
	return message->known && !strcmp(message->known->name, name);
}

bool dmesg_post(const struct dmesg_message *message, struct dmesg_post *post)
{
	/* What these build in the ring is called otherwise: Linux, its_build_vinv_cmd() and the like. */
	static const struct { const char *builder, *command; } others[] = {
		{ "vinv", "INV" }, { "vint", "INT" }, { "vclear", "CLEAR" } };
	const struct its_command *command;
	const char *name;
	size_t length = 0, i;

	memset(post, 0, sizeof(*post));
	if (!dmesg_is(message, "command-failed") || !message->n_values)
		return false;
	name = message->values[0].text;
	if (message->values[0].length <= 10 || strncmp(name, "its_build_", 10))
		return true;		/* a kernel without symbol names prints an address */
	name += 10;
	while (length < message->values[0].length - 10 && length < sizeof(post->command) - 1 &&
	       name[length] != '_') {
		post->command[length] = name[length];
		length++;
	}
	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (!strcmp(post->command, others[i].builder))
			strcpy(post->command, others[i].command);
	command = its_command_by_name(post->command);
	memset(post->command, 0, sizeof(post->command));
	if (!command)
		return true;
	strncpy(post->command, command->name, sizeof(post->command) - 1);
	/*
	 * its_build_mapd_cmd() returns no collection, so no SYNC follows. VMAPP and
	 * INVDB have their VSYNC or not, by GIC version and by V.
	 */
	if (!strcmp(command->name, "MAPD"))
		post->slots = 1;
	else if (strcmp(command->name, "VMAPP") && strcmp(command->name, "INVDB"))
		post->slots = 2;
	return true;
}
