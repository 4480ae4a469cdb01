// SPDX-License-Identifier: GPL-2.0-or-later
/* A compressed core as makedumpfile -d 31 leaves it: the pages of zeros at a ring's end are not in it. */
#include "test.h"

#include <endian.h>
#include <stdio.h>
#include <unistd.h>

#include "its/queue.h"

#define PAGE 4096u
#define RING_PFN 0x100u
#define RING_PAGES 16u

static char path[] = "/tmp/its-core.XXXXXX";

/* libkdumpfile 0.5.1 never frees a compressed core's map of what is RAM: 24 KiB, once a core. */
const char *__lsan_default_suppressions(void);

const char *__lsan_default_suppressions(void)
{
	return "leak:libkdumpfile\n";
}

static void put(unsigned char *to, uint64_t value, unsigned bytes)
{
	while (bytes--) {
		*to++ = (unsigned char)value;
		value >>= 8;
	}
}

static void set_bit(unsigned char *map, unsigned bit)
{
	map[bit / 8] |= (unsigned char)(1u << bit % 8);
}

/* makedumpfile's diskdump_mod.h: struct disk_dump_header, struct kdump_sub_header, two bitmaps, page descriptors. */
static void make_core(void)
{
	static unsigned char file[6][PAGE];
	unsigned char *header = file[0], *descriptor = file[4];
	FILE *out = fopen(path, "wb");
	unsigned i;

	assert_non_null(out);
	memset(file, 0, sizeof(file));
	memcpy(header, "KDUMP   ", 8);
	put(header + 8, 6, 4);				/* header_version */
	strcpy((char *)header + 12, "Linux");
	strcpy((char *)header + 12 + 4 * 65, "aarch64");	/* utsname.machine */
	put(header + 428, PAGE, 4);			/* block_size */
	put(header + 432, 1, 4);			/* sub_hdr_size, in blocks */
	put(header + 436, 2, 4);			/* bitmap_blocks, of both */
	put(header + 440, 0x200, 4);			/* max_mapnr */
	put(header + 460, 1, 4);			/* nr_cpus */
	put(file[1] + 8, 31, 4);			/* dump_level */
	put(file[1] + 96, 0x200, 8);			/* max_mapnr_64 */
	for (i = 0; i < RING_PAGES; i++)
		set_bit(file[2], RING_PFN + i);		/* what is RAM */
	set_bit(file[3], RING_PFN);			/* what is in the file */
	put(descriptor, 5 * PAGE, 8);			/* offset */
	put(descriptor + 8, PAGE, 4);			/* size; flags 0: not compressed */
	for (i = 0; i < 4; i++) {
		uint64_t words[ITS_COMMAND_WORDS];
		struct its_error error;
		static const char *const commands[] = {
			"MAPC ICID=0 RDbase=0 V=1", "SYNC RDbase=0", "INVALL ICID=0", "SYNC RDbase=0" };
		unsigned k;

		assert_int_equal(its_command_parse(commands[i], ITS_LAYOUT_V40, NULL, NULL, words, &error), 0);
		for (k = 0; k < ITS_COMMAND_WORDS; k++)
			put(file[5] + i * ITS_COMMAND_BYTES + k * 8, words[k], 8);
	}
	assert_int_equal(fwrite(file, 1, sizeof(file), out), sizeof(file));
	assert_int_equal(fclose(out), 0);
}

/* False where the tool is built without libkdumpfile. */
static bool open_core(struct memory *memory)
{
	struct its_error error;
	char specification[100];
	int code;

	snprintf(specification, sizeof(specification), "core:%s", path);
	code = memory_open(memory, specification, &error);
	if (code == ITS_ERR_USAGE) {
		assert_non_null(strstr(error.message, "without libkdumpfile"));
		return false;
	}
	if (code)
		fail_msg("%s", error.message);
	return true;
}

static void left_out(void **state)
{
	struct its_error error;
	struct memory memory;
	struct window window;
	struct memory_range *ranges;
	uint64_t words[4];
	size_t count;

	(void)state;
	make_core();
	if (!open_core(&memory))
		skip();
	assert_int_equal(memory_ranges(&memory, &ranges, &count, &error), 0);
	assert_int_equal(count, 1);
	assert_int_equal(ranges[0].base, RING_PFN * PAGE);
	assert_int_equal(ranges[0].size, PAGE);
	free(ranges);
	assert_int_equal(window_open(&window, &memory, RING_PFN * PAGE, 0x20000, MEMORY_RAM, false, &error), 0);
	assert_int_equal(window_read_words(&window, 0, words, 4, &error), 0);
	assert_int_equal(words[0], ITS_MAPC);
	assert_int_equal(window_read_words(&window, 3 * PAGE, words, 4, &error), 0);
	assert_int_equal(words[0] | words[1] | words[2] | words[3], 0);
	/* Across the edge of RAM: the first address that is none. */
	assert_int_equal(window_read_words(&window, RING_PAGES * PAGE - 16, words, 4, &error), ITS_ERR_INPUT);
	assert_non_null(strstr(error.message, "0x110000"));
	window_close(&window);
	memory_close(&memory);
}

static void found(void **state)
{
	struct queue_search search;
	struct its_error error;
	struct memory memory;

	(void)state;
	make_core();
	if (!open_core(&memory))
		skip();
	assert_int_equal(queue_find_rings(&memory, &search, &error), 0);
	assert_int_equal(search.n_rings, 1);
	assert_int_equal(search.rings[0].base, RING_PFN * PAGE);
	assert_int_equal(search.rings[0].shape.slots, 2048);
	assert_int_equal(search.rings[0].shape.cwriter, 4);
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
	const struct CMUnitTest tests[] = { cmocka_unit_test(left_out), cmocka_unit_test(found) };

	return cmocka_run_group_tests(tests, setup, teardown);
}
