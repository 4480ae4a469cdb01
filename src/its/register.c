// SPDX-License-Identifier: GPL-2.0-or-later
/* The table of registers, and what is computed from it. Fields: reference 2.2 to 2.9. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "its/identity.h"
#include "its/closest.h"
#include "its/register.h"

#define FIELD(NAME, KEY, KIND, HIGH, LOW, ...)                                            \
	{ .name = NAME, .key = KEY, .kind = ITS_KIND_##KIND, .high = HIGH, .low = LOW, __VA_ARGS__ }
#define FLAG(NAME, KEY, BIT) FIELD(NAME, KEY, FLAG, BIT, BIT, )
#define FIELDS(...) (const struct its_field[]){ __VA_ARGS__ { .name = NULL } }

/* Reference 2.7; shared by CBASER, BASER, PROPBASER and PENDBASER. */
static const char *const shareability[] = {
	"non-shareable", "inner shareable", "outer shareable", "reserved", NULL };
static const char *const inner_cache[] = {
	"Device-nGnRnE", "non-cacheable", "RaWt", "RaWb", "WaWt", "WaWb", "RaWaWt", "RaWaWb", NULL };
static const char *const outer_cache[] = {
	"as inner", "non-cacheable", "RaWt", "RaWb", "WaWt", "WaWb", "RaWaWt", "RaWaWb", NULL };
static const char *const page_size[] = { "4 KiB", "16 KiB", "64 KiB", "reserved", NULL };
static const char *const baser_type[] = {
	"none", "devices", "vPEs", "reserved", "collections", "reserved", "reserved", "reserved", NULL };
static const char *const svpet[] = {
	"not shared", "same Aff3", "same Aff3.Aff2", "same Aff3.Aff2.Aff1", NULL };
static const char *const arch_rev[] = {
	"0", "GICv1", "GICv2", "GICv3", "GICv4", NULL };
static const char *const syndrome[] = {
	"unknown", "reserved", "DeviceID out of range", "DeviceID unmapped", "EventID out of range",
	"EventID unmapped", "reserved", "collection unmapped", "reserved", "vPEID unmapped", NULL };

#define SHAREABILITY FIELD("Shareability", "shareability", ENUM, 11, 10, .names = shareability)
#define INNER_CACHE(HIGH, LOW) FIELD("InnerCache", "inner_cache", ENUM, HIGH, LOW, .names = inner_cache)
#define OUTER_CACHE(HIGH, LOW) FIELD("OuterCache", "outer_cache", ENUM, HIGH, LOW, .names = outer_cache)
#define OFFSET FIELD("Offset", "offset", ADDRESS, 19, 5, )
#define WHOLE(NAME, KEY, HIGH) FIELD(NAME, KEY, ID, HIGH, 0, )

static const struct its_field iidr[] = {
	FIELD("Implementer", "implementer", ID, 11, 0, ), FIELD("Revision", "revision", NUMBER, 15, 12, ),
	FIELD("Variant", "variant", NUMBER, 19, 16, ), FIELD("ProductID", "product_id", ID, 31, 24, ),
	{ .name = NULL } };
static const struct its_field pidr2[] = {
	FIELD("ArchRev", "arch_rev", ENUM, 7, 4, .names = arch_rev),
	FLAG("JEDEC", "jedec", 3), FIELD("DES_1", "des_1", NUMBER, 2, 0, ), { .name = NULL } };
static const struct its_field id_byte[] = { WHOLE("Value", "value", 7), { .name = NULL } };
static const struct its_field baser[] = {
	FIELD("Size", "size", MINUS1, 7, 0, ),
	FIELD("Page_Size", "page_size", ENUM, 9, 8, .names = page_size), SHAREABILITY,
	FIELD("Physical_Address", "physical_address", ADDRESS, 47, 12, ),
	FIELD("Entry_Size", "entry_size", MINUS1, 52, 48, ), OUTER_CACHE(55, 53),
	FIELD("Type", "type", ENUM, 58, 56, .names = baser_type), INNER_CACHE(61, 59),
	FLAG("Indirect", "indirect", 62), FLAG("Valid", "valid", 63), { .name = NULL } };
