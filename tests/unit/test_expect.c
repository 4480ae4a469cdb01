// SPDX-License-Identifier: GPL-2.0-or-later
/* Does an expectation say what its author meant, and does a fact stand up to it or not? */
#include <stdio.h>

/* The command layer is no library: its files come in here. */
#include "../../src/cli/expect.c"
#include "test.h"

static int parse(struct expect *expect, const char *text, struct its_error *error)
{
	static char copy[400];
	char *words[20], *rest = copy, *word;
	int count = 0;

	snprintf(copy, sizeof(copy), "%s", text);
	*error = (struct its_error){ 0 };
	while ((word = strsep(&rest, " ")))
		if (*word)
			words[count++] = word;
	return expect_parse(expect, count, words, error);
}

static struct expect taken(const char *text)
{
	struct its_error error;
	struct expect expect;

	if (parse(&expect, text, &error))
		fail_msg("%s: %s", text, error.message);
	return expect;
}

static void refused(const char *text, const char *message)
{
	struct its_error error;
	struct expect expect;

	assert_int_equal(parse(&expect, text, &error), ITS_ERR_USAGE);
	if (!strstr(error.message, message))
		fail_msg("'%s' says '%s', not '%s'", text, error.message, message);
	assert_true(*error.hint || strstr(message, "only == and") || strstr(message, "write-only"));
}

static void test_registers(void **state)
{
	struct expect expect = taken("creadr.stalled == 0");

	(void)state;
	assert_int_equal(expect.about, EXPECT_REGISTER);
	assert_string_equal(expect.row->name, "GITS_CREADR");
	assert_true(expect.is_number && !expect.has_index);
	expect = taken("GICR_CTLR@1.EnableLPIs >= 0x1 within 50");
	assert_true(expect.has_index && expect.index == 1 && expect.within_ms == 50 && expect.op == EXPECT_GE);
	expect = taken("GITS_CREADR != 3");
	assert_string_equal(expect.field, "");
	expect = taken("BASER1.Type == collections");
	assert_false(expect.is_number);
	refused("CREADR == 3", "the register or the slot");
	refused("Creadr == 3", "Creadr is the register or the slot");
	refused("cWRITER == 3", "the register or the slot");
	refused("CREADR.Stall == 0", "GITS_CREADR has no field 'Stall'");
	refused("CREADR. == 0", "has no field ''");
	refused("NONSENSE.X == 0", "neither a register nor a fact of the queue");
	refused("CREADR@1.Stalled == 0", "@ and the index of a redistributor go with GICR_");
	refused("GICR_CTLR@x.EnableLPIs == 0", "@ and the index");
	refused("GITS_SGIR == 0", "write-only");
	refused("BASER1.Type == gadgets", "'gadgets' is not a number");
	refused("BASER1.Type < collections", "only == and != go with it");
	refused("CREADR.Stalled = 0", "'=' is not an operator");
	refused("CREADR.Stalled ==", "the value is missing");
	refused("CREADR.Stalled", "the operator and the value are missing");
	refused("CREADR.Stalled == no", "'no' is not a number");
	refused("", "expect what?");
}

static void test_others(void **state)
{
	struct expect expect = taken("creadr < 21");

	(void)state;
	assert_int_equal(expect.about, EXPECT_QUEUE);
	assert_int_equal(expect.key, EXPECT_CREADR);
	expect = taken("map 0000:01:00.0:3 state != unmapped");
	assert_string_equal(expect.device, "0000:01:00.0");
	assert_string_equal(expect.event, "3");
	assert_int_equal(expect.key, EXPECT_STATE);
	expect = taken("irq /soc/x@1:0 +2 since mark within 7");
	assert_string_equal(expect.device, "/soc/x@1");
	assert_true(expect.op == EXPECT_EQ && expect.number == 2 && expect.since_mark && expect.within_ms == 7);
	expect = taken("irq 1:0 >= 3");
	assert_int_equal(expect.op, EXPECT_GE);
	refused("map", "DEVICE:EVENT is missing");
	refused("map 1:0", "what of the mapping?");
	refused("map 1 icid == 0", "is not DEVICE:EVENT");
	refused("map :0 icid == 0", "is not DEVICE:EVENT");
	refused("map 1: icid == 0", "is not DEVICE:EVENT");
	refused("map 1:0 == 0", "is not what a mapping has");
	refused("map 1:0 state == 1", "'1' is not a state");
	refused("map 1:0 state == maped", "'maped' is not a state");
	refused("map 1:0 cpu == mapped", "'mapped' is not a number");
	refused("pending == unknown", "is not a number");
	refused("irq 1:0 +", "the value is missing");
	refused("irq 1:0 +x", "'x' is not a number");
	refused("pending +1", "'+1' is not an operator");
	refused("pending == 0 within", "behind the value");
	refused("pending == 0 within 0", "behind the value");
	refused("pending == 0 since mark", "behind the value");
	refused("pending == 0 0", "behind the value");
}

