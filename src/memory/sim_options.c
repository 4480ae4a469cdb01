// SPDX-License-Identifier: GPL-2.0-or-later
/* What may follow "sim:": the board's device tree blob, and how its ITS is to misbehave. */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "its/closest.h"
#include "its/number.h"
#include "sim_state.h"

/* With two slots for each, and some for their devices, they fill a ring of 32768 slots to two thirds. */
#define EVENTS_MAX 10000

enum option_kind { OPTION_FLAG, OPTION_NUMBER, OPTION_SET, OPTION_POKE, OPTION_COMMAND };

struct option {
	const char *name;
	enum option_kind kind;
	size_t where;			/* in struct sim_options */
	size_t given;			/* a bool there that is set too; 0: none */
	uint64_t least, most, multiple;
	bool dirty;			/* OPTION_POKE: in the CPUs' view alone */
	bool raw;			/* OPTION_COMMAND: not the driver's */
};

#define WHERE(MEMBER) offsetof(struct sim_options, MEMBER)
#define FLAG(NAME, MEMBER) { .name = NAME, .kind = OPTION_FLAG, .where = WHERE(MEMBER) }
#define NUMBER(NAME, MEMBER, LEAST, MOST, ...)                                                     \
	{                                                                                          \
		.name = NAME, .kind = OPTION_NUMBER, .where = WHERE(MEMBER), .least = LEAST,       \
		.most = MOST, __VA_ARGS__                                                          \
	}

/* What each does is in sim.c, where people look for it. */
static const struct option option_table[] = {
	FLAG("stall", stall), FLAG("stalled", stalled), FLAG("step", step), FLAG("noram", noram),
	FLAG("disabled", disabled), FLAG("fill", fill), FLAG("v4", v4), FLAG("v41", v41),
	FLAG("pta", pta), FLAG("noncoherent", noncoherent), FLAG("strict", strict),
	NUMBER("slow", slow_us, 1, 60000000, ),
	NUMBER("die", die, 0, UINT64_MAX, .given = WHERE(has_die)),
	NUMBER("stall-at", stall_at, 1, UINT64_MAX, .given = WHERE(has_stall_at)),
	NUMBER("cpus", cpus, 1, SIM_CPUS_MAX, ),
	NUMBER("slots", slots, 128, 32768, .multiple = 128),
	NUMBER("at", at, 0, 32767, .given = WHERE(has_at)),
	NUMBER("late", late, 1, 1000000, ),
	NUMBER("driver", driver, 1, 1000000, ),
	NUMBER("post-every", post_every_ms, 1, 3600000, ), NUMBER("posts", posts, 1, 1000000, ),
	NUMBER("driver-in-break", driver_in_break, 1, UINT64_MAX, ),
	NUMBER("events", events, 1, EVENTS_MAX, ),
	NUMBER("mask", mask, ITS_LPI_FIRST, SIM_LPI_END - 1, ),
	NUMBER("offline", offline, 0, SIM_CPUS_MAX - 1, .given = WHERE(has_offline)),
	{ .name = "set", .kind = OPTION_SET }, { .name = "poke", .kind = OPTION_POKE },
	{ .name = "dirty", .kind = OPTION_POKE, .dirty = true },
	{ .name = "post", .kind = OPTION_COMMAND }, { .name = "raw", .kind = OPTION_COMMAND, .raw = true },
};

#define OPTIONS (sizeof(option_table) / sizeof(option_table[0]))

static const struct option *find_option(const char *word, size_t length)
{
	size_t i;

	for (i = 0; i < OPTIONS; i++)
		if (strlen(option_table[i].name) == length &&
		    !memcmp(option_table[i].name, word, length))
			return &option_table[i];
	return NULL;
}

/* What a name that is none may have been meant to be, or NULL. */
const char *sim_options_closest(const char *word, size_t length)
{
	const char *equals = memchr(word, '=', length);
	struct its_closest closest = ITS_CLOSEST(word, equals ? (size_t)(equals - word) : length);
	size_t i;

	for (i = 0; i < OPTIONS; i++)
		its_closest_try(&closest, option_table[i].name);
	return closest.word;
}

static int unknown_option(const char *word, size_t length, struct its_error *error)
{
	const char *close = sim_options_closest(word, length);
	char names[300] = "";
	size_t i, at = 0;

	for (i = 0; i < OPTIONS; i++) {
		size_t n = strlen(option_table[i].name);

		if (at + n + 2 > sizeof(names))
			break;
		memcpy(names + at, option_table[i].name, n);
		at += n;
		names[at++] = ' ';
		names[at] = '\0';
	}
	its_error(error, ITS_ERR_USAGE, "the simulated board has no option '%.*s'",
		  length > 60 ? 60 : (int)length, word);
	if (close)
		return its_hint(error, "did you mean %s? options: %s", close, names);
	return its_hint(error, "options: %s", names);
}

/* REGISTER[@INDEX]:VALUE */
static int parse_set(struct sim_options *options, const char *text, size_t length,
		     struct its_error *error)
{
	const char *colon = memchr(text, ':', length);
	const char *at = colon ? memchr(text, '@', (size_t)(colon - text)) : NULL;
	size_t name_length = colon ? (size_t)((at ? at : colon) - text) : length;
	size_t n = options->n_set;
	char name[32];

