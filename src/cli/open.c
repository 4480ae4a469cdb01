// SPDX-License-Identifier: GPL-2.0-or-later
/* From the options to an open source, a board and the ITSs in question. */
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "its/number.h"

/* What the simulator needs to build the board that the tree describes. */
static void fill_layout(const struct board *board, struct memory_layout *layout)
{
	const struct board_gic *gic = NULL;
	size_t i;

	memset(layout, 0, sizeof(*layout));
	layout->cpus = board->cpus;
	for (i = 0; i < board->n_cpu_nodes && layout->n_cpu_nodes <
	     sizeof(layout->cpu_nodes) / sizeof(layout->cpu_nodes[0]); i++) {
		if (!board->cpu_nodes[i].available || !board->cpu_nodes[i].has_affinity)
			continue;
		layout->cpu_nodes[layout->n_cpu_nodes].node = board->cpu_nodes[i].node;
		layout->cpu_nodes[layout->n_cpu_nodes++].affinity = board->cpu_nodes[i].affinity;
	}
	if (board->n_memory) {
		layout->ram_base = board->memory[0].base;
		layout->ram_size = board->memory[0].size;
	}
	for (i = 0; i < board->n_its; i++) {
		const struct board_its *its = &board->its[i];

		if (!its->available || !its->translated ||
		    layout->n_its == sizeof(layout->its) / sizeof(layout->its[0]))
			continue;
		layout->its[layout->n_its++].base = its->base;
		if (!gic && its->gic < board->n_gics)
			gic = &board->gics[its->gic];
	}
	if (gic && gic->translated) {
		layout->gicd = gic->distributor.base;
		layout->stride = gic->stride;
		for (i = 0; i < gic->n_redistributors && i < sizeof(layout->redistributors) /
		     sizeof(layout->redistributors[0]); i++) {
			layout->redistributors[i].base = gic->redistributors[i].base;
			layout->redistributors[i].size = gic->redistributors[i].size;
			layout->n_redistributors++;
		}
	}
	for (i = 0; i < board->n_clients; i++) {
		const struct board_client *client = &board->clients[i];
		size_t its, index = 0;

		if (client->kind != BOARD_MSI_PARENT || !client->has_device_id || !client->available ||
		    layout->n_devices == sizeof(layout->devices) / sizeof(layout->devices[0]))
			continue;
		/* The layout counts only the ITSs it holds. */
		for (its = 0; its < client->its && its < board->n_its; its++)
			index += board->its[its].available && board->its[its].translated;
		if (index >= layout->n_its || !board->its[client->its].available)
			continue;
		layout->devices[layout->n_devices].its = index;
		layout->devices[layout->n_devices].device_id = client->device_id;
		layout->devices[layout->n_devices].name = client->linux_name;
		layout->n_devices++;
	}
}

/* The board from ACPI tables: those of @path, or the source's own. */
static int load_acpi(struct cli *cli, const char *path, struct board *board,
		     struct its_error *error)
{
	char *tables = NULL;
	size_t size = 0;
	int err;

	if (path)
		err = memory_read_file(path, &tables, &size, error);
	else
		err = memory_file(&cli->memory, MEMORY_FILE_ACPI, &tables, &size, error);
	if (!err)
		err = board_load_acpi(board, tables, size, error);
	free(tables);
	return err;
}

static int load_tree(struct cli *cli)
{
	char *dtb = NULL;
	size_t size = 0;
	int err;

	if (cli->dtb)
		err = memory_read_file(cli->dtb, &dtb, &size, &cli->error);
	else
		err = memory_file(&cli->memory, MEMORY_FILE_DTB, &dtb, &size, &cli->error);
	if (!err)
		err = board_load(&cli->board, dtb, size, &cli->error);
	free(dtb);
	return err;
}

/*
 * The firmware's word on the board. A machine that booted with ACPI has no
 * device tree, or a stub of one in which only /chosen is.
 */
static int load_board(struct cli *cli)
{
	struct board acpi = { 0 };
	struct its_error error;
	int err;

	if (cli->acpi && cli->dtb)
		return its_error(&cli->error, ITS_ERR_USAGE, "--dtb and --acpi: only one can describe the board");
	if (cli->acpi)
		return load_acpi(cli, cli->acpi, &cli->board, &cli->error);
	if (!cli->dtb && cli->memory.ops->partial && !cli->memory.ops->file)
		return cli_board_alone(cli);
	err = load_tree(cli);
	if (cli->dtb || (err && err != ITS_ERR_NO_ITS) || cli->board.n_its)
		return err;
	if (load_acpi(cli, NULL, &acpi, &error)) {
		/* Without a tree the tables are the last word: what keeps us from them is the reason. */
		if (!err || error.code == ITS_ERR_NO_ITS)
			return err;
		cli->error = error;
		return error.code;
	}
	if (!acpi.n_its) {
		board_free(&acpi);
		return err ? its_error(&cli->error, err, "this machine was booted without a device tree, and its ACPI tables have no GIC ITS entry") : 0;
	}
	board_free(&cli->board);
	cli->board = acpi;
	return 0;
}

static int no_its(struct cli *cli)
{
	const struct board *board = &cli->board;

	its_error(&cli->error, ITS_ERR_NO_ITS, "no ITS found: %s",
		  board->acpi ? "the ACPI tables have no GIC ITS entry" :
		  board->n_its ? "every arm,gic-v3-its node of the device tree is disabled"
			       : "the device tree has no arm,gic-v3-its node");
	return its_hint(&cli->error, "'its-tool -s sim dump' shows everything on a simulated board");
}

