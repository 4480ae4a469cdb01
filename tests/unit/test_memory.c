// SPDX-License-Identifier: GPL-2.0-or-later
/* Does the front door check every access, and does devmem say why it cannot serve? */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../src/memory/refusal.h"
#include "../../src/memory/sources.h"
#include "its/memory.h"

/* A source whose windows are not mapped, to see what reaches it. */
static struct {
	uint64_t words[4];
	unsigned reads, writes, unmaps;
} fake;

static int fake_map(struct window *window, struct its_error *error)
{
	if (window->base == 0xbad000)
		return its_error(error, ITS_ERR_ACCESS, "refused");
	return ITS_OK;
}

static void fake_unmap(struct window *window)
{
	(void)window;
	fake.unmaps++;
}

static int fake_read(struct window *window, uint64_t offset, unsigned width, uint64_t *value,
		     struct its_error *error)
{
	fake.reads++;
	if (offset == 24)
		return its_error(error, ITS_ERR_INPUT, "broken word");
	(void)window;
	*value = fake.words[offset / 8];
	if (width == 32)
		*value = (uint32_t)(*value >> (offset % 8 * 8));
	return ITS_OK;
}

static int fake_write(struct window *window, uint64_t offset, unsigned width, uint64_t value,
		      struct its_error *error)
{
	(void)window;
	(void)width;
	(void)error;
	fake.writes++;
	fake.words[offset / 8] = value;
	return ITS_OK;
}

static const struct memory_ops fake_ops = {
	.scheme = "fake", .map = fake_map, .unmap = fake_unmap, .read = fake_read,
	.write = fake_write,
};

static int reset(void **unused)
{
	(void)unused;
	memset(&fake, 0, sizeof(fake));
	return 0;
}

static void test_bounds(void **unused)
{
	struct memory memory = { .ops = &fake_ops };
	struct window window;
	uint64_t value = 0, words[5] = { 1, 2, 3, 4, 5 };

	(void)unused;
	assert_int_equal(window_open(&window, &memory, 0x1000, 32, MEMORY_RAM, true, NULL), ITS_OK);
	assert_string_equal(window.via, "fake");
	assert_int_equal(window_read(&window, 32, 64, &value, NULL), ITS_ERR_INPUT);
	assert_int_equal(window_read(&window, 32, 32, &value, NULL), ITS_ERR_INPUT);
	assert_int_equal(window_read(&window, UINT64_MAX - 7, 64, &value, NULL), ITS_ERR_INPUT);
	assert_int_equal(window_read(&window, 4, 64, &value, NULL), ITS_ERR_INPUT);
	assert_int_equal(window_read(&window, 2, 32, &value, NULL), ITS_ERR_INPUT);
	assert_int_equal(window_read(&window, 0, 16, &value, NULL), ITS_ERR_INPUT);
	assert_int_equal(window_write(&window, 0, 32, 1ull << 32, NULL), ITS_ERR_INPUT);
	assert_int_equal(window_write_words(&window, 0, words, 5, NULL), ITS_ERR_INPUT);
	assert_int_equal(window_write_words(&window, 8, words, 4, NULL), ITS_ERR_INPUT);
	assert_int_equal(window_write_words(&window, 0, words, SIZE_MAX, NULL), ITS_ERR_INPUT);
	assert_int_equal(window_read_words(&window, 32, words, 1, NULL), ITS_ERR_INPUT);
	assert_int_equal(fake.reads + fake.writes, 0);

	assert_int_equal(window_write_words(&window, 0, words, 4, NULL), ITS_OK);
	assert_int_equal(fake.writes, 4);
	assert_int_equal(window_read(&window, 8, 64, &value, NULL), ITS_OK);
	assert_int_equal(value, 2);
	memset(words, 0, sizeof(words));
	assert_int_equal(window_read_words(&window, 8, words, 2, NULL), ITS_OK);
	assert_int_equal(words[1], 3);
	/* The loop ends at the first word that fails. */
	fake.reads = 0;
	assert_int_equal(window_read_words(&window, 24, words, 1, NULL), ITS_ERR_INPUT);
	assert_int_equal(fake.reads, 1);
	window_publish(&window, 16, UINT64_MAX, true);
	window_close(&window);
	window_close(&window);
	assert_int_equal(fake.unmaps, 1);
}

