// SPDX-License-Identifier: GPL-2.0-or-later
/* What does the text of a capture say? It may come from anybody, and be edited by hand. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "its/capture.h"
#include "its/register.h"
#include "capture_words.h"

const struct capture_file capture_files[MEMORY_FILES] = {
	[MEMORY_FILE_DTB] = { "dtb", false },
	[MEMORY_FILE_INTERRUPTS] = { "interrupts", true },
	[MEMORY_FILE_SYSTEM] = { "system", true },
	[MEMORY_FILE_ACPI] = { "acpi", false },
};

const char *const capture_kinds[3] = { "registers", "ram", "uncached" };

struct parser {
	struct store *store;
	struct capture_remarks *remarks;
	const char *name;
	unsigned line;
	struct capture_words words;
	/* Of each file: the room for it, and of a blob how many bytes lines gave, and a bit for each that is there. */
	struct { size_t room, covered; uint64_t given; uint8_t *map; } files[MEMORY_FILES];
	struct its_error *error;
};

static int bad(struct parser *parser, const char *what)
{
	return its_error(parser->error, ITS_ERR_INPUT, "%s, line %u: %s", parser->name, parser->line, what);
}

static int no_room(struct parser *parser)
{
	return bad(parser, "more than a capture can hold, or than there is memory for");
}

static int twice(struct parser *parser, uint64_t address)
{
	its_error(parser->error, ITS_ERR_INPUT, "%s, line %u: 0x%" PRIx64 " had another value before",
		  parser->name, parser->line, address);
	return its_hint(parser->error, "an edited line replaces the old one: which of the two is right?");
}

/* ADDRESS BYTES of whole words from word @index on, within the address space. */
static bool range(const struct parser *parser, unsigned index, uint64_t *base, uint64_t *size)
{
	return capture_number(&parser->words, index, base) && capture_number(&parser->words, index + 1, size) &&
	       *size && *base + (*size - 1) >= *base;
}

/* ADDRESS WIDTH VALUE [SECOND] */
static int take_register(struct parser *parser, uint64_t address)
{
	const struct capture_words *words = &parser->words;
	uint64_t width, value, second;
	bool moves = words->count == 4, known;
	struct store_register *kept;

	known = capture_number(words, 1, &width) && (width == 32 || width == 64) &&
		capture_number(words, 2, &value) && words->count <= 4 && address % (width / 8) == 0;
	if (known) {
		second = value;
		known = !moves || capture_number(words, 3, &second);
	}
	if (!known || (width == 32 && (value | second) >> 32))
		return bad(parser, "a register is ADDRESS WIDTH VALUE [SECOND]: an aligned address, 32 or 64 bits, and what fits");
	kept = store_register(parser->store, address, (unsigned)width);
	if (kept)
		return kept->value == value && kept->moves == moves && kept->second == second ?
		       ITS_OK : twice(parser, address);
	kept = store_register_add(parser->store, address, (unsigned)width);
	if (!kept)
		return no_room(parser);
	kept->value = value;
	kept->moves = moves;
	kept->second = second;
	return ITS_OK;
}

/* ram ADDRESS WORD... */
static int take_words(struct parser *parser, enum memory_kind kind)
{
	const struct capture_words *words = &parser->words;
	struct store_ram *ram = store_ram(parser->store, kind);
	uint64_t address, word;
	const uint64_t *kept;
	unsigned i;

	if (words->count < 3 || !capture_number(words, 1, &address) || address % 8 ||
	    address > UINT64_MAX - 8 * CAPTURE_WORDS_MAX)
		return bad(parser, "RAM is an ADDRESS that is a multiple of 8, and 64-bit words");
	for (i = 2; i < words->count; i++, address += 8) {
		if (!capture_number(words, i, &word))
			return bad(parser, "a word of RAM is no 64-bit number");
		kept = store_word(ram, address);
		if (kept && *kept != word)
			return twice(parser, address);
		if (!kept && !store_put(ram, address, &word, 1))
			return no_room(parser);
		store_use(ram, address, 8);
	}
	return ITS_OK;
}

