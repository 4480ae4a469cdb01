// SPDX-License-Identifier: GPL-2.0-or-later
/* Any text is a command or an error with a message. */
#include <stdlib.h>
#include <string.h>

#include "its/command.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint64_t words[ITS_COMMAND_WORDS];
	struct its_error error = { 0 };
	char *text = malloc(size + 1);

	if (!text)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	if (its_command_parse(text, size & 1 ? ITS_LAYOUT_V40 : ITS_LAYOUT_V41, NULL, NULL, words, &error) &&
	    !*error.message)
		abort();
	free(text);
	return 0;
}
