# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# What the tests of the target share: TAP lines, guests, QEMU's trace and a dump in one common form.
# That form is one line a command: SLOT NAME FIELD VALUE..., with the fields that QEMU prints, as QEMU prints them.
set -eu -o pipefail
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
lab=$top/scripts/lab
work=$(mktemp -d "${TMPDIR:-/tmp}/its-target.XXXXXX")
tests=0 failures=0
finish() {
	local status=$?
	rm -rf "$work"
	trap - EXIT
	echo "1..$tests"
	[ "$status" -eq 0 ] || echo "# the test ended early, status $status"
	[ "$status" -eq 0 ] && [ "$failures" -eq 0 ]
	exit
}
trap finish EXIT

pass() {
	tests=$((tests + 1))
	echo "ok $tests - $1"
}

# fail NAME [FILE]: what the file holds goes along as remarks.
fail() {
	tests=$((tests + 1)) failures=$((failures + 1))
	echo "not ok $tests - $1"
	[ -z "${2-}" ] || head -n 40 "$2" | sed 's/^/# /'
}

# check NAME COMMAND...
check() {
	local name=$1
	shift
	if "$@" >"$work/check.log" 2>&1; then
		pass "$name"
	else
		echo "(failed: $*)" >>"$work/check.log"
		fail "$name" "$work/check.log"
	fi
}

# same NAME EXPECTED GOT: two files
same() {
	if diff -u --label expected --label got "$2" "$3" >"$work/diff"; then
		pass "$1"
	else
		fail "$1" "$work/diff"
	fi
}

# equal NAME EXPECTED GOT: two words
equal() {
	if [ "$2" = "$3" ]; then
		pass "$1"
	else
		echo "expected '$2', got '$3'" >"$work/equal"
		fail "$1" "$work/equal"
	fi
}

# guest NAME [LAB OPTION...] : runs the script on stdin in a guest. Leaves $work/NAME.out, .trace, .status.
# A guest script tells the parts of its output apart by lines "=== PART".
guest() {
	local name=$1
	shift
	{ echo 'export NO_COLOR=1'; cat; } >"$work/$name.sh"
	echo 0 >"$work/$name.status"
	"$lab" --trace "$work/$name.trace" "$@" "$work/$name.sh" >"$work/$name.out" 2>"$work/$name.err" ||
		echo $? >"$work/$name.status"
	case $(cat "$work/$name.status") in
	124 | 125) fail "$name: the guest ran" "$work/$name.err" ;;
	esac
}

# part NAME PART: what the guest printed between "=== PART" and the next such line.
part() {
	awk -v part="=== $2" '/^=== / { on = $0 == part; next } on' "$work/$1.out"
}

# What the ITS executed between the marks FROM and TO (see tests/target/mark; "-": from boot, to the end).
executed() {
	awk -v from="$2" -v to="${3--}" '
	function number(hex, i, n) {
		n = 0
		hex = tolower(hex)
		for (i = 3; i <= length(hex); i++)
			n = n * 16 + index("0123456789abcdef", substr(hex, i, 1)) - 1
		return n
	}
	function flush() {
		if (slot != "" && on)
			print slot, "untraced", opcode
		slot = ""
	}
	BEGIN { on = from == "-" }
	/gicv3_its_badread .* offset 0x/ {
		flush()
		match($0, /offset 0x[0-9a-f]+/)
		mark = (number(substr($0, RSTART + 7, RLENGTH - 7)) - 192) / 4
		if (mark == from) on = 1
		if (mark == to) on = 0
	}
	/gicv3_its_process_command/ {
		flush()
		match($0, /offset 0x[0-9a-f]+: /)
		slot = number(substr($0, RSTART + 7, RLENGTH - 9))
		opcode = $NF
	}
	/gicv3_its_cmd_/ {
		match($0, /gicv3_its_cmd_[a-z]+/)
		name = toupper(substr($0, RSTART + 14, RLENGTH - 14))
		if (name == "UNKNOWN")
			fields = " " $NF
		else {
			fields = $0
			sub(/.*: command [A-Z]+/, "", fields)
		}
		if (on) print slot " " name fields
		slot = ""
	}
	END { flush() }' "$work/$1.trace"
}

# The same from a dump --json on stdin, oldest first, without the slots never used.
dumped() {
	jq -r '.its[0].entries[] | select(.state != "unused") |
		[ .slot, .command // "UNKNOWN", (.fields // { "opcode": .raw[0] } | to_entries[] | "\(.key)=\(.value)") ] |
		join(" ")' |
	awk '
	# Numbers of JSON in hexadecimal, "0x..." without DIGITS of its low digits.
	function hex(value, digits, text) {
		if (value == "true" || value == "false")
			return value == "true"
		if (value ~ /^0x/) {
			text = substr(value, 3)
			text = length(text) > digits ? substr(text, 1, length(text) - digits) : "0"
			sub(/^0+/, "", text)
			return "0x" (text == "" ? "0" : text)
		}
		return sprintf("0x%x", value)
	}
	BEGIN {
		# What QEMU prints of each command, and how many low hex digits of it it cuts off.
		id = "DeviceID=device_id EventID=event_id"
		print_of["MOVI"] = print_of["MAPI"] = id " ICID=icid"
		print_of["INT"] = print_of["CLEAR"] = print_of["INV"] = print_of["DISCARD"] = id
		print_of["SYNC"] = print_of["VSYNC"] = print_of["INVALL"] = ""
		print_of["MAPD"] = "DeviceID=device_id Size=size ITT_addr=itt_addr/2 V=valid"
		print_of["MAPC"] = "ICID=icid RDbase=rdbase/4 V=valid"
		print_of["MAPTI"] = id " ICID=icid pINTID=pintid"
		print_of["MOVALL"] = "RDbase1=rdbase1/4 RDbase2=rdbase2/4"
		print_of["VMAPI"] = id " vPEID=vpeid Dbell_pINTID=dbell_pintid"
		print_of["VMAPTI"] = id " vPEID=vpeid vINTID=vintid Dbell_pINTID=dbell_pintid"
		print_of["VMAPP"] = "vPEID=vpeid RDbase=rdbase/4 V=valid VPT_addr=vpt_addr/4 VPT_size=vpt_size"
		print_of["VMOVP"] = "vPEID=vpeid RDbase=rdbase/4"
		print_of["VMOVI"] = id " vPEID=vpeid D=d Dbell_pINTID=dbell_pintid"
		print_of["VINVALL"] = "vPEID=vpeid"
		print_of["UNKNOWN"] = "=opcode"
	}
	{
		split("", value)
		for (i = 3; i <= NF; i++) {
			at = index($i, "=")
			value[substr($i, 1, at - 1)] = substr($i, at + 1)
		}
		line = $1 " " $2
		n = split(print_of[$2], wanted, " ")
		for (i = 1; i <= n; i++) {
			split(wanted[i], pair, "=")
			digits = split(pair[2], cut, "/") > 1 ? cut[2] : 0
			if (!(cut[1] in value))
				line = line " (" cut[1] "?)"
			else
				line = line (pair[1] == "" ? "" : " " pair[1]) " " hex(value[cut[1]], digits)
		}
		print line
	}'
}
