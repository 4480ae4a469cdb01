// SPDX-License-Identifier: GPL-2.0-or-later
/* Does every event have its own LPI, and can that reach a CPU? */
#include <stdlib.h>
#include <time.h>

#include "check_run.h"

/* A CPU that takes interrupts takes one within this time. */
#define TAKEN_MS 20

static int compare_lpis(const void *a, const void *b)
{
	const struct replay_event *x = *(const struct replay_event *const *)a;
	const struct replay_event *y = *(const struct replay_event *const *)b;

	return (x->pintid > y->pintid) - (x->pintid < y->pintid);
}

static void check_shared(struct check_run *run)
{
	const struct replay_event **sorted, *event;
	size_t count = 0, i;

	sorted = calloc(HASH_COUNT(run->map.replay.events) + 1, sizeof(*sorted));
	if (!sorted) {
		check_cannot(run, CHECK_SHARED_LPI, "no memory for the events");
		return;
	}
	for (event = run->map.replay.events; event; event = event->hh.next)
		if (event->known == REPLAY_MAPPED && event->has_pintid)
			sorted[count++] = event;
	qsort(sorted, count, sizeof(*sorted), compare_lpis);
	for (i = 0; i + 1 < count; i++)
		if (sorted[i]->pintid == sorted[i + 1]->pintid)
			check_fail(run, CHECK_SHARED_LPI, "LPI %u belongs to EventID %u of DeviceID 0x%x and to EventID %u of DeviceID 0x%x",
				   sorted[i]->pintid, sorted[i]->event_id, sorted[i]->device_id,
				   sorted[i + 1]->event_id, sorted[i + 1]->device_id);
	free(sorted);
}

static void check_target(struct check_run *run, const struct route *route)
{
	const struct replay_event *event = route->event;

	if (event->is_virtual || !event->has_icid)
		return;
	if (route->collection_known == REPLAY_UNMAPPED)
		check_fail(run, CHECK_TARGET, "EventID %u of DeviceID 0x%x goes to collection %u, which is not mapped",
			   event->event_id, event->device_id, event->icid);
	else if (route->collection_known == REPLAY_MAPPED && !route->cpu && run->map.n_cpus)
		check_fail(run, CHECK_TARGET, "EventID %u of DeviceID 0x%x goes to collection %u at RDbase 0x%llx, where no redistributor is",
			   event->event_id, event->device_id, event->icid,
			   (unsigned long long)route->collection->rdbase);
}

static void check_cpu(struct check_run *run, const struct route *route)
{
	const struct route_cpu *cpu = route->cpu;
	struct board_cpu_identity who;

	if (board_cpu_of(run->map.board, run->system, cpu->affinity, &who) && who.online == BOARD_OFFLINE)
		check_fail(run, CHECK_OFFLINE, "EventID %u of DeviceID 0x%x goes to CPU %u, which is offline",
			   route->event_id, route->device_id, who.cpu);
	if (!cpu->readable)
		return;
	if (!its_register_get(GICR_CTLR, "EnableLPIs", cpu->ctlr))
		check_fail(run, CHECK_ENABLE_LPIS, "EventID %u of DeviceID 0x%x goes to the redistributor at 0x%llx, whose GICR_CTLR.EnableLPIs is 0",
			   route->event_id, route->device_id, (unsigned long long)cpu->redistributor.base);
	if (its_register_get(GICR_WAKER, "ChildrenAsleep", cpu->waker))
		check_fail(run, CHECK_AWAKE, "EventID %u of DeviceID 0x%x goes to the redistributor at 0x%llx, whose GICR_WAKER is 0x%x: asleep",
			   route->event_id, route->device_id, (unsigned long long)cpu->redistributor.base, cpu->waker);
	if (route->event->has_pintid &&
	    (!route_lpi_bits(cpu) || (uint64_t)route->event->pintid >> route_lpi_bits(cpu)))
		check_fail(run, CHECK_ID_BITS, "LPI %u needs more INTID bits than GICR_PROPBASER = 0x%llx of the redistributor at 0x%llx allows",
			   route->event->pintid, (unsigned long long)cpu->propbaser,
			   (unsigned long long)cpu->redistributor.base);
}

