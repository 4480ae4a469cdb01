// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A capture as a source of memory: "capture:FILE". It answers as the machine
 * did from which it was taken, and refuses what the machine refused.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "its/capture.h"
#include "its/register.h"
#include "sources.h"

/* Of text, unpacked: a capture of a hundred ITSs with full rings and tables has a tenth of it. */
#define TEXT_MAX (UINT64_C(1) << 29)
#define BLOCK 262144u

struct capture {
	struct store *store;
	struct capture_remarks remarks;
	char *name;
	char remark[450];
};

/* The whole text of a plain or gzip'ed file. */
static int read_all(gzFile from, const char *name, char **text, size_t *size, struct its_error *error)
{
	size_t room = 0;
	const char *why;
	int got, status;

	*text = NULL;
	*size = 0;
	do {
		if (room - *size < BLOCK) {
			char *larger = room < TEXT_MAX ? realloc(*text, room ? room * 2 : 4 * BLOCK) : NULL;

			if (!larger)
				return its_error(error, ITS_ERR_INPUT, "%s: more text than can be held (%zu bytes)",
						 name, room);
			*text = larger;
			room = room ? room * 2 : 4 * BLOCK;
		}
		got = gzread(from, *text + *size, BLOCK);
		if (got > 0)
			*size += (size_t)got;
	} while (got > 0);
	why = gzerror(from, &status);
	if (status == Z_ERRNO)
		return its_error(error, ITS_ERR_INPUT, "read %s: %s", name, strerror(errno));
	/* Z_BUF_ERROR: a gzip'ed file that was cut off. */
	if (got < 0 || status == Z_BUF_ERROR)
		return its_error(error, ITS_ERR_INPUT, "unpack %s: %s", name,
				 status == Z_BUF_ERROR ? "it ends too early" : why);
	return ITS_OK;
}

static int load(struct capture *capture, const char *path, struct its_error *error)
{
	bool standard_input = !strcmp(path, "-");
	gzFile from = standard_input ? gzdopen(dup(STDIN_FILENO), "rb") : gzopen(path, "rb");
	char *text;
	size_t size;
	int err;

	if (!from)
		return its_error(error, errno == EACCES || errno == EPERM ? ITS_ERR_ACCESS : ITS_ERR_INPUT,
				 "cannot open %s: %s", capture->name, errno ? strerror(errno) : "no memory");
	err = read_all(from, capture->name, &text, &size, error);
	gzclose_r(from);
	if (!err)
		err = capture_parse(capture->store, text, size, capture->name, &capture->remarks, error);
	free(text);
	return err;
}

static void choose_ops(struct memory *memory, const struct store *store);

static void capture_close(struct memory *memory)
{
	struct capture *capture = memory->private;

	store_free(capture->store);
	free(capture->name);
	free(capture);
}

static int capture_open(struct memory *memory, const char *argument, struct its_error *error)
{
	struct capture *capture;
	int err;

	if (!argument || !*argument) {
		its_error(error, ITS_ERR_USAGE, "--source capture names no file");
		return its_hint(error, "capture:FILE, or capture:- for standard input");
	}
	capture = calloc(1, sizeof(*capture));
	if (capture) {
		capture->store = store_new();
		capture->name = strdup(strcmp(argument, "-") ? argument : "standard input");
	}
	if (!capture || !capture->store || !capture->name) {
		err = its_no_memory(error, "a capture");
	} else {
		errno = 0;
		err = load(capture, argument, error);
	}
	memory->private = capture;
	if (err) {
		if (capture)
			capture_close(memory);
		return err;
	}
	memory->cut = !capture->remarks.whole;
	choose_ops(memory, capture->store);
	return ITS_OK;
}

static int map(struct window *window, struct its_error *error)
{
	const struct capture *capture = window->memory->private;
	const char *via = store_via(capture->store, window->kind, window->base, window->size);
	int err;

	err = store_refused(capture->store, STORE_OPEN, window->kind, window->base, window->size, error);
	if (err)
		return err;
	if (!via && window->kind == MEMORY_RAM_UNCACHED)
		return its_error(error, ITS_ERR_INPUT, "%s does not hold the uncached view of 0x%" PRIx64,
				 capture->name, window->base);
	if (via)
		window->via = via;
	return ITS_OK;
}

static void unmap(struct window *window)
{
	(void)window;		/* a window is only a range */
}

/* What describes the machine is in it. */
static bool has_board(const struct store *store)
{
	return store->files[MEMORY_FILE_DTB].has || store->files[MEMORY_FILE_ACPI].has;
}

/* Neither read nor refused when it was made: of one ITS alone, by another version, or somebody edited it. */
static int not_held(const struct capture *capture, uint64_t address, struct its_error *error)
{
	const struct memory_told *told = &capture->store->told;
	const char *tool = capture->store->tool ? capture->store->tool : "of a version that it does not name";

	/* Where nothing describes the board there is no other ITS. */
	if (told->has_base && has_board(capture->store) && address - told->base >= GITS_FRAMES_SIZE) {
		its_error(error, ITS_ERR_INPUT, "%s does not hold 0x%" PRIx64 ": it was made by its-tool %s of one ITS alone, that at 0x%"
			  PRIx64, capture->name, address, tool, told->base);
		return its_hint(error, "take a new one without --its");
	}
	its_error(error, ITS_ERR_INPUT, "%s does not hold 0x%" PRIx64 ": it was made by its-tool %s", capture->name,
		  address, tool);
	return its_hint(error, "take a new one with this its-tool, or add the line by hand: man 5 its-tool-capture");
}

