/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The registers of the ITS, and those of the distributor and the
 * redistributors that decide whether an LPI is delivered: one row each.
 * Offsets are in bytes from the start of the register's frame.
 */
#ifndef ITS_REGISTER_H
#define ITS_REGISTER_H

#include "its/field.h"

/* Which frame of which block a register stands in. */
enum its_frame {
	ITS_FRAME_GITS,		/* ITS control frame; the translation and vSGI frames follow it */
	ITS_FRAME_GICD,		/* distributor */
	ITS_FRAME_GICR,		/* RD_base frame of a redistributor */
	ITS_FRAME_GICR_VLPI,	/* its VLPI frame, at RD_base + 0x20000 */
	ITS_FRAMES
};

/* Bytes of the frames above that the tool needs to see. */
#define ITS_FRAME_SIZE 0x10000u
#define GITS_FRAMES_SIZE 0x20000u	/* of one ITS: control and translation frame */
#define GICR_FRAMES_SIZE 0x20000u	/* of one redistributor: RD_base and SGI_base; with VLPIs twice that */
#define GITS_TRANSLATER_OFFSET 0x10040u	/* from the ITS base: where devices write their EventID */
#define GICR_VLPI_FRAME_OFFSET 0x20000u	/* from RD_base */

#define ITS_ADDRESS_BITS 52		/* of a physical address, in every register and command */
#define ITS_LPI_FIRST 8192u		/* INTIDs from here on are LPIs */
#define ITS_NO_DOORBELL 1023u		/* the Dbell_pINTID of a vLPI that has none */

enum its_register_id {
	GITS_CTLR, GITS_IIDR, GITS_TYPER, GITS_MPAMIDR, GITS_PARTIDR, GITS_MPIDR,
	GITS_FCTLR, GITS_OPR, GITS_OPSR,
	GITS_STATUSR, GITS_UMSIR,
	GITS_CBASER, GITS_CWRITER, GITS_CREADR,
	GITS_BASER0, GITS_BASER1, GITS_BASER2, GITS_BASER3,
	GITS_BASER4, GITS_BASER5, GITS_BASER6, GITS_BASER7,
	GITS_TRKCTLR, GITS_TRKR, GITS_TRKDIDR, GITS_TRKPIDR, GITS_TRKVIDR, GITS_TRKTGTR,
	GITS_CFGID,
	GITS_PIDR4, GITS_PIDR5, GITS_PIDR6, GITS_PIDR7,
	GITS_PIDR0, GITS_PIDR1, GITS_PIDR2, GITS_PIDR3,
	GITS_CIDR0, GITS_CIDR1, GITS_CIDR2, GITS_CIDR3,
	GITS_TRANSLATER, GITS_SGIR,
	GICD_CTLR, GICD_TYPER, GICD_IIDR, GICD_PIDR2,
	GICR_CTLR, GICR_IIDR, GICR_TYPER, GICR_STATUSR, GICR_WAKER,
	GICR_SETLPIR, GICR_CLRLPIR, GICR_PROPBASER, GICR_PENDBASER,
	GICR_INVLPIR, GICR_INVALLR, GICR_SYNCR, GICR_PIDR2,
	GICR_VPROPBASER, GICR_VPENDBASER, GICR_VSGIR, GICR_VSGIPENDR,
	ITS_REGISTERS
};

enum its_access { ITS_ACCESS_RO, ITS_ACCESS_RW, ITS_ACCESS_WO };

/*
 * When a register may be read at all. Reading an offset that an
 * implementation reserves aborts on some parts, so what is optional is read
 * only where another register vouches for it.
 */
enum its_when {
	ITS_WHEN_ALWAYS,
	ITS_WHEN_MPAM,		/* GITS_TYPER.MPAM */
	ITS_WHEN_V41,		/* GITS_TYPER.VMAPP */
	ITS_WHEN_UMSI,		/* GITS_TYPER.UMSI */
	ITS_WHEN_GIC600,	/* GITS_IIDR says GIC-600 or GIC-600AE */
	ITS_WHEN_GIC500,	/* GITS_IIDR says GIC-500, and it is not QEMU's */
	ITS_WHEN_VLPIS,		/* GICR_TYPER.VLPIS */
	ITS_WHEN_RVPEID,	/* GICR_TYPER.RVPEID */
	ITS_WHEN_DIRECT,	/* GICR_TYPER.DirectLPI or GICR_CTLR.IR */
};

struct its_register {
	const char *name;		/* "GITS_CREADR" */
	const char *key;		/* JSON key: "gits_creadr" */
	uint32_t offset;		/* bytes from the frame's start */
	uint8_t frame;			/* enum its_frame */
	uint8_t width;			/* access width in bits: 32 or 64 */
	uint8_t access;			/* enum its_access; a write-only register is never read */
	uint8_t when;			/* enum its_when */
	const char *summary;
	const struct its_field *fields;	/* ends with a NULL name; low bits first */
	const struct its_field *fields_v41;	/* the GICv4.1 layout where it differs, or NULL */
};

/* The row of @id. */
const struct its_register *its_register_row(enum its_register_id id);

/*
 * The row of a name in any case, with or without its GITS_, GICR_ or GICD_
 * prefix (GITS_ is tried first), or NULL.
 */
const struct its_register *its_register_by_name(const char *name);
/* The name that somebody who typed @name may have meant, or NULL. */
const char *its_register_closest(const char *name);

/*
 * The field @name of register @id in @value. The field must exist: a name
 * that does not is a mistake in the caller and aborts.
 */
uint64_t its_register_get(enum its_register_id id, const char *name, uint64_t value);

/* @value with the field @name replaced by @field_value, which must fit; aborts otherwise. */
uint64_t its_register_with(enum its_register_id id, const char *name, uint64_t value,
			   uint64_t field_value);

/* The bits of @value that no field of @row explains; @v41 chooses the layout. */
uint64_t its_register_reserved(const struct its_register *row, bool v41, uint64_t value);

/* True if @row may be read, by the rule in its `when` and the values of the identification registers. */
bool its_register_readable(const struct its_register *row, uint32_t gits_iidr,
			   uint64_t gits_typer, uint32_t gicr_ctlr, uint64_t gicr_typer);

#define ITS_BASERS 8u			/* GITS_BASER0 to 7 */

/* GITS_BASER<n>.Type: what a table holds an entry for. */
enum its_baser_type {
	ITS_BASER_NONE = 0, ITS_BASER_DEVICES = 1, ITS_BASER_VPES = 2, ITS_BASER_COLLECTIONS = 4,
};
enum its_baser_type its_baser_type(uint64_t baser);
/* "device table"; "table" for a reserved type. */
const char *its_baser_table_name(uint64_t baser);

/* A first level leads to pages of entries: each word of it to one, if it is valid. */
#define ITS_LEVEL1_BYTES 8u
#define ITS_LEVEL1_VALID (UINT64_C(1) << 63)
#define ITS_LEVEL1_ADDRESS UINT64_C(0x000ffffffffff000)

/*
 * The physical address in a GITS_BASER<n>: with 64 KiB pages bits [51:48] of
 * the address stand in bits [15:12] of the register.
 */
uint64_t its_baser_address(uint64_t baser);
/* Bytes of the table (level 1 if indirect), and of one of its pages. */
uint64_t its_baser_bytes(uint64_t baser);
uint64_t its_baser_page_bytes(uint64_t baser);

#endif
