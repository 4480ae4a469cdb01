// SPDX-License-Identifier: GPL-2.0-or-later
/* Does a script's text become the steps and words that its author meant, and is the rest refused with its line? */
#include <stdio.h>
#include <stdlib.h>

/* The command layer is no library: its files come in here. */
#include "../../src/cli/script.c"
#include "../../src/cli/script_expand.c"
#include "test.h"

static int parse(struct script *script, const char *text, struct its_error *error)
{
	*error = (struct its_error){ 0 };
	return script_parse(script, "x", text, strlen(text), error);
}

static const char *value(void *context, const char *name)
{
	(void)context;
	return !strcmp(name, "ONE") ? "1" : !strcmp(name, "TWO_") ? "a b  c" : !strcmp(name, "EMPTY") ? "" : NULL;
}

/* The words of the first step, between bars. */
static void meant(const char *text, const char *want)
{
	static char buffer[SCRIPT_EXPANDED_MAX];
	char *values[SCRIPT_WORDS_MAX + 1], got[1000] = "";
	struct its_error error;
	struct script script;
	size_t i;

	assert_int_equal(parse(&script, text, &error), 0);
	assert_int_equal(script.n_steps, 1);
	assert_int_equal(script_expand(&script.steps[0], value, NULL, buffer, values, &error), 0);
	for (i = 0; i < script.steps[0].n_words; i++)
		snprintf(got + strlen(got), sizeof(got) - strlen(got), "%s|", values[i]);
	assert_null(values[i]);
	assert_string_equal(got, want);
	script_free(&script);
}

static void refused(const char *text, const char *message)
{
	struct its_error error;
	struct script script;

	assert_int_equal(parse(&script, text, &error), ITS_ERR_INPUT);
	if (!strstr(error.message, message))
		fail_msg("'%s' says '%s', not '%s'", text, error.message, message);
	assert_null(script.steps);
	assert_null(script.text);
}

static void test_quoting(void **state)
{
	(void)state;
	meant("echo a  b\tc", "echo|a|b|c|");
	meant("echo 'a  b' \"c  d\"", "echo|a  b|c  d|");
	meant("echo a'b'\"c\"d", "echo|abcd|");
	meant("echo '' \"\"", "echo|||");
	meant("echo a\\ b \\' \\# \\\\", "echo|a b|'|#|\\|");
	meant("echo \"\\\"\\\\\\$ONE\\n\"", "echo|\"\\$ONE\\n|");
	meant("echo '\\' '\"' \"'\"", "echo|\\|\"|'|");
	meant("echo a # a comment", "echo|a|");
	meant("echo a#b '#c'", "echo|a#b|#c|");
	meant("echo a \\\n b\\\nc \"d\\\ne\"", "echo|a|bc|de|");
	meant("echo a\\\r\n b\r\n", "echo|a|b|");
	meant("  \t echo ; | > && a;", "echo|;|||>|&&|a;|");
	meant("echo '{' \"}\" \\{ a{b}", "echo|{|}|{|a{b}|");
}

static void test_variables(void **state)
{
	static char buffer[SCRIPT_EXPANDED_MAX];
	char *values[SCRIPT_WORDS_MAX + 1];
	struct its_error error;
	struct script script;

	(void)state;
	meant("echo $ONE ${ONE}0 a$ONE-$ONE", "echo|1|10|a1-1|");
	/* One word stays one word. */
	meant("echo $TWO_ \"$TWO_\" '$TWO_'", "echo|a b  c|a b  c|$TWO_|");
	meant("echo $EMPTY x", "echo||x|");
	assert_int_equal(parse(&script, "echo $ONEX", &error), 0);
	assert_int_equal(script_expand(&script.steps[0], value, NULL, buffer, values, &error), ITS_ERR_INPUT);
	assert_non_null(strstr(error.message, "$ONEX has no value"));
	script_free(&script);
	refused("echo $", "'$' without a name");
	refused("echo $1", "'$' without a name");
	refused("echo ${ONE", "'$' without a name");
	refused("echo ${}", "'$' without a name");
	refused("\n\necho \"${A B}\"", "x:3: '$' without a name");
}

/* What the words add up to is bounded, whatever the values are. */
static const char *long_value(void *context, const char *name)
{
	static char text[5000];

	(void)context, (void)name;
	memset(text, 'x', sizeof(text) - 1);
	return text;
}

