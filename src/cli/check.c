// SPDX-License-Identifier: GPL-2.0-or-later
/* check: is everything as it should be? Exit 1 if something is broken. */
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "its/check.h"
#include "names.h"

static void show_finding(struct emitter *emit, enum its_severity severity, const char *name, const char *text)
{
	emit_wrap(emit, 30);
	emit_text(emit, "  ");
	cli_show_severity(emit, NULL, severity, 9);
	emit_string(emit, NULL, "", name, 18);
	emit_string(emit, EMIT_ELEMENT, " ", text, 0);
	emit_text(emit, "\n");
}

static void show_result(struct cli *cli, const struct check_result *result)
{
	struct emitter *emit = cli->emit;
	size_t i;

	emit_object(emit, NULL);
	emit_string(emit, "name", NULL, result->name, 0);
	emit_string(emit, "status", NULL, check_status_name(result->status), 0);
	emit_string(emit, "severity", NULL, its_severity_name(result->severity), 0);
	emit_string(emit, "summary", NULL, result->summary, 0);
	if (result->status == CHECK_UNKNOWN)
		emit_string(emit, "why", NULL, result->why, 0);
	emit_array(emit, "findings");
	for (i = 0; i < result->n_findings; i++)
		show_finding(emit, result->severity, result->name, result->findings[i]);
	emit_array_end(emit);
	emit_number(emit, "total", NULL, result->total, 0);
	if (result->total > result->n_findings)
		emit_textf(emit, "           %-18s ... and %zu more\n", result->name, result->total - result->n_findings);
	if (cli->verbose && result->status != CHECK_FAILED && !emit_is_json(emit))
		emit_textf(emit, "  %-8s %-18s %s%s%s\n", check_status_name(result->status), result->name, result->summary,
			   result->status == CHECK_UNKNOWN ? ": " : "", result->status == CHECK_UNKNOWN ? result->why : "");
	emit_object_end(emit);
}

static void show_count(struct emitter *emit, const char *key, const char *prefix, size_t count,
		       const char *one, const char *many)
{
	emit_number(emit, key, prefix, count, 0);
	emit_text(emit, count == 1 ? one : many);
}

/* @failed: findings by severity, those in the device tree with them. */
static void show_summary(struct cli *cli, const struct check_report *report, const size_t failed[ITS_SEVERITIES])
{
	struct emitter *emit = cli->emit;
	size_t i, named = 0, passed = 0;

	for (i = 0; i < report->count; i++)
		passed += report->results[i].status == CHECK_OK || report->results[i].status == CHECK_MOOT;
	emit_wrap(emit, 4);
	emit_text(emit, "  ");
	emit_color(emit, failed[ITS_ERROR] ? EMIT_BAD : EMIT_GOOD);
	emit_text(emit, failed[ITS_ERROR] ? "NOT healthy" : report->unknown ? "nothing wrong was found" : "healthy");
	emit_color(emit, EMIT_PLAIN);
	show_count(emit, "passed", ": ", passed, " check holds", " checks hold");
	show_count(emit, "errors", ", ", failed[ITS_ERROR], " error", " errors");
	show_count(emit, "warnings", ", ", failed[ITS_WARNING], " warning", " warnings");
	show_count(emit, "notes", ", ", failed[ITS_NOTE], " note", " notes");
	emit_number(emit, "unknown", report->unknown ? "; could not be made: " : NULL, report->unknown, 0);
	emit_text(emit, "\n");
	if (!report->unknown || cli->verbose || emit_is_json(emit))
		return;
	/* What could not be looked at is said, with the first reason. */
	for (i = 0; i < report->count; i++)
		if (report->results[i].status == CHECK_UNKNOWN)
			emit_textf(emit, "%s%s", named++ ? ", " : "  not looked at: ", report->results[i].name);
	for (i = 0; i < report->count; i++)
		if (report->results[i].status == CHECK_UNKNOWN) {
			emit_textf(emit, "\n  (%s; -v says why for each)\n", report->results[i].why);
			break;
		}
}

