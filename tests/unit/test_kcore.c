// SPDX-License-Identifier: GPL-2.0-or-later
/* Is the right offset found in a core, and nothing believed that a core says? */
#include <elf.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../src/memory/kcore.h"

/* The layout of an arm64 /proc/kcore in small: text, vmalloc and RAM segments. */
struct core {
	Elf64_Ehdr header;
	Elf64_Phdr segments[5];
	uint64_t data[16];
};

static struct core good_core(void)
{
	struct core core = {
		.header = {
			.e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB,
				     EV_CURRENT },
			.e_type = ET_CORE, .e_machine = EM_AARCH64, .e_version = EV_CURRENT,
			.e_phoff = offsetof(struct core, segments),
			.e_phentsize = sizeof(Elf64_Phdr), .e_phnum = 5,
		},
		.segments = {
			{ .p_type = PT_NOTE },
			{ .p_type = PT_LOAD, .p_paddr = UINT64_MAX, .p_offset = 8,
			  .p_filesz = 1ull << 47, .p_memsz = 1ull << 47 },
			{ .p_type = PT_LOAD, .p_paddr = 0x40000000, .p_memsz = 64, .p_filesz = 64,
			  .p_offset = offsetof(struct core, data) },
			{ .p_type = PT_LOAD, .p_paddr = 0x80000000, .p_memsz = 64, .p_filesz = 64,
			  .p_offset = offsetof(struct core, data) + 64 },
			{ .p_type = PT_NULL },
		},
	};

	for (unsigned i = 0; i < 16; i++)
		core.data[i] = 0x1000 + i;
	return core;
}

static int find(const void *bytes, size_t length, uint64_t base, uint64_t size, uint64_t *offset,
		struct its_error *error)
{
	FILE *file = tmpfile();

	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, length, file), length);
	fflush(file);
	int code = kcore_find(fileno(file), base, size, offset, error);

	fclose(file);
	return code;
}

static int find_core(const struct core *core, uint64_t base, uint64_t size, uint64_t *offset)
{
	return find(core, sizeof(*core), base, size, offset, NULL);
}

static void test_find(void **unused)
{
	struct core core = good_core();
	struct its_error error = { 0 };
	uint64_t offset = 0;

	(void)unused;
	assert_int_equal(find_core(&core, 0x80000010, 48, &offset), ITS_OK);
	assert_int_equal(offset, offsetof(struct core, data) + 64 + 0x10);
	assert_int_equal(find_core(&core, 0x40000000, 64, &offset), ITS_OK);
	assert_int_equal(offset, offsetof(struct core, data));
	assert_int_equal(find_core(&core, 0x40000040, 8, &offset), ITS_ERR_ACCESS);
	assert_int_equal(find_core(&core, 0x3ffffff8, 16, &offset), ITS_ERR_ACCESS);
	/* p_paddr -1 is no address, however large the segment. */
	assert_int_equal(find(&core, sizeof(core), UINT64_MAX - 7, 8, &offset, &error),
			 ITS_ERR_ACCESS);
	assert_non_null(strstr(error.message, "none of the core's 2 segments"));
}

static void test_overlap(void **unused)
{
	struct core core = good_core();
	struct its_error error = { 0 };
	uint64_t offset = 0;

	(void)unused;
	/* The text segment holds the start only: the RAM segment behind it holds all. */
	core.segments[1].p_paddr = 0x40000000;
	core.segments[1].p_filesz = core.segments[1].p_memsz = 16;
	assert_int_equal(find_core(&core, 0x40000008, 32, &offset), ITS_OK);
	assert_int_equal(offset, offsetof(struct core, data) + 8);
	assert_int_equal(find(&core, sizeof(core), 0x40000008, 64, &offset, &error),
			 ITS_ERR_ACCESS);
	assert_non_null(strstr(error.message, "all of 0x40000008..0x40000047"));
	/* Where both hold all of it RAM's counts, the larger: freed pages of the image read as 0 in the other. */
	assert_int_equal(find_core(&core, 0x40000008, 8, &offset), ITS_OK);
	assert_int_equal(offset, offsetof(struct core, data) + 8);
	core.segments[4] = core.segments[1];
	core.segments[4].p_type = PT_LOAD;
	core.segments[1].p_type = PT_NULL;
	assert_int_equal(find_core(&core, 0x40000008, 8, &offset), ITS_OK);
	assert_int_equal(offset, offsetof(struct core, data) + 8);
	/* RAM that starts at 0. */
	core.segments[2].p_paddr = 0;
	core.segments[4].p_paddr = 16;
	assert_int_equal(find_core(&core, 24, 8, &offset), ITS_OK);
	assert_int_equal(offset, offsetof(struct core, data) + 24);
}