static void test_open_range(void **unused)
{
	struct memory memory = { .ops = &fake_ops };
	struct window window;

	(void)unused;
	assert_int_equal(window_open(&window, &memory, 4, 8, MEMORY_RAM, false, NULL),
			 ITS_ERR_INPUT);
	assert_int_equal(window_open(&window, &memory, 8, 4, MEMORY_RAM, false, NULL),
			 ITS_ERR_INPUT);
	assert_int_equal(window_open(&window, &memory, 8, 0, MEMORY_RAM, false, NULL),
			 ITS_ERR_INPUT);
	assert_int_equal(window_open(&window, &memory, UINT64_MAX - 7, 16, MEMORY_RAM, false, NULL),
			 ITS_ERR_INPUT);
	assert_int_equal(window_open(&window, &memory, UINT64_MAX - 7, 8, MEMORY_RAM, false, NULL),
			 ITS_OK);
	window_close(&window);
	assert_int_equal(window_open(&window, &memory, 0xbad000, 8, MEMORY_RAM, false, NULL),
			 ITS_ERR_ACCESS);
	window_close(&window);
	assert_int_equal(fake.unmaps, 1);

	assert_int_equal(window_open(&window, &memory, 0, 8, MEMORY_RAM, false, NULL), ITS_OK);
	assert_int_equal(window_write(&window, 0, 64, 1, NULL), ITS_ERR_ACCESS);
	assert_int_equal(fake.writes, 0);
	window_close(&window);
}

static void test_no_break(void **unused)
{
	struct memory memory = { .ops = &fake_ops };
	char *data;
	size_t size;

	(void)unused;
	assert_int_equal(memory_prepare(&memory, NULL), ITS_OK);
	assert_int_equal(memory_pause(&memory, 0, NULL), ITS_OK);
	memory_resume(&memory);
	memory_finish(&memory);
	memory_relax(&memory);
	assert_int_equal(memory_file(&memory, MEMORY_FILE_DTB, &data, &size, NULL), ITS_ERR_INPUT);
}

static void test_specification(void **unused)
{
	static const char *const wrong[] = {
		"", ":", "dev", "devmemx", "devmemx:file", "nosuch:a:b",
	};
	struct its_error error;
	struct memory memory;

	(void)unused;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		assert_int_equal(memory_open(&memory, wrong[i], &error), ITS_ERR_USAGE);
		assert_null(memory.ops);
		assert_non_null(strstr(error.hint, "devmem"));
	}
	assert_int_equal(memory_open(&memory, "devmem:", &error), ITS_ERR_USAGE);
	assert_null(memory.ops);
	assert_int_equal(memory_open(&memory, "devmem", &error), ITS_OK);
	assert_string_equal(memory.ops->scheme, "devmem");
	memory_close(&memory);
	memory_close(&memory);
}

/* An ordinary file stands in for /dev/mem: word n holds 0x100000000 * n + n + 1. */
static char path[] = "/tmp/its-test-memory-XXXXXX";
static char source[sizeof(path) + 8];

static int make_file(void **unused)
{
	int fd = mkstemp(path);

	(void)unused;
	if (fd < 0)
		return -1;
	for (uint64_t i = 0; i < 32768; i++) {
		uint64_t word = i << 32 | (i + 1);

		if (write(fd, &word, sizeof(word)) != sizeof(word))
			return -1;
	}
	snprintf(source, sizeof(source), "devmem:%s", path);
	return close(fd);
}

static int remove_file(void **unused)
{
	(void)unused;
	return unlink(path);
}

static void test_mapped(void **unused)
{
	struct memory memory;
	struct window window;
	uint64_t value, words[3];

	(void)unused;
	assert_int_equal(memory_open(&memory, source, NULL), ITS_OK);
	/* Not aligned to a page, and across one of 4, 16 and 64 KiB. */
	assert_int_equal(window_open(&window, &memory, 0xfff8, 64, MEMORY_RAM, true, NULL), ITS_OK);
	assert_string_equal(window.via, path);
	assert_int_equal(window_read(&window, 8, 64, &value, NULL), ITS_OK);
	assert_int_equal(value, 0x200000002001);
	assert_int_equal(window_read(&window, 12, 32, &value, NULL), ITS_OK);
	assert_int_equal(value, 0x2000);
	assert_int_equal(window_write(&window, 16, 32, 0xabcd, NULL), ITS_OK);
	words[0] = 7;
	words[1] = 8;
	assert_int_equal(window_write_words(&window, 24, words, 2, NULL), ITS_OK);
	window_publish(&window, 16, 24, true);
	window_publish(&window, 16, 24, false);
	window_close(&window);

	assert_int_equal(window_open(&window, &memory, 0x10008, 24, MEMORY_RAM, false, NULL),
			 ITS_OK);
	assert_int_equal(window_read_words(&window, 0, words, 3, NULL), ITS_OK);
	assert_int_equal(words[0], 0x20010000abcd);
	assert_int_equal(words[1], 7);
	assert_int_equal(words[2], 8);
	window_close(&window);
	assert_int_equal(window_open(&window, &memory, 0x3fff8, 16, MEMORY_RAM, false, NULL),
			 ITS_ERR_INPUT);
	memory_close(&memory);
}

