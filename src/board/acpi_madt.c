// SPDX-License-Identifier: GPL-2.0-or-later
/* The MADT: where the ITSs, the distributor and the redistributors are, and how many CPUs. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "acpi.h"

#define MADT_ENTRIES 44u	/* offset of the first: header, local controller, flags */
#define REVISION_COHERENCY 7	/* the first with non-coherent flags (ACPI 6.5 Errata A) */

#define FRAME_SIZE 0x10000u
#define ITS_SIZE (2 * FRAME_SIZE)	/* Linux: ACPI_GICV3_ITS_MEM_SIZE */

enum madt_type { MADT_GICC = 0x0b, MADT_GICD = 0x0c, MADT_GICR = 0x0e, MADT_ITS = 0x0f };

#define GICC_ENABLED 1u
#define GICC_ONLINE_CAPABLE 8u
#define GICC_NONCOHERENT 0x10u

/* Gathered over all entries; which of them count is known at the end only. */
struct madt {
	struct acpi *acpi;
	struct board_gic gic;
	unsigned gicds;
	uint8_t version;		/* of the GICD entry: 3, 4 or 0 for "ask the hardware" */
	uint64_t *frames;		/* redistributors by GICC entries, of enabled CPUs */
	size_t n_frames;
	unsigned without_frame;		/* enabled CPUs whose entry names no redistributor */
	unsigned capable;		/* CPUs that are not enabled but may be */
	bool gicr_noncoherent, gicc_noncoherent;
};

static bool flag(struct madt *madt, bool set, const char *path)
{
	if (!set)
		return false;
	if (madt->acpi->madt.revision >= REVISION_COHERENCY)
		return true;
	load_lint_path(&madt->acpi->load, ITS_WARNING, "acpi-noncoherent", path,
		       "the non-coherent flag is set, but the table's revision is %u: Linux looks "
		       "at it from revision %u on", madt->acpi->madt.revision, REVISION_COHERENCY);
	return false;
}

/* Linux: acpi_map_gic_cpu_interface(). It numbers the CPUs in this order, the boot CPU before all. */
static void load_cpu_entry(struct madt *madt, const uint8_t *entry, uint8_t length)
{
	struct load *load = &madt->acpi->load;
	struct board *board = load->board;
	uint64_t mpidr = length >= 76 ? acpi_u64(entry + 68) : UINT64_MAX;
	struct board_cpu *cpu;
	char path[32];

	if ((mpidr & ~MPIDR_AFFINITY) || board->n_cpu_nodes == LOAD_CPUS_MAX)
		return;
	cpu = load_add(load, &board->cpu_nodes, &board->n_cpu_nodes, sizeof(*cpu));
	if (!cpu)
		return;
	/* The UID is what Linux shows of a processor in sysfs, too. */
	snprintf(path, sizeof(path), "/MADT/cpu@%" PRIu32, acpi_u32(entry + 8));
	cpu->node = load_string(load, path);
	cpu->available = acpi_u32(entry + 12) & GICC_ENABLED;
	cpu->has_affinity = true;
	cpu->affinity = (uint32_t)(mpidr >> 32 << 24 | (mpidr & 0xffffff));
}

static void load_gicc(struct madt *madt, const uint8_t *entry, uint8_t length)
{
	uint32_t flags = acpi_u32(entry + 12);
	/* Tables of ACPI 5.0 end before it. */
	uint64_t base = length >= 68 ? acpi_u64(entry + 60) : 0;
	uint64_t *frame;

	if (flags & (GICC_ENABLED | GICC_ONLINE_CAPABLE))
		load_cpu_entry(madt, entry, length);
	if (!(flags & GICC_ENABLED)) {
		madt->capable += flags & GICC_ONLINE_CAPABLE ? 1 : 0;
		return;
	}
	madt->acpi->load.board->cpus++;
	if (!base) {
		madt->without_frame++;
		return;
	}
	madt->gicc_noncoherent |= (flags & GICC_NONCOHERENT) != 0;
	frame = load_add(&madt->acpi->load, &madt->frames, &madt->n_frames, sizeof(*frame));
	if (frame)
		*frame = base;
}

static void load_gicd(struct madt *madt, const uint8_t *entry)
{
	if (madt->gicds++)
		return;
	madt->gic.distributor = (struct board_range){ acpi_u64(entry + 8), FRAME_SIZE };
	madt->version = entry[20];
}

