// SPDX-License-Identifier: GPL-2.0-or-later
/* Which ITS does the user mean? */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "its/number.h"
#include "its/board.h"

struct listing { char text[480]; size_t length; };

__attribute__((format(printf, 2, 3)))
static void list(struct listing *listing, const char *format, ...)
{
	size_t room = sizeof(listing->text) - listing->length;
	va_list arguments;
	int n;

	va_start(arguments, format);
	n = vsnprintf(listing->text + listing->length, room, format, arguments);
	va_end(arguments);
	if (n > 0)
		listing->length += (size_t)n < room ? (size_t)n : room - 1;
}

static void list_its(struct listing *listing, const struct board *board, size_t index)
{
	const struct board_its *its = &board->its[index];

	list(listing, "%s%zu: %.120s", listing->length ? ", " : "", index, its->node);
	if (its->translated)
		list(listing, " at 0x%" PRIx64, its->base);
	if (!its->available)
		list(listing, " (disabled)");
}

/* "/soc/its@8080000", "its@8080000" or "its". */
static bool is_named(const char *node, const char *text)
{
	const char *name = strrchr(node, '/') + 1;
	size_t base = strcspn(name, "@");

	if (text[0] == '/')
		return !strcmp(node, text);
	return !strcmp(name, text) || (strlen(text) == base && !strncmp(name, text, base));
}

static bool usable(const struct board_its *its)
{
	return its->available && its->translated;
}

static int refuse(const struct board *board, size_t index, struct its_error *error)
{
	const struct board_its *its = &board->its[index];

	if (!its->available)
		return its_error(error, ITS_ERR_USAGE,
				 "ITS %zu (%.200s) is disabled in the device tree", index,
				 its->node);
	return its_error(error, ITS_ERR_USAGE, "ITS %zu (%.200s) has no CPU address: %.200s", index,
			 its->node, its->untranslated ? its->untranslated : "unknown");
}

static int none(const struct board *board, const char *which, struct its_error *error)
{
	struct listing listing = { .length = 0 };

	for (size_t i = 0; i < board->n_its; i++)
		list_its(&listing, board, i);
	return its_error(error, ITS_ERR_USAGE, "no ITS \"%.60s\"; there is %s", which,
			 listing.text);
}

int board_find_its(const struct board *board, const char *which, size_t *index,
		   struct its_error *error)
{
	struct listing listing = { .length = 0 };
	size_t found = SIZE_MAX, unusable = SIZE_MAX, matches = 0;
	uint64_t number = 0;
	bool is_number = its_number_parse(which, &number);

	if (!board->n_its)
		return its_error(error, ITS_ERR_NO_ITS, "the %s no ITS",
				 board->acpi ? "ACPI tables have" : "device tree has");
	if (is_number && number < board->n_its) {
		if (!usable(&board->its[number]))
			return refuse(board, (size_t)number, error);
		*index = (size_t)number;
		return 0;
	}
	for (size_t i = 0; i < board->n_its; i++) {
		const struct board_its *its = &board->its[i];

		if (is_number ? !its->translated || its->base != number :
		    !is_named(its->node, which))
			continue;
		if (!usable(its)) {
			unusable = i;
			continue;
		}
		found = i;
		matches++;
		list_its(&listing, board, i);
	}
	if (matches == 1) {
		*index = found;
		return 0;
	}
	if (matches)
		return its_error(error, ITS_ERR_USAGE, "\"%.60s\" fits more than one ITS: %s",
				 which, listing.text);
	if (unusable != SIZE_MAX)
		return refuse(board, unusable, error);
	return none(board, which, error);
}
