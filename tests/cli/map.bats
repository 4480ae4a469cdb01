#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# map: what the ring's history adds up to, in text, in JSON and as a graph; and what it has forgotten.

load helpers

# A guest's vPE with its doorbell, two virtual events of which one was moved, a vSGI.
VIRTUAL='v41,post=VMAPP vPEID=5 RDbase=0x20000 V=1 VPT_addr=0x50000000 VPT_size=15 Alloc=1 PTZ=0 VCONF_addr=0x51000000 Default_Doorbell=8200'
VIRTUAL+=',post=VMAPTI DeviceID=1 EventID=3 vPEID=5 vINTID=8199 Dbell_pINTID=1023'
VIRTUAL+=',post=VMAPTI DeviceID=1 EventID=4 vPEID=5 vINTID=8200 Dbell_pINTID=8300'
VIRTUAL+=',post=VSGI vPEID=5 vSGI=3 E=1 G=1 C=0 Priority=10,post=VMOVP vPEID=5 RDbase=0x30000 DB=0 Default_Doorbell=8201'
VIRTUAL+=',post=VMAPP vPEID=6 RDbase=0x10000 V=1 VPT_addr=0x52000000 VPT_size=15 Alloc=1 PTZ=0 VCONF_addr=0x51000000 Default_Doorbell=8202'
VIRTUAL+=',post=VMOVI DeviceID=1 EventID=4 vPEID=6 D=0 Dbell_pINTID=0'

# prints TEXT: stdout is exactly that.
prints() {
	diff <(printf '%s\n' "$1") <(printf '%s\n' "$out")
}

# is_dot: every line is a statement of the language, and every quote and brace is closed.
is_dot() {
	local id='"its[0-9]+ [^"\\]*"|"cpu[0-9]+"' string='"([^"\\]|\\.)*"' rest
	[ "$(head -1 <<<"$out")" = 'digraph its {' ]
	[ "$(tail -1 <<<"$out")" = '}' ]
	rest=$(sed '1d;$d' <<<"$out" | grep -vE "^	(rankdir=LR|node \\[[^]\"]*\\]|($id) \\[label=$string(, [a-z]+=[a-z]+)*\\]|($id) -> ($id)( \\[label=$string\\])?);\$") || true
	[ -z "$rest" ] || { echo "no DOT: $rest"; return 1; }
	# Nothing is drawn that has no node.
	diff <(grep -oE '> "[^"]*"' <<<"$out" | cut -c3- | sort -u) \
		<(grep -oE '^	"[^"]*" \[' <<<"$out" | grep -oE '"[^"]*"' | sort -u | grep -vE '"its[0-9]+ d[0-9a-f]+"$' |
			cat - <(grep -oE '> "its[0-9]+ d[0-9a-f]+"' <<<"$out" | cut -c3-) | sort -u)
}

@test "map of the lab board, in text" {
	run_tool 0 -s sim map
	prints "$(cat <<-'END'
		ITS 0  msi-controller@80740000  0x80740000  GIC-600 r1p6
		  from the ring's history, which is whole
		  collection 0 -> RDbase 0x0: CPU 0, redistributor 0x80780000  [slot 0]
		  collection 1 -> RDbase 0x10000: CPU 1, redistributor 0x807a0000  [slot 4]
		  collection 2 -> RDbase 0x20000: CPU 2, redistributor 0x807c0000  [slot 8]
		  collection 3 -> RDbase 0x30000: CPU 3, redistributor 0x807e0000  [slot 12]
		  DeviceID 0x1  /soc/dummy@1a00a0000 (its-dummy)  ITT 0x41090000, EventID bits 5  [slot 16]
		    EventID   0 -> LPI 8192  collection 0  CPU 0  enabled  prio 0xc0  IRQ 20 its-dummy: 0  [slot 17]
	END
	)"
}

