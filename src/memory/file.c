// SPDX-License-Identifier: GPL-2.0-or-later
/* A whole file into memory: device tree blobs, and files of /proc whose size nobody tells; and text that is made there. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "its/memory.h"

#define FILE_LIMIT (32u << 20)		/* bytes: as large as a device tree blob may be */

int memory_read_fd(int fd, const char *path, char **data, size_t *size, struct its_error *error)
{
	size_t used = 0, room = 0;
	char *text = NULL;

	for (;;) {
		ssize_t got;

		if (room - used < 4096) {
			char *larger;

			if (room >= FILE_LIMIT) {
				free(text);
				return its_error(error, ITS_ERR_INPUT, "%s: more than the %zu bytes that can be held",
						 path, room);
			}
			larger = realloc(text, room ? room * 2 : 16384);
			if (!larger) {
				free(text);
				return its_no_memory(error, "%s", path);
			}
			room = room ? room * 2 : 16384;
			text = larger;
		}
		/* One byte stays for the NUL that text readers like to find. */
		got = read(fd, text + used, room - used - 1);
		/* A signal that does not restart the read is there to end it: Ctrl-C in the shell. */
		if (got < 0) {
			free(text);
			return its_error(error, errno == EACCES || errno == EPERM ? ITS_ERR_ACCESS : ITS_ERR_INPUT,
					 "cannot read %s: %s", path, strerror(errno));
		}
		if (got == 0)
			break;
		used += (size_t)got;
	}
	text[used] = '\0';
	*data = text;
	*size = used;
	return 0;
}

int memory_text_end(FILE *out, char **data, const char *what, struct its_error *error)
{
	/* Without memory glibc's fclose() may well return 0, and leave no text. */
	if (!fclose(out) && *data)
		return 0;
	free(*data);
	*data = NULL;
	return its_no_memory(error, "%s", what);
}

int memory_read_file(const char *path, char **data, size_t *size, struct its_error *error)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), err;

	if (fd < 0)
		return its_error(error, errno == EACCES || errno == EPERM ? ITS_ERR_ACCESS : ITS_ERR_INPUT,
				 "cannot open %s: %s", path, strerror(errno));
	err = memory_read_fd(fd, path, data, size, error);
	close(fd);
	return err;
}
