/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The emitter's text on its way: a buffer, and lines broken at words where a terminal is narrower. */
#ifndef CLI_EMIT_OUT_H
#define CLI_EMIT_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define EMIT_BUFFER 65536
#define EMIT_ROW 4096			/* longer lines are left to the terminal */

struct emit_out {
	FILE *file;
	bool failed;			/* something could not be written */
	bool cut;			/* Ctrl-C has dropped something: perhaps in the middle of a line */
	bool message;			/* Ctrl-C does not drop it (emit_dropped) */
	unsigned terminal;		/* columns of it; 0: none, or JSON */
	unsigned width;			/* lines that pass it are broken; 0: none is */
	unsigned indent;		/* where a line that was broken goes on */
	size_t used;			/* bytes in the buffer */
	size_t row_used;		/* of the line that is not complete yet, where lines are broken */
	char row[EMIT_ROW];
	char buffer[EMIT_BUFFER];
};

/* @out is zeroed. @text: lines may be broken. */
void emit_out_init(struct emit_out *out, FILE *file, bool text);
void emit_out_put(struct emit_out *out, const char *text, size_t length);
/* Spaces up to @width behind something of @length. */
void emit_out_pad(struct emit_out *out, size_t length, unsigned width);
/* Takes back the new line that the text ends with; false if it ends otherwise. */
bool emit_out_take_newline(struct emit_out *out);
/* All of it to the file; what fails is told by out->failed. */
void emit_out_flush(struct emit_out *out);
/* @text past the buffer; and what the file holds back to its reader. */
void emit_out_write(struct emit_out *out, const void *text, size_t length);
void emit_out_push(struct emit_out *out);
/* Lines that pass @width go on at @indent from now on; 0: all stays as it is. */
void emit_out_wrap(struct emit_out *out, unsigned width, unsigned indent);
/* A space at which a line is broken rather than at any other. */
void emit_out_joint(struct emit_out *out);
/* The terminal's columns, but never more than a reader's eye follows. */
unsigned emit_out_width(const struct emit_out *out);

#endif
