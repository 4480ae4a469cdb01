/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The command queue of one ITS: its registers, its ring, and appending to it.
 * Slots are counted from 0 at the ring's base; offsets are in bytes.
 */
#ifndef ITS_QUEUE_H
#define ITS_QUEUE_H

#include "its/board.h"
#include "its/cause.h"
#include "its/command.h"
#include "its/memory.h"
#include "its/register.h"
#include "its/replay.h"

/* One ITS whose register frame can be reached; the ring perhaps not. */
struct queue {
	struct memory *memory;
	const struct board_its *its;
	struct window frame;		/* GITS control frame */

	/* Read once, at attach. */
	uint32_t ctlr, iidr;
	uint64_t typer, cbaser, cwriter, creadr;
	enum its_layout layout;
	bool pta;			/* RDbase is an address: GITS_TYPER.PTA */

	/* From CBASER, valid if `ring` is open. */
	uint64_t base;			/* physical address of slot 0 */
	unsigned slots;
	struct window ring;
	bool noncoherent;		/* the ITS reads the ring past the caches: clean what is written */
	bool opened_for_write;
	uint64_t assumed;		/* 1 << id: the register is not known, and its value here is assumed */
	bool cwriter_found;		/* CWRITER is assumed, and the ring's contents told where it stands */
};

/*
 * Opens the register frame and reads the identification and queue registers.
 * Where the user gave some (board_its.given) or the source is a partial one,
 * those that cannot be read are assumed: enabled, no limits, RDbase a
 * processor number, no GICv4.1, idle. A register that the user gave is never read.
 */
int queue_open(struct queue *queue, struct memory *memory, const struct board_its *its,
	       bool write, struct its_error *error);

/*
 * Validates CBASER (valid, inside 52 bits), CWRITER and CREADR (inside the
 * ring) once, and opens the ring. After a failure the registers stay usable.
 */
int queue_attach(struct queue *queue, struct its_error *error);
void queue_close(struct queue *queue);

/* Where @cbaser, a GITS_CBASER, puts the ring, in bytes; false if no RAM can be there. */
bool queue_place(uint64_t cbaser, uint64_t *base, uint64_t *bytes);

/* True if the value of @id in @queue is an assumption. */
bool queue_assumes(const struct queue *queue, enum its_register_id id);

/* True if an ITS's control frame can be read at @base: a queue, and nothing where nothing may be. */
bool queue_is_frame(struct memory *memory, uint64_t base);

/* One register of the GITS frame, as the user gave it or at the width its row says. */
int queue_register_read(struct queue *queue, enum its_register_id id, uint64_t *value,
			struct its_error *error);

/*
 * The slot in @value of GITS_CREADR or GITS_CWRITER; ITS_ERR_INPUT, and *slot
 * unchanged, if it lies outside the attached ring.
 */
int queue_pointer_slot(const struct queue *queue, enum its_register_id id, uint64_t value,
		       unsigned *slot, struct its_error *error);

/* Reads one of the two pointers again; where it is assumed, it stays. */
int queue_pointer_read(struct queue *queue, enum its_register_id id, uint64_t *value,
		       struct its_error *error);

/* Reads the two pointers of an attached queue again, and checks them again. */
int queue_refresh(struct queue *queue, struct its_error *error);

/* Fields of CREADR and CWRITER. */
unsigned queue_creadr_slot(const struct queue *queue);
unsigned queue_cwriter_slot(const struct queue *queue);
bool queue_stalled(const struct queue *queue);

enum queue_state {
	QUEUE_UNUSED,			/* all four words zero and not pending: never written since boot */
	QUEUE_DONE,
	QUEUE_NEXT,			/* the slot CREADR points at; the ITS reads it next */
	QUEUE_PENDING,
	QUEUE_STALLED,			/* the slot CREADR points at, and CREADR.Stalled is set */
};
const char *queue_state_name(enum queue_state state);

/* A copy of the ring and the pointers around it. */
struct queue_snapshot {
	uint64_t (*words)[ITS_COMMAND_WORDS];	/* by slot */
	unsigned slots;
	unsigned creadr, cwriter;	/* slots, before the copy */
	bool stalled;
	uint64_t creadr_after, cwriter_after;	/* registers, after the copy */
	bool moved;			/* they changed while the ring was read */
};
int queue_snapshot(struct queue *queue, struct queue_snapshot *snapshot, struct its_error *error);
void queue_snapshot_free(struct queue_snapshot *snapshot);
/* The same with a few more looks on a busy ring, so that nothing is judged by a mix of old and new. */
int queue_snapshot_quiet(struct queue *queue, struct queue_snapshot *snapshot,
			 struct its_error *error);

