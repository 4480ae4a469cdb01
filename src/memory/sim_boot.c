// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What does Linux leave behind after boot? Tables and registers as
 * irq-gic-v3-its.c sets them up, then its commands, which the simulated ITS
 * executes: the state is what the ring says.
 */
#include "sim_state.h"

#define QUEUE_SLOTS 2048u	/* ITS_CMD_QUEUE_SZ, 64 KiB */
#define SHAREABLE 1		/* inner; reference 2.7 */
#define NON_CACHEABLE 1
#define RAWAWB 7
#define LPI_BITS 16
#define PRIORITY 0xc2		/* priority 0xc0, RES1, not enabled */
#define ITT_BITS 5u
#define ITT_EVENTS (1u << ITT_BITS)	/* the least that Linux asks for a platform device */
#define MANY_BITS 7u			/* events=: so many bits of events to a device */
#define MANY_DEVICE 0x4000u		/* and its first device */
#define TABLE_VALID (UINT64_C(1) << 63)	/* of a first-level entry */
#define ITT_ALIGN 256u

int sim_no_room(const struct sim *sim, struct its_error *error)
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
		return sim_no_room(sim, error);
	for (i = 0; i < SIM_LPIS; i += 8)
		if (!sim_ram_write(&sim->ram, SIM_BOTH, config + i,
				   PRIORITY * 0x0101010101010101ull))
			return sim_no_room(sim, error);
	for (i = 0; i < sim->cpus; i++) {
		struct sim_redistributor *r = &sim->redistributors[i];

		if (!sim_ram_place(&sim->ram, SIM_TABLE_ALIGN, SIM_TABLE_ALIGN, &pending))
			return sim_no_room(sim, error);
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

/* If shareability reads back as 0, Linux makes it non-cacheable: reference 4.3. */
static uint64_t with_attributes(const struct sim *sim, enum its_register_id id, uint64_t value)
{
	bool coherent = !sim->options.noncoherent;

	value = its_register_with(id, "Shareability", value, coherent ? SHAREABLE : 0);
	return its_register_with(id, "InnerCache", value, coherent ? RAWAWB : NON_CACHEABLE);
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
	value = with_attributes(sim, id, value);
	value = its_register_with(id, "Indirect", value, indirect);
	its->reg[id] = its_register_with(id, "Valid", value, 1);
	return true;
}

/* its_probe_one() */
static int set_up_its(struct sim *sim, struct sim_its *its, struct its_error *error)
{
	uint64_t slots = sim->options.slots ? sim->options.slots : QUEUE_SLOTS;
	uint64_t ring, value;

	if (!set_up_table(sim, its, GITS_BASER0, true) ||
	    !set_up_table(sim, its, GITS_BASER1, false) ||
	    !sim_ram_place(&sim->ram, slots * ITS_COMMAND_BYTES, SIM_TABLE_ALIGN, &ring))
		return sim_no_room(sim, error);
	value = its_register_with(GITS_CBASER, "Physical_Address", 0, ring);
	value = its_register_with(GITS_CBASER, "Size", value, slots * ITS_COMMAND_BYTES / 4096 - 1);
	value = with_attributes(sim, GITS_CBASER, value);
	its->reg[GITS_CBASER] = its_register_with(GITS_CBASER, "Valid", value, 1);
	its->reg[GITS_CTLR] = its_register_with(GITS_CTLR, "Enabled", its->reg[GITS_CTLR], 1);
	if (sim->options.v4 || sim->options.v41)
		its->reg[GITS_CTLR] = its_register_with(GITS_CTLR, "ImDe", its->reg[GITS_CTLR], 1);
	return 0;
}

/* its_cpu_init_collection(); the ICID is the CPU's number. */
static void start_cpu(struct sim *sim, struct sim_its *its, unsigned cpu)
{
	uint64_t words[ITS_COMMAND_WORDS];

	its_command_init(its_command_by_opcode(ITS_MAPC), words);
	its_command_set(words, its->layout, ITS_FIELD_ICID, cpu);
	its_command_set(words, its->layout, ITS_FIELD_RDBASE, sim_its_rdbase(sim, its, cpu));
	its_command_set(words, its->layout, ITS_FIELD_V, 1);
	sim_driver_post_now(sim, its, words);
	its_command_init(its_command_by_opcode(ITS_INVALL), words);
	its_command_set(words, its->layout, ITS_FIELD_ICID, cpu);
	sim_driver_post_now(sim, its, words);
}

/* its_alloc_table_entry(): the second-level page of an indirect table, at a device's first MAPD. */
bool sim_boot_table_entry(struct sim *sim, struct sim_its *its, uint32_t device_id)
{
	uint64_t baser = its->reg[GITS_BASER0], page = its_baser_page_bytes(baser), at, entry;

	if (!its_register_get(GITS_BASER0, "Indirect", baser))
		return true;
	at = device_id / (page / (its_register_get(GITS_BASER0, "Entry_Size", baser) + 1)) * 8;
	/* Beyond the table Linux gives the device no MSI, and the architecture refuses the MAPD. */
	if (at >= its_baser_bytes(baser))
		return true;
	at += its_baser_address(baser);
	if (sim_ram_read(&sim->ram, SIM_POC, at) >> 63)
		return true;
	return sim_ram_place(&sim->ram, page, page, &entry) &&
	       sim_ram_write(&sim->ram, SIM_BOTH, at, entry | TABLE_VALID);
}

static void post_mapd(struct sim *sim, struct sim_its *its, uint32_t device_id, unsigned bits,
		      uint64_t itt, bool valid)
{
	uint64_t words[ITS_COMMAND_WORDS];

	its_command_init(its_command_by_opcode(ITS_MAPD), words);
	its_command_set(words, its->layout, ITS_FIELD_DEVICE_ID, device_id);
	its_command_set(words, its->layout, ITS_FIELD_SIZE, bits - 1);
	its_command_set(words, its->layout, ITS_FIELD_ITT_ADDR, itt);
	its_command_set(words, its->layout, ITS_FIELD_V, valid);
	sim_driver_post_now(sim, its, words);
}

/* its_create_device(): a page of the table, an ITT, MAPD. */
static int create_device(struct sim *sim, struct sim_its *its, uint32_t device_id, unsigned bits,
			 struct its_error *error)
{
	uint64_t entry = its_register_get(GITS_TYPER, "ITT_entry_size", its->reg[GITS_TYPER]) + 1, itt;

	if (!sim_boot_table_entry(sim, its, device_id) ||
	    !sim_ram_place(&sim->ram, entry << bits, ITT_ALIGN, &itt))
		return sim_no_room(sim, error);
	post_mapd(sim, its, device_id, bits, itt, true);
	return 0;
}

/* its_irq_domain_activate(), and what its_unmask_irq() writes to the configuration table. */
static int activate(struct sim *sim, struct sim_its *its, const struct sim_event_state *event,
		    uint32_t device_id, struct its_error *error)
{
	uint64_t config = its_register_get(GICR_PROPBASER, "Physical_Address",
					   sim->redistributors[0].reg[GICR_PROPBASER]);
	uint64_t words[ITS_COMMAND_WORDS];

	its_command_init(its_command_by_opcode(ITS_MAPTI), words);
	its_command_set(words, its->layout, ITS_FIELD_DEVICE_ID, device_id);
	its_command_set(words, its->layout, ITS_FIELD_EVENT_ID, event->event_id);
	its_command_set(words, its->layout, ITS_FIELD_PINTID, event->pintid);
	its_command_set(words, its->layout, ITS_FIELD_ICID, event->icid);
	sim_driver_post_now(sim, its, words);
	if (!sim_ram_set_byte(&sim->ram, config + event->pintid - ITS_LPI_FIRST, PRIORITY | 1))
		return sim_no_room(sim, error);
	return 0;
}

static bool device_fits(const struct sim_its *its, uint32_t device_id)
{
	return !(device_id >> (its_register_get(GITS_TYPER, "Devbits", its->reg[GITS_TYPER]) + 1));
}

/* its_msi_prepare(), its_irq_domain_activate(), its_unmask_irq() of a driver's one vector. */
static int start_device(struct sim *sim, const struct sim_client *client, size_t index,
			struct its_error *error)
{
	struct sim_its *its = &sim->its[client->its];
	/* its_lpi_alloc() hands out runs of 32. */
	const struct sim_event_state event = {
		.event_id = client->event_id,
		.pintid = ITS_LPI_FIRST + (uint32_t)index * ITT_EVENTS,
	};
	uint64_t words[ITS_COMMAND_WORDS];
	int err = 0;

	if (!device_fits(its, client->device_id) || client->event_id >= ITT_EVENTS)
		return 0; /* Linux finds no room in the table and the driver gets no MSI */
	if (!client->event_id)
		err = create_device(sim, its, client->device_id, ITT_BITS, error);
	if (!err)
		err = activate(sim, its, &event, client->device_id, error);
	if (err)
		return err;
	its_command_build_inv(words, client->device_id, client->event_id);
	sim_driver_post_now(sim, its, words);
	return 0;
}

static bool is_client(const struct sim *sim, uint32_t device_id)
{
	size_t i;

	for (i = 0; i < sim->n_clients; i++)
		if (sim->clients[i].device_id == device_id)
			return true;
	return false;
}

/*
 * events=: of devices with a full ITT each, and spread over the CPUs. They are
 * enabled without INV, as Linux does where it has GICR_INVLPIR.
 */
static int start_many(struct sim *sim, struct sim_its *its, struct its_error *error)
{
	uint32_t lpi = ITS_LPI_FIRST + (uint32_t)sim->n_clients * ITT_EVENTS;
	uint32_t device_id = MANY_DEVICE - 1, i;
	int err = 0;

	for (i = 0; i < sim->options.events && !err; i++) {
		const struct sim_event_state event = {
			.event_id = i % (1u << MANY_BITS), .pintid = lpi + i, .icid = i % sim->cpus,
		};

		if (!event.event_id) {
			do
				device_id++;
			while (is_client(sim, device_id));
			err = create_device(sim, its, device_id, MANY_BITS, error);
		}
		if (!err)
			err = activate(sim, its, &event, device_id, error);
	}
	return err;
}

/* One affinity change of the first event that is mapped, to the next CPU. */
void sim_boot_move_event(struct sim *sim, struct sim_its *its)
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
		sim_driver_post_now(sim, its, words);
		return;
	}
	sim_driver_post_inv(sim, its);
}

static uint32_t unused_device(const struct sim *sim)
{
	uint32_t device_id = 0xffff;

	while (is_client(sim, device_id))
		device_id--;
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
		post_mapd(sim, its, unused_device(sim), ITT_BITS, sim->ram.next & ~(uint64_t)(ITT_ALIGN - 1),
			  false);
	for (i = 0; i < least || (options->has_at && its->cmd_write != options->at); i++) {
		if (i == 2 * slots)
			return sim_no_room(sim, error); /* posts are dropped: no memory for the ring */
		if (options->fill && i % 8 == 7)
			sim_boot_move_event(sim, its);
		else
			sim_driver_post_inv(sim, its);
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
	if (sim->n_its && !err)
		err = start_many(sim, &sim->its[0], error);
	for (i = 0; i < sim->n_its && !err; i++)
		err = make_history(sim, &sim->its[i], error);
	sim->options.stall = stall;
	return err ? err : sim_after_boot(sim, error);
}
