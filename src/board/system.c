// SPDX-License-Identifier: GPL-2.0-or-later
/* What does Linux say of its CPUs, devices and IRQs? The reader of MEMORY_FILE_SYSTEM. */
#include <stdlib.h>
#include <string.h>

#include "its/number.h"
#include "its/system.h"

/* A list that grows; @count elements of @size bytes in @array. */
struct list { void *array; size_t count, room; };

static void *list_add(struct list *list, size_t size)
{
	if (list->count == list->room) {
		size_t room = list->room ? 2 * list->room : 64;
		void *grown = realloc(list->array, room * size);

		if (!grown)
			return NULL;
		list->array = grown;
		list->room = room;
	}
	return (char *)list->array + list->count++ * size;
}

struct reader {
	struct board_system *system;
	struct list cpus, nodes, devices, irqs, lpis;
	char *rest;			/* of the line */
};

/* The next word of the line, NUL-terminated in place, or NULL. */
static char *next_word(struct reader *reader)
{
	char *word = reader->rest + strspn(reader->rest, " ");

	if (!*word)
		return NULL;
	reader->rest = word + strcspn(word, " ");
	if (*reader->rest)
		*reader->rest++ = '\0';
	return word;
}

static bool next_number(struct reader *reader, uint64_t limit, uint64_t *number)
{
	const char *word = next_word(reader);

	return word && its_number_parse(word, number) && *number <= limit;
}

/* False only without memory: a line that makes no sense says nothing. */
static bool read_cpu(struct reader *reader)
{
	struct board_system_cpu cpu = { 0 }, *added;
	const char *word;
	uint64_t number;

	if (!next_number(reader, UINT32_MAX, &number))
		return true;
	cpu.cpu = (unsigned)number;
	while ((word = next_word(reader)))
		if (!strcmp(word, "online"))
			cpu.online = BOARD_ONLINE;
		else if (!strcmp(word, "offline"))
			cpu.online = BOARD_OFFLINE;
		else if (!strcmp(word, "node"))
			cpu.node = next_word(reader);
	added = list_add(&reader->cpus, sizeof(cpu));
	if (!added)
		return false;
	*added = cpu;
	if (!cpu.node)
		return true;
	added = list_add(&reader->nodes, sizeof(cpu));
	if (added)
		*added = cpu;
	return added;
}

static bool read_device(struct reader *reader)
{
	const char *bus = next_word(reader), *name = bus ? next_word(reader) : NULL, *word;
	struct board_system_device device = { .name = name }, *added;

	if (!name || (strcmp(bus, "pci") && strcmp(bus, "platform")))
		return true;
	device.is_pci = !strcmp(bus, "pci");
	while ((word = next_word(reader)))
		if (!strcmp(word, "driver"))
			device.driver = next_word(reader);
	added = list_add(&reader->devices, sizeof(device));
	if (added)
		*added = device;
	return added;
}

static bool read_irq(struct reader *reader)
{
	struct board_system_irq irq = { 0 }, *added;
	const char *word;
	uint64_t number;

	if (!next_number(reader, UINT32_MAX, &number))
		return true;
	irq.irq = (unsigned)number;
	while ((word = next_word(reader)))
		if (!strcmp(word, "effective") && next_number(reader, UINT32_MAX, &number)) {
			irq.has_effective = true;
			irq.effective = (unsigned)number;
		} else if (!strcmp(word, "lpi") && next_number(reader, UINT32_MAX, &number)) {
			irq.has_lpi = true;
			irq.lpi = (uint32_t)number;
		}
	added = list_add(&reader->irqs, sizeof(irq));
	if (!added)
		return false;
	*added = irq;
	if (!irq.has_lpi)
		return true;
	added = list_add(&reader->lpis, sizeof(irq));
	if (added)
		*added = irq;
	return added;
}

static bool read_line(struct reader *reader)
{
	const char *kind = next_word(reader);

	if (!kind)
		return true;
	if (!strcmp(kind, "cpu"))
		return read_cpu(reader);
	if (!strcmp(kind, "device"))
		return read_device(reader);
	if (!strcmp(kind, "irq"))
		return read_irq(reader);
	if (!strcmp(kind, "release") && !reader->system->release)
		reader->system->release = next_word(reader);
	return true;
}

/* Names stay where they stand in the text: of two lines that say the same the first comes first. */
static int in_text(const void *a, const void *b)
{
	return ((uintptr_t)a > (uintptr_t)b) - ((uintptr_t)a < (uintptr_t)b);
}

