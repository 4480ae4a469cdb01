// SPDX-License-Identifier: GPL-2.0-or-later
/* What could the user be about to type? From the tables, and from what is mapped. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "expect.h"
#include "its/number.h"
#include "its/route.h"
#include "script.h"
#include "shell.h"

#define WORDS_MAX 4096u			/* nobody reads more */
#define LINE_WORDS 64

struct line {
	struct cli *cli;
	const char *word;		/* that is being completed */
	struct completion *found;
	char *words[LINE_WORDS];	/* before it, without options; of the innermost block */
	size_t count;
	const char *option;		/* the option whose value is being completed, or NULL */
};

static void offer(struct line *line, const char *word)
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

static void offer_list(struct line *line, const char *const *words)
{
	for (; *words; words++)
		offer(line, *words);
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
static void offer_commands(struct line *line)
{
	size_t i;

	for (i = 0; cli_commands[i]; i++)
		if (strcmp(cli_commands[i]->name, "shell"))
			offer(line, cli_commands[i]->name);
	for (i = 0; script_keywords[i].name; i++)
		offer(line, script_keywords[i].name);
	offer_list(line, (const char *const[]){ "help", "exit", NULL });
}

static void offer_options(struct line *line, const char *command)
{
	struct cli_option option;
	char text[60];
	size_t i;

	for (i = 0; cli_option_at(i, command, &option); i++) {
		if (!option.applies || option.of_session)
			continue;
		snprintf(text, sizeof(text), "--%s", option.name);
		offer(line, text);
	}
}

/* The mappings of the ITSs in question, shown one after the other to @each. */
static void for_each_its(struct line *line, void (*each)(struct line *line, struct route_map *map))
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

/* In the base that the user has begun to type in. */
static void format_id(const struct line *line, const char *prefix, uint32_t id, const char *suffix,
		      char *text, size_t size)
{
	const char *typed = line->word + (strlen(line->word) >= strlen(prefix) ? strlen(prefix) : 0);

	snprintf(text, size, strncasecmp(typed, "0x", 2) ? "%s%u%s" : "%s0x%x%s", prefix, id, suffix);
}

static void each_device(struct line *line, struct route_map *map)
{
	const struct replay_device *device;
	struct board_device claimed;
	char text[300], name[200];
	const char *equals = strchr(line->word, '='), *typed, *last;
	char prefix[40] = "";

	if (equals)
		snprintf(prefix, sizeof(prefix), "%.*s", (int)(equals - line->word + 1), line->word);
	for (device = map->replay.devices; device; device = device->hh.next) {
		if (device->known != REPLAY_MAPPED)
			continue;
		format_id(line, prefix, device->device_id, "", text, sizeof(text));
		offer(line, text);
		if (!board_device_of(map->board, map->its, device->device_id, &claimed))
			continue;
		/* By path or by its last part, once it is clear that a name is meant. */
		board_device_name(&claimed, name, sizeof(name));
		typed = line->word + strlen(prefix);
		if (*name == '?' || !*typed)
			continue;
		last = *typed == '/' || !strrchr(name, '/') ? name : strrchr(name, '/') + 1;
		snprintf(text, sizeof(text), "%s%s", prefix, last);
		offer(line, text);
	}
}

/* The DeviceID that a word of the line names, or none. */
static bool find_device(const struct line *line, const struct route_map *map, const char *text,
			uint32_t *device_id)
{
	struct board_device device;
	struct its_error ignored;

	if (!text || cli_find_device(line->cli, map->its, text, &device, &ignored))
		return false;
	*device_id = device.device_id;
	return true;
}

/* Behind FIELD= of send: the device is that of DeviceID=. Else the word before. */
static const char *device_word(const struct line *line)
{
	size_t i;

	if (!strchr(line->word, '='))
		return line->count ? line->words[line->count - 1] : NULL;
	for (i = line->count; i-- > 0;)
		if (!strncasecmp(line->words[i], "DeviceID=", 9))
			return line->words[i] + 9;
	return NULL;
}

static void each_event(struct line *line, struct route_map *map)
{
	const struct replay_event *event;
	const char *equals = strchr(line->word, '=');
	char prefix[40] = "", text[80];
	uint32_t device_id;

	if (!find_device(line, map, device_word(line), &device_id))
		return;
	if (equals)
		snprintf(prefix, sizeof(prefix), "%.*s", (int)(equals - line->word + 1), line->word);
	for (event = map->replay.events; event; event = event->hh.next) {
		if (event->known != REPLAY_MAPPED || event->device_id != device_id)
			continue;
		format_id(line, prefix, event->event_id, "", text, sizeof(text));
		offer(line, text);
	}
}

/* DEVICE:EVENT, as expect takes it. */
static void each_pair(struct line *line, struct route_map *map)
{
	const struct replay_event *event;
	char text[80];

	for (event = map->replay.events; event; event = event->hh.next) {
		if (event->known != REPLAY_MAPPED)
			continue;
		format_id(line, "", event->device_id, "", text, sizeof(text));
		snprintf(text + strlen(text), sizeof(text) - strlen(text), ":%u", event->event_id);
		offer(line, text);
	}
}

static void offer_fields(struct line *line, const struct its_command *command)
{
	const struct its_field *field;
	char text[60];

	/* A field whose width differs between the layouts is one name. */
	for (field = command->fields; field->name; field++) {
		if (field != command->fields && field->id == field[-1].id)
			continue;
		snprintf(text, sizeof(text), "%s=", field->name);
		offer(line, text);
	}
}

static void complete_send(struct line *line)
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
		for_each_its(line, each_device);
	else if (command && !strncasecmp(line->word, "EventID=", 8))
		for_each_its(line, each_event);
	else if (command)
		offer_fields(line, command);
	else if (first >= line->count) {
		for (i = 0; its_command_at(i); i++)
			offer(line, its_command_at(i)->name);
		offer(line, "RAW");
	}
}

