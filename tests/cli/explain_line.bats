#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# explain LINE: the reports from the field, each answered from its line alone.

load helpers

timeout_is() { # FORM STATE SLOT END_SLOT LEFT
	json '.messages[0].timeout | [.numbers, .state, .slot, .end_slot, .slots_left]' "[$1,\"$2\",$3,$4,$5]"
}

@test "RK3568: stalled at slot 16, and the MAPTI that is blamed only waited" {
	line=$'[   12.345678] ITS queue timeout (9088 513)\n[   12.345690] ITS cmd its_build_mapti_cmd failed'
	run_tool 0 -j explain "$line"
	timeout_is 2 stalled 16 284 268
	json '.messages[0].timeout.culprit' '"another"'
	json '.messages[0].timeout.posts[0].command' '"MAPTI"'
	json '.messages | length' 1
	run_tool 0 explain "$line"
	[ "${out%%$'\n'*}" = 'The ITS STALLED at slot 16: it refuses the command there and runs nothing behind it.' ]
	shows 'CREADR was 513 = 0x201'
	shows 'Not the MAPTI that the kernel names'
	shows 'in slots 282 and 283'
	shows 'its-tool dump --pending'
	shows 'its-tool recover'
}

@test "QCS8550: stalled at slot 394 of 395, which is the MAPD itself" {
	line=$'ITS queue timeout (12640 12609)\nITS cmd its_build_mapd_cmd failed'
	run_tool 0 -j explain "$line"
	timeout_is 2 stalled 394 395 1
	json '.messages[0].timeout.culprit' '"named-command"'
	run_tool 0 explain "$line"
	shows 'The MAPD that the kernel names: slot 394'
}

@test "RK3588 guest: the very first MAPC; with the name and without" {
	run_tool 0 -j explain $'ITS queue timeout (64 1)\nITS cmd its_build_mapc_cmd failed'
	timeout_is 2 stalled 0 2 2
	json '.messages[0].timeout.culprit' '"named-command"'
	run_tool 0 -j explain 'ITS queue timeout (64 1)'
	timeout_is 2 stalled 0 2 2
	json '.messages[0].timeout.culprit' '"perhaps-named-command"'
	run_tool 0 explain 'ITS queue timeout (64 1)'
	shows 'slots 0 and 1'
	shows 'the very first commands'
}

@test "ITS@0x3440000: the INVALL behind the MAPC is not the culprit" {
	run_tool 0 -j explain $'ITS queue timeout (128 1)\nITS cmd its_build_invall_cmd failed'
	timeout_is 2 stalled 0 4 4
	json '.messages[0].timeout.culprit' '"another"'
	# Both posts: one stall, and the MAPC is in the stalled slot.
	run_tool 0 -j explain $'ITS queue timeout (64 1)\nITS cmd its_build_mapc_cmd failed\nITS queue timeout (128 1)\nITS cmd its_build_invall_cmd failed'
	json '.messages | length' 1
	json '.messages[0] | [.count, .timeout.culprit, (.timeout.posts | map(.command))]' '[2,"named-command",["MAPC","INVALL"]]'
}

@test "LKML 2019, VMOVP: not stalled, the wrap race of kernels before 5.3" {
	run_tool 0 -j explain $'ITS queue timeout (65440 65504 480)\nITS cmd its_build_vmovp_cmd failed'
	timeout_is 3 wrap-race 15 2047 0
	json '.messages[0].timeout.culprit' null
	json '.found.errors' 0
	run_tool 0 explain 'ITS queue timeout (65440 65504 480)'
	shows '^Not stalled: a false alarm'
}

