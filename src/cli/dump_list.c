// SPDX-License-Identifier: GPL-2.0-or-later
/* dump: which slots of the ring does a reader want to see, and how do they look in text? */
#include <string.h>

#include "dump.h"
#include "its/follow.h"

struct list {
	struct cli *cli;
	const struct queue *queue;
	const struct queue_snapshot *snapshot;
};

/* Number, offset and state, in columns; what follows is coloured by the state up to end_line(). */
static void begin_line(const struct list *list, unsigned slot, const char *state, enum emit_color color)
{
	struct emitter *emit = list->cli->emit;

	emit_number(emit, NULL, "  ", slot, 5);
	emit_hex(emit, NULL, "  ", (uint64_t)slot * ITS_COMMAND_BYTES, 5);
	if (color != EMIT_PLAIN)
		emit_color(emit, color);
	emit_string(emit, NULL, "  ", state, 9);
}

static void end_line(const struct list *list, unsigned slot, enum emit_color color)
{
	const struct queue_snapshot *snapshot = list->snapshot;
	struct emitter *emit = list->cli->emit;
	bool marked = slot == snapshot->creadr || slot == snapshot->cwriter;

	if (color != EMIT_PLAIN && marked)
		emit_color(emit, EMIT_PLAIN);
	if (marked)
		emit_color(emit, EMIT_BOLD);
	if (slot == snapshot->creadr)
		emit_text(emit, "  <- CREADR");
	if (slot == snapshot->cwriter)
		emit_text(emit, slot == snapshot->creadr ? " <- CWRITER" : "  <- CWRITER");
	emit_text(emit, "\n");
	if (color != EMIT_PLAIN || marked)
		emit_color(emit, EMIT_PLAIN);
}

/* Nothing about it is worth a line of its own. */
static bool is_ordinary(const struct list *list, const uint64_t *words)
{
	uint64_t reserved[ITS_COMMAND_WORDS];

	return !its_command_reserved(words, list->queue->layout, reserved) &&
	       !cli_target_unknown(list->cli, words, list->queue);
}

/*
 * How many slots behind age @age are said on its line: the SYNCs of its command,
 * or, where it is itself a SYNC, more of the same.
 */
static unsigned fold_syncs(const struct list *list, unsigned age)
{
	const struct queue_snapshot *snapshot = list->snapshot;
	unsigned slot = queue_slot_by_age(snapshot, age), n;
	const uint64_t *words = snapshot->words[slot], *first = NULL;

	if (list->cli->all || list->cli->raw || queue_slot_state(snapshot, slot) == QUEUE_STALLED)
		return 0;
	for (n = 0; age + n + 1 < snapshot->slots; n++) {
		unsigned behind = queue_slot_by_age(snapshot, age + n + 1);
		const uint64_t *sync = snapshot->words[behind];

		/* The ITS is between the two. */
		if (behind == snapshot->creadr)
			break;
		if (!first && !(follow_is_sync_of(words, sync) && !queue_is_tagged(words, NULL) && is_ordinary(list, sync)) &&
		    !(its_command_is_sync(words) && !memcmp(words, sync, ITS_COMMAND_BYTES)))
			break;
		if (first && memcmp(first, sync, ITS_COMMAND_BYTES))
			break;
		first = sync;
	}
	return n;
}

static void show_slot(const struct list *list, unsigned slot, unsigned syncs)
{
	static const enum emit_color colors[] = {
		[QUEUE_UNUSED] = EMIT_DIM, [QUEUE_DONE] = EMIT_PLAIN, [QUEUE_NEXT] = EMIT_WARN,
		[QUEUE_PENDING] = EMIT_WARN, [QUEUE_STALLED] = EMIT_BAD };
	const struct queue_snapshot *snapshot = list->snapshot;
	enum queue_state state = queue_slot_state(snapshot, slot);
	const uint64_t *behind = snapshot->words[(slot + 1) % snapshot->slots];
	struct emitter *emit = list->cli->emit;

	begin_line(list, slot, queue_state_name(state), colors[state]);
	if (state != QUEUE_UNUSED)
		cli_show_fields(list->cli, snapshot->words[slot], list->queue);
	if (syncs)
		emit_text(emit, " +");
	if (syncs > 1)
		emit_number(emit, NULL, "", syncs, 0);
	if (syncs)
		emit_string(emit, NULL, syncs > 1 ? " " : "", its_command_by_opcode(behind[0])->name, 0);
	end_line(list, slot, colors[state]);
	if (list->cli->raw && state != QUEUE_UNUSED && its_command_by_opcode(snapshot->words[slot][0]))
		cli_show_words(list->cli, snapshot->words[slot]);
}

static void show_unused(const struct list *list, unsigned slot, unsigned count)
{
	begin_line(list, slot, queue_state_name(QUEUE_UNUSED), EMIT_DIM);
	emit_number(list->cli->emit, NULL, "... ", count, 0);
	emit_text(list->cli->emit, count == 1 ? " unused slot" : " unused slots");
	end_line(list, slot, EMIT_DIM);
}

/* Unused slots from @age on. */
static unsigned count_unused(const struct list *list, unsigned age)
{
	const struct queue_snapshot *snapshot = list->snapshot;
	unsigned n = 0;

	while (!list->cli->all && age + n < snapshot->slots &&
	       queue_slot_state(snapshot, queue_slot_by_age(snapshot, age + n)) == QUEUE_UNUSED)
		n++;
	return n;
}

void dump_list(struct cli *cli, const struct queue *queue, const struct queue_snapshot *snapshot, unsigned first)
{
	const struct list list = { cli, queue, snapshot };
	/* The end of a ring that has not gone round lies before the oldest command; it reads better where it ends. */
	unsigned end = first ? 0 : count_unused(&list, 0), age = end ? end : first, unused;

	while (age < snapshot->slots) {
		unsigned slot = queue_slot_by_age(snapshot, age), folded;

		unused = count_unused(&list, age);
		if (unused) {
			show_unused(&list, slot, unused);
			age += unused;
			continue;
		}
		folded = fold_syncs(&list, age);
		show_slot(&list, slot, folded);
		age += 1 + folded;
	}
	if (end) {
		show_unused(&list, snapshot->cwriter, end);
	} else if (first) {
		/* Where the next command goes, though nothing of what is there was asked for. */
		begin_line(&list, snapshot->cwriter, "...", EMIT_PLAIN);
		end_line(&list, snapshot->cwriter, EMIT_PLAIN);
	}
}
