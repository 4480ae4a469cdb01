// SPDX-License-Identifier: GPL-2.0-or-later
/* Everything that is to be known about one ITS: opened, read once, joined. */
#include <stdlib.h>
#include <string.h>

#include "its/route.h"
#include "its/system.h"

static int read_register(struct window *window, enum its_register_id id, uint64_t *value,
			 struct its_error *error)
{
	const struct its_register *row = its_register_row(id);

	return window_read(window, row->offset, row->width, value, error);
}

static int read_cpu(struct route_map *map, struct route_cpu *cpu, struct its_error *error)
{
	uint64_t ctlr = 0, waker = 0;
	struct window window;
	int err;

	err = window_open(&window, map->memory, cpu->redistributor.base, ITS_FRAME_SIZE,
			  MEMORY_REGISTERS, false, error);
	if (err)
		return err;
	err = read_register(&window, GICR_CTLR, &ctlr, error);
	if (!err)
		err = read_register(&window, GICR_WAKER, &waker, error);
	if (!err)
		err = read_register(&window, GICR_PROPBASER, &cpu->propbaser, error);
	if (!err)
		err = read_register(&window, GICR_PENDBASER, &cpu->pendbaser, error);
	window_close(&window);
	cpu->ctlr = (uint32_t)ctlr;
	cpu->waker = (uint32_t)waker;
	cpu->readable = !err;
	return err;
}

static void read_cpus(struct route_map *map)
{
	const struct board_its *its = &map->board->its[map->its];
	struct queue_redistributor *list = NULL;
	size_t count = 0, i;
	struct its_error error;

	if (its->gic >= map->board->n_gics) {
		its_error(&map->cpus_error, ITS_ERR_INPUT,
			  "%s hangs under no GICv3 node, so its redistributors are not known", its->node);
		return;
	}
	if (queue_redistributors(map->memory, &map->board->gics[its->gic], &list, &count,
				 &map->cpus_error)) {
		/* With half of the list a redistributor that exists would be called missing. */
		free(list);
		return;
	}
	if (count)
		map->cpus = calloc(count, sizeof(*map->cpus));
	if (!count)
		its_error(&map->cpus_error, ITS_ERR_INPUT, "the GIC node names no redistributor");
	else if (!map->cpus)
		its_no_memory(&map->cpus_error, "%zu redistributors", count);
	for (i = 0; map->cpus && i < count; i++) {
		struct route_cpu *cpu = &map->cpus[i];

		cpu->redistributor = list[i];
		cpu->rdbase = queue_redistributor_rdbase(&list[i], map->queue.typer);
		cpu->affinity = (uint32_t)its_register_get(GICR_TYPER, "Affinity", list[i].typer);
		if (read_cpu(map, cpu, &error) && !map->cpus_error.code)
			map->cpus_error = error;
		map->n_cpus++;
	}
	free(list);
}

static void read_distributor(struct route_map *map)
{
	const struct board_its *its = &map->board->its[map->its];
	uint64_t ctlr, typer;
	struct its_error ignored;
	struct window window;

	if (its->gic >= map->board->n_gics ||
	    window_open(&window, map->memory, map->board->gics[its->gic].distributor.base,
			ITS_FRAME_SIZE, MEMORY_REGISTERS, false, &ignored))
		return;
	map->has_gicd = !read_register(&window, GICD_CTLR, &ctlr, &ignored) &&
			!read_register(&window, GICD_TYPER, &typer, &ignored);
	if (map->has_gicd) {
		map->gicd_ctlr = (uint32_t)ctlr;
		map->gicd_typer = (uint32_t)typer;
	}
	window_close(&window);
}

static void read_ring(struct route_map *map, queue_replay_fn *seen, void *context)
{
	struct queue_redistributor *list;
	struct queue_scene scene;
	int err;

	err = queue_attach(&map->queue, &map->ring_error);
	if (!err)
		err = queue_snapshot_quiet(&map->queue, &map->snapshot, &map->ring_error);
	if (err)
		return;
	map->stuck = queue_is_stuck(&map->queue, &map->snapshot);
	err = route_scene(map, &scene, &list, &map->ring_error);
	if (!err)
		err = queue_replay(&scene, seen, context, &map->ring_error);
	free(list);
	if (err) {
		/* A history that was cut short would pass for one that is whole. */
		queue_snapshot_free(&map->snapshot);
		replay_free(&map->replay);
		replay_init(&map->replay, map->queue.layout, false);
		return;
	}
	map->has_ring = true;
	map->whole_ring = map->replay.whole;	/* the tables may make up for what is missing later */
}

int route_scene(struct route_map *map, struct queue_scene *scene, struct queue_redistributor **list,
		struct its_error *error)
{
	size_t i;

