// SPDX-License-Identifier: GPL-2.0-or-later
/* Do the ITS's registers make sense? */
#include "check_run.h"
#include "its/identity.h"

#define GIB4 (UINT64_C(1) << 32)

/* What lies in memory behind a register. */
struct region { const char *name; uint64_t base, bytes; unsigned shareability; };

static void check_region(struct check_run *run, const struct region *region)
{
	if ((run->quirks & ITS_QUIRK_DMA32) && region->base + region->bytes > GIB4)
		check_fail(run, CHECK_BELOW_4G, "the %s is at 0x%llx, which this part does not reach", region->name,
			   (unsigned long long)region->base);
	if ((run->quirks & ITS_QUIRK_NONCOHERENT) && region->shareability)
		check_fail(run, CHECK_COHERENCY, "the %s is mapped %s shareable, and this part is outside the coherent domain: it sees stale memory",
			   region->name, region->shareability == 1 ? "inner" : "outer");
	if (!board_in_ram(run->map.board, region->base, region->bytes))
		check_fail(run, CHECK_IN_RAM, "the %s, 0x%llx bytes at 0x%llx, is in no memory node of the tree", region->name,
			   (unsigned long long)region->bytes, (unsigned long long)region->base);
}

/* What an assumption says of itself is no finding, and proves nothing. */
static void check_assumed(struct check_run *run)
{
	static const struct { enum its_register_id id; enum check_id check; } rests[] = {
		{ GITS_CTLR, CHECK_ENABLED }, { GITS_CTLR, CHECK_QUIESCENT }, { GITS_CREADR, CHECK_STALLED },
		{ GITS_CREADR, CHECK_DRAINING }, { GITS_CWRITER, CHECK_DRAINING }, { GITS_CREADR, CHECK_POINTERS },
		{ GITS_CWRITER, CHECK_POINTERS }, { GITS_CBASER, CHECK_RING_VALID }, { GITS_IIDR, CHECK_QUIRKS },
		{ GITS_IIDR, CHECK_TABLES_AGREE }, { GITS_TYPER, CHECK_VERSION }, { GITS_TYPER, CHECK_DEVICE_ID },
		{ GITS_TYPER, CHECK_EVENT_ID }, { GITS_TYPER, CHECK_ICID }, { GITS_TYPER, CHECK_ITT_SIZE },
		{ GITS_TYPER, CHECK_ITT_OVERLAP }, { GITS_TYPER, CHECK_ITT_RAM },
	};
	size_t i;

	for (i = 0; i < sizeof(rests) / sizeof(rests[0]); i++)
		if (queue_assumes(&run->map.queue, rests[i].id))
			check_cannot(run, rests[i].check, "%s is not known", its_register_row(rests[i].id)->name);
}

static void check_pointer(struct check_run *run, enum its_register_id id, uint64_t value, uint64_t bytes)
{
	if (!queue_assumes(&run->map.queue, id) && its_register_get(id, "Offset", value) >= bytes)
		check_fail(run, CHECK_POINTERS, "%s = 0x%llx is beyond the ring of 0x%llx bytes", its_register_row(id)->name,
			   (unsigned long long)value, (unsigned long long)bytes);
}

static void check_ring(struct check_run *run)
{
	const struct queue *queue = &run->map.queue;
	struct region ring = {
		.name = "ring",
		.shareability = (unsigned)its_register_get(GITS_CBASER, "Shareability", queue->cbaser),
	};

	if (queue_assumes(queue, GITS_CBASER))
		return;
	queue_place(queue->cbaser, &ring.base, &ring.bytes);
	if (!its_register_get(GITS_CBASER, "Valid", queue->cbaser)) {
		check_fail(run, CHECK_RING_VALID, "GITS_CBASER = 0x%016llx: Valid is 0, there is no ring",
			   (unsigned long long)queue->cbaser);
		return;
	}
	if (!ring.base || ring.base & 0xffff)
		check_fail(run, CHECK_RING_VALID, "GITS_CBASER = 0x%016llx: the ring at 0x%llx is not aligned to 64 KiB, as implementations need",
			   (unsigned long long)queue->cbaser, (unsigned long long)ring.base);
	check_region(run, &ring);
	check_pointer(run, GITS_CREADR, queue->creadr, ring.bytes);
	check_pointer(run, GITS_CWRITER, queue->cwriter, ring.bytes);
}

static void check_table(struct check_run *run, unsigned index, uint64_t baser)
{
	unsigned ring = (unsigned)its_register_get(GITS_CBASER, "Shareability", run->map.queue.cbaser);
	const struct region table = {
		its_baser_table_name(baser), its_baser_address(baser), its_baser_bytes(baser),
		(unsigned)its_register_get(GITS_BASER0, "Shareability", baser),
	};

	if (!its_register_get(GITS_BASER0, "Valid", baser))
		return;
	check_region(run, &table);
	if (!queue_assumes(&run->map.queue, GITS_CBASER) && table.shareability != ring)
		check_fail(run, CHECK_SHAREABILITY, "GITS_BASER%u has shareability %u (the %s), GITS_CBASER %u", index,
			   table.shareability, table.name, ring);
}

