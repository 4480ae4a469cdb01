#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Lines that pass the width of a terminal break at words, and go on below where they began to say something.

load helpers

# wide COLUMNS ARGUMENTS...: the tool in a terminal of that width; what it shows is in $out.
wide() {
	local columns=$1
	shift
	printf '#!/bin/sh\nstty cols %s\nexec "%s" %s\n' "$columns" "$ITS_TOOL" "$*" >"$BATS_TEST_TMPDIR/command"
	chmod +x "$BATS_TEST_TMPDIR/command"
	out=$(NO_COLOR=1 script -qc "$BATS_TEST_TMPDIR/command" /dev/null </dev/null | tr -d '\r')
}

# fits COLUMNS: no line is longer.
fits() {
	! grep -E "^.{$(($1 + 1))}" <<<"$out"
}

@test "dump, map and explain fit, and lose no word" {
	for command in 'dump' 'map' 'explain 1 0'; do
		for columns in 50 60 79; do
			wide $columns "-s sim:stalled $command"
			fits $columns
			# The answer of explain is its exit status, too.
			diff <(tr -s ' \n' '\n\n' <<<"$out") <(eval "its-tool -s sim:stalled $command" | tr -s ' \n' '\n\n')
		done
	done
}

# same_words ARGUMENTS...: $out has the words that the tool says to a pipe, hints too. (A command's answer may be its status.)
same_words() {
	diff <(tr -s ' \n' '\n\n' <<<"$out") <(eval "its-tool $* 2>&1" | tr -s ' \n' '\n\n')
}

@test "list, regs, recover and what writes fit, and lose no word" {
	for command in list regs 'regs --all' recover 'recover -n' 'inject 1 0 --plain' 'inject 1 0' 'send FROB' 'inject 1'; do
		for columns in 72 80; do
			wide $columns "-s sim:stalled $command"
			fits $columns
			same_words "-s sim:stalled $command"
		done
	done
	for command in 'inject 1 0 -nv' 'send SYNC RDbase=0 -nv' 'inject 1 0 -n --plain --force'; do
		wide 60 "-s sim $command"
		fits 60
		same_words "-s sim $command"
	done
}

@test "a script for other tools keeps its lines" {
	for form in cmm gdb devmem; do
		wide 60 "-s sim inject 1 0 --emit=$form"
		diff <(its-tool -s sim inject 1 0 --emit=$form) - <<<"$out"
	done
}

@test "a field of a register stays whole" {
	its-tool -s sim regs >"$BATS_TEST_TMPDIR/regs"
	out=$(cat "$BATS_TEST_TMPDIR/regs")
	fits 100
	shows '^  GITS_BASER0  .* Page_Size=2 \(64 KiB\)$'
	shows '^                    Shareability=1 \(inner shareable\) Phys'
	wide 80 -s sim regs
	! grep -E '^ {20}[^ =]* ?[^ =]*\)|\([^)]*$' <<<"$out"
}

@test "watch fits, and what it goes on with stands below the command" {
	for columns in 60 80; do
		wide $columns -s sim:slots=128,post-every=20,posts=107 watch --count 4
		fits $columns
		shows '^ {24}/soc/dummy@1a00a0000 '
		shows '^ {24}(ring before they were read|driver went round the)'
	done
	[ "$(its-tool -s sim:post-every=2 watch --count 4 | grep -c ' -> CPU .*, IRQ 20')" = 4 ]
}

@test "the help fits, on a terminal and elsewhere" {
	for command in '' $(its-tool --dump-cli | jq -r '.commands[].name'); do
		for columns in 60 80; do
			wide $columns "help $command"
			fits $columns
			same_words help $command
		done
		out=$(its-tool help $command)
		fits 100
	done
	out=$(its-tool help run)
	shows '^  expect CREADR.Stalled == 0$'
	# A note on what an option goes with is not torn.
	wide 80 help
	! grep -E '\([a-z ]*$' <<<"$out"
}

@test "the help of the shell fits" {
	printf 'help\nhelp expect\nexit\n' >"$BATS_TEST_TMPDIR/in"
	for columns in 60 80; do
		wide $columns "-s sim shell <'$BATS_TEST_TMPDIR/in'"
		fits $columns
		shows '^  expect WHAT OPERATOR VALUE '
		same_words "-s sim shell <'$BATS_TEST_TMPDIR/in'"
	done
	# The last paragraph is one, and not lines that were made for a wider terminal.
	wide 60 help
	shows '^usage; 3 no ITS found; 4 access denied; 5 timeout or$'
}

@test "colours change no word and no line" {
	for command in list regs dump 'dump --raw' map 'explain 1 0' check recover; do
		for columns in 60 80 200; do
			wide $columns "-s sim:stalled --color=always $command"
			[[ $out == *$'\e['* ]]
			colored=$(sed 's/\x1b\[[0-9;]*m//g' <<<"$out")
			wide $columns "-s sim:stalled --color=never $command"
			diff <(cat <<<"$out") <(cat <<<"$colored")
		done
	done
}

@test "what explain says of a log fits, too" {
	wide 60 "-s sim:stalled explain 'ITS queue timeout (832 673)'"
	shows '^          [a-z]'
	grep -v '0x0000000000000000$' <<<"$out" >"$BATS_TEST_TMPDIR/rest"
	! grep -E '^.{61}' "$BATS_TEST_TMPDIR/rest"
}

@test "check breaks its findings; a word that is too long is left whole" {
	wide 70 -s sim:stalled check
	shows "^  error    stalled            the ITS is stalled at slot 21, on INV:$"
	shows "^                              'its-tool dump' shows why, 'its-tool$"
	grep -vE '^ +/soc/[^ ]*$' <<<"$out" >"$BATS_TEST_TMPDIR/rest"
	! grep -E '^.{71}' "$BATS_TEST_TMPDIR/rest"
}

@test "where it fits, and in a pipe, nothing is broken" {
	wide 200 -s sim:stalled dump --all
	diff <(its-tool -s sim:stalled dump --all) - <<<"$out"
	wide 60 '-s sim dump | cat'
	shows '^     17  .*MAPTI   DeviceID=0x1 EventID=0 pINTID=8192 ICID=0 \+SYNC$'
	wide 60 -s sim dump
	shows '^                           pINTID=8192 ICID=0 \+SYNC$'
	wide 60 -s sim --json dump
	[ "$(wc -l <<<"$out")" = 1 ]
}
