// SPDX-License-Identifier: GPL-2.0-or-later
/* watch: what is said at the beginning and, of all that was seen, at the end. */
#include <time.h>

#include "watch.h"

/* Devices that are counted by themselves. */
#define DEVICES_MAX 4096

void watch_count_device(struct watch *watch, const struct watched *watched, uint32_t device_id)
{
	struct watch_device_key key = { watched->its, device_id };
	struct watch_device *device;

	HASH_FIND(hh, watch->devices, &key, sizeof(key), device);
	if (!device && watch->n_devices < DEVICES_MAX && (device = calloc(1, sizeof(*device)))) {
		device->key = key;
		HASH_ADD(hh, watch->devices, key, sizeof(key), device);
		if (!device->hh.tbl) {
			free(device);
			return;
		}
		watch->n_devices++;
	}
	if (device)
		device->count++;
}

void watch_show_start(struct watch *watch)
{
	struct emitter *emit = watch->cli->emit;
	size_t i;

	emit_wrap(emit, 4);
	cli_document_begin(watch->cli);
	emit_string(emit, "type", NULL, "start", 0);
	emit_time(emit, "time", NULL, watch->time_ns);
	emit_array(emit, "its");
	for (i = 0; i < watch->count; i++) {
		const struct watched *watched = &watch->list[i];

		if (!watched->open)
			continue;
		emit_object(emit, NULL);
		cli_show_its(watch->cli, watched->its, &watched->map.queue);
		emit_object(emit, "queue");
		emit_hex(emit, "base", "  ring at ", watched->map.queue.base, 0);
		emit_number(emit, "slots", ", ", watched->map.queue.slots, 0);
		emit_number(emit, "slot", " slots; from slot ", watched->follow.last, 0);
		emit_text(emit, " on. Ctrl-C ends.\n");
		emit_object_end(emit);
		emit_object_end(emit);
	}
	emit_array_end(emit);
	cli_document_end(watch->cli);
	emit_record_end(emit);
	/* Below the command, behind the time and the slot. */
	emit_wrap(emit, 24);
}

static void show_totals(struct watch *watch, uint64_t duration)
{
	struct emitter *emit = watch->cli->emit;
	struct timespec cpu = { 0 };

	emit_number(emit, "duration_ns", NULL, duration, 0);
	emit_number(emit, "commands", "", watch->shown, 0);
	emit_text(emit, watch->shown == 1 ? " command" : " commands");
	if (!emit_is_json(emit))
		emit_textf(emit, " in %llu.%03llu s", (unsigned long long)(duration / 1000000000),
			   (unsigned long long)(duration / 1000000 % 1000));
	emit_number(emit, "rate_per_s", ", ", duration ? (uint64_t)((double)watch->shown * 1e9 / (double)duration) : 0, 0);
	emit_number(emit, "syncs", " a second; SYNCs behind them: ", watch->syncs, 0);
	emit_number(emit, "left_out", watch->left_out ? "; left out by the filters: " : NULL, watch->left_out, 0);
	emit_number(emit, "untold", watch->untold ? "; seen, but there was no time to show them: " : NULL, watch->untold, 0);
	emit_text(emit, "\n");
	emit_number(emit, "lost", watch->lost ? "LOST: at least " : "lost: ", watch->lost, 0);
	emit_number(emit, "maybe_lost", watch->maybe_lost ? "; gaps in which whole laps may be lost: " : NULL,
		    watch->maybe_lost, 0);
	emit_number(emit, "backwards", watch->backwards ? "; CWRITER went backwards: " : NULL, watch->backwards, 0);
	emit_number(emit, "laps", watch->laps ? "; laps of its-tool: " : NULL, watch->laps, 0);
	emit_number(emit, "stalls", watch->stalls ? "; stalls: " : NULL, watch->stalls, 0);
	emit_number(emit, "restarts", watch->restarts ? "; ring set up anew: " : NULL, watch->restarts, 0);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu);
	emit_number(emit, "cpu_ns", NULL, (uint64_t)cpu.tv_sec * 1000000000 + (uint64_t)cpu.tv_nsec, 0);
	emit_text(emit, "\n");
}

static void show_kinds(struct watch *watch)
{
	struct emitter *emit = watch->cli->emit;
	unsigned opcode;

	emit_array(emit, "kinds");
	for (opcode = 0; opcode < 256; opcode++) {
		const struct its_command *command = its_command_by_opcode(opcode);

		if (!watch->kinds[opcode])
			continue;
		emit_object(emit, NULL);
		if (command)
			emit_string(emit, "command", "  ", command->name, 7);
		else
			emit_hex(emit, "opcode", "  opcode ", opcode, 2);
		emit_number(emit, "count", "  ", watch->kinds[opcode], 9);
		emit_text(emit, "\n");
		emit_object_end(emit);
	}
	emit_array_end(emit);
}

static int by_count(const struct watch_device *a, const struct watch_device *b)
{
	return a->count < b->count ? 1 : a->count > b->count ? -1 : 0;
}

static void show_devices(struct watch *watch)
{
	struct emitter *emit = watch->cli->emit;
	struct watch_device *entry;

	HASH_SORT(watch->devices, by_count);
	emit_array(emit, "devices");
	for (entry = watch->devices; entry; entry = entry->hh.next) {
		struct board_device device;
		const char *driver;
		bool known = names_device(watch->names, entry->key.its, (uint32_t)entry->key.device_id, &device,
					  &driver);

		emit_object(emit, NULL);
		emit_number(emit, "its", watch->count > 1 ? "  ITS " : NULL, entry->key.its, 0);
		emit_id(emit, "device_id", "  DeviceID ", entry->key.device_id);
		emit_number(emit, "count", "  ", entry->count, 9);
		names_show_device(emit, "  ", known ? &device : NULL, known ? driver : NULL, 0);
		emit_text(emit, "\n");
		emit_object_end(emit);
	}
	emit_array_end(emit);
}

void watch_show_summary(struct watch *watch)
{
	struct emitter *emit = watch->cli->emit;

	emit_wrap(emit, 4);
	emit_object(emit, NULL);
	emit_string(emit, "type", NULL, "summary", 0);
	emit_time(emit, "time", NULL, watch->time_ns);
	show_totals(watch, watch->now_ns - watch->begin_ns);
	show_kinds(watch);
	show_devices(watch);
	emit_object_end(emit);
	emit_record_end(emit);
}
