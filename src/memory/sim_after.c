// SPDX-License-Identifier: GPL-2.0-or-later
/* What happens to the simulated board when Linux is up? What its options ask for, before the tool looks. */
#include "sim_state.h"

#define ASLEEP 6		/* GICR_WAKER: ProcessorSleep, ChildrenAsleep */

/* stalled: the driver has asked for an event that was never mapped, and more behind it. */
static void leave_stalled(struct sim *sim, struct sim_its *its)
{
	uint64_t words[ITS_COMMAND_WORDS];

	sim->options.stall = true;
	its_command_build_inv(words, its->n_devices ? its->devices[0].device_id : 0,
			      SIM_UNUSED_EVENT);
	sim_driver_post_now(sim, its, words);
	sim_driver_post_inv(sim, its);
	sim_boot_move_event(sim, its);
}

/* The debugger's way: the slot at CWRITER, then CWRITER; the driver does not hear of it. */
static int append_raw(struct sim *sim, struct sim_its *its, const uint64_t words[ITS_COMMAND_WORDS],
		      struct its_error *error)
{
	uint64_t base = its_register_get(GITS_CBASER, "Physical_Address", its->reg[GITS_CBASER]);
	uint64_t at = its_register_get(GITS_CWRITER, "Offset", its->reg[GITS_CWRITER]), next;
	unsigned i;

	for (i = 0; i < ITS_COMMAND_WORDS; i++)
		if (!sim_ram_write(&sim->ram, SIM_BOTH, base + at + i * 8, words[i]))
			return sim_no_room(sim, error);
	next = (at + ITS_COMMAND_BYTES) % ((uint64_t)sim_queue_slots(its) * ITS_COMMAND_BYTES);
	sim_queue_write_cwriter(sim, its, its_register_with(GITS_CWRITER, "Offset", 0, next));
	return 0;
}

/* post= and raw=, in their order. */
static int run_commands(struct sim *sim, struct its_error *error)
{
	uint64_t words[ITS_COMMAND_WORDS], device_id, valid;
	size_t i;
	int err = 0;

	if (sim->options.n_command && !sim->n_its)
		return its_error(error, ITS_ERR_USAGE, "post=, raw=: the board has no ITS");
	for (i = 0; i < sim->options.n_command && !err; i++) {
		struct sim_its *its = &sim->its[0];

		err = its_command_parse(sim->options.command[i].text, its->layout, NULL, NULL, words, error);
		if (err)
			return err;
		if (sim->options.command[i].raw) {
			err = append_raw(sim, its, words, error);
			continue;
		}
		if (its_command_opcode(words) == ITS_MAPD && its_command_get(words, its->layout, ITS_FIELD_V, &valid) &&
		    valid && its_command_get(words, its->layout, ITS_FIELD_DEVICE_ID, &device_id) &&
		    !sim_boot_table_entry(sim, its, (uint32_t)device_id))
			return sim_no_room(sim, error);
		sim_driver_post_now(sim, its, words);
	}
	return err;
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

static int apply_poke(struct sim *sim, size_t which, struct its_error *error)
{
	uint64_t address = sim->options.poke[which].address;

	if (!sim_ram_contains(&sim->ram, address, 8))
		return its_error(error, ITS_ERR_USAGE,
				 "poke=: 0x%llx is not in the board's RAM of 0x%llx bytes at 0x%llx",
				 (unsigned long long)address, (unsigned long long)sim->ram.size,
				 (unsigned long long)sim->ram.base);
	if (!sim_ram_write(&sim->ram, sim->options.poke[which].dirty ? SIM_CACHED : SIM_BOTH, address,
			   sim->options.poke[which].value))
		return sim_no_room(sim, error);
	return 0;
}

/* mask=: lpi_update_config(), with the GICR_INVLPIR of a driver that needs no INV. */
static int apply_mask(struct sim *sim, struct its_error *error)
{
	uint32_t index = (uint32_t)sim->options.mask - ITS_LPI_FIRST;
	uint64_t config = its_register_get(GICR_PROPBASER, "Physical_Address",
					   sim->redistributors[0].reg[GICR_PROPBASER]) + index;
	size_t i;

	if (!sim_ram_set_byte(&sim->ram, config, sim_ram_byte(&sim->ram, config) & 0xfe))
		return sim_no_room(sim, error);
	for (i = 0; i < sim->n_redistributors; i++)
		sim->redistributors[i].cached[index] = 0;
	return 0;
}

/* offline=: what PSCI's CPU_OFF leaves. The collection stays, and events that go there go nowhere. */
static int apply_offline(struct sim *sim, struct its_error *error)
{
	if (sim->options.offline >= sim->cpus)
		return its_error(error, ITS_ERR_USAGE, "offline=%llu: the board has CPUs 0 to %u",
				 (unsigned long long)sim->options.offline, sim->cpus - 1);
	sim->redistributors[sim->options.offline].reg[GICR_WAKER] = ASLEEP;
	return 0;
}

static void disturb_its(struct sim *sim, struct sim_its *its)
{
	if (sim->options.stalled)
		leave_stalled(sim, its);
	if (sim->options.disabled)
		its->reg[GITS_CTLR] = its_register_with(GITS_CTLR, "Enabled", its->reg[GITS_CTLR], 0);
}

int sim_after_boot(struct sim *sim, struct its_error *error)
{
	size_t i;
	int err;

	/* From here on commands are logged, and count for die= and stall-at=. */
	for (i = 0; i < sim->n_its; i++) {
		sim->its[i].busy_since_ns = sim->options.slow_us ? memory_now_ns() : 0;
		sim->its[i].counting = sim->options.n_command;
	}
	err = run_commands(sim, error);
	for (i = 0; i < sim->n_its && !err; i++) {
		sim->its[i].counting = false;
		disturb_its(sim, &sim->its[i]);
	}
	if (!err && sim->options.mask)
		err = apply_mask(sim, error);
	if (!err && sim->options.has_offline)
		err = apply_offline(sim, error);
	for (i = 0; i < sim->options.n_set && !err; i++)
		err = apply_set(sim, i, error);
	for (i = 0; i < sim->options.n_poke && !err; i++)
		err = apply_poke(sim, i, error);
	for (i = 0; i < sim->n_its && !err; i++) {
		struct sim_its *its = &sim->its[i];

		its->layout = its_register_get(GITS_TYPER, "VMAPP", its->reg[GITS_TYPER]) ?
			      ITS_LAYOUT_V41 : ITS_LAYOUT_V40;
		its->counting = true;
	}
	return err;
}
