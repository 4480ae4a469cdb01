// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Is a CPU of the halted target in the middle of a post? A halt comes between
 * any two instructions, also between those of its_send_single_command() that
 * build a slot and write GITS_CWRITER. Linux posts under a raw spinlock with
 * interrupts off. So a CPU is not posting that
 *
 *  - runs user space (EL0),
 *  - would take an interrupt (PSTATE.I clear),
 *  - waits for one with interrupts off, as Linux's idle loop does: the
 *    instruction is WFI, or one that calls the firmware (PSCI CPU_SUSPEND and
 *    CPU_OFF); no post contains either,
 *  - is not executing at all, as QEMU says of a CPU that waits or is off.
 *
 * As long as one is none of these the target runs for a millisecond and is
 * halted again. With pseudo-NMIs (irqchip.gicv3_pseudo_nmi=1) Linux masks by
 * ICC_PMR_EL1 instead of PSTATE.I; that is seen where the stub shows the
 * register.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "gdb.h"

#define RUN_NS 1000000
#define DESCRIPTION_MAX (256u * 1024u)
#define INCLUDES_MAX 16

#define CPSR_MODE 0xfu			/* of AArch64: EL and SP; of AArch32: 0 is user mode */
#define CPSR_I (1u << 7)
#define PMR_OPEN 0xe0u			/* GIC_PRIO_IRQON: lower means masked */

/* One file of the target description, malloc'd; NULL with 0 if the stub has none. */
static int fetch_description(struct gdb *gdb, const char *name, char **text, struct its_error *error)
{
	const struct gdb_reader *reader = &gdb->link.reader;
	size_t used = 0;
	char request[160];
	int err;

	*text = NULL;
	gdb_link_doing(&gdb->link, "reading the target description %s", name);
	for (;;) {
		char *grown;

		snprintf(request, sizeof(request), "qXfer:features:read:%s:%zx,%zx", name, used,
			 gdb->packet / 2 - 8);
		err = gdb_link_ask_text(&gdb->link, request, error);
		if (err)
			break;
		if (!reader->length || (*reader->data != 'm' && *reader->data != 'l') ||
		    used + reader->length > DESCRIPTION_MAX || (*reader->data == 'm' && reader->length == 1)) {
			free(*text);
			*text = NULL;
			return 0;
		}
		grown = realloc(*text, used + reader->length);
		if (!grown) {
			err = its_no_memory(error, "a target description");
			break;
		}
		*text = grown;
		memcpy(grown + used, reader->data + 1, reader->length - 1);
		used += reader->length - 1;
		grown[used] = '\0';
		if (*reader->data == 'l')
			return 0;
	}
	free(*text);
	*text = NULL;
	return err;
}

static void take_register(struct gdb *gdb, const struct gdb_tag *tag, unsigned number)
{
	if (!strcmp(tag->name, "pc")) {
		gdb->pc = (int)number;
		gdb->pc_bits = tag->bits;
	} else if (!strcmp(tag->name, "cpsr")) {
		gdb->cpsr = (int)number;
		gdb->cpsr_bits = tag->bits;
	} else if (!strcmp(tag->name, "ICC_PMR_EL1")) {
		gdb->pmr = (int)number;
		gdb->pmr_bits = tag->bits;
	}
}

/* Registers are numbered through all included files, in their order. */
static int read_description(struct gdb *gdb, const char *name, unsigned *number, unsigned *files,
			    struct its_error *error)
{
	struct gdb_tag tag;
	const char *cursor;
	char *text;
	int err;

	if ((*files)++ == INCLUDES_MAX)
		return 0;
	err = fetch_description(gdb, name, &text, error);
	if (err || !text)
		return err;
	for (cursor = text; !err;) {
		gdb_tag_next(&cursor, &tag);
		if (tag.kind == GDB_TAG_END)
			break;
		if (tag.kind == GDB_TAG_ARCHITECTURE)
			gdb->arm32 = !strcmp(tag.name, "arm");
		if (tag.kind == GDB_TAG_INCLUDE)
			err = read_description(gdb, tag.name, number, files, error);
		if (tag.kind == GDB_TAG_REGISTER) {
			*number = tag.has_number ? tag.number : *number;
			take_register(gdb, &tag, (*number)++);
		}
	}
	free(text);
	return err;
}

