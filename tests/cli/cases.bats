#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Reports from the field: each is made again on the simulated board, and one run names the fact that was missing.

load helpers

# broken LINK OPTIONS [DEVICE EVENT]: explain stops at exactly that link, and all before it hold.
broken() {
	local link=$1 options=$2
	shift 2
	[ $# -gt 0 ] || set -- 1 0
	run_tool 1 -s "sim:$options" -j explain "$@"
	json '.verdict.broken' true
	json '.verdict.link' "\"$link\""
	json "[.links[] | .link as \$l | select(\$l == \"$link\") | .state]" '["broken"]'
	json "[.links[:([.links[].link] | index(\"$link\"))][] | select(.state != \"ok\") | .link]" '[]'
	json '.verdict.advice | length > 20' true
	run_tool 1 -s "sim:$options" explain "$@"
	shows "^BROKEN at $link: "
	shows '^=> '
}

# whole OPTIONS [DEVICE EVENT]: explain finds nothing.
whole() {
	local options=$1
	shift
	[ $# -gt 0 ] || set -- 1 0
	run_tool 0 -s "sim:$options" -j explain "$@"
	json '[.verdict.broken, .verdict.link, ([.links[] | select(.state != "ok")] | length)]' '[false,null,0]'
}

# What checks of events cannot say once the ring has forgotten some.
forgotten='["device-claimed","itt-in-ram","itt-overlap","lpi-enabled","lpi-priority","lpi-range","lpi-taken","offline-target","shared-lpi","target"]'

# fails STATUS OPTIONS NAME...: exactly these checks fail, of all ITSs, and none is impossible but for want of history.
fails() {
	local status=$1 options=$2
	shift 2
	run_tool "$status" -s "sim:$options" -j check
	json '[.its[].checks[] | select(.status == "failed") | .name] | sort' \
		"$(printf '%s\n' "$@" | jq -cRn '[inputs | select(. != "")] | sort')"
	json '[.its[].checks[] | select(.status == "unknown") | .name] - '"$forgotten" '[]'
	[[ $options = *fill* || $options = *at=* ]] || json '[.its[].checks[] | select(.status == "unknown") | .name]' '[]'
	json '.healthy' "$([ "$status" = 0 ] && echo true || echo false)"
}

# finds NAME PATTERN: a finding of that check, of the last check -j, says it.
finds() {
	jq -e --arg name "$1" --arg pattern "$2" '[.its[].checks[] | select(.name == $name) | .findings[] |
		select(test($pattern))] | length > 0' <<<"$out" >/dev/null ||
		{ echo "no finding of $1 matches '$2':"; jq -c '.its[].checks[] | select(.findings != [])' <<<"$out"; return 1; }
}

dtb() { dtc -q -O dtb -o "$BATS_TEST_TMPDIR/$1.dtb" "$BATS_TEST_DIRNAME/../fixtures/$1.dts"; }

# The kernel's timeout line already says where it stalled.

@test "rockchip-linux/kernel#287, RK3568: (9088 513) is slot 16, and its 32 bytes are on top" {
	line=$'ITS queue timeout (9088 513)\nITS cmd its_build_mapti_cmd failed'
	board='sim:fill,at=16,stall-at=1,post=MAPTI DeviceID=1 EventID=5 pINTID=8197 ICID=0,set=GITS_CWRITER:9088'
	run_tool 0 explain "$line"
	shows 'STALLED at slot 16'
	shows 'Not the MAPTI that the kernel names'
	run_tool 0 -s "$board" explain "$line"
	shows 'STILL STALLED at slot 16, with 267 commands queued behind it'
	shows '^     16  MAPTI   DeviceID=0x1 EventID=5 pINTID=8197 ICID=0'
	run_tool 0 -s "$board" dump --pending
	[ "$(grep -n 'STALLED at slot 16' <<<"$out" | cut -d: -f1)" = 3 ]
	shows '0x000000010000000a 0x0000200500000005 0x0000000000000000 0x0000000000000000'
}

@test "linux-arm-msm, QCS8550: (12640 12609) is the MAPD in slot 394, and nothing is wrong with it" {
	line=$'ITS queue timeout (12640 12609)\nITS cmd its_build_mapd_cmd failed'
	run_tool 0 explain "$line"
	shows 'STALLED at slot 394'
	run_tool 0 -s 'sim:at=394,stall-at=1,post=MAPD DeviceID=0x20 Size=4 ITT_addr=0x50000000 V=1' explain "$line"
	shows 'STILL STALLED at slot 394, with 0 commands queued behind it'
	shows '^    394  MAPD    DeviceID=0x20'
	shows 'ask what the ITS itself limits \(hypervisor'
}

@test "arceos-hypervisor/axvisor#169, RK3588 guest: (64 1) is the very first MAPC" {
	line=$'ITS queue timeout (64 1)\nITS cmd its_build_mapc_cmd failed'
	run_tool 0 explain "$line"
	shows 'STALLED at slot 0'
	shows 'tables above 4 GiB, shareability and errata'
	run_tool 0 -s sim:set=GITS_CREADR:1,set=GITS_CWRITER:64 explain "$line"
	shows '^      0  MAPC    ICID=0 RDbase=0x0 \(CPU 0\) V=1'
}

@test "LKML, ITS@0x3440000: (64 1) MAPC and (128 1) INVALL are one stall, at the MAPC" {
	log=$'ITS queue timeout (64 1)\nITS cmd its_build_mapc_cmd failed\nITS queue timeout (128 1)\nITS cmd its_build_invall_cmd failed'
	run_tool 0 -s sim:set=GITS_CREADR:1,set=GITS_CWRITER:128 -j explain "$log"
	json '[.messages[].timeout | .slot, .culprit]' '[0,"named-command"]'
	run_tool 0 -s sim:set=GITS_CREADR:1,set=GITS_CWRITER:128 dump --json
	json '[.its[0].stalled | .slot, .behind, .command]' '[0,3,"MAPC"]'
}

@test "LKML 2019, GICv4 VMOVP: (65440 65504 480) is even, so nothing stalled" {
	run_tool 0 -s sim:v41 explain $'ITS queue timeout (65440 65504 480)\nITS cmd its_build_vmovp_cmd failed'
	shows '^Not stalled: a false alarm of kernels before 5.3'
	shows 'The ring now'
	shows 'CREADR is at slot 21, and nothing is pending'
}

# Which fact was missing.

@test "Rockchip RK3568: tables and ring above 4 GiB on a GIC-600 that does not reach them" {
	dtb rockchip
	fails 1 "$BATS_TEST_TMPDIR/rockchip.dtb" below-4g quirk
	finds below-4g '^the ring is at 0x10[0-9a-f]+, which this part does not reach'
	finds below-4g '^the device table is at 0x1'
	finds quirk '^RK3568002: .*first 4 GiB'
	run_tool 0 -s "sim:$BATS_TEST_TMPDIR/rockchip.dtb" list
	shows 'GIC-600 r1p6'
	shows 'quirk       RK3568002'
	run_tool 0 -s "sim:$BATS_TEST_TMPDIR/rockchip.dtb" regs GITS_IIDR GITS_CBASER GITS_BASER0
	shows 'GITS_IIDR .*0x0201743b'
	shows 'GITS_CBASER .*Shareability=1 \(inner shareable\)'
	shows 'Physical_Address=0x1'
}

@test "Rockchip RK3588: shareability that reads back on a part that is not coherent" {
	dtb rockchip
	sed 's/rockchip,rk3568/rockchip,rk3588/; s/memory@100000000/memory@40000000/; s/<0x1 0x00000000 0x0 0x80000000>/<0x0 0x40000000 0x0 0x80000000>/' \
		"$BATS_TEST_DIRNAME/../fixtures/rockchip.dts" | dtc -q -O dtb -o "$BATS_TEST_TMPDIR/rk3588.dtb"
	fails 1 "$BATS_TEST_TMPDIR/rk3588.dtb" coherency quirk
	finds coherency '^the ring is mapped inner shareable'
	fails 0 "$BATS_TEST_TMPDIR/rk3588.dtb,noncoherent" quirk
	# Half of it: the ring was made non-shareable, the tables were not.
	cbaser=$(its-tool -s "sim:$BATS_TEST_TMPDIR/rk3588.dtb,noncoherent" -j regs GITS_CBASER | jq -r '.its[0].registers[0].value')
	fails 1 "$BATS_TEST_TMPDIR/rk3588.dtb,set=GITS_CBASER:$cbaser" coherency quirk shareability
	finds shareability 'GITS_BASER0 has shareability 1 \(the device table\), GITS_CBASER 0'
}

@test "hisilicon/kernel-dev#39: SYNC and MAPC with an RDbase that no redistributor has" {
	fails 1 'post=MAPC ICID=7 RDbase=0x70000 V=1' rdbase
	finds rdbase '^MAPC in slot 21: no redistributor answers to RDbase 0x70000'
	finds rdbase '^SYNC in slot 22: no redistributor answers to RDbase 0x70000'
	run_tool 0 -s 'sim:post=MAPC ICID=7 RDbase=0x70000 V=1' dump --last 2
	shows 'MAPC    ICID=7 RDbase=0x70000 \(CPU 7\) V=1  NO SUCH REDISTRIBUTOR$'
	shows 'SYNC    RDbase=0x70000 \(CPU 7\)  NO SUCH REDISTRIBUTOR$'
	run_tool 0 -s 'sim:post=MAPC ICID=7 RDbase=0x70000 V=1' dump -j
	json '[.its[0].entries[] | select(.unknown_target) | .slot]' '[21,22]'
	run_tool 0 -s 'sim:pta,v41,post=MAPC ICID=3 V=0' dump -j
	json '.its[0].entries | length' 23
	json '[.its[0].entries[] | select(.unknown_target)]' '[]'
	# On a part that stalls, it stands on top with its reason.
	run_tool 0 -s 'sim:stall,post=MAPC ICID=7 RDbase=0x70000 V=1' dump
	shows 'STALLED at slot 21'
	shows 'no redistributor answers to RDbase 0x70000'
	fails 1 'stall,post=MAPC ICID=7 RDbase=0x70000 V=1' stalled
}

@test "openvmm#3441: an MSI whose DeviceID is missing or 0 is dropped silently" {
	run_tool 1 -s sim explain 0 0
	shows '^  device +unknown +no device .* sends with DeviceID 0x0'
	shows '^BROKEN at mapd: no MAPD for DeviceID 0x0 is in force'
	shows '^=> .*without its DeviceID arrives as 0, and the ITS drops it silently'
	# The chain of the DeviceID that the firmware gives is whole: so the device's write is at fault.
	run_tool 0 -s sim explain 1 0
	shows '^=> .*its write comes with another DeviceID or none'
	# Or the driver has mapped 0, because nothing told it the right one.
	fails 0 'post=MAPD DeviceID=0 Size=4 ITT_addr=0x50000000 V=1' device-claimed
	finds device-claimed '^DeviceID 0x0 is mapped, and no device of .* dropped silently'
	fails 1 'post=INT DeviceID=0 EventID=0' device-mapped raw-append
	finds device-mapped 'DeviceID 0x0 is not mapped'
}

@test "zephyr#119828, #119204, #119809: INTID beyond IDbits, table width, ITS not quiescent" {
	fails 1 'post=MAPTI DeviceID=1 EventID=1 pINTID=70000 ICID=0' lpi-range
	finds lpi-range '^LPI 70000 \(EventID 1 of DeviceID 0x1\) is out of range at the redistributor at 0x80780000: GICR_PROPBASER.IDbits allows 16 bits'
	broken lpi-range 'set=GICR_PROPBASER:0x4100070c'
	fails 1 'set=GICR_PROPBASER:0x4100070c' lpi-range
	# A flat device table of one page of 4 KiB and 8 bytes an entry: DeviceIDs below 512.
	run_tool 0 -s sim -j regs GITS_BASER0
	flat=$(printf '0x%x' $((0xb907000000000400 | $(jq -r '.its[0].registers[0].fields.physical_address' <<<"$out"))))
	fails 1 "post=MAPD DeviceID=0x200 Size=0 ITT_addr=0x50000000 V=1,set=GITS_BASER0:$flat" device-claimed device-table
	finds device-table 'DeviceID 0x200 is mapped, and the device table has only 512 entries'
	run_tool 1 -s "sim:set=GITS_BASER0:$flat" explain 0x200 0
	shows '^BROKEN at device-id: DeviceID 0x200 lies BEYOND the device table of 512 entries'
	fails 1 'set=GITS_CTLR:0' its-enabled quiescent
	finds quiescent 'disabled and not quiescent'
	fails 1 disabled its-enabled
}

@test "slbounce#13: the registers collected by hand, of every CPU, in one run" {
	run_tool 0 -s sim -j regs GICD_CTLR GITS_CTLR GITS_TYPER GICR_CTLR GICR_PROPBASER GICR_PENDBASER
	json '[.its[0].registers[] | .name]' '["GITS_CTLR","GITS_TYPER"]'
	json '[.gics[0].distributor.registers[] | [.name, .value]]' '[["GICD_CTLR","0x00000053"]]'
	json '[.gics[0].redistributors[] | [.registers[].name] == ["GICR_CTLR","GICR_PROPBASER","GICR_PENDBASER"]]' '[true,true,true,true]'
	json '[.gics[0].redistributors[].registers[2].value] | unique | length' 4
	run_tool 0 -s sim regs GICR_CTLR GICR_PROPBASER GICR_PENDBASER
	shows 'EnableLPIs=1'
	shows 'IDbits=15 \(16 bits\)'
}

@test "kexec, 'Booted with LPIs enabled, memory probably corrupted': whose tables, and where" {
	left=set=GICR_PROPBASER@2:0x700000005a00078f,set=GICR_PENDBASER@2:0x700000005b000780
	fails 1 "$left" lpi-tables
	finds lpi-tables '0x80780000 has its LPI configuration at 0x41000000, the one at 0x807c0000 at 0x5a000000: .*kexec'
	fails 1 "set=GICR_PENDBASER@2:0x80000780" lpi-tables
	finds lpi-tables '0x807c0000 has its LPI tables outside RAM: .*GICR_PENDBASER = 0x80000780'
	fails 1 "set=GICR_PENDBASER@1:0x41020780,set=GICR_PENDBASER@2:0x41020780" lpi-tables
	finds lpi-tables '0x807a0000 and 0x807c0000 share the pending table at 0x41020000'
	run_tool 0 -s "sim:$left" regs GICR_CTLR GICR_PROPBASER GICR_PENDBASER
	shows 'GICR_PROPBASER +0x807c0070 +0x700000005a00078f'
	run_tool 0 explain 'CPU2: Booted with LPIs enabled, memory probably corrupted'
	shows 'kexec'
}

@test "which device is DeviceID 0x...? both ways, through msi-map and msi-parent" {
	dtb boards
	run_tool 0 -s "sim:$BATS_TEST_TMPDIR/boards.dtb" list
	shows 'DeviceID 0x1000 to 0x10ff: PCI RID 0x0 to 0xff under mask 0xfff8 of domain 0'
	run_tool 0 -s "sim:$BATS_TEST_TMPDIR/boards.dtb" map
	shows '^  DeviceID 0x22  /soc@0/dma@3000'
	shows '^  DeviceID 0x0  0001:00:00.0'
	run_tool 1 -s "sim:$BATS_TEST_TMPDIR/boards.dtb" explain 0000:00:01.0 0
	shows 'DeviceID 0x1008 \(0000:00:01.0\)'
	# The functions of a slot share its DeviceID: the answer is about the one that was named.
	run_tool 1 -s "sim:$BATS_TEST_TMPDIR/boards.dtb" explain 0000:00:01.3 0
	shows 'DeviceID 0x1008 \(0000:00:01.3\)'
	run_tool 0 -s "sim:$BATS_TEST_TMPDIR/boards.dtb" explain /soc@0/dma@3000 0
	shows '^  DeviceID 0x22 '
	run_tool 1 -s "sim:$BATS_TEST_TMPDIR/boards.dtb" -i 0 explain 0x1009 0
	shows 'DeviceID 0x1009 \(.*0000:00:01|no device of the firmware'
}

@test "its@...: unable to locate ITS domain: status, msi-controller, #msi-cells, who points at it" {
	dtb troubles
	run_tool 0 -s "sim:$BATS_TEST_TMPDIR/troubles.dtb" list
	shows 'error +no-msi-controller: '
	shows 'msi-cells: '
	shows 'its-disabled: '
	shows 'msi-target-disabled: '
	shows 'misspelt-property: .*msi-parents'
	run_tool 1 -s "sim:$BATS_TEST_TMPDIR/troubles.dtb" -j check
	json '[.. | .device_tree? // empty | .[] | select(.severity == "error") | .name] | index("no-msi-controller") != null' true
}

@test "lsirec#10, avml#855, omapconf#33, dentOS#50: why memory is refused, exit 4; registers still answer" {
	run_tool 4 -s sim:noram dump
	says 'refuses its RAM .*CONFIG_STRICT_DEVMEM'
	run_tool 0 -s sim:noram regs GITS_CREADR
	# What the registers alone can tell is told, and what cannot be made is said.
	run_tool 0 -s sim:noram check
	shows 'nothing wrong was found'
	shows 'not looked at: .*unknown-opcode'
	run_tool 0 -s sim:noram explain 1 0
	shows '^  queue +unknown +the ring could not be read: .*noram'
	# Stalled as QEMU leaves it, with nothing pending.
	run_tool 0 -s sim:noram,set=GITS_CREADR:0x2a1 explain 1 0
	shows '^  queue +unknown +the ring could not be read: .*noram'
	run_tool 1 -s sim:noram,stalled explain 1 0
	shows '^BROKEN at queue: the ITS is STALLED'
	run_tool 1 -s sim:noram,stalled check
	case $(uname -m) in
	aarch64 | arm*) ;;
	*)
		dtc -q -O dtb -o "$BATS_TEST_TMPDIR/board.dtb" "$BATS_TEST_DIRNAME/../../src/memory/lab-board.dts"
		run_tool 4 -d "$BATS_TEST_TMPDIR/board.dtb" check
		says 'this machine is no Arm'
		;;
	esac
}

