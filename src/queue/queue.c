// SPDX-License-Identifier: GPL-2.0-or-later
/* Where is the ring of this ITS, and does what its registers say make sense? */
#include <string.h>

#include "its/identity.h"
#include "its/queue.h"

bool queue_assumes(const struct queue *queue, enum its_register_id id)
{
	return queue->assumed >> id & 1;
}

/* Says which register is missing, why, and which option supplies it. */
static int unknown_register(enum its_register_id id, const char *why, struct its_error *error)
{
	const char *name = its_register_row(id)->name;

	its_error(error, ITS_ERR_INPUT, "%s is not known: %.400s", name, why);
	switch (id) {
	case GITS_CBASER:
		return its_hint(error, "--cbaser gives it; 'its-tool find-ring' looks for the ring in an image of RAM or a core");
	case GITS_CWRITER:
		return its_hint(error, "--cwriter gives it");
	case GITS_CREADR:
		return its_hint(error, "--creadr gives it");
	case GITS_TYPER:
		return its_hint(error, "--typer gives it");
	default:
		return its_hint(error, "save the ITS's register frame, too");
	}
}

/* The user's word for @id, or NULL. */
static const struct board_given *find_given(const struct board_its *its, enum its_register_id id)
{
	size_t i;

	for (i = 0; its && i < its->n_given; i++)
		if (its->given[i].id == id)
			return &its->given[i];
	return NULL;
}

int queue_register_read(struct queue *queue, enum its_register_id id, uint64_t *value,
			struct its_error *error)
{
	const struct its_register *row = its_register_row(id);
	const struct board_its *its = queue->its;
	const struct board_given *given = find_given(its, id);
	struct its_error cause = { 0 };
	int err;

	if (given) {
		*value = given->value;
		return 0;
	}
	if (!queue->frame.memory)
		return unknown_register(id, its && its->untranslated ? its->untranslated :
					"the register frame cannot be read", error);
	if (!queue->frame.memory->ops->partial)
		return window_read(&queue->frame, row->offset, row->width, value, error);
	err = window_read(&queue->frame, row->offset, row->width, value, &cause);
	return err ? unknown_register(id, cause.message, error) : 0;
}

/* A register that can be done without where few are known. */
static int read_or_assume(struct queue *queue, enum its_register_id id, uint64_t assumption,
			  uint64_t *value, struct its_error *error)
{
	int err;

	if (!queue->its->n_given && !queue->memory->ops->partial)
		return queue_register_read(queue, id, value, error);
	err = queue_register_read(queue, id, value, NULL);
	if (err) {
		queue->assumed |= UINT64_C(1) << id;
		*value = assumption;
	}
	return 0;
}

int queue_pointer_read(struct queue *queue, enum its_register_id id, uint64_t *value,
		       struct its_error *error)
{
	if (!queue_assumes(queue, id))
		return queue_register_read(queue, id, value, error);
	*value = id == GITS_CREADR ? queue->creadr : queue->cwriter;
	return 0;
}

static int read_pointers(struct queue *queue, struct its_error *error)
{
	int err;

	err = queue_pointer_read(queue, GITS_CWRITER, &queue->cwriter, error);
	if (!err)
		err = queue_pointer_read(queue, GITS_CREADR, &queue->creadr, error);
	return err;
}

