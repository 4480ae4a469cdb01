#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# run: scripts over one simulated board, what they expect, and how they are reported.

load helpers

# script NAME: stdin becomes a script of that name in a directory of its own.
script() {
	mkdir -p "$BATS_TEST_TMPDIR/s"
	cat >"$BATS_TEST_TMPDIR/s/$1"
}

# run_script STATUS NAME ARGUMENTS...: runs it on the simulator. SOURCE and OPTIONS may say more.
run_script() {
	local want=$1 name=$2
	shift 2
	run_tool "$want" -s "${SOURCE-sim}" ${OPTIONS-} run "$BATS_TEST_TMPDIR/s/$name" "$@"
}

@test "the board lives on from line to line" {
	script a <<-'EOF'
		inject 1 0
		inject 1 0
		expect irq 1:0 +1 within 100
		expect irq 1:0 +2 since mark
	EOF
	run_script 0 a
	shows 'count 0 -> 1 on CPU 0'
	shows 'count 1 -> 2 on CPU 0'
}

@test "a line's options are the line's; the tool's own hold for all" {
	script a <<-'EOF'
		dump --all --last 3
		dump --json --last 1
		dump --all --last 2
	EOF
	run_script 0 a
	[ "$(grep -c ' done ' <<<"$out")" = 5 ]
	[ "$(grep -c '^{' <<<"$out")" = 1 ]
	OPTIONS="-n" run_script 0 a
	script b <<<'inject 1 0'
	OPTIONS="-n" run_script 0 b
	shows 'Nothing was written'
	for option in '-s sim' '--dtb x' '--acpi x' '-V' '--dump-cli'; do
		script c <<<"list $option"
		run_script 2 c
		says "s/c:1: --.* is for its-tool's own command line"
	done
	script d <<<'inject --last 3 1 0'
	run_script 2 d
	says "s/d:1: --last does not go with 'inject'"
	script e <<<'list --help'
	run_script 0 e
	shows '^Usage: its-tool \[OPTIONS\] list'
}

@test "registers: fields, whole, of one redistributor or of all" {
	script a <<-'EOF'
		expect CREADR.Stalled == 0
		expect gits_creadr == 0x2a0
		expect GITS_CREADR.Offset > 0x100
		expect GITS_CTLR.Enabled != 0
		expect BASER0.Type == devices
		expect baser0.type != 4
		expect GICD_CTLR.EnableGrp1 == 1
		expect GICR_CTLR@1.EnableLPIs == 1
		expect GICR_CTLR.EnableLPIs <= 1
		expect GICR_TYPER@1.Processor_Number == 1
	EOF
	run_script 0 a
	[ -z "$out$err" ]
	script b <<<'expect GICR_TYPER.Processor_Number == 0'
	run_script 1 b
	says 's/b:1: expect GICR_TYPER.Processor_Number == 0: found 1 \(redistributor 1\), wanted == 0'
	script c <<<'expect GICR_CTLR@7.EnableLPIs == 1'
	run_script 2 c
	says 'there are 4 redistributors, and none with index 7'
	script d <<<'expect GICR_VPROPBASER.IDbits == 1'
	run_script 1 d
	says 'this part does not have GICR_VPROPBASER'
	script e <<<'expect CREADR.Nonsense == 0'
	run_script 2 e
	says "s/e:1: GITS_CREADR has no field 'Nonsense'"
	says 'it has Stalled'
	script f <<<'expect BASER0.Type == collections'
	run_script 1 f
	says 'found 1 \(devices\), wanted == collections'
}

@test "the queue" {
	script a <<-'EOF'
		expect pending == 5
		expect stalled == 1
		expect slots == 2048
		expect creadr == 21
		expect cwriter == 26
		expect moved == 0
		recover
		expect pending == 0
		expect stalled != 1
	EOF
	SOURCE=sim:stalled run_script 0 a
	script b <<<'expect pending == 0 within 60'
	SOURCE=sim:stalled run_script 1 b
	says 'found 5, wanted == 0 within 60 ms'
}

