// SPDX-License-Identifier: GPL-2.0-or-later
/* watch: how a command and an event are told. */
#include <string.h>

#include "watch.h"

/* What is remembered of repeated commands is bounded: 8 MiB. */
#define REPEATS_MAX 65536

/* The CPU behind an RDbase, as Linux counts them where that is known. */
static bool cpu_of(const struct watch *watch, const struct watched *watched, uint64_t rdbase, unsigned *cpu)
{
	const struct route_cpu *found = route_cpu_of(&watched->map, rdbase);
	struct board_cpu_identity identity;

	if (found && names_cpu(watch->names, found->affinity, &identity) &&
	    identity.source != BOARD_CPU_ABSENT) {
		*cpu = identity.cpu;
		return true;
	}
	if (watched->map.queue.pta)
		return false;
	*cpu = (unsigned)(rdbase >> 16);
	return true;
}

static bool cpu_of_collection(const struct watch *watch, const struct watched *watched, uint32_t icid,
			      unsigned *cpu)
{
	const struct replay_collection *collection = replay_collection(&watched->map.replay, icid);

	return collection && collection->known == REPLAY_MAPPED &&
	       cpu_of(watch, watched, collection->rdbase, cpu);
}

/* What the command says, and what its event is known to be: the CPU by the one, or @before it by the other. */
static void find_facts(const struct watch *watch, const struct watched *watched, const uint64_t *words,
		       bool before, struct filter_facts *facts)
{
	enum its_layout layout = watched->map.queue.layout;
	const struct board_interrupt *interrupt;
	const struct replay_event *event = NULL;
	uint64_t value;

	memset(facts, 0, sizeof(*facts));
	facts->has_device = its_command_get(words, layout, ITS_FIELD_DEVICE_ID, &value);
	facts->device_id = facts->has_device ? (uint32_t)value : 0;
	facts->has_event = its_command_get(words, layout, ITS_FIELD_EVENT_ID, &value);
	facts->event_id = facts->has_event ? (uint32_t)value : 0;
	if (facts->has_device && facts->has_event)
		event = replay_event(&watched->map.replay, facts->device_id, facts->event_id);
	if (event && event->known != REPLAY_MAPPED)
		event = NULL;
	facts->has_lpi = its_command_get(words, layout, ITS_FIELD_PINTID, &value);
	facts->lpi = facts->has_lpi ? (uint32_t)value : 0;
	if (!facts->has_lpi && event && event->has_pintid) {
		facts->has_lpi = true;
		facts->lpi = event->pintid;
	}
	if (its_command_get(words, layout, ITS_FIELD_RDBASE, &value))
		facts->has_cpu = cpu_of(watch, watched, value, &facts->cpu);
	else if (!(before && event && event->has_icid) &&
		 its_command_get(words, layout, ITS_FIELD_ICID, &value))
		facts->has_cpu = cpu_of_collection(watch, watched, (uint32_t)value, &facts->cpu);
	else if (event && event->has_icid && !event->is_virtual)
		facts->has_cpu = cpu_of_collection(watch, watched, event->icid, &facts->cpu);
	if (!facts->has_device || !facts->has_event)
		return;
	interrupt = names_interrupt(watch->names, watched->its, facts->device_id, facts->event_id,
				    facts->has_lpi ? &facts->lpi : NULL);
	facts->has_irq = interrupt;
	facts->irq = interrupt ? interrupt->irq : 0;
}

/* How long ago the same command was posted for the same event, device, collection or vPE; false: never. */
static bool since_last(struct watch *watch, const struct watched *watched, const uint64_t *words,
		       uint64_t *ns)
{
	static const enum its_field_id subjects[] = { ITS_FIELD_DEVICE_ID, ITS_FIELD_VPEID, ITS_FIELD_ICID,
						      ITS_FIELD_RDBASE };
	struct watch_key key = { .its = watched->its, .opcode = its_command_opcode(words) };
	struct watch_repeat *repeat;
	size_t i;

	for (i = 0; i < sizeof(subjects) / sizeof(subjects[0]); i++)
		if (its_command_get(words, watched->map.queue.layout, subjects[i], &key.subject))
			break;
	its_command_get(words, watched->map.queue.layout, ITS_FIELD_EVENT_ID, &key.event);
	HASH_FIND(hh, watch->repeats, &key, sizeof(key), repeat);
	if (repeat) {
		*ns = watch->now_ns - repeat->when_ns;
		repeat->when_ns = watch->now_ns;
		return true;
	}
	repeat = watch->n_repeats < REPEATS_MAX ? calloc(1, sizeof(*repeat)) : NULL;
	if (!repeat)
		return false;
	repeat->key = key;
	repeat->when_ns = watch->now_ns;
	HASH_ADD(hh, watch->repeats, key, sizeof(key), repeat);
	if (!repeat->hh.tbl)
		free(repeat);
	else
		watch->n_repeats++;
	return false;
}

