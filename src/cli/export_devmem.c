// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The plan as a shell script for the target, by busybox's devmem.
 *
 * The ring of a coherent ITS goes through read(2) and write(2) of /dev/mem, which use the kernel's
 * cacheable mapping, as the driver does. busybox's devmem opens with O_SYNC, and arm64 then maps
 * RAM non-cacheable (phys_mem_access_prot()): that passes by lines that the driver left in the
 * caches. Where the ITS reads past the caches and the driver cleans each line, it is the other way round.
 */
#include <inttypes.h>

#include "export.h"

/* More than a driver that does not stop posting writes while the history is put back. */
#define AHEAD 64u

static const char *const common[] = {
	"",
	"dir=$(mktemp -d \"${TMPDIR:-/tmp}/its.XXXXXX\") || exit 1",
	"dirty=\t# the ring does not hold all of its history",
	"leave() {",
	"\t[ -z \"$dirty\" ] || {",
	"\t\techo \"what the ring held before is in $dir/history\" >&2",
	"\t\treturn",
	"\t}",
	"\trm -rf \"$dir\"",
	"}",
	"trap leave EXIT",
	"trap '' INT TERM HUP QUIT PIPE\t# a lap that is cut off leaves the ring full of SYNCs",
	"command -v devmem >/dev/null || devmem() { busybox devmem \"$@\"; }",
	"",
	"die() {\t# STATUS MESSAGE, the exit status being that of its-tool",
	"\techo \"$2\" >&2",
	"\texit \"$1\"",
	"}",
	"",
	"read_register() {\t# OFFSET: \"0x\" and 16 digits",
	"\tdevmem $((its + $1)) 64",
	"}",
	"",
	"pointers() {\t# bit 0 of both registers is no part of the offset: Stalled and Retry",
	"\tcreadr=$(read_register 0x90) && cwriter=$(read_register 0x88) || die 4 \"GITS_CREADR and GITS_CWRITER cannot be read\"",
	"\tstalled=$((creadr & 1))",
	"\tcreadr=$((creadr >> 5 & 0x7fff))",
	"\tcwriter=$((cwriter >> 5 & 0x7fff))",
	"}",
	"",
	"write_cwriter() {\t# SLOT",
	"\tdevmem $((its + 0x88)) 64 $(($1 * 32)) || die 5 \"GITS_CWRITER cannot be written\"",
	"}",
	"",
	"clock() {\t# milliseconds since boot: no step of the time of day moves it",
	"\tread -r up rest </proc/uptime",
	"\tcs=${up#*.}",
	"\tnow=$((${up%.*} * 1000 + ${cs#0} * 10))",
	"}",
	"",
	"wait_idle() {\t# until CREADR = CWRITER; false after $limit ms and on a stalled ITS",
	"\tclock",
	"\tend=$((now + limit))",
	"\twhile pointers; [ \"$stalled\" -eq 0 ] && [ \"$creadr\" -ne \"$cwriter\" ]; do",
	"\t\tclock",
	"\t\t[ \"$now\" -lt \"$end\" ] || return 1",
	"\tdone",
	"\t[ \"$stalled\" -eq 0 ]",
	"}",
	"",
	"octal() {\t# the bytes of a word, lowest first, as printf takes them; in halves, as 64 bits are signed in sh",
	"\tfor half in \"0x${1#??????????}\" \"${1%????????}\"; do",
	"\t\tprintf '\\\\%03o\\\\%03o\\\\%03o\\\\%03o' $((half & 255)) $((half >> 8 & 255)) $((half >> 16 & 255)) $((half >> 24))",
	"\tdone",
	"}",
	"",
	"# Slots in the files here: 32 bytes for dd, a line of four words for devmem.",
	"case $ring_by in",
	"dd) unit=-c size=32 all=-c ;;",
	"*) unit=-n size=1 all=-l ;;",
	"esac",
	"",
	"whole() {\t# FILE SLOTS: a full disk cuts it short, and a read that fails",
	"\t[ \"$(wc $all <\"$1\")\" -eq $(($2 * size)) ]",
	"}",
	"",
	"each() {\t# TIMES WORD WORD WORD WORD: slots, as the files here hold them",
	"\tleft=$1",
	"\tshift",
	"\tcase $ring_by in",
	"\tdd) record=$(octal \"$1\")$(octal \"$2\")$(octal \"$3\")$(octal \"$4\") ;;",
	"\t*) record=\"$1 $2 $3 $4\\\\n\" ;;",
	"\tesac",
	"\twhile [ \"$left\" -gt 0 ]; do",
	"\t\t# shellcheck disable=SC2059 # it is the format",
	"\t\tprintf \"$record\"",
	"\t\tleft=$((left - 1))",
	"\tdone",
	"}",
	"",
	"read_ring() {\t# all slots, up to the first that cannot be read",
	"\tcase $ring_by in",
	"\tdd) dd if=/dev/mem bs=4096 skip=$((ring / 4096)) count=$((slots / 128)) 2>/dev/null ;;",
	"\t*)",
	"\t\tat=$ring",
	"\t\twhile [ \"$at\" -lt $((ring + slots * 32)) ]; do",
	"\t\t\tw0=$(devmem $at 64) && w1=$(devmem $((at + 8)) 64) && w2=$(devmem $((at + 16)) 64) &&",
	"\t\t\t\tw3=$(devmem $((at + 24)) 64) || return 1",
	"\t\t\techo \"$w0 $w1 $w2 $w3\"",
	"\t\t\tat=$((at + 32))",
	"\t\tdone",
	"\t\t;;",
	"\tesac",
	"}",
	"",
	"write_run() {\t# FILE SLOT COUNT, not across the ring's end",
	"\t[ \"$3\" -gt 0 ] || return 0",
	"\tcase $ring_by in",
	"\tdd) dd if=\"$1\" of=/dev/mem bs=32 skip=\"$2\" seek=$((ring / 32 + $2)) count=\"$3\" conv=notrunc 2>/dev/null ;;",
	"\t*)",
	"\t\tat=$((ring + $2 * 32))",
	"\t\ttail -n +$(($2 + 1)) \"$1\" | head -n \"$3\" | while read -r w0 w1 w2 w3; do",
	"\t\t\tdevmem $at 64 \"$w0\" && devmem $((at + 8)) 64 \"$w1\" && devmem $((at + 16)) 64 \"$w2\" &&",
	"\t\t\t\tdevmem $((at + 24)) 64 \"$w3\" || exit 1",
	"\t\t\tat=$((at + 32))",
	"\t\tdone",
	"\t\t;;",
	"\tesac",
	"}",
	"",
	"# The geometry, from the register and not from the plan. Halves again: bit 63 is Valid.",
	"cbaser=$(read_register 0x80) || die 4 \"/dev/mem or devmem is missing, or this is not root\"",
	"[ ${#cbaser} -eq 18 ] || die 4 \"this devmem does not read 64 bits: $cbaser\"",
	"high=${cbaser%????????} low=0x${cbaser#??????????}",
	"ring=$(((high & 0xfffff) << 32 | (low & 0xfffff000)))",
	"slots=$((((low & 0xff) + 1) * 128))",
	"[ $((high >> 31 & 1)) -eq 1 ] || die 7 \"GITS_CBASER = $cbaser: there is no ring\"",
	"[ \"$ring\" -eq $((plan_ring)) ] && [ \"$slots\" -eq \"$plan_slots\" ] ||",
	"\tdie 7 \"the ring is not where it was when this was written: GITS_CBASER = $cbaser\"",
	"[ $(($(devmem $((its)) 32) & 1)) -eq 1 ] || die 7 \"the ITS is disabled\"",
	"",
	"# A word of the ring, before anything is written: does the kernel let RAM be reached?",
	"case $ring_by in",
	"dd) word=$(dd if=/dev/mem bs=8 skip=$((ring / 8)) count=1 2>/dev/null | wc -c) ;;",
	"*) word=$(devmem $ring 64 2>/dev/null | wc -c) ;;",
	"esac",
	"[ \"$word\" -ge 8 ] || die 4 \"the kernel does not let /dev/mem reach RAM (CONFIG_STRICT_DEVMEM): use its-tool itself\"",
	NULL
};