@test "mappings" {
	script a <<-'EOF'
		expect map 1:0 state == mapped
		expect map dummy@1a00a0000:0 pintid == 8192
		expect map /soc/dummy@1a00a0000:0 icid == 0
		expect map 1:0 cpu == 0
		expect map 1:0 rdbase == 0
		expect map 1:0 enabled == 1
		expect map 1:0 priority == 0xc0
		expect map 1:0 pending == 0
		expect map 1:0 irq == 20
		expect map 1:1 state == unmapped
		expect map 1:1 state != mapped
		send --force MOVI DeviceID=1 EventID=0 ICID=1; SYNC RDbase=0x10000
	EOF
	run_script 0 a
	script b <<<'expect map 1:1 pintid == 8192'
	run_script 1 b
	says 'found not mapped, wanted == 8192'
	script b <<<'expect map 1:1 pintid == unknown'
	run_script 1 b
	says 'found not mapped, wanted == unknown'
	script c <<<'expect map nowhere:0 state == mapped'
	run_script 2 c
	script d <<<'expect map 1:0 state == lost'
	run_script 2 d
	says 'a state is mapped, unmapped or unknown'
}

@test "interrupts are counted from the last command that may write, or from the mark" {
	script a <<-'EOF'
		expect irq 1:0 +0
		repeat 3 { inject 1 0 }
		expect irq 1:0 == 1
		expect irq 1:0 +3 since mark
		mark
		expect irq 1:0 +0 since mark
		inject 1 0 --dry-run
		expect irq 1:0 +1
		inject 1 0 --count 5
		expect irq 1:0 >= 1 within 100
		dump --last 1
		expect irq 1:0 > 0 since mark
	EOF
	run_script 0 a
	script b <<-'EOF'
		inject 1 0
		expect irq 1:0 +2 within 50
	EOF
	run_script 1 b
	says 's/b:2: expect irq 1:0 \+2 within 50: found 1 \(IRQ 20: count 0 -> 1\), wanted == 2 within 50 ms'
	script c <<<'expect irq 1:1 +0'
	run_script 1 c
	says 'found no line for it in /proc/interrupts'
}

@test "expect exit: what must be refused" {
	script a <<-'EOF'
		expect exit 7: inject 99 0
		expect exit 0: inject 1 0
		expect exit 2: dump --nonsense
	EOF
	run_script 0 a
	script b <<<'expect exit 7: inject 1 0'
	run_script 1 b
	says 's/b:1: .*: found exit 0, wanted exit 7'
	script c <<<'expect exit 0: inject 99 0'
	run_script 1 c
	says 'found exit 7: .*not mapped.*, wanted exit 0'
	script d <<<'expect exit 7 inject 99 0'
	run_script 2 d
	says 'a number with a colon'
	script e <<<'expect exit 0: echo a'
	run_script 2 e
	says "'echo' is no command of its-tool"
}

@test "variables, blocks, comments and quotes" {
	script a <<-'EOF'
		set N 2 # a comment
		default N 9
		default D "1  x"
		repeat $N {
			repeat 2 { echo "$D" '$D' \$D }
		}
		repeat 0 { nothing is run here }
		set N 3
		echo $N ${N}x $A
	EOF
	sed -i '/nothing/d' "$BATS_TEST_TMPDIR/s/a"
	run_script 0 a A=5
	[ "$out" = "$(printf '%s\n' '1  x $D $D' '1  x $D $D' '1  x $D $D' '1  x $D $D' '3 3x 5')" ]
	run_script 2 a A
	says "'A' is not NAME=VALUE"
	run_script 2 a 1A=5
	says "'1A' is not the name of a variable"
	run_script 6 a
	says 's/a:8: \$A has no value'
	script b <<<'repeat many { }'
	run_script 2 b
	says "s/b:1: repeat: 'many' is not a number"
	script c <<<'sleep soon'
	run_script 2 c
	says "s/c:1: sleep: 'soon' is not a number of milliseconds"
}

