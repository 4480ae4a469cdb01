// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A compressed core as makedumpfile -d 31 leaves it: the pages of zeros at a ring's end are not in it. And cores, of both
 * kinds, that are not whole.
 */
#include "test.h"

#include <elf.h>
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

#define HOLES 70000u
#define MAP_PAGES 5u				/* of 4096 * 8 bits each: two pages for each hole */

/* Every other page of a machine was free and left out. All that are there have the same bytes in the file. */
static void make_holes(void)
{
	static unsigned char head[2 + 2 * MAP_PAGES][PAGE], descriptor[24], page[PAGE];
	uint64_t data = sizeof(head) + HOLES * sizeof(descriptor);
	FILE *out = fopen(path, "wb");
	unsigned i, k;

	assert_non_null(out);
	memset(head, 0, sizeof(head));
	memcpy(head[0], "KDUMP   ", 8);
	put(head[0] + 8, 6, 4);
	strcpy((char *)head[0] + 12, "Linux");
	strcpy((char *)head[0] + 12 + 4 * 65, "aarch64");
	put(head[0] + 428, PAGE, 4);
	put(head[0] + 432, 1, 4);
	put(head[0] + 436, 2 * MAP_PAGES, 4);
	put(head[0] + 440, 2 * HOLES, 4);
	put(head[0] + 460, 1, 4);
	put(head[1] + 96, 2 * HOLES, 8);
	for (i = 0; i < HOLES; i++)
		for (k = 0; k < 2; k++)
			set_bit(head[2 + k * MAP_PAGES], 2 * i);
	put(descriptor, data, 8);
	put(descriptor + 8, PAGE, 4);
	assert_int_equal(fwrite(head, 1, sizeof(head), out), sizeof(head));
	for (i = 0; i < HOLES; i++)
		assert_int_equal(fwrite(descriptor, 1, sizeof(descriptor), out), sizeof(descriptor));
	assert_int_equal(fwrite(page, 1, sizeof(page), out), sizeof(page));
	assert_int_equal(fclose(out), 0);
}

static int try_core(struct memory *memory, struct its_error *error)
{
	char specification[100];

	memset(error, 0, sizeof(*error));
	snprintf(specification, sizeof(specification), "core:%s", path);
	return memory_open(memory, specification, error);
}

/* False where the tool is built without libkdumpfile. */
static bool open_core(struct memory *memory)
{
	struct its_error error;
	int code = try_core(memory, &error);

	if (code == ITS_ERR_USAGE) {
		assert_non_null(strstr(error.message, "without libkdumpfile"));
		return false;
	}
	if (code)
		fail_msg("%s", error.message);
	return true;
}

static void expect_refused(const char *says)
{
	struct its_error error;
	struct memory memory;
	int code = try_core(&memory, &error);

	if (code != ITS_ERR_INPUT || !strstr(error.message, says))
		fail_msg("%d: '%s' lacks '%s'", code, error.message, says);
}

/* Whatever its length, what is missing is never taken for zeros. */
static void expect_cut_off(int64_t size)
{
	char says[80];
	int64_t length;

	/* From what tells the kind of core on. */
	for (length = size - 1; length >= 8; length -= length > 5000 ? 1111 : 37) {
		assert_int_equal(truncate(path, (off_t)length), 0);
		snprintf(says, sizeof(says), "is cut off: %lld of at least ", (long long)length);
		expect_refused(says);
	}
}

static void write_at(uint64_t offset, uint64_t value, unsigned bytes, bool big_endian)
{
	FILE *file = fopen(path, "r+b");
	unsigned i;

	assert_non_null(file);
	assert_int_equal(fseeko(file, (off_t)offset, SEEK_SET), 0);
	for (i = 0; i < bytes; i++)
		fputc((int)(value >> 8 * (big_endian ? bytes - 1 - i : i) & 0xff), file);
	assert_int_equal(fclose(file), 0);
}

#define ELF_BYTES (3 * PAGE)

/* How an ELF core is written: the class, the byte order, and whether its first section counts the segments. */
struct shape { bool wide, big_endian, counted; };

static void put_field(const struct shape *shape, uint64_t at, uint64_t value, unsigned narrow, unsigned wide)
{
	write_at(at, value, shape->wide ? wide : narrow, shape->big_endian);
}

