// SPDX-License-Identifier: GPL-2.0-or-later
/* The plan as a command file for gdb, on a halted target: the halt is the break, and lasts for the whole lap. */
#include <inttypes.h>

#include "export.h"

static const char *const common[] = {
	"",
	"set pagination off",
	"set confirm off",
	"set language c",
	"# Nothing may be answered from a cache: the ITS changes what is read.",
	"set stack-cache off",
	"set code-cache off",
	"# 1 until everything was done: 'quit $its_failed' behind this file gives scripts their exit status.",
	"set $its_failed = 1",
	"set $its_ok = 1",
	"# 1: a lap was cut off, and the target is to stay halted.",
	"set $its_stays = 0",
	"",
	"# A number for the names of this run's files: two benches may share a directory. A gdb before 9 does not get it.",
	"set $its_run = 0",
	"set $its_left = 3",
	"while $its_left > 0",
	"  shell sh -c 'exit $(od -An -N1 -tu1 /dev/urandom)'",
	"  if !$_isvoid($_shell_exitcode)",
	"    set $its_run = $its_run * 256 + $_shell_exitcode",
	"  end",
	"  set $its_left = $its_left - 1",
	"end",
	"",
	"# $its_now, in seconds: gdb has no clock. Also called once before anything is done, as an error ends this file.",
	"define its_clock",
	"  eval \"shell date +'set $its_now = %%s' >its-%llx-%x.now\", $its, $its_run",
	"  eval \"source its-%llx-%x.now\", $its, $its_run",
	"  eval \"shell rm -f its-%llx-%x.now\", $its, $its_run",
	"end",
	"its_clock",
	"",
	"# GITS_CREADR and GITS_CWRITER as slots. Bit 0 of both is no part of the offset: Stalled and Retry.",
	"define its_pointers",
	"  set $its_stalled = *(unsigned long long *)($its + 0x90)",
	"  set $its_creadr = ($its_stalled >> 5) & 0x7fff",
	"  set $its_stalled = $its_stalled & 1",
	"  set $its_cwriter = (*(unsigned long long *)($its + 0x88) >> 5) & 0x7fff",
	"end",
	"",
	"# its_to SLOT: GITS_CWRITER.",
	"define its_to",
	"  set *(unsigned long long *)($its + 0x88) = (unsigned long long)($arg0) * 32",
	"end",
	"",
	"# Until CREADR = CWRITER, the ITS stalls, or $its_limit ms have passed; by a clock of whole seconds up to two more.",
	"define its_wait",
	"  its_pointers",
	"  if $its_creadr != $its_cwriter && !$its_stalled",
	"    its_clock",
	"    set $its_end = $its_now + ($its_limit + 999) / 1000 + 1",
	"    while $its_creadr != $its_cwriter && !$its_stalled && $its_now < $its_end",
	"      shell sleep 0.01",
	"      its_clock",
	"      its_pointers",
	"    end",
	"  end",
	"  if $its_creadr != $its_cwriter || $its_stalled",
	"    printf \"ITS: CREADR at slot %d, CWRITER at slot %d, stalled: %d\\n\", $its_creadr, $its_cwriter, $its_stalled",
	"    set $its_ok = 0",
	"  end",
	"end",
	"",
	"# its_put TIMES WORD WORD WORD WORD: into $its_slot and on, slot 0 behind the ring's end.",
	"define its_put",
	"  set $its_times = $arg0",
	"  while $its_times > 0",
	"    set $its_at = $its_ring + $its_slot * 32",
	"    set *(unsigned long long *)($its_at + 0x00) = $arg1",
	"    set *(unsigned long long *)($its_at + 0x08) = $arg2",
	"    set *(unsigned long long *)($its_at + 0x10) = $arg3",
	"    set *(unsigned long long *)($its_at + 0x18) = $arg4",
	"    set $its_slot = ($its_slot + 1) % $its_slots",
	"    set $its_times = $its_times - 1",
	"  end",
	"end",
	NULL
};

