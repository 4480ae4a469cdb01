#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# capture: whatever the commands say of a source they say of its capture, byte for byte.

load helpers

setup() { cap=$BATS_TEST_TMPDIR/board.cap; }

dtb() { dtc -q -O dtb -o "$BATS_TEST_TMPDIR/$1.dtb" "$BATS_TEST_DIRNAME/../fixtures/$1.dts"; }

# answer FILE ARGUMENTS...: stdout, stderr and exit status.
answer() {
	local to=$1 status=0
	shift
	its-tool "$@" >"$to" 2>"$to.err" </dev/null || status=$?
	{ echo "-- stderr"; cat "$to.err"; echo "-- status $status"; } >>"$to"
}

# alike SOURCE [OPTION...]: every command that reads, over the source and over its capture.
alike() {
	local source=$1 words json
	shift
	its-tool -q -s "$source" "$@" capture "$cap" >/dev/null
	while read -ra words; do
		for json in '' -j; do
			answer "$BATS_TEST_TMPDIR/live" -s "$source" "$@" $json "${words[@]}"
			answer "$BATS_TEST_TMPDIR/replayed" -s "capture:$cap" $json "${words[@]}"
			diff "$BATS_TEST_TMPDIR/live" "$BATS_TEST_TMPDIR/replayed" ||
				{ echo "$source: ${words[*]} $json"; return 1; }
		done
	done <<-'COMMANDS'
		list
		regs
		regs --all
		regs -v creadr GICR_TYPER GICD_CTLR GITS_SGIR
		dump
		dump --all --raw
		dump --pending
		dump --compare-views
		map
		map --all -v
		map --dot
		check
		check -v
		explain 1 0
		explain -v 1 0
		explain 1 99
		explain 0x500 0
		explain 0x20 1
		explain 0xfffff 0
		explain ITS\ queue\ timeout\ (832\ 673)
		list -i 0
	COMMANDS
	# What was captured can be captured again.
	its-tool -q -s "capture:$cap" capture "$cap.again" >/dev/null
	diff <(grep -vE '^(time|source) ' "$cap") <(grep -vE '^(time|source) ' "$cap.again")
}

@test "the lab board, as Linux leaves it after boot" { alike sim; }

@test "a stalled ring, and pointers that make no sense" {
	alike sim:stalled
	alike sim:set=GITS_CREADR:0x221
	alike sim:die=0,set=GITS_CREADR:0x240
	alike sim:set=GITS_CREADR:0xfffe0
	alike sim:set=GITS_CBASER:0
}

@test "a ring full of history, of any size" {
	alike sim:fill
	alike sim:fill,slots=128,at=77
	alike sim:fill,slots=32768
}

@test "GICv4.0, GICv4.1, other RDbases, more CPUs, a strict part" {
	alike sim:v4
	alike sim:v41
	alike sim:pta
	alike sim:cpus=8
	alike sim:strict
}

@test "memory that is refused is refused again, in the same words" {
	alike sim:noram
	run_tool 4 -s "capture:$cap" dump; says 'noram'
	run_tool 0 -s sim:noram capture "$cap"; says 'not in the capture: .*0x41000000.*and [0-9]+ ranges more'
	shows ': registers: [0-9]+; pages of memory: 0; refused: [0-9]+$'
}

@test "memory that differs behind the caches" {
	alike sim:noncoherent,dirty=0x41070240:0x77,dirty=0x41070040:0
	run_tool 1 -s "capture:$cap" dump --compare-views; says '2 slots differ'
	[ "$(grep -c '^\(uncached\|.* uncached$\)' "$cap")" -le 4 ]
}

@test "disabled, another product's tables, LPIs masked and pending" {
	alike sim:disabled
	alike sim:set=GITS_IIDR:0x43b,fill
	alike sim:set=GITS_IIDR:0x4b00043b
	alike sim:set=GITS_BASER0:0
	alike sim:set=GICR_CTLR:0
	alike sim:poke=0x41000000:0xa0
	alike sim:poke=0x41010400:1,poke=0x41000000:0xa1
}

