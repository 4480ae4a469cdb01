// SPDX-License-Identifier: GPL-2.0-or-later
/* What could the user be about to type? From the tables, and from what is mapped. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "complete.h"
#include "script.h"

#define WORDS_MAX 4096u			/* nobody reads more */

void complete_offer(struct complete_line *line, const char *word)
{
	struct completion *found = line->found;

	if (strncasecmp(word, line->word, strlen(line->word)) || found->count == WORDS_MAX)
		return;
	if (found->count == found->room) {
		size_t room = found->room ? 2 * found->room : 64;
		char **grown = realloc(found->words, room * sizeof(*grown));

		if (!grown)
			return;
		found->words = grown;
		found->room = room;
	}
	found->words[found->count] = strdup(word);
	found->count += found->words[found->count] != NULL;
}

void complete_offer_exact(struct complete_line *line, const char *word)
{
	if (!strncmp(word, line->word, strlen(line->word)))
		complete_offer(line, word);
}

void complete_offer_list(struct complete_line *line, const char *const *words)
{
	for (; *words; words++)
		complete_offer(line, *words);
}

void completion_free(struct completion *completion)
{
	size_t i;

	for (i = 0; i < completion->count; i++)
		free(completion->words[i]);
	free(completion->words);
	memset(completion, 0, sizeof(*completion));
}

/* The first word of a line. */
static void offer_commands(struct complete_line *line)
{
	size_t i;

	for (i = 0; cli_commands[i]; i++)
		if (strcmp(cli_commands[i]->name, "shell"))
			complete_offer(line, cli_commands[i]->name);
	if (line->behind_exit)
		return;
	for (i = 0; script_keywords[i].name; i++)
		complete_offer(line, script_keywords[i].name);
	complete_offer_list(line, (const char *const[]){ "help", "exit", NULL });
}

static void offer_options(struct complete_line *line, const char *command)
{
	struct cli_option option;
	char text[60];
	size_t i;

	for (i = 0; cli_option_at(i, command, &option); i++) {
		if (!option.applies || option.of_session)
			continue;
		snprintf(text, sizeof(text), "--%s", option.name);
		complete_offer(line, text);
	}
}

void complete_each_its(struct complete_line *line, void (*each)(struct complete_line *line, struct route_map *map))
{
	struct its_error ignored;
	size_t *list, count, i;
	struct route_map map;

	if (line->cli->unopened.code || cli_choose_its(line->cli, &list, &count))
		return;
	for (i = 0; i < count; i++) {
		if (route_open(&map, &line->cli->memory, &line->cli->board, list[i], NULL, NULL, &ignored))
			continue;
		replay_sort(&map.replay);
		each(line, &map);
		route_close(&map);
	}
	free(list);
}

void complete_id(const struct complete_line *line, uint32_t id, char *text, size_t size)
{
	const char *typed = line->word + strlen(line->prefix);

	snprintf(text, size, strncasecmp(typed, "0x", 2) ? "%s%u" : "%s0x%x", line->prefix, id);
}

static void each_device(struct complete_line *line, struct route_map *map)
{
	const struct replay_device *device;
	struct board_device claimed;
	char text[300], name[200];
	const char *typed, *last;

	for (device = map->replay.devices; device; device = device->hh.next) {
		if (device->known != REPLAY_MAPPED)
			continue;
		complete_id(line, device->device_id, text, sizeof(text));
		complete_offer(line, text);
		if (!board_device_of(map->board, map->its, device->device_id, &claimed))
			continue;
		/* By path or by its last part, once it is clear that a name is meant. */
		board_device_name(&claimed, name, sizeof(name));
		typed = line->word + strlen(line->prefix);
		if (*name == '?' || !*typed)
			continue;
		last = *typed == '/' || !strrchr(name, '/') ? name : strrchr(name, '/') + 1;
		snprintf(text, sizeof(text), "%s%s", line->prefix, last);
		complete_offer(line, text);
	}
}

/* The DeviceID that a word of the line names, or none. */
static bool find_device(const struct complete_line *line, const struct route_map *map, const char *text,
			uint32_t *device_id)
{
	struct board_device device;
	struct its_error ignored;

	if (!text || cli_find_device(line->cli, map->its, text, &device, &ignored))
		return false;
	*device_id = device.device_id;
	return true;
}