@test "the other forms: no numbers, three, wrapped, slow, nonsense" {
	run_tool 0 explain 'ITS queue timeout'; shows 'Whether it stalled, and where, this line does not tell'
	run_tool 0 -j explain 'ITS queue timeout (640 704 641)'; timeout_is 3 stalled 20 22 2
	json '.messages[0].timeout.culprit' '"named-command"'
	run_tool 0 -j explain 'ITS queue timeout (66112 66049)'; timeout_is 2 stalled 16 18 2
	run_tool 0 explain 'ITS queue timeout (66112 66049)'; shows 'counted on over the end of the ring'
	run_tool 0 -j explain 'ITS queue timeout (1024 960)'; timeout_is 2 not-stalled 30 32 2
	run_tool 0 explain 'ITS queue timeout (1024 960)'; shows '^Not stalled, but slow'; shows 'dump. twice'
	run_tool 0 explain $'ITS queue timeout (1024 960)\nITS queue timeout (1088 960)'; shows 'did not move'
	run_tool 0 explain 'ITS queue timeout (1 3)'; shows 'do not fit a ring'
}

@test "a whole log: the verdict first, repeats counted, set-up only with -v" {
	log=$BATS_TEST_DIRNAME/../fixtures/stalled.log
	out=$(its-tool explain - <"$log")
	[ "${out%%$'\n'*}" = 'The ITS STALLED at slot 0: it refuses the command there and runs nothing behind it.  (4 times)' ]
	shows 'MAPC in slots 0 and 1 \(2 times\)'
	shows 'several ITSs'
	shows 'not shown \(-v explains them\): 9'
	[ "$(grep -c STALLED <<<"$out")" = 1 ]
	out=$(its-tool -v explain <"$log")
	shows 'allocated 8192 Devices'
	shows 'one byte per LPI'
	out=$(its-tool -j explain - <"$log")
	json '[.messages[] | select(.name == "its-table").values.its_base]' '["0xfe640000"]'
	json '.found' '{"errors":1,"warnings":0,"notes":7}'
	out=$(head -9 "$log" | its-tool explain -)
	shows '^No trouble with the ITS'
}

@test "lines of two CPUs that are mixed name nobody" {
	run_tool 0 -j explain $'ITS queue timeout (128 65)\nITS queue timeout (192 65)\nITS cmd its_build_inv_cmd failed\nITS cmd its_build_mapd_cmd failed'
	json '[.messages[0].timeout.posts[].command]' '[null,null]'
	json '.unassigned' 2
}

@test "other messages: what they mean and what to do" {
	run_tool 0 explain $'GICv3: CPU0: Booted with LPIs enabled, memory probably corrupted\nGICv3: CPU1: Booted with LPIs enabled, memory probably corrupted'
	shows 'kexec'; shows 'also    CPU1'; shows 'GICR_CTLR.EnableLPIs'
	run_tool 0 explain 'its@8080000: unable to locate ITS domain'; shows 'msi-controller'
	run_tool 0 explain '[ 0.0] /intc@8000000/its@8080000: no msi-controller property, ITS ignored'; shows '#msi-cells'
	run_tool 0 explain 'ITS queue not draining'; shows 'dropped a command'
	run_tool 0 explain 'ITS: using cache flushing for cmd queue'; shows 'compare-views'
}

@test "where the ring can be read: the command at fault, decoded" {
	run_tool 0 -s sim:stalled explain 'ITS queue timeout (832 673)'
	shows 'STILL STALLED at slot 21, with 4 commands queued behind it'
	shows 'INV     DeviceID=0x1 EventID=31'
	shows 'INV_UNMAPPED_INTERRUPT'
	run_tool 0 -j -s sim:stalled explain 'ITS queue timeout (832 673)'
	json '.its[0].stalled | [.slot, .as_in_log, .behind, .command]' '[21,true,4,"INV"]'
	run_tool 0 -s sim:stalled explain 'ITS queue timeout (9088 513)'; shows 'STALLED at slot 21, not where the log says'
	run_tool 0 -s sim explain 'ITS queue timeout (832 673)'; shows 'Not stalled any more'; shows 'nothing is pending'
	run_tool 0 -s sim:disabled explain 'ITS queue timeout (832 672)'; shows 'DISABLED'
	# The ring's real size counts: 4129 is slot 1 of 128.
	run_tool 0 -j -s sim:slots=128 explain 'ITS queue timeout (4160 4129)'; timeout_is 2 stalled 1 2 1
	# A log from elsewhere beside that ring.
	run_tool 0 -j -s sim:slots=128 explain 'ITS queue timeout (9088 513)'; timeout_is 2 stalled 16 284 268
	# Nothing to do with the queue: the ring is left alone.
	run_tool 0 -j -s sim:stalled explain 'ITS: Enabling GICv4 support'; json '.its' null
}