static void test_lock(void **unused)
{
	struct memory first, second;
	struct window a, b, c;
	struct its_error error;

	(void)unused;
	assert_int_equal(memory_open(&first, source, NULL), ITS_OK);
	assert_int_equal(memory_open(&second, source, NULL), ITS_OK);
	assert_int_equal(window_open(&a, &first, 0, 64, MEMORY_REGISTERS, true, NULL), ITS_OK);
	/* The same tool may open more. */
	assert_int_equal(window_open(&b, &first, 64, 64, MEMORY_REGISTERS, true, NULL), ITS_OK);
	assert_int_equal(window_open(&c, &second, 0, 64, MEMORY_REGISTERS, true, &error),
			 ITS_ERR_UNSAFE);
	assert_non_null(strstr(error.message, "another its-tool is writing"));
	assert_int_equal(window_open(&c, &second, 0, 64, MEMORY_REGISTERS, false, NULL), ITS_OK);
	window_close(&c);
	window_close(&b);
	window_close(&a);
	memory_close(&first);
	assert_int_equal(window_open(&c, &second, 0, 64, MEMORY_REGISTERS, true, NULL), ITS_OK);
	window_close(&c);
	memory_close(&second);
}

static void test_no_device(void **unused)
{
	struct its_error error;
	struct memory memory;
	struct window window;

	(void)unused;
	assert_int_equal(memory_open(&memory, "devmem:/nonexistent", NULL), ITS_OK);
	assert_int_equal(window_open(&window, &memory, 0x8080000, 64, MEMORY_REGISTERS, false,
				     &error), ITS_ERR_ACCESS);
	assert_non_null(strstr(error.message, "open /nonexistent for the registers at 0x8080000"));
	assert_non_null(strstr(error.message, strerror(ENOENT)));
	window_close(&window);
	memory_close(&memory);
}

static void test_interrupts(void **unused)
{
	struct memory memory;
	char *data;
	size_t size;

	(void)unused;
	if (access("/proc/interrupts", R_OK))
		skip();
	assert_int_equal(memory_open(&memory, "devmem", NULL), ITS_OK);
	assert_int_equal(memory_file(&memory, MEMORY_FILE_INTERRUPTS, &data, &size, NULL), ITS_OK);
	assert_true(size > 0);
	assert_int_equal(strlen(data), size);
	assert_non_null(strstr(data, "CPU"));
	free(data);
	memory_close(&memory);
}

/* Every way the kernel refuses has its own words: the cause, and the way out. */
static void test_refusals(void **unused)
{
	static const struct {
		struct refusal refusal;
		const char *says, *hints;
	} cases[] = {
		{ { .call = REFUSAL_OPEN, .cause = ENOENT, .root = true, .raw_io = true },
		  "CONFIG_DEVMEM", "CONFIG_DEVMEM=y" },
		{ { .call = REFUSAL_OPEN, .cause = ENXIO, .root = true, .raw_io = true },
		  "no driver", "CONFIG_DEVMEM=y" },
		{ { .call = REFUSAL_OPEN, .cause = EACCES }, "needs root", "sudo" },
		{ { .call = REFUSAL_OPEN, .cause = EPERM }, "needs root", "sudo" },
		{ { .call = REFUSAL_OPEN, .cause = EPERM, .root = true }, "CAP_SYS_RAWIO",
		  "container" },
		{ { .call = REFUSAL_OPEN, .cause = EPERM, .root = true, .raw_io = true,
		    .lockdown = "integrity" }, "lockdown is on (integrity)", "Secure Boot" },
		{ { .call = REFUSAL_OPEN, .cause = EPERM, .root = true, .raw_io = true,
		    .lockdown = "integrity" }, "lockdown", "--cbaser: it is then read through /proc/kcore" },
		{ { .call = REFUSAL_OPEN, .cause = ENOENT }, "CONFIG_DEVMEM", "/proc/kcore" },
		{ { .call = REFUSAL_OPEN, .cause = ENXIO }, "CONFIG_DEVMEM", "/proc/kcore" },
		{ { .call = REFUSAL_OPEN, .cause = EPERM, .root = true, .raw_io = true,
		    .lockdown = "none" }, "device cgroup, a security module forbids", "ls -l" },
		{ { .call = REFUSAL_OPEN, .cause = EPERM, .root = true, .raw_io = true },
		  "or kernel lockdown forbids", "dmesg" },
		{ { .call = REFUSAL_MMAP, .cause = EPERM, .owner = "GICR" },
		  "claimed by a driver (GICR), and the kernel has CONFIG_IO_STRICT_DEVMEM",
		  "iomem=relaxed" },
		{ { .call = REFUSAL_MMAP, .cause = EPERM, .ram = true }, "CONFIG_STRICT_DEVMEM",
		  "CONFIG_STRICT_DEVMEM=n" },
		{ { .call = REFUSAL_MMAP, .cause = EPERM, .kind = MEMORY_RAM, .writable = true },
		  "the RAM at 0x40830000 (to write)", "no privilege gets round it" },
		{ { .call = REFUSAL_MMAP, .cause = EPERM, .kind = MEMORY_RAM },
		  "CONFIG_STRICT_DEVMEM", "CONFIG_PROC_KCORE" },
		{ { .call = REFUSAL_MMAP, .cause = EINVAL }, "beyond", "device tree" },
	};

	(void)unused;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct refusal refusal = cases[i].refusal;
		struct its_error error;

		refusal.path = "/dev/mem";
		refusal.base = 0x40830000;
		assert_int_equal(refusal_error(&refusal, &error), ITS_ERR_ACCESS);
		if (!strstr(error.message, cases[i].says) || !strstr(error.hint, cases[i].hints))
			fail_msg("case %zu: %s; %s", i, error.message, error.hint);
		assert_non_null(strstr(error.message, "0x40830000"));
		assert_non_null(strstr(error.message, strerror(refusal.cause)));
		/* Only what is a device is refused for the kernel's reasons. */
		refusal.foreign = true;
		assert_int_equal(refusal_error(&refusal, &error), ITS_ERR_ACCESS);
		assert_null(strstr(error.message, "kernel"));
		assert_null(strstr(error.message, "needs root"));
		assert_string_equal(strstr(error.message, strerror(refusal.cause)), strerror(refusal.cause));
	}
	/* Confidentiality closes /proc/kcore as well. */
	struct refusal closed = { .call = REFUSAL_OPEN, .cause = EPERM, .root = true, .raw_io = true, .path = "/dev/mem",
				  .lockdown = "confidentiality" };
	struct its_error error;

	assert_int_equal(refusal_error(&closed, &error), ITS_ERR_ACCESS);
	assert_null(strstr(error.hint, "kcore"));
	closed.path = "/nonexistent/mem";
	refusal_gather(&closed);
	assert_true(closed.foreign);
	closed.path = "/dev/null";
	refusal_gather(&closed);
	assert_false(closed.foreign);
	/* An ITS that reads past the caches, and a build that cannot clean them. */
	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(refusal_uncleaned(i & 1, i & 2, &error), i == 1 ? ITS_ERR_UNSAFE : ITS_OK);
	assert_non_null(strstr(error.hint, "arm64"));
	assert_non_null(memory_devmem.check_ring);
