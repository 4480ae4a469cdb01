/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The lab board on the simulator, its queue attached for writing: for tests of what is done to a ring. */
#ifndef LAB_BOARD_H
#define LAB_BOARD_H

#include <stdio.h>

#include "its/queue.h"
#include "test.h"

static inline void lab_board_open(struct memory *memory, struct board_its *its, struct queue *queue,
				  uint32_t device_id, const char *options)
{
	struct memory_layout layout = {
		.its = { { 0x80740000 } }, .n_its = 1, .gicd = 0x80700000,
		.redistributors = { { 0x80780000, 0x80000 } }, .n_redistributors = 1, .cpus = 4,
		.ram_base = 0x40000000, .ram_size = 0x40000000,
		.devices = { { 0, device_id, "1a00a0000.dummy" } }, .n_devices = 1,
	};
	struct its_error error;
	char source[100];

	snprintf(source, sizeof(source), "sim:%s", options);
	*its = (struct board_its){ .node = "/its", .available = true, .translated = true,
				   .base = 0x80740000, .size = 0x20000, .gic = SIZE_MAX };
	if (memory_open(memory, source, &error) || memory_populate(memory, &layout, &error) ||
	    queue_open(queue, memory, its, true, &error) || queue_attach(queue, &error))
		fail_msg("%s: %s", source, error.message);
}

#endif
