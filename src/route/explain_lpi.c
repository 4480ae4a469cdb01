// SPDX-License-Identifier: GPL-2.0-or-later
/* From the LPI to the CPU: collection, redistributor, configuration, pending bit. */
#include <stdio.h>

#include "explain_links.h"

/* "CPU 2", "CPU 2 (by the device tree's order)" or "the CPU of affinity 0.0.0.2". */
static const char *cpu_name(const struct explain_walk *walk, char *buffer, size_t size, bool *offline)
{
	const struct route_cpu *cpu = walk->route.cpu;
	struct board_cpu_identity who;

	*offline = false;
	if (!board_cpu_of(walk->map->board, walk->linux->system, cpu->affinity, &who) ||
	    who.source == BOARD_CPU_ABSENT) {
		snprintf(buffer, size, "the CPU of affinity %u.%u.%u.%u", cpu->affinity >> 24,
			 cpu->affinity >> 16 & 0xff, cpu->affinity >> 8 & 0xff, cpu->affinity & 0xff);
		return buffer;
	}
	*offline = who.online == BOARD_OFFLINE;
	snprintf(buffer, size, "CPU %u%s", who.cpu,
		 who.source == BOARD_CPU_ASSUMED ? " (by the order of the tree)" : "");
	return buffer;
}

static void link_vpe(struct explain_walk *walk, uint32_t vpeid)
{
	char from[40];

	switch (replay_vpe_known(&walk->map->replay, vpeid)) {
	case REPLAY_MAPPED:
		explain_say(walk, "vpe", EXPLAIN_OK, "vPE %u is mapped (%s)", vpeid,
			    explain_source(&walk->route.vpe->source, from, sizeof(from)));
		break;
	case REPLAY_UNMAPPED:
		explain_say(walk, "vpe", EXPLAIN_BROKEN, "vPE %u is not mapped: no VMAPP for it is in force", vpeid);
		explain_advise(walk, "the vLPI goes nowhere; KVM maps a vPE when its guest's first vLPI is set up: is the guest gone?");
		break;
	case REPLAY_UNKNOWN:
		explain_say(walk, "vpe", EXPLAIN_UNKNOWN, "no VMAPP of vPE %u is left in the ring's history", vpeid);
		break;
	}
}

static void link_collection(struct explain_walk *walk)
{
	const struct replay_event *event = walk->route.event;
	const struct replay_collection *collection = walk->route.collection;
	char from[40];

	if (event && event->is_virtual) {
		link_vpe(walk, event->vpeid);
		return;
	}
	if (!event || walk->route.event_known != REPLAY_MAPPED || !event->has_icid) {
		explain_say(walk, "collection", EXPLAIN_UNKNOWN, "the event's collection is not known");
	} else if (walk->route.collection_known == REPLAY_MAPPED) {
		explain_say(walk, "collection", EXPLAIN_OK, "collection %u is mapped (%s) to RDbase 0x%llx", event->icid,
			    explain_source(&collection->source, from, sizeof(from)),
			    (unsigned long long)collection->rdbase);
	} else if (walk->route.collection_known == REPLAY_UNMAPPED && collection && collection->table_differs) {
		explain_say(walk, "collection", EXPLAIN_BROKEN,
			    "the ITS's own table does not map collection %u, though the ring does (slot %u)", event->icid,
			    collection->ring.slot);
		explain_advise(walk, "a command went past the ring's history (its-tool send --force, a debugger), or memory was overwritten; taking the CPU down and up maps it again");
	} else if (walk->route.collection_known == REPLAY_UNMAPPED) {
		explain_say(walk, "collection", EXPLAIN_BROKEN, "collection %u is not mapped: no MAPC for it is in force",
			    event->icid);
		explain_advise(walk, "the LPI goes nowhere; Linux maps a collection when its CPU comes up: is the event moved to a CPU that never did?");
	} else {
		explain_say(walk, "collection", EXPLAIN_UNKNOWN, "no MAPC of collection %u is left in the ring's history",
			    event->icid);
	}
}

