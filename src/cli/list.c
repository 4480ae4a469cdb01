// SPDX-License-Identifier: GPL-2.0-or-later
/* list: the ITSs of the machine, what they are, who sends MSIs to them, and what is odd in the device tree. */
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "its/identity.h"

static void show_quirks(struct cli *cli, struct queue *queue)
{
	size_t its = (size_t)(queue->its - cli->board.its);
	const struct its_quirk *quirk = NULL;

	emit_array(cli->emit, "quirks");
	while ((quirk = board_quirk_next(&cli->board, its, queue->iidr, quirk))) {
		emit_object(cli->emit, NULL);
		emit_string(cli->emit, "name", "  quirk       ", quirk->name, 0);
		emit_string(cli->emit, "summary", ": ", quirk->summary, 0);
		emit_text(cli->emit, "\n");
		emit_object_end(cli->emit);
	}
	emit_array_end(cli->emit);
}

static void show_limits(struct cli *cli, struct queue *queue)
{
	uint64_t typer = queue->typer;
	struct emitter *emit = cli->emit;

	emit_bool(emit, "virtual", NULL, its_register_get(GITS_TYPER, "Virtual", typer));
	emit_bool(emit, "v41", NULL, its_register_get(GITS_TYPER, "VMAPP", typer));
	emit_number(emit, "device_id_bits", ", DeviceID ", its_register_get(GITS_TYPER, "Devbits", typer) + 1, 0);
	emit_number(emit, "event_id_bits", " bits, EventID ", its_register_get(GITS_TYPER, "ID_bits", typer) + 1, 0);
	emit_text(emit, " bits, RDbase is ");
	emit_text(emit, queue->pta ? "an address" : "a processor number");
	emit_bool(emit, "pta", NULL, queue->pta);
}

static void show_registers(struct cli *cli, struct queue *queue)
{
	struct emitter *emit = cli->emit;
	uint64_t pidr2 = 0;

	if (queue_register_read(queue, GITS_PIDR2, &pidr2, &cli->error)) {
		cli_show_error(cli);
		emit_text(emit, "  version     not known");
	} else {
		emit_number(emit, "gic_version", "  version     GICv", its_register_get(GITS_PIDR2, "ArchRev", pidr2), 0);
		if (its_register_get(GITS_TYPER, "VMAPP", queue->typer))
			emit_text(emit, ".1");
	}
	if (!queue_assumes(queue, GITS_TYPER))
		show_limits(cli, queue);
	emit_bool(emit, "enabled", NULL, its_register_get(GITS_CTLR, "Enabled", queue->ctlr));
	emit_text(emit, its_register_get(GITS_CTLR, "Enabled", queue->ctlr) ? "\n" : "; DISABLED\n");
	emit_object(emit, "queue");
	if (its_register_get(GITS_CBASER, "Valid", queue->cbaser)) {
		emit_hex(emit, "base", "  queue       ",
			 its_register_get(GITS_CBASER, "Physical_Address", queue->cbaser), 0);
		emit_number(emit, "slots", ", ", (its_register_get(GITS_CBASER, "Size", queue->cbaser) + 1) * 128, 0);
		emit_text(emit, " slots, ");
		emit_number(emit, "shareability", NULL, its_register_get(GITS_CBASER, "Shareability", queue->cbaser), 0);
		emit_text(emit, its_register_get(GITS_CBASER, "Shareability", queue->cbaser) == 1 ?
			  "inner shareable" : "NOT inner shareable: Linux flushes it");
		emit_text(emit, queue_stalled(queue) ? "; STALLED\n" : "\n");
		emit_bool(emit, "stalled", NULL, queue_stalled(queue));
	} else {
		emit_text(emit, queue_assumes(queue, GITS_CBASER) ? "  queue       GITS_CBASER is not known\n" :
			  "  queue       none: GITS_CBASER.Valid is 0\n");
	}
	emit_object_end(emit);
	show_quirks(cli, queue);
}