@test "nativeaot-patcher#365: --timeout is time, however often it polls" {
	for options in die=500 slow=1000; do
		before=$(date +%s%N)
		run_tool 5 -s "sim:$options" -t 300 inject 1 0
		took=$((($(date +%s%N) - before) / 1000000))
		[ "$took" -ge 295 ]
		[ "$took" -lt 3000 ]
		says 'after 300 ms'
	done
}

# One link broken at a time.

@test "ITS disabled" {
	broken its disabled
	fails 1 disabled its-enabled
}

@test "stalled ring" {
	broken queue stalled
	shows 'STALLED at slot 21, on INV, with 4 commands queued behind it; INV in slot 22 is for this device'
	# The driver of that board knows no collection for an event that was never mapped: no SYNC.
	fails 1 stalled stalled sync
}

@test "ring not draining" {
	broken queue 'die=0,post=INV DeviceID=1 EventID=0'
	fails 1 'die=0,post=INV DeviceID=1 EventID=0' draining
	finds draining '2 commands are pending and GITS_CREADR stays at slot 21'
	# Slow is not dead.
	run_tool 0 -s 'sim:slow=20000,post=INV DeviceID=1 EventID=0' explain 1 0
	fails 0 'slow=20000,post=INV DeviceID=1 EventID=0'
}