/* Of --event: that of --device. Behind FIELD= of send: that of DeviceID=. Else the word before. */
static const char *device_word(const struct complete_line *line)
{
	size_t i;

	if (line->option)
		return line->device;
	if (!*line->prefix)
		return line->count ? line->words[line->count - 1] : NULL;
	for (i = line->count; i-- > 0;)
		if (!strncasecmp(line->words[i], "DeviceID=", 9))
			return line->words[i] + 9;
	return NULL;
}

static void each_event(struct complete_line *line, struct route_map *map)
{
	const char *device = device_word(line);
	const struct replay_event *event;
	bool any = line->option && !device;
	uint32_t device_id;
	char text[80];

	if (!any && !find_device(line, map, device, &device_id))
		return;
	for (event = map->replay.events; event; event = event->hh.next) {
		if (event->known != REPLAY_MAPPED || (!any && event->device_id != device_id))
			continue;
		complete_id(line, event->event_id, text, sizeof(text));
		complete_offer(line, text);
	}
}

/* Those that the words from @first on have not given yet. */
static void offer_fields(struct complete_line *line, const struct its_command *command, size_t first)
{
	const struct its_field *field;
	char text[60];
	size_t i;

	/* A field whose width differs between the layouts is one name. */
	for (field = command->fields; field->name; field++) {
		if (field != command->fields && field->id == field[-1].id)
			continue;
		snprintf(text, sizeof(text), "%s=", field->name);
		for (i = first; i < line->count && strncasecmp(line->words[i], text, strlen(text)); i++)
			;
		if (i == line->count)
			complete_offer(line, text);
	}
}

static void complete_send(struct complete_line *line)
{
	const struct its_command *command = NULL;
	size_t i, first = 1;

	/* Behind a ';' the next command begins. */
	for (i = 1; i < line->count; i++)
		if (*line->words[i] && line->words[i][strlen(line->words[i]) - 1] == ';')
			first = i + 1;
	if (first < line->count)
		command = its_command_by_name(line->words[first]);
	if (command && !strncasecmp(line->word, "DeviceID=", 9))
		complete_each_its(line, each_device);
	else if (command && !strncasecmp(line->word, "EventID=", 8))
		complete_each_its(line, each_event);
	else if (command)
		offer_fields(line, command, first);
	else if (first >= line->count) {
		for (i = 0; its_command_at(i); i++)
			complete_offer(line, its_command_at(i)->name);
		complete_offer(line, "RAW");
	}
}

/* By its name; or without its prefix, where that has been left out and is not needed. */
static void offer_register(struct complete_line *line, const struct its_register *row, const char *end)
{
	const char *name = row->name, *behind = strchr(name, '_') + 1;
	char text[60];

	if (*line->word && !strncasecmp(behind, line->word, strlen(line->word)) &&
	    its_register_by_name(behind) == row)
		name = behind;
	snprintf(text, sizeof(text), "%s%s", name, end);
	complete_offer(line, text);
}

void complete_registers(struct complete_line *line, bool fields)
{
	size_t length = strcspn(line->word, "@."), head = strcspn(line->word, ".");
	const struct its_register *row = NULL;
	const struct its_field *field;
	char text[120], name[40];
	int id;

	snprintf(name, sizeof(name), "%.*s", (int)(length < 39 ? length : 39), line->word);
	if (fields && line->word[head] == '.')
		row = its_register_by_name(name);
	for (field = row ? row->fields : NULL; field && field->name; field++) {
		snprintf(text, sizeof(text), "%.*s.%s", (int)(head < 60 ? head : 60), line->word,
			 field->name);
		complete_offer(line, text);
	}
	for (id = 0; id < ITS_REGISTERS && !row; id++)
		offer_register(line, its_register_row((enum its_register_id)id), fields ? "." : "");
}

static void each_lpi(struct complete_line *line, struct route_map *map)
{
	const struct replay_event *event;
	char text[80];

	for (event = map->replay.events; event; event = event->hh.next) {
		if (event->known != REPLAY_MAPPED || !event->has_pintid)
			continue;
		complete_id(line, event->pintid, text, sizeof(text));
		complete_offer(line, text);
	}
}

