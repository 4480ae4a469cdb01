// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * How does a stub read and write physical memory? gdb's own m and M packets
 * take virtual addresses; each kind of stub has a way of its own around that.
 */
#include <endian.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "gdb.h"

/* Until the stub says more; gdb's own assumption. */
#define PACKET_DEFAULT 400u
#define PACKET_LEAST 64u
/* "M40830000,1000:" and what else stands before the data. */
#define HEADER 32u
/* Words of one monitor command: mdw prints 8 of them in 85 characters. */
#define MONITOR_READ_WORDS 128u
#define MONITOR_WRITE_WORDS 32u

const char *gdb_way_name(enum gdb_way way)
{
	static const char *const names[] = {
		[GDB_QEMU] = "gdb (physical mode of QEMU)",
		[GDB_MEM_AP] = "gdb (mem_ap target of OpenOCD)",
		[GDB_MONITOR] = "gdb (monitor mdw phys of OpenOCD)",
		[GDB_VIRTUAL] = "gdb (virtual addresses)",
	};

	return names[way];
}

static int odd_answer(struct gdb *gdb, struct its_error *error)
{
	if (gdb_is_error(gdb->link.reader.data, gdb->link.reader.length))
		return its_error(error, ITS_ERR_ACCESS, "gdb stub at %s refuses (%.40s) %s", gdb->link.name,
				 gdb->link.reader.data, gdb->link.doing);
	return its_error(error, ITS_ERR_INPUT, "gdb stub at %s answers '%.40s' while %s", gdb->link.name,
			 gdb->link.reader.data, gdb->link.doing);
}

/* One m or x packet. */
static int read_packet(struct gdb *gdb, uint64_t address, void *bytes, size_t count, bool binary,
		       struct its_error *error)
{
	const struct gdb_reader *reader = &gdb->link.reader;
	char request[64];
	int err;

	snprintf(request, sizeof(request), "%c%" PRIx64 ",%zx", binary ? 'x' : 'm', address, count);
	err = gdb_link_ask_text(&gdb->link, request, error);
	if (err)
		return err;
	if (binary && reader->length == count + 1 && reader->data[0] == 'b')
		memcpy(bytes, reader->data + 1, count);
	else if (binary || !gdb_unhex(reader->data, reader->length, bytes, count))
		return odd_answer(gdb, error);
	return 0;
}

/*
 * One M packet. X would be half as long, but OpenOCD says OK to one of 8 bytes
 * or more before it writes, and what came of it only in answer to a later one,
 * with two packets for one question. Whether a slot was written must be known
 * before GITS_CWRITER goes behind it.
 */
static int write_packet(struct gdb *gdb, uint64_t address, const void *bytes, size_t count,
			struct its_error *error)
{
	char request[GDB_REQUEST_MAX];
	size_t used;
	int err;

	used = (size_t)snprintf(request, sizeof(request), "M%" PRIx64 ",%zx:", address, count);
	if (used + 2 * count >= sizeof(request))
		return its_error(error, ITS_ERR_INPUT, "%zu bytes do not fit into a packet", count);
	gdb_hex(request + used, bytes, count);
	err = gdb_link_ask(&gdb->link, request, used + 2 * count, error);
	if (err || gdb_link_answered(&gdb->link, "OK"))
		return err;
	return odd_answer(gdb, error);
}

static int monitor_read(struct gdb *gdb, uint64_t address, uint32_t *words, size_t count,
			struct its_error *error)
{
	char command[64], text[MONITOR_READ_WORDS * 16];
	int err;

	snprintf(command, sizeof(command), "mdw phys 0x%" PRIx64 " %zu", address, count);
	err = gdb_link_monitor(&gdb->link, command, text, sizeof(text), error);
	if (err)
		return err;
	if (gdb_memory_text(text, address, words, count))
		return 0;
	return its_error(error, ITS_ERR_ACCESS, "gdb stub at %s says to 'monitor %s': %.*s", gdb->link.name,
			 command, (int)strcspn(text, "\r\n"), text);
}

/* Several commands in one: a question takes longer than a word. */
static int monitor_write(struct gdb *gdb, uint64_t address, const uint32_t *words, size_t count,
			 struct its_error *error)
{
	char command[MONITOR_WRITE_WORDS * 48] = "", text[400];
	size_t used = 0, i;
	int err;

