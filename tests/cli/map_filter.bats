#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# map: the filters it shares with watch.

load helpers

@test "map shows what --device, --event, --lpi, --cpu and --irq ask for" {
	run_tool 0 -j -s sim:events=10 map
	json '[.its[].devices[].events[]] | length' 11
	run_tool 0 -j -s sim:events=10 map --cpu 1
	json '[.its[].devices[].events[].cpu] | unique' '[1]'
	json '[.its[].collections[].icid]' '[1]'
	run_tool 0 -j -s sim:events=10 map --device 1
	json '[.its[].devices[].device_id]' '[1]'
	run_tool 0 -j -s sim:events=10 map --lpi 8192 --event 0
	json '[.its[].devices[].events[].pintid]' '[8192]'
	run_tool 0 -j -s sim:events=10 map --irq 20
	json '[.its[].devices[].events[].pintid]' '[8192]'
	run_tool 0 -s sim:events=10 map --lpi 8225 --dot
	shows 'LPI 8225'
	run_tool 2 -s sim map --event x
	says "--event: 'x' is not a number"
}
