// SPDX-License-Identifier: GPL-2.0-or-later
/* What do a step's words mean when it is run? Quotes go, variables are replaced. */
#include <stdio.h>
#include <string.h>

#include "script.h"

struct writer {
	char *at, *end;			/* one byte before the end stays for the NUL */
	script_value_fn *value;
	void *context;
	struct its_error *error;
};

static int put(struct writer *writer, const char *text, size_t length)
{
	if (length >= (size_t)(writer->end - writer->at))
		return its_error(writer->error, ITS_ERR_INPUT,
				 "with its variables replaced the line has more than %u bytes",
				 SCRIPT_EXPANDED_MAX);
	memcpy(writer->at, text, length);
	writer->at += length;
	return 0;
}

/* *text is behind the '$'; the parser has seen that a name follows. */
static int put_variable(struct writer *writer, const char **text, const char *end)
{
	bool braces = **text == '{';
	const char *start = *text + braces, *stop = start, *value;
	char name[SCRIPT_NAME_MAX + 1];

	while (stop < end && script_is_name(start, (size_t)(stop - start) + 1))
		stop++;
	snprintf(name, sizeof(name), "%.*s", (int)(stop - start), start);
	*text = stop + braces;
	value = writer->value(writer->context, name);
	if (!value) {
		its_error(writer->error, ITS_ERR_INPUT, "$%s has no value", name);
		return its_hint(writer->error, "give it one: 'set %s VALUE' before this line, or %s=VALUE behind run FILE", name,
				name);
	}
	return put(writer, value, strlen(value));
}

/* A backslash in double quotes is one unless something special follows, as in a shell. */
static bool escapes(char c, bool quoted)
{
	return !quoted || c == '"' || c == '\\' || c == '$' || c == '`';
}

static int put_word(struct writer *writer, const struct script_word *word)
{
	const char *text = word->text, *end = text + word->length;
	char quote = '\0';
	int err = 0;

	while (!err && text < end) {
		char c = *text++;

		if (quote == '\'' ? c == quote : c == '"' || (c == '\'' && !quote)) {
			quote = quote ? '\0' : c;
		} else if (quote != '\'' && c == '$') {
			err = put_variable(writer, &text, end);
		} else if (quote != '\'' && c == '\\' && text < end &&
			   (*text == '\n' || (*text == '\r' && text[1] == '\n'))) {
			text += *text == '\r' ? 2 : 1;
		} else {
			if (quote != '\'' && c == '\\' && text < end && escapes(*text, quote))
				c = *text++;
			err = put(writer, &c, 1);
		}
	}
	return err;
}

int script_expand(const struct script_step *step, script_value_fn *value, void *context,
		  char *buffer, char *values[SCRIPT_WORDS_MAX + 1], struct its_error *error)
{
	struct writer writer = { buffer, buffer + SCRIPT_EXPANDED_MAX, value, context, error };
	size_t i;

	for (i = 0; i < step->n_words; i++) {
		int err;

		values[i] = writer.at;
		err = put_word(&writer, &step->words[i]);
		if (!err)
			err = put(&writer, "", 1);
		if (err)
			return err;
	}
	values[i] = NULL;
	return 0;
}
