// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The kernel's driver on another CPU: BUILD_SINGLE_CMD_FUNC() and
 * its_queue_full() of Linux, step for step (reference 4.1 and 4.2). It keeps
 * its own write pointer and never reads GITS_CWRITER.
 */
#include <string.h>

#include "sim_state.h"

/* its_queue_full(): the division drops the Stalled bit. */
static bool queue_full(const struct sim_its *its)
{
	uint64_t creadr = its->reg[GITS_CREADR] / ITS_COMMAND_BYTES;

	return (its->cmd_write + its->filled + 1) % sim_queue_slots(its) == creadr;
}

/* its_allocate_entry(): waits while the ITS goes on, and gives up when it does not. */
static bool fill_slot(struct sim *sim, struct sim_its *its, const uint64_t words[ITS_COMMAND_WORDS])
{
	uint64_t base = its_register_get(GITS_CBASER, "Physical_Address", its->reg[GITS_CBASER]);
	uint64_t address =
		base + (uint64_t)((its->cmd_write + its->filled) % sim_queue_slots(its)) *
			       ITS_COMMAND_BYTES;
	size_t i;

	while (queue_full(its))
		if (!sim_queue_step(sim, its))
			return false;
	if (!sim_ram_contains(&sim->ram, address, ITS_COMMAND_BYTES))
		return false;
	/* SIM_BOTH: its_flush_cmd() cleans the slot where the ITS is not coherent. */
	for (i = 0; i < ITS_COMMAND_WORDS; i++)
		if (!sim_ram_write(&sim->ram, SIM_BOTH, address + i * 8, words[i]))
			return false;
	its->filled++;
	return true;
}

/* The vPE whose VSYNC Linux adds to @words: reference 4.4. */
static bool vsync_target(const struct sim_its *its, const uint64_t words[ITS_COMMAND_WORDS],
			 const struct sim_event_state *event, uint64_t *vpeid)
{
	uint64_t valid;

	if (event && event->is_virtual) {
		*vpeid = event->vpeid;
		return true;
	}
	/* A VMAPP that unmaps goes alone: the architecture of GICv4.1 needs none. */
	return its_command_get(words, its->layout, ITS_FIELD_VPEID, vpeid) && its_command_opcode(words) != ITS_VSYNC &&
	       !(its_command_opcode(words) == ITS_VMAPP && its->layout == ITS_LAYOUT_V41 &&
		 its_command_get(words, its->layout, ITS_FIELD_V, &valid) && !valid);
}

/* The SYNC or VSYNC that Linux would add to @words; false if it adds none. */
static bool build_sync(const struct sim *sim, const struct sim_its *its,
		       const uint64_t words[ITS_COMMAND_WORDS], uint64_t sync[ITS_COMMAND_WORDS])
{
	const struct sim_event_state *event = NULL;
	uint64_t device_id, event_id, icid, value, valid;
	uint8_t opcode = its_command_opcode(words);

	if (its_command_get(words, its->layout, ITS_FIELD_DEVICE_ID, &device_id) &&
	    its_command_get(words, its->layout, ITS_FIELD_EVENT_ID, &event_id))
		event = sim_its_event(its, (uint32_t)device_id, (uint32_t)event_id);
	if (vsync_target(its, words, event, &value)) {
		its_command_init(its_command_by_opcode(ITS_VSYNC), sync);
		its_command_set(sync, its->layout, ITS_FIELD_VPEID, value);
		return true;
	}
	/* A MAPC that unmaps need not name its redistributor: the SYNC goes where the collection was. */
	if (its_command_get(words, its->layout, ITS_FIELD_RDBASE, &value) &&
	    !(opcode == ITS_MAPC && its_command_get(words, its->layout, ITS_FIELD_V, &valid) && !valid)) {
		its_command_build_sync(sync, value);
		return opcode == ITS_MAPC;
	}
	if (!its_command_get(words, its->layout, ITS_FIELD_ICID, &icid)) {
		if (!event)
			return false;
		icid = event->icid;
	}
	if (icid > 0xffff || !its->collections[icid])
		return false;
	its_command_build_sync(sync, sim_its_rdbase(sim, its, its->collections[icid] - 1u));
	return true;
}