/* What a run of slots looks like, if it is taken for a ring. */
struct queue_shape {
	unsigned slots;
	unsigned used;			/* slots that are not all zero */
	unsigned unknown;		/* of those, with an opcode or pINTID that cannot be */
	unsigned odd;			/* with RES0 bits set */
	unsigned ordered, disordered;	/* commands that want a SYNC behind them, and have it or not */
	bool boot;			/* begins as Linux sets an ITS up: MAPC, SYNC, INVALL, SYNC */
	bool wrapped;			/* no unused slots at the end */
	bool has_cwriter;		/* the boundary between newest and oldest was found */
	unsigned cwriter;		/* its slot; 0 if it was not */
	unsigned margin;		/* it may be so many slots off */
	unsigned confidence;		/* percent */
};
/* False if there is no memory. */
bool queue_shape(const uint64_t (*words)[ITS_COMMAND_WORDS], unsigned slots,
		 struct queue_shape *shape);

/* A wrapped ring's seam by what its commands contradict; used by queue_shape(). */
bool queue_seam(const uint64_t (*words)[ITS_COMMAND_WORDS], unsigned slots, unsigned *cwriter,
		unsigned *margin, bool *found);

#define QUEUE_RINGS_MAX 64u		/* candidates kept: the best */

/* A run of memory that may be a ring. */
struct queue_ring {
	uint64_t base;
	struct queue_shape shape;	/* shape.slots is a guess of the length */
};

struct queue_search {
	struct queue_ring rings[QUEUE_RINGS_MAX];	/* the best first */
	size_t n_rings;
	uint64_t bytes;			/* searched */
	size_t ranges;
	uint64_t unreadable;		/* bytes of them that could not be read */
};

/* Searches all memory that the source holds for command rings. */
int queue_find_rings(struct memory *memory, struct queue_search *search, struct its_error *error);

/* Slots from CREADR to CWRITER: what the ITS has not executed. */
unsigned queue_pending(const struct queue_snapshot *snapshot);

/*
 * True if commands are pending and GITS_CREADR does not move while it is watched for a
 * moment. Reads the pointers of @queue again.
 */
bool queue_is_stuck(struct queue *queue, const struct queue_snapshot *snapshot);

/* The slot of age @age: 0 is the oldest, slots - 1 the newest; pending slots come last. */
unsigned queue_slot_by_age(const struct queue_snapshot *snapshot, unsigned age);
enum queue_state queue_slot_state(const struct queue_snapshot *snapshot, unsigned slot);

/*
 * True if the ring has not wrapped since the driver began, so that what its
 * history does not show never was. False where that is not certain: a driver
 * may be clearing its next slots at this moment.
 */
bool queue_history_is_whole(const struct queue *queue, const struct queue_snapshot *snapshot);

/* A redistributor as its registers describe it. */
struct queue_redistributor {
	uint64_t base;			/* RD_base, physical */
	uint64_t typer;			/* GICR_TYPER */
	unsigned index;
};
/*
 * Walks the regions of @gic: stride from the tree or GICR_TYPER.VLPIS, until
 * Last or the region's end. *list is malloc'd. A partial list is returned with
 * the error that ended the walk.
 */
int queue_redistributors(struct memory *memory, const struct board_gic *gic,
			 struct queue_redistributor **list, size_t *count, struct its_error *error);

/* How commands name @redistributor: its address or its processor number, by GITS_TYPER.PTA. */
uint64_t queue_redistributor_rdbase(const struct queue_redistributor *redistributor, uint64_t typer);
/* Is it the one that commands call @rdbase? Where GITS_TYPER is assumed either name is taken for it. */
bool queue_redistributor_is(const struct queue *queue, const struct queue_redistributor *redistributor, uint64_t rdbase);

/* What this part adds to the RDbase of VMAPP and VMOVP (an erratum of Hip07's); mostly 0. */
uint64_t queue_vpe_rdbase_offset(const struct queue *queue);

/* How to append. */
struct queue_append_options {
	unsigned timeout_ms;		/* for each wait */
	bool plain;			/* the debugger's way: CWRITER += n, no lap */
	uint64_t sync_rdbase;		/* for the filler; in place */
};

/* What became of it; filled as far as it got, also when queue_append fails. */
struct queue_append_report {
	unsigned slot;			/* of the first command */
	size_t executed;		/* commands that the ITS has gone past */
	size_t refused;			/* of those, commands it stalled on: taken out and replaced by SYNC */
	size_t first_refused;		/* index of the first of them */
	unsigned laps;
	unsigned retries;		/* breaks that did not come together or found the ring busy */
	unsigned driver_slots;		/* slots the driver filled during the laps */
	bool disturbed;			/* an interrupt handler posted inside a break: see docs/append.md */
	size_t uncertain;		/* commands whose slots it took: perhaps not executed */
	bool wrote;			/* CWRITER was written at least once */
	bool filler_left;		/* not all of the history was put back: the ring may hold filler still */
	bool finished_older;		/* a ring left by a killed run was made whole first */
	uint64_t break_ns[2];		/* the longest first and second break */
	uint64_t copy_ns;		/* of the ring, inside the first */
	uint64_t total_ns;
};