@test "map of the lab board, in JSON" {
	run_tool 0 -s sim map --json
	json '.its[0].history | [.read, .whole, .pending, .moved, .tables]' '[true,true,0,false,"opaque"]'
	json '[.its[0].collections[] | [.icid, .state, .rdbase, .cpu, .redistributor, .source.slot]]' \
		'[[0,"mapped","0x0",0,"0x80780000",0],[1,"mapped","0x10000",1,"0x807a0000",4],[2,"mapped","0x20000",2,"0x807c0000",8],[3,"mapped","0x30000",3,"0x807e0000",12]]'
	json '.its[0].vpes' '[]'
	json '.its[0].devices[0] | [.device_id, .device, .driver, .state, .event_id_bits, .source]' \
		'[1,"/soc/dummy@1a00a0000","its-dummy","mapped",5,{"origin":"ring","slot":16}]'
	json '.its[0].devices[0].events' '[{"device_id":1,"event_id":0,"state":"mapped","pintid":8192,"icid":0,"cpu":0,"enabled":true,"priority":192,"pending":false,"interrupt":{"irq":20,"chip":"ITS-pMSI-1a00a0000.dummy","hwirq":0,"action":"its-dummy","count":0,"per_cpu":[]},"table_differs":false,"source":{"origin":"ring","slot":17}}]'
}

@test "an interrupt that was moved, masked, pending, and delivered to its CPU" {
	run_tool 0 -s 'sim:post=MOVI DeviceID=1 EventID=0 ICID=2,post=INT DeviceID=1 EventID=0' map -v
	shows '^    EventID   0 -> LPI 8192  collection 2  CPU 2  enabled  prio 0xc0  IRQ 20 its-dummy: 1 CPU2:1  \[slot 17, moved slot 21\]$'
	run_tool 0 -s 'sim:post=MOVI DeviceID=1 EventID=0 ICID=2,post=INT DeviceID=1 EventID=0' map -j
	json '.its[0].devices[0].events[0] | [.icid, .cpu, .source.slot, .moved.slot, .interrupt.per_cpu]' \
		'[2,2,17,21,[{"cpu":2,"count":1}]]'
	# Masked first, so it stays pending: the configuration byte is cleared by hand.
	config=$((0x41000000))
	run_tool 0 -s "sim:mask=8192,poke=$((0x41010000 + 8192 / 8)):1" map
	shows 'LPI 8192  collection 0  CPU 0  DISABLED prio 0xc0 PENDING  IRQ 20'
	run_tool 0 -s "sim:poke=$config:0xc2c2c2c2c2c2c203" map -j
	json '.its[0].devices[0].events[0] | [.enabled, .priority, .pending]' '[true,0,false]'
	run_tool 0 -s 'sim:offline=2,post=MOVI DeviceID=1 EventID=0 ICID=2' map
	shows 'CPU 2 \(OFFLINE\)'
}

@test "vPEs, virtual events, doorbells and vSGIs" {
	run_tool 0 -s "sim:$VIRTUAL" map
	prints "$(cat <<-'END'
		ITS 0  msi-controller@80740000  0x80740000  GIC-600 r1p6
		  from the ring's history, which is whole
		  collection 0 -> RDbase 0x0: CPU 0, redistributor 0x80780000  [slot 0]
		  collection 1 -> RDbase 0x10000: CPU 1, redistributor 0x807c0000  [slot 4]
		  collection 2 -> RDbase 0x20000: CPU 2, redistributor 0x80800000  [slot 8]
		  collection 3 -> RDbase 0x30000: CPU 3, redistributor 0x80840000  [slot 12]
		  vPE 5: mapped, RDbase 0x30000, CPU 3, redistributor 0x80840000, pending table 0x50000000, configuration 0x51000000, doorbell 8201  [slot 21]
		    vSGI  3  enabled   priority 0xa0  group 1  [slot 27]
		  vPE 6: mapped, RDbase 0x10000, CPU 1, redistributor 0x807c0000, pending table 0x52000000, configuration 0x51000000, doorbell 8202  [slot 31]
		  DeviceID 0x1  /soc/dummy@1a00a0000 (its-dummy)  ITT 0x41090000, EventID bits 5  [slot 16]
		    EventID   0 -> LPI 8192  collection 0  CPU 0  enabled  prio 0xc0  IRQ 20 its-dummy: 0  [slot 17]
		    EventID   3 -> vPE 5, vLPI 8199  [slot 23]
		    EventID   4 -> vPE 6, vLPI 8200, doorbell LPI 8300  [slot 25, moved slot 33]
	END
	)"
	run_tool 0 -s "sim:$VIRTUAL" map -j
	json '.its[0].vpes[0] | [.vpeid, .state, .rdbase, .cpu, .vpt_addr, .vpt_size, .vconf_addr, .default_doorbell]' \
		'[5,"mapped","0x30000",3,"0x50000000",15,"0x51000000",8201]'
	json '.its[0].vpes[0].vsgis' '[{"vsgi":3,"enabled":true,"priority":160,"group":1,"slot":27}]'
	json '[.its[0].devices[0].events[1:][] | [.event_id, .vpeid, .vintid, .dbell_pintid, .moved.slot, .pintid]]' \
		'[[3,5,8199,1023,null,null],[4,6,8200,8300,33,null]]'
	run_tool 0 -s "sim:$VIRTUAL" check
	# GICv4.0 names the doorbells in VMAPTI alone.
	run_tool 0 -s 'sim:v4,post=VMAPP vPEID=1 RDbase=0x10000 V=1 VPT_addr=0x50000000 VPT_size=15' map
	shows '^  vPE 1: mapped, RDbase 0x10000, CPU 1, redistributor 0x807c0000, pending table 0x50000000  \[slot 21\]$'
}

