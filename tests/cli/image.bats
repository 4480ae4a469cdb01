#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Images of memory and crash dumps: every reading command on what somebody saved, and find-ring.
# The images are made of the simulated board's ring: the words that dump --json prints, in the byte order of memory.

load helpers

bytes_of() { sed 's/^0x//; s/\(..\)\(..\)\(..\)\(..\)\(..\)\(..\)\(..\)\(..\)/\8\7\6\5\4\3\2\1/' | xxd -r -p; }

# ring_of SOURCE: the ring's bytes.
ring_of() { its-tool -s "$1" dump --all --json | jq -r '.its[0].entries | sort_by(.slot)[].raw[]' | bytes_of; }

setup_file() {
	cd "$BATS_FILE_TMPDIR"
	ring_of sim >ring
	ring_of sim:at=700,fill >full
	gzip -c ring >ring.gz
	# 32-bit registers in words of their own: CTLR, IIDR, TYPER; then CBASER, CWRITER, CREADR.
	its-tool -s sim regs --json --all >regs
	jq -r '[.its[0].registers[] | { (.name): .value }] | add |
		"0x" + (.GITS_IIDR | ltrimstr("0x")) + (.GITS_CTLR | ltrimstr("0x")), .GITS_TYPER' regs | bytes_of >frame
	head -c 112 /dev/zero >>frame
	jq -r '[.its[0].registers[] | { (.name): .value }] | add | .GITS_CBASER, .GITS_CWRITER, .GITS_CREADR' regs |
		bytes_of >>frame
}

setup() { cd "$BATS_FILE_TMPDIR"; }

same_entries() {
	diff <(its-tool -s sim --json dump --all | jq -S '[.its[0].entries[]] | sort_by(.slot)') \
		<(jq -S '[.its[0].entries[]] | sort_by(.slot)' <<<"$out")
}

@test "ring and register frame answer as the machine did" {
	[ "$(stat -c %s ring)" = 65536 ]
	[ "$(stat -c %s frame)" = 152 ]
	run_tool 0 -s image:ring@0x41070000,frame@0x80740000 dump
	diff <(its-tool -s sim dump) <(sed 's/(no device tree)/msi-controller@80740000/' <<<"$out")
	run_tool 0 -s image:ring@0x41070000,frame@0x80740000 --json dump --all
	same_entries
	json '.its[0].assumed' null
	json '.its[0].queue.via' '"image"'
}

@test "a device tree goes with an image" {
	its-tool -s sim list >want
	run_tool 0 -s image:ring@0x41070000,frame@0x80740000 -d "${ITS_TOOL%/*}/lab-board.dtb" list
	# All but GITS_PIDR2, which the frame lacks.
	diff <(grep -v version want) <(grep -v version <<<"$out")
	shows 'version     not known, DeviceID 16 bits, EventID 16 bits'
	says 'GITS_PIDR2 is not known: no file of the image holds 0x8074ffe8: frame ends at 0x80740098'
}

@test "the ring alone, with the register values that the user knows" {
	run_tool 0 -s image:ring@0x41070000 --cbaser 0xb80000004107040f --cwriter 0x2a0 --creadr 0x260 dump --pending
	shows 'CREADR at slot 19, CWRITER at slot 21: pending 2'
	shows 'not known and assumed: GITS_CTLR \(enabled\), GITS_TYPER \(no limits, RDbase is a processor number or an address\)$'
	shows '^     19  0x00260  next     INV '
	run_tool 0 -s image:ring@0x41070000 --cbaser 0x41070000 --json dump --all
	same_entries
	json '.its[0].assumed' '["GITS_CTLR","GITS_TYPER","GITS_CWRITER","GITS_CREADR"]'
	json '.its[0].queue | [.cwriter.offset, .slots, .pending]' '[672,2048,0]'
	json '.its[0] | [.base, .iidr]' '[null,null]'
	run_tool 0 -s image:ring@0x41070000 --cbaser 0x41070000 --typer 0x80001 --json dump
	json '.its[0].assumed' '["GITS_CTLR","GITS_CWRITER","GITS_CREADR"]'
	run_tool 0 -s image:ring@0x41070000 --cbaser 0x41070000 --typer 0x80000 dump
	shows 'MAPC    ICID=1 RDbase=0x10000 V=1'
}