static const char *const lap[] = {
	"",
	"wait_idle || die 7 \"not idle: CREADR at slot $creadr, CWRITER at slot $cwriter, stalled: $stalled\"",
	"W=$cwriter\t# where the driver writes next",
	"tag() { printf '0x4954532D544C%04X' \"$1\"; }\t# DW3 of the filler, by which its-tool knows it",
	"",
	"# The history, and the ring as it is to be: the commands from W on, SYNCs else.",
	"read_ring >\"$dir/history\" && whole \"$dir/history\" \"$slots\" || die 4 \"the ring cannot be read, or not be kept in $dir\"",
	"case $ring_by in",
	"dd)",
	"\t# shellcheck disable=SC2059",
	"\tprintf \"$(octal \"$(tag $(((W + 1) % slots)))\")\" >\"$dir/tag\"",
	"\ttail -c +$((W * 32 + 25)) \"$dir/history\" | head -c 8 >\"$dir/found\"",
	"\t;;",
	"*)",
	"\ttag $(((W + 1) % slots)) >\"$dir/tag\"",
	"\tsed -n \"$((W + 1))s/.* //p\" \"$dir/history\" | tr -d '\\n' >\"$dir/found\"",
	"\t;;",
	"esac",
	"! cmp -s \"$dir/tag\" \"$dir/found\" || die 7 \"a lap that was cut off still fills the ring: run its-tool recover\"",
	"{",
	"\tpayload",
	"\teach $((slots - count)) $sync \"$(tag \"$W\")\"",
	"} >\"$dir/lap\"",
	"{",
	"\ttail $unit $((W * size)) \"$dir/lap\"",
	"\thead $unit $(((slots - W) * size)) \"$dir/lap\"",
	"} >\"$dir/image\"",
	"whole \"$dir/image\" \"$slots\" || die 4 \"$dir has no room\"",
	"",
	"changed() {\t# the slots that somebody else has written since this script did",
	"\tread_ring >\"$dir/now\" && whole \"$dir/now\" \"$slots\" || return 1",
	"\tcase $ring_by in",
	"\tdd)",
	"\t\tcmp -l \"$dir/image\" \"$dir/now\" | while read -r byte rest; do",
	"\t\t\techo $(((byte - 1) / 32))",
	"\t\tdone",
	"\t\t;;",
	"\t*)",
	"\t\tslot=0",
	"\t\twhile read -r ours <&3 && read -r found <&4; do",
	"\t\t\t[ \"$ours\" = \"$found\" ] || echo $slot",
	"\t\t\tslot=$((slot + 1))",
	"\t\tdone 3<\"$dir/image\" 4<\"$dir/now\"",
	"\t\t;;",
	"\tesac",
	"}",
	"",
	"quiet() {\t# CREADR = CWRITER for 100 ms; false if that is not so within $limit ms. $moved: it was not so all the time",
	"\tclock",
	"\tend=$((now + limit)) stands='' moved=''",
	"\twhile pointers; do",
	"\t\tclock",
	"\t\tif [ \"$creadr\" -ne \"$cwriter\" ] || [ \"$stalled\" -ne 0 ]; then",
	"\t\t\tstands='' moved=1",
	"\t\telif [ \"$cwriter\" != \"$stands\" ]; then",
	"\t\t\tstands=$cwriter since=$now",
	"\t\telif [ $((now - since)) -ge 100 ]; then",
	"\t\t\treturn 0",
	"\t\tfi",
	"\t\t[ \"$now\" -lt $((end + 100)) ] || return 1",
	"\tdone",
	"}",
	"",
	"theirs=\t# slots that somebody else has written since this script did, in ascending order",
	"write_ours() {\t# FILE SLOT COUNT, as write_run, but none of $theirs",
	"\tfrom=$2 to=$(($2 + $3))",
	"\tfor slot in $theirs; do",
	"\t\t[ \"$slot\" -ge \"$from\" ] && [ \"$slot\" -lt \"$to\" ] || continue",
	"\t\twrite_run \"$1\" \"$from\" $((slot - from)) || return 1",
	"\t\tfrom=$((slot + 1))",
	"\tdone",
	"\twrite_run \"$1\" \"$from\" $((to - from))",
	"}",
	"",
	"write_ring() {\t# FILE SLOT COUNT: those slots of the file into the ring; it goes on at slot 0 behind its end",
	"\trun=$3",
	"\t[ $(($2 + run)) -le \"$slots\" ] || run=$((slots - $2))",
	"\twrite_ours \"$1\" \"$2\" \"$run\" && write_ours \"$1\" 0 $(($3 - run)) || die 5 \"the ring cannot be written\"",
	"}",
	"",
	"# The history, from where the driver writes next once round the ring: not into what the driver has written since,",
	"# nor into what the ITS has still to read. If the driver does not come to rest, not to where it writes in the next moment.",
	"restore() {",
	"\tkeep=0 stays=",
	"\tquiet || keep=$ahead",
	"\tstood=$cwriter",
	"\ttheirs=$(changed) || die 5 \"the ring cannot be read\"",
	"\tpointers",
	"\tspare=$(((cwriter - stood + slots) % slots))",
	"\tpending=$(((cwriter - creadr + slots) % slots))",
	"\t[ \"$pending\" -le \"$spare\" ] || spare=$pending",
	"\tleft=$((slots - keep - spare))",
	"\t[ \"$left\" -le 0 ] || write_ring \"$dir/history\" $(((cwriter + keep) % slots)) \"$left\"",
	"\t[ $((keep + pending)) -eq 0 ] ||",
	"\t\tstays=\"; $keep slots from slot $cwriter on and $pending before it keep SYNCs, as the driver and the ITS do not come to rest\"",
	"\tdirty=$stays",
	"}",
	"",
	"not_ended() {",
	"\tdie 5 \"the lap did not end: CREADR at slot $creadr, CWRITER at slot $cwriter, stalled: $stalled; its-tool recover\"",
	"}",
	"",
	"# The payload last: as late as can be, as the driver would write there.",
	"pointers",
	"[ \"$stalled\" -eq 0 ] && [ \"$creadr\" -eq \"$W\" ] && [ \"$cwriter\" -eq \"$W\" ] || die 7 \"the driver has posted: run this again\"",
	"dirty=1",
	"write_ring \"$dir/image\" $(((W + count) % slots)) $((slots - count))",
	"write_ring \"$dir/image\" \"$W\" \"$count\"",
	"pointers",
	"if [ \"$cwriter\" -ne \"$W\" ]; then",
	"\trestore",
	"\tdie 5 \"the driver posted while the ring was filled: look at dmesg; perhaps a command of the plan was executed, and one of the driver was not$stays\"",
	"fi",
	"# One slot short of W, not W + count: with CREADR = W + 1 the driver would see a full ring.",
	"before=$(((W + slots - 1) % slots))",
	"write_cwriter \"$before\"",
	"if ! wait_idle; then",
	"\t[ \"$creadr\" -eq \"$W\" ] && [ \"$cwriter\" -eq \"$before\" ] && [ \"$stalled\" -eq 0 ] || not_ended",
	"\t# It has read nothing, and if it stays there with nothing pending, it never will.",
	"\twrite_cwriter \"$W\"",
	"\tquiet || not_ended",
	"\t[ -n \"$moved\" ] || {",
	"\t\trestore",
	"\t\tdie 5 \"the ITS does not read its ring: CREADR stays at slot $W; nothing was executed, and the ring is as it was$stays\"",
	"\t}",
	"fi",
	"# If the driver has posted meanwhile, its pointer stands and is never taken back.",
	"[ \"$cwriter\" -ne \"$before\" ] || write_cwriter \"$W\"",
	"wait_idle || not_ended",
	"restore",
	"echo \"$count of $count commands executed from slot $W on, by a lap of $slots slots; slots that the driver posted meanwhile: $(((cwriter - W + slots) % slots))$stays\"",
	NULL
};

