// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What is in the memory that a debugger saved? Raw files, each with the
 * physical address of its first byte: RAM, the ring alone, a register frame.
 */
#include <endian.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "its/number.h"
#include "its/register.h"
#include "sources.h"
#include "spool.h"

#define PARTS_MAX 1024u			/* a file each, open all the time */

struct part {
	char *path;
	int fd;
	uint64_t base, size;		/* bytes */
};

struct image {
	struct part *parts;		/* by base */
	size_t count;
	char remark[SPOOL_REMARK];	/* on the first part of which there is one */
};

static void image_close(struct memory *memory)
{
	struct image *image = memory->private;
	size_t i;

	for (i = 0; i < image->count; i++) {
		free(image->parts[i].path);
		close(image->parts[i].fd);
	}
	free(image->parts);
	free(image);
}

static int syntax(struct its_error *error, const char *text)
{
	its_error(error, ITS_ERR_USAGE, "image: '%.200s' is not FILE@ADDRESS", text);
	return its_hint(error, "image:FILE@ADDRESS[,FILE@ADDRESS...], where ADDRESS is the physical address of"
			" the file's first byte: image:ring.bin@0x40830000");
}

/*
 * The end of the first FILE@ADDRESS of @text, and the '@' in it. Only an '@'
 * with a number up to a comma or the end divides, so a FILE may hold both
 * characters and nothing is escaped.
 */
static const char *find_end(const char *text, const char **at, uint64_t *base)
{
	const char *p;

	for (p = strchr(text, '@'); p; p = strchr(p + 1, '@')) {
		size_t length = strcspn(p + 1, ",");

		if (p == text || !its_number_parse_n(p + 1, length, base))
			continue;
		*at = p;
		return p + 1 + length;
	}
	return NULL;
}

static int check_size(const struct part *part, struct its_error *error)
{
	const uint64_t end = UINT64_C(1) << ITS_ADDRESS_BITS;

	if (!part->size)
		return its_error(error, ITS_ERR_INPUT, "%s is empty: nothing lies at 0x%" PRIx64,
				 part->path, part->base);
	if (part->base < end && part->size <= end - part->base)
		return ITS_OK;
	return its_error(error, ITS_ERR_INPUT, "%s: 0x%" PRIx64 " bytes at 0x%" PRIx64
			 " go beyond the %u bits of physical addresses", part->path, part->size,
			 part->base, ITS_ADDRESS_BITS);
}

static int add_part(struct image *image, const char *text, size_t length, uint64_t base,
		    struct its_error *error)
{
	struct part part = { .base = base }, *grown;
	char remark[SPOOL_REMARK];
	int code;

	if (image->count == PARTS_MAX)
		return its_error(error, ITS_ERR_USAGE, "an image of more than %u files", PARTS_MAX);
	grown = realloc(image->parts, (image->count + 1) * sizeof(*grown));
	if (grown)
		image->parts = grown;
	part.path = grown ? strndup(text, length) : NULL;
	if (!part.path)
		return its_no_memory(error, "an image of %zu files", image->count + 1);
	code = spool_open(part.path, &part.fd, &part.size, remark, error);
	if (code) {
		free(part.path);
		return code;
	}
	if (!*image->remark)
		memcpy(image->remark, remark, sizeof(remark));
	image->parts[image->count++] = part;
	return check_size(&part, error);
}

static int by_base(const void *a, const void *b)
{
	const struct part *first = a, *second = b;

	return (first->base > second->base) - (first->base < second->base);
}

static int check_overlaps(const struct image *image, struct its_error *error)
{
	size_t i;

	for (i = 1; i < image->count; i++) {
		const struct part *below = &image->parts[i - 1], *part = &image->parts[i];

		if (part->base - below->base >= below->size)
			continue;
		its_error(error, ITS_ERR_INPUT, "%.200s (0x%" PRIx64 " bytes at 0x%" PRIx64 ") overlaps %.200s at 0x%"
			  PRIx64, below->path, below->size, below->base, part->path, part->base);
		return its_hint(error, "which one is right cannot be known: leave one out");
	}
	return ITS_OK;
}

static int image_open(struct memory *memory, const char *argument, struct its_error *error)
{
	struct image *image;
	const char *text = argument ? argument : "";
	int code;

	image = calloc(1, sizeof(*image));
	if (!image)
		return its_no_memory(error, "the source image");
	memory->private = image;
	do {
		const char *at = NULL, *end;
		uint64_t base = 0;

		end = find_end(text, &at, &base);
		code = end ? add_part(image, text, (size_t)(at - text), base, error) : syntax(error, text);
		text = end && *end ? end + 1 : NULL;
	} while (!code && text);
	if (!code) {
		qsort(image->parts, image->count, sizeof(*image->parts), by_base);
		code = check_overlaps(image, error);
	}
	if (code)
		image_close(memory);
	return code;
}