@test "map, check and explain work on the ring alone" {
	its-tool -s sim map --json | jq -c '[.its[0].devices[].events[]? | [.event_id, .pintid, .icid]]' >want
	run_tool 0 -s image:ring@0x41070000 --cbaser 0x41070000 map --json
	jq -c '[.its[0].devices[].events[]? | [.event_id, .pintid, .icid]]' <<<"$out" | diff want -
	run_tool 0 -s image:ring@0x41070000 --cbaser 0x41070000 map
	shows 'EventID   0 -> LPI 8192  collection 0'
	run_tool 0 -s image:ring@0x41070000 --cbaser 0x41070000 check
	shows 'not known and assumed: GITS_CTLR'
	shows 'nothing wrong was found: 17 checks hold, 0 errors, 0 warnings, 0 notes; could not be made: 30'
	run_tool 0 -s image:ring@0x41070000 --cbaser 0x41070000 -d "${ITS_TOOL%/*}/lab-board.dtb" explain 1 0
	shows 'not known and assumed: GITS_CTLR'
	shows 'mapti         ok       mapped \(slot 17\) to LPI 8192, collection 0'
}

# unknown LIST: the words, in any order, are the checks that could not be made for want of a register.
unknown() {
	jq -r '.its[0].checks[] | select(.status == "unknown" and (.why | test("^GITS_[A-Z0-9]+ is not known"))) | .name' <<<"$out" |
		sort | diff <(tr ' ' '\n' <<<"$1" | sort) -
}

@test "what was assumed passes no check, and is no link that holds" {
	typer='command-version device-id-range event-id-range icid-range itt-size itt-overlap'
	tables='shareability device-table collection-table'
	run_tool 0 -s image:ring@0x41070000 --cbaser 0x41070000 -j check
	unknown "its-enabled quiescent stalled draining pointers quirk tables-agree $typer $tables"
	given=$(jq -r '.its[0].registers[] | select(.name == "GITS_TYPER") | .value' regs)
	run_tool 0 -s image:ring@0x41070000 --cbaser 0x41070000 --typer "$given" --cwriter 0x2a0 --creadr 0x2a0 -j check
	unknown "its-enabled quiescent quirk tables-agree $tables"
	run_tool 0 -s image:ring@0x41070000,frame@0x80740000 -j check
	unknown "$tables"
	run_tool 0 -s image:ring@0x41070000 --creadr 0 check
	shows 'nothing wrong was found'
	run_tool 0 -s image:ring@0x41070000 --cbaser 0x41070000 explain 1 0
	shows 'its +unknown +whether the ITS is enabled: GITS_CTLR is not known'
	shows 'queue +unknown +whether the ring drains: GITS_CREADR and GITS_CWRITER are not known'
	shows 'device-id +unknown +whether the ITS has room for DeviceID 0x1: GITS_BASER[0-7] is not known'
	shows 'event-id +ok +EventID 0 is within the 5 bits of the device'
	run_tool 1 -s image:ring@0x41070000 --cbaser 0x41070000 explain 77 0
	shows 'event-id +unknown +whether EventID 0 is within its bits: GITS_TYPER is not known'
	run_tool 0 -s image:ring@0x41070000 --cbaser 0x41070000 --cwriter 0x2a0 explain 1 0
	shows 'queue +unknown +whether the ring drains: GITS_CREADR is not known'
	run_tool 1 -s image:ring@0x41070000 --cbaser 0x41070000 --creadr 0x221 explain 1 0
	shows 'queue +BROKEN +the ITS is STALLED at slot 17, on MAPTI$'
	run_tool 1 -s image:ring@0x41070000 --cbaser 0x41070000 --creadr 0x221 check
	shows 'error    stalled            the ITS is stalled at slot 17, on MAPTI'
}