static void add_region(struct madt *madt, uint64_t base, uint64_t size)
{
	struct board_range *region = load_add(&madt->acpi->load, &madt->gic.redistributors,
					      &madt->gic.n_redistributors, sizeof(*region));

	if (region)
		*region = (struct board_range){ base, size };
}

static void load_gicr(struct madt *madt, const uint8_t *entry)
{
	uint64_t base = acpi_u64(entry + 4), size = acpi_u32(entry + 12);

	madt->gicr_noncoherent |= entry[2] & 1;
	if (!size || base > UINT64_MAX - (size - 1)) {
		load_lint_path(&madt->acpi->load, ITS_ERROR, "no-redistributor", "/MADT",
			       "a GICR entry has base 0x%" PRIx64 " and length 0x%" PRIx64 ": "
			       "nothing can be there", base, size);
		return;
	}
	add_region(madt, base, size);
}

static void lint_its(struct madt *madt, const struct board_its *its)
{
	struct load *load = &madt->acpi->load;
	const struct board *board = load->board;

	if (!its->translated)
		load_lint_path(load, ITS_ERROR, "untranslatable", its->node, "%s",
			       its->untranslated ? its->untranslated : "");
	else if (its->base % FRAME_SIZE)
		load_lint_path(load, ITS_ERROR, "its-unaligned", its->node,
			       "base 0x%" PRIx64 " is not 64 KiB aligned, as every ITS is; Linux "
			       "reads GITS_PIDR2 there and finds no ITS", its->base);
	for (size_t i = 0; i + 1 < board->n_its; i++) {
		const struct board_its *other = &board->its[i];

		if (other->base == its->base) {
			load_lint_path(load, ITS_ERROR, "its-duplicate-base", its->node,
				       "ITS %zu has the same base: Linux drives one ITS twice, the "
				       "second queue replaces the first", i);
			break;
		}
		if (other->translation_id == its->translation_id) {
			load_lint_path(load, ITS_ERROR, "its-duplicate-id", its->node,
				       "%s has the same translation ID %" PRIu32 ": for the IORT "
				       "Linux takes the last of them", other->node,
				       its->translation_id);
			break;
		}
	}
}

static void load_its_entry(struct madt *madt, const uint8_t *entry)
{
	struct load *load = &madt->acpi->load;
	struct board *board = load->board;
	struct board_its *its;
	char path[40];

	if (board->n_its == LOAD_ITS_MAX) {
		load_lint_path(load, ITS_WARNING, "too-many", "/MADT",
			       "more than %u ITS entries; the rest is left out", LOAD_ITS_MAX);
		return;
	}
	its = load_add(load, &board->its, &board->n_its, sizeof(*its));
	if (!its)
		return;
	snprintf(path, sizeof(path), "/MADT/its@%" PRIx64, acpi_u64(entry + 8));
	its->node = load_string(load, path);
	if (!its->node)
		return;
	its->available = true;
	its->base = acpi_u64(entry + 8);
	its->size = ITS_SIZE;
	its->translated = its->base <= UINT64_MAX - (ITS_SIZE - 1);
	if (!its->translated)
		its->untranslated = load_string(load, "it goes beyond 64 bits");
	its->translation_id = acpi_u32(entry + 4);
	its->noncoherent = flag(madt, entry[2] & 1, path);
	its->gic = SIZE_MAX;
	its->offset = -1;
	lint_its(madt, its);
}

static const struct { uint8_t type, length; const char *name; } kinds[] = {
	/* The lengths that hold what is read here; GICC has 40 bytes in ACPI 5.0, 82 now. */
	{ MADT_GICC, 40, "GICC" }, { MADT_GICD, 24, "GICD" },
	{ MADT_GICR, 16, "GICR" }, { MADT_ITS, 20, "GIC ITS" },
};

static void load_entry(struct madt *madt, const uint8_t *entry, uint32_t offset)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (entry[0] != kinds[i].type || entry[1] >= kinds[i].length)
			continue;
		load_lint_path(&madt->acpi->load, ITS_ERROR, "acpi-entry", "/MADT",
			       "the %s entry at offset 0x%" PRIx32 " has %u bytes, it needs %u: "
			       "it is left out", kinds[i].name, offset, entry[1], kinds[i].length);
		return;
	}
	switch (entry[0]) {
	case MADT_GICC: load_gicc(madt, entry, entry[1]); break;
	case MADT_GICD: load_gicd(madt, entry); break;
	case MADT_GICR: load_gicr(madt, entry); break;
	case MADT_ITS: load_its_entry(madt, entry); break;
	}
}

