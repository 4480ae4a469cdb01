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
	unset NO_COLOR
	tmux -S "$socket" -f /dev/null new-session -d -x 110 -y 40 "'$ITS_TOOL' $*; echo left \$?; sleep 60"
	waits 'pending.*>$'
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
	tmux -S "$socket" kill-server
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
	# A line, and a block, that are given up.
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