static int list_threads(struct gdb *gdb, struct its_error *error)
{
	const char *request = "qfThreadInfo";
	int err, more;

	gdb->threads.count = 0;
	do {
		gdb_link_doing(&gdb->link, "listing the CPUs");
		err = gdb_link_ask_text(&gdb->link, request, error);
		if (err)
			return err;
		more = gdb_threads_add(&gdb->threads, gdb->link.reader.data);
		request = "qsThreadInfo";
	} while (more > 0);
	if (more < 0)
		gdb->threads.count = 0;
	/* OpenOCD lists nothing without -rtos; thread 0 is any, and here there is but one. */
	if (!more && !gdb->threads.count && gdb->cpus == 1)
		strcpy(gdb->threads.id[gdb->threads.count++], "0");
	return 0;
}

static int cannot_tell(struct gdb *gdb, const char *why, struct its_error *error)
{
	its_error(error, ITS_ERR_UNSAFE, "gdb stub at %s: %s, so nobody can tell whether a CPU is in the"
		  " middle of a post", gdb->link.name, why);
	return its_hint(error, "where no driver is running, or all CPUs are known to be idle, add"
			" ',unchecked' to --source");
}

static int describe(struct gdb *gdb, struct its_error *error)
{
	unsigned number = 0, files = 0;
	char why[120];
	int err;

	if (gdb->way == GDB_MEM_AP)
		return cannot_tell(gdb, "a mem_ap target shows no CPU", error);
	if (!gdb->described) {
		gdb->pc = gdb->cpsr = gdb->pmr = -1;
		err = read_description(gdb, "target.xml", &number, &files, error);
		if (!err)
			err = list_threads(gdb, error);
		if (err)
			return err;
		gdb->described = true;
	}
	if (gdb->pc < 0 || gdb->cpsr < 0)
		return cannot_tell(gdb, "its target description has no registers pc and cpsr", error);
	if (!gdb->threads.count)
		return cannot_tell(gdb, "it does not list its CPUs (OpenOCD: -rtos hwthread)", error);
	if (gdb->threads.count >= gdb->cpus)
		return 0;
	snprintf(why, sizeof(why), "it lists %zu CPUs of %u (OpenOCD: -rtos hwthread and target smp)",
		 gdb->threads.count, gdb->cpus);
	return cannot_tell(gdb, why, error);
}

/* A register of the CPU chosen; *got is false where the stub has no value. */
static int read_cpu_register(struct gdb *gdb, int number, unsigned bits, uint64_t *value, bool *got,
			     struct its_error *error)
{
	uint8_t bytes[8];
	char request[24];
	size_t i, size = bits / 8;
	int err;

	*value = 0;
	snprintf(request, sizeof(request), "p%x", (unsigned)number);
	err = gdb_link_ask_text(&gdb->link, request, error);
	*got = !err && (size == 4 || size == 8) &&
	       gdb_unhex(gdb->link.reader.data, gdb->link.reader.length, bytes, size);
	for (i = size; *got && i-- > 0;)
		*value = *value << 8 | bytes[i];
	return err;
}

static bool is_wait(const struct gdb *gdb, uint32_t word)
{
	if (gdb->arm32)
		return word == 0xe320f003 ||			/* wfi */
		       (word & 0x0ffffff0) == 0x01600070 ||	/* smc */
		       (word & 0xfff000f0) == 0xe1400070;	/* hvc */
	return word == 0xd503207f || (word & 0xffffffe0) == 0xd5031020 ||	/* wfi, wfit */
	       (word & 0xffe0001f) == 0xd4000002 || (word & 0xffe0001f) == 0xd4000003;	/* hvc, smc */
}

