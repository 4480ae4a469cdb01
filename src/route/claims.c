// SPDX-License-Identifier: GPL-2.0-or-later
/* Who uses what only one may use? */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "claims.h"

bool claims_add(struct claims *claims, struct claim claim, uint64_t size)
{
	if (!size)
		return true;
	if (claims->count == claims->room) {
		size_t room = claims->room ? 2 * claims->room : 64;
		struct claim *list = realloc(claims->list, room * sizeof(*list));

		if (!list)
			return false;
		claims->list = list;
		claims->room = room;
	}
	/* A stranger's table may reach over the end of all memory. */
	claim.last = size - 1 > UINT64_MAX - claim.first ? UINT64_MAX : claim.first + size - 1;
	claims->list[claims->count++] = claim;
	return true;
}

void claims_free(struct claims *claims)
{
	free(claims->list);
	*claims = (struct claims){ 0 };
}

static int order(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

static int compare(const void *a, const void *b)
{
	const struct claim *x = a, *y = b;
	int by = order(x->first, y->first);

	by = by ? by : order(x->kind, y->kind);
	by = by ? by : order(x->its, y->its);
	by = by ? by : order(x->device_id, y->device_id);
	return by ? by : order(x->event_id, y->event_id);
}

void claims_compare(struct claims *claims, claims_meet_fn *meet, void *context)
{
	const struct claim *farthest = NULL;
	size_t i;

	if (claims->count)
		qsort(claims->list, claims->count, sizeof(*claims->list), compare);
	for (i = 0; i < claims->count; i++) {
		const struct claim *claim = &claims->list[i];

		/* Redistributors share a table, and ITSs their redistributors. */
		if (farthest && farthest->last >= claim->first &&
		    (farthest->kind != CLAIM_SHARED || claim->kind != CLAIM_SHARED))
			meet(context, farthest, claim);
		if (!farthest || claim->last > farthest->last)
			farthest = claim;
	}
}

const char *claim_text(const struct claim *claim, size_t its, char *buffer, size_t size)
{
	char of[40] = "";

	if (claim->kind != CLAIM_SHARED && claim->its != its)
		snprintf(of, sizeof(of), " of ITS %zu", claim->its);
	switch (claim->kind) {
	case CLAIM_EVENT:
		snprintf(buffer, size, "EventID %" PRIu32 " of DeviceID 0x%" PRIx32 "%s", claim->event_id, claim->device_id, of);
		break;
	case CLAIM_ITT:
		snprintf(buffer, size, "the ITT of DeviceID 0x%" PRIx32 "%s (0x%" PRIx64 ", 0x%" PRIx64 " bytes)", claim->device_id,
			 of, claim->first, claim->last - claim->first + 1);
		break;
	case CLAIM_TABLE: case CLAIM_SHARED:
		snprintf(buffer, size, "the %s%s (0x%" PRIx64 ", 0x%" PRIx64 " bytes)", claim->name, of, claim->first,
			 claim->last - claim->first + 1);
		break;
	}
	return buffer;
}
