#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# --emit: the same plan as a script for Trace32, gdb or the target's shell. What they do is tested by tests/target/emit.test.

load helpers

lacks() { ! grep -qE -- "$1" <<<"$out" || { echo "stdout has '$1'"; return 1; }; }

# ended STATUS TEXT: how it ended, and what it said.
ended() {
	[ "$status" -eq "$1" ] && [[ "$output" == *"$2"* ]] || { echo "status $status, not $1, or no '$2': $output"; return 1; }
}

@test "each form prints the plan's addresses and commands, and nothing else" {
	for form in cmm gdb devmem; do
		run_tool 0 -s sim inject 1 0 --emit=$form
		shows '0x80740000'
		shows '0x41070000'
		shows '   INV DeviceID=0x1 EventID=0x0'
		shows '   INT DeviceID=0x1 EventID=0x0'
		shows '0x000000010000000[cC] 0x0000000000000000 0x0000000000000000 0x0000000000000000'
		shows '0x0000000100000003 0x0000000000000000'
		lacks 'Plan:|Nothing was written \(--dry|ITS 0'
		lacks $'\033'
		[ -z "$err" ]
	done
}

@test "the cmm script is the sequence of old, corrected" {
	run_tool 0 -s sim inject 1 0 --emit=cmm
	shows '^&access="A:"'
	shows '^&cbaser=Data.Quad\(&access&at_cbaser\)'
	shows '^&ring=&cbaser&0x000FFFFFFFFFF000'
	shows '&creadr=\(&word>>5\.\)&0x7FFF'
	shows '^&stalled=&word&0x1|  &stalled=&word&0x1'
	shows 'Data.Set &access&at_cwriter %LE %Quad &at'
	shows 'IF &slot==&slots'
	shows 'WHILE \(&creadr!=&cwriter\)&&\(&stalled==0x0\)&&\(DATE.UnixTime\(\)<&until\)'
	shows 'Data.Set &access&at %LE %Quad &w0 &w1 &w2 &w3'
	shows 'Data.LOAD.Binary "&history" &access&ring'
	shows '^&limit=1000\.'
	lacks '0x1[cC]\b'
	# Each label that is gone to is there, once; blocks are closed.
	for label in $(grep -oE '(GOSUB|GOTO) [a-z_]+' <<<"$out" | awk '{ print $2 }' | sort -u); do
		[ "$(grep -c "^$label:" <<<"$out")" -eq 1 ] || { echo "label $label"; return 1; }
	done
	[ "$(grep -cE '^ *\($' <<<"$out")" -eq "$(grep -cE '^ *\)$' <<<"$out")" ]
	# Each macro that is read is given a value somewhere.
	for macro in $(grep -v '^;' <<<"$out" | grep -oE '&[A-Za-z_][A-Za-z_0-9]*' | sort -u); do
		grep -qE "^ *$macro=|ENTRY.*$macro" <<<"$out" || { echo "macro $macro"; return 1; }
	done
}

@test "the cmm script wants each CPU of the board, and leaves a target halted that was" {
	run_tool 0 -s sim inject 1 0 --emit=cmm
	shows '^&cpus=4\.'
	shows '^IF \(&unchecked==0x0\)&&\(CORE.NUMBER\(\)<&cpus\)'
	shows 'ICC_PMR_EL1'
	# No Go but of a target that ran: one between two looks at the CPUs, one at the end.
	shows '^WHILE .*\(&ran!=0x0\)&&\(DATE.UnixTime\(\)<&until\)\)\)$'
	[ "$(grep -c '^ *Go$' <<<"$out")" -eq 2 ]
	grep -A 1 'IF (&ran!=0x0)&&!STATE.RUN()' <<<"$out" | grep -qx '    Go'
	[ "$(grep -cE '^(GOSUB go_on|  GOTO give_up|GOTO give_up)$' <<<"$out")" -ge 8 ]
	# The history has a name of its own, and goes with it.
	shows '^&history="~~~/its-80740000-&\(stamp\)\.bin"'
	shows '^  DEL "&history"'
	run_tool 0 -s sim inject 1 0 --emit=cmm --plain --force
	[ "$(grep -c '^ *Go$' <<<"$out")" -eq 1 ]
}