@test "DeviceID out of range" {
	sed 's/&its0 0x1>/\&its0 0x10001>/' "$BATS_TEST_DIRNAME/../../src/memory/lab-board.dts" |
		dtc -q -O dtb -o "$BATS_TEST_TMPDIR/wide.dtb"
	broken device-id "$BATS_TEST_TMPDIR/wide.dtb" 0x10001 0
	fails 0 "$BATS_TEST_TMPDIR/wide.dtb"
	fails 1 'raw=INV DeviceID=0x10001 EventID=0' device-id-range raw-append
}

@test "second level of the device table gone" {
	table=$(its-tool -s sim -j regs GITS_BASER0 | jq -r '.its[0].registers[0].fields.physical_address')
	broken device-id "poke=$table:0"
	fails 1 "poke=$table:0" device-table
}

@test "device unmapped" {
	broken mapd 'post=MAPD DeviceID=1 V=0'
	fails 0 'post=MAPD DeviceID=1 V=0'
	broken mapd 'raw=MAPD DeviceID=1 V=0'
}

@test "EventID beyond the size of its MAPD" {
	broken event-id '' 1 32
	fails 1 'post=MAPTI DeviceID=1 EventID=32 pINTID=8224 ICID=0' event-id-range
}

@test "event discarded, or never mapped" {
	broken mapti 'post=DISCARD DeviceID=1 EventID=0'
	shows 'unmapped again, in slot 21'
	fails 0 'post=DISCARD DeviceID=1 EventID=0'
	broken mapti '' 1 7
	fails 1 'post=MAPTI DeviceID=1 EventID=1 pINTID=100 ICID=0' intid-range
	broken mapti 'post=MAPTI DeviceID=1 EventID=1 pINTID=100 ICID=0' 1 1
}

