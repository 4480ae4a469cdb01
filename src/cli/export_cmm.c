// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The plan as a PRACTICE script for Trace32. Numbers are written 0x10 or 10., as what a bare 10 is
 * depends on the debugger's radix. Each address is in a macro of its own, so that the access class can stand before it.
 */
#include <inttypes.h>

#include "export.h"

static const char *const common[] = {
	"",
	"LOCAL &ring &slots &cbaser &creadr &cwriter &stalled &until &W &slot &at &word &at_cbaser &at_cwriter &at_creadr &message &ran",
	"&at_cbaser=&its+0x80",
	"&at_cwriter=&its+0x88",
	"&at_creadr=&its+0x90",
	"&message=\"\"",
	"; A target that is halted now stays halted.",
	"&ran=0x0",
	"IF STATE.RUN()",
	"  &ran=0x1",
	NULL
};

static const char *const halt[] = {
	"",
	"; The break. Linux posts with interrupts off, and a halt falls between any two instructions. So each CPU has to be in EL0,",
	"; to have interrupts on, or to be in the idle loop or the firmware (at or behind WFI, WFIT, HVC, SMC). If one is not, the",
	"; target runs for a millisecond and is halted again, unless it had been halted before. A kernel with pseudo-NMIs",
	"; (irqchip.gicv3_pseudo_nmi=1) masks by ICC_PMR_EL1 instead of PSTATE.I: that is not seen here.",
	"LOCAL &again &core &busy &pstate &pc &here",
	"IF (&unchecked==0x0)&&(CORE.NUMBER()<&cpus)",
	"(",
	"  &message=\"the debugger has not all &cpus CPUs of the board (CORE.ASSIGN), and another one may be in a post; nothing was written\"",
	"  GOTO give_up",
	")",
	"&again=0x0",
	"&busy=0x1",
	"GOSUB set_until",
	"WHILE (&busy!=0x0)&&((&again==0x0)||((&ran!=0x0)&&(DATE.UnixTime()<&until)))",
	"(",
	"  IF &again!=0x0",
	"  (",
	"    Go",
	"    WAIT 1.ms",
	"  )",
	"  GOSUB halt",
	"  &again=0x1",
	"  &busy=0x0",
	"  &core=0x0",
	"  WHILE (&unchecked==0x0)&&(&core<CORE.NUMBER())",
	"  (",
	"    CORE.select &core",
	"    GOSUB look",
	"    &core=&core+0x1",
	"  )",
	"  CORE.select 0x0",
	")",
	"IF &busy!=0x0",
	"(",
	"  &message=\"a CPU stays in the kernel with interrupts off, perhaps in a post; nothing was written\"",
	"  GOTO give_up",
	")",
	NULL
};

static const char *const geometry[] = {
	"",
	"; The geometry, from the register and not from the plan.",
	"&cbaser=Data.Quad(&access&at_cbaser)",
	"&ring=&cbaser&0x000FFFFFFFFFF000",
	"&slots=((&cbaser&0xFF)+0x1)*0x80",
	"IF ((&cbaser>>63.)&0x1)==0x0",
	"(",
	"  &message=\"GITS_CBASER: there is no ring; nothing was written\"",
	"  GOTO give_up",
	")",
	"IF (&ring!=&plan_ring)||(&slots!=&plan_slots)",
	"(",
	"  &message=\"the ring is not where it was when this was written: GITS_CBASER=&cbaser; nothing was written\"",
	"  GOTO give_up",
	")",
	"IF (Data.Long(&access&its)&0x1)==0x0",
	"(",
	"  &message=\"the ITS is disabled; nothing was written\"",
	"  GOTO give_up",
	")",
	NULL
};

