// SPDX-License-Identifier: GPL-2.0-or-later
/* The table of commands: what holds for every row, and known encodings. */
#include <stdio.h>
#include <strings.h>

#include "its/command.h"
#include "test.h"

static const enum its_layout layouts[] = { ITS_LAYOUT_V40, ITS_LAYOUT_V41 };

static void test_rows(void **state)
{
	size_t i, k;

	(void)state;
	for (i = 0; its_command_at(i); i++) {
		const struct its_command *command = its_command_at(i);

		assert_ptr_equal(its_command_by_opcode(command->opcode), command);
		assert_ptr_equal(its_command_by_opcode(command->opcode | UINT64_C(0xdeadbeef12345600)), command);
		assert_ptr_equal(its_command_by_name(command->name), command);
		for (k = 0; k < i; k++)
			assert_true(its_command_at(k)->opcode < command->opcode);
	}
	assert_int_equal(i, 21);
	assert_null(its_command_by_opcode(0));
	assert_null(its_command_by_opcode(0x2f));
	assert_null(its_command_by_name("MAPX"));
	assert_string_equal(its_command_by_name("mapvi")->name, "MAPTI");
}

/* No bit belongs to two fields, none to the opcode; names and keys are unique within a row. */
static void test_no_overlap(void **state)
{
	size_t i, l;

	(void)state;
	for (i = 0; its_command_at(i); i++)
		for (l = 0; l < 2; l++) {
			uint64_t taken[ITS_COMMAND_WORDS] = { 0xff };
			const struct its_field *field, *other;
			unsigned count = 0;

			its_command_for_each_field(field, its_command_at(i), layouts[l]) {
				uint64_t mask = its_field_mask(field);

				assert_true(field->word < ITS_COMMAND_WORDS);
				assert_true(field->high <= 63 && field->low <= field->high);
				if (taken[field->word] & mask)
					fail_msg("%s.%s overlaps", its_command_at(i)->name, field->name);
				taken[field->word] |= mask;
				count++;
				its_command_for_each_field(other, its_command_at(i), layouts[l])
					if (other != field) {
						assert_string_not_equal(other->name, field->name);
						assert_string_not_equal(other->key, field->key);
						assert_int_not_equal(other->id, field->id);
					}
			}
			assert_true(count && count <= ITS_COMMAND_FIELDS_MAX);
		}
}

static uint64_t random_value(const struct its_field *field, uint64_t *seed)
{
	uint64_t words[ITS_COMMAND_WORDS];

	words[field->word] = test_random(seed);
	return its_field_get(field, words);
}

static void test_decode_encode_fields(void **state)
{
	uint64_t seed = 1;
	size_t i, l;
	unsigned round;

	(void)state;
	for (i = 0; its_command_at(i); i++)
		for (l = 0; l < 2; l++)
			for (round = 0; round < 1000; round++) {
				const struct its_command *command = its_command_at(i);
				uint64_t words[ITS_COMMAND_WORDS], values[ITS_COMMAND_FIELDS_MAX], got;
				const struct its_field *field;
				unsigned n = 0;

				its_command_init(command, words);
				its_command_for_each_field(field, command, layouts[l]) {
					values[n] = random_value(field, &seed);
					assert_true(its_field_fits(field, values[n]));
					assert_true(its_command_set(words, layouts[l], field->id, values[n++]));
				}
				n = 0;
				its_command_for_each_field(field, command, layouts[l]) {
					assert_true(its_command_get(words, layouts[l], field->id, &got));
					assert_true(got == values[n++]);
				}
				assert_int_equal(words[0] & 0xff, command->opcode);
			}
}