@test "several ITSs, a troubled tree, a tree of the user's" {
	dtb boards
	dtb troubles
	alike "sim:$BATS_TEST_TMPDIR/boards.dtb"
	alike "sim:$BATS_TEST_TMPDIR/troubles.dtb"
	alike sim -d "$BATS_TEST_TMPDIR/boards.dtb"
	run_tool 0 -s "sim:$BATS_TEST_TMPDIR/boards.dtb" -i 1 capture "$cap"
	run_tool 0 -s "capture:$cap" -i 1 dump
	run_tool 6 -s "capture:$cap" -i 0 dump
	says 'does not hold 0x1008040000: it was made by its-tool [0-9.]+ of one ITS alone, that at 0x1008[0-9a-f]+$'
	says '^its-tool: take a new one without --its$'
}

@test "images: what is assumed of them is assumed again" {
	local ring=$BATS_TEST_TMPDIR/ring frame=$BATS_TEST_TMPDIR/frame words
	its-tool -s sim -j dump --all | jq -r '.its[0].entries | sort_by(.slot)[].raw[]' |
		sed 's/0x\(..\)\(..\)\(..\)\(..\)\(..\)\(..\)\(..\)\(..\)/\8\7\6\5\4\3\2\1/' | xxd -r -p >"$ring"
	for words in "image:$ring@0x41070000 --cbaser 0x41070000 --its 0x80740000" "image:$ring@0x41070000 --cbaser 0x41070000" \
		"image:$ring@0x41070000 --cbaser 0x41070000 --creadr 0x221 --cwriter 0x2a0 --typer 0x80001" \
		"image:$ring@0x41070000 --cbaser 0x41070000 --creadr 0x200 --cwriter 0x2a0 --dtb ${ITS_TOOL%/*}/lab-board.dtb"; do
		# shellcheck disable=SC2086 # the words are words
		its-tool -q -s $words capture "$cap"
		for command in dump 'dump -j --all' map 'check -j' 'list -j' 'regs -j' regs\ cbaser; do
			# shellcheck disable=SC2086
			answer "$BATS_TEST_TMPDIR/live" -s $words $command
			# shellcheck disable=SC2086
			answer "$BATS_TEST_TMPDIR/replayed" -s "capture:$cap" $command
			diff "$BATS_TEST_TMPDIR/live" "$BATS_TEST_TMPDIR/replayed" || { echo "$words: $command"; return 1; }
		done
		its-tool -q -s "capture:$cap" capture "$cap.again" >/dev/null
		diff <(grep -E '^(its|given|partial)' "$cap") <(grep -E '^(its|given|partial)' "$cap.again")
	done
	# A frame that was found is found again, and the user's word goes before what was given then.
	its-tool -s sim regs -j --all | jq -r '[.its[0].registers[] | { (.name): .value }] | add |
		.GITS_CBASER, .GITS_CWRITER, .GITS_CREADR' |
		sed 's/0x\(..\)\(..\)\(..\)\(..\)\(..\)\(..\)\(..\)\(..\)/\8\7\6\5\4\3\2\1/' | xxd -r -p |
		cat <(head -c 128 /dev/zero) - >"$frame"
	its-tool -q -s "image:$ring@0x41070000,$frame@0x80740000" capture "$cap" >/dev/null
	run_tool 0 -s "capture:$cap" dump -j; json '.its[0] | [.base, .queue.pending]' '["0x80740000",0]'
	its-tool -q -s "image:$ring@0x41070000" --cbaser 0x41070000 --cwriter 0x2a0 capture "$cap" >/dev/null
	run_tool 0 -s "capture:$cap" --creadr 0x260 dump -j; json '.its[0].queue.pending' 2
	run_tool 0 -s "capture:$cap" --cwriter 0x2c0 --creadr 0x2c0 dump -j; json '.its[0].queue.cwriter.offset' 704
	run_tool 2 -s "capture:$cap" --creadr 0x10000 dump; says -- '--creadr: 0x10000 is outside the ring'
}

@test "through pipes, gzip'ed, with CR LF" {
	its-tool -s sim dump >"$BATS_TEST_TMPDIR/live"
	its-tool -s sim capture - | its-tool -s capture:- dump | diff "$BATS_TEST_TMPDIR/live" -
	its-tool -s sim capture - | gzip | its-tool -s capture:- dump | diff "$BATS_TEST_TMPDIR/live" -
	its-tool -s sim capture - | sed 's/$/\r/' | its-tool -s capture:- dump | diff "$BATS_TEST_TMPDIR/live" -
	its-tool -s sim capture "$cap" >/dev/null
	gzip -k "$cap"
	run_tool 0 -s "capture:$cap.gz" dump
	diff "$BATS_TEST_TMPDIR/out" "$BATS_TEST_TMPDIR/live"
	# Any order, but of the lines of a text, and no comments.
	{ echo 'its-tool-capture 1'; grep -vE '^(its-tool-capture|;|$)' "$cap" | sed 's/ ; .*//' | sort -s -k1,1; } >"$cap.sorted"
	run_tool 0 -s "capture:$cap.sorted" dump
	diff "$BATS_TEST_TMPDIR/out" "$BATS_TEST_TMPDIR/live"
	head -c 3000 "$cap.gz" >"$cap.cut.gz"
	run_tool 6 -s "capture:$cap.cut.gz" dump; says 'too early'
}

