// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What does the running Linux say of its CPUs, drivers and MSIs? One pass over
 * /proc and /sys; every file is small and is read once, so that the time grows
 * with the number of CPUs, devices and IRQs and no faster.
 */
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "its/memory.h"
#include "its/number.h"
#include "its/register.h"
#include "sysfs.h"

#define CPUS_MAX 8192		/* twice what Linux can be configured for on arm64 (NR_CPUS) */
#define SMALL 4096		/* bytes: more than any sysfs attribute has */
#define DEBUG_FILE 16384	/* bytes: an IRQ in debugfs has about 1000 */
#define PRESENT 1
#define ONLINE 2

static int open_directory(int at, const char *path)
{
	return openat(at, path, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

/* The file as a string of at most @size - 1 bytes; false if it cannot be read. */
static bool read_text(int at, const char *path, char *text, size_t size)
{
	size_t used = 0;
	ssize_t got = 0;
	int fd = openat(at, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		return false;
	while (used < size - 1 && (got = read(fd, text + used, size - 1 - used)) > 0)
		used += (size_t)got;
	close(fd);
	text[used] = '\0';
	return got >= 0;
}

/* A word of the text: names come from firmware and drivers, so blanks and worse become '?'. */
static void put_word(FILE *out, const char *word, size_t length)
{
	for (size_t i = 0; i < length; i++)
		fputc(word[i] > 0x20 && word[i] < 0x7f ? word[i] : '?', out);
}

/* The first line of a file behind @key, if there is one. */
static void put_file(FILE *out, const char *key, int at, const char *path)
{
	char text[SMALL];
	size_t length;

	if (!read_text(at, path, text, sizeof(text)))
		return;
	length = strcspn(text, "\n");
	if (!length)
		return;
	fputs(key, out);
	put_word(out, text, length);
}

/* Sets @bit for each CPU of a list such as "0-3,5". */
static void mark_cpus(int at, const char *path, uint8_t cpus[CPUS_MAX], uint8_t bit)
{
	char text[SMALL];
	const char *p = text;

	if (!read_text(at, path, text, sizeof(text)))
		return;
	while (*p) {
		size_t length = strcspn(p, ",-\n");
		uint64_t first, last;

		if (!its_number_parse_n(p, length, &first))
			return;
		last = first;
		p += length;
		if (*p == '-') {
			length = strcspn(++p, ",\n");
			if (!its_number_parse_n(p, length, &last))
				return;
			p += length;
		}
		for (; first <= last && first < CPUS_MAX; first++)
			cpus[first] |= bit;
		if (*p)
			p++;
	}
}

/* With ACPI the UID stands for a node, as board_load_acpi() calls it. */
static void put_uid(FILE *out, int at, unsigned cpu)
{
	char path[64], text[SMALL];
	size_t length;

	snprintf(path, sizeof(path), "cpu%u/firmware_node/uid", cpu);
	if (!read_text(at, path, text, sizeof(text)))
		return;
	length = strcspn(text, "\n");
	if (!length)
		return;
	fputs(" node /MADT/cpu@", out);
	put_word(out, text, length);
}

/* The CPU's node: of_node points into /sys/firmware/devicetree/base. */
static void put_node(FILE *out, int at, unsigned cpu)
{
	static const char base[] = "/devicetree/base/";
	char path[64], target[PATH_MAX];
	const char *node;
	ssize_t length;

	snprintf(path, sizeof(path), "cpu%u/of_node", cpu);
	length = readlinkat(at, path, target, sizeof(target) - 1);
	if (length < 0) {
		put_uid(out, at, cpu);
		return;
	}
	target[length] = '\0';
	node = strstr(target, base);
	if (!node)
		return;
	node += strlen(base) - 1;
	fputs(" node ", out);
	put_word(out, node, strlen(node));
}

static void collect_cpus(FILE *out, int root)
{
	uint8_t cpus[CPUS_MAX] = { 0 };
	int at = open_directory(root, "sys/devices/system/cpu");

	if (at < 0)
		return;
	mark_cpus(at, "present", cpus, PRESENT);
	mark_cpus(at, "online", cpus, ONLINE);
	for (unsigned cpu = 0; cpu < CPUS_MAX; cpu++) {
		if (!cpus[cpu])
			continue;
		fprintf(out, "cpu %u %s", cpu, cpus[cpu] & ONLINE ? "online" : "offline");
		put_node(out, at, cpu);
		fputc('\n', out);
	}
	close(at);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* What the directory @at has, in order; the number, or less than 0. scandirat() is glibc's alone. */
static int list_directory(int at, char ***names)
{
	int fd = openat(at, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *directory = fd < 0 ? NULL : fdopendir(fd);
	size_t count = 0, room = 0;
	struct dirent *entry;

	*names = NULL;
	if (!directory) {
		if (fd >= 0)
			close(fd);
		return -1;
	}
	while ((entry = readdir(directory))) {
		char **larger = *names;

		if (entry->d_name[0] == '.')
			continue;
		if (count == room) {
			room = room ? 2 * room : 64;
			larger = realloc(*names, room * sizeof(*larger));
			if (!larger)
				break;
			*names = larger;
		}
		larger[count] = strdup(entry->d_name);
		if (!larger[count])
			break;
		count++;
	}
	closedir(directory);
	if (count)
		qsort(*names, count, sizeof(**names), by_name);
	return (int)count;
}

/* A platform device without a driver says nothing; a PCI function at least that it is there. */
static void put_device(FILE *out, int at, const char *bus, const char *name, bool always)
{
	char path[NAME_MAX + 16], target[PATH_MAX];
	const char *driver = NULL;
	ssize_t length;

	snprintf(path, sizeof(path), "%s/driver", name);
	length = readlinkat(at, path, target, sizeof(target) - 1);
	if (length >= 0) {
		target[length] = '\0';
		driver = strrchr(target, '/');
		driver = driver ? driver + 1 : target;
	}
	if (!always && (!driver || !*driver))
		return;
	fprintf(out, "device %s ", bus);
	put_word(out, name, strlen(name));
	if (driver && *driver) {
		fputs(" driver ", out);
		put_word(out, driver, strlen(driver));
	}
	fputc('\n', out);
}

static void collect_devices(FILE *out, int root, const char *bus, bool always)
{
	char **names;
	char path[64];
	int at, count;

	snprintf(path, sizeof(path), "sys/bus/%s/devices", bus);
	at = open_directory(root, path);
	if (at < 0)
		return;
	count = list_directory(at, &names);
	for (int i = 0; i < count; i++) {
		put_device(out, at, bus, names[i], always);
		free(names[i]);
	}
	free(names);
	close(at);
}

/*
 * The LPI in Linux's irq_debug_show_data(): one block per domain, from the
 * device's down to the GIC's, each with "hwirq:" before "chip:". The hwirq of
 * the ITS's own domain is the LPI (irq-gic-v3-its.c: its_irq_domain_alloc()).
 */
static bool find_lpi(const char *text, uint64_t *lpi)
{
	uint64_t hwirq = 0;

	while (*text) {
		const char *line = text + strspn(text, " \t");
		const char *end = text + strcspn(text, "\n");
		const char *value = memchr(line, ':', (size_t)(end - line));

		text = *end ? end + 1 : end;
		if (!value)
			continue;
		value += 1 + strspn(value + 1, " \t");
		if (!strncmp(line, "hwirq:", 6)) {
			if (!its_number_parse_n(value, (size_t)(end - value), &hwirq))
				hwirq = 0;
		} else if (!strncmp(line, "chip:", 5) && end - value == 3 &&
			   !memcmp(value, "ITS", 3)) {
			*lpi = hwirq;
			return hwirq >= ITS_LPI_FIRST && hwirq <= UINT32_MAX;
		}
	}
	return false;
}

static void put_irq(FILE *out, int proc, int debug, unsigned irq)
{
	char path[64], text[DEBUG_FILE];
	uint64_t lpi;

	fprintf(out, "irq %u", irq);
	snprintf(path, sizeof(path), "%u/effective_affinity_list", irq);
	put_file(out, " effective ", proc, path);
	snprintf(path, sizeof(path), "%u", irq);
	if (debug >= 0 && read_text(debug, path, text, sizeof(text)) && find_lpi(text, &lpi))
		fprintf(out, " lpi %llu", (unsigned long long)lpi);
	fputc('\n', out);
}

/* The IRQs of /proc/interrupts that have an ITS for a chip; board/interrupts.c reads the rest. */
static void collect_irqs(FILE *out, int root)
{
	int proc = open_directory(root, "proc/irq");
	int debug = open_directory(root, "sys/kernel/debug/irq/irqs");
	int fd = openat(root, "proc/interrupts", O_RDONLY | O_CLOEXEC);
	char *text = NULL, *line, *end;
	struct its_error ignored;
	size_t size;

	if (fd < 0 || memory_read_fd(fd, "/proc/interrupts", &text, &size, &ignored))
		goto out;
	for (line = text; line < text + size; line = end + 1) {
		size_t blanks = strspn(line, " "), digits;
		uint64_t irq;

		end = memchr(line, '\n', (size_t)(text + size - line));
		if (!end)
			end = text + size;
		*end = '\0';
		digits = strcspn(line + blanks, ":");
		if (its_number_parse_n(line + blanks, digits, &irq) && irq <= UINT32_MAX &&
		    strstr(line, " ITS-"))
			put_irq(out, proc, debug, (unsigned)irq);
	}
out:
	free(text);
	if (fd >= 0)
		close(fd);
	if (debug >= 0)
		close(debug);
	if (proc >= 0)
		close(proc);
}

int sysfs_collect(const char *root, char **data, size_t *size, struct its_error *error)
{
	int at = open_directory(AT_FDCWD, *root ? root : "/");
	FILE *out = open_memstream(data, size);

	if (out && at >= 0) {
		put_file(out, "release ", at, "proc/sys/kernel/osrelease");
		if (ftell(out) > 0)
			fputc('\n', out);
		collect_cpus(out, at);
		collect_devices(out, at, "pci", true);
		collect_devices(out, at, "platform", false);
		collect_irqs(out, at);
	}
	if (at >= 0)
		close(at);
	if (!out)
		return its_no_memory(error, "what Linux says");
	return memory_text_end(out, data, "what Linux says", error);
}
