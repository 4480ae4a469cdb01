/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where physical memory comes from. A source is a method table in one file;
 * everything above works on every source. Values are in host byte order:
 * sources convert from the little-endian of the ring and the registers.
 */
#ifndef ITS_MEMORY_H
#define ITS_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "its/error.h"

struct memory;
struct window;

/* What lies in a range, and so how it has to be mapped. */
enum memory_kind {
	MEMORY_REGISTERS,	/* device memory: a register frame */
	MEMORY_RAM,		/* the cacheable view of RAM: what the kernel sees */
	MEMORY_RAM_UNCACHED,	/* RAM as a device outside the coherent domain sees it */
};

/* Texts that come with a source, beside its memory. */
enum memory_file {
	MEMORY_FILE_DTB,		/* device tree blob; from devmem /sys/firmware/fdt */
	MEMORY_FILE_INTERRUPTS,		/* in the format of /proc/interrupts */
	MEMORY_FILE_SYSTEM,		/* what Linux says of CPUs, drivers and MSIs: its/system.h */
	MEMORY_FILE_ACPI,		/* MADT and IORT as they are, one behind the other */
	MEMORY_FILES
};

/*
 * What a source that builds its own hardware (sim) must know of the board.
 * Filled from the board by the caller; addresses are physical, sizes in
 * bytes.
 */
struct memory_layout {
	struct { uint64_t base; } its[64];
	size_t n_its;
	uint64_t gicd;
	struct { uint64_t base, size; } redistributors[512];
	size_t n_redistributors;
	uint64_t stride;		/* of one redistributor; 0: 128 KiB */
	unsigned cpus;
	/* Available cpu nodes; MPIDR affinity as in GICR_TYPER[63:32]. May be fewer than cpus. */
	struct { const char *node; uint32_t affinity; } cpu_nodes[512];
	size_t n_cpu_nodes;
	uint64_t ram_base, ram_size;	/* of the first memory node */
	/* MSI clients with a driver, for the commands that Linux posts at boot. */
	struct { size_t its; uint32_t device_id; const char *name; } devices[32];
	size_t n_devices;
};

/*
 * What its user said when a source was saved: that it is of the ITS at @base
 * alone, or that nothing else says where that is; and registers of this one.
 */
#define MEMORY_GIVEN_MAX 4
struct memory_told {
	bool has_base;
	uint64_t base;
	struct { unsigned id; uint64_t value; } given[MEMORY_GIVEN_MAX];	/* enum its_register_id, each once */
	size_t n_given;
};

/* A run of physical addresses, in bytes. */
struct memory_range { uint64_t base, size; };

/* The methods of a source. Those marked optional may be NULL. */
struct memory_ops {
	const char *scheme;		/* "devmem": what stands before the colon of --source */
	const char *syntax;		/* "sim[:DTB][,OPTION...]" for help */
	const char *summary;
	bool live;			/* a kernel may be using the ITS while we look */
	const char *read_only;		/* "an image": nothing can be written to it, and no window is; NULL: it can */
	bool partial;			/* holds what somebody saved: registers and a device tree may be missing */

	/* @argument is what follows the colon, or NULL. Sets memory->private. */
	int (*open)(struct memory *memory, const char *argument, struct its_error *error);
	void (*close)(struct memory *memory);

	/* Optional: builds the hardware of @layout. Called once, before any window. */
	int (*populate)(struct memory *memory, const struct memory_layout *layout,
			struct its_error *error);

	/*
	 * Makes @window's range (base, size, kind, writable) accessible; the
	 * base and size are aligned to 8. ITS_ERR_ACCESS says why the system
	 * refuses. Sets window->private, and window->mapped where plain loads
	 * and stores of aligned 32 and 64-bit words reach the memory.
	 */
	int (*map)(struct window *window, struct its_error *error);
	void (*unmap)(struct window *window);

	/* Optional where every window is mapped: one aligned access of @width 32 or 64 bits. */
	int (*read)(struct window *window, uint64_t offset, unsigned width, uint64_t *value,
		    struct its_error *error);
	int (*write)(struct window *window, uint64_t offset, unsigned width, uint64_t value,
		     struct its_error *error);

	/* Optional: @count consecutive 64-bit words in one go; the default loops over read. */
	int (*read_words)(struct window *window, uint64_t offset, uint64_t *words, size_t count,
			  struct its_error *error);

	/*
	 * Optional: makes all stores so far visible to the ITS before any later
	 * store. With @clean, also cleans the range to the point of coherency.
	 * The default is a full barrier.
	 */
	void (*publish)(struct window *window, uint64_t offset, uint64_t length, bool clean);

	/*
	 * Optional: a source at the end of a wire may gather writes to RAM until
	 * publish or a write to a register; this makes them now, and fails if
	 * they cannot be made.
	 */
	int (*flush)(struct window *window, struct its_error *error);

	/*
	 * Optional: the break. From pause to resume nobody but the caller runs,
	 * so no driver is half-way through a post. @limit_ms bounds the attempt:
	 * ITS_ERR_TIMEOUT names what kept it from coming together, and the
	 * machine goes on as before. prepare and finish frame any number of
	 * breaks: threads are created and memory is locked there, so that
	 * pause and resume allocate and fault nothing.
	 */
	int (*prepare)(struct memory *memory, struct its_error *error);
	int (*pause)(struct memory *memory, unsigned limit_ms, struct its_error *error);
	void (*resume)(struct memory *memory);
	void (*finish)(struct memory *memory);

