// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * When does the simulated ITS take a command from its ring? At once, inside
 * the CWRITER write, as QEMU does; one for each read of CREADR (step); or one
 * every so many microseconds (slow=). And what keeps it from going on: a bad
 * command where it stalls, a fault of its memory, its end (die=).
 */
#include <stdlib.h>
#include <string.h>

#include "sim_state.h"

unsigned sim_queue_slots(const struct sim_its *its)
{
	/* Size is in pages of 4 KiB, minus 1. */
	return (unsigned)(its_register_get(GITS_CBASER, "Size", its->reg[GITS_CBASER]) + 1) *
	       (SIM_CHUNK_BYTES / ITS_COMMAND_BYTES);
}

static bool can_run(const struct sim_its *its)
{
	uint64_t bytes = (uint64_t)sim_queue_slots(its) * ITS_COMMAND_BYTES;
	uint64_t creadr = its_register_get(GITS_CREADR, "Offset", its->reg[GITS_CREADR]);
	uint64_t cwriter = its_register_get(GITS_CWRITER, "Offset", its->reg[GITS_CWRITER]);

	return its_register_get(GITS_CTLR, "Enabled", its->reg[GITS_CTLR]) &&
	       its_register_get(GITS_CBASER, "Valid", its->reg[GITS_CBASER]) &&
	       !its_register_get(GITS_CREADR, "Stalled", its->reg[GITS_CREADR]) && !its->dead &&
	       /* An offset outside the ring is kept, and nothing happens: reference 2.5. */
	       creadr < bytes && cwriter < bytes && creadr != cwriter;
}

static void log_command(struct sim_its *its, const uint64_t words[ITS_COMMAND_WORDS], unsigned slot,
			enum its_cause cause)
{
	uint32_t code = its_cause_code(words, cause);

	if (its->n_log == SIM_EXECUTED_MAX)
		return;
	if (its->n_log == its->log_room) {
		size_t room = its->log_room ? 2 * its->log_room : 256;
		struct sim_executed *grown = realloc(its->log, room * sizeof(*grown));

		if (!grown)
			return;
		its->log = grown;
		its->log_room = room;
	}
	memcpy(its->log[its->n_log].words, words, ITS_COMMAND_BYTES);
	its->log[its->n_log].slot = slot;
	its->log[its->n_log++].error = code ? code : cause;
}

static void stall(struct sim_its *its)
{
	its->reg[GITS_CREADR] = its_register_with(GITS_CREADR, "Stalled", its->reg[GITS_CREADR], 1);
}

/* stall-at=: stalls there, and again after every Retry until the slot holds something else. */
static bool held_up(struct sim *sim, struct sim_its *its, const uint64_t words[ITS_COMMAND_WORDS])
{
	const struct sim_options *options = &sim->options;

	if (its->held && !memcmp(words, its->culprit, ITS_COMMAND_BYTES))
		return true;
	if (its->held || !its->counting || !options->has_stall_at ||
	    its->executed + 1 != options->stall_at)
		return its->held = false;
	memcpy(its->culprit, words, ITS_COMMAND_BYTES);
	return its->held = true;
}

bool sim_queue_step(struct sim *sim, struct sim_its *its)
{
	uint64_t base = its_register_get(GITS_CBASER, "Physical_Address", its->reg[GITS_CBASER]);
	uint64_t offset = its_register_get(GITS_CREADR, "Offset", its->reg[GITS_CREADR]);
	uint64_t words[ITS_COMMAND_WORDS];
	enum its_cause cause;

	if (its->counting && sim->options.has_die && its->executed >= sim->options.die)
		its->dead = true;
	if (!can_run(its))
		return false;
	if (!sim_ram_contains(&sim->ram, base + offset, ITS_COMMAND_BYTES)) {
		stall(its);
		return false;
	}
	sim_ram_read_words(&sim->ram, SIM_POC, base + offset, words, ITS_COMMAND_WORDS);
	if (held_up(sim, its, words)) {
		stall(its);
		return false;
	}
	cause = sim_its_execute(sim, its, words);
	if (cause && sim->options.stall) {
		stall(its);
		return false;
	}
	if (its->counting) {
		its->executed++;
		its->bad += cause != ITS_CAUSE_NONE;
		log_command(its, words, (unsigned)(offset / ITS_COMMAND_BYTES), cause);
	}
	offset =
		(offset + ITS_COMMAND_BYTES) % ((uint64_t)sim_queue_slots(its) * ITS_COMMAND_BYTES);
	its->reg[GITS_CREADR] =
		its_register_with(GITS_CREADR, "Offset", its->reg[GITS_CREADR], offset);
	return true;
}

void sim_queue_advance(struct sim *sim, struct sim_its *its, bool polled)
{
	uint64_t each = sim->options.slow_us * 1000;

	if (its->counting && sim->options.step) {
		if (polled)
			sim_queue_step(sim, its);
	} else if (its->counting && each) {
		uint64_t now = memory_now_ns();

		while (now - its->busy_since_ns >= each && sim_queue_step(sim, its))
			its->busy_since_ns += each;
	} else {
		while (sim_queue_step(sim, its))
			;
	}
}

void sim_queue_write_cwriter(struct sim *sim, struct sim_its *its, uint64_t value)
{
	if (!can_run(its))		/* else the command at CREADR has begun already */
		its->busy_since_ns = sim->options.slow_us ? memory_now_ns() : 0;
	its->reg[GITS_CWRITER] = its_register_with(GITS_CWRITER, "Offset", 0,
						   its_register_get(GITS_CWRITER, "Offset", value));
	if (its_register_get(GITS_CWRITER, "Retry", value))
		its->reg[GITS_CREADR] = its_register_with(GITS_CREADR, "Stalled",
							  its->reg[GITS_CREADR], 0);
	sim_queue_advance(sim, its, false);
}
