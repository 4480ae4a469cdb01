// SPDX-License-Identifier: GPL-2.0-or-later
/* Which words stand in this line of a capture? */
#include <stdlib.h>
#include <string.h>

#include "capture_words.h"
#include "its/number.h"
#include "its/store.h"

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static bool is_comment(char c)
{
	return c == ';' || c == '#';
}

/* The length of the quoted text behind its first quote; SIZE_MAX if it does not end. */
static size_t quoted_length(const char *text, size_t left)
{
	size_t n;

	for (n = 0; n < left; n++) {
		if (text[n] == '"')
			return n;
		if (text[n] == '\\')
			n++;
	}
	return SIZE_MAX;
}

const char *capture_split(const char *line, size_t length, struct capture_words *words)
{
	size_t at = 0;

	words->count = 0;
	for (;;) {
		struct capture_word *word = &words->words[words->count];
		size_t start;

		while (at < length && is_blank(line[at]))
			at++;
		if (at == length || is_comment(line[at]))
			return NULL;
		if (words->count == CAPTURE_WORDS_MAX)
			return "more words than a line has";
		words->count++;
		word->quoted = line[at] == '"';
		if (word->quoted) {
			word->text = line + ++at;
			word->length = quoted_length(word->text, length - at);
			if (word->length == SIZE_MAX)
				return "a quoted text does not end";
			at += word->length + 1;
			continue;
		}
		for (start = at; at < length && !is_blank(line[at]) && !is_comment(line[at]); at++)
			if ((unsigned char)line[at] < 0x20 || line[at] == '"')
				return "a character that belongs into no word";
		word->text = line + start;
		word->length = at - start;
	}
}

bool capture_number(const struct capture_words *words, unsigned index, uint64_t *value)
{
	return index < words->count && !words->words[index].quoted &&
	       its_number_parse_n(words->words[index].text, words->words[index].length, value);
}

bool capture_is(const struct capture_words *words, unsigned index, const char *text)
{
	return index < words->count && !words->words[index].quoted &&
	       words->words[index].length == strlen(text) &&
	       !memcmp(words->words[index].text, text, words->words[index].length);
}

static int hex_byte(const char *digits)
{
	int high = its_hex_digit(digits[0]), low = its_hex_digit(digits[1]);

	return high < 0 || low < 0 ? -1 : high * 16 + low;
}

/* What an escape of @left characters behind the backslash stands for; -1: it is none. *used of them. */
static int escape(const char *text, size_t left, size_t *used)
{
	*used = 1;
	if (left && (*text == '\\' || *text == '"'))
		return *text;
	if (left && *text == 'a')
		return STORE_ADDRESS;
	*used = 3;
	return left >= 3 && *text == 'x' ? hex_byte(text + 1) : -1;
}

char *capture_text(const struct capture_words *words, unsigned index, size_t *length, bool *open)
{
	const struct capture_word *word = &words->words[index];
	bool ends_open = false;
	size_t i, used;
	char *made;

	*length = 0;
	if (index >= words->count)
		return NULL;
	made = malloc(word->length + 2);
	for (i = 0; made && i < word->length && !ends_open; i++) {
		int c = (unsigned char)word->text[i];

		if (word->quoted && c == '\\') {
			ends_open = i + 2 == word->length && word->text[i + 1] == 'c';
			if (ends_open)
				break;
			c = escape(word->text + i + 1, word->length - i - 1, &used);
			i += used;
		}
		if (c < 0) {
			free(made);
			return NULL;
		}
		made[(*length)++] = (char)c;
	}
	if (made)
		made[*length] = '\0';
	if (open)
		*open = ends_open;
	return made;
}

bool capture_bytes(const struct capture_words *words, unsigned index, uint8_t *bytes, size_t size,
		   size_t *length)
{
	const struct capture_word *word = &words->words[index];
	size_t i;

	if (index >= words->count || word->quoted || word->length % 2 || word->length / 2 > size)
		return false;
	*length = word->length / 2;
	for (i = 0; i < *length; i++) {
		int byte = hex_byte(word->text + 2 * i);

		if (byte < 0)
			return false;
		bytes[i] = (uint8_t)byte;
	}
	return true;
}
