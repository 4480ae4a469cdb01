// SPDX-License-Identifier: GPL-2.0-or-later
/* Which CPUs are online, and is one of them about to change? See cpus.h. */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cpus.h"
#include "its/number.h"

#define CPU_FILES "/sys/devices/system/cpu"

bool cpus_parse(const char *text, cpu_set_t *set)
{
	CPU_ZERO(set);
	for (;;) {
		size_t digits = strspn(text, "0123456789");
		uint64_t first, last;

		if (!its_number_parse_n(text, digits, &first))
			return false;
		last = first;
		text += digits;
		if (*text == '-') {
			digits = strspn(++text, "0123456789");
			if (!its_number_parse_n(text, digits, &last))
				return false;
			text += digits;
		}
		if (last < first || last >= CPU_SETSIZE)
			return false;
		for (; first <= last; first++)
			CPU_SET(first, set);
		if (*text != ',')
			break;
		text++;
	}
	return *text == '\0' || strcmp(text, "\n") == 0;
}

/* The text of a sysfs file from its start; empty if it cannot be read. */
static void read_text(int fd, char *text, size_t size)
{
	ssize_t got = pread(fd, text, size - 1, 0);

	text[got > 0 ? got : 0] = '\0';
}

void cpus_open(struct cpus *cpus)
{
	char path[80];
	cpu_set_t present;
	int fd;

	CPU_ZERO(&cpus->online);
	for (unsigned cpu = 0; cpu < CPU_SETSIZE; cpu++)
		cpus->hotplug_fd[cpu] = -1;
	cpus->online_fd = open(CPU_FILES "/online", O_RDONLY | O_CLOEXEC);
	fd = open(CPU_FILES "/present", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	read_text(fd, cpus->again, sizeof(cpus->again));
	close(fd);
	if (!cpus_parse(cpus->again, &present))
		return;
	for (unsigned cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		if (!CPU_ISSET(cpu, &present))
			continue;
		snprintf(path, sizeof(path), CPU_FILES "/cpu%u/hotplug/state", cpu);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		cpus->hotplug_fd[cpu] = fd;
		/* Once now, so that the kernel's buffer exists before the break. */
		if (fd >= 0)
			read_text(fd, path, sizeof(path));
	}
}

void cpus_close(struct cpus *cpus)
{
	for (unsigned cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		if (cpus->hotplug_fd[cpu] >= 0)
			close(cpus->hotplug_fd[cpu]);
	}
	if (cpus->online_fd >= 0)
		close(cpus->online_fd);
}

int cpus_read(struct cpus *cpus, struct its_error *error)
{
	if (cpus->online_fd < 0)
		return ITS_OK;
	read_text(cpus->online_fd, cpus->text, sizeof(cpus->text));
	if (cpus_parse(cpus->text, &cpus->online))
		return ITS_OK;
	return its_error(error, ITS_ERR_INPUT, CPU_FILES "/online holds no list of CPUs below %d",
			 CPU_SETSIZE);
}

/*
 * A CPU on its way up posts MAPC and INVALL (its_cpu_init) before it is listed
 * as online, so a state between CPUHP_OFFLINE and online counts as a change.
 * Once all other CPUs are held nobody is left who could start it.
 */
bool cpus_unchanged(struct cpus *cpus)
{
	char state[16];

	if (cpus->online_fd < 0)
		return true;
	read_text(cpus->online_fd, cpus->again, sizeof(cpus->again));
	if (strcmp(cpus->text, cpus->again) != 0)
		return false;
	for (unsigned cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		if (cpus->hotplug_fd[cpu] < 0 || CPU_ISSET(cpu, &cpus->online))
			continue;
		read_text(cpus->hotplug_fd[cpu], state, sizeof(state));
		/* Nothing to read: the CPU was unplugged. */
		if (strcmp(state, "0\n") != 0 && state[0] != '\0')
			return false;
	}
	return true;
}
