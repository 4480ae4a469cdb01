// SPDX-License-Identifier: GPL-2.0-or-later
/* Where is the ring of this ITS, and does what its registers say make sense? */
#include <string.h>

#include "its/identity.h"
#include "its/queue.h"

#define PHYSICAL_BITS 52

int queue_register_read(struct queue *queue, enum its_register_id id, uint64_t *value,
			struct its_error *error)
{
	const struct its_register *row = its_register_row(id);

	return window_read(&queue->frame, row->offset, row->width, value, error);
}

static int read_pointers(struct queue *queue, struct its_error *error)
{
	int err;

	err = queue_register_read(queue, GITS_CWRITER, &queue->cwriter, error);
	if (!err)
		err = queue_register_read(queue, GITS_CREADR, &queue->creadr, error);
	return err;
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
	if (!its->translated)
		return its_error(error, ITS_ERR_INPUT, "%s: no physical address: %s", its->node,
				 its->untranslated ? its->untranslated : "reg could not be read");
	err = window_open(&queue->frame, memory, its->base, ITS_FRAME_SIZE, MEMORY_REGISTERS, write,
			  error);
	if (err)
		return err;
	err = queue_register_read(queue, GITS_CTLR, &ctlr, error);
	if (!err)
		err = queue_register_read(queue, GITS_IIDR, &iidr, error);
	if (!err)
		err = queue_register_read(queue, GITS_TYPER, &queue->typer, error);
	if (!err)
		err = queue_register_read(queue, GITS_CBASER, &queue->cbaser, error);
	if (!err)
		err = read_pointers(queue, error);
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
	its_error(error, ITS_ERR_INPUT,
		  "ITS at 0x%llx: %s points at offset 0x%llx, outside the ring of 0x%llx bytes at 0x%llx",
		  (unsigned long long)queue->its->base, its_register_row(id)->name,
		  (unsigned long long)offset, (unsigned long long)bytes, (unsigned long long)queue->base);
	its_hint(error, "the ITS is in no defined state; 'its-tool regs' shows all that can be read");
	return ITS_ERR_INPUT;
}

/* Both pointers as the registers say they are, checked. */
static int check_pointers(const struct queue *queue, struct its_error *error)
{
	unsigned slot;
	int err;

	err = queue_pointer_slot(queue, GITS_CREADR, queue->creadr, &slot, error);
	if (!err)
		err = queue_pointer_slot(queue, GITS_CWRITER, queue->cwriter, &slot, error);
	return err;
}

int queue_refresh(struct queue *queue, struct its_error *error)
{
	int err = read_pointers(queue, error);

	return err ? err : check_pointers(queue, error);
}

int queue_attach(struct queue *queue, struct its_error *error)
{
	uint64_t bytes;
	int err;

	queue->base = its_register_get(GITS_CBASER, "Physical_Address", queue->cbaser);
	queue->slots = (unsigned)((its_register_get(GITS_CBASER, "Size", queue->cbaser) + 1) * 4096 /
				  ITS_COMMAND_BYTES);
	bytes = (uint64_t)queue->slots * ITS_COMMAND_BYTES;
	queue->noncoherent = is_noncoherent(queue);
	if (!its_register_get(GITS_CBASER, "Valid", queue->cbaser)) {
		its_error(error, ITS_ERR_INPUT,
			  "ITS at 0x%llx has no command queue: GITS_CBASER (0x%llx) = 0x%016llx, Valid is 0",
			  (unsigned long long)queue->its->base,
			  (unsigned long long)(queue->its->base + its_register_row(GITS_CBASER)->offset),
			  (unsigned long long)queue->cbaser);
		return its_hint(error, "no driver has set this ITS up: look for 'ITS' in dmesg; 'its-tool regs' shows its registers");
	}
	if (!queue->base || queue->base + bytes > UINT64_C(1) << PHYSICAL_BITS) {
		its_error(error, ITS_ERR_INPUT,
			  "ITS at 0x%llx: GITS_CBASER = 0x%016llx puts the ring at 0x%llx, 0x%llx bytes: no valid RAM address",
			  (unsigned long long)queue->its->base, (unsigned long long)queue->cbaser,
			  (unsigned long long)queue->base, (unsigned long long)bytes);
		return its_hint(error, "is 0x%llx really an ITS? 'its-tool regs' shows what its registers read",
				(unsigned long long)queue->its->base);
	}
	err = check_pointers(queue, error);
	if (err)
		return err;
	return window_open(&queue->ring, queue->memory, queue->base, bytes, MEMORY_RAM,
			   queue->opened_for_write, error);
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