	*scene = (struct queue_scene){ .queue = &map->queue, .snapshot = &map->snapshot,
				       .replay = &map->replay };
	*list = calloc(map->n_cpus + 1, sizeof(**list));
	if (!*list)
		return its_no_memory(error, "%zu redistributors", map->n_cpus);
	for (i = 0; i < map->n_cpus; i++)
		(*list)[i] = map->cpus[i].redistributor;
	scene->redistributors = *list;
	scene->n_redistributors = map->n_cpus;
	return 0;
}

int route_open(struct route_map *map, struct memory *memory, const struct board *board, size_t its,
	       queue_replay_fn *seen, void *context, struct its_error *error)
{
	unsigned i;
	int err;

	memset(map, 0, sizeof(*map));
	map->memory = memory;
	map->board = board;
	map->its = its;
	route_pages_init(&map->pages, memory);
	map->pages.board = board;
	err = queue_open(&map->queue, memory, &board->its[its], false, error);
	if (err)
		return err;
	map->has_basers = true;
	for (i = 0; i < ITS_BASERS; i++)
		if (queue_register_read(&map->queue, GITS_BASER0 + i, &map->baser[i], error)) {
			map->tables_error = *error;
			map->has_basers = false;
		}
	replay_init(&map->replay, map->queue.layout, false);
	read_cpus(map);
	read_distributor(map);
	read_ring(map, seen, context);
	route_tables_read(map);
	return 0;
}

bool route_is_linux(const struct memory *memory, const struct board_system *system)
{
	/* What runs on a target that a debugger halts is not known. */
	return (memory->ops->live && !memory->halted) || (system && system->release);
}

bool route_hides_waker(const struct route_map *map)
{
	return map->has_gicd && !its_register_get(GICD_CTLR, "DS", map->gicd_ctlr);
}

bool route_has_pending(const struct route_map *map)
{
	return map->has_ring ? queue_pending(&map->snapshot) > 0 :
	       queue_creadr_slot(&map->queue) != queue_cwriter_slot(&map->queue);
}

bool route_is_quiet(struct route_map *map)
{
	const struct queue_snapshot *snapshot = &map->snapshot;
	struct its_error ignored;
	uint64_t creadr, cwriter;

	return map->has_ring && !snapshot->moved && !snapshot->stalled && !queue_pending(snapshot) &&
	       !queue_register_read(&map->queue, GITS_CREADR, &creadr, &ignored) &&
	       !queue_register_read(&map->queue, GITS_CWRITER, &cwriter, &ignored) &&
	       creadr == snapshot->creadr_after && cwriter == snapshot->cwriter_after;
}

void route_close(struct route_map *map)
{
	replay_free(&map->replay);
	if (map->has_ring)
		queue_snapshot_free(&map->snapshot);
	free(map->cpus);
	route_pages_free(&map->pages);
	queue_close(&map->queue);
}

const struct route_cpu *route_cpu_of(const struct route_map *map, uint64_t rdbase)
{
	size_t i;

	for (i = 0; i < map->n_cpus; i++)
		if (queue_redistributor_is(&map->queue, &map->cpus[i].redistributor, rdbase))
			return &map->cpus[i];
	return NULL;
}

const struct route_cpu *route_cpu_of_vpe(const struct route_map *map, const struct replay_vpe *vpe)
{
	return route_cpu_of(map, vpe->rdbase - queue_vpe_rdbase_offset(&map->queue));
}

void route_follow(struct route_map *map, uint32_t device_id, uint32_t event_id, struct route *route)
{
	const struct replay *replay = &map->replay;

	*route = (struct route){ .device_id = device_id, .event_id = event_id };
	route->device = replay_device(replay, device_id);
	route->device_known = replay_device_known(replay, device_id);
	route->event = replay_event(replay, device_id, event_id);
	route->event_known = replay_event_known(replay, device_id, event_id);
	if (!route->event || route->event_known != REPLAY_MAPPED)
		return;
	if (route->event->is_virtual) {
		route->vpe = replay_vpe(replay, route->event->vpeid);
		if (route->vpe && route->vpe->known == REPLAY_MAPPED && route->vpe->has_rdbase)
			route->cpu = route_cpu_of_vpe(map, route->vpe);
	} else if (route->event->has_icid) {
		route->collection = replay_collection(replay, route->event->icid);
		route->collection_known = replay_collection_known(replay, route->event->icid);
		if (route->collection && route->collection_known == REPLAY_MAPPED)
			route->cpu = route_cpu_of(map, route->collection->rdbase);
	}
	if (route->event->has_pintid)
		route_lpi_read(map, route->cpu, route->event->pintid, &route->lpi);
}