/* An ITS that can do it all: what was executed was within the limits. */
static uint64_t any_typer(void)
{
	static const struct { const char *name; uint64_t value; } fields[] = {
		{ "Physical", 1 }, { "Virtual", 1 }, { "ID_bits", 31 }, { "Devbits", 31 },
	};
	uint64_t typer = 0;
	size_t i;

	for (i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		typer = its_register_with(GITS_TYPER, fields[i].name, typer, fields[i].value);
	return typer;
}

/* With one pointer alone the ITS is taken to be idle; with none, queue_attach() looks at the ring. */
static int read_first_pointers(struct queue *queue, struct its_error *error)
{
	int err;

	err = read_or_assume(queue, GITS_CWRITER, 0, &queue->cwriter, error);
	if (!err)
		err = read_or_assume(queue, GITS_CREADR, its_register_get(GITS_CWRITER, "Offset", queue->cwriter),
				     &queue->creadr, error);
	if (!err && queue_assumes(queue, GITS_CWRITER) && !queue_assumes(queue, GITS_CREADR))
		queue->cwriter = its_register_get(GITS_CREADR, "Offset", queue->creadr);
	return err;
}

/* What the user gave answers without a frame; without either there is nothing to say. */
static int open_frame(struct queue *queue, struct its_error *error)
{
	const struct board_its *its = queue->its;
	int err;

	if (!its->translated && its->n_given)
		return 0;
	if (!its->translated) {
		its_error(error, ITS_ERR_INPUT, "%s: no physical address: %s", its->node,
			  its->untranslated ? its->untranslated : "reg could not be read");
		return queue->memory->ops->partial ? its_hint(error, "name the device tree with --dtb, the ITS's address with --its, or at least the ring with --cbaser; 'its-tool find-ring' looks for it")
						   : ITS_ERR_INPUT;
	}
	err = window_open(&queue->frame, queue->memory, its->base, ITS_FRAME_SIZE, MEMORY_REGISTERS,
			  queue->opened_for_write, its->n_given ? NULL : error);
	return its->n_given ? 0 : err;
}

int queue_open(struct queue *queue, struct memory *memory, const struct board_its *its,
	       bool write, struct its_error *error)
{
	uint64_t ctlr, iidr;
	int err;

	memset(queue, 0, sizeof(*queue));
	queue->memory = memory;
	queue->its = its;
	queue->opened_for_write = write;
	err = open_frame(queue, error);
	if (err)
		return err;
	err = read_or_assume(queue, GITS_CTLR, its_register_with(GITS_CTLR, "Enabled", 0, 1), &ctlr, error);
	if (!err)
		err = read_or_assume(queue, GITS_IIDR, 0, &iidr, error);
	if (!err)
		err = read_or_assume(queue, GITS_TYPER, any_typer(), &queue->typer, error);
	if (!err)
		err = read_or_assume(queue, GITS_CBASER, 0, &queue->cbaser, error);
	if (!err)
		err = read_first_pointers(queue, error);
	if (err) {
		queue_close(queue);
		return err;
	}
	queue->ctlr = (uint32_t)ctlr;
	queue->iidr = (uint32_t)iidr;
	queue->layout = its_register_get(GITS_TYPER, "VMAPP", queue->typer) ? ITS_LAYOUT_V41
									    : ITS_LAYOUT_V40;
	queue->pta = its_register_get(GITS_TYPER, "PTA", queue->typer);
	return 0;
}

bool queue_is_frame(struct memory *memory, uint64_t base)
{
	static const enum its_register_id ids[] = { GITS_CBASER, GITS_CWRITER, GITS_CREADR };
	struct window window;
	uint64_t values[3];
	bool plausible = true;
	unsigned i;

	if (base % ITS_FRAME_SIZE ||
	    window_open(&window, memory, base, ITS_FRAME_SIZE, MEMORY_REGISTERS, false, NULL))
		return false;
	for (i = 0; i < 3 && plausible; i++) {
		const struct its_register *row = its_register_row(ids[i]);

		plausible = !window_read(&window, row->offset, row->width, &values[i], NULL) &&
			    !its_register_reserved(row, false, values[i]);
	}
	window_close(&window);
	return plausible && its_register_get(GITS_CBASER, "Valid", values[0]) &&
	       its_register_get(GITS_CBASER, "Physical_Address", values[0]);
}

/* The ITS reads the ring past the caches if CBASER did not take "inner shareable": reference 4.3. */
static bool is_noncoherent(const struct queue *queue)
{
	return its_register_get(GITS_CBASER, "Shareability", queue->cbaser) != 1 ||
	       queue->its->noncoherent;
}

int queue_pointer_slot(const struct queue *queue, enum its_register_id id, uint64_t value,
		       unsigned *slot, struct its_error *error)
{
	uint64_t bytes = (uint64_t)queue->slots * ITS_COMMAND_BYTES;
	uint64_t offset = its_register_get(id, "Offset", value);

	if (offset < bytes) {
		*slot = (unsigned)(offset / ITS_COMMAND_BYTES);
		return 0;
	}
	if (find_given(queue->its, id)) {
		its_error(error, ITS_ERR_INPUT, "%s as it was given points at offset 0x%llx, outside the ring of 0x%llx bytes at 0x%llx",
			  its_register_row(id)->name, (unsigned long long)offset, (unsigned long long)bytes,
			  (unsigned long long)queue->base);
		return its_hint(error, "--%s does not fit what GITS_CBASER says", id == GITS_CREADR ? "creadr" : "cwriter");
	}
	its_error(error, ITS_ERR_INPUT,
		  "ITS at 0x%llx: %s points at offset 0x%llx, outside the ring of 0x%llx bytes at 0x%llx",
		  (unsigned long long)queue->its->base, its_register_row(id)->name,
		  (unsigned long long)offset, (unsigned long long)bytes, (unsigned long long)queue->base);
	its_hint(error, "the ITS is in no defined state; 'its-tool regs' shows all that can be read");
	return ITS_ERR_INPUT;
}

/* Both pointers as the registers say they are, checked. One that is assumed is a copy of the other. */
static int check_pointers(const struct queue *queue, struct its_error *error)
{
	unsigned slot;
	int err = 0;

	if (!queue_assumes(queue, GITS_CREADR))
		err = queue_pointer_slot(queue, GITS_CREADR, queue->creadr, &slot, error);
	if (!err && !queue_assumes(queue, GITS_CWRITER))
		err = queue_pointer_slot(queue, GITS_CWRITER, queue->cwriter, &slot, error);
	return err;
}

int queue_refresh(struct queue *queue, struct its_error *error)
{
	int err = read_pointers(queue, error);

	return err ? err : check_pointers(queue, error);
}

/* Neither pointer is known: where the ring's contents say that the newest command stands, and idle. */
static int estimate_pointers(struct queue *queue, struct its_error *error)
{
	struct queue_snapshot snapshot;
	struct queue_shape shape;
	int err;

	err = queue_snapshot(queue, &snapshot, error);
	if (err)
		return err;
	if (queue_shape((const uint64_t (*)[ITS_COMMAND_WORDS])snapshot.words, snapshot.slots, &shape)) {
		queue->cwriter = (uint64_t)shape.cwriter * ITS_COMMAND_BYTES;
		queue->creadr = queue->cwriter;
		queue->cwriter_found = shape.has_cwriter;
	}
	queue_snapshot_free(&snapshot);
	return 0;
}

bool queue_place(uint64_t cbaser, uint64_t *base, uint64_t *bytes)
{
	*base = its_register_get(GITS_CBASER, "Physical_Address", cbaser);
	*bytes = (its_register_get(GITS_CBASER, "Size", cbaser) + 1) * 4096;
	return *base && *base + *bytes <= UINT64_C(1) << ITS_ADDRESS_BITS;
}

int queue_attach(struct queue *queue, struct its_error *error)
{
	uint64_t bytes;
	bool placed;
	int err;

	if (queue_assumes(queue, GITS_CBASER))
		return queue_register_read(queue, GITS_CBASER, &queue->cbaser, error);
	placed = queue_place(queue->cbaser, &queue->base, &bytes);
	queue->slots = (unsigned)(bytes / ITS_COMMAND_BYTES);
	queue->noncoherent = is_noncoherent(queue);
	if (!its_register_get(GITS_CBASER, "Valid", queue->cbaser)) {
		its_error(error, ITS_ERR_INPUT,
			  "ITS at 0x%llx has no command queue: GITS_CBASER (0x%llx) = 0x%016llx, Valid is 0",
			  (unsigned long long)queue->its->base,
			  (unsigned long long)(queue->its->base + its_register_row(GITS_CBASER)->offset),
			  (unsigned long long)queue->cbaser);
		return its_hint(error, "no driver has set this ITS up: look for 'ITS' in dmesg; 'its-tool regs' shows its registers");
	}
	if (!placed) {
		its_error(error, ITS_ERR_INPUT,
			  "ITS at 0x%llx: GITS_CBASER = 0x%016llx puts the ring at 0x%llx, 0x%llx bytes: no valid RAM address",
			  (unsigned long long)queue->its->base, (unsigned long long)queue->cbaser,
			  (unsigned long long)queue->base, (unsigned long long)bytes);
		return its_hint(error, "is 0x%llx really an ITS? 'its-tool regs' shows what its registers read",
				(unsigned long long)queue->its->base);
	}
	err = check_pointers(queue, error);
	if (!err)
		err = window_open(&queue->ring, queue->memory, queue->base, bytes, MEMORY_RAM,
				  queue->opened_for_write, error);
	if (!err && queue_assumes(queue, GITS_CWRITER) && queue_assumes(queue, GITS_CREADR))
		err = estimate_pointers(queue, error);
	return err;
}

void queue_close(struct queue *queue)
{
	window_close(&queue->ring);
	window_close(&queue->frame);
}

unsigned queue_creadr_slot(const struct queue *queue)
{
	return (unsigned)(its_register_get(GITS_CREADR, "Offset", queue->creadr) / ITS_COMMAND_BYTES);
}

unsigned queue_cwriter_slot(const struct queue *queue)
{
	return (unsigned)(its_register_get(GITS_CWRITER, "Offset", queue->cwriter) / ITS_COMMAND_BYTES);
}

bool queue_stalled(const struct queue *queue)
{
	return its_register_get(GITS_CREADR, "Stalled", queue->creadr);
}
