/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which CPUs are online, and is one of them about to change? */
#ifndef MEMORY_CPUS_H
#define MEMORY_CPUS_H

#include <sched.h>
#include <stdbool.h>

#include "its/error.h"

#define CPUS_LIST_BYTES 4096		/* a sysfs file is one page */

struct cpus {
	cpu_set_t online;		/* as cpus_read found it */
	/* The files stay open, and their kernel buffers with them: a reread allocates nothing. */
	int online_fd;			/* -1 without sysfs */
	int hotplug_fd[CPU_SETSIZE];	/* cpuN/hotplug/state, or -1 */
	char text[CPUS_LIST_BYTES], again[CPUS_LIST_BYTES];
};

void cpus_open(struct cpus *cpus);
void cpus_close(struct cpus *cpus);

/* Reads the online CPUs; without sysfs cpus->online stays as it is. */
int cpus_read(struct cpus *cpus, struct its_error *error);

/* True if they are still the same, and no other CPU is on its way up. Does not sleep. */
bool cpus_unchanged(struct cpus *cpus);

/* Reads a list as the kernel writes it, "0-3,5\n"; false if it is anything else. */
bool cpus_parse(const char *text, cpu_set_t *set);

#endif
