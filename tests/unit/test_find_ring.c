// SPDX-License-Identifier: GPL-2.0-or-later
/* find-ring: rings as Linux writes them are found among other things, and their write pointer is. */
#include "test.h"

#include <stdio.h>
#include <unistd.h>

#include "its/queue.h"

#define SLOTS 2048u
#define RING_BYTES (SLOTS * ITS_COMMAND_BYTES)
#define EVENTS 24u
#define CPUS 4u

/* A driver that posts as Linux does: each command with the SYNC of the redistributor that serves the event. */
struct driver {
	uint64_t (*ring)[ITS_COMMAND_WORDS];
	unsigned slots;
	size_t posted;
	uint64_t seed;
	bool mapped[EVENTS];
	unsigned cpu[EVENTS];
	bool lazy;			/* SYNCs one redistributor for all */
	bool old;			/* posts INVALL alone */
};

static void post(struct driver *driver, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void post(struct driver *driver, const char *format, ...)
{
	struct its_error error;
	char text[200];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	if (its_command_parse(text, ITS_LAYOUT_V40, NULL, NULL, driver->ring[driver->posted % driver->slots], &error))
		fail_msg("%s: %s", text, error.message);
	driver->posted++;
}

static void sync_cpu(struct driver *driver, unsigned cpu)
{
	post(driver, "SYNC RDbase=0x%x", driver->lazy ? 0 : cpu << 16);
}

static void boot(struct driver *driver)
{
	unsigned cpu;

	for (cpu = 0; cpu < CPUS; cpu++) {
		post(driver, "MAPC ICID=%u RDbase=0x%x V=1", cpu, cpu << 16);
		sync_cpu(driver, cpu);
		post(driver, "INVALL ICID=%u", cpu);
		if (!driver->old)
			sync_cpu(driver, cpu);
	}
	post(driver, "MAPD DeviceID=8 Size=4 ITT_addr=0x40c13000 V=1");
}

static void traffic(struct driver *driver)
{
	uint64_t random = test_random(&driver->seed);
	unsigned event = (unsigned)(random % EVENTS), cpu = (unsigned)(random >> 8) % CPUS;

	if (!driver->mapped[event]) {
		post(driver, "MAPTI DeviceID=8 EventID=%u pINTID=%u ICID=%u", event, 8192 + event, cpu);
		driver->mapped[event] = true;
		driver->cpu[event] = cpu;
	} else if ((random >> 16) % 16 == 0) {
		post(driver, "DISCARD DeviceID=8 EventID=%u", event);
		driver->mapped[event] = false;
	} else if ((random >> 16) % 2 && cpu != driver->cpu[event]) {
		post(driver, "MOVI DeviceID=8 EventID=%u ICID=%u", event, cpu);
		driver->cpu[event] = cpu;
	} else {
		post(driver, "INV DeviceID=8 EventID=%u", event);
	}
	sync_cpu(driver, driver->cpu[event]);
}

static void drive(struct driver *driver, size_t commands)
{
	boot(driver);
	while (driver->posted < commands)
		traffic(driver);
}

static void run_driver(struct driver *driver, void *ring, unsigned slots, size_t commands, uint64_t seed)
{
	*driver = (struct driver){ .ring = ring, .slots = slots, .seed = seed };
	drive(driver, commands);
}

static void shape_of(const struct driver *driver, struct queue_shape *shape)
{
	assert_true(queue_shape((const uint64_t (*)[ITS_COMMAND_WORDS])driver->ring, driver->slots, shape));
}

static void after_boot(void **state)
{
	static uint64_t ring[SLOTS][ITS_COMMAND_WORDS];
	struct driver driver;
	struct queue_shape shape;

	(void)state;
	run_driver(&driver, ring, SLOTS, 60, 1);
	shape_of(&driver, &shape);
	assert_true(shape.boot);
	assert_false(shape.wrapped);
	assert_int_equal(shape.used, driver.posted);
	assert_int_equal(shape.cwriter, driver.posted);
	assert_true(shape.has_cwriter);
	assert_int_equal(shape.margin, 0);
	assert_int_equal(shape.confidence, 100);
	assert_int_equal(shape.disordered, 0);
}

static void after_boot_of_old(void **state)
{
	static uint64_t ring[SLOTS][ITS_COMMAND_WORDS];
	struct driver driver = { .ring = ring, .slots = SLOTS, .seed = 1, .old = true };
	struct queue_shape shape;

	(void)state;
	drive(&driver, 60);
	shape_of(&driver, &shape);
	assert_true(shape.boot);
	assert_int_equal(shape.cwriter, driver.posted);
	assert_int_equal(shape.confidence, 100);
	assert_int_equal(shape.disordered, 0);
}

/* How many of 64 seams are found; none is outside its margin. */
static unsigned seams_found(bool lazy, unsigned *margins)
{
	static uint64_t ring[SLOTS][ITS_COMMAND_WORDS];
	unsigned i, found = 0;

	*margins = 0;
	for (i = 0; i < 64; i++) {
		struct driver driver = { .ring = ring, .slots = SLOTS, .seed = i, .lazy = lazy };
		struct queue_shape shape;
		unsigned slot, off;

		drive(&driver, SLOTS + 1 + i * 199 % (2 * SLOTS));
		shape_of(&driver, &shape);
		assert_true(shape.wrapped);
		assert_true(shape.confidence >= 95);
		if (!shape.has_cwriter)
			continue;
		found++;
		slot = (unsigned)(driver.posted % SLOTS);
		off = (slot + SLOTS - shape.cwriter) % SLOTS;
		if (off > SLOTS / 2)
			off = SLOTS - off;
		if (off > shape.margin)
			fail_msg("round %u: slot %u, not %u +- %u", i, slot, shape.cwriter, shape.margin);
		*margins += shape.margin;
	}
	return found;
}

/* Gone round once or more: the seam is within the margin, wherever it is. */
static void wrapped(void **state)
{
	unsigned margins, found;

	(void)state;
	assert_int_equal(seams_found(false, &margins), 64);
	assert_true(margins / 64 <= 16);
	/* With less to go by: events that move to where they are, are mapped or discarded twice. */
	found = seams_found(true, &margins);
	assert_true(found >= 60);
	assert_true(margins / found <= 64);
}

/* A killed lap's filler tells the driver's slot. */
static void tagged(void **state)
{
	static uint64_t ring[SLOTS][ITS_COMMAND_WORDS];
	struct driver driver;
	struct queue_shape shape;
	unsigned i;

	(void)state;
	run_driver(&driver, ring, SLOTS, 3000, 5);
	for (i = 0; i < SLOTS; i++) {
		its_command_build_sync(ring[i], 0);
		ring[i][3] = QUEUE_TAG | 77;
	}
	shape_of(&driver, &shape);
	assert_true(shape.has_cwriter);
	assert_int_equal(shape.cwriter, 77);
	assert_true(shape.confidence > 20);
}

static void no_rings(void **state)
{
	static uint64_t words[SLOTS][ITS_COMMAND_WORDS];
	struct queue_shape shape;
	uint64_t seed = 7;
	unsigned i, k;

	(void)state;
	memset(words, 0, sizeof(words));
	assert_true(queue_shape((const uint64_t (*)[ITS_COMMAND_WORDS])words, SLOTS, &shape));
	assert_int_equal(shape.confidence, 0);
	/* A table of small numbers, one of a single number, and noise. */
	for (k = 0; k < 3; k++) {
		for (i = 0; i < SLOTS * ITS_COMMAND_WORDS; i++)
			words[i / 4][i % 4] = k == 0 ? (i % 4 ? 0 : 1 + i / 4 % 15) : k == 1 ? (i % 4 ? 0 : 5) : test_random(&seed);
		assert_true(queue_shape((const uint64_t (*)[ITS_COMMAND_WORDS])words, SLOTS, &shape));
		if (shape.confidence >= 35)
			fail_msg("table %u has %u%%", k, shape.confidence);
	}
}

static char path[] = "/tmp/its-find.XXXXXX";

static const struct memory_ops *counted;
static size_t words_read;

static int count_read(struct window *window, uint64_t offset, uint64_t *words, size_t count, struct its_error *error)
{
	words_read += count;
	return counted->read_words(window, offset, words, count, error);
}

/* Writes @bytes as an image at @base and searches it. */
static void search_bytes(const void *bytes, size_t size, uint64_t base, struct queue_search *search)
{
	char specification[100];
	struct memory_ops counting;
	struct its_error error;
	struct memory memory;
	FILE *file = fopen(path, "wb");

	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, size, file), size);
	assert_int_equal(fclose(file), 0);
	snprintf(specification, sizeof(specification), "image:%s@0x%llx", path, (unsigned long long)base);
	assert_int_equal(memory_open(&memory, specification, &error), 0);
	counted = memory.ops;
	counting = *counted;
	counting.read_words = count_read;
	memory.ops = &counting;
	words_read = 0;
	assert_int_equal(queue_find_rings(&memory, search, &error), 0);
	memory_close(&memory);
}

