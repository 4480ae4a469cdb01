// SPDX-License-Identifier: GPL-2.0-or-later
/* What are the steps of a script, and what do their words mean? */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "script.h"

const struct script_keyword script_keywords[] = {
	{ "echo", "WORD...", "print the words", 0, -1 },
	{ "sleep", "MS", "wait so many milliseconds", 1, 1 },
	{ "set", "NAME VALUE", "from here on $NAME stands for VALUE", 2, 2 },
	{ "default", "NAME VALUE", "the same, unless $NAME has a value already", 2, 2 },
	{ "repeat", "N { ... }", "run the lines of the block N times", 1, 1 },
	{ "include", "FILE", "run the lines of another script, named from this one's directory", 1, 1 },
	{ "mark", "", "count interrupts from here on, for 'expect irq ... since mark'", 0, 0 },
	{ "expect", "WHAT OPERATOR VALUE", "fail unless it is so: a register's field, the queue, a mapping, an interrupt", 1, -1 },
	{ NULL, NULL, NULL, 0, 0 }
};

const struct script_keyword *script_keyword_find(const char *name, size_t length)
{
	const struct script_keyword *keyword;

	for (keyword = script_keywords; keyword->name; keyword++)
		if (strlen(keyword->name) == length && !memcmp(keyword->name, name, length))
			return keyword;
	return NULL;
}

