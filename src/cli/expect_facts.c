// SPDX-License-Identifier: GPL-2.0-or-later
/* What is the fact that a script expects something of? Read now, from the hardware and from Linux. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "expect.h"
#include "map.h"
#include "session.h"

static void fact_number(struct expect_fact *fact, uint64_t number, bool in_hex)
{
	fact->known = fact->is_number = true;
	fact->number = number;
	fact->in_hex = in_hex;
}

/* The one ITS it is about. */
static int choose(struct cli *cli, size_t *its)
{
	size_t *list, count;
	int err = cli_choose_its(cli, &list, &count);

	if (err)
		return err;
	*its = list[0];
	free(list);
	if (count == 1)
		return 0;
	its_error(&cli->error, ITS_ERR_USAGE, "expect is about one ITS, and there are %zu", count);
	return its_hint(&cli->error, "choose with --its");
}

/* What decides whether a register can be read. */
struct part {
	uint32_t iidr, gicr_ctlr;
	uint64_t typer, gicr_typer;
	bool v41;
};

static int read_register(struct cli *cli, const struct expect *expect, const struct part *part,
			 struct window *window, struct expect_fact *fact)
{
	const struct its_register *row = expect->row;
	const struct its_field *field = part->v41 && row->fields_v41 ? row->fields_v41 : row->fields;
	const char *name;
	uint64_t value;
	int err;

	if (!its_register_readable(row, part->iidr, part->typer, part->gicr_ctlr, part->gicr_typer))
		return its_error(&cli->error, ITS_ERR_FAILED, "expect: this part does not have %s",
				 row->name);
	err = window_read(window, row->offset, row->width, &value, &cli->error);
	if (err)
		return err;
	if (!*expect->field) {
		fact_number(fact, value, true);
		return 0;
	}
	while (field->name && strcasecmp(field->name, expect->field) &&
	       strcasecmp(field->key, expect->field))
		field++;
	if (!field->name)
		return its_error(&cli->error, ITS_ERR_FAILED, "expect: %s of this part has no field %s",
				 row->name, expect->field);
	fact_number(fact, its_field_get(field, &value),
		    field->kind == ITS_KIND_ADDRESS || field->kind == ITS_KIND_RDBASE ||
			    field->kind == ITS_KIND_ID);
	name = its_field_value_name(field, fact->number);
	snprintf(fact->name, sizeof(fact->name), "%s", name ? name : "");
	return 0;
}

static int look_redistributor(struct cli *cli, const struct expect *expect, struct part *part,
			      const struct queue_redistributor *redistributor, struct expect_fact *fact)
{
	const struct its_register *ctlr = its_register_row(GICR_CTLR);
	bool vlpi = expect->row->frame == ITS_FRAME_GICR_VLPI;
	struct window window, frame = { 0 };
	uint64_t value = 0;
	int err;

	*fact = (struct expect_fact){ 0 };
	snprintf(fact->where, sizeof(fact->where), "redistributor %u", redistributor->index);
	err = window_open(&window, &cli->memory, redistributor->base, ITS_FRAME_SIZE, MEMORY_REGISTERS,
			  false, &cli->error);
	if (err)
		return err;
	err = window_read(&window, ctlr->offset, ctlr->width, &value, &cli->error);
	part->gicr_ctlr = (uint32_t)value;
	part->gicr_typer = redistributor->typer;
	part->v41 = its_register_get(GICR_TYPER, "RVPEID", redistributor->typer);
	if (!err && vlpi && !its_register_get(GICR_TYPER, "VLPIS", redistributor->typer))
		err = its_error(&cli->error, ITS_ERR_FAILED, "expect: this part does not have %s",
				expect->row->name);
	else if (!err && vlpi)
		err = window_open(&frame, &cli->memory, redistributor->base + GICR_VLPI_FRAME_OFFSET,
				  ITS_FRAME_SIZE, MEMORY_REGISTERS, false, &cli->error);
	if (!err)
		err = read_register(cli, expect, part, vlpi ? &frame : &window, fact);
	window_close(&frame);
	window_close(&window);
	return err;
}

/* Without @INDEX it is said of each of them: the first that is otherwise decides. */
static int look_redistributors(struct cli *cli, const struct expect *expect, struct part *part,
			       const struct board_gic *gic, struct expect_fact *fact)
{
	struct queue_redistributor *list;
	size_t count, i;
	bool any = false;
	int err;

	err = queue_redistributors(&cli->memory, gic, &list, &count, &cli->error);
	for (i = 0; !err && i < count; i++) {
		if (expect->has_index && list[i].index != expect->index)
			continue;
		any = true;
		err = look_redistributor(cli, expect, part, &list[i], fact);
		if (!err && !expect_holds(expect, fact))
			break;
	}
	free(list);
	if (!err && !any)
		err = its_error(&cli->error, ITS_ERR_USAGE,
				"expect: there are %zu redistributors, and none with index %llu", count,
				(unsigned long long)expect->index);
	return err;
}

