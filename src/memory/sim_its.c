// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What does one command do? The simulated ITS follows the architecture and,
 * where that leaves a choice, QEMU.
 */
#include <stdlib.h>
#include <string.h>

#include "sim_state.h"

/* A command being executed. */
struct execution {
	struct sim *sim;
	struct sim_its *its;
	const uint64_t *words;
	struct sim_device *device;
	struct sim_event_state *event;
};

static uint64_t get(const struct execution *x, enum its_field_id id)
{
	uint64_t value = 0;

	its_command_get(x->words, x->its->layout, id, &value);
	return value;
}

static struct sim_device *find_device(const struct sim_its *its, uint32_t device_id)
{
	size_t i;

	/* From the newest: at boot each device is mapped and used before the next. */
	for (i = its->n_devices; i-- > 0;)
		if (its->devices[i].device_id == device_id)
			return &its->devices[i];
	return NULL;
}

static struct sim_event_state *find_event(const struct sim_device *device, uint32_t event_id)
{
	size_t i;

	for (i = device->n_events; i-- > 0;)
		if (device->events[i].event_id == event_id)
			return &device->events[i];
	return NULL;
}

struct sim_event_state *sim_its_event(const struct sim_its *its, uint32_t device_id,
				      uint32_t event_id)
{
	const struct sim_device *device = find_device(its, device_id);

	return device ? find_event(device, event_id) : NULL;
}

uint64_t sim_its_rdbase(const struct sim *sim, const struct sim_its *its, size_t redistributor)
{
	if (its_register_get(GITS_TYPER, "PTA", its->reg[GITS_TYPER]))
		return sim->redistributors[redistributor].base;
	return (uint64_t)sim->redistributors[redistributor].number << 16;
}

/* The number of the redistributor that an RDbase names, plus 1; or 0. */
static uint16_t target(const struct execution *x, enum its_field_id id)
{
	uint64_t rdbase = get(x, id);
	size_t i;

	for (i = 0; i < x->sim->n_redistributors; i++)
		if (sim_its_rdbase(x->sim, x->its, i) == rdbase)
			return (uint16_t)(i + 1);
	return 0;
}

/* The redistributor of a collection, or NULL if it is not mapped. */
static struct sim_redistributor *collection(const struct execution *x, uint64_t icid)
{
	uint16_t mapped = x->its->collections[icid & 0xffff];

	return mapped ? &x->sim->redistributors[mapped - 1] : NULL;
}

/* Values of ID_bits, Devbits and CIDbits are minus 1. */
static bool beyond(const struct execution *x, const char *bits, uint64_t id)
{
	return id >> (its_register_get(GITS_TYPER, bits, x->its->reg[GITS_TYPER]) + 1);
}

static bool icid_beyond(const struct execution *x, uint64_t icid)
{
	return its_register_get(GITS_TYPER, "CIL", x->its->reg[GITS_TYPER]) &&
	       beyond(x, "CIDbits", icid);
}

static bool lpi_beyond(const struct execution *x, uint64_t lpi)
{
	uint64_t bits = 16;

	if (x->sim->n_redistributors)
		bits = its_register_get(GICR_PROPBASER, "IDbits",
					x->sim->redistributors[0].reg[GICR_PROPBASER]) + 1;
	return lpi < ITS_LPI_FIRST || lpi >= SIM_LPI_END || lpi >> bits;
}

/* Finds the device and checks the EventID against its size. */
static enum its_cause find_in_range(struct execution *x)
{
	uint32_t device_id = (uint32_t)get(x, ITS_FIELD_DEVICE_ID);

	if (beyond(x, "Devbits", device_id))
		return ITS_DEVICE_OOR;
	x->device = find_device(x->its, device_id);
	if (!x->device)
		return ITS_UNMAPPED_DEVICE;
	if (get(x, ITS_FIELD_EVENT_ID) >> x->device->event_bits)
		return ITS_ID_OOR;
	x->event = find_event(x->device, (uint32_t)get(x, ITS_FIELD_EVENT_ID));
	return ITS_CAUSE_NONE;
}

static enum its_cause find_mapped(struct execution *x)
{
	enum its_cause cause = find_in_range(x);

	return cause != ITS_CAUSE_NONE ? cause : x->event ? ITS_CAUSE_NONE : ITS_UNMAPPED_INTERRUPT;
}

static void remove_device(struct sim_its *its, struct sim_device *device)
{
	free(device->events);
	*device = its->devices[--its->n_devices];
}

static enum its_cause mapd(struct execution *x)
{
	uint64_t device_id = get(x, ITS_FIELD_DEVICE_ID), size = get(x, ITS_FIELD_SIZE);
	uint64_t itt = get(x, ITS_FIELD_ITT_ADDR);
	struct sim_device *device;