static const char *const cpus[] = {
	"",
	"# Linux posts with interrupts off, and a halt falls between any two instructions. So each CPU has to be in EL0, to have",
	"# interrupts on, or to be in the idle loop or the firmware (at or behind WFI, WFIT, HVC, SMC). A kernel with pseudo-NMIs",
	"# (irqchip.gicv3_pseudo_nmi=1) masks by ICC_PMR_EL1 instead of PSTATE.I: that is not seen here.",
	"define its_waits",
	"  if $arg0 == 0xd503207f || ($arg0 & 0xffffffe0) == 0xd5031020 || ($arg0 & 0xffe0001f) == 0xd4000002 || ($arg0 & 0xffe0001f) == 0xd4000003",
	"    set $its_busy = 0",
	"  end",
	"end",
	"define its_cpu",
	"  set $its_seen = $its_seen + 1",
	"  set $its_pstate = (unsigned long)$cpsr",
	"  set $its_busy = ($its_pstate & 0xf) != 0 && ($its_pstate & 0x80) != 0",
	"  if $its_busy",
	"    set $its_pc = (unsigned long)$pc",
	"    set $its_here = *(unsigned int *)$its_pc",
	"    its_waits $its_here",
	"    set $its_here = *(unsigned int *)($its_pc - 4)",
	"    its_waits $its_here",
	"  end",
	"  if $its_busy",
	"    printf \"CPU %d is in the kernel with interrupts off, perhaps in a post\\n\", $_thread",
	"    set $its_ok = 0",
	"  end",
	"end",
	"if !$its_unchecked",
	"  if $its_qemu",
	"    maintenance packet Qqemu.PhyMemMode:0",
	"  end",
	"  set $its_seen = 0",
	"  thread apply all -q its_cpu",
	"  if $its_seen < $its_cpus",
	"    printf \"gdb sees %d of the board's %d CPUs, and another one may be in a post (OpenOCD: -rtos hwthread and target smp)\\n\", $its_seen, $its_cpus",
	"    set $its_ok = 0",
	"  end",
	"end",
	NULL
};

static const char *const geometry[] = {
	"",
	"if $its_qemu",
	"  maintenance packet Qqemu.PhyMemMode:1",
	"end",
	"# The geometry, from the register and not from the plan.",
	"if $its_ok",
	"  set $its_cbaser = *(unsigned long long *)($its + 0x80)",
	"  set $its_ring = $its_cbaser & 0xffffffffff000",
	"  set $its_slots = (int)((($its_cbaser & 0xff) + 1) * 128)",
	"  if !($its_cbaser >> 63) || $its_ring != $its_plan_ring || $its_slots != $its_plan_slots",
	"    printf \"the ring is not where it was when this was written: GITS_CBASER = 0x%lx\\n\", $its_cbaser",
	"    set $its_ok = 0",
	"  end",
	"end",
	"if $its_ok && !(*(unsigned int *)$its & 1)",
	"  echo the ITS is disabled\\n",
	"  set $its_ok = 0",
	"end",
	NULL
};

static const char *const lap[] = {
	"if $its_ok",
	"  its_wait",
	"end",
	"if $its_ok",
	"  set $its_w = $its_cwriter",
	"  if *(unsigned long long *)($its_ring + $its_w * 32 + 0x18) == (0x4954532d544c0000 | (($its_w + 1) % $its_slots))",
	"    echo a lap that was cut off still fills the ring: run its-tool recover\\n",
	"    set $its_ok = 0",
	"  end",
	"end",
	"if !$its_ok",
	"  echo Nothing was written. Let the target run for a moment, halt it, and source this again.\\n",
	"end",
	"if $its_ok",
	"  # The history, to be put back; a file, as arrays are no values in gdb's C.",
	"  eval \"dump binary memory its-%llx-%x.history $its_ring $its_ring+$its_slots*32\", $its, $its_run",
	"  # One SYNC, then twice as many each time: few packets. DW3 is the tag by which its-tool knows the filler.",
	"  set $its_slot = 0",
	"  set $its_tag = 0x4954532d544c0000 | $its_w",
	"  its_put 1 $its_sync0 $its_sync1 $its_sync2 $its_tag",
	"  set $its_done = 1",
	"  while $its_done < $its_slots",
	"    set $its_more = $its_done",
	"    if $its_done + $its_more > $its_slots",
	"      set $its_more = $its_slots - $its_done",
	"    end",
	"    eval \"dump binary memory its-%llx-%x.filler $its_ring $its_ring+$its_more*32\", $its, $its_run",
	"    eval \"restore its-%llx-%x.filler binary $its_ring+$its_done*32\", $its, $its_run",
	"    set $its_done = $its_done + $its_more",
	"  end",
	"  eval \"shell rm -f its-%llx-%x.filler\", $its, $its_run",
	"  set $its_slot = $its_w",
	"  its_payload",
	"  # One slot short of W, not behind the payload: with CREADR = W + 1 the driver would see a full ring.",
	"  its_to ($its_w+$its_slots-1)%$its_slots",
	"  its_wait",
	"  set $its_dead = !$its_ok && $its_creadr == $its_w && !$its_stalled",
	"  if $its_ok || $its_dead",
	"    its_to $its_w",
	"    if $its_dead",
	"      # It has read nothing, and if it stays there with nothing pending, it never will.",
	"      shell sleep 0.02",
	"      its_pointers",
	"      set $its_dead = $its_creadr == $its_w && !$its_stalled",
	"    end",
	"    if !$its_dead",
	"      set $its_ok = 1",
	"      its_wait",
	"    end",
	"  end",
	"  if $its_ok || $its_dead",
	"    eval \"restore its-%llx-%x.history binary $its_ring\", $its, $its_run",
	"    eval \"shell rm -f its-%llx-%x.history\", $its, $its_run",
	"  end",
	"  if $its_ok",
	"    printf \"%d of %d commands executed from slot %d on, by a lap of %d slots\\n\", $its_count, $its_count, $its_w, $its_slots",
	"    set $its_failed = 0",
	"  else",
	"    if $its_dead",
	"      echo The ITS does not read its ring: nothing was executed, and the ring is as it was.\\n",
	"    else",
	"      set $its_stays = 1",
	"      printf \"The lap did not end. The ring holds SYNCs, which do no harm, and its history is in its-%llx-%x.history.\\n\", $its, $its_run",
	"      echo The target stays halted: gdb leaves it. When it runs, its-tool recover gets the ITS going.\\n",
	"    end",
	"  end",
	"end",
	NULL
};