static const struct its_field propbaser[] = {
	FIELD("IDbits", "id_bits", BITS_MINUS1, 4, 0, ), INNER_CACHE(9, 7), SHAREABILITY,
	FIELD("Physical_Address", "physical_address", ADDRESS, 51, 12, ), OUTER_CACHE(58, 56),
	{ .name = NULL } };
static const struct its_field intid[] = { WHOLE("pINTID", "pintid", 31), { .name = NULL } };

#define REGISTER(ID, KEY, FRAME, OFFSET_, WIDTH, ACCESS, WHEN, SUMMARY, ...)               \
	[ID] = { .name = #ID, .key = KEY, .frame = ITS_FRAME_##FRAME, .offset = OFFSET_,   \
		 .width = WIDTH, .access = ITS_ACCESS_##ACCESS, .when = ITS_WHEN_##WHEN,   \
		 .summary = SUMMARY, .fields = __VA_ARGS__ }
#define BASER(N) REGISTER(GITS_BASER##N, "gits_baser" #N, GITS, 0x100 + 8 * N, 64, RW, ALWAYS, \
			  "table " #N, baser)
#define PIDR(N, OFFSET_) REGISTER(GITS_PIDR##N, "gits_pidr" #N, GITS, OFFSET_, 32, RO, ALWAYS, \
				  "peripheral ID " #N, id_byte)
#define CIDR(N, OFFSET_) REGISTER(GITS_CIDR##N, "gits_cidr" #N, GITS, OFFSET_, 32, RO, ALWAYS, \
				  "component ID " #N, id_byte)

