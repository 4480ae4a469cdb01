// SPDX-License-Identifier: GPL-2.0-or-later
/* Any text is a script within its bounds, or an error with a message; its words expand within theirs. */
#include <stdlib.h>
#include <string.h>

/* The command layer is no library: its files come in here. */
#include "cli/expect.c"
#include "cli/script.c"
#include "cli/script_expand.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *value_of(void *context, const char *name)
{
	static const char text[] = "a value that is longer than its name; 'quotes' and \"more\" { } $x \\";

	(void)context;
	return name[0] == 'n' ? NULL : text;
}

/* What is an expectation can be shown, and asked of any fact. */
static void try_expect(size_t count, char **words)
{
	struct expect_fact fact = { .known = true, .is_number = true, .number = count };
	struct its_error error = { 0 };
	struct expect expect;
	char text[200];

	if (expect_parse(&expect, (int)count, words, &error)) {
		if (!*error.message)
			abort();
		return;
	}
	expect_holds(&expect, &fact);
	fact.known = false;
	expect_holds(&expect, &fact);
	expect_wanted_text(&expect, text, sizeof(text));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char buffer[SCRIPT_EXPANDED_MAX];
	char *values[SCRIPT_WORDS_MAX + 1];
	struct its_error error = { 0 };
	struct script script;
	size_t i, n, w;

	if (script_parse(&script, "x", (const char *)data, size, &error)) {
		if (!*error.message || script.steps)
			abort();
		return 0;
	}
	for (i = 0; i < script.n_steps; i++) {
		const struct script_step *step = &script.steps[i];

		/* A block ends behind its repeat, and inside the script. */
		if (!step->n_words || step->n_words > SCRIPT_WORDS_MAX || (step->end && (step->end <= i || step->end > script.n_steps)))
			abort();
		if (script_expand(step, value_of, NULL, buffer, values, &error))
			continue;
		for (w = 0, n = 0; w < step->n_words; w++)
			n += strlen(values[w]) + 1;
		if (n > SCRIPT_EXPANDED_MAX || values[w])
			abort();
		if (!strcmp(values[0], "expect"))
			try_expect(step->n_words - 1, values + 1);
	}
	script_free(&script);
	return 0;
}