	for (i = 0; i < count; i++)
		used += (size_t)snprintf(command + used, sizeof(command) - used,
					 "%smww phys 0x%" PRIx64 " 0x%" PRIx32, i ? ";" : "",
					 address + 4 * i, le32toh(words[i]));
	err = gdb_link_monitor(&gdb->link, command, text, sizeof(text), error);
	if (err || !*text)
		return err;
	return its_error(error, ITS_ERR_ACCESS, "gdb stub at %s says to 'monitor mww phys 0x%" PRIx64 "': %.*s",
			 gdb->link.name, address, (int)strcspn(text, "\r\n"), text);
}

int gdb_read(struct gdb *gdb, uint64_t address, void *bytes, size_t count, struct its_error *error)
{
	uint32_t words[MONITOR_READ_WORDS];
	size_t most = gdb->binary_read ? gdb->packet - HEADER : gdb->packet / 2, i;
	uint8_t *to = bytes;
	int err = 0;

	if (gdb->way == GDB_MONITOR)
		most = sizeof(words);
	for (most &= ~(size_t)7; count && !err; count -= most, address += most, to += most) {
		if (most > count)
			most = count;
		gdb_link_doing(&gdb->link, "reading 0x%zx bytes at 0x%" PRIx64, most, address);
		if (gdb->way != GDB_MONITOR) {
			err = read_packet(gdb, address, to, most, gdb->binary_read, error);
			continue;
		}
		err = monitor_read(gdb, address, words, most / 4, error);
		for (i = 0; i < most / 4 && !err; i++)
			words[i] = htole32(words[i]);
		if (!err)
			memcpy(to, words, most);
	}
	return err;
}

int gdb_write(struct gdb *gdb, uint64_t address, const void *bytes, size_t count,
	      struct its_error *error)
{
	uint32_t words[MONITOR_WRITE_WORDS];
	/* As many as make a packet that is not longer than the stub takes. */
	size_t most = ((gdb->packet - HEADER) / 2) & ~(size_t)7, length;
	const uint8_t *from = bytes;
	int err = 0;

	if (gdb->way == GDB_MONITOR)
		most = sizeof(words);
	for (; count && !err; count -= length, address += length, from += length) {
		length = count < most ? count : most;
		gdb_link_doing(&gdb->link, "writing 0x%zx bytes at 0x%" PRIx64, length, address);
		if (gdb->way != GDB_MONITOR) {
			err = write_packet(gdb, address, from, length, error);
			continue;
		}
		memcpy(words, from, length);
		err = monitor_write(gdb, address, words, length / 4, error);
	}
	return err;
}

/*
 * QEMU turns a question for 4 or 8 aligned bytes into one access of that width
 * (its trace of the ITS shows it: flatview_read_continue splits at what the
 * device takes, 8 bytes here). What a debug probe makes of 8 bytes depends on
 * its bus: there a register of 64 bits is two accesses of 32, which the
 * architecture allows to every one that is used here, low half first as in
 * Linux on 32-bit Arm. GITS_CWRITER and GITS_CREADR have all their fields in
 * the low half, so neither the halves of a read can belong to two instants nor
 * can a write take effect in part.
 */
static bool in_one(const struct gdb *gdb, unsigned width)
{
	return width == 32 || gdb->way == GDB_QEMU;
}

static int access_register(struct gdb *gdb, uint64_t address, unsigned bytes, bool write, void *value,
			   struct its_error *error)
{
	uint32_t word;
	int err;

	gdb_link_doing(&gdb->link, "%s the register at 0x%" PRIx64, write ? "writing" : "reading", address);
	if (gdb->way != GDB_MONITOR)
		return write ? write_packet(gdb, address, value, bytes, error)
			     : read_packet(gdb, address, value, bytes, false, error);
	memcpy(&word, value, 4);
	if (write)
		return monitor_write(gdb, address, &word, 1, error);
	err = monitor_read(gdb, address, &word, 1, error);
	word = htole32(word);
	memcpy(value, &word, 4);
	return err;
}

int gdb_read_register(struct gdb *gdb, uint64_t address, unsigned width, uint64_t *value,
		      struct its_error *error)
{
	uint32_t low = 0, high = 0;
	int err;

	if (width == 64 && in_one(gdb, width)) {
		err = access_register(gdb, address, 8, false, value, error);
		*value = le64toh(*value);
		return err;
	}
	err = access_register(gdb, address, 4, false, &low, error);
	if (!err && width == 64)
		err = access_register(gdb, address + 4, 4, false, &high, error);
	*value = le32toh(low) | (uint64_t)le32toh(high) << 32;
	return err;
}

int gdb_write_register(struct gdb *gdb, uint64_t address, unsigned width, uint64_t value,
		       struct its_error *error)
{
	uint32_t low = htole32((uint32_t)value), high = htole32((uint32_t)(value >> 32));
	int err;