/* zero ADDRESS BYTES, fill ADDRESS BYTES WORD; @kind stands in a last word. */
static int take_fill(struct parser *parser, unsigned values)
{
	const struct capture_words *words = &parser->words;
	struct store_fill fill = { .line = parser->line };
	bool uncached = capture_is(words, 3 + values, capture_kinds[MEMORY_RAM_UNCACHED]);

	if (!range(parser, 1, &fill.base, &fill.size) || fill.base % 8 || fill.size % 8 ||
	    (values && !capture_number(words, 3, &fill.value)) || words->count != 3 + values + uncached)
		return bad(parser, "it takes ADDRESS BYTES, multiples of 8 within the address space (fill: and a WORD), and perhaps 'uncached'");
	return store_fill(store_ram(parser->store, uncached ? MEMORY_RAM_UNCACHED : MEMORY_RAM), &fill) ?
	       ITS_OK : no_room(parser);
}

static bool take_kind(const struct parser *parser, unsigned index, enum memory_kind *kind)
{
	unsigned i;

	for (i = 0; i < 3; i++)
		if (capture_is(&parser->words, index, capture_kinds[i])) {
			*kind = (enum memory_kind)i;
			return true;
		}
	return false;
}

/* A text that is kept; NULL if it is none. */
static const char *take_string(struct parser *parser, unsigned index)
{
	size_t length;
	char *text = capture_text(&parser->words, index, &length, NULL);
	const char *kept = text ? store_string(parser->store, text, length) : NULL;

	free(text);
	return kept;
}

/* window ADDRESS BYTES KIND VIA */
static int take_window(struct parser *parser)
{
	uint64_t base, size;
	enum memory_kind kind;
	const char *via = take_string(parser, 4);

	if (!range(parser, 1, &base, &size) || !take_kind(parser, 3, &kind) || !via || parser->words.count != 5)
		return bad(parser, "window takes ADDRESS BYTES registers|ram|uncached VIA");
	return store_reached(parser->store, kind, base, size, via) ? ITS_OK : no_room(parser);
}

/* STATUS MESSAGE [HINT] from word @index on. An exit status is told as such, and kept as a code. */
static bool take_refusal(struct parser *parser, unsigned index, int *code, const char **message,
			 const char **hint)
{
	uint64_t status;

	if (!capture_number(&parser->words, index, &status) || status < 1 || status > -ITS_ERR_UNSAFE)
		return false;
	*code = -(int)status;
	*message = take_string(parser, index + 1);
	*hint = parser->words.count > index + 2 ? take_string(parser, index + 2) : "";
	return *message && *hint;
}

/* refused ADDRESS BYTES KIND STATUS MESSAGE [HINT [COUNT]] */
static int take_refused(struct parser *parser, enum store_refused what)
{
	struct store_refusal refusal = { .what = what, .count = 1 };
	bool known = range(parser, 1, &refusal.base, &refusal.size) && take_kind(parser, 3, &refusal.kind) &&
		     take_refusal(parser, 4, &refusal.code, &refusal.message, &refusal.hint);

	if (parser->words.count > 7)
		known = known && capture_number(&parser->words, 7, &refusal.count);
	if (!known || parser->words.count > 8 || !refusal.count ||
	    refusal.count - 1 > (UINT64_MAX - refusal.base) / refusal.size)
		return bad(parser, "it takes ADDRESS BYTES registers|ram|uncached STATUS MESSAGE [HINT [COUNT]], STATUS from 1 to 7");
	return store_refuse_many(parser->store, &refusal) ? ITS_OK : no_room(parser);
}

/* missing FILE STATUS MESSAGE [HINT] */
static int take_missing(struct parser *parser)
{
	const char *message, *hint;
	unsigned i;
	int code;

	for (i = 0; i < MEMORY_FILES; i++) {
		struct store_file *file = &parser->store->files[i];

		if (!capture_is(&parser->words, 1, capture_files[i].name))
			continue;
		if (!take_refusal(parser, 2, &code, &message, &hint))
			break;
		file->refused = true;
		its_error(&file->error, code, "%s", message);
		its_hint(&file->error, "%s", hint);
		return ITS_OK;
	}
	return bad(parser, "missing takes the name of a file, STATUS MESSAGE [HINT]");
}