@test "the cmm script undoes a lap that the ITS does not begin" {
	run_tool 0 -s sim inject 1 0 --emit=cmm
	shows '^IF \(&creadr==&W\)&&\(&cwriter!=&W\)&&\(&stalled==0x0\)$'
	[ "$(grep -A 8 '^not_begun:' <<<"$out" | tr -s '\n ' ' ')" = "not_begun: &at=&W*0x20 Data.Set &access&at_cwriter %LE %Quad &at \
WAIT 20.ms GOSUB pointers IF (&creadr!=&W)||(&stalled!=0x0) GOTO to_the_end GOSUB restore &message=\"the ITS does not read its ring: \
CREADR stays at slot &W; nothing was executed, and the ring is as it was\" " ]
}

@test "an ITS that does not snoop gets the other access" {
	run_tool 0 -s sim:set=GITS_CBASER:0x800000004107000f inject 1 0 --emit=cmm
	shows '^&access="ANC:"'
	run_tool 0 -s sim:set=GITS_CBASER:0x800000004107000f inject 1 0 --emit=devmem
	shows '^ring_by=devmem'
	run_tool 0 -s sim inject 1 0 --emit=devmem
	shows '^ring_by=dd'
}

@test "the sh script is one, in each sh that is here" {
	local plain shell
	for plain in "" "--plain --force"; do
		run_tool 0 -s sim inject 1 0 --emit=devmem $plain
		for shell in dash bash "busybox sh"; do
			if command -v ${shell% *} >/dev/null; then
				$shell -n "$BATS_TEST_TMPDIR/out"
			else
				echo "# ${shell% *} is not installed: not tried" >&3
			fi
		done
	done
}

@test "gdb's script is taken by gdb: nothing is run without a target" {
	command -v gdb-multiarch >/dev/null || skip "no gdb-multiarch"
	run_tool 0 -s sim inject 1 0 --emit=gdb
	run gdb-multiarch -nx -batch -x "$BATS_TEST_TMPDIR/out" -ex 'quit $its_failed'
	[[ "$output" != *syntax* && "$output" != *nvalid* && "$output" != *ndefined* ]] || { echo "$output"; return 1; }
}

# run_gdb SLOT "OPTIONS" WORD...: gdb runs the script on a stub (gdb_stub.py) whose driver writes into SLOT next; its words are in $after.
run_gdb() {
	command -v gdb-multiarch >/dev/null || skip "no gdb-multiarch"
	command -v python3 >/dev/null || skip "no python3"
	local slot=$1 options=$2 stub tries
	shift 2
	# shellcheck disable=SC2086
	run_tool 0 -s sim inject 1 0 --emit=gdb $options
	rm -rf "$BATS_TEST_TMPDIR/bench"
	mkdir "$BATS_TEST_TMPDIR/bench"
	cd "$BATS_TEST_TMPDIR/bench"
	sed "${EDIT-}" ../out >script
	python3 "$BATS_TEST_DIRNAME/gdb_stub.py" "$PWD/stub" "$slot" "$@" >../after 3>&- &
	stub=$!
	for ((tries = 0; tries < 200; tries++)); do
		[ ! -S stub ] || break
		sleep 0.05
	done
	run timeout 60 gdb-multiarch -nx -batch -ex "target remote $PWD/stub" -x script -ex 'quit $its_failed'
	wait "$stub"
	rm script
	after=$(cat ../after)
	[[ "$output" != *syntax* && "$output" != *nvalid* && "$output" != *ndefined* && "$output" != *"Error in"* ]] ||
		{ echo "$output"; return 1; }
}
# became LINE...: what became of the stub's target, each a whole line.
became() {
	local line
	for line in "$@"; do
		grep -qxF -- "$line" <<<"$after" || { echo "no '$line' in: $after"; echo "$output"; return 1; }
	done
}
no_files() { [ -z "$(ls)" ] || { echo "left: $(ls)"; return 1; }; }

@test "gdb runs the lap, at either end of the ring, and leaves nothing behind" {
	local slot
	for slot in 0 2047; do
		run_gdb $slot "" cpus=4
		ended 0 "2 of 2 commands executed from slot $slot on, by a lap of 2048 slots"
		became "executed 2048 $slot:0c $(((slot + 1) % 2048)):03" "changed 0" "creadr $slot cwriter $slot stalled 0" \
			"cwriters $(((slot + 2047) % 2048)) $slot" "talk detach"
		no_files
	done
}

@test "gdb appends plainly, at either end of the ring" {
	local slot
	for slot in 0 2047; do
		run_gdb $slot "--plain --force"
		ended 0 "2 of 2 commands executed from slot $slot on"
		became "executed 2 $slot:0c $(((slot + 1) % 2048)):03" "creadr $(((slot + 2) % 2048)) cwriter $(((slot + 2) % 2048)) stalled 0"
		grep -qx 'changed 2 .*' <<<"$after"
		no_files
	done
}

