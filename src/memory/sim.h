/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a test can see and do on the simulated board that a tool cannot: which
 * commands the ITS has executed, where its LPIs went, what the driver on "the
 * other CPU" thinks, and a hook at every access, where the tool can be killed.
 * @memory must be open on memory_sim and populated; @its is the index in the
 * layout that it was populated with.
 */
#ifndef SIM_H
#define SIM_H

#include "its/command.h"
#include "its/memory.h"

/* One command that the ITS took from its ring since populate. */
struct sim_executed {
	uint64_t words[ITS_COMMAND_WORDS];
	unsigned slot;
	uint32_t error;		/* what was wrong with it: 0, its_cause_code(), or a cause without a number */
};

/* Older commands are kept, newer ones than these are only counted. */
#define SIM_EXECUTED_MAX 262144u

/* The log of executed commands, oldest first; *count is what is kept. */
const struct sim_executed *sim_executed(const struct memory *memory, size_t its, size_t *count);
/* All commands executed since populate, and those of them that were wrong. */
uint64_t sim_executed_total(const struct memory *memory, size_t its);
uint64_t sim_executed_bad(const struct memory *memory, size_t its);
void sim_executed_clear(struct memory *memory, size_t its);
/* Executes at most @count pending commands, whatever the pace; returns how many. */
unsigned sim_run(struct memory *memory, size_t its, unsigned count);

/* How often LPI @lpi was delivered to CPU @cpu; and whether it is pending there. */
uint64_t sim_lpi_count(const struct memory *memory, unsigned cpu, uint32_t lpi);
bool sim_lpi_pending(const struct memory *memory, unsigned cpu, uint32_t lpi);
/* Where an event is mapped to; false if it is not. */
bool sim_event(const struct memory *memory, size_t its, uint32_t device_id, uint32_t event_id,
	       uint32_t *pintid, uint32_t *icid);

/* A word of RAM as the CPUs see it, and as a device past the caches sees it. */
uint64_t sim_peek(const struct memory *memory, uint64_t address, bool uncached);
void sim_poke(struct memory *memory, uint64_t address, uint64_t value);

/*
 * The driver posts @words, and the SYNC that Linux would add, through its own
 * cached write pointer. False if it found the ring full and dropped the
 * command ("ITS queue not draining"). sim_driver_fill stops where the slots
 * are written and CWRITER is not; the next post, or the next break, which
 * waits for the driver's lock, goes on from there.
 */
bool sim_driver_post(struct memory *memory, size_t its, const uint64_t words[ITS_COMMAND_WORDS]);
bool sim_driver_fill(struct memory *memory, size_t its, const uint64_t words[ITS_COMMAND_WORDS]);
unsigned sim_driver_write_pointer(const struct memory *memory, size_t its);
/* Commands (with their SYNCs) posted since populate, and commands dropped. */
uint64_t sim_driver_posted(const struct memory *memory, size_t its);
uint64_t sim_driver_dropped(const struct memory *memory, size_t its);

/* What the tool does. */
enum sim_access {
	SIM_READ, SIM_READ_WORDS, SIM_WRITE, SIM_PUBLISH,
	SIM_PAUSE,	/* before the break comes together */
	SIM_RESUME,	/* before it ends */
	SIM_RELAX,
};

/*
 * Called before every access of the tool. If it returns false the tool is
 * dead from here on: this access and all that follow fail and change nothing,
 * and a break that it held is over. sim_revive lets a second run begin.
 */
typedef bool sim_hook_fn(void *context, struct memory *memory, enum sim_access access,
			 uint64_t address, uint64_t value);
void sim_hook(struct memory *memory, sim_hook_fn *hook, void *context);
void sim_revive(struct memory *memory);

/* Breaks begun since populate, and whether one holds now. */
unsigned sim_breaks(const struct memory *memory);
bool sim_in_break(const struct memory *memory);

#endif
