// SPDX-License-Identifier: GPL-2.0-or-later
/* /proc/interrupts of the simulated board, as show_interrupts() of Linux 6.12 writes it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim_state.h"

#define PRECISION 4	/* digits of an IRQ: more than 1000 are possible */

/* "its_dummy" of "1a00a0000.dummy"; a PCI function's name, which has a colon, says nothing. */
const char *sim_client_driver(const struct sim_client *client)
{
	const char *dot = strchr(client->name, '.');

	return strchr(client->name, ':') || !dot ? "device" : dot + 1;
}

/* "ITS-pMSI-1a00a0000.dummy" or "ITS-PCI-MSIX-0000:00:01.0"; a colon tells them apart. */
static void write_client(FILE *out, const struct sim *sim, const struct sim_client *client,
			 unsigned irq)
{
	bool pci = strchr(client->name, ':');
	const struct sim_event_state *event;
	unsigned cpu;

	event = sim_its_event(&sim->its[client->its], client->device_id, client->event_id);
	if (!event || event->is_virtual)
		return;
	fprintf(out, "%*u: ", PRECISION, irq);
	for (cpu = 0; cpu < sim->cpus; cpu++)
		if (sim_cpu_online(sim, cpu))
			fprintf(out, "%10u ",
				(unsigned)sim->redistributors[cpu]
					.delivered[event->pintid - ITS_LPI_FIRST]);
	fprintf(out, " ITS-%s-%s %*u Edge      its-%s\n", pci ? "PCI-MSIX" : "pMSI", client->name,
		PRECISION, (unsigned)client->event_id, sim_client_driver(client));
}

int sim_interrupts(const struct sim *sim, char **data, size_t *size, struct its_error *error)
{
	FILE *out = open_memstream(data, size);
	unsigned cpu;
	size_t i;

	if (!out)
		return its_no_memory(error, "the text of /proc/interrupts");
	fprintf(out, "%*s", PRECISION + 8, "");
	for (cpu = 0; cpu < sim->cpus; cpu++)
		if (sim_cpu_online(sim, cpu))
			fprintf(out, "CPU%-8u", cpu);
	fputc('\n', out);
	for (i = 0; i < sim->n_clients; i++)
		if (sim->clients[i].name)
			write_client(out, sim, &sim->clients[i], SIM_IRQ_FIRST + (unsigned)i);
	return memory_text_end(out, data, "the text of /proc/interrupts", error);
}