static void among_noise(void **state)
{
	const size_t size = 4 << 20;
	char *memory = malloc(size);
	struct queue_search search;
	struct driver driver;
	uint64_t seed = 3;
	size_t i;

	(void)state;
	assert_non_null(memory);
	for (i = 0; i < size; i += 8) {
		uint64_t word = i / 4096 % 3 ? test_random(&seed) : 0;

		memcpy(memory + i, &word, 8);
	}
	/* Across two reads of the search; a full one right behind one that is half empty; and at the very end. */
	run_driver(&driver, memory + 0x3f0000, SLOTS, 5000, 1);
	memset(memory + 0x1f0000, 0, RING_BYTES);
	run_driver(&driver, memory + 0x1f0000, SLOTS, 400, 2);
	memset(memory + 0x200000, 0, RING_BYTES);
	run_driver(&driver, memory + 0x200000, SLOTS, 60, 3);
	search_bytes(memory, size, 0x80000000, &search);
	assert_int_equal(search.bytes, size);
	assert_int_equal(search.n_rings, 3);
	for (i = 0; i < 3; i++) {
		assert_int_equal(search.rings[i].shape.slots, SLOTS);
		assert_true(search.rings[i].base == 0x801f0000 || search.rings[i].base == 0x80200000 ||
			    search.rings[i].base == 0x803f0000);
	}
	/* The end is missing: what is there is found. A ring of 4 KiB, at a multiple of that only. */
	search_bytes(memory + 0x3f0000, RING_BYTES - 100, 0x80000000, &search);
	assert_int_equal(search.n_rings, 1);
	assert_true(search.rings[0].shape.slots < SLOTS);
	search_bytes(memory + 0x3f0000, 4096, 0x8000b000, &search);
	assert_int_equal(search.n_rings, 1);
	assert_int_equal(search.rings[0].base, 0x8000b000);
	assert_int_equal(search.rings[0].shape.slots, 128);
	search_bytes(memory + 0x10000, 0x100000, 0x8000b000, &search);
	assert_int_equal(search.n_rings, 0);
	free(memory);
}

