// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What does Linux leave behind after boot? Tables and registers as
 * irq-gic-v3-its.c sets them up, then its commands, which the simulated ITS
 * executes: the state is what the ring says. Then what the options ask for.
 */
#include "sim_state.h"

#define QUEUE_SLOTS 2048u	/* ITS_CMD_QUEUE_SZ, 64 KiB */
#define SHAREABLE 1		/* inner; reference 2.7 */
#define NON_CACHEABLE 1
#define RAWAWB 7
#define LPI_BITS 16
#define PRIORITY 0xc2		/* priority 0xc0, RES1, not enabled */
#define ITT_EVENTS 32u		/* the least that Linux asks for a platform device */
#define ITT_ALIGN 256u

static int no_room(const struct sim *sim, struct its_error *error)
{
	return its_error(
		error, ITS_ERR_INPUT,
		"no room for the GIC's tables in 0x%llx bytes of simulated RAM at 0x%llx, or no memory for them",
		(unsigned long long)sim->ram.size, (unsigned long long)sim->ram.base);
}

/* gic_reserve_range() and its_cpu_init_lpis(): one configuration table, a pending table each. */
static int set_up_lpis(struct sim *sim, struct its_error *error)
{
	uint64_t config, pending, value;
	size_t i;

	if (!sim_ram_place(&sim->ram, SIM_LPI_END, SIM_TABLE_ALIGN, &config))
		return no_room(sim, error);
	for (i = 0; i < SIM_LPIS; i += 8)
		if (!sim_ram_write(&sim->ram, SIM_BOTH, config + i,
				   PRIORITY * 0x0101010101010101ull))
			return no_room(sim, error);
	for (i = 0; i < sim->cpus; i++) {
		struct sim_redistributor *r = &sim->redistributors[i];

		if (!sim_ram_place(&sim->ram, SIM_TABLE_ALIGN, SIM_TABLE_ALIGN, &pending))
			return no_room(sim, error);
		value = its_register_with(GICR_PROPBASER, "Physical_Address", 0, config);
		value = its_register_with(GICR_PROPBASER, "Shareability", value, SHAREABLE);
		value = its_register_with(GICR_PROPBASER, "InnerCache", value, RAWAWB);
		r->reg[GICR_PROPBASER] =
			its_register_with(GICR_PROPBASER, "IDbits", value, LPI_BITS - 1);
		value = its_register_with(GICR_PENDBASER, "Physical_Address", 0, pending);
		value = its_register_with(GICR_PENDBASER, "Shareability", value, SHAREABLE);
		r->reg[GICR_PENDBASER] =
			its_register_with(GICR_PENDBASER, "InnerCache", value, RAWAWB);
		r->reg[GICR_CTLR] = its_register_with(GICR_CTLR, "EnableLPIs", 0, 1);
		r->reg[GICR_WAKER] = 0;
	}
	sim->gicd_reg[GICD_CTLR] =
		its_register_with(GICD_CTLR, "EnableGrp0", sim->gicd_reg[GICD_CTLR], 1);
	sim->gicd_reg[GICD_CTLR] =
		its_register_with(GICD_CTLR, "EnableGrp1", sim->gicd_reg[GICD_CTLR], 1);
	return 0;
}

/* its_setup_baser(): 64 KiB pages, one of them. */
static bool set_up_table(struct sim *sim, struct sim_its *its, enum its_register_id id,
			 bool indirect)
{
	uint64_t value = its->reg[id], address;

	if (!sim_ram_place(&sim->ram, SIM_TABLE_ALIGN, SIM_TABLE_ALIGN, &address))
		return false;
	/* With 64 KiB pages bits [51:48] of the address stand in [15:12]. */
	value = its_register_with(id, "Physical_Address", value,
				  (address & 0xffffffff0000ull) | (address >> 48 & 0xf) << 12);
	value = its_register_with(id, "Page_Size", value, 2);
	value = its_register_with(id, "Shareability", value, SHAREABLE);
	value = its_register_with(id, "InnerCache", value, RAWAWB);
	value = its_register_with(id, "Indirect", value, indirect);
	its->reg[id] = its_register_with(id, "Valid", value, 1);
	return true;
}

