// SPDX-License-Identifier: GPL-2.0-or-later
/* The emitter: text through a buffer of our own (printf is the slow part of a long dump), JSON through yajl. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <yajl/yajl_gen.h>

#include "emit.h"
#include "emit_out.h"

#define DEPTH 32

struct emitter {
	struct emit_out out;
	yajl_gen json;			/* NULL: text */
	bool color, begun;
	char open[DEPTH];		/* '{' or '[' of each container that is open */
	unsigned depth;
};

static size_t format_decimal(uint64_t value, char digits[20])
{
	size_t n = 20;

	do {
		digits[--n] = (char)('0' + value % 10);
		value /= 10;
	} while (value);
	memmove(digits, digits + n, 20 - n);
	return 20 - n;
}

static size_t format_hex(uint64_t value, unsigned least, char digits[18])
{
	unsigned n = 1, i;

	while (n < 16 && value >> (4 * n))
		n++;
	if (n < least)
		n = least < 16 ? least : 16;
	digits[0] = '0';
	digits[1] = 'x';
	for (i = 0; i < n; i++)
		digits[2 + i] = "0123456789abcdef"[(value >> (4 * (n - 1 - i))) & 15];
	return n + 2;
}

static void *or_exit(void *block)
{
	if (!block) {
		fputs("its-tool: no memory for the output\n", stderr);
		exit(1);
	}
	return block;
}

/* yajl looks at none of its allocations. */
static void *json_malloc(void *context, size_t size)
{
	(void)context;
	return or_exit(malloc(size));
}

static void *json_realloc(void *context, void *block, size_t size)
{
	(void)context;
	return or_exit(realloc(block, size));
}

static void json_free(void *context, void *block)
{
	(void)context;
	free(block);
}

struct emitter *emit_new(FILE *out, bool json, bool color)
{
	static const yajl_alloc_funcs functions = { .malloc = json_malloc, .realloc = json_realloc,
						    .free = json_free };
	struct emitter *emit = or_exit(calloc(1, sizeof(*emit)));

	if (json) {
		emit->json = or_exit(yajl_gen_alloc(&functions));
		/* Names in a device tree may hold any bytes. */
		yajl_gen_config(emit->json, yajl_gen_validate_utf8, 1);
	}
	emit->color = color && !json;
	emit_out_init(&emit->out, out, !json);
	return emit;
}

static void drain_json(struct emitter *emit, size_t above)
{
	const unsigned char *text;
	size_t length;

	if (yajl_gen_get_buf(emit->json, &text, &length) != yajl_gen_status_ok || length <= above)
		return;
	emit_out_write(&emit->out, text, length);
	yajl_gen_clear(emit->json);
}

static void close_container(struct emitter *emit)
{
	if (!emit->depth)
		return;
	if (emit->open[--emit->depth] == '{')
		yajl_gen_map_close(emit->json);
	else
		yajl_gen_array_close(emit->json);
}

bool emit_free(struct emitter *emit)
{
	bool ok;

	if (emit->json) {
		/* After an error the document is short of some members, but never of a bracket. */
		while (emit->depth)
			close_container(emit);
		drain_json(emit, 0);
		yajl_gen_free(emit->json);
		if (emit->begun || emit->out.cut)
			fputc('\n', emit->out.file);
	}
	emit_out_flush(&emit->out);
	emit_out_push(&emit->out);
	ok = !emit->out.failed;
	free(emit);
	return ok;
}

void emit_flush(struct emitter *emit)
{
	if (emit->json)
		return;
	emit_out_flush(&emit->out);
	emit_out_push(&emit->out);
}

void emit_record_end(struct emitter *emit)
{
	if (!emit->json)
		return;
	while (emit->depth)
		close_container(emit);
	yajl_gen_reset(emit->json, "\n");
	emit->begun = false;
	drain_json(emit, EMIT_BUFFER);
}

bool emit_push(struct emitter *emit)
{
	if (emit->json)
		drain_json(emit, 0);
	emit_out_flush(&emit->out);
	emit_out_push(&emit->out);
	return !emit->out.failed;
}

bool emit_is_json(const struct emitter *emit)
{
	return emit->json;
}

bool emit_begun(const struct emitter *emit)
{
	return emit->begun;
}

static void json_string(struct emitter *emit, const char *text)
{
	size_t length = strlen(text), i;
	unsigned char *clean;

	if (yajl_gen_string(emit->json, (const unsigned char *)text, length) != yajl_gen_invalid_string)
		return;
	/* Bytes that are no UTF-8 become '?': a document that cannot be parsed helps nobody. */
	clean = or_exit(malloc(length));
	for (i = 0; i < length; i++)
		clean[i] = (unsigned char)text[i] < 0x80 ? (unsigned char)text[i] : '?';
	yajl_gen_string(emit->json, clean, length);
	free(clean);
}

static void json_key(struct emitter *emit, const char *key)
{
	if (key && *key)
		json_string(emit, key);
}

void emit_object(struct emitter *emit, const char *key)
{
	if (!emit->json)
		return;
	json_key(emit, key);
	yajl_gen_map_open(emit->json);
	emit->begun = true;
	if (emit->depth < DEPTH)
		emit->open[emit->depth++] = '{';
}

