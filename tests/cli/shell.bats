#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# shell: in a real terminal (tmux), and on a plain stream.

load helpers

setup() {
	export XDG_STATE_HOME=$BATS_TEST_TMPDIR/state INPUTRC=/dev/null TERM=screen
	socket=$BATS_TEST_TMPDIR/tmux
}

teardown() {
	tmux -S "$socket" kill-server 2>/dev/null || :
}

# terminal ARGUMENTS...: its-tool in a terminal of its own.
terminal() {
	[ "${QUIET:-}" ] || unset NO_COLOR
	tmux -S "$socket" -f /dev/null new-session -d -x 110 -y 40 "'$ITS_TOOL' $*; echo left \$?; sleep 60"
	waits '(pending|idle|STALLED)>$'
}

# closed: another terminal may be opened; a server that is leaving still has its socket.
closed() {
	tmux -S "$socket" kill-server
	socket=${socket}x
}

keys() { tmux -S "$socket" send-keys "$@"; }

# waits PATTERN: until the last line that is not empty has it.
waits() {
	for ((i = 0; i < 100; i++)); do
		screen=$(tmux -S "$socket" capture-pane -pJ)
		# Blanks at the end are not kept by every tmux.
		sed 's/ *$//; /^$/d' <<<"$screen" | tail -n 1 | grep -qE -- "$1" && return
		sleep 0.05
	done
	echo "the last line has no '$1':"
	echo "$screen"
	return 1
}

# seen PATTERN: some line of the screen has it.
seen() {
	tmux -S "$socket" capture-pane -pJ | grep -qE -- "$1" ||
		{ echo "no '$1' on the screen:"; tmux -S "$socket" capture-pane -pJ; return 1; }
}

has_readline() {
	ldd "$ITS_TOOL" | grep -q readline || skip "built without readline"
}

@test "a terminal: completion of commands, options, mnemonics, fields, registers and what is mapped" {
	has_readline
	terminal -s sim shell
	keys inj Tab; waits '> inject$'
	keys Tab; waits '> inject 1$'
	keys Tab; waits '> inject 1 0$'
	keys Enter; waits 'ITS 0: 0 pending>$'
	seen 'the interrupt arrived'
	keys 'dump --la' Tab; waits '> dump --last$'
	keys C-u 'send mapt' Tab; waits '> send MAPTI$'
	keys C-u 'send INV dev' Tab; waits '> send INV DeviceID=$'
	keys Tab; waits '> send INV DeviceID=1$'
	keys eve Tab; waits 'EventID=$'
	keys Tab; waits 'EventID=0$'
	keys C-u 'regs gits_cre' Tab; waits '> regs GITS_CREADR$'
	keys C-u 'expect CREADR.st' Tab; waits '> expect CREADR.Stalled$'
	keys C-u 'expect map ' Tab; waits '> expect map 1:0$'
	keys pin Tab; waits '> expect map 1:0 pintid$'
	keys C-u 'inject dum' Tab; waits '> inject dummy@1a00a0000$'
	keys C-u 'help exp' Tab; waits '> help exp'
	keys C-u 'repeat 2 { rec' Tab; waits '> repeat 2 \{ recover$'
	keys C-u "include $BATS_TEST_DIRNAME/../../examples/lab-b" Tab; waits 'lab-board.its$'
	keys C-u C-d; waits '^left 0$'
}

