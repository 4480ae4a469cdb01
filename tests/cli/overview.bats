#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# its-tool without a command: what was found, and the commands that help next, which run as they are printed.

load helpers

# next_runs STATUS...: each command below "Next:" that is no pipe exits with that status.
next_runs() {
	local line got
	while IFS= read -r line; do
		got=0
		(cd "$BATS_TEST_TMPDIR" && bash -c "${line/its-tool/\"\$ITS_TOOL\"}" >/dev/null 2>&1 </dev/null) || got=$?
		[ "$got" = "${1:?fewer statuses than commands}" ] || { echo "$line: exit $got, not $1"; return 1; }
		shift
	done < <(sed '1,/^Next:$/d; s/   .*//; s/^  //; /^dmesg/d' <<<"$out")
}

@test "an ITS that works: idle, and where to look" {
	run_tool 0 -s sim
	shows '^ITS 0  msi-controller@80740000  0x80740000  GIC-600 r1p6: idle, 1 device mapped$'
	[ -z "$err" ]
	next_runs 0 0 0
	[ "$(sed '1,/^Next:$/d' <<<"$out" | wc -l)" = 3 ]
	run_tool 0 -s sim:slots=128,fill
	shows 'idle, 0 devices mapped by what the ring still holds$'
}

@test "a stalled one is no failure of this command: recover, the culprit, the log" {
	run_tool 0 -s sim:stalled
	shows ': STALLED at slot 21 with 4 commands behind it, 1 device mapped$'
	shows '^  its-tool -s sim:stalled dump --pending '
	shows '^  its-tool -s sim:stalled recover '
	shows '^  dmesg \| its-tool -s sim:stalled explain - '
	next_runs 0 0
	its-tool -q -s sim:stalled capture "$BATS_TEST_TMPDIR/a board"
	run_tool 0 -s "capture:$BATS_TEST_TMPDIR/a board"
	shows "^  its-tool -s 'capture:.*/a board' check "
	next_runs 0 1
}

@test "disabled, stuck, no queue" {
	run_tool 0 -s sim:set=GITS_CTLR:0
	shows ': DISABLED \(GITS_CTLR.Enabled is 0\)'
	next_runs 1 0 0
	run_tool 0 -s sim:die=0,set=GITS_CREADR:0x240
	shows ': 3 commands pending, and CREADR does not move'
	run_tool 6 -s sim:set=GITS_CBASER:0
	shows ': unreadable$'
	says 'Valid is 0'
	next_runs 0 0
}

@test "several: a line each, and the choice in what writes" {
	dtc -q -O dtb -o "$BATS_TEST_TMPDIR/two.dtb" "$BATS_TEST_DIRNAME/../fixtures/boards.dts"
	run_tool 0 -s "sim:$BATS_TEST_TMPDIR/two.dtb"
	[ "$(grep -c '^ITS' <<<"$out")" = 3 ]
	shows '^ITS 2 .*: disabled by the firmware$'
	run_tool 0 -s "sim:$BATS_TEST_TMPDIR/two.dtb" -i 1
	[ "$(grep -c '^ITS' <<<"$out")" = 1 ]
	shows ' -i 1 check '
	run_tool 0 -s "sim:$BATS_TEST_TMPDIR/two.dtb,stalled"
	shows ' -i [01] recover '
	run_tool 2 -s sim -i 7; says '7'
}

@test "no ITS: the reason and its exit code, and ways that work without one" {
	echo '/dts-v1/; / { };' | dtc -q -O dtb -o "$BATS_TEST_TMPDIR/empty.dtb"
	run_tool 3 -s "sim:$BATS_TEST_TMPDIR/empty.dtb"
	says 'no arm,gic-v3-its node'
	shows '^  its-tool -s sim '
	next_runs 0 0
	run_tool 3 -j -s "sim:$BATS_TEST_TMPDIR/empty.dtb"
	json '.error.exit_status' 3
	json '.next[0].command' '"its-tool -s sim"'
}

@test "a board's device tree on a machine that is no Arm: exit 4" {
	case $(uname -m) in aarch64 | arm*) skip "this is an Arm" ;; esac
	dtc -q -O dtb -o "$BATS_TEST_TMPDIR/board.dtb" "$BATS_TEST_DIRNAME/../../src/memory/lab-board.dts"
	run_tool 4 -d "$BATS_TEST_TMPDIR/board.dtb"
	says 'this machine is no Arm'
	shows '^  its-tool -s sim '
}

@test "the same as a document" {
	run_tool 0 -s sim:stalled --json
	json '.schema_version' 1
	json '.its[0] | [.index, .base, .product, .state, .pending, .creadr_slot, .mapped_devices]' \
		'[0,"0x80740000","GIC-600 r1p6","stalled",5,21,1]'
	json '.next | length' 3
	json '.next[0].command' '"its-tool -s sim:stalled dump --pending"'
}