static void load_entries(struct madt *madt)
{
	const struct acpi_table *table = &madt->acpi->madt;
	uint32_t at = MADT_ENTRIES;

	if (table->length < MADT_ENTRIES)
		load_lint_path(&madt->acpi->load, ITS_ERROR, "acpi-entry", "/MADT",
			       "%" PRIu32 " bytes are too few for a MADT", table->length);
	while (at + 2 <= table->length && !madt->acpi->load.out_of_memory) {
		uint8_t length = table->data[at + 1];

		if (length < 2 || length > table->length - at) {
			load_lint_path(&madt->acpi->load, ITS_ERROR, "acpi-entry", "/MADT",
				       "the entry at offset 0x%" PRIx32 " has %u bytes, %" PRIu32
				       " are left: Linux stops there, and so does this list", at,
				       length, table->length - at);
			return;
		}
		load_entry(madt, table->data + at, at);
		at += length;
	}
}

/*
 * Redistributors are in GICR entries, or, if there is none, in the GICC entry
 * of each CPU, one frame each (Linux: gic_acpi_count_gicr_regions()). A frame
 * becomes a region of its own. Its size is not given: Linux asks GICD_PIDR2.
 */
static void choose_redistributors(struct madt *madt)
{
	struct load *load = &madt->acpi->load;
	uint64_t size = (madt->version == 4 ? 4 : 2) * FRAME_SIZE;

	if (madt->gic.n_redistributors) {
		madt->gic.noncoherent = flag(madt, madt->gicr_noncoherent, madt->gic.node);
		return;
	}
	for (size_t i = 0; i < madt->n_frames; i++)
		if (madt->frames[i] <= UINT64_MAX - (size - 1))
			add_region(madt, madt->frames[i], size);
	madt->gic.noncoherent = flag(madt, madt->gicc_noncoherent, madt->gic.node);
	if (!madt->gic.n_redistributors)
		load_lint_path(load, ITS_ERROR, "no-redistributor", madt->gic.node,
			       "neither a GICR entry nor a GICC entry of an enabled CPU tells where "
			       "the redistributors are: Linux gives up on the GIC");
	else if (madt->without_frame)
		load_lint_path(load, ITS_ERROR, "no-redistributor", madt->gic.node,
			       "enabled CPUs without a redistributor in their GICC entry: %u",
			       madt->without_frame);
	if (madt->capable && madt->gic.n_redistributors)
		load_lint_path(load, ITS_NOTE, "cpu-online-capable", madt->gic.node,
			       "CPUs that are online capable: %u, but redistributors that are in "
			       "GICC entries count for enabled CPUs only: Linux cannot bring them up",
			       madt->capable);
}

static void add_gic(struct madt *madt)
{
	struct load *load = &madt->acpi->load;
	struct board *board = load->board;
	struct board_gic *gic;
	char path[40];

	snprintf(path, sizeof(path), "/MADT/gic@%" PRIx64, madt->gic.distributor.base);
	madt->gic.node = load_string(load, path);
	if (!madt->gic.node)
		return;
	madt->gic.available = madt->gic.translated = true;
	choose_redistributors(madt);
	if (madt->gicds > 1)
		load_lint_path(load, ITS_WARNING, "acpi-duplicate", path,
			       "%u GICD entries; ACPI allows one, and only the first counts here",
			       madt->gicds);
	if (madt->version && madt->version != 3 && madt->version != 4)
		load_lint_path(load, ITS_ERROR, "gic-version", path,
			       "the GICD entry says GICv%u: Linux looks for an ITS only under "
			       "GICv3 and GICv4", madt->version);
	gic = load_add(load, &board->gics, &board->n_gics, sizeof(*gic));
	if (!gic)
		return;
	*gic = madt->gic;
	madt->gic = (struct board_gic){ 0 };
	for (size_t i = 0; i < board->n_its; i++)
		board->its[i].gic = 0;
}

void acpi_load_madt(struct acpi *acpi)
{
	struct madt madt = { .acpi = acpi };

	load_entries(&madt);
	if (madt.gicds && !acpi->load.out_of_memory)
		add_gic(&madt);
	else if (acpi->load.board->n_its)
		load_lint_path(&acpi->load, ITS_ERROR, "its-outside-gic", "/MADT",
			       "there is no GICD entry: Linux finds no GIC, and no ITS");
	free(madt.frames);
	free(madt.gic.node);
	free(madt.gic.redistributors);
}
