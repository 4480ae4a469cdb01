// SPDX-License-Identifier: GPL-2.0-or-later
/* What hardware does the simulated board have, and what do its registers say after reset? */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "sim_state.h"

/* Fields as in QEMU's ITS (16 EventID, DeviceID and ICID bits, 12-byte ITT entries), PTA=0. */
#define TYPER 0x0000001f0001efb1ull
#define IIDR_GIC600 0x0201743bu		/* r1p6; none of the machines with its errata */
#define ADDRESS_END (1ull << ITS_ADDRESS_BITS)	/* of physical addresses, in every register */
#define RAM_INVENTED 0x10000000ull	/* bytes, for trees that leave the RAM to the firmware */

/* CoreSight identification: a generic IP component of Arm's, 64 KiB. */
static void set_identification(uint64_t *reg, bool v4)
{
	reg[GITS_PIDR0] = 0x94;
	reg[GITS_PIDR1] = 0xb4;
	reg[GITS_PIDR2] = reg[GICD_PIDR2] = reg[GICR_PIDR2] = v4 ? 0x4b : 0x3b;
	reg[GITS_PIDR4] = 0x44;
	reg[GITS_CIDR0] = 0x0d;
	reg[GITS_CIDR1] = 0xf0;
	reg[GITS_CIDR2] = 0x05;
	reg[GITS_CIDR3] = 0xb1;
	reg[GITS_IIDR] = reg[GICD_IIDR] = reg[GICR_IIDR] = IIDR_GIC600;
}

static int build_its(struct sim *sim, const struct memory_layout *layout, struct its_error *error)
{
	const struct sim_options *options = &sim->options;
	size_t i, n = layout->n_its;

	sim->its = calloc(n ? n : 1, sizeof(*sim->its));
	if (!sim->its)
		goto no_memory;
	for (i = 0; i < n; i++) {
		struct sim_its *its = &sim->its[i];
		uint64_t typer = TYPER;

		sim->n_its++;
		its->base = layout->its[i].base;
		its->collections = calloc(0x10000, sizeof(*its->collections));
		its->vpes = calloc(0x10000, sizeof(*its->vpes));
		if (!its->collections || !its->vpes)
			goto no_memory;
		typer = its_register_with(GITS_TYPER, "PTA", typer, options->pta);
		typer = its_register_with(GITS_TYPER, "Virtual", typer,
					  options->v4 || options->v41);
		if (options->v41) {
			typer = its_register_with(GITS_TYPER, "VMOVP", typer, 1);
			typer = its_register_with(GITS_TYPER, "VSGI", typer, 1);
			typer = its_register_with(GITS_TYPER, "VMAPP", typer, 1);
		}
		its->reg[GITS_TYPER] = typer;
		its->layout = options->v41 ? ITS_LAYOUT_V41 : ITS_LAYOUT_V40;
		its->reg[GITS_CTLR] = its_register_with(GITS_CTLR, "Quiescent", 0, 1);
		set_identification(its->reg, options->v4 || options->v41);
		its->reg[GITS_BASER0] = its_register_with(GITS_BASER0, "Type", 0, ITS_BASER_DEVICES);
		its->reg[GITS_BASER0] =
			its_register_with(GITS_BASER0, "Entry_Size", its->reg[GITS_BASER0], 7);
		its->reg[GITS_BASER1] = its_register_with(GITS_BASER1, "Type", 0, ITS_BASER_COLLECTIONS);
		its->reg[GITS_BASER1] =
			its_register_with(GITS_BASER1, "Entry_Size", its->reg[GITS_BASER1], 7);
	}
	return 0;
no_memory:
	return its_no_memory(error, "%zu simulated ITSs", n);
}

static int add_redistributor(struct sim *sim, const struct memory_layout *layout, uint64_t base,
			     bool last, struct its_error *error)
{
	size_t n = sim->n_redistributors;
	struct sim_redistributor *r = &sim->redistributors[n];
	bool v4 = sim->options.v4 || sim->options.v41;
	uint64_t typer = 0;

	sim->n_redistributors++;
	r->base = base;
	r->number = (unsigned)n;
	r->cached = calloc(SIM_LPIS, sizeof(*r->cached));
	r->delivered = calloc(SIM_LPIS, sizeof(*r->delivered));
	if (!r->cached || !r->delivered)
		return its_no_memory(error, "simulated redistributor %zu", n);
	typer = its_register_with(GICR_TYPER, "PLPIS", typer, 1);
	/* With VLPIs a redistributor has four frames, unless the tree gives them less room. */
	typer = its_register_with(GICR_TYPER, "VLPIS", typer, v4 && sim->stride >= 2 * GICR_FRAMES_SIZE);
	typer = its_register_with(GICR_TYPER, "RVPEID", typer,
				  sim->options.v41 && sim->stride >= 2 * GICR_FRAMES_SIZE);
	typer = its_register_with(GICR_TYPER, "Last", typer, last);
	typer = its_register_with(GICR_TYPER, "Processor_Number", typer, n);
	/* By the tree, or sixteen cores a cluster, the most that Aff0 numbers for an SGI without RSS. */
	typer = its_register_with(GICR_TYPER, "Affinity", typer,
				  n < layout->n_cpu_nodes ? layout->cpu_nodes[n].affinity :
							    (n / 16) << 8 | n % 16);
	r->reg[GICR_TYPER] = typer;
	r->reg[GICR_WAKER] = its_register_with(GICR_WAKER, "ProcessorSleep", 0, 1);
	r->reg[GICR_WAKER] = its_register_with(GICR_WAKER, "ChildrenAsleep", r->reg[GICR_WAKER], 1);
	set_identification(r->reg, v4);
	return 0;
}

