// SPDX-License-Identifier: GPL-2.0-or-later
/* Which script was asked for, and what do all of them say? */
#include <inttypes.h>
#include <string.h>

#include "export.h"

/* The word of each form, and who writes it. */
#define EACH_FORM(FORM) FORM(cmm) FORM(gdb) FORM(devmem)

#define WORD(NAME) #NAME,
const char *const export_forms[] = { EACH_FORM(WORD) NULL };

#define WRITER(NAME) export_##NAME,
static void (*const writers[])(struct emitter *emit, const struct export_plan *plan) = { EACH_FORM(WRITER) };

int cli_check_export(struct cli *cli)
{
	if (!cli->export_as)
		return 0;
	if (cli->json) {
		its_error(&cli->error, ITS_ERR_USAGE, "--emit prints a script, not JSON");
		return its_hint(&cli->error, "--dry-run --json has the same plan");
	}
	cli->dry_run = true;	/* nothing is opened for writing, nothing is written */
	return 0;
}

size_t export_run(const struct batch *batch, size_t first)
{
	size_t end = first + 1;

	while (end < batch->count && !memcmp(batch->words[end], batch->words[first], ITS_COMMAND_BYTES))
		end++;
	return end - first;
}

void export_lines(struct emitter *emit, const char *const *lines)
{
	for (; *lines; lines++) {
		emit_text(emit, *lines);
		emit_text(emit, "\n");
	}
}

/*
 * Only names of the tables and numbers: a name that the device tree gave could end the
 * comment and go on as a command.
 */
static void comment_command(struct emitter *emit, const struct export_plan *plan, const char *mark,
			    size_t first, size_t times)
{
	const uint64_t *words = plan->batch->words[first];
	const struct its_command *command = its_command_by_opcode(words[0]);
	const struct its_field *field;

	emit_textf(emit, "%s   %s", mark, command ? command->name : "RAW");
	if (command)
		its_command_for_each_field(field, command, plan->layout)
			emit_textf(emit, " %s=0x%" PRIx64, field->name, its_field_get(field, words));
	if (times > 1)
		emit_textf(emit, ", %zu times", times);
	emit_text(emit, "\n");
}

void export_comment(struct emitter *emit, const struct export_plan *plan, const char *mark)
{
	size_t i, times;

	emit_textf(emit, "%s Written by its-tool %s for one board and one ITS: 0x%" PRIx64 ", whose command queue is a ring of\n"
		   "%s %u slots at 0x%" PRIx64 ". It executes\n", mark, ITS_TOOL_VERSION, plan->its, mark,
		   plan->slots, plan->ring);
	for (i = 0; i < plan->batch->count; i += times) {
		times = export_run(plan->batch, i);
		comment_command(emit, plan, mark, i, times);
	}
	if (plan->plain)
		emit_textf(emit, "%s plainly: GITS_CWRITER moves on, and a driver's own write pointer is left behind. Where Linux has the\n"
			   "%s ITS, its next post makes the ITS execute almost the whole ring of old commands.\n", mark, mark);
	else
		emit_textf(emit, "%s by a lap: Linux keeps its own write pointer and never reads GITS_CWRITER back, so the ITS is sent once\n"
			   "%s round the ring, over SYNCs, and all pointers are again where the driver believes them to be.\n",
			   mark, mark);
}

int export_plan(struct cli *cli, const struct writer *writer, const struct batch *batch, uint64_t rdbase)
{
	const struct queue *queue = &writer->queue;
	const struct export_plan plan = {
		.its = queue->its->base, .ring = queue->base, .slots = queue->slots, .cpus = cli->board.cpus,
		.plain = cli->plain, .noncoherent = queue->noncoherent, .rdbase = rdbase,
		.timeout_ms = cli->timeout_ms, .batch = batch, .layout = queue->layout,
	};
	size_t i;

	if (batch->count > queue->slots - 1) {
		its_error(&cli->error, ITS_ERR_UNSAFE, "%zu commands are more than one lap of %u slots holds",
			  batch->count, queue->slots);
		return its_hint(&cli->error, "--emit writes scripts of one lap: at most %u commands", queue->slots - 1);
	}
	/* The option took no other word. */
	for (i = 0; strcmp(cli->export_as, export_forms[i]); i++)
		;
	writers[i](cli->emit, &plan);
	return 0;
}
