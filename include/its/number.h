/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Numbers as people type them: C literals, and nothing after them. */
#ifndef ITS_NUMBER_H
#define ITS_NUMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The value of a hexadecimal digit in either case, or -1. */
int its_hex_digit(char c);

/*
 * Reads @text as an unsigned C literal (decimal, 0x hexadecimal, 0 octal).
 * The whole string must be the number: no sign, no white space, no suffix.
 * False if it is not a number or does not fit in 64 bits; *value is then unchanged.
 */
bool its_number_parse(const char *text, uint64_t *value);

/* The same over the first @length bytes of @text, which need not end in NUL. */
bool its_number_parse_n(const char *text, size_t length, uint64_t *value);

#endif
