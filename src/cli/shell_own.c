// SPDX-License-Identifier: GPL-2.0-or-later
/* What does the shell know that no script does? help, exit and quit. */
#include <string.h>

#include "script.h"
#include "session.h"
#include "shell.h"

/* The shell's own words; no script has them. */
static const struct script_keyword own_words[] = {
	{ "help", "[COMMAND]", "this, or help on a command", 0, 1 },
	{ "exit", "", "leave; as the end of the input does", 0, 0 },
	{ "quit", "", "the same", 0, 0 },
	{ NULL, NULL, NULL, 0, 0 }
};

static const struct script_keyword *own_word(const char *name)
{
	const struct script_keyword *word;

	for (word = own_words; word->name; word++)
		if (!strcmp(word->name, name))
			return word;
	return NULL;
}

bool shell_has_word(const char *name)
{
	return own_word(name);
}

/* @word, or all that are no commands. */
static void show_words(const struct script_keyword *word)
{
	struct emitter *emit = emit_new(stdout, false, false);

	if (word) {
		cli_help_row(emit, word->name, word->arguments, word->summary);
	} else {
		emit_text(emit, "\nIn the shell and in scripts, too (its-tool-script(5)):\n");
		for (word = script_keywords; word->name; word++)
			cli_help_row(emit, word->name, word->arguments, word->summary);
		emit_text(emit, "\nIn the shell:\n");
		for (word = own_words; word->name; word++)
			cli_help_row(emit, word->name, word->arguments, word->summary);
	}
	emit_free(emit);
}

static int help(struct cli *cli, const char *name)
{
	const struct script_keyword *word = name ? script_keyword_find(name, strlen(name)) : NULL;
	const struct cli_command *command = name ? cli_command_find(name) : NULL;

	if (name && !word)
		word = own_word(name);
	if (name && !word && !command)
		return session_unknown_command(cli, name);
	if (!word)
		cli_help(stdout, command);
	if (word || !name)
		show_words(word);
	return 0;
}

static const char *no_value(void *context, const char *name)
{
	(void)context, (void)name;
	return NULL;
}

bool shell_own(struct cli *cli, const char *text, size_t size, bool *leave, int *err)
{
	char buffer[SCRIPT_EXPANDED_MAX], *words[SCRIPT_WORDS_MAX + 1];
	const struct script_keyword *own = NULL;
	struct script script;

	if (!script_parse(&script, NULL, text, size, &cli->error) && script.n_steps == 1 &&
	    !script_expand(&script.steps[0], no_value, NULL, buffer, words, &cli->error))
		own = own_word(words[0]);
	if (own) {
		int wrong = script_keyword_count(own, script.steps[0].n_words - 1, &cli->error);

		*leave = !wrong && strcmp(own->name, "help");
		if (!wrong && !*leave)
			wrong = help(cli, words[1]);
		if (wrong)
			cli_complain(&cli->error);
		/* The shell ends with the status of the line before its exit. */
		if (!*leave)
			*err = wrong;
	}
	cli->error = (struct its_error){ 0 };
	script_free(&script);
	return own;
}
