/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The state of a simulated board, shared by the files that make it work. */
#ifndef SIM_STATE_H
#define SIM_STATE_H

#include "sim.h"
#include "its/cause.h"
#include "its/register.h"

#define SIM_LPI_END 65536u		/* 16 INTID bits, the most that Linux uses */
#define SIM_LPIS (SIM_LPI_END - ITS_LPI_FIRST)
#define SIM_TABLE_ALIGN 0x10000u	/* PENDBASER and Linux's ring want 64 KiB */
#define SIM_CPUS_MAX 512u
#define SIM_IRQ_FIRST 20	/* Linux IRQ of the first MSI: timers and the like come before */
#define SIM_UNUSED_EVENT 31u	/* no driver has so many, and every ITT has room for it */
#define SIM_LIST_MAX 16			/* of repeatable options */
#define SIM_COMMANDS_MAX 64		/* of post= and raw= */

/* sim_ram.c: RAM, of which only what was written exists. */

/* Whose view of a word: what the CPUs' caches hold, or what lies behind them. */
enum sim_view { SIM_CACHED = 1, SIM_POC = 2, SIM_BOTH = 3 };

#define SIM_CHUNK_BYTES 4096u
#define SIM_CHUNK_WORDS (SIM_CHUNK_BYTES / 8)

struct sim_chunk {
	uint64_t base;
	uint64_t *words;		/* SIM_CHUNK_WORDS; twice that if noncoherent */
};

struct sim_ram {
	uint64_t base, size;
	uint64_t next;			/* where sim_ram_place() goes on */
	bool noncoherent;		/* keep both views apart */
	struct sim_chunk *chunks;	/* sorted by base */
	size_t n_chunks, room;
	size_t recent;			/* index of the last chunk found */
};

void sim_ram_free(struct sim_ram *ram);
bool sim_ram_contains(const struct sim_ram *ram, uint64_t address, uint64_t bytes);
/* @address is aligned to 8 and inside the RAM. */
uint64_t sim_ram_read(struct sim_ram *ram, enum sim_view view, uint64_t address);
void sim_ram_read_words(struct sim_ram *ram, enum sim_view view, uint64_t address,
			uint64_t *words, size_t count);
/* False if there is no memory left. */
bool sim_ram_write(struct sim_ram *ram, enum sim_view view, uint64_t address, uint64_t value);
uint8_t sim_ram_byte(struct sim_ram *ram, uint64_t address);
bool sim_ram_set_byte(struct sim_ram *ram, uint64_t address, uint8_t value);
/* Makes what the CPUs have written visible behind the caches. */
void sim_ram_clean(struct sim_ram *ram, uint64_t address, uint64_t bytes);
/* The runs of pages that exist, into a list with room for one each; how many. */
size_t sim_ram_ranges(const struct sim_ram *ram, struct memory_range *list);
/* Sets aside @bytes at a multiple of @align. False if the RAM has no room. */
bool sim_ram_place(struct sim_ram *ram, uint64_t bytes, uint64_t align, uint64_t *address);

/* sim_options.c: what follows "sim:". */

struct sim_options {
	char *dtb;			/* path, or NULL for the lab board */
	bool stall, stalled, step, noram, disabled, fill, v4, v41, pta, noncoherent, strict;
	bool has_die, has_stall_at, has_at, has_offline;
	uint64_t slow_us, die, stall_at, cpus, slots, at, late, driver, driver_in_break;
	uint64_t post_every_ms, posts, events, mask, offline;
	struct {
		const struct its_register *row;
		uint64_t value;
		bool all;
		uint64_t index;		/* of the ITS or the redistributor */
	} set[SIM_LIST_MAX];
	size_t n_set;
	struct { uint64_t address, value; bool dirty; } poke[SIM_LIST_MAX];
	size_t n_poke;
	struct { char *text; bool raw; } command[SIM_COMMANDS_MAX];
	size_t n_command;
};