/* its_probe_one() */
static int set_up_its(struct sim *sim, struct sim_its *its, struct its_error *error)
{
	uint64_t slots = sim->options.slots ? sim->options.slots : QUEUE_SLOTS;
	bool coherent = !sim->options.noncoherent;
	uint64_t ring, value;

	if (!set_up_table(sim, its, GITS_BASER0, true) ||
	    !set_up_table(sim, its, GITS_BASER1, false) ||
	    !sim_ram_place(&sim->ram, slots * ITS_COMMAND_BYTES, SIM_TABLE_ALIGN, &ring))
		return no_room(sim, error);
	value = its_register_with(GITS_CBASER, "Physical_Address", 0, ring);
	value = its_register_with(GITS_CBASER, "Size", value, slots * ITS_COMMAND_BYTES / 4096 - 1);
	/* If it reads back non-shareable, Linux makes it non-cacheable: reference 4.3. */
	value = its_register_with(GITS_CBASER, "Shareability", value, coherent ? SHAREABLE : 0);
	value = its_register_with(GITS_CBASER, "InnerCache", value,
				  coherent ? RAWAWB : NON_CACHEABLE);
	its->reg[GITS_CBASER] = its_register_with(GITS_CBASER, "Valid", value, 1);
	its->reg[GITS_CTLR] = its_register_with(GITS_CTLR, "Enabled", its->reg[GITS_CTLR], 1);
	if (sim->options.v4 || sim->options.v41)
		its->reg[GITS_CTLR] = its_register_with(GITS_CTLR, "ImDe", its->reg[GITS_CTLR], 1);
	return 0;
}

static void post(struct sim *sim, struct sim_its *its, const uint64_t words[ITS_COMMAND_WORDS])
{
	sim_driver_begin_post(sim, its, words);
	sim_driver_end_post(sim, its);
}

/* its_cpu_init_collection(); the ICID is the CPU's number. */
static void start_cpu(struct sim *sim, struct sim_its *its, unsigned cpu)
{
	uint64_t words[ITS_COMMAND_WORDS];

	its_command_init(its_command_by_opcode(ITS_MAPC), words);
	its_command_set(words, its->layout, ITS_FIELD_ICID, cpu);
	its_command_set(words, its->layout, ITS_FIELD_RDBASE, sim_its_rdbase(sim, its, cpu));
	its_command_set(words, its->layout, ITS_FIELD_V, 1);
	post(sim, its, words);
	its_command_init(its_command_by_opcode(ITS_INVALL), words);
	its_command_set(words, its->layout, ITS_FIELD_ICID, cpu);
	post(sim, its, words);
}

static void post_mapd(struct sim *sim, struct sim_its *its, uint32_t device_id, uint64_t itt,
		      bool valid)
{
	uint64_t words[ITS_COMMAND_WORDS];

	its_command_init(its_command_by_opcode(ITS_MAPD), words);
	its_command_set(words, its->layout, ITS_FIELD_DEVICE_ID, device_id);
	its_command_set(words, its->layout, ITS_FIELD_SIZE, 4);		/* 5 bits: ITT_EVENTS */
	its_command_set(words, its->layout, ITS_FIELD_ITT_ADDR, itt);
	its_command_set(words, its->layout, ITS_FIELD_V, valid);
	post(sim, its, words);
}

/* its_msi_prepare(), its_irq_domain_activate(), its_unmask_irq() of a driver's one vector. */
static int start_device(struct sim *sim, const struct sim_client *client, size_t index,
			struct its_error *error)
{
	struct sim_its *its = &sim->its[client->its];
	uint64_t words[ITS_COMMAND_WORDS], itt, config;
	uint64_t entry = its_register_get(GITS_TYPER, "ITT_entry_size", its->reg[GITS_TYPER]) + 1;
	/* its_lpi_alloc() hands out runs of 32. */
	uint32_t lpi = SIM_LPI_FIRST + (uint32_t)index * ITT_EVENTS;