	/* Optional: lets the source's own time go on while the caller polls; default: a short relax. */
	void (*relax)(struct memory *memory);

	/*
	 * Optional: a text that comes with the source, malloc'd; ITS_ERR_INPUT if it has none,
	 * ITS_ERR_NO_ITS from devmem on a machine that was not booted with a device tree, or
	 * not with ACPI.
	 */
	int (*file)(struct memory *memory, enum memory_file which, char **data, size_t *size,
		    struct its_error *error);

	/* Optional: what there is to be searched, ascending and disjoint; malloc'd. */
	int (*ranges)(struct memory *memory, struct memory_range **list, size_t *count,
		      struct its_error *error);

	/*
	 * Optional: of what was read through a window with `ahead` these bytes are needed.
	 * ITS_ERR_INPUT if they are not known after all.
	 */
	int (*used)(struct memory *memory, uint64_t base, uint64_t size, struct its_error *error);

	/* Optional: see memory_told. */
	const struct memory_told *(*told)(struct memory *memory);

	/*
	 * Optional: ITS_ERR_UNSAFE if stores to a ring do not reach an ITS that reads it through
	 * the caches, or with @noncoherent past them, whatever publish does.
	 */
	int (*check_ring)(struct memory *memory, bool noncoherent, struct its_error *error);

	/* Optional: what the user should know of the source that was opened; NULL: nothing. */
	const char *(*remark)(struct memory *memory);
};

struct memory {
	const struct memory_ops *ops;
	void *private;
	bool halted;			/* the machine stands still for as long as the source is open */
	bool cut;			/* set by open: of what was saved a part may be missing */
};

/* A range of physical memory that can be accessed. */
struct window {
	struct memory *memory;
	uint64_t base;			/* physical address, aligned to 8 */
	uint64_t size;			/* bytes, a multiple of 8 */
	enum memory_kind kind;
	bool writable;
	bool ahead;			/* set by who reads more at once than is needed: memory_used() tells what is */
	const char *via;		/* how it is reached, for messages: "/dev/mem", "/proc/kcore" */
	volatile void *mapped;		/* or NULL */
	void *private;
};

/* The sources built in, NULL-terminated. */
extern const struct memory_ops *const memory_sources[];

/*
 * Opens the source that @specification ("SCHEME[:ARGUMENT]") names.
 * memory->ops is NULL again after a failure. ITS_ERR_USAGE for an unknown
 * scheme; else what the source's open says.
 */
int memory_open(struct memory *memory, const char *specification, struct its_error *error);
void memory_close(struct memory *memory);
int memory_populate(struct memory *memory, const struct memory_layout *layout,
		    struct its_error *error);
int memory_file(struct memory *memory, enum memory_file which, char **data, size_t *size,
		struct its_error *error);

/* The memory that the source holds, as its ranges says; ITS_ERR_USAGE if it cannot tell. */
int memory_ranges(struct memory *memory, struct memory_range **list, size_t *count,
		  struct its_error *error);

/*
 * The whole of a file of the user's, or of an open descriptor, malloc'd, with a
 * NUL behind it. ITS_ERR_ACCESS if the system refuses, else ITS_ERR_INPUT.
 */
int memory_read_file(const char *path, char **data, size_t *size, struct its_error *error);
int memory_read_fd(int fd, const char *path, char **data, size_t *size, struct its_error *error);

/*
 * Ends what open_memstream() began, and gives *data its text. ITS_ERR_FAILED with
 * *data NULL if memory for it, called @what, gave out on the way.
 */
int memory_text_end(FILE *out, char **data, const char *what, struct its_error *error);

/* @base and @size must be multiples of 8 and not wrap: ITS_ERR_INPUT otherwise. */
int window_open(struct window *window, struct memory *memory, uint64_t base, uint64_t size,
		enum memory_kind kind, bool writable, struct its_error *error);
/* Safe on a zeroed or already closed window. */
void window_close(struct window *window);

/* One aligned access; @offset is in bytes from the window's base. ITS_ERR_INPUT outside it. */
int window_read(struct window *window, uint64_t offset, unsigned width, uint64_t *value,
		struct its_error *error);
int window_write(struct window *window, uint64_t offset, unsigned width, uint64_t value,
		 struct its_error *error);
/* @count 64-bit words. */
int window_read_words(struct window *window, uint64_t offset, uint64_t *words, size_t count,
		      struct its_error *error);
int window_write_words(struct window *window, uint64_t offset, const uint64_t *words,
		       size_t count, struct its_error *error);
void window_publish(struct window *window, uint64_t offset, uint64_t length, bool clean);
/* Loads before it, of registers or of RAM, are done before those after it. */
void memory_load_barrier(void);
/* All writes so far have been made, or the error says why not. */
int window_flush(struct window *window, struct its_error *error);

/* Bytes that were read ahead are needed; see memory_ops. */
int memory_used(struct memory *memory, uint64_t base, uint64_t size, struct its_error *error);

/* The break; see memory_ops. Sources without one are always alone. */
int memory_prepare(struct memory *memory, struct its_error *error);
int memory_pause(struct memory *memory, unsigned limit_ms, struct its_error *error);
void memory_resume(struct memory *memory);
void memory_finish(struct memory *memory);
void memory_relax(struct memory *memory);

/* How long a source that asks somebody else may wait for each answer; 1000 ms unless set. Before memory_open. */
void memory_set_timeout(unsigned timeout_ms);
unsigned memory_timeout(void);

/* Milliseconds and nanoseconds of CLOCK_MONOTONIC. */
uint64_t memory_now_ns(void);

#endif