@test "a terminal: completion of values, of expectations, and of what follows them" {
	has_readline
	terminal -s sim shell
	keys 'expect CREA' Tab; waits '> expect CREADR\.$'
	keys C-u 'expect crea' Tab; waits '> expect creadr$'
	keys C-u 'regs CREA' Tab; waits '> regs CREADR$'
	keys C-u 'map --device 1 --event ' Tab; waits '> map --device 1 --event 0$'
	keys C-u 'map --device=1 --event=' Tab; waits '> map --device=1 --event=0$'
	keys C-u 'map --event ' Tab; waits '> map --event 0$'
	keys C-u 'map --lpi ' Tab; waits '> map --lpi 8192$'
	keys C-u 'inject --emit=g' Tab; waits '> inject --emit=gdb$'
	keys C-u 'send INV DeviceID=1 ' Tab; waits '> send INV DeviceID=1 EventID=$'
	keys C-u 'expect exit 7: inj' Tab; waits '> expect exit 7: inject$'
	keys Tab; waits '> expect exit 7: inject 1$'
	keys Tab; waits '> expect exit 7: inject 1 0$'
	keys wi Tab; sleep 0.2; waits '> expect exit 7: inject 1 0 wi$'
	keys C-u 'expect exit 7: dump --la' Tab; waits '> expect exit 7: dump --last$'
	keys C-u 'expect pending == 0 ' Tab; waits '> expect pending == 0 within$'
	keys '5 ' Tab; sleep 0.2; waits '> expect pending == 0 within 5$'
	keys C-u 'expect irq 1:0 +1 s' Tab; waits '> expect irq 1:0 \+1 since$'
	keys Tab; waits '> expect irq 1:0 \+1 since mark$'
	keys Tab; waits '> expect irq 1:0 \+1 since mark within$'
	keys C-u 'expect map 1:0 state == m' Tab; waits '== mapped$'
	keys C-u 'expect map 1:0 icid == ' Tab; waits '== unknown$'
	keys C-u 'expect BASER1.Type == col' Tab; waits '== collections$'
	keys C-u C-d; waits '^left 0$'
}

@test "a terminal: history is kept, for its user alone" {
	has_readline
	(umask 000; terminal -s sim shell)
	keys 'echo one' Enter; waits 'pending>$'
	keys ' echo not this' Enter; waits 'pending>$'
	keys 'echo two' Enter; waits 'pending>$'
	keys C-d; waits '^left 0$'
	history=$XDG_STATE_HOME/its-tool/history
	[ "$(cat "$history")" = "$(printf 'echo one\necho two')" ]
	[ "$(stat -c %a "$history")" = 600 ]
	[ "$(stat -c %a "$XDG_STATE_HOME/its-tool")" = 700 ]
	closed
	chmod 644 "$history"
	terminal -s sim shell
	keys Up Up; waits '> echo one$'
	keys C-u C-d; waits '^left 0$'
	[ "$(stat -c %a "$history")" = 600 ]
}

@test "a terminal: Ctrl-C stops a command, not the shell" {
	terminal -s sim shell
	keys 'sleep 100000' Enter; sleep 0.2
	keys C-c; waits 'pending>$'
	keys 'repeat 1000000000 { }' Enter; sleep 0.2
	keys C-c; waits 'pending>$'
	keys 'repeat 1000 { sleep 100 }' Enter; sleep 0.3
	keys C-c; waits 'pending>$'
	keys 'watch' Enter; waits 'Ctrl-C ends'
	keys C-c; waits 'pending>$'
	seen '0 commands in'
	keys 'expect pending == 7 within 100000' Enter; sleep 0.2
	keys C-c; waits 'pending>$'
	seen 'expect pending == 7 within 100000: interrupted$'
	keys 'explain -' Enter; sleep 0.2
	keys C-c; waits 'pending>$'
	seen 'explain -: interrupted$'
	# A line, and a block, that are given up; what follows at once is not.
	keys 'abc' C-c 'echo hello' Enter; waits 'pending>$'
	sleep 0.2; seen '(^|> )hello$'
	keys 'inject 1 0' C-c; waits 'pending>$'
	keys 'repeat 2 {' Enter; waits '^>$'
	keys C-c; waits 'pending>$'
	keys 'echo still here' Enter; waits 'pending>$'
	seen '^still here$'
	keys C-d; waits '^left 0$'
}

@test "a terminal: the prompt shows what is pending, red when stalled" {
	has_readline
	terminal -s sim:stalled shell
	waits '^ITS 0: 5 pending, STALLED>$'
	tmux -S "$socket" capture-pane -pe | grep -q $'\033\[[0-9;]*31m.*STALLED'
	keys 'recover' Enter; waits '^ITS 0: 0 pending>$'
	! tmux -S "$socket" capture-pane -pe | tail -n 1 | grep -q $'\033\[[0-9;]*31m'
	# A long line wraps where it should: the colours take no room.
	keys exit Enter; waits '^left 0$'
}

red() { tmux -S "$socket" capture-pane -pe | grep -q $'\033\[[0-9;]*31m.*STALLED'; }

@test "a terminal: colours are those that were asked for, without readline too" {
	terminal -s sim:stalled shell '|' cat
	red
	closed
	for arguments in '-s sim:stalled --color=never shell' '-s sim:stalled --color=never shell | cat'; do
		terminal $arguments
		! red
		closed
	done
	export NO_COLOR=1
	QUIET=1 terminal -s sim:stalled shell
	! red
	closed
	QUIET=1 terminal -s sim:stalled --color=always shell
	red
}

