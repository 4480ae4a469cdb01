// SPDX-License-Identifier: GPL-2.0-or-later
/* Who is behind the ITS's numbers? The device tree, Linux and /proc/interrupts, joined. */
#include <stdlib.h>
#include <string.h>

#include "names.h"

struct names {
	const struct board *board;
	struct board_interrupts interrupts;
	struct board_system system;
	struct board_interrupt found;	/* what names_interrupt() returned last */
	/* The device asked for last: the events of one are mostly asked for in a row. */
	struct {
		bool valid, claimed;
		size_t its;
		uint32_t device_id;
		struct board_device device;
		const char *driver;
	} last;
};

int names_reload_interrupts(struct cli *cli, struct names *names)
{
	struct board_interrupts interrupts;
	struct its_error ignored;
	char *text;
	size_t size;
	int err;

	if (memory_file(&cli->memory, MEMORY_FILE_INTERRUPTS, &text, &size, &ignored))
		return 0;
	err = board_interrupts_load(&interrupts, text, size, &ignored);
	free(text);
	if (err == ITS_ERR_INPUT)
		return 0;
	if (err)
		return its_error(&cli->error, err, "%s", ignored.message);
	board_interrupts_free(&names->interrupts);
	names->interrupts = interrupts;
	return 0;
}

/* A text that is not there tells nothing. */
static int reload_system(struct cli *cli, struct names *names)
{
	struct board_system system;
	struct its_error ignored;
	char *text;
	size_t size;
	int err;

	if (memory_file(&cli->memory, MEMORY_FILE_SYSTEM, &text, &size, &ignored))
		return 0;
	err = board_system_load(&system, text, size, &cli->error);
	free(text);
	if (err)
		return err;
	board_system_free(&names->system);
	names->system = system;
	names->last.valid = false;	/* its driver's name was in there */
	return 0;
}

int names_reload(struct cli *cli, struct names *names)
{
	int err = names_reload_interrupts(cli, names);

	return err ? err : reload_system(cli, names);
}

int names_load(struct cli *cli, struct names **names)
{
	int err;

	*names = calloc(1, sizeof(**names));
	if (!*names)
		return its_no_memory(&cli->error, "the names of devices");
	(*names)->board = &cli->board;
	err = names_reload(cli, *names);
	if (err) {
		names_free(*names);
		*names = NULL;
	}
	return err;
}

void names_free(struct names *names)
{
	if (!names)
		return;
	board_interrupts_free(&names->interrupts);
	board_system_free(&names->system);
	free(names);
}

static void remember(struct names *names, size_t its, uint32_t device_id, bool claimed,
		     const struct board_device *device)
{
	const struct board_system_device *known =
		claimed ? board_system_device(&names->system, device) : NULL;

	names->last.valid = true;
	names->last.its = its;
	names->last.device_id = device_id;
	names->last.claimed = claimed;
	names->last.device = *device;
	names->last.driver = known ? known->driver : NULL;
}

void names_prefer(struct names *names, const struct board_device *device)
{
	if (device->node)
		remember(names, device->its, device->device_id, true, device);
}

bool names_device(struct names *names, size_t its, uint32_t device_id, struct board_device *device,
		  const char **driver)
{
	if (!names->last.valid || names->last.its != its || names->last.device_id != device_id) {
		struct board_device found = { 0 };
		bool claimed = board_device_of(names->board, its, device_id, &found);

		remember(names, its, device_id, claimed, &found);
	}
	if (names->last.claimed)
		*device = names->last.device;
	if (driver)
		*driver = names->last.driver;
	return names->last.claimed;
}

const struct board_interrupt *names_interrupt(struct names *names, size_t its, uint32_t device_id,
					      uint32_t event_id, const uint32_t *lpi)
{
	const struct board_system_irq *irq = NULL;
	struct board_device device;

	if (lpi)
		irq = board_system_irq_of_lpi(&names->system, *lpi);
	if (irq && board_interrupts_by_irq(&names->interrupts, irq->irq, &names->found))
		return &names->found;
	if (!names_device(names, its, device_id, &device, NULL) ||
	    !board_interrupts_find(&names->interrupts, &device, event_id, &names->found))
		return NULL;
	/*
	 * EventIDs follow the vectors unless devices share a DeviceID: then the
	 * second's begin behind the first's, and the name alone would mislead.
	 */
	irq = board_system_irq(&names->system, names->found.irq);
	return lpi && irq && irq->has_lpi && irq->lpi != *lpi ? NULL : &names->found;
}

bool names_has_interrupts(const struct names *names)
{
	return names->interrupts.n;
}

bool names_effective(const struct names *names, unsigned irq, unsigned *cpu)
{
	const struct board_system_irq *known = board_system_irq(&names->system, irq);

	if (!known || !known->has_effective)
		return false;
	*cpu = known->effective;
	return true;
}

bool names_cpu(const struct names *names, uint32_t affinity, struct board_cpu_identity *identity)
{
	return board_cpu_of(names->board, &names->system, affinity, identity);
}

const struct board_system *names_system(const struct names *names)
{
	return &names->system;
}

const char *names_device_text(const struct board_device *device, const char *driver, char *buffer,
			      size_t size)
{
	size_t used;

	board_device_name(device, buffer, size);
	used = strlen(buffer);
	if (driver)
		snprintf(buffer + used, size - used, " (%s)", driver);
	return buffer;
}

void names_show_device(struct emitter *emit, const char *prefix, const struct board_device *device,
		       const char *driver, unsigned width)
{
	char text[400];

	if (!device)
		snprintf(text, sizeof(text), "?");
	else if (emit_is_json(emit))
		board_device_name(device, text, sizeof(text));
	else
		names_device_text(device, driver, text, sizeof(text));
	if (emit_is_json(emit) && (!device || (!device->is_pci && !device->node)))
		emit_null(emit, "device");
	else
		emit_string(emit, "device", prefix, text, width);
	if (device && driver)
		emit_string(emit, "driver", NULL, driver, 0);
	else
		emit_null(emit, "driver");
}