/* its ADDRESS */
static int take_its(struct parser *parser)
{
	struct memory_told *told = &parser->store->told;
	uint64_t base;

	if (!capture_number(&parser->words, 1, &base) || parser->words.count != 2)
		return bad(parser, "its takes the ADDRESS of the ITS");
	if (told->has_base && told->base != base)
		return bad(parser, "the ITS was somewhere else before");
	told->has_base = true;
	told->base = base;
	return ITS_OK;
}

/* given REGISTER VALUE */
static int take_given(struct parser *parser)
{
	static const enum its_register_id ids[MEMORY_GIVEN_MAX] = { GITS_CBASER, GITS_CWRITER, GITS_CREADR, GITS_TYPER };
	struct memory_told *told = &parser->store->told;
	unsigned id = 0;
	uint64_t value;
	size_t i;

	while (id < MEMORY_GIVEN_MAX && !capture_is(&parser->words, 1, its_register_row(ids[id])->name))
		id++;
	if (id == MEMORY_GIVEN_MAX || !capture_number(&parser->words, 2, &value) || parser->words.count != 3)
		return bad(parser, "given takes GITS_CBASER|GITS_CWRITER|GITS_CREADR|GITS_TYPER VALUE");
	for (i = 0; i < told->n_given; i++)
		if (told->given[i].id == ids[id])
			return told->given[i].value == value ? ITS_OK : bad(parser, "the register had another value before");
	told->given[told->n_given].id = ids[id];
	told->given[told->n_given++].value = value;
	return ITS_OK;
}

static bool grow(struct parser *parser, unsigned which, size_t size)
{
	struct store_file *file = &parser->store->files[which];
	size_t room = parser->files[which].room ? parser->files[which].room : 4096;
	char *larger;

	while (room < size)
		room *= 2;
	if (room == parser->files[which].room)
		return true;
	larger = realloc(file->data, room);
	if (!larger)
		return false;
	file->data = larger;
	if (!capture_files[which].lines) {
		uint8_t *map = realloc(parser->files[which].map, room / 8);

		if (!map)
			return false;
		memset(map + parser->files[which].room / 8, 0, (room - parser->files[which].room) / 8);
		parser->files[which].map = map;
	}
	parser->files[which].room = room;
	return true;
}

/* A line of a text, or none: then there is a text, and it is empty. */
static int take_line(struct parser *parser, unsigned which)
{
	struct store_file *file = &parser->store->files[which];
	size_t length = 0;
	bool open;
	char *text;

	file->has = true;
	if (parser->words.count == 1)
		return ITS_OK;
	text = parser->words.count == 2 ? capture_text(&parser->words, 1, &length, &open) : NULL;
	if (!text)
		return bad(parser, "one text in quotes, with \\\\, \\\" and \\xNN for what cannot stand there, is a line of a file");
	if (!open)
		text[length++] = '\n';
	if (file->size + length > CAPTURE_FILE_MAX || !grow(parser, which, file->size + length)) {
		free(text);
		return no_room(parser);
	}
	memcpy(file->data + file->size, text, length);
	file->size += length;
	free(text);
	return ITS_OK;
}

/* Bytes of a blob; false if one of them was there with another value. */
static bool put_bytes(struct parser *parser, unsigned which, uint64_t offset, const uint8_t *bytes,
		      uint64_t count)
{
	struct store_file *file = &parser->store->files[which];
	uint8_t *map = parser->files[which].map;
	uint64_t i;

	if (offset + count > file->size)
		file->size = offset + count;
	for (i = offset; i < offset + count; i++) {
		char byte = bytes ? (char)bytes[i - offset] : 0;

		if (map[i / 8] >> i % 8 & 1) {
			if (file->data[i] != byte)
				return false;
			continue;
		}
		map[i / 8] |= (uint8_t)(1 << i % 8);
		file->data[i] = byte;
		parser->files[which].covered++;
	}
	return true;
}

