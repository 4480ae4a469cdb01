// SPDX-License-Identifier: GPL-2.0-or-later
/* Does every event have its own LPI, and can that reach a CPU? */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "check_run.h"

/* A CPU that takes interrupts takes one within this time. */
#define TAKEN_MS 20

static void meet_lpi(void *context, const struct claim *one, const struct claim *other)
{
	struct check_run *run = context;
	char first[80], second[80];

	if (one->its == run->map.its || other->its == run->map.its)
		check_fail(run, CHECK_SHARED_LPI, "LPI %llu belongs to %s and to %s", (unsigned long long)other->first,
			   claim_text(one, run->map.its, first, sizeof(first)),
			   claim_text(other, run->map.its, second, sizeof(second)));
}

static void check_shared(struct check_run *run)
{
	const struct replay_event *event;

	for (event = run->map.replay.events; event; event = event->hh.next) {
		const struct claim claim = { .kind = CLAIM_EVENT, .first = event->pintid, .its = run->map.its,
					     .device_id = event->device_id, .event_id = event->event_id };

		if (event->known == REPLAY_MAPPED && event->has_pintid && !claims_add(&run->scope->lpis, claim, 1)) {
			check_cannot(run, CHECK_SHARED_LPI, "no memory for the events");
			return;
		}
	}
	claims_compare(&run->scope->lpis, meet_lpi, run);
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

/*
 * Linux maps MSIs when they are allocated. One that nobody has requested stays with its CPU when that
 * goes offline, disabled, and is moved once somebody does: migrate_one_irq(), irq_startup().
 */
static bool is_parked(const struct check_run *run, const struct route *route)
{
	struct board_cpu_identity who;

	return run->linux && route->lpi.has_config && !route->lpi.enabled &&
	       board_cpu_of(run->map.board, run->system, route->cpu->affinity, &who) && who.online == BOARD_OFFLINE;
}

/* The way of one event on its redistributor. */
static void check_cpu(struct check_run *run, const struct route *route)
{
	const struct route_cpu *cpu = route->cpu;
	struct board_cpu_identity who;
	struct route_lpi_limit limit;

	if (board_cpu_of(run->map.board, run->system, cpu->affinity, &who) && who.online == BOARD_OFFLINE &&
	    !is_parked(run, route))
		check_fail(run, CHECK_OFFLINE, "EventID %u of DeviceID 0x%x goes to CPU %u, which is offline",
			   route->event_id, route->device_id, who.cpu);
	route_lpi_limit(&run->map, cpu, &limit);
	if (route->event->has_pintid && route->event->pintid >= limit.end)
		check_fail(run, CHECK_ID_BITS, "LPI %u (EventID %u of DeviceID 0x%x) is out of range at the redistributor at 0x%llx: %s",
			   route->event->pintid, route->event_id, route->device_id,
			   (unsigned long long)cpu->redistributor.base, limit.why);
}

/*
 * A redistributor to which @events events go, or that Linux may move them to:
 * it sets up each that it brings online.
 */
static void check_redistributor(struct check_run *run, const struct route_cpu *cpu, size_t events)
{
	struct board_cpu_identity who = { .online = BOARD_ONLINE_UNKNOWN };
	char name[120], of[40] = "";

	if (!cpu->readable)
		return;
	if (board_cpu_of(run->map.board, run->system, cpu->affinity, &who) && who.source != BOARD_CPU_ABSENT)
		snprintf(of, sizeof(of), " of CPU %u", who.cpu);
	if (!events && (!run->linux || who.online != BOARD_ONLINE))
		return;
	snprintf(name, sizeof(name), "the redistributor%s at 0x%llx (%zu event%s to it)", of,
		 (unsigned long long)cpu->redistributor.base, events, events == 1 ? " goes" : "s go");
	if (!route_has_lpis(cpu))
		check_fail(run, CHECK_ENABLE_LPIS, "%s has GICR_CTLR.EnableLPIs = 0: no LPI is delivered there", name);
	if (its_register_get(GICR_WAKER, "ChildrenAsleep", cpu->waker))
		check_fail(run, CHECK_AWAKE, "%s is asleep: GICR_WAKER = 0x%x%s", name, cpu->waker, who.online == BOARD_ONLINE &&
			   !route_hides_waker(&run->map) ?
			   "; in a deep idle state Linux sets it so, and an interrupt wakes the CPU" : "");
}

/* @events: how many go to each redistributor. */
static void check_redistributors(struct check_run *run, const size_t *events)
{
	size_t i;

	for (i = 0; i < run->map.n_cpus; i++)
		check_redistributor(run, &run->map.cpus[i], events[i]);
}

/* Linux's CPUs are known, and each has been looked at: events that are not known go to one of them. */
static bool sees_all_targets(const struct check_run *run)
{
	struct board_cpu_identity who;
	size_t i;

	for (i = 0; i < run->map.n_cpus; i++)
		if (!run->map.cpus[i].readable ||
		    !board_cpu_of(run->map.board, run->system, run->map.cpus[i].affinity, &who) ||
		    who.online == BOARD_ONLINE_UNKNOWN)
			return false;
	return run->linux && run->map.n_cpus;
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

static void check_taken(struct check_run *run, const struct route *route, unsigned *looks)
{
	const struct route_lpi *lpi = &route->lpi;
	const struct replay_event *event = route->event;

	if (!lpi->has_pending && table_error(run))
		check_cannot(run, CHECK_LPI_TAKEN, "%s", table_error(run));
	if (!lpi->has_pending || !lpi->has_config)
		return;
	if (run->map.tables != ROUTE_TABLES_QEMU && lpi->pending)
		check_cannot(run, CHECK_LPI_TAKEN, "LPI %u (DeviceID 0x%x, EventID %u) is pending by the table in memory, which may be old: the redistributor holds such bits itself",
			     event->pintid, event->device_id, event->event_id);
	else if (lpi->pending && !lpi->enabled)
		check_fail(run, CHECK_LPI_TAKEN, "LPI %u (DeviceID 0x%x, EventID %u) is pending and disabled: its interrupt came and is kept back",
			   event->pintid, event->device_id, event->event_id);
	else if (lpi->pending && (!run->map.memory->ops->live || run->map.memory->halted))
		check_cannot(run, CHECK_LPI_TAKEN, "LPI %u (DeviceID 0x%x, EventID %u) is pending, and on a machine that stands still it stays so",
			     event->pintid, event->device_id, event->event_id);
	/* Each look takes its time: a few are enough to tell. */
	else if (lpi->pending && route->cpu && *looks && (*looks)-- && stays_pending(run, route))
		check_fail(run, CHECK_LPI_TAKEN, "LPI %u (DeviceID 0x%x, EventID %u) is enabled and stays pending: its CPU does not take it",
			   event->pintid, event->device_id, event->event_id);
}

static void check_lpi(struct check_run *run, const struct route *route, unsigned *looks)
{
	const struct route_lpi *lpi = &route->lpi;
	const struct replay_event *event = route->event;

	if (!lpi->has_config && table_error(run)) {
		check_cannot(run, CHECK_LPI_ENABLED, "%s", table_error(run));
		check_cannot(run, CHECK_LPI_PRIORITY, "%s", table_error(run));
	}
	if (lpi->has_config && !lpi->enabled)
		check_fail(run, CHECK_LPI_ENABLED, "LPI %u (DeviceID 0x%x, EventID %u) is mapped and disabled", event->pintid,
			   event->device_id, event->event_id);
	if (lpi->has_config && lpi->enabled && run->linux && lpi->priority >= ROUTE_LINUX_PRIORITY_MASK)
		check_fail(run, CHECK_LPI_PRIORITY, "LPI %u (DeviceID 0x%x, EventID %u) has priority 0x%02x: Linux masks 0x%02x and above, and never takes it",
			   event->pintid, event->device_id, event->event_id, lpi->priority, ROUTE_LINUX_PRIORITY_MASK);
	check_taken(run, route, looks);
}

/* Two redistributors that have LPIs enabled. */
static void compare_pending(struct check_run *run, const struct route_cpu *first, const struct route_cpu *second)
{
	uint64_t base = route_lpi_pending(first).base;

	if (base && base == route_lpi_pending(second).base)
		check_fail(run, CHECK_LPI_TABLES, "the redistributors at 0x%llx and 0x%llx share the pending table at 0x%llx",
			   (unsigned long long)first->redistributor.base, (unsigned long long)second->redistributor.base,
			   (unsigned long long)base);
}

/* Linux has one configuration table for all of them, whatever GICR_TYPER.CommonLPIAff allows: reference 2.11. */
static void compare_config(struct check_run *run, const struct route_cpu *first, const struct route_cpu *second)
{
	uint64_t one = route_lpi_config(first).base, other = route_lpi_config(second).base;

	if (run->linux && one != other)
		check_fail(run, CHECK_LPI_TABLES, "the redistributor at 0x%llx has its LPI configuration at 0x%llx, the one at 0x%llx at 0x%llx: LPIs were enabled there before this kernel came (kexec, firmware), and its old tables are still in use",
			   (unsigned long long)first->redistributor.base, (unsigned long long)one,
			   (unsigned long long)second->redistributor.base, (unsigned long long)other);
}

static void check_tables(struct check_run *run)
{
	const struct route_cpu *first = NULL;
	size_t i, k;

	for (i = 0; i < run->map.n_cpus; i++) {
		const struct route_cpu *cpu = &run->map.cpus[i];
		struct route_lpi_table config = route_lpi_config(cpu), pending = route_lpi_pending(cpu);

		if (!route_has_lpis(cpu))
			continue;
		if (!pending.base || !config.base)
			check_fail(run, CHECK_LPI_TABLES, "the redistributor at 0x%llx has LPIs enabled without tables: GICR_PROPBASER = 0x%llx, GICR_PENDBASER = 0x%llx",
				   (unsigned long long)cpu->redistributor.base, (unsigned long long)cpu->propbaser,
				   (unsigned long long)cpu->pendbaser);
		else if (config.bytes && (!board_in_ram(run->map.board, config.base, config.bytes) ||
					  !board_in_ram(run->map.board, pending.base, pending.bytes)))
			check_fail(run, CHECK_LPI_TABLES, "the redistributor at 0x%llx has its LPI tables outside RAM: GICR_PROPBASER = 0x%llx, GICR_PENDBASER = 0x%llx",
				   (unsigned long long)cpu->redistributor.base, (unsigned long long)cpu->propbaser,
				   (unsigned long long)cpu->pendbaser);
		for (k = 0; k < i; k++)
			if (route_has_lpis(&run->map.cpus[k]))
				compare_pending(run, &run->map.cpus[k], cpu);
		if (first)
			compare_config(run, first, cpu);
		else
			first = cpu;
	}
}

/* Of what is not in the map nothing was found because nothing was seen. */
static void say_partial(struct check_run *run)
{
	static const enum check_id of_events[] = {
		CHECK_ITT_OVERLAP, CHECK_ITT_RAM, CHECK_CLAIMED, CHECK_SHARED_LPI, CHECK_TARGET, CHECK_OFFLINE,
		CHECK_ID_BITS, CHECK_LPI_ENABLED, CHECK_LPI_PRIORITY, CHECK_LPI_TAKEN, CHECK_ENABLE_LPIS, CHECK_AWAKE,
	};
	size_t i, count = 0;
	const struct replay_event *event;

	if (check_sees_all(run))
		return;
	for (event = run->map.replay.events; event; event = event->hh.next)
		count += event->known == REPLAY_MAPPED;
	for (i = 0; i < sizeof(of_events) / sizeof(of_events[0]); i++)
		if ((of_events[i] != CHECK_ENABLE_LPIS && of_events[i] != CHECK_AWAKE) || !sees_all_targets(run))
			check_cannot(run, of_events[i], "the ring has forgotten what was mapped first, and the ITS's tables cannot be read: of %zu event%s that %s known nothing is wrong",
				     count, count == 1 ? "" : "s", count == 1 ? "is" : "are");
}

static void say_unknown(struct check_run *run)
{
	static const enum check_id of_cpus[] = { CHECK_TARGET, CHECK_OFFLINE, CHECK_ENABLE_LPIS, CHECK_AWAKE,
						 CHECK_ID_BITS, CHECK_LPI_TABLES };
	const struct its_error *cpus = &run->map.cpus_error;
	size_t i;

	say_partial(run);
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
	size_t *events = calloc(run->map.n_cpus + 1, sizeof(*events));
	const struct replay_event *event;
	unsigned looks = 4;

	/* Who masks what is not known of another driver. */
	if (!run->linux)
		check_moot(run, CHECK_LPI_PRIORITY);
	for (event = run->map.replay.events; event; event = event->hh.next) {
		struct route route;

		if (event->known != REPLAY_MAPPED)
			continue;
		route_follow(&run->map, event->device_id, event->event_id, &route);
		check_target(run, &route);
		if (route.cpu)
			check_cpu(run, &route);
		if (route.cpu && events && !is_parked(run, &route))
			events[route.cpu - run->map.cpus]++;
		if (event->has_pintid)
			check_lpi(run, &route, &looks);
	}
	if (events) {
		check_redistributors(run, events);
	} else {
		check_cannot(run, CHECK_ENABLE_LPIS, "no memory for the redistributors");
		check_cannot(run, CHECK_AWAKE, "no memory for the redistributors");
	}
	free(events);
	check_shared(run);
	check_tables(run);
	if (route_hides_waker(&run->map))
		check_moot(run, CHECK_AWAKE);
	say_unknown(run);
	/* Hardware writes its pending bits to memory when it likes: that none is set proves nothing. */
	if (run->map.tables != ROUTE_TABLES_QEMU)
		check_moot(run, CHECK_LPI_TAKEN);
}
