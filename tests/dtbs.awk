# SPDX-License-Identifier: GPL-2.0-or-later
# What a device tree says of its ITSs, read from the source that dtc prints of it: an opinion of its own, to hold
# against that of its-tool list. Prints lines "its INDEX NODE AVAILABLE BASE", "gic INDEX NODE DISTRIBUTOR BASE+SIZE...",
# "client INDEX NODE AVAILABLE msi-map RID LAST DEVICEID LAST MASK" and "... msi-parent DEVICEID|rid|none".

# Numbers are doubles: exact up to 2^53, which is beyond every address of these boards.
function number(hex, i, n) {
	hex = tolower(hex)
	for (i = hex ~ /^0x/ ? 3 : 1; i <= length(hex); i++)
		n = n * 16 + index("123456789abcdef", substr(hex, i, 1))
	return n + 0
}
function hexadecimal(n, text) {
	do {
		text = substr("0123456789abcdef", n % 16 + 1, 1) text
		n = int(n / 16)
	} while (n)
	return "0x" text
}

# The bytes of a string as dtc writes it, in byte[].
function string_bytes(text, count, i, c, n) {
	for (i = 1; i <= length(text); i++) {
		c = substr(text, i, 1)
		if (c != "\\") {
			byte[count++] = ord[c]
			continue
		}
		c = substr(text, ++i, 1)
		if (c == "x") {
			byte[count++] = number(substr(text, i + 1, 2))
			i += 2
		} else if (c ~ /[0-7]/) {
			for (n = 0; substr(text, i, 1) ~ /[0-7]/ && i <= length(text); i++)
				n = n * 8 + substr(text, i, 1)
			byte[count++] = n
			i--
		} else {
			byte[count++] = c in escape ? escape[c] : ord[c]
		}
	}
	byte[count++] = 0
	return count
}

