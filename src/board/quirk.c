// SPDX-License-Identifier: GPL-2.0-or-later
/* Which known oddities does this ITS on this board have? */
#include "its/board.h"
#include "its/identity.h"

struct where { const struct board *board; size_t its; };

static bool has_property(void *context, const char *property)
{
	const struct where *where = context;

	return board_its_has_property(where->board, where->its, property);
}

static bool is_machine(void *context, const char *compatible)
{
	const struct where *where = context;

	return board_is_machine(where->board, compatible);
}

const struct its_quirk *board_quirk_next(const struct board *board, size_t its, uint32_t iidr,
					 const struct its_quirk *previous)
{
	struct where where = { board, its };
	const struct its_identity_board questions = { has_property, is_machine, &where };

	return its_quirk_next(previous, iidr, &questions);
}
