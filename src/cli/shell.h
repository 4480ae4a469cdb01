/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The shell's lines: where they come from, what they are remembered in, how they are completed. */
#ifndef CLI_SHELL_H
#define CLI_SHELL_H

#include "cli.h"

/*
 * The next line without its newline, malloc'd; NULL at the end of the input. An
 * empty line where Ctrl-C was pressed: session_interrupted is set. @color: an
 * SGR sequence to show @prompt in, or NULL.
 */
char *shell_read(const char *prompt, const char *color);

/* Begins: with editing, history and completion where there is a terminal, and readline was built in. */
void shell_input_begin(struct cli *cli);
void shell_input_end(void);

/* Opens the history, $XDG_STATE_HOME/its-tool/history, for its user alone. @path is empty if there can be none. */
void shell_history_path(char *path, size_t size);

/* The words that could stand where the user pressed Tab. */
struct completion {
	char **words;
	size_t count, room;
	bool files;			/* the name of a file is meant */
};

/* @line up to the word that is being completed, and what is there of @word. Free the result. */
void complete(struct cli *cli, const char *line, size_t length, const char *word,
	      struct completion *completion);
void completion_free(struct completion *completion);

#endif
