// SPDX-License-Identifier: GPL-2.0-or-later
/* What the checks of cores have in common: extents within a file, and numbers in either byte order. */
#include <inttypes.h>

#include "core_check.h"
#include "spool.h"

bool core_needs(struct core_extent *extent, uint64_t offset, uint64_t length)
{
	uint64_t end = length > UINT64_MAX - offset ? UINT64_MAX : offset + length;

	if (end > extent->needed)
		extent->needed = end;
	return end <= extent->size;
}

int core_is_whole(const struct core_extent *extent, struct its_error *error)
{
	if (extent->needed <= extent->size)
		return ITS_OK;
	its_error(error, ITS_ERR_INPUT, "is cut off: %" PRIu64 " of at least %" PRIu64 " bytes", extent->size, extent->needed);
	return its_hint(error, "copy it again, or have it written again where there is room; if its size is right, its headers are damaged");
}

int core_read_extent(int fd, struct core_extent *extent, uint64_t offset, void *to, size_t length, struct its_error *error)
{
	int code;

	core_needs(extent, offset, length);
	code = core_is_whole(extent, error);
	return code ? code : spool_read(fd, offset, to, length, error);
}

uint64_t core_number(const unsigned char *bytes, unsigned count, bool big_endian)
{
	uint64_t value = 0;
	unsigned i;

	for (i = 0; i < count; i++)
		value = value << 8 | bytes[big_endian ? i : count - 1 - i];
	return value;
}
