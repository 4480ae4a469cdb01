// SPDX-License-Identifier: GPL-2.0-or-later
/* What Linux would say of the simulated board: the text that sysfs.c makes on a real one. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim_state.h"

bool sim_cpu_online(const struct sim *sim, size_t cpu)
{
	return cpu < sim->cpus && !(sim->options.has_offline && sim->options.offline == cpu);
}

static void write_cpus(FILE *out, const struct sim *sim)
{
	size_t count = sim->n_cpu_nodes > sim->cpus ? sim->n_cpu_nodes : sim->cpus;

	for (size_t cpu = 0; cpu < count; cpu++) {
		fprintf(out, "cpu %zu %s", cpu, sim_cpu_online(sim, cpu) ? "online" : "offline");
		if (cpu < sim->n_cpu_nodes)
			fprintf(out, " node %s", sim->cpu_nodes[cpu]);
		fputc('\n', out);
	}
}

static const struct sim_event_state *event_of(const struct sim *sim,
					      const struct sim_client *client)
{
	const struct sim_event_state *event = NULL;

	if (client->name)
		event = sim_its_event(&sim->its[client->its], client->device_id, client->event_id);
	return event && !event->is_virtual ? event : NULL;
}

/* One line a device, although one that shares its DeviceID may stand there more than once. */
static void write_device(FILE *out, const struct sim_client *client)
{
	fprintf(out, "device %s %s driver its-%s\n",
		strchr(client->name, ':') ? "pci" : "platform", client->name,
		sim_client_driver(client));
}

static void write_irq(FILE *out, const struct sim *sim, const struct sim_client *client,
		      unsigned irq, const struct sim_event_state *event)
{
	fprintf(out, "irq %u", irq);
	if (client->effective < sim->cpus)
		fprintf(out, " effective %u", client->effective);
	fprintf(out, " lpi %u\n", (unsigned)event->pintid);
}

int sim_system(const struct sim *sim, char **data, size_t *size, struct its_error *error)
{
	FILE *out = open_memstream(data, size);
	size_t i;

	if (!out)
		return its_no_memory(error, "what Linux says");
	fputs("release 6.12.0-sim\n", out);
	write_cpus(out, sim);
	for (i = 0; i < sim->n_clients; i++)
		if (sim->clients[i].name)
			write_device(out, &sim->clients[i]);
	for (i = 0; i < sim->n_clients; i++) {
		const struct sim_event_state *event = event_of(sim, &sim->clients[i]);

		if (event)
			write_irq(out, sim, &sim->clients[i], SIM_IRQ_FIRST + (unsigned)i, event);
	}
	return memory_text_end(out, data, "what Linux says", error);
}