static const char *const plain[] = {
	"if $its_ok",
	"  its_pointers",
	"  set $its_w = $its_cwriter",
	"  if $its_stalled || ($its_w - $its_creadr + $its_slots) % $its_slots + $its_count >= $its_slots",
	"    printf \"ITS: stalled, or no room: CREADR at slot %d, CWRITER at slot %d\\n\", $its_creadr, $its_cwriter",
	"    set $its_ok = 0",
	"  end",
	"end",
	"if !$its_ok",
	"  echo Nothing was written.\\n",
	"end",
	"if $its_ok",
	"  set $its_slot = $its_w",
	"  its_payload",
	"  its_to $its_slot",
	"  its_wait",
	"  if $its_ok",
	"    printf \"%d of %d commands executed from slot %d on; a driver's own write pointer is still there\\n\", $its_count, $its_count, $its_w",
	"    set $its_failed = 0",
	"  end",
	"end",
	NULL
};

static const char *const end[] = {
	"if $its_qemu",
	"  maintenance packet Qqemu.PhyMemMode:0",
	"end",
	"# At its end gdb would let the target go, unless it is not connected any more.",
	"if $its_stays",
	"  disconnect",
	"else",
	"  if $its_go",
	"    detach",
	"  end",
	"end",
	NULL
};

static const char *const usage[] = {
	"#",
	"#   gdb-multiarch -ex 'target remote HOST:PORT' -x FILE",
	"#   gdb-multiarch -batch -ex 'target remote HOST:PORT' -x FILE -ex 'quit $its_failed'",
	"#",
	"# Addresses are physical. QEMU's stub is told so ($its_qemu); with another one see to it yourself and set it to 0.",
	"# its-ADDRESS-NUMBER.* are files of this script, in the directory where gdb runs; it removes them, but for the history",
	"# of a ring that it could not put back.",
	NULL
};

static void write_plan(struct emitter *emit, const struct export_plan *plan)
{
	uint64_t sync[ITS_COMMAND_WORDS];
	size_t i, times;
	unsigned w;

	emit_text(emit, "set $its_qemu = 1\n");
	if (!plan->plain)
		emit_textf(emit, "# CPUs of the board, all of which gdb has to see; 0: not known.\nset $its_cpus = %u\n"
			   "# 1: no CPU is looked at; only where nobody posts.\nset $its_unchecked = 0\n", plan->cpus);
	emit_text(emit, "# 0: the target stays halted.\nset $its_go = 1\n");
	emit_textf(emit, "set $its = 0x%" PRIx64 "\nset $its_plan_ring = 0x%" PRIx64 "\nset $its_plan_slots = %u\n"
		   "set $its_count = %zu\n# Of each wait, in ms.\nset $its_limit = %u\n", plan->its, plan->ring,
		   plan->slots, plan->batch->count, plan->timeout_ms);
	if (!plan->plain) {
		its_command_build_sync(sync, plan->rdbase);
		for (w = 0; w < ITS_COMMAND_WORDS - 1; w++)
			emit_textf(emit, "set $its_sync%u = 0x%" PRIx64 "\n", w, sync[w]);
	}
	emit_text(emit, "define its_payload\n");
	for (i = 0; i < plan->batch->count; i += times) {
		times = export_run(plan->batch, i);
		emit_textf(emit, "  its_put %zu", times);
		for (w = 0; w < ITS_COMMAND_WORDS; w++)
			emit_textf(emit, " 0x%016" PRIx64, plan->batch->words[i][w]);
		emit_text(emit, "\n");
	}
	emit_text(emit, "end\n");
}

void export_gdb(struct emitter *emit, const struct export_plan *plan)
{
	export_comment(emit, plan, "#");
	export_lines(emit, usage);
	write_plan(emit, plan);
	export_lines(emit, common);
	if (!plan->plain)
		export_lines(emit, cpus);
	export_lines(emit, geometry);
	export_lines(emit, plan->plain ? plain : lap);
	export_lines(emit, end);
}