@test "a terminal: of many ITSs the prompt names those that are not idle" {
	sed '/its2: /,/};/ { /status/d }; /its2: /i its@a0000 { compatible = "arm,gic-v3-its"; reg = <0xa0000 0x20000>; }; \
		its@c0000 { compatible = "arm,gic-v3-its"; reg = <0xc0000 0x20000>; }; \
		its@e0000 { compatible = "arm,gic-v3-its"; reg = <0xe0000 0x20000>; };' \
		"$BATS_TEST_DIRNAME/../fixtures/boards.dts" | dtc -q -O dtb -o "$BATS_TEST_TMPDIR/six.dtb"
	terminal -s "sim:$BATS_TEST_TMPDIR/six.dtb,stall" shell
	waits '^ITSs: 6 idle>$'
	keys 'send -i 5 --plain --force RAW 0xff 0 0 0' Enter; waits '^ITS 5: 1 pending, STALLED, \+5 idle>$'
	red
	for its in 0 1 2 3; do
		keys "send -i $its --plain --force RAW 0xff 0 0 0" Enter; waits "ITS $its: 1 pending"
	done
	waits 'ITS 3: 1 pending, STALLED, \+1 STALLED, \+1 idle>$'
}

@test "a terminal without readline: Ctrl-C gives the line up, not the next one" {
	terminal -s sim shell '>' "$BATS_TEST_TMPDIR/out"
	keys 'abc' C-c 'echo hello' Enter
	for ((i = 0; i < 40; i++)); do [ -s "$BATS_TEST_TMPDIR/out" ] && break; sleep 0.05; done
	[ "$(cat "$BATS_TEST_TMPDIR/out")" = hello ]
	keys 'sleep 100000' Enter; sleep 0.2
	keys C-c; waits 'pending>$'
	keys C-d; waits '^left 0$'
}

@test "Ctrl-C leaves a command that writes its time, and its answer" {
	terminal -s sim:slow=300 shell
	keys 'inject 1 0' Enter; sleep 0.2
	keys C-c; waits 'pending>$'
	seen '2 of 2 commands executed'
	seen 'the interrupt arrived'
}

