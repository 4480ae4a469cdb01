// SPDX-License-Identifier: GPL-2.0-or-later
/* May these commands be appended? Each refusal names the fact and what may break. */
#include "its/queue.h"

static int refuse_id(const struct its_command *command, size_t index, const char *name,
		     uint64_t value, unsigned bits, const char *why, struct its_error *error)
{
	its_error(error, ITS_ERR_UNSAFE, "command %zu, %s: %s 0x%llx is out of range: %s holds %u bits",
		  index + 1, command->name, name, (unsigned long long)value, why, bits);
	return its_hint(error, "real hardware may stall on it; --force sends it all the same");
}

static int vet_range(const struct queue *queue, const struct its_command *command, size_t index,
		     const uint64_t *words, struct its_error *error)
{
	unsigned device_bits = (unsigned)its_register_get(GITS_TYPER, "Devbits", queue->typer) + 1;
	unsigned event_bits = (unsigned)its_register_get(GITS_TYPER, "ID_bits", queue->typer) + 1;
	uint64_t value;

	if (its_command_get(words, queue->layout, ITS_FIELD_DEVICE_ID, &value) && value >> device_bits)
		return refuse_id(command, index, "DeviceID", value, device_bits, "GITS_TYPER.Devbits",
				 error);
	if (its_command_get(words, queue->layout, ITS_FIELD_EVENT_ID, &value) && value >> event_bits)
		return refuse_id(command, index, "EventID", value, event_bits, "GITS_TYPER.ID_bits",
				 error);
	return 0;
}

/* INT and its like need a mapped event; an unknown one passes, since the history is short. */
static int vet_mapped(const struct queue *queue, const struct queue_snapshot *snapshot,
		      const struct its_command *command, size_t index, const uint64_t *words,
		      struct its_error *error)
{
	struct queue_event event;
	uint64_t device_id, event_id;

	if (command->mapping ||
	    !its_command_get(words, queue->layout, ITS_FIELD_DEVICE_ID, &device_id) ||
	    !its_command_get(words, queue->layout, ITS_FIELD_EVENT_ID, &event_id))
		return 0;
	queue_event_lookup(snapshot, queue->layout, (uint32_t)device_id, (uint32_t)event_id, &event);
	if (event.device == QUEUE_UNMAPPED || (event.device == QUEUE_UNKNOWN &&
					       event.event == QUEUE_UNKNOWN &&
					       queue_history_is_whole(snapshot))) {
		its_error(error, ITS_ERR_UNSAFE, "command %zu, %s: DeviceID 0x%llx is not mapped: %s",
			  index + 1, command->name, (unsigned long long)device_id,
			  event.device == QUEUE_UNMAPPED ? "the ring's last MAPD for it has V=0"
							 : "the ring has not wrapped and holds no MAPD for it");
		return its_hint(error, "'its-tool dump' shows what is mapped; real hardware may stall on an unmapped device; --force sends it all the same");
	}
	if (event.has_size && event_id >> event.event_bits)
		return refuse_id(command, index, "EventID", event_id, event.event_bits,
				 "the device's MAPD", error);
	if (event.event == QUEUE_UNMAPPED) {
		its_error(error, ITS_ERR_UNSAFE,
			  "command %zu, %s: EventID %llu of DeviceID 0x%llx is not mapped", index + 1,
			  command->name, (unsigned long long)event_id, (unsigned long long)device_id);
		return its_hint(error, "'its-tool dump' shows what is mapped; real hardware may stall on an unmapped event; --force sends it all the same");
	}
	return 0;
}

int queue_vet(const struct queue *queue, const struct queue_snapshot *snapshot,
	      const uint64_t (*commands)[ITS_COMMAND_WORDS], size_t count, bool live_driver,
	      struct its_error *error)
{
	size_t i;
	int err;

	if (!its_register_get(GITS_CTLR, "Enabled", queue->ctlr)) {
		its_error(error, ITS_ERR_UNSAFE, "ITS at 0x%llx is disabled: GITS_CTLR = 0x%08x",
			  (unsigned long long)queue->its->base, queue->ctlr);
		return its_hint(error, "it executes nothing until GITS_CTLR.Enabled is 1; --force writes the ring all the same");
	}
	if (snapshot->stalled) {
		its_error(error, ITS_ERR_UNSAFE, "ITS at 0x%llx is stalled at slot %u: GITS_CREADR = 0x%llx",
			  (unsigned long long)queue->its->base, snapshot->creadr,
			  (unsigned long long)queue->creadr);
		return its_hint(error, "'its-tool recover' shows the command it stopped at and gets it going; what is appended now waits behind that one");
	}
	for (i = 0; i < count; i++) {
		const struct its_command *command = its_command_by_opcode(commands[i][0]);

		if (!command) {
			its_error(error, ITS_ERR_UNSAFE,
				  "command %zu: 0x%02llx is no opcode of the architecture", i + 1,
				  (unsigned long long)(commands[i][0] & 0xff));
			return its_hint(error, "real hardware may stall on it; --force sends it all the same");
		}
		if (command->mapping && live_driver) {
			its_error(error, ITS_ERR_UNSAFE,
				  "command %zu, %s, changes a mapping behind the driver's back", i + 1,
				  command->name);
			return its_hint(error, "Linux would go on with the old mapping: interrupts may be lost or memory overwritten by the ITS; --force sends it all the same");
		}
		err = vet_range(queue, command, i, commands[i], error);
		if (!err)
			err = vet_mapped(queue, snapshot, command, i, commands[i], error);
		if (err)
			return err;
	}
	return 0;
}
