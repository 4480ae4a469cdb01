/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The words of one line of a capture. */
#ifndef MEMORY_CAPTURE_WORDS_H
#define MEMORY_CAPTURE_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CAPTURE_WORDS_MAX 24

struct capture_word {
	const char *text;		/* in the line; a quoted one without its quotes, escapes as they stand */
	size_t length;
	bool quoted;
};

struct capture_words {
	struct capture_word words[CAPTURE_WORDS_MAX];
	unsigned count;
};

/* Takes a line apart, up to its comment; NULL, or what is wrong with it. */
const char *capture_split(const char *line, size_t length, struct capture_words *words);

/* The word @index as a number; false if it is none, or not there. */
bool capture_number(const struct capture_words *words, unsigned index, uint64_t *value);

/* True if the word is there and is @text. */
bool capture_is(const struct capture_words *words, unsigned index, const char *text);

/*
 * The word @index as a text, malloc'd, with room for one character more and a
 * NUL behind it. *open (may be NULL): it ends in \c. NULL if an escape is none,
 * the word is not there, or there is no memory.
 */
char *capture_text(const struct capture_words *words, unsigned index, size_t *length, bool *open);

/* The bytes of hexadecimal digits, two a byte; false if they are none, or more than @size. */
bool capture_bytes(const struct capture_words *words, unsigned index, uint8_t *bytes, size_t size,
		   size_t *length);

#endif