	if (beyond(x, "Devbits", device_id))
		return ITS_DEVICE_OOR;
	device = find_device(x->its, (uint32_t)device_id);
	if (!get(x, ITS_FIELD_V)) {
		if (device)
			remove_device(x->its, device);
		return ITS_CAUSE_NONE;
	}
	if (size > its_register_get(GITS_TYPER, "ID_bits", x->its->reg[GITS_TYPER]))
		return ITS_ITTSIZE_OOR;
	/* The events are in the table: the same table still has them. */
	if (device && device->itt != itt) {
		remove_device(x->its, device);
		device = NULL;
	}
	if (device)
		device->event_bits = (unsigned)size + 1;
	if (!device) {
		struct sim_device *grown = realloc(x->its->devices,
						   (x->its->n_devices + 1) * sizeof(*grown));

		if (!grown)
			return ITS_MEMORY_FAULT;
		x->its->devices = grown;
		grown[x->its->n_devices++] = (struct sim_device){ .device_id = (uint32_t)device_id,
								  .event_bits = (unsigned)size + 1,
								  .itt = itt };
	}
	return ITS_CAUSE_NONE;
}

static enum its_cause mapc(struct execution *x)
{
	uint64_t icid = get(x, ITS_FIELD_ICID);
	uint16_t mapped = 0;

	if (icid_beyond(x, icid))
		return ITS_COLLECTION_OOR;
	if (get(x, ITS_FIELD_V)) {
		mapped = target(x, ITS_FIELD_RDBASE);
		if (!mapped)
			return ITS_TARGET_OOR;
	}
	x->its->collections[icid] = mapped;
	return ITS_CAUSE_NONE;
}

/* A new or changed translation of the event that x->words name. */
static enum its_cause map_event(struct execution *x, const struct sim_event_state *state)
{
	struct sim_event_state *grown;

	if (x->event) {
		*x->event = *state;
		return ITS_CAUSE_NONE;
	}
	grown = realloc(x->device->events, (x->device->n_events + 1) * sizeof(*grown));
	if (!grown)
		return ITS_MEMORY_FAULT;
	x->device->events = grown;
	grown[x->device->n_events++] = *state;
	return ITS_CAUSE_NONE;
}

static enum its_cause mapti(struct execution *x, enum its_field_id lpi)
{
	struct sim_event_state state = { .event_id = (uint32_t)get(x, ITS_FIELD_EVENT_ID),
					 .pintid = (uint32_t)get(x, lpi),
					 .icid = (uint32_t)get(x, ITS_FIELD_ICID) };
	enum its_cause cause = find_in_range(x);

	if (cause != ITS_CAUSE_NONE)
		return cause;
	if (icid_beyond(x, state.icid))
		return ITS_COLLECTION_OOR;
	if (lpi_beyond(x, state.pintid))
		return ITS_PHYSICALID_OOR;
	return map_event(x, &state);
}

static enum its_cause vmapti(struct execution *x, enum its_field_id lpi)
{
	struct sim_event_state state = { .event_id = (uint32_t)get(x, ITS_FIELD_EVENT_ID),
					 .is_virtual = true, .vintid = (uint32_t)get(x, lpi),
					 .vpeid = (uint32_t)get(x, ITS_FIELD_VPEID) };
	enum its_cause cause = find_in_range(x);

	if (cause != ITS_CAUSE_NONE)
		return cause;
	return lpi_beyond(x, state.vintid) ? ITS_VIRTUALID_OOR : map_event(x, &state);
}

/* INT, CLEAR, INV and DISCARD: what happens to the LPI of one event. */
static enum its_cause act_on_event(struct execution *x, uint8_t opcode)
{
	struct sim_redistributor *redistributor;
	enum its_cause cause = find_mapped(x);
	bool done;

	if (cause != ITS_CAUSE_NONE)
		return cause;
	/* A virtual LPI is pending in its vPE's own table, which nobody here looks at. */
	if (x->event->is_virtual) {
		done = x->its->vpes[x->event->vpeid];
		if (!done && opcode != ITS_DISCARD)
			return ITS_VPE_INVALID;
	} else {
		redistributor = collection(x, x->event->icid);
		if (!redistributor && opcode != ITS_DISCARD)
			return ITS_UNMAPPED_COLLECTION;
		if (opcode == ITS_INV)
			done = sim_lpi_load(x->sim, redistributor, x->event->pintid);
		else
			done = !redistributor || sim_lpi_set(x->sim, redistributor,
							     x->event->pintid, opcode == ITS_INT);
		if (!done)
			return ITS_MEMORY_FAULT;
	}
	if (opcode == ITS_DISCARD)
		*x->event = x->device->events[--x->device->n_events];
	return ITS_CAUSE_NONE;
}

static enum its_cause movi(struct execution *x)
{
	uint64_t icid = get(x, ITS_FIELD_ICID);
	struct sim_redistributor *from, *to;
	enum its_cause cause = find_mapped(x);