@test "without GITS_TYPER a redistributor is known by its number and by its address" {
	for how in sim:pta sim; do
		its-tool -s "$how" capture -q whole
		sed '/^0x80740008 /d' whole >headless
		cbaser=$(sed -n 's/^0x80740080 64 \(0x[0-9a-f]*\).*/\1/p' whole)
		run_tool 0 -s capture:headless --cbaser "$cbaser" -j check
		json '.its[0].assumed' '["GITS_TYPER"]'
		json '[.its[0].checks[] | select(.status == "failed") | .name]' '[]'
		run_tool 0 -s capture:headless --cbaser "$cbaser" explain 1 0
		shows 'redistributor ok +redistributor at 0x80780000, of CPU 0$'
		run_tool 0 -s capture:headless --cbaser "$cbaser" dump
		[[ $out != *'NO SUCH'* ]]
	done
}

@test "no order of commands is made up" {
	# The driver stands at slot 0 or anywhere: nothing contradicts itself. By chance the last slot holds no SYNC.
	for ((i = 0; i < 2048; i++)); do
		if ((i % 2)); then printf '0c00000001000000%02x%02x000000000000%032d' $((i % 256)) $((i / 256)) 0; else printf '05%062d' 0; fi
	done | xxd -r -p >odd
	run_tool 0 -s image:odd@0x41070000 --cbaser 0x41070000 -j check
	json '.its[0].checks | map(select(.why // "" | contains("which command is the newest")) | .name) | sort' \
		'["collection-mapped","device-mapped","event-mapped","live-itt","remapped-event","sync"]'
	json '.its[0].checks[] | select(.name == "raw-append") | .status' '"moot"'
	json '.its[0].checks | map(select(.status == "failed"))' '[]'
	# With the register it is known.
	run_tool 0 -s image:odd@0x41070000 --cbaser 0x41070000 --cwriter 0 check
	shows 'the newest command, INV in slot 2047, has no SYNC behind it \(ring of 2048 slots\)'
	# Two contradictions that want the seam in two places: each is an error only if it is not there.
	command() { printf "$1" | dd of=odd bs=32 seek="$2" conv=notrunc status=none; }
	discard='\x0f\0\0\0\1\0\0\0' inv='\x0c\0\0\0\1\0\0\0' one='\0\x10' two='\1\x10'
	command "$discard$one" 11; command "$inv$one" 1001; command "$discard$two" 1011; command "$inv$two" 1
	run_tool 0 -s image:odd@0x41070000 --cbaser 0x41070000 -j check
	json '.its[0].checks | map(select(.status == "failed"))' '[]'
	run_tool 1 -s image:odd@0x41070000 --cbaser 0x41070000 --cwriter 0 check
	shows 'error    event-mapped       INV in slot 1001: '
}

@test "a stalled ITS is seen in an image, too" {
	run_tool 0 -s image:ring@0x41070000 --cbaser 0x41070000 --creadr 0x221 --cwriter 0x2a0 dump
	shows 'STALLED at slot 17, with 3 commands queued behind it'
	shows 'MAPTI   DeviceID=0x1 EventID=0 pINTID=8192 ICID=0'
}

@test "list and regs show what is known, and say what is not" {
	run_tool 0 -s image:frame@0x80740000 regs
	shows 'GITS_CBASER     0x80740080  0x[0-9a-f]+07040f'
	shows 'GITS_CREADR     0x80740090  0x00000000000002a0'
	says '[0-9]+ registers are not known and left out'
	run_tool 6 -s image:frame@0x80740000 regs pidr2
	says 'GITS_PIDR2 is not known'
	run_tool 0 -s image:ring@0x41070000 --cbaser 0x41070000 regs
	shows 'GITS_CBASER     \+0x80  0x800000004107040f'
	run_tool 0 -s image:ring@0x41070000 --cbaser 0x41070000 list
	shows 'queue       0x41070000, 2048 slots'
	run_tool 6 -s image:ring@0x41070000 dump
	says 'no physical address: there is no device tree, and no register frame was found'
	says '--cbaser; .its-tool find-ring. looks for it'
	run_tool 6 -s image:frame@0x80740000 dump
	shows 'GITS_CREADR  0x00000000000002a0'
	says 'no file of the image holds 0x41070000: the first, frame, begins at 0x80740000'
	head -c 32 ring >little
	run_tool 6 -s image:frame@0x80740000,little@0x41070000 dump
	says 'no file of the image holds 0x41070020: little ends at 0x41070020'
}

