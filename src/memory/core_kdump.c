// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Does all lie within the file that the headers of a compressed core speak of?
 * makedumpfile's diskdump_mod.h: struct disk_dump_header, struct
 * kdump_sub_header, two bitmaps of pages, and for each page that the second
 * one names a descriptor, in their order.
 */
#include <string.h>

#include "core_check.h"
#include "spool.h"

#define HEADER_BYTES 464u		/* up to nr_cpus */
#define VERSION_AT 8u
#define SUB_HEADER_BYTES 104u
#define DESCRIPTOR_BYTES 24u
#define PAGE_MIN 4096u			/* as libkdumpfile has them */
#define PAGE_MAX 262144u
#define BLOCK 65536u

struct kdump {
	int fd;
	bool wide, big_endian;
	uint64_t version, page, sub_blocks, bitmap_blocks;
	uint64_t pages;			/* of the machine, in the file or not */
	uint64_t first, end;		/* the page numbers that this file is about */
	struct core_extent extent;
	struct its_error *error;
};

bool core_is_kdump(int fd)
{
	char magic[8];

	return !spool_read(fd, 0, magic, sizeof(magic), NULL) &&
	       (!memcmp(magic, "KDUMP   ", 8) || !memcmp(magic, "DISKDUMP", 8));
}

/* The header does not say what it is: it is that in which its numbers make sense. False: none. */
static bool take_header(struct kdump *kdump, const unsigned char *header)
{
	unsigned i;

	for (i = 0; i < 4; i++) {
		/* Behind a utsname and a struct timeval of the machine's. */
		const unsigned char *at = header + (i / 2 ? 428 : 416);
		bool big = i % 2;

		kdump->wide = i / 2;
		kdump->big_endian = big;
		kdump->version = core_number(header + VERSION_AT, 4, big);
		kdump->page = core_number(at, 4, big);
		kdump->sub_blocks = core_number(at + 4, 4, big);
		kdump->bitmap_blocks = core_number(at + 8, 4, big);
		kdump->pages = core_number(at + 12, 4, big);
		if (kdump->page >= PAGE_MIN && kdump->page <= PAGE_MAX &&
		    8 * kdump->bitmap_blocks * kdump->page >= kdump->pages)
			return true;
	}
	return false;
}

/* Of 32-bit machines there are two layouts, and nothing in them is needed here. */
static int take_sub_header(struct kdump *kdump)
{
	static const unsigned char extents[] = { 32, 48, 64 };	/* of vmcoreinfo, notes, eraseinfo: offset, size */
	unsigned char bytes[SUB_HEADER_BYTES];
	bool big = kdump->big_endian;
	unsigned i;
	int code;

	kdump->end = UINT64_MAX;
	if (!kdump->wide || kdump->version < 1)
		return ITS_OK;
	code = core_read_extent(kdump->fd, &kdump->extent, kdump->page, bytes, sizeof(bytes), kdump->error);
	if (code)
		return code;
	for (i = 0; i < sizeof(extents) && kdump->version >= 3; i++) {
		uint64_t size = core_number(bytes + extents[i] + 8, 8, big);

		if (size && (!i || kdump->version >= 4))
			core_needs(&kdump->extent, core_number(bytes + extents[i], 8, big), size);
	}
	/* One of several files that a core was split into. */
	if (kdump->version >= 2 && core_number(bytes + 12, 4, big)) {
		kdump->first = core_number(bytes + (kdump->version >= 6 ? 80 : 16), 8, big);
		kdump->end = core_number(bytes + (kdump->version >= 6 ? 88 : 24), 8, big);
	}
	if (kdump->version >= 6)
		kdump->pages = core_number(bytes + 96, 8, big);
	return core_is_whole(&kdump->extent, kdump->error);
}

/* How many pages the file holds: bits of the bitmap at @offset, least significant first. */
static int count_pages(const struct kdump *kdump, uint64_t offset, uint64_t length, uint64_t *count)
{
	unsigned char block[BLOCK];
	uint64_t page = 0;
	int code = ITS_OK;

	*count = 0;
	while (length && !code) {
		size_t now = length < sizeof(block) ? (size_t)length : sizeof(block), i;

		code = spool_read(kdump->fd, offset, block, now, kdump->error);
		for (i = 0; i < now && !code; i++, page += 8) {
			unsigned bits = block[i], bit;

			for (bit = 0; bits >> bit; bit++)
				*count += bits >> bit & 1 && page + bit >= kdump->first && page + bit < kdump->end;
		}
		offset += now;
		length -= now;
	}
	return code;
}

static int check_pages(struct kdump *kdump, uint64_t offset, uint64_t count)
{
	unsigned char block[BLOCK / DESCRIPTOR_BYTES * DESCRIPTOR_BYTES];
	bool big = kdump->big_endian;
	int code;

	core_needs(&kdump->extent, offset, count * DESCRIPTOR_BYTES);
	code = core_is_whole(&kdump->extent, kdump->error);
	while (count && !code) {
		size_t now = count < sizeof(block) / DESCRIPTOR_BYTES ? (size_t)count : sizeof(block) / DESCRIPTOR_BYTES, i;

		code = spool_read(kdump->fd, offset, block, now * DESCRIPTOR_BYTES, kdump->error);
		for (i = 0; i < now && !code; i++)
			core_needs(&kdump->extent, core_number(block + i * DESCRIPTOR_BYTES, 8, big),
				   core_number(block + i * DESCRIPTOR_BYTES + 8, 4, big));
		offset += now * DESCRIPTOR_BYTES;
		count -= now;
	}
	return code ? code : core_is_whole(&kdump->extent, kdump->error);
}

int core_kdump_check(int fd, uint64_t size, struct its_error *error)
{
	struct kdump kdump = { .fd = fd, .extent.size = size, .error = error };
	unsigned char header[HEADER_BYTES];
	uint64_t bitmap, length, count;
	int code;

	code = core_read_extent(fd, &kdump.extent, 0, header, sizeof(header), error);
	if (code)
		return code;
	if (!take_header(&kdump, header))
		return its_error(error, ITS_ERR_INPUT, "is damaged: nothing in its header makes sense");
	code = take_sub_header(&kdump);
	if (code)
		return code;
	bitmap = (1 + kdump.sub_blocks) * kdump.page;
	length = kdump.bitmap_blocks * kdump.page;
	core_needs(&kdump.extent, bitmap, length);
	code = core_is_whole(&kdump.extent, error);
	if (code)
		return code;
	/* Two of half the size: what is RAM, and what of it is in the file. Old ones have only the second. */
	if (kdump.pages <= length * 8 / 2)
		code = count_pages(&kdump, bitmap + kdump.bitmap_blocks / 2 * kdump.page,
				   kdump.bitmap_blocks / 2 * kdump.page, &count);
	else
		code = count_pages(&kdump, bitmap, length, &count);
	return code ? code : check_pages(&kdump, bitmap + length, count);
}
