// SPDX-License-Identifier: GPL-2.0-or-later
/* Products and quirks by GITS_IIDR. Source: reference 3, as Linux's its_quirks[] and the TRMs have it. */
#include <stdio.h>

#include "its/identity.h"
#include "its/register.h"

#define IMPLEMENTER_ARM 0x43b

static const struct { uint16_t code; const char *name; } implementers[] = {
	{ IMPLEMENTER_ARM, "Arm" },
	{ 0x34c, "Cavium/Marvell" },
	{ 0x736, "HiSilicon" },
	{ 0x070, "Qualcomm" },
};

/* First match wins: whole identities before families. */
static const struct {
	uint32_t iidr, mask;
	enum its_product product;
	const char *name;
	bool revision;		/* the name is followed by rNpM */
} products[] = {
	{ ITS_IIDR_QEMU, 0xffffffff, ITS_PRODUCT_QEMU, "QEMU", false },
	{ 0x4b00043b, 0xff000fff, ITS_PRODUCT_KVM, "KVM", false },
	{ 0x0001143b, 0xffffffff, ITS_PRODUCT_GIC500, "GIC-500 (Socionext Synquacer)", false },
	{ 0x0000043b, 0xff000fff, ITS_PRODUCT_GIC500, "GIC-500", false },
	{ 0x0200043b, 0xff000fff, ITS_PRODUCT_GIC600, "GIC-600", true },
	{ 0x0300043b, 0xff000fff, ITS_PRODUCT_GIC600, "GIC-600AE", false },
	{ 0x0400043b, 0xff000fff, ITS_PRODUCT_GIC700, "GIC-700", false },
	{ 0x5800034c, 0xffffffff, ITS_PRODUCT_XEN, "Xen virtual ITS", false },
	{ 0xa100034c, 0xffff0fff, ITS_PRODUCT_OTHER, "Cavium ThunderX", false },
	{ 0x00001070, 0xffffffff, ITS_PRODUCT_OTHER, "Qualcomm QDF2400", false },
	{ 0x00000004, 0xffffffff, ITS_PRODUCT_OTHER, "HiSilicon Hip07", false },
	{ 0x00051736, 0xffffffff, ITS_PRODUCT_OTHER, "HiSilicon Hip09", false },
	{ 0x00000000, 0xffffffff, ITS_PRODUCT_OTHER, "no identity (gem5)", false },
};

const char *its_implementer_name(uint32_t iidr)
{
	uint64_t code = its_register_get(GITS_IIDR, "Implementer", iidr);
	size_t i;

	for (i = 0; i < sizeof(implementers) / sizeof(implementers[0]); i++)
		if (implementers[i].code == code)
			return implementers[i].name;
	return NULL;
}

static size_t product_index(uint32_t iidr)
{
	size_t i;

	for (i = 0; i < sizeof(products) / sizeof(products[0]); i++)
		if ((iidr & products[i].mask) == products[i].iidr)
			break;
	return i;
}

enum its_product its_product(uint32_t iidr)
{
	size_t i = product_index(iidr);

	return i < sizeof(products) / sizeof(products[0]) ? products[i].product : ITS_PRODUCT_UNKNOWN;
}

const char *its_product_name(uint32_t iidr, char *buffer, size_t size)
{
	/* GIC-600 TRM: IIDR.Revision to the p of rNpM; IIDR.Variant is the r. */
	static const int patch[16] = { -1, 0, -1, 1, 2, 3, 4, 6, -1, -1, -1, -1, -1, -1, -1, -1 };
	uint64_t variant = its_register_get(GITS_IIDR, "Variant", iidr);
	int p = patch[its_register_get(GITS_IIDR, "Revision", iidr)];
	size_t i = product_index(iidr);

	if (i == sizeof(products) / sizeof(products[0]))
		return NULL;
	if (!products[i].revision || p < 0)
		return products[i].name;
	snprintf(buffer, size, "%s r%llup%d", products[i].name, (unsigned long long)variant, p);
	return buffer;
}

static const char *const rk3588[] = { "rockchip,rk3588", "rockchip,rk3588s", NULL };
static const char *const rk3568[] = { "rockchip,rk3566", "rockchip,rk3568", NULL };

static const struct its_quirk quirks[] = {
	{ "Cavium 22375, 24313", 0xa100034c, 0xffff0fff, NULL, NULL, ITS_QUIRK_NONCOHERENT,
	  "DeviceIDs are limited to 20 bits and the tables are mapped nCnB" },
	{ "Cavium 23144", 0xa100034c, 0xffff0fff, NULL, NULL, 0,
	  "interrupts can only target CPUs of the ITS's own node" },
	{ "QDF2400 0065", 0x00001070, 0xffffffff, NULL, NULL, 0,
	  "an ITT entry takes 16 bytes, whatever GITS_TYPER says" },
	{ "Socionext pre-ITS", 0x0001143b, 0xffffffff, "socionext,synquacer-pre-its", NULL,
	  ITS_QUIRK_PRE_ITS,
	  "devices write to pre-ITS base + DeviceID * 4 instead of GITS_TRANSLATER" },
	{ "Hip07 161600802", 0x00000004, 0xffffffff, NULL, NULL, ITS_QUIRK_VPE_RDBASE,
	  "VMAPP's RDbase is 128 KiB above the redistributor" },
	{ "Hip09 162100801", 0x00051736, 0xffffffff, NULL, NULL, 0,
	  "every VMOVP needs an extra GICR_INVALLR" },
	{ "RK3588001", 0x0201743b, 0xffffffff, NULL, rk3588, ITS_QUIRK_NONCOHERENT,
	  "the GIC is not coherent although it claims so: tables must be non-shareable and flushed" },
	{ "RK3568002", 0x0201743b, 0xffffffff, NULL, rk3568, ITS_QUIRK_DMA32,
	  "the GIC reaches only the first 4 GiB: tables and queue must lie below (Linux after 6.12)" },
	{ "dma-noncoherent", 0, 0, "dma-noncoherent", NULL, ITS_QUIRK_NONCOHERENT,
	  "the ITS is outside the coherent domain: queue and tables are flushed" },
};

const struct its_quirk *its_quirk_next(const struct its_quirk *previous, uint32_t iidr,
				       const struct its_identity_board *board)
{
	const struct its_quirk *quirk = previous ? previous + 1 : quirks;
	const char *const *machine;

	for (; quirk < quirks + sizeof(quirks) / sizeof(quirks[0]); quirk++) {
		if ((iidr & quirk->mask) != (quirk->iidr & quirk->mask))
			continue;
		if (quirk->property && !(board && board->has_property &&
					 board->has_property(board->context, quirk->property)))
			continue;
		if (!quirk->machines)
			return quirk;
		for (machine = quirk->machines; *machine; machine++)
			if (board && board->is_machine && board->is_machine(board->context, *machine))
				return quirk;
	}
	return NULL;
}
