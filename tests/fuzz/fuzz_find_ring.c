// SPDX-License-Identifier: GPL-2.0-or-later
/* Any file may be searched as an image of RAM, gzip'ed or not; any run of slots may be judged. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "its/queue.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint64_t ring[256][ITS_COMMAND_WORDS];
	static struct queue_search search;
	static int fd = -1;
	unsigned slots = (unsigned)(size / ITS_COMMAND_BYTES);
	struct queue_shape shape;
	struct its_error error;
	struct memory memory;
	char specification[64];

	if (fd < 0)
		fd = memfd_create("image", 0);
	if (fd < 0 || ftruncate(fd, 0) || pwrite(fd, data, size, 0) != (ssize_t)size)
		return 0;
	snprintf(specification, sizeof(specification), "image:/proc/self/fd/%d@0x40000000", fd);
	if (!memory_open(&memory, specification, &error)) {
		if (!queue_find_rings(&memory, &search, &error))
			for (size_t i = 0; i < search.n_rings; i++)
				if (search.rings[i].shape.cwriter >= search.rings[i].shape.slots + 1)
					abort();
		memory_close(&memory);
	}
	if (slots > 256)
		slots = 256;
	memcpy(ring, data, (size_t)slots * ITS_COMMAND_BYTES);
	if (slots && queue_shape((const uint64_t (*)[ITS_COMMAND_WORDS])ring, slots, &shape) &&
	    (shape.cwriter > slots || shape.used > slots || shape.confidence > 100))
		abort();
	return 0;
}
