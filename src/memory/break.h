/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The break on a live Linux: one thread per online CPU meets the others at
 * real-time priority, so that no driver is half-way through a post.
 */
#ifndef MEMORY_BREAK_H
#define MEMORY_BREAK_H

#include "its/error.h"

struct break_state;

/*
 * Locks the process's memory, pins the caller to its CPU and puts a sleeping
 * thread on every other one. ITS_ERR_ACCESS says which permission is missing.
 * Every call below must come from the thread that prepared.
 */
int break_prepare(struct break_state **state, struct its_error *error);

/*
 * Captures all online CPUs within @limit_ms: after ITS_OK nobody but the
 * caller runs, at SCHED_FIFO 99 with all signals blocked, until break_resume.
 * ITS_ERR_TIMEOUT names the CPUs that did not come; nothing is held then.
 */
int break_pause(struct break_state *state, unsigned limit_ms, struct its_error *error);
void break_resume(struct break_state *state);

/* Ends the threads and restores the caller's affinity; @state is freed. NULL is fine. */
void break_finish(struct break_state *state);

/* How many CPUs the last pause held, the caller's included. */
unsigned break_cpus(const struct break_state *state);

#endif