/* Pending at two looks with some time between: not just on its way. */
static bool stays_pending(struct check_run *run, const struct route *route)
{
	const struct timespec nap = { .tv_nsec = TAKEN_MS * 1000000 };
	struct route_pages fresh = { 0 }, kept = run->map.pages;
	struct route_lpi again;
	unsigned look;
	bool stays = true;

	for (look = 0; look < 2 && stays; look++) {
		if (run->map.memory->ops->live)
			nanosleep(&nap, NULL);
		memory_relax(run->map.memory);
		route_pages_init(&fresh, run->map.memory);
		fresh.board = kept.board;
		run->map.pages = fresh;
		route_lpi_read(&run->map, route->cpu, route->event->pintid, &again);
		stays = again.has_pending && again.pending;
		route_pages_free(&run->map.pages);
	}
	run->map.pages = kept;
	return stays;
}

/* Why an LPI's configuration or pending bit could not be read; NULL: the LPI leads to none, which other checks say. */
static const char *table_error(const struct check_run *run)
{
	return run->map.pages.error.code ? run->map.pages.error.message :
	       run->map.cpus_error.code ? run->map.cpus_error.message : NULL;
}

static void check_lpi(struct check_run *run, const struct route *route, unsigned *looks)
{
	const struct route_lpi *lpi = &route->lpi;
	const struct replay_event *event = route->event;

	if (!lpi->has_config && table_error(run))
		check_cannot(run, CHECK_LPI_ENABLED, "%s", table_error(run));
	if ((!lpi->has_config || !lpi->has_pending) && table_error(run))
		check_cannot(run, CHECK_LPI_TAKEN, "%s", table_error(run));
	if (lpi->has_config && !lpi->enabled)
		check_fail(run, CHECK_LPI_ENABLED, "LPI %u (DeviceID 0x%x, EventID %u) is mapped and disabled", event->pintid,
			   event->device_id, event->event_id);
	if (lpi->has_config && !lpi->enabled && lpi->has_pending && lpi->pending)
		check_fail(run, CHECK_LPI_TAKEN, "LPI %u (DeviceID 0x%x, EventID %u) is pending and disabled: its interrupt came and is kept back",
			   event->pintid, event->device_id, event->event_id);
	/* Each look takes its time: a few are enough to tell. */
	if (lpi->has_config && lpi->enabled && lpi->has_pending && lpi->pending && route->cpu &&
	    *looks && (*looks)-- && stays_pending(run, route))
		check_fail(run, CHECK_LPI_TAKEN, "LPI %u (DeviceID 0x%x, EventID %u) is enabled and stays pending: its CPU does not take it",
			   event->pintid, event->device_id, event->event_id);
}

static bool has_lpis(const struct route_cpu *cpu)
{
	return cpu->readable && its_register_get(GICR_CTLR, "EnableLPIs", cpu->ctlr);
}

static uint64_t config_of(const struct route_cpu *cpu)
{
	return its_register_get(GICR_PROPBASER, "Physical_Address", cpu->propbaser);
}

static uint64_t pending_of(const struct route_cpu *cpu)
{
	return its_register_get(GICR_PENDBASER, "Physical_Address", cpu->pendbaser);
}

/* Two redistributors that have LPIs enabled. */
static void compare_pending(struct check_run *run, const struct route_cpu *first, const struct route_cpu *second)
{
	if (pending_of(first) == pending_of(second) && pending_of(first))
		check_fail(run, CHECK_LPI_TABLES, "the redistributors at 0x%llx and 0x%llx share the pending table at 0x%llx",
			   (unsigned long long)first->redistributor.base, (unsigned long long)second->redistributor.base,
			   (unsigned long long)pending_of(first));
}