void watch_forget(struct watch *watch)
{
	struct watch_repeat *repeat, *next_repeat;
	struct watch_device *device, *next_device;

	HASH_ITER(hh, watch->repeats, repeat, next_repeat) {
		HASH_DELETE(hh, watch->repeats, repeat);
		free(repeat);
	}
	HASH_ITER(hh, watch->devices, device, next_device) {
		HASH_DELETE(hh, watch->devices, device);
		free(device);
	}
}

/* What every line begins with, and every object. */
static void begin_line(struct watch *watch, const struct watched *watched, const char *type)
{
	struct emitter *emit = watch->cli->emit;

	emit_object(emit, NULL);
	emit_string(emit, "type", NULL, type, 0);
	emit_time(emit, "time", "", watch->time_ns);
	emit_number(emit, "its", watch->count > 1 ? "  ITS " : NULL, watched->its, 0);
}

static void end_line(struct watch *watch)
{
	emit_text(watch->cli->emit, "\n");
	emit_object_end(watch->cli->emit);
	emit_record_end(watch->cli->emit);
}

static void show_names(struct watch *watch, const struct watched *watched, const struct filter_facts *facts)
{
	struct emitter *emit = watch->cli->emit;
	const struct board_interrupt *interrupt;
	struct board_device device;
	const char *driver;

	if (!facts->has_device)
		return;
	if (names_device(watch->names, watched->its, facts->device_id, &device, &driver))
		names_show_device(emit, ", ", &device, driver, 0);
	else
		names_show_device(emit, NULL, NULL, NULL, 0);
	if (!facts->has_irq)
		return;
	interrupt = names_interrupt(watch->names, watched->its, facts->device_id, facts->event_id,
				    facts->has_lpi ? &facts->lpi : NULL);
	emit_number(emit, "irq", ", IRQ ", interrupt->irq, 0);
	emit_string(emit, "action", *interrupt->action ? " " : NULL, interrupt->action, 0);
}

static void show_tags(struct emitter *emit, unsigned marks)
{
	emit_array(emit, "tags");
	if (marks & FOLLOW_TOOL)
		emit_string(emit, EMIT_ELEMENT, "  [", "its-tool", 0);
	if (marks & FOLLOW_TOOL)
		emit_text(emit, "]");
	if (marks & FOLLOW_NO_SYNC) {
		emit_color(emit, EMIT_WARN);
		emit_string(emit, EMIT_ELEMENT, "  [", "no SYNC", 0);
		emit_text(emit, " after it: not posted by Linux's driver]");
		emit_color(emit, EMIT_PLAIN);
	}
	if (marks & FOLLOW_EQUAL)
		emit_string(emit, EMIT_ELEMENT, NULL, "equal", 0);
	if (marks & FOLLOW_SYNC)
		emit_string(emit, EMIT_ELEMENT, NULL, "sync", 0);
	emit_array_end(emit);
}

static void show_command(struct watch *watch, const struct watched *watched, const struct follow_command *command,
			 const struct filter_facts *facts, bool synced)
{
	struct emitter *emit = watch->cli->emit;
	uint64_t words[ITS_COMMAND_WORDS], value, ns;

	memcpy(words, command->words, sizeof(words));
	/* The tag is said in words below; JSON has the words as they were. */
	if (command->marks & FOLLOW_TOOL && (words[3] & QUEUE_TAG_MASK) == QUEUE_TAG && !emit_is_json(emit))
		words[3] = 0;
	begin_line(watch, watched, "command");
	emit_number(emit, "slot", "  ", command->slot, 5);
	emit_text(emit, "  ");
	cli_show_fields(watch->cli, words, &watched->map.queue);
	if (synced)
		emit_text(emit, " +SYNC");
	emit_bool(emit, "synced", NULL, synced);
	if (facts->has_cpu)
		emit_number(emit, "cpu", facts->has_event || its_command_opcode(words) == ITS_INVALL ? " -> CPU " : NULL,
			    facts->cpu, 0);
	if (facts->has_lpi)
		emit_number(emit, "lpi", its_command_get(words, watched->map.queue.layout, ITS_FIELD_PINTID, &value)
			    ? NULL : ", LPI ", facts->lpi, 0);
	show_names(watch, watched, facts);
	if (!(command->marks & FOLLOW_SYNC) && since_last(watch, watched, command->words, &ns)) {
		emit_number(emit, "delta_ns", NULL, ns, 0);
		if (!emit_is_json(emit))
			emit_textf(emit, ns ? ", again after %llu.%03llu ms" : ", again at once",
				   (unsigned long long)(ns / 1000000), (unsigned long long)(ns / 1000 % 1000));
	}
	show_tags(emit, command->marks);
	end_line(watch);
}

