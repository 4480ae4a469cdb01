// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a simulated redistributor does with an LPI: the pending bit in RAM, the
 * copy of its configuration byte, and the delivery, which is a counter. Table
 * formats: reference 2.11. The copy is what makes INV matter: a byte that has
 * been read once is not looked at again until an INV or INVALL.
 */
#include <string.h>

#include "sim_state.h"

#define CONFIG_ENABLE 0x01
#define CONFIG_CACHED 0x02	/* RES1 in the byte, so it marks a copy that exists */

static bool pending_byte(struct sim *sim, const struct sim_redistributor *redistributor,
			 uint32_t lpi, uint64_t *address)
{
	*address = its_register_get(GICR_PENDBASER, "Physical_Address",
				    redistributor->reg[GICR_PENDBASER]) + lpi / 8;
	return sim_ram_contains(&sim->ram, *address & ~7ull, 8);
}

bool sim_lpi_get(struct sim *sim, const struct sim_redistributor *redistributor, uint32_t lpi)
{
	uint64_t address;

	return pending_byte(sim, redistributor, lpi, &address) &&
	       sim_ram_byte(&sim->ram, address) >> lpi % 8 & 1;
}

static bool write_pending(struct sim *sim, struct sim_redistributor *redistributor, uint32_t lpi,
			  bool pending)
{
	uint64_t address;
	uint8_t byte;

	if (!pending_byte(sim, redistributor, lpi, &address))
		return false;
	byte = sim_ram_byte(&sim->ram, address);
	byte = (uint8_t)((byte & ~(1u << lpi % 8)) | (unsigned)pending << lpi % 8);
	return sim_ram_set_byte(&sim->ram, address, byte);
}

/* The delivery checklist of reference 2.11, as far as the board has it. */
static bool may_deliver(const struct sim *sim, const struct sim_redistributor *redistributor)
{
	return its_register_get(GICR_CTLR, "EnableLPIs", redistributor->reg[GICR_CTLR]) &&
	       !its_register_get(GICR_WAKER, "ChildrenAsleep", redistributor->reg[GICR_WAKER]) &&
	       (!sim->gicd || its_register_get(GICD_CTLR, "EnableGrp1", sim->gicd_reg[GICD_CTLR]));
}

static bool read_config(struct sim *sim, struct sim_redistributor *redistributor, uint32_t lpi)
{
	uint64_t address = its_register_get(GICR_PROPBASER, "Physical_Address",
					    redistributor->reg[GICR_PROPBASER]) +
			   lpi - ITS_LPI_FIRST;

	if (!sim_ram_contains(&sim->ram, address & ~7ull, 8))
		return false;
	redistributor->cached[lpi - ITS_LPI_FIRST] =
		sim_ram_byte(&sim->ram, address) | CONFIG_CACHED;
	return true;
}

/* Delivers @lpi if it is pending and nothing stands in its way. */
static bool deliver(struct sim *sim, struct sim_redistributor *redistributor, uint32_t lpi)
{
	uint8_t *cached = &redistributor->cached[lpi - ITS_LPI_FIRST];

	if (!may_deliver(sim, redistributor) || !sim_lpi_get(sim, redistributor, lpi))
		return true;
	if (!*cached && !read_config(sim, redistributor, lpi))
		return false;
	if (!(*cached & CONFIG_ENABLE))
		return true;
	redistributor->delivered[lpi - ITS_LPI_FIRST]++;
	return write_pending(sim, redistributor, lpi, false);
}

bool sim_lpi_set(struct sim *sim, struct sim_redistributor *redistributor, uint32_t lpi,
		 bool pending)
{
	return write_pending(sim, redistributor, lpi, pending) &&
	       (!pending || deliver(sim, redistributor, lpi));
}

bool sim_lpi_load(struct sim *sim, struct sim_redistributor *redistributor, uint32_t lpi)
{
	return read_config(sim, redistributor, lpi) && deliver(sim, redistributor, lpi);
}

/* Calls @act for every LPI that is pending; a word at a time, for most are not. */
static bool for_each_pending(struct sim *sim, struct sim_redistributor *redistributor,
			     bool (*act)(struct sim *, struct sim_redistributor *, uint32_t,
					 void *),
			     void *context)
{
	uint32_t lpi, bit;
	uint64_t address, word;

	for (lpi = ITS_LPI_FIRST; lpi < SIM_LPI_END; lpi += 64) {
		if (!pending_byte(sim, redistributor, lpi, &address))
			return false;
		word = sim_ram_read(&sim->ram, SIM_CACHED, address);
		for (bit = 0; word; bit++, word >>= 1)
			if ((word & 1) && !act(sim, redistributor, lpi + bit, context))
				return false;
	}
	return true;
}

static bool deliver_one(struct sim *sim, struct sim_redistributor *redistributor, uint32_t lpi,
			void *context)
{
	(void)context;
	return deliver(sim, redistributor, lpi);
}

bool sim_lpi_load_all(struct sim *sim, struct sim_redistributor *redistributor)
{
	memset(redistributor->cached, 0, SIM_LPIS);
	return for_each_pending(sim, redistributor, deliver_one, NULL);
}

static bool move_one(struct sim *sim, struct sim_redistributor *from, uint32_t lpi, void *context)
{
	return write_pending(sim, from, lpi, false) && sim_lpi_set(sim, context, lpi, true);
}

bool sim_lpi_move_all(struct sim *sim, struct sim_redistributor *from, struct sim_redistributor *to)
{
	return from == to || for_each_pending(sim, from, move_one, to);
}