@test "the ITS's address can be named" {
	run_tool 0 -s image:ring@0x41070000 --its 0x80740000 --cbaser 0x41070000 --json dump
	json '.its[0].base' '"0x80740000"'
	run_tool 6 -s image:frame@0x1000,ring@0x41070000 --its 0x80740000 dump
	says 'no file of the image holds 0x80740000'
}

@test "gzip and pipes are read" {
	run_tool 0 -s image:ring.gz@0x41070000 --cbaser 0x41070000 --json dump --all
	same_entries
	cat ring | its-tool -s image:/dev/stdin@0x41070000 --cbaser 0x41070000 dump >got
	its-tool -s image:ring@0x41070000 --cbaser 0x41070000 dump | diff - got
}

@test "RAM that begins with a compressed kernel is read as it is" {
	cp ring.gz ram
	truncate -s 64K ram
	cat ring >>ram
	run_tool 0 -s image:ram@0x41060000 find-ring
	says 'ram begins as gzip.ed files do, but is none \(more follows behind it\): it is read as it is'
	shows '^  0x41070000  100%, 2048 slots, 21 with commands'
	run_tool 0 -s image:ram@0x41060000 --cbaser 0x41070000 --json dump --all
	same_entries
	cp ring.gz packed
	run_tool 0 -s image:packed@0x41070000 --cbaser 0x41070000 --json dump --all
	says 'packed is a gzip.ed file from its first byte to its last, and was unpacked'
	same_entries
	run_tool 0 -q -s image:packed@0x41070000 --cbaser 0x41070000 dump
	[ -z "$err" ]
	gzip -c ring | its-tool -q -s image:/dev/stdin@0x41070000 --cbaser 0x41070000 --json dump --all >got
	out=$(cat got)
	same_entries
	# What is called so must be so, and zlib's name of it is no name.
	printf '\x1f\x8b\x08\0\0\0\0\0\0\0\xff\xff\xff\xff' >bad.gz
	run_tool 6 -s image:bad.gz@0x41070000 dump
	says ': cannot unpack bad.gz: invalid block type$'
	says 'a name that does not end in .gz'
}

@test "a file may be longer than 4 GiB, and an address than 32 bits" {
	truncate -s 5G big
	dd if=ring of=big bs=64k seek=73728 conv=notrunc status=none
	run_tool 0 -s image:big@0xf000000000000 --cbaser 0xf000120000000 --json dump --all
	same_entries
	json '.its[0].queue.base' '"0xf000120000000"'
	rm big
}

@test "what an image cannot be is said with file and address" {
	: >empty
	run_tool 2 -s image: dump
	says "is not FILE@ADDRESS"
	run_tool 2 -s image:ring dump
	run_tool 6 -s image:nowhere@0x1000 dump
	says 'nowhere: No such file'
	run_tool 6 -s image:empty@0x1000 dump
	says 'empty is empty: nothing lies at 0x1000'
	run_tool 6 -s image:ring@0x41070000,full@0x4107ffff dump
	says 'ring \(0x10000 bytes at 0x41070000\) overlaps full at 0x4107ffff'
	run_tool 0 -s image:ring@0xfffffffff0000 find-ring
	run_tool 6 -s image:ring@0xffffffffff000 dump
	says 'ring: 0x10000 bytes at 0xffffffffff000 go beyond the 52 bits'
}

