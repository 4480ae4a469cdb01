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

#define RED "\033[1;31m"
#define PLAIN "\033[0m"

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

enum { KEY_END = -1, KEY_INTERRUPT = -2 };

/*
 * The next byte. One that was typed behind Ctrl-C may be read before the signal is heeded: it belongs to the
 * next line. @heed: readline's handler only notes a signal, this calls ours; or NULL.
 */
static int read_key(void (*heed)(void))
{
	static int held = KEY_END;
	struct pollfd input = { .fd = STDIN_FILENO, .events = POLLIN };

	for (;;) {
		unsigned char byte;
		ssize_t got;
		int key = held;

		if (heed)
			heed();
		if (session_interrupted)
			return KEY_INTERRUPT;
		held = KEY_END;
		if (key != KEY_END)
			return key;
		got = read(STDIN_FILENO, &byte, 1);
		if (got == 1)
			held = byte;
		else if (got < 0 && errno == EAGAIN)
			poll(&input, 1, -1);
		else if (!got || errno != EINTR)
			return KEY_END;
	}
}

/*
 * A line at a time and not a byte more, so that a command may read the rest. Ctrl-C is an empty line. One
 * that is too long is cut at SCRIPT_BYTES_MAX, which none may have.
 */
static char *read_plain(const struct cli *cli, const char *prompt, bool alarm)
{
	bool asks = isatty(STDIN_FILENO), color = alarm && session_wants_color(cli, stderr);
	size_t used = 0, room = 256;
	char *line = malloc(room);

	if (asks)
		fprintf(stderr, "%s%s%s", color ? RED : "", prompt, color ? PLAIN : "");
	while (line) {
		int key = read_key(NULL);

		if (asks && (key == KEY_INTERRUPT || (key == KEY_END && !used)))
			fputc('\n', stderr);
		if (key == KEY_END && !used)
			break;
		if (key == KEY_INTERRUPT)
			used = 0;
		if (key < 0 || key == '\n') {
			line[used] = '\0';
			return line;
		}
		if (used + 1 == room && room < SCRIPT_BYTES_MAX) {
			char *grown = realloc(line, room *= 2);

			if (!grown)
				break;
			line = grown;
		}
		/* The byte 0 ends no line; a script says what is wrong with it. */
		line[used] = (char)(key ? key : '?');
		used += used + 1 < room;
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
	int key = read_key(rl_check_signals);

	(void)stream;
	if (key != KEY_INTERRUPT)
		return key == KEY_END ? EOF : key;
	rl_replace_line("", 0);
	return '\n';
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

char *shell_read(const struct cli *cli, const char *prompt, bool alarm)
{
	bool color = alarm && session_wants_color(cli, stdout);
	char text[300], *line;

	if (!input.editing)
		return read_plain(cli, prompt, alarm);
	/* \001 and \002 tell readline what takes no room on the line. */
	snprintf(text, sizeof(text), "%s%s%s", color ? "\001" RED "\002" : "", prompt,
		 color ? "\001" PLAIN "\002" : "");
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

char *shell_read(const struct cli *cli, const char *prompt, bool alarm)
{
	return read_plain(cli, prompt, alarm);
}

#endif