static void link_redistributor(struct explain_walk *walk)
{
	const struct route_map *map = walk->map;
	const struct replay_collection *collection = walk->route.collection;
	bool offline;
	char name[60];

	if (collection && collection->astray.origin == REPLAY_RING) {
		explain_say(walk, "redistributor", EXPLAIN_UNKNOWN,
			    "a later MAPC in slot %u moves collection %u to RDbase 0x%llx, to which no redistributor answers: the ITS has taken it, or ignored it",
			    collection->astray.slot, collection->icid, (unsigned long long)collection->astray_rdbase);
		explain_advise(walk, "if it has taken it every interrupt of the collection is lost: 'its-tool send \"MAPC ICID=%u RDbase=0x%llx V=1\"' maps it where it was",
			       collection->icid, (unsigned long long)collection->rdbase);
		return;
	}
	if (walk->route.cpu) {
		cpu_name(walk, name, sizeof(name), &offline);
		explain_say(walk, "redistributor", offline ? EXPLAIN_BROKEN : EXPLAIN_OK,
			    "redistributor at 0x%llx, of %s%s",
			    (unsigned long long)walk->route.cpu->redistributor.base, name,
			    offline ? ", which is OFFLINE" : "");
		if (offline)
			explain_advise(walk, "nobody takes the interrupt there: move it by /proc/irq/*/smp_affinity, or bring the CPU up");
	} else if (!map->n_cpus) {
		explain_say(walk, "redistributor", EXPLAIN_UNKNOWN, "the redistributors could not be read: %.200s",
			    map->cpus_error.message);
	} else if (collection && walk->route.collection_known == REPLAY_MAPPED) {
		explain_say(walk, "redistributor", EXPLAIN_BROKEN, "no redistributor answers to RDbase 0x%llx",
			    (unsigned long long)collection->rdbase);
		if (queue_assumes(&map->queue, GITS_TYPER))
			explain_advise(walk, "'its-tool regs' lists the redistributors");
		else
			explain_advise(walk, "GITS_TYPER.PTA = %u, so RDbase is %s; 'its-tool regs' lists the redistributors",
				       map->queue.pta, map->queue.pta ? "an address" : "a processor number");
	} else {
		explain_say(walk, "redistributor", EXPLAIN_UNKNOWN, "which redistributor is not known");
	}
}

static void link_awake(struct explain_walk *walk, const struct route_cpu *cpu)
{
	struct board_cpu_identity who;
	bool online = board_cpu_of(walk->map->board, walk->linux->system, cpu->affinity, &who) && who.online == BOARD_ONLINE;

	if (!its_register_get(GICR_WAKER, "ChildrenAsleep", cpu->waker)) {
		if (route_hides_waker(walk->map))
			explain_say(walk, "awake", EXPLAIN_NOTE, "GICR_WAKER = 0x%x, as it reads whether the CPU is awake or not: firmware's secure side alone sees it", cpu->waker);
		else
			explain_say(walk, "awake", EXPLAIN_OK, "GICR_WAKER = 0x%x: the CPU is awake", cpu->waker);
	} else if (online && !walk->route.lpi.pending) {
		explain_say(walk, "awake", EXPLAIN_NOTE, "the redistributor believes its CPU to be asleep: GICR_WAKER = 0x%x", cpu->waker);
		explain_advise(walk, "in a deep idle state Linux sets it so, and an interrupt wakes the CPU; if none ever does, firmware does not act on the redistributor's wake request");
	} else {
		explain_say(walk, "awake", EXPLAIN_BROKEN, "the redistributor believes its CPU to be asleep: GICR_WAKER = 0x%x", cpu->waker);
		explain_advise(walk, "interrupts are kept pending until the CPU wakes: firmware or PSCI left GICR_WAKER so (on MSM8996 it is never written)");
	}
}