static const struct its_register registers[ITS_REGISTERS] = {
	REGISTER(GITS_CTLR, "gits_ctlr", GITS, 0x0000, 32, RW, ALWAYS, "control",
		 FIELDS(FLAG("Enabled", "enabled", 0), FLAG("ImDe", "imde", 1),
			FIELD("ITS_Number", "its_number", NUMBER, 7, 4, ),
			FLAG("UMSIirq", "umsi_irq", 8), FLAG("Quiescent", "quiescent", 31),)),
	REGISTER(GITS_IIDR, "gits_iidr", GITS, 0x0004, 32, RO, ALWAYS, "implementer", iidr),
	REGISTER(GITS_TYPER, "gits_typer", GITS, 0x0008, 64, RO, ALWAYS, "what the ITS can do",
		 FIELDS(FLAG("Physical", "physical", 0), FLAG("Virtual", "virtual", 1),
			FLAG("CCT", "cct", 2), FLAG("IMPDEF", "impdef", 3),
			FIELD("ITT_entry_size", "itt_entry_size", MINUS1, 7, 4, ),
			FIELD("ID_bits", "id_bits", BITS_MINUS1, 12, 8, ),
			FIELD("Devbits", "devbits", BITS_MINUS1, 17, 13, ),
			FLAG("SEIS", "seis", 18), FLAG("PTA", "pta", 19),
			FIELD("HCC", "hcc", NUMBER, 31, 24, ),
			FIELD("CIDbits", "cidbits", BITS_MINUS1, 35, 32, ),
			FLAG("CIL", "cil", 36), FLAG("VMOVP", "vmovp", 37), FLAG("MPAM", "mpam", 38),
			FLAG("VSGI", "vsgi", 39), FLAG("VMAPP", "vmapp", 40),
			FIELD("SVPET", "svpet", ENUM, 42, 41, .names = svpet),
			FLAG("nID", "nid", 43), FLAG("UMSI", "umsi", 44),
			FLAG("UMSIirq", "umsi_irq", 45), FLAG("INV", "inv", 46),)),
	REGISTER(GITS_MPAMIDR, "gits_mpamidr", GITS, 0x0010, 32, RO, MPAM, "MPAM limits",
		 FIELDS(FIELD("PARTIDmax", "partid_max", NUMBER, 15, 0, ),
			FIELD("PMGmax", "pmg_max", NUMBER, 23, 16, ),)),
	REGISTER(GITS_PARTIDR, "gits_partidr", GITS, 0x0014, 32, RW, MPAM, "MPAM identity",
		 FIELDS(FIELD("PARTID", "partid", NUMBER, 15, 0, ),
			FIELD("PMG", "pmg", NUMBER, 23, 16, ),)),
	REGISTER(GITS_MPIDR, "gits_mpidr", GITS, 0x0018, 32, RO, V41, "affinity, for shared vPE tables",
		 FIELDS(FIELD("Aff1", "aff1", NUMBER, 15, 8, ), FIELD("Aff2", "aff2", NUMBER, 23, 16, ),
			FIELD("Aff3", "aff3", NUMBER, 31, 24, ),)),
	REGISTER(GITS_FCTLR, "gits_fctlr", GITS, 0x0020, 32, RW, GIC600, "function control (GIC-600)",
		 FIELDS(FLAG("SIP", "sip", 0), FLAG("LTE", "lte", 1), FLAG("UEE", "uee", 2),
			FLAG("CEE", "cee", 3), FIELD("CGO", "cgo", ID, 7, 4, ), FLAG("AEE", "aee", 8),
			FLAG("QD", "qd", 9), FLAG("DMA", "dma", 11), FLAG("ICC", "icc", 16),
			FLAG("IDC", "idc", 17), FLAG("IEC", "iec", 18), FLAG("PWE", "pwe", 30),
			FLAG("DCC", "dcc", 31),)),
	REGISTER(GITS_OPR, "gits_opr", GITS, 0x0028, 64, RW, GIC600, "operation request (GIC-600)",
		 FIELDS(WHOLE("Value", "value", 63),)),
	REGISTER(GITS_OPSR, "gits_opsr", GITS, 0x0030, 64, RO, GIC600, "operation status (GIC-600)",
		 FIELDS(WHOLE("Value", "value", 63),)),
	REGISTER(GITS_STATUSR, "gits_statusr", GITS, 0x0040, 32, RW, UMSI, "errors seen",
		 FIELDS(FLAG("RRD", "rrd", 0), FLAG("WRD", "wrd", 1), FLAG("RWOD", "rwod", 2),
			FLAG("WROD", "wrod", 3), FLAG("UMSI", "umsi", 4), FLAG("Overflow", "overflow", 5),
			FIELD("Syndrome", "syndrome", ENUM, 9, 6, .names = syndrome),)),
	REGISTER(GITS_UMSIR, "gits_umsir", GITS, 0x0048, 64, RO, UMSI, "the first unmapped MSI",
		 FIELDS(FIELD("EventID", "event_id", NUMBER, 31, 0, ),
			FIELD("DeviceID", "device_id", ID, 63, 32, ),)),
	REGISTER(GITS_CBASER, "gits_cbaser", GITS, 0x0080, 64, RW, ALWAYS, "command queue",
		 FIELDS(FIELD("Size", "size", MINUS1, 7, 0, ), SHAREABILITY,
			FIELD("Physical_Address", "physical_address", ADDRESS, 51, 12, ),
			OUTER_CACHE(55, 53), INNER_CACHE(61, 59), FLAG("Valid", "valid", 63),)),
	REGISTER(GITS_CWRITER, "gits_cwriter", GITS, 0x0088, 64, RW, ALWAYS, "where software writes next",
		 FIELDS(FLAG("Retry", "retry", 0), OFFSET,)),
	REGISTER(GITS_CREADR, "gits_creadr", GITS, 0x0090, 64, RO, ALWAYS, "where the ITS reads next",
		 FIELDS(FLAG("Stalled", "stalled", 0), OFFSET,)),
	BASER(0), BASER(1), BASER(2), BASER(3), BASER(4), BASER(5), BASER(6), BASER(7),
	REGISTER(GITS_TRKCTLR, "gits_trkctlr", GITS, 0xc000, 32, WO, GIC500, "tracker control (GIC-500)",
		 FIELDS(WHOLE("Value", "value", 31),)),
	REGISTER(GITS_TRKR, "gits_trkr", GITS, 0xc004, 32, RO, GIC500, "why the last LPI was or was not made (GIC-500)",
		 FIELDS(WHOLE("Value", "value", 31),)),
	REGISTER(GITS_TRKDIDR, "gits_trkdidr", GITS, 0xc008, 32, RO, GIC500, "tracked DeviceID (GIC-500)",
		 FIELDS(WHOLE("DeviceID", "device_id", 31),)),
	REGISTER(GITS_TRKPIDR, "gits_trkpidr", GITS, 0xc00c, 32, RO, GIC500, "tracked physical INTID (GIC-500)",
		 FIELDS(WHOLE("pINTID", "pintid", 31),)),
	REGISTER(GITS_TRKVIDR, "gits_trkvidr", GITS, 0xc010, 32, RO, GIC500, "tracked EventID (GIC-500)",
		 FIELDS(WHOLE("EventID", "event_id", 31),)),
	REGISTER(GITS_TRKTGTR, "gits_trktgtr", GITS, 0xc014, 32, RO, GIC500, "tracked target (GIC-500)",
		 FIELDS(WHOLE("Value", "value", 31),)),
	REGISTER(GITS_CFGID, "gits_cfgid", GITS, 0xf000, 32, RO, GIC600, "configuration (GIC-600)",
		 FIELDS(WHOLE("Value", "value", 31),)),
	PIDR(4, 0xffd0), PIDR(5, 0xffd4), PIDR(6, 0xffd8), PIDR(7, 0xffdc),
	PIDR(0, 0xffe0), PIDR(1, 0xffe4),
	REGISTER(GITS_PIDR2, "gits_pidr2", GITS, 0xffe8, 32, RO, ALWAYS, "peripheral ID 2", pidr2),
	PIDR(3, 0xffec),
	CIDR(0, 0xfff0), CIDR(1, 0xfff4), CIDR(2, 0xfff8), CIDR(3, 0xfffc),
	REGISTER(GITS_TRANSLATER, "gits_translater", GITS, GITS_TRANSLATER_OFFSET, 32, WO, ALWAYS,
		 "where devices write their EventID", FIELDS(WHOLE("EventID", "event_id", 31),)),
	REGISTER(GITS_SGIR, "gits_sgir", GITS, 0x20020, 64, WO, V41, "virtual SGIs",
		 FIELDS(FIELD("vINTID", "vintid", NUMBER, 3, 0, ), FIELD("vPEID", "vpeid", NUMBER, 47, 32, ),)),

	REGISTER(GICD_CTLR, "gicd_ctlr", GICD, 0x0000, 32, RW, ALWAYS, "distributor control",
		 FIELDS(FLAG("EnableGrp0", "enable_grp0", 0), FLAG("EnableGrp1", "enable_grp1", 1),
			FLAG("EnableGrp1S", "enable_grp1s", 2), FLAG("ARE", "are", 4),
			FLAG("ARE_NS", "are_ns", 5), FLAG("DS", "ds", 6), FLAG("E1NWF", "e1nwf", 7),
			FLAG("nASSGIreq", "nassgireq", 8), FLAG("RWP", "rwp", 31),)),
	REGISTER(GICD_TYPER, "gicd_typer", GICD, 0x0004, 32, RO, ALWAYS, "what the GIC can do",
		 FIELDS(FIELD("ITLinesNumber", "it_lines_number", NUMBER, 4, 0, ),
			FIELD("CPUNumber", "cpu_number", NUMBER, 7, 5, ), FLAG("ESPI", "espi", 8),
			FLAG("NMI", "nmi", 9), FLAG("SecurityExtn", "security_extn", 10),
			FIELD("num_LPIs", "num_lpis", NUMBER, 15, 11, ), FLAG("MBIS", "mbis", 16),
			FLAG("LPIS", "lpis", 17), FLAG("DVIS", "dvis", 18),
			FIELD("IDbits", "id_bits", BITS_MINUS1, 23, 19, ), FLAG("A3V", "a3v", 24),
			FLAG("No1N", "no1n", 25), FLAG("RSS", "rss", 26),
			FIELD("ESPI_range", "espi_range", NUMBER, 31, 27, ),)),
	REGISTER(GICD_IIDR, "gicd_iidr", GICD, 0x0008, 32, RO, ALWAYS, "implementer", iidr),
	REGISTER(GICD_PIDR2, "gicd_pidr2", GICD, 0xffe8, 32, RO, ALWAYS, "peripheral ID 2", pidr2),

	REGISTER(GICR_CTLR, "gicr_ctlr", GICR, 0x0000, 32, RW, ALWAYS, "redistributor control",
		 FIELDS(FLAG("EnableLPIs", "enable_lpis", 0), FLAG("CES", "ces", 1), FLAG("IR", "ir", 2),
			FLAG("RWP", "rwp", 3), FLAG("DPG0", "dpg0", 24), FLAG("DPG1NS", "dpg1ns", 25),
			FLAG("DPG1S", "dpg1s", 26), FLAG("UWP", "uwp", 31),)),
	REGISTER(GICR_IIDR, "gicr_iidr", GICR, 0x0004, 32, RO, ALWAYS, "implementer", iidr),
	REGISTER(GICR_TYPER, "gicr_typer", GICR, 0x0008, 64, RO, ALWAYS, "what the redistributor can do",
		 FIELDS(FLAG("PLPIS", "plpis", 0), FLAG("VLPIS", "vlpis", 1), FLAG("Dirty", "dirty", 2),
			FLAG("DirectLPI", "direct_lpi", 3), FLAG("Last", "last", 4), FLAG("DPGS", "dpgs", 5),
			FLAG("MPAM", "mpam", 6), FLAG("RVPEID", "rvpeid", 7),
			FIELD("Processor_Number", "processor_number", NUMBER, 23, 8, ),
			FIELD("CommonLPIAff", "common_lpi_aff", NUMBER, 25, 24, ), FLAG("VSGI", "vsgi", 26),
			FIELD("PPInum", "ppi_num", NUMBER, 31, 27, ),
			FIELD("Affinity", "affinity", MPIDR, 63, 32, ),)),
	REGISTER(GICR_STATUSR, "gicr_statusr", GICR, 0x0010, 32, RW, UMSI, "errors seen",
		 FIELDS(FLAG("RRD", "rrd", 0), FLAG("WRD", "wrd", 1), FLAG("RWOD", "rwod", 2),
			FLAG("WROD", "wrod", 3),)),
	REGISTER(GICR_WAKER, "gicr_waker", GICR, 0x0014, 32, RW, ALWAYS, "power state",
		 FIELDS(FLAG("ProcessorSleep", "processor_sleep", 1),
			FLAG("ChildrenAsleep", "children_asleep", 2),)),
	REGISTER(GICR_SETLPIR, "gicr_setlpir", GICR, 0x0040, 64, WO, DIRECT, "set an LPI pending", intid),
	REGISTER(GICR_CLRLPIR, "gicr_clrlpir", GICR, 0x0048, 64, WO, DIRECT, "clear a pending LPI", intid),
	REGISTER(GICR_PROPBASER, "gicr_propbaser", GICR, 0x0070, 64, RW, ALWAYS, "LPI configuration table",
		 propbaser),
	REGISTER(GICR_PENDBASER, "gicr_pendbaser", GICR, 0x0078, 64, RW, ALWAYS, "LPI pending table",
		 FIELDS(INNER_CACHE(9, 7), SHAREABILITY,
			FIELD("Physical_Address", "physical_address", ADDRESS, 51, 16, ),
			OUTER_CACHE(58, 56), FLAG("PTZ", "ptz", 62),)),
	REGISTER(GICR_INVLPIR, "gicr_invlpir", GICR, 0x00a0, 64, WO, DIRECT, "invalidate one LPI",
		 FIELDS(WHOLE("INTID", "intid", 31), FIELD("vPEID", "vpeid", NUMBER, 47, 32, ),
			FLAG("V", "v", 63),)),
	REGISTER(GICR_INVALLR, "gicr_invallr", GICR, 0x00b0, 64, WO, DIRECT, "invalidate all LPIs",
		 FIELDS(FIELD("vPEID", "vpeid", NUMBER, 47, 32, ), FLAG("V", "v", 63),)),
	REGISTER(GICR_SYNCR, "gicr_syncr", GICR, 0x00c0, 32, RO, DIRECT, "invalidation still running",
		 FIELDS(FLAG("Busy", "busy", 0),)),
	REGISTER(GICR_PIDR2, "gicr_pidr2", GICR, 0xffe8, 32, RO, ALWAYS, "peripheral ID 2", pidr2),

	[GICR_VPROPBASER] = { .name = "GICR_VPROPBASER", .key = "gicr_vpropbaser",
		.frame = ITS_FRAME_GICR_VLPI, .offset = 0x0070, .width = 64, .access = ITS_ACCESS_RW,
		.when = ITS_WHEN_VLPIS, .summary = "virtual LPI configuration, or vPE table (4.1)",
		.fields = propbaser,
		.fields_v41 = FIELDS(FIELD("Size", "size", MINUS1, 6, 0, ), INNER_CACHE(9, 7), SHAREABILITY,
			FIELD("Physical_Address", "physical_address", ADDRESS, 51, 12, ),
			FLAG("Z", "z", 52), FIELD("Page_Size", "page_size", ENUM, 54, 53, .names = page_size),
			FLAG("Indirect", "indirect", 55), OUTER_CACHE(58, 56),
			FIELD("Entry_Size", "entry_size", MINUS1, 61, 59, ), FLAG("Valid", "valid", 63),) },
	[GICR_VPENDBASER] = { .name = "GICR_VPENDBASER", .key = "gicr_vpendbaser",
		.frame = ITS_FRAME_GICR_VLPI, .offset = 0x0078, .width = 64, .access = ITS_ACCESS_RW,
		.when = ITS_WHEN_VLPIS, .summary = "the vPE that is resident",
		.fields = FIELDS(INNER_CACHE(9, 7), SHAREABILITY,
			FIELD("Physical_Address", "physical_address", ADDRESS, 51, 16, ), OUTER_CACHE(58, 56),
			FLAG("Dirty", "dirty", 60), FLAG("PendingLast", "pending_last", 61),
			FLAG("IDAI", "idai", 62), FLAG("Valid", "valid", 63),),
		.fields_v41 = FIELDS(FIELD("vPEID", "vpeid", NUMBER, 15, 0, ), FLAG("VGrp1En", "vgrp1en", 58),
			FLAG("VGrp0En", "vgrp0en", 59), FLAG("Dirty", "dirty", 60),
			FLAG("PendingLast", "pending_last", 61), FLAG("Doorbell", "doorbell", 62),
			FLAG("Valid", "valid", 63),) },
	REGISTER(GICR_VSGIR, "gicr_vsgir", GICR_VLPI, 0x0080, 32, WO, RVPEID, "request pending virtual SGIs",
		 FIELDS(FIELD("vPEID", "vpeid", NUMBER, 15, 0, ),)),
	REGISTER(GICR_VSGIPENDR, "gicr_vsgipendr", GICR_VLPI, 0x0088, 32, RO, RVPEID, "pending virtual SGIs",
		 FIELDS(FIELD("Pending", "pending", ID, 15, 0, ), FLAG("Busy", "busy", 31),)),
};