	if (cause != ITS_CAUSE_NONE)
		return cause;
	if (icid_beyond(x, icid))
		return ITS_COLLECTION_OOR;
	from = collection(x, x->event->icid);
	to = collection(x, icid);
	if (x->event->is_virtual)
		return ITS_NOT_PHYSICAL;
	if (!to)
		return ITS_UNMAPPED_COLLECTION;
	x->event->icid = (uint32_t)icid;
	if (from && from != to && sim_lpi_get(x->sim, from, x->event->pintid) &&
	    (!sim_lpi_set(x->sim, from, x->event->pintid, false) ||
	     !sim_lpi_set(x->sim, to, x->event->pintid, true)))
		return ITS_MEMORY_FAULT;
	return ITS_CAUSE_NONE;
}

static enum its_cause invall(struct execution *x)
{
	uint64_t icid = get(x, ITS_FIELD_ICID);

	if (icid_beyond(x, icid))
		return ITS_COLLECTION_OOR;
	if (!collection(x, icid))
		return ITS_UNMAPPED_COLLECTION;
	return sim_lpi_load_all(x->sim, collection(x, icid)) ? ITS_CAUSE_NONE : ITS_MEMORY_FAULT;
}

static enum its_cause movall(struct execution *x)
{
	uint16_t from = target(x, ITS_FIELD_RDBASE), to = target(x, ITS_FIELD_RDBASE2);

	if (!from || !to)
		return ITS_TARGET_OOR;
	return sim_lpi_move_all(x->sim, &x->sim->redistributors[from - 1],
				&x->sim->redistributors[to - 1]) ? ITS_CAUSE_NONE : ITS_MEMORY_FAULT;
}

static enum its_cause vmapp(struct execution *x)
{
	uint16_t mapped = 0;

	if (get(x, ITS_FIELD_V)) {
		mapped = target(x, ITS_FIELD_RDBASE);
		if (!mapped)
			return ITS_TARGET_OOR;
	}
	x->its->vpes[get(x, ITS_FIELD_VPEID)] = mapped;
	return ITS_CAUSE_NONE;
}

static enum its_cause vmovp(struct execution *x)
{
	uint16_t mapped = target(x, ITS_FIELD_RDBASE);

	if (!x->its->vpes[get(x, ITS_FIELD_VPEID)])
		return ITS_VPE_INVALID;
	if (!mapped)
		return ITS_TARGET_OOR;
	x->its->vpes[get(x, ITS_FIELD_VPEID)] = mapped;
	return ITS_CAUSE_NONE;
}

static enum its_cause vmovi(struct execution *x)
{
	enum its_cause cause = find_mapped(x);

	if (cause != ITS_CAUSE_NONE)
		return cause;
	if (!x->event->is_virtual)
		return ITS_NOT_VIRTUAL;
	if (!x->its->vpes[get(x, ITS_FIELD_VPEID)])
		return ITS_VPE_INVALID;
	x->event->vpeid = (uint32_t)get(x, ITS_FIELD_VPEID);
	return ITS_CAUSE_NONE;
}

static bool is_known(const struct execution *x)
{
	const struct its_command *command = its_command_by_opcode(x->words[0]);

	if (!command)
		return false;
	if (command->since == ITS_SINCE_GICV3)
		return true;
	return its_register_get(GITS_TYPER, "Virtual", x->its->reg[GITS_TYPER]) &&
	       (command->since == ITS_SINCE_GICV4 || x->its->layout == ITS_LAYOUT_V41);
}

static enum its_cause execute(struct execution *x)
{
	uint8_t opcode = its_command_opcode(x->words);

	if (!is_known(x))
		return ITS_UNKNOWN_OPCODE;
	switch ((enum its_opcode)opcode) {
	case ITS_MAPD:
		return mapd(x);
	case ITS_MAPC:
		return mapc(x);
	case ITS_MAPTI:
		return mapti(x, ITS_FIELD_PINTID);
	case ITS_MAPI:
		return mapti(x, ITS_FIELD_EVENT_ID);
	case ITS_INT:
	case ITS_CLEAR:
	case ITS_INV:
	case ITS_DISCARD:
		return act_on_event(x, opcode);
	case ITS_MOVI:
		return movi(x);
	case ITS_INVALL:
		return invall(x);
	case ITS_MOVALL:
		return movall(x);
	case ITS_SYNC:
		return target(x, ITS_FIELD_RDBASE) ? ITS_CAUSE_NONE : ITS_TARGET_OOR;
	case ITS_VMAPTI:
		return vmapti(x, ITS_FIELD_VINTID);
	case ITS_VMAPI:
		return vmapti(x, ITS_FIELD_EVENT_ID);
	case ITS_VMAPP:
		return vmapp(x);
	case ITS_VMOVP:
		return vmovp(x);
	case ITS_VMOVI:
		return vmovi(x);
	case ITS_VSYNC:
	case ITS_VINVALL:
	case ITS_VSGI:
	case ITS_INVDB:
		return x->its->vpes[get(x, ITS_FIELD_VPEID)] ? ITS_CAUSE_NONE : ITS_VPE_INVALID;
	}
	return ITS_UNKNOWN_OPCODE;
}

enum its_cause sim_its_execute(struct sim *sim, struct sim_its *its,
			       const uint64_t words[ITS_COMMAND_WORDS])
{
	struct execution x = { .sim = sim, .its = its, .words = words };

	return execute(&x);
}