@test "without an ITS the text is explained all the same, unless a source was named" {
	if [ ! -e /sys/firmware/fdt ]; then
		run_tool 0 explain 'ITS queue timeout (9088 513)'; shows 'The ring itself was not read: no ITS found'
		run_tool 0 -j explain 'ITS queue timeout (9088 513)'; json '.ring.read' false
		run_tool 3 -s devmem explain 'ITS queue timeout (9088 513)'; says 'no ITS found'
	fi
	run_tool 6 -d /nonexistent explain 'ITS queue timeout (9088 513)'; says '/nonexistent'
	run_tool 2 -s nosuch explain 'ITS queue timeout (9088 513)'
	# Registers that cannot be trusted: the text's answer first, then the error.
	run_tool 6 -s sim:set=GITS_CBASER:0 explain 'ITS queue timeout (9088 513)'
	shows 'STALLED at slot 16'; says 'Valid is 0'
	run_tool 6 -j -s sim:set=GITS_CBASER:0 explain 'ITS queue timeout (9088 513)'
	json '[.messages[0].timeout.slot, .error.exit_status]' '[16,6]'
}

@test "nothing known, nothing at all, too much" {
	run_tool 6 explain 'usb 1-1: new high-speed USB device'; says "dmesg \| its-tool explain -"; [ -z "$out" ]
	run_tool 6 explain; says 'standard input is empty'
	run_tool 6 -j explain foo; json '.error.exit_status' 6
	run_tool 2 explain ITS queue timeout; says 'put the line in quotes'
}

@test "hostile logs: control characters stay in, repeats and lengths are bounded" {
	out=$(printf 'ITS queue timeout (64 1)\033]0;owned\a\377\n' | its-tool explain -)
	! grep -q $'[\033\a]' <<<"$out"
	run_tool 2 -s sim $'\xc2\x9b31m'
	says "unknown command '\?31m'"
	out=$(printf 'ITS queue timeout (64 1) \377\033\n' | its-tool -j explain -)
	json '.messages[0].timeout.slot' 0
	out=$(for ((i = 0; i < 2000; i++)); do echo "ITS queue timeout ($((i * 32 + 32)) $((i * 32 + 1)))"; done | its-tool -j explain -)
	json '[(.messages | length), .left_out]' '[512,1488]'
	out=$({ head -c 3000000 /dev/zero | tr '\0' ':'; echo; head -c 1000000 /dev/urandom; echo; echo 'ITS queue timeout (64 1)'; } | its-tool -j explain -)
	json '.messages[0].name' '"queue-timeout"'
}

@test "a severity has one colour, wherever it is shown" {
	dtc -q -O dtb -o "$BATS_TEST_TMPDIR/troubles.dtb" "$BATS_TEST_DIRNAME/../fixtures/troubles.dts"
	run_tool 0 --color=always -d "$BATS_TEST_TMPDIR/troubles.dtb" -s sim list
	colour() { sed -nE "s/^ *\x1b\[([0-9]+)m$1.*/\1/p" <<<"$out" | sort -u; }
	note=$(colour 'note') warning=$(colour 'warning') error=$(colour 'error')
	[ -n "$note" ] && [ -n "$warning" ] && [ -n "$error" ]
	run_tool 0 --color=always explain 'ITS [mem 0x08080000-0x0809ffff]'
	[ "$(colour 'ITS .mem')" = "$note" ]
	run_tool 0 --color=always explain 'ITS queue timeout (832 673)'
	[ "$(colour 'The ITS STALLED')" = "$error" ]
}
