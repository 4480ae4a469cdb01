/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who made this ITS, and what is known to be odd about it. */
#ifndef ITS_IDENTITY_H
#define ITS_IDENTITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ITS_IIDR_QEMU 0x0000043bu	/* QEMU's own ITS poses as Arm, product 0 */

/* The families whose private registers or table formats the tool knows. */
enum its_product {
	ITS_PRODUCT_UNKNOWN, ITS_PRODUCT_QEMU, ITS_PRODUCT_KVM, ITS_PRODUCT_XEN,
	ITS_PRODUCT_GIC500, ITS_PRODUCT_GIC600, ITS_PRODUCT_GIC700, ITS_PRODUCT_OTHER,
};
enum its_product its_product(uint32_t iidr);

/* What a quirk changes for this tool, beside what is said about it. */
enum its_quirk_effect {
	ITS_QUIRK_NONCOHERENT = 1,	/* tables and queue are outside the coherent domain */
	ITS_QUIRK_DMA32 = 2,		/* tables and queue must lie below 4 GiB */
	ITS_QUIRK_PRE_ITS = 4,		/* the doorbell is not GITS_TRANSLATER */
	ITS_QUIRK_VPE_RDBASE = 8,	/* RDbase of VMAPP and VMOVP is its VLPI frame's: GICR_VLPI_FRAME_OFFSET higher */
};

struct its_quirk {
	const char *name;		/* as Linux names it: "RK3588001" */
	uint32_t iidr, mask;		/* matches if (GITS_IIDR & mask) == (iidr & mask); mask 0: by property alone */
	const char *property;		/* a device tree property the ITS node must have, or NULL */
	const char *const *machines;	/* root compatibles of which one must match, or NULL */
	unsigned effects;		/* enum its_quirk_effect bits */
	const char *summary;		/* what it does, for people */
};

/* The implementer's name from GITS_IIDR[11:0], or NULL if it is not known. */
const char *its_implementer_name(uint32_t iidr);

/*
 * The product's name: "GIC-600 r1p6", "QEMU", "KVM", or NULL if it is not
 * known. Returns @buffer or a constant.
 */
const char *its_product_name(uint32_t iidr, char *buffer, size_t size);

/* How the caller's board answers; either may be NULL, then the answer is no. */
struct its_identity_board {
	bool (*has_property)(void *context, const char *property);
	bool (*is_machine)(void *context, const char *compatible);
	void *context;
};

/*
 * The first quirk after @previous (NULL: from the start) that applies to this
 * ITS, or NULL when there are no more.
 */
const struct its_quirk *its_quirk_next(const struct its_quirk *previous, uint32_t iidr,
				       const struct its_identity_board *board);

#endif