@test "wrong ICID: a collection that is not mapped" {
	broken collection 'post=MAPC ICID=0 V=0'
	fails 1 'post=MAPC ICID=0 V=0' target
	broken collection 'post=DISCARD DeviceID=1 EventID=0,post=MAPTI DeviceID=1 EventID=0 pINTID=8192 ICID=9'
	fails 1 'post=DISCARD DeviceID=1 EventID=0,post=MAPTI DeviceID=1 EventID=0 pINTID=8192 ICID=9' collection-mapped target
	# A MOVI there is refused, and the event stays where it was.
	fails 1 'post=MOVI DeviceID=1 EventID=0 ICID=9' collection-mapped
}

@test "wrong ICID: another CPU's than Linux believes" {
	broken affinity 'raw=MOVI DeviceID=1 EventID=0 ICID=2,raw=SYNC RDbase=0x20000'
	shows 'Linux believes IRQ 20 to go to CPU 0, the ITS sends it to CPU 2'
	fails 1 'raw=MOVI DeviceID=1 EventID=0 ICID=2' raw-append
	whole 'post=MOVI DeviceID=1 EventID=0 ICID=2'
	# Followed by a SYNC the append looks like the driver's. The kernel's next post tells.
	fails 0 'raw=MOVI DeviceID=1 EventID=0 ICID=2,raw=SYNC RDbase=0x20000'
}