static void test_no_addresses(void **unused)
{
	struct core core = good_core();
	struct its_error error = { 0 };
	uint64_t offset = 0;

	(void)unused;
	/* RAM may start at 0 ... */
	core.segments[2].p_paddr = 0;
	assert_int_equal(find_core(&core, 8, 8, &offset), ITS_OK);
	assert_int_equal(offset, offsetof(struct core, data) + 8);
	/* ... but Linux before 4.11 says so of every segment. */
	core.segments[1].p_paddr = core.segments[3].p_paddr = 0;
	assert_int_equal(find(&core, sizeof(core), 8, 8, &offset, &error), ITS_ERR_ACCESS);
	assert_non_null(strstr(error.message, "4.11"));
}

static void test_hostile(void **unused)
{
	const struct core good = good_core();
	uint64_t offset;
	struct core core;

	(void)unused;
	for (size_t length = 0; length < offsetof(struct core, data); length++)
		assert_int_equal(find(&good, length, 0x80000000, 8, &offset, NULL), ITS_ERR_INPUT);

#define WITH(change, code) do { \
		core = good; \
		change; \
		assert_int_equal(find_core(&core, 0x80000000, 8, &offset), code); \
	} while (0)
	WITH(core.header.e_ident[0] = 0, ITS_ERR_INPUT);
	WITH(core.header.e_ident[EI_CLASS] = ELFCLASS32, ITS_ERR_INPUT);
	WITH(core.header.e_ident[EI_DATA] = ELFDATA2MSB, ITS_ERR_INPUT);
	WITH(core.header.e_type = ET_EXEC, ITS_ERR_INPUT);
	WITH(core.header.e_phentsize = 0, ITS_ERR_INPUT);
	WITH(core.header.e_phentsize = 32, ITS_ERR_INPUT);
	WITH(core.header.e_phnum = 0, ITS_ERR_INPUT);
	WITH(core.header.e_phnum = PN_XNUM, ITS_ERR_INPUT);
	WITH((core.header.e_phnum = 0xfffe, core.segments[3].p_type = PT_NULL), ITS_ERR_INPUT);
	WITH(core.header.e_phoff = UINT64_MAX, ITS_ERR_INPUT);
	WITH(core.header.e_phoff = INT64_MAX, ITS_ERR_INPUT);
	WITH(core.header.e_phoff = INT64_MAX - 300, ITS_ERR_INPUT);
	WITH(core.segments[3].p_offset = UINT64_MAX, ITS_ERR_ACCESS);
	WITH(core.segments[3].p_offset = INT64_MAX - 4, ITS_ERR_ACCESS);
	WITH(core.segments[3].p_filesz = 0, ITS_ERR_ACCESS);
	WITH(core.segments[3].p_filesz = 4, ITS_ERR_ACCESS);
	WITH(core.segments[3].p_filesz = UINT64_MAX, ITS_OK);
#undef WITH
}

static void test_read(void **unused)
{
	struct core core = good_core();
	FILE *file = tmpfile();
	struct its_error error = { 0 };
	uint64_t words[4] = { 0 };

	(void)unused;
	assert_non_null(file);
	fwrite(&core, sizeof(core), 1, file);
	fflush(file);
	int fd = fileno(file);

	assert_int_equal(kcore_read(fd, offsetof(struct core, data) + 8, words, 32, NULL), ITS_OK);
	assert_int_equal(words[3], 0x1004);
	assert_int_equal(kcore_read(fd, sizeof(core) - 8, words, 16, &error), ITS_ERR_INPUT);
	assert_non_null(strstr(error.message, "the core: it ends at offset"));
	assert_int_equal(kcore_read(fd, UINT64_MAX, words, 8, NULL), ITS_ERR_INPUT);
	fclose(file);
	assert_int_equal(kcore_read(-1, 0, words, 8, NULL), ITS_ERR_ACCESS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_overlap),
		cmocka_unit_test(test_no_addresses),
		cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_read),
	};

	return cmocka_run_group_tests_name("kcore", tests, NULL, NULL);
}
