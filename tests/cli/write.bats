#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# inject and send: what is appended, what is refused, and what is said.

load helpers

@test "inject makes the interrupt arrive" {
	run_tool 0 -s sim inject 1 0
	shows 'DeviceID 0x1 \(.*dummy@1a00a0000\), EventID 0: LPI 8192, collection 0'
	shows '2 of 2 commands executed, from slot 21 on, by 1 lap of 2048 slots'
	shows 'ITS-pMSI-1a00a0000.dummy 0, .*count 0 -> 1 on CPU 0: the interrupt arrived'
}

@test "inject takes a device-tree path and a node name" {
	run_tool 0 -s sim inject dummy@1a00a0000 0
	run_tool 2 -s sim inject nonsense 0
	says 'nonsense'
}

@test "inject --json" {
	run_tool 0 -s sim inject 1 0 --json
	json '.device_id' 1
	json '.append.executed' 2
	json '.append.laps' 1
	json '.append.driver_slots' 0
	json '.interrupt.arrived' true
	json '[.commands[].command]' '["INV","INT"]'
}

@test "inject --count batches into one lap" {
	run_tool 0 -s sim inject 1 0 --count 1000 --json
	json '.append.requested' 1001
	json '.append.laps' 1
}

@test "a dry run shows the plan and changes nothing" {
	run_tool 0 -s sim inject 1 0 -n
	shows 'INV     DeviceID=0x1 EventID=0'
	shows 'CWRITER goes from slot 21 to'
	shows 'Nothing was written'
}

@test "send appends any command" {
	run_tool 0 -s sim send 'INV DeviceID=1 EventID=0; INT DeviceID=1 EventID=0'
	shows '2 of 2 commands executed'
	run_tool 0 -s sim send SYNC RDbase=0x10000
	run_tool 0 -s sim send INV DeviceID=dummy@1a00a0000 EventID=0
}

@test "what would do harm is refused: exit 7" {
	run_tool 7 -s sim send MAPD DeviceID=1 V=0
	says "changes a mapping behind the driver's back"
	says 'force'
	run_tool 7 -s sim inject 1 1
	says 'EventID 1 of DeviceID 0x1 is not mapped'
	run_tool 7 -s sim inject 2 0
	says 'DeviceID 0x2 is not mapped'
	run_tool 7 -s sim inject 0x10000 0
	says 'DeviceID 0x10000 needs more than the 16 bits'
	run_tool 7 -s sim inject 1 0x10000
	says 'EventID 65536 needs more than the 16 bits'
	run_tool 7 -s sim inject 1 40
	says 'EventID 40 is beyond the 5 bits'
	run_tool 7 -s sim inject 1 0 --plain
	says "cached write pointer"
	run_tool 7 -s sim:disabled inject 1 0
	says 'disabled'
	run_tool 7 -s sim:set=GITS_CREADR:0x221 inject 1 0
	says 'stalled at slot 17'
	run_tool 7 -s sim send INVALL ICID=999
	says 'collection 999 is not mapped'
	run_tool 7 -s sim send SYNC RDbase=0xff0000
	says 'no redistributor answers to RDbase 0xff0000'
	run_tool 7 -s sim send VSYNC vPEID=1
	says 'VSYNC needs GICv4'
	run_tool 7 -s sim send RAW 0xff 0 0 0
	says 'no opcode'
}

@test "--force overrides a refusal" {
	run_tool 0 -s sim send MAPD DeviceID=2 V=0 --force
	shows '1 of 1 commands executed'
	run_tool 0 -s sim inject 1 0 --plain --force
	shows '2 of 2 commands executed, from slot 21 on, in'
}

@test "a dead ITS: time limit, exit 5, and the ring as it was" {
	run_tool 5 -s sim:die=0 inject 1 0
	says 'does not read its ring'
	run_tool 5 -s sim:die=500 -t 50 inject 1 0
	says 'after 50 ms'
}

@test "an ITS that stalls on a command of ours goes on without it" {
	run_tool 5 -s sim:stall send --force 'INT DeviceID=9 EventID=0; INT DeviceID=1 EventID=0'
	shows 'stalled on 1 of them \(the first is number 1\)'
	says 'stalled on 1 of 2'
}