const struct its_register *its_register_row(enum its_register_id id)
{
	return &registers[id];
}

const struct its_register *its_register_by_name(const char *name)
{
	static const char *const prefixes[] = { "", "GITS_", "GICR_", "GICD_" };
	char full[64];
	size_t i, p;

	for (p = 0; p < sizeof(prefixes) / sizeof(prefixes[0]); p++) {
		snprintf(full, sizeof(full), "%s%s", prefixes[p], name);
		for (i = 0; i < ITS_REGISTERS; i++)
			if (!strcasecmp(registers[i].name, full))
				return &registers[i];
	}
	return NULL;
}

const char *its_register_closest(const char *name)
{
	struct its_closest closest = ITS_CLOSEST(name, strlen(name));
	size_t i;

	for (i = 0; i < ITS_REGISTERS; i++)
		its_closest_try(&closest, registers[i].name);
	/* Without their prefix they are shorter, and so closer to what is none. */
	for (i = 0; i < ITS_REGISTERS && !closest.word; i++)
		its_closest_try(&closest, strchr(registers[i].name, '_') + 1);
	return closest.word;
}

static const struct its_field *field_or_abort(enum its_register_id id, const char *name)
{
	const struct its_field *field;

	for (field = registers[id].fields; field->name; field++)
		/* The first letter settles most of them: this is called for every command that is executed. */
		if (*field->name == *name && !strcmp(field->name, name))
			return field;
	abort();
}

