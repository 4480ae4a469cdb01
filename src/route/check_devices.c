// SPDX-License-Identifier: GPL-2.0-or-later
/* Are the devices' tables where they may be, and do they hold what the ring says? */
#include "check_run.h"
#include "its/identity.h"

static uint64_t itt_bytes(const struct check_run *run, const struct replay_device *device)
{
	uint64_t entry = its_register_get(GITS_TYPER, "ITT_entry_size", run->map.queue.typer) + 1;

	return entry << device->event_bits;
}

static void meet_memory(void *context, const struct claim *one, const struct claim *other)
{
	struct check_run *run = context;
	char first[120], second[120];

	if (one->kind == CLAIM_SHARED || other->kind == CLAIM_SHARED || one->its == run->map.its ||
	    other->its == run->map.its)
		check_fail(run, CHECK_ITT_OVERLAP, "%s and %s overlap",
			   claim_text(one, run->map.its, first, sizeof(first)),
			   claim_text(other, run->map.its, second, sizeof(second)));
}

static bool claim_table(struct check_run *run, enum claim_kind kind, const char *name, uint64_t base, uint64_t bytes)
{
	const struct claim claim = { .kind = kind, .first = base, .its = run->map.its, .name = name };

	return claims_add(&run->scope->memory, claim, base ? bytes : 0);
}

static bool claim_tables(struct check_run *run)
{
	const struct route_map *map = &run->map;
	uint64_t base, bytes;
	bool claimed = true;
	size_t i;

	if (!queue_assumes(&map->queue, GITS_CBASER) && its_register_get(GITS_CBASER, "Valid", map->queue.cbaser)) {
		queue_place(map->queue.cbaser, &base, &bytes);
		claimed &= claim_table(run, CLAIM_TABLE, "ring", base, bytes);
	}
	for (i = 0; i < ITS_BASERS && map->has_basers; i++)
		if (its_register_get(GITS_BASER0, "Valid", map->baser[i]))
			claimed &= claim_table(run, its_baser_type(map->baser[i]) == ITS_BASER_VPES ? CLAIM_SHARED : CLAIM_TABLE,
					       its_baser_table_name(map->baser[i]), its_baser_address(map->baser[i]),
					       its_baser_bytes(map->baser[i]));
	for (i = 0; i < map->n_cpus; i++) {
		const struct route_cpu *cpu = &map->cpus[i];
		struct route_lpi_table config = route_lpi_config(cpu), pending = route_lpi_pending(cpu);

		if (!route_has_lpis(cpu))
			continue;
		claimed &= claim_table(run, CLAIM_SHARED, "LPI configuration table", config.base, config.bytes);
		claimed &= claim_table(run, CLAIM_SHARED, "LPI pending table", pending.base, pending.bytes);
	}
	return claimed;
}

static void check_overlaps(struct check_run *run)
{
	const struct replay_device *device;
	bool claimed = claim_tables(run);

	for (device = run->map.replay.devices; device; device = device->hh.next) {
		const struct claim claim = { .kind = CLAIM_ITT, .first = device->itt_addr, .its = run->map.its,
					     .device_id = device->device_id };

		if (device->known == REPLAY_MAPPED && device->has_itt)
			claimed &= claims_add(&run->scope->memory, claim, itt_bytes(run, device));
	}
	if (!claimed)
		check_cannot(run, CHECK_ITT_OVERLAP, "no memory for the tables");
	claims_compare(&run->scope->memory, meet_memory, run);
}