	if (n == SIM_LIST_MAX)
		return its_error(error, ITS_ERR_USAGE, "more than %d set= options", SIM_LIST_MAX);
	if (!colon || name_length >= sizeof(name) ||
	    !its_number_parse_n(colon + 1, (size_t)(text + length - colon - 1), &options->set[n].value) ||
	    (at && !its_number_parse_n(at + 1, (size_t)(colon - at - 1), &options->set[n].index)))
		return its_error(error, ITS_ERR_USAGE, "set=%.*s is not REGISTER[@INDEX]:VALUE",
				 length > 60 ? 60 : (int)length, text);
	memcpy(name, text, name_length);
	name[name_length] = '\0';
	options->set[n].all = !at;
	options->set[n].row = its_register_by_name(name);
	if (!options->set[n].row) {
		const char *close = its_register_closest(name);

		its_error(error, ITS_ERR_USAGE, "set=: no register is called '%s'", name);
		return close ? its_hint(error, "did you mean %s?", close) : ITS_ERR_USAGE;
	}
	if (options->set[n].row->width == 32 && options->set[n].value >> 32)
		return its_error(error, ITS_ERR_USAGE, "set=: %s has 32 bits", name);
	options->n_set++;
	return 0;
}

static int parse_poke(struct sim_options *options, bool dirty, const char *text, size_t length,
		      struct its_error *error)
{
	const char *colon = memchr(text, ':', length);
	size_t n = options->n_poke;

	if (n == SIM_LIST_MAX)
		return its_error(error, ITS_ERR_USAGE, "more than %d poke= and dirty= options", SIM_LIST_MAX);
	if (!colon || !its_number_parse_n(text, (size_t)(colon - text), &options->poke[n].address) ||
	    !its_number_parse_n(colon + 1, (size_t)(text + length - colon - 1), &options->poke[n].value) ||
	    options->poke[n].address % 8)
		return its_error(error, ITS_ERR_USAGE,
				 "%.*s is not ADDRESS:VALUE with an address divisible by 8",
				 length > 60 ? 60 : (int)length, text);
	options->poke[n].dirty = dirty;
	options->n_poke++;
	return 0;
}

/* What the command means depends on the board: it is kept until that is built. */
static int parse_command(struct sim_options *options, const struct option *option, const char *text,
			 size_t length, struct its_error *error)
{
	size_t n = options->n_command;

	if (n == SIM_COMMANDS_MAX)
		return its_error(error, ITS_ERR_USAGE, "more than %d post= and raw= options", SIM_COMMANDS_MAX);
	options->command[n].text = strndup(text, length);
	if (!options->command[n].text)
		return its_no_memory(error, "a command");
	options->command[n].raw = option->raw;
	options->n_command++;
	return 0;
}

static int parse_option(struct sim_options *options, const struct option *option,
			const char *value, size_t length, struct its_error *error)
{
	char *base = (char *)options;
	uint64_t number;

	if (option->kind == OPTION_FLAG) {
		if (value)
			return its_error(error, ITS_ERR_USAGE, "the option %s takes no value",
					 option->name);
		*(bool *)(base + option->where) = true;
		return 0;
	}
	if (!value)
		return its_error(error, ITS_ERR_USAGE, "the option %s wants a value: %s=...",
				 option->name, option->name);
	if (option->kind == OPTION_SET)
		return parse_set(options, value, length, error);
	if (option->kind == OPTION_POKE)
		return parse_poke(options, option->dirty, value, length, error);
	if (option->kind == OPTION_COMMAND)
		return parse_command(options, option, value, length, error);
	if (!its_number_parse_n(value, length, &number) || number < option->least ||
	    number > option->most || (option->multiple && number % option->multiple)) {
		its_error(error, ITS_ERR_USAGE, "%s=%.*s is not a number from %llu to %llu%s",
			  option->name, length > 60 ? 60 : (int)length, value,
			  (unsigned long long)option->least, (unsigned long long)option->most,
			  option->multiple ? " that fills whole pages of 128 slots" : "");
		return ITS_ERR_USAGE;
	}
	*(uint64_t *)(base + option->where) = number;
	if (option->given)
		*(bool *)(base + option->given) = true;
	return 0;
}

int sim_options_parse(struct sim_options *options, const char *argument, struct its_error *error)
{
	const char *word = argument;
	bool first = true, last;
	int err = 0;

	memset(options, 0, sizeof(*options));
	if (!argument)
		return 0;
	do {
		size_t length = strcspn(word, ",");
		const char *equals = memchr(word, '=', length);
		size_t name_length = equals ? (size_t)(equals - word) : length;
		const struct option *option = find_option(word, name_length);

		last = !word[length];
		if (option) {
			err = parse_option(options, option, equals ? equals + 1 : NULL,
					   equals ? length - name_length - 1 : 0, error);
		} else if (first && length) {
			options->dtb = strndup(word, length);
			if (!options->dtb)
				err = its_no_memory(error, "a file name");
		} else if (length) {
			err = unknown_option(word, length, error);
		}
		word += length + 1;
		first = false;
	} while (!err && !last);
	if (err)
		sim_options_free(options);
	return err;
}

void sim_options_free(struct sim_options *options)
{
	size_t i;

	for (i = 0; i < options->n_command; i++)
		free(options->command[i].text);
	free(options->dtb);
	memset(options, 0, sizeof(*options));
}