static const char *const lap[] = {
	"GOSUB wait_idle",
	"IF (&creadr!=&cwriter)||(&stalled!=0x0)",
	"(",
	"  &message=\"not idle: CREADR at slot &creadr, CWRITER at slot &cwriter, stalled: &stalled; nothing was written\"",
	"  GOTO give_up",
	")",
	"&W=&cwriter",
	"",
	"; The filler's tag, by which its-tool knows it: 0x4954532D544C and the driver's slot. One that says \"the driver is at the",
	"; next slot\" was left by a lap that was cut off.",
	"LOCAL &next &tag &end",
	"&next=&W+0x1",
	"IF &next==&slots",
	"  &next=0x0",
	"&at=&ring+(&W*0x20)+0x18",
	"&word=Data.Quad(&access&at)",
	"IF &word==(0x4954532D544C0000|&next)",
	"(",
	"  &message=\"a lap that was cut off still fills the ring: let the target go and run its-tool recover\"",
	"  GOTO give_up",
	")",
	"&tag=0x4954532D544C0000|&W",
	"",
	"; The history, to be put back at the end.",
	"&end=&ring+(&slots*0x20)-0x1",
	"Data.SAVE.Binary \"&history\" &access&ring--&end",
	"",
	"; The commands from W on, and a SYNC in every other slot.",
	"&slot=&W",
	"GOSUB payload",
	"WHILE &slot!=&W",
	"(",
	"  &at=&ring+(&slot*0x20)",
	"  Data.Set &access&at %LE %Quad &sync0 &sync1 &sync2 &tag",
	"  &slot=&slot+0x1",
	"  IF &slot==&slots",
	"    &slot=0x0",
	")",
	"",
	"; Round the ring: first to one slot short of W (with CREADR at W + 1 the driver would see a full ring), then to W.",
	"LOCAL &before",
	"&before=&W",
	"IF &before==0x0",
	"  &before=&slots",
	"&before=&before-0x1",
	"&at=&before*0x20",
	"Data.Set &access&at_cwriter %LE %Quad &at",
	"GOSUB wait_idle",
	"IF (&creadr==&W)&&(&cwriter!=&W)&&(&stalled==0x0)",
	"  GOTO not_begun",
	"IF (&creadr!=&cwriter)||(&stalled!=0x0)",
	"  GOTO cut_off",
	"&at=&W*0x20",
	"Data.Set &access&at_cwriter %LE %Quad &at",
	"to_the_end:",
	"GOSUB wait_idle",
	"IF (&creadr!=&cwriter)||(&stalled!=0x0)",
	"  GOTO cut_off",
	"GOSUB restore",
	"PRINT \"its: &count of &count commands executed from slot &W on, by a lap of &slots slots\"",
	"GOSUB go_on",
	"ENDDO",
	"",
	"; The ITS has read nothing, and if it stays there with nothing pending, it never will.",
	"not_begun:",
	"&at=&W*0x20",
	"Data.Set &access&at_cwriter %LE %Quad &at",
	"WAIT 20.ms",
	"GOSUB pointers",
	"IF (&creadr!=&W)||(&stalled!=0x0)",
	"  GOTO to_the_end",
	"GOSUB restore",
	"&message=\"the ITS does not read its ring: CREADR stays at slot &W; nothing was executed, and the ring is as it was\"",
	"GOTO give_up",
	"",
	"restore:",
	"  Data.LOAD.Binary \"&history\" &access&ring /NoClear",
	"  DEL \"&history\"",
	"  RETURN",
	"",
	"cut_off:",
	"PRINT %ERROR \"its: the lap did not end: CREADR at slot &creadr, CWRITER at slot &cwriter, stalled: &stalled\"",
	"PRINT \"its: the CPUs stay halted. The ring holds SYNCs, which do no harm, and its history is in &history.\"",
	"PRINT \"its: stalled: write a SYNC over the slot and its offset plus 1 (Retry) to GITS_CWRITER; or Go, and its-tool recover\"",
	"ENDDO",
	NULL
};

static const char *const plain[] = {
	"GOSUB pointers",
	"&W=&cwriter",
	"LOCAL &pending",
	"&pending=&cwriter+&slots-&creadr",
	"IF &pending>=&slots",
	"  &pending=&pending-&slots",
	"IF (&stalled!=0x0)||((&pending+&count)>=&slots)",
	"(",
	"  &message=\"stalled, or no room: CREADR at slot &creadr, CWRITER at slot &cwriter; nothing was written\"",
	"  GOTO give_up",
	")",
	"&slot=&W",
	"GOSUB payload",
	"&at=&slot*0x20",
	"Data.Set &access&at_cwriter %LE %Quad &at",
	"GOSUB wait_idle",
	"IF (&creadr!=&cwriter)||(&stalled!=0x0)",
	"(",
	"  &message=\"not executed: CREADR at slot &creadr, CWRITER at slot &cwriter, stalled: &stalled\"",
	"  GOTO give_up",
	")",
	"PRINT \"its: &count of &count commands executed from slot &W on; a driver's own write pointer is still there\"",
	"GOSUB go_on",
	"ENDDO",
	NULL
};

static const char *const routines[] = {
	"",
	"give_up:",
	"PRINT %ERROR \"its: &message\"",
	"GOSUB go_on",
	"ENDDO",
	"",
	"go_on:",
	"  IF (&ran!=0x0)&&!STATE.RUN()",
	"    Go",
	"  RETURN",
	"",
	"; The clock has whole seconds: a wait may be up to two seconds longer than &limit.",
	"set_until:",
	"  &until=DATE.UnixTime()+((&limit+999.)/1000.)+1.",
	"  RETURN",
	"",
	"halt:",
	"  IF STATE.RUN()",
	"  (",
	"    Break",
	"    WAIT !STATE.RUN() 1.s",
	"  )",
	"  IF STATE.RUN()",
	"  (",
	"    PRINT %ERROR \"its: the target does not halt; nothing was written\"",
	"    ENDDO",
	"  )",
	"  RETURN",
	"",
	"; Slots. Bit 0 of both registers is no part of the offset: Stalled and Retry.",
	"pointers:",
	"  &word=Data.Quad(&access&at_creadr)",
	"  &creadr=(&word>>5.)&0x7FFF",
	"  &stalled=&word&0x1",
	"  &word=Data.Quad(&access&at_cwriter)",
	"  &cwriter=(&word>>5.)&0x7FFF",
	"  RETURN",
	"",
	"; Until CREADR = CWRITER, the ITS stalls, or the time is over.",
	"wait_idle:",
	"  GOSUB set_until",
	"  GOSUB pointers",
	"  WHILE (&creadr!=&cwriter)&&(&stalled==0x0)&&(DATE.UnixTime()<&until)",
	"  (",
	"    WAIT 1.ms",
	"    GOSUB pointers",
	"  )",
	"  RETURN",
	"",
	"; TIMES WORD WORD WORD WORD, into &slot and on; slot 0 behind the ring's end. DW3 is at +0x18.",
	"put:",
	"  LOCAL &times &w0 &w1 &w2 &w3",
	"  ENTRY &times &w0 &w1 &w2 &w3",
	"  WHILE &times>0x0",
	"  (",
	"    &at=&ring+(&slot*0x20)",
	"    Data.Set &access&at %LE %Quad &w0 &w1 &w2 &w3",
	"    &slot=&slot+0x1",
	"    IF &slot==&slots",
	"      &slot=0x0",
	"    &times=&times-0x1",
	"  )",
	"  RETURN",
	NULL
};

