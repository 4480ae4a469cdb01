// SPDX-License-Identifier: GPL-2.0-or-later
/* Does a capture hold what was read, and is its text read as it was written, however it is edited? */
#include <stdio.h>
#include <unistd.h>

#include "its/capture.h"
#include "its/register.h"
#include "test.h"

static struct store *parse_ok(const char *text, struct capture_remarks *remarks)
{
	struct capture_remarks ignored;
	struct its_error error = { 0 };
	struct store *store = store_new();

	assert_non_null(store);
	if (capture_parse(store, text, strlen(text), "test", remarks ? remarks : &ignored, &error))
		fail_msg("%s: %s", text, error.message);
	return store;
}

static char *write_text(const struct store *store)
{
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	assert_true(capture_write(store, NULL, out));
	assert_int_equal(fclose(out), 0);
	return text;
}

#define FIRST "its-tool-capture 1\n"
#define TEXT(TEXT) TEXT, sizeof(TEXT) - 1

static void reads_each_kind_of_line(void **state)
{
	struct capture_remarks remarks;
	struct its_error error;
	uint64_t words[4], missing;
	struct store *store = parse_ok(
		FIRST
		"# a comment\r\n"
		"\t; another\n"
		"0x8080090 64 0x3c0 ; GITS_CREADR\n"
		"0x8080088 64 0x3c0 992# moves\n"
		"0x8080000 32 0xffffffff\r\n"
		"ram 0x1000 1 0x2 03 0xffffffffffffffff\n"
		"zero 0x1000 0x100\n"
		"fill 0x2000 0x10 0xa0a0\n"
		"uncached 0x1008 7\n"
		"window 0x1000 0x1000 uncached \"/dev/mem\"\n"
		"window 0x8080000 0x10000 registers word\n"
		"refused 0x5000 0x1000 ram 4 \"no \\a\" \"ask \\\"root\\\"\" 3\n"
		"unreadable 0x8080008 8 registers 6 bad\n"
		"interrupts \" 20: \\x41\\\\ ;#\"\n"
		"interrupts \"last\\c\"\n"
		"dtb 0x4 zero 2\n"
		"dtb 0 d00dFEED\n"
		"missing system 4 \"not allowed\" hint\n"
		"tool 9.9\n"
		"its 0x8080000\n"
		"given GITS_CWRITER 0x3c0\n"
		"given GITS_CBASER 0xb80000004083040f\n"
		"end", &remarks);
	struct store_register *reg = store_register(store, 0x8080090, 64);

	assert_true(remarks.whole);
	assert_int_equal(remarks.skipped, 0);
	assert_non_null(reg);
	assert_int_equal(reg->value, 0x3c0);
	assert_false(reg->moves);
	reg = store_register(store, 0x8080088, 64);
	assert_true(reg->moves);
	assert_int_equal(reg->second, 992);
	assert_null(store_register(store, 0x8080000, 64));
	assert_int_equal(store_register(store, 0x8080000, 32)->value, 0xffffffff);
	/* A word in a run counts, wherever it stands. */
	assert_true(store_read(store, MEMORY_RAM, 0x1000, words, 4, &missing));
	assert_int_equal(words[2], 3);
	assert_true(words[3] == UINT64_MAX);
	assert_true(store_read(store, MEMORY_RAM, 0x10f8, words, 1, &missing));
	assert_int_equal(words[0], 0);
	assert_false(store_read(store, MEMORY_RAM, 0x10f8, words, 2, &missing));
	assert_int_equal(missing, 0x1100);
	assert_true(store_read(store, MEMORY_RAM, 0x2008, words, 1, &missing));
	assert_int_equal(words[0], 0xa0a0);
	assert_true(store_read(store, MEMORY_RAM_UNCACHED, 0x1000, words, 2, &missing));
	assert_int_equal(words[0], 1);
	assert_int_equal(words[1], 7);
	assert_string_equal(store_via(store, MEMORY_RAM_UNCACHED, 0x1ff8, 8), "/dev/mem");
	assert_null(store_via(store, MEMORY_RAM_UNCACHED, 0x1ff8, 16));
	assert_null(store_via(store, MEMORY_RAM, 0x1000, 8));
	assert_string_equal(store_via(store, MEMORY_REGISTERS, 0x8080000, 0x10000), "word");
	assert_int_equal(store_refused(store, STORE_OPEN, MEMORY_RAM, 0x7000, 0x1000, &error), ITS_ERR_ACCESS);
	assert_string_equal(error.message, "no 0x7000");
	assert_string_equal(error.hint, "ask \"root\"");
	assert_int_equal(store_refused(store, STORE_OPEN, MEMORY_RAM, 0x8000, 0x1000, &error), ITS_OK);
	assert_int_equal(store_refused(store, STORE_OPEN, MEMORY_RAM, 0x7000, 0x800, &error), ITS_OK);
	assert_int_equal(store_refused(store, STORE_OPEN, MEMORY_REGISTERS, 0x7000, 0x1000, &error), ITS_OK);
	assert_int_equal(store_refused(store, STORE_READ, MEMORY_REGISTERS, 0x8080008, 8, &error), ITS_ERR_INPUT);
	assert_string_equal(error.hint, "");
	assert_int_equal(store->files[MEMORY_FILE_INTERRUPTS].size, 15);
	assert_memory_equal(store->files[MEMORY_FILE_INTERRUPTS].data, " 20: A\\ ;#\nlast", 15);
	assert_int_equal(store->files[MEMORY_FILE_DTB].size, 6);
	assert_memory_equal(store->files[MEMORY_FILE_DTB].data, "\xd0\x0d\xfe\xed\0\0", 6);
	assert_true(store->files[MEMORY_FILE_SYSTEM].refused);
	assert_int_equal(store->files[MEMORY_FILE_SYSTEM].error.code, ITS_ERR_ACCESS);
	assert_string_equal(store->tool, "9.9");
	assert_true(store->told.has_base);
	assert_int_equal(store->told.base, 0x8080000);
	assert_int_equal(store->told.n_given, 2);
	assert_int_equal(store->told.given[1].id, GITS_CBASER);
	assert_true(store->told.given[1].value == 0xb80000004083040f);
	store_free(store);
	(void)state;
}

