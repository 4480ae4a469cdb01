// SPDX-License-Identifier: GPL-2.0-or-later
/* What is one packet of gdb's remote serial protocol? */
#include <ctype.h>
#include <string.h>

#include "gdb_packet.h"
#include "its/number.h"

#define ESCAPE '}'
#define ESCAPE_XOR 0x20
#define RUN '*'
#define RUN_BIAS 29		/* a run's length is sent as a printable character */

void gdb_reader_reset(struct gdb_reader *reader)
{
	reader->state = GDB_OUTSIDE;
	reader->length = 0;
	reader->data[0] = '\0';
}

static void begin(struct gdb_reader *reader, bool notification)
{
	reader->state = GDB_DATA;
	reader->notification = notification;
	reader->bad = false;
	reader->sum = 0;
	reader->length = 0;
}

static void append(struct gdb_reader *reader, uint8_t byte, unsigned times)
{
	if (times > GDB_PACKET_MAX - reader->length) {
		reader->bad = true;
		return;
	}
	memset(reader->data + reader->length, byte, times);
	reader->length += times;
}

/* gdb expands runs before it unescapes: one behind an escaped byte repeats what was sent, not what it meant. */
static void repeat(struct gdb_reader *reader, uint8_t byte)
{
	if (!reader->length || byte <= RUN_BIAS || byte > '~')
		reader->bad = true;
	else
		append(reader, reader->last, byte - RUN_BIAS);
}

static enum gdb_event outside(struct gdb_reader *reader, uint8_t byte)
{
	switch (byte) {
	case '+':
		return GDB_ACK;
	case '-':
		return GDB_NAK;
	case '$':
	case '%':
		begin(reader, byte == '%');
		break;
	}
	return GDB_MORE;
}

static enum gdb_event end(struct gdb_reader *reader, uint8_t byte)
{
	int low = its_hex_digit((char)byte);
	bool good = !reader->bad && low >= 0 && (reader->expected | low) == reader->sum;

	reader->state = GDB_OUTSIDE;
	reader->data[reader->length] = '\0';
	if (reader->notification)
		return GDB_NOTIFICATION;
	if (good)
		return GDB_PACKET;
	return reader->bad ? GDB_BAD_PACKET : GDB_BAD_CHECKSUM;
}

enum gdb_event gdb_reader_feed(struct gdb_reader *reader, uint8_t byte)
{
	int high;

	switch (reader->state) {
	case GDB_OUTSIDE:
		return outside(reader, byte);
	case GDB_SUM1:
		high = its_hex_digit((char)byte);
		/* A digit that is none makes the sum wrong: the second one below cannot mend it. */
		reader->expected = (uint8_t)(high < 0 ? ~reader->sum & 0xf0 : high << 4);
		reader->state = GDB_SUM2;
		return GDB_MORE;
	case GDB_SUM2:
		return end(reader, byte);
	default:
		break;
	}
	if (byte == '#') {
		reader->bad = reader->bad || reader->state != GDB_DATA;
		reader->state = GDB_SUM1;
		return GDB_MORE;
	}
	/* An unescaped $ begins a packet: the stub has given the last one up. */
	if (byte == '$' && reader->state == GDB_DATA) {
		begin(reader, false);
		return GDB_MORE;
	}
	reader->sum = (uint8_t)(reader->sum + byte);
	if (reader->state == GDB_RUN) {
		repeat(reader, byte);
	} else if (reader->state == GDB_DATA && (byte == ESCAPE || byte == RUN)) {
		reader->state = byte == ESCAPE ? GDB_ESCAPED : GDB_RUN;
		return GDB_MORE;
	} else {
		append(reader, reader->state == GDB_ESCAPED ? byte ^ ESCAPE_XOR : byte, 1);
		reader->last = byte;
	}
	reader->state = GDB_DATA;
	return GDB_MORE;
}

static bool is_special(uint8_t byte)
{
	return byte == '$' || byte == '#' || byte == ESCAPE || byte == RUN;
}

size_t gdb_escaped(const void *data, size_t length)
{
	const uint8_t *bytes = data;
	size_t total = length, i;

	for (i = 0; i < length; i++)
		total += is_special(bytes[i]);
	return total;
}

size_t gdb_frame(char *frame, size_t size, const void *data, size_t length)
{
	static const char digits[] = "0123456789abcdef";
	const uint8_t *bytes = data;
	size_t used = 0, i;
	uint8_t sum = 0;

	if (length > GDB_PACKET_MAX || gdb_escaped(data, length) + 4 > size)
		return 0;
	frame[used++] = '$';
	for (i = 0; i < length; i++) {
		uint8_t byte = bytes[i];

		if (is_special(byte)) {
			frame[used++] = ESCAPE;
			sum = (uint8_t)(sum + ESCAPE);
			byte ^= ESCAPE_XOR;
		}
		frame[used++] = (char)byte;
		sum = (uint8_t)(sum + byte);
	}
	frame[used++] = '#';
	frame[used++] = digits[sum >> 4];
	frame[used++] = digits[sum & 0xf];
	return used;
}

void gdb_hex(char *text, const void *bytes, size_t count)
{
	static const char digits[] = "0123456789abcdef";
	const uint8_t *from = bytes;
	size_t i;

	for (i = 0; i < count; i++) {
		*text++ = digits[from[i] >> 4];
		*text++ = digits[from[i] & 0xf];
	}
	*text = '\0';
}

bool gdb_unhex(const char *text, size_t length, void *bytes, size_t count)
{
	uint8_t *to = bytes;
	size_t i;

	if (count > SIZE_MAX / 2 || length != 2 * count)
		return false;
	for (i = 0; i < count; i++) {
		int high = its_hex_digit(text[2 * i]);
		int low = its_hex_digit(text[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		to[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}

bool gdb_is_error(const char *data, size_t length)
{
	if (length < 2 || data[0] != 'E')
		return false;
	return data[1] == '.' || (length == 3 && its_hex_digit(data[1]) >= 0 &&
				  its_hex_digit(data[2]) >= 0);
}

bool gdb_is_stop(const char *data, size_t length)
{
	return length >= 3 && (data[0] == 'T' || data[0] == 'S') &&
	       its_hex_digit(data[1]) >= 0 && its_hex_digit(data[2]) >= 0;
}