/* QEMU's "CPU#1 [halted ]": it executes nothing. Of other stubs the word means the debugger's halt. */
static int is_halted(struct gdb *gdb, const char *thread, bool *halted, struct its_error *error)
{
	const struct gdb_reader *reader = &gdb->link.reader;
	char request[64], text[128] = "";
	int err;

	*halted = false;
	if (gdb->way != GDB_QEMU)
		return 0;
	snprintf(request, sizeof(request), "qThreadExtraInfo,%s", thread);
	err = gdb_link_ask_text(&gdb->link, request, error);
	if (!err && reader->length / 2 < sizeof(text) &&
	    gdb_unhex(reader->data, reader->length, text, reader->length / 2))
		*halted = strstr(text, "[halted");
	return err;
}

/* Looks at one CPU; *busy says that it may be posting, and @why where it is. */
static int look(struct gdb *gdb, size_t cpu, bool *busy, char *why, size_t size, struct its_error *error)
{
	const char *thread = gdb->threads.id[cpu];
	bool got_pc, got_cpsr, got_pmr, got, waiting = false;
	uint64_t pc, cpsr, pmr = PMR_OPEN;
	char request[32];
	uint32_t word;
	int err, back;

	*busy = true;
	gdb_link_doing(&gdb->link, "reading the registers of CPU %zu", cpu);
	snprintf(request, sizeof(request), "Hg%s", thread);
	err = gdb_link_command(&gdb->link, request, error);
	if (!err)
		err = read_cpu_register(gdb, gdb->pc, gdb->pc_bits, &pc, &got_pc, error);
	if (!err)
		err = read_cpu_register(gdb, gdb->cpsr, gdb->cpsr_bits, &cpsr, &got_cpsr, error);
	if (!err && gdb->pmr >= 0)
		err = read_cpu_register(gdb, gdb->pmr, gdb->pmr_bits, &pmr, &got_pmr, error);
	if (err)
		return err;
	if (!got_pc || !got_cpsr) {
		snprintf(why, size, "CPU %zu (thread %s): its registers cannot be read", cpu, thread);
		return 0;
	}
	*busy = (cpsr & CPSR_MODE) && ((cpsr & CPSR_I) || (pmr && pmr < PMR_OPEN));
	if (*busy)
		err = is_halted(gdb, thread, &waiting, error);
	for (back = 4; *busy && !waiting && !err && back >= 0; back -= 4) {
		err = gdb_read_code(gdb, pc - (unsigned)back, &word, &got, error);
		waiting = !err && got && is_wait(gdb, word);
	}
	*busy = *busy && !waiting;
	snprintf(why, size, "CPU %zu (thread %s) is at 0x%" PRIx64 " with interrupts masked (PSTATE 0x%"
		 PRIx64 ")", cpu, thread, pc, cpsr);
	return err;
}

static int look_at_all(struct gdb *gdb, bool *busy, char *why, size_t size, struct its_error *error)
{
	size_t cpu;
	int err = 0;

	*busy = false;
	for (cpu = 0; cpu < gdb->threads.count && !err && !*busy; cpu++)
		err = look(gdb, cpu, busy, why, size, error);
	return err;
}

/* Whatever was read before may be another now. */
static int run_for_a_moment(struct gdb *gdb, struct its_error *error)
{
	const struct timespec moment = { .tv_nsec = RUN_NS };
	int err = gdb_ranges_forget(gdb, error);

	if (err)
		return err;
	err = gdb_link_continue(&gdb->link, gdb->go, error);
	if (err)
		return err;
	nanosleep(&moment, NULL);
	return gdb_link_halt(&gdb->link, error);
}

int gdb_cpus_quiet(struct gdb *gdb, unsigned limit_ms, struct its_error *error)
{
	uint64_t deadline = memory_now_ns() + (uint64_t)limit_ms * 1000000;
	char why[160] = "";
	bool busy;
	int err;

	if (gdb->unchecked)
		return 0;
	err = describe(gdb, error);
	while (!err) {
		err = look_at_all(gdb, &busy, why, sizeof(why), error);
		if (err || !busy)
			return err;
		if (memory_now_ns() >= deadline) {
			its_error(error, ITS_ERR_TIMEOUT, "the target could not be halted outside of a post"
				  " within %u ms: %s", limit_ms, why);
			return its_hint(error, "it was halted and let run again several times; allow more time"
					" with --timeout");
		}
		err = run_for_a_moment(gdb, error);
	}
	return err;
}
