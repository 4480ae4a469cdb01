// SPDX-License-Identifier: GPL-2.0-or-later
/* What does the shell's prompt say of the queues? */
#include <stdlib.h>

#include "shell.h"

#define PROMPT_ITSS 4u			/* named; more do not fit on a line */

enum look { LOOK_IDLE, LOOK_BUSY, LOOK_STALLED, LOOKS };

/* "2 pending, STALLED", or "?" for a queue that cannot be read. */
static enum look look_at(struct cli *cli, size_t its, char *text, size_t size)
{
	struct its_error ignored;
	enum look look = LOOK_BUSY;
	struct queue queue;
	unsigned pending;

	snprintf(text, size, "?");
	if (queue_open(&queue, &cli->memory, &cli->board.its[its], false, &ignored))
		return look;
	if (!queue_attach(&queue, &ignored)) {
		pending = (queue_cwriter_slot(&queue) + queue.slots - queue_creadr_slot(&queue)) % queue.slots;
		look = pending ? LOOK_BUSY : LOOK_IDLE;
		snprintf(text, size, "%u pending%s", pending, queue_stalled(&queue) ? ", STALLED" : "");
	}
	if (queue_stalled(&queue))
		look = LOOK_STALLED;
	queue_close(&queue);
	return look;
}

bool shell_prompt(struct cli *cli, char *prompt, size_t size)
{
	static const char *const words[LOOKS] = { "idle", "not idle", "STALLED" };
	size_t *list = NULL, count = 0, i, named = 0, used = 0, others[LOOKS] = { 0 };
	bool stalled = false;

	if (cli->unopened.code || cli_choose_its(cli, &list, &count))
		count = 0;
	for (i = 0; i < count; i++) {
		char text[40];
		enum look look = look_at(cli, list[i], text, sizeof(text));

		stalled |= look == LOOK_STALLED;
		if (named == PROMPT_ITSS || (look == LOOK_IDLE && count > PROMPT_ITSS))
			others[look]++;
		else if (used < size)
			used += (size_t)snprintf(prompt + used, size - used, "%sITS %zu: %s",
						 named++ ? ", " : "", list[i], text);
	}
	for (i = LOOKS; i-- > 0;)
		if (others[i] && used < size)
			used += (size_t)snprintf(prompt + used, size - used, "%s%zu %s", used ? ", +" : "ITSs: ",
						 others[i], words[i]);
	if (used < size)
		snprintf(prompt + used, size - used, "%s> ", used ? "" : "its-tool");
	free(list);
	return stalled;
}