static void remarks_on_what_it_does_not_know(void **state)
{
	struct capture_remarks remarks;

	store_free(parse_ok(FIRST "\nnew-thing 1 2 3\nnew-thing\n\"quoted\"\n", &remarks));
	assert_int_equal(remarks.skipped, 3);
	assert_int_equal(remarks.first_skipped, 3);
	assert_string_equal(remarks.word, "new-thing");
	assert_false(remarks.whole);
	(void)state;
}

/* Where a file was cut off, half of a number would be another number. */
static void leaves_out_a_last_line_that_was_cut(void **state)
{
	static const char *const cut[] = { "0x8080090 64 0x3", "ram 0x1000 0x1", "interrupts \"a", "unca", "zero 0x2000 8" };
	struct capture_remarks remarks;
	struct its_error error;
	struct store *store;
	char text[200];
	size_t i;

	for (i = 0; i < sizeof(cut) / sizeof(cut[0]); i++) {
		snprintf(text, sizeof(text), FIRST "0x8080088 64 0x3c0\n%s", cut[i]);
		store = parse_ok(text, &remarks);
		assert_false(remarks.whole);
		assert_int_equal(remarks.cut, 3);
		assert_int_equal(remarks.skipped, 0);
		assert_non_null(store_register(store, 0x8080088, 64));
		assert_null(store_register(store, 0x8080090, 64));
		assert_int_equal(store->cached.n_pages + store->cached.n_fills, 0);
		store_free(store);
	}
	/* Not a comment, nor what somebody has written behind the end. */
	store_free(parse_ok(FIRST "0x1000 64 1\n; x", &remarks));
	assert_int_equal(remarks.cut, 0);
	store = parse_ok(FIRST "end\n0x1000 64 1", &remarks);
	assert_int_equal(remarks.cut, 0);
	assert_non_null(store_register(store, 0x1000, 64));
	store_free(store);
	store = store_new();
	assert_int_equal(capture_parse(store, TEXT(FIRST "dtb 0 00\ndtb 2 00\ndtb"), "test", &remarks, &error), ITS_ERR_INPUT);
	assert_string_equal(error.message, "test: 1 byte of dtb is missing");
	assert_string_equal(error.hint, "it does not end in the line 'end': it was cut off");
	store_free(store);
	(void)state;
}