/* The CPU that Linux believes the event to be at: its ICIDs are the CPUs' numbers. */
static void note_effective(struct sim *sim, const struct sim_its *its,
			   const uint64_t words[ITS_COMMAND_WORDS])
{
	uint64_t device_id, event_id, icid;
	size_t i;

	if (!its_command_get(words, its->layout, ITS_FIELD_ICID, &icid) ||
	    !its_command_get(words, its->layout, ITS_FIELD_DEVICE_ID, &device_id) ||
	    !its_command_get(words, its->layout, ITS_FIELD_EVENT_ID, &event_id))
		return;
	for (i = 0; i < sim->n_clients; i++)
		if (&sim->its[sim->clients[i].its] == its && sim->clients[i].device_id == device_id &&
		    sim->clients[i].event_id == event_id)
			sim->clients[i].effective = (unsigned)icid;
}

void sim_driver_end_post(struct sim *sim, struct sim_its *its)
{
	uint64_t cwriter;

	if (!its->filled)
		return;
	its->cmd_write = (its->cmd_write + its->filled) % sim_queue_slots(its);
	its->filled = 0;
	cwriter = its_register_with(GITS_CWRITER, "Offset", 0,
				    (uint64_t)its->cmd_write * ITS_COMMAND_BYTES);
	sim_queue_write_cwriter(sim, its, cwriter);
}

bool sim_driver_begin_post(struct sim *sim, struct sim_its *its,
			   const uint64_t words[ITS_COMMAND_WORDS])
{
	uint64_t sync[ITS_COMMAND_WORDS];
	bool with_sync;

	sim_driver_end_post(sim, its);
	with_sync = build_sync(sim, its, words, sync);
	if (!fill_slot(sim, its, words)) {
		its->dropped += its->counting;
		return false;
	}
	its->posted += its->counting;
	note_effective(sim, its, words);
	/* If there is no room for its SYNC, the command goes out without it. */
	if (with_sync)
		fill_slot(sim, its, sync);
	return true;
}

void sim_driver_post_now(struct sim *sim, struct sim_its *its, const uint64_t words[ITS_COMMAND_WORDS])
{
	sim_driver_begin_post(sim, its, words);
	sim_driver_end_post(sim, its);
}

/* The first device with an event, or NULL. */
static const struct sim_device *busy_device(const struct sim_its *its)
{
	size_t i;

	for (i = 0; i < its->n_devices; i++)
		if (its->devices[i].n_events)
			return &its->devices[i];
	return NULL;
}

void sim_driver_post_inv(struct sim *sim, struct sim_its *its)
{
	const struct sim_device *device = busy_device(its);
	uint64_t words[ITS_COMMAND_WORDS];

	its_command_init(its_command_by_opcode(ITS_INVALL), words);
	if (device)
		its_command_build_inv(words, device->device_id, device->events[0].event_id);
	sim_driver_post_now(sim, its, words);
}

void sim_driver_post_movi(struct sim *sim, struct sim_its *its)
{
	const struct sim_device *device = busy_device(its);
	uint64_t words[ITS_COMMAND_WORDS];

	if (!device || device->events[0].is_virtual) {
		sim_driver_post_inv(sim, its);
		return;
	}
	its_command_init(its_command_by_opcode(ITS_MOVI), words);
	its_command_set(words, its->layout, ITS_FIELD_DEVICE_ID, device->device_id);
	its_command_set(words, its->layout, ITS_FIELD_EVENT_ID, device->events[0].event_id);
	its_command_set(words, its->layout, ITS_FIELD_ICID, (device->events[0].icid + 1) % sim->cpus);
	sim_driver_post_now(sim, its, words);
}