/* The first slots were being cleared when the memory was saved; a wrong command stands in the middle. */
static void blemishes(void **state)
{
	uint64_t (*ring)[ITS_COMMAND_WORDS] = calloc(SLOTS, ITS_COMMAND_BYTES);
	struct queue_search search;
	struct driver driver;

	(void)state;
	assert_non_null(ring);
	run_driver(&driver, ring, SLOTS, 2 * SLOTS, 9);
	memset(ring[0], 0, ITS_COMMAND_BYTES);
	ring[700][0] = 0xff;
	ring[701][3] = 0x1234;
	search_bytes(ring, RING_BYTES, 0x40830000, &search);
	assert_int_equal(search.n_rings, 1);
	assert_int_equal(search.rings[0].shape.slots, SLOTS);
	assert_int_equal(search.rings[0].shape.unknown, 1);
	assert_int_equal(search.rings[0].shape.odd, 1);
	assert_true(search.rings[0].shape.has_cwriter);
	assert_int_equal(search.rings[0].shape.cwriter, 0);
	assert_true(search.rings[0].shape.confidence >= 90);
	free(ring);
}

/* Nothing but rings: the list stays bounded, and the search ends. */
static void crowded(void **state)
{
	const size_t size = 16 << 20;
	char *memory = calloc(1, size);
	struct queue_search search;
	struct driver driver;
	size_t i;

	(void)state;
	assert_non_null(memory);
	for (i = 0; i < size; i += RING_BYTES)
		run_driver(&driver, memory + i, SLOTS, 100, i);
	search_bytes(memory, size, 0x40000000, &search);
	assert_int_equal(search.n_rings, QUEUE_RINGS_MAX);
	for (i = 1; i < search.n_rings; i++)
		assert_true(search.rings[i].shape.confidence <= search.rings[i - 1].shape.confidence);
	free(memory);
}