/* Mailed and edited, and by which programs nobody knows. */
static void begins_in_many_ways(void **state)
{
	static const char *const fine[] = {
		"\xef\xbb\xbf" FIRST, "\n\r\n \t\n" FIRST, "; from Ann\n# \"and Bob\n\n" FIRST, "\xef\xbb\xbf; x\n" FIRST,
		"  its-tool-capture 0x1 ; x\r\n",
	};
	static const struct { const char *text; size_t size; const char *says, *hint; } bad[] = {
		{ TEXT("\xff\xfei\0t\0s\0-\0"), "it is UTF-16", "iconv -f UTF-16" },
		{ TEXT("\xfe\xff\0i\0t\0s\0-"), "it is UTF-16", "iconv -f UTF-16" },
		{ TEXT("i\0t\0s\0-\0\n\0"), "it is UTF-16", "iconv -f UTF-16" },
		{ TEXT("\0i\0t\0s\0-"), "it is UTF-16", "iconv -f UTF-16" },
		{ TEXT("\n> " FIRST), "quoted in a mail", "sed 's/^> //'" },
		{ TEXT(">" FIRST), "quoted in a mail", "sed 's/^> //'" },
		{ TEXT("; its-tool-capture 1\n0x1000 64 1\n"), "its first line is not", "makes one" },
		{ TEXT("\"its-tool-capture\" 1\n"), "its first line is not", "makes one" },
		{ TEXT("; nothing else"), "its first line is not", "makes one" },
		{ TEXT("\x7f" "ELF\n" FIRST), "its first line is not", "makes one" },
		{ TEXT(""), "its first line is not", "makes one" }, { TEXT("\xef\xbb\xbf"), "its first line is not", "makes one" },
		{ TEXT("\xef\xbb"), "its first line is not", "makes one" }, { TEXT("\xff"), "its first line is not", "makes one" },
	};
	struct capture_remarks remarks;
	struct its_error error;
	size_t i;

	for (i = 0; i < sizeof(fine) / sizeof(fine[0]); i++) {
		char text[200];
		struct store *store;

		snprintf(text, sizeof(text), "%s0x1000 64 5\nend\n", fine[i]);
		store = parse_ok(text, &remarks);
		assert_int_equal(store_register(store, 0x1000, 64)->value, 5);
		assert_true(remarks.whole);
		store_free(store);
	}
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct store *store = store_new();
		/* Exactly as long, for whoever looks beyond. */
		char *text = malloc(bad[i].size + !bad[i].size);

		memcpy(text, bad[i].text, bad[i].size);
		assert_int_equal(capture_parse(store, text, bad[i].size, "test", &remarks, &error), ITS_ERR_INPUT);
		if (!strstr(error.message, bad[i].says) || !strstr(error.hint, bad[i].hint))
			fail_msg("%zu: %s; %s", i, error.message, error.hint);
		free(text);
		store_free(store);
	}
	/* Lines are counted from the file's first. */
	{
		struct store *store = store_new();

		assert_int_equal(capture_parse(store, TEXT("\n; x\n" FIRST "ram\n"), "test", &remarks, &error), ITS_ERR_INPUT);
		assert_non_null(strstr(error.message, "test, line 4: "));
		store_free(store);
	}
	(void)state;
}

static void refuses_lines_that_are_malformed(void **state)
{
	static const struct { const char *line, *says; } bad[] = {
		{ "0x1000", "a register is" }, { "0x1000 64", "a register is" }, { "0x1000 16 1", "a register is" },
		{ "0x1004 64 1", "a register is" }, { "0x1002 32 1", "a register is" },
		{ "0x1000 32 0x100000000", "a register is" }, { "0x1000 64 1 2 3", "a register is" },
		{ "0x1000 64 x", "a register is" }, { "0x1000 32 1 0x100000000", "a register is" },
		{ "0x10000000000000000 64 1", "no number of 64 bits" }, { "0x 64 1", "no number of 64 bits" },
		{ "0x1000 64 \"1\"", "a register is" },
		{ "ram", "RAM is" }, { "ram 0x1000", "RAM is" }, { "ram 0x1001 1", "RAM is" },
		{ "ram 0xfffffffffffffff8 1 2", "RAM is" }, { "ram 0x1000 1 y", "a word of RAM" },
		{ "ram 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23", "more words" },
		{ "zero 0 0xffffffffffffffff", "ADDRESS BYTES" }, { "zero 8 0xfffffffffffffff9", "ADDRESS BYTES" },
		{ "zero 16 0xfffffffffffffff8", "ADDRESS BYTES" }, { "zero 0 0", "ADDRESS BYTES" },
		{ "zero 0 8 cached", "ADDRESS BYTES" }, { "fill 0 8", "ADDRESS BYTES" }, { "zero 0x1004 8", "ADDRESS BYTES" },
		{ "window 0 0 ram x", "window takes" }, { "window 0 8 rom x", "window takes" }, { "window 0 8 ram", "window takes" },
		{ "window 8 0xffffffffffffffff ram x", "window takes" },
		{ "refused 0 8 ram 0 x", "STATUS" }, { "refused 0 8 ram 8 x", "STATUS" }, { "refused 0 8 ram 4", "STATUS" },
		{ "refused 0 8 ram 4 x y 0", "STATUS" }, { "refused 0x1000 0x1000 ram 4 x y 0xffffffffffffffff", "STATUS" },
		{ "refused 0 8 ram 4 x y 1 z", "STATUS" }, { "unreadable 0 8 4 x", "STATUS" },
		{ "missing floppy 4 x", "missing takes" }, { "missing dtb 4", "missing takes" },
		{ "interrupts \"open", "does not end" }, { "interrupts \"\\q\"", "one text" }, { "interrupts \"\\x4\"", "one text" },
		{ "interrupts \"\\xzz\"", "one text" }, { "interrupts a b", "one text" }, { "interrupts \"\\", "does not end" },
		{ "dtb", "OFFSET" }, { "dtb x 00", "OFFSET" }, { "dtb 0 0", "OFFSET" }, { "dtb 0 0g", "OFFSET" },
		{ "dtb 0 00112233445566778", "OFFSET" }, { "dtb 0 001122334455667788", "OFFSET" }, { "dtb 0 zero", "OFFSET" },
		{ "dtb 0x2000000 00", "more than a capture" }, { "dtb 0 zero 0x2000001", "more than a capture" },
		{ "dtb 0xffffffffffffffff zero 2", "more than a capture" },
		{ "its", "its takes" }, { "its x", "its takes" }, { "its 1 2", "its takes" },
		{ "given GITS_CBASER", "given takes" }, { "given GITS_CTLR 1", "given takes" }, { "given 1 1", "given takes" },
		{ "given GITS_CBASER 1 2", "given takes" }, { "given \"GITS_CBASER\" 1", "given takes" },
		{ "tool", "one text" }, { "tool a b", "one text" }, { "ab\001c", "a character" }, { "a\"b", "a character" },
	};
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct store *store = store_new();
		struct capture_remarks remarks;
		struct its_error error = { 0 };
		char text[400];

		snprintf(text, sizeof(text), FIRST "\n%s\nend\n", bad[i].line);
		if (capture_parse(store, text, strlen(text), "test", &remarks, &error) != ITS_ERR_INPUT)
			fail_msg("'%s' passes", bad[i].line);
		if (!strstr(error.message, bad[i].says) || strncmp(error.message, "test, line 3: ", 14))
			fail_msg("'%s': %s", bad[i].line, error.message);
		store_free(store);
	}
	(void)state;
}