@test "redistributor missing" {
	# GICR_TYPER.Last on CPU 1's: the walk ends there, as with a region that is too small.
	short=set=GICR_TYPER@1:0x0000000100000111
	broken redistributor "post=MOVI DeviceID=1 EventID=0 ICID=2,$short"
	shows 'no redistributor answers to RDbase 0x20000'
	fails 1 "post=MOVI DeviceID=1 EventID=0 ICID=2,$short" rdbase target
	whole "$short"
}

@test "offline CPU" {
	broken redistributor 'post=MOVI DeviceID=1 EventID=0 ICID=2,offline=2'
	shows 'of CPU 2, which is OFFLINE'
	fails 1 'post=MOVI DeviceID=1 EventID=0 ICID=2,offline=2' offline-target awake
	whole offline=2
	fails 0 offline=2
	# Mapped when it was allocated, never requested: Linux leaves it there.
	fails 0 'post=MOVI DeviceID=1 EventID=0 ICID=2,offline=2,mask=8192' lpi-enabled
}

@test "EnableLPIs off" {
	broken enable-lpis set=GICR_CTLR@0:0
	fails 1 set=GICR_CTLR@0:0 enable-lpis
	whole set=GICR_CTLR@1:0
	# No event goes there, but Linux may move one.
	fails 1 set=GICR_CTLR@1:0 enable-lpis
}

