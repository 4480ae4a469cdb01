// SPDX-License-Identifier: GPL-2.0-or-later
/* Runs the steps of a script, one after the other. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "script_run.h"

#define VARIABLES_MAX 1024u

struct script_variable {
	char name[SCRIPT_NAME_MAX + 1];
	char *value;
	UT_hash_handle hh;
};

int script_run_set(struct script_run *run, const char *name, const char *value)
{
	struct script_variable *variable;
	char *copy;

	if (!script_is_name(name, strlen(name))) {
		its_error(&run->cli->error, ITS_ERR_USAGE, "'%.80s' is not the name of a variable", name);
		return its_hint(&run->cli->error, "a letter or '_', then letters, digits and '_', at most %u: NAME=VALUE", SCRIPT_NAME_MAX);
	}
	copy = strdup(value);
	if (!copy)
		return its_no_memory(&run->cli->error, "$%s", name);
	HASH_FIND_STR(run->variables, name, variable);
	if (!variable) {
		variable = HASH_COUNT(run->variables) < VARIABLES_MAX ? calloc(1, sizeof(*variable)) : NULL;
		if (!variable) {
			free(copy);
			return its_error(&run->cli->error, ITS_ERR_FAILED,
					 "no room for $%s: a script may have %u variables", name,
					 VARIABLES_MAX);
		}
		snprintf(variable->name, sizeof(variable->name), "%s", name);
		HASH_ADD_STR(run->variables, name, variable);
		if (!variable->hh.tbl) {
			free(variable);
			free(copy);
			return its_no_memory(&run->cli->error, "$%s", name);
		}
	}
	free(variable->value);
	variable->value = copy;
	return 0;
}

static const char *value_of(void *context, const char *name)
{
	struct script_run *run = context;
	struct script_variable *variable;

	HASH_FIND_STR(run->variables, name, variable);
	return variable ? variable->value : NULL;
}

static void read_interrupts(struct cli *cli, char **text)
{
	struct its_error ignored;
	size_t size;

	free(*text);
	*text = NULL;
	if (cli->unopened.code || memory_file(&cli->memory, MEMORY_FILE_INTERRUPTS, text, &size, &ignored))
		*text = NULL;
}

static void before_write(void *context)
{
	struct script_run *run = context;

	read_interrupts(run->cli, &run->written);
}

void script_run_begin(struct script_run *run, struct cli *cli)
{
	memset(run, 0, sizeof(*run));
	run->cli = cli;
	session_begin(&run->session, cli);
	run->session.before_write = before_write;
	run->session.context = run;
	read_interrupts(cli, &run->written);
	read_interrupts(cli, &run->marked);
}

void script_run_end(struct script_run *run)
{
	struct script_variable *variable, *next;

	session_restore(&run->session);
	HASH_ITER(hh, run->variables, variable, next) {
		HASH_DEL(run->variables, variable);
		free(variable->value);
		free(variable);
	}
	free(run->written);
	free(run->marked);
}

bool script_run_stopped(const struct script_run *run)
{
	return session_interrupted || run->cli->reader_gone || (run->failed && !run->keep_going);
}

/* The words as one text, those with blanks in quotes. */
static void join(char **words, size_t count, char *text, size_t size)
{
	size_t i, used = 0;

	text[0] = '\0';
	for (i = 0; i < count && used < size; i++) {
		const char *quote = !*words[i] || strpbrk(words[i], " \t#") ? "'" : "";

		used += (size_t)snprintf(text + used, size - used, "%s%s%s%s", i ? " " : "", quote,
					 words[i], quote);
	}
}

/* A command of its-tool whose options have been read. */
static int run_command(struct script_run *run, struct script_outcome *outcome, int argc, char **argv)
{
	bool apart = run->format != SCRIPT_TEXT;
	struct its_error error;
	FILE *out = stdout;
	int err;

	if (apart)
		out = open_memstream(&outcome->output, &outcome->output_size);
	if (!out)
		return its_no_memory(&run->cli->error, "the command's output");
	err = session_command(&run->session, out, !apart, argc, argv);
	if (apart && memory_text_end(out, &outcome->output, "the command's output", &error) && !err) {
		run->cli->error = error;
		err = error.code;
	}
	return err;
}