static void refuses_contradictions(void **state)
{
	static const char *const bad[] = {
		"0x1000 64 1\n0x1000 64 2\n", "0x1000 64 1\n0x1000 64 1 2\n", "0x1000 64 1 2\n0x1000 64 1 3\n",
		"ram 0x1000 1\nram 0xff8 0 2\n", "zero 0 0x100\nfill 0xf8 8 1\n", "fill 0xf8 8 1\nzero 0 0x100\n",
		"dtb 0 0011\ndtb 1 12\n", "dtb 0 00\ndtb 2 00\n", "dtb 0x1ffffff 00\n",
		"its 0x1000\nits 0x2000\n", "given GITS_TYPER 1\ngiven GITS_TYPER 2\n",
	};
	static const char fine[] = FIRST "0x1000 64 1\n0x1000 64 1\nram 0 1\nram 0 1\nzero 0 8\nzero 0 16\n"
		"fill 16 8 1\nzero 0 8 uncached\nfill 8 8 1 uncached\ndtb 0 0011\ndtb 1 11\nits 0x1000\nits 0x1000\n"
		"given GITS_TYPER 1\ngiven GITS_CREADR 1\ngiven GITS_CBASER 1\ngiven GITS_CWRITER 1\n"
		"given GITS_TYPER 1\nend\n";
	struct capture_remarks remarks;
	struct its_error error;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct store *store = store_new();
		char text[200];

		snprintf(text, sizeof(text), FIRST "%s", bad[i]);
		if (capture_parse(store, text, strlen(text), "test", &remarks, &error) != ITS_ERR_INPUT)
			fail_msg("'%s' passes", bad[i]);
		store_free(store);
	}
	store_free(parse_ok(fine, NULL));
	(void)state;
}

/* Memory and time are bounded by the text, whatever it says. */
static void survives_absurd_amounts(void **state)
{
	struct capture_remarks remarks;
	struct its_error error;
	struct store *store = store_new();
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	unsigned i;
	uint64_t word, missing;

	fputs(FIRST "zero 0 0xfffffffffffffff8\nwindow 0 0xffffffffffffffff ram x\n", out);
	/* Downwards, so that whatever inserts in order would move all of them each time. */
	for (i = 200000; i; i--)
		fprintf(out, "refused 0x%x 0x8 ram 4 m%u\nwindow 0x%x 8 ram v\nzero 0x%x 8\n0x%x 64 1\n", i * 16, i % 7,
			i * 16, i * 16, i * 16);
	fclose(out);
	assert_int_equal(capture_parse(store, text, size, "test", &remarks, &error), ITS_OK);
	assert_int_equal(store->cached.n_fills, 1);
	assert_true(store_read(store, MEMORY_RAM, 0x7ffffffffffffff0, &word, 1, &missing));
	assert_int_equal(word, 0);
	store_free(store);
	free(text);

	/* One word a page: no more pages than are allowed. */
	store = store_new();
	out = open_memstream(&text, &size);
	fputs(FIRST, out);
	for (i = 0; i <= STORE_PAGES_MAX; i++)
		fprintf(out, "ram 0x%x000 1\n", i);
	fclose(out);
	assert_int_equal(capture_parse(store, text, size, "test", &remarks, &error), ITS_ERR_INPUT);
	assert_non_null(strstr(error.message, "more than a capture"));
	assert_int_equal(store->cached.n_pages, STORE_PAGES_MAX);
	store_free(store);
	free(text);

	/* The same zeros again and again. */
	store = store_new();
	out = open_memstream(&text, &size);
	fputs(FIRST, out);
	for (i = 0; i < 100000; i++)
		fputs("dtb 0 zero 0x2000000\n", out);
	fclose(out);
	assert_int_equal(capture_parse(store, text, size, "test", &remarks, &error), ITS_ERR_INPUT);
	assert_non_null(strstr(error.message, "line 4: more than a capture"));
	store_free(store);
	free(text);
	(void)state;
}