#define PUT(SHAPE, BASE, HEADER, NAME, VALUE)                                                                        \
	put_field(SHAPE, (BASE) + ((SHAPE)->wide ? offsetof(Elf64_##HEADER, NAME) : offsetof(Elf32_##HEADER, NAME)), \
		  VALUE, sizeof(((Elf32_##HEADER *)0)->NAME), sizeof(((Elf64_##HEADER *)0)->NAME))

/* One segment of two pages at 0x40000000, whose words are their addresses' low bits. */
static void make_elf(const struct shape *shape)
{
	const uint64_t segment = shape->wide ? sizeof(Elf64_Ehdr) : sizeof(Elf32_Ehdr);
	const uint64_t section = segment + (shape->wide ? sizeof(Elf64_Phdr) : sizeof(Elf32_Phdr));
	FILE *out = fopen(path, "wb");
	unsigned i;

	assert_non_null(out);
	fprintf(out, ELFMAG "%c%c%c", shape->wide ? ELFCLASS64 : ELFCLASS32, shape->big_endian ? ELFDATA2MSB : ELFDATA2LSB,
		EV_CURRENT);
	assert_int_equal(fseeko(out, PAGE, SEEK_SET), 0);
	for (i = 0; i < 2 * PAGE; i += 8) {
		uint64_t word = htole64(i);

		assert_int_equal(fwrite(&word, 8, 1, out), 1);
	}
	assert_int_equal(fclose(out), 0);
	PUT(shape, 0, Ehdr, e_type, ET_CORE);
	PUT(shape, 0, Ehdr, e_machine, EM_AARCH64);
	PUT(shape, 0, Ehdr, e_version, EV_CURRENT);
	PUT(shape, 0, Ehdr, e_phoff, segment);
	PUT(shape, 0, Ehdr, e_phentsize, section - segment);
	PUT(shape, 0, Ehdr, e_phnum, shape->counted ? PN_XNUM : 1);
	PUT(shape, segment, Phdr, p_type, PT_LOAD);
	PUT(shape, segment, Phdr, p_offset, PAGE);
	PUT(shape, segment, Phdr, p_paddr, 0x40000000);
	PUT(shape, segment, Phdr, p_filesz, 2 * PAGE);
	PUT(shape, segment, Phdr, p_memsz, 2 * PAGE);
	if (!shape->counted)
		return;
	PUT(shape, 0, Ehdr, e_shoff, section);
	PUT(shape, 0, Ehdr, e_shentsize, shape->wide ? sizeof(Elf64_Shdr) : sizeof(Elf32_Shdr));
	PUT(shape, 0, Ehdr, e_shnum, 1);
	PUT(shape, section, Shdr, sh_info, 1);
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

static void all_ranges(void **state)
{
	struct memory_range *list;
	struct its_error error;
	struct memory memory;
	size_t count;

	(void)state;
	make_holes();
	if (!open_core(&memory))
		return;
	assert_int_equal(memory_ranges(&memory, &list, &count, &error), 0);
	assert_int_equal(count, HOLES);
	assert_true(list[HOLES - 1].base == (uint64_t)(2 * HOLES - 2) * PAGE && list[HOLES - 1].size == PAGE);
	free(list);
	memory_close(&memory);
}

static void kdump_cut_off(void **state)
{
	struct memory memory;
	unsigned i;

	(void)state;
	make_core();
	if (!open_core(&memory))
		skip();
	memory_close(&memory);
	expect_cut_off(6 * PAGE);
	/* A page elsewhere, a bitmap without an end, a block that is none. */
	make_core();
	write_at(4 * PAGE, 1000 * PAGE, 8, false);
	expect_refused("24576 of at least 4100096 bytes");
	make_core();
	write_at(436, UINT32_MAX, 4, false);
	expect_refused("is cut off");
	make_core();
	write_at(428, 24, 4, false);
	expect_refused("nothing in its header makes sense");
	/* Registers of a CPU that are too few: libkdumpfile 0.5.1 does not survive to free what it has of the core then. */
	make_core();
	for (i = 1; i < 4; i++)
		write_at(12 + i * 65, '6', 1, false);	/* utsname, without which there is no machine */
	write_at(PAGE + 48, PAGE + 512, 8, false);
	write_at(PAGE + 56, 28, 8, false);
	write_at(PAGE + 512, 5, 4, false);
	write_at(PAGE + 516, 8, 4, false);
	write_at(PAGE + 520, NT_PRSTATUS, 4, false);
	write_at(PAGE + 524, 0x45524f43, 8, false);	/* "CORE" */
	expect_refused("is no core that can be read: ");
	/* Notes behind the end. */
	make_core();
	write_at(PAGE + 48, UINT64_MAX - 8, 8, false);
	write_at(PAGE + 56, 64, 8, false);
	expect_refused("is cut off");
}

static void elf_cut_off(void **state)
{
	unsigned i;

	(void)state;
	for (i = 0; i < 8; i++) {
		const struct shape shape = { i & 1, i & 2, i & 4 };
		struct its_error error;
		struct memory memory;
		struct window window;
		uint64_t words[2];

		make_elf(&shape);
		if (!open_core(&memory))
			skip();
		assert_int_equal(window_open(&window, &memory, 0x40000000, 3 * PAGE, MEMORY_RAM, false, &error), 0);
		assert_int_equal(window_read_words(&window, 2 * PAGE - 16, words, 2, &error), 0);
		assert_int_equal(words[1], 2 * PAGE - 8);
		assert_int_equal(window_read_words(&window, 2 * PAGE, words, 1, &error), ITS_ERR_INPUT);
		assert_non_null(strstr(error.message, "does not hold 0x40002000"));
		window_close(&window);
		memory_close(&memory);
		expect_cut_off(ELF_BYTES);
	}
}

static void shrinks(void **state)
{
	const struct shape shape = { true, false, false };
	struct its_error error;
	struct memory memory;
	struct window window;
	uint64_t words[2];
	unsigned i;

	(void)state;
	for (i = 0; i < 2; i++) {
		if (i)
			make_elf(&shape);
		else
			make_core();
		if (!open_core(&memory))
			skip();
		assert_int_equal(window_open(&window, &memory, i ? 0x40000000 : RING_PFN * PAGE, PAGE, MEMORY_RAM, false, &error), 0);
		assert_int_equal(truncate(path, PAGE), 0);
		assert_int_equal(window_read_words(&window, 0, words, 2, &error), ITS_ERR_INPUT);
		assert_non_null(strstr(error.message, "it has become shorter"));
		window_close(&window);
		memory_close(&memory);
	}
}

static void elf_damaged(void **state)
{
	const struct shape shape = { true, false, false }, counted = { true, false, true };
	const uint64_t segment = sizeof(Elf64_Ehdr), section = segment + sizeof(Elf64_Phdr);
	struct its_error error;
	struct memory memory;
	struct window window;
	uint64_t words[2];

	(void)state;
	make_elf(&shape);
	if (!open_core(&memory))
		skip();
	memory_close(&memory);
	PUT(&shape, 0, Ehdr, e_shoff, 0xff);
	expect_refused("is damaged: its ELF header says that the others have 0 bytes each");
	make_elf(&shape);
	PUT(&shape, segment, Phdr, p_offset, UINT64_MAX - PAGE);
	expect_refused("12288 of at least 18446744073709551615 bytes");
	make_elf(&shape);
	PUT(&shape, 0, Ehdr, e_phoff, UINT64_MAX - 8);
	expect_refused("is cut off");
	make_elf(&shape);
	PUT(&shape, 0, Ehdr, e_phnum, 1000);
	expect_refused("12288 of at least 56064 bytes");
	make_elf(&shape);
	PUT(&shape, 0, Ehdr, e_type, ET_DYN);
	expect_refused("is an ELF file, but no core");
	make_elf(&shape);
	write_at(EI_CLASS, 3, 1, false);
	expect_refused("of a class or byte order that does not exist");
	/* So many sections that their bytes do not fit 64 bits. */
	make_elf(&counted);
	PUT(&counted, 0, Ehdr, e_shnum, 0);
	PUT(&counted, section, Shdr, sh_size, UINT64_C(1) << 60);
	expect_refused("is cut off");
	/* Names that do not end. */
	make_elf(&counted);
	PUT(&counted, 0, Ehdr, e_shnum, 2);
	PUT(&counted, 0, Ehdr, e_shstrndx, 1);
	PUT(&counted, section + sizeof(Elf64_Shdr), Shdr, sh_offset, PAGE);
	PUT(&counted, section + sizeof(Elf64_Shdr), Shdr, sh_size, 9);
	expect_refused("the names of its ELF sections do not end");
	/* A segment of nothing, of which libkdumpfile's map of the RAM makes a write out of bounds. */
	make_elf(&shape);
	PUT(&shape, segment, Phdr, p_filesz, 0);
	PUT(&shape, segment, Phdr, p_memsz, 0);
	assert_true(open_core(&memory));
	assert_int_equal(window_open(&window, &memory, 0x40000000, PAGE, MEMORY_RAM, false, &error), 0);
	assert_int_equal(window_read_words(&window, 0, words, 2, &error), ITS_ERR_INPUT);
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
		cmocka_unit_test(left_out), cmocka_unit_test(found), cmocka_unit_test(all_ranges), cmocka_unit_test(kdump_cut_off),
		cmocka_unit_test(elf_cut_off), cmocka_unit_test(elf_damaged),
		cmocka_unit_test(shrinks),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