/* The mappings may be other ones now: what is not known any more is asked of the ITS's tables, where they can be read. */
static void forget_mappings(struct watch *watch, struct watched *watched)
{
	struct route_map *map = &watched->map;

	pthread_mutex_lock(&watch->poller.hardware);
	replay_free(&map->replay);
	replay_init(&map->replay, map->queue.layout, false);
	route_pages_free(&map->pages);
	route_pages_init(&map->pages, map->memory);
	route_tables_read(map);
	pthread_mutex_unlock(&watch->poller.hardware);
}

static void count_event(struct watch *watch, const struct follow_event *event)
{
	switch (event->kind) {
	case FOLLOW_LOST:
		watch->lost += event->count;
		/* Nothing that can be counted, but perhaps a lap. */
		watch->maybe_lost += !event->count;
		break;
	case FOLLOW_MAYBE_LOST:
		watch->maybe_lost++;
		break;
	case FOLLOW_BACKWARDS:
		watch->backwards++;
		break;
	case FOLLOW_RESTARTED:
		watch->restarts++;
		break;
	case FOLLOW_STALLED:
		watch->stalls++;
		break;
	case FOLLOW_LAP:
		watch->laps++;
		break;
	case FOLLOW_GOES_ON:
	case FOLLOW_REPLACED:
		break;
	}
}

void watch_leave_untold(struct watch *watch, const struct watch_seen *seen, size_t command, size_t event)
{
	const struct follow_batch *batch = &seen->batch;

	for (; command < batch->count; command++)
		watch->untold += !(batch->commands[command].marks & FOLLOW_SYNC);
	for (; event < batch->n_events; event++)
		count_event(watch, &batch->events[event]);
}

static void show_event(struct watch *watch, struct watched *watched, const struct follow_event *event)
{
	static const char *const names[] = {
		[FOLLOW_LOST] = "lost", [FOLLOW_MAYBE_LOST] = "maybe_lost", [FOLLOW_BACKWARDS] = "backwards",
		[FOLLOW_RESTARTED] = "restarted", [FOLLOW_STALLED] = "stalled", [FOLLOW_GOES_ON] = "goes_on",
		[FOLLOW_REPLACED] = "replaced", [FOLLOW_LAP] = "lap" };
	static const enum emit_color colors[] = {
		[FOLLOW_LOST] = EMIT_BAD, [FOLLOW_MAYBE_LOST] = EMIT_WARN, [FOLLOW_BACKWARDS] = EMIT_BAD,
		[FOLLOW_RESTARTED] = EMIT_WARN, [FOLLOW_STALLED] = EMIT_BAD, [FOLLOW_GOES_ON] = EMIT_GOOD,
		[FOLLOW_REPLACED] = EMIT_WARN, [FOLLOW_LAP] = EMIT_DIM };
	unsigned long long count = event->count, slots = watched->map.snapshot.slots;
	const char *many = count == 1 ? "" : "s";
	struct emitter *emit = watch->cli->emit;

	count_event(watch, event);
	begin_line(watch, watched, "event");
	emit_string(emit, "event", NULL, names[event->kind], 0);
	emit_number(emit, "slot", "  ", event->slot, 5);
	emit_text(emit, "  ");
	emit_color(emit, colors[event->kind]);
	switch (event->kind) {
	case FOLLOW_LOST:
		emit_number(emit, "count", NULL, count, 0);
		if (count)
			emit_textf(emit, "LOST at least %llu command%s: the driver went round the ring before they were read",
				   count, many);
		else
			emit_text(emit, "the driver went round the ring: whole laps may be LOST");
		forget_mappings(watch, watched);
		break;
	case FOLLOW_MAYBE_LOST:
		emit_number(emit, "gap_ns", NULL, count, 0);
		emit_textf(emit, "not looked for %llu ms, and the driver repeats itself: whole laps may be lost",
			   count / 1000000);
		break;
	case FOLLOW_BACKWARDS:
		emit_number(emit, "count", NULL, count, 0);
		emit_number(emit, "executed_again", NULL, slots - count, 0);
		emit_textf(emit, "GITS_CWRITER went BACKWARDS by %llu slot%s: its driver had been left behind by a raw append; "
			   "the ITS executes %llu slots again, stale commands among them", count, many, slots - count);
		break;
	case FOLLOW_RESTARTED:
		emit_text(emit, "the ring was set up anew (resume, kexec): earlier commands say nothing any more");
		forget_mappings(watch, watched);
		break;
	case FOLLOW_STALLED:
		emit_text(emit, "the ITS has STALLED at this slot: see 'its-tool recover'");
		break;
	case FOLLOW_GOES_ON:
		emit_text(emit, "the ITS goes on");
		break;
	case FOLLOW_REPLACED:
		emit_text(emit, "the command it stalled on was replaced");
		break;
	case FOLLOW_LAP:
		emit_number(emit, "count", NULL, count, 0);
		emit_textf(emit, "its-tool goes round the ring with %llu command%s; its filler is left out", count, many);
		break;
	}
	emit_color(emit, EMIT_PLAIN);
	end_line(watch);
}