@test "through editors, shells and mails" {
	its-tool -s sim dump >"$BATS_TEST_TMPDIR/live"
	its-tool -s sim capture "$cap" >/dev/null
	{ printf '\xef\xbb\xbf\n; seen on the second board, too\n'; sed 's/$/\r/' "$cap"; } |
		its-tool -s capture:- dump | diff "$BATS_TEST_TMPDIR/live" -
	# What is asked for is a way out.
	{ printf '\xff\xfe'; iconv -f UTF-8 -t UTF-16LE "$cap"; } >"$cap.16"
	run_tool 6 -s "capture:$cap.16" dump; says 'board.cap.16 is no capture as it stands: it is UTF-16'; says 'iconv -f UTF-16'
	iconv -f UTF-16 -t UTF-8 "$cap.16" | its-tool -s capture:- dump | diff "$BATS_TEST_TMPDIR/live" -
	sed 's/^/> /' "$cap" >"$cap.mail"
	run_tool 6 -s "capture:$cap.mail" dump; says 'it is quoted in a mail'; says "sed 's/\^> //'"
	sed 's/^> //' "$cap.mail" | its-tool -s capture:- dump | diff "$BATS_TEST_TMPDIR/live" -
}

@test "find-ring searches what is held" {
	its-tool -s sim capture "$cap" >/dev/null
	run_tool 0 -s "capture:$cap" find-ring -j
	json '[.rings[].base]' '["0x41070000"]'
	json '.searched.unreadable_bytes' 0
	# Not what a line says of its size.
	{ cat "$cap"; echo 'window 0 0xffffffffffffffff ram "x"'; echo 'fill 0x100000000 0xfffffffe00000000 0x3'; } >"$cap.wide"
	timeout 10 "$ITS_TOOL" -s "capture:$cap.wide" find-ring -j >"$BATS_TEST_TMPDIR/wide"
	diff <(jq .searched <<<"$out") <(jq .searched "$BATS_TEST_TMPDIR/wide")
	# Words alone, as people write them.
	{ echo 'its-tool-capture 1'; echo partial; grep -E '^(ram|zero|fill) ' "$cap"; echo end; } >"$cap.ram"
	run_tool 0 -s "capture:$cap.ram" find-ring
	shows '^  0x41070000  100%, 2048 slots, 21 with commands'
}

@test "edited by hand" {
	its-tool -s sim capture "$cap" >/dev/null
	sed 's/^0x80740090 64 0x2a0/0x80740090 64 0x221/' "$cap" >"$cap.stalled"
	run_tool 0 -s "capture:$cap.stalled" dump; shows 'STALLED at slot 17, with 3'
	sed '/^0x80740090 /d' "$cap" >"$cap.less"
	run_tool 6 -s "capture:$cap.less" dump; says 'does not hold 0x80740090'; says 'its-tool-capture'
	sed '/^ram 0x41070220 /d' "$cap" >"$cap.less"
	run_tool 6 -s "capture:$cap.less" dump; says 'does not hold 0x41070220'
	sed '/^window/d' "$cap" >"$cap.bare"
	run_tool 0 -s "capture:$cap.bare" dump
	run_tool 6 -s "capture:$cap.bare" dump --compare-views; says 'does not hold the uncached view'
	# A word in a run of zeros.
	sed 's/^end/ram 0x410702a0 5 0 0 0/' "$cap" >"$cap.more"
	run_tool 0 -s "capture:$cap.more" dump --last 2048; shows '21  0x002a0  done     SYNC'; says "line 'end'"
	echo 'weather sunny' >>"$cap"
	run_tool 0 -s "capture:$cap" dump; says 'has a line that this its-tool does not know, and skips: line [0-9]+, weather$'
	echo 'weather rainy' >>"$cap"
	run_tool 0 -s "capture:$cap" dump; says 'has 2 lines .* the first is line [0-9]+: weather$'
	sed -i /^end/d "$cap"
	run_tool 0 -s "capture:$cap" dump; says "weather; it does not end in the line 'end'"
	# Nor is one that is made of it whole.
	run_tool 6 -s "capture:$cap" capture "$cap.2"; says 'not whole, as the one that it was made of is not'
	! grep -q '^end' "$cap.2"
	run_tool 6 -j -s "capture:$cap" capture "$cap.2"; json .whole false
	run_tool 0 -s "capture:$cap.2" dump; says "line 'end'"
	truncate -s -1 "$cap"
	run_tool 0 -s "capture:$cap" dump; says "line 'end': .*, and line [0-9]+, which does not end either, is left out$"
	run_tool 0 -q -s "capture:$cap" dump; [ -z "$err" ]
}

