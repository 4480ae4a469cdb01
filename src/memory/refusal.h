/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why does the kernel refuse physical memory, and what is the way out? */
#ifndef MEMORY_REFUSAL_H
#define MEMORY_REFUSAL_H

#include <stdbool.h>

#include "its/memory.h"

enum refusal_call { REFUSAL_OPEN, REFUSAL_MMAP };

/* What is known about one refusal. */
struct refusal {
	enum refusal_call call;
	const char *path;
	int cause;			/* errno */
	uint64_t base;			/* of the window */
	enum memory_kind kind;
	bool writable;
	bool foreign;			/* the path is neither /dev/mem nor another device: a file of the user's */
	bool root;
	bool raw_io;			/* CAP_SYS_RAWIO is effective */
	char lockdown[20];		/* "none", "integrity", "confidentiality"; "" not known */
	bool ram;			/* /proc/iomem says that the address is System RAM */
	char owner[48];			/* the innermost claim on it there, or "" */
};

/* Adds to @refusal what the system tells: from foreign on. */
void refusal_gather(struct refusal *refusal);

/* Words it; returns ITS_ERR_ACCESS. */
int refusal_error(const struct refusal *refusal, struct its_error *error);

/* ITS_ERR_UNSAFE if an ITS that reads past the caches would not see what is written, since they cannot be cleaned. */
int refusal_uncleaned(bool noncoherent, bool can_clean, struct its_error *error);

/* Takes "none [integrity] confidentiality" apart; "" if nothing is marked. */
void refusal_lockdown(const char *text, char *mode, size_t size);

/* Looks one line of /proc/iomem up, "  40000000-4fffffff : System RAM"; innermost comes last. */
void refusal_iomem_line(struct refusal *refusal, const char *line);

#endif
