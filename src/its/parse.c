// SPDX-License-Identifier: GPL-2.0-or-later
/* A command as people type it ("MAPC ICID=1 RDbase=0x10000 V=1") to its four words. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "its/closest.h"
#include "its/command.h"
#include "its/number.h"

#define WORD_MAX 256u

enum next { END, WORD, TOO_LONG };

/* The next word of *text into @word; one that is too long is cut there, and good for a message only. */
static enum next next_word(const char **text, char word[WORD_MAX])
{
	size_t length;

	*text += strspn(*text, " \t\r\n");
	length = strcspn(*text, " \t\r\n");
	if (!length)
		return END;
	snprintf(word, WORD_MAX, "%.*s", (int)(length < WORD_MAX ? length : WORD_MAX - 1), *text);
	*text += length;
	return length < WORD_MAX ? WORD : TOO_LONG;
}

static int too_long(const char *word, struct its_error *error)
{
	return its_error(error, ITS_ERR_USAGE, "'%.40s...' has more than %u characters", word, WORD_MAX - 1);
}

static void list_fields(const struct its_command *command, enum its_layout layout, char *list,
			size_t size)
{
	const struct its_field *field;
	size_t used = 0;

	list[0] = '\0';
	its_command_for_each_field(field, command, layout)
		if (used < size)
			used += (size_t)snprintf(list + used, size - used, "%s%s",
						 used ? ", " : "", field->name);
}

static void list_commands(char *list, size_t size)
{
	size_t i, used = 0;

	for (i = 0; its_command_at(i) && used < size; i++)
		used += (size_t)snprintf(list + used, size - used, "%s%s", used ? " " : "",
					 its_command_at(i)->name);
}

static int no_command(const char *word, struct its_error *error)
{
	struct its_closest closest = ITS_CLOSEST(word, strlen(word));
	char names[300];
	size_t i;

	for (i = 0; its_command_at(i); i++)
		its_closest_try(&closest, its_command_at(i)->name);
	list_commands(names, sizeof(names));
	its_error(error, ITS_ERR_USAGE, "'%s' is not an ITS command", word);
	if (closest.word)
		return its_hint(error, "did you mean %s?", closest.word);
	return its_hint(error, "commands: %s, and RAW DW0 DW1 DW2 DW3", names);
}

static int no_field(const struct its_command *command, enum its_layout layout, const char *word,
		    const char *names, struct its_error *error)
{
	struct its_closest closest = ITS_CLOSEST(word, strlen(word));
	const struct its_field *field;

	its_command_for_each_field(field, command, layout)
		its_closest_try(&closest, field->name);
	its_error(error, ITS_ERR_USAGE, "%s has no field '%s'", command->name, word);
	if (closest.word)
		return its_hint(error, "did you mean %s? its fields are %s", closest.word, names);
	return its_hint(error, "its fields are %s", names);
}

static int parse_raw(const char *text, uint64_t words[ITS_COMMAND_WORDS], struct its_error *error)
{
	char word[WORD_MAX];
	enum next next;
	unsigned i;

	for (i = 0; i < ITS_COMMAND_WORDS; i++) {
		next = next_word(&text, word);
		if (next == TOO_LONG)
			return too_long(word, error);
		if (next == END)
			return its_error(error, ITS_ERR_USAGE,
					 "RAW needs four 64-bit words, here are %u", i);
		if (!its_number_parse(word, &words[i]))
			return its_error(error, ITS_ERR_USAGE, "RAW: '%s' is not a 64-bit number", word);
	}
	if (next_word(&text, word) != END)
		return its_error(error, ITS_ERR_USAGE, "RAW takes four words; '%s' is too much", word);
	return 0;
}

