#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Boards that ACPI tables describe: QEMU's own tables in tests/fixtures, and tables that are none.

load helpers

setup() {
	for name in virt smmu; do
		sed '/^#/d' "$BATS_TEST_DIRNAME/../fixtures/acpi-$name.hex" | xxd -r -p >"$BATS_TEST_TMPDIR/$name"
	done
	acpi=$BATS_TEST_TMPDIR/virt
}

@test "list names the ITS, its translation ID and the root complex" {
	run_tool 0 -s sim --acpi "$acpi" list
	shows '^ITS 0  its@8080000  0x8080000  '
	shows '^  node        /MADT/its@8080000, translation ID 0$'
	shows 'DeviceID 0x0 to 0xffff: PCI RID 0x0 to 0xffff of domain 0 \(/IORT/pci@0\)$'
	run_tool 0 -s sim --acpi "$acpi" list --json
	json '.model' '"BOCHS BXPC"'
	json '[.its[] | [.node, .base, .translation_id, .available]]' '[["/MADT/its@8080000","0x8080000",0,true]]'
	json '[.its[0].clients[] | [.via, .device_id, .device_id_last, .rid, .rid_last, .pci_domain]]' \
		'[["iort",0,65535,0,65535,0]]'
	json '[.lints[], .its[].lints[]]' '[]'
}

@test "an SMMU on the way changes no DeviceID here, and the count that is one too large is told" {
	run_tool 0 -s sim --acpi "$BATS_TEST_TMPDIR/smmu" list --json
	json '[.its[0].clients[] | [.device_id, .device_id_last]]' '[[0,65535]]'
	json '[.lints[] | [.name, .node, .severity]]' '[["iort-off-by-one","/IORT/pci@0","note"]]'
}

@test "every command works on such a board" {
	run_tool 0 -s sim --acpi "$acpi" dump --json
	json '.its[0].index' 0
	run_tool 0 -s sim --acpi "$acpi" regs --json
	json '[.gics[0].redistributors[].base]' '["0x80a0000","0x80c0000"]'
	run_tool 0 -s sim --acpi "$acpi" -i its@8080000 send SYNC RDbase=0
	run_tool 0 -s sim --acpi "$acpi" -n send --force INT DeviceID=8 EventID=0
	run_tool 7 -s sim --acpi "$acpi" inject 0000:00:01.0 0
	says 'DeviceID 0x8 is not mapped'
	run_tool 2 -s sim --acpi "$acpi" inject 0001:00:01.0 0
	says 'root complex of the IORT'
	run_tool 2 -s sim --acpi "$acpi" inject COM0 0
	says 'in the IORT'
	run_tool 2 -s sim --acpi "$acpi" -i its@0 dump
	says 'there is 0: /MADT/its@8080000'
}

@test "tables that are none, are cut, or have no ITS" {
	run_tool 2 -s sim --acpi "$acpi" --dtb "$acpi" list; says 'only one'
	run_tool 6 -s sim --acpi /nonexistent list; says '/nonexistent'
	run_tool 6 -s sim --acpi "$BATS_TEST_DIRNAME/acpi.bats" list
	says 'which is no signature'; says '/sys/firmware/acpi/tables/APIC'
	size=$(stat -c %s "$acpi")
	for ((n = 0; n < size; n += 7)); do
		head -c "$n" "$acpi" >"$BATS_TEST_TMPDIR/cut"
		run_tool 6 -s sim --acpi "$BATS_TEST_TMPDIR/cut" list
	done
	# Each table by itself; the MADT is the first, and 0x108 bytes long.
	head -c $((0x108)) "$acpi" >"$BATS_TEST_TMPDIR/madt"
	run_tool 0 -s sim --acpi "$BATS_TEST_TMPDIR/madt" list
	shows 'no-iort: there is no such table'
	tail -c +$((0x109)) "$acpi" >"$BATS_TEST_TMPDIR/iort"
	run_tool 3 -s sim --acpi "$BATS_TEST_TMPDIR/iort" list
	says 'no GIC ITS entry'
}

@test "a byte that was changed is a warning" {
	cp "$acpi" "$BATS_TEST_TMPDIR/changed"
	printf '\x55' | dd of="$BATS_TEST_TMPDIR/changed" bs=1 seek=11 conv=notrunc status=none
	run_tool 0 -s sim --acpi "$BATS_TEST_TMPDIR/changed" list
	shows 'acpi-checksum'
}

# le BYTES NUMBER: little-endian, as hexadecimal digits.
le() {
	local i
	for ((i = 0; i < $1; i++)); do
		printf '%02x' $((($2 >> 8 * i) & 255))
	done
}

@test "a big machine: 16 ITSs above 2^51, 128 CPUs with a redistributor entry each" {
	{
		printf 'APIC' | xxd -p
		le 4 $((44 + 24 + 16 * 20 + 128 * 80))
		le 2 6
		printf 'BIG   MACHINE ' | xxd -p
		le 20 0
		echo "0c18$(le 6 0)$(le 8 $((0x8000000000000)))$(le 4 0)$(le 4 3)"
		for ((i = 0; i < 16; i++)); do
			echo "0f14$(le 2 0)$(le 4 $((100 + i)))$(le 8 $((0x8000100000000 + i * 0x40000)))$(le 4 0)"
		done
		for ((i = 0; i < 128; i++)); do
			echo "0b50$(le 10 0)$(le 4 1)$(le 44 0)$(le 8 $((0x8000200000000 + i * 0x1000000)))$(le 12 0)"
		done
	} | xxd -r -p >"$BATS_TEST_TMPDIR/big"
	run_tool 0 -s sim --acpi "$BATS_TEST_TMPDIR/big" list --json
	json '[.its[] | select(.queue.slots == 2048)] | length' 16
	json '.its[15] | [.base, .translation_id, .gic.distributor]' '["0x80001003c0000",115,"0x8000000000000"]'
	json '.its[0].gic.redistributors | [length, .[127].base]' '[128,"0x800027f000000"]'
	run_tool 0 -s sim --acpi "$BATS_TEST_TMPDIR/big" list
	shows 'redistributors 0x8000200000000 \+ 0x20000, .*, \.\.\., 0x800027f000000 \+ 0x20000$'
	run_tool 0 -s sim --acpi "$BATS_TEST_TMPDIR/big" regs --json
	json '.gics[0].redistributors | [length, .[127].base]' '[128,"0x800027f000000"]'
	run_tool 0 -s sim --acpi "$BATS_TEST_TMPDIR/big" -i 0x80001003c0000 send SYNC RDbase=0x7f0000
	run_tool 2 -s sim --acpi "$BATS_TEST_TMPDIR/big" send SYNC RDbase=0
	says 'there are 16'
}
