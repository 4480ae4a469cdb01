// SPDX-License-Identifier: GPL-2.0-or-later
/* Which redistributors are there? The walk of Linux's gic_iterate_rdists(): reference 2.10. */
#include <stdlib.h>

#include "its/identity.h"
#include "its/queue.h"

#define REDISTRIBUTORS_MAX 4096

static int read_register(struct window *window, enum its_register_id id, uint64_t *value,
			 struct its_error *error)
{
	const struct its_register *row = its_register_row(id);

	return window_read(window, row->offset, row->width, value, error);
}

static int add(struct queue_redistributor **list, size_t *count, uint64_t base, uint64_t typer,
	       struct its_error *error)
{
	struct queue_redistributor *grown = realloc(*list, (*count + 1) * sizeof(**list));

	if (!grown)
		return its_no_memory(error, "redistributor %zu", *count);
	grown[*count] = (struct queue_redistributor){ .base = base, .typer = typer,
						      .index = (unsigned)*count };
	*list = grown;
	(*count)++;
	return 0;
}

/* One redistributor's identity; *stop is set where the walk of its region ends. */
static int visit(struct memory *memory, const struct board_gic *gic, uint64_t base,
		 uint64_t *stride, bool *stop, struct queue_redistributor **list, size_t *count,
		 struct its_error *error)
{
	struct window window;
	uint64_t pidr2, typer;
	int err;

	err = window_open(&window, memory, base, ITS_FRAME_SIZE, MEMORY_REGISTERS, false, error);
	if (err)
		return err;
	err = read_register(&window, GICR_PIDR2, &pidr2, error);
	if (!err)
		err = read_register(&window, GICR_TYPER, &typer, error);
	window_close(&window);
	if (err)
		return err;
	if (its_register_get(GICR_PIDR2, "ArchRev", pidr2) < 3 ||
	    its_register_get(GICR_PIDR2, "ArchRev", pidr2) > 4)
		return its_error(error, ITS_ERR_INPUT,
				 "no redistributor at 0x%llx: GICR_PIDR2 = 0x%02llx", (unsigned long long)base,
				 (unsigned long long)pidr2);
	*stop = its_register_get(GICR_TYPER, "Last", typer);
	*stride = gic->stride ? gic->stride
			      : its_register_get(GICR_TYPER, "VLPIS", typer) ? 2 * GICR_FRAMES_SIZE : GICR_FRAMES_SIZE;
	return add(list, count, base, typer, error);
}

int queue_redistributors(struct memory *memory, const struct board_gic *gic,
			 struct queue_redistributor **list, size_t *count, struct its_error *error)
{
	size_t region;
	int err;

	*list = NULL;
	*count = 0;
	for (region = 0; region < gic->n_redistributors; region++) {
		uint64_t base = gic->redistributors[region].base;
		uint64_t left = gic->redistributors[region].size;
		uint64_t stride = 0;
		bool stop = false;

		while (!stop && left >= GICR_FRAMES_SIZE && *count < REDISTRIBUTORS_MAX) {
			err = visit(memory, gic, base, &stride, &stop, list, count, error);
			if (err)
				return err;
			if (stride > left)
				break;
			base += stride;
			left -= stride;
		}
	}
	return 0;
}

uint64_t queue_redistributor_rdbase(const struct queue_redistributor *redistributor, uint64_t typer)
{
	if (its_register_get(GITS_TYPER, "PTA", typer))
		return redistributor->base;
	return its_register_get(GICR_TYPER, "Processor_Number", redistributor->typer) << 16;
}

bool queue_redistributor_is(const struct queue *queue, const struct queue_redistributor *redistributor, uint64_t rdbase)
{
	return queue_redistributor_rdbase(redistributor, queue->typer) == rdbase ||
	       (queue_assumes(queue, GITS_TYPER) && redistributor->base == rdbase);
}

uint64_t queue_vpe_rdbase_offset(const struct queue *queue)
{
	const struct its_quirk *quirk = NULL;

	while ((quirk = its_quirk_next(quirk, queue->iidr, NULL)))
		if (quirk->effects & ITS_QUIRK_VPE_RDBASE)
			return GICR_VLPI_FRAME_OFFSET;
	return 0;
}