static void test_encode_decode_words(void **state)
{
	uint64_t seed = 2;
	size_t i, l;
	unsigned round;

	(void)state;
	for (i = 0; its_command_at(i); i++)
		for (l = 0; l < 2; l++)
			for (round = 0; round < 1000; round++) {
				const struct its_command *command = its_command_at(i);
				uint64_t words[ITS_COMMAND_WORDS], again[ITS_COMMAND_WORDS];
				uint64_t reserved[ITS_COMMAND_WORDS], value;
				const struct its_field *field;
				unsigned w;

				for (w = 0; w < ITS_COMMAND_WORDS; w++)
					words[w] = test_random(&seed);
				words[0] = (words[0] & ~UINT64_C(0xff)) | command->opcode;
				its_command_reserved(words, layouts[l], reserved);
				its_command_init(command, again);
				its_command_for_each_field(field, command, layouts[l]) {
					assert_true(its_command_get(words, layouts[l], field->id, &value));
					assert_true(its_command_set(again, layouts[l], field->id, value));
				}
				for (w = 0; w < ITS_COMMAND_WORDS; w++)
					assert_true((again[w] | reserved[w]) == words[w] &&
						    !(again[w] & reserved[w]));
			}
}

/* Reference 1.4 to 1.6, bit by bit, from a second hand: not computed from the table. */
static void test_known_words(void **state)
{
	static const struct { const char *text; enum its_layout layout; uint64_t words[4]; } known[] = {
		{ "INV DeviceID=1 EventID=0", ITS_LAYOUT_V40, { 0x000000010000000c, 0, 0, 0 } },
		{ "INT DeviceID=1 EventID=0", ITS_LAYOUT_V40, { 0x0000000100000003, 0, 0, 0 } },
		{ "MOVI DeviceID=8 EventID=2 ICID=3", ITS_LAYOUT_V40, { 0x0000000800000001, 2, 3, 0 } },
		{ "CLEAR DeviceID=0xffffffff EventID=5", ITS_LAYOUT_V40, { 0xffffffff00000004, 5, 0, 0 } },
		{ "SYNC RDbase=0x30000", ITS_LAYOUT_V40, { 5, 0, 0x30000, 0 } },
		{ "MAPD DeviceID=8 Size=4 ITT_addr=0x41234500 V=1", ITS_LAYOUT_V40,
		  { 0x0000000800000008, 4, 0x8000000041234500, 0 } },
		{ "mapd deviceid=8 v=0", ITS_LAYOUT_V40, { 0x0000000800000008, 0, 0, 0 } },
		{ "MAPC ICID=2 RDbase=0x20000 V=1", ITS_LAYOUT_V40, { 9, 0, 0x8000000000020002, 0 } },
		{ "MAPTI DeviceID=8 EventID=1 pINTID=8193 ICID=0", ITS_LAYOUT_V40,
		  { 0x000000080000000a, 0x0000200100000001, 0, 0 } },
		{ "MAPI DeviceID=8 EventID=8200 ICID=1", ITS_LAYOUT_V40, { 0x000000080000000b, 8200, 1, 0 } },
		{ "INVALL ICID=1", ITS_LAYOUT_V40, { 0x0d, 0, 1, 0 } },
		{ "MOVALL RDbase1=0x10000 RDbase2=0x20000", ITS_LAYOUT_V40, { 0x0e, 0, 0x10000, 0x20000 } },
		{ "DISCARD DeviceID=8 EventID=1", ITS_LAYOUT_V40, { 0x000000080000000f, 1, 0, 0 } },
		{ "VMOVI DeviceID=8 EventID=1 vPEID=7 D=1 Dbell_pINTID=1023", ITS_LAYOUT_V40,
		  { 0x0000000800000021, 0x0000000700000001, 0x000003ff00000001, 0 } },
		{ "VMOVP vPEID=7 RDbase=0x10000 SequenceNumber=0x1234 ITSList=3", ITS_LAYOUT_V40,
		  { 0x0000123400000022, 0x0000000700000003, 0x10000, 0 } },
		{ "VMOVP vPEID=7 RDbase=0x10000 DB=1 Default_Doorbell=9000", ITS_LAYOUT_V41,
		  { 0x22, 0x0000000700000000, 0x8000000000010000, 9000 } },
		{ "VSGI E=1 C=0 G=1 Priority=10 vSGI=3 vPEID=2", ITS_LAYOUT_V41,
		  { 0x0000000300a00523, 0x0000000200000000, 0, 0 } },
		{ "VSYNC vPEID=2", ITS_LAYOUT_V40, { 0x25, 0x0000000200000000, 0, 0 } },
		{ "VMAPP vPEID=2 RDbase=0x10000 V=1 VPT_size=15 VPT_addr=0x42340000", ITS_LAYOUT_V40,
		  { 0x29, 0x0000000200000000, 0x8000000000010000, 0x4234000f } },
		{ "VMAPP vPEID=2 RDbase=0x10000 V=1 VPT_size=0x8f VPT_addr=0x42340000 Alloc=1 PTZ=1 VCONF_ADDR=0x50000 Default_Doorbell=8200",
		  ITS_LAYOUT_V41, { 0x50329, 0x0000000200002008, 0x8000000000010000, 0x4234008f } },
		{ "VMAPTI DeviceID=8 EventID=1 vPEID=2 vINTID=8192 Dbell_pINTID=1023", ITS_LAYOUT_V40,
		  { 0x000000080000002a, 0x0000000200000001, 0x000003ff00002000, 0 } },
		{ "VMAPI DeviceID=8 EventID=8192 vPEID=2 Dbell_pINTID=1023", ITS_LAYOUT_V40,
		  { 0x000000080000002b, 0x0000000200002000, 0x000003ff00000000, 0 } },
		{ "VINVALL vPEID=2", ITS_LAYOUT_V40, { 0x2d, 0x0000000200000000, 0, 0 } },
		{ "INVDB vPEID=2", ITS_LAYOUT_V41, { 0x2e, 0x0000000200000000, 0, 0 } },
		{ "RAW 1 0x2 03 4", ITS_LAYOUT_V40, { 1, 2, 3, 4 } },
	};
	struct its_error error;
	uint64_t words[ITS_COMMAND_WORDS];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (its_command_parse(known[i].text, known[i].layout, NULL, NULL, words, &error))
			fail_msg("%s: %s", known[i].text, error.message);
		if (memcmp(words, known[i].words, sizeof(words)))
			fail_msg("%s: %016llx %016llx %016llx %016llx", known[i].text,
				 (unsigned long long)words[0], (unsigned long long)words[1],
				 (unsigned long long)words[2], (unsigned long long)words[3]);
	}
}

