#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# watch: what is posted while it looks, in text and as JSON Lines.

load helpers

@test "watch shows each command with its names, and folds its SYNC" {
	run_tool 0 -s sim:post-every=2 watch --count 4
	shows '^ITS 0  msi-controller@80740000  0x80740000  GIC-600 r1p6$'
	shows 'ring at 0x[0-9a-f]+, 2048 slots; from slot 21 on'
	shows '^[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}     21  INV     DeviceID=0x1 EventID=0 \+SYNC -> CPU 0, LPI 8192, /soc/dummy@1a00a0000 \(its-dummy\), IRQ 20 its-dummy$'
	shows '     23  MOVI    DeviceID=0x1 EventID=0 ICID=1 \+SYNC -> CPU 1, LPI 8192'
	shows '     25  INV .* -> CPU 1, .*, again after [0-9]+\.[0-9]{3} ms$'
	shows '^4 commands in [0-9.]+ s, [0-9]+ a second; SYNCs behind them: 4$'
	shows '^lost: 0$'
	shows '^  MOVI +2$'
	shows '^  DeviceID 0x1 +4  /soc/dummy@1a00a0000 \(its-dummy\)$'
	[ "$(grep -c ' SYNC ' <<<"$out")" = 0 ]
}

@test "watch --all shows each SYNC on its own line" {
	run_tool 0 -s sim:post-every=2 watch --all --count 2
	shows '     22  SYNC    RDbase=0x0 \(CPU 0\)$'
	[ "$(grep -c +SYNC <<<"$out")" = 0 ]
}

@test "watch --json is JSON Lines: start, every command with its SYNC, summary" {
	run_tool 0 -s sim:post-every=2 -j watch --count 3
	[ "$(wc -l <<<"$out")" = 8 ]
	[ "$(jq -r .type <<<"$out" | uniq -c | awk '{ print $1 $2 }' | tr '\n' ' ')" = "1start 6command 1summary " ]
	[ "$(head -n 1 <<<"$out" | jq -c '[.schema_version, .its[0].index, .its[0].queue.slots, .its[0].queue.slot]')" = '[1,0,2048,21]' ]
	[ "$(sed -n 4p <<<"$out" | jq -c 'del(.time)')" = '{"type":"command","its":0,"slot":23,"command":"MOVI","fields":{"device_id":1,"event_id":0,"icid":1},"raw":["0x0000000100000001","0x0000000000000000","0x0000000000000001","0x0000000000000000"],"synced":true,"cpu":1,"lpi":8192,"device":"/soc/dummy@1a00a0000","driver":"its-dummy","irq":20,"action":"its-dummy","tags":[]}' ]
	[ "$(sed -n 5p <<<"$out" | jq -c '[.command, .tags]')" = '["SYNC",["sync"]]' ]
	[ "$(tail -n 1 <<<"$out" | jq -c '[.commands, .syncs, .lost, .kinds]')" = '[3,3,0,[{"command":"MOVI","count":1},{"command":"INV","count":2}]]' ]
	sed -n 2p <<<"$out" | grep -qE '"time":[0-9]{10}\.[0-9]{9},'
	sed -n 6p <<<"$out" | jq -e '.delta_ns > 1000000'
}

@test "filters choose what is shown; what is not known does not match" {
	run_tool 0 -s sim:post-every=1 -j watch --cpu 2 --count 4
	[ "$(jq -c 'select(.type == "command" and .synced) | [.command, .cpu]' <<<"$out" | sort -u | tr '\n' ' ')" = '["INV",2] ["MOVI",2] ["MOVI",3] ' ]
	run_tool 0 -s sim:post-every=1 watch --device 1 --event 0 --lpi 8192 --irq 20 --count 2
	shows '^2 commands'
	run_tool 0 -s sim:post-every=1 watch --device /soc/dummy@1a00a0000 --count 2
	shows '^2 commands'
	for filter in "--device 2" "--event 1" "--lpi 8193" "--irq 21" "--cpu 7"; do
		run_tool 0 -s sim:post-every=1 watch $filter --for 50
		shows '^0 commands .*left out by the filters: [0-9]+$'
	done
	run_tool 2 -s sim watch --lpi x
	says "--lpi: 'x' is not a number"
	run_tool 2 -s sim dump --lpi 1
	says "does not go with 'dump'"
}

@test "a driver that laps the tool: loss is said, and what stands is shown" {
	run_tool 0 -s sim:slots=128,post-every=20,posts=107 -j watch --count 10
	[ "$(jq -c 'select(.event == "lost") | .count' <<<"$out")" = 86 ]
	[ "$(tail -n 1 <<<"$out" | jq -c '[.lost, .commands, .syncs]')" = '[86,10,10]' ]
	run_tool 0 -s sim:slots=128,post-every=20,posts=107 watch --count 10
	shows 'LOST at least 86 commands'
	shows '^LOST: at least 86$'
}

@test "Ctrl-C and SIGTERM end it with the summary" {
	for signal in INT TERM; do
		: >"$BATS_TEST_TMPDIR/out" # that of the round before is not waited for
		"$ITS_TOOL" -s sim:post-every=1 -j watch >"$BATS_TEST_TMPDIR/out" &
		pid=$!
		until [ "$(wc -l <"$BATS_TEST_TMPDIR/out")" -ge 5 ]; do sleep 0.05; done
		kill -s $signal $pid
		wait $pid
		[ "$(tail -n 1 "$BATS_TEST_TMPDIR/out" | jq -r .type)" = summary ]
	done
}