static const char *const look[] = {
	"",
	"look:",
	"  &pstate=Register(CPSR)",
	"  IF ((&pstate&0xF)!=0x0)&&((&pstate&0x80)!=0x0)",
	"  (",
	"    LOCAL &waits",
	"    &waits=0x0",
	"    &pc=Register(PC)",
	"    &here=Data.Long(D:&pc)",
	"    GOSUB waits",
	"    &pc=&pc-0x4",
	"    &here=Data.Long(D:&pc)",
	"    GOSUB waits",
	"    IF &waits==0x0",
	"      &busy=0x1",
	"  )",
	"  RETURN",
	"",
	"waits:",
	"  IF (&here==0xD503207F)||((&here&0xFFFFFFE0)==0xD5031020)",
	"    &waits=0x1",
	"  IF ((&here&0xFFE0001F)==0xD4000002)||((&here&0xFFE0001F)==0xD4000003)",
	"    &waits=0x1",
	"  RETURN",
	NULL
};

static const char *const access_comment[] = {
	"; How physical memory is reached. A: as the CPU sees it, caches included, for a coherent ITS; ANC: past the caches, for",
	"; an ITS that does not snoop (the driver cleans what it writes); EAXI: or AXI: where the debugger has a bus port of its own.",
	NULL
};

static void write_plan(struct emitter *emit, const struct export_plan *plan)
{
	uint64_t sync[ITS_COMMAND_WORDS];
	unsigned w;

	emit_textf(emit, "\nLOCAL &access &its &plan_ring &plan_slots &count &limit%s\n",
		   plan->plain ? "" : " &cpus &unchecked &stamp &history &sync0 &sync1 &sync2");
	export_lines(emit, access_comment);
	emit_textf(emit, "&access=\"%s:\"\n", plan->noncoherent ? "ANC" : "A");
	emit_textf(emit, "&its=0x%" PRIX64 "\n&plan_ring=0x%" PRIX64 "\n&plan_slots=0x%X\n&count=0x%zX\n"
		   "&limit=%u.\t\t; of each wait, in ms\n", plan->its, plan->ring, plan->slots, plan->batch->count,
		   plan->timeout_ms);
	if (plan->plain)
		return;
	emit_textf(emit, "&cpus=%u.\t\t; of the board, all of which the debugger has to have; 0.: not known\n"
		   "&unchecked=0x0\t\t; 0x1: no CPU is looked at; only where nobody posts\n", plan->cpus);
	emit_textf(emit, "; A file in Trace32's directory for temporary ones; other benches may keep theirs there, too.\n"
		   "&stamp=FORMAT.HEX(8.,DATE.UnixTime())\n&history=\"~~~/its-%" PRIX64 "-&(stamp).bin\"\n", plan->its);
	its_command_build_sync(sync, plan->rdbase);
	for (w = 0; w < ITS_COMMAND_WORDS - 1; w++)
		emit_textf(emit, "&sync%u=0x%" PRIX64 "\n", w, sync[w]);
}

static void write_payload(struct emitter *emit, const struct export_plan *plan)
{
	size_t i, times;
	unsigned w;

	emit_text(emit, "\npayload:\n");
	for (i = 0; i < plan->batch->count; i += times) {
		times = export_run(plan->batch, i);
		emit_textf(emit, "  GOSUB put 0x%zX", times);
		for (w = 0; w < ITS_COMMAND_WORDS; w++)
			emit_textf(emit, " 0x%016" PRIX64, plan->batch->words[i][w]);
		emit_text(emit, "\n");
	}
	emit_text(emit, "  RETURN\n");
}

void export_cmm(struct emitter *emit, const struct export_plan *plan)
{
	export_comment(emit, plan, ";");
	write_plan(emit, plan);
	export_lines(emit, common);
	if (plan->plain)
		emit_text(emit, "\nGOSUB halt\n");
	else
		export_lines(emit, halt);
	export_lines(emit, geometry);
	export_lines(emit, plan->plain ? plain : lap);
	export_lines(emit, routines);
	if (!plan->plain)
		export_lines(emit, look);
	write_payload(emit, plan);
}