int script_keyword_count(const struct script_keyword *keyword, size_t words, struct its_error *error)
{
	char takes[60] = "no words";

	if ((int)words >= keyword->min_words && (keyword->max_words < 0 || (int)words <= keyword->max_words))
		return 0;
	if (*keyword->arguments)
		snprintf(takes, sizeof(takes), "%s", keyword->arguments);
	if (!words)
		return its_error(error, ITS_ERR_INPUT, "%s takes %s; here is nothing", keyword->name, takes);
	return its_error(error, ITS_ERR_INPUT, "%s takes %s; here %s %zu word%s", keyword->name, takes,
			 words == 1 ? "is" : "are", words, words == 1 ? "" : "s");
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_name_char(char c)
{
	return is_letter(c) || (c >= '0' && c <= '9');
}

bool script_is_name(const char *text, size_t length)
{
	size_t i;

	if (!length || length > SCRIPT_NAME_MAX || !is_letter(text[0]))
		return false;
	for (i = 1; i < length; i++)
		if (!is_name_char(text[i]))
			return false;
	return true;
}

struct reader {
	struct script *script;
	const char *name;
	const char *at, *end;
	unsigned line;			/* of `at` */
	size_t open[SCRIPT_DEPTH_MAX];	/* the repeats whose blocks are open */
	unsigned depth;
	bool goes_on;			/* the text ends where its last line goes on */
	struct its_error *error;
};

static int wrong(struct reader *reader, unsigned line, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
static int wrong(struct reader *reader, unsigned line, const char *format, ...)
{
	char text[400];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	if (!reader->name)
		return its_error(reader->error, ITS_ERR_INPUT, "%s", text);
	return its_error(reader->error, ITS_ERR_INPUT, "%s:%u: %s", reader->name, line, text);
}

/* Makes room for one more element. */
static bool grow(void **list, size_t count, size_t *room, size_t size)
{
	size_t more = *room ? 2 * *room : 64;
	void *grown;

	if (count < *room)
		return true;
	grown = realloc(*list, more * size);
	if (!grown)
		return false;
	*list = grown;
	*room = more;
	return true;
}

static bool at_continuation(const struct reader *reader)
{
	const char *at = reader->at;

	return *at == '\\' && at + 1 < reader->end &&
	       (at[1] == '\n' || (at[1] == '\r' && at + 2 < reader->end && at[2] == '\n'));
}

static void skip_continuation(struct reader *reader)
{
	reader->at += reader->at[1] == '\r' ? 3 : 2;
	reader->line++;
	reader->goes_on = reader->at == reader->end;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* White space, comments and lines that go on; stops at a word, a newline or the end. */
static void skip_blanks(struct reader *reader)
{
	while (reader->at < reader->end) {
		if (is_blank(*reader->at))
			reader->at++;
		else if (at_continuation(reader))
			skip_continuation(reader);
		else if (*reader->at == '#')
			while (reader->at < reader->end && *reader->at != '\n')
				reader->at++;
		else
			break;
	}
}

/* The '$' at reader->at must begin a name; its meaning is looked up when the step is run. */
static int check_variable(struct reader *reader)
{
	const char *name = reader->at + 1, *end = name;
	bool braces = name < reader->end && *name == '{';

	if (braces)
		end = ++name;
	while (end < reader->end && is_name_char(*end))
		end++;
	if (!script_is_name(name, (size_t)(end - name)) ||
	    (braces && (end == reader->end || *end != '}'))) {
		wrong(reader, reader->line, "'$' without a name of at most %u letters, digits and '_'",
		      SCRIPT_NAME_MAX);
		return its_hint(reader->error, "$NAME or ${NAME}; a '$' that means itself is '$' in single quotes");
	}
	reader->at = braces ? end + 1 : end;
	return 0;
}

/* Up to behind the quote that closes the one at reader->at. */
static int read_quoted(struct reader *reader)
{
	char quote = *reader->at++;
	unsigned line = reader->line;

	while (reader->at < reader->end && *reader->at != quote && *reader->at != '\n') {
		if (quote == '"' && at_continuation(reader)) {
			skip_continuation(reader);
		} else if (quote == '"' && *reader->at == '$') {
			int err = check_variable(reader);

			if (err)
				return err;
		} else {
			reader->at += quote == '"' && *reader->at == '\\' && reader->at + 1 < reader->end &&
				      reader->at[1] != '\n' ? 2 : 1;
		}
	}
	if (reader->at >= reader->end || *reader->at != quote) {
		reader->at = reader->end;
		return wrong(reader, line, "a quote (%c) is not closed in its line", quote);
	}
	reader->at++;
	return 0;
}

static int read_word(struct reader *reader, struct script_word *word)
{
	int err = 0;

	word->text = reader->at;
	while (!err && reader->at < reader->end && !is_blank(*reader->at) && *reader->at != '\n') {
		if (at_continuation(reader)) {
			skip_continuation(reader);
		} else if (*reader->at == '\'' || *reader->at == '"') {
			err = read_quoted(reader);
		} else if (*reader->at == '$') {
			err = check_variable(reader);
		} else if (*reader->at == '\\') {
			if (reader->at + 1 == reader->end)
				return wrong(reader, reader->line, "a backslash at the end of the script");
			reader->at += 2;
		} else {
			reader->at++;
		}
	}
	word->length = (size_t)(reader->at - word->text);
	return err;
}

static bool is_word(const struct script_word *word, const char *text)
{
	return word->length == strlen(text) && !memcmp(word->text, text, word->length);
}

static int check_step(struct reader *reader, const struct script_step *step, bool block)
{
	const struct script_word *first = step->words;
	const struct script_keyword *keyword = script_keyword_find(first->text, first->length);
	struct its_error count;

	if (keyword && !strcmp(keyword->name, "repeat") && !block)
		return wrong(reader, step->line, "repeat needs a block: repeat N { ... }, with the '{' in the same line");
	if (block && (!keyword || strcmp(keyword->name, "repeat"))) {
		wrong(reader, step->line, "'{' opens a block only behind 'repeat N'");
		return its_hint(reader->error, "a '{' that means itself is '{' in quotes");
	}
	if (keyword && script_keyword_count(keyword, step->n_words - 1, &count))
		return wrong(reader, step->line, "%s", count.message);
	if (keyword && (!strcmp(keyword->name, "set") || !strcmp(keyword->name, "default")) &&
	    !script_is_name(first[1].text, first[1].length))
		return wrong(
			reader, step->line,
			"%s: '%.*s' is not a name: a letter or '_', then letters, digits and '_', at most %u",
			keyword->name, (int)(first[1].length < 80 ? first[1].length : 80), first[1].text,
			SCRIPT_NAME_MAX);
	return 0;
}

static int close_block(struct reader *reader)
{
	if (!reader->depth) {
		wrong(reader, reader->line, "'}' without a block");
		return its_hint(reader->error, "a '}' that means itself is '}' in quotes");
	}
	reader->script->steps[reader->open[--reader->depth]].end = reader->script->n_steps;
	return 0;
}

static int open_block(struct reader *reader, unsigned line)
{
	if (reader->depth == SCRIPT_DEPTH_MAX)
		return wrong(reader, line, "more than %u blocks in each other", SCRIPT_DEPTH_MAX);
	reader->open[reader->depth++] = reader->script->n_steps - 1;
	return 0;
}

/* One step, up to its newline, '{', or the '}' behind it. Words are found by index until all are there. */
static int read_step(struct reader *reader)
{
	struct script *script = reader->script;
	struct script_step step = { .line = reader->line };
	const char *start = reader->at;
	size_t first = script->n_words;
	bool opens = false, closes = false;
	int err = 0;

	while (!opens && !closes && reader->at < reader->end && *reader->at != '\n') {
		struct script_word word;

		err = read_word(reader, &word);
		if (err)
			return err;
		if ((size_t)(reader->at - start) > SCRIPT_LINE_MAX)
			return wrong(reader, step.line, "a line of more than %u bytes", SCRIPT_LINE_MAX);
		opens = is_word(&word, "{");
		closes = is_word(&word, "}");
		if (!opens && !closes) {
			if (step.n_words == SCRIPT_WORDS_MAX)
				return wrong(reader, step.line, "more than %u words in a line",
					     SCRIPT_WORDS_MAX);
			if (!grow((void **)&script->words, script->n_words, &script->words_room,
				  sizeof(word)))
				return its_no_memory(reader->error, "the script");
			script->words[script->n_words++] = word;
			step.n_words++;
		}
		skip_blanks(reader);
	}
	if (step.n_words) {
		step.words = &script->words[first];
		err = check_step(reader, &step, opens);
		if (!err &&
		    !grow((void **)&script->steps, script->n_steps, &script->steps_room, sizeof(step)))
			err = its_no_memory(reader->error, "the script");
		if (err)
			return err;
		script->steps[script->n_steps++] = step;
	} else if (opens) {
		return wrong(reader, step.line, "'{' opens a block only behind 'repeat N'");
	}
	if (opens)
		return open_block(reader, step.line);
	return closes ? close_block(reader) : 0;
}

/* The list of words has moved while it grew. */
static void find_words(struct script *script)
{
	const struct script_word *next = script->words;
	size_t i;

	for (i = 0; i < script->n_steps; i++) {
		script->steps[i].words = next;
		next += script->steps[i].n_words;
	}
}

static int read_steps(struct reader *reader)
{
	while (reader->at < reader->end) {
		int err = 0;

		skip_blanks(reader);
		if (reader->at == reader->end)
			break;
		if (*reader->at == '\n') {
			reader->at++;
			reader->line++;
			continue;
		}
		err = read_step(reader);
		if (err)
			return err;
	}
	return 0;
}

static int read_script(struct reader *reader)
{
	int err = read_steps(reader);

	if (err || !reader->depth)
		return err;
	return wrong(reader, reader->script->steps[reader->open[reader->depth - 1]].line,
		     "the block that begins here is not closed: '}' is missing");
}

int script_parse(struct script *script, const char *name, const char *text, size_t size,
		 struct its_error *error)
{
	struct reader reader = { .script = script, .name = name, .line = 1, .error = error };
	const char *nul;
	int err;

	memset(script, 0, sizeof(*script));
	if (size > SCRIPT_BYTES_MAX)
		return its_error(error, ITS_ERR_INPUT, "%s: more than the %u bytes that a script may have",
				 name ? name : "the line", SCRIPT_BYTES_MAX);
	nul = size ? memchr(text, '\0', size) : NULL;
	if (nul)
		return its_error(error, ITS_ERR_INPUT, "%s: no text: the byte at offset %zu is 0",
				 name ? name : "the line", (size_t)(nul - text));
	script->text = malloc(size + 1);
	if (!script->text)
		return its_no_memory(error, "the script");
	if (size)
		memcpy(script->text, text, size);
	script->text[size] = '\0';
	reader.at = script->text;
	/* What some editors put in front of UTF-8, and do not show. */
	if (size >= 3 && !memcmp(text, "\xef\xbb\xbf", 3))
		reader.at += 3;
	reader.end = script->text + size;
	err = read_script(&reader);
	if (!err)
		find_words(script);
	else
		script_free(script);
	return err;
}

int script_depth(int depth, const char *text, size_t size)
{
	struct its_error ignored;
	/* The blocks that are open already are those of one step before the text. */
	struct script script = { .steps = calloc(1, sizeof(*script.steps)), .n_steps = 1, .steps_room = 1 };
	struct reader reader = { .script = &script, .at = text, .end = text + size, .depth = (unsigned)depth,
				 .error = &ignored };

	if (!script.steps || read_steps(&reader))
		depth = 0;
	else
		depth = reader.goes_on ? SCRIPT_GOES_ON : (int)reader.depth;
	script_free(&script);
	return depth;
}

void script_free(struct script *script)
{
	free(script->steps);
	free(script->words);
	free(script->text);
	memset(script, 0, sizeof(*script));
}
