#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# dump: what a ring looks like, in text and in JSON.

load helpers

@test "dump shows the lab board's ring as Linux leaves it after boot" {
	run_tool 0 -s sim dump
	shows '^ITS 0  msi-controller@80740000  0x80740000  GIC-600 r1p6$'
	shows 'ring at 0x[0-9a-f]+, 2048 slots; CREADR at slot 21, CWRITER at slot 21: idle'
	shows '^      0  0x00000  done     MAPC    ICID=0 RDbase=0x0 \(CPU 0\) V=1 \+SYNC$'
	shows '^      2  0x00040  done     INVALL  ICID=0 \+SYNC$'
	shows '^     16  0x00200  done     MAPD    DeviceID=0x1 Size=4 \(5 bits\) ITT_addr=0x[0-9a-f]+ V=1$'
	shows '^     17  0x00220  done     MAPTI   DeviceID=0x1 EventID=0 pINTID=8192 ICID=0 \+SYNC$'
	shows '^     19  0x00260  done     INV     DeviceID=0x1 EventID=0 \+SYNC$'
	shows '^     21  0x002a0  unused   \.\.\. 2027 unused slots  <- CREADR <- CWRITER$'
	[ "$(wc -l <<<"$out")" = 14 ]
}

@test "text: --all and --raw have each slot on its own line" {
	run_tool 0 -s sim dump --all
	[ "$(grep -cE '^ +[0-9]+  0x' <<<"$out")" = 2048 ]
	shows '^      1  0x00020  done     SYNC    RDbase=0x0 \(CPU 0\)$'
	shows '^     21  0x002a0  unused     <- CREADR <- CWRITER$'
	run_tool 0 -s sim dump --raw
	[ "$(grep -c '  SYNC  ' <<<"$out")" = 10 ]
	shows '2027 unused slots'
	shows '^ +0x0000000000000005 0x0000000000000000 0x0000000000000000 0x0000000000000000$'
}

@test "text: the pointers stand at their slots, and nothing is folded across CREADR" {
	run_tool 0 -s sim:stalled dump --pending
	shows '^     21  0x002a0  stalled  INV     DeviceID=0x1 EventID=31  <- CREADR$'
	shows '^     22  0x002c0  pending  INV     DeviceID=0x1 EventID=0 \+SYNC$'
	shows '^     26  0x00340  \.\.\.        <- CWRITER$'
	run_tool 0 -s sim:die=0,set=GITS_CREADR:0x240 dump
	shows '^     17  .* MAPTI   DeviceID=0x1 EventID=0 pINTID=8192 ICID=0$'
	shows '^     18  0x00240  next     SYNC    RDbase=0x0 \(CPU 0\)  <- CREADR$'
	shows '2027 unused slots  <- CWRITER$'
	run_tool 0 -s sim:slots=128,fill,at=5 dump
	shows '^      5  0x000a0  done     INV .* \+SYNC  <- CREADR <- CWRITER$'
	! grep -q unused <<<"$out"
}

@test "text: a SYNC that has something to say keeps its line; runs of the same become one" {
	base=$(its-tool -s sim dump --json | jq -r '.its[0].queue.base')
	# Slot 1 names a redistributor that is not there, slot 3 has a reserved bit.
	run_tool 0 -s "sim:poke=$((base + 48)):0x990000,poke=$((base + 3 * 32 + 24)):0x77" dump
	shows '^      0  .*MAPC .* V=1$'
	shows '^      1  .*SYNC .*NO SUCH REDISTRIBUTOR$'
	shows '^      2  .*INVALL  ICID=0$'
	shows '^      3  .*SYNC .*RES0: DW3=0x77$'
	# Two equal ones behind INV in slot 19; behind MAPD none is the driver's.
	run_tool 0 -s 'sim:post=SYNC RDbase=0,post=SYNC RDbase=0' dump
	shows '^     19  .*INV     DeviceID=0x1 EventID=0 \+3 SYNC$'
	run_tool 0 -s 'sim:post=MAPD DeviceID=1 V=0,post=SYNC RDbase=0,post=SYNC RDbase=0,post=SYNC RDbase=0x10000' dump
	shows '^     21  .*MAPD .* V=0$'
	shows '^     22  .*SYNC    RDbase=0x0 \(CPU 0\) \+SYNC$'
	shows '^     24  .*SYNC    RDbase=0x10000 \(CPU 1\)$'
}