@test "an image is never written, and given registers are for reading" {
	run_tool 4 -s image:ring@0x41070000,frame@0x80740000 inject 1 0
	says 'an image is only read'
	run_tool 2 -s image:ring@0x41070000 --cbaser 0x41070000 inject 1 0
	says "'inject' writes, and would trust a register that was not read"
	run_tool 2 -s sim --creadr 3 dump
	says '--creadr: 0x3 is no value of GITS_CREADR'
	run_tool 2 -s sim --cwriter x dump
	dtc -q -I dts -O dtb -o boards.dtb "$BATS_TEST_DIRNAME/../fixtures/boards.dts"
	run_tool 2 -s sim:boards.dtb --creadr 0 dump
	says 'whose registers are given'
}

@test "what was given wrongly is said of the option, not of the hardware" {
	local source=image:ring@0x41070000
	run_tool 2 -s $source --cbaser 0x41070000 --cwriter 0x10000 dump
	says -- '^its-tool: --cwriter: 0x10000 is outside the ring of 0x10000 bytes at 0x41070000$'
	run_tool 2 -s $source --cbaser 0x8000000041070400 --creadr 0x1001 dump
	says -- '^its-tool: --creadr: 0x1001 is outside the ring of 0x1000 bytes at 0x41070000$'
	run_tool 0 -s $source --cbaser 0x8000000041070400 --creadr 0xfe1 dump
	run_tool 2 -s $source --cbaser 0x4107040f dump
	says -- '^its-tool: --cbaser: 0x4107040f is no GITS_CBASER of a ring: Valid \(bit 63\) is 0$'
	says '^its-tool: with Valid it is 0x800000004107040f; the ring.s address alone, a multiple of 4096,'
	run_tool 2 -s $source --cbaser 0x41070020 dump; says 'Valid \(bit 63\) is 0'
	run_tool 2 -s $source --cbaser 0 dump; says -- '--cbaser: 0x0 puts the ring at 0x0'
	run_tool 2 -s $source --cbaser 0x800fffffffffffff dump; says 'no valid RAM address'
	run_tool 2 -s $source --cbaser -1 dump; says "^its-tool: --cbaser takes a number of 64 bits: GITS_CBASER, .* or just the ring's address$"
	# Beside a GITS_CBASER that is read, as soon as it is.
	run_tool 6 -s sim --cwriter 0x10000 dump
	says '^its-tool: GITS_CWRITER as it was given points at offset 0x10000, outside the ring'
	says -- '^its-tool: --cwriter does not fit'
	head -c 144 frame >short
	run_tool 6 -s image:ring@0x41070000,short@0x80740000 --its 0x80740000 --cwriter 0x10000 dump; says 'GITS_CWRITER as it was given'
	run_tool 6 -s sim:set=GITS_CREADR:0x10000 dump; says 'ITS at 0x80740000: GITS_CREADR points at'
}

@test "the user's word goes before the register" {
	run_tool 0 -s sim --creadr 0x260 --json dump --pending
	json '[.its[0].entries[].slot]' '[19,20]'
}

@test "find-ring names the ring first, and its line shows it" {
	{ head -c 200000 /dev/zero; head -c 62144 /dev/urandom; cat ring; head -c 65536 /dev/urandom; cat full; } >ram
	run_tool 0 -s image:ram@0x40000000 find-ring
	shows '^Searched 0 MiB in 1 range; what looks like a ring: 2$'
	shows '^  0x40040000  100%, 2048 slots, 21 with commands, begins as Linux sets an ITS up$'
	shows 'the driver writes next to slot 21$'
	shows '  its-tool -s image:ram@0x40000000 --cbaser 0xb80000004004040f --cwriter 0x2a0 dump$'
	run_tool 0 -s image:ram@0x40000000 -j find-ring
	json '[.rings[].base]' '["0x40060000","0x40040000"]'
	json '.rings[0] | [.wrapped, .slots, .used]' '[true,2048,2048]'
	json '.searched | [.bytes, .ranges, .unreadable_bytes]' '[458752,1,0]'
	next=$(jq -r '.rings[1].next' <<<"$out")
	[[ $next == its-tool\ * ]]
	eval "run_tool 0 ${next#its-tool} --json --all"
	same_entries
	run_tool 0 -s image:ram@0x40000000 --cbaser 0x40060000 --cwriter 0x40 --creadr 0x40 --typer 1 -j find-ring
	json '.rings[1].next' "\"$next\""
	run_tool 0 -s sim find-ring
	shows '^  0x41070000  100%'
	head -c 1000000 /dev/urandom >noise
	run_tool 1 -s image:noise@0 find-ring
	says 'no ring found in 999424 bytes'
	run_tool 2 -s devmem:/dev/null -d "${ITS_TOOL%/*}/lab-board.dtb" find-ring
	says 'source devmem cannot be searched'
}

