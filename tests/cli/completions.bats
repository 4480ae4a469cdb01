#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# The completions say what the tables say, and bash, zsh and fish complete with them.

load helpers

setup() {
	export HOME=$BATS_TEST_TMPDIR ZDOTDIR=$BATS_TEST_TMPDIR INPUTRC=/dev/null TERM=screen
	export completions=$BATS_TEST_DIRNAME/../../completions
	socket=$BATS_TEST_TMPDIR/tmux rc=$BATS_TEST_TMPDIR/rc
	unset XDG_CONFIG_HOME XDG_DATA_HOME
}

teardown() {
	tmux -S "$socket" kill-server 2>/dev/null || :
}

@test "the completions in the tree are those of the tables (scripts/completions makes them)" {
	"$BATS_TEST_DIRNAME/../../scripts/completions" "$ITS_TOOL" "$BATS_TEST_TMPDIR/made"
	diff -r "$BATS_TEST_TMPDIR/made" "$BATS_TEST_DIRNAME/../../completions"
}

# terminal SHELL: one with the completions in it, in a terminal of its own, among the example scripts.
terminal() {
	command -v "$1" >/dev/null || skip "no $1 here"
	shell=$1
	cd "$BATS_TEST_DIRNAME/../../examples"
	case $shell in
	bash)
		cat >"$rc" <<-'BASH'
			PS1='> '
			bind 'set show-all-if-ambiguous on' 'set bell-style none' 'set completion-query-items 0' 'set page-completions off'
			. "$completions/its-tool.bash"
		BASH
		set -- bash --noprofile --rcfile "$rc" -i ;;
	zsh)
		cat >"$ZDOTDIR/.zshrc" <<-'ZSH'
			PROMPT='> ' LISTMAX=1000
			setopt noautomenu nolistambiguous nobeep nopromptsp
			bindkey -e
			fpath=("$completions" $fpath)
			autoload -U compinit
			compinit -u -D
		ZSH
		set -- zsh -d -i ;;
	fish)
		cat >"$rc" <<-'FISH'
			set -g fish_autosuggestion_enabled 0
			function fish_prompt; echo -n '> '; end
			set -g fish_greeting
			source $completions/its-tool.fish
		FISH
		set -- fish --no-config -i -C "source $rc" ;;
	esac
	printf -v command '%q ' "$@"
	tmux -S "$socket" -f /dev/null new-session -d -x 150 -y 60 "exec $command"
	becomes ''
}

keys() { tmux -S "$socket" send-keys "$@"; }

# becomes LINE: until that is what stands behind the prompt.
becomes() {
	for ((i = 0; i < 250; i++)); do
		screen=$(tmux -S "$socket" capture-pane -pJ | sed 's/ *$//')
		grep -qxF -- "$(sed "s, *\$,," <<<"> $1")" <<<"$screen" && return
		sleep 0.02
	done
	echo "$shell has not made it '$1':"
	echo "$screen"
	return 1
}

# A prompt with nothing on it. A shell that is still at work may lose a key.
afresh() {
	local key=C-u
	for ((i = 0; i < 200; i++)); do
		((i % 20)) || { keys "$key" C-l; key=C-c; }
		[ "$(tmux -S "$socket" capture-pane -pJ | sed 's/ *$//; /^$/d')" = '>' ] && return
		sleep 0.02
	done
	echo "$shell does not come back"
	return 1
}

# tab LINE RESULT: what Tab makes of it. The @ typed behind shows where the cursor was.
tab() {
	afresh
	keys -l "$1"
	keys Tab
	keys -l @
	becomes "$2@"
}

# stays LINE: nothing is to be had for it.
stays() { tab "$1" "$1"; }

# lists LINE WORD...: Tab shows each of them, a description also.
lists() {
	afresh
	keys -l "$1"
	keys Tab
	[ "$shell" != fish ] || keys Tab
	shift
	for ((i = 0; i < 250; i++)); do
		screen=$(tmux -S "$socket" capture-pane -pJ | tail -n +2)
		missing=
		for word; do
			[[ $screen == *"$word"* ]] || missing=$word
		done
		[ -n "$missing" ] || return 0
		sleep 0.02
	done
	echo "$shell does not show '$missing':"
	echo "$screen"
	return 1
}

