/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the firmware (a device tree or ACPI tables) and Linux say about the
 * machine: the ITSs, the GICs they hang under, the redistributors, the devices
 * that send MSIs, and the interrupts Linux has given them. No hardware is
 * touched here.
 */
#ifndef ITS_BOARD_H
#define ITS_BOARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "its/error.h"
#include "its/severity.h"

/* One finding in the device tree or the ACPI tables. */
struct board_lint {
	enum its_severity severity;
	const char *name;	/* stable identifier: "no-msi-controller" */
	char *node;		/* path of the node it is about; ACPI: see board_load_acpi() */
	char *text;		/* the finding, for people */
};

struct board_range { uint64_t base, size; };

/* A GICv3 node. */
struct board_gic {
	char *node;
	bool available;			/* as board_its.available */
	bool translated;		/* all of reg could be translated to CPU addresses */
	struct board_range distributor;
	struct board_range *redistributors;	/* regions, in reg order */
	size_t n_redistributors;
	uint64_t stride;		/* redistributor-stride in bytes; 0: not given */
	bool noncoherent;		/* dma-noncoherent on the GIC node: redistributor tables */
};

/* A register that the user knows, for where the source does not hold it. */
struct board_given {
	unsigned id;			/* enum its_register_id */
	uint64_t value;
};
#define BOARD_GIVEN_MAX 4

/* An ITS node, available or not. */
struct board_its {
	char *node;			/* full path */
	bool available;			/* status is absent, "okay" or "ok", all the way up */
	bool translated;		/* base is a CPU physical address */
	uint64_t base, size;		/* bytes; 0 if not translated */
	char *untranslated;		/* why not, or NULL */
	bool msi_controller;
	uint32_t msi_cells;		/* #msi-cells; 0 if absent */
	bool noncoherent;		/* dma-noncoherent on the node */
	bool has_pre_its;
	uint64_t pre_its_base, pre_its_size;
	uint32_t phandle;		/* 0: none */
	size_t gic;			/* index in board.gics, or SIZE_MAX */
	int offset;			/* of the node in board.fdt */
	uint32_t translation_id;	/* ACPI: what the IORT calls it */
	struct board_given given[BOARD_GIVEN_MAX];
	size_t n_given;
};

/* How a device reaches an ITS. */
enum board_client_kind { BOARD_MSI_PARENT, BOARD_MSI_MAP };

/*
 * One specifier of an msi-parent, or one tuple of an msi-map. A named component
 * of the IORT with its one DeviceID is of the first kind, a range of ids that
 * reaches one ITS, through whatever SMMU, of the second.
 */
struct board_client {
	enum board_client_kind kind;
	char *node;			/* the device or the host bridge */
	bool available;
	size_t its;			/* index in board.its */
	bool has_device_id;		/* BOARD_MSI_PARENT: false if the ITS has no #msi-cells */
	uint32_t device_id;		/* BOARD_MSI_PARENT */
	bool pci;			/* the node is a PCI host bridge */
	uint32_t domain;		/* its linux,pci-domain, or the order among bridges; UINT32_MAX: none */
	uint32_t rid_base, msi_base, length, mask;	/* BOARD_MSI_MAP */
	bool same;			/* BOARD_MSI_MAP: all of the range have msi_base (ACPI) */
	uint64_t reg;			/* first reg address, translated; UINT64_MAX if none */
	char *linux_name;		/* as Linux names a platform device: "1a00a0000.dummy"; or NULL */
};

/* A cpu node below /cpus, or a GICC entry of the MADT. */
struct board_cpu {
	char *node;
	bool available;
	bool has_affinity;		/* reg is an MPIDR */
	uint32_t affinity;		/* Aff3.Aff2.Aff1.Aff0, as in GICR_TYPER[63:32] */
};

struct board {
	bool acpi;			/* read from ACPI tables; there is no fdt then */
	void *fdt;			/* a private copy of the blob */
	size_t fdt_size;
	char *model;			/* root model, or OEM IDs of the MADT, or NULL */
	struct board_its *its;		/* document order */
	size_t n_its;
	struct board_gic *gics;
	size_t n_gics;
	struct board_client *clients;
	size_t n_clients;
	struct board_lint *lints;
	size_t n_lints;
	unsigned cpus;			/* available cpu nodes */
	struct board_cpu *cpu_nodes;	/* document order; without those that failed their test */
	size_t n_cpu_nodes;
	struct board_range *memory;	/* RAM by the memory nodes, in document order; none: not known */
	size_t n_memory;
};

/*
 * Reads a device tree blob of @size bytes; it may be hostile. The blob is
 * copied. 0 even if it holds no ITS (n_its = 0). ITS_ERR_INPUT with @error set
 * if it is not a valid tree; @board is then empty.
 */
int board_load(struct board *board, const void *blob, size_t size, struct its_error *error);

/*
 * The same from ACPI tables, one behind the other as /sys/firmware/acpi/tables
 * has them, in any order; only MADT ("APIC") and IORT are looked at. What has
 * no path in a tree is called "/MADT/its@8080000", "/MADT/gic@8000000", "/MADT/cpu@0" (the UID),
 * "/IORT/pci@0" (the segment), "/IORT/\_SB_.DEV0" or "/IORT/smmu-v3@9050000".
 * 0 even if there is no MADT or no ITS in it. ITS_ERR_INPUT with @error set if
 * these are no tables; @board is then empty.
 */