/* As many as there are CPUs, region after region; a region without a CPU has a sleeping one. */
static int build_redistributors(struct sim *sim, const struct memory_layout *layout,
				struct its_error *error)
{
	uint64_t wanted = sim->options.cpus ? sim->options.cpus : layout->cpus ? layout->cpus : 1;
	bool v4 = sim->options.v4 || sim->options.v41;
	size_t region;
	int err;

	sim->stride = layout->stride;
	if (sim->stride < GICR_FRAMES_SIZE)
		sim->stride = v4 ? 2 * GICR_FRAMES_SIZE : GICR_FRAMES_SIZE;
	if (wanted > SIM_CPUS_MAX)
		wanted = SIM_CPUS_MAX;
	sim->redistributors =
		calloc(wanted + layout->n_redistributors, sizeof(*sim->redistributors));
	if (!sim->redistributors)
		return its_no_memory(error, "%llu simulated redistributors", (unsigned long long)wanted);
	for (region = 0; region < layout->n_redistributors; region++) {
		uint64_t base = layout->redistributors[region].base, i;
		uint64_t room = layout->redistributors[region].size / sim->stride;
		uint64_t n = wanted - sim->cpus < room ? wanted - sim->cpus : room;

		/* From here on there are no more CPUs, so theirs stay the first of the list. */
		if (!n && room) {
			err = add_redistributor(sim, layout, base, true, error);
			if (err)
				return err;
		}
		for (i = 0; i < n; i++, sim->cpus++) {
			err = add_redistributor(sim, layout, base + i * sim->stride, i == n - 1,
						error);
			if (err)
				return err;
		}
	}
	if (!layout->n_redistributors)		/* a tree without a GIC: CPUs, but no frames */
		for (; sim->cpus < wanted; sim->cpus++) {
			err = add_redistributor(sim, layout, 0, false, error);
			if (err)
				return err;
		}
	if (!sim->cpus || (sim->options.cpus && sim->cpus < wanted))
		return its_error(
			error, sim->options.cpus ? ITS_ERR_USAGE : ITS_ERR_INPUT,
			"%llu CPUs want as many redistributors, and the board's regions have room for %u of 0x%llx bytes",
			(unsigned long long)wanted, sim->cpus, (unsigned long long)sim->stride);
	return 0;
}

static bool overlaps(uint64_t base, uint64_t size, uint64_t other, uint64_t other_size)
{
	return base < other + other_size && other < base + size;
}

/* The first GiB boundary with room for some RAM. */
static bool invent_ram(const struct sim *sim, const struct memory_layout *layout, uint64_t *base)
{
	uint64_t gib;
	size_t i;

	for (gib = 1; gib < 256; gib++) {
		bool taken = overlaps(gib << 30, RAM_INVENTED, sim->gicd, ITS_FRAME_SIZE);

		for (i = 0; i < sim->n_its; i++)
			taken |= overlaps(gib << 30, RAM_INVENTED, sim->its[i].base, 0x40000);
		for (i = 0; i < layout->n_redistributors; i++)
			taken |= overlaps(gib << 30, RAM_INVENTED, layout->redistributors[i].base,
					  layout->redistributors[i].size);
		if (!taken) {
			*base = gib << 30;
			return true;
		}
	}
	return false;
}

static int build_ram(struct sim *sim, const struct memory_layout *layout, struct its_error *error)
{
	struct sim_ram *ram = &sim->ram;

	ram->noncoherent = sim->options.noncoherent;
	ram->base = (layout->ram_base + SIM_CHUNK_BYTES - 1) & ~(uint64_t)(SIM_CHUNK_BYTES - 1);
	if (layout->ram_size > ram->base - layout->ram_base)
		ram->size = (layout->ram_size - (ram->base - layout->ram_base)) &
			    ~(uint64_t)(SIM_CHUNK_BYTES - 1);
	if (ram->base < layout->ram_base || ram->base > ADDRESS_END ||
	    ram->size > ADDRESS_END - ram->base)
		return its_error(error, ITS_ERR_INPUT,
				 "the board's RAM at 0x%llx goes beyond 52 address bits",
				 (unsigned long long)layout->ram_base);
	if (!ram->size) {
		if (!invent_ram(sim, layout, &ram->base))
			return its_error(
				error, ITS_ERR_INPUT,
				"the board has no memory node, and no free addresses for a simulated RAM");
		ram->size = RAM_INVENTED;
	}
	/* Linux's first allocations come from somewhere in the middle. */
	ram->next = ram->base + (ram->size / 16 < 0x1000000 ? ram->size / 16 : 0x1000000);
	return 0;
}