/* dtb OFFSET HEX..., or dtb OFFSET zero BYTES */
static int take_blob(struct parser *parser, unsigned which)
{
	const struct capture_words *words = &parser->words;
	uint8_t bytes[CAPTURE_WORDS_MAX * 8];
	uint64_t offset, count = 0;
	bool zero = capture_is(words, 2, "zero"), known;
	size_t length;
	unsigned i;

	parser->store->files[which].has = true;
	known = capture_number(words, 1, &offset);
	if (zero)
		known = known && words->count == 4 && capture_number(words, 3, &count);
	for (i = 2; known && !zero && i < words->count; i++) {
		known = capture_bytes(words, i, bytes + count, 8, &length);
		count += known ? length : 0;
	}
	if (!known)
		return bad(parser, "it takes OFFSET and bytes in hexadecimal, in groups of up to 8, or OFFSET zero BYTES");
	if (!count)
		return ITS_OK;
	/* The same bytes may be given again, but a line of 20 characters gives 32 MiB of zeros, and each takes its time. */
	parser->files[which].given += count;
	if (offset > CAPTURE_FILE_MAX || count > CAPTURE_FILE_MAX - offset ||
	    parser->files[which].given > 2 * CAPTURE_FILE_MAX || !grow(parser, which, (size_t)(offset + count)))
		return no_room(parser);
	return put_bytes(parser, which, offset, zero ? NULL : bytes, count) ? ITS_OK : twice(parser, offset);
}

static int take_file(struct parser *parser, unsigned which)
{
	return capture_files[which].lines ? take_line(parser, which) : take_blob(parser, which);
}

static int take_header(struct parser *parser, const char **kept)
{
	*kept = take_string(parser, 1);
	return *kept && parser->words.count == 2 ? ITS_OK : bad(parser, "it takes one text");
}

/* What a newer its-tool knows more of. */
static int skip(struct parser *parser)
{
	struct capture_remarks *remarks = parser->remarks;
	const struct capture_word *word = &parser->words.words[0];

	if (!remarks->skipped++) {
		size_t i, length = word->length < sizeof(remarks->word) ? word->length : sizeof(remarks->word) - 1;

		remarks->first_skipped = parser->line;
		for (i = 0; i < length; i++)
			remarks->word[i] = word->text[i] > 0x20 && word->text[i] < 0x7f ? word->text[i] : '?';
		remarks->word[length] = '\0';
	}
	return ITS_OK;
}

static int take(struct parser *parser)
{
	const struct capture_words *words = &parser->words;
	struct store *store = parser->store;
	uint64_t address;
	unsigned i;

	if (capture_number(words, 0, &address))
		return take_register(parser, address);
	if (words->words[0].text[0] >= '0' && words->words[0].text[0] <= '9')
		return bad(parser, "no number of 64 bits");
	if (capture_is(words, 0, "ram") || capture_is(words, 0, "uncached"))
		return take_words(parser, words->words[0].text[0] == 'r' ? MEMORY_RAM : MEMORY_RAM_UNCACHED);
	if (capture_is(words, 0, "zero") || capture_is(words, 0, "fill"))
		return take_fill(parser, words->words[0].text[0] == 'f');
	if (capture_is(words, 0, "window"))
		return take_window(parser);
	if (capture_is(words, 0, "refused"))
		return take_refused(parser, STORE_OPEN);
	if (capture_is(words, 0, "unreadable"))
		return take_refused(parser, STORE_READ);
	if (capture_is(words, 0, "missing"))
		return take_missing(parser);
	for (i = 0; i < MEMORY_FILES; i++)
		if (capture_is(words, 0, capture_files[i].name))
			return take_file(parser, i);
	if (capture_is(words, 0, "its"))
		return take_its(parser);
	if (capture_is(words, 0, "given"))
		return take_given(parser);
	if (capture_is(words, 0, "tool"))
		return take_header(parser, &store->tool);
	if (capture_is(words, 0, "time"))
		return take_header(parser, &store->time);
	if (capture_is(words, 0, "kernel"))
		return take_header(parser, &store->kernel);
	if (capture_is(words, 0, "source"))
		return take_header(parser, &store->source);
	if (capture_is(words, 0, "end"))
		parser->remarks->whole = true;
	else if (capture_is(words, 0, "partial"))
		store->partial = true;
	else
		return skip(parser);
	return ITS_OK;
}

static bool begins(const char *text, size_t size, const char *with, size_t length)
{
	return size >= length && !memcmp(text, with, length);
}