@test "a pointer with two values moves" {
	its-tool -s sim:die=0,set=GITS_CREADR:0x200 capture - | sed 's/^\(0x80740090 64 0x200\)/\1 0x220/' >"$cap"
	run_tool 0 -s "capture:$cap" dump -j; json '.its[0].queue.moved' true
	run_tool 0 -s "capture:$cap" check -j; json '[.its[0].checks[] | select(.name == "draining") | .status]' '["ok"]'
	# A ring that runs while it is captured says so, too.
	run_tool 0 -s sim:step,set=GITS_CREADR:0 capture "$cap"; says 'moved while it was read'
	grep -qE '^0x80740090 64 0x[0-9a-f]+ 0x[0-9a-f]+ ;' "$cap"
}

@test "nothing is written to a capture" {
	its-tool -s sim capture "$cap" >/dev/null
	run_tool 4 -s "capture:$cap" inject 1 0; says 'a capture is only read'; says -- '--dry-run'
	run_tool 4 -s "capture:$cap" send INV DeviceID=1 EventID=0
	run_tool 4 -s "capture:$cap" recover
	run_tool 2 -s "capture:$cap" watch --for 10; says 'does not move'
	run_tool 0 -s "capture:$cap" -n inject 1 0; shows 'Nothing was written'
}

@test "standard input is read once" {
	local command
	its-tool -s sim capture "$cap" >/dev/null
	echo 'explain -' >"$BATS_TEST_TMPDIR/script"
	for command in 'run -' shell 'explain -' explain "run $BATS_TEST_TMPDIR/script"; do
		local status=0
		# shellcheck disable=SC2086 # the words are words
		its-tool -s capture:- $command <"$cap" 2>"$BATS_TEST_TMPDIR/err" || status=$?
		[ "$status" = 2 ] || { echo "$command: exit $status"; return 1; }
		grep -q 'would read standard input, which --source capture:- has read' "$BATS_TEST_TMPDIR/err"
	done
	echo 'expect pending == 0' >"$BATS_TEST_TMPDIR/script"
	its-tool -s capture:- run "$BATS_TEST_TMPDIR/script" <"$cap"
	its-tool -s "capture:$cap" run - <"$BATS_TEST_TMPDIR/script"
	its-tool -s capture:- explain 1 0 <"$cap"
}

@test "a stranger's registers do not make it read without end" {
	its-tool -s sim capture "$cap" >/dev/null
	sed 's/^\(0x80780070 64\) 0x4100078f/\1 0x10000000079f/; s/^\(system "irq 20 .* lpi\) 8192/\1 4294967280/' "$cap" >"$cap.long"
	echo 'zero 0x100000000000 0x100000000000' >>"$cap.long"
	run_tool 0 -s "capture:$cap.long" capture "$cap"
	says 'not in the capture: tables of ITS 0 beyond 64 MiB, but for what its events need'
	for command in 'map -j' 'check -j' 'explain 1 0'; do
		# shellcheck disable=SC2086 # the words are words
		diff <(its-tool -q -s "capture:$cap.long" $command) <(its-tool -q -s "capture:$cap" $command)
	done
}