/* Names come from a device tree, which may be hostile, and go into a text. */
static char *clean_name(const char *name)
{
	char *copy = strndup(name, 64), *c;

	for (c = copy; c && *c; c++)
		if (!isgraph((unsigned char)*c))
			*c = '?';
	return copy;
}

static int note_cpus(struct sim *sim, const struct memory_layout *layout, struct its_error *error)
{
	sim->cpu_nodes = calloc(layout->n_cpu_nodes + 1, sizeof(*sim->cpu_nodes));
	while (sim->cpu_nodes && sim->n_cpu_nodes < layout->n_cpu_nodes) {
		sim->cpu_nodes[sim->n_cpu_nodes] =
			strdup(layout->cpu_nodes[sim->n_cpu_nodes].node);
		if (!sim->cpu_nodes[sim->n_cpu_nodes])
			break;
		sim->n_cpu_nodes++;
	}
	if (sim->n_cpu_nodes < layout->n_cpu_nodes || !sim->cpu_nodes)
		return its_no_memory(error, "the nodes of %zu CPUs", layout->n_cpu_nodes);
	return 0;
}

static int note_clients(struct sim *sim, const struct memory_layout *layout,
			struct its_error *error)
{
	size_t i, j;

	sim->clients = calloc(layout->n_devices ? layout->n_devices : 1, sizeof(*sim->clients));
	if (!sim->clients)
		return its_no_memory(error, "%zu devices", layout->n_devices);
	for (i = 0; i < layout->n_devices; i++) {
		struct sim_client *client = &sim->clients[sim->n_clients];

		if (layout->devices[i].its >= sim->n_its)
			continue;
		client->its = layout->devices[i].its;
		client->device_id = layout->devices[i].device_id;
		/* Devices that share a DeviceID share its ITT: the later has the next event. */
		for (j = 0; j < sim->n_clients; j++)
			if (sim->clients[j].its == client->its &&
			    sim->clients[j].device_id == client->device_id)
				client->event_id++;
		sim->n_clients++;
		if (!layout->devices[i].name)
			continue;
		client->name = clean_name(layout->devices[i].name);
		if (!client->name)
			return its_no_memory(error, "a device's name");
	}
	return 0;
}

int sim_board_build(struct sim *sim, const struct memory_layout *layout, struct its_error *error)
{
	const size_t its_max = sizeof(layout->its) / sizeof(layout->its[0]);
	const size_t regions_max =
		sizeof(layout->redistributors) / sizeof(layout->redistributors[0]);
	const size_t devices_max = sizeof(layout->devices) / sizeof(layout->devices[0]);
	uint64_t ctlr = 0, typer = 0;
	int err;

	if (layout->n_its > its_max || layout->n_redistributors > regions_max ||
	    layout->n_devices > devices_max ||
	    layout->n_cpu_nodes > sizeof(layout->cpu_nodes) / sizeof(layout->cpu_nodes[0]))
		return its_error(
			error, ITS_ERR_INPUT,
			"the board has more ITSs, regions, CPUs or devices than the layout holds");
	sim->gicd = layout->gicd;
	ctlr = its_register_with(GICD_CTLR, "ARE", ctlr, 1);
	ctlr = its_register_with(GICD_CTLR, "DS", ctlr, 1);
	sim->gicd_reg[GICD_CTLR] = ctlr;
	typer = its_register_with(GICD_TYPER, "ITLinesNumber", typer, 8);
	typer = its_register_with(GICD_TYPER, "LPIS", typer, 1);
	typer = its_register_with(GICD_TYPER, "IDbits", typer, 15);
	typer = its_register_with(GICD_TYPER, "A3V", typer, 1);
	typer = its_register_with(GICD_TYPER, "No1N", typer, 1);
	sim->gicd_reg[GICD_TYPER] = typer;
	set_identification(sim->gicd_reg, sim->options.v4 || sim->options.v41);
	err = build_its(sim, layout, error);
	if (!err)
		err = build_redistributors(sim, layout, error);
	if (!err)
		err = build_ram(sim, layout, error);
	if (!err)
		err = note_cpus(sim, layout, error);
	if (!err)
		err = note_clients(sim, layout, error);
	return err;
}

void sim_board_free(struct sim *sim)
{
	size_t i, j;

	for (i = 0; i < sim->n_its; i++) {
		struct sim_its *its = &sim->its[i];

		for (j = 0; j < its->n_devices; j++)
			free(its->devices[j].events);
		free(its->devices);
		free(its->collections);
		free(its->vpes);
		free(its->log);
	}
	free(sim->its);
	for (i = 0; i < sim->n_redistributors; i++) {
		free(sim->redistributors[i].cached);
		free(sim->redistributors[i].delivered);
	}
	free(sim->redistributors);
	for (i = 0; i < sim->n_clients; i++)
		free(sim->clients[i].name);
	free(sim->clients);
	for (i = 0; i < sim->n_cpu_nodes; i++)
		free(sim->cpu_nodes[i]);
	free(sim->cpu_nodes);
	sim_ram_free(&sim->ram);
}