static void link_redistributor_state(struct explain_walk *walk)
{
	const struct route_cpu *cpu = walk->route.cpu;

	if (!cpu)
		return;
	if (!cpu->readable) {
		explain_say(walk, "enable-lpis", EXPLAIN_UNKNOWN, "its registers could not be read: %.200s",
			    walk->map->cpus_error.message);
		return;
	}
	if (route_has_lpis(cpu)) {
		explain_say(walk, "enable-lpis", EXPLAIN_OK, "LPIs are enabled there: GICR_CTLR = 0x%08x", cpu->ctlr);
	} else {
		explain_say(walk, "enable-lpis", EXPLAIN_BROKEN, "LPIs are off there: GICR_CTLR.EnableLPIs = 0 (0x%08x)", cpu->ctlr);
		explain_advise(walk, "no LPI reaches this CPU: the kernel's LPI set-up failed there (dmesg: 'GICv3: CPU'), or somebody has cleared the bit");
	}
	link_awake(walk, cpu);
}

static void link_lpi_range(struct explain_walk *walk)
{
	const struct route_map *map = walk->map;
	const struct route_cpu *cpu = walk->route.cpu;
	const struct replay_event *event = walk->route.event;
	struct route_lpi_limit limit;

	if (!event || !event->has_pintid || walk->route.event_known != REPLAY_MAPPED)
		return;
	if (map->has_gicd && !its_register_get(GICD_TYPER, "LPIS", map->gicd_typer)) {
		explain_say(walk, "lpi-range", EXPLAIN_BROKEN, "the GIC supports no LPIs: GICD_TYPER.LPIS = 0 (0x%08x)", map->gicd_typer);
		return;
	}
	if (event->pintid < ITS_LPI_FIRST) {
		explain_say(walk, "lpi-range", EXPLAIN_BROKEN, "INTID %u is no LPI: they begin at %u", event->pintid, ITS_LPI_FIRST);
		return;
	}
	route_lpi_limit(map, NULL, &limit);
	if (event->pintid >= limit.end) {
		explain_say(walk, "lpi-range", EXPLAIN_BROKEN, "LPI %u is beyond what the GIC has: %s", event->pintid, limit.why);
		explain_advise(walk, "the redistributors ignore it: the driver allocates LPIs from a range that this GIC does not have");
		return;
	}
	if (!cpu || !cpu->readable) {
		explain_say(walk, "lpi-range", EXPLAIN_UNKNOWN, "whether LPI %u is within the redistributor's tables is not known: %.200s", event->pintid,
			    map->cpus_error.code ? map->cpus_error.message : "its redistributor is not known");
		return;
	}
	route_lpi_limit(map, cpu, &limit);
	if (event->pintid >= limit.end) {
		explain_say(walk, "lpi-range", EXPLAIN_BROKEN, "LPI %u is beyond the tables of the redistributor: %s",
			    event->pintid, limit.why);
		explain_advise(walk, "the redistributor ignores it: IDbits was set too small, by firmware or by a kernel before this one");
		return;
	}
	explain_say(walk, "lpi-range", EXPLAIN_OK, "LPI %u is below %llu, where LPIs end: %s", event->pintid,
		    (unsigned long long)limit.end, limit.why);
}