/* Linux has one configuration table for all of them, whatever GICR_TYPER.CommonLPIAff allows: reference 2.11. */
static void compare_config(struct check_run *run, const struct route_cpu *first, const struct route_cpu *second)
{
	if (run->linux && config_of(first) != config_of(second))
		check_fail(run, CHECK_LPI_TABLES, "the redistributor at 0x%llx has its LPI configuration at 0x%llx, the one at 0x%llx at 0x%llx: LPIs were enabled there before this kernel came (kexec, firmware), and its old tables are still in use",
			   (unsigned long long)first->redistributor.base, (unsigned long long)config_of(first),
			   (unsigned long long)second->redistributor.base, (unsigned long long)config_of(second));
}

static void check_tables(struct check_run *run)
{
	const struct route_cpu *first = NULL;
	size_t i, k;

	for (i = 0; i < run->map.n_cpus; i++) {
		const struct route_cpu *cpu = &run->map.cpus[i];
		unsigned bits = route_lpi_bits(cpu);

		if (!has_lpis(cpu))
			continue;
		if (!pending_of(cpu) || !config_of(cpu))
			check_fail(run, CHECK_LPI_TABLES, "the redistributor at 0x%llx has LPIs enabled without tables: GICR_PROPBASER = 0x%llx, GICR_PENDBASER = 0x%llx",
				   (unsigned long long)cpu->redistributor.base, (unsigned long long)cpu->propbaser,
				   (unsigned long long)cpu->pendbaser);
		else if (bits && (!board_in_ram(run->map.board, config_of(cpu), (UINT64_C(1) << bits) - ITS_LPI_FIRST) ||
				  !board_in_ram(run->map.board, pending_of(cpu), (UINT64_C(1) << bits) / 8)))
			check_fail(run, CHECK_LPI_TABLES, "the redistributor at 0x%llx has its LPI tables outside RAM: GICR_PROPBASER = 0x%llx, GICR_PENDBASER = 0x%llx",
				   (unsigned long long)cpu->redistributor.base, (unsigned long long)cpu->propbaser,
				   (unsigned long long)cpu->pendbaser);
		for (k = 0; k < i; k++)
			if (has_lpis(&run->map.cpus[k]))
				compare_pending(run, &run->map.cpus[k], cpu);
		if (first)
			compare_config(run, first, cpu);
		else
			first = cpu;
	}
}

static void say_unknown(struct check_run *run)
{
	static const enum check_id of_cpus[] = { CHECK_TARGET, CHECK_OFFLINE, CHECK_ENABLE_LPIS, CHECK_AWAKE,
						 CHECK_ID_BITS, CHECK_LPI_TABLES };
	const struct its_error *cpus = &run->map.cpus_error;
	size_t i;

	for (i = 0; i < sizeof(of_cpus) / sizeof(of_cpus[0]) && cpus->code; i++)
		check_cannot(run, of_cpus[i], "%.350s", cpus->message);
	if (!run->system || !run->system->n_cpus)
		check_cannot(run, CHECK_OFFLINE, "which CPUs are online is not known");
	if (!run->map.has_ring && run->map.tables == ROUTE_TABLES_OPAQUE)
		for (i = CHECK_SHARED_LPI; i < CHECKS; i++)
			if (i != CHECK_GROUP1 && i != CHECK_LPIS_SUPPORTED && i != CHECK_LPI_TABLES)
				check_cannot(run, (enum check_id)i, "neither ring nor tables could be read");
}

void check_lpis(struct check_run *run)
{
	const struct replay_event *event;
	unsigned looks = 4;

	for (event = run->map.replay.events; event; event = event->hh.next) {
		struct route route;

		if (event->known != REPLAY_MAPPED)
			continue;
		route_follow(&run->map, event->device_id, event->event_id, &route);
		check_target(run, &route);
		if (route.cpu)
			check_cpu(run, &route);
		if (event->has_pintid)
			check_lpi(run, &route, &looks);
	}
	check_shared(run);
	check_tables(run);
	say_unknown(run);
}
