// SPDX-License-Identifier: GPL-2.0-or-later
/* May these commands be appended? Each refusal names the fact and what may break. */
#include <string.h>

#include "its/queue.h"

static int vet_command(const struct queue_scene *scene, const uint64_t *words, size_t index,
		       bool live_driver, struct its_error *error)
{
	const struct its_command *command = its_command_by_opcode(words[0]);
	struct queue_diagnosis diagnosis;

	if (command && command->mapping && live_driver) {
		its_error(error, ITS_ERR_UNSAFE, "command %zu, %s, changes a mapping behind the driver's back",
			  index + 1, command->name);
		its_hint(error, "Linux would go on with the old mapping: interrupts may be lost or memory overwritten by the ITS; --force sends it all the same");
		return ITS_ERR_UNSAFE;
	}
	queue_diagnose(scene, words, &diagnosis);
	if (!*diagnosis.reason)
		return 0;
	its_error(error, ITS_ERR_UNSAFE, "command %zu%s%s: %s", index + 1, command ? ", " : "",
		  command ? command->name : "", diagnosis.reason);
	its_hint(error, "'its-tool dump' shows what is mapped; real hardware may stall on it; --force sends it all the same");
	return ITS_ERR_UNSAFE;
}

int queue_vet(const struct queue_scene *scene, const uint64_t (*commands)[ITS_COMMAND_WORDS],
	      size_t count, bool live_driver, struct its_error *error)
{
	const struct queue *queue = scene->queue;
	size_t i;
	int err;

	if (!its_register_get(GITS_CTLR, "Enabled", queue->ctlr)) {
		its_error(error, ITS_ERR_UNSAFE, "ITS at 0x%llx is disabled: GITS_CTLR = 0x%08x",
			  (unsigned long long)queue->its->base, queue->ctlr);
		its_hint(error, "it executes nothing until GITS_CTLR.Enabled is 1; --force writes the ring all the same");
		return ITS_ERR_UNSAFE;
	}
	if (scene->snapshot->stalled) {
		its_error(error, ITS_ERR_UNSAFE, "ITS at 0x%llx is stalled at slot %u: GITS_CREADR = 0x%llx",
			  (unsigned long long)queue->its->base, scene->snapshot->creadr,
			  (unsigned long long)queue->creadr);
		its_hint(error, "'its-tool recover' shows the command it stopped at and gets it going; no lap can be made before (--plain --force appends behind it)");
		return ITS_ERR_UNSAFE;
	}
	for (i = 0; i < count; i++) {
		/* The same command once more needs no second look: batches are long. */
		if (i && !memcmp(commands[i], commands[i - 1], ITS_COMMAND_BYTES))
			continue;
		err = vet_command(scene, commands[i], i, live_driver, error);
		if (err)
			return err;
	}
	return 0;
}