static int look_register(struct cli *cli, const struct expect *expect, struct expect_fact *fact)
{
	const struct board_gic *gic;
	struct queue queue;
	struct part part = { 0 };
	size_t its;
	int err;

	err = choose(cli, &its);
	if (!err)
		err = queue_open(&queue, &cli->memory, &cli->board.its[its], false, &cli->error);
	if (err)
		return err;
	part.iidr = queue.iidr;
	part.typer = queue.typer;
	part.v41 = queue.layout == ITS_LAYOUT_V41;
	if (expect->row->frame == ITS_FRAME_GITS) {
		err = read_register(cli, expect, &part, &queue.frame, fact);
		queue_close(&queue);
		return err;
	}
	queue_close(&queue);
	if (cli->board.its[its].gic >= cli->board.n_gics ||
	    !cli->board.gics[cli->board.its[its].gic].translated)
		return its_error(&cli->error, ITS_ERR_INPUT,
				 "expect: where the GIC of this ITS has its %s is not known",
				 expect->row->name);
	gic = &cli->board.gics[cli->board.its[its].gic];
	if (expect->row->frame == ITS_FRAME_GICD) {
		struct window window;

		err = window_open(&window, &cli->memory, gic->distributor.base, ITS_FRAME_SIZE,
				  MEMORY_REGISTERS, false, &cli->error);
		if (!err)
			err = read_register(cli, expect, &part, &window, fact);
		window_close(&window);
		return err;
	}
	return look_redistributors(cli, expect, &part, gic, fact);
}

static int look_queue(struct cli *cli, const struct expect *expect, struct expect_fact *fact)
{
	struct queue_snapshot snapshot;
	struct queue queue;
	unsigned creadr, cwriter;
	size_t its;
	int err;

	err = choose(cli, &its);
	if (!err)
		err = queue_open(&queue, &cli->memory, &cli->board.its[its], false, &cli->error);
	if (err)
		return err;
	err = queue_attach(&queue, &cli->error);
	if (!err && expect->key == EXPECT_MOVED) {
		err = queue_snapshot(&queue, &snapshot, &cli->error);
		if (!err) {
			fact_number(fact, snapshot.moved, false);
			queue_snapshot_free(&snapshot);
		}
	} else if (!err) {
		creadr = queue_creadr_slot(&queue);
		cwriter = queue_cwriter_slot(&queue);
		fact_number(fact,
			    expect->key == EXPECT_PENDING ? (cwriter + queue.slots - creadr) % queue.slots :
			    expect->key == EXPECT_STALLED ? queue_stalled(&queue) :
			    expect->key == EXPECT_SLOTS   ? queue.slots :
			    expect->key == EXPECT_CREADR  ? creadr :
							    cwriter,
			    false);
	}
	queue_close(&queue);
	return err;
}

static void fact_of_row(const struct map_row *row, enum expect_map_key key, struct expect_fact *fact)
{
	const struct replay_event *event = row->event;
	const struct route_lpi *lpi = &row->route.lpi;

	switch (key) {
	case EXPECT_STATE:
		break;
	case EXPECT_PINTID:
		if (event->has_pintid)
			fact_number(fact, event->pintid, false);
		break;
	case EXPECT_ICID:
		if (event->has_icid)
			fact_number(fact, event->icid, false);
		break;
	case EXPECT_CPU:
		if (row->has_cpu)
			fact_number(fact, row->cpu.cpu, false);
		break;
	case EXPECT_RDBASE:
		if (row->route.cpu)
			fact_number(fact, row->route.cpu->rdbase, true);
		break;
	case EXPECT_ENABLED:
		if (lpi->has_config)
			fact_number(fact, lpi->enabled, false);
		break;
	case EXPECT_PRIORITY:
		if (lpi->has_config)
			fact_number(fact, lpi->priority, true);
		break;
	case EXPECT_LPI_PENDING:
		if (lpi->has_pending)
			fact_number(fact, lpi->pending, false);
		break;
	case EXPECT_LINUX_IRQ:
		if (row->interrupt)
			fact_number(fact, row->interrupt->irq, false);
		break;
	}
}

static void look_mapping(const struct map_view *view, const struct expect *expect,
			 const struct cli_event *subject, struct expect_fact *fact)
{
	enum replay_known known =
		replay_event_known(&view->map->replay, subject->device.device_id, subject->event_id);
	const struct replay_event *event =
		replay_event(&view->map->replay, subject->device.device_id, subject->event_id);
	struct map_row row = { .event = event };

	if (expect->key == EXPECT_STATE) {
		fact->known = known != REPLAY_UNKNOWN;
		snprintf(fact->name, sizeof(fact->name), "%s", known == REPLAY_MAPPED ? "mapped" :
			 known == REPLAY_UNMAPPED ? "unmapped" : "unknown");
		return;
	}
	if (known != REPLAY_MAPPED || !event) {
		/* That it has none is known, too. */
		fact->known = known == REPLAY_UNMAPPED;
		snprintf(fact->name, sizeof(fact->name), "%s", fact->known ? "not mapped" : "unknown");
		return;
	}
	if (view->names)
		map_row_read(view, event, &row);
	else
		route_follow(view->map, event->device_id, event->event_id, &row.route);
	fact_of_row(&row, (enum expect_map_key)expect->key, fact);
}