static bool holds(const char *text, struct expect_fact fact)
{
	struct expect expect = taken(text);

	return expect_holds(&expect, &fact);
}

static void test_holds(void **state)
{
	static const struct { const char *operator; bool less, same, more; } table[] = {
		{ "==", false, true, false }, { "!=", true, false, true }, { "<", true, false, false },
		{ "<=", true, true, false }, { ">", false, false, true }, { ">=", false, true, true } };
	struct expect_fact number = { .known = true, .is_number = true }, unknown = { 0 };
	struct expect_fact unmapped = { .known = true, .name = "not mapped" };
	struct expect_fact mapped = { .known = true, .name = "mapped" };
	struct expect_fact named = { .known = true, .is_number = true, .number = 4, .name = "collections" };
	char text[60];
	size_t i;

	(void)state;
	for (i = 0; i < 6; i++) {
		snprintf(text, sizeof(text), "pending %s 5", table[i].operator);
		number.number = 4;
		assert_int_equal(holds(text, number), table[i].less);
		number.number = 5;
		assert_int_equal(holds(text, number), table[i].same);
		number.number = 6;
		assert_int_equal(holds(text, number), table[i].more);
		/* What is not known is neither this nor that. */
		assert_false(holds(text, unknown));
	}
	assert_true(holds("map 1:0 state == mapped", mapped));
	assert_false(holds("map 1:0 state != mapped", mapped));
	assert_true(holds("map 1:0 state != unmapped", mapped));
	assert_false(holds("map 1:0 state != unmapped", unknown));
	assert_true(holds("map 1:0 icid == unknown", unknown));
	assert_false(holds("map 1:0 icid != unknown", unknown));
	assert_true(holds("map 1:0 icid != unknown", number));
	assert_false(holds("map 1:0 icid == unknown", number));
	/* What is not mapped is known to have none. */
	assert_false(holds("map 1:0 icid == unknown", unmapped));
	assert_true(holds("map 1:0 icid != unknown", unmapped));
	assert_false(holds("map 1:0 icid == 0", unmapped));
	assert_false(holds("map 1:0 icid != 0", unmapped));
	assert_true(holds("BASER1.Type == COLLECTIONS", named));
	assert_true(holds("BASER1.Type == 4", named));
	assert_false(holds("BASER1.Type == devices", named));
}

static void test_text(void **state)
{
	struct expect_fact fact = { .known = true, .is_number = true, .number = 16, .where = "redistributor 1" };
	struct expect expect = taken("irq 1:0 +1 within 100");
	char text[200];

	(void)state;
	assert_string_equal(expect_fact_text(&fact, text, sizeof(text)), "16 (redistributor 1)");
	fact.in_hex = true;
	assert_string_equal(expect_fact_text(&fact, text, sizeof(text)), "0x10 (redistributor 1)");
	fact = (struct expect_fact){ 0 };
	assert_string_equal(expect_fact_text(&fact, text, sizeof(text)), "unknown");
	assert_string_equal(expect_wanted_text(&expect, text, sizeof(text)), "== 1 within 100 ms");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_registers), cmocka_unit_test(test_others), cmocka_unit_test(test_holds),
		cmocka_unit_test(test_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