	if (width == 64 && in_one(gdb, width)) {
		value = htole64(value);
		return access_register(gdb, address, 8, true, &value, error);
	}
	err = access_register(gdb, address, 4, true, &low, error);
	if (!err && width == 64)
		err = access_register(gdb, address + 4, 4, true, &high, error);
	return err;
}

int gdb_read_code(struct gdb *gdb, uint64_t address, uint32_t *word, bool *got, struct its_error *error)
{
	int err = 0, back;

	*got = false;
	if (gdb->way == GDB_QEMU)
		err = gdb_link_command(&gdb->link, "Qqemu.PhyMemMode:0", error);
	if (err)
		return err;
	gdb_link_doing(&gdb->link, "reading the instruction at 0x%" PRIx64, address);
	/* What is not mapped cannot be read, and is no error of the connection. */
	*got = !read_packet(gdb, address, word, 4, false, NULL);
	*word = le32toh(*word);
	back = gdb->way == GDB_QEMU ? gdb_link_command(&gdb->link, "Qqemu.PhyMemMode:1", error) : 0;
	return back;
}

static int no_way(struct gdb *gdb, struct its_error *error)
{
	its_error(error, ITS_ERR_ACCESS, "the gdb stub at %s has no known way to physical memory: neither"
		  " qqemu.PhyMemMode nor OpenOCD's monitor", gdb->link.name);
	return its_hint(error, "with OpenOCD add a mem_ap target and use its port; where virtual addresses are"
			" the physical ones (bare metal, MMU off) say --source gdb:%s,virtual",
			gdb->link.name);
}

/* The kind of OpenOCD's target, or no OpenOCD. */
static int find_openocd(struct gdb *gdb, struct its_error *error)
{
	char text[400];
	int err;

	gdb_link_doing(&gdb->link, "asking for its version");
	if (gdb_link_monitor(&gdb->link, "version", text, sizeof(text), NULL) ||
	    !strstr(text, "Open On-Chip Debugger"))
		return gdb->link.broken.code ? gdb_link_ask_text(&gdb->link, "?", error) : no_way(gdb, error);
	gdb_link_doing(&gdb->link, "asking for the kind of its target");
	err = gdb_link_monitor(&gdb->link, "[target current] cget -type", text, sizeof(text), error);
	if (!err)
		gdb->way = strstr(text, "mem_ap") ? GDB_MEM_AP : GDB_MONITOR;
	return err;
}

/* How long may a packet be? What the stub says, between our own limits. */
static int find_sizes(struct gdb *gdb, struct its_error *error)
{
	struct gdb_supported supported;
	int err;

	gdb_link_doing(&gdb->link, "asking what it supports");
	err = gdb_link_ask_text(&gdb->link, "qSupported:xmlRegisters=aarch64", error);
	if (err)
		return err;
	gdb_supported_read(gdb->link.reader.data, &supported);
	gdb->packet = supported.packet_size ? supported.packet_size : PACKET_DEFAULT;
	if (gdb->packet > GDB_REQUEST_MAX - 1)
		gdb->packet = GDB_REQUEST_MAX - 1;
	if (gdb->packet < PACKET_LEAST)
		gdb->packet = PACKET_LEAST;
	gdb->binary_read = supported.binary_upload;
	gdb->go = supported.vcont ? "vCont;c" : "c";
	if (!supported.no_ack)
		return 0;
	err = gdb_link_ask_text(&gdb->link, "QStartNoAckMode", error);
	if (!err && gdb_link_answered(&gdb->link, "OK"))
		gdb->link.no_ack = true;
	return err;
}

int gdb_find_way(struct gdb *gdb, bool is_virtual, struct its_error *error)
{
	const struct gdb_reader *reader = &gdb->link.reader;
	int err = find_sizes(gdb, error);

	if (err)
		return err;
	if (is_virtual) {
		gdb->way = GDB_VIRTUAL;
	} else {
		gdb_link_doing(&gdb->link, "asking for QEMU's mode of addresses");
		err = gdb_link_ask_text(&gdb->link, "qqemu.PhyMemMode", error);
		if (err)
			return err;
		if (reader->length == 1 && (*reader->data == '0' || *reader->data == '1')) {
			gdb->way = GDB_QEMU;
			gdb->virtual_mode = *reader->data == '0';
			err = gdb_link_command(&gdb->link, "Qqemu.PhyMemMode:1", error);
		} else {
			err = find_openocd(gdb, error);
		}
	}
	return err;
}
