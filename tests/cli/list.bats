#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# list and regs: the boards of the fixtures, healthy and troubled; every register of the simulated one.

load helpers

dtb() { dtc -q -O dtb -o "$BATS_TEST_TMPDIR/$1.dtb" "$BATS_TEST_DIRNAME/../fixtures/$1.dts"; }

@test "list names the lab board's ITS, its client and the misspelt property" {
	run_tool 0 -s sim list
	shows '^ITS 0  msi-controller@80740000  0x80740000  GIC-600 r1p6$'
	shows 'client      DeviceID 0x1 \(msi-parent of /soc/dummy@1a00a0000\)'
	shows 'warning     dma-nocoherent: .*dma-noncoherent'
	run_tool 0 -s sim list --json
	json '.its[0].product' '"GIC-600 r1p6"'
	json '[.its[0].clients[] | [.via, .device_id, .node]]' '[["msi-parent",1,"/soc/dummy@1a00a0000"]]'
	json '[.its[0].lints[].name]' '["dma-nocoherent"]'
}

@test "list shows msi-map arithmetic, masks and quirks" {
	dtb boards
	run_tool 0 -s "sim:$BATS_TEST_TMPDIR/boards.dtb" list
	shows 'DeviceID 0x1000 to 0x10ff: PCI RID 0x0 to 0xff under mask 0xfff8 of domain 0'
	shows 'quirk       dma-noncoherent'
	shows '\(disabled\)'
}

@test "each lint of the troubled board is there, and list still answers" {
	dtb troubles
	run_tool 0 -s "sim:$BATS_TEST_TMPDIR/troubles.dtb" list
	for lint in no-msi-controller msi-cells pre-its its-reg-size dma-nocoherent its-duplicate-base its-unaligned \
		its-disabled no-reg untranslatable its-outside-gic no-redistributor misspelt-property \
		msi-target-disabled msi-target-no-controller msi-target-unknown msi-parent-short msi-map-bad; do
		shows " $lint: "
	done
	run_tool 0 -s "sim:$BATS_TEST_TMPDIR/troubles.dtb" list --json
	json '[.lints[], .its[].lints[]] | map(.severity) | unique' '["error","note","warning"]'
}

@test "regs decodes each register with its fields, and reads only what is there" {
	run_tool 0 -s sim:strict regs
	shows 'GITS_CBASER     0x80740080  0xb80000004107040f  Size=15 \(16\) Shareability=1 \(inner shareable\)'
	shows 'GICR_CTLR .* EnableLPIs=1'
	shows '[^V]LPIS=1'
	run_tool 0 -s sim:strict regs --json
	json '.its[0].registers[] | select(.name == "GITS_CREADR") | [.value, .fields]' \
		'["0x00000000000002a0",{"stalled":false,"offset":"0x2a0"}]'
	json '.gics[0].redistributors | length' 4
	run_tool 0 -s sim regs creadr waker
	shows 'GITS_CREADR'
	shows 'GICR_WAKER'
	run_tool 0 -s sim regs GITS_TRANSLATER
	says 'write-only, not read'
}

@test "GICv4.1 registers and commands have their own layout" {
	run_tool 0 -s sim:v41 regs VPROPBASER GITS_MPIDR
	shows 'Entry_Size='
	shows 'GITS_MPIDR'
	run_tool 0 -s sim:v41 -n send --force VMOVP vPEID=1 RDbase=0 DB=1
	shows 'DB=1'
	run_tool 2 -s sim -n send --force VMOVP vPEID=1 RDbase=0 DB=1
	says "has no field 'DB'"
}