/* A number of 300 digits must not be read as its first 255. */
static void test_long_words(void **state)
{
	char text[800];
	struct its_error error;
	uint64_t words[ITS_COMMAND_WORDS];

	(void)state;
	snprintf(text, sizeof(text), "INT DeviceID=1 EventID=0x%0300d", 1);
	assert_int_equal(its_command_parse(text, ITS_LAYOUT_V40, NULL, NULL, words, &error), ITS_ERR_USAGE);
	assert_non_null(strstr(error.message, "has more than"));
	snprintf(text, sizeof(text), "RAW 0x%0300d 0 0 0", 1);
	assert_int_equal(its_command_parse(text, ITS_LAYOUT_V40, NULL, NULL, words, &error), ITS_ERR_USAGE);
}

static void test_parse_errors(void **state)
{
	static const struct { const char *text, *message; } bad[] = {
		{ "", "empty" }, { "  ", "empty" }, { "FOO A=1", "'FOO' is not an ITS command" },
		{ "INT DeviceID=1", "EventID is missing" }, { "INT DeviceID=1 EventID", "is not FIELD=VALUE" },
		{ "INT DeviceID=1 EventID=", "EventID= is not a number" },
		{ "INT DeviceID=1 EventID=0x", "is not a number" }, { "INT DeviceID=1 EventID=1x", "is not a number" },
		{ "INT DeviceID=1 EventID=-1", "is not a number" }, { "INT DeviceID=08 EventID=0", "is not a number" },
		{ "INT DeviceID=1 EventID=0x100000000", "does not fit: the field is DW1[31:0]" },
		{ "INT DeviceID=1 DeviceID=2 EventID=0", "two values for DeviceID" },
		{ "INT DeviceID=1 EventID=0 ICID=0", "has no field 'ICID'" },
		{ "INT DeviceID=1 EventID=0 0", "is not FIELD=VALUE" },
		{ "SYNC RDbase=1", "does not fit" }, { "MAPC ICID=0 V=1", "RDbase is missing" },
		{ "MAPC ICID=0 RDbase=0", "V is missing" }, { "MAPC V=0", "ICID is missing" },
		{ "MAPD DeviceID=1 Size=4 ITT_addr=0x80 V=1", "does not fit" },
		{ "INT DeviceID=1 EventID=18446744073709551616", "is not a number" },
		{ "VMOVP vPEID=1 RDbase=0 DB=1", "has no field 'DB'" },
		{ "RAW 1 2 3", "needs four" }, { "RAW 1 2 3 4 5", "too much" }, { "RAW 1 2 3 q", "not a 64-bit number" },
		{ "INT =1", "has no field ''" },
		{ "INTxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
		  "is not an ITS command" },
	};
	struct its_error error;
	uint64_t words[ITS_COMMAND_WORDS];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(its_command_parse(bad[i].text, ITS_LAYOUT_V40, NULL, NULL, words, &error),
				 ITS_ERR_USAGE);
		if (!strstr(error.message, bad[i].message))
			fail_msg("%s: %s", bad[i].text, error.message);
	}
}