static const char *const plain[] = {
	"",
	"pointers",
	"[ \"$stalled\" -eq 0 ] || die 7 \"the ITS is stalled at slot $creadr\"",
	"W=$cwriter",
	"[ $(((W - creadr + slots) % slots + count)) -lt \"$slots\" ] || die 7 \"the ring is full\"",
	"# The commands from W on; behind the ring's end it goes on at slot 0.",
	"payload >\"$dir/payload\"",
	"{",
	"\teach \"$W\" 0x0000000000000000 0x0000000000000000 0x0000000000000000 0x0000000000000000",
	"\tcat \"$dir/payload\"",
	"} >\"$dir/image\"",
	"whole \"$dir/image\" $((W + count)) || die 4 \"$dir has no room\"",
	"run=$count",
	"[ $((W + run)) -le \"$slots\" ] || run=$((slots - W))",
	"tail $unit $(((count - run) * size)) \"$dir/payload\" >\"$dir/rest\"",
	"write_run \"$dir/image\" \"$W\" \"$run\" && write_run \"$dir/rest\" 0 $((count - run)) || die 5 \"the ring cannot be written\"",
	"write_cwriter $(((W + count) % slots))",
	"wait_idle || die 5 \"not executed: CREADR at slot $creadr, CWRITER at slot $cwriter, stalled: $stalled\"",
	"echo \"$count of $count commands executed from slot $W on; a driver's own write pointer is still at slot $W\"",
	NULL
};

