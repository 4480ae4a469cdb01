// SPDX-License-Identifier: GPL-2.0-or-later
/* What came of the steps: for people, as JSON Lines, or as TAP. */
#include <errno.h>
#include <string.h>

#include "script_run.h"

void script_report_begin(struct script_run *run)
{
	if (run->format == SCRIPT_TAP)
		puts("TAP version 13");
}

/* For people: only what went wrong; a command has said for itself what it did. */
static void complain(struct script_run *run, const struct script_outcome *outcome)
{
	struct its_error *error = &run->cli->error;

	if (!outcome->err)
		return;
	if (!*error->message && outcome->expects)
		its_error(error, outcome->err, "%s: found %s, wanted %s", outcome->command, outcome->found,
			  outcome->wanted);
	else if (!*error->message && outcome->file)
		its_error(error, outcome->err, "'%s': exit %d", outcome->command, -outcome->err);
	if (*error->message)
		cli_complain(error);
}

/* The documents of the command, as they are: each is one line. */
static void show_documents(struct emitter *emit, const struct script_outcome *outcome)
{
	const char *text = outcome->output, *end = text ? text + outcome->output_size : NULL;

	emit_array(emit, "documents");
	while (text && text < end) {
		const char *newline = memchr(text, '\n', (size_t)(end - text));
		size_t length = newline ? (size_t)(newline - text) : (size_t)(end - text);

		if (length && *text == '{')
			emit_json(emit, NULL, text, length);
		text += length + 1;
	}
	emit_array_end(emit);
}

static void show_json(struct script_run *run, struct script_outcome *outcome)
{
	struct emitter *emit = run->session.emit;
	struct cli *cli = run->cli;

	cli_document_begin(cli);
	emit_string(emit, "type", NULL, "step", 0);
	emit_number(emit, "step", NULL, run->steps, 0);
	emit_string(emit, "file", NULL, outcome->file, 0);
	emit_number(emit, "line", NULL, outcome->line, 0);
	emit_string(emit, "kind", NULL, outcome->kind, 0);
	emit_string(emit, "command", NULL, outcome->command, 0);
	emit_bool(emit, "ok", NULL, !outcome->err);
	emit_number(emit, "exit_status", NULL, (uint64_t)-outcome->err, 0);
	if (outcome->text)
		emit_string(emit, "text", NULL, outcome->text, 0);
	if (outcome->expects) {
		emit_string(emit, "found", NULL, outcome->found, 0);
		emit_string(emit, "wanted", NULL, outcome->wanted, 0);
	}
	if (outcome->err && *cli->error.message) {
		emit_object(emit, "error");
		emit_number(emit, "exit_status", NULL, (uint64_t)-outcome->err, 0);
		emit_string(emit, "message", NULL, cli->error.message, 0);
		emit_string(emit, "hint", NULL, cli->error.hint, 0);
		emit_object_end(emit);
	}
	show_documents(emit, outcome);
	cli_document_end(cli);
	emit_record_end(emit);
	if (emit_push(emit))
		return;
	/* Nobody would know of what a line does from here on. */
	if (errno != EPIPE && !outcome->err) {
		outcome->err = cli_cannot_write(cli);
		run->failed++;
		if (!run->status)
			run->status = outcome->err;
	}
	cli->reader_gone = true;
}

/* A text as TAP can hold it: one line, no '#', which would begin a directive. */
static void tap_text(const char *text)
{
	for (; *text; text++) {
		if (*text == '#' || *text == '\\')
			putchar('\\');
		putchar((unsigned char)*text < 0x20 ? ' ' : *text);
	}
}

static void tap_comment(const char *text, size_t size)
{
	size_t i;

	for (i = 0; i < size; i++) {
		if (!i || text[i - 1] == '\n')
			fputs(text[i] == '\n' ? "#" : "# ", stdout);
		putchar((unsigned char)text[i] < 0x20 && text[i] != '\n' ? ' ' : text[i]);
	}
	if (size && text[size - 1] != '\n')
		putchar('\n');
}

static void yaml_member(const char *key, const char *text)
{
	printf("  %s: \"", key);
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			putchar('\\');
		putchar((unsigned char)*text < 0x20 ? ' ' : *text);
	}
	puts("\"");
}

static void show_tap(struct script_run *run, const struct script_outcome *outcome)
{
	if (outcome->text)
		tap_comment(outcome->text, strlen(outcome->text));
	if (outcome->output)
		tap_comment(outcome->output, outcome->output_size);
	if (!outcome->err && strcmp(outcome->kind, "command") && strcmp(outcome->kind, "expect"))
		return;
	printf("%sok %llu - ", outcome->err ? "not " : "", (unsigned long long)++run->points);
	tap_text(outcome->file);
	printf(":%u: ", outcome->line);
	tap_text(outcome->command);
	putchar('\n');
	if (outcome->err) {
		puts("  ---");
		if (*run->cli->error.message)
			yaml_member("message", run->cli->error.message);
		if (outcome->expects) {
			yaml_member("found", outcome->found);
			yaml_member("wanted", outcome->wanted);
		}
		printf("  exit_status: %d\n  ...\n", -outcome->err);
	}
	fflush(stdout);
}

void script_report_step(struct script_run *run, struct script_outcome *outcome)
{
	switch (run->format) {
	case SCRIPT_TEXT:
		if (outcome->text) {
			emit_string(run->session.emit, NULL, "", outcome->text, 0);
			emit_text(run->session.emit, "\n");
			emit_flush(run->session.emit);
		}
		break;
	case SCRIPT_JSON:
		show_json(run, outcome);
		break;
	case SCRIPT_TAP:
		show_tap(run, outcome);
		break;
	}
	complain(run, outcome);
}

void script_report_end(struct script_run *run, const char *file)
{
	struct emitter *emit = run->session.emit;

	/* A plan would say that this was all of it. */
	if (run->format == SCRIPT_TAP && session_interrupted)
		puts("Bail out! interrupted");
	else if (run->format == SCRIPT_TAP)
		printf("1..%llu\n", (unsigned long long)run->points);
	if (run->format == SCRIPT_JSON) {
		cli_document_begin(run->cli);
		emit_string(emit, "type", NULL, "summary", 0);
		emit_string(emit, "file", NULL, file, 0);
		emit_number(emit, "steps", NULL, run->steps, 0);
		emit_number(emit, "failed", NULL, run->failed, 0);
		emit_bool(emit, "interrupted", NULL, session_interrupted);
		emit_number(emit, "exit_status", NULL, (uint64_t)-run->status, 0);
		cli_document_end(run->cli);
		emit_record_end(emit);
	}
	if (run->keep_going && run->failed)
		cli_note(run->cli, "%s: %llu of %llu steps failed", file, (unsigned long long)run->failed,
			 (unsigned long long)run->steps);
	else if (run->cli->verbose && !run->failed)
		cli_note(run->cli, "%s: %llu steps", file, (unsigned long long)run->steps);
}