/* One FIELD=VALUE word. */
static int parse_assignment(const struct its_command *command, enum its_layout layout, char *word,
			    its_resolve_fn *resolve, void *context, uint32_t *given,
			    uint64_t words[ITS_COMMAND_WORDS], struct its_error *error)
{
	const struct its_field *field;
	char *text = strchr(word, '=');
	char names[300];
	uint64_t value;

	list_fields(command, layout, names, sizeof(names));
	if (!text) {
		its_error(error, ITS_ERR_USAGE, "%s: '%s' is not FIELD=VALUE", command->name, word);
		return its_hint(error, "%s has the fields %s", command->name, names);
	}
	*text++ = '\0';
	its_command_for_each_field(field, command, layout)
		if (!strcasecmp(field->name, word) || !strcasecmp(field->key, word))
			break;
	if (!field)
		return no_field(command, layout, word, names, error);
	if (*given & (1u << (field - command->fields)))
		return its_error(error, ITS_ERR_USAGE, "%s: two values for %s", command->name,
				 field->name);
	if (!its_number_parse(text, &value)) {
		int err;

		if (!resolve) {
			its_error(error, ITS_ERR_USAGE, "%s: %s=%s is not a number", command->name,
				  field->name, text);
			return its_hint(error, "numbers are C literals: 16, 0x10");
		}
		err = resolve(context, field, text, &value, error);
		if (err)
			return err;
	}
	if (!its_field_fits(field, value)) {
		uint64_t mask = its_field_mask(field);

		its_error(error, ITS_ERR_USAGE, "%s: %s=0x%llx does not fit: the field is DW%u[%u:%u]",
			  command->name, field->name, (unsigned long long)value, field->word,
			  field->high, field->low);
		if (field->kind == ITS_KIND_ADDRESS || field->kind == ITS_KIND_RDBASE)
			return its_hint(error, "an address in place: only bits 0x%llx may be set%s",
					(unsigned long long)mask, field->kind == ITS_KIND_RDBASE ?
					"; a processor number N (GITS_TYPER.PTA=0) is N << 16" : "");
		return its_hint(error, "the largest value is 0x%llx",
				(unsigned long long)(mask >> field->low));
	}
	its_field_set(field, words, value);
	*given |= 1u << (field - command->fields);
	return 0;
}

/* With V=0 the ITS looks at nothing but what is unmapped. */
static bool needed(const struct its_field *field, bool unmaps)
{
	if (field->optional)
		return false;
	if (!unmaps)
		return true;
	return field->id == ITS_FIELD_DEVICE_ID || field->id == ITS_FIELD_ICID ||
	       field->id == ITS_FIELD_VPEID || field->id == ITS_FIELD_V;
}

int its_command_parse(const char *text, enum its_layout layout, its_resolve_fn *resolve,
		      void *context, uint64_t words[ITS_COMMAND_WORDS], struct its_error *error)
{
	const struct its_command *command;
	const struct its_field *field;
	char word[WORD_MAX], names[300];
	uint32_t given = 0;
	enum next next;
	bool unmaps = false;
	uint64_t v;
	int err;

	next = next_word(&text, word);
	if (next == END)
		return its_error(error, ITS_ERR_USAGE, "an empty command");
	if (!strcasecmp(word, "RAW"))
		return parse_raw(text, words, error);
	command = its_command_by_name(word);
	if (!command)
		return no_command(word, error);
	its_command_init(command, words);
	while ((next = next_word(&text, word)) != END) {
		if (next == TOO_LONG)
			return too_long(word, error);
		err = parse_assignment(command, layout, word, resolve, context, &given, words, error);
		if (err)
			return err;
	}
	its_command_for_each_field(field, command, layout)
		if (field->id == ITS_FIELD_V && (given & (1u << (field - command->fields))) &&
		    its_command_get(words, layout, ITS_FIELD_V, &v))
			unmaps = !v;
	its_command_for_each_field(field, command, layout) {
		if (!needed(field, unmaps) || (given & (1u << (field - command->fields))))
			continue;
		list_fields(command, layout, names, sizeof(names));
		its_error(error, ITS_ERR_USAGE, "%s: %s is missing", command->name, field->name);
		return its_hint(error, "%s takes %s, each as FIELD=VALUE", command->name, names);
	}
	return 0;
}
