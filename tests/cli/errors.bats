#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Bad input: one clear message with cause and way out, its exit code, and nothing on stdout.

load helpers

silent() { [ -z "$out" ] || { echo "stdout: $out"; return 1; }; }

@test "usage errors are exit 2" {
	run_tool 2 -s sim --pending; says '--pending needs a command'; says 'it goes with: dump'; silent
	run_tool 2 frobnicate; says "unknown command 'frobnicate'"; silent
	run_tool 2 -s sim dmup; says "did you mean 'dump'"
	run_tool 2 --jsn dump; says 'unknown option --jsn'; says 'did you mean --json'
	run_tool 2 -x dump; says 'unknown option -x'
	run_tool 2 -s; says 'needs a value'
	run_tool 2 -s nosuch dump; says 'nosuch'
	run_tool 2 -s sim -t 0 dump; says "'0' is not a number that fits"
	run_tool 2 -s sim -t 10x dump; says '10x'
	run_tool 2 -s sim watch --for 86400001; says 'for MS takes a whole number from 1 to 86400000$'
	run_tool 2 -s sim dump extra; says 'takes no arguments'
	run_tool 2 -s sim inject 1; says 'takes DEVICE EVENT; 1 argument was given'
	run_tool 2 -s sim inject 1 2 3; says '3 arguments were given'
	run_tool 2 -s sim inject 1 x; says "EVENT 'x'"
	run_tool 2 -s sim list --plain; says "does not go with 'list'"
	run_tool 2 -s sim --color=red dump; says "color takes auto, always or never, not 'red'"
	run_tool 2 -s sim --color=alwys dump; says 'did you mean always\?'
	run_tool 2 -s sim inject 1 0 --emit=gbd; says "emit takes cmm, gdb or devmem, not 'gbd'"; says 'did you mean gdb\?'
	run_tool 2 -s sim regs GITS_NOSUCH; says "not a register"
	run_tool 2 -s sim regs GITS_CREADER; says 'did you mean GITS_CREADR'
	run_tool 2 -s sim -i 7 dump; says '7'
}

@test "bad commands name the word that is wrong" {
	run_tool 2 -s sim send FOO; says "'FOO' is not an ITS command"; silent
	run_tool 2 -s sim send INT DeviceID=1; says 'EventID is missing'
	run_tool 2 -s sim send INT DeviceID=1 EventID=0 pINTID=1; says "has no field 'pINTID'"
	run_tool 2 -s sim send INT DeviceID=1 EventID=0x100000000; says 'does not fit'
	run_tool 2 -s sim send INT DeviceID=1 DeviceID=1 EventID=0; says 'two values for DeviceID'
	run_tool 2 -s sim send INT DeviceID=1 EventID=0 trailing; says 'is not FIELD=VALUE'
	run_tool 2 -s sim send 'INT DeviceID=1 EventID=0;;'; says 'empty command'
}

@test "a word that is close to one that exists is asked for" {
	run_tool 2 -s sim send INVL DeviceID=1; says 'did you mean INV(ALL)?\?'
	run_tool 2 -s sim send MAPIT DeviceID=1; says 'did you mean MAPTI\?'
	run_tool 2 -s sim send INV DeviceID=1 EvntID=0; says 'did you mean EventID\? its fields are DeviceID, EventID'
	run_tool 2 -s sim send FROBNICATE; says 'commands: '
	run_tool 2 -s sin dump; says 'did you mean sim\? sources: devmem'
	run_tool 2 -s captur:x dump; says 'did you mean capture\?'
	run_tool 2 -s sim:stalled,slost=64 dump; says 'did you mean slots\? options: '
	run_tool 6 -s sim:stalld dump; says 'did you mean sim:stall(ed)?\?'
	run_tool 2 -s sim:set=CREADER:0 dump; says 'did you mean CREADR\?'
	run_tool 2 -s sim:set=GITS_CWRTER:0 dump; says 'did you mean GITS_CWRITER\?'
	run_tool 2 -s sim regs TYPR; says 'did you mean [A-Z_]*TYPER\?'
	run_tool 2 -s sim ls; says "did you mean 'list'"
	run_tool 2 -s sim xy; says 'try its-tool --help'
	for line in 'CREADER.Stalled == 0|CREADR' 'CREADR.Staled == 0|Stalled' 'pendng == 0|pending' 'map 1:0 pintd == 1|pintid'; do
		echo "expect ${line%|*}" >"$BATS_TEST_TMPDIR/script"
		run_tool 2 -s sim run "$BATS_TEST_TMPDIR/script"; says "did you mean ${line#*|}\?"
	done
}

@test "a FILE of devmem that cannot be used is no fault of the kernel's" {
	tree="$BATS_TEST_TMPDIR/tree.dtb"
	dtc -q -O dtb -o "$tree" "$BATS_TEST_DIRNAME/../fixtures/boards.dts"
	for file in "$BATS_TEST_TMPDIR/none" "$BATS_TEST_TMPDIR"; do
		run_tool 4 -s "devmem:$file" -d "$tree" -i 0 dump
		says "open $file .*: (No such file or directory|Is a directory)"
		says 'wants a FILE like /dev/mem'
		[[ $err != *CONFIG_DEVMEM* && $err != *root* ]]
	done
}

