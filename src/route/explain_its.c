// SPDX-License-Identifier: GPL-2.0-or-later
/* From the doorbell to the LPI: is the ITS at work, and are device and event mapped? */
#include <stdio.h>

#include "explain_links.h"

static const char past_the_history[] =
	"a command went past the ring's history (its-tool send --force, a debugger), or memory was overwritten; binding the driver anew maps it again";

static void link_enabled(struct explain_walk *walk)
{
	uint32_t ctlr = walk->map->queue.ctlr;

	if (queue_assumes(&walk->map->queue, GITS_CTLR)) {
		explain_say(walk, "its", EXPLAIN_UNKNOWN, "whether the ITS is enabled: GITS_CTLR is not known");
		return;
	}
	if (its_register_get(GITS_CTLR, "Enabled", ctlr)) {
		explain_say(walk, "its", EXPLAIN_OK, "the ITS is enabled: GITS_CTLR = 0x%08x", ctlr);
		return;
	}
	explain_say(walk, "its", EXPLAIN_BROKEN, "the ITS is disabled: GITS_CTLR = 0x%08x", ctlr);
	explain_advise(walk, "it drops every MSI: look in dmesg why the kernel did not enable it, or who disabled it (suspend, kexec, a debugger)");
}

/* The event's own command, if it is among those that the ITS has not executed. */
static bool find_pending(const struct explain_walk *walk, unsigned *slot, const char **name)
{
	const struct queue_snapshot *ring = &walk->map->snapshot;
	unsigned age, pending = queue_pending(ring);
	enum its_layout layout = walk->map->queue.layout;

	for (age = ring->slots - pending; age < ring->slots; age++) {
		const uint64_t *words;
		uint64_t device_id, event_id;

		*slot = queue_slot_by_age(ring, age);
		words = ring->words[*slot];
		if (!its_command_get(words, layout, ITS_FIELD_DEVICE_ID, &device_id) ||
		    device_id != walk->route.device_id)
			continue;
		if (its_command_get(words, layout, ITS_FIELD_EVENT_ID, &event_id) &&
		    event_id != walk->route.event_id)
			continue;
		*name = its_command_by_opcode(words[0])->name;
		return true;
	}
	return false;
}

static void link_queue(struct explain_walk *walk)
{
	const struct route_map *map = walk->map;
	bool no_cwriter = queue_assumes(&map->queue, GITS_CWRITER), no_creadr = queue_assumes(&map->queue, GITS_CREADR);
	unsigned slot, pending;
	char behind[50] = "", ours[80] = "";
	const char *name;

	if (!map->has_ring) {
		/* The registers alone still tell whether it stands. */
		bool stalled = queue_stalled(&map->queue) && (no_cwriter || route_has_pending(map));

		explain_say(walk, "queue", stalled ? EXPLAIN_BROKEN : EXPLAIN_UNKNOWN, "%sthe ring could not be read: %.200s",
			    stalled ? "the ITS is STALLED; " : "", map->ring_error.message);
		explain_advise(walk, "%s", map->ring_error.hint);
		return;
	}
	pending = queue_pending(&map->snapshot);
	if (map->snapshot.stalled && !pending && !no_cwriter) {
		explain_say(walk, "queue", EXPLAIN_NOTE, "CREADR.Stalled is set, though nothing is pending at slot %u", map->snapshot.creadr);
		explain_advise(walk, "QEMU leaves the bit set after a stall until GITS_CBASER is written, and executes all the same");
	} else if (map->snapshot.stalled) {
		const struct its_command *culprit =
			its_command_by_opcode(map->snapshot.words[map->snapshot.creadr][0]);

		if (find_pending(walk, &slot, &name))
			snprintf(ours, sizeof(ours), "; %s in slot %u is for this device", name, slot);
		if (!no_cwriter)
			snprintf(behind, sizeof(behind), ", with %u commands queued behind it", pending - 1);
		explain_say(walk, "queue", EXPLAIN_BROKEN, "the ITS is STALLED at slot %u, on %s%s%s", map->snapshot.creadr,
			    culprit ? culprit->name : "an unknown opcode", behind, ours);
		explain_advise(walk, "'its-tool dump' shows the command it does not accept and why; 'its-tool recover' replaces it and goes on");
	} else if (map->stuck) {
		explain_say(walk, "queue", EXPLAIN_BROKEN,
			    "%u commands are pending and GITS_CREADR stays at slot %u: the ITS does not execute",
			    pending, map->snapshot.creadr);
		explain_advise(walk, "is the ITS clocked and enabled, and can it reach the ring at 0x%llx? 'its-tool regs' shows CBASER's attributes",
			       (unsigned long long)map->queue.base);
	} else if (find_pending(walk, &slot, &name)) {
		explain_say(walk, "queue", EXPLAIN_NOTE, "%s for this device waits in slot %u, not executed yet", name, slot);
	} else if (no_creadr || no_cwriter) {
		explain_say(walk, "queue", EXPLAIN_UNKNOWN, "whether the ring drains: %s not known",
			    no_creadr && no_cwriter ? "GITS_CREADR and GITS_CWRITER are" :
			    no_creadr ? "GITS_CREADR is" : "GITS_CWRITER is");
	} else {
		explain_say(walk, "queue", EXPLAIN_OK, "the ring drains: %u of %u slots pending", pending,
			    map->snapshot.slots);
	}
}