# What all three do.
completes() {
	# Zsh can go on within quotes; the others can only leave them open.
	local space=
	[ "$shell" != zsh ] || space=' '

	tab 'its-tool rec' 'its-tool recover '
	tab 'its-tool -s sim wat' 'its-tool -s sim watch '

	tab 'its-tool dump --pe' 'its-tool dump --pending '
	tab 'its-tool -j --timeout 5 dump --comp' 'its-tool -j --timeout 5 dump --compare-views '
	stays 'its-tool list --pe'
	stays 'its-tool --pe'

	tab 'its-tool -s dev' 'its-tool -s devmem '
	tab 'its-tool --source cap' 'its-tool --source capture:'
	tab 'its-tool --source=cap' 'its-tool --source=capture:'
	tab 'its-tool -s capture:lab' 'its-tool -s capture:lab-board.its '
	tab 'its-tool --source=capture:lab' 'its-tool --source=capture:lab-board.its '
	stays 'its-tool -s gdb:lab'
	tab 'its-tool --color al' 'its-tool --color always '
	tab 'its-tool --color=n' 'its-tool --color=never '
	tab 'its-tool --dtb lab' 'its-tool --dtb lab-board.its '
	tab 'its-tool --acpi=lab' 'its-tool --acpi=lab-board.its '
	stays 'its-tool --timeout lab'

	tab 'its-tool send MAPT' 'its-tool send MAPTI '
	tab 'its-tool -nvs sim send mapt' 'its-tool -nvs sim send MAPTI '
	tab 'its-tool -s sim send mapti p' 'its-tool -s sim send mapti pINTID='
	tab 'its-tool send -n --force MAPTI DeviceID=1 Ev' 'its-tool send -n --force MAPTI DeviceID=1 EventID='
	stays 'its-tool send MAPTI DeviceID=1 Dev'
	stays 'its-tool send MAPTI DeviceID='
	stays 'its-tool send RAW 0x3 d'
	# Bash itself takes what stands behind a quoted ';' for the name of a command, and does not ask.
	[ "$shell" = bash ] ||
		tab "its-tool send INV DeviceID=1 EventID=0 ';' DISC" "its-tool send INV DeviceID=1 EventID=0 ';' DISCARD "
	tab 'its-tool send INV DeviceID=1 EventID=0 \; SYNC R' 'its-tool send INV DeviceID=1 EventID=0 \; SYNC RDbase='
	tab "its-tool send INV DeviceID=1 EventID=0';' INT D" "its-tool send INV DeviceID=1 EventID=0';' INT DeviceID="
	tab "its-tool send 'INV DeviceID=1 EventID=0; INT D" "its-tool send 'INV DeviceID=1 EventID=0; INT DeviceID="
	tab 'its-tool send "INV DeviceID=1 EventID=0;DISC' "its-tool send \"INV DeviceID=1 EventID=0;DISCARD$space"
	tab "its-tool send 'MAPT" "its-tool send 'MAPTI$space"
	tab "its-tool send 'MAPC IC" "its-tool send 'MAPC ICID="

	tab 'its-tool regs GITS_CRE' 'its-tool regs GITS_CREADR '
	tab 'its-tool regs GITS_CREADR gits_cb' 'its-tool regs GITS_CREADR GITS_CBASER '

	tab 'its-tool run lab' 'its-tool run lab-board.its '
	tab 'its-tool -s sim run --keep' 'its-tool -s sim run --keep-going '
	tab 'its-tool run lab-board.its EV' 'its-tool run lab-board.its EVENT='
	tab 'its-tool capture lab' 'its-tool capture lab-board.its '
	stays 'its-tool capture lab-board.its lab'
	stays 'its-tool list lab'

	lists 'its-tool ' $(its-tool --dump-cli | jq -r '.commands[].name')
	lists 'its-tool send ' $(its-tool --dump-cli | jq -r '.its_commands[].name') RAW
	lists 'its-tool send VMAPP ' $(its-tool --dump-cli | jq -r '.its_commands[] | select(.name == "VMAPP").fields[]')
	lists 'its-tool watch --' $(its-tool --dump-cli | jq -r '.options[] | select(.commands == [] or (.commands | index("watch"))) | "--" + .name')
	lists 'its-tool regs ' $(its-tool --dump-cli | jq -r '.registers[]')
}

# What zsh and fish say of each.
describes() {
	lists 'its-tool ' "$(its-tool --dump-cli | jq -r '.commands[] | select(.name == "send").summary')"
	lists 'its-tool send M' "$(its-tool --dump-cli | jq -r '.its_commands[] | select(.name == "MAPTI").summary')"
	lists 'its-tool dump --' "$(its-tool --dump-cli | jq -r '.options[] | select(.name == "pending").help')" 'each slot, unused ones too'
	lists 'its-tool -s ' "$(its-tool --dump-cli | jq -r '.sources[] | select(.scheme == "core").summary')"
}

@test "bash completes commands, options, mnemonics, fields, registers and scripts" {
	terminal bash
	completes
}

@test "zsh does, and describes them" {
	terminal zsh
	completes
	describes
}

@test "fish does, and describes them" {
	terminal fish
	completes
	describes
	[ "$(fish --no-config -c 'source $completions/its-tool.fish; complete -C "its-tool send MAPTI p"')" = \
		$'pINTID=\tfield of MAPTI' ]
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
	# An option of a command stands under it, or where it stands names it.
	while read -r command option; do
		awk -v command="$command" -v option="Fl -$option" '
			/^[.]It Cm / { under = $3 == command }
			/^The options are/ { under = 0 }
			index($0 " ", option " ") { found = found || under; near = NR }
			index($0, ".Cm " command) && near && NR < near + 5 { found = 1 }
			END { exit !found }' "$man" || { echo "--$option of $command is missing"; false; }
	done < <(its-tool --dump-cli | jq -r '.options[] | .name as $o | .commands[] | "\(.) \($o)"')
	# Its tables are those of the program: scripts/manual makes them.
	"$BATS_TEST_DIRNAME/../../scripts/manual" "$ITS_TOOL" "$man" | diff "$man" -
}