/* What can be searched is what is held, whatever a line says of its size. */
static void knows_which_pages_are_whole(void **state)
{
	struct memory_range *list;
	struct its_error error;
	struct store *store;
	char *text;
	size_t size, count;
	FILE *out = open_memstream(&text, &size);
	unsigned i;

	fputs(FIRST "window 0 0xffffffffffffffff ram x\nwindow 0x8080000 0x10000 registers x\n"
	      "0x8080090 64 0\nzero 0x10000000 0xffffffff00000000\n", out);
	/* Two pages word by word, one but for a word, one with the help of fills. */
	for (i = 0; i < 3 * STORE_PAGE_WORDS - 1; i++)
		fprintf(out, "ram 0x%x %u\n", 0x4000 + 8 * i, i);
	fputs("ram 0x8008 5\nzero 0x8000 0x100\nfill 0x8100 0xf00 7\nram 0x20000000 1\nuncached 0x9000 1\n", out);
	fclose(out);
	store = parse_ok(text, NULL);
	assert_int_equal(store_pages(store, &list, &count, &error), ITS_OK);
	assert_int_equal(count, 3);
	assert_int_equal(list[0].base, 0x4000);
	assert_int_equal(list[0].size, 0x2000);
	assert_int_equal(list[1].base, 0x8000);
	assert_int_equal(list[1].size, 0x1000);
	assert_int_equal(list[2].base, 0x20000000);
	assert_int_equal(list[2].size, 0x1000);
	free(list);
	store_free(store);
	free(text);
	(void)state;
}

static void round_trips(void **state)
{
	uint64_t seed = 5;
	unsigned round;

	for (round = 0; round < 50; round++) {
		struct store *store = store_new(), *again;
		struct its_error refusal = { .code = ITS_ERR_ACCESS, .message = "no 0x5000, not 0x50001", .hint = "\a\\\"\n\xff" };
		struct store_file *file = &store->files[MEMORY_FILE_INTERRUPTS];
		char *text, *second, *third;
		unsigned i;

		for (i = 0; i < 40; i++) {
			uint64_t at = test_random(&seed) % 0x4000 & ~UINT64_C(7), word = test_random(&seed) % 3;
			struct store_register *reg = store_register(store, at, 64);

			if (!reg)
				reg = store_register_add(store, at, 64);
			reg->value = word;
			reg->moves = word == 2;
			reg->second = reg->moves ? 9 : word;
			assert_true(store_put(&store->cached, at, &word, 1));
			word += test_random(&seed) % 2;
			assert_true(store_put(&store->uncached, at, &word, 1));
			/* What is not used does not go into the text. */
			assert_true(store_put(&store->cached, at | 0x10000, &word, 1));
			store_use(&store->cached, at, 8);
			store_use(&store->uncached, at + 7, 1);
			assert_true(store_reached(store, (enum memory_kind)(i % 3), at, 8 + 8 * (at % 5), i % 2 ? "/dev/mem" : "a b"));
			assert_true(store_refuse(store, (enum store_refused)(i % 2), (enum memory_kind)(i % 3),
						 0x5000 + 0x1000 * (at % 4), 0x1000, &refusal));
		}
		file->has = true;
		file->size = test_random(&seed) % 60;
		file->data = malloc(64);
		for (i = 0; i < 64; i++)
			file->data[i] = (char)test_random(&seed);
		store->files[MEMORY_FILE_DTB] = (struct store_file){ .has = true, .data = calloc(1, 200), .size = 199 };
		store->files[MEMORY_FILE_DTB].data[round] = (char)round;
		store->told = (struct memory_told){ .has_base = round % 2, .base = round % 2 ? round * 8 : 0, .n_given = round % 3 };
		store->told.given[0].id = GITS_CWRITER;
		store->told.given[1].id = GITS_TYPER;
		store->told.given[1].value = UINT64_MAX;
		assert_int_equal(store_finish(store, NULL), ITS_OK);
		text = write_text(store);
		again = parse_ok(text, NULL);
		assert_int_equal(again->told.has_base, round % 2);
		assert_int_equal(again->told.base, store->told.base);
		assert_int_equal(again->told.n_given, round % 3);
		for (i = 0; i < round % 3; i++) {
			assert_int_equal(again->told.given[i].id, store->told.given[i].id);
			assert_true(again->told.given[i].value == store->told.given[i].value);
		}
		assert_int_equal(again->files[MEMORY_FILE_INTERRUPTS].size, file->size);
		if (file->size)
			assert_memory_equal(again->files[MEMORY_FILE_INTERRUPTS].data, file->data, file->size);
		assert_int_equal(again->files[MEMORY_FILE_DTB].size, 199);
		assert_memory_equal(again->files[MEMORY_FILE_DTB].data, store->files[MEMORY_FILE_DTB].data, 199);
		assert_int_equal(store_read(again, MEMORY_RAM, 0x10000, &(uint64_t){ 0 }, 1, &(uint64_t){ 0 }), false);
		for (i = 0; i < 0x4000; i += 8) {
			unsigned kind;

			for (kind = MEMORY_RAM; kind <= MEMORY_RAM_UNCACHED; kind++) {
				uint64_t a = 0, b = 0, missing;
				bool held = store_read(store, (enum memory_kind)kind, i, &a, 1, &missing);

				assert_int_equal(store_read(again, (enum memory_kind)kind, i, &b, 1, &missing), held);
				assert_true(a == b);
			}
		}
		/* Words in runs come first then, and all stays as it is. */
		second = write_text(again);
		store_free(again);
		again = parse_ok(second, NULL);
		third = write_text(again);
		assert_string_equal(second, third);
		assert_int_equal(strlen(second), strlen(text));
		free(third);
		free(second);
		free(text);
		store_free(again);
		store_free(store);
	}
	(void)state;
}