/*
 * The SYNC that Linux posts behind a command goes to the redistributor of the
 * command's collection: where the MAPC is no longer known, this tells.
 */
static void learn_collection(struct watched *watched, const struct follow_command *command,
			     const struct follow_command *sync)
{
	const struct replay *replay = &watched->map.replay;
	enum its_layout layout = watched->map.queue.layout;
	struct replay_collection *collection;
	const struct replay_event *event;
	uint64_t icid, device_id, event_id, rdbase;

	if (its_command_opcode(sync->words) != ITS_SYNC ||
	    !its_command_get(sync->words, layout, ITS_FIELD_RDBASE, &rdbase))
		return;
	if (!its_command_get(command->words, layout, ITS_FIELD_ICID, &icid)) {
		if (!its_command_get(command->words, layout, ITS_FIELD_DEVICE_ID, &device_id) ||
		    !its_command_get(command->words, layout, ITS_FIELD_EVENT_ID, &event_id))
			return;
		event = replay_event(replay, (uint32_t)device_id, (uint32_t)event_id);
		if (!event || event->known != REPLAY_MAPPED || !event->has_icid)
			return;
		icid = event->icid;
	}
	if (replay_collection_known(replay, (uint32_t)icid) != REPLAY_UNKNOWN)
		return;
	collection = replay_collection_add(&watched->map.replay, (uint32_t)icid);
	if (!collection)
		return;
	collection->known = REPLAY_MAPPED;
	collection->rdbase = rdbase;
	collection->source = (struct replay_source){ .origin = REPLAY_RING, .slot = sync->slot };
}

/* Takes the command's effect; then shows it if it was asked for, by what held before or by what holds now. */
static bool take_command(struct watch *watch, struct watched *watched, const struct follow_command *command,
			 bool synced)
{
	struct filter_facts before, after;
	unsigned opcode = its_command_opcode(command->words);
	bool unmaps = opcode == ITS_DISCARD || opcode == ITS_MAPD;

	find_facts(watch, watched, command->words, true, &before);
	replay_apply(&watched->map.replay, command->words, command->slot);
	if (synced)
		learn_collection(watched, command, command + 1);
	find_facts(watch, watched, command->words, false, &after);
	if (unmaps || opcode == ITS_MAPTI || opcode == ITS_MAPI)
		watch->names_stale = true;
	/* A SYNC is shown with its command. */
	if (!(command->marks & FOLLOW_SYNC) && !filter_match(&watch->filter, watched->its, &before) &&
	    !filter_match(&watch->filter, watched->its, &after)) {
		watch->left_out++;
		return false;
	}
	if (command->marks & FOLLOW_SYNC) {
		watch->syncs++;
	} else {
		watch->shown++;
		watch->kinds[opcode]++;
		if (after.has_device)
			watch_count_device(watch, watched, after.device_id);
	}
	show_command(watch, watched, command, unmaps ? &before : &after,
		     synced && (emit_is_json(watch->cli->emit) || !watch->cli->all));
	return true;
}

bool watch_show_batch(struct watch *watch, const struct watch_seen *seen)
{
	const struct follow_batch *batch = &seen->batch;
	struct watched *watched = seen->watched;
	bool apart = emit_is_json(watch->cli->emit) || watch->cli->all, shown = false;
	size_t i, event = 0;

	for (i = 0; i <= batch->count; i++) {
		const struct follow_command *command = &batch->commands[i];
		bool synced = i + 1 < batch->count && command[1].marks & FOLLOW_SYNC;

		for (; event < batch->n_events && batch->events[event].before <= i; event++)
			show_event(watch, watched, &batch->events[event]);
		if (i == batch->count)
			break;
		if (watch_is_late()) {
			watch_leave_untold(watch, seen, i, event);
			break;
		}
		if (command->marks & FOLLOW_SYNC) {
			/* It goes with its command. */
			if (shown && !apart)
				watch->syncs++;
			else if (shown)
				shown = take_command(watch, watched, command, false);
			continue;
		}
		if (watch->cli->count && watch->shown == watch->cli->count)
			return true;
		shown = take_command(watch, watched, command, synced);
	}
	return watch->cli->count && watch->shown == watch->cli->count;
}
