// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The messages of Linux's drivers/irqchip/irq-gic-v3*.c and irq-gic-v4.c that
 * tell something about interrupts by MSI: what they mean and what to do. As of
 * Linux 6.12, and those of older kernels that are worded otherwise.
 */
#include <stddef.h>

#include "its/dmesg.h"

#define NO_LPIS "no ITS works: devices fall back to wired interrupts or find no MSIs at all"
#define DUMP "'its-tool dump' shows where the ITS stands; 'its-tool regs GITS_CTLR' whether it is enabled"
#define TABLES_RESERVED "the first kernel must keep the tables: boot with EFI memory reservation, or add them as " \
	"reserved memory; 'its-tool regs' shows GICR_CTLR.EnableLPIs and GICR_PENDBASER per CPU"

/* Where one pattern is the beginning of another, the longer one comes first. */
static const struct dmesg_known rows[] = {
	/* The queue. */
	{ "queue-timeout", ITS_ERROR, "ITS queue timeout (<d from> <d end> <d creadr>)", NULL, NULL },
	{ "queue-timeout", ITS_ERROR, "ITS queue timeout (<d end> <d creadr>)", NULL, NULL },
	{ "queue-timeout", ITS_ERROR, "ITS queue timeout", NULL, NULL },
	{ "command-failed", ITS_ERROR, "ITS cmd <w builder> failed",
	  "this command, or one posted before it, was not executed within a second. It is the one that waited, "
	  "seldom the culprit; the line 'ITS queue timeout (...)' before it tells which",
	  "give its-tool that line, or the whole log: dmesg | its-tool explain -" },
	{ "queue-not-draining", ITS_ERROR, "ITS queue not draining",
	  "the ring was full for a second, so the kernel dropped a command and told nobody: a mapping, an "
	  "affinity or an enable that the driver believes in was never made. The ITS is stalled or dead, or a "
	  "debugger has moved CWRITER behind the kernel's back", DUMP },
	{ "virtual-pending-table", ITS_ERROR, "ITS virtual pending table not cleaning",
	  "GICR_VPENDBASER.Dirty stayed set when a vCPU was scheduled: GICv4 delivery to guests hangs",
	  "boot with kvm-arm.vgic_v4_enable=0 to go without GICv4" },
	{ "sgi-status", ITS_ERROR, "Unable to get SGI status",
	  "GICR_VSGIPENDR stayed busy: the redistributor does not answer for virtual SGIs (GICv4.1)", NULL },

	/* Probing. */
	{ "its-no-msi-controller", ITS_ERROR, "<w node>: no msi-controller property, ITS ignored",
	  "the ITS node of the device tree lacks 'msi-controller': Linux does not use this ITS",
	  "add 'msi-controller;' and '#msi-cells = <1>;' to the node; 'its-tool list' shows it" },
	{ "its-no-domain", ITS_ERROR, "unable to locate ITS domain",
	  "the MSI layer found an ITS node that the ITS driver has not set up: it is disabled, lacks "
	  "'msi-controller', or failed probing earlier in the log",
	  "look for that ITS further up in the log; 'its-tool list' shows status, properties and misspellings" },
	{ "its-unmapped", ITS_ERROR, "ITS@<x its_base>: Unable to map ITS registers",
	  "the address in the ITS node could not be mapped", "check 'reg' of the node: 'its-tool list'" },
	{ "its-not-there", ITS_ERROR, "No ITS detected, giving up",
	  "GITS_PIDR2 does not say GICv3 or GICv4: 'reg' points elsewhere, the block has no clock or power, or "
	  "a hypervisor or the secure world hides it",
	  "'its-tool list' shows base and ranges; compare with the manual of the chip" },
	{ "its-not-quiescent", ITS_ERROR, "Failed to quiesce, giving up",
	  "the ITS stayed busy (GITS_CTLR.Quiescent = 0) after it was disabled: firmware or the kernel before "
	  "a kexec left it at work or stalled, so this ITS is not used",
	  "'its-tool regs GITS_CTLR'; reset the ITS in firmware, or boot cold" },
	{ "its-suspend", ITS_ERROR, "failed to quiesce on resume",
	  "the ITS was still busy when the system resumed: its queue was not restored, MSIs stay dead", DUMP },
	{ "its-suspend", ITS_ERROR, "failed to quiesce:",
	  "the ITS did not become idle before suspend: something is pending in its ring", DUMP },
	{ "its-probe-failed", ITS_ERROR, "ITS@<x its_base>: failed probing (<t code>)",
	  "this ITS is not used; the reason is in the lines before", NULL },
	{ "its-table-refused", ITS_ERROR, "ITS@<x its_base>: <t table> doesn't stick: <x written> <x read>",
	  "a table register (GITS_BASERn) does not hold what was written: the bits that differ (shareability, "
	  "cacheability, page size, address) are those that the part does not have",
	  "'its-tool regs' shows what each GITS_BASERn holds" },
	{ "its-table-cut", ITS_WARNING, "too large, reduce ITS pages <d wanted>-><d given>",
	  "a table of the ITS is smaller than its DeviceIDs or collections need: high DeviceIDs cannot be mapped",
	  "see GITS_TYPER.Devbits and GITS_TYPER.Indirect in 'its-tool regs'" },
	{ "its-table-cut", ITS_WARNING, "Table too large, reduce ids <d wanted>-><d given>",
	  "the device table covers fewer DeviceID bits than the ITS has: MSIs of higher DeviceIDs are dropped",
	  "'its-tool list' shows the DeviceIDs of the clients" },
	{ "its-52-bit", ITS_ERROR, "ITS: no 52bit PA support when psz=<d page_size>",
	  "a table lies above 48 bits, which only 64 KiB pages of the ITS can address", NULL },
	{ "its-list-full", ITS_ERROR, "No ITSList entry available!",
	  "more ITSs than GICv4.0 can number (16): this one is not used", NULL },
	{ "its-list-twice", ITS_ERROR, "Duplicate ITSList entry <d number>",
	  "firmware gave two ITSs one number (GITS_CTLR.ITS_Number): VMOVP would reach the wrong one", NULL },
	{ "its-none", ITS_WARNING, "ITS: No ITS available, not enabling LPIs", NO_LPIS,
	  "'its-tool list' shows the ITS nodes of the device tree and why they are not used" },
	{ "gicv4-off", ITS_WARNING, "ITS: Disabling GICv4 support",
	  "virtual interrupts are injected by software; the reason is in the lines before", NULL },
	{ "proxy-clash", ITS_ERROR, "DevId <x device_id> clashes with GICv4 VPE proxy device",
	  "a device has the DeviceID that Linux keeps for GICv4.0: it gets no MSIs", "change its msi-map" },
	{ "proxy-failed", ITS_ERROR, "ITS: Can't allocate GICv4 proxy device",
	  "no memory for the device that GICv4.0 needs: GICv4 is not used", NULL },

	/* LPIs, redistributors, kexec. */
	{ "booted-with-lpis", ITS_ERROR, "CPU<d cpu>: Booted with LPIs enabled, memory probably corrupted",
	  "a redistributor was still writing its LPI pending table when this kernel started (kexec, kdump, or "
	  "firmware that used LPIs): that memory may have been given to others since", TABLES_RESERVED },
	{ "booted-with-lpis", ITS_ERROR, "Booted with LPIs enabled, memory probably corrupted",
	  "a redistributor was still writing its LPI pending table when this kernel started (kexec, kdump, or "
	  "firmware that used LPIs): that memory may have been given to others since", TABLES_RESERVED },
	{ "reserved-missing", ITS_ERROR, "Expected reserved range [<x first>:<x last>], not found",
	  "an LPI table that the previous kernel left in use is not reserved: memory may be corrupted", TABLES_RESERVED },
	{ "lpis-stay-on", ITS_ERROR, "CPU<d cpu>: Failed to disable LPIs",
	  "GICR_CTLR.EnableLPIs cannot be cleared on this part: the CPU keeps the old kernel's tables and gets "
	  "no LPIs of this kernel", TABLES_RESERVED },
	{ "lpis-stay-on", ITS_ERROR, "CPU<d cpu>: Timeout while disabling LPIs",
	  "GICR_CTLR.RWP stayed set after EnableLPIs was cleared: the CPU gets no LPIs", TABLES_RESERVED },
	{ "lpis-missing", ITS_WARNING, "CPU<d cpu>: LPIs not supported",
	  "GICR_TYPER.PLPIS is 0: this redistributor has no LPIs, so MSIs through the ITS cannot work",
	  "'its-tool regs GICR_TYPER'; a hypervisor may hide them" },
	{ "lpi-memory", ITS_ERROR, "Failed to allocate PROPBASE", "no memory for the LPI tables: no MSIs", NULL },
	{ "lpi-memory", ITS_ERROR, "Failed to allocate PENDBASE for CPU<d cpu>",
	  "no memory for the pending table: this CPU gets no LPIs", NULL },
	{ "lpi-range", ITS_WARNING, "ITS: Using hypervisor restricted LPI range [<d lpis>]",
	  "a hypervisor gives this system only so many LPIs (GICD_TYPER.num_LPIs): devices beyond them get no MSIs",
	  "compare with the number of vectors in /proc/interrupts" },
	{ "redistributor-missing", ITS_ERROR, "CPU<d cpu>: mpidr <x mpidr> has no re-distributor!",
	  "no redistributor of the device tree's regions has the affinity of this CPU: it gets no interrupts",
	  "compare 'reg' of the GIC node with the chip; 'its-tool regs GICR_TYPER' lists what is there" },
	{ "redistributor-region", ITS_ERROR, "No redistributor present @<x address>",
	  "a redistributor region of the GIC node holds no redistributor: its address or size is wrong",
	  "'its-tool regs GICR_TYPER'" },
	{ "redistributor-region", ITS_ERROR, "couldn't map region <d region>",
	  "a redistributor region of the GIC node could not be mapped", "check 'reg' of the GIC node" },
	{ "redistributor-asleep", ITS_ERROR, "redistributor failed to <w what>",
	  "GICR_WAKER did not follow: the redistributor has no power or firmware owns it; the CPU gets no interrupts",
	  "'its-tool regs GICR_WAKER'" },
	{ "redistributor-broken", ITS_WARNING, "CPU <d cpu>'s redistributor is inaccessible",
	  "firmware marks this redistributor as unusable: the CPU stays offline", NULL },
	{ "rwp-timeout", ITS_ERROR, "RWP timeout, gone fishing",
	  "GICD_CTLR or GICR_CTLR kept RWP set for a second: the GIC does not finish register writes (clock, power, firmware)",
	  "'its-tool regs GICD_CTLR GICR_CTLR'" },
	{ "distributor-missing", ITS_ERROR, "no distributor detected",
	  "'reg' of the GIC node does not point at a GICv3 distributor", "check the GIC node" },
	{ "sre-off", ITS_ERROR, "unable to set SRE (disabled at EL2)",
	  "firmware or hypervisor keeps the GIC's system registers from the kernel: it cannot boot", NULL },
	{ "unexpected-interrupt", ITS_WARNING, "Unexpected interrupt (irqnr <d intid>)",
	  "an INTID came that Linux has no handler for. From 8192 on it is an LPI: its mapping was never "
	  "removed, or is that of an earlier kernel", "'its-tool dump' shows which event maps it" },

	/* Notes that change how the rest is read. */
	{ "workaround", ITS_WARNING, "enabling workaround for <t erratum>",
	  "Linux knows this part to be at fault and works around it; 'non-coherent attribute' is not a fault, "
	  "but says that the tables and the ring are cleaned from the caches by hand",
	  "'its-tool list' shows product and known errata" },
	{ "ring-flushed", ITS_NOTE, "ITS: using cache flushing for cmd queue",
	  "the ITS does not read its ring through the CPUs' caches, so Linux cleans each command to memory",
	  "if it stalls all the same: 'its-tool dump --compare-views' shows commands that did not reach memory" },
	{ "properties-flushed", ITS_NOTE, "GIC: using cache flushing for LPI property table",
	  "the redistributors do not read the LPI configuration through the CPUs' caches, so Linux cleans it to memory", NULL },
	{ "tables-preallocated", ITS_NOTE, "Using preallocated redistributor tables",
	  "LPIs were enabled already (kexec, kdump), and the tables were kept: this is the good case", NULL },
	{ "itt-reused", ITS_NOTE, "Reusing ITT for devID <x device_id>",
	  "two devices share this DeviceID (aliases behind one bridge): one table serves both, and their EventIDs must differ",
	  NULL },

	/* Normal set-up. */
	{ "its-registers", ITS_NOTE, "ITS [mem <x first>-<x last>", "an ITS was found at these addresses", NULL },
	{ "its-table", ITS_NOTE,
	  "ITS@<x its_base>: allocated <d entries> <t table> @<x address> (<w layout>, esz <d entry_bytes>, psz <w page>, shr <d shareability>)",
	  "a table of the ITS. With 'indirect' the entries are those of the first level. shr 1 is inner "
	  "shareable; 0 is not coherent with the CPUs", NULL },
	{ "its-table", ITS_NOTE, "ITS@<x its_base>: allocated <d entries> <t table> @<x address>",
	  "a table of the ITS", NULL },
	{ "its-table", ITS_NOTE, "ITS: allocated <d entries> <t table> @<x address>", "a table of the ITS", NULL },
	{ "its-number", ITS_NOTE, "ITS@<x its_base>: Using ITS number <d number>",
	  "its number for VMOVP (GICv4.0)", NULL },
	{ "its-vmovp", ITS_NOTE, "ITS@<x its_base>: Single VMOVP capable",
	  "one VMOVP on any ITS is enough (GITS_TYPER.VMOVP)", NULL },
	{ "its-gicv41", ITS_NOTE, "ITS@<x its_base>: Using GICv4.1 mode <x mpidr> <x svpet>",
	  "the ITS shares its vPE table with redistributors (GICv4.1)", NULL },
	{ "lpi-properties", ITS_NOTE, "using LPI property table @<x address>",
	  "the LPI configuration table: one byte per LPI, enable and priority", NULL },
	{ "lpi-pending", ITS_NOTE, "CPU<d cpu>: using <t how> LPI pending table @<x address>",
	  "the CPU's LPI pending table; 'preallocated' comes from the kernel before a kexec", NULL },
	{ "lpi-pending", ITS_NOTE, "CPU<d cpu>: using LPI pending table @<x address>",
	  "the CPU's LPI pending table", NULL },
	{ "redistributor", ITS_NOTE, "CPU<d cpu>: found redistributor <x mpidr> region <d region>:<x address>",
	  "the CPU's redistributor: affinity, region of the GIC node, address", NULL },
	{ "gicv4-on", ITS_NOTE, "ITS: Enabling GICv4 support", "virtual LPIs go to guests directly", NULL },
	{ "proxy", ITS_NOTE, "ITS: Allocated DevID <x device_id> as GICv4 proxy device",
	  "Linux keeps this DeviceID to invalidate vPEs (GICv4.0)", NULL },
	{ "direct-lpi", ITS_NOTE, "ITS: Using DirectLPI for VPE invalidation",
	  "vPEs are invalidated through redistributors, not by commands", NULL },
	{ "msi-domain", ITS_NOTE, "MSI: <t node> domain created", "devices can ask this ITS for MSIs", NULL },
	{ "gic-features", ITS_NOTE, "GICv3 features: <t features>", "what the GIC has", NULL },
	{ "gic-features", ITS_NOTE, "GICv4 features: <t features>", "what the GIC has", NULL },
	{ "gic-spis", ITS_NOTE, "GICv3: <d count> SPIs implemented", "wired interrupts", NULL },
	{ "gic-spis", ITS_NOTE, "GICv3: <d count> Extended SPIs implemented", "wired interrupts", NULL },
	{ "gic-eoi", ITS_NOTE, "GIC: Using split EOI/Deactivate mode", "for KVM", NULL },
	{ "gic-security", ITS_NOTE, "GICD_CTRL.DS=<d ds>, SCR_EL3.FIQ=<d fiq>", "how the secure world set the GIC", NULL },
	{ "mbi-range", ITS_NOTE, "MBI range [<d first>:<d last>]",
	  "SPIs that devices may raise by a message to the distributor, without the ITS", NULL },
};

const struct dmesg_known *dmesg_known_at(size_t index)
{
	return index < sizeof(rows) / sizeof(rows[0]) ? &rows[index] : NULL;
}