uint64_t its_register_get(enum its_register_id id, const char *name, uint64_t value)
{
	return its_field_get(field_or_abort(id, name), &value);
}

uint64_t its_register_with(enum its_register_id id, const char *name, uint64_t value,
			   uint64_t field_value)
{
	const struct its_field *field = field_or_abort(id, name);

	if (!its_field_fits(field, field_value))
		abort();
	its_field_set(field, &value, field_value);
	return value;
}

uint64_t its_register_reserved(const struct its_register *row, bool v41, uint64_t value)
{
	const struct its_field *field = v41 && row->fields_v41 ? row->fields_v41 : row->fields;

	for (; field->name; field++)
		value &= ~its_field_mask(field);
	return value;
}

bool its_register_readable(const struct its_register *row, uint32_t gits_iidr,
			   uint64_t gits_typer, uint32_t gicr_ctlr, uint64_t gicr_typer)
{
	if (row->access == ITS_ACCESS_WO)
		return false;
	switch ((enum its_when)row->when) {
	case ITS_WHEN_ALWAYS:
		return true;
	case ITS_WHEN_MPAM:
		return its_register_get(GITS_TYPER, "MPAM", gits_typer);
	case ITS_WHEN_V41:
		return its_register_get(GITS_TYPER, "VMAPP", gits_typer);
	case ITS_WHEN_UMSI:
		return its_register_get(GITS_TYPER, "UMSI", gits_typer);
	case ITS_WHEN_GIC600:
		return its_product(gits_iidr) == ITS_PRODUCT_GIC600;
	case ITS_WHEN_GIC500:
		return its_product(gits_iidr) == ITS_PRODUCT_GIC500;
	case ITS_WHEN_VLPIS:
		return its_register_get(GICR_TYPER, "VLPIS", gicr_typer);
	case ITS_WHEN_RVPEID:
		return its_register_get(GICR_TYPER, "RVPEID", gicr_typer);
	case ITS_WHEN_DIRECT:
		return its_register_get(GICR_TYPER, "DirectLPI", gicr_typer) ||
		       its_register_get(GICR_CTLR, "IR", gicr_ctlr);
	}
	return false;
}

