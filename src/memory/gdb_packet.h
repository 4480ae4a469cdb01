/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The frames of gdb's remote serial protocol: $data#checksum. Pure: no I/O, no
 * allocation, and every byte may come from anybody. The protocol is appendix E
 * of the gdb manual, "Remote Serial Protocol".
 */
#ifndef MEMORY_GDB_PACKET_H
#define MEMORY_GDB_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Data bytes of one packet, unescaped and expanded. OpenOCD says 16 KiB, QEMU 4 KiB. */
#define GDB_PACKET_MAX 65536u

enum gdb_event {
	GDB_MORE,		/* nothing is whole yet */
	GDB_ACK,		/* + */
	GDB_NAK,		/* -: say it again */
	GDB_PACKET,		/* reader->data is one packet */
	GDB_NOTIFICATION,	/* %...: not an answer, and never acknowledged */
	GDB_BAD_CHECKSUM,
	GDB_BAD_PACKET,		/* too long, or a run without anything to repeat */
};

struct gdb_reader {
	enum { GDB_OUTSIDE, GDB_DATA, GDB_ESCAPED, GDB_RUN, GDB_SUM1, GDB_SUM2 } state;
	bool notification, bad;
	uint8_t sum, expected;
	uint8_t last;			/* data byte, as it came: what a run repeats */
	size_t length;
	char data[GDB_PACKET_MAX + 1];	/* with a NUL behind the packet */
};

void gdb_reader_reset(struct gdb_reader *reader);
/* One byte of the stub's; bytes outside of any frame are ignored. */
enum gdb_event gdb_reader_feed(struct gdb_reader *reader, uint8_t byte);

/* Frames @data, escaped as needed; returns the frame's length, or 0 if it does not fit. */
size_t gdb_frame(char *frame, size_t size, const void *data, size_t length);
/* How long @length bytes are once they are escaped. */
size_t gdb_escaped(const void *data, size_t length);

/* 2 * @count characters, and a NUL. */
void gdb_hex(char *text, const void *bytes, size_t count);
/* False if @text is not exactly 2 * @count hexadecimal digits. */
bool gdb_unhex(const char *text, size_t length, void *bytes, size_t count);

/* "E01", or "E.text" of newer stubs. */
bool gdb_is_error(const char *data, size_t length);
/* "T05thread:01;", "S02" and the like: the target has halted. */
bool gdb_is_stop(const char *data, size_t length);

#endif
