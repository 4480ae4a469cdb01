// SPDX-License-Identifier: GPL-2.0-or-later
/* Can each line be run? Mistakes are found before anything has been written to the hardware. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "its/number.h"
#include "script_run.h"
#include "shell.h"

#define UNKNOWN '\001'			/* stands where a variable's value will */

/* The files that include each other down to the one that is checked. */
struct chain {
	const char *path;
	const struct chain *above;
	unsigned depth;
};

static int check_all(struct script_run *run, const struct script *script, const char *file,
		     const struct chain *above);

static const char *unknown_value(void *context, const char *name)
{
	static const char unknown[] = { UNKNOWN, '\0' };

	(void)context, (void)name;
	return unknown;
}

static bool is_unknown(const char *word)
{
	return strchr(word, UNKNOWN);
}

int script_sleep_ms(struct cli *cli, const char *text, unsigned *ms)
{
	uint64_t number;

	if (!its_number_parse(text, &number) || number > CLI_MS_MAX) {
		its_error(&cli->error, ITS_ERR_USAGE, "sleep: '%.80s' is not a number of milliseconds", text);
		return its_hint(&cli->error, "0 to %u", CLI_MS_MAX);
	}
	*ms = (unsigned)number;
	return 0;
}

int script_repeat_count(struct cli *cli, const char *text, uint64_t *count)
{
	if (its_number_parse(text, count))
		return 0;
	return its_error(&cli->error, ITS_ERR_USAGE, "repeat: '%.80s' is not a number", text);
}

int script_exit_status(struct cli *cli, int argc, char **argv, uint64_t *status)
{
	size_t length = argc > 2 ? strlen(argv[2]) : 0;

	if (argc < 4 || argv[2][length - 1] != ':' ||
	    (!is_unknown(argv[2]) && (!its_number_parse_n(argv[2], length - 1, status) || *status > 255))) {
		its_error(&cli->error, ITS_ERR_USAGE,
			  "expect exit: a number with a colon, and a command, must follow");
		return its_hint(&cli->error, "expect exit 7: inject 99 0");
	}
	if (script_keyword_find(argv[3], strlen(argv[3])))
		return its_error(&cli->error, ITS_ERR_USAGE, "expect exit: '%s' is no command of its-tool",
				 argv[3]);
	return 0;
}

int script_check_command(struct script_run *run, int argc, char **argv)
{
	struct cli *cli = run->cli;

	if (!argc)
		return its_error(&cli->error, ITS_ERR_USAGE, "options, but no command");
	if (!strcmp(argv[0], "shell") || (!strcmp(argv[0], "run") && !run->interactive)) {
		its_error(&cli->error, ITS_ERR_USAGE, "'%s' cannot be a line of a script", argv[0]);
		return its_hint(&cli->error, "include FILE runs the lines of another one");
	}
	if (cli_command_find(argv[0]))
		return 0;
	if (!shell_has_word(argv[0]))
		return session_unknown_command(cli, argv[0]);
	its_error(&cli->error, ITS_ERR_USAGE, "'%s' belongs to the prompt of the shell", argv[0]);
	return its_hint(&cli->error, "a script and a block end with their last line");
}

/*
 * The words behind argv[0], which is skipped. @exact: nothing in it is unknown, and it
 * must be right; else only its name must be, as far as it can be told from the options.
 */
static int check_command(struct script_run *run, int argc, char **argv, bool exact)
{
	char *first = argv[1];
	int err;

	err = session_options(&run->session, &argc, &argv);
	if (err && exact)
		return err;
	if (err) {
		if (*first == '-')
			return 0;
		argv = &first;
		argc = 1;
	}
	if (argc && is_unknown(argv[0]))
		return 0;
	err = script_check_command(run, argc, argv);
	return err || !exact ? err : cli_command_choose(run->cli, argc, argv);
}

static int check_expect(struct script_run *run, int argc, char **argv, bool exact)
{
	struct expect expect;
	uint64_t status;
	int err;

	if (argc > 1 && !strcmp(argv[1], "exit")) {
		err = script_exit_status(run->cli, argc, argv, &status);
		/* It may be meant to be wrong, but not to be no command. */
		return err ? err : check_command(run, argc - 2, argv + 2, false);
	}
	if (!exact)
		return 0;
	err = session_options(&run->session, &argc, &argv);
	return err ? err : expect_parse(&expect, argc, argv, &run->cli->error);
}