/* A machine with one register frame, whose pointers go as the test says, and some RAM. */
#define ITS UINT64_C(0x8080000)
#define CWRITER (ITS + 0x88)
#define CREADR (ITS + 0x90)

static struct {
	unsigned reads, files;
	uint64_t creadr[8];		/* by read */
	unsigned at;
	uint64_t word;
	bool refuse;
} machine;

static int machine_map(struct window *window, struct its_error *error)
{
	if (machine.refuse && window->kind == MEMORY_RAM) {
		its_error(error, ITS_ERR_ACCESS, "no 0x%llx here", (unsigned long long)window->base);
		return its_hint(error, "go away");
	}
	window->via = window->kind == MEMORY_RAM ? "ram's" : "frame's";
	return ITS_OK;
}

static void machine_unmap(struct window *window)
{
	(void)window;
}

static int machine_read(struct window *window, uint64_t offset, unsigned width, uint64_t *value,
			struct its_error *error)
{
	machine.reads++;
	if (window->kind != MEMORY_REGISTERS)
		*value = machine.word + offset;
	else if (window->base + offset == CREADR)
		*value = machine.creadr[machine.at++];
	else if (offset == 0x200)
		return its_error(error, ITS_ERR_ACCESS, "abort at 0x%llx", (unsigned long long)(window->base + offset));
	else
		*value = offset + width;
	return ITS_OK;
}

static int machine_file(struct memory *memory, enum memory_file which, char **data, size_t *size,
			struct its_error *error)
{
	(void)memory;
	machine.files++;
	if (which != MEMORY_FILE_DTB)
		return its_error(error, ITS_ERR_ACCESS, "no file %d", which);
	*data = strdup("tree");
	*size = 4;
	return ITS_OK;
}

static const struct memory_ops machine_ops = {
	.scheme = "machine", .live = true, .map = machine_map, .unmap = machine_unmap, .read = machine_read,
	.file = machine_file,
};

static uint64_t read_one(struct memory *memory, uint64_t base, enum memory_kind kind, uint64_t offset)
{
	struct its_error error = { 0 };
	struct window window;
	uint64_t value;

	assert_int_equal(window_open(&window, memory, base, 0x1000, kind, false, &error), ITS_OK);
	assert_int_equal(kind == MEMORY_REGISTERS ? window_read(&window, offset, 64, &value, &error) :
			 window_read_words(&window, offset, &value, 1, &error), ITS_OK);
	window_close(&window);
	return value;
}