@test "gdb has to see each CPU of the board, and none in a post" {
	run_gdb 7 "" cpus=3
	ended 1 "gdb sees 3 of the board's 4 CPUs"
	became "executed 0" "changed 0" "cwriters" "talk detach"
	run_gdb 7 "" cpus=4 masked
	ended 1 "CPU 4 is in the kernel with interrupts off"
	became "executed 0" "changed 0" "cwriters"
	run_gdb 7 "" cpus=4 wfi
	ended 0 "2 of 2 commands executed"
	EDIT='s/^set \$its_unchecked = 0/set $its_unchecked = 1/' run_gdb 7 "" cpus=1 masked
	ended 0 "2 of 2 commands executed"
	became "changed 0"
	run_tool 0 -s sim inject 1 0 --emit=gdb
	shows 'ICC_PMR_EL1'
}

@test "gdb undoes a lap that the ITS does not begin, and waits by a clock" {
	local start=$SECONDS
	run_gdb 7 "-t 3000" cpus=4 dead
	[ $((SECONDS - start)) -ge 3 ]
	ended 1 "nothing was executed, and the ring is as it was"
	became "executed 0" "changed 0" "creadr 7 cwriter 7 stalled 0" "cwriters 6 7" "talk detach"
	no_files
	for its in slow late; do
		run_gdb 7 "" cpus=4 $its
		ended 0 "2 of 2 commands executed"
		became "executed 2048 7:0c 8:03" "changed 0" "creadr 7 cwriter 7 stalled 0"
		no_files
	done
}

@test "gdb leaves a target halted whose ITS stalls in the lap, and the history is kept" {
	run_gdb 7 "" cpus=4 stall
	ended 1 "The target stays halted"
	became "creadr 8 cwriter 6 stalled 1" "cwriters 6" "talk"
	[[ "$output" == *"its history is in $(ls)."* ]]
	[ "$(wc -c <its-80740000-*.history)" -eq 65536 ]
}

@test "equal commands are one line" {
	run_tool 0 -s sim inject 1 0 --count 1000 --emit=gdb
	shows 'INT DeviceID=0x1 EventID=0x0, 1000 times'
	shows 'its_put 1000 0x0000000100000003'
	shows 'its_count = 1001'
	run_tool 7 -s sim inject 1 0 --count 2047 --emit=gdb
	says 'more than one lap of 2048 slots'
	[ -z "$out" ]
}

@test "--timeout is the limit of each wait" {
	run_tool 0 -s sim -t 77 inject 1 0 --emit=cmm; shows '^&limit=77\.'
	run_tool 0 -s sim -t 77 inject 1 0 --emit=gdb; shows '^set \$its_limit = 77$'
	run_tool 0 -s sim -t 77 inject 1 0 --emit=devmem; shows '^limit=77\b'
}

@test "--plain appends and neither fills nor goes round" {
	for form in cmm gdb devmem; do
		run_tool 7 -s sim inject 1 0 --plain --emit=$form
		says 'cached write pointer'
		[ -z "$out" ]
		run_tool 0 -s sim inject 1 0 --plain --force --emit=$form
		shows 'plainly: GITS_CWRITER moves on'
		lacks 'sync0|^sync='
		lacks '(LOAD|SAVE).Binary|DEL |eval "(dump|restore) '
	done
}

@test "what would be refused is refused, and no script is printed" {
	run_tool 7 -s sim inject 1 1 --emit=cmm; says 'not mapped'; [ -z "$out" ]
	run_tool 7 -s sim send MAPD DeviceID=1 V=0 --emit=gdb; says "driver's back"; [ -z "$out" ]
	run_tool 7 -s sim:stalled inject 1 0 --emit=devmem; says 'stalled'; [ -z "$out" ]
	run_tool 2 -s sim inject 1 0 --emit=elf; says "cmm, gdb or devmem, not 'elf'"; [ -z "$out" ]
	run_tool 2 -s sim inject 1 0 --emit=cmm --json; says 'prints a script, not JSON'
	run_tool 2 -s sim dump --emit=cmm; says "does not go with 'dump'"
}

