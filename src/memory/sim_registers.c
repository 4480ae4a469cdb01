// SPDX-License-Identifier: GPL-2.0-or-later
/* What do reads and writes of the simulated board's register frames do? */
#include "sim_state.h"

bool sim_frame_find(struct sim *sim, uint64_t address, struct sim_frame *frame)
{
	uint64_t span = GITS_FRAMES_SIZE + (sim->options.v41 ? ITS_FRAME_SIZE : 0);
	size_t i;

	*frame = (struct sim_frame){ 0 };
	for (i = 0; i < sim->n_its; i++) {
		struct sim_its *its = &sim->its[i];

		if (address >= its->base && address - its->base < span) {
			*frame = (struct sim_frame){ .kind = ITS_FRAME_GITS, .base = its->base,
						     .reg = its->reg, .its = its };
			return true;
		}
	}
	if (sim->gicd && address >= sim->gicd && address - sim->gicd < ITS_FRAME_SIZE) {
		*frame = (struct sim_frame){ .kind = ITS_FRAME_GICD, .base = sim->gicd,
					     .reg = sim->gicd_reg };
		return true;
	}
	for (i = 0; i < sim->n_redistributors; i++) {
		struct sim_redistributor *redistributor = &sim->redistributors[i];
		uint64_t base = redistributor->base;
		bool vlpi;

		if (!base || address < base || address - base >= sim->stride)
			continue;
		vlpi = address - base >= GICR_VLPI_FRAME_OFFSET;
		*frame = (struct sim_frame){ .kind = vlpi ? ITS_FRAME_GICR_VLPI : ITS_FRAME_GICR,
					     .base = base + (vlpi ? GICR_VLPI_FRAME_OFFSET : 0),
					     .reg = redistributor->reg,
					     .redistributor = redistributor };
		return true;
	}
	return false;
}

/* The register that covers @offset of @frame, or ITS_REGISTERS. */
static enum its_register_id register_at(const struct sim_frame *frame, uint64_t offset)
{
	unsigned id;

	for (id = 0; id < ITS_REGISTERS; id++) {
		const struct its_register *row = its_register_row(id);

		if (row->frame == frame->kind && offset >= row->offset &&
		    offset - row->offset < row->width / 8u)
			break;
	}
	return id;
}

/* strict: as on the parts where a read of a reserved offset aborts (reference 3.4). */
static bool aborts(const struct sim *sim, const struct sim_frame *frame, enum its_register_id id)
{
	const struct sim_its *its = frame->its ? frame->its : sim->its;
	const struct its_register *row;
	uint64_t gicr_ctlr = 0, gicr_typer = 0;

	if (id == ITS_REGISTERS)
		return true;
	row = its_register_row(id);
	if (sim->n_redistributors) {
		gicr_ctlr = (frame->redistributor ? frame->redistributor : sim->redistributors)
				    ->reg[GICR_CTLR];
		gicr_typer = (frame->redistributor ? frame->redistributor : sim->redistributors)
				     ->reg[GICR_TYPER];
	}
	return row->access == ITS_ACCESS_WO ||
	       (sim->n_its &&
		!its_register_readable(row, (uint32_t)its->reg[GITS_IIDR], its->reg[GITS_TYPER],
				       (uint32_t)gicr_ctlr, gicr_typer));
}

static int bus_error(uint64_t address, const char *why, struct its_error *error)
{
	return its_error(error, ITS_ERR_ACCESS, "bus error at 0x%llx of the simulated board: %s",
			 (unsigned long long)address, why);
}

static int read_half(struct sim *sim, uint64_t address, uint32_t *value, struct its_error *error)
{
	enum its_register_id id;
	struct sim_frame frame;
	const struct its_register *row;
	uint64_t whole;

	if (!sim_frame_find(sim, address, &frame))
		return bus_error(address, "no register frame is there", error);
	id = register_at(&frame, address - frame.base);
	if (sim->options.strict && aborts(sim, &frame, id))
		return bus_error(address,
				 "the register is reserved on this part, and it aborts (strict)",
				 error);
	*value = 0;
	if (id == ITS_REGISTERS)
		return 0;
	row = its_register_row(id);
	if (row->access == ITS_ACCESS_WO)
		return 0;
	whole = frame.reg[id];
	if (id == GICR_PENDBASER)
		whole = its_register_with(GICR_PENDBASER, "PTZ", whole, 0);
	*value = (uint32_t)(whole >> (address - frame.base - row->offset) * 8);
	return 0;
}

