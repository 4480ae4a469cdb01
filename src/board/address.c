// SPDX-License-Identifier: GPL-2.0-or-later
/* Which CPU physical address does a reg entry stand for: up the tree through every `ranges`. */
#include <stdarg.h>
#include <stdio.h>

#include "tree.h"

/* An address on some bus: PCI and other 3-cell buses carry flags beside it. */
struct bus_address { uint32_t flags; uint64_t value; };

__attribute__((format(printf, 3, 4)))
static enum tree_reg refuse(char *why, size_t size, const char *format, ...)
{
	va_list arguments;

	if (why) {
		va_start(arguments, format);
		vsnprintf(why, size, format, arguments);
		va_end(arguments);
	}
	return TREE_REG_UNTRANSLATABLE;
}

/* Linux: OF_CHECK_COUNTS. More than 4 size cells cannot be a 64-bit size either. */
static bool cells_usable(const struct tree_node *bus)
{
	return bus->address_cells >= 1 && bus->address_cells <= 4 &&
	       bus->size_cells >= 1 && bus->size_cells <= 4;
}

/* @count cells as a number; false if it has more than 64 bits. */
static bool read_number(const void *cells, size_t first, uint32_t count, uint64_t *value)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < count; i++) {
		if (sum >> 32)
			return false;
		sum = sum << 32 | tree_cell(cells, first + i);
	}
	*value = sum;
	return true;
}

/* Linux: of_bus_pci and of_bus "default-flags": the first of 3 cells is no part of the number. */
static bool read_address(const void *cells, size_t first, uint32_t count,
			 struct bus_address *address)
{
	address->flags = 0;
	if (count == 3) {
		address->flags = tree_cell(cells, first);
		return read_number(cells, first + 1, 2, &address->value);
	}
	return read_number(cells, first, count, &address->value);
}

/* True if @address and a tuple of bus @node are of one kind: for PCI both memory or both I/O. */
static bool same_space(const struct tree_node *bus, uint32_t address, uint32_t tuple)
{
	uint32_t a = address >> 24 & 3, t = tuple >> 24 & 3;

	if (!bus->pci)
		return address == tuple;
	return a && t && (a == 1) == (t == 1);
}

/* One step up: from the address space below @node to the one it lives in. */
static enum tree_reg translate(struct tree *tree, uint32_t node, struct bus_address *address,
			       char *why, size_t why_size)
{
	const struct tree_node *bus = &tree->nodes[node], *above = &tree->nodes[bus->parent];
	uint32_t na = bus->address_cells, ns = bus->size_cells, pna = above->address_cells;
	char path[TREE_PATH_MAX];
	const void *ranges = bus->ranges;
	size_t tuple, count;

	if (!ranges)
		return refuse(why, why_size, "%s has no ranges property, so addresses below it "
			      "are not CPU addresses", tree_path(tree, node, path));
	if (!bus->ranges_length)
		return TREE_REG_OK;
	tuple = na + pna + ns;
	count = (size_t)bus->ranges_length / 4 / tuple;
	for (size_t i = 0; i < count; i++) {
		struct bus_address child, parent;
		uint64_t size, delta;

		if (tree->steps++ >= TREE_STEPS_MAX)
			return refuse(why, why_size, "the tree has too many ranges");
		if (!read_address(ranges, i * tuple, na, &child) ||
		    !read_address(ranges, i * tuple + na, pna, &parent) ||
		    !read_number(ranges, i * tuple + na + pna, ns, &size))
			continue;
		if (na == 3 && !same_space(bus, address->flags, child.flags))
			continue;
		if (address->value < child.value || address->value - child.value >= size)
			continue;
		delta = address->value - child.value;
		if (parent.value > UINT64_MAX - delta)
			return refuse(why, why_size,
				      "0x%llx in the ranges of %s goes beyond 64 bits",
				      (unsigned long long)address->value,
				      tree_path(tree, node, path));
		*address = (struct bus_address){ parent.flags, parent.value + delta };
		return TREE_REG_OK;
	}
	return refuse(why, why_size, "0x%llx is in none of the ranges of %s",
		      (unsigned long long)address->value, tree_path(tree, node, path));
}

enum tree_reg tree_reg(struct tree *tree, uint32_t node, unsigned index,
		       struct board_range *range, char *why, size_t why_size)
{
	uint32_t bus = tree->nodes[node].parent;
	const struct tree_node *b;
	struct bus_address address;
	char path[TREE_PATH_MAX];
	uint64_t size;
	size_t entry;
	int length = 0;
	const void *reg = NULL;

	tree->steps += tree->nodes[node].n_properties;
	if (tree->steps < TREE_STEPS_MAX)
		reg = tree_property(tree, node, "reg", &length);
	*range = (struct board_range){ 0, 0 };
	if (!reg || !length || bus == TREE_NONE)
		return TREE_REG_ABSENT;
	b = &tree->nodes[bus];
	if (!cells_usable(b))
		goto bad_cells;
	entry = b->address_cells + b->size_cells;
	if ((size_t)length / 4 / entry <= index)
		return TREE_REG_ABSENT;
	if (!read_address(reg, index * entry, b->address_cells, &address) ||
	    !read_number(reg, index * entry + b->address_cells, b->size_cells, &size))
		return refuse(why, why_size, "reg entry %u of %s has more than 64 bits", index,
			      tree_path(tree, node, path));

	while (tree->nodes[bus].parent != TREE_NONE) {
		uint32_t above = tree->nodes[bus].parent;
		enum tree_reg result;

		b = &tree->nodes[above];
		if (!cells_usable(b)) {
			bus = above;
			goto bad_cells;
		}
		result = translate(tree, bus, &address, why, why_size);
		if (result != TREE_REG_OK)
			return result;
		bus = above;
	}
	if (size && address.value > UINT64_MAX - (size - 1))
		return refuse(why, why_size,
			      "reg entry %u of %s, 0x%llx + 0x%llx, goes beyond 64 bits", index,
			      tree_path(tree, node, path), (unsigned long long)address.value,
			      (unsigned long long)size);
	*range = (struct board_range){ address.value, size };
	return TREE_REG_OK;
bad_cells:
	return refuse(why, why_size, "%s has #address-cells %u and #size-cells %u below it",
		      tree_path(tree, bus, path), b->address_cells, b->size_cells);
}
