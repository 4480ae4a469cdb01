// SPDX-License-Identifier: GPL-2.0-or-later
/* explain DEVICE EVENT: which link between the device's MSI and its handler is broken? */
#include "explain.h"

int explain_event(struct cli *cli, char **argv)
{
	its_error(&cli->error, ITS_ERR_USAGE, "'explain %s %s': events are not explained, only lines of the kernel's log",
		  argv[0], argv[1]);
	return its_hint(&cli->error, "a line goes in quotes: its-tool explain 'ITS queue timeout (9088 513)'");
}
