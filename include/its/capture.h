/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A capture: what the commands read of a source, kept, and written down as
 * text (man/its-tool-capture.5) that is a source again.
 */
#ifndef ITS_CAPTURE_H
#define ITS_CAPTURE_H

#include <stdio.h>

#include "its/store.h"

/*
 * From here on @memory, which is open, also keeps what is read through it in
 * @store. Each register is read once, and so is each file; words of RAM that
 * were read are answered from the store. Nothing can be written. What there is
 * no room for is an error, and store->cut.
 */
int record_begin(struct memory *memory, struct store *store, struct its_error *error);
/* @memory is the source again. No window may be open. */
void record_end(struct memory *memory);

/*
 * While an ITS is looked at until its ring stands still, its two pointers and
 * all RAM are read anew, and the last look counts: the pointers are those of
 * before it, with what they changed to since as their second values.
 */
void record_look(struct memory *memory, uint64_t its_base);
void record_settle(struct memory *memory);

#define CAPTURE_FORMAT 1
#define CAPTURE_FIRST_LINE "its-tool-capture 1"
#define CAPTURE_FILE_MAX (32u << 20)	/* bytes of one file in it: as much as is read of a real one */

/* How a file of the source's is called in the text, and whether it is one of lines. */
struct capture_file { const char *name; bool lines; };
extern const struct capture_file capture_files[MEMORY_FILES];

/* "registers", "ram", "uncached", by enum memory_kind. */
extern const char *const capture_kinds[3];

/* What was odd, but no error. */
struct capture_remarks {
	unsigned skipped;		/* lines of a kind that is not known here */
	unsigned first_skipped;		/* the number of the first of them */
	char word[40];			/* what it begins with */
	bool whole;			/* its end is there */
	unsigned cut;			/* the number of a last line that does not end, and was not read; 0: none */
};

/*
 * Reads @text, which may be hostile, into the empty @store. ITS_ERR_INPUT
 * names @name and the line.
 */
int capture_parse(struct store *store, const char *text, size_t size, const char *name,
		  struct capture_remarks *remarks, struct its_error *error);

/*
 * Who can say what a register or a word means, if anybody. Each prints a text
 * of one line and no newline, or nothing.
 */
struct capture_notes {
	void *context;
	/* The heading above what stands at @address; the same pointer where it goes on. */
	const char *(*heading)(void *context, enum memory_kind kind, uint64_t address);
	void (*reg)(void *context, FILE *out, const struct store_register *reg);
	/* The 32 bytes at @address. */
	void (*line)(void *context, FILE *out, uint64_t address, const uint64_t words[4]);
};

/* Writes @store, which must be finished; one that is not whole has no line 'end'. False if @out has an error. @notes may be NULL. */
bool capture_write(const struct store *store, const struct capture_notes *notes, FILE *out);

#endif