@test "a kernel that refuses the ring's memory: exit 4, the registers all the same" {
	run_tool 4 -s sim:noram dump
	shows 'GITS_CBASER'
	run_tool 4 -s sim:noram inject 1 0
}

@test "an interrupt that does not arrive is exit 1" {
	run_tool 1 -s sim:set=GICR_CTLR:0 inject 1 0
	shows 'did NOT arrive'
}

@test "recover shows the culprit, replaces it and gets the ITS going" {
	run_tool 0 -s sim:stalled -n recover
	shows 'Stalled at slot 21, commands queued behind it: 4'
	shows 'INV_UNMAPPED_INTERRUPT'
	shows 'Nothing was written'
	run_tool 0 -s sim:stalled recover
	shows 'slot 21 was replaced by a SYNC and Retry written'
	shows 'CREADR = CWRITER = slot 26'
	run_tool 0 -s sim:stalled recover --json
	json '.recovery' '{"was_stalled":true,"finished_older":false,"stalled_again":false,"creadr_slot":26,"cwriter_slot":26}'
	json '.stalled.likely_error.code' '"0x010c07"'
	run_tool 0 -s sim recover
	shows 'Nothing to recover'
}

@test "Stalled with nothing pending: recover blames no command, and replaces none" {
	run_tool 0 -s sim:set=GITS_CREADR:0x2a1 -n recover
	shows '^Stalled at slot 21, though nothing is pending: no command is at fault'
	shows '^Plan: in a break, write GITS_CWRITER = slot 21 with Retry'
	run_tool 0 -s sim:set=GITS_CREADR:0x2a1 recover
	shows '^Retry was written; nothing was pending, so no command was replaced'
	shows 'CREADR = CWRITER = slot 21'
	[[ $out != *SYNC* && $out != *'driver does not know'* ]]
}

@test "a lap that was killed: recover finishes it, its own culprit is no driver's, and what is over is no fault" {
	base=$(its-tool -s sim -j dump | jq -r '.its[0].queue.base')
	tags=
	for slot in 20 21 22; do
		at=$((base + 32 * slot))
		tags+=",poke=$at:5,poke=$((at + 24)):$((0x4954532d544c0000 + 22))"
	done
	run_tool 0 -s "sim:$tags" -n recover
	shows '^3 slots hold SYNCs of an its-tool that was killed'
	shows '^Plan: wait until the ITS is idle, then, if a lap was cut off,'
	shows '^Nothing was written'
	run_tool 1 -s "sim:$tags" check
	shows 'unfinished-lap     3 slots are filler .* short of the driver.s pointer, slot 22: '
	run_tool 0 -s "sim:$tags" recover
	shows '^The lap of the its-tool that was killed was finished'
	shows 'CREADR = CWRITER = slot 22'
	# It is over where the driver has posted since.
	run_tool 0 -s "sim:post=SYNC RDbase=0,post=SYNC RDbase=0$tags" check
	run_tool 0 -s 'sim:stall,raw=RAW 0x900000003 0 0 0x4954532d544c0015' recover
	shows "^The command in slot 21, its-tool's own, was replaced"
	[[ $out != *'driver does not know'* ]]
}

@test "a driver that posts during the lap is left alone and reported" {
	run_tool 0 -s sim:driver=3 inject 1 0
	shows 'kernel posted 6 slots during the lap'
	run_tool 0 -s sim:driver=3 inject 1 0 --json
	json '.append.driver_slots' 6
}

@test "closed standard streams: nothing of the report gets into the memory that is written to" {
	truncate -s 3G "$BATS_TEST_TMPDIR/mem"
	for streams in '<&- >&-' '<&- >&- 2>&-' '>&-'; do
		eval 'its-tool -j -s devmem:"$BATS_TEST_TMPDIR/mem" -d "${ITS_TOOL%/*}/lab-board.dtb" --plain --force send "INV DeviceID=1 EventID=0"' "$streams" || [ $? = 6 ]
		[ "$(head -c 4096 "$BATS_TEST_TMPDIR/mem" | tr -d '\0' | wc -c)" = 0 ]
	done
}

@test "a slow ITS: what of the lap is still pending" {
	run_tool 5 -s sim:slow=1000 -t 100 send 'INV DeviceID=1 EventID=0'
	says 'the batch is done; [0-9]+ harmless SYNCs are still pending'
}
