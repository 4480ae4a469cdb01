// SPDX-License-Identifier: GPL-2.0-or-later
/* Anybody may answer on a port: what comes is a stream of packets, each of which may be any answer. */
#include <stdlib.h>
#include <string.h>

#include "memory/gdb_answer.h"
#include "memory/gdb_packet.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_answer(const char *text, size_t length)
{
	static struct gdb_threads threads;
	struct gdb_supported supported;
	const char *cursor = text;
	uint64_t address = 0x40000000;
	uint32_t words[64];
	struct gdb_tag tag;
	char *frame;
	size_t tags = 0;

	gdb_is_error(text, length);
	gdb_is_stop(text, length);
	gdb_unhex(text, length, words, length / 2 < sizeof(words) ? length / 2 : sizeof(words));
	gdb_supported_read(text, &supported);
	if (gdb_threads_add(&threads, text) < 0)
		threads.count = 0;
	do {
		const char *before = cursor;

		gdb_tag_next(&cursor, &tag);
		if (cursor > text + length || (tag.kind != GDB_TAG_END && cursor <= before) || tags++ > length)
			abort();
	} while (tag.kind != GDB_TAG_END);
	gdb_memory_text(text, address, words, length % 64);
	/* What came in goes out as a packet that reads the same. */
	frame = malloc(2 * length + 4);
	if (!frame)
		return;
	length = gdb_frame(frame, 2 * length + 4, text, length);
	if (!length || frame[0] != '$')
		abort();
	free(frame);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct gdb_reader reader;
	char *text;
	size_t i;

	gdb_reader_reset(&reader);
	for (i = 0; i < size; i++)
		if (gdb_reader_feed(&reader, data[i]) == GDB_PACKET)
			read_answer(reader.data, reader.length);
	/* And as an answer that came in good order. */
	text = malloc(size + 1);
	if (!text)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	read_answer(text, size);
	free(text);
	return 0;
}