/* expect exit 7: COMMAND... */
static int run_expect_exit(struct script_run *run, struct script_outcome *outcome, int argc, char **argv)
{
	struct cli *cli = run->cli;
	uint64_t status;
	int err;

	err = script_exit_status(cli, argc, argv, &status);
	if (err)
		return err;
	/* Options may be wrong on purpose; what is no command is a mistake, whatever status is expected. */
	argc -= 2;
	argv += 2;
	err = session_options(&run->session, &argc, &argv);
	if (!err) {
		err = script_check_command(run, argc, argv);
		if (err)
			return err;
		err = run_command(run, outcome, argc, argv);
	}
	outcome->expects = true;
	snprintf(outcome->wanted, sizeof(outcome->wanted), "exit %llu", (unsigned long long)status);
	snprintf(outcome->found, sizeof(outcome->found), "exit %d%s%.120s", -err,
		 *cli->error.message ? ": " : "", cli->error.message);
	cli->error.message[0] = '\0';
	return (uint64_t)-err == status ? 0 : ITS_ERR_FAILED;
}

static int run_expect(struct script_run *run, struct script_outcome *outcome, int argc, char **argv)
{
	struct expect_counts counts = { run->written, run->marked };
	struct cli *cli = run->cli;
	struct expect expect;
	struct expect_fact fact;
	int err;

	if (argc > 1 && !strcmp(argv[1], "exit"))
		return run_expect_exit(run, outcome, argc, argv);
	err = session_options(&run->session, &argc, &argv);
	if (!err)
		err = expect_parse(&expect, argc, argv, &cli->error);
	if (!err && cli->unopened.code) {
		cli->error = cli->unopened;
		err = cli->error.code;
	}
	if (!err)
		err = cli_require_its(cli);
	if (err)
		return err;
	err = expect_run(cli, &expect, &counts, &fact);
	if (err && *cli->error.message)
		return err;
	outcome->expects = true;
	expect_wanted_text(&expect, outcome->wanted, sizeof(outcome->wanted));
	expect_fact_text(&fact, outcome->found, sizeof(outcome->found));
	return err;
}

static int run_sleep(struct script_run *run, const char *text)
{
	unsigned ms;
	int err = script_sleep_ms(run->cli, text, &ms);

	if (!err)
		session_sleep(ms);
	return err;
}

static void run_range(struct script_run *run, const struct script *script, size_t first, size_t end,
		      const char *file);

static int include(struct script_run *run, const char *from, const char *name)
{
	char *path;
	int err;

	if (run->includes == SCRIPT_INCLUDES_MAX)
		return script_too_deep(run->cli);
	path = script_include_path(from, name);
	if (!path)
		return its_no_memory(&run->cli->error, "the name of a file");
	err = script_run_file(run, path);
	free(path);
	return err;
}

/* A keyword that is a step of its own. */
static int run_keyword(struct script_run *run, struct script_outcome *outcome, int argc, char **argv)
{
	if (!strcmp(outcome->kind, "expect"))
		return run_expect(run, outcome, argc, argv);
	if (!strcmp(outcome->kind, "sleep"))
		return run_sleep(run, argv[1]);
	if (!strcmp(outcome->kind, "set") || (!strcmp(outcome->kind, "default") && !value_of(run, argv[1])))
		return script_run_set(run, argv[1], argv[2]);
	if (!strcmp(outcome->kind, "mark"))
		read_interrupts(run->cli, &run->marked);
	return 0;
}

static void finish(struct script_run *run, struct script_outcome *outcome)
{
	run->steps++;
	/* Whatever it stumbled over then, or had not found yet, Ctrl-C is why it ended. */
	if (outcome->err && emit_dropped)
		its_error(&run->cli->error, outcome->err, "%s: interrupted", outcome->command);
	if (outcome->err) {
		run->failed++;
		if (!run->status)
			run->status = outcome->err;
	}
	script_report_step(run, outcome);
	free(outcome->output);
	cli_set_where(NULL, 0);
}

static void run_repeat(struct script_run *run, const struct script *script, size_t index,
		       struct script_outcome *outcome)
{
	const struct script_step *step = &script->steps[index];
	uint64_t count, i;

	outcome->err = script_repeat_count(run->cli, run->values[1], &count);
	if (outcome->err) {
		finish(run, outcome);
		return;
	}
	cli_set_where(NULL, 0);
	for (i = 0; i < count && !script_run_stopped(run); i++)
		run_range(run, script, index + 1, step->end, outcome->file);
}

