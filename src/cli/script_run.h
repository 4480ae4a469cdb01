/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs scripts and typed lines in a session: what `run` and `shell` share. */
#ifndef CLI_SCRIPT_RUN_H
#define CLI_SCRIPT_RUN_H

#include "expect.h"
#include "script.h"
#include "session.h"

#define SCRIPT_INCLUDES_MAX 16u		/* files in files */

/* How the steps are reported: their own output, one JSON object a step, or TAP. */
enum script_format { SCRIPT_TEXT, SCRIPT_JSON, SCRIPT_TAP };

struct script_variable;

struct script_run {
	struct cli *cli;
	struct session session;
	enum script_format format;
	bool keep_going;
	bool interactive;		/* a shell: lines have no file, and `run` may be one of them */
	unsigned includes;		/* files that are open in each other */
	uint64_t steps, failed, points;	/* points: of TAP */
	int status;			/* of the first step that failed */
	struct script_variable *variables;
	/* /proc/interrupts before the last command that could write, and at the last mark; NULL: there is none. */
	char *written, *marked;
	char buffer[SCRIPT_EXPANDED_MAX];	/* the words of the step that runs */
	char *values[SCRIPT_WORDS_MAX + 3];
};

/* What a step was and what came of it. */
struct script_outcome {
	const char *file;
	unsigned line;
	const char *kind;		/* "command", "expect", or the keyword */
	char command[1024];		/* the words, variables replaced; cut where it is longer */
	int err;
	const char *text;		/* echo */
	bool expects;			/* found and wanted are filled */
	char found[200], wanted[120];
	char *output;			/* what the command wrote, where that is reported; malloc'd */
	size_t output_size;
};

void script_run_begin(struct script_run *run, struct cli *cli);
void script_run_end(struct script_run *run);
/* ITS_ERR_USAGE for what is no NAME, ITS_ERR_FAILED without memory. */
int script_run_set(struct script_run *run, const char *name, const char *value);

/*
 * Parses all of the text, then runs it and reports each step: run->status is that of the
 * first that failed. An error, with cli->error set, if it cannot be run at all.
 */
int script_run_text(struct script_run *run, const char *file, const char *text, size_t size);
/* The same of a file; "-" is standard input. */
int script_run_file(struct script_run *run, const char *path);

/* Ctrl-C, a step that failed, or a reader that went away. */
bool script_run_stopped(const struct script_run *run);
/* "standard input" for "-" */
const char *script_file_name(const char *path);

/*
 * script_check.c: can it be run, and what it includes? All but what the values of its
 * variables decide, and how the board is. An error says where.
 */
int script_check(struct script_run *run, const struct script *script, const char *file);
/* Of a line whose options have been read: is it a command, and one that may stand there? */
int script_check_command(struct script_run *run, int argc, char **argv);
/* The N of "expect exit N: COMMAND..."; of sleep MS; of repeat N. */
int script_exit_status(struct cli *cli, int argc, char **argv, uint64_t *status);
int script_sleep_ms(struct cli *cli, const char *text, unsigned *ms);
int script_repeat_count(struct cli *cli, const char *text, uint64_t *count);
/* @name as it stands in file @from; malloc'd, NULL without memory. */
char *script_include_path(const char *from, const char *name);
int script_too_deep(struct cli *cli);

/* script_report.c */
void script_report_begin(struct script_run *run);
void script_report_step(struct script_run *run, struct script_outcome *outcome);
void script_report_end(struct script_run *run, const char *file);

#endif
