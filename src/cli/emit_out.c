// SPDX-License-Identifier: GPL-2.0-or-later
/* Where do text and its lines go, and where is one broken so that it fits a terminal? */
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "emit.h"
#include "emit_out.h"

#define LINE_WIDTH 100			/* where nobody says how wide: a file, a pipe */
#define PIECE 4096u
#define WIDTH_LEAST 40			/* of a terminal: below, it wraps for itself */
#define JOINT '\037'			/* stands for a space in a row */

volatile sig_atomic_t emit_dropped;

/* A write that Ctrl-C ended is no failure: nobody wants the rest. What was wrong is said all the same. */
static bool is_dropped(const struct emit_out *out)
{
	return emit_dropped && !out->message;
}

static void failed(struct emit_out *out)
{
	if (is_dropped(out))
		clearerr(out->file);
	else
		out->failed = true;
}

void emit_out_write(struct emit_out *out, const void *text, size_t length)
{
	const char *at = text;

	/* In pieces: stdio does not give up in the middle, and a slow terminal takes seconds for a buffer. */
	while (length && !is_dropped(out)) {
		size_t n = length < PIECE ? length : PIECE;

		if (fwrite(at, 1, n, out->file) != n)
			failed(out);
		at += n;
		length -= n;
	}
	out->cut |= length > 0;
}

void emit_out_push(struct emit_out *out)
{
	if (fflush(out->file))
		failed(out);
}

static void flush_buffer(struct emit_out *out)
{
	emit_out_write(out, out->buffer, out->used);
	out->used = 0;
}

static void put_rows(struct emit_out *out, const char *text, size_t length)
{
	if (length > EMIT_BUFFER - out->used)
		flush_buffer(out);
	if (length > EMIT_BUFFER) {
		emit_out_write(out, text, length);
		return;
	}
	memcpy(out->buffer + out->used, text, length);
	out->used += length;
}

static bool is_space(char c)
{
	return c == ' ' || c == JOINT;
}

/* @length bytes of out->row. */
static void put_row(struct emit_out *out, char *text, size_t length)
{
	size_t i;

	for (i = 0; i < length; i++)
		if (text[i] == JOINT)
			text[i] = ' ';
	put_rows(out, text, length);
}

static void spaces(struct emit_out *out, unsigned count)
{
	while (count--)
		put_rows(out, " ", 1);
}

/*
 * How many bytes of the @length at @text go on one row of @width columns, of
 * which @used are taken: up to a joint, or else a space, which is not counted,
 * or all. Colour codes take no room; a character of UTF-8 takes one column.
 */
static size_t row_length(const char *text, size_t length, unsigned used, unsigned width)
{
	size_t i, space = 0, joint = 0;
	bool word = false;

	for (i = 0; i < length; i++) {
		if (text[i] == '\033') {
			while (i < length && text[i] != 'm')
				i++;
			continue;
		}
		/* A row that is only indentation is none, and where no word fits one sticks out. */
		if (is_space(text[i]) && word && (!space || used <= width) && !is_space(text[i - 1])) {
			space = i;
			joint = text[i] == JOINT ? i : joint;
		}
		word = word || !is_space(text[i]);
		if (((unsigned char)text[i] & 0xc0) != 0x80 && !is_space(text[i]) && used >= width && space)
			return joint ? joint : space;
		used += ((unsigned char)text[i] & 0xc0) != 0x80;
	}
	return length;
}

/* The line in out->row, broken at words. */
static void break_row(struct emit_out *out)
{
	char *text = out->row;
	size_t left = out->row_used, n;
	unsigned used = 0;

	out->row_used = 0;
	for (;;) {
		n = row_length(text, left, used, out->width);
		put_row(out, text, n);
		for (left -= n, text += n; left && is_space(*text); left--)
			text++;
		if (!left)
			return;
		put_rows(out, "\n", 1);
		spaces(out, out->indent);
		used = out->indent;
	}
}

void emit_out_put(struct emit_out *out, const char *text, size_t length)
{
	const char *newline;
	size_t n;

	while (out->width && length) {
		newline = memchr(text, '\n', length);
		n = newline ? (size_t)(newline - text) : length;
		if (n > EMIT_ROW - out->row_used) {
			put_row(out, out->row, out->row_used);
			out->row_used = 0;
			put_rows(out, text, n);
		} else {
			memcpy(out->row + out->row_used, text, n);
			out->row_used += n;
		}
		if (newline) {
			break_row(out);
			put_rows(out, "\n", 1);
			n++;
		}
		text += n;
		length -= n;
	}
	if (length)
		put_rows(out, text, length);
}

void emit_out_pad(struct emit_out *out, size_t length, unsigned width)
{
	static const char spaces[] = "                                                                ";

	if (length < width)
		emit_out_put(out, spaces, width - length < sizeof(spaces) - 1 ? width - length : sizeof(spaces) - 1);
}

bool emit_out_take_newline(struct emit_out *out)
{
	/* While lines are broken the one that is not complete yet stands behind the buffer. */
	if (out->row_used || !out->used || out->buffer[out->used - 1] != '\n')
		return false;
	out->used--;
	return true;
}

void emit_out_flush(struct emit_out *out)
{
	put_row(out, out->row, out->row_used);
	out->row_used = 0;
	flush_buffer(out);
}

static unsigned terminal_width(FILE *file)
{
	struct winsize size = { 0 };
	int saved = errno;		/* a stream in memory is no terminal, and that is no error */

	if (!isatty(fileno(file)) || ioctl(fileno(file), TIOCGWINSZ, &size) || size.ws_col < WIDTH_LEAST)
		size.ws_col = 0;
	errno = saved;
	return size.ws_col;
}

void emit_out_init(struct emit_out *out, FILE *file, bool text)
{
	out->file = file;
	out->terminal = text ? terminal_width(file) : 0;
}

void emit_out_wrap(struct emit_out *out, unsigned width, unsigned indent)
{
	if (!width)
		return;
	out->width = width;
	out->indent = indent < width / 2 ? indent : width / 2;
}

void emit_out_joint(struct emit_out *out)
{
	if (out->width && out->row_used < EMIT_ROW)
		out->row[out->row_used++] = JOINT;
	else
		emit_out_put(out, " ", 1);
}

unsigned emit_out_width(const struct emit_out *out)
{
	return out->terminal && out->terminal < LINE_WIDTH ? out->terminal : LINE_WIDTH;
}