static void check_agreement(struct check_run *run)
{
	static const char why[] =
		"a command went past the history (its-tool send --force, a debugger), was ignored, or memory was overwritten";
	const struct replay_collection *collection;
	const struct replay_device *device;
	const struct replay_event *event;

	/* Hardware does not publish its tables' layout, and KVM writes them only when it saves its state. */
	if (its_product(run->map.queue.iidr) != ITS_PRODUCT_QEMU) {
		check_moot(run, CHECK_TABLES_AGREE);
		return;
	}
	if (run->map.tables_error.code)
		check_cannot(run, CHECK_TABLES_AGREE, "%.350s", run->map.tables_error.message);
	for (device = run->map.replay.devices; device; device = device->hh.next)
		if (device->table_differs)
			check_fail(run, CHECK_TABLES_AGREE, "DeviceID 0x%x: the device table says otherwise than the ring in slot %u: %s",
				   device->device_id, device->ring.slot, why);
	for (event = run->map.replay.events; event; event = event->hh.next)
		if (event->table_differs)
			check_fail(run, CHECK_TABLES_AGREE, "DeviceID 0x%x, EventID %u: the ITT says otherwise than the ring in slot %u: %s",
				   event->device_id, event->event_id, event->ring.slot, why);
	for (collection = run->map.replay.collections; collection; collection = collection->hh.next)
		if (collection->table_differs)
			check_fail(run, CHECK_TABLES_AGREE, "collection %u: the collection table says otherwise than the ring in slot %u: %s",
				   collection->icid, collection->ring.slot, why);
}

/* Linux gives no MSIs to a device for which its table has no room; bare metal forgets to look. */
static void check_room(struct check_run *run, const struct replay_device *device)
{
	uint64_t entries, page;

	switch (route_device_room(&run->map, device->device_id, &entries, &page)) {
	case ROUTE_ROOM_BEYOND:
		check_fail(run, CHECK_DEVICE_TABLE, "DeviceID 0x%x is mapped, and the device table has only %llu entries",
			   device->device_id, (unsigned long long)entries);
		break;
	case ROUTE_ROOM_NO_PAGE:
		check_fail(run, CHECK_DEVICE_TABLE, "DeviceID 0x%x is mapped, and the device table has no second-level page for it",
			   device->device_id);
		break;
	case ROUTE_ROOM_ASTRAY:
		check_fail(run, CHECK_IN_RAM, "the device table leads to 0x%llx for DeviceID 0x%x, which is not RAM",
			   (unsigned long long)page, device->device_id);
		break;
	case ROUTE_ROOM_OK: case ROUTE_ROOM_NO_TABLE: case ROUTE_ROOM_UNREADABLE:
		break;
	}
}

/* Linux gives the last DeviceID of a GICv4.0 to itself, to move its vPEs by: its_init_vpe_domain(). */
static bool is_proxy(const struct check_run *run, uint32_t device_id)
{
	uint64_t typer = run->map.queue.typer;

	return its_register_get(GITS_TYPER, "Virtual", typer) &&
	       device_id == (UINT64_C(2) << its_register_get(GITS_TYPER, "Devbits", typer)) - 1;
}

void check_devices(struct check_run *run)
{
	const struct replay_device *device;
	struct board_device claimed;
	bool described = run->map.board->fdt || run->map.board->acpi;

	if (!run->map.board->n_memory)
		check_cannot(run, CHECK_ITT_RAM, "the firmware's description has no memory node");
	if (!run->map.has_ring && run->map.tables == ROUTE_TABLES_OPAQUE) {
		check_cannot(run, CHECK_ITT_OVERLAP, "neither ring nor tables could be read");
		check_cannot(run, CHECK_ITT_RAM, "neither ring nor tables could be read");
		check_cannot(run, CHECK_CLAIMED, "neither ring nor tables could be read");
	}
	if (!described)
		check_cannot(run, CHECK_CLAIMED, "there is no device tree, and no ACPI");
	for (device = run->map.replay.devices; device; device = device->hh.next) {
		if (device->known != REPLAY_MAPPED)
			continue;
		if (device->has_itt && !board_in_ram(run->map.board, device->itt_addr, itt_bytes(run, device)))
			check_fail(run, CHECK_ITT_RAM, "the ITT of DeviceID 0x%x, 0x%llx bytes at 0x%llx, is in no memory node of the tree",
				   device->device_id, (unsigned long long)itt_bytes(run, device),
				   (unsigned long long)device->itt_addr);
		if (described && !is_proxy(run, device->device_id) && !board_device_of(run->map.board, run->map.its, device->device_id, &claimed))
			check_fail(run, CHECK_CLAIMED, "DeviceID 0x%x is mapped, and no device of the firmware's description sends with it: %s",
				   device->device_id, device->device_id ? "a wrong msi-map or msi-parent?" :
				   "is it 0 because msi-map or msi-parent gives none? what the device sends with its own is dropped silently");
		check_room(run, device);
	}
	check_overlaps(run);
	check_agreement(run);
}