enum its_baser_type its_baser_type(uint64_t value)
{
	return (enum its_baser_type)its_register_get(GITS_BASER0, "Type", value);
}

const char *its_baser_table_name(uint64_t value)
{
	switch (its_baser_type(value)) {
	case ITS_BASER_DEVICES:
		return "device table";
	case ITS_BASER_VPES:
		return "vPE table";
	case ITS_BASER_COLLECTIONS:
		return "collection table";
	default:
		return "table";
	}
}

uint64_t its_baser_address(uint64_t value)
{
	uint64_t address = its_register_get(GITS_BASER0, "Physical_Address", value);

	if (its_register_get(GITS_BASER0, "Page_Size", value) < 2)
		return address;
	return (address & ~UINT64_C(0xffff)) | ((address & UINT64_C(0xf000)) << 36);
}

uint64_t its_baser_page_bytes(uint64_t value)
{
	/* The reserved code 3 is taken for 64 KiB, as QEMU and Xen do. */
	static const uint64_t bytes[] = { 4096, 16384, 65536, 65536 };

	return bytes[its_register_get(GITS_BASER0, "Page_Size", value)];
}

uint64_t its_baser_bytes(uint64_t value)
{
	return (its_register_get(GITS_BASER0, "Size", value) + 1) * its_baser_page_bytes(value);
}