int sim_options_parse(struct sim_options *options, const char *argument, struct its_error *error);
const char *sim_options_closest(const char *word, size_t length);
void sim_options_free(struct sim_options *options);

/* The hardware. */

struct sim_event_state {
	uint32_t event_id;
	uint32_t pintid, icid;
	bool is_virtual;
	uint32_t vpeid, vintid;
};

struct sim_device {
	uint32_t device_id;
	unsigned event_bits;
	uint64_t itt;
	struct sim_event_state *events;
	size_t n_events;
};

struct sim_redistributor {
	uint64_t base;			/* of its frames; 0: the tree gives none */
	unsigned number;		/* GICR_TYPER.Processor_Number */
	uint64_t reg[ITS_REGISTERS];
	/* By LPI - 8192. The copy of the configuration byte, always with RES1 bit 1; 0: none. */
	uint8_t *cached;
	uint32_t *delivered;
};

struct sim_its {
	uint64_t base;
	uint64_t reg[ITS_REGISTERS];	/* Stalled stands in GITS_CREADR as it is read */
	enum its_layout layout;
	struct sim_device *devices;
	size_t n_devices;
	uint16_t *collections;		/* by ICID: redistributor + 1, or 0 */
	uint16_t *vpes;			/* by vPEID: the same */

	bool counting;			/* populated: commands are logged, and count for die= */
	uint64_t executed, bad;
	struct sim_executed *log;
	size_t n_log, log_room;
	bool dead;
	bool held;			/* stall-at=: stalls again until the culprit is replaced */
	uint64_t culprit[ITS_COMMAND_WORDS];
	uint64_t busy_since_ns;		/* slow=: when the command at CREADR was begun */

	/* The driver. */
	unsigned cmd_write;		/* slot; Linux never reads CWRITER back */
	unsigned filled;		/* slots written and not yet given to CWRITER */
	uint64_t posted, dropped;
	bool cwriter_written;		/* by the tool, in the break that holds */
};

/* A device that Linux has a driver for. */
struct sim_client {
	size_t its;
	uint32_t device_id, event_id;
	char *name;			/* or NULL */
	unsigned effective;		/* CPU that the driver sent the event to last */
};

struct sim {
	struct sim_options options;
	char *dtb;
	size_t dtb_size;
	bool populated;
	struct sim_ram ram;
	uint64_t gicd;			/* 0: none */
	uint64_t gicd_reg[ITS_REGISTERS];
	uint64_t stride;
	struct sim_redistributor *redistributors;
	size_t n_redistributors;
	unsigned cpus;			/* redistributors that are online; they come in order */
	char **cpu_nodes;		/* paths of the tree's CPUs, those that are offline too */
	size_t n_cpu_nodes;
	struct sim_its *its;
	size_t n_its;
	struct sim_client *clients;
	size_t n_clients;

	/* The tool. */
	sim_hook_fn *hook;
	void *hook_context;
	bool killed;
	bool in_break;
	unsigned breaks, late;
	uint64_t accesses_in_break;
	bool driver_has_posted, handler_has_posted;
	uint64_t posted_ns;		/* post-every=: when the driver posted last */
};

/* sim_its.c: executes one command; what is wrong with it, or ITS_CAUSE_NONE. */
enum its_cause sim_its_execute(struct sim *sim, struct sim_its *its,
			       const uint64_t words[ITS_COMMAND_WORDS]);
struct sim_event_state *sim_its_event(const struct sim_its *its, uint32_t device_id,
				      uint32_t event_id);
/* What RDbase says, for a command. */
uint64_t sim_its_rdbase(const struct sim *sim, const struct sim_its *its, size_t redistributor);

/* sim_lpi.c: from a pending bit to a delivery. False: the tables are not in RAM. */
bool sim_lpi_set(struct sim *sim, struct sim_redistributor *redistributor, uint32_t lpi,
		 bool pending);