/* The last part that begins at or before @address, or NULL. */
static const struct part *part_below(const struct image *image, uint64_t address)
{
	size_t low = 0, high = image->count;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (image->parts[middle].base <= address)
			low = middle + 1;
		else
			high = middle;
	}
	return low ? &image->parts[low - 1] : NULL;
}

/* Bytes that follow @address in the part that holds it; 0: none does. */
static uint64_t bytes_at(const struct part *part, uint64_t address)
{
	return part && address - part->base < part->size ? part->size - (address - part->base) : 0;
}

static int missing(const struct image *image, uint64_t address, struct its_error *error)
{
	const struct part *below = part_below(image, address);

	if (below)
		return its_error(error, ITS_ERR_INPUT, "no file of the image holds 0x%" PRIx64
				 ": %.300s ends at 0x%" PRIx64, address, below->path,
				 below->base + below->size);
	return its_error(error, ITS_ERR_INPUT, "no file of the image holds 0x%" PRIx64
			 ": the first, %.300s, begins at 0x%" PRIx64, address, image->parts[0].path,
			 image->parts[0].base);
}

/* The registers that were saved may be few; of RAM all that is looked at must be there. */
static int image_map(struct window *window, struct its_error *error)
{
	const struct image *image = window->memory->private;
	uint64_t address = window->base, end = window->base + window->size, bytes;

	if (window->kind == MEMORY_RAM_UNCACHED)
		return its_error(error, ITS_ERR_INPUT, "an image holds one view of the memory at 0x%" PRIx64
				 ", cached or not", window->base);
	if (window->kind == MEMORY_REGISTERS) {
		const struct part *last = part_below(image, end - 1);

		return last && last->base + last->size > window->base ? ITS_OK :
		       missing(image, window->base, error);
	}
	for (; address < end; address += bytes) {
		bytes = bytes_at(part_below(image, address), address);
		if (!bytes)
			return missing(image, address, error);
	}
	return ITS_OK;
}

static void image_unmap(struct window *window)
{
	(void)window;
}

static int read_part(const struct part *part, uint64_t address, char *to, size_t length,
		     struct its_error *error)
{
	struct its_error cause = { 0 };
	int code = spool_read(part->fd, address - part->base, to, length, &cause);

	return code ? its_error(error, code, "reading %.300s for address 0x%" PRIx64 ": %.200s", part->path, address,
				cause.message) : ITS_OK;
}

static int read_bytes(const struct image *image, uint64_t address, char *to, size_t length,
		      struct its_error *error)
{
	int code = ITS_OK;

	while (length && !code) {
		const struct part *part = part_below(image, address);
		uint64_t bytes = bytes_at(part, address);
		size_t now = bytes < length ? (size_t)bytes : length;

		if (!bytes)
			return missing(image, address, error);
		code = read_part(part, address, to, now, error);
		address += now;
		to += now;
		length -= now;
	}
	return code;
}

static int image_read_words(struct window *window, uint64_t offset, uint64_t *words, size_t count,
			    struct its_error *error)
{
	int code = read_bytes(window->memory->private, window->base + offset, (char *)words,
			      count * sizeof(*words), error);
	size_t i;

	for (i = 0; i < count && !code; i++)
		words[i] = le64toh(words[i]);
	return code;
}

static int image_read(struct window *window, uint64_t offset, unsigned width, uint64_t *value,
		      struct its_error *error)
{
	uint32_t half;
	int code;

	if (width == 64)
		return image_read_words(window, offset, value, 1, error);
	code = read_bytes(window->memory->private, window->base + offset, (char *)&half, sizeof(half),
			  error);
	if (!code)
		*value = le32toh(half);
	return code;
}

static const char *image_remark(struct memory *memory)
{
	const struct image *image = memory->private;

	return *image->remark ? image->remark : NULL;
}

static int image_ranges(struct memory *memory, struct memory_range **list, size_t *count,
			struct its_error *error)
{
	const struct image *image = memory->private;
	size_t i;

	*list = calloc(image->count, sizeof(**list));
	if (!*list)
		return its_no_memory(error, "%zu ranges", image->count);
	for (i = 0; i < image->count; i++) {
		const struct part *part = &image->parts[i];
		struct memory_range *last = *count ? &(*list)[*count - 1] : NULL;

		if (last && last->base + last->size == part->base)
			last->size += part->size;
		else
			(*list)[(*count)++] = (struct memory_range){ part->base, part->size };
	}
	return ITS_OK;
}

const struct memory_ops memory_image = {
	.scheme = "image",
	.syntax = "image:FILE@ADDRESS[,FILE@ADDRESS...]",
	.summary = "raw memory as a debugger saves it, gzip'ed or not: RAM, the ring, register frames",
	.read_only = "an image",
	.partial = true,
	.open = image_open,
	.close = image_close,
	.map = image_map,
	.unmap = image_unmap,
	.read = image_read,
	.read_words = image_read_words,
	.ranges = image_ranges,
	.remark = image_remark,
};