/* Its words have been expanded into run->values, behind one that is free. */
static int check_words(struct script_run *run, const struct script_keyword *keyword, int argc, bool exact)
{
	char **words = run->values + 1;
	uint64_t count;
	unsigned ms;

	if (!keyword)
		return check_command(run, argc + 1, run->values, exact);
	if (!strcmp(keyword->name, "expect"))
		return check_expect(run, argc, words, exact);
	if (exact && !strcmp(keyword->name, "sleep"))
		return script_sleep_ms(run->cli, words[1], &ms);
	if (exact && !strcmp(keyword->name, "repeat"))
		return script_repeat_count(run->cli, words[1], &count);
	return 0;
}

/* A message about @line of @file says so; of a line that was typed, nothing. */
static int say_where(struct cli *cli, const char *file, unsigned line, int err)
{
	struct its_error plain = cli->error;

	if (!err || !file)
		return err;
	its_error(&cli->error, err, "%s:%u: %s", file, line, plain.message);
	return *plain.hint ? its_hint(&cli->error, "%s", plain.hint) : err;
}

char *script_include_path(const char *from, const char *name)
{
	const char *slash = from && *name != '/' ? strrchr(from, '/') : NULL;
	char *path;

	if (asprintf(&path, "%.*s%s", slash ? (int)(slash - from + 1) : 0, slash ? from : "", name) < 0)
		return NULL;
	return path;
}

int script_too_deep(struct cli *cli)
{
	return its_error(&cli->error, ITS_ERR_INPUT, "include: more than %u files in each other",
			 SCRIPT_INCLUDES_MAX);
}

/* A file, and one that is not being checked already: a pipe could not be read twice. */
static bool is_worth_checking(const char *path, const struct chain *above)
{
	struct stat about;

	if (!strcmp(path, "-") || (!stat(path, &about) && !S_ISREG(about.st_mode)))
		return false;
	for (; above; above = above->above)
		if (!strcmp(path, above->path))
			return false;
	return true;
}

static int check_include(struct script_run *run, const char *file, unsigned line, const char *name,
			 const struct chain *above)
{
	char *path = script_include_path(file, name), *text = NULL;
	struct its_error *error = &run->cli->error;
	struct script script;
	size_t size;
	int err = 0;

	if (!path)
		return its_no_memory(error, "the name of a file");
	if (is_worth_checking(path, above)) {
		err = above && above->depth == SCRIPT_INCLUDES_MAX ? script_too_deep(run->cli) :
		      memory_read_file(path, &text, &size, error);
		err = say_where(run->cli, file, line, err);
		if (!err) {
			err = script_parse(&script, path, text, size, error);
			if (!err)
				err = check_all(run, &script, path, above);
			script_free(&script);
		}
	}
	free(text);
	free(path);
	return err;
}

static int check_step(struct script_run *run, const struct script_step *step, const char *file,
		      const struct chain *chain)
{
	const struct script_keyword *keyword =
		script_keyword_find(step->words[0].text, step->words[0].length);
	static char free_word[] = "its-tool";
	bool exact = true;
	size_t i;
	int err;

	run->values[0] = free_word;
	err = script_expand(step, unknown_value, NULL, run->buffer, run->values + 1, &run->cli->error);
	for (i = 0; !err && i < step->n_words; i++)
		exact = exact && !is_unknown(run->values[i + 1]);
	if (!err && exact && keyword && !strcmp(keyword->name, "include"))
		return check_include(run, file, step->line, run->values[2], chain);
	if (!err)
		err = check_words(run, keyword, (int)step->n_words, exact);
	return say_where(run->cli, file, step->line, err);
}

static int check_all(struct script_run *run, const struct script *script, const char *file,
		     const struct chain *above)
{
	struct chain chain = { file, above, above ? above->depth + 1 : 1 };
	size_t i;
	int err = 0;

	for (i = 0; i < script->n_steps && !err; i++)
		err = check_step(run, &script->steps[i], file, file ? &chain : NULL);
	return err;
}

int script_check(struct script_run *run, const struct script *script, const char *file)
{
	int err = check_all(run, script, file, NULL);

	session_restore(&run->session);
	memory_set_timeout(run->cli->timeout_ms);
	return err;
}