@test "CPU asleep" {
	broken awake set=GICR_WAKER@0:6,poke=0x41010400:1
	fails 0 set=GICR_WAKER@0:6 awake
	# Idle, it sleeps until an interrupt wakes it.
	run_tool 0 -s sim:set=GICR_WAKER@0:6 explain 1 0
	shows 'awake +note +the redistributor believes its CPU to be asleep: GICR_WAKER = 0x6$'
	shows 'in a deep idle state Linux sets it so'
	# With two security states, GICD_CTLR.DS = 0, nobody but the secure one sees it.
	run_tool 0 -s sim:set=GICD_CTLR:0x13 explain 1 0
	shows 'awake +note +GICR_WAKER = 0x0, as it reads whether'
	shows '^Verdict: the chain is whole$'
	fails 0 set=GICD_CTLR:0x13
	json '[.its[].checks[] | select(.name == "awake") | .status]' '["moot"]'
}

@test "IDbits too small, INTID beyond" {
	broken lpi-range set=GICR_PROPBASER@0:0x700000004100078c
	shows 'LPI 8192 is beyond the tables of the redistributor: GICR_PROPBASER.IDbits allows 13 bits'
	fails 1 set=GICR_PROPBASER@0:0x700000004100078c lpi-range
	run_tool 1 -s 'sim:post=MAPTI DeviceID=1 EventID=1 pINTID=70000 ICID=0' explain 1 1
	shows '^BROKEN at lpi-range: LPI 70000 '
	fails 1 'post=MAPTI DeviceID=1 EventID=1 pINTID=70000 ICID=0' lpi-range
}

@test "LPI disabled in its configuration byte" {
	broken config mask=8192
	fails 0 mask=8192 lpi-enabled
	finds lpi-enabled 'LPI 8192 \(DeviceID 0x1, EventID 0\) is mapped and disabled'
}

@test "an LPI of a priority that Linux never takes" {
	low=poke=0x41000000:0xf3
	broken config "$low"
	shows 'LPI 8192 is enabled in the configuration table, with priority 0xf0: Linux masks 0xf0 and above'
	fails 1 "$low" lpi-priority
	finds lpi-priority '^LPI 8192 \(DeviceID 0x1, EventID 0\) has priority 0xf0'
	# The one above; and one that is masked anyhow.
	fails 0 poke=0x41000000:0xef
	fails 0 poke=0x41000000:0xf2 lpi-enabled
	# On a board without Linux nobody knows the mask.
	run_tool 0 -s "sim:$low" capture "$BATS_TEST_TMPDIR/linux"
	run_tool 1 -s "capture:$BATS_TEST_TMPDIR/linux" explain 1 0
	grep -v '^system\|^kernel' "$BATS_TEST_TMPDIR/linux" >"$BATS_TEST_TMPDIR/bare"
	run_tool 0 -s "capture:$BATS_TEST_TMPDIR/bare" explain 1 0
	shows 'config +ok +LPI 8192 is enabled in the configuration table, priority 0xf0$'
	run_tool 0 -s "capture:$BATS_TEST_TMPDIR/bare" -j check
	json '[.its[].checks[] | select(.name == "lpi-priority") | .status]' '["moot"]'
}

