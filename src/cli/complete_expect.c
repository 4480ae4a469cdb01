// SPDX-License-Identifier: GPL-2.0-or-later
/* What could follow in an expectation? */
#include <string.h>
#include <strings.h>

#include "complete.h"
#include "expect.h"

/* DEVICE:EVENT, as expect takes it. */
static void each_pair(struct complete_line *line, struct route_map *map)
{
	const struct replay_event *event;
	char text[80];

	for (event = map->replay.events; event; event = event->hh.next) {
		if (event->known != REPLAY_MAPPED)
			continue;
		complete_id(line, event->device_id, text, sizeof(text));
		snprintf(text + strlen(text), sizeof(text) - strlen(text), ":%u", event->event_id);
		complete_offer(line, text);
	}
}

/* Facts are in lower case, and a register is offered where none begins like that: CREADR is not creadr. */
static void offer_subjects(struct complete_line *line)
{
	static const char *const others[] = { "map", "irq", "exit", NULL };
	size_t i;

	for (i = 0; expect_queue_keys[i]; i++)
		complete_offer_exact(line, expect_queue_keys[i]);
	for (i = 0; others[i]; i++)
		complete_offer_exact(line, others[i]);
	if (!*line->word || !line->found->count)
		complete_registers(line, true);
}

/* The names that the values of REGISTER.FIELD have. */
static void offer_names(struct complete_line *line, const char *text)
{
	const struct its_register *row;
	const struct its_field *field;
	const char *dot = strchr(text, '.');
	char name[40];

	snprintf(name, sizeof(name), "%.*s", (int)strcspn(text, "@."), text);
	row = dot ? its_register_by_name(name) : NULL;
	for (field = row ? row->fields : NULL; field && field->name; field++)
		if (field->names && !strcasecmp(field->name, dot + 1))
			complete_offer_list(line, field->names);
}

/* "within MS" and "since mark", each once. */
static void offer_tail(struct complete_line *line, size_t first, bool irq)
{
	bool within = false, since = false;
	size_t i;

	for (i = first; i < line->count; i++) {
		within |= !strcmp(line->words[i], "within");
		since |= !strcmp(line->words[i], "since");
	}
	if (!strcmp(line->words[line->count - 1], "since"))
		complete_offer(line, "mark");
	if (!strcmp(line->words[line->count - 1], "since") || !strcmp(line->words[line->count - 1], "within"))
		return;
	if (!within)
		complete_offer(line, "within");
	if (irq && !since)
		complete_offer(line, "since");
}

void complete_expect(struct complete_line *line)
{
	const char *about = line->count > 1 ? line->words[1] : "";
	bool mapping = !strcmp(about, "map"), irq = !strcmp(about, "irq");
	size_t condition = mapping ? 4 : irq ? 3 : 2;
	/* +N is operator and value in one. */
	size_t tail = condition + (irq && line->count > condition && *line->words[condition] == '+' ? 1 : 2);

	if (line->count == 1)
		offer_subjects(line);
	else if (!strcmp(about, "exit"))
		return;
	else if ((mapping || irq) && line->count == 2)
		complete_each_its(line, each_pair);
	else if (mapping && line->count == 3)
		complete_offer_list(line, expect_map_keys);
	else if (line->count == condition)
		complete_offer_list(line, expect_operators);
	else if (line->count >= tail)
		offer_tail(line, tail, irq);
	else if (mapping && !strcmp(line->words[3], expect_map_keys[EXPECT_STATE]))
		complete_offer_list(line, expect_states);
	else if (mapping)
		complete_offer(line, "unknown");
	else if (!irq)
		offer_names(line, about);
}