@test "no device tree, none with an ITS, a broken one" {
	run_tool 6 -d /nonexistent -s sim dump; says 'cannot open /nonexistent: '
	run_tool 6 -d /tmp -s sim dump; says 'cannot read /tmp: '
	head -c 20 /dev/zero >"$BATS_TEST_TMPDIR/bad.dtb"
	run_tool 6 -d "$BATS_TEST_TMPDIR/bad.dtb" -s sim dump; silent
	echo '/dts-v1/; / { };' | dtc -q -O dtb -o "$BATS_TEST_TMPDIR/empty.dtb"
	run_tool 3 -d "$BATS_TEST_TMPDIR/empty.dtb" -s sim list; says 'no arm,gic-v3-its node'; says '-s sim'
	if [ ! -e /sys/firmware/fdt ]; then
		run_tool 3 list; says 'no ITS found'; says '-s sim'; silent
	fi
}

@test "a DTB cut at any length is an error or no ITS, never a crash" {
	dtc -q -O dtb -o "$BATS_TEST_TMPDIR/board.dtb" "$BATS_TEST_DIRNAME/../../src/memory/lab-board.dts"
	size=$(stat -c %s "$BATS_TEST_TMPDIR/board.dtb")
	for ((n = 0; n < size; n += 97)); do
		head -c "$n" "$BATS_TEST_TMPDIR/board.dtb" >"$BATS_TEST_TMPDIR/cut.dtb"
		run_tool 6 -d "$BATS_TEST_TMPDIR/cut.dtb" -s sim list
	done
}

@test "registers that make no sense: exit 6, and what can be read is shown" {
	run_tool 6 -s sim:set=GITS_CBASER:0 dump; says 'Valid is 0'; shows 'GITS_CREADR'
	run_tool 6 -s sim:set=GITS_CREADR:0x10000 dump; says 'CREADR points at offset 0x10000, outside the ring'
	run_tool 6 -s sim:set=GITS_CWRITER:0xfffe0 dump; says 'CWRITER points at offset'
	run_tool 6 -s sim:set=GITS_CBASER:0x8000000000000000 dump
	run_tool 6 -s sim:set=GITS_CBASER:0 inject 1 0; says 'Valid is 0'
	run_tool 6 -s sim:set=GITS_CBASER:0 dump --json; json '.its[0].error.exit_status' 6
}

@test "several ITSs: reads show all, a write needs a choice" {
	dtc -q -O dtb -o "$BATS_TEST_TMPDIR/two.dtb" "$BATS_TEST_DIRNAME/../fixtures/boards.dts"
	run_tool 0 -s "sim:$BATS_TEST_TMPDIR/two.dtb" dump --json
	json '.its | length' 2
	run_tool 2 -s "sim:$BATS_TEST_TMPDIR/two.dtb" send SYNC RDbase=0
	says 'choose with --its'
	run_tool 2 -s "sim:$BATS_TEST_TMPDIR/two.dtb" -i 2 dump
	says 'disabled'
	run_tool 0 -s "sim:$BATS_TEST_TMPDIR/two.dtb" -i its@60000 dump --json
	json '[.its[].index]' '[1]'
	run_tool 0 -s "sim:$BATS_TEST_TMPDIR/two.dtb" list --json
	json '[.its[] | [.index, .available]]' '[[0,true],[1,true],[2,false]]'
	run_tool 0 -s "sim:$BATS_TEST_TMPDIR/two.dtb" -i 1 send SYNC RDbase=0
}

@test "help and version are on stdout, exit 0" {
	run_tool 0 --version; shows '^its-tool [0-9]+\.[0-9]+\.[0-9]+$'
	run_tool 0 --help; shows 'Usage'; shows 'inject DEVICE EVENT'
	run_tool 0 send --help; shows 'FIELD=VALUE'; shows '--force'
	page=$out
	run_tool 0 help send; [ "$out" = "$page" ]
	run_tool 0 --help; page=$out
	run_tool 0 help; [ "$out" = "$page" ]
	run_tool 2 help dmup; says "did you mean 'dump'"; silent
	# A heading stands over something.
	for command in $(its-tool --dump-cli | jq -r '.commands[].name'); do
		run_tool 0 $command --help
		[[ ${out##*$'\n'} != *: ]] || { echo "$out"; return 1; }
	done
}

@test "options stand anywhere, whatever the environment says of it" {
	POSIXLY_CORRECT=1 run_tool 0 -s sim dump --last 1
	shows CREADR
	POSIXLY_CORRECT=1 run_tool 0 -s sim -- dump
}

@test "text that is no UTF-8 is valid JSON, and as long as it was" {
	run_tool 0 -j explain "ITS: using cache flushing for cmd queue"$'\xff'"$(printf 'x%.0s' {1..400})"
	json '.messages[0].line[39:41], (.messages[0].line | length)' $'"?x"\n440'
}

@test "output that cannot be written is an error, a closed pipe is quiet" {
	run bash -c '"$ITS_TOOL" -s sim dump >/dev/full'
	[ "$status" -ne 0 ]
	for arguments in --help 'help dump' --version --dump-cli; do
		run bash -c "'$ITS_TOOL' $arguments >/dev/full"
		[ "$status" = 1 ]
		[ "$output" = 'its-tool: cannot write to standard output' ]
		run bash -c "'$ITS_TOOL' $arguments >&-"
		[ "$status" = 1 ]
	done
	run bash -c '"$ITS_TOOL" -s sim dump --all | head -1'
	[ "$status" = 0 ]
	[ "${#lines[@]}" = 1 ]
}

@test "a board's device tree on a machine that is no Arm: exit 4, and nothing is mapped" {
	case $(uname -m) in aarch64 | arm*) skip "this is an Arm" ;; esac
	dtc -q -O dtb -o "$BATS_TEST_TMPDIR/board.dtb" "$BATS_TEST_DIRNAME/../../src/memory/lab-board.dts"
	run_tool 4 -d "$BATS_TEST_TMPDIR/board.dtb" dump
	says 'this machine is no Arm'
}
