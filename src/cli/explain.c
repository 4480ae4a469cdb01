// SPDX-License-Identifier: GPL-2.0-or-later
/* explain: what does the user have, an event or a line of the kernel's log? */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands.h"
#include "explain.h"

static int explain_stdin(struct cli *cli)
{
	char *text;
	size_t size;
	int err = cli_check_stdin(cli);

	if (!err)
		err = memory_read_fd(STDIN_FILENO, "standard input", &text, &size, &cli->error);
	if (err)
		return err;
	if (!size) {
		free(text);
		its_error(&cli->error, ITS_ERR_INPUT, "standard input is empty");
		return its_hint(&cli->error, "dmesg | its-tool explain - (reading the kernel's log may need root)");
	}
	err = explain_text(cli, text, size, true);
	free(text);
	return err;
}

static int run(struct cli *cli, int argc, char **argv)
{
	if (argc > 2) {
		its_error(&cli->error, ITS_ERR_USAGE, "'explain' takes DEVICE EVENT, or a line as one argument; %d arguments were given", argc);
		return its_hint(&cli->error, "put the line in quotes, or pipe it: dmesg | its-tool explain -");
	}
	if (argc == 2) {
		/* An event lives in the hardware: without it there is nothing to explain. */
		if (cli->unopened.code) {
			cli->error = cli->unopened;
			return cli->error.code;
		}
		return explain_event(cli, argv);
	}
	emit_wrap(cli->emit, 4);
	if (argc == 1 && strcmp(argv[0], "-"))
		return explain_text(cli, argv[0], strlen(argv[0]), false);
	if (argc || !isatty(STDIN_FILENO))
		return explain_stdin(cli);
	its_error(&cli->error, ITS_ERR_USAGE, "explain what? a line of the kernel's log, a whole log, or an event of a device");
	return its_hint(&cli->error, "its-tool explain 'ITS queue timeout (9088 513)', or dmesg | its-tool explain -");
}

const struct cli_command cli_explain = {
	.name = "explain",
	.arguments = "DEVICE EVENT | LINE | -",
	.summary = "what a kernel message means, or why an MSI does not arrive",
	.description =
		"LINE: a line of the kernel's log, in quotes, with or without time stamps; -: a whole log on\n"
		"stdin (dmesg | its-tool explain -). For 'ITS queue timeout (A B)' it tells whether the ITS has\n"
		"stalled, at which slot, and that the command the kernel names is mostly not the culprit. This\n"
		"needs no root and no ITS; where the ring can be read, the command at fault is decoded, too.\n"
		"-v also explains the lines of normal set-up.",
	.max_arguments = -1,
	.source_optional = true,
	.run = run,
};
