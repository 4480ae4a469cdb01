// SPDX-License-Identifier: GPL-2.0-or-later
/* Does all lie within the file that the headers of an ELF core speak of? 32 and 64 bits, both byte orders. */
#include <elf.h>
#include <stddef.h>
#include <string.h>

#include "core_check.h"
#include "spool.h"

struct elf {
	int fd;
	bool wide, big_endian;
	struct core_extent extent;
	struct its_error *error;
};

/* FIELD(elf, the bytes of a header, Ehdr, e_phoff) */
#define FIELD(ELF, BYTES, HEADER, NAME)                                                            \
	((ELF)->wide ? core_number((BYTES) + offsetof(Elf64_##HEADER, NAME),                      \
				   sizeof(((Elf64_##HEADER *)0)->NAME), (ELF)->big_endian)        \
		     : core_number((BYTES) + offsetof(Elf32_##HEADER, NAME),                      \
				   sizeof(((Elf32_##HEADER *)0)->NAME), (ELF)->big_endian))
#define SIZE(ELF, HEADER) ((ELF)->wide ? sizeof(Elf64_##HEADER) : sizeof(Elf32_##HEADER))

/* A table of headers, each in @each bytes, of which @least are known. */
struct table { uint64_t offset, count; uint64_t each; size_t least; };

/* The table is there; else the file is cut off, or its headers are too short to be any. */
static int check_table(struct elf *elf, const struct table *table)
{
	uint64_t length;

	if (!table->count)
		return ITS_OK;
	if (table->each < table->least)
		return its_error(elf->error, ITS_ERR_INPUT, "is damaged: its ELF header says that the others have %u bytes each",
				 (unsigned)table->each);
	if (__builtin_mul_overflow(table->count, table->each, &length))
		length = UINT64_MAX;
	core_needs(&elf->extent, table->offset, length);
	return core_is_whole(&elf->extent, elf->error);
}

static int read_entry(const struct elf *elf, const struct table *table, uint64_t index, unsigned char *bytes)
{
	return spool_read(elf->fd, table->offset + index * table->each, bytes, table->least, elf->error);
}

/* Where the numbers of headers do not fit the ELF header they are in the first section's. */
static int read_counts(struct elf *elf, struct table *segments, struct table *sections)
{
	struct table first = *sections;
	unsigned char bytes[sizeof(Elf64_Shdr)];
	int code;

	if (!sections->offset || (sections->count && segments->count != PN_XNUM))
		return ITS_OK;
	first.count = 1;
	code = check_table(elf, &first);
	if (!code)
		code = read_entry(elf, &first, 0, bytes);
	if (code)
		return code;
	if (!sections->count)
		sections->count = FIELD(elf, bytes, Shdr, sh_size);
	if (segments->count == PN_XNUM)
		segments->count = FIELD(elf, bytes, Shdr, sh_info);
	return ITS_OK;
}

static int check_segments(struct elf *elf, const struct table *segments)
{
	unsigned char bytes[sizeof(Elf64_Phdr)];
	int code = check_table(elf, segments);
	uint64_t i;

	for (i = 0; i < segments->count && !code; i++) {
		uint64_t type, length;

		code = read_entry(elf, segments, i, bytes);
		if (code)
			break;
		type = FIELD(elf, bytes, Phdr, p_type);
		length = FIELD(elf, bytes, Phdr, p_filesz);
		if ((type == PT_LOAD || type == PT_NOTE) && length)
			core_needs(&elf->extent, FIELD(elf, bytes, Phdr, p_offset), length);
	}
	return code ? code : core_is_whole(&elf->extent, elf->error);
}

/* Kernel cores have sections only to count segments; libkdumpfile looks for names in them. */
static int check_sections(struct elf *elf, const struct table *sections, uint64_t names)
{
	unsigned char bytes[sizeof(Elf64_Shdr)], last;
	int code = check_table(elf, sections);
	uint64_t i;

	for (i = 0; i < sections->count && !code; i++) {
		uint64_t offset, length;

		code = read_entry(elf, sections, i, bytes);
		if (code)
			break;
		offset = FIELD(elf, bytes, Shdr, sh_offset);
		length = FIELD(elf, bytes, Shdr, sh_size);
		if (!length)
			continue;
		core_needs(&elf->extent, offset, length);
		code = core_is_whole(&elf->extent, elf->error);
		if (!code && i == names)
			code = spool_read(elf->fd, offset + length - 1, &last, 1, elf->error);
		if (!code && i == names && last)
			code = its_error(elf->error, ITS_ERR_INPUT, "is damaged: the names of its ELF sections do not end");
	}
	return code;
}

bool core_is_elf(int fd)
{
	char magic[SELFMAG];

	return !spool_read(fd, 0, magic, sizeof(magic), NULL) && !memcmp(magic, ELFMAG, SELFMAG);
}

int core_elf_check(int fd, uint64_t size, struct its_error *error)
{
	struct elf elf = { .fd = fd, .extent.size = size, .error = error };
	struct table segments, sections;
	unsigned char header[sizeof(Elf64_Ehdr)];
	int code;

	code = core_read_extent(fd, &elf.extent, 0, header, EI_NIDENT, error);
	if (code)
		return code;
	elf.wide = header[EI_CLASS] == ELFCLASS64;
	elf.big_endian = header[EI_DATA] == ELFDATA2MSB;
	if ((!elf.wide && header[EI_CLASS] != ELFCLASS32) || (!elf.big_endian && header[EI_DATA] != ELFDATA2LSB))
		return its_error(error, ITS_ERR_INPUT, "is an ELF file of a class or byte order that does not exist");
	/* libkdumpfile reads the larger header of the two. */
	code = core_read_extent(fd, &elf.extent, 0, header, sizeof(header), error);
	if (code)
		return code;
	if (FIELD(&elf, header, Ehdr, e_type) != ET_CORE)
		return its_error(error, ITS_ERR_INPUT, "is an ELF file, but no core");
	segments = (struct table){ FIELD(&elf, header, Ehdr, e_phoff), FIELD(&elf, header, Ehdr, e_phnum),
				   FIELD(&elf, header, Ehdr, e_phentsize), SIZE(&elf, Phdr) };
	sections = (struct table){ FIELD(&elf, header, Ehdr, e_shoff), FIELD(&elf, header, Ehdr, e_shnum),
				   FIELD(&elf, header, Ehdr, e_shentsize), SIZE(&elf, Shdr) };
	code = read_counts(&elf, &segments, &sections);
	if (!code)
		code = check_segments(&elf, &segments);
	if (!code)
		code = check_sections(&elf, &sections, FIELD(&elf, header, Ehdr, e_shstrndx));
	return code;
}