/* REGISTER.FIELD once there is a dot; else the registers. */
static void offer_registers(struct line *line, bool fields)
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
		offer(line, text);
	}
	for (id = 0; id < ITS_REGISTERS && !row; id++) {
		snprintf(text, sizeof(text), "%s%s", its_register_row((enum its_register_id)id)->name,
			 fields ? "." : "");
		offer(line, text);
	}
}

static void complete_expect(struct line *line)
{
	static const char *const operators[] = { "==", "!=", "<", "<=", ">", ">=", NULL };
	const char *about = line->count > 1 ? line->words[1] : "";
	bool mapping = !strcmp(about, "map"), irq = !strcmp(about, "irq");
	size_t condition = mapping ? 4 : irq ? 3 : 2;

	if (line->count == 1) {
		offer_list(line, expect_queue_keys);
		offer_list(line, (const char *const[]){ "map", "irq", "exit", NULL });
		offer_registers(line, true);
	} else if ((mapping || irq) && line->count == 2) {
		for_each_its(line, each_pair);
	} else if (mapping && line->count == 3) {
		offer_list(line, expect_map_keys);
	} else if (line->count == condition) {
		offer_list(line, operators);
	} else if (line->count > condition + (irq ? 0 : 1)) {
		offer(line, "within");
		if (irq)
			offer_list(line, (const char *const[]){ "since", "mark", NULL });
	}
}

/* The value of an option. */
static void complete_value(struct line *line)
{
	struct cli_option option;
	char text[24];
	size_t i;

	for (i = 0; cli_option_at(i, "", &option); i++)
		if (option.values && !strcmp(option.name, line->option))
			offer_list(line, option.values);
	if (!strcmp(line->option, "device"))
		for_each_its(line, each_device);
	else if (!strcmp(line->option, "its"))
		for (i = 0; i < line->cli->board.n_its; i++) {
			snprintf(text, sizeof(text), "%zu", i);
			offer(line, text);
		}
}

static void complete_word(struct line *line)
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
		offer_registers(line, false);
	else if (!strcmp(command, "expect"))
		complete_expect(line);
	else if (!strcmp(command, "help") && line->count == 1)
		offer_commands(line);
	else if ((!strcmp(command, "inject") || !strcmp(command, "explain")) && line->count <= 2)
		for_each_its(line, line->count == 1 ? each_device : each_event);
	else
		line->found->files = (!strcmp(command, "include") || !strcmp(command, "run") ||
				      !strcmp(command, "capture")) &&
				     line->count == 1;
}

/* The option that @word is, if a value follows it in the next word. */
static const char *option_with_value(const char *word)
{
	struct cli_option option;
	size_t i;

	for (i = 0; cli_option_at(i, "", &option); i++)
		if (option.argument && ((word[1] == '-' && !strcmp(word + 2, option.name)) ||
					(word[1] == option.letter && option.letter && !word[2])))
			return option.name;
	return NULL;
}

void complete(struct cli *cli, const char *text, size_t length, const char *word,
	      struct completion *completion)
{
	struct line line = { .cli = cli, .word = word, .found = completion };
	char *copy = strndup(text, length), *rest = copy, *next;

	memset(completion, 0, sizeof(*completion));
	while (copy && (next = strsep(&rest, " \t'\""))) {
		if (!*next)
			continue;
		if (!strcmp(next, "{") || !strcmp(next, "}"))
			line.count = 0, line.option = NULL;
		else if (line.option)
			line.option = NULL;
		else if (*next == '-')
			line.option = option_with_value(next);
		else if (line.count < LINE_WORDS)
			line.words[line.count++] = next;
	}
	if (copy)
		complete_word(&line);
	free(copy);
}
