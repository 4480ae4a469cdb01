// SPDX-License-Identifier: GPL-2.0-or-later
/* Is this LPI enabled, and is it pending? The tables behind GICR_PROPBASER and GICR_PENDBASER. */
#include <stdio.h>

#include "its/route.h"

#define CONFIG_ENABLE 0x01
#define CONFIG_PRIORITY 0xfc

unsigned route_lpi_bits(const struct route_cpu *cpu)
{
	unsigned bits = (unsigned)its_register_get(GICR_PROPBASER, "IDbits", cpu->propbaser) + 1;

	/* Fewer than 14 bits hold no LPI. The field has 5 bits, so 32 is the most. */
	return bits < 14 ? 0 : bits;
}

bool route_has_lpis(const struct route_cpu *cpu)
{
	return cpu->readable && its_register_get(GICR_CTLR, "EnableLPIs", cpu->ctlr);
}

struct route_lpi_table route_lpi_config(const struct route_cpu *cpu)
{
	unsigned bits = route_lpi_bits(cpu);

	return (struct route_lpi_table){
		.base = its_register_get(GICR_PROPBASER, "Physical_Address", cpu->propbaser),
		.bytes = bits ? (UINT64_C(1) << bits) - ITS_LPI_FIRST : 0,
	};
}

struct route_lpi_table route_lpi_pending(const struct route_cpu *cpu)
{
	unsigned bits = route_lpi_bits(cpu);

	return (struct route_lpi_table){
		.base = its_register_get(GICR_PENDBASER, "Physical_Address", cpu->pendbaser),
		.bytes = bits ? (UINT64_C(1) << bits) / 8 : 0,
	};
}

/* So many bits of an INTID. */
static void limit_bits(struct route_lpi_limit *limit, const char *field, unsigned bits)
{
	if (UINT64_C(1) << bits >= limit->end)
		return;
	limit->end = UINT64_C(1) << bits;
	snprintf(limit->why, sizeof(limit->why), "%s allows %u bits", field, bits);
}

void route_lpi_limit(const struct route_map *map, const struct route_cpu *cpu, struct route_lpi_limit *limit)
{
	unsigned log;
	uint64_t end;

	*limit = (struct route_lpi_limit){ .end = UINT64_MAX };
	if (cpu && cpu->readable)
		limit_bits(limit, "GICR_PROPBASER.IDbits",
			   (unsigned)its_register_get(GICR_PROPBASER, "IDbits", cpu->propbaser) + 1);
	if (!map->has_gicd)
		return;
	limit_bits(limit, "GICD_TYPER.IDbits", (unsigned)its_register_get(GICD_TYPER, "IDbits", map->gicd_typer) + 1);
	/* 0: as many as IDbits allows. */
	log = (unsigned)its_register_get(GICD_TYPER, "num_LPIs", map->gicd_typer);
	end = ITS_LPI_FIRST + (UINT64_C(2) << log);
	if (log && end < limit->end) {
		limit->end = end;
		snprintf(limit->why, sizeof(limit->why), "GICD_TYPER.num_LPIs = %u ends them at %llu", log, (unsigned long long)end - 1);
	}
}

static bool in_tables(const struct route_cpu *cpu, uint32_t intid)
{
	return cpu->readable && intid >= ITS_LPI_FIRST && !((uint64_t)intid >> route_lpi_bits(cpu));
}

void route_lpi_read(struct route_map *map, const struct route_cpu *cpu, uint32_t intid,
		    struct route_lpi *lpi)
{
	const struct route_cpu *config = cpu;
	uint64_t base;
	uint8_t byte;
	size_t i;

	*lpi = (struct route_lpi){ 0 };
	/* Linux gives all redistributors the same configuration table. */
	for (i = 0; !config && i < map->n_cpus; i++)
		if (map->cpus[i].readable && route_lpi_bits(&map->cpus[i]))
			config = &map->cpus[i];
	if (!config || !in_tables(config, intid))
		return;
	base = route_lpi_config(config).base;
	/* Entry 0 is INTID 8192. */
	if (base && route_pages_read(&map->pages, base + intid - ITS_LPI_FIRST, &byte, 1)) {
		lpi->has_config = true;
		lpi->enabled = byte & CONFIG_ENABLE;
		lpi->priority = byte & CONFIG_PRIORITY;
	}
	if (!cpu)
		return;
	base = route_lpi_pending(cpu).base;
	/* One bit per INTID from INTID 0 on. */
	if (base && route_pages_read(&map->pages, base + intid / 8, &byte, 1)) {
		lpi->has_pending = true;
		lpi->pending = byte >> intid % 8 & 1;
	}
}