static void records_each_register_once(void **state)
{
	struct memory memory = { .ops = &machine_ops };
	struct store *store = store_new();
	struct its_error error;
	struct window window;
	uint64_t value;
	char *data;
	size_t size;
	unsigned i;

	memset(&machine, 0, sizeof(machine));
	machine.word = 5;
	assert_int_equal(record_begin(&memory, store, &error), ITS_OK);
	assert_true(memory.ops->live);
	for (i = 0; i < 3; i++) {
		assert_int_equal(read_one(&memory, ITS, MEMORY_REGISTERS, 0x8), 0x48);
		assert_int_equal(read_one(&memory, 0x1000, MEMORY_RAM, 0x20), 0x25);
		assert_int_equal(memory_file(&memory, MEMORY_FILE_DTB, &data, &size, &error), ITS_OK);
		assert_string_equal(data, "tree");
		free(data);
		assert_int_equal(memory_file(&memory, MEMORY_FILE_SYSTEM, &data, &size, &error), ITS_ERR_ACCESS);
		assert_string_equal(error.message, "no file 2");
	}
	assert_int_equal(machine.reads, 2);
	assert_int_equal(machine.files, 2);
	/* Time that goes on shows in RAM until the next command begins. */
	machine.word = 6;
	assert_int_equal(read_one(&memory, 0x1000, MEMORY_RAM, 0x20), 0x25);
	memory_relax(&memory);
	assert_int_equal(read_one(&memory, 0x1000, MEMORY_RAM, 0x20), 0x26);
	record_settle(&memory);
	machine.word = 7;
	assert_int_equal(read_one(&memory, 0x1000, MEMORY_RAM, 0x20), 0x26);
	assert_int_equal(window_open(&window, &memory, ITS, 0x1000, MEMORY_REGISTERS, true, &error), ITS_ERR_UNSAFE);
	assert_int_equal(window_open(&window, &memory, ITS, 0x1000, MEMORY_REGISTERS, false, &error), ITS_OK);
	assert_int_equal(window_read(&window, 0x200, 32, &value, &error), ITS_ERR_ACCESS);
	window_close(&window);
	machine.refuse = true;
	assert_int_equal(window_open(&window, &memory, 0x3000, 0x1000, MEMORY_RAM, false, &error), ITS_ERR_ACCESS);
	assert_int_equal(window_open(&window, &memory, 0x4000, 0x1000, MEMORY_RAM, false, &error), ITS_ERR_ACCESS);
	record_end(&memory);
	assert_ptr_equal(memory.ops, &machine_ops);
	assert_int_equal(store_finish(store, &error), ITS_OK);
	assert_int_equal(store->n_refusals, 2);
	assert_int_equal(store_refused(store, STORE_OPEN, MEMORY_RAM, 0x4000, 0x1000, &error), ITS_ERR_ACCESS);
	assert_string_equal(error.message, "no 0x4000 here");
	assert_string_equal(error.hint, "go away");
	assert_int_equal(store_refused(store, STORE_READ, MEMORY_REGISTERS, ITS + 0x200, 4, &error), ITS_ERR_ACCESS);
	assert_string_equal(store_via(store, MEMORY_RAM, 0x1000, 0x1000), "ram's");
	store_free(store);
	(void)state;
}

/* What the recorder makes of a CREADR that reads as @creadr, with the ring read behind each second of them. */
static void look(const uint64_t *creadr, unsigned count, struct store_register *kept)
{
	struct memory memory = { .ops = &machine_ops };
	struct store *store = store_new();
	unsigned i;

	memset(&machine, 0, sizeof(machine));
	memcpy(machine.creadr, creadr, count * sizeof(*creadr));
	assert_int_equal(record_begin(&memory, store, NULL), ITS_OK);
	record_look(&memory, ITS);
	for (i = 0; i < count; i++) {
		assert_int_equal(read_one(&memory, ITS, MEMORY_REGISTERS, 0x90), creadr[i]);
		read_one(&memory, ITS, MEMORY_REGISTERS, 0x88);
		if (i % 2)
			continue;
		machine.word = i;
		assert_int_equal(read_one(&memory, 0x1000, MEMORY_RAM, 0), i);
	}
	record_settle(&memory);
	*kept = *store_register(store, CREADR, 64);
	/* From here on it stands. */
	assert_int_equal(read_one(&memory, ITS, MEMORY_REGISTERS, 0x90), kept->value);
	assert_int_equal(machine.at, count);
	assert_false(store_register(store, CWRITER, 64)->moves);
	record_end(&memory);
	store_free(store);
}

static void keeps_the_last_look_at_a_ring(void **state)
{
	static const uint64_t quiet[] = { 0x20, 0x20 }, calms[] = { 0x20, 0x40, 0x60, 0x60 },
			      moves[] = { 0x20, 0x40, 0x40, 0x60 };
	struct store_register kept;

	look(quiet, 2, &kept);
	assert_int_equal(kept.value, 0x20);
	assert_false(kept.moves);
	look(calms, 4, &kept);
	assert_int_equal(kept.value, 0x60);
	assert_false(kept.moves);
	look(moves, 4, &kept);
	assert_int_equal(kept.value, 0x40);
	assert_true(kept.moves);
	assert_int_equal(kept.second, 0x60);
	(void)state;
}

/* The commands hide that there was no room; the capture does not. */
static void says_that_there_was_no_room(void **state)
{
	struct memory memory = { .ops = &machine_ops };
	struct store *store = store_new();
	struct its_error error = { 0 };
	struct capture_remarks remarks;
	struct window window;
	uint64_t value = 1;
	char *text;
	unsigned i;

	memset(&machine, 0, sizeof(machine));
	for (i = 0; i < STORE_PAGES_MAX; i++)
		assert_true(store_put(&store->cached, (uint64_t)i * STORE_PAGE_BYTES, &value, 1));
	assert_int_equal(record_begin(&memory, store, &error), ITS_OK);
	read_one(&memory, 0x1000, MEMORY_RAM, 0x20);
	assert_false(store->cut);
	assert_int_equal(window_open(&window, &memory, UINT64_C(1) << 40, 0x1000, MEMORY_RAM, false, &error), ITS_OK);
	assert_int_equal(window_read_words(&window, 0, &value, 1, NULL), ITS_ERR_INPUT);
	window_close(&window);
	assert_true(store->cut);
	record_end(&memory);
	assert_int_equal(store_finish(store, &error), ITS_OK);
	text = write_text(store);
	store_free(store);
	store_free(parse_ok(text, &remarks));
	assert_false(remarks.whole);
	free(text);
	(void)state;
}