@test "bad files, bad names" {
	run_tool 2 -s capture dump; says 'names no file'
	run_tool 6 -s capture:/nonexistent dump; says 'cannot open /nonexistent: No such file'
	run_tool 6 -s "capture:$ITS_TOOL" dump; says "its first line is not 'its-tool-capture 1'"
	: >"$cap"
	run_tool 6 -s "capture:$cap" dump; says 'is no capture'
	echo its-tool-capture 2 >"$cap"
	run_tool 6 -s "capture:$cap" dump; says 'format 2'
	printf 'its-tool-capture 1\n; a\n0x1003 64 1\n' >"$cap"
	run_tool 6 -s "capture:$cap" dump; says "line 3: a register is"
	printf 'its-tool-capture 1\n0x1000 64 1\n0x1000 64 2\n' >"$cap"
	run_tool 6 -s "capture:$cap" dump; says "line 3: 0x1000 had another value before"
	printf 'its-tool-capture 1\nzero 0 0xfffffffffffffff8\nfill 0x1000 8 1\n' >"$cap"
	run_tool 6 -s "capture:$cap" dump; says 'lines 2 and 3 give 0x1000 different values'
	printf 'its-tool-capture 1\ndtb 0x10 00\n' >"$cap"
	run_tool 6 -s "capture:$cap" dump; says '16 bytes of dtb are missing'
	printf 'its-tool-capture 1\nend\n' >"$cap"
	run_tool 6 -s "capture:$cap" dump; says "has no lines 'dtb'"
	run_tool 2 -s sim -j capture -; says 'would mix'
	run_tool 2 -s sim capture
}

@test "the file appears whole or not at all, for its owner alone" {
	run_tool 0 -s sim capture "$cap"; shows '^.*board.cap: registers: [0-9]+;'
	[ "$(stat -c %a "$cap")" = 600 ]
	run_tool 0 -s sim capture "$cap" -j; json '[.refusals, .whole]' '[0,true]'
	run_tool 1 -s sim capture /nonexistent/file; says 'cannot write /nonexistent/file'
	[ -e /dev/full ] && { run_tool 1 -s sim capture /dev/full; says 'No space left'; }
	its-tool -s sim capture - >/dev/full 2>"$BATS_TEST_TMPDIR/err" && false
	[ "$(ls "$BATS_TEST_TMPDIR" | grep -c 'board.cap')" = 1 ]
	run_tool 3 -d <(echo '/dts-v1/; / { };' | dtc -q -O dtb) -s sim capture "$cap"
}

# What happens at the moment before the file gets its name: it is on the disk, and a signal waits.
@test "on the disk before it has its name, and nothing is left beside it" {
	cat >"$BATS_TEST_TMPDIR/shim.c" <<-'EOF'
		#define _GNU_SOURCE
		#include <dlfcn.h>
		#include <signal.h>
		#include <stdio.h>
		#include <unistd.h>

		static int synced;

		int fsync(int fd)
		{
			int (*real)(int) = dlsym(RTLD_NEXT, "fsync");

			fprintf(stderr, "fsync %d\n", ++synced);
			return real(fd);
		}

		int rename(const char *from, const char *to)
		{
			int (*real)(const char *, const char *) = dlsym(RTLD_NEXT, "rename");

			fprintf(stderr, "rename after %d\n", synced);
			kill(getpid(), SIGTERM);
			return real(from, to);
		}
	EOF
	${CC:-cc} -shared -fPIC -o "$BATS_TEST_TMPDIR/shim.so" "$BATS_TEST_TMPDIR/shim.c" -ldl
	grep -q libc.so < <(ldd "$ITS_TOOL") || skip "a static binary has its own fsync()"
	mkdir "$BATS_TEST_TMPDIR/to"
	status=0
	ASAN_OPTIONS=verify_asan_link_order=0:$ASAN_OPTIONS LD_PRELOAD=$BATS_TEST_TMPDIR/shim.so \
		"$ITS_TOOL" -s sim capture "$BATS_TEST_TMPDIR/to/cap" >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err" || status=$?
	err=$(cat "$BATS_TEST_TMPDIR/err")
	[ "$status" = 143 ]
	[ "$err" = $'fsync 1\nrename after 1\nfsync 2' ]
	[ "$(ls "$BATS_TEST_TMPDIR/to")" = cap ]
	run_tool 0 -s "capture:$BATS_TEST_TMPDIR/to/cap" dump
	[ -z "$err" ]
}

@test "a link is replaced, and what it leads to is left alone" {
	echo precious >"$BATS_TEST_TMPDIR/precious"
	ln -s precious "$cap"
	run_tool 0 -s sim capture "$cap"
	[ ! -L "$cap" ]
	[ "$(cat "$BATS_TEST_TMPDIR/precious")" = precious ]
}