@test "dump --json has the shape of the contract" {
	run_tool 0 -s sim dump --json
	json '.schema_version' 1
	json '.tool' '"its-tool"'
	json '.its[0].index' 0
	json '.its[0].base' '"0x80740000"'
	json '.its[0].queue.slots' 2048
	json '.its[0].queue.creadr' '{"offset":672,"stalled":false}'
	json '.its[0].queue.cwriter' '{"offset":672,"retry":false}'
	json '.its[0].queue.pending' 0
	json '.its[0].queue.moved' false
	json '.its[0].entries | length' 21
	json '.its[0].entries[0] | del(.raw)' \
		'{"slot":0,"offset":0,"state":"done","command":"MAPC","fields":{"icid":0,"rdbase":"0x0","valid":true}}'
	json '.its[0].entries[0].raw' \
		'["0x0000000000000009","0x0000000000000000","0x8000000000000000","0x0000000000000000"]'
	json '.its[0].entries[17].fields' '{"device_id":1,"event_id":0,"pintid":8192,"icid":0}'
}

@test "dump --all shows unused slots, oldest first" {
	run_tool 0 -s sim dump --all --json
	json '.its[0].entries | length' 2048
	json '.its[0].entries[0].slot' 21
	json '.its[0].entries[0].state' '"unused"'
	json '.its[0].entries[2047].slot' 20
}

@test "dump --last and --pending choose" {
	run_tool 0 -s sim dump --last 3 --json
	json '[.its[0].entries[].slot]' '[18,19,20]'
	run_tool 0 -s sim dump --pending --json
	json '.its[0].entries' '[]'
	run_tool 0 -s sim:die=0,set=GITS_CREADR:0x240 dump --pending --json
	json '[.its[0].entries[] | [.slot, .state]]' '[[18,"next"],[19,"pending"],[20,"pending"]]'
}

@test "a stalled command comes first, decoded, with what is behind it" {
	run_tool 0 -s sim:set=GITS_CREADR:0x221 dump
	shows 'STALLED at slot 17, with 3 commands queued behind it'
	shows 'MAPTI   DeviceID=0x1 EventID=0 pINTID=8192 ICID=0'
	[ "$(grep -n STALLED <<<"$out" | cut -d: -f1)" = 3 ]
	run_tool 0 -s sim:set=GITS_CREADR:0x221 dump --json
	json '.its[0].stalled.slot' 17
	json '.its[0].stalled.behind' 3
	json '.its[0].stalled.command' '"MAPTI"'
}

@test "unknown opcodes and reserved bits are shown, never dropped" {
	base=$(its-tool -s sim dump --json | jq -r '.its[0].queue.base')
	run_tool 0 -s "sim:poke=$((base)):0xabcd123456789aff,poke=$((base + 56)):0x77" dump --json
	json '.its[0].entries[0].command' null
	json '.its[0].entries[0].opcode' 255
	json '.its[0].entries[0].raw[0]' '"0xabcd123456789aff"'
	json '.its[0].entries[1].command' '"SYNC"'
	json '.its[0].entries[1].reserved[3]' '"0x0000000000000077"'
	run_tool 0 -s "sim:poke=$((base)):0xabcd123456789aff,poke=$((base + 56)):0x77" dump
	shows 'opcode 0xff unknown: 0xabcd123456789aff'
	shows 'SYNC    RDbase=0x0 \(CPU 0\)  RES0: DW3=0x77'
}

@test "no colour and no escape with --color=never, NO_COLOR or JSON" {
	run_tool 0 -s sim --color=always dump
	shows $'\033'
	run_tool 0 -s sim --color=always --json dump
	! grep -q $'\033' <<<"$out"
	run_tool 0 -s sim dump
	! grep -q $'\033' <<<"$out"
}

@test "a ring that has wrapped comes in age order" {
	run_tool 0 -s sim:slots=128,fill,at=5 dump --json
	json '.its[0].entries | length' 128
	json '[.its[0].entries[].slot] | . == ([range(128)] | .[.[0]:] | map((. + '"$(jq '.its[0].queue.cwriter.offset / 32' <<<"$out")"') % 128))' true
}

@test "dump --compare-views tells a coherency fault" {
	run_tool 0 -s sim:noncoherent dump --compare-views
	shows '0 slots differ'
	run_tool 0 -s sim dump --compare-views --json
	json '.its[0].views_differing' 0
}

@test "what was written and not cleaned differs between the views: exit 1" {
	base=$(its-tool -s sim:noncoherent dump --json | jq -r '.its[0].queue.base')
	run_tool 1 -s "sim:noncoherent,dirty=$((base + 32)):0x77" dump --compare-views
	shows '^      1  done$'
	shows 'the CPUs see  opcode 0x77 unknown'
	shows 'memory holds  SYNC'
	shows '1 slots differ'
	says '1 slots differ between the cached and the uncached view'
	run_tool 1 -s "sim:noncoherent,dirty=$((base + 32)):0x77" dump --compare-views --json
	json '[.its[0].views[] | [.slot, .cached.opcode, .uncached.command]]' '[[1,119,"SYNC"]]'
}
