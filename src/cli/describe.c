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

static void describe_options(struct emitter *emit)
{
	struct cli_option option;
	size_t i, c;

	emit_array(emit, "options");
	for (i = 0; cli_option_at(i, "", &option); i++) {
		const char *const *value = option.values;
		char letter[2] = { option.letter, '\0' };

		emit_object(emit, NULL);
		emit_string(emit, "name", NULL, option.name, 0);
		if (option.letter)
			emit_string(emit, "letter", NULL, letter, 0);
		if (option.argument)
			emit_string(emit, "argument", NULL, option.argument, 0);
		if (value) {
			emit_array(emit, "values");
			for (; *value; value++)
				emit_string(emit, EMIT_ELEMENT, NULL, *value, 0);
			emit_array_end(emit);
		}
		emit_string(emit, "help", NULL, option.help, 0);
		emit_array(emit, "commands");
		for (c = 0; cli_commands[c] && !option.every; c++)
			if (cli_option_at(i, cli_commands[c]->name, &option) && option.applies)
				emit_string(emit, EMIT_ELEMENT, NULL, cli_commands[c]->name, 0);
		emit_array_end(emit);
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
	describe_options(emit);
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