@test "nothing is written: a capture and a script's line give it too" {
	its-tool -s sim capture "$BATS_TEST_TMPDIR/board.cap"
	run_tool 0 -s "capture:$BATS_TEST_TMPDIR/board.cap" inject 1 0 --emit=cmm
	shows '^&plan_ring=0x41070000'
	printf 'inject 1 0 --emit=gdb\nexpect pending == 0\nexpect irq 1:0 +0\n' >"$BATS_TEST_TMPDIR/script"
	run_tool 0 -s sim run "$BATS_TEST_TMPDIR/script"
	shows '^set \$its_count = 2'
}

@test "names of the device tree do not come into a script" {
	for form in cmm gdb devmem; do
		run_tool 0 -s sim inject dummy@1a00a0000 0 --emit=$form --color=always -v
		lacks 'dummy|1a00a0000'
		lacks $'\033'
	done
}

# The sh script runs here, on memory that is a file; devmem.c is the rest of the target. FAKE says how it misbehaves.
# fake_target SLOT: an idle ring whose driver writes into SLOT next; "before" is the memory as it was.
fake_target() {
	cd "$BATS_TEST_TMPDIR"
	local bin=$BATS_FILE_TMPDIR slot
	[ -x "$bin/devmem" ] || "${CC:-cc}" -o "$bin/devmem" "$BATS_TEST_DIRNAME/devmem.c"
	PATH=$bin:$PATH
	head -c 204800 /dev/zero >memory
	set_word() { FAKE= devmem "$1" 64 "$2"; }
	set_word 0x10000 1
	set_word 0x10080 0x8000000000020000
	for ((slot = 0; slot < 128; slot++)); do
		set_word $((0x20000 + 32 * slot)) $((0x1100 + slot))
		set_word $((0x20018 + 32 * slot)) $((0x5500 + slot))
	done
	set_word 0x10090 $(($1 * 32))
	set_word 0x10088 $(($1 * 32))
	rm -f executed state
	: >executed
	cp memory before
}
# run_fake dd|devmem [SHELL]; busybox's sh would take its own devmem, before any of the PATH, but not before a function.
run_fake() {
	sed -e 's/^its=.*/its=0x10000/; s/^plan_ring=.*/plan_ring=0x20000/; s/^plan_slots=.*/plan_slots=128/' \
		-e "s/^ring_by=.*/ring_by=$1/; s,/dev/mem\\b,${DEV_MEM-memory},g" \
		-e "s,^set -u\$,&; devmem() { $BATS_FILE_TMPDIR/devmem \"\$@\"; }," out >script
	rm -rf kept; mkdir kept
	# shellcheck disable=SC2086
	TMPDIR=$PWD/kept ${2-sh} script
}
nothing_kept() { [ -z "$(ls kept)" ] || { echo "left: $(ls kept/*)"; return 1; }; }
slot_of() { dd if="$1" bs=32 skip=$((4096 + $2)) count="${3-1}" status=none | xxd -p -c 32; }

@test "the sh script at the ring's end: the lap wraps, and the ring is as it was" {
	for by in dd devmem; do
		run_tool 0 -s sim inject 1 0 --emit=devmem
		fake_target 127
		run run_fake $by
		[ "$status" -eq 0 ] || { echo "$output"; return 1; }
		[ "$(head -n 2 executed | tr '\n' ,)" = "127 0c,0 03," ] || { cat executed; return 1; }
		[ "$(wc -l <executed)" -eq 128 ]
		[ "$(awk '$2 == "05"' executed | wc -l)" -eq 126 ]
		cmp before memory
		nothing_kept
	done
}

@test "the sh script, plain, at the ring's end" {
	for by in dd devmem; do
		run_tool 0 -s sim inject 1 0 --emit=devmem --plain --force
		fake_target 127
		run run_fake $by
		[ "$status" -eq 0 ] || { echo "$output"; return 1; }
		[ "$(tr '\n' , <executed)" = "127 0c,0 03," ] || { cat executed; return 1; }
	done
}

@test "the sh script refuses a stalled, a busy and another ring, and writes nothing" {
	run_tool 0 -s sim -t 20 inject 1 0 --emit=devmem
	fake_target 5
	set_word 0x10090 161
	cp memory before
	run run_fake dd
	[ "$status" -eq 7 ] && [[ "$output" == *"stalled: 1"* ]]
	set_word 0x10090 64
	cp memory before2
	run run_fake dd
	[ "$status" -eq 7 ] && [[ "$output" == *"CREADR at slot 2, CWRITER at slot 5"* ]]
	cmp before2 memory
	fake_target 5
	set_word 0x10080 0x8000000000021000
	run run_fake dd
	[ "$status" -eq 7 ] && [[ "$output" == *"not where it was"* ]]
	fake_target 5
	set_word $((0x20000 + 5 * 32 + 24)) 0x4954532d544c0006
	run run_fake dd
	[ "$status" -eq 7 ] && [[ "$output" == *"its-tool recover"* ]]
}

