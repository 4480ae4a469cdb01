// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The lap's hands on the ring and on its two pointers. All of it runs inside
 * a break: nothing here allocates, prints, faults or sleeps.
 */
#include <string.h>

#include "lap.h"

/* Often enough for any driver; more would be hardware gone mad. */
#define POINTER_READS 8

static int read_offset(struct queue *queue, enum its_register_id id, uint64_t *value, unsigned *slot,
		       struct its_error *error)
{
	int err = queue_register_read(queue, id, value, error);

	return err ? err : queue_pointer_slot(queue, id, *value, slot, error);
}

int lap_read_pointers(struct queue *queue, struct lap_pointers *pointers, struct its_error *error)
{
	unsigned reads, again;
	uint64_t value;
	int err;

	/*
	 * CREADR read first may be that of a moment ago, and a driver that has since posted up to there makes
	 * the lap look finished. CWRITER on both sides makes it one instant.
	 */
	err = read_offset(queue, GITS_CWRITER, &value, &pointers->cwriter, error);
	for (reads = 0; !err && reads < POINTER_READS; reads++) {
		err = read_offset(queue, GITS_CREADR, &value, &pointers->creadr, error);
		if (err)
			break;
		pointers->stalled = its_register_get(GITS_CREADR, "Stalled", value);
		err = read_offset(queue, GITS_CWRITER, &value, &again, error);
		if (err || again == pointers->cwriter)
			break;
		pointers->cwriter = again;
	}
	return err;
}

int lap_write_cwriter(struct queue *queue, unsigned slot, bool retry, struct its_error *error)
{
	const struct its_register *row = its_register_row(GITS_CWRITER);
	uint64_t value = its_register_with(GITS_CWRITER, "Offset", 0, (uint64_t)slot * ITS_COMMAND_BYTES);

	value = its_register_with(GITS_CWRITER, "Retry", value, retry);
	return window_write(&queue->frame, row->offset, row->width, value, error);
}

bool queue_is_tagged(const uint64_t words[ITS_COMMAND_WORDS], unsigned *driver)
{
	if ((words[3] & QUEUE_TAG_MASK) != QUEUE_TAG)
		return false;
	if (driver)
		*driver = (unsigned)(words[3] & ~QUEUE_TAG_MASK);
	return true;
}

static bool is_tagged_for(const uint64_t words[ITS_COMMAND_WORDS], unsigned driver)
{
	unsigned found;

	return queue_is_tagged(words, &found) && found == driver;
}

bool queue_lap_is_unfinished(unsigned driver, const uint64_t before[ITS_COMMAND_WORDS],
			     const uint64_t at[ITS_COMMAND_WORDS], const uint64_t behind[ITS_COMMAND_WORDS])
{
	/*
	 * A driver that has gone round since stands at CWRITER, too, and finds old filler there; but the slot
	 * before it (or, where that held untagged payload, the one behind it) it has overwritten.
	 */
	return is_tagged_for(at, driver) && (is_tagged_for(before, driver) || is_tagged_for(behind, driver));
}

void lap_filler(const struct lap *lap, uint64_t words[ITS_COMMAND_WORDS])
{
	its_command_build_sync(words, lap->options->sync_rdbase);
	words[3] = QUEUE_TAG | lap->W;
}

/* Nothing of the payload's own may be touched, so only an empty DW3 takes the tag. */
static void tag_payload(const struct lap *lap, uint64_t words[ITS_COMMAND_WORDS])
{
	const struct its_command *command = its_command_by_opcode(words[0]);
	const struct its_field *field;

	if (words[3] || !command)
		return;
	its_command_for_each_field(field, command, lap->queue->layout)
		if (field->word == 3)
			return;
	words[3] = QUEUE_TAG | lap->W;
}

int lap_read_slot(struct lap *lap, unsigned slot, uint64_t words[ITS_COMMAND_WORDS], struct its_error *error)
{
	return window_read_words(&lap->queue->ring, (uint64_t)slot * ITS_COMMAND_BYTES, words,
				 ITS_COMMAND_WORDS, error);
}