/* How the firmware says it. */
static const char *via(const struct cli *cli, const struct board_client *client)
{
	if (cli->board.acpi)
		return "iort";
	return client->kind == BOARD_MSI_MAP ? "msi-map" : "msi-parent";
}

/* A host bridge that is no PCI bus node has no domain. */
static void show_domain(struct emitter *emit, uint32_t domain)
{
	if (domain != UINT32_MAX)
		emit_number(emit, "pci_domain", " of domain ", domain, 0);
}

static void show_client(struct cli *cli, const struct board_client *client)
{
	struct emitter *emit = cli->emit;

	emit_object(emit, NULL);
	emit_string(emit, "node", NULL, client->node, 0);
	emit_bool(emit, "available", NULL, client->available);
	emit_string(emit, "via", NULL, via(cli, client), 0);
	emit_bool(emit, "pci", NULL, client->pci);
	if (client->kind == BOARD_MSI_MAP) {
		uint32_t last = client->length ? client->length - 1 : 0;

		emit_id(emit, "device_id", "  client      DeviceID ", client->msi_base);
		if (!client->same || emit_is_json(emit))
			emit_id(emit, "device_id_last", " to ",
				(uint64_t)client->msi_base + (client->same ? 0 : last));
		emit_id(emit, "rid", client->pci || !cli->board.acpi ? ": PCI RID " : ": input ID ",
			client->rid_base);
		emit_id(emit, "rid_last", " to ", (uint64_t)client->rid_base + last);
		if (client->mask != UINT32_MAX || emit_is_json(emit))
			emit_id(emit, "rid_mask", " under mask ", client->mask);
		show_domain(emit, client->domain);
		emit_text(emit, " (");
	} else if (client->pci) {
		emit_text(emit, "  client      DeviceID = PCI RID");
		show_domain(emit, client->domain);
		emit_text(emit, " (");
	} else if (client->has_device_id) {
		emit_id(emit, "device_id", "  client      DeviceID ", client->device_id);
		emit_text(emit, " (");
	} else {
		emit_text(emit, "  client      DeviceID not given (a cell is missing in the ");
	}
	if (!cli->board.acpi) {
		emit_string(emit, NULL, "", via(cli, client), 0);
		emit_text(emit, " of ");
	}
	emit_string(emit, NULL, "", client->node, 0);
	emit_text(emit, client->available ? ")\n" : ", disabled)\n");
	emit_object_end(emit);
}

static void show_lints(struct cli *cli, const char *node)
{
	const struct board *board = &cli->board;
	struct emitter *emit = cli->emit;
	size_t i;

	for (i = 0; i < board->n_lints; i++) {
		const struct board_lint *lint = &board->lints[i];

		if (strcmp(lint->node, node))
			continue;
		emit_object(emit, NULL);
		emit_text(emit, "  ");
		cli_show_severity(emit, "severity", lint->severity, 12);
		emit_string(emit, "name", "", lint->name, 0);
		emit_string(emit, "node", NULL, lint->node, 0);
		emit_string(emit, "text", ": ", lint->text, 0);
		emit_text(emit, "\n");
		emit_object_end(emit);
	}
}

/* Findings about nodes that are no ITS of this list. */
static void show_other_lints(struct cli *cli, const size_t *list, size_t count)
{
	const struct board *board = &cli->board;
	size_t i, k;

	emit_array(cli->emit, "lints");
	for (i = 0; i < board->n_lints; i++) {
		bool shown = false;
		size_t before;

		for (k = 0; k < count && !shown; k++)
			shown = !strcmp(board->lints[i].node, board->its[list[k]].node);
		/* show_lints() prints all of a node at once: only at its first. */
		for (before = 0; before < i && !shown; before++)
			shown = !strcmp(board->lints[before].node, board->lints[i].node);
		if (shown)
			continue;
		emit_string(cli->emit, NULL, "", board->lints[i].node, 0);
		emit_text(cli->emit, "\n");
		show_lints(cli, board->lints[i].node);
	}
	emit_array_end(cli->emit);
}