@test "find-ring's line survives odd names" {
	cp ring "it's a ring,@1"
	run_tool 0 -s "image:it's a ring,@1@0x40040000" -j find-ring
	eval "run_tool 0 $(jq -r '.rings[0].next' <<<"$out" | sed 's/^its-tool//') --json --all"
	same_entries
}

@test "a core is told from what is none" {
	run_tool 2 -s core: dump
	if its-tool -s core:ring dump 2>&1 | grep -q 'built without libkdumpfile'; then
		skip "built without libkdumpfile"
	fi
	run_tool 6 -s core:ring dump
	says 'ring is no core that can be read'
	says 'image:FILE@ADDRESS'
	run_tool 6 -s core:nowhere dump
	says 'nowhere: No such file'
	{ printf 'makedumpfile\0\0\0\0\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0\1'; head -c 4064 /dev/zero; } >flat
	run_tool 6 -s core:flat dump
	says 'flat, a flattened core: it ends at offset 0x1000'
	{ cat flat; printf '\x7f\xff\xff\xff\xff\xff\xff\xff\0\0\0\0\0\0\0\1x'; } >flat2
	run_tool 6 -s core:flat2 dump
	says 'the block at offset 0x1000 wants to be 0x1 bytes at 0x7fffffffffffffff'
}

# An ELF core of one page: header, one PT_LOAD at 0x40000000, the ring's first page.
@test "an ELF core is read, and a page that it lacks is named" {
	if its-tool -s core:ring dump 2>&1 | grep -q 'built without libkdumpfile'; then
		skip "built without libkdumpfile"
	fi
	{
		printf '\x7fELF\2\1\1\0\0\0\0\0\0\0\0\0\4\0\267\0\1\0\0\0'
		printf '\0\0\0\0\0\0\0\0\100\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\100\0\70\0\1\0\0\0\0\0\0\0'
		printf '\1\0\0\0\7\0\0\0\0\20\0\0\0\0\0\0\0\0\0\100\0\0\0\0\0\0\0\100\0\0\0\0'
		printf '\0\20\0\0\0\0\0\0\0\20\0\0\0\0\0\0\0\0\0\0\0\0\0\0'
		head -c $((4096 - 64 - 56)) /dev/zero
		head -c 4096 ring
	} >elf
	run_tool 0 -s core:elf find-ring
	shows '^  0x40000000  80%, 128 slots, 21 with commands'
	run_tool 0 -s core:elf --cbaser 0x8000000040000400 dump
	shows 'MAPTI   DeviceID=0x1 EventID=0 pINTID=8192 ICID=0'
	run_tool 6 -s core:elf --cbaser 0x40000000 dump
	says 'the core does not hold 0x40001000'
	run_tool 6 -s core:elf -i 0x8080000 dump
	says 'a core holds RAM, and not the registers at 0x8080000'
	says 'find-ring'
	run_tool 4 -s core:elf -i 0x8080000 inject 1 0
	says 'a core is only read'
	head -c 6000 elf >cut
	run_tool 6 -s core:cut --cbaser 0x8000000040000400 dump
	says 'the core cut is cut off: 6000 of at least 8192 bytes'
	says 'copy it again'
	[ -z "$out" ]
	gzip -c elf | head -c 100 >packed
	run_tool 6 -s core:packed find-ring
	says 'packed is no core that can be read: packed begins as gzip.ed files do, but is none \(it ends too early\)'
}