static int read_register(struct capture *capture, uint64_t address, unsigned width, uint64_t *value,
			 struct its_error *error)
{
	struct store_register *reg = store_register(capture->store, address, width);
	int err;

	if (!reg) {
		err = store_refused(capture->store, STORE_READ, MEMORY_REGISTERS, address, width / 8, error);
		return err ? err : not_held(capture, address, error);
	}
	/* A pointer that moved is seen to move. */
	*value = reg->moves && reg->reads++ % 2 ? reg->second : reg->value;
	return ITS_OK;
}

static int read_words(struct window *window, uint64_t offset, uint64_t *words, size_t count,
		      struct its_error *error)
{
	struct capture *capture = window->memory->private;
	uint64_t address = window->base + offset, missing;
	size_t i;
	int err = ITS_OK;

	if (window->kind == MEMORY_REGISTERS) {
		for (i = 0; i < count && !err; i++)
			err = read_register(capture, address + 8 * i, 64, &words[i], error);
		return err;
	}
	/* What failed as a whole may have been read in part. */
	err = store_refused(capture->store, STORE_READ, window->kind, address, count * 8, error);
	if (err || store_read(capture->store, window->kind, address, words, count, &missing))
		return err;
	if (!window->ahead)
		return not_held(capture, missing, error);
	/* What of it is needed is asked for in used(). */
	for (i = 0; i < count; i++)
		if (!store_read(capture->store, window->kind, address + 8 * i, &words[i], 1, &missing))
			words[i] = 0;
	return ITS_OK;
}

static int used(struct memory *memory, uint64_t base, uint64_t size, struct its_error *error)
{
	const struct capture *capture = memory->private;
	uint64_t at = base & ~UINT64_C(7), left = size + base % 8, word, missing;

	for (; left; at += 8, left -= left < 8 ? left : 8)
		if (!store_read(capture->store, MEMORY_RAM, at, &word, 1, &missing))
			return not_held(capture, at, error);
	return ITS_OK;
}

static int capture_read(struct window *window, uint64_t offset, unsigned width, uint64_t *value,
		struct its_error *error)
{
	uint64_t word;
	int err;

	if (window->kind == MEMORY_REGISTERS)
		return read_register(window->memory->private, window->base + offset, width, value, error);
	err = read_words(window, offset & ~UINT64_C(7), &word, 1, error);
	if (!err)
		*value = width == 64 ? word : word >> (offset & 4) * 8 & 0xffffffff;
	return err;
}

static int file(struct memory *memory, enum memory_file which, char **data, size_t *size,
		struct its_error *error)
{
	const struct capture *capture = memory->private;
	const struct store_file *file = &capture->store->files[which];

	if (file->has || file->refused)
		return store_file_copy(file, data, size, error);
	return its_error(error, ITS_ERR_INPUT, "%s has no lines '%s'", capture->name, capture_files[which].name);
}

static const struct memory_told *told(struct memory *memory)
{
	return &((const struct capture *)memory->private)->store->told;
}

static const char *remark(struct memory *memory)
{
	struct capture *capture = memory->private;
	const struct capture_remarks *remarks = &capture->remarks;
	char skipped[140] = "", cut[80] = "";

	if (remarks->whole && !remarks->skipped)
		return NULL;
	if (remarks->skipped == 1)
		snprintf(skipped, sizeof(skipped), " has a line that this its-tool does not know, and skips: line %u, %s",
			 remarks->first_skipped, remarks->word);
	else if (remarks->skipped)
		snprintf(skipped, sizeof(skipped), " has %u lines that this its-tool does not know, and skips, the first is line %u: %s",
			 remarks->skipped, remarks->first_skipped, remarks->word);
	if (remarks->cut)
		snprintf(cut, sizeof(cut), ", and line %u, which does not end either, is left out", remarks->cut);
	snprintf(capture->remark, sizeof(capture->remark), "%.150s%s%s%s%s", capture->name, skipped,
		 remarks->skipped && !remarks->whole ? "; it" : "",
		 remarks->whole ? "" : " does not end in the line 'end': a part of it may be missing", cut);
	return capture->remark;
}

/* Frames are not searched, and what windows were opened on is a stranger's word. */
static int ranges(struct memory *memory, struct memory_range **list, size_t *count, struct its_error *error)
{
	return store_pages(((const struct capture *)memory->private)->store, list, count, error);
}

#define CAPTURE_OPS                                                                               \
	.scheme = "capture", .syntax = "capture:FILE",                                            \
	.summary = "what 'its-tool capture' has read of a machine; - is standard input",          \
	.open = capture_open, .close = capture_close, .map = map, .unmap = unmap,                 \
	.read_only = "a capture", .read = capture_read, .read_words = read_words,                 \
	.used = used, .ranges = ranges, .told = told, .remark = remark

const struct memory_ops memory_capture = { CAPTURE_OPS, .file = file };
/* Of what somebody saved, with a device tree or without. */
static const struct memory_ops of_partial = { CAPTURE_OPS, .file = file, .partial = true };
static const struct memory_ops of_alone = { CAPTURE_OPS, .partial = true };

static void choose_ops(struct memory *memory, const struct store *store)
{
	if (store->partial)
		memory->ops = has_board(store) ? &of_partial : &of_alone;
}