static void check_tables(struct check_run *run)
{
	uint64_t device = 0, collection = 0;
	bool enabled = its_register_get(GITS_CTLR, "Enabled", run->map.queue.ctlr);
	unsigned i;

	if (!run->map.has_basers) {
		check_cannot(run, CHECK_SHAREABILITY, "%.350s", run->map.tables_error.message);
		check_cannot(run, CHECK_DEVICE_TABLE, "%.350s", run->map.tables_error.message);
		check_cannot(run, CHECK_COLLECTION_TABLE, "%.350s", run->map.tables_error.message);
	}
	for (i = 0; i < ITS_BASERS; i++) {
		uint64_t baser = run->map.baser[i];
		enum its_baser_type type = its_baser_type(baser);

		if (type == ITS_BASER_DEVICES)
			device = baser;
		else if (type == ITS_BASER_COLLECTIONS)
			collection = baser;
		check_table(run, i, baser);
	}
	if (!enabled || run->map.tables_error.code == ITS_ERR_ACCESS)
		return;
	/* An ITS that wants no table in memory has no BASER of its type. */
	if (device && !its_register_get(GITS_BASER0, "Valid", device))
		check_fail(run, CHECK_DEVICE_TABLE, "the GITS_BASER for devices is 0x%016llx: Valid is 0, the ITS has no place for them",
			   (unsigned long long)device);
	if (collection && !its_register_get(GITS_BASER0, "Valid", collection) &&
	    !queue_assumes(&run->map.queue, GITS_TYPER) && !its_register_get(GITS_TYPER, "HCC", run->map.queue.typer))
		check_fail(run, CHECK_COLLECTION_TABLE, "the GITS_BASER for collections is 0x%016llx: Valid is 0, and GITS_TYPER.HCC is 0",
			   (unsigned long long)collection);
}

static void check_state(struct check_run *run)
{
	const struct route_map *map = &run->map;

	if (!its_register_get(GITS_CTLR, "Enabled", map->queue.ctlr))
		check_fail(run, CHECK_ENABLED, "GITS_CTLR = 0x%08x: the ITS is disabled and drops every MSI", map->queue.ctlr);
	if (its_register_get(GITS_CTLR, "Enabled", map->queue.ctlr))
		check_moot(run, CHECK_QUIESCENT);
	else if (!its_register_get(GITS_CTLR, "Quiescent", map->queue.ctlr))
		check_fail(run, CHECK_QUIESCENT, "GITS_CTLR = 0x%08x: the ITS is disabled and not quiescent: it still works, and its registers and tables must not be touched yet",
			   map->queue.ctlr);
	if (queue_stalled(&map->queue) && !route_has_pending(map) &&
	    !queue_assumes(&map->queue, GITS_CWRITER)) {
		check_fail(run, CHECK_STALLED, "CREADR.Stalled is set though nothing is pending: QEMU leaves it so after a stall until GITS_CBASER is written; no lap is made on such a ring");
	} else if (queue_stalled(&map->queue)) {
		const struct its_command *culprit = NULL;

		if (map->has_ring)
			culprit = its_command_by_opcode(map->snapshot.words[map->snapshot.creadr][0]);
		check_fail(run, CHECK_STALLED, "the ITS is stalled at slot %u%s%s: 'its-tool dump' shows why, 'its-tool recover' gets it going",
			   queue_creadr_slot(&map->queue), culprit ? ", on " : "", culprit ? culprit->name : "");
	} else if (map->stuck) {
		check_fail(run, CHECK_DRAINING, "%u commands are pending and GITS_CREADR stays at slot %u",
			   queue_pending(&map->snapshot), map->snapshot.creadr);
	} else if (!map->has_ring) {
		check_cannot(run, CHECK_DRAINING, "%.350s", map->ring_error.message);
	}
	if (!map->has_gicd) {
		check_cannot(run, CHECK_GROUP1, "the distributor could not be read");
		check_cannot(run, CHECK_LPIS_SUPPORTED, "the distributor could not be read");
		return;
	}
	if (!its_register_get(GICD_CTLR, "EnableGrp1", map->gicd_ctlr))
		check_fail(run, CHECK_GROUP1, "GICD_CTLR = 0x%08x: Group 1, to which LPIs belong, is off", map->gicd_ctlr);
	if (!its_register_get(GICD_TYPER, "LPIS", map->gicd_typer))
		check_fail(run, CHECK_LPIS_SUPPORTED, "GICD_TYPER = 0x%08x: LPIS is 0", map->gicd_typer);
}

void check_registers(struct check_run *run)
{
	if (!(run->quirks & ITS_QUIRK_DMA32))
		check_moot(run, CHECK_BELOW_4G);
	if (!(run->quirks & ITS_QUIRK_NONCOHERENT))
		check_moot(run, CHECK_COHERENCY);
	if (!run->map.board->n_memory)
		check_cannot(run, CHECK_IN_RAM, "the firmware's description has no memory node");
	check_assumed(run);
	check_state(run);
	check_ring(run);
	check_tables(run);
}