@test "a typing mistake is found before anything is run" {
	for line in 'injekt 1 0' 'echo "a' 'repeat 2 {' '}' 'set 1 2' 'echo $'; do
		script a <<<"$(printf 'echo first\ninject 1 0\n%s\n' "$line")"
		got=0
		its-tool -s sim run "$BATS_TEST_TMPDIR/s/a" >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err" || got=$?
		[ "$got" = 2 ] || [ "$got" = 6 ]
		[ ! -s "$BATS_TEST_TMPDIR/out" ]
		grep -q 's/a:3: ' "$BATS_TEST_TMPDIR/err"
	done
	script b <<<'injekt 1 0'
	run_script 2 b
	says "did you mean 'inject'"
}

@test "so are mistakes behind options and expect exit, in options, expectations and files" {
	echo 'dmup' | script other
	while IFS='|' read -r line want message; do
		script a <<<"$(printf 'inject 1 0\n%s\n' "$line")"
		run_script "$want" a
		[ -z "$out" ] || { echo "'$line' was found too late: $out"; return 1; }
		says "$message"
	done <<-'EOF'
		expect exit 7: injct 1 0|2|s/a:2: unknown command 'injct'
		expect exit 2: dmup|2|s/a:2: unknown command 'dmup'
		expect exit 2: dmup --nonsense|2|s/a:2: unknown command 'dmup'
		expect exit 2: -q|2|s/a:2: options, but no command
		expect exit 2: run a|2|s/a:2: 'run' cannot be a line
		expect exit 7 inject 1 0|2|s/a:2: expect exit: a number with a colon
		-q injct 1 0|2|s/a:2: unknown command 'injct'
		--its $I injct $D 0|2|s/a:2: unknown command 'injct'
		injct --last $I 0|2|s/a:2: unknown command 'injct'
		1dump|2|s/a:2: unknown command '1dump'
		expect pendng == 0|2|s/a:2: expect: 'pendng' is neither
		expect pending == 0 --nonsense|2|s/a:2: unknown option --nonsense
		dump --lst 3|2|s/a:2: unknown option --lst
		inject 1|2|s/a:2: 'inject' takes DEVICE EVENT
		repeat 2 { repeat x { } }|2|s/a:2: repeat: 'x' is not a number
		sleep soon|2|s/a:2: sleep: 'soon'
		include nosuch|6|s/a:2: cannot open .*s/nosuch
		include other|2|s/other:1: unknown command 'dmup'
		exit|2|s/a:2: 'exit' belongs to the prompt of the shell
		help dump|2|s/a:2: 'help' belongs to the prompt
		quit|2|s/a:2: 'quit' belongs to the prompt
	EOF
	# What only a value decides waits for it, and is no command still.
	script a <<<'expect exit 2: $C'
	run_script 2 a C=dmup
	says "s/a:1: unknown command 'dmup'"
	script a <<-'EOF'
		$C --last $N
		expect exit $S: dump --nonsense
		expect $WHAT == 0
		expect exit 2: --last x dump
	EOF
	run_script 0 a C=dump N=1 S=2 WHAT=pending
	# A pipe is read once, and a file that includes itself may know when to stop.
	mkfifo "$BATS_TEST_TMPDIR/s/pipe"
	echo 'echo from the pipe' >"$BATS_TEST_TMPDIR/s/pipe" &
	script a <<-'EOF'
		repeat $N {
			set N 0
			include pipe
			include a
		}
	EOF
	run_script 0 a N=1
	[ "$out" = 'from the pipe' ]
}

@test "a byte order mark is none of the first line's" {
	printf '\xef\xbb\xbfecho a\n' | script a
	run_script 0 a
	[ "$out" = a ]
}

@test "--verbose shows each line" {
	script b <<<'echo in b'
	script a <<-'EOF'
		echo a
		repeat 1 { mark }
		include b
	EOF
	OPTIONS=-v run_script 0 a
	for line in 'a:1: echo a' 'a:2: repeat 1' 'a:2: mark' 'a:3: include b' 'b:1: echo in'; do
		says "s/$line"
	done
	out=$(echo 'echo a' | its-tool -s sim -j run - | jq -cs '[.[].file] | unique')
	[ "$out" = '["standard input"]' ]
}

