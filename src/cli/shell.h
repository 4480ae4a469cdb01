/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The shell's lines: where they come from, what they are remembered in, how they are completed; its prompt and its own words. */
#ifndef CLI_SHELL_H
#define CLI_SHELL_H

#include "cli.h"

/*
 * The next line without its newline, malloc'd; NULL at the end of the input. An
 * empty line where Ctrl-C was pressed: session_interrupted is set. @alarm: @prompt
 * is red, where colours are wanted.
 */
char *shell_read(const struct cli *cli, const char *prompt, bool alarm);

/* Begins: with editing, history and completion where there is a terminal, and readline was built in. */
void shell_input_begin(struct cli *cli);
void shell_input_end(void);

/* Opens the history, $XDG_STATE_HOME/its-tool/history, for its user alone. @path is empty if there can be none. */
void shell_history_path(char *path, size_t size);

/*
 * "ITS 0: 2 pending> "; true if one has stalled. Of many those are named that are not idle, and the others
 * counted: "ITS 5: 1 pending, STALLED, +5 idle> ". Without hardware just the tool's name.
 */
bool shell_prompt(struct cli *cli, char *prompt, size_t size);

/* True for help, exit and quit. */
bool shell_has_word(const char *name);
/* Runs one of them; false if @text is none of these. *leave: it was one of the latter. */
bool shell_own(struct cli *cli, const char *text, size_t size, bool *leave, int *err);

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
