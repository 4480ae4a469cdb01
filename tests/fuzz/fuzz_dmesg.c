// SPDX-License-Identifier: GPL-2.0-or-later
/* Any bytes pass for a line of the kernel's log. */
#include <stdlib.h>
#include <string.h>

#include "its/dmesg.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_timeout(const struct dmesg_timeout *timeout)
{
	enum dmesg_state state = timeout->state;
	unsigned slots;

	if (state == DMESG_UNTOLD || state == DMESG_NONSENSE)
		return;
	/* Whatever is called a slot is one. */
	if (timeout->slot >= timeout->ring_slots || timeout->end_slot >= timeout->ring_slots ||
	    timeout->left >= timeout->ring_slots || (state == DMESG_STALLED) != (timeout->creadr & 1) ||
	    (state != DMESG_WRAP_RACE && !timeout->left))
		abort();
	for (slots = 0; slots < 3; slots++)
		if (timeout->left > 2 && dmesg_culprit(timeout, slots) != DMESG_ANOTHER)
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dmesg_message message;
	struct dmesg_timeout timeout;
	struct dmesg_post post;
	unsigned i;
	/* Exactly as long as it says, so that ASan sees a read past its end. */
	char *line = malloc(size ? size : 1);

	if (!line)
		return 0;
	memcpy(line, data, size);
	if (dmesg_parse(line, size, &message)) {
		if (message.text < line || message.text + message.length > line + size)
			abort();
		for (i = 0; i < message.n_values; i++)
			if (message.values[i].text < line ||
			    message.values[i].text + message.values[i].length > line + size)
				abort();
		if (dmesg_timeout(&message, DMESG_RING_BYTES, &timeout))
			check_timeout(&timeout);
		if (dmesg_timeout(&message, 4096, &timeout))
			check_timeout(&timeout);
		dmesg_post(&message, &post);
	}
	free(line);
	return 0;
}
