// SPDX-License-Identifier: GPL-2.0-or-later
/* How is what was read written down, so that people can read, mail and edit it? */
#include <inttypes.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "its/capture.h"
#include "its/register.h"

#define LINE_WIDTH 100			/* a note goes on in the next line behind it */
#define BLOB_LINE 32u			/* bytes */
#define LINE_WORDS 4			/* of RAM: a command */

struct writer {
	const struct store *store;
	const struct capture_notes *notes;
	FILE *out;
	enum memory_kind kind;		/* of the RAM being written */
	bool fills;			/* it has lines 'zero' and 'fill' already, which others may not contradict */
	const char *heading;
	/* Words that are all the same, not written yet. */
	struct { uint64_t base, size, value; } run;
};

/* In quotes, what is not printable or could be taken for something else escaped. */
static void put_inside(FILE *out, const char *text, size_t length)
{
	size_t i;

	for (i = 0; i < length; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c == STORE_ADDRESS)
			fputs("\\a", out);
		else if (c == '"' || c == '\\')
			fprintf(out, "\\%c", c);
		else if (c < 0x20 || c > 0x7e)
			fprintf(out, "\\x%02x", c);
		else
			fputc(c, out);
	}
}

static void put_text(FILE *out, const char *text)
{
	fputc('"', out);
	put_inside(out, text, strlen(text));
	fputc('"', out);
}

static void put_header(FILE *out, const char *name, const char *text)
{
	if (!text)
		return;
	fprintf(out, "%s ", name);
	put_text(out, text);
	fputc('\n', out);
}

static void put_told(FILE *out, const struct memory_told *told)
{
	size_t i;

	if (told->has_base)
		fprintf(out, "its 0x%" PRIx64 "\n", told->base);
	for (i = 0; i < told->n_given; i++)
		fprintf(out, "given %s 0x%" PRIx64 "\n",
			its_register_row((enum its_register_id)told->given[i].id)->name, told->given[i].value);
}

static void put_heading(struct writer *writer, enum memory_kind kind, uint64_t address)
{
	const char *heading = writer->notes ? writer->notes->heading(writer->notes->context, kind, address) : NULL;

	if (heading && heading != writer->heading)
		fprintf(writer->out, "\n; %s\n", heading);
	writer->heading = heading;
}

/* @note behind a line that is @column wide; words that do not fit go on in lines of their own. */
static void put_note(FILE *out, const char *note, size_t column)
{
	bool first = true;

	while (*note) {
		size_t length = strcspn(note, " ");

		if (first || column + 1 + length > LINE_WIDTH) {
			fputs(first ? " ;" : "\n;    ", out);
			column = first ? column + 2 : 5;
			first = false;
		}
		fprintf(out, " %.*s", (int)length, note);
		column += 1 + length;
		note += length + (note[length] == ' ');
	}
	fputc('\n', out);
}

/* A stream for one note, and then its text. */
struct note { char *text; size_t size; FILE *out; };

static bool note_begin(struct note *note)
{
	*note = (struct note){ 0 };
	note->out = open_memstream(&note->text, &note->size);
	return note->out;
}

static void note_end(struct note *note, FILE *out, size_t column)
{
	put_note(out, memory_text_end(note->out, &note->text, "a note", NULL) ? "" : note->text, column);
	free(note->text);
}

/* twalk() gives its function no context, and twalk_r() is glibc's alone. */
static _Thread_local struct writer *walking;

static void walk(const void *tree, void (*put)(const void *node, VISIT visit, int depth), struct writer *writer)
{
	walking = writer;
	twalk(tree, put);
	walking = NULL;
}

static void put_register(const void *node, VISIT visit, int depth)
{
	struct writer *writer = walking;
	const struct store_register *reg;
	char second[24] = "", line[80];
	struct note note;

	(void)depth;
	if (visit != postorder && visit != leaf)
		return;
	reg = *(const struct store_register *const *)node;
	put_heading(writer, MEMORY_REGISTERS, reg->address);
	if (reg->moves)
		snprintf(second, sizeof(second), " 0x%" PRIx64, reg->second);
	snprintf(line, sizeof(line), "0x%" PRIx64 " %u 0x%" PRIx64 "%s", reg->address, reg->width, reg->value, second);
	fputs(line, writer->out);
	if (writer->notes && note_begin(&note)) {
		writer->notes->reg(writer->notes->context, note.out, reg);
		note_end(&note, writer->out, strlen(line));
	} else {
		fputc('\n', writer->out);
	}
}

static void put_fill(struct writer *writer, uint64_t base, uint64_t size, uint64_t value)
{
	fprintf(writer->out, value ? "fill 0x%" PRIx64 " 0x%" PRIx64 : "zero 0x%" PRIx64 " 0x%" PRIx64, base, size);
	if (value)
		fprintf(writer->out, " 0x%016" PRIx64, value);
	fputs(writer->kind == MEMORY_RAM_UNCACHED ? " uncached\n" : "\n", writer->out);
}