/*
 * What begins as a ring on every page and is none: nothing but SYNCs, INVs without any, some SYNCs among INVs. It is
 * read at most twice, and once more for the rings that are shown; a ring behind it is found.
 */
static void tables(void **state)
{
	static const unsigned syncs_every[] = { 1, UINT32_MAX, 8 };
	const size_t size = 4 << 20;
	uint64_t (*memory)[ITS_COMMAND_WORDS] = malloc(size + RING_BYTES);
	struct queue_search search;
	struct driver driver;
	uint32_t i, k;

	(void)state;
	assert_non_null(memory);
	for (k = 0; k < sizeof(syncs_every) / sizeof(syncs_every[0]); k++) {
		for (i = 0; i < size / ITS_COMMAND_BYTES; i++)
			if (i % syncs_every[k] == syncs_every[k] - 1)
				its_command_build_sync(memory[i], 0);
			else
				its_command_build_inv(memory[i], 1, i % 0x10000);
		search_bytes(memory, size, 0x40000000, &search);
		assert_int_equal(search.bytes, size);
		assert_true(words_read <= 3 * size / 8);
		if (k < 2)
			assert_int_equal(search.n_rings, 0);
		memset(memory[i], 0, RING_BYTES);
		run_driver(&driver, memory[i], SLOTS, 400, k);
		search_bytes(memory, size + RING_BYTES, 0x40000000, &search);
		assert_int_equal(search.rings[0].base, 0x40000000 + size);
		assert_int_equal(search.rings[0].shape.cwriter, driver.posted);
	}
	free(memory);
}

static int far_ranges(struct memory *memory, struct memory_range **list, size_t *count, struct its_error *error)
{
	static const struct memory_range ranges[] = {
		{ .base = UINT64_C(1) << 63, .size = RING_BYTES }, { .base = UINT64_MAX - 100, .size = 50 },
		{ .base = (UINT64_C(1) << 52) - 4096, .size = 8192 }, { .base = (UINT64_C(1) << 52) - 8192, .size = 4096 },
	};

	(void)memory;
	(void)error;
	*list = malloc(sizeof(ranges));
	assert_non_null(*list);
	memcpy(*list, ranges, sizeof(ranges));
	*count = sizeof(ranges) / sizeof(ranges[0]);
	return 0;
}

/* A core says what it likes of its addresses; GITS_CBASER holds 52 bits. */
static void far_away(void **state)
{
	struct memory_ops far;
	struct queue_search search;
	struct its_error error;
	struct memory memory;

	(void)state;
	assert_int_equal(memory_open(&memory, "sim", &error), 0);
	far = *memory.ops;
	far.ranges = far_ranges;
	memory.ops = &far;
	assert_int_equal(queue_find_rings(&memory, &search, &error), 0);
	assert_int_equal(search.bytes, 2 * 4096);
	assert_int_equal(search.unreadable, 2 * 4096);
	memory_close(&memory);
}

/* The simulated board can be searched, too; devmem cannot. */
static void sources(void **state)
{
	struct queue_search search;
	struct its_error error;
	struct memory memory;

	(void)state;
	assert_int_equal(memory_open(&memory, "devmem:/dev/null", &error), 0);
	assert_int_equal(queue_find_rings(&memory, &search, &error), ITS_ERR_USAGE);
	assert_non_null(strstr(error.message, "devmem"));
	memory_close(&memory);
}

static int setup(void **state)
{
	int fd = mkstemp(path);

	(void)state;
	return fd < 0 ? -1 : close(fd);
}

static int teardown(void **state)
{
	(void)state;
	return unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(after_boot), cmocka_unit_test(after_boot_of_old), cmocka_unit_test(wrapped), cmocka_unit_test(tagged),
		cmocka_unit_test(no_rings), cmocka_unit_test(among_noise), cmocka_unit_test(blemishes),
		cmocka_unit_test(crowded), cmocka_unit_test(tables),
		cmocka_unit_test(far_away), cmocka_unit_test(sources),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
