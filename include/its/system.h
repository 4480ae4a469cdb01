/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the running Linux says beside its device tree and /proc/interrupts: the
 * text MEMORY_FILE_SYSTEM, one fact a line, in any order:
 *
 *	release 6.12.117
 *	cpu 0 online node /cpus/cpu@0
 *	device pci 0000:00:01.0 driver virtio-pci
 *	device platform 1a00a0000.dummy driver its-dummy
 *	irq 17 effective 1 lpi 8224
 *
 * Words behind the second (of a device: the third) come in any order, and each
 * may be missing. Numbers are decimal. A list of CPUs ("0-3") may stand after
 * "effective". Lines and words that this version does not know are skipped.
 */
#ifndef ITS_SYSTEM_H
#define ITS_SYSTEM_H

#include "its/board.h"

enum board_online { BOARD_ONLINE_UNKNOWN, BOARD_ONLINE, BOARD_OFFLINE };

struct board_system_cpu {
	unsigned cpu;
	enum board_online online;
	const char *node;		/* path in the device tree, or NULL */
};

struct board_system_device {
	bool is_pci;			/* else a platform device */
	const char *name;		/* "0000:00:01.0", "1a00a0000.dummy" */
	const char *driver;		/* or NULL */
};

struct board_system_irq {
	unsigned irq;
	bool has_effective, has_lpi;
	unsigned effective;		/* the one CPU that it is sent to */
	uint32_t lpi;
};

/* Zeroed: nothing is known. */
struct board_system {
	char *text;			/* a private copy, which the names are in */
	const char *release;		/* or NULL */
	struct board_system_cpu *cpus;	/* by number */
	struct board_system_cpu *nodes;	/* those with a node, by it */
	size_t n_cpus, n_nodes;
	struct board_system_device *devices;	/* by bus and name */
	size_t n_devices;
	struct board_system_irq *irqs;	/* by IRQ */
	struct board_system_irq *lpis;	/* those with an LPI, by it */
	size_t n_irqs, n_lpis;
};

/* Reads @size bytes, which may be hostile. ITS_ERR_FAILED without memory; @system is then empty. */
int board_system_load(struct board_system *system, const char *text, size_t size,
		      struct its_error *error);
void board_system_free(struct board_system *system);

/* Each costs the logarithm of what there is; NULL: Linux says nothing of it. */
const struct board_system_cpu *board_system_cpu(const struct board_system *system, unsigned cpu);
const struct board_system_cpu *board_system_cpu_of_node(const struct board_system *system,
							const char *node);
const struct board_system_device *board_system_device(const struct board_system *system,
						      const struct board_device *device);
/* True if Linux names its PCI devices, and @device would be one and is none of them. */
bool board_system_lacks(const struct board_system *system, const struct board_device *device);
const struct board_system_irq *board_system_irq(const struct board_system *system, unsigned irq);
const struct board_system_irq *board_system_irq_of_lpi(const struct board_system *system,
						       uint32_t lpi);

/* How the Linux number of a CPU is known. */
enum board_cpu_source {
	BOARD_CPU_SYSFS,	/* Linux says which node has the number */
	BOARD_CPU_ASSUMED,	/* by the tree's order, the boot CPU being its first */
	BOARD_CPU_ABSENT,	/* no number: Linux names the nodes of its CPUs, and this is none of them */
};

struct board_cpu_identity {
	enum board_cpu_source source;
	unsigned cpu;			/* unless BOARD_CPU_ABSENT */
	enum board_online online;
	const char *node;		/* of board->cpu_nodes */
};

/*
 * The CPU whose MPIDR affinity is @affinity (GICR_TYPER[63:32]). @system may
 * be NULL. False if the device tree has no such CPU.
 */
bool board_cpu_of(const struct board *board, const struct board_system *system, uint32_t affinity,
		  struct board_cpu_identity *identity);

#endif
