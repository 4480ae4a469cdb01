/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The emitter: each call says one thing, and says it in text or in JSON as
 * the user asked, so that the two cannot drift apart. @key makes a JSON member
 * (NULL: nothing in JSON; EMIT_ELEMENT: an element of the open array); @prefix
 * writes text (NULL: nothing in text). Output is buffered and streamed: memory does
 * not grow with the document.
 */
#ifndef CLI_EMIT_H
#define CLI_EMIT_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "its/field.h"

enum emit_color { EMIT_PLAIN, EMIT_GOOD, EMIT_BAD, EMIT_WARN, EMIT_DIM, EMIT_BOLD };

struct emitter;

/* Set by a signal's handler, Ctrl-C in the shell: what was not written yet is dropped, until it is 0 again. */
extern volatile sig_atomic_t emit_dropped;

/* Never NULL: exits if there is no memory. */
struct emitter *emit_new(FILE *out, bool json, bool color);
/* Flushes and frees; false if the output could not be written. */
bool emit_free(struct emitter *emit);
/* Text written so far reaches the user now, so that stderr and stdout keep their order. */
void emit_flush(struct emitter *emit);
bool emit_is_json(const struct emitter *emit);
/* True once a JSON document was opened. */
bool emit_begun(const struct emitter *emit);

#define EMIT_ELEMENT ""

/* Structure: JSON only. Here @key NULL is an element of an array, or the document itself. */
void emit_object(struct emitter *emit, const char *key);
void emit_object_end(struct emitter *emit);
void emit_array(struct emitter *emit, const char *key);
void emit_array_end(struct emitter *emit);

/*
 * JSON Lines: ends the object that is the document; the next one is another
 * line. Text: nothing. An error after it gets a document of its own.
 */
void emit_record_end(struct emitter *emit);
/* What was written so far reaches the reader now, JSON too; false if it cannot: errno says why. */
bool emit_push(struct emitter *emit);

/* Values. @width: the text is padded to it, on the right for numbers, on the left for strings. */
void emit_number(struct emitter *emit, const char *key, const char *prefix, uint64_t value,
		 unsigned width);
/* "0x..." in both; @digits: at least so many. */
void emit_hex(struct emitter *emit, const char *key, const char *prefix, uint64_t value,
	      unsigned digits);
/* Hexadecimal for people, a number in JSON. */
void emit_id(struct emitter *emit, const char *key, const char *prefix, uint64_t value);
void emit_bool(struct emitter *emit, const char *key, const char *prefix, bool value);
void emit_string(struct emitter *emit, const char *key, const char *prefix, const char *value,
		 unsigned width);
void emit_null(struct emitter *emit, const char *key);
/* A value that is JSON already. */
void emit_json(struct emitter *emit, const char *key, const char *json, size_t length);
/* Nanoseconds of CLOCK_REALTIME: local time in text, seconds since 1970 with nine decimals in JSON. */
void emit_time(struct emitter *emit, const char *key, const char *prefix, uint64_t ns);

/* "Name=value (meaning)" in text, "key": value in JSON; @pta tells how RDbase is meant. */
void emit_field(struct emitter *emit, const struct its_field *field, const uint64_t *words, bool pta);

/*
 * What a terminal would take for an order. Names, messages and words of device
 * trees, captures and kernels are a stranger's: '?' is shown instead. So many
 * bytes at @text are one; 0: none.
 */
static inline size_t emit_control(const char *text)
{
	const unsigned char *c = (const unsigned char *)text;

	/* In UTF-8 U+0080 to U+009F are orders, too. */
	if (c[0] == 0xc2 && c[1] >= 0x80 && c[1] < 0xa0)
		return 2;
	return *c && (*c < 0x20 || *c == 0x7f);
}

/* Text only: emit_text() as it is, emit_textf() without control characters but new lines and tabs. */
void emit_text(struct emitter *emit, const char *text);
void emit_textf(struct emitter *emit, const char *format, ...) __attribute__((format(printf, 2, 3)));
void emit_color(struct emitter *emit, enum emit_color color);
/* Text: columns that a line may take; the terminal's, but never more than a reader's eye follows. */
unsigned emit_width(const struct emitter *emit);
/* Lines from now on that pass the terminal's width go on at @indent. Nothing where the output is no terminal. */
void emit_wrap(struct emitter *emit, unsigned indent);
/* The same wherever the output goes, and at emit_width(). */
void emit_fold(struct emitter *emit, unsigned indent);
/* A space at which a line is broken rather than at another. */
void emit_space(struct emitter *emit);

#endif
