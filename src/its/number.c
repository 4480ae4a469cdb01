// SPDX-License-Identifier: GPL-2.0-or-later
/* C literals to numbers, strictly: strtoull() takes signs, white space and junk. */
#include <string.h>

#include "its/number.h"

int its_hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

bool its_number_parse_n(const char *text, size_t length, uint64_t *value)
{
	unsigned base = 10;
	uint64_t sum = 0;
	size_t i = 0;

	if (length > 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X')) {
		base = 16;
		i = 2;
	} else if (length > 1 && text[0] == '0') {
		base = 8;
		i = 1;
	}
	if (i == length)
		return false;
	for (; i < length; i++) {
		/* What is no digit is a number beyond every base. */
		unsigned digit = (unsigned)its_hex_digit(text[i]);

		if (digit >= base || sum > (UINT64_MAX - digit) / base)
			return false;
		sum = sum * base + digit;
	}
	*value = sum;
	return true;
}

bool its_number_parse(const char *text, uint64_t *value)
{
	return its_number_parse_n(text, strlen(text), value);
}
