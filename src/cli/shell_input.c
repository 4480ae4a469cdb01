// SPDX-License-Identifier: GPL-2.0-or-later
/* Where do the shell's lines come from? readline on a terminal, else a plain stream. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "script.h"
#include "session.h"
#include "shell.h"

/* Every directory of @path, which is changed meanwhile; what is made is for its user alone. */
static void make_directories(char *path)
{
	char *slash;

	for (slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		mkdir(path, 0700);
		*slash = '/';
	}
}

void shell_history_path(char *path, size_t size)
{
	const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
	struct stat about;
	int fd, length;

	/* The XDG specification: a path that is not absolute counts as none. */
	if (state && *state == '/')
		length = snprintf(path, size, "%s/its-tool/history", state);
	else if (home && *home == '/')
		length = snprintf(path, size, "%s/.local/state/its-tool/history", home);
	else
		length = (int)size;
	if (length < 0 || (size_t)length >= size) {
		path[0] = '\0';
		return;
	}
	make_directories(path);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
	if (fd < 0 || fstat(fd, &about) || !S_ISREG(about.st_mode) || fchmod(fd, 0600))
		path[0] = '\0';
	if (fd >= 0)
		close(fd);
}

/* A line at a time and not a byte more, so that a command may read the rest. Ctrl-C is an empty line. */
static char *read_plain(const char *prompt)
{
	struct pollfd input = { .fd = STDIN_FILENO, .events = POLLIN };
	size_t used = 0, room = 256;
	char *line = malloc(room);

	if (isatty(STDIN_FILENO))
		fputs(prompt, stderr);
	while (line) {
		ssize_t got = -1;

		/* poll() ends where a signal comes, read() goes on. */
		if (poll(&input, 1, -1) >= 0)
			got = read(STDIN_FILENO, line + used, 1);
		if (got < 0 && (errno == EINTR || errno == EAGAIN)) {
			if (!session_interrupted)
				continue;
			fputc('\n', stderr);
			line[0] = '\0';
			return line;
		}
		if (got <= 0 && !used) {
			if (isatty(STDIN_FILENO))
				fputc('\n', stderr);
			break;
		}
		if (got <= 0 || line[used] == '\n') {
			line[used] = '\0';
			return line;
		}
		/* The byte 0 ends no line; a script says what is wrong with it. */
		if (line[used] == '\0')
			line[used] = '?';
		if (++used == room) {
			char *grown = room < SCRIPT_BYTES_MAX ? realloc(line, room *= 2) : NULL;

			if (!grown)
				break;
			line = grown;
		}
	}
	free(line);
	return NULL;
}

#ifdef HAVE_READLINE
#include <readline/history.h>
#include <readline/readline.h>

#define HISTORY_LINES 1000

static struct {
	struct cli *cli;
	bool editing;
	char history[4096];
	struct completion completion;
	size_t next;
} input;

/* As rl_getc(), but Ctrl-C gives the line up at once: readline itself would wait for the next key. */
static int get_key(FILE *stream)
{
	unsigned char key;
	ssize_t got;

	for (;;) {
		got = read(fileno(stream), &key, 1);
		if (got == 1)
			return key;
		if (got == 0 || errno != EINTR)
			return EOF;
		rl_check_signals();
		if (session_interrupted) {
			rl_replace_line("", 0);
			return '\n';
		}
	}
}

static char *next_word(const char *text, int state)
{
	if (!state)
		input.next = 0;
	(void)text;
	return input.next < input.completion.count ? strdup(input.completion.words[input.next++]) : NULL;
}

static char **on_tab(const char *text, int start, int end)
{
	char **matches = NULL;
	const char *only;

	(void)end;
	complete(input.cli, rl_line_buffer, (size_t)start, text, &input.completion);
	rl_attempted_completion_over = !input.completion.files;
	rl_completion_append_character = ' ';
	if (input.completion.count == 1) {
		/* More of the same word follows: FIELD=, REGISTER., DEVICE: */
		only = input.completion.words[0];
		if (*only && strchr("=.:", only[strlen(only) - 1]))
			rl_completion_append_character = '\0';
	}
	if (input.completion.count)
		matches = rl_completion_matches(text, next_word);
	completion_free(&input.completion);
	return matches;
}

void shell_input_begin(struct cli *cli)
{
	input.cli = cli;
	input.editing = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
	if (!input.editing)
		return;
	rl_readline_name = "its-tool";
	rl_attempted_completion_function = on_tab;
	rl_completer_word_break_characters = (char *)" \t\n";
	rl_completer_quote_characters = "'\"";
	rl_getc_function = get_key;
	using_history();
	stifle_history(HISTORY_LINES);
	shell_history_path(input.history, sizeof(input.history));
	if (*input.history)
		read_history(input.history);
}

void shell_input_end(void)
{
	if (input.editing && *input.history)
		history_truncate_file(input.history, HISTORY_LINES);
}

/* Not what begins with a blank, nor the same once more. */
static void remember(const char *line)
{
	HIST_ENTRY *last = history_length ? history_get(history_base + history_length - 1) : NULL;

	if (!*line || *line == ' ' || (last && !strcmp(last->line, line)))
		return;
	add_history(line);
	/* At once: a terminal that is closed must not lose it. */
	if (*input.history)
		append_history(1, input.history);
}

char *shell_read(const char *prompt, const char *color)
{
	char text[300], *line;

	if (!input.editing)
		return read_plain(prompt);
	/* \001 and \002 tell readline what takes no room on the line. */
	snprintf(text, sizeof(text), "%s%s%s%s%s", color ? "\001" : "", color ? color : "",
		 color ? "\002" : "", prompt, color ? "\001\033[0m\002" : "");
	line = readline(text);
	if (!line)
		putchar('\n');
	else if (!session_interrupted)
		remember(line);
	return line;
}

#else

void shell_input_begin(struct cli *cli)
{
	(void)cli;
}

void shell_input_end(void)
{
}

char *shell_read(const char *prompt, const char *color)
{
	(void)color;
	return read_plain(prompt);
}

#endif