@test "explain follows a virtual event to its vPE" {
	run_tool 0 -s "sim:$VIRTUAL" explain 1 3
	shows '^  mapti +ok +mapped \(slot 23\) to vLPI 8199 of vPE 5'
	shows '^  vpe +ok +vPE 5 is mapped \(slot 21\)'
	run_tool 1 -s "sim:$VIRTUAL,post=VMAPP vPEID=5 V=0" explain 1 3
	shows '^BROKEN at vpe: '
}

@test "--all shows what is no longer mapped" {
	options='sim:post=DISCARD DeviceID=1 EventID=0,post=MAPC ICID=3 V=0,post=MAPD DeviceID=9 V=0'
	run_tool 0 -s "$options" map
	! grep -qE 'collection 3|EventID   0|DeviceID 0x9' <<<"$out"
	run_tool 0 -s "$options" map --all
	shows '^  collection 3  unmapped  \[slot 23\]$'
	shows '^    EventID   0 unmapped  \[slot 21\]$'
	shows '^  DeviceID 0x9 .* unmapped  \[slot 25\]$'
	run_tool 0 -s "$options" map --all -j
	json '[.its[0].devices[] | [.device_id, .state, [.events[].state]]]' '[[1,"mapped",["unmapped"]],[9,"unmapped",[]]]'
}

@test "what was overwritten is ?, null in JSON, and never guessed" {
	run_tool 0 -s sim:fill,slots=128 map
	shows 'whose beginning is overwritten: what came before is unknown'
	! grep -q '^  collection' <<<"$out"
	shows '^  DeviceID 0x1 .* its MAPD is not in the ring$'
	shows '^    EventID   0 -> LPI \?     collection [0-3]  CPU \?  enabled\? prio \?     IRQ 20 '
	run_tool 0 -s sim:fill,slots=128 map -j
	json '.its[0].history.whole' false
	json '[.its[0].collections, .its[0].vpes]' '[[],[]]'
	json '.its[0].devices[0] | [.state, .itt_addr, .event_id_bits]' '["unknown",null,null]'
	json '.its[0].devices[0].events[0] | [.state, .pintid, .cpu, .enabled, .priority, .pending]' '["mapped",null,null,null,null,null]'
	run_tool 0 -s sim:fill,slots=128 explain 1 0
	shows '^  mapd +unknown '
	shows '^Verdict: no broken link was found; unknown: mapd, mapti, collection'
	# What the rest of the ring still says is known: a MAPC that came late.
	run_tool 0 -s 'sim:fill,slots=128,post=MAPC ICID=1 RDbase=0x10000 V=1,post=MOVI DeviceID=1 EventID=0 ICID=1' map
	shows '^    EventID   0 -> LPI \?     collection 1  CPU 1  '
}