/* Where the GIC is that the ITS belongs to, as the firmware has it: regions, not frames. */
static void show_gic(struct cli *cli, const struct board_its *its)
{
	const struct board_gic *gic = its->gic < cli->board.n_gics ? &cli->board.gics[its->gic] : NULL;
	struct emitter *emit = cli->emit;
	size_t i;

	if (!gic)
		return;
	emit_object(emit, "gic");
	emit_string(emit, "node", NULL, gic->node, 0);
	emit_hex(emit, "distributor", "  gic         ", gic->distributor.base, 0);
	emit_array(emit, "redistributors");
	for (i = 0; i < gic->n_redistributors; i++) {
		const struct board_range *range = &gic->redistributors[i];
		/* A CPU's own frame each: the first and the last will do for people. */
		bool shown = i < 4 || i == gic->n_redistributors - 1 || emit_is_json(emit);

		if (i == 4 && !shown)
			emit_text(emit, ", ...");
		if (!shown)
			continue;
		emit_object(emit, NULL);
		emit_hex(emit, "base", i ? ", " : ", redistributors ", range->base, 0);
		emit_hex(emit, "size", " + ", range->size, 0);
		emit_object_end(emit);
	}
	emit_array_end(emit);
	emit_text(emit, gic->translated ? "\n" : " (not all of them have a CPU address)\n");
	emit_object_end(emit);
}

static int list_one(struct cli *cli, size_t index, void *context)
{
	const struct board_its *its = &cli->board.its[index];
	struct emitter *emit = cli->emit;
	struct queue queue;
	size_t i;
	int err = 0;

	(void)context;
	if (its->available)
		err = queue_open(&queue, &cli->memory, its, false, &cli->error);
	cli_show_its(cli, index, !its->available || err ? NULL : &queue);
	emit_string(emit, NULL, "  node        ", its->node, 0);
	if (cli->board.acpi)
		emit_number(emit, "translation_id", ", translation ID ", its->translation_id, 0);
	emit_text(emit, its->available ? "\n" : "  (disabled)\n");
	emit_bool(emit, "available", NULL, its->available);
	show_gic(cli, its);
	if (its->available && !err) {
		show_registers(cli, &queue);
		queue_close(&queue);
	} else if (err) {
		cli_show_error(cli);
	}
	emit_array(emit, "clients");
	for (i = 0; i < cli->board.n_clients; i++)
		if (cli->board.clients[i].its == index)
			show_client(cli, &cli->board.clients[i]);
	emit_array_end(emit);
	emit_array(emit, "lints");
	show_lints(cli, its->node);
	emit_array_end(emit);
	return err;
}

static int run(struct cli *cli, int argc, char **argv)
{
	size_t *list, count, failed, i;
	int status;

	(void)argc;
	(void)argv;
	status = cli_choose_its(cli, &list, &count);
	if (status)
		return status;
	if (!cli->which)	/* the disabled ones belong into a list, too */
		for (i = 0, count = 0; i < cli->board.n_its; i++)
			list[count++] = i;
	emit_wrap(cli->emit, 14);
	cli_document_begin(cli);
	emit_string(cli->emit, "model", NULL, cli->board.model ? cli->board.model : "", 0);
	status = cli_show_each_its(cli, list, count, list_one, NULL, &failed);
	/* The tree's answer stands without the registers, so only a failure of all is one. */
	if (failed < count)
		status = 0;
	show_other_lints(cli, list, count);
	cli_document_end(cli);
	free(list);
	return status;
}

const struct cli_command cli_list = {
	.name = "list",
	.arguments = "",
	.summary = "the ITSs: what they are, their MSI clients, device-tree lints",
	.description =
		"Shows every ITS of the device tree: base, product, limits, queue, the devices that send\n"
		"their MSIs to it with their DeviceIDs, and whatever is odd in the tree.",
	.max_arguments = 0,
	.needs_its = true,
	.run = run,
};