# The cells of a property in cell[]; returns how many there are. dtc guesses from the bytes how to print them.
function cells(node, property, value, n, i, k, part, count) {
	if (!((node, property) in values))
		return 0
	value = values[node, property]
	if (value ~ /^</) {
		gsub(/[<>]/, " ", value)
		n = split(value, part, " ")
		for (i = 1; i <= n; i++)
			cell[i - 1] = number(part[i])
		return n
	}
	if (value ~ /^\[/) {
		gsub(/[][]/, " ", value)
		count = split(value, part, " ")
		for (i = 1; i <= count; i++)
			byte[i - 1] = number(part[i])
	} else if (value ~ /^"/) {
		count = string_bytes(substr(value, 2, length(value) - 2), 0)
	}
	for (k = 0; 4 * k + 3 < count; k++)
		cell[k] = ((byte[4 * k] * 256 + byte[4 * k + 1]) * 256 + byte[4 * k + 2]) * 256 + byte[4 * k + 3]
	return k
}
function first_cell(node, property, otherwise) { return cells(node, property) ? cell[0] : otherwise }
function compatible(node, wanted) {
	return index("\\0" substr(values[node, "compatible"], 2, length(values[node, "compatible"]) - 2) "\\0",
		"\\0" wanted "\\0") > 0
}
function available(node) {
	for (; node; node = parent[node])
		if ((node, "status") in values && values[node, "status"] !~ /^"ok(ay)?"$/)
			return 0
	return 1
}
function address_cells(node) { return first_cell(node, "#address-cells", 2) }
function size_cells(node) { return first_cell(node, "#size-cells", 1) }
# Cells @at to @at + @count as a number; PCI's first of three is no part of it.
function join(list, at, count, n) {
	if (count == 3) {
		at++
		count--
	}
	for (; count; count--)
		n = n * 4294967296 + list[at++]
	return n + 0
}

# Entry @index of reg as "BASE SIZE", or "" where there is no CPU address.
function region(node, entry, bus, na, ns, pna, n, i, address, size, tuple, found, first) {
	bus = parent[node]
	na = address_cells(bus)
	ns = size_cells(bus)
	if (cells(node, "reg") < (entry + 1) * (na + ns))
		return ""
	address = join(cell, entry * (na + ns), na)
	size = join(cell, entry * (na + ns) + na, ns)
	for (; parent[bus]; bus = parent[bus]) {
		if (!((bus, "ranges") in values))
			return ""
		na = address_cells(bus)
		ns = size_cells(bus)
		pna = address_cells(parent[bus])
		n = cells(bus, "ranges")
		tuple = na + pna + ns
		found = !n
		for (i = 0; i + tuple <= n && !found; i += tuple) {
			first = join(cell, i, na)
			if (address < first || address >= first + join(cell, i + na + pna, ns))
				continue
			address += join(cell, i + na, pna) - first
			found = 1
		}
		if (!found)
			return ""
	}
	return address " " size
}
function is_pci(node) {
	if ((node, "device_type") in values)
		return values[node, "device_type"] == "\"pci\""
	return name[node] ~ /^pcie(@|$)/
}

function print_gic(node, up, regions, i, part, line) {
	for (up = parent[node]; up && !(up in gic); up = parent[up])
		;
	if (!up && gics == 1)
		up = only_gic
	if (!up)
		return
	line = split(region(up, 0), part, " ") ? hexadecimal(part[1]) : "0x0"
	regions = first_cell(up, "#redistributor-regions", 1)
	for (i = 1; i <= regions && split(region(up, i), part, " "); i++)
		line = line " " hexadecimal(part[1]) "+" hexadecimal(part[2])
	print "gic", its[node], path[up], line
}
function print_msi_parent(node, n, i, k, target, arguments, list) {
	n = cells(node, "msi-parent")
	for (i = 0; i < n; i++)
		list[i] = cell[i]
	for (i = 0; i < n; i += 1 + arguments) {
		arguments = 0
		if (!list[i])
			continue
		if (!(list[i] in by_phandle))
			return
		target = by_phandle[list[i]]
		arguments = first_cell(target, "#msi-cells", 0)
		if (i + arguments >= n)
			return
		if (target in its)
			print "client", its[target], path[node], available(node), "msi-parent",
				is_pci(node) ? "rid" : arguments ? list[i + 1] : "none"
	}
}
function print_msi_map(node, n, i, mask, list) {
	n = cells(node, "msi-map")
	for (i = 0; i < n; i++)
		list[i] = cell[i]
	mask = first_cell(node, "msi-map-mask", 4294967295)
	for (i = 0; i + 4 <= n; i += 4)
		if (list[i + 3] && list[i + 1] in by_phandle && by_phandle[list[i + 1]] in its)
			print "client", its[by_phandle[list[i + 1]]], path[node], available(node), "msi-map",
				list[i], list[i] + list[i + 3] - 1, list[i + 2], list[i + 2] + list[i + 3] - 1, mask
}

BEGIN {
	CONVFMT = OFMT = "%.0f"
	for (i = 1; i < 256; i++)
		ord[sprintf("%c", i)] = i
	escape["a"] = 7; escape["b"] = 8; escape["t"] = 9; escape["n"] = 10; escape["v"] = 11; escape["f"] = 12
	escape["r"] = 13
}
/^\/dts-v1\/|^\/memreserve\/|^$/ { next }
{ sub(/^\t*/, "") }
/^};$/ {
	here = parent[here]
	next
}
/ \{$/ && !/ = / {
	nodes++
	name[nodes] = substr($0, 1, length($0) - 2)
	parent[nodes] = here + 0
	path[nodes] = here ? (here == 1 ? "" : path[here]) "/" name[nodes] : "/"
	here = nodes
	next
}
{
	sub(/;$/, "")
	at = index($0, " = ")
	if (at)
		values[here, substr($0, 1, at - 1)] = substr($0, at + 3)
	else
		values[here, $0] = ""
}
END {
	for (node = 1; node <= nodes; node++) {
		phandle = first_cell(node, "phandle", first_cell(node, "linux,phandle", 0))
		if (phandle && !(phandle in by_phandle))
			by_phandle[phandle] = node
		if (compatible(node, "arm,gic-v3")) {
			gic[node] = 1
			gics++
			only_gic = node
		}
		if (compatible(node, "arm,gic-v3-its"))
			its[node] = n_its++
	}
	for (node = 1; node <= nodes; node++)
		if (node in its) {
			print "its", its[node], path[node], available(node),
				split(region(node, 0), part, " ") ? hexadecimal(part[1]) : "null"
			print_gic(node)
		}
	for (node = 1; node <= nodes && n_its; node++) {
		print_msi_parent(node)
		print_msi_map(node)
	}
}
