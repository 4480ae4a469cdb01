/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The language of `run` and `shell`: a text becomes steps of words. Pure: no
 * I/O, nothing is run. A line is one step; repeat N { ... } holds steps; # begins
 * a comment; '...', "..." and backslash quote as in a shell, and a backslash at
 * the end goes on in the next line. $NAME and ${NAME} are replaced when the step
 * is run, by one word however it reads.
 */
#ifndef CLI_SCRIPT_H
#define CLI_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>

#include "its/error.h"

#define SCRIPT_BYTES_MAX (4u << 20)	/* of one file */
#define SCRIPT_LINE_MAX 4096u		/* bytes of one step, with the lines it goes on in */
#define SCRIPT_WORDS_MAX 128u		/* of one step */
#define SCRIPT_DEPTH_MAX 16u		/* blocks in blocks */
#define SCRIPT_NAME_MAX 63u		/* bytes of a variable's name */
#define SCRIPT_EXPANDED_MAX 16384u	/* bytes of all words of a step once their variables are replaced */

/* As it is written, quotes and all; a part of the script's text. */
struct script_word {
	const char *text;
	size_t length;
};

struct script_step {
	unsigned line;			/* counted from 1 */
	const struct script_word *words;
	size_t n_words;
	size_t end;			/* repeat: the first step behind the block; else 0 */
};

struct script {
	struct script_step *steps;	/* in the order of the text; the steps of a block follow its repeat */
	size_t n_steps;

	char *text;			/* private from here on */
	struct script_word *words;
	size_t n_words, words_room, steps_room;
};

/*
 * Reads @size bytes; @name is for messages (NULL: a typed line). ITS_ERR_INPUT
 * with file and line in the message; @script is then empty.
 */
int script_parse(struct script *script, const char *name, const char *text, size_t size,
		 struct its_error *error);
void script_free(struct script *script);

/*
 * For lines that come one after the other: how many blocks are open behind the whole lines of @text, @depth
 * in front of it. SCRIPT_GOES_ON: its last line goes on in one that is not there yet; show both. What is
 * wrong leaves nothing open.
 */
#define SCRIPT_GOES_ON (-1)
int script_depth(int depth, const char *text, size_t size);

/* The value of a variable, or NULL if it has none. */
typedef const char *script_value_fn(void *context, const char *name);

/*
 * What a step's words mean, each behind the other in @buffer of
 * SCRIPT_EXPANDED_MAX bytes; values[n_words] is NULL. ITS_ERR_INPUT for a
 * variable without a value, and where the room does not do.
 */
int script_expand(const struct script_step *step, script_value_fn *value, void *context,
		  char *buffer, char *values[SCRIPT_WORDS_MAX + 1], struct its_error *error);

/* Words that are no commands of its-tool; for help and completion. */
struct script_keyword {
	const char *name, *arguments, *summary;
	int min_words, max_words;	/* behind the name; -1: any number */
};
extern const struct script_keyword script_keywords[];	/* ends with a NULL name */
const struct script_keyword *script_keyword_find(const char *name, size_t length);
/* ITS_ERR_INPUT unless so many words may stand behind it. */
int script_keyword_count(const struct script_keyword *keyword, size_t words, struct its_error *error);

/* A letter or _, then letters, digits and _. */
bool script_is_name(const char *text, size_t length);

#endif
