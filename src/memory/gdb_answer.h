/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What do a stub's answers say? Pure readers of texts that may come from anybody. */
#ifndef MEMORY_GDB_ANSWER_H
#define MEMORY_GDB_ANSWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The answer to qSupported, as far as it matters here. */
struct gdb_supported {
	size_t packet_size;		/* data characters, 0: not said */
	bool no_ack;			/* QStartNoAckMode */
	bool vcont;			/* vContSupported */
	bool features;			/* qXfer:features:read */
	bool binary_upload;		/* the x packet */
};

void gdb_supported_read(const char *text, struct gdb_supported *supported);

#define GDB_THREAD_ID 24
#define GDB_THREADS_MAX 1024

struct gdb_threads {
	size_t count;
	char id[GDB_THREADS_MAX][GDB_THREAD_ID];	/* as the stub spells them */
};

/*
 * One answer to qfThreadInfo or qsThreadInfo, "m01,02", is added. 1: ask on;
 * 0: that was all ("l"); -1: it makes no sense, or there are too many.
 */
int gdb_threads_add(struct gdb_threads *threads, const char *text);

/* What of a target description matters: its tags in their order. */
struct gdb_tag {
	enum { GDB_TAG_END, GDB_TAG_ARCHITECTURE, GDB_TAG_INCLUDE, GDB_TAG_REGISTER } kind;
	char name[64];			/* the architecture, the file included, the register */
	unsigned bits;			/* of a register */
	bool has_number;
	unsigned number;		/* else one more than that of the register before */
};

/* The next tag behind *@cursor, which is moved behind it. */
void gdb_tag_next(const char **cursor, struct gdb_tag *tag);

/*
 * Reads what OpenOCD's "mdw phys" prints, "0x40830000: 0000000c 00000001 ...":
 * exactly @count words from @address on, no other text.
 */
bool gdb_memory_text(const char *text, uint64_t address, uint32_t *words, size_t count);

#endif