static const char *const warning_lap[] = {
	"#",
	"# No sh can stop the driver, as its-tool and a debugger do for two moments. It must not post (no interrupt is",
	"# moved, requested or freed, no driver bound, no CPU plugged) from the start of this script to its end. What goes",
	"# wrong if it does while the ring is being filled, or before the ITS has left the first slots: a command of the",
	"# driver is lost or executed twice. 'its-tool inject' has no such gap; this is for where it cannot be run.",
	"# 'chrt -f 90 sh SCRIPT' makes the gap shorter.",
	NULL
};

static const char *const by_comment[] = {
	"# How the ring is reached. dd: through the caches, as the driver writes it for a coherent ITS. devmem: past them,",
	"# for an ITS that does not snoop; four calls a slot, which takes its time.",
	NULL
};

static void write_plan(struct emitter *emit, const struct export_plan *plan)
{
	uint64_t sync[ITS_COMMAND_WORDS];
	size_t i, times;
	unsigned w;

	emit_textf(emit, "set -u\nits=0x%" PRIx64 "\nplan_ring=0x%" PRIx64 "\nplan_slots=%u\ncount=%zu\n",
		   plan->its, plan->ring, plan->slots, plan->batch->count);
	emit_textf(emit, "limit=%u\t# of each wait, in ms\n", plan->timeout_ms);
	export_lines(emit, by_comment);
	emit_textf(emit, "ring_by=%s\n", plan->noncoherent ? "devmem" : "dd");
	if (!plan->plain) {
		its_command_build_sync(sync, plan->rdbase);
		emit_textf(emit, "sync='0x%016" PRIX64 " 0x%016" PRIX64 " 0x%016" PRIX64 "'\n", sync[0], sync[1], sync[2]);
		emit_textf(emit, "ahead=%u\t# slots before a driver that does not stop posting keep their SYNCs\n",
			   plan->slots < 2 * AHEAD ? 0 : AHEAD);
	}
	emit_text(emit, "payload() {\n");
	for (i = 0; i < plan->batch->count; i += times) {
		times = export_run(plan->batch, i);
		emit_textf(emit, "\teach %zu", times);
		for (w = 0; w < ITS_COMMAND_WORDS; w++)
			emit_textf(emit, " 0x%016" PRIX64, plan->batch->words[i][w]);
		emit_text(emit, "\n");
	}
	emit_text(emit, "}\n");
}

void export_devmem(struct emitter *emit, const struct export_plan *plan)
{
	emit_text(emit, "#!/bin/sh\n");
	export_comment(emit, plan, "#");
	if (!plan->plain)
		export_lines(emit, warning_lap);
	write_plan(emit, plan);
	export_lines(emit, common);
	export_lines(emit, plan->plain ? plain : lap);
}