/* A run is worth a line of its own if it is one. */
static void end_run(struct writer *writer)
{
	if (!writer->run.size)
		return;
	put_heading(writer, writer->kind, writer->run.base);
	put_fill(writer, writer->run.base, writer->run.size, writer->run.value);
	writer->run.size = 0;
}

static void put_line(struct writer *writer, uint64_t address, const uint64_t *words, unsigned count)
{
	struct note note;
	char line[120];
	size_t used;
	unsigned i;

	end_run(writer);
	put_heading(writer, writer->kind, address);
	used = (size_t)snprintf(line, sizeof(line), "%s 0x%" PRIx64, capture_kinds[writer->kind], address);
	for (i = 0; i < count; i++)
		used += (size_t)snprintf(line + used, sizeof(line) - used, words[i] ? " 0x%016" PRIx64 : " 0", words[i]);
	fputs(line, writer->out);
	if (count == LINE_WORDS && writer->notes && note_begin(&note)) {
		writer->notes->line(writer->notes->context, note.out, address, words);
		note_end(&note, writer->out, used);
	} else {
		fputc('\n', writer->out);
	}
}

/* Words side by side, at most a line of them. */
static void put_words(struct writer *writer, uint64_t address, const uint64_t *words, unsigned count)
{
	bool same = true;
	unsigned i;

	for (i = 1; i < count; i++)
		same &= words[i] == words[0];
	/* A zero needs no company; another value is a run from a line on. */
	if (!same || writer->fills || (words[0] && count < LINE_WORDS)) {
		put_line(writer, address, words, count);
		return;
	}
	if (writer->run.size && writer->run.value == words[0] &&
	    writer->run.base + writer->run.size == address) {
		writer->run.size += count * 8;
		return;
	}
	end_run(writer);
	writer->run.base = address;
	writer->run.size = count * 8;
	writer->run.value = words[0];
}

/* Used, and of the uncached view, different from the cached one: else that is what is read. */
static bool is_wanted(const struct writer *writer, uint64_t address)
{
	const struct store *store = writer->store;
	uint64_t cached, missing;

	if (writer->kind == MEMORY_RAM)
		return store_is_used(&store->cached, address);
	if (!store_is_used(&store->uncached, address))
		return false;
	return store->uncached.n_fills || !store_read(store, MEMORY_RAM, address, &cached, 1, &missing) ||
	       cached != *store_word(&store->uncached, address);
}

static void put_page(const void *node, VISIT visit, int depth)
{
	struct writer *writer = walking;
	const struct store_page *page;
	unsigned at, count;

	(void)depth;
	if (visit != postorder && visit != leaf)
		return;
	page = *(const struct store_page *const *)node;
	for (at = 0; at < STORE_PAGE_WORDS; at += count) {
		if (!is_wanted(writer, page->base + 8 * at)) {
			count = 1;
			continue;
		}
		/* Lines begin at multiples of their length, as commands do. */
		for (count = 1; (at + count) % LINE_WORDS && is_wanted(writer, page->base + 8 * (at + count)); count++)
			;
		put_words(writer, page->base + 8 * at, &page->words[at], count);
	}
}

static void put_ram(struct writer *writer, enum memory_kind kind, const struct store_ram *ram)
{
	size_t i;

	writer->kind = kind;
	writer->fills = ram->n_fills;
	for (i = 0; i < ram->n_fills; i++)
		put_fill(writer, ram->fills[i].base, ram->fills[i].size, ram->fills[i].value);
	walk(ram->pages, put_page, writer);
	end_run(writer);
}

static void put_ranges(struct writer *writer)
{
	const struct store *store = writer->store;
	size_t i;

	fputs("\n; How memory was reached: address, bytes, kind, through what\n", writer->out);
	for (i = 0; i < store->n_ranges; i++) {
		fprintf(writer->out, "window 0x%" PRIx64 " 0x%" PRIx64 " %s ", store->ranges[i].base,
			store->ranges[i].size, capture_kinds[store->ranges[i].kind]);
		put_text(writer->out, store->ranges[i].via);
		fputc('\n', writer->out);
	}
	if (store->n_refusals)
		fputs("\n; What could not be read: address, bytes, kind, exit status, message, way out; how often side by side\n",
		      writer->out);
	for (i = 0; i < store->n_refusals; i++) {
		const struct store_refusal *refusal = &store->refusals[i];

		fprintf(writer->out, "%s 0x%" PRIx64 " 0x%" PRIx64 " %s %d ",
			refusal->what == STORE_OPEN ? "refused" : "unreadable", refusal->base, refusal->size,
			capture_kinds[refusal->kind], -refusal->code);
		put_text(writer->out, refusal->message);
		fputc(' ', writer->out);
		put_text(writer->out, refusal->hint);
		if (refusal->count > 1)
			fprintf(writer->out, " %" PRIu64, refusal->count);
		fputc('\n', writer->out);
	}
}