static int look_map(struct cli *cli, const struct expect *expect, struct expect_fact *fact)
{
	struct map_view view = { .cli = cli };
	struct cli_event subject;
	struct route_map map;
	int err;

	err = cli_find_event(cli, expect->device, expect->event, &subject);
	if (!err)
		err = route_open(&map, &cli->memory, &cli->board, subject.its, NULL, NULL, &cli->error);
	if (err)
		return err;
	view.map = &map;
	view.its = subject.its;
	if (!map.has_ring && map.tables == ROUTE_TABLES_OPAQUE) {
		cli->error = map.ring_error;
		err = map.ring_error.code;
	}
	/* All of Linux's names take longer to read than the ring: only where they are asked for. */
	if (!err && (expect->key == EXPECT_CPU || expect->key == EXPECT_LINUX_IRQ))
		err = names_load(cli, &view.names);
	if (!err)
		look_mapping(&view, expect, &subject, fact);
	names_free(view.names);
	route_close(&map);
	return err;
}

/* What @irq stood at in @text, a /proc/interrupts from before; 0 if it was not there yet. */
static uint64_t count_before(const char *text, unsigned irq)
{
	struct board_interrupts interrupts;
	struct board_interrupt found;
	struct its_error ignored;
	uint64_t count = 0;

	if (!text || board_interrupts_load(&interrupts, text, strlen(text), &ignored))
		return 0;
	if (board_interrupts_by_irq(&interrupts, irq, &found))
		count = found.count;
	board_interrupts_free(&interrupts);
	return count;
}

/* The LPI tells interrupts apart whose devices share a DeviceID; where the ring cannot be read the name has to do. */
static bool find_lpi(struct cli *cli, const struct cli_event *subject, uint32_t *lpi)
{
	const struct replay_event *event;
	struct its_error ignored;
	struct route_map map;
	bool found;

	if (route_open(&map, &cli->memory, &cli->board, subject->its, NULL, NULL, &ignored))
		return false;
	event = replay_event(&map.replay, subject->device.device_id, subject->event_id);
	found = event && event->known == REPLAY_MAPPED && event->has_pintid;
	if (found)
		*lpi = event->pintid;
	route_close(&map);
	return found;
}

static int look_irq(struct cli *cli, const struct expect *expect, const struct expect_counts *counts,
		    struct expect_fact *fact)
{
	const struct board_interrupt *interrupt;
	struct cli_event subject;
	struct names *names;
	uint64_t before;
	uint32_t lpi;
	bool has_lpi;
	int err;

	err = cli_find_event(cli, expect->device, expect->event, &subject);
	if (!err)
		err = names_load(cli, &names);
	if (err)
		return err;
	names_prefer(names, &subject.device);
	has_lpi = find_lpi(cli, &subject, &lpi);
	interrupt = names_interrupt(names, subject.its, subject.device.device_id, subject.event_id,
				    has_lpi ? &lpi : NULL);
	if (!interrupt) {
		snprintf(fact->name, sizeof(fact->name), "no line for it in /proc/interrupts");
	} else {
		before = count_before(expect->since_mark ? counts->marked : counts->written, interrupt->irq);
		snprintf(fact->where, sizeof(fact->where), "IRQ %u: count %llu -> %llu", interrupt->irq,
			 (unsigned long long)before, (unsigned long long)interrupt->count);
		/* An IRQ that was given back and taken again counts from 0. */
		fact_number(fact, interrupt->count >= before ? interrupt->count - before : interrupt->count,
			    false);
	}
	names_free(names);
	return 0;
}

int expect_look(struct cli *cli, const struct expect *expect, const struct expect_counts *counts,
		struct expect_fact *fact)
{
	*fact = (struct expect_fact){ 0 };
	switch (expect->about) {
	case EXPECT_REGISTER:
		return look_register(cli, expect, fact);
	case EXPECT_QUEUE:
		return look_queue(cli, expect, fact);
	case EXPECT_MAP:
		return look_map(cli, expect, fact);
	case EXPECT_IRQ:
		return look_irq(cli, expect, counts, fact);
	}
	return ITS_ERR_USAGE;
}

int expect_run(struct cli *cli, const struct expect *expect, const struct expect_counts *counts,
	       struct expect_fact *found)
{
	uint64_t end = memory_now_ns() + (uint64_t)expect->within_ms * 1000000;

	for (;;) {
		int err = expect_look(cli, expect, counts, found);

		if (err || expect_holds(expect, found))
			return err;
		if (memory_now_ns() >= end || !session_sleep(1)) {
			cli->error.message[0] = '\0';
			return ITS_ERR_FAILED;
		}
		memory_relax(&cli->memory);
	}
}
