// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Where in a core file does a physical address lie? Linux gives each PT_LOAD
 * of /proc/kcore that covers System RAM its physical address in p_paddr, and
 * all others (vmalloc, modules) the value -1: fs/proc/kcore.c, since v4.11.
 */
#include <elf.h>
#include <endian.h>
#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "kcore.h"
#include "spool.h"

/* Program headers read at a time: 56 bytes each, kept off the heap. */
#define CHUNK 32u

int kcore_read(int fd, uint64_t offset, void *buffer, size_t length, struct its_error *error)
{
	struct its_error cause = { 0 };
	int code;

	if (offset > INT64_MAX || length > INT64_MAX - offset)
		return its_error(error, ITS_ERR_INPUT, "the core's offset 0x%" PRIx64
				 " is larger than any file", offset);
	code = spool_read(fd, offset, buffer, length, &cause);
	return code ? its_error(error, code, "the core: %.300s", cause.message) : ITS_OK;
}

static int read_header(int fd, uint64_t *table, unsigned *count, struct its_error *error)
{
	Elf64_Ehdr header;
	int code = kcore_read(fd, 0, &header, sizeof(header), error);

	if (code)
		return code;
	if (memcmp(header.e_ident, ELFMAG, SELFMAG) != 0)
		return its_error(error, ITS_ERR_INPUT, "not an ELF file");
	if (header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_ident[EI_DATA] != ELFDATA2LSB)
		return its_error(error, ITS_ERR_INPUT, "not a 64-bit little-endian ELF file");
	if (le16toh(header.e_type) != ET_CORE)
		return its_error(error, ITS_ERR_INPUT, "an ELF file of type %u, not a core",
				 le16toh(header.e_type));
	if (le16toh(header.e_phentsize) != sizeof(Elf64_Phdr))
		return its_error(error, ITS_ERR_INPUT, "program headers of %u bytes, not %zu",
				 le16toh(header.e_phentsize), sizeof(Elf64_Phdr));
	*table = le64toh(header.e_phoff);
	*count = le16toh(header.e_phnum);
	if (*count == 0 || *count == PN_XNUM)
		return its_error(error, ITS_ERR_INPUT, "a core with no usable count of segments");
	/* At most 65534 headers of 56 bytes: kcore_read refuses what leaves the file. */
	if (*table > INT64_MAX - (uint64_t)*count * sizeof(Elf64_Phdr))
		return its_error(error, ITS_ERR_INPUT, "program headers at 0x%" PRIx64
				 ", beyond any file", *table);
	return ITS_OK;
}

struct match {
	uint64_t base, size;	/* what is looked for */
	bool partly;		/* a segment holds the start, but not all */
	bool found;
	uint64_t offset;
	uint64_t segment;	/* bytes of the one that was found */
};

/*
 * The kernel's image is in a segment of its own and again in that of its RAM.
 * Pages of it that were freed after boot belong to anybody, such as an ITS's
 * tables, but only RAM's segment, the larger one, still shows them: in the
 * other they read as 0.
 */
static void match_segment(struct match *match, const Elf64_Phdr *segment)
{
	uint64_t start = le64toh(segment->p_paddr), offset = le64toh(segment->p_offset);
	uint64_t size = le64toh(segment->p_filesz);

	if (size > le64toh(segment->p_memsz))
		size = le64toh(segment->p_memsz);
	if (match->base < start || match->base - start >= size ||
	    (match->found && size <= match->segment))
		return;

	uint64_t inside = match->base - start;

	if (match->size > size - inside || offset > INT64_MAX || inside > INT64_MAX - offset ||
	    match->size > INT64_MAX - offset - inside) {
		match->partly = true;
		return;
	}
	match->found = true;
	match->offset = offset + inside;
	match->segment = size;
}

int kcore_find(int fd, uint64_t base, uint64_t size, uint64_t *offset, struct its_error *error)
{
	struct match match = { .base = base, .size = size }, at_zero = match;
	unsigned count = 0, zeros = 0, with_address = 0;
	uint64_t table = 0;
	int code = read_header(fd, &table, &count, error);

	if (code)
		return code;
	for (unsigned i = 0; i < count && !code; i += CHUNK) {
		unsigned n = count - i < CHUNK ? count - i : CHUNK;
		Elf64_Phdr segments[CHUNK];

		code = kcore_read(fd, table + (uint64_t)i * sizeof(segments[0]), segments,
				  n * sizeof(segments[0]), error);
		for (unsigned k = 0; k < n && !code; k++) {
			uint64_t start = le64toh(segments[k].p_paddr);

			if (le32toh(segments[k].p_type) != PT_LOAD || start == UINT64_MAX)
				continue;
			with_address++;
			if (start)
				match_segment(&match, &segments[k]);
			else if (++zeros == 1)
				match_segment(&at_zero, &segments[k]);
		}
	}
	if (code)
		return code;
	/*
	 * Before v4.11 every p_paddr was 0, and the huge vmalloc segment would
	 * seem to hold any address: address 0 is believed of one segment only.
	 */
	if (zeros == 1 && at_zero.found && (!match.found || at_zero.segment > match.segment))
		match = at_zero;
	match.partly |= zeros == 1 && at_zero.partly;
	if (match.found) {
		*offset = match.offset;
		return ITS_OK;
	}
	if (zeros > 1)
		return its_error(error, ITS_ERR_ACCESS, "the core's segments carry no physical "
				 "addresses (Linux before 4.11)");
	return its_error(error, ITS_ERR_ACCESS, "none of the core's %u segments with a physical "
			 "address holds %s0x%" PRIx64 "..0x%" PRIx64, with_address,
			 match.partly ? "all of " : "", base, base + (size - 1));
}
