// SPDX-License-Identifier: GPL-2.0-or-later
/* What a test may ask the simulated board, and make its driver do: sim.h. */
#include "sim_state.h"

static struct sim *sim_of(const struct memory *memory)
{
	return memory->private;
}

static struct sim_its *its_of(const struct memory *memory, size_t its)
{
	return &sim_of(memory)->its[its];
}

const struct sim_executed *sim_executed(const struct memory *memory, size_t its, size_t *count)
{
	*count = its_of(memory, its)->n_log;
	return its_of(memory, its)->log;
}

uint64_t sim_executed_total(const struct memory *memory, size_t its)
{
	return its_of(memory, its)->executed;
}

uint64_t sim_executed_bad(const struct memory *memory, size_t its)
{
	return its_of(memory, its)->bad;
}

void sim_executed_clear(struct memory *memory, size_t its)
{
	its_of(memory, its)->n_log = 0;
}

unsigned sim_run(struct memory *memory, size_t its, unsigned count)
{
	unsigned done = 0;

	while (done < count && sim_queue_step(sim_of(memory), its_of(memory, its)))
		done++;
	return done;
}

uint64_t sim_lpi_count(const struct memory *memory, unsigned cpu, uint32_t lpi)
{
	return sim_of(memory)->redistributors[cpu].delivered[lpi - ITS_LPI_FIRST];
}

bool sim_lpi_pending(const struct memory *memory, unsigned cpu, uint32_t lpi)
{
	return sim_lpi_get(sim_of(memory), &sim_of(memory)->redistributors[cpu], lpi);
}

bool sim_event(const struct memory *memory, size_t its, uint32_t device_id, uint32_t event_id,
	       uint32_t *pintid, uint32_t *icid)
{
	const struct sim_event_state *event =
		sim_its_event(its_of(memory, its), device_id, event_id);

	if (!event)
		return false;
	*pintid = event->pintid;
	*icid = event->icid;
	return true;
}

uint64_t sim_peek(const struct memory *memory, uint64_t address, bool uncached)
{
	return sim_ram_read(&sim_of(memory)->ram, uncached ? SIM_POC : SIM_CACHED, address);
}

void sim_poke(struct memory *memory, uint64_t address, uint64_t value)
{
	sim_ram_write(&sim_of(memory)->ram, SIM_BOTH, address, value);
}

bool sim_driver_fill(struct memory *memory, size_t its, const uint64_t words[ITS_COMMAND_WORDS])
{
	return sim_driver_begin_post(sim_of(memory), its_of(memory, its), words);
}

bool sim_driver_post(struct memory *memory, size_t its, const uint64_t words[ITS_COMMAND_WORDS])
{
	bool posted = sim_driver_fill(memory, its, words);

	sim_driver_end_post(sim_of(memory), its_of(memory, its));
	return posted;
}

unsigned sim_driver_write_pointer(const struct memory *memory, size_t its)
{
	return its_of(memory, its)->cmd_write;
}

uint64_t sim_driver_posted(const struct memory *memory, size_t its)
{
	return its_of(memory, its)->posted;
}

uint64_t sim_driver_dropped(const struct memory *memory, size_t its)
{
	return its_of(memory, its)->dropped;
}

void sim_hook(struct memory *memory, sim_hook_fn *hook, void *context)
{
	sim_of(memory)->hook = hook;
	sim_of(memory)->hook_context = context;
}

void sim_revive(struct memory *memory)
{
	sim_of(memory)->killed = false;
	sim_of(memory)->in_break = false;
}

unsigned sim_breaks(const struct memory *memory)
{
	return sim_of(memory)->breaks;
}

bool sim_in_break(const struct memory *memory)
{
	return sim_of(memory)->in_break;
}