/* What other programs have made of a capture on its way; NULL: nothing that is known. */
static const char *disguise(const char *text, size_t size, const char **undo)
{
	*undo = "iconv -f UTF-16 -t UTF-8 FILE >OTHER";
	/* PowerShell's > writes so, with a byte order mark; "its" without one. */
	if (begins(text, size, "\xff\xfe", 2) || begins(text, size, "\xfe\xff", 2) ||
	    begins(text, size, "i\0t\0s", 5) || begins(text, size, "\0i\0t\0s", 6))
		return "UTF-16";
	*undo = "sed 's/^> //' FILE >OTHER";
	if (begins(text, size, ">", 1))
		return "quoted in a mail ('> ')";
	return NULL;
}

/* "its-tool-capture 1" in @line, the first that says anything. */
static int take_first(struct parser *parser, const char *line, size_t length)
{
	const char *undo, *what = disguise(line, length, &undo);
	uint64_t format;

	if (what) {
		its_error(parser->error, ITS_ERR_INPUT, "%s is no capture as it stands: it is %s", parser->name, what);
		return its_hint(parser->error, "%s", undo);
	}
	if (!capture_is(&parser->words, 0, "its-tool-capture") || parser->words.count != 2 ||
	    !capture_number(&parser->words, 1, &format)) {
		its_error(parser->error, ITS_ERR_INPUT, "%s is no capture: its first line is not '" CAPTURE_FIRST_LINE "'",
			  parser->name);
		return its_hint(parser->error, "'its-tool capture FILE' makes one; a gzip'ed one is fine, too");
	}
	if (format == CAPTURE_FORMAT)
		return ITS_OK;
	its_error(parser->error, ITS_ERR_INPUT, "%s is a capture of format %" PRIu64 "; this its-tool reads format %d",
		  parser->name, format, CAPTURE_FORMAT);
	return its_hint(parser->error, "take the its-tool that made it, or a newer one");
}

/* Every byte of a blob must be there. */
static int check_files(struct parser *parser)
{
	size_t missing;
	unsigned i;

	for (i = 0; i < MEMORY_FILES; i++) {
		missing = capture_files[i].lines ? 0 : parser->store->files[i].size - parser->files[i].covered;
		if (!missing)
			continue;
		its_error(parser->error, ITS_ERR_INPUT, "%s: %zu byte%s of %s %s missing", parser->name, missing,
			  missing == 1 ? "" : "s", capture_files[i].name, missing == 1 ? "is" : "are");
		if (!parser->remarks->whole)
			its_hint(parser->error, "it does not end in the line 'end': it was cut off");
		return ITS_ERR_INPUT;
	}
	return ITS_OK;
}

/* A file that was cut off ends anywhere: half a number is none. The line 'end' may well be without a newline. */
static bool is_cut(const struct parser *parser)
{
	return !parser->remarks->whole && !capture_is(&parser->words, 0, "end");
}

int capture_parse(struct store *store, const char *text, size_t size, const char *name,
		  struct capture_remarks *remarks, struct its_error *error)
{
	struct parser parser = { .store = store, .remarks = remarks, .name = name, .error = error };
	const char *end = text + size;
	const char *wrong;
	bool begun = false;
	int err = ITS_OK;
	unsigned i;

	*remarks = (struct capture_remarks){ 0 };
	/* The byte order mark that some editors put before UTF-8. */
	if (size >= 3 && !memcmp(text, "\xef\xbb\xbf", 3))
		text += 3;
	while (text < end && !err) {
		const char *newline = memchr(text, '\n', (size_t)(end - text));
		const char *stop = newline ? newline : end;

		parser.line++;
		wrong = capture_split(text, (size_t)(stop - text), &parser.words);
		if (!begun && (wrong || parser.words.count)) {
			err = take_first(&parser, text, (size_t)(stop - text));
			begun = true;
		} else if (!newline && (wrong || parser.words.count) && is_cut(&parser)) {
			remarks->cut = parser.line;
		} else if (wrong) {
			err = bad(&parser, wrong);
		} else if (parser.words.count) {
			err = take(&parser);
		}
		text = newline ? newline + 1 : end;
	}
	if (!err && !begun)
		err = take_first(&parser, end, 0);
	if (!err)
		err = check_files(&parser);
	if (!err)
		err = store_finish(store, error);
	for (i = 0; i < MEMORY_FILES; i++)
		free(parser.files[i].map);
	return err;
}