@test "a virtual event whose VMAPTI was overwritten: its vLPI is ?, not 0" {
	options='sim:v41,fill,slots=128,raw=VMOVI DeviceID=1 EventID=9 vPEID=6 D=0 Dbell_pINTID=0,raw=VSYNC vPEID=6'
	run_tool 0 -s "$options" map
	shows '^    EventID   9 -> vPE 6, vLPI \?  \[slot [0-9]+\]$'
	run_tool 0 -s "$options" map -j
	json '.its[0].devices[0].events[1] | [.vpeid, .vintid, .dbell_pintid]' '[6,null,null]'
	run_tool 0 -s "$options" map --dot
	is_dot
	shows 'vLPI \?'
	run_tool 0 -s "$options" explain 1 9
	shows '^  mapti +unknown +mapped \(slot [0-9]+\) to vPE 6, but the VMAPTI'
}

@test "a ring that cannot be read has no map, exit 4; a part that is not executed is left out" {
	run_tool 4 -s sim:noram map
	says 'refuses its RAM'
	run_tool 0 -s 'sim:die=0,post=MOVI DeviceID=1 EventID=0 ICID=2' map
	shows 'not executed yet: 2$'
	shows 'LPI 8192  collection 0  CPU 0'
	run_tool 0 -s sim:stalled map
	shows 'the ITS is STALLED$'
}

@test "many devices, in the order of their DeviceIDs and EventIDs" {
	dtc -q -O dtb -o "$BATS_TEST_TMPDIR/two.dtb" "$BATS_TEST_DIRNAME/../fixtures/boards.dts"
	run_tool 0 -s "sim:$BATS_TEST_TMPDIR/two.dtb" map -j
	json '[.its[] | [.devices[].device_id]]' '[[16,36,37],[0,32,33,34]]'
	json '[.its[].devices[].events | length] | unique' '[1]'
	run_tool 0 -s sim:slots=32768,events=10000 map -j
	json '.its[0].devices | length' 80
	json '[.its[0].devices[].events[]] | length' 10001
	json '[.its[0].devices[].events[] | .device_id * 65536 + .event_id] | . == sort' true
	json '[.its[0].devices[1:][].events[]] | to_entries | map(.value.pintid == 8224 + .key and .value.cpu == .key % 4 and .value.enabled) | all' true
}

@test "--dot is a graph that Graphviz takes" {
	run_tool 0 -s sim map --dot
	is_dot
	shows '"its0 d1" \[label="/soc/dummy@1a00a0000 \(its-dummy\)\\nDeviceID 0x1"\];'
	shows '"its0 d1 e0" -> "cpu0";'
	run_tool 0 -s "sim:$VIRTUAL" map --dot
	is_dot
	shows '"its0 d1 e4" -> "its0 vpe6";'
	run_tool 0 -s sim:fill,slots=128 map --dot
	is_dot
	shows 'LPI \?'
	run_tool 0 -s sim:mask=8192,offline=0 map --dot
	is_dot
	shows 'LPI 8192\\nDISABLED'
	shows 'CPU 0\\nOFFLINE", shape=ellipse, color=red'
	dtc -q -O dtb -o "$BATS_TEST_TMPDIR/two.dtb" "$BATS_TEST_DIRNAME/../fixtures/boards.dts"
	run_tool 0 -s "sim:$BATS_TEST_TMPDIR/two.dtb,events=300" map --dot
	is_dot
	[ "$(grep -c -- '-> "its0 d' <<<"$out")" = 303 ]
	run_tool 2 -s sim map --dot --json
	says 'choose one'
}

@test "a device's name cannot break out of the graph" {
	dtc -q -O dtb "$BATS_TEST_DIRNAME/../../src/memory/lab-board.dts" |
		LC_ALL=C sed 's/dummy@1a00a0000/d"]\\;@1a00a0000/' >"$BATS_TEST_TMPDIR/hostile.dtb"
	run_tool 0 -s "sim:$BATS_TEST_TMPDIR/hostile.dtb" map --dot
	is_dot
	shows '/soc/d\\"\]\\\\;@1a00a0000'
	run_tool 0 -s "sim:$BATS_TEST_TMPDIR/hostile.dtb" map --json
	json '.its[0].devices[0].device' '"/soc/d\"]\\;@1a00a0000"'
}