	if (client->device_id >>
		    (its_register_get(GITS_TYPER, "Devbits", its->reg[GITS_TYPER]) + 1) ||
	    client->event_id >= ITT_EVENTS)
		return 0; /* Linux finds no room in the table and the driver gets no MSI */
	if (!client->event_id) {
		if (!sim_ram_place(&sim->ram, ITT_EVENTS * entry, ITT_ALIGN, &itt))
			return no_room(sim, error);
		post_mapd(sim, its, client->device_id, itt, true);
	}
	its_command_init(its_command_by_opcode(ITS_MAPTI), words);
	its_command_set(words, its->layout, ITS_FIELD_DEVICE_ID, client->device_id);
	its_command_set(words, its->layout, ITS_FIELD_EVENT_ID, client->event_id);
	its_command_set(words, its->layout, ITS_FIELD_PINTID, lpi);
	post(sim, its, words);
	config = its_register_get(GICR_PROPBASER, "Physical_Address",
				  sim->redistributors[0].reg[GICR_PROPBASER]);
	if (!sim_ram_set_byte(&sim->ram, config + lpi - SIM_LPI_FIRST, PRIORITY | 1))
		return no_room(sim, error);
	its_command_build_inv(words, client->device_id, client->event_id);
	post(sim, its, words);
	return 0;
}

/* One affinity change of the first event that is mapped, to the next CPU. */
static void move_event(struct sim *sim, struct sim_its *its)
{
	uint64_t words[ITS_COMMAND_WORDS];
	size_t i;

	for (i = 0; i < its->n_devices; i++) {
		const struct sim_event_state *event = its->devices[i].events;

		if (!its->devices[i].n_events || event->is_virtual)
			continue;
		its_command_init(its_command_by_opcode(ITS_MOVI), words);
		its_command_set(words, its->layout, ITS_FIELD_DEVICE_ID, its->devices[i].device_id);
		its_command_set(words, its->layout, ITS_FIELD_EVENT_ID, event->event_id);
		its_command_set(words, its->layout, ITS_FIELD_ICID, (event->icid + 1) % sim->cpus);
		post(sim, its, words);
		return;
	}
	sim_driver_post_inv(sim, its);
}

static uint32_t unused_device(const struct sim *sim)
{
	uint32_t device_id = 0xffff;
	size_t i;

	for (i = 0; i < sim->n_clients; i++)
		if (sim->clients[i].device_id == device_id) {
			device_id--;
			i = SIZE_MAX;		/* and look again from the first */
		}
	return device_id;
}

/*
 * fill and at=: traffic as masking and affinity changes make it, until the
 * ring has been round once and the driver's pointer stands where it should.
 */
static int make_history(struct sim *sim, struct sim_its *its, struct its_error *error)
{
	const struct sim_options *options = &sim->options;
	unsigned slots = sim_queue_slots(its), least = options->fill ? slots / 2 : 0, i;

	if (options->at >= slots)
		return its_error(error, ITS_ERR_USAGE, "at=%llu is not in a ring of %u slots",
				 (unsigned long long)options->at, slots);
	/* Posts take two slots; a MAPD takes one, here of a device that has gone. */
	if (options->has_at && ((its->cmd_write ^ options->at) & 1))
		post_mapd(sim, its, unused_device(sim), sim->ram.next & ~(uint64_t)(ITT_ALIGN - 1),
			  false);
	for (i = 0; i < least || (options->has_at && its->cmd_write != options->at); i++) {
		if (i == 2 * slots)
			return no_room(sim, error); /* posts are dropped: no memory for the ring */
		if (options->fill && i % 8 == 7)
			move_event(sim, its);
		else
			sim_driver_post_inv(sim, its);
	}
	return 0;
}