@test "the sh script in each sh that is here, in the middle of the ring" {
	local shell
	for shell in dash bash busybox; do
		command -v $shell >/dev/null || { echo "# $shell is not installed: not tried" >&3; continue; }
		[ $shell != busybox ] || shell="busybox sh"
		run_tool 0 -s sim inject 1 0 --emit=devmem
		fake_target 60
		run run_fake dd "$shell"
		ended 0 "2 of 2 commands executed from slot 60 on, by a lap of 128 slots; slots that the driver posted meanwhile: 0"
		[ "$(wc -l <executed)" -eq 128 ]
		cmp before memory
	done
}

@test "the sh script and a driver that posts during the lap: its slots stay, the others are history again" {
	local by
	for by in dd devmem; do
		run_tool 0 -s sim inject 1 0 --emit=devmem
		fake_target 126
		FAKE=post=4,1 run run_fake $by
		ended 0 "slots that the driver posted meanwhile: 2"
		[ "$(tail -n 3 executed | tr '\n' ,)" = "125 05,126 0c,127 05," ] || { cat executed; return 1; }
		[ "$(slot_of memory 126)" = 0c00000077000000$(printf '%048d' 0) ]
		[ "$(slot_of before 0 126)" = "$(slot_of memory 0 126)" ]
		nothing_kept
	done
}

@test "the sh script and a driver that never rests: what stays is said" {
	run_tool 0 -s sim -t 100 inject 1 0 --emit=devmem
	fake_target 0
	FAKE=post=4,1000000 run run_fake dd
	ended 0 "64 slots from slot "
	[[ "$output" == *"keep SYNCs"*"what the ring held before is in $PWD/kept/its."*"/history"* ]]
	cmp kept/its.*/history <(tail -c +131073 before | head -c 4096)
}

@test "the sh script and a driver that posts while the ring is filled" {
	run_tool 0 -s sim inject 1 0 --emit=devmem
	fake_target 5
	FAKE=post=3,1 run run_fake dd
	ended 5 "perhaps a command of the plan was executed"
	[ "$(tr '\n' , <executed)" = "5 0c,6 05," ]
	[ "$(slot_of before 7 121)" = "$(slot_of memory 7 121)" ]
	nothing_kept
}

@test "the sh script undoes a lap that the ITS does not begin" {
	local by
	for by in dd devmem; do
		run_tool 0 -s sim -t 50 inject 1 0 --emit=devmem
		fake_target 5
		FAKE=dead run run_fake $by
		ended 5 "CREADR stays at slot 5; nothing was executed, and the ring is as it was"
		cmp before memory
		[ ! -s executed ]
		nothing_kept
	done
	# One that begins after all.
	fake_target 5
	FAKE=late run run_fake dd
	ended 0 "2 of 2 commands executed"
	cmp before memory
	nothing_kept
}

@test "the sh script keeps the history of a lap that stalls, and says where" {
	run_tool 0 -s sim -t 50 inject 1 0 --emit=devmem
	fake_target 5
	FAKE=stall run run_fake dd
	ended 5 "CREADR at slot 6, CWRITER at slot 4, stalled: 1"
	[[ "$output" == *"what the ring held before is in $PWD/kept/its."*"/history" ]]
	cmp kept/its.*/history <(tail -c +131073 before | head -c 4096)
}

@test "the sh script where the kernel does not let RAM be reached: one line, and exit 4" {
	local plain
	for plain in "" "--plain --force"; do
		run_tool 0 -s sim inject 1 0 --emit=devmem $plain
		fake_target 5
		FAKE=strict run run_fake devmem
		ended 4 "STRICT_DEVMEM"
		[ "${#lines[@]}" -eq 1 ] || { echo "$output"; return 1; }
		head -c 65536 memory >short
		DEV_MEM=short run run_fake dd
		ended 4 "STRICT_DEVMEM"
		[ "${#lines[@]}" -eq 1 ]
		cmp before memory
		nothing_kept
	done
}

@test "the sh script goes on through SIGQUIT and SIGPIPE" {
	run_tool 0 -s sim inject 1 0 --emit=devmem
	fake_target 5
	FAKE=signal run run_fake dd
	ended 0 "2 of 2 commands executed"
	cmp before memory
}
