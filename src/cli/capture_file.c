// SPDX-License-Identifier: GPL-2.0-or-later
/* How does a capture get to where its user wants it, whole or not at all? */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "capture.h"
#include "cli.h"
#include "its/capture.h"

static int cannot_write(struct cli *cli, const char *path)
{
	return its_error(&cli->error, errno == EACCES || errno == EPERM ? ITS_ERR_ACCESS : ITS_ERR_FAILED,
			 "cannot write %s: %s", path, strerror(errno));
}

int capture_to_stream(struct cli *cli, const struct store *store, struct capture_places *places, FILE *out,
		      const char *path)
{
	const struct capture_notes notes = { places, capture_heading, capture_note_register, capture_note_line };

	if (capture_write(store, &notes, out) && !fflush(out))
		return 0;
	return cannot_write(cli, path);
}

/* What is no file: a pipe, a terminal. */
static int write_device(struct cli *cli, const struct store *store, struct capture_places *places, const char *path)
{
	FILE *out = fopen(path, "w");
	int err = out ? capture_to_stream(cli, store, places, out, path) : cannot_write(cli, path);

	if (out && fclose(out) && !err)
		err = cannot_write(cli, path);
	return err;
}

/* A board whose ITS is dying may be reset at any moment: the new name, too, is to outlive that. Not all directories can. */
static void sync_directory(const char *path)
{
	char *copy = strdup(path);
	int fd = copy ? open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;

	if (fd >= 0) {
		fsync(fd);
		close(fd);
	}
	free(copy);
}

/* Beside the file, on the disk, and then in its place: there is never half of a capture. */
static int replace_file(struct cli *cli, const struct store *store, struct capture_places *places, const char *path)
{
	char *temporary;
	FILE *out;
	int fd, err;

	if (asprintf(&temporary, "%s.XXXXXX", path) < 0)
		return its_no_memory(&cli->error, "a file name");
	fd = mkostemp(temporary, O_CLOEXEC);
	if (fd < 0) {
		free(temporary);
		return cannot_write(cli, path);
	}
	out = fdopen(fd, "w");
	err = out ? capture_to_stream(cli, store, places, out, path) : cannot_write(cli, path);
	if (!err && fsync(fd))
		err = cannot_write(cli, path);
	if ((out ? fclose(out) : close(fd)) && !err)
		err = cannot_write(cli, path);
	if (!err && rename(temporary, path))
		err = cannot_write(cli, path);
	if (err)
		unlink(temporary);
	else
		sync_directory(path);
	free(temporary);
	return err;
}

int capture_to_file(struct cli *cli, const struct store *store, struct capture_places *places, const char *path)
{
	static const int fatal[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
	sigset_t ends, before;
	struct stat status;
	size_t i;
	int err;

	if (!stat(path, &status) && !S_ISREG(status.st_mode))
		return write_device(cli, store, places, path);
	/* They wait until there is no file left that nobody asked for. */
	sigemptyset(&ends);
	for (i = 0; i < sizeof(fatal) / sizeof(fatal[0]); i++)
		sigaddset(&ends, fatal[i]);
	sigprocmask(SIG_BLOCK, &ends, &before);
	err = replace_file(cli, store, places, path);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return err;
}
