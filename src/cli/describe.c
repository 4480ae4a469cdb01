// SPDX-License-Identifier: GPL-2.0-or-later
/* --dump-cli: commands, options, ITS commands with their fields, registers and sources, as JSON. */
#include "cli.h"

static void describe_commands(struct emitter *emit)
{
	size_t i;

	emit_array(emit, "commands");
	for (i = 0; cli_commands[i]; i++) {
		emit_object(emit, NULL);
		emit_string(emit, "name", NULL, cli_commands[i]->name, 0);
		emit_string(emit, "arguments", NULL, cli_commands[i]->arguments, 0);
		emit_string(emit, "summary", NULL, cli_commands[i]->summary, 0);
		emit_bool(emit, "writes", NULL, cli_commands[i]->writes);
		emit_object_end(emit);
	}
	emit_array_end(emit);
}

static void describe_its_commands(struct emitter *emit)
{
	const struct its_command *command;
	const struct its_field *field;
	size_t i;

	emit_array(emit, "its_commands");
	for (i = 0; (command = its_command_at(i)); i++) {
		emit_object(emit, NULL);
		emit_string(emit, "name", NULL, command->name, 0);
		emit_number(emit, "opcode", NULL, command->opcode, 0);
		emit_string(emit, "summary", NULL, command->summary, 0);
		emit_bool(emit, "mapping", NULL, command->mapping);
		emit_array(emit, "fields");
		/* A field whose width differs between the layouts is one name. */
		for (field = command->fields; field->name; field++)
			if (field == command->fields || field->id != field[-1].id)
				emit_string(emit, EMIT_ELEMENT, NULL, field->name, 0);
		emit_array_end(emit);
		emit_object_end(emit);
	}
	emit_array_end(emit);
}

void cli_describe(FILE *out)
{
	struct emitter *emit = emit_new(out, true, false);
	size_t i;

	emit_object(emit, NULL);
	emit_string(emit, "version", NULL, ITS_TOOL_VERSION, 0);
	describe_commands(emit);
	cli_options_describe(emit);
	describe_its_commands(emit);
	emit_array(emit, "registers");
	for (i = 0; i < ITS_REGISTERS; i++)
		emit_string(emit, EMIT_ELEMENT, NULL, its_register_row((enum its_register_id)i)->name, 0);
	emit_array_end(emit);
	emit_array(emit, "sources");
	for (i = 0; memory_sources[i]; i++) {
		emit_object(emit, NULL);
		emit_string(emit, "scheme", NULL, memory_sources[i]->scheme, 0);
		emit_string(emit, "syntax", NULL, memory_sources[i]->syntax, 0);
		emit_string(emit, "summary", NULL, memory_sources[i]->summary, 0);
		emit_object_end(emit);
	}
	emit_array_end(emit);
	emit_object_end(emit);
	emit_free(emit);
}
