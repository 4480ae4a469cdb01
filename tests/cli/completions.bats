#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# The completions say what the tables say, and bash completes with them.

load helpers

@test "the completions in the tree are those of the tables (scripts/completions makes them)" {
	"$BATS_TEST_DIRNAME/../../scripts/completions" "$ITS_TOOL" "$BATS_TEST_TMPDIR/made"
	diff -r "$BATS_TEST_TMPDIR/made" "$BATS_TEST_DIRNAME/../../completions"
}

# complete WORD...: what bash offers for the last word.
complete_words() {
	bash -c '. "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _its_tool; printf "%s\n" "${COMPREPLY[@]}"' \
		bash "$BATS_TEST_DIRNAME/../../completions/its-tool.bash" "$@" | sort | tr '\n' ' '
}

@test "bash completes commands, options, mnemonics, fields and registers" {
	[ "$(complete_words its-tool re)" = "recover regs " ]
	[ "$(complete_words its-tool dump --pe)" = "--pending " ]
	[ "$(complete_words its-tool -s sim send MAPT)" = "MAPTI " ]
	[ "$(complete_words its-tool -s sim send mapti p)" = "pINTID= " ]
	[ "$(complete_words its-tool regs GITS_CR)" = "GITS_CREADR " ]
	[ "$(complete_words its-tool -s d)" = "devmem " ]
	cd "$BATS_TEST_DIRNAME/../../examples"
	[ "$(complete_words its-tool -s sim run lab)" = "lab-board.its " ]
	[ "$(complete_words its-tool run --keep)" = "--keep-going " ]
}

@test "every mnemonic, field, option and check of the tables is in the manual page" {
	man=$BATS_TEST_DIRNAME/../../man/its-tool.8
	for word in $(its-tool --dump-cli | jq -r '.its_commands[] | .name, .fields[]'); do
		grep -qE "(^|[^A-Za-z_])$word([^A-Za-z_]|\$)" "$man" || { echo "$word is missing"; false; }
	done
	for option in $(its-tool --dump-cli | jq -r '.options[].name'); do
		grep -qE "Fl -$option( |\$)" "$man" || { echo "--$option is missing"; false; }
	done
	for command in $(its-tool --dump-cli | jq -r '.commands[].name'); do
		grep -qE "^.It Cm $command" "$man" || { echo "$command is missing"; false; }
	done
	its-tool -s sim check -j | jq -r '.its[].checks[] | [.name, .severity, .summary] | @tsv' >"$BATS_TEST_TMPDIR/checks"
	[ "$(wc -l <"$BATS_TEST_TMPDIR/checks")" -ge 40 ]
	while read -r line; do
		grep -qxF "$line" "$man" || { echo "check $line is missing"; false; }
	done <"$BATS_TEST_TMPDIR/checks"
}