#ifndef __arm__
	assert_int_equal(memory_devmem.check_ring(NULL, true, &error), ITS_OK);
#endif
	assert_int_equal(memory_devmem.check_ring(NULL, false, &error), ITS_OK);
}

static void test_facts(void **unused)
{
	struct refusal refusal = { .base = 0x80a0000, .path = "/dev/mem" };
	char mode[20];

	(void)unused;
	refusal_lockdown("none [integrity] confidentiality\n", mode, sizeof(mode));
	assert_string_equal(mode, "integrity");
	refusal_lockdown("[none] integrity confidentiality\n", mode, sizeof(mode));
	assert_string_equal(mode, "none");
	refusal_lockdown("none integrity", mode, sizeof(mode));
	assert_string_equal(mode, "");
	refusal_lockdown("[a very long word that fits nowhere]", mode, sizeof(mode));
	assert_string_equal(mode, "");
	refusal_lockdown("[open", mode, sizeof(mode));
	assert_string_equal(mode, "");

	refusal_iomem_line(&refusal, "00000000-00000000 : System RAM\n");
	refusal_iomem_line(&refusal, "nonsense\n");
	refusal_iomem_line(&refusal, "08000000-08ffffff\n");
	assert_string_equal(refusal.owner, "");
	refusal_iomem_line(&refusal, "080a0000-08ffffff : GICR\n");
	assert_string_equal(refusal.owner, "GICR");
	assert_false(refusal.ram);
	refusal_iomem_line(&refusal, "40000000-4fffffff : System RAM\n");
	assert_false(refusal.ram);
	refusal.base = 0x40210000;
	refusal_iomem_line(&refusal, "40000000-4fffffff : System RAM\n");
	refusal_iomem_line(&refusal, "  40210000-40ffffff : Kernel code\n");
	assert_true(refusal.ram);
	assert_string_equal(refusal.owner, "Kernel code");
	refusal_gather(&refusal);
	assert_int_equal(refusal.root, geteuid() == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_bounds, reset),
		cmocka_unit_test_setup(test_open_range, reset),
		cmocka_unit_test(test_no_break),
		cmocka_unit_test(test_specification),
		cmocka_unit_test(test_mapped),
		cmocka_unit_test(test_lock),
		cmocka_unit_test(test_no_device),
		cmocka_unit_test(test_interrupts),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_facts),
	};

	return cmocka_run_group_tests_name("memory", tests, make_file, remove_file);
}