/* Is there room for the DeviceID in the device table? An indirect one has a page for it, or not. */
static void link_device_id(struct explain_walk *walk)
{
	unsigned bits = (unsigned)its_register_get(GITS_TYPER, "Devbits", walk->map->queue.typer) + 1;
	uint32_t id = walk->route.device_id;
	uint64_t entries, page;

	if ((uint64_t)id >> bits) {
		explain_say(walk, "device-id", EXPLAIN_BROKEN,
			    "DeviceID 0x%x needs more than the %u bits of GITS_TYPER.Devbits", id, bits);
		explain_advise(walk, "the firmware's DeviceID is wrong, or the device sends past the ITS: check msi-map and msi-parent");
		return;
	}
	switch (route_device_room(walk->map, id, &entries, &page)) {
	case ROUTE_ROOM_NO_TABLE:
		if (!walk->map->has_basers || queue_assumes(&walk->map->queue, GITS_TYPER))
			explain_say(walk, "device-id", EXPLAIN_UNKNOWN, "whether the ITS has room for DeviceID 0x%x: %.200s", id,
				    walk->map->has_basers ? "GITS_TYPER is not known" : walk->map->tables_error.message);
		else
			explain_say(walk, "device-id", EXPLAIN_OK, "DeviceID 0x%x fits in %u bits; there is no device table in memory",
				    id, bits);
		break;
	case ROUTE_ROOM_BEYOND:
		explain_say(walk, "device-id", EXPLAIN_BROKEN, "DeviceID 0x%x lies BEYOND the device table of %llu entries",
			    id, (unsigned long long)entries);
		explain_advise(walk, "the kernel allocated too small a device table for this DeviceID: look for 'allocated ... Devices' in dmesg");
		break;
	case ROUTE_ROOM_NO_PAGE:
		/* Linux allocates the page at the first MAPD: before that one its absence is no fault. */
		explain_say(walk, "device-id", walk->route.device_known == REPLAY_MAPPED ? EXPLAIN_BROKEN : EXPLAIN_NOTE,
			    "the device table has no second-level page for DeviceID 0x%x", id);
		explain_advise(walk, "the page that held this device's entry is gone: was the table overwritten, or the ITS set up anew?");
		break;
	case ROUTE_ROOM_ASTRAY:
		explain_say(walk, "device-id", EXPLAIN_BROKEN, "the device table leads to 0x%llx for DeviceID 0x%x, which is not RAM",
			    (unsigned long long)page, id);
		explain_advise(walk, "the table was overwritten: the ITS reads and writes there; set it up anew (kexec, reboot)");
		break;
	case ROUTE_ROOM_UNREADABLE:
		explain_say(walk, "device-id", EXPLAIN_OK, "DeviceID 0x%x lies in the two-level device table (which could not be read)", id);
		break;
	case ROUTE_ROOM_OK:
		explain_say(walk, "device-id", EXPLAIN_OK, "DeviceID 0x%x lies in the device table of %llu entries", id,
			    (unsigned long long)entries);
		break;
	}
}

static void link_mapd(struct explain_walk *walk)
{
	const struct replay_device *device = walk->route.device;
	char from[40];

	if (walk->route.device_known == REPLAY_MAPPED && device && device->has_itt) {
		explain_say(walk, "mapd", EXPLAIN_OK, "the device is mapped (%s): ITT at 0x%llx for EventIDs 0 to %llu",
			    explain_source(&device->source, from, sizeof(from)),
			    (unsigned long long)device->itt_addr, (1ULL << device->event_bits) - 1);
	} else if (walk->route.device_known == REPLAY_UNMAPPED && device && device->table_differs) {
		explain_say(walk, "mapd", EXPLAIN_BROKEN, "the ITS's own table does not map the device, though the ring does (slot %u)",
			    device->ring.slot);
		explain_advise(walk, "%s", past_the_history);
	} else if (walk->route.device_known == REPLAY_UNMAPPED && device && device->source.origin == REPLAY_RING) {
		explain_say(walk, "mapd", EXPLAIN_BROKEN, "the device was unmapped again: MAPD V=0 in %s",
			    explain_source(&device->source, from, sizeof(from)));
		explain_advise(walk, "its driver has released its interrupts: is it bound? (dmesg, /sys/bus/*/devices/*/driver)");
	} else if (walk->route.device_known == REPLAY_UNMAPPED) {
		explain_say(walk, "mapd", EXPLAIN_BROKEN, "no MAPD for DeviceID 0x%x is in force", walk->route.device_id);
		explain_advise(walk, walk->route.device_id ?
			       "no driver has asked for its MSIs under this DeviceID: is it bound, and is msi-map or msi-parent right? compare with 'its-tool map'" :
			       "an MSI that a bridge, a hypervisor or a bare write passes on without its DeviceID arrives as 0, and the ITS drops it silently: compare with the DeviceIDs in 'its-tool map'");
	} else {
		explain_say(walk, "mapd", EXPLAIN_UNKNOWN, "no MAPD of the device is left in the ring's history");
	}
}