@test "an LPI pending in a table that may be old, whichever event comes first" {
	for bit in 1 2; do
		run_tool 0 -s "sim:poke=0x41010400:$bit,post=MAPTI DeviceID=1 EventID=1 pINTID=8193 ICID=0" -j check
		json '[.its[].checks[] | select(.name == "lpi-taken") | .status]' '["unknown"]'
	done
}

@test "Group 1 off" {
	broken group set=GICD_CTLR:0x50
	fails 1 set=GICD_CTLR:0x50 group1
}

@test "no LPIs in this GIC" {
	run_tool 0 -s sim -j regs GICD_TYPER
	typer=$(($(jq -r '.gics[0].distributor.registers[0].value' <<<"$out") & ~0x20000))
	broken lpi-range "set=GICD_TYPER:$typer"
	fails 1 "set=GICD_TYPER:$typer" lpis
}

@test "commands that are wrong, each by its check" {
	fails 1 'raw=RAW 0x77 0 0 0,raw=SYNC RDbase=0' unknown-opcode
	fails 1 'post=VMAPP vPEID=1 RDbase=0 V=1 VPT_addr=0x50000000 VPT_size=15' command-version
	fails 1 'post=MAPD DeviceID=1 Size=20 ITT_addr=0x50000000 V=1' itt-size
	fails 1 'post=MAPD DeviceID=1 Size=4 ITT_addr=0x50000000 V=1' live-itt
	fails 1 'post=MAPTI DeviceID=1 EventID=0 pINTID=8193 ICID=0' remapped-event lpi-enabled
	fails 1 'post=MAPTI DeviceID=1 EventID=1 pINTID=8192 ICID=0' shared-lpi
	fails 1 'post=MAPD DeviceID=2 Size=4 ITT_addr=0xf0000000 V=1' itt-in-ram device-claimed
	fails 1 'post=MAPTI DeviceID=2 EventID=0 pINTID=8200 ICID=0' device-mapped
	fails 1 'post=INV DeviceID=1 EventID=9' event-mapped raw-append
	fails 1 'post=INVALL ICID=9' collection-mapped
	# Linux before December 2021 posts it without a SYNC.
	fails 0 'raw=INVALL ICID=0'
	itt=$(its-tool -s sim -j map | jq -r '.its[0].devices[0].itt_addr')
	fails 1 "post=MAPD DeviceID=2 Size=4 ITT_addr=$itt V=1" itt-overlap device-claimed
	finds itt-overlap '^the ITT of DeviceID 0x1 \(0x[0-9a-f]+, 0x[0-9a-f]+ bytes\) and the ITT of DeviceID 0x2 \(.* overlap$'
}

@test "an ITT on the ring, or on a table of the ITS or of redistributors" {
	for at in 0x4107ff00:'the ring \(0x41070000, 0x10000 bytes\)' 0x41050000:'the device table \(.*' \
		0x41060000:'the collection table \(.*' 0x41000000:'the LPI configuration table \(.*' 0x41020000:'the LPI pending table \(.*'; do
		fails 1 "post=MAPD DeviceID=2 Size=4 ITT_addr=${at%%:*} V=1" itt-overlap device-claimed
		finds itt-overlap "^${at#*:} and the ITT of DeviceID 0x2 \\(${at%%:*}, 0x180 bytes\\) overlap\$|^the ITT of DeviceID 0x2 .* and ${at#*:} overlap\$"
	done
	# The ring on a table.
	fails 1 'set=GITS_BASER0:0xf907000041070600' itt-overlap device-table
	finds itt-overlap '^the (ring|device table) .* and the (ring|device table) .* overlap$'
}

@test "what two ITSs share: an LPI, an ITT" {
	dtb boards
	fails 1 "$BATS_TEST_TMPDIR/boards.dtb,post=MAPTI DeviceID=0x10 EventID=9 pINTID=8224 ICID=0,noncoherent" shared-lpi quirk
	finds shared-lpi '^LPI 8224 belongs to EventID 9 of DeviceID 0x10 of ITS 0 and to EventID 0 of DeviceID 0x20$'
	fails 1 "$BATS_TEST_TMPDIR/boards.dtb,post=MAPD DeviceID=0x10 Size=4 ITT_addr=0x810c0000 V=1,noncoherent" itt-overlap live-itt quirk
	finds itt-overlap '^the ITT of DeviceID 0x10 of ITS 0 \(0x810c0000, .* and the ITT of DeviceID 0x20 \(0x810c0000, .* overlap$'
	# Of one ITS alone nothing is said.
	run_tool 0 -s "sim:$BATS_TEST_TMPDIR/boards.dtb,post=MAPTI DeviceID=0x10 EventID=9 pINTID=8224 ICID=0,noncoherent" -i 1 check
}

