/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The few instructions that C has no words for: waiting politely, and making
 * stores visible to a device. All are allowed to user space by Linux on arm64
 * (SCTLR_EL1.UCI and UCT). Elsewhere only offline sources are of use, so the
 * barriers are those of the compiler.
 */
#ifndef MEMORY_CPU_H
#define MEMORY_CPU_H

#include <stdbool.h>
#include <stdint.h>

static inline void cpu_relax(void)
{
#if defined(__aarch64__)
	__asm__ volatile("yield" ::: "memory");
#elif defined(__x86_64__) || defined(__i386__)
	__asm__ volatile("pause" ::: "memory");
#else
	__asm__ volatile("" ::: "memory");
#endif
}

/*
 * All stores so far are seen by the inner shareable domain before any later
 * store: what Linux does before GITS_CWRITER on a coherent ring
 * (its_flush_cmd).
 */
static inline void cpu_publish(void)
{
#if defined(__aarch64__)
	__asm__ volatile("dsb ishst" ::: "memory");
#else
	__sync_synchronize();
#endif
}

/* Loads before it are done before loads after it, of device memory too: Linux's __iormb(). */
static inline void cpu_load_barrier(void)
{
#if defined(__aarch64__)
	__asm__ volatile("dmb oshld" ::: "memory");
#else
	__sync_synchronize();
#endif
}

/* False where cpu_clean() cannot do it: AArch32 keeps the instruction from user space, whatever the kernel. */
static inline bool cpu_can_clean(void)
{
#if defined(__arm__)
	return false;
#else
	return true;
#endif
}

/*
 * Cleans (and invalidates) the lines of @length bytes from @start to the point
 * of coherency, and waits until they are there: for an ITS that reads past the
 * caches. Nothing but a barrier where user space has no such instruction.
 */
static inline void cpu_clean(const volatile void *start, uint64_t length)
{
#if defined(__aarch64__)
	uintptr_t address = (uintptr_t)start, end = address + length;
	uint64_t type;

	/* CTR_EL0.DminLine, bits 19:16: log2 of the words (4 bytes) in the smallest line. */
	__asm__ volatile("mrs %0, ctr_el0" : "=r"(type));
	uintptr_t line = (uintptr_t)4 << ((type >> 16) & 0xf);

	for (address &= ~(line - 1); address < end; address += line)
		__asm__ volatile("dc civac, %0" : : "r"(address) : "memory");
	__asm__ volatile("dsb sy" ::: "memory");
#else
	(void)start;
	(void)length;
	__sync_synchronize();
#endif
}

#endif
