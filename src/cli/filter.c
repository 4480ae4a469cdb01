// SPDX-License-Identifier: GPL-2.0-or-later
/* Is this what the user asked for? */
#include "filter.h"
#include "its/number.h"

static int parse_number(struct cli *cli, const char *option, const char *text, bool *given,
			uint32_t *value)
{
	uint64_t number;

	if (!text)
		return 0;
	if (!its_number_parse(text, &number) || number > UINT32_MAX) {
		its_error(&cli->error, ITS_ERR_USAGE, "--%s: '%s' is not a number that fits", option,
			  text);
		return its_hint(&cli->error, "--%s N takes a whole number from 0 on", option);
	}
	*given = true;
	*value = (uint32_t)number;
	return 0;
}

int filter_parse(struct cli *cli, struct filter *filter)
{
	struct filter_facts *want = &filter->want;
	struct board_device device;
	size_t which = SIZE_MAX;
	int err = 0;

	*filter = (struct filter){ .its = SIZE_MAX };
	if (cli->device) {
		if (cli->which)
			err = board_find_its(&cli->board, cli->which, &which, &cli->error);
		else if (cli->board.n_its == 1)
			which = 0;
		if (!err)
			err = cli_find_device(cli, which, cli->device, &device, &cli->error);
		if (err)
			return err;
		want->has_device = true;
		want->device_id = device.device_id;
		filter->its = device.its;
	}
	err = parse_number(cli, "event", cli->event, &want->has_event, &want->event_id);
	if (!err)
		err = parse_number(cli, "lpi", cli->lpi, &want->has_lpi, &want->lpi);
	if (!err)
		err = parse_number(cli, "cpu", cli->cpu, &want->has_cpu, &want->cpu);
	if (!err)
		err = parse_number(cli, "irq", cli->irq, &want->has_irq, &want->irq);
	return err;
}

bool filter_match(const struct filter *filter, size_t its, const struct filter_facts *facts)
{
	const struct filter_facts *want = &filter->want;

	return (!want->has_device || (facts->has_device && facts->device_id == want->device_id &&
				      (filter->its == SIZE_MAX || filter->its == its))) &&
	       (!want->has_event || (facts->has_event && facts->event_id == want->event_id)) &&
	       (!want->has_lpi || (facts->has_lpi && facts->lpi == want->lpi)) &&
	       (!want->has_cpu || (facts->has_cpu && facts->cpu == want->cpu)) &&
	       (!want->has_irq || (facts->has_irq && facts->irq == want->irq));
}
