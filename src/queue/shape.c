// SPDX-License-Identifier: GPL-2.0-or-later
/* How much does a run of slots look like the ring of an ITS, and where does its driver write next? */
#include <string.h>

#include "shape.h"

void shape_grammar_fill(struct shape_grammar *grammar)
{
	static const enum its_layout layouts[] = { ITS_LAYOUT_V40, ITS_LAYOUT_V41 };
	const struct its_command *command;
	uint64_t ignored;
	unsigned opcode, i;

	memset(grammar, 0, sizeof(*grammar));
	for (opcode = 0; opcode < 256; opcode++) {
		uint64_t words[ITS_COMMAND_WORDS] = { ~UINT64_C(0xff) | opcode, UINT64_MAX, UINT64_MAX, UINT64_MAX };
		struct shape_rule *rule = &grammar->rules[opcode];

		command = its_command_by_opcode(opcode);
		grammar->clear[opcode] = UINT64_MAX;
		if (!command)
			continue;
		rule->known = true;
		rule->synced = command->synced;
		rule->has_pintid = its_command_get(words, ITS_LAYOUT_V40, ITS_FIELD_PINTID, &ignored);
		for (i = 0; i < 2; i++) {
			its_command_reserved(words, layouts[i], rule->reserved[i]);
			grammar->clear[opcode] &= rule->reserved[i][0];
		}
	}
}

/* INV and INT of one event are posted together. */
static bool is_pair(const uint64_t *first, const uint64_t *second)
{
	return its_command_opcode(first) == ITS_INV && its_command_opcode(second) == ITS_INT && first[0] >> 32 == second[0] >> 32 &&
	       (uint32_t)first[1] == (uint32_t)second[1];
}

static bool has_any(const uint64_t *words, const uint64_t *bits)
{
	return (words[0] & bits[0]) | (words[1] & bits[1]) | (words[2] & bits[2]) | (words[3] & bits[3]);
}

static void judge_slot(const struct shape_rule *rule, const uint64_t *words, struct shape_tally *tally)
{
	uint64_t pintid;
	unsigned driver;

	tally->used++;
	if (!rule->known || (rule->has_pintid && its_command_get(words, ITS_LAYOUT_V40, ITS_FIELD_PINTID, &pintid) &&
			     pintid < ITS_LPI_FIRST)) {
		tally->unknown++;
	} else if (queue_is_tagged(words, &driver)) {
		tally->tagged = true;
		tally->driver = driver;
	} else if (has_any(words, rule->reserved[0]) && has_any(words, rule->reserved[1])) {
		tally->odd++;
	}
}

/* What @words, which is used, is to the slot before it. */
static void relate(const struct shape_grammar *grammar, struct shape_tally *tally, const uint64_t *before,
		   const uint64_t *words)
{
	tally->repeated += !memcmp(words, before, ITS_COMMAND_BYTES);
	if (grammar->rules[its_command_opcode(before)].synced) {
		if (its_command_is_sync(words) || is_pair(before, words))
			tally->ordered++;
		else
			tally->disordered++;
	} else if (its_command_is_sync(before) && its_command_is_sync(words)) {
		tally->disordered++;
	}
}

void shape_count(const struct shape_grammar *grammar, struct shape_tally *tally, const uint64_t *before,
		 const uint64_t *words)
{
	tally->slots++;
	if (its_command_is_empty(words))
		return;
	tally->end = tally->slots;
	judge_slot(&grammar->rules[its_command_opcode(words)], words, tally);
	if (before)
		relate(grammar, tally, before, words);
}

void shape_add(const struct shape_grammar *grammar, struct shape_tally *tally, const uint64_t *last,
	       const struct shape_tally *more, const uint64_t *first)
{
	if (tally->slots && !its_command_is_empty(first))
		relate(grammar, tally, last, first);
	if (more->end)
		tally->end = tally->slots + more->end;
	tally->slots += more->slots;
	tally->used += more->used;
	tally->unknown += more->unknown;
	tally->odd += more->odd;
	tally->ordered += more->ordered;
	tally->disordered += more->disordered;
	tally->repeated += more->repeated;
	if (more->tagged) {
		tally->tagged = true;
		tally->driver = more->driver;
	}
}

bool shape_boots(const uint64_t (*words)[ITS_COMMAND_WORDS])
{
	return its_command_opcode(words[0]) == ITS_MAPC && its_command_opcode(words[1]) == ITS_SYNC &&
	       its_command_opcode(words[2]) == ITS_INVALL &&
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

void shape_judge(const struct shape_tally *tally, bool boot, struct queue_shape *shape)
{
	*shape = (struct queue_shape){
		.slots = tally->slots, .used = tally->used, .unknown = tally->unknown, .odd = tally->odd,
		.ordered = tally->ordered, .disordered = tally->disordered, .boot = boot,
		.wrapped = tally->end == tally->slots,
		/* A lap of its-tool that was cut off: its tag holds the driver's write pointer. */
		.has_cwriter = tally->tagged && tally->driver < tally->slots,
	};
	if (shape->has_cwriter)
		shape->cwriter = tally->driver;
	shape->confidence = confidence_of(shape, tally->repeated);
}

static bool find_cwriter(const uint64_t (*words)[ITS_COMMAND_WORDS], unsigned end, struct queue_shape *shape)
{
	if (shape->has_cwriter)
		return true;
	if (shape->wrapped)
		return queue_seam(words, shape->slots, &shape->cwriter, &shape->margin, &shape->has_cwriter);
	shape->cwriter = end;
	shape->has_cwriter = true;
	return true;
}

bool queue_shape(const uint64_t (*words)[ITS_COMMAND_WORDS], unsigned slots, struct queue_shape *shape)
{
	struct shape_tally tally = { 0 };
	struct shape_grammar grammar;
	unsigned i;

	shape_grammar_fill(&grammar);
	for (i = 0; i < slots; i++)
		shape_count(&grammar, &tally, i ? words[i - 1] : NULL, words[i]);
	shape_judge(&tally, slots >= 3 && shape_boots(words), shape);
	return find_cwriter(words, tally.end, shape);
}