@test "help, exit and quit are read as other lines are" {
	has() { grep -qE -- "$1" "$BATS_TEST_TMPDIR/err" || { cat "$BATS_TEST_TMPDIR/err"; return 1; }; }
	status=0
	type_in() { status=0; printf '%s\n' "$@" | its-tool -s sim shell >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err" || status=$?; }
	for leave in exit 'exit # x' ' quit' "'exit'" '"quit" '; do
		type_in 'inject 99 0' "$leave" 'echo not this'
		[ "$status" = 7 ]
		! grep 'not this' "$BATS_TEST_TMPDIR/out"
	done
	type_in 'exit 3' 'echo on'
	[ "$status" = 0 ]
	has '^its-tool: exit takes no words; here is 1 word$'
	type_in 'help a b'
	[ "$status" = 6 ]
	has 'help takes \[COMMAND\]; here are 2 words$'
	type_in 'help injekt'
	[ "$status" = 2 ]
	has "unknown command 'injekt'"
	has "did you mean 'inject'"
	type_in 'help help' 'help exit' "help 'dump'"
	grep -q '^  help \[COMMAND\] ' "$BATS_TEST_TMPDIR/out"
	grep -q '^  exit  *leave' "$BATS_TEST_TMPDIR/out"
	grep -q '^Usage: its-tool \[OPTIONS\] dump' "$BATS_TEST_TMPDIR/out"
}

@test "long lines are refused, long blocks are not slow" {
	# More than a block may have.
	(head -c 4200000 /dev/zero | tr '\0' x; printf '\necho on\n') >"$BATS_TEST_TMPDIR/in"
	[ "$(its-tool -s sim shell <"$BATS_TEST_TMPDIR/in" 2>"$BATS_TEST_TMPDIR/err")" = on ]
	grep -q 'more than the 4194304 bytes that a line or a block may have' "$BATS_TEST_TMPDIR/err"
	got=0; head -n 1 "$BATS_TEST_TMPDIR/in" | its-tool -s sim shell 2>/dev/null || got=$?
	[ "$got" = 6 ]
	(echo 'repeat 1 {'; yes 'set A 1' | head -n 30000; printf 'echo $A\n}\n') >"$BATS_TEST_TMPDIR/in"
	[ "$(timeout 20 "$ITS_TOOL" -s sim shell <"$BATS_TEST_TMPDIR/in")" = 1 ]
}

@test "a block over several lines, and help" {
	terminal -s sim shell
	keys 'repeat 2 {' Enter; waits '^>$'
	keys 'echo in the block' Enter; waits '^>$'
	keys '}' Enter; waits 'pending>$'
	seen '^in the block$'
	keys 'help inject' Enter; waits 'pending>$'
	seen '^Usage: its-tool \[OPTIONS\] inject DEVICE EVENT'
	keys 'help expect' Enter; waits 'pending>$'
	seen '^  expect WHAT OPERATOR VALUE'
	keys exit Enter; waits '^left 0$'
}

@test "a plain stream: the status is that of the last line, and a failure ends nothing" {
	printf 'inject 99 0\necho on\nset A 5\nrepeat 2 {\n echo $A\n}\nexpect irq 1:0 +0\n' >"$BATS_TEST_TMPDIR/in"
	its-tool -s sim shell <"$BATS_TEST_TMPDIR/in" >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err"
	[ "$(tail -n 3 "$BATS_TEST_TMPDIR/out")" = "$(printf 'on\n5\n5')" ]
	grep -q 'not mapped' "$BATS_TEST_TMPDIR/err"
	[ ! -e "$XDG_STATE_HOME" ]
	got=0; echo 'inject 99 0' | its-tool -s sim shell 2>/dev/null >&2 || got=$?
	[ "$got" = 7 ]
	got=0; printf 'repeat 2 {\n' | its-tool -s sim shell 2>"$BATS_TEST_TMPDIR/err" || got=$?
	[ "$got" = 6 ]
	grep -q 'not closed' "$BATS_TEST_TMPDIR/err"
	# What a command reads from standard input is not the shell's.
	printf 'explain -\nITS queue timeout (9088 513)\n' | its-tool -s sim shell | grep -q STALLED
	# JSON stays JSON, one document a line.
	[ "$(printf 'list\ninject 99 0\n' | its-tool -s sim -j shell 2>/dev/null | jq -c .schema_version | tr -d '\n')" = 11 ]
}

@test "what is wrong in a file that the shell includes is told with its place" {
	printf 'echo\nexpect pending == 1\n' >"$BATS_TEST_TMPDIR/a"
	printf '\ninject 99 0\n' >"$BATS_TEST_TMPDIR/b"
	printf '%s\n' "include $BATS_TEST_TMPDIR/a" "include $BATS_TEST_TMPDIR/b" 'expect pending == 2' 'include nosuch' |
		its-tool -s sim shell 2>"$BATS_TEST_TMPDIR/err" || :
	err=$(cat "$BATS_TEST_TMPDIR/err")
	says '/a:2: expect pending == 1: found 0'
	says '/b:2: command 1, INV: DeviceID 0x63'
	says '^its-tool: expect pending == 2: found'
	says '^its-tool: cannot open nosuch'
}

@test "run is a command of the shell; shell is not" {
	echo 'echo from the script' >"$BATS_TEST_TMPDIR/a"
	out=$(echo "run $BATS_TEST_TMPDIR/a" | its-tool -s sim shell)
	[ "$out" = 'from the script' ]
	got=0; echo shell | its-tool -s sim shell 2>"$BATS_TEST_TMPDIR/err" || got=$?
	[ "$got" = 2 ]
	echo 'run self' >"$BATS_TEST_TMPDIR/self"
	cd "$BATS_TEST_TMPDIR"
	got=0; echo "run self" | its-tool -s sim shell 2>"$BATS_TEST_TMPDIR/err" || got=$?
	[ "$got" = 2 ]
}

@test "Ctrl-C drops what a reader that does not read has not got yet; the shell goes on" {
	mkfifo "$BATS_TEST_TMPDIR/in" "$BATS_TEST_TMPDIR/out"
	for json in '' -j; do
		"$ITS_TOOL" -s sim $json shell <"$BATS_TEST_TMPDIR/in" >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err" &
		pid=$!
		exec 7>"$BATS_TEST_TMPDIR/in" 8<"$BATS_TEST_TMPDIR/out"
		echo 'repeat 2 { dump --all }' >&7
		sleep 0.5
		kill -s INT $pid
		echo 'echo after' >&7
		exec 7>&-
		cat <&8 >"$BATS_TEST_TMPDIR/got"
		exec 8>&-
		wait $pid
		# A pipe has 64 KiB, the rings nearly twice that.
		[ "$(wc -c <"$BATS_TEST_TMPDIR/got")" -lt 80000 ]
		! grep -q 'cannot write' "$BATS_TEST_TMPDIR/err"
		[ "$json" ] || tail -n 1 "$BATS_TEST_TMPDIR/got" | grep -q 'after$'
	done
}

@test "Ctrl-C in the middle of a script's document: the next has a line of its own" {
	mkfifo "$BATS_TEST_TMPDIR/in" "$BATS_TEST_TMPDIR/out"
	printf 'dump --all\ndump --all\n' >"$BATS_TEST_TMPDIR/script"
	"$ITS_TOOL" -j -s sim shell <"$BATS_TEST_TMPDIR/in" >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err" &
	pid=$!
	exec 7>"$BATS_TEST_TMPDIR/in" 8<"$BATS_TEST_TMPDIR/out"
	echo "run $BATS_TEST_TMPDIR/script" >&7
	sleep 0.5
	kill -s INT $pid
	echo list >&7
	exec 7>&-
	cat <&8 >"$BATS_TEST_TMPDIR/got"
	exec 8>&-
	wait $pid
	tail -n 1 "$BATS_TEST_TMPDIR/got" | jq -e '.its | length == 1'
}

# plain ARGUMENTS...: the shell with what is written to descriptor 7 as its input.
plain() {
	rm -f "$BATS_TEST_TMPDIR/in"
	mkfifo "$BATS_TEST_TMPDIR/in"
	timeout -s KILL 20 "$ITS_TOOL" "$@" shell <"$BATS_TEST_TMPDIR/in" 2>"$BATS_TEST_TMPDIR/err" &
	shell=$!
	exec 7>"$BATS_TEST_TMPDIR/in"
	until tool=$(pgrep -P $shell); do sleep 0.02; done
}

@test "SIGTERM and SIGHUP during a watch end the shell, too" {
	for signal in TERM:143 HUP:129; do
		plain -s sim >"$BATS_TEST_TMPDIR/out"
		echo watch >&7
		until grep -q 'Ctrl-C ends' "$BATS_TEST_TMPDIR/out"; do sleep 0.05; done
		kill -s ${signal%:*} "$tool"
		got=0; wait $shell || got=$?
		exec 7>&-
		[ "$got" = ${signal#*:} ]
		grep -q '^0 commands in ' "$BATS_TEST_TMPDIR/out"
	done
}

@test "a second Ctrl-C ends a watch that nobody reads, and not the shell" {
	mkfifo "$BATS_TEST_TMPDIR/fifo"
	sleep 100 <"$BATS_TEST_TMPDIR/fifo" 3>&- &
	reader=$!
	plain -s sim:post-every=1,posts=400 >"$BATS_TEST_TMPDIR/fifo"
	echo watch >&7
	sleep 1.5
	kill -s INT "$tool"
	sleep 0.2
	kill -s INT "$tool"
	# What is told next is told of another command; and it has all the time that it needs.
	echo "capture $BATS_TEST_TMPDIR/captured" >&7
	echo 'sleep 1000' >&7
	exec 7>&-
	got=0; wait $shell || got=$?
	kill $reader
	cat "$BATS_TEST_TMPDIR/err"
	[ "$got" = 0 ]
	[ -s "$BATS_TEST_TMPDIR/captured" ]
}

@test "a reader of watch that has gone leaves no line behind it unsaid" {
	(echo watch; sleep 1; echo "capture $BATS_TEST_TMPDIR/captured") |
		its-tool -s sim:post-every=1 shell 2>/dev/null | head -n 3
	[ -s "$BATS_TEST_TMPDIR/captured" ]
}

@test "Ctrl-C while a watch still reads the board ends it, and does not silence it" {
	for delay in 0.02 0.04 0.06 0.08; do
		plain -s sim:events=10000,slots=32768,fill >/dev/null
		sleep 0.3
		echo watch >&7
		sleep $delay
		kill -s INT "$tool"
		echo "echo after" >&7
		exec 7>&-
		got=0; wait $shell || got=$?
		[ "$got" = 0 ]
	done
}
