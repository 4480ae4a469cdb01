// SPDX-License-Identifier: GPL-2.0-or-later
/* Images: how they are named, what they refuse, and that each byte comes from the right file. */
#include "test.h"

#include <stdio.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>
#include <zlib.h>

#include "its/queue.h"

static char directory[] = "/tmp/its-image.XXXXXX";

static char *path_of(char *path, const char *name)
{
	snprintf(path, 200, "%s/%s", directory, name);
	return path;
}

static void make_file(const char *name, const void *data, size_t size)
{
	char path[200];
	FILE *file = fopen(path_of(path, name), "wb");

	assert_non_null(file);
	assert_int_equal(fwrite(data, 1, size, file), size);
	assert_int_equal(fclose(file), 0);
}

static int open_image(struct memory *memory, struct its_error *error, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* '%' in @format stands for the directory. */
static int open_image(struct memory *memory, struct its_error *error, const char *format, ...)
{
	char text[2000], specification[4000] = "image:";
	size_t used = strlen(specification);
	va_list arguments;
	const char *p;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	for (p = text; *p && used < sizeof(specification) - 40; p++)
		used += (size_t)(*p == '%' ? sprintf(specification + used, "%s/", directory)
					   : sprintf(specification + used, "%c", *p));
	memset(error, 0, sizeof(*error));
	return memory_open(memory, specification, error);
}

static void expect_refused(int code, const char *says, const char *specification)
{
	struct its_error error;
	struct memory memory;

	assert_int_equal(open_image(&memory, &error, "%s", specification), code);
	if (!strstr(error.message, says))
		fail_msg("'%s' lacks '%s'", error.message, says);
	assert_null(memory.ops);
}

static uint64_t word(const char *eight)
{
	uint64_t value;

	memcpy(&value, eight, 8);
	return value;
}

static void read_across(void **state)
{
	struct its_error error;
	struct memory memory;
	struct window window;
	uint64_t words[3], value;

	(void)state;
	/* Out of order, adjacent, the middle one so short that a word lies in three files. */
	make_file("a", "01234567abc", 11);
	make_file("b", "XY", 2);
	make_file("c,d@e", "defghijklmn", 11);
	assert_int_equal(open_image(&memory, &error, "%%c,d@e@0x100d,%%a@4096,%%b@0x100b"), 0);
	assert_int_equal(window_open(&window, &memory, 0x1000, 24, MEMORY_RAM, false, &error), 0);
	assert_int_equal(window_read_words(&window, 0, words, 3, &error), 0);
	assert_int_equal(words[0], word("01234567"));
	assert_int_equal(words[1], word("abcXYdef"));
	assert_int_equal(words[2], word("ghijklmn"));
	assert_int_equal(window_read(&window, 12, 32, &value, &error), 0);
	assert_int_equal(value, word("Ydef\0\0\0\0"));
	window_close(&window);
	/* One byte more is not there, and the error says where the last file ends. */
	assert_int_equal(window_open(&window, &memory, 0x1000, 32, MEMORY_RAM, false, &error), ITS_ERR_INPUT);
	assert_non_null(strstr(error.message, "0x1018"));
	assert_non_null(strstr(error.message, "c,d@e"));
	assert_int_equal(window_open(&window, &memory, 0xff8, 16, MEMORY_RAM, false, &error), ITS_ERR_INPUT);
	assert_non_null(strstr(error.message, "0xff8"));
	assert_int_equal(window_open(&window, &memory, 0x1000, 8, MEMORY_RAM, true, &error), ITS_ERR_ACCESS);
	assert_int_equal(window_open(&window, &memory, 0x1000, 8, MEMORY_RAM_UNCACHED, false, &error), ITS_ERR_INPUT);
	memory_close(&memory);
}

static void refused(void **state)
{
	(void)state;
	make_file("one", "12345678", 8);
	make_file("empty", "", 0);
	expect_refused(ITS_ERR_USAGE, "'' is not FILE@ADDRESS", "");
	expect_refused(ITS_ERR_USAGE, "is not FILE@ADDRESS", "%one");
	expect_refused(ITS_ERR_USAGE, "is not FILE@ADDRESS", "@0x1000");
	expect_refused(ITS_ERR_USAGE, "is not FILE@ADDRESS", "%one@0x1000,");
	expect_refused(ITS_ERR_USAGE, "is not FILE@ADDRESS", "%one@0x1000,%one@here");
	expect_refused(ITS_ERR_USAGE, "is not FILE@ADDRESS", "%one@-1");
	expect_refused(ITS_ERR_USAGE, "is not FILE@ADDRESS", "%one@0x10000000000000000");
	expect_refused(ITS_ERR_INPUT, "no-such", "%no-such@0x1000");
	expect_refused(ITS_ERR_INPUT, "empty is empty: nothing lies at 0x1000", "%empty@0x1000");
	expect_refused(ITS_ERR_INPUT, "52 bits", "%one@0x10000000000000");
	expect_refused(ITS_ERR_INPUT, "52 bits", "%one@0xffffffffffff9");
	expect_refused(ITS_ERR_INPUT, "overlaps", "%one@0x1000,%one@0x1007");
	expect_refused(ITS_ERR_INPUT, "overlaps", "%one@0x1000,%one@0x1000");
	expect_refused(ITS_ERR_INPUT, "tmp", "/tmp@0x1000");
}

static void highest_address(void **state)
{
	struct its_error error;
	struct memory memory;
	struct window window;
	uint64_t value;

	(void)state;
	make_file("one", "12345678", 8);
	assert_int_equal(open_image(&memory, &error, "%%one@0xffffffffffff8"), 0);
	assert_int_equal(window_open(&window, &memory, UINT64_C(0xffffffffffff8), 8, MEMORY_RAM, false, &error), 0);
	assert_int_equal(window_read(&window, 0, 64, &value, &error), 0);
	assert_int_equal(value, word("12345678"));
	memory_close(&memory);
}

/* A file of 5 GiB, nearly all of it a hole. */
static void large(void **state)
{
	const uint64_t far = (UINT64_C(5) << 30) - 8;
	struct its_error error;
	struct memory memory;
	struct window window;
	struct memory_range *ranges;
	uint64_t value;
	size_t count;
	char path[200];
	FILE *file = fopen(path_of(path, "large"), "wb");

	(void)state;
	assert_non_null(file);
	assert_int_equal(fseeko(file, (off_t)far, SEEK_SET), 0);
	assert_int_equal(fwrite("farther!", 1, 8, file), 8);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(open_image(&memory, &error, "%%large@0x80000000"), 0);
	assert_int_equal(window_open(&window, &memory, 0x80000000 + far, 8, MEMORY_RAM, false, &error), 0);
	assert_int_equal(window_read(&window, 0, 64, &value, &error), 0);
	assert_int_equal(value, word("farther!"));
	window_close(&window);
	assert_int_equal(memory_ranges(&memory, &ranges, &count, &error), 0);
	assert_int_equal(count, 1);
	assert_int_equal(ranges[0].size, far + 8);
	free(ranges);
	memory_close(&memory);
	unlink(path);
}

static void shrinks(void **state)
{
	struct its_error error;
	struct memory memory;
	struct window window;
	uint64_t value;
	char path[200];

	(void)state;
	make_file("shrinks", "1234567812345678", 16);
	assert_int_equal(open_image(&memory, &error, "%%shrinks@0"), 0);
	assert_int_equal(window_open(&window, &memory, 0, 16, MEMORY_RAM, false, &error), 0);
	assert_int_equal(truncate(path_of(path, "shrinks"), 12), 0);
	assert_int_equal(window_read(&window, 0, 64, &value, &error), 0);
	assert_int_equal(window_read(&window, 8, 64, &value, &error), ITS_ERR_INPUT);
	assert_non_null(strstr(error.message, "for address 0x8: it ends at offset 0xc"));
	memory_close(&memory);
}

static void gzipped(void **state)
{
	static char data[300000];
	struct its_error error;
	struct memory memory;
	struct window window;
	struct stat status;
	uint64_t value;
	char path[200];
	gzFile file = gzopen(path_of(path, "z.gz"), "wb");

	(void)state;
	memcpy(data + 100000, "somewhat", 8);
	memcpy(data + sizeof(data) - 8, "the end!", 8);
	assert_non_null(file);
	assert_int_equal(gzwrite(file, data, sizeof(data)), sizeof(data));
	assert_int_equal(gzclose(file), Z_OK);
	assert_int_equal(open_image(&memory, &error, "%%z.gz@0x40000000"), 0);
	assert_int_equal(window_open(&window, &memory, 0x40000000, sizeof(data), MEMORY_RAM, false, &error), 0);
	assert_int_equal(window_read(&window, 100000, 64, &value, &error), 0);
	assert_int_equal(value, word("somewhat"));
	assert_int_equal(window_read(&window, sizeof(data) - 8, 64, &value, &error), 0);
	assert_int_equal(value, word("the end!"));
	window_close(&window);
	memory_close(&memory);
	/* Cut off, and with a byte changed. */
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(truncate(path, status.st_size - 20), 0);
	expect_refused(ITS_ERR_INPUT, "z.gz", "%z.gz@0");
	make_file("bad.gz", "\x1f\x8b\x08\0\0\0\0\0\0\0\xff\xff\xff\xff", 14);
	expect_refused(ITS_ERR_INPUT, "bad.gz", "%bad.gz@0");
	setenv("TMPDIR", "/nowhere", 1);
	expect_refused(ITS_ERR_INPUT, "temporary file in /nowhere", "%bad.gz@0");
	unsetenv("TMPDIR");
}

/* One gzip stream of @size bytes of @value. */
static size_t gzip(unsigned char *to, size_t room, char value, size_t size)
{
	z_stream stream = { 0 };
	unsigned char *data = malloc(size);

	assert_non_null(data);
	memset(data, value, size);
	assert_int_equal(deflateInit2(&stream, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY), Z_OK);
	stream.next_in = data;
	stream.avail_in = (unsigned)size;
	stream.next_out = to;
	stream.avail_out = (unsigned)room;
	assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
	deflateEnd(&stream);
	free(data);
	return room - stream.avail_out;
}

/* How many bytes the one file of an image has, and what is said about it; NULL: nothing. */
static void expect_size(const char *specification, uint64_t size, const char *says)
{
	struct its_error error;
	struct memory memory;
	struct memory_range *ranges;
	const char *remark;
	size_t count;

	assert_int_equal(open_image(&memory, &error, "%s", specification), 0);
	assert_int_equal(memory_ranges(&memory, &ranges, &count, &error), 0);
	assert_int_equal(count, 1);
	assert_int_equal(ranges[0].size, size);
	free(ranges);
	remark = memory.ops->remark(&memory);
	if (says ? !remark || !strstr(remark, says) : remark != NULL)
		fail_msg("%s: '%s' instead of '%s'", specification, remark ? remark : "", says ? says : "");
	memory_close(&memory);
}

/* RAM may begin with a compressed kernel. */
static void gzip_or_ram(void **state)
{
	static unsigned char data[100000];
	size_t one = gzip(data, sizeof(data), 'a', 200000), both = one + gzip(data + one, sizeof(data) - one, 'b', 1000);
	char path[200];

	(void)state;
	make_file("plain", data, one);
	expect_size("%plain@0", 200000, "plain is a gzip'ed file from its first byte to its last, and was unpacked");
	make_file("called.gz", data, one);
	expect_size("%called.gz@0", 200000, NULL);
	make_file("called.GZ", data, both);
	expect_size("%called.GZ@0", 201000, NULL);
	make_file("plain", data, both);
	expect_size("%plain@0", 201000, "was unpacked");
	make_file("plain", data, sizeof(data));
	expect_size("%plain@0", sizeof(data), "(more follows behind it): it is read as it is");
	make_file("plain", data, both + 1);
	expect_size("%plain@0", both + 1, "(more follows behind it): it is read as it is");
	/* gzip takes it for padding, too. */
	make_file("called.gz", data, sizeof(data));
	expect_size("%called.gz@0", 201000, NULL);
	make_file("plain", data, one - 1);
	expect_size("%plain@0", one - 1, "(it ends too early): it is read as it is");
	make_file("called.gz", data, one - 1);
	expect_refused(ITS_ERR_INPUT, "called.gz: it ends too early", "%called.gz@0");
	memset(data + 10, 0xff, 8);
	make_file("plain", data, one);
	expect_size("%plain@0", one, "plain begins as gzip'ed files do, but is none (invalid ");
	make_file("called.gz", data, one);
	snprintf(path, sizeof(path), "cannot unpack %s/called.gz: invalid ", directory);
	expect_refused(ITS_ERR_INPUT, path, "%called.gz@0");
}

/* Before the C library's: a disk that has so many MiB left. */
static unsigned mib_left, mib_of;

int fstatvfs(int fd, struct statvfs *disk)
{
	(void)fd;
	*disk = (struct statvfs){ .f_frsize = 1u << 20, .f_blocks = mib_of, .f_bfree = mib_left + 10, .f_bavail = mib_left };
	return 0;
}

static void disk_not_filled(void **state)
{
	static unsigned char data[100000];
	struct its_error error;
	struct memory memory;

	(void)state;
	make_file("ones.gz", data, gzip(data, sizeof(data), '\xff', 5000000));
	make_file("zeros.gz", data, gzip(data, sizeof(data), 0, 5000000));
	mib_of = 320;
	mib_left = 20;
	assert_int_equal(open_image(&memory, &error, "%%ones.gz@0"), ITS_ERR_INPUT);
	assert_string_equal(error.message, "no room in /var/tmp: 20 MiB are free there, and its-tool leaves the last 20 to others");
	assert_non_null(strstr(error.hint, "TMPDIR"));
	/* Zeros need no room. */
	expect_size("%zeros.gz@0", 5000000, NULL);
	mib_left = 21;
	expect_size("%ones.gz@0", 5000000, NULL);
	/* Of a large disk it is not a 16th. */
	mib_of = 1000000;
	mib_left = 255;
	expect_refused(ITS_ERR_INPUT, "255 MiB are free there, and its-tool leaves the last 256", "%ones.gz@0");
	mib_left = 257;
	expect_size("%ones.gz@0", 5000000, NULL);
	mib_of = 0;
}

/* A register frame of which only the queue's registers were saved, and the user's word for the rest. */
static void partial_frame(void **state)
{
	uint64_t frame[0xa0 / 8] = { [0x80 / 8] = UINT64_C(0xb80000004083040f), [0x88 / 8] = 0x60, [0x90 / 8] = 0x41 };
	struct board board;
	struct its_error error;
	struct memory memory;
	struct queue queue;
	uint64_t base = 0x8080000, value;
	unsigned i;

	(void)state;
	make_file("frame", &frame[0x80 / 8], 0x18);
	assert_int_equal(open_image(&memory, &error, "%%frame@0x8080080"), 0);
	assert_false(queue_is_frame(&memory, base - 0x10000));
	assert_true(queue_is_frame(&memory, base));
	assert_int_equal(board_alone(&board, &base, &error), 0);
	assert_int_equal(queue_open(&queue, &memory, &board.its[0], false, &error), 0);
	assert_false(queue_assumes(&queue, GITS_CBASER));
	assert_true(queue_assumes(&queue, GITS_TYPER));
	assert_true(queue_assumes(&queue, GITS_CTLR));
	assert_true(queue_stalled(&queue));
	assert_int_equal(queue_cwriter_slot(&queue), 3);
	assert_int_equal(queue_register_read(&queue, GITS_TYPER, &value, &error), ITS_ERR_INPUT);
	assert_non_null(strstr(error.message, "GITS_TYPER is not known"));
	assert_non_null(strstr(error.message, "0x8080008"));
	assert_non_null(strstr(error.hint, "--typer"));
	queue_close(&queue);
	/* The user's word counts more, and needs no frame. */
	for (i = 0; i < 2; i++) {
		board.its[0].given[0] = (struct board_given){ GITS_CREADR, 0x20 };
		board.its[0].n_given = 1;
		board.its[0].base = i ? 0x9090000 : base;
		assert_int_equal(queue_open(&queue, &memory, &board.its[0], false, &error), 0);
		assert_int_equal(queue_creadr_slot(&queue), 1);
		assert_int_equal(queue_cwriter_slot(&queue), i ? 1 : 3);
		assert_int_equal(queue_attach(&queue, &error), ITS_ERR_INPUT);
		assert_non_null(strstr(error.message, i ? "GITS_CBASER is not known" : "0x40830000"));
		queue_close(&queue);
	}
	board.its[0].n_given = 0;
	assert_int_equal(queue_open(&queue, &memory, &board.its[0], false, &error), ITS_ERR_INPUT);
	board_free(&board);
	memory_close(&memory);
}

static int setup(void **state)
{
	(void)state;
	return mkdtemp(directory) ? 0 : -1;
}

static int teardown(void **state)
{
	char command[200];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf '%s'", directory);
	return system(command);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(read_across), cmocka_unit_test(refused), cmocka_unit_test(highest_address),
		cmocka_unit_test(large), cmocka_unit_test(shrinks), cmocka_unit_test(gzipped),
		cmocka_unit_test(gzip_or_ram), cmocka_unit_test(disk_not_filled), cmocka_unit_test(partial_frame),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