/* A word in a run, which is not that of the run: as another run it would be a contradiction. */
static void writes_words_in_runs(void **state)
{
	struct store *store = parse_ok(FIRST "zero 0x1000 0x40\nfill 0x2000 0x10 5\nram 0x2000 0\nram 0x1000 7 7 7 7\n"
				       "fill 0x3000 8 1 uncached\nuncached 0x3000 0\nend\n", NULL);
	char *text = write_text(store);
	uint64_t words[4], missing;

	store_free(store);
	store = parse_ok(text, NULL);
	assert_true(store_read(store, MEMORY_RAM, 0x2000, words, 2, &missing));
	assert_int_equal(words[0], 0);
	assert_int_equal(words[1], 5);
	assert_true(store_read(store, MEMORY_RAM, 0x1000, words, 4, &missing));
	assert_int_equal(words[3], 7);
	assert_true(store_read(store, MEMORY_RAM_UNCACHED, 0x3000, words, 1, &missing));
	assert_int_equal(words[0], 0);
	store_free(store);
	free(text);
	(void)state;
}

static void answers_as_a_source(void **state)
{
	char path[] = "/tmp/test_capture.XXXXXX", specification[64];
	struct memory memory;
	struct its_error error;
	struct window window;
	uint64_t value, words[2];
	FILE *out = fdopen(mkstemp(path), "w");

	fputs(FIRST "tool 1.2.3\n0x8080090 64 0x20 0x40\n0x8080000 32 1\nram 0x1000 0x1122334455667788\n"
	      "unreadable 0x1000 0x10 ram 6 \"hole\"\nend\n", out);
	fclose(out);
	snprintf(specification, sizeof(specification), "capture:%s", path);
	assert_int_equal(memory_open(&memory, specification, &error), ITS_OK);
	unlink(path);
	assert_null(memory.ops->remark(&memory));
	assert_int_equal(window_open(&window, &memory, ITS, 0x1000, MEMORY_REGISTERS, false, &error), ITS_OK);
	assert_string_equal(window.via, "capture");
	assert_int_equal(window_read(&window, 0x90, 64, &value, &error), ITS_OK);
	assert_int_equal(value, 0x20);
	assert_int_equal(window_read(&window, 0x90, 64, &value, &error), ITS_OK);
	assert_int_equal(value, 0x40);
	assert_int_equal(window_read(&window, 0x90, 64, &value, &error), ITS_OK);
	assert_int_equal(value, 0x20);
	assert_int_equal(window_read(&window, 0x8, 64, &value, &error), ITS_ERR_INPUT);
	assert_non_null(strstr(error.message, "does not hold 0x8080008: it was made by its-tool 1.2.3"));
	window_close(&window);
	assert_int_equal(window_open(&window, &memory, 0x1000, 0x1000, MEMORY_RAM, false, &error), ITS_OK);
	assert_int_equal(window_read(&window, 4, 32, &value, &error), ITS_OK);
	assert_int_equal(value, 0x11223344);
	assert_int_equal(window_read_words(&window, 0, words, 2, &error), ITS_ERR_INPUT);
	assert_string_equal(error.message, "hole");
	window_close(&window);
	assert_int_equal(window_open(&window, &memory, 0x1000, 0x1000, MEMORY_RAM, true, &error), ITS_ERR_ACCESS);
	assert_int_equal(window_open(&window, &memory, 0x1000, 0x1000, MEMORY_RAM_UNCACHED, false, &error), ITS_ERR_INPUT);
	memory_close(&memory);
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_each_kind_of_line),
		cmocka_unit_test(remarks_on_what_it_does_not_know),
		cmocka_unit_test(leaves_out_a_last_line_that_was_cut),
		cmocka_unit_test(begins_in_many_ways),
		cmocka_unit_test(refuses_lines_that_are_malformed),
		cmocka_unit_test(refuses_contradictions),
		cmocka_unit_test(survives_absurd_amounts),
		cmocka_unit_test(knows_which_pages_are_whole),
		cmocka_unit_test(round_trips),
		cmocka_unit_test(records_each_register_once),
		cmocka_unit_test(keeps_the_last_look_at_a_ring),
		cmocka_unit_test(says_that_there_was_no_room),
		cmocka_unit_test(writes_words_in_runs),
		cmocka_unit_test(answers_as_a_source),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
