/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The filters --device, --event, --lpi, --cpu and --irq: is this what the user asked for? */
#ifndef CLI_FILTER_H
#define CLI_FILTER_H

#include "cli.h"

/* What is known of a command or a mapping; also what a filter asks for. */
struct filter_facts {
	bool has_device, has_event, has_lpi, has_cpu, has_irq;
	uint32_t device_id, event_id, lpi;
	unsigned cpu, irq;
};

struct filter {
	struct filter_facts want;
	size_t its;			/* with want.has_device: the ITS that the device is behind */
};

/* Reads the options. ITS_ERR_USAGE with cli->error set. */
int filter_parse(struct cli *cli, struct filter *filter);

/* True if @facts, of ITS @its, have everything that is asked for: what is unknown does not match. */
bool filter_match(const struct filter *filter, size_t its, const struct filter_facts *facts);

#endif