@test "a reader that goes away ends it quietly" {
	its-tool -s sim:post-every=1 watch 2>"$BATS_TEST_TMPDIR/err" | head -n 3
	[ "${PIPESTATUS[0]}" = 0 ]
	[ ! -s "$BATS_TEST_TMPDIR/err" ]
	# Also where nothing more is posted.
	its-tool -s sim watch 2>"$BATS_TEST_TMPDIR/err" | true
	[ "${PIPESTATUS[0]}" = 0 ]
	[ ! -s "$BATS_TEST_TMPDIR/err" ]
}

@test "where nothing can be written it ends at once, though nothing is posted" {
	for json in '' -j; do
		got=0; timeout -s KILL 20 "$ITS_TOOL" -s sim $json watch >&- 2>"$BATS_TEST_TMPDIR/err" || got=$?
		[ "$got" = 1 ]
		grep -q 'cannot write to standard output' "$BATS_TEST_TMPDIR/err"
		got=0; timeout -s KILL 20 "$ITS_TOOL" -s sim $json watch >/dev/full 2>/dev/null || got=$?
		[ "$got" = 1 ]
	done
}

@test "a ring that cannot be read is refused, and said in JSON too" {
	run_tool 4 -s sim:noram watch
	says 'refuses its RAM'
	run_tool 4 -s sim:noram -j watch
	json '.error.exit_status' 4
	run_tool 6 -s sim:set=GITS_CBASER:0 watch
	says 'has no command queue'
}

# ended PID STATUS: it ends, in much less time than one that never does.
ended() {
	local n=0 got=0
	while kill -0 "$1" 2>/dev/null && [ $n -lt 200 ]; do sleep 0.1; n=$((n + 1)); done
	if kill -KILL "$1" 2>/dev/null && [ $n = 200 ]; then echo "it still runs"; return 1; fi
	wait "$1" || got=$?
	[ "$got" = "$2" ] || { echo "exit $got, not $2"; return 1; }
}

@test "a socket whose peer has gone is a reader that has gone" {
	run timeout -s KILL 20 python3 -c '
import socket, subprocess, sys
a, b = socket.socketpair()
tool = subprocess.Popen(sys.argv[1:], stdout=a)
while not b.recv(4096).endswith(b"ends.\n"): pass
b.close()
sys.exit(tool.wait())' "$ITS_TOOL" -s sim watch
	[ "$status" = 0 ]
	[ "$output" = "" ]
}

@test "a signal ends it while the ring is busy, and --for does" {
	for signal in INT TERM; do
		: >"$BATS_TEST_TMPDIR/out"
		"$ITS_TOOL" -s sim:post-every=1,posts=400 -j watch >"$BATS_TEST_TMPDIR/out" &
		until [ "$(wc -l <"$BATS_TEST_TMPDIR/out")" -ge 1000 ]; do sleep 0.05; done
		kill -s $signal $!
		ended $! 0
		tail -n 1 "$BATS_TEST_TMPDIR/out" | jq -e '.type == "summary" and .untold >= 0'
	done
	"$ITS_TOOL" -s sim:post-every=1,posts=400 watch --for 300 >"$BATS_TEST_TMPDIR/out" &
	ended $! 0
	grep -qE '^[0-9]+ commands in ' "$BATS_TEST_TMPDIR/out"
}

@test "a signal ends it while nobody reads, and --for does" {
	mkfifo "$BATS_TEST_TMPDIR/fifo"
	sleep 100 <"$BATS_TEST_TMPDIR/fifo" 3>&- &
	reader=$!
	for options in "-s sim:post-every=1,posts=400 watch" "-s sim:post-every=1,posts=400 -j watch"; do
		for signal in INT TERM; do
			"$ITS_TOOL" $options >"$BATS_TEST_TMPDIR/fifo" 2>"$BATS_TEST_TMPDIR/err" &
			sleep 1.5
			kill -s $signal $!
			ended $! 0
			[ ! -s "$BATS_TEST_TMPDIR/err" ]
		done
	done
	"$ITS_TOOL" -s sim:post-every=1,posts=400 watch --for 300 >"$BATS_TEST_TMPDIR/fifo" &
	ended $! 0
	kill $reader
}

@test "nohup: SIGHUP stays ignored" {
	: >"$BATS_TEST_TMPDIR/out"
	(trap '' HUP; exec "$ITS_TOOL" -s sim:post-every=1 -j watch >"$BATS_TEST_TMPDIR/out") &
	until [ "$(wc -l <"$BATS_TEST_TMPDIR/out")" -ge 5 ]; do sleep 0.05; done
	kill -HUP $!
	sleep 0.5
	kill -0 $!
	kill -TERM $!
	ended $! 0
}

@test "laps that would leave the ring as it was are never passed over in silence" {
	run_tool 0 -s sim:post-every=4,posts=1024 -j watch --for 1000
	[ "$(tail -n 1 <<<"$out" | jq -c '.lost + .maybe_lost > 0')" = true ]
}

@test "a SYNC is counted with its command, in text and in JSON" {
	run_tool 0 -s sim:post-every=1 watch --device 1 --count 3
	shows 'SYNCs behind them: 3$'
	run_tool 0 -s sim:post-every=1 -j watch --device 1 --count 3
	[ "$(tail -n 1 <<<"$out" | jq -c '[.commands, .syncs, .left_out]')" = '[3,3,0]' ]
}