/* Fields print and parse to the same words for every command: the way through text. */
static void test_text_round_trip(void **state)
{
	uint64_t seed = 3;
	size_t i, l;
	unsigned round;

	(void)state;
	for (i = 0; its_command_at(i); i++)
		for (l = 0; l < 2; l++)
			for (round = 0; round < 200; round++) {
				const struct its_command *command = its_command_at(i);
				uint64_t words[ITS_COMMAND_WORDS], again[ITS_COMMAND_WORDS];
				const struct its_field *field;
				struct its_error error;
				char text[500];
				size_t used;

				its_command_init(command, words);
				used = (size_t)snprintf(text, sizeof(text), "%s", command->name);
				its_command_for_each_field(field, command, layouts[l]) {
					its_field_set(field, words, random_value(field, &seed));
					used += (size_t)snprintf(text + used, sizeof(text) - used, " %s=0x%llx",
								 round & 1 ? field->name : field->key,
								 (unsigned long long)its_field_get(field, words));
				}
				if (its_command_parse(text, layouts[l], NULL, NULL, again, &error))
					fail_msg("%s: %s", text, error.message);
				assert_memory_equal(words, again, sizeof(words));
			}
}

static void test_reserved(void **state)
{
	uint64_t words[4] = { 0x0000000100000103, UINT64_C(1) << 32, 0, 7 }, reserved[4];
	uint64_t unknown[4] = { 0xabcd12ff, 1, 2, 3 };

	(void)state;
	assert_true(its_command_reserved(words, ITS_LAYOUT_V40, reserved));
	assert_true(reserved[0] == 0x100 && reserved[1] == UINT64_C(1) << 32 && !reserved[2] && reserved[3] == 7);
	assert_true(its_command_reserved(unknown, ITS_LAYOUT_V40, reserved));
	assert_true(reserved[0] == 0xabcd1200 && reserved[1] == 1 && reserved[2] == 2 && reserved[3] == 3);
	its_command_build_int(words, 1, 2);
	assert_false(its_command_reserved(words, ITS_LAYOUT_V40, reserved));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_no_overlap),
		cmocka_unit_test(test_decode_encode_fields),
		cmocka_unit_test(test_encode_decode_words),
		cmocka_unit_test(test_known_words),
		cmocka_unit_test(test_parse_errors),
		cmocka_unit_test(test_long_words),
		cmocka_unit_test(test_text_round_trip),
		cmocka_unit_test(test_reserved),
	};

	return cmocka_run_group_tests_name("command", tests, NULL, NULL);
}