static int compare_number(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

static int by_cpu(const void *a, const void *b)
{
	const struct board_system_cpu *x = a, *y = b;

	return x->cpu == y->cpu ? in_text(x->node, y->node) : compare_number(x->cpu, y->cpu);
}

static int by_node(const void *a, const void *b)
{
	const struct board_system_cpu *x = a, *y = b;
	int order = strcmp(x->node, y->node);

	return order ? order : in_text(x->node, y->node);
}

static int by_name(const struct board_system_device *x, const struct board_system_device *y)
{
	return x->is_pci == y->is_pci ? strcmp(x->name, y->name) : x->is_pci - y->is_pci;
}

static int by_device(const void *a, const void *b)
{
	const struct board_system_device *x = a, *y = b;
	int order = by_name(x, y);

	return order ? order : in_text(x->name, y->name);
}

static int by_irq(const void *a, const void *b)
{
	const struct board_system_irq *x = a, *y = b;

	return x->irq == y->irq ? compare_number(x->lpi, y->lpi) : compare_number(x->irq, y->irq);
}

static int by_lpi(const void *a, const void *b)
{
	const struct board_system_irq *x = a, *y = b;

	return x->lpi == y->lpi ? compare_number(x->irq, y->irq) : compare_number(x->lpi, y->lpi);
}

static void *finish(struct list *list, size_t size, size_t *count,
		    int (*compare)(const void *, const void *))
{
	*count = list->count;
	if (list->count)
		qsort(list->array, list->count, size, compare);
	return list->array;
}

int board_system_load(struct board_system *system, const char *text, size_t size,
		      struct its_error *error)
{
	struct reader reader = { .system = system };
	bool enough;
	char *end;

	*system = (struct board_system){ .text = malloc(size + 1) };
	enough = system->text;
	if (enough) {
		memcpy(system->text, text, size);
		system->text[size] = '\0';
	}
	for (size_t i = 0; enough && i < size; i++) {
		char c = system->text[i];

		if (c == '\t' || c == '\r')
			system->text[i] = ' ';
		else if (c != '\n' && (c < 0x20 || c > 0x7e))
			system->text[i] = '?';
	}
	for (char *line = system->text; enough && line < system->text + size; line = end) {
		end = line + strcspn(line, "\n");
		*end++ = '\0';
		reader.rest = line;
		enough = read_line(&reader);
	}
	system->cpus = finish(&reader.cpus, sizeof(*system->cpus), &system->n_cpus, by_cpu);
	system->nodes = finish(&reader.nodes, sizeof(*system->nodes), &system->n_nodes, by_node);
	system->devices = finish(&reader.devices, sizeof(*system->devices), &system->n_devices,
				 by_device);
	system->irqs = finish(&reader.irqs, sizeof(*system->irqs), &system->n_irqs, by_irq);
	system->lpis = finish(&reader.lpis, sizeof(*system->lpis), &system->n_lpis, by_lpi);
	if (enough)
		return 0;
	board_system_free(system);
	return its_no_memory(error, "%zu bytes of what Linux says", size);
}

void board_system_free(struct board_system *system)
{
	free(system->text);
	free(system->cpus);
	free(system->nodes);
	free(system->devices);
	free(system->irqs);
	free(system->lpis);
	*system = (struct board_system){ 0 };
}

/* The order of what is asked for against an element, as bsearch() has it. */
static int cpu_is(const void *key, const void *element)
{
	return compare_number(*(const unsigned *)key,
			      ((const struct board_system_cpu *)element)->cpu);
}

static int node_is(const void *key, const void *element)
{
	return strcmp(key, ((const struct board_system_cpu *)element)->node);
}

static int device_is(const void *key, const void *element)
{
	return by_name(key, element);
}

static int irq_is(const void *key, const void *element)
{
	return compare_number(*(const unsigned *)key,
			      ((const struct board_system_irq *)element)->irq);
}

static int lpi_is(const void *key, const void *element)
{
	return compare_number(*(const uint32_t *)key,
			      ((const struct board_system_irq *)element)->lpi);
}

/* The first of those that fit, so that hostile repetition does not change what is found. */
static const void *find(const void *key, const void *array, size_t count, size_t size,
			int (*compare)(const void *key, const void *element))
{
	size_t low = 0, high = count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare(key, (const char *)array + middle * size) > 0)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == count || compare(key, (const char *)array + low * size))
		return NULL;
	return (const char *)array + low * size;
}

const struct board_system_cpu *board_system_cpu(const struct board_system *system, unsigned cpu)
{
	return find(&cpu, system->cpus, system->n_cpus, sizeof(*system->cpus), cpu_is);
}

const struct board_system_cpu *board_system_cpu_of_node(const struct board_system *system,
							const char *node)
{
	return find(node, system->nodes, system->n_nodes, sizeof(*system->nodes), node_is);
}

const struct board_system_device *board_system_device(const struct board_system *system,
						      const struct board_device *device)
{
	char name[32];
	struct board_system_device key = { .is_pci = device->is_pci, .name = device->linux_name };

	if (device->is_pci)
		key.name = board_device_name(device, name, sizeof(name));
	if (!key.name)
		return NULL;
	return find(&key, system->devices, system->n_devices, sizeof(key), device_is);
}

const struct board_system_irq *board_system_irq(const struct board_system *system, unsigned irq)
{
	return find(&irq, system->irqs, system->n_irqs, sizeof(*system->irqs), irq_is);
}

const struct board_system_irq *board_system_irq_of_lpi(const struct board_system *system,
						       uint32_t lpi)
{
	return find(&lpi, system->lpis, system->n_lpis, sizeof(*system->lpis), lpi_is);
}

bool board_system_lacks(const struct board_system *system, const struct board_device *device)
{
	/* Sorted by bus: all PCI devices are at one end. */
	bool has_pci = system->n_devices && (system->devices[0].is_pci ||
					     system->devices[system->n_devices - 1].is_pci);

	return device->is_pci && has_pci && !board_system_device(system, device);
}