@test "include: from the including file's directory, and not for ever" {
	mkdir -p "$BATS_TEST_TMPDIR/s/sub"
	script a <<-'EOF'
		include sub/b
		echo $FROM
	EOF
	script sub/b <<-'EOF'
		set FROM b
		include c
	EOF
	script sub/c <<<'echo from c'
	run_script 0 a
	[ "$out" = "$(printf 'from c\nb')" ]
	script self <<<'include self'
	run_script 6 self
	says 's/self:1: include: more than 16 files in each other'
	script gone <<<'include nowhere'
	run_script 6 gone
	says 's/gone:1: cannot open .*/s/nowhere'
	script broken <<<'echo "'
	script outer <<<'include broken'
	run_script 6 outer
	says 's/broken:1: a quote'
	script runs <<<'run a'
	run_script 2 runs
	says "'run' cannot be a line of a script"
	run_tool 6 -s sim run "$BATS_TEST_TMPDIR/nowhere"
}

@test "stops at the first failure with that command's status; --keep-going counts" {
	script a <<-'EOF'
		echo one
		inject 99 0
		expect pending == 3
		echo two
	EOF
	run_script 7 a
	says 's/a:2: command 1, INV: DeviceID 0x63 is not mapped'
	! grep -q two <<<"$out"
	run_script 7 a --keep-going
	shows two
	says 's/a:3: expect pending == 3: found 0, wanted == 3'
	says 's/a: 2 of 4 steps failed'
	script b <<<'inject 1 0'
	SOURCE=sim:set=GICR_CTLR:0 run_script 1 b
	says "s/b:1: 'inject 1 0': exit 1"
}

@test "--json: an object for each step, with the command's own document in it" {
	script a <<-'EOF'
		set D 1
		inject $D 0
		watch --for 20
		expect pending == 0
		echo "a b"
		inject 99 0
		expect slots == 5
	EOF
	OPTIONS=-j run_script 7 a --keep-going
	out=$(jq -cs . <<<"$out")
	json 'length' 8
	json '[.[] | .schema_version] | unique' '[1]'
	json '.[1] | [.type, .step, .line, .kind, .command, .ok, .exit_status]' '["step",2,2,"command","inject 1 0",true,0]'
	json '.[1].documents | [length, .[0].append.executed]' '[1,2]'
	json '[.[2].documents[].type]' '["start","summary"]'
	json '.[3] | [.kind, .found, .wanted, .ok]' '["expect","0","== 0",true]'
	json '.[4].text' '"a b"'
	json '.[5] | [.ok, .exit_status, (.documents | length)]' '[false,7,1]'
	json '.[6] | [.ok, .found, .wanted]' '[false,"2048","== 5"]'
	json '.[7] | [.type, .steps, .failed, .exit_status]' '["summary",7,2,7]'
	script b <<<'echo "'
	OPTIONS=-j run_script 6 b
	json '.error.exit_status' 6
	script c <<<'frobnicate --json'
	OPTIONS=-j run_script 2 c
	json '.error.exit_status' 2
}

@test "--tap: a test point for each command and expectation" {
	script a <<-'EOF'
		echo hello
		inject 1 0
		sleep 1
		expect pending == 0
		expect creadr == 5
		echo "never # shown"
	EOF
	run_script 1 a --tap
	[ "$(head -1 <<<"$out")" = 'TAP version 13' ]
	shows '^# hello$'
	shows '^ok 1 - .*s/a:2: inject 1 0$'
	shows '^# 2 of 2 commands executed'
	shows '^not ok 3 - .*s/a:5: expect creadr == 5$'
	shows '^  found: "21"$'
	[ "$(tail -1 <<<"$out")" = 1..3 ]
	! grep -q never <<<"$out"
	script b <<<'echo "'
	run_script 6 b --tap
	shows '^Bail out! .*a quote'
	run_script 2 a --tap --json
	if command -v prove >/dev/null; then
		printf 'expect pending == 0\nexpect slots == 2048\n' >"$BATS_TEST_TMPDIR/t"
		prove -e "$ITS_TOOL -s sim run --tap" "$BATS_TEST_TMPDIR/t"
	fi
}

