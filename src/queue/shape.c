// SPDX-License-Identifier: GPL-2.0-or-later
/* How much does a run of slots look like the ring of an ITS, and where does its driver write next? */
#include <string.h>

#include "its/queue.h"


/* INV and INT of one event are posted together. */
static bool is_pair(const uint64_t *first, const uint64_t *second)
{
	return its_command_opcode(first) == ITS_INV && its_command_opcode(second) == ITS_INT && first[0] >> 32 == second[0] >> 32 &&
	       (uint32_t)first[1] == (uint32_t)second[1];
}

static void judge_slot(const uint64_t *words, struct queue_shape *shape)
{
	uint64_t reserved[ITS_COMMAND_WORDS], pintid;
	unsigned driver;

	shape->used++;
	if (!its_command_by_opcode(words[0]) ||
	    (its_command_get(words, ITS_LAYOUT_V40, ITS_FIELD_PINTID, &pintid) && pintid < ITS_LPI_FIRST)) {
		shape->unknown++;
		return;
	}
	if (queue_is_tagged(words, &driver)) {
		shape->cwriter = driver;
		shape->has_cwriter = driver < shape->slots;
		return;
	}
	if (its_command_reserved(words, ITS_LAYOUT_V40, reserved) &&
	    its_command_reserved(words, ITS_LAYOUT_V41, reserved))
		shape->odd++;
}

static bool boots(const uint64_t (*words)[ITS_COMMAND_WORDS], unsigned slots)
{
	return slots >= 4 && its_command_opcode(words[0]) == ITS_MAPC && its_command_opcode(words[1]) == ITS_SYNC &&
	       its_command_opcode(words[2]) == ITS_INVALL && its_command_opcode(words[3]) == ITS_SYNC &&
	       words[0][2] >> 63 && (uint16_t)words[0][2] == (uint16_t)words[2][2];
}

/*
 * Percent. Every opcode must be known, RES0 bits should be clear (some drivers
 * leave old ones), commands be followed by SYNC, and a few commands alone are
 * no proof unless they are those that set an ITS up.
 */
static unsigned confidence_of(const struct queue_shape *shape, unsigned repeated)
{
	unsigned used = shape->used, known = used - shape->unknown;
	unsigned pairs = shape->ordered + shape->disordered;
	unsigned confidence = 100;

	if (used < 2)
		return 0;
	confidence = confidence * known / used * known / used;
	confidence = confidence * (2 * used - shape->odd) / (2 * used);
	confidence = confidence * (pairs ? 30 + 70 * shape->ordered / pairs : 40) / 100;
	if (!shape->boot && used < 12)
		confidence = confidence * (used + 4) / 16;
	/* The same 32 bytes over and over are a table of something else; its-tool's own filler is tagged. */
	if (repeated * 4 > used * 3 && !shape->has_cwriter)
		confidence /= 4;
	return confidence;
}

static bool find_cwriter(const uint64_t (*words)[ITS_COMMAND_WORDS], unsigned end,
			 struct queue_shape *shape)
{
	shape->wrapped = end == shape->slots;
	/* A lap of its-tool that was cut off: its tag holds the driver's write pointer. */
	if (shape->has_cwriter)
		return true;
	if (!shape->wrapped) {
		shape->cwriter = end;
		shape->has_cwriter = true;
		return true;
	}
	shape->cwriter = 0;
	return queue_seam(words, shape->slots, &shape->cwriter, &shape->margin, &shape->has_cwriter);
}

bool queue_shape(const uint64_t (*words)[ITS_COMMAND_WORDS], unsigned slots, struct queue_shape *shape)
{
	unsigned i, end = 0, repeated = 0;

	*shape = (struct queue_shape){ .slots = slots };
	for (i = 0; i < slots; i++) {
		if (its_command_is_empty(words[i]))
			continue;
		end = i + 1;
		judge_slot(words[i], shape);
		if (i && !memcmp(words[i], words[i - 1], ITS_COMMAND_BYTES))
			repeated++;
		if (!i)
			continue;
		if (its_command_is_synced(words[i - 1])) {
			if (its_command_is_sync(words[i]) || is_pair(words[i - 1], words[i]))
				shape->ordered++;
			else
				shape->disordered++;
		} else if (its_command_is_sync(words[i - 1]) && its_command_is_sync(words[i])) {
			shape->disordered++;
		}
	}
	shape->boot = boots(words, slots);
	shape->confidence = confidence_of(shape, repeated);
	return find_cwriter(words, end, shape);
}