int board_load_acpi(struct board *board, const void *tables, size_t size, struct its_error *error);
void board_free(struct board *board);

/*
 * A board of one ITS, where there is no device tree: at *@base, or with @base
 * NULL at an address that nobody knows.
 */
int board_alone(struct board *board, const uint64_t *base, struct its_error *error);

/*
 * The index of the available ITS that @which names: its index as `list` shows
 * it, its node path, its node name ("its@8080000" or "its"), or its base
 * address. ITS_ERR_USAGE for none and for more than one; the message lists
 * what there is.
 */
int board_find_its(const struct board *board, const char *which, size_t *index,
		   struct its_error *error);

/* A device behind an ITS. */
struct board_device {
	size_t its;			/* index in board.its */
	uint32_t device_id;
	bool is_pci;
	uint32_t pci_domain;
	uint16_t rid;			/* bus << 8 | device << 3 | function */
	const char *node;		/* device or host bridge node in the tree; NULL if unknown */
	const char *linux_name;		/* board_client.linux_name; NULL if unknown or PCI */
};

/*
 * What @text names: a number (the DeviceID itself, on ITS @its), a PCI address
 * ("0000:01:00.0" or "01:00.0", through msi-map or msi-parent) or a
 * device-tree path or node name (through msi-parent). @its is the index the
 * user chose, or SIZE_MAX for none. ITS_ERR_USAGE with the reason.
 */
int board_find_device(const struct board *board, size_t its, const char *text,
		      struct board_device *device, struct its_error *error);

/*
 * The device behind @device_id of ITS @its by the firmware: the other
 * direction of the same arithmetic. False if nothing claims it.
 */
bool board_device_of(const struct board *board, size_t its, uint32_t device_id,
		     struct board_device *device);

/* "0000:01:00.0", "/soc/dummy@1a00a0000" or "?": for people. Returns @buffer. */
const char *board_device_name(const struct board_device *device, char *buffer, size_t size);

/* True if @property stands on the node of ITS @its, or ACPI has a flag for it that is set. */
bool board_its_has_property(const struct board *board, size_t its, const char *property);
/* True if the root node's compatible list has @compatible. */
bool board_is_machine(const struct board *board, const char *compatible);

/* True if the range lies in one memory node, or the firmware names none: then nothing is known. */
bool board_in_ram(const struct board *board, uint64_t base, uint64_t bytes);

/* The quirks of ITS @its, whose GITS_IIDR is @iidr, one after the other: as its_quirk_next(). */
struct its_quirk;
const struct its_quirk *board_quirk_next(const struct board *board, size_t its, uint32_t iidr,
					 const struct its_quirk *previous);

/* One line of /proc/interrupts. */
struct board_interrupt {
	unsigned irq;
	uint64_t count;			/* sum over the CPUs */
	unsigned cpus;			/* columns */
	uint64_t per_cpu[64];		/* the first 64 */
	unsigned cpu[64];		/* whose column: offline CPUs have none */
	char chip[64];			/* "ITS-PCI-MSIX-0000:00:01.0", "ITS-MSI" */
	uint64_t hwirq;			/* the number after the chip */
	char action[128];		/* "virtio0-config, other"; may be empty */
};

/*
 * Finds the line of @device's @event in @text, a whole /proc/interrupts of
 * @size bytes. Knows the names of Linux 6.11 and later, where chip and number
 * say it all ("ITS-PCI-MSIX-0000:00:01.0  1", "ITS-pMSI-1a00a0000.dummy  0"),
 * and the older ones, where the number is PCI RID << 11 | vector
 * ("ITS-MSI 524289"). False if there is no such line.
 */
bool board_interrupt_find(const char *text, size_t size, const struct board_device *device,
			  uint32_t event_id, struct board_interrupt *interrupt);

/* A whole /proc/interrupts, read once and asked often: each answer costs the logarithm of its lines. */
struct board_interrupts {
	char *text;			/* a private copy */
	size_t size;
	unsigned columns, cpu[64];	/* of the header */
	struct board_interrupts_row *rows;	/* by device and event */
	struct board_interrupts_irq *irqs;	/* by IRQ */
	size_t n;
	bool has_cut;			/* a device's name is cut short somewhere */
};

/*
 * @text may be hostile. Lines that are none of an interrupt's are left out.
 * ITS_ERR_INPUT for a text no Linux writes, ITS_ERR_FAILED without memory;
 * @interrupts is then empty.
 */
int board_interrupts_load(struct board_interrupts *interrupts, const char *text, size_t size,
			  struct its_error *error);
void board_interrupts_free(struct board_interrupts *interrupts);
/* As board_interrupt_find(). */
bool board_interrupts_find(const struct board_interrupts *interrupts,
			   const struct board_device *device, uint32_t event_id,
			   struct board_interrupt *interrupt);
bool board_interrupts_by_irq(const struct board_interrupts *interrupts, unsigned irq,
			     struct board_interrupt *interrupt);

#endif