static void link_event_id(struct explain_walk *walk)
{
	unsigned bits = (unsigned)its_register_get(GITS_TYPER, "ID_bits", walk->map->queue.typer) + 1;
	const struct replay_device *device = walk->route.device;
	uint32_t id = walk->route.event_id;
	bool own = device && device->has_itt && device->event_bits < bits;

	if (own)
		bits = device->event_bits;
	if (!own && queue_assumes(&walk->map->queue, GITS_TYPER)) {
		explain_say(walk, "event-id", EXPLAIN_UNKNOWN, "whether EventID %u is within its bits: GITS_TYPER is not known", id);
		return;
	}
	if (bits < 32 && id >> bits) {
		explain_say(walk, "event-id", EXPLAIN_BROKEN, "EventID %u is beyond the %u bit%s of %s", id, bits,
			    bits == 1 ? "" : "s", own ? "the device's MAPD" : "GITS_TYPER.ID_bits");
		explain_advise(walk, "the device sends a vector that its driver did not ask for: check the MSI data it was given");
		return;
	}
	explain_say(walk, "event-id", EXPLAIN_OK, "EventID %u is within the %u bit%s of %s", id, bits,
		    bits == 1 ? "" : "s", own ? "the device's MAPD" : "GITS_TYPER.ID_bits");
}

static void link_mapti(struct explain_walk *walk)
{
	const struct replay_event *event = walk->route.event;
	char from[40], moved[40];

	if (walk->route.event_known == REPLAY_UNMAPPED && event && event->table_differs) {
		explain_say(walk, "mapti", EXPLAIN_BROKEN, "the ITS's own table does not map the event, though the ring does (slot %u)",
			    event->ring.slot);
		explain_advise(walk, "%s", past_the_history);
	} else if (walk->route.event_known == REPLAY_UNMAPPED) {
		if (event && event->source.origin == REPLAY_RING)
			explain_say(walk, "mapti", EXPLAIN_BROKEN, "the event was unmapped again, in %s",
				    explain_source(&event->source, from, sizeof(from)));
		else
			explain_say(walk, "mapti", EXPLAIN_BROKEN, "the event is not mapped: no MAPTI for it is in force");
		explain_advise(walk, "the ITS drops its MSI; the driver has freed the vector, or never activated it: 'its-tool map' shows the events that are mapped");
	} else if (walk->route.event_known == REPLAY_UNKNOWN) {
		explain_say(walk, "mapti", EXPLAIN_UNKNOWN, "no MAPTI of the event is left in the ring's history");
	} else if (event->is_virtual && !event->has_vintid) {
		explain_say(walk, "mapti", EXPLAIN_UNKNOWN,
			    "mapped (%s) to vPE %u, but the VMAPTI that names its vLPI is no longer in the ring",
			    explain_source(&event->source, from, sizeof(from)), event->vpeid);
	} else if (event->is_virtual) {
		explain_say(walk, "mapti", EXPLAIN_OK, "mapped (%s) to vLPI %u of vPE %u",
			    explain_source(&event->source, from, sizeof(from)), event->vintid, event->vpeid);
	} else if (!event->has_pintid) {
		explain_say(walk, "mapti", EXPLAIN_UNKNOWN,
			    "mapped (%s), but the MAPTI that names its LPI is no longer in the ring",
			    explain_source(&event->source, from, sizeof(from)));
	} else if (event->moved.origin != event->source.origin || event->moved.slot != event->source.slot) {
		explain_say(walk, "mapti", EXPLAIN_OK, "mapped (%s) to LPI %u, moved (%s) to collection %u",
			    explain_source(&event->source, from, sizeof(from)), event->pintid,
			    explain_source(&event->moved, moved, sizeof(moved)), event->icid);
	} else {
		explain_say(walk, "mapti", EXPLAIN_OK, "mapped (%s) to LPI %u, collection %u",
			    explain_source(&event->source, from, sizeof(from)), event->pintid, event->icid);
	}
}

void explain_its_links(struct explain_walk *walk)
{
	link_enabled(walk);
	link_queue(walk);
	link_device_id(walk);
	link_mapd(walk);
	link_event_id(walk);
	link_mapti(walk);
}
