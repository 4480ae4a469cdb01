// SPDX-License-Identifier: GPL-2.0-or-later
/* What several commands show alike. */
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "its/identity.h"

#define SCHEMA_VERSION 1

void cli_document_begin(struct cli *cli)
{
	emit_object(cli->emit, NULL);
	emit_number(cli->emit, "schema_version", NULL, SCHEMA_VERSION, 0);
	emit_string(cli->emit, "tool", NULL, "its-tool", 0);
	emit_string(cli->emit, "version", NULL, ITS_TOOL_VERSION, 0);
}

/* In quotes where the shell would take it apart. */
static size_t quote(char *text, size_t size, const char *option, const char *word)
{
	bool plain = word[strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789@%_+=:,./-")] == '\0';
	size_t used = (size_t)snprintf(text, size, " %s %s", option, plain ? "" : "'");

	for (; !plain && *word && used + 6 < size; word++)
		used += (size_t)snprintf(text + used, size - used, *word == '\'' ? "'\\''" : "%c", *word);
	if (used < size)
		used += (size_t)snprintf(text + used, size - used, "%s", plain ? word : "'");
	return used < size ? used : size - 1;
}

void cli_own_line(const struct cli *cli, char *line, size_t size)
{
	const struct { const char *option, *word; } words[] = {
		{ "-s", cli->source_named ? cli->source : NULL }, { "-d", cli->dtb }, { "--acpi", cli->acpi },
		{ "-i", cli->which } };
	const struct { const char *option; const struct cli_value *value; } values[] = {
		{ "--cbaser", &cli->cbaser }, { "--cwriter", &cli->cwriter }, { "--creadr", &cli->creadr },
		{ "--typer", &cli->typer } };
	size_t used = (size_t)snprintf(line, size, "its-tool"), i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (words[i].word)
			used += quote(line + used, size - used, words[i].option, words[i].word);
	for (i = 0; i < sizeof(values) / sizeof(values[0]) && used < size; i++)
		if (values[i].value->given)
			used += (size_t)snprintf(line + used, size - used, " %s 0x%llx", values[i].option,
						 (unsigned long long)values[i].value->value);
}

void cli_document_end(struct cli *cli)
{
	emit_object_end(cli->emit);
}

void cli_show_assumed(struct cli *cli, const struct queue *queue)
{
	bool both = queue_assumes(queue, GITS_CWRITER) && queue_assumes(queue, GITS_CREADR);
	const struct { enum its_register_id id; const char *assumption; } shown[] = {
		{ GITS_CTLR, "enabled" }, { GITS_TYPER, "no limits, RDbase is a processor number or an address" },
		{ GITS_CWRITER, !both ? "as CREADR: idle" : queue->cwriter_found ?
		  "where the ring's contents say" : "slot 0, as nothing tells" },
		{ GITS_CREADR, "as CWRITER: idle" },
	};
	unsigned i, n = 0;

	if (!queue->assumed)
		return;
	emit_array(cli->emit, "assumed");
	for (i = 0; i < sizeof(shown) / sizeof(shown[0]); i++) {
		/* The pointers mean something only beside a ring. */
		if (!queue_assumes(queue, shown[i].id) || (!queue->slots && i >= 2))
			continue;
		emit_string(cli->emit, EMIT_ELEMENT, n++ ? ", " : "  not known and assumed: ",
			    its_register_row(shown[i].id)->name, 0);
		emit_string(cli->emit, NULL, " (", shown[i].assumption, 0);
		emit_text(cli->emit, ")");
	}
	emit_array_end(cli->emit);
	if (n)
		emit_text(cli->emit, "\n");
}

void cli_show_its_name(struct cli *cli, size_t index, const struct queue *queue)
{
	const struct board_its *its = &cli->board.its[index];
	struct emitter *emit = cli->emit;
	const char *slash = strrchr(its->node, '/');
	char buffer[40];

	emit_color(emit, EMIT_BOLD);
	emit_number(emit, "index", "ITS ", index, 0);
	emit_string(emit, "node", NULL, its->node, 0);
	emit_string(emit, NULL, "  ", slash ? slash + 1 : its->node, 0);
	if (its->translated)
		emit_hex(emit, "base", "  ", its->base, 0);
	else
		emit_null(emit, "base");
	emit_color(emit, EMIT_PLAIN);
	if (queue) {
		const char *product = queue_assumes(queue, GITS_IIDR) ? NULL :
				      its_product_name(queue->iidr, buffer, sizeof(buffer));

		if (queue_assumes(queue, GITS_IIDR))
			emit_null(emit, "iidr");
		else
			emit_hex(emit, "iidr", NULL, queue->iidr, 8);
		emit_string(emit, "product", "  ", product ? product : "unknown product", 0);
	}
}

void cli_show_its(struct cli *cli, size_t index, const struct queue *queue)
{
	cli_show_its_name(cli, index, queue);
	emit_text(cli->emit, "\n");
	if (queue)
		cli_show_assumed(cli, queue);
}

int cli_show_each_its(struct cli *cli, const size_t *list, size_t count,
		      int (*show)(struct cli *cli, size_t index, void *context), void *context, size_t *failed)
{
	int status = 0;
	size_t i;

	*failed = 0;
	emit_array(cli->emit, "its");
	for (i = 0; i < count; i++) {
		int err;

		if (i)
			emit_text(cli->emit, "\n");
		emit_object(cli->emit, NULL);
		err = show(cli, list[i], context);
		emit_object_end(cli->emit);
		*failed += err != 0;
		if (!status)
			status = err;
	}
	emit_array_end(cli->emit);
	return status;
}

enum emit_color cli_severity_color(enum its_severity severity)
{
	static const enum emit_color colors[ITS_SEVERITIES] = {
		[ITS_NOTE] = EMIT_DIM, [ITS_WARNING] = EMIT_WARN, [ITS_ERROR] = EMIT_BAD };

	return colors[severity];
}

void cli_show_severity(struct emitter *emit, const char *key, enum its_severity severity,
		       unsigned width)
{
	emit_color(emit, cli_severity_color(severity));
	emit_string(emit, key, "", its_severity_name(severity), width);
	emit_color(emit, EMIT_PLAIN);
}

void cli_show_error(struct cli *cli)
{
	struct emitter *emit = cli->emit;

	emit_object(emit, "error");
	emit_number(emit, "exit_status", NULL, (uint64_t)-cli->error.code, 0);
	emit_string(emit, "message", NULL, cli->error.message, 0);
	emit_string(emit, "hint", NULL, cli->error.hint, 0);
	emit_object_end(emit);
	emit_flush(emit);
	if (!cli->silent)
		cli_complain(&cli->error);
	cli->error.message[0] = '\0';
}

static void show_words(struct emitter *emit, const char *key, const uint64_t *words)
{
	unsigned i;

	emit_array(emit, key);
	for (i = 0; i < ITS_COMMAND_WORDS; i++)
		emit_hex(emit, EMIT_ELEMENT, i ? " " : "", words[i], 16);
	emit_array_end(emit);
}

static void show_reserved(struct emitter *emit, const uint64_t *words, const uint64_t *reserved)
{
	unsigned driver, i;

	if (emit_is_json(emit)) {
		show_words(emit, "reserved", reserved);
		return;
	}
	if (queue_is_tagged(words, &driver) && !(reserved[0] | reserved[1] | reserved[2])) {
		emit_text(emit, "  (its-tool's)");
		return;
	}
	emit_text(emit, "  RES0:");
	for (i = 0; i < ITS_COMMAND_WORDS; i++)
		if (reserved[i]) {
			emit_number(emit, NULL, " DW", i, 0);
			emit_hex(emit, NULL, "=", reserved[i], 0);
		}
}

bool cli_target_unknown(const struct cli *cli, const uint64_t words[ITS_COMMAND_WORDS],
			const struct queue *queue)
{
	static const enum its_field_id fields[] = { ITS_FIELD_RDBASE, ITS_FIELD_RDBASE2 };
	uint64_t rdbase, valid;
	size_t f, i;

	if (!cli->n_targets || (its_command_get(words, queue->layout, ITS_FIELD_V, &valid) && !valid))
		return false;
	for (f = 0; f < 2; f++) {
		if (!its_command_get(words, queue->layout, fields[f], &rdbase))
			continue;
		for (i = 0; i < cli->n_targets; i++)
			if (queue_redistributor_is(queue, &cli->targets[i], rdbase))
				break;
		if (i == cli->n_targets)
			return true;
	}
	return false;
}

/* A SYNC for it never ends on some parts, and a MAPC is refused. */
static void show_unknown_target(struct cli *cli, const uint64_t *words, const struct queue *queue)
{
	if (!cli_target_unknown(cli, words, queue))
		return;
	emit_bool(cli->emit, "unknown_target", NULL, true);
	emit_text(cli->emit, "  NO SUCH REDISTRIBUTOR");
}

void cli_show_fields(struct cli *cli, const uint64_t words[ITS_COMMAND_WORDS],
		     const struct queue *queue)
{
	const struct its_command *command = its_command_by_opcode(words[0]);
	struct emitter *emit = cli->emit;
	const struct its_field *field;
	uint64_t reserved[ITS_COMMAND_WORDS];

	if (command) {
		emit_string(emit, "command", "", command->name, 7);
		emit_object(emit, "fields");
		its_command_for_each_field(field, command, queue->layout) {
			emit_text(emit, " ");
			emit_field(emit, field, words, queue->pta);
		}
		emit_object_end(emit);
		if (its_command_reserved(words, queue->layout, reserved))
			show_reserved(emit, words, reserved);
		show_unknown_target(cli, words, queue);
	} else {
		emit_null(emit, "command");
		emit_id(emit, "opcode", "opcode ", its_command_opcode(words));
		emit_text(emit, " unknown: ");
	}
	if (!command || emit_is_json(emit))
		show_words(emit, "raw", words);
}

void cli_show_words(struct cli *cli, const uint64_t words[ITS_COMMAND_WORDS])
{
	if (emit_is_json(cli->emit))
		return;
	emit_text(cli->emit, "                           ");
	show_words(cli->emit, NULL, words);
	emit_text(cli->emit, "\n");
}

void cli_show_command(struct cli *cli, const uint64_t words[ITS_COMMAND_WORDS],
		      const struct queue *queue, bool raw)
{
	cli_show_fields(cli, words, queue);
	emit_text(cli->emit, "\n");
	if (raw && its_command_by_opcode(words[0]))
		cli_show_words(cli, words);
}

void cli_show_diagnosis(struct cli *cli, const struct queue *queue,
			const struct queue_snapshot *snapshot, unsigned slot)
{
	struct queue_redistributor *list;
	struct replay replay;
	struct queue_scene scene = { .queue = queue, .snapshot = snapshot, .replay = &replay };
	struct queue_diagnosis diagnosis;
	struct its_error ignored;

	cli_redistributors(cli, queue->its, &list, &scene.n_redistributors);
	scene.redistributors = list;
	/* Without memory for all of the history the part that was replayed judges. */
	queue_replay(&scene, NULL, NULL, &ignored);
	queue_diagnose(&scene, snapshot->words[slot], &diagnosis);
	replay_free(&replay);
	free(list);
	emit_object(cli->emit, "likely_error");
	if (*diagnosis.reason)
		emit_string(cli->emit, "reason", "  likely because ", diagnosis.reason, 0);
	else
		emit_text(cli->emit, "  nothing is wrong with it by the ring's history: ask what the ITS itself limits (hypervisor, firmware)");
	if (diagnosis.code) {
		emit_hex(cli->emit, "code", " (", diagnosis.code, 6);
		emit_string(cli->emit, "name", " ", diagnosis.name, 0);
		emit_text(cli->emit, ")");
	}
	emit_text(cli->emit, "\n");
	emit_object_end(cli->emit);
}
