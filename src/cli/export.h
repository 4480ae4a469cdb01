/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The plan of inject and send as a script for somebody else's hands (--emit).
 * What differs from plan to plan stands at the script's top; what follows is
 * the same text for all, and computes addresses from the registers it reads.
 */
#ifndef CLI_EXPORT_H
#define CLI_EXPORT_H

#include "append.h"

struct export_plan {
	uint64_t its, ring;		/* physical addresses of GITS_CTLR and of slot 0 */
	unsigned slots;
	unsigned cpus;			/* of the board; 0: not known */
	bool plain, noncoherent;
	uint64_t rdbase;		/* for the filler's SYNC */
	unsigned timeout_ms;
	const struct batch *batch;
	enum its_layout layout;
};

/* The words of --emit, NULL behind the last. */
extern const char *const export_forms[];

/* Commands from @first on that are the same, one behind the other. */
size_t export_run(const struct batch *batch, size_t first);
/* Lines up to a NULL, as they are. */
void export_lines(struct emitter *emit, const char *const *lines);
/* What the script does, for whom, and its commands, as comments that begin with @mark. */
void export_comment(struct emitter *emit, const struct export_plan *plan, const char *mark);

void export_cmm(struct emitter *emit, const struct export_plan *plan);
void export_gdb(struct emitter *emit, const struct export_plan *plan);
void export_devmem(struct emitter *emit, const struct export_plan *plan);

#endif