static void test_bounds(void **state)
{
	static char buffer[SCRIPT_EXPANDED_MAX], text[SCRIPT_LINE_MAX * 2];
	char *values[SCRIPT_WORDS_MAX + 1];
	struct its_error error;
	struct script script;
	unsigned i;

	(void)state;
	assert_int_equal(parse(&script, "echo $A $A $A", &error), 0);
	assert_int_equal(script_expand(&script.steps[0], long_value, NULL, buffer, values, &error), 0);
	script_free(&script);
	assert_int_equal(parse(&script, "echo $A$A$A$A", &error), 0);
	assert_int_equal(script_expand(&script.steps[0], long_value, NULL, buffer, values, &error), ITS_ERR_INPUT);
	script_free(&script);

	memset(text, 'a', SCRIPT_LINE_MAX);
	text[SCRIPT_LINE_MAX] = '\0';
	assert_int_equal(parse(&script, text, &error), 0);
	script_free(&script);
	strcat(text, "b");
	refused(text, "a line of more than 4096 bytes");

	for (i = 0, text[0] = '\0'; i < SCRIPT_WORDS_MAX; i++)
		strcat(text, "a ");
	assert_int_equal(parse(&script, text, &error), 0);
	assert_int_equal(script.steps[0].n_words, SCRIPT_WORDS_MAX);
	script_free(&script);
	strcat(text, "a");
	refused(text, "more than 128 words");

	for (i = 0, text[0] = '\0'; i < SCRIPT_DEPTH_MAX; i++)
		strcat(text, "repeat 2 {\n");
	for (i = 0; i < SCRIPT_DEPTH_MAX; i++)
		strcat(text, "}\n");
	assert_int_equal(parse(&script, text, &error), 0);
	script_free(&script);
	memmove(text + 11, text, strlen(text) + 1);
	memcpy(text, "repeat 2 {\n", 11);
	refused(text, "more than 16 blocks in each other");

	assert_int_equal(script_parse(&script, "x", "echo\0a", 6, &error), ITS_ERR_INPUT);
	assert_non_null(strstr(error.message, "the byte at offset 4 is 0"));
	assert_int_equal(script_parse(&script, "x", text, SCRIPT_BYTES_MAX + 1, &error), ITS_ERR_INPUT);
	assert_int_equal(script_parse(&script, "x", NULL, 0, &error), 0);
	assert_int_equal(script.n_steps, 0);
	script_free(&script);
}

static void test_blocks(void **state)
{
	struct its_error error;
	struct script script;

	(void)state;
	assert_int_equal(parse(&script,
			       "repeat 2 {\n\techo a\n\trepeat 3 { echo b }\n} echo c\n# end\necho d\n", &error), 0);
	assert_int_equal(script.n_steps, 6);
	assert_int_equal(script.steps[0].end, 4);
	assert_int_equal(script.steps[1].end, 0);
	assert_int_equal(script.steps[2].end, 4);
	assert_int_equal(script.steps[3].line, 3);
	assert_int_equal(script.steps[4].line, 4);
	assert_int_equal(script.steps[5].line, 6);
	script_free(&script);
	assert_int_equal(parse(&script, "repeat 2 { }", &error), 0);
	assert_int_equal(script.steps[0].end, 1);
	script_free(&script);
	/* A line that goes on counts for the lines it has. */
	assert_int_equal(parse(&script, "echo a \\\n b\necho c", &error), 0);
	assert_int_equal(script.steps[1].line, 3);
	script_free(&script);
}

static void test_refused(void **state)
{
	(void)state;
	refused("echo 'a\nb'", "x:1: a quote (') is not closed");
	refused("\necho \"a", "x:2: a quote (\") is not closed");
	refused("echo a\\", "a backslash at the end");
	refused("repeat 2\n{\n}", "repeat needs a block");
	refused("repeat {\n}", "repeat takes N { ... }; here is nothing");
	refused("repeat 1 2 {\n}", "here are 2 words");
	refused("\nrepeat 2 {\necho", "x:2: the block that begins here is not closed");
	refused("}", "'}' without a block");
	refused("echo }", "'}' without a block");
	refused("{", "'{' opens a block only behind");
	refused("echo {", "'{' opens a block only behind");
	refused("set A", "set takes NAME VALUE; here is 1 word");
	refused("set 1A 2", "'1A' is not a name");
	refused("default A-B 2", "default: 'A-B' is not a name");
	refused("set aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa 2", "is not a name");
	refused("sleep", "sleep takes MS; here is nothing");
	refused("sleep 1 2", "here are 2 words");
	refused("mark now", "mark takes no words; here is 1 word");
	refused("include", "include takes FILE; here is nothing");
	refused("expect", "expect takes WHAT OPERATOR VALUE");
}

/* A shell asks for more lines, and shows each of them once. */
static void test_depth(void **state)
{
	static const struct { const char *text; int before, after; } cases[] = {
		{ "repeat 2 {\n", 0, 1 }, { "repeat 2 {\necho }\n", 0, 0 }, { "echo a \\\n", 0, SCRIPT_GOES_ON },
		{ "echo 'a\n", 0, 0 }, { "echo a\n", 0, 0 }, { "}\n", 0, 0 }, { "echo \\\nb\n", 0, 0 },
		{ "", 0, 0 }, { "", 3, 3 }, { "echo a\n", 3, 3 }, { "}\n", 3, 2 }, { "}\n", 1, 0 }, { "} }\n", 3, 1 },
		{ "} echo a; repeat 2 {\n", 1, 0 }, { "}\nrepeat 2 {\n", 1, 1 }, { "repeat 2 {\n", 15, 16 },
		{ "repeat 2 {\n", 16, 0 }, { "# }\n", 1, 1 }, { "echo '}' \\\n", 1, SCRIPT_GOES_ON },
		{ "echo \\\n}\n", 1, 0 }, { "repeat 2 { repeat 3 {\n", 1, 3 }, { "repeat 2\n", 1, 0 } };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int depth = script_depth(cases[i].before, cases[i].text, strlen(cases[i].text));

		if (depth != cases[i].after)
			fail_msg("'%s': %d blocks are open, not %d", cases[i].text, depth, cases[i].after);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_quoting), cmocka_unit_test(test_variables), cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_blocks), cmocka_unit_test(test_refused), cmocka_unit_test(test_depth),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