@test "once the ring has forgotten its mappings, checks of events say so, and redistributors are looked at all the same" {
	run_tool 0 -s sim:fill -j check
	json '[.its[].checks[] | select(.status == "unknown") | .name] | sort' "$forgotten"
	json '[.its[].checks[] | select(.status == "unknown") | .why | test("^the ring has forgotten what was mapped first")] | all' true
	fails 1 fill,set=GICR_CTLR@0:0 enable-lpis
	finds enable-lpis '^the redistributor of CPU 0 at 0x80780000 \([0-9]+ events? goe?s? to it\) has GICR_CTLR.EnableLPIs = 0'
	fails 0 fill,set=GICR_WAKER@1:6 awake
	# Of a CPU that is offline nothing is expected.
	fails 0 fill,offline=2
}

@test "after a resume an ITS that holds collections has a ring that looks new, and is not" {
	run_tool 0 -s sim -j regs GITS_TYPER
	typer=$(($(jq -r '.its[0].registers[0].value' <<<"$out")))
	# Without HCC the driver begins a ring with MAPC only once: a device that is named before its MAPD is none.
	fails 1 'raw=INV DeviceID=0x77 EventID=0,raw=SYNC RDbase=0' device-mapped
	run_tool 1 -s 'sim:raw=INV DeviceID=0x77 EventID=0' explain 0x77 0
	hcc="set=GITS_TYPER:$((typer | 4 << 24)),raw=INV DeviceID=0x77 EventID=0,raw=SYNC RDbase=0"
	run_tool 0 -s "sim:$hcc" check
	run_tool 0 -s "sim:$hcc" explain 0x77 0
	shows '^  mapd +unknown'
	run_tool 0 -s "sim:$hcc" map
	shows "from the ring's history, whose beginning is overwritten"
	whole "set=GITS_TYPER:$((typer | 4 << 24))"
}

@test "an LPI that the distributor does not have" {
	run_tool 0 -s sim -j regs GICD_TYPER
	typer=$(($(jq -r '.gics[0].distributor.registers[0].value' <<<"$out")))
	# IDbits: 13 bits hold no LPI. num_LPIs: 1 is 4 of them, 8192 to 8195.
	broken lpi-range "set=GICD_TYPER:$((typer & ~0xf80000 | 12 << 19))"
	shows 'LPI 8192 is beyond what the GIC has: GICD_TYPER.IDbits allows 13 bits'
	fails 1 "set=GICD_TYPER:$((typer & ~0xf80000 | 12 << 19))" lpi-range
	four=set=GICD_TYPER:$((typer | 1 << 11))
	whole "$four"
	fails 0 "$four"
	fails 1 "post=MAPTI DeviceID=1 EventID=1 pINTID=8196 ICID=0,$four" lpi-range lpi-enabled
	finds lpi-range '^LPI 8196 .* GICD_TYPER.num_LPIs = 1 ends them at 8195$'
	run_tool 1 -s "sim:post=MAPTI DeviceID=1 EventID=1 pINTID=8196 ICID=0,$four" explain 1 1
	shows '^BROKEN at lpi-range: LPI 8196 is beyond what the GIC has'
}

@test "no false alarm: check exits 0 on every healthy board, and explain finds nothing" {
	for options in '' v4 v41 pta cpus=1 cpus=2 cpus=8 fill slots=128 slots=128,fill slots=32768,fill,at=32767 \
		noncoherent strict pta,v41,fill at=2047 step; do
		fails 0 "$options"
		whole "$options" || [[ $options = *fill* ]]
	done
	# The history of a full ring has forgotten the mapping: nothing is broken, and nothing is guessed.
	run_tool 0 -s sim:fill -j explain 1 0
	json '[.verdict.broken, ([.links[] | select(.state == "broken")] | length)]' '[false,0]'
	dtb boards
	fails 0 "$BATS_TEST_TMPDIR/boards.dtb,noncoherent" quirk
	json '.its | length' 2
	fails 0 slots=32768,events=10000 device-claimed
	json '.its[0].checks[] | select(.name == "device-claimed") | [.total, (.findings | length)]' '[79,16]'
}

@test "the manual page has every check, as the program has it" {
	run_tool 0 -s sim -j check
	jq -r '.its[0].checks[] | [.name, .severity, .summary] | @tsv' <<<"$out" >"$BATS_TEST_TMPDIR/checks"
	sed -n '/^\.Sh CHECKS/,/^\.TE/p' "$BATS_TEST_DIRNAME/../../man/its-tool.8" | grep -P '\t' |
		diff "$BATS_TEST_TMPDIR/checks" -
}