int sim_register_read(struct sim *sim, uint64_t address, unsigned width, uint64_t *value,
		      struct its_error *error)
{
	struct sim_frame frame;
	uint32_t low, high = 0;
	int err;

	/* Time goes on before the read, and once for both halves. */
	if (sim_frame_find(sim, address, &frame) && frame.its)
		sim_queue_advance(sim, frame.its,
				  register_at(&frame, address - frame.base) == GITS_CREADR);
	err = read_half(sim, address, &low, error);
	if (!err && width == 64)
		err = read_half(sim, address + 4, &high, error);
	if (!err)
		*value = (uint64_t)high << 32 | low;
	return err;
}

static bool its_enabled(const struct sim_its *its)
{
	return its_register_get(GITS_CTLR, "Enabled", its->reg[GITS_CTLR]);
}

/* A whole register; @value is what would be read back if all of it could be written. */
static void write_register(struct sim *sim, const struct sim_frame *frame, enum its_register_id id,
			   uint64_t value)
{
	uint64_t *reg = &frame->reg[id];

	if (its_register_row(id)->access == ITS_ACCESS_RO)
		return;
	switch (id) {
	case GITS_CTLR:
		*reg = its_register_with(id, "Enabled", *reg, value & 1);
		sim_queue_advance(sim, frame->its, false);
		break;
	case GITS_CWRITER:
		sim_queue_write_cwriter(sim, frame->its, value);
		break;
	case GITS_CBASER:
		/* UNPREDICTABLE while enabled: ignored, as QEMU, KVM and Xen do. */
		if (its_enabled(frame->its))
			break;
		*reg = value & ~its_register_reserved(its_register_row(id), false, value);
		frame->reg[GITS_CREADR] = 0;
		break;
	case GITS_BASER0: case GITS_BASER1: case GITS_BASER2: case GITS_BASER3:
	case GITS_BASER4: case GITS_BASER5: case GITS_BASER6: case GITS_BASER7:
		if (its_enabled(frame->its))
			break;
		value = its_register_with(id, "Type", value, its_register_get(id, "Type", *reg));
		*reg = its_register_with(id, "Entry_Size", value,
					 its_register_get(id, "Entry_Size", *reg));
		break;
	case GICR_PROPBASER:
	case GICR_PENDBASER:
		if (!its_register_get(GICR_CTLR, "EnableLPIs", frame->reg[GICR_CTLR]))
			*reg = value;
		break;
	case GICR_CTLR:
		*reg = its_register_with(id, "EnableLPIs", *reg, value & 1);
		if (value & 1)
			sim_lpi_load_all(sim, frame->redistributor);
		break;
	case GICR_WAKER:
	case GICD_CTLR:
		*reg = value;
		break;
	default:
		/* Nothing else on this board does anything when it is written. */
		break;
	}
}

int sim_register_write(struct sim *sim, uint64_t address, unsigned width, uint64_t value,
		       struct its_error *error)
{
	unsigned done;

	/* 32 bits at a time, but for a 64-bit register that is written whole. */
	for (done = 0; done < width; done += 32) {
		uint64_t at = address + done / 8, whole;
		const struct its_register *row;
		enum its_register_id id;
		struct sim_frame frame;
		unsigned shift;

		if (!sim_frame_find(sim, at, &frame))
			return bus_error(at, "no register frame is there", error);
		id = register_at(&frame, at - frame.base);
		if (id == ITS_REGISTERS) {
			if (sim->options.strict)
				return bus_error(
					at,
					"the register is reserved on this part, and it aborts (strict)",
					error);
			continue;
		}
		row = its_register_row(id);
		if (width == 64 && !done && row->width == 64) {
			write_register(sim, &frame, id, value);
			return 0;
		}
		shift = (unsigned)(at - frame.base - row->offset) * 8;
		whole = frame.reg[id] & ~(0xffffffffull << shift);
		write_register(sim, &frame, id, whole | (value >> done & 0xffffffff) << shift);
	}
	return 0;
}