int lap_write_slot(struct lap *lap, unsigned slot, const uint64_t words[ITS_COMMAND_WORDS],
		   struct its_error *error)
{
	return window_write_words(&lap->queue->ring, (uint64_t)slot * ITS_COMMAND_BYTES, words,
				  ITS_COMMAND_WORDS, error);
}

void lap_publish_slot(struct lap *lap, unsigned slot)
{
	window_publish(&lap->queue->ring, (uint64_t)slot * ITS_COMMAND_BYTES, ITS_COMMAND_BYTES,
		       lap->queue->noncoherent);
}

void lap_publish_ring(struct lap *lap)
{
	window_publish(&lap->queue->ring, 0, lap->queue->ring.size, lap->queue->noncoherent);
}

bool lap_slot_is_ours(struct lap *lap, unsigned slot)
{
	uint64_t words[ITS_COMMAND_WORDS];

	return !lap_read_slot(lap, slot, words, NULL) && !memcmp(words, lap->image[slot], sizeof(words));
}

int lap_copy_ring(struct lap *lap, struct its_error *error)
{
	uint64_t start = memory_now_ns();
	int err;

	err = window_read_words(&lap->queue->ring, 0, lap->copy[0],
				(size_t)lap->queue->slots * ITS_COMMAND_WORDS, error);
	lap->report->copy_ns = memory_now_ns() - start;
	return err;
}

void lap_build_image(struct lap *lap)
{
	unsigned slots = lap->queue->slots, i;
	uint64_t sync[ITS_COMMAND_WORDS];

	lap_filler(lap, sync);
	for (i = 0; i < slots; i++) {
		uint64_t *words = lap->image[(lap->W + i) % slots];

		memcpy(words, i < lap->n ? lap->payload[i] : sync, ITS_COMMAND_BYTES);
		if (i < lap->n)
			tag_payload(lap, words);
	}
}

/* From W on: a handler's post into the first slots has the rest of the fill to be seen. */
int lap_fill(struct lap *lap, struct its_error *error)
{
	unsigned slots = lap->queue->slots, i;
	int err = 0;

	/* Until lap_restore() finds otherwise: the way to it may be barred. */
	lap->report->filler_left = true;
	for (i = 0; i < slots && !err; i++) {
		unsigned slot = (lap->W + i) % slots;

		err = lap_write_slot(lap, slot, lap->image[slot], error);
	}
	lap_publish_ring(lap);
	return err;
}

unsigned lap_count_posted(struct lap *lap)
{
	unsigned slots = lap->queue->slots, posted = 0;

	while (posted < slots - 1 && !lap_slot_is_ours(lap, (lap->W + posted) % slots))
		posted++;
	return posted;
}

void lap_blank_payload(struct lap *lap, size_t gone)
{
	uint64_t sync[ITS_COMMAND_WORDS];
	size_t i;

	lap_filler(lap, sync);
	for (i = 0; i < gone && i < lap->n; i++) {
		unsigned slot = (unsigned)((lap->W + i) % lap->queue->slots);

		if (!lap_slot_is_ours(lap, slot))
			continue;
		memcpy(lap->image[slot], sync, sizeof(sync));
		lap_write_slot(lap, slot, sync, NULL);
		lap_publish_slot(lap, slot);
	}
}

int lap_restore(struct lap *lap, const struct lap_pointers *now, struct its_error *error)
{
	unsigned pending = lap_distance(lap, now->creadr, now->cwriter), slot;
	bool left = false;
	int err = 0;

	for (slot = 0; slot < lap->queue->slots && !err; slot++) {
		uint64_t words[ITS_COMMAND_WORDS];

		err = lap_read_slot(lap, slot, words, error);
		if (err || memcmp(words, lap->image[slot], sizeof(words)))
			continue;
		if (lap_distance(lap, now->creadr, slot) < pending)
			left = true;
		else
			err = lap_write_slot(lap, slot, lap->copy[slot], error);
	}
	if (!err) {
		lap_publish_ring(lap);
		/* At the end of a wire only now is it known whether it all came through. */
		err = window_flush(&lap->queue->ring, error);
	}
	lap->report->filler_left = left || err;
	return err;
}
