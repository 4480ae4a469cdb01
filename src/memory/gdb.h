/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The state of the source gdb, shared by gdb.c (the methods), gdb_access.c
 * (physical memory through a stub), gdb_cache.c (RAM in large packets) and
 * gdb_cpus.c (the break on a halted target).
 */
#ifndef MEMORY_GDB_H
#define MEMORY_GDB_H

#include "gdb_answer.h"
#include "gdb_link.h"
#include "its/memory.h"

/* How physical addresses are reached. */
enum gdb_way {
	GDB_QEMU,		/* Qqemu.PhyMemMode:1 */
	GDB_MEM_AP,		/* an OpenOCD target that is a bus, not a CPU */
	GDB_MONITOR,		/* OpenOCD's mdw phys and mww phys */
	GDB_VIRTUAL,		/* they are the virtual ones: the user says so */
};

struct gdb_range;

struct gdb {
	struct gdb_link link;
	enum gdb_way way;
	bool unchecked, stay;		/* options: see the manual */
	bool virtual_mode;		/* of QEMU: as it was when we came */
	bool binary_read;
	size_t packet;			/* the largest question and answer, in characters */
	const char *go;			/* what makes the target go on */
	unsigned cpus;			/* of the device tree; 0: not known */
	struct gdb_range *ranges;	/* whose copies a run of the target makes old */
	struct its_error unwritten;	/* code 0, or why something could not be written */
	bool begun;			/* since the last prepare GITS_CWRITER was written */

	/* The break. */
	bool lap;			/* between prepare and finish */
	bool quiet;			/* no CPU was in a post, and none has run since */
	bool described;			/* the description was read: the numbers below hold */
	bool arm32;
	int pc, cpsr, pmr;		/* register numbers; -1: the stub has none */
	unsigned pc_bits, cpsr_bits, pmr_bits;
	struct gdb_threads threads;
};

/* gdb_access.c: @count bytes of physical memory; RAM, in packets as large as they may be. */
int gdb_read(struct gdb *gdb, uint64_t address, void *bytes, size_t count, struct its_error *error);
int gdb_write(struct gdb *gdb, uint64_t address, const void *bytes, size_t count,
	      struct its_error *error);
/* One register of 32 or 64 bits. */
int gdb_read_register(struct gdb *gdb, uint64_t address, unsigned width, uint64_t *value,
		      struct its_error *error);
int gdb_write_register(struct gdb *gdb, uint64_t address, unsigned width, uint64_t value,
		       struct its_error *error);
/* One instruction at a virtual address of the CPU chosen last; false if it cannot be read. */
int gdb_read_code(struct gdb *gdb, uint64_t address, uint32_t *word, bool *got, struct its_error *error);
/* Finds out what can be done with memory: the way, the sizes. */
int gdb_find_way(struct gdb *gdb, bool is_virtual, struct its_error *error);
const char *gdb_way_name(enum gdb_way way);

/*
 * gdb_cache.c: a copy of a range of RAM. While the target is halted nobody
 * else writes there, so what is read once stays true, and what is written may
 * be gathered. Both end in gdb_ranges_forget(), before the target runs. The
 * CPUs of a mem_ap target run on: there every read is made anew.
 *
 * A write that fails is kept in gdb->unwritten, because window_publish() cannot
 * say it: no register is written then. In a lap whose GITS_CWRITER has been
 * written RAM is left alone, too, as if the connection had been lost: filler
 * is what the driver survives, and history put back in its place may be
 * pending, since nobody took CWRITER to the driver's pointer.
 */
int gdb_range_new(struct gdb *gdb, const struct window *window, struct gdb_range **range,
		  struct its_error *error);
void gdb_range_free(struct gdb *gdb, struct gdb_range *range);
int gdb_range_read(struct gdb *gdb, struct gdb_range *range, uint64_t offset, uint64_t *words,
		   size_t count, struct its_error *error);
int gdb_range_write(struct gdb *gdb, struct gdb_range *range, uint64_t offset, uint64_t word,
		    struct its_error *error);
int gdb_ranges_flush(struct gdb *gdb, struct its_error *error);
/* A new writer: what the one before could not write is not written any more. */
void gdb_ranges_renew(struct gdb *gdb);
int gdb_ranges_forget(struct gdb *gdb, struct its_error *error);

/*
 * gdb_cpus.c: makes sure that no CPU is in the middle of a post, if needed by
 * letting the target run for moments, until @limit_ms have passed.
 */
int gdb_cpus_quiet(struct gdb *gdb, unsigned limit_ms, struct its_error *error);

#endif