/* Findings in the tree about @node; NULL: about nodes that are no available ITS. Counts them in @failed. */
static void show_lints(struct cli *cli, const char *node, size_t failed[ITS_SEVERITIES])
{
	const struct board *board = &cli->board;
	size_t i, k;

	emit_array(cli->emit, "device_tree");
	for (i = 0; i < board->n_lints; i++) {
		const struct board_lint *lint = &board->lints[i];
		bool its = false;
		char text[700];

		for (k = 0; k < board->n_its; k++)
			its |= board->its[k].available && !strcmp(board->its[k].node, lint->node);
		if (node ? strcmp(node, lint->node) != 0 : its)
			continue;
		snprintf(text, sizeof(text), "%s: %s", lint->node, lint->text);
		emit_object(cli->emit, NULL);
		emit_string(cli->emit, "name", NULL, lint->name, 0);
		emit_string(cli->emit, "severity", NULL, its_severity_name(lint->severity), 0);
		emit_array(cli->emit, "findings");
		show_finding(cli->emit, lint->severity, lint->name, text);
		emit_array_end(cli->emit);
		emit_object_end(cli->emit);
		failed[lint->severity]++;
	}
	emit_array_end(cli->emit);
}

/* What had to be assumed: no check passes by it, but the ring is read by it. */
static void show_assumed(struct cli *cli, size_t index)
{
	struct queue queue;

	if (queue_open(&queue, &cli->memory, &cli->board.its[index], false, NULL))
		return;
	if (queue.assumed) {
		queue_attach(&queue, NULL);
		cli_show_assumed(cli, &queue);
	}
	queue_close(&queue);
}

/* What is the same for all ITSs. */
struct rounds {
	struct names *names;
	struct check_scope *scope;
};

static int check_one(struct cli *cli, size_t index, void *context)
{
	const struct rounds *rounds = context;
	struct check_report report;
	size_t i;
	int err;

	emit_wrap(cli->emit, 4);
	err = check_its(&cli->memory, &cli->board, index, names_system(rounds->names), rounds->scope, &report,
			&cli->error);
	cli_show_its(cli, index, NULL);
	show_assumed(cli, index);
	if (err) {
		cli_show_error(cli);
		return err;
	}
	emit_array(cli->emit, "checks");
	for (i = 0; i < report.count; i++)
		show_result(cli, &report.results[i]);
	emit_array_end(cli->emit);
	show_lints(cli, cli->board.its[index].node, report.failed);
	show_summary(cli, &report, report.failed);
	err = report.failed[ITS_ERROR] ? ITS_ERR_FAILED : 0;
	check_report_free(&report);
	return err;
}

static int run(struct cli *cli, int argc, char **argv)
{
	size_t *list, count, failed, elsewhere[ITS_SEVERITIES] = { 0 };
	struct rounds rounds = { 0 };
	int status;

	(void)argc;
	(void)argv;
	status = cli_choose_its(cli, &list, &count);
	if (status)
		return status;
	status = names_load(cli, &rounds.names);
	rounds.scope = status ? NULL : check_scope_new();
	if (!status && !rounds.scope)
		status = its_no_memory(&cli->error, "what is checked");
	if (status)
		goto out;
	cli_document_begin(cli);
	status = cli_show_each_its(cli, list, count, check_one, &rounds, &failed);
	show_lints(cli, NULL, elsewhere);
	if (elsewhere[ITS_ERROR] && !status)
		status = ITS_ERR_FAILED;
	emit_bool(cli->emit, "healthy", NULL, !status);
	cli_document_end(cli);
out:
	check_scope_free(rounds.scope);
	names_free(rounds.names);
	free(list);
	return status;
}

const struct cli_command cli_check = {
	.name = "check",
	.arguments = "",
	.summary = "health: every invariant by name; exit 1 if one is broken",
	.description =
		"Looks at registers, ring, tables, redistributors and device tree for whatever is known\n"
		"to keep MSIs from arriving. Each check has a name and a severity (note, warning, error);\n"
		"exit 1 if one of severity error fails. -v lists also those that hold.",
	.max_arguments = 0,
	.needs_its = true,
	.run = run,
};
