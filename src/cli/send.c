// SPDX-License-Identifier: GPL-2.0-or-later
/* send: any command of the table, typed as MNEMONIC FIELD=VALUE, several separated by ';'. */
#include <stdlib.h>
#include <string.h>

#include "append.h"
#include "commands.h"

struct resolver { struct cli *cli; size_t its; };

/* DeviceID=0000:01:00.0 and DeviceID=/soc/device: through the device tree. */
static int resolve(void *context, const struct its_field *field, const char *text, uint64_t *value,
		   struct its_error *error)
{
	struct resolver *resolver = context;
	struct board_device device;
	int err;

	if (field->id != ITS_FIELD_DEVICE_ID) {
		its_error(error, ITS_ERR_USAGE, "%s=%s is not a number", field->name, text);
		return its_hint(error, "numbers are C literals: 16, 0x10");
	}
	err = cli_find_device(resolver->cli, resolver->its, text, &device, error);
	if (err)
		return err;
	*value = device.device_id;
	return 0;
}

/* The words of the command line as one text. */
static char *join(int argc, char **argv)
{
	size_t length = 1;
	char *text;
	int i;

	for (i = 0; i < argc; i++)
		length += strlen(argv[i]) + 1;
	text = calloc(1, length);
	for (i = 0; text && i < argc; i++) {
		strcat(text, argv[i]);
		strcat(text, " ");
	}
	return text;
}

static bool is_blank(const char *text)
{
	return !text[strspn(text, " \t\r\n")];
}

static int parse(struct cli *cli, struct resolver *resolver, enum its_layout layout, char *text,
		 struct batch *batch)
{
	uint64_t words[ITS_COMMAND_WORDS];
	char *rest = text, *command;
	int err;

	while ((command = strsep(&rest, ";"))) {
		if (is_blank(command) && batch->count && !rest)
			break;			/* a ';' at the end */
		err = its_command_parse(command, layout, resolve, resolver, words, &cli->error);
		if (!err)
			err = batch_add(cli, batch, words);
		if (err)
			return err;
	}
	return 0;
}

static int run(struct cli *cli, int argc, char **argv)
{
	struct batch batch = { 0 };
	struct writer writer;
	struct resolver resolver = { .cli = cli };
	size_t *list, count;
	char *text = join(argc, argv);
	int err;

	if (!text)
		return its_no_memory(&cli->error, "the text of a command");
	err = cli_choose_its(cli, &list, &count);
	if (err)
		goto free_text;
	resolver.its = list[0];
	free(list);
	err = writer_open(cli, resolver.its, &writer);
	if (err)
		goto free_text;
	err = parse(cli, &resolver, writer.queue.layout, text, &batch);
	if (err)
		goto close;
	cli_document_begin(cli);
	emit_object(cli->emit, "its");
	if (!cli->export_as && (emit_is_json(cli->emit) || cli->verbose || cli->dry_run))
		cli_show_its(cli, resolver.its, &writer.queue);
	emit_object_end(cli->emit);
	err = writer_append(cli, &writer, &batch);
	if (err && emit_is_json(cli->emit))
		cli_show_error(cli);
	cli_document_end(cli);
close:
	free(batch.words);
	writer_close(&writer);
free_text:
	free(text);
	return err;
}

const struct cli_command cli_send = {
	.name = "send",
	.arguments = "COMMAND FIELD=VALUE...",
	.summary = "append any command; several are separated by ';'",
	.description =
		"Appends commands to the ring without disturbing the driver and waits until the ITS has\n"
		"executed them. Commands and fields have the architecture's names, in any case:\n\n"
		"  its-tool send 'INV DeviceID=1 EventID=0; INT DeviceID=1 EventID=0'\n"
		"  its-tool send SYNC RDbase=0x10000\n"
		"  its-tool send RAW 0x3 0x0 0x0 0x0\n\n"
		"Commands that change a mapping are refused over a live driver; --force sends them.",
	.min_arguments = 1,
	.max_arguments = -1,
	.writes = true,
	.needs_its = true,
	.run = run,
};