@test "standard input, #!, and what needs no board" {
	out=$(printf 'echo a\nexplain "ITS queue timeout (9088 513)"\n' | its-tool run -)
	shows '^a$'
	shows 'STALLED'
	mkdir "$BATS_TEST_TMPDIR/bin"
	ln -s "$ITS_TOOL" "$BATS_TEST_TMPDIR/bin/its-tool"
	script a <<-'EOF'
		#!/usr/bin/env -S its-tool -s sim run
		expect pending == 0
		echo $WHO
	EOF
	chmod +x "$BATS_TEST_TMPDIR/s/a"
	[ "$(PATH=$BATS_TEST_TMPDIR/bin:$PATH "$BATS_TEST_TMPDIR/s/a" WHO=me)" = me ]
}

@test "a watch that a signal ends is the script's end, and whoever waits is told" {
	script a <<-'EOF'
		watch
		echo not this
	EOF
	for signal in INT:130 TERM:143 HUP:129; do
		: >"$BATS_TEST_TMPDIR/out"
		"$ITS_TOOL" -s sim run "$BATS_TEST_TMPDIR/s/a" >"$BATS_TEST_TMPDIR/out" &
		pid=$!
		until grep -q 'Ctrl-C ends' "$BATS_TEST_TMPDIR/out"; do sleep 0.05; done
		kill -s ${signal%:*} $pid
		got=0; wait $pid || got=$?
		[ "$got" = ${signal#*:} ]
		grep -q '0 commands in' "$BATS_TEST_TMPDIR/out"
		! grep -q 'not this' "$BATS_TEST_TMPDIR/out"
	done
	# A plan would make it a script of one line that went well.
	timeout -s KILL 20 "$ITS_TOOL" -s sim run --tap "$BATS_TEST_TMPDIR/s/a" >"$BATS_TEST_TMPDIR/out" &
	sleep 1
	pkill -INT -P $!
	wait $! || :
	[ "$(tail -n 1 "$BATS_TEST_TMPDIR/out")" = 'Bail out! interrupted' ]
	! grep -q '^1\.\.' "$BATS_TEST_TMPDIR/out"
}

@test "a report that cannot be written ends the script" {
	script a <<-EOF
		echo one
		capture $BATS_TEST_TMPDIR/captured
	EOF
	for options in '' --keep-going; do
		got=0; "$ITS_TOOL" -s sim -j $options run "$BATS_TEST_TMPDIR/s/a" >/dev/full 2>"$BATS_TEST_TMPDIR/err" || got=$?
		[ "$got" = 1 ]
		[ "$(grep -c 'a:1: cannot write to standard output' "$BATS_TEST_TMPDIR/err")" = 1 ]
		[ ! -e "$BATS_TEST_TMPDIR/captured" ]
	done
}

@test "registers that were typed are for lines that read" {
	script a <<-'EOF'
		regs CREADR
		inject 1 0
	EOF
	OPTIONS="--creadr 0x2a0" run_script 2 a
	shows GITS_CREADR
	says "s/a:2: 'inject' writes, and would trust a register that was not read"
}

@test "two ITSs: an expectation is about one" {
	dtc -q -O dtb -o "$BATS_TEST_TMPDIR/boards.dtb" "$BATS_TEST_DIRNAME/../fixtures/boards.dts"
	script a <<<'expect pending == 0'
	SOURCE="sim:$BATS_TEST_TMPDIR/boards.dtb" run_script 2 a
	says 'expect is about one ITS, and there are'
	script b <<<'expect pending == 0 --its 0'
	SOURCE="sim:$BATS_TEST_TMPDIR/boards.dtb" run_script 0 b
}

@test "the lab board's sequence ends with the handler's run, and fails where it cannot" {
	lab=$BATS_TEST_DIRNAME/../../examples/lab-board.its
	run_tool 0 -s sim run "$lab"
	shows '^the handler of 1:0 ran, twice$'
	run_tool 0 -s sim run "$lab" DEVICE=dummy@1a00a0000 EVENT=0
	run_tool 1 -s sim:set=GICR_CTLR:0 run "$lab"
	run_tool 1 -s sim:stalled run "$lab"
	says 'lab-board.its:[0-9]*: expect CREADR.Stalled == 0: found 1'
	run_tool 1 -s sim run "$lab" EVENT=1
	[ -x "$lab" ]
	[ "$(head -1 "$lab")" = '#!/usr/bin/env -S its-tool run' ]
}
