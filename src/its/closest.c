// SPDX-License-Identifier: GPL-2.0-or-later
/* Which word is closest to one that is none? */
#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "its/closest.h"

#define WORD_MAX 32u
#define CLOSE 2u			/* letters that may differ */

static bool same(char a, char b)
{
	return tolower((unsigned char)a) == tolower((unsigned char)b);
}

static unsigned least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/* Of words short enough for a table on the stack. */
unsigned its_distance(const char *a, size_t a_length, const char *b)
{
	unsigned rows[3][WORD_MAX + 1], i, j, length = (unsigned)strnlen(b, WORD_MAX + 1);

	if (length > WORD_MAX || a_length > WORD_MAX)
		return WORD_MAX;
	for (j = 0; j <= length; j++)
		rows[0][j] = j;
	for (i = 1; i <= a_length; i++) {
		const unsigned *two = rows[(i + 1) % 3], *one = rows[(i - 1) % 3];
		unsigned *row = rows[i % 3];

		row[0] = i;
		for (j = 1; j <= length; j++) {
			row[j] = one[j - 1] + !same(a[i - 1], b[j - 1]);
			row[j] = least(row[j], least(one[j], row[j - 1]) + 1);
			if (i > 1 && j > 1 && same(a[i - 1], b[j - 2]) && same(a[i - 2], b[j - 1]))
				row[j] = least(row[j], two[j - 2] + 1);
		}
	}
	return rows[a_length % 3][length];
}

void its_closest_try(struct its_closest *closest, const char *word)
{
	unsigned away = its_distance(closest->typed, closest->length, word);

	/* Two short words may have no letter in common. */
	if (away > CLOSE || (away >= closest->length && away >= strlen(word)) ||
	    (closest->word && away >= closest->distance))
		return;
	closest->word = word;
	closest->distance = away;
}

const char *its_closest(const char *typed, const char *const *words)
{
	struct its_closest closest = ITS_CLOSEST(typed, strlen(typed));

	for (; *words; words++)
		its_closest_try(&closest, *words);
	return closest.word;
}