void emit_object_end(struct emitter *emit)
{
	if (!emit->json)
		return;
	close_container(emit);
	drain_json(emit, EMIT_BUFFER);
}

void emit_array(struct emitter *emit, const char *key)
{
	if (!emit->json)
		return;
	json_key(emit, key);
	yajl_gen_array_open(emit->json);
	if (emit->depth < DEPTH)
		emit->open[emit->depth++] = '[';
}

void emit_array_end(struct emitter *emit)
{
	if (emit->json)
		close_container(emit);
}

/* JSON numbers are doubles to many readers: what they cannot hold is given as a string. */
static void json_number(struct emitter *emit, const char *key, uint64_t value)
{
	char digits[20];

	json_key(emit, key);
	if (value <= UINT64_C(1) << 53)
		yajl_gen_integer(emit->json, (long long)value);
	else
		yajl_gen_string(emit->json, (unsigned char *)digits, format_decimal(value, digits));
}

void emit_number(struct emitter *emit, const char *key, const char *prefix, uint64_t value,
		 unsigned width)
{
	char digits[20];
	size_t length;

	if (emit->json) {
		if (key)
			json_number(emit, key, value);
		return;
	}
	if (!prefix)
		return;
	emit_out_put(&emit->out, prefix, strlen(prefix));
	length = format_decimal(value, digits);
	emit_out_pad(&emit->out, length, width);
	emit_out_put(&emit->out, digits, length);
}

void emit_hex(struct emitter *emit, const char *key, const char *prefix, uint64_t value,
	      unsigned digits)
{
	char text[18];
	size_t length;

	if (emit->json ? !key : !prefix)
		return;
	length = format_hex(value, digits, text);
	if (emit->json) {
		json_key(emit, key);
		yajl_gen_string(emit->json, (unsigned char *)text, length);
	} else {
		emit_out_put(&emit->out, prefix, strlen(prefix));
		emit_out_put(&emit->out, text, length);
	}
}

void emit_id(struct emitter *emit, const char *key, const char *prefix, uint64_t value)
{
	if (emit->json)
		emit_number(emit, key, prefix, value, 0);
	else
		emit_hex(emit, NULL, prefix, value, 0);
}

void emit_bool(struct emitter *emit, const char *key, const char *prefix, bool value)
{
	if (emit->json) {
		if (!key)
			return;
		json_key(emit, key);
		yajl_gen_bool(emit->json, value);
	} else if (prefix) {
		emit_out_put(&emit->out, prefix, strlen(prefix));
		emit_out_put(&emit->out, value ? "1" : "0", 1);
	}
}

/* @value without control characters but those of @keep. */
static void put_clean(struct emitter *emit, const char *value, const char *keep)
{
	const char *c, *start = value;
	size_t length;

	for (c = value; *c; c += length ? length : 1) {
		length = emit_control(c);
		if (length && !strchr(keep, *c)) {
			emit_out_put(&emit->out, start, (size_t)(c - start));
			emit_out_put(&emit->out, "?", 1);
			start = c + length;
		}
	}
	emit_out_put(&emit->out, start, (size_t)(c - start));
}

void emit_string(struct emitter *emit, const char *key, const char *prefix, const char *value,
		 unsigned width)
{
	if (emit->json) {
		if (!key)
			return;
		json_key(emit, key);
		json_string(emit, value);
	} else if (prefix) {
		emit_out_put(&emit->out, prefix, strlen(prefix));
		put_clean(emit, value, "");
		emit_out_pad(&emit->out, strlen(value), width);
	}
}

void emit_null(struct emitter *emit, const char *key)
{
	if (!emit->json)
		return;
	json_key(emit, key);
	yajl_gen_null(emit->json);
}

void emit_json(struct emitter *emit, const char *key, const char *json, size_t length)
{
	if (!emit->json)
		return;
	json_key(emit, key);
	yajl_gen_number(emit->json, json, length);	/* it writes what it is given */
}

void emit_text(struct emitter *emit, const char *text)
{
	if (!emit->json)
		emit_out_put(&emit->out, text, strlen(text));
}

void emit_textf(struct emitter *emit, const char *format, ...)
{
	char text[1024];
	va_list arguments;

	if (emit->json)
		return;
	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	put_clean(emit, text, "\n\t");
}

void emit_color(struct emitter *emit, enum emit_color color)
{
	static const char *const codes[] = {
		"\033[0m", "\033[32m", "\033[31m", "\033[33m", "\033[2m", "\033[1m" };

	if (!emit->color)
		return;
	/* What is left behind a newline colours the line that the user types next. */
	if (color == EMIT_PLAIN && emit_out_take_newline(&emit->out)) {
		emit_out_put(&emit->out, codes[color], strlen(codes[color]));
		emit_out_put(&emit->out, "\n", 1);
		return;
	}
	emit_out_put(&emit->out, codes[color], strlen(codes[color]));
}

void emit_wrap(struct emitter *emit, unsigned indent)
{
	emit_out_wrap(&emit->out, emit->out.terminal, indent);
}

void emit_fold(struct emitter *emit, unsigned indent)
{
	emit_out_wrap(&emit->out, emit_width(emit), indent);
}

unsigned emit_width(const struct emitter *emit)
{
	return emit_out_width(&emit->out);
}

void emit_space(struct emitter *emit)
{
	if (!emit->json)
		emit_out_joint(&emit->out);
}
