/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who uses what only one may use? LPIs and memory, of all ITSs that are checked together. */
#ifndef CLAIMS_H
#define CLAIMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum claim_kind {
	CLAIM_EVENT,			/* an LPI */
	CLAIM_ITT,			/* memory, as all that follow */
	CLAIM_TABLE,			/* the ring, or a table of the ITS */
	CLAIM_SHARED,		/* of redistributors: claimed by each, for each ITS */
};

struct claim {
	uint64_t first, last;		/* INTIDs, or physical addresses */
	enum claim_kind kind;
	size_t its;			/* index in board->its; not of CLAIM_SHARED */
	uint32_t device_id, event_id;	/* of CLAIM_EVENT, and the first of CLAIM_ITT */
	const char *name;		/* of tables: "ring" */
};

struct claims { struct claim *list; size_t count, room; };

/* One more; nothing of nothing, where @size is 0. False if there is no memory left. */
bool claims_add(struct claims *claims, struct claim claim, uint64_t size);
void claims_free(struct claims *claims);

/* Two that meet: the one that begins earlier comes first. */
typedef void claims_meet_fn(void *context, const struct claim *one, const struct claim *other);
/* Shows @meet those that meet, in the order of their beginnings. Sorts them. */
void claims_compare(struct claims *claims, claims_meet_fn *meet, void *context);

/* "the ITT of DeviceID 0x8", with the ITS where it is not @its. Returns @buffer. */
const char *claim_text(const struct claim *claim, size_t its, char *buffer, size_t size);

#endif
