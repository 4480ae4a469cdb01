/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From the ITS's numbers to the names that people know: the device behind a
 * DeviceID and its driver, the Linux interrupt of an event, the CPU of a
 * redistributor. What the source does not tell is absent, never guessed.
 */
#ifndef CLI_NAMES_H
#define CLI_NAMES_H

#include "cli.h"
#include "its/system.h"

struct names;

/*
 * Reads what the source has of MEMORY_FILE_INTERRUPTS and MEMORY_FILE_SYSTEM.
 * Fails only without memory, with cli->error set; *names is then NULL.
 */
int names_load(struct cli *cli, struct names **names);
void names_free(struct names *names);
/* The counts of now; what was known stays where they cannot be read. */
int names_reload_interrupts(struct cli *cli, struct names *names);
/* All of it: devices may have come or gone, and IRQs have other LPIs. */
int names_reload(struct cli *cli, struct names *names);

/*
 * The device behind @device_id; *driver (may be NULL) is NULL if unknown.
 * False if nothing claims it. Costs a walk over the tree's MSI clients, unless
 * it is the device asked for last; all else costs a logarithm.
 */
bool names_device(struct names *names, size_t its, uint32_t device_id, struct board_device *device,
		  const char **driver);

/*
 * Who @device's DeviceID is asked for as, until another is asked for: several
 * devices may share one, and the user has named which. Nothing without a node.
 */
void names_prefer(struct names *names, const struct board_device *device);

/*
 * The Linux interrupt of an event: by @lpi (NULL: unknown) where Linux says
 * which IRQ has it, else by the device's name and the event's number, unless
 * Linux says that this IRQ has another LPI. NULL: not to be had. It lasts until
 * the next call.
 */
const struct board_interrupt *names_interrupt(struct names *names, size_t its, uint32_t device_id,
					      uint32_t event_id, const uint32_t *lpi);

/* True if the source had a /proc/interrupts at all. */
bool names_has_interrupts(const struct names *names);

/* The CPU that Linux sends @irq to; false if it does not say. */
bool names_effective(const struct names *names, unsigned irq, unsigned *cpu);

/* board_cpu_of(), for a redistributor's affinity. */
bool names_cpu(const struct names *names, uint32_t affinity, struct board_cpu_identity *identity);

/* Zeroed where the source has none. */
const struct board_system *names_system(const struct names *names);

/* "0000:00:01.0 (virtio-pci)", "/soc/dummy@1a00a0000". Returns @buffer. */
const char *names_device_text(const struct board_device *device, const char *driver, char *buffer,
			      size_t size);
/*
 * The same behind @prefix, padded to @width; in JSON the members device and
 * driver, null where unknown. @device NULL: nothing claims it, "?".
 */
void names_show_device(struct emitter *emit, const char *prefix, const struct board_device *device,
		       const char *driver, unsigned width);

#endif