int cli_open(struct cli *cli)
{
	struct memory_layout layout;
	const char *remark;
	size_t i, available = 0;
	int err;

	memory_set_timeout(cli->timeout_ms);
	err = memory_open(&cli->memory, cli->source, &cli->error);
	if (err)
		return err;
	remark = cli->memory.ops->remark ? cli->memory.ops->remark(&cli->memory) : NULL;
	if (remark)
		cli_note(cli, "%s", remark);
	err = load_board(cli);
	if (err == ITS_ERR_NO_ITS) {
		struct its_error cause = cli->error;

		its_error(&cli->error, ITS_ERR_NO_ITS, "no ITS found: %s", cause.message);
		return its_hint(&cli->error, "on the board: name its device tree with --dtb FILE; without a board: 'its-tool -s sim dump' shows everything on a simulated one");
	}
	if (err)
		return err;
	fill_layout(&cli->board, &layout);
	err = memory_populate(&cli->memory, &layout, &cli->error);
	if (err)
		return err;
	for (i = 0; i < cli->board.n_its; i++)
		available += cli->board.its[i].available;
	if (available)
		return cli_give_registers(cli);
	if (!cli->command->needs_its)
		return 0;
	return no_its(cli);
}

int cli_check_stdin(struct cli *cli)
{
	if (strcmp(cli->source, "capture:-"))
		return 0;
	its_error(&cli->error, ITS_ERR_USAGE, "'%s' would read standard input, which --source capture:- has read", cli->command->name);
	return its_hint(&cli->error, "save the capture in a file: --source capture:FILE");
}

int cli_require_its(struct cli *cli)
{
	size_t i;

	for (i = 0; i < cli->board.n_its; i++)
		if (cli->board.its[i].available)
			return 0;
	return no_its(cli);
}

void cli_close(struct cli *cli)
{
	board_free(&cli->board);
	memory_close(&cli->memory);
}

int cli_choose_its(struct cli *cli, size_t **list, size_t *count)
{
	const struct board *board = &cli->board;
	char names[300] = "";
	size_t i, used = 0;
	int err;

	*count = 0;
	*list = calloc(board->n_its + 1, sizeof(**list));
	if (!*list)
		return its_no_memory(&cli->error, "the list of ITSs");
	if (cli->which) {
		err = board_find_its(board, cli->which, *list, &cli->error);
		if (err) {
			free(*list);
			*list = NULL;
			return err;
		}
		*count = 1;
		return 0;
	}
	for (i = 0; i < board->n_its; i++) {
		if (!board->its[i].available)
			continue;
		(*list)[(*count)++] = i;
		if (used < sizeof(names))
			used += (size_t)snprintf(names + used, sizeof(names) - used, "%s%zu (0x%llx)",
						 used ? ", " : "", i, (unsigned long long)board->its[i].base);
	}
	if (!cli->command->writes || *count == 1)
		return 0;
	free(*list);
	*list = NULL;
	its_error(&cli->error, ITS_ERR_USAGE, "'%s' writes to one ITS and there are %zu: %s",
		  cli->command->name, *count, names);
	return its_hint(&cli->error, "choose with --its");
}

void cli_redistributors(struct cli *cli, const struct board_its *its,
			struct queue_redistributor **list, size_t *count)
{
	struct its_error ignored;

	*list = NULL;
	*count = 0;
	if (its->gic < cli->board.n_gics &&
	    queue_redistributors(&cli->memory, &cli->board.gics[its->gic], list, count, &ignored)) {
		free(*list);
		*list = NULL;
		*count = 0;
	}
}

int cli_find_device(const struct cli *cli, size_t its, const char *text, struct board_device *device,
		    struct its_error *error)
{
	int err = board_find_device(&cli->board, its, text, device, error);

	if (err || its == SIZE_MAX || device->its == its)
		return err;
	return its_error(error, ITS_ERR_USAGE, "%s sends its MSIs to ITS %zu, not to ITS %zu", text,
			 device->its, its);
}

int cli_find_event(struct cli *cli, const char *device, const char *event, struct cli_event *found)
{
	size_t *list, count;
	uint64_t number;
	int err;

	if (!its_number_parse(event, &number) || number > UINT32_MAX) {
		its_error(&cli->error, ITS_ERR_USAGE, "EVENT '%s' is not a 32-bit number", event);
		return its_hint(&cli->error, "usage: its-tool %s DEVICE EVENT", cli->command->name);
	}
	found->event_id = (uint32_t)number;
	found->its = SIZE_MAX;
	if (cli->which || its_number_parse(device, &number)) {
		err = cli_choose_its(cli, &list, &count);
		if (err)
			return err;
		if (count > 1) {
			free(list);
			its_error(&cli->error, ITS_ERR_USAGE, "DeviceID %s alone does not say which of %zu ITSs", device, count);
			return its_hint(&cli->error, "choose with --its, or name the device by its PCI address or device-tree path");
		}
		found->its = list[0];
		free(list);
	}
	err = cli_find_device(cli, found->its, device, &found->device, &cli->error);
	if (!err)
		found->its = found->device.its;
	return err;
}