static void run_include(struct script_run *run, struct script_outcome *outcome)
{
	outcome->err = include(run, outcome->file, run->values[1]);
	cli_set_where(outcome->file, outcome->line);
	/* What failed in it has been reported; that it cannot be run has not. */
	if (outcome->err)
		finish(run, outcome);
	cli_set_where(NULL, 0);
}

static void run_echo(struct script_run *run, struct script_outcome *outcome, int argc, char **argv)
{
	char text[SCRIPT_EXPANDED_MAX];
	size_t used = 0;
	int i;

	text[0] = '\0';
	for (i = 1; i < argc && used < sizeof(text); i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%s", i > 1 ? " " : "", argv[i]);
	outcome->text = text;
	finish(run, outcome);
}

static void run_step(struct script_run *run, const struct script *script, size_t index, const char *file)
{
	const struct script_step *step = &script->steps[index];
	const struct script_keyword *keyword =
		script_keyword_find(step->words[0].text, step->words[0].length);
	struct script_outcome outcome = { .file = file,
					  .line = step->line,
					  .kind = keyword ? keyword->name : "command" };
	int argc = (int)step->n_words;
	/* Options are read from a line that begins with its-tool's name. */
	char **argv = run->values;
	static char name[] = "its-tool";

	run->cli->error = (struct its_error){ 0 };
	/* A line that was typed has no file. */
	cli_set_where(file, step->line);
	outcome.err = script_expand(step, value_of, run, run->buffer, keyword ? argv : argv + 1,
				    &run->cli->error);
	if (outcome.err) {
		snprintf(outcome.command, sizeof(outcome.command), "%.*s", (int)step->words[0].length,
			 step->words[0].text);
		finish(run, &outcome);
		return;
	}
	join(keyword ? argv : argv + 1, step->n_words, outcome.command, sizeof(outcome.command));
	if (run->cli->verbose && file)
		cli_note(run->cli, "%s", outcome.command);
	if (step->end) {
		run_repeat(run, script, index, &outcome);
		return;
	}
	if (keyword && !strcmp(keyword->name, "include")) {
		run_include(run, &outcome);
		return;
	}
	if (keyword && !strcmp(keyword->name, "echo")) {
		run_echo(run, &outcome, argc, argv);
		return;
	}
	if (keyword) {
		outcome.err = run_keyword(run, &outcome, argc, argv);
	} else {
		argv[0] = name;
		argc++;
		outcome.err = session_options(&run->session, &argc, &argv);
		if (!outcome.err)
			outcome.err = script_check_command(run, argc, argv);
		if (!outcome.err)
			outcome.err = run_command(run, &outcome, argc, argv);
	}
	session_restore(&run->session);
	finish(run, &outcome);
}

static void run_range(struct script_run *run, const struct script *script, size_t first, size_t end,
		      const char *file)
{
	size_t i = first;

	while (i < end && !script_run_stopped(run)) {
		size_t next = script->steps[i].end ? script->steps[i].end : i + 1;

		run_step(run, script, i, file);
		i = next;
	}
}

int script_run_text(struct script_run *run, const char *file, const char *text, size_t size)
{
	struct script script;
	int err;

	err = script_parse(&script, file, text, size, &run->cli->error);
	if (!err)
		err = script_check(run, &script, file);
	if (!err)
		run_range(run, &script, 0, script.n_steps, file);
	script_free(&script);
	return err;
}

const char *script_file_name(const char *path)
{
	return strcmp(path, "-") ? path : "standard input";
}

int script_run_file(struct script_run *run, const char *path)
{
	char *text;
	const bool stdin_given = !strcmp(path, "-");
	size_t size;
	int err;

	err = stdin_given ? cli_check_stdin(run->cli) : 0;
	if (err)
		return err;
	if (stdin_given)
		err = memory_read_fd(STDIN_FILENO, script_file_name(path), &text, &size, &run->cli->error);
	else
		err = memory_read_file(path, &text, &size, &run->cli->error);
	if (err)
		return err;
	run->includes++;
	err = script_run_text(run, script_file_name(path), text, size);
	run->includes--;
	free(text);
	return err;
}
