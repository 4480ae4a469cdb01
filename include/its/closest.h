/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What may somebody have meant who typed a word that is none? For the hint of an error. */
#ifndef ITS_CLOSEST_H
#define ITS_CLOSEST_H

#include <stddef.h>

/* Letters to change, add, take away, or swap with the next one, in any case; at most 32 for long words. */
unsigned its_distance(const char *a, size_t a_length, const char *b);

/* Keeps the closest word shown so far. Words are compared in any case. */
struct its_closest {
	const char *typed;
	size_t length;			/* of typed, in bytes: it need not end in NUL */
	const char *word;		/* the closest, or NULL: none is close */
	unsigned distance;		/* of word: letters to change, add, take away or swap */
};
#define ITS_CLOSEST(text, bytes) { .typed = (text), .length = (bytes) }
void its_closest_try(struct its_closest *closest, const char *word);

/* The closest of NULL-terminated @words to @typed, or NULL if none is close. */
const char *its_closest(const char *typed, const char *const *words);

#endif