/* stalled: the driver has asked for an event that was never mapped, and more behind it. */
static void leave_stalled(struct sim *sim, struct sim_its *its)
{
	uint64_t words[ITS_COMMAND_WORDS];

	sim->options.stall = true;
	its_command_build_inv(words, its->n_devices ? its->devices[0].device_id : 0,
			      ITT_EVENTS - 1);
	post(sim, its, words);
	sim_driver_post_inv(sim, its);
	move_event(sim, its);
}

static int apply_set(struct sim *sim, size_t which, struct its_error *error)
{
	const struct its_register *row = sim->options.set[which].row;
	enum its_register_id id = (enum its_register_id)(row - its_register_row(0));
	size_t count = row->frame == ITS_FRAME_GITS ? sim->n_its :
		       row->frame == ITS_FRAME_GICD ? 1 : sim->n_redistributors, i;

	if (!sim->options.set[which].all && sim->options.set[which].index >= count)
		return its_error(error, ITS_ERR_USAGE,
				 "set=: the board has %zu %s, numbered from 0", count, row->name);
	for (i = 0; i < count; i++) {
		uint64_t *reg = row->frame == ITS_FRAME_GITS   ? sim->its[i].reg
				: row->frame == ITS_FRAME_GICD ? sim->gicd_reg
							       : sim->redistributors[i].reg;

		if (sim->options.set[which].all || sim->options.set[which].index == i)
			reg[id] = sim->options.set[which].value;
	}
	return 0;
}

static int apply_options(struct sim *sim, struct its_error *error)
{
	size_t i;
	int err;

	for (i = 0; i < sim->n_its; i++) {
		struct sim_its *its = &sim->its[i];

		if (sim->options.stalled)
			leave_stalled(sim, its);
		if (sim->options.disabled)
			its->reg[GITS_CTLR] =
				its_register_with(GITS_CTLR, "Enabled", its->reg[GITS_CTLR], 0);
	}
	for (i = 0; i < sim->options.n_set; i++) {
		err = apply_set(sim, i, error);
		if (err)
			return err;
	}
	for (i = 0; i < sim->options.n_poke; i++) {
		uint64_t address = sim->options.poke[i].address;

		if (!sim_ram_contains(&sim->ram, address, 8))
			return its_error(
				error, ITS_ERR_USAGE,
				"poke=: 0x%llx is not in the board's RAM of 0x%llx bytes at 0x%llx",
				(unsigned long long)address, (unsigned long long)sim->ram.size,
				(unsigned long long)sim->ram.base);
		if (!sim_ram_write(&sim->ram, sim->options.poke[i].dirty ? SIM_CACHED : SIM_BOTH,
				   address, sim->options.poke[i].value))
			return no_room(sim, error);
	}
	for (i = 0; i < sim->n_its; i++) {
		struct sim_its *its = &sim->its[i];

		its->layout = its_register_get(GITS_TYPER, "VMAPP", its->reg[GITS_TYPER]) ?
			      ITS_LAYOUT_V41 : ITS_LAYOUT_V40;
		its->busy_since_ns = sim->options.slow_us ? memory_now_ns() : 0;
		its->counting = true;
	}
	return 0;
}

int sim_boot(struct sim *sim, struct its_error *error)
{
	bool stall = sim->options.stall;
	unsigned cpu;
	size_t i;
	int err;

	/* Linux makes no mistakes while it boots. */
	sim->options.stall = false;
	err = set_up_lpis(sim, error);
	for (i = 0; i < sim->n_its && !err; i++)
		err = set_up_its(sim, &sim->its[i], error);
	for (cpu = 0; cpu < sim->cpus && !err; cpu++)
		for (i = 0; i < sim->n_its; i++)
			start_cpu(sim, &sim->its[i], cpu);
	for (i = 0; i < sim->n_clients && !err; i++)
		err = start_device(sim, &sim->clients[i], i, error);
	for (i = 0; i < sim->n_its && !err; i++)
		err = make_history(sim, &sim->its[i], error);
	sim->options.stall = stall;
	return err ? err : apply_options(sim, error);
}