static void link_config(struct explain_walk *walk)
{
	const struct replay_event *event = walk->route.event;
	const struct route_lpi *lpi = &walk->route.lpi;
	const struct replay_collection *collection = walk->route.collection;
	char from[40];

	if (!event || walk->route.event_known != REPLAY_MAPPED || !event->has_pintid)
		return;
	if (!lpi->has_config) {
		explain_say(walk, "config", EXPLAIN_UNKNOWN, "%s%.200s", walk->map->pages.error.code ?
			    "the LPI configuration table could not be read: " :
			    "the LPI configuration table has no entry for it", walk->map->pages.error.message);
	} else if (!lpi->enabled) {
		explain_say(walk, "config", EXPLAIN_BROKEN, "LPI %u is DISABLED in the configuration table (priority 0x%02x)",
			    event->pintid, lpi->priority);
		explain_advise(walk, "the driver has masked the interrupt, or nobody has requested it (/proc/interrupts); it stays pending until it is enabled and INV is sent");
	} else if (lpi->priority >= ROUTE_LINUX_PRIORITY_MASK && route_is_linux(walk->map->memory, walk->linux->system)) {
		explain_say(walk, "config", EXPLAIN_BROKEN, "LPI %u is enabled in the configuration table, with priority 0x%02x: Linux masks 0x%02x and above",
			    event->pintid, lpi->priority, ROUTE_LINUX_PRIORITY_MASK);
		explain_advise(walk, "it stays pending for ever; Linux itself gives LPIs 0x80, 0xa0 or 0xc0: was the table overwritten, or is it firmware's or an older kernel's (kexec)?");
	} else {
		explain_say(walk, "config", EXPLAIN_OK, "LPI %u is enabled in the configuration table, priority 0x%02x",
			    event->pintid, lpi->priority);
	}
	/* What the redistributor has cached can only be inferred. */
	if (event->inv.origin == REPLAY_RING)
		explain_say(walk, "cached", EXPLAIN_OK, "INV in %s made the redistributor read it again",
			    explain_source(&event->inv, from, sizeof(from)));
	else if (collection && collection->invall.origin == REPLAY_RING &&
		 (event->source.origin == REPLAY_TABLE || replay_is_younger(&collection->invall, &event->moved)))
		explain_say(walk, "cached", EXPLAIN_OK, "INVALL in %s made the redistributor read it again",
			    explain_source(&collection->invall, from, sizeof(from)));
	else
		explain_say(walk, "cached", EXPLAIN_NOTE,
			    "no INV of the event is left in the ring: the redistributor may hold an older copy (Linux may also have used GICR_INVLPIR)");
}

static void link_group(struct explain_walk *walk)
{
	const struct route_map *map = walk->map;

	if (!map->has_gicd) {
		explain_say(walk, "group", EXPLAIN_UNKNOWN, "the distributor could not be read");
	} else if (its_register_get(GICD_CTLR, "EnableGrp1", map->gicd_ctlr)) {
		explain_say(walk, "group", EXPLAIN_OK, "Group 1 is enabled: GICD_CTLR = 0x%08x", map->gicd_ctlr);
	} else {
		explain_say(walk, "group", EXPLAIN_BROKEN, "Group 1, to which LPIs belong, is off: GICD_CTLR = 0x%08x", map->gicd_ctlr);
		explain_advise(walk, "no interrupt of Linux's is delivered; firmware or another OS has cleared it");
	}
}

static void link_pending(struct explain_walk *walk)
{
	const struct route_lpi *lpi = &walk->route.lpi;

	if (!lpi->has_pending)
		return;
	if (!lpi->pending) {
		explain_say(walk, "pending", EXPLAIN_OK, "not pending: it was taken, or it never came");
		return;
	}
	explain_say(walk, "pending", EXPLAIN_NOTE, "PENDING and not taken%s",
		    its_register_get(GITS_IIDR, "ProductID", walk->map->queue.iidr) || walk->map->tables == ROUTE_TABLES_OPAQUE ?
		    " (on hardware the table in memory can be stale)" : "");
	explain_advise(walk, "the MSI came as far as the redistributor: look at what is broken above; else the CPU runs with interrupts off, or at a priority mask that keeps it out");
}

void explain_lpi_links(struct explain_walk *walk)
{
	link_collection(walk);
	link_redistributor(walk);
	link_redistributor_state(walk);
	link_lpi_range(walk);
	link_config(walk);
	link_group(walk);
	link_pending(walk);
}
