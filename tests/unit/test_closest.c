// SPDX-License-Identifier: GPL-2.0-or-later
/* Is what was probably meant found, and nothing where all is far away? */
#include "its/closest.h"
#include "its/register.h"
#include "test.h"

static const char *const words[] = { "dump", "list", "map", "recover", NULL };

static void near(void **state)
{
	(void)state;
	assert_string_equal(its_closest("dmup", words), "dump");
	assert_string_equal(its_closest("DUMP", words), "dump");
	assert_string_equal(its_closest("recovr", words), "recover");
	assert_string_equal(its_closest("recoverr", words), "recover");
	assert_string_equal(its_closest("ls", words), "list");
	assert_string_equal(its_closest("mpa", words), "map");
}

static void far(void **state)
{
	(void)state;
	assert_null(its_closest("", words));
	assert_null(its_closest("xy", words));
	assert_null(its_closest("frobnicate", words));
	assert_null(its_closest("0123456789012345678901234567890123456789", words));
}

/* Part of a longer text: what stands behind does not count. */
static void part(void **state)
{
	struct its_closest closest = ITS_CLOSEST("dmup,list", 4);
	size_t i;

	(void)state;
	for (i = 0; words[i]; i++)
		its_closest_try(&closest, words[i]);
	assert_string_equal(closest.word, "dump");
	assert_int_equal(closest.distance, 1);
}

static void registers(void **state)
{
	(void)state;
	assert_string_equal(its_register_closest("GITS_CREADER"), "GITS_CREADR");
	assert_string_equal(its_register_closest("cwrter"), "CWRITER");
	assert_null(its_register_closest("GITS_NOSUCH"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(near), cmocka_unit_test(far), cmocka_unit_test(part),
		cmocka_unit_test(registers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