bool sim_lpi_get(struct sim *sim, const struct sim_redistributor *redistributor, uint32_t lpi);
/* Reads the configuration of @lpi again, and delivers it if it is pending. */
bool sim_lpi_load(struct sim *sim, struct sim_redistributor *redistributor, uint32_t lpi);
/* Forgets all copies, and delivers what is pending. */
bool sim_lpi_load_all(struct sim *sim, struct sim_redistributor *redistributor);
bool sim_lpi_move_all(struct sim *sim, struct sim_redistributor *from,
		      struct sim_redistributor *to);

/* sim_queue.c: when the ITS takes commands from its ring. */
/* Takes one command if there is one and nothing holds the ITS up. */
bool sim_queue_step(struct sim *sim, struct sim_its *its);
/* Executes what is due: everything, or by slow= and step less. @polled: CREADR is being read. */
void sim_queue_advance(struct sim *sim, struct sim_its *its, bool polled);
void sim_queue_write_cwriter(struct sim *sim, struct sim_its *its, uint64_t value);
unsigned sim_queue_slots(const struct sim_its *its);

/* sim_registers.c: the register frames. */
struct sim_frame {
	enum its_frame kind;
	uint64_t base;			/* where offsets are counted from */
	uint64_t *reg;
	struct sim_its *its;		/* of ITS_FRAME_GITS */
	struct sim_redistributor *redistributor;
};
/* The frame that @address lies in. */
bool sim_frame_find(struct sim *sim, uint64_t address, struct sim_frame *frame);
int sim_register_read(struct sim *sim, uint64_t address, unsigned width, uint64_t *value,
		      struct its_error *error);
int sim_register_write(struct sim *sim, uint64_t address, unsigned width, uint64_t value,
		       struct its_error *error);

/* sim_driver.c: Linux's side of the ring. */
bool sim_driver_begin_post(struct sim *sim, struct sim_its *its,
			   const uint64_t words[ITS_COMMAND_WORDS]);
void sim_driver_end_post(struct sim *sim, struct sim_its *its);
/* Both at once. */
void sim_driver_post_now(struct sim *sim, struct sim_its *its,
			 const uint64_t words[ITS_COMMAND_WORDS]);
/* One INV, with its SYNC, of an event that is mapped; or an INVALL if none is. */
void sim_driver_post_inv(struct sim *sim, struct sim_its *its);
/* An affinity change of the same event, to the next collection: MOVI and SYNC. */
void sim_driver_post_movi(struct sim *sim, struct sim_its *its);

/* sim_board.c: the hardware of @layout, as it comes out of reset. */
int sim_board_build(struct sim *sim, const struct memory_layout *layout, struct its_error *error);
void sim_board_free(struct sim *sim);

/* sim_boot.c: what Linux makes of it until it is up. */
int sim_boot(struct sim *sim, struct its_error *error);
int sim_no_room(const struct sim *sim, struct its_error *error);
void sim_boot_move_event(struct sim *sim, struct sim_its *its);
/* What a device needs in memory before its MAPD. False: no room. */
bool sim_boot_table_entry(struct sim *sim, struct sim_its *its, uint32_t device_id);

/* sim_after.c: what the options ask for when it is up: posts, set=, poke= and the like. */
int sim_after_boot(struct sim *sim, struct its_error *error);

/* sim_interrupts.c: /proc/interrupts, as Linux 6.12 writes it. */
int sim_interrupts(const struct sim *sim, char **data, size_t *size, struct its_error *error);
/* Its driver's name; what has no line in /proc/interrupts has no event or no name. */
const char *sim_client_driver(const struct sim_client *client);

/* sim_system.c: MEMORY_FILE_SYSTEM, as its/system.h describes it. */
bool sim_cpu_online(const struct sim *sim, size_t cpu);
int sim_system(const struct sim *sim, char **data, size_t *size, struct its_error *error);

#endif
