// SPDX-License-Identifier: GPL-2.0-or-later
/* Where does this event's MSI stop? The links in the order in which the MSI passes them. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "explain_links.h"

static struct explain_link *newest(struct explain_walk *walk)
{
	return &walk->chain->links[walk->chain->count - 1];
}

void explain_say(struct explain_walk *walk, const char *name, enum explain_state state,
		 const char *format, ...)
{
	struct explain_chain *chain = walk->chain;
	struct explain_link *link;
	va_list arguments;

	if (chain->count == EXPLAIN_LINKS_MAX)
		return;
	link = &chain->links[chain->count++];
	*link = (struct explain_link){ .name = name, .state = state };
	va_start(arguments, format);
	vsnprintf(link->text, sizeof(link->text), format, arguments);
	va_end(arguments);
}

void explain_advise(struct explain_walk *walk, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(newest(walk)->advice, sizeof(newest(walk)->advice), format, arguments);
	va_end(arguments);
}

const char *explain_source(const struct replay_source *source, char *buffer, size_t size)
{
	switch (source->origin) {
	case REPLAY_RING:
		snprintf(buffer, size, "slot %u", source->slot);
		break;
	case REPLAY_TABLE:
		snprintf(buffer, size, "the ITS's table");
		break;
	case REPLAY_NOWHERE:
		snprintf(buffer, size, "nowhere");
		break;
	}
	return buffer;
}

const char *explain_state_name(enum explain_state state)
{
	static const char *const names[] = { "ok", "broken", "unknown", "note" };

	return names[state];
}

/* Who sends with this DeviceID? */
static void link_device(struct explain_walk *walk)
{
	const struct explain_linux *linux = walk->linux;
	uint32_t id = walk->route.device_id;

	if (!linux->device_name) {
		explain_say(walk, "device", EXPLAIN_UNKNOWN,
			    "no device of the firmware's description sends with DeviceID 0x%x", id);
		explain_advise(walk, "compare with 'its-tool list': a wrong msi-map or msi-parent makes the device send with another DeviceID, and its MSIs are dropped without a trace");
	} else if (linux->system && linux->device && board_system_lacks(linux->system, linux->device)) {
		explain_say(walk, "device", EXPLAIN_NOTE, "by msi-map DeviceID 0x%x is %s, but Linux has no such device",
			    id, linux->device_name);
	} else if (linux->driver) {
		explain_say(walk, "device", EXPLAIN_OK, "DeviceID 0x%x is %s, driver %s", id,
			    linux->device_name, linux->driver);
	} else {
		explain_say(walk, "device", EXPLAIN_OK, "DeviceID 0x%x is %s", id, linux->device_name);
	}
}

/* Do Linux and the ITS mean the same CPU? */
static void link_affinity(struct explain_walk *walk)
{
	const struct board_interrupt *interrupt = walk->linux->interrupt;
	struct board_cpu_identity where;

	if (!interrupt || !walk->linux->has_effective || !walk->route.cpu ||
	    !board_cpu_of(walk->map->board, walk->linux->system, walk->route.cpu->affinity, &where) ||
	    where.source != BOARD_CPU_SYSFS)
		return;
	if (where.cpu == walk->linux->effective) {
		explain_say(walk, "affinity", EXPLAIN_OK, "Linux means CPU %u, too", where.cpu);
		return;
	}
	explain_say(walk, "affinity", EXPLAIN_BROKEN, "Linux believes IRQ %u to go to CPU %u, the ITS sends it to CPU %u",
		    interrupt->irq, walk->linux->effective, where.cpu);
	explain_advise(walk, "a MOVI was lost or changed behind the driver's back: write /proc/irq/%u/smp_affinity twice, with another CPU first",
		       interrupt->irq);
}

/* What Linux has made of it, at the far end. */
static void link_linux(struct explain_walk *walk)
{
	const struct board_interrupt *interrupt = walk->linux->interrupt;

	if (!interrupt) {
		explain_say(walk, "handler", EXPLAIN_UNKNOWN, walk->linux->has_interrupts ?
			    "/proc/interrupts has no line for this event: no driver has requested it, or its line cannot be told" :
			    "there is no /proc/interrupts to look into");
		return;
	}
	explain_say(walk, "handler", *interrupt->action ? EXPLAIN_OK : EXPLAIN_NOTE,
		    "Linux IRQ %u (%s %llu), %s%s, has run %llu time%s", interrupt->irq, interrupt->chip,
		    (unsigned long long)interrupt->hwirq, *interrupt->action ? "handler " : "no handler",
		    interrupt->action, (unsigned long long)interrupt->count, interrupt->count == 1 ? "" : "s");
}

/* The first broken link is where the MSI stops; what lies behind it does not matter yet. */
static void conclude(struct explain_walk *walk)
{
	struct explain_chain *chain = walk->chain;
	struct explain_link *verdict = &chain->verdict;
	const struct board_interrupt *interrupt = walk->linux->interrupt;
	const struct board_its *its = &walk->map->board->its[walk->map->its];
	char names[200] = "";
	size_t i, used = 0;

	for (i = 0; i < chain->count; i++) {
		if (chain->links[i].state == EXPLAIN_BROKEN) {
			*verdict = chain->links[i];
			if (!*verdict->advice)
				snprintf(verdict->advice, sizeof(verdict->advice),
					 "'its-tool dump' and 'its-tool regs' show the state around it");
			return;
		}
		if (chain->links[i].state == EXPLAIN_UNKNOWN && used < sizeof(names))
			used += (size_t)snprintf(names + used, sizeof(names) - used, "%s%s", used ? ", " : "",
						 chain->links[i].name);
	}
	verdict->state = used ? EXPLAIN_UNKNOWN : EXPLAIN_OK;
	verdict->name = "verdict";
	if (used)
		snprintf(verdict->text, sizeof(verdict->text), "no broken link was found; unknown: %s", names);
	else if (interrupt && interrupt->count)
		snprintf(verdict->text, sizeof(verdict->text),
			 "the chain is whole, and %llu interrupt%s come through it",
			 (unsigned long long)interrupt->count, interrupt->count == 1 ? " has" : "s have");
	else
		snprintf(verdict->text, sizeof(verdict->text), "the chain is whole");
	snprintf(verdict->advice, sizeof(verdict->advice),
		 "'its-tool inject 0x%x %u' proves it from the ITS on; if that arrives, the device does not write EventID %u to 0x%llx, or its write comes with another DeviceID or none: look at its MSI or MSI-X enable and mask bits, address and data",
		 walk->route.device_id, walk->route.event_id, walk->route.event_id,
		 (unsigned long long)(its->has_pre_its ?
				      its->pre_its_base + 4 * (uint64_t)walk->route.device_id :
				      its->base + GITS_TRANSLATER_OFFSET));
}

void explain_route(struct route_map *map, uint32_t device_id, uint32_t event_id,
		   const struct explain_linux *linux, struct explain_chain *chain)
{
	struct explain_walk walk = { .map = map, .linux = linux, .chain = chain };

	memset(chain, 0, sizeof(*chain));
	route_follow(map, device_id, event_id, &walk.route);
	link_device(&walk);
	explain_its_links(&walk);
	explain_lpi_links(&walk);
	link_affinity(&walk);
	link_linux(&walk);
	conclude(&walk);
}
