# SPDX-License-Identifier: GPL-2.0-or-later
# The real binary, and short ways to say what it must do.

its-tool() { "${ITS_TOOL:?}" "$@"; }

# run_tool STATUS ARGUMENTS...: runs the tool, keeps stdout in $out and stderr in $err, and checks the status.
run_tool() {
	local want=$1 got=0
	shift
	its-tool "$@" >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err" </dev/null || got=$?
	out=$(cat "$BATS_TEST_TMPDIR/out")
	err=$(cat "$BATS_TEST_TMPDIR/err")
	if [ "$got" != "$want" ]; then
		echo "its-tool $*: exit $got, not $want"
		echo "$out"
		echo "$err"
		return 1
	fi
}

# says PATTERN: stderr has it.
says() {
	grep -qE -- "$1" <<<"$err" || { echo "stderr lacks '$1': $err"; return 1; }
}

# shows PATTERN: stdout has it.
shows() {
	grep -qE -- "$1" <<<"$out" || { echo "stdout lacks '$1': $out"; return 1; }
}

# json FILTER VALUE: what jq -c prints of stdout.
json() {
	local got
	got=$(jq -c "$1" <<<"$out") || return 1
	[ "$got" = "$2" ] || { echo "$1 is $got, not $2"; return 1; }
}