/*
 * DW3 of what the lap writes: this constant in [63:16], the driver's write
 * pointer (a slot number) in [15:0]. Commands with fields in DW3 go untagged.
 */
#define QUEUE_TAG UINT64_C(0x4954532d544c0000)	/* "ITS-TL" */
#define QUEUE_TAG_MASK UINT64_C(0xffffffffffff0000)

/* True if @words were written by a lap; *driver (may be NULL) is then the driver's write pointer. */
bool queue_is_tagged(const uint64_t words[ITS_COMMAND_WORDS], unsigned *driver);
/*
 * A run was killed in the middle of its lap: CWRITER is one short of @driver, where the driver believes it to
 * be. @before, @at and @behind are the slots around CWRITER.
 */
bool queue_lap_is_unfinished(unsigned driver, const uint64_t before[ITS_COMMAND_WORDS],
			     const uint64_t at[ITS_COMMAND_WORDS], const uint64_t behind[ITS_COMMAND_WORDS]);

/*
 * Why the ITS may have refused a command: ranges and mappings checked again
 * against GITS_TYPER and the history before it. Reference 5.2.
 */
struct queue_diagnosis {
	enum its_cause cause;
	bool refused;		/* the ITS takes no effect of it; else it only leads nowhere */
	uint32_t code;		/* 0x01ooee as GIC-600 records it in GICT_ERRnMISC0; 0: none */
	char name[48];		/* "INT_UNMAPPED_INTERRUPT"; empty if the error has no number */
	char reason[160];	/* for people; empty if nothing is wrong */
};

/* What a command is judged by. */
struct queue_scene {
	const struct queue *queue;
	const struct queue_snapshot *snapshot;
	struct replay *replay;		/* what was executed before it */
	/* All of them, or none where they could not be read. */
	const struct queue_redistributor *redistributors;
	size_t n_redistributors;
};

/* Judges @words by what scene->replay holds. */
void queue_diagnose(const struct queue_scene *scene, const uint64_t words[ITS_COMMAND_WORDS],
		    struct queue_diagnosis *diagnosis);

/* Shown each executed command before its effect is taken. */
typedef void queue_replay_fn(void *context, unsigned slot, const uint64_t words[ITS_COMMAND_WORDS],
			     const struct queue_diagnosis *diagnosis);
/*
 * Replays the executed part of the snapshot, oldest first, into scene->replay,
 * which it initialises: free it also after a failure. What the ITS refuses has no
 * effect. @seen may be NULL.
 */
int queue_replay(struct queue_scene *scene, queue_replay_fn *seen, void *context,
		 struct its_error *error);

/*
 * The refusals: what would do harm or cannot work, found before anything is
 * written: an ITS that is disabled or stalled, commands that queue_diagnose()
 * finds wrong, and, with @live_driver, those that change a mapping behind the
 * driver's back. ITS_ERR_UNSAFE with the reason.
 */
int queue_vet(const struct queue_scene *scene, const uint64_t (*commands)[ITS_COMMAND_WORDS],
	      size_t count, bool live_driver, struct its_error *error);

struct queue_recovery {
	bool stalled;			/* GITS_CREADR.Stalled was set */
	bool replaced;			/* the culprit, by a SYNC: not where nothing was pending */
	unsigned slot;			/* where */
	uint64_t culprit[ITS_COMMAND_WORDS];
	bool finished_older;		/* a lap that a killed run had left was finished */
	bool stalled_again;		/* on a later slot: run it once more */
	unsigned creadr, cwriter;	/* slots at the end */
};

/*
 * Gets a stalled ITS going: the command it stopped at is replaced by a SYNC
 * and GITS_CWRITER.Retry is written; or finishes the lap of a killed run.
 * Waits until CREADR = CWRITER. 0 also if there was nothing to do.
 */
int queue_recover(struct queue *queue, const struct queue_append_options *options,
		  struct queue_recovery *recovery, struct its_error *error);

/*
 * Appends @count commands to the attached ring and waits until the ITS has
 * executed them; docs/append.md has the protocol. Batches longer than
 * slots - 1 take several laps. ITS_ERR_UNSAFE before anything was written if
 * the ITS is stalled or not idle; ITS_ERR_TIMEOUT if it stops on the way.
 */
int queue_append(struct queue *queue, const uint64_t (*commands)[ITS_COMMAND_WORDS], size_t count,
		 const struct queue_append_options *options, struct queue_append_report *report,
		 struct its_error *error);

/*
 * An RDbase for the filler: of the newest MAPC V=1 or SYNC in the history, or
 * the first redistributor. False if there is neither.
 */
bool queue_find_rdbase(const struct queue_snapshot *snapshot, enum its_layout layout,
		       uint64_t *rdbase);

#endif