/* The value of an option. */
static void complete_value(struct complete_line *line)
{
	struct cli_option option;
	char text[80];
	size_t i, v;

	for (i = 0; cli_option_at(i, "", &option); i++)
		for (v = 0; option.values && !strcmp(option.name, line->option) && option.values[v]; v++) {
			snprintf(text, sizeof(text), "%s%s", line->prefix, option.values[v]);
			complete_offer(line, text);
		}
	if (!strcmp(line->option, "device"))
		complete_each_its(line, each_device);
	else if (!strcmp(line->option, "event"))
		complete_each_its(line, each_event);
	else if (!strcmp(line->option, "lpi"))
		complete_each_its(line, each_lpi);
	else if (!strcmp(line->option, "its"))
		for (i = 0; i < line->cli->board.n_its; i++) {
			complete_id(line, (uint32_t)i, text, sizeof(text));
			complete_offer(line, text);
		}
}

static void complete_word(struct complete_line *line)
{
	const char *command = line->count ? line->words[0] : "";

	if (line->option)
		complete_value(line);
	else if (*line->word == '-')
		offer_options(line, command);
	else if (!line->count)
		offer_commands(line);
	else if (!strcmp(command, "send"))
		complete_send(line);
	else if (!strcmp(command, "regs"))
		complete_registers(line, false);
	else if (!strcmp(command, "expect"))
		complete_expect(line);
	else if (!strcmp(command, "help") && line->count == 1)
		offer_commands(line);
	else if ((!strcmp(command, "inject") || !strcmp(command, "explain")) && line->count <= 2)
		complete_each_its(line, line->count == 1 ? each_device : each_event);
	else
		line->found->files = (!strcmp(command, "include") || !strcmp(command, "run") ||
				      !strcmp(command, "capture")) &&
				     line->count == 1;
}

/* The option that the @length bytes of @word are, if it takes a value; by its letter only where @letter. */
static const char *option_with_value(const char *word, size_t length, bool letter)
{
	struct cli_option option;
	size_t i;

	for (i = 0; cli_option_at(i, "", &option); i++) {
		if (!option.argument)
			continue;
		if (length > 2 && word[1] == '-' && strlen(option.name) == length - 2 &&
		    !memcmp(word + 2, option.name, length - 2))
			return option.name;
		if (letter && length == 2 && option.letter && word[1] == option.letter)
			return option.name;
	}
	return NULL;
}

/* --OPTION=VALUE, or --OPTION whose VALUE is the next word. */
static void take_option(struct complete_line *line, char *word)
{
	size_t name = strcspn(word, "=");

	if (!word[name])
		line->option = option_with_value(word, name, true);
	else if (!strncmp(word, "--device=", 9))
		line->device = word + name + 1;
}

static void take_word(struct complete_line *line, char *word)
{
	if (!strcmp(word, "{") || !strcmp(word, "}")) {
		line->count = 0;
		line->option = line->device = NULL;
	} else if (line->option) {
		if (!strcmp(line->option, "device"))
			line->device = word;
		line->option = NULL;
	} else if (*word == '-') {
		take_option(line, word);
	} else if (line->count < COMPLETE_WORDS) {
		line->words[line->count++] = word;
	}
}

void complete(struct cli *cli, const char *text, size_t length, const char *word,
	      struct completion *completion)
{
	struct complete_line line = { .cli = cli, .word = word, .found = completion };
	char *copy = strndup(text, length), *rest = copy, *next;
	const char *equals = strchr(word, '=');

	memset(completion, 0, sizeof(*completion));
	if (equals && (size_t)(equals - word) + 1 < sizeof(line.prefix))
		memcpy(line.prefix, word, (size_t)(equals - word) + 1);
	while (copy && (next = strsep(&rest, " \t'\"")))
		if (*next)
			take_word(&line, next);
	/* A command of its own stands behind expect exit N: */
	if (line.count > 2 && !strcmp(line.words[0], "expect") && !strcmp(line.words[1], "exit")) {
		line.behind_exit = true;
		line.count -= 3;
		memmove(line.words, line.words + 3, line.count * sizeof(line.words[0]));
	}
	if (equals && *word == '-' && !line.option)
		line.option = option_with_value(word, (size_t)(equals - word), false);
	if (copy)
		complete_word(&line);
	free(copy);
}