static void put_lines(FILE *out, const char *name, const struct store_file *file)
{
	const char *at = file->data, *end;

	if (!file->size) {
		fprintf(out, "%s\n", name);
		return;
	}
	for (end = at + file->size; at < end;) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));
		size_t length = newline ? (size_t)(newline - at) : (size_t)(end - at);

		fprintf(out, "%s \"", name);
		put_inside(out, at, length);
		fputs(newline ? "\"\n" : "\\c\"\n", out);
		at = newline ? newline + 1 : end;
	}
}

static bool is_zero(const char *bytes, size_t count)
{
	size_t i;

	for (i = 0; i < count && !bytes[i]; i++)
		;
	return i == count;
}

/* Hexadecimal in groups of 4, and what of it is text: people look for serial numbers. */
static void put_blob_line(FILE *out, const char *name, size_t offset, const char *bytes, size_t count)
{
	size_t i;

	fprintf(out, "%s 0x%zx", name, offset);
	for (i = 0; i < count; i++)
		fprintf(out, i % 4 ? "%02x" : " %02x", (unsigned char)bytes[i]);
	fputs(" ; ", out);
	for (i = 0; i < count; i++)
		fputc(bytes[i] >= 0x20 && bytes[i] < 0x7f ? bytes[i] : '.', out);
	fputc('\n', out);
}

static void put_blob(FILE *out, const char *name, const struct store_file *file)
{
	size_t offset, count, zeros = 0;

	if (!file->size)
		fprintf(out, "%s 0\n", name);
	for (offset = 0; offset < file->size; offset += count) {
		count = file->size - offset < BLOB_LINE ? file->size - offset : BLOB_LINE;
		if (is_zero(file->data + offset, count)) {
			zeros += count;
			continue;
		}
		if (zeros)
			fprintf(out, "%s 0x%zx zero 0x%zx\n", name, offset - zeros, zeros);
		zeros = 0;
		put_blob_line(out, name, offset, file->data + offset, count);
	}
	if (zeros)
		fprintf(out, "%s 0x%zx zero 0x%zx\n", name, file->size - zeros, zeros);
}

/* Texts, which people read, come first; @lines false: what only programs read. */
static void put_files(struct writer *writer, bool lines)
{
	static const char *const headings[MEMORY_FILES] = {
		[MEMORY_FILE_DTB] = "The device tree blob",
		[MEMORY_FILE_INTERRUPTS] = "/proc/interrupts",
		[MEMORY_FILE_SYSTEM] = "What Linux says of CPUs, drivers and interrupts",
		[MEMORY_FILE_ACPI] = "ACPI tables: MADT and IORT",
	};
	unsigned i;

	for (i = 0; i < MEMORY_FILES; i++) {
		const struct store_file *file = &writer->store->files[i];

		if (capture_files[i].lines != lines)
			continue;
		if (file->has || file->refused)
			fprintf(writer->out, "\n; %s\n", headings[i]);
		if (file->has && lines) {
			put_lines(writer->out, capture_files[i].name, file);
		} else if (file->has) {
			put_blob(writer->out, capture_files[i].name, file);
		} else if (file->refused) {
			fprintf(writer->out, "missing %s %d ", capture_files[i].name, -file->error.code);
			put_text(writer->out, file->error.message);
			fputc(' ', writer->out);
			put_text(writer->out, file->error.hint);
			fputc('\n', writer->out);
		}
	}
}

bool capture_write(const struct store *store, const struct capture_notes *notes, FILE *out)
{
	struct writer writer = { .store = store, .notes = notes, .out = out };

	fputs(CAPTURE_FIRST_LINE "\n; Read it with: its-tool -s capture:FILE COMMAND. The format: man 5 its-tool-capture\n", out);
	put_header(out, "tool", store->tool);
	put_header(out, "time", store->time);
	put_header(out, "kernel", store->kernel);
	put_header(out, "source", store->source);
	if (store->partial)
		fputs("partial\n", out);
	put_told(out, &store->told);
	put_files(&writer, true);
	put_ranges(&writer);
	if (store->registers)
		fputs("\n; Registers: address, bits, value\n", out);
	walk(store->registers, put_register, &writer);
	put_ram(&writer, MEMORY_RAM, &store->cached);
	put_ram(&writer, MEMORY_RAM_UNCACHED, &store->uncached);
	put_files(&writer, false);
	fputs(store->cut ? "\n; More was read than a capture holds: the rest is missing\n" :
	      store->of_cut ? "\n; It was made of a capture without the line 'end', which goes for this one, too\n" :
	      "\nend\n", out);
	return !ferror(out);
}
