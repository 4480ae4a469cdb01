// SPDX-License-Identifier: GPL-2.0-or-later
/* Which checks are there, and what have they found? */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check_run.h"
#include "its/identity.h"

#define ROW(ID, NAME, SEVERITY, SUMMARY) [CHECK_##ID] = { NAME, ITS_##SEVERITY, SUMMARY }

static const struct { const char *name; enum its_severity severity; const char *summary; } rows[] = {
	ROW(ENABLED, "its-enabled", ERROR, "the ITS is enabled"),
	ROW(QUIESCENT, "quiescent", ERROR, "an ITS that is disabled has come to rest"),
	ROW(STALLED, "stalled", ERROR, "the ITS is not stalled"),
	ROW(DRAINING, "draining", ERROR, "what is pending in the ring is executed"),
	ROW(RING_VALID, "ring-valid", ERROR, "GITS_CBASER is valid and its address can be a ring's"),
	ROW(POINTERS, "pointers", ERROR, "GITS_CREADR and GITS_CWRITER are inside the ring"),
	ROW(UNFINISHED_LAP, "unfinished-lap", ERROR, "no lap of its-tool was left unfinished"),
	ROW(RAW_APPEND, "raw-append", ERROR, "nobody has appended commands past the kernel's driver"),
	ROW(COHERENCY, "coherency", ERROR, "tables and ring are non-shareable where the part is not coherent"),
	ROW(SHAREABILITY, "shareability", WARNING, "ring and tables have one shareability"),
	ROW(BELOW_4G, "below-4g", ERROR, "ring and tables lie below 4 GiB on parts that reach no further"),
	ROW(IN_RAM, "in-ram", ERROR, "ring and tables lie in RAM"),
	ROW(DEVICE_TABLE, "device-table", ERROR, "the device table is there, and has room for every device"),
	ROW(COLLECTION_TABLE, "collection-table", ERROR, "collections have a table, or are held in the ITS"),
	ROW(QUIRKS, "quirk", NOTE, "no erratum of this part is known"),
	ROW(OPCODES, "unknown-opcode", ERROR, "every command in the ring is one of the architecture's"),
	ROW(VERSION, "command-version", ERROR, "every command is one that this ITS has"),
	ROW(DEVICE_ID, "device-id-range", ERROR, "DeviceIDs are within GITS_TYPER.Devbits"),
	ROW(EVENT_ID, "event-id-range", ERROR, "EventIDs are within GITS_TYPER.ID_bits and their device's MAPD"),
	ROW(INTID, "intid-range", ERROR, "INTIDs of MAPTI are LPIs"),
	ROW(ICID, "icid-range", ERROR, "ICIDs are within their bits"),
	ROW(ITT_SIZE, "itt-size", ERROR, "no MAPD asks for more EventID bits than the ITS has"),
	ROW(RDBASE, "rdbase", ERROR, "every RDbase is a redistributor's"),
	ROW(DEVICE_MAPPED, "device-mapped", ERROR, "no event command names a device before its MAPD"),
	ROW(EVENT_MAPPED, "event-mapped", ERROR, "no INT, INV, MOVI, CLEAR or DISCARD names an unmapped event"),
	ROW(COLLECTION_MAPPED, "collection-mapped", ERROR, "no command names a collection before its MAPC"),
	ROW(VPE_MAPPED, "vpe-mapped", ERROR, "no command names a vPE before its VMAPP"),
	ROW(EVENT_KIND, "event-kind", ERROR, "MOVI moves physical interrupts only, VMOVI virtual ones"),
	ROW(REMAPPED_EVENT, "remapped-event", ERROR, "no MAPTI maps an event that is mapped"),
	ROW(LIVE_ITT, "live-itt", ERROR, "no MAPD replaces an ITT that is in use"),
	ROW(SYNC, "sync", WARNING, "commands are followed by their SYNC"),
	ROW(ITT_OVERLAP, "itt-overlap", ERROR, "no ITT, table or ring lies on another"),
	ROW(ITT_RAM, "itt-in-ram", ERROR, "every ITT lies in RAM"),
	ROW(TABLES_AGREE, "tables-agree", ERROR, "the ITS's tables hold what the ring says"),
	ROW(CLAIMED, "device-claimed", WARNING, "the firmware names a device for every DeviceID that is mapped"),
	ROW(SHARED_LPI, "shared-lpi", ERROR, "no two events have one LPI, on whatever ITSs"),
	ROW(TARGET, "target", ERROR, "every event has a collection that is mapped to a redistributor"),
	ROW(OFFLINE, "offline-target", ERROR, "no event in use goes to a CPU that is offline"),
	ROW(GROUP1, "group1", ERROR, "the distributor has Group 1 enabled"),
	ROW(LPIS_SUPPORTED, "lpis", ERROR, "the GIC supports LPIs"),
	ROW(ENABLE_LPIS, "enable-lpis", ERROR, "redistributors that events go to, or can be moved to, have LPIs enabled"),
	ROW(AWAKE, "awake", WARNING, "redistributors that events go to, or can be moved to, are awake"),
	ROW(ID_BITS, "lpi-range", ERROR, "LPIs are within GICR_PROPBASER.IDbits and what GICD_TYPER has"),
	ROW(LPI_TABLES, "lpi-tables", ERROR, "one configuration table for all, one pending table for each redistributor, in RAM"),
	ROW(LPI_ENABLED, "lpi-enabled", NOTE, "LPIs that are mapped are enabled"),
	ROW(LPI_PRIORITY, "lpi-priority", ERROR, "LPIs that are enabled have a priority that Linux lets through"),
	ROW(LPI_TAKEN, "lpi-taken", WARNING, "LPIs that are enabled and pending are taken"),
};

_Static_assert(sizeof(rows) / sizeof(rows[0]) == CHECKS, "a row for each check");

void check_fail(struct check_run *run, enum check_id id, const char *format, ...)
{
	struct check_result *result = &run->results[id];
	va_list arguments;

	result->status = CHECK_FAILED;
	result->total++;
	if (result->n_findings == CHECK_FINDINGS_KEPT)
		return;
	if (!result->findings)
		result->findings = calloc(CHECK_FINDINGS_KEPT, sizeof(*result->findings));
	if (!result->findings)
		return;
	va_start(arguments, format);
	vsnprintf(result->findings[result->n_findings++], sizeof(*result->findings), format, arguments);
	va_end(arguments);
}

void check_cannot(struct check_run *run, enum check_id id, const char *format, ...)
{
	struct check_result *result = &run->results[id];
	va_list arguments;

	if (result->status == CHECK_FAILED || result->status == CHECK_MOOT)
		return;
	result->status = CHECK_UNKNOWN;
	va_start(arguments, format);
	vsnprintf(result->why, sizeof(result->why), format, arguments);
	va_end(arguments);
}

void check_moot(struct check_run *run, enum check_id id)
{
	if (run->results[id].status == CHECK_OK)
		run->results[id].status = CHECK_MOOT;
}

const char *check_status_name(enum check_status status)
{
	static const char *const names[] = { "ok", "failed", "unknown", "moot" };

	return names[status];
}

bool check_sees_all(const struct check_run *run)
{
	return run->map.replay.whole || (run->map.tables == ROUTE_TABLES_QEMU && !run->map.tables_error.code);
}

struct check_scope *check_scope_new(void)
{
	return calloc(1, sizeof(struct check_scope));
}

void check_scope_free(struct check_scope *scope)
{
	if (scope) {
		claims_free(&scope->lpis);
		claims_free(&scope->memory);
	}
	free(scope);
}

static void find_quirks(struct check_run *run)
{
	const struct its_quirk *quirk = NULL;

	while ((quirk = board_quirk_next(run->map.board, run->map.its, run->map.queue.iidr, quirk))) {
		run->quirks |= quirk->effects;
		check_fail(run, CHECK_QUIRKS, "%s: %s", quirk->name, quirk->summary);
	}
}

static void sum_up(struct check_report *report)
{
	size_t i;

	for (i = 0; i < report->count; i++) {
		const struct check_result *result = &report->results[i];

		report->failed[result->severity] += result->status == CHECK_FAILED;
		report->unknown += result->status == CHECK_UNKNOWN;
	}
}

int check_its(struct memory *memory, const struct board *board, size_t its, const struct board_system *system,
	      struct check_scope *scope, struct check_report *report, struct its_error *error)
{
	struct check_run *run = calloc(1, sizeof(*run));
	size_t i;
	int err;

	*report = (struct check_report){ .results = calloc(CHECKS, sizeof(*report->results)) };
	if (!run || !report->results) {
		free(run);
		check_report_free(report);
		return its_no_memory(error, "%d checks", CHECKS);
	}
	report->count = CHECKS;
	for (i = 0; i < CHECKS; i++) {
		report->results[i].name = rows[i].name;
		report->results[i].severity = rows[i].severity;
		report->results[i].summary = rows[i].summary;
	}
	run->results = report->results;
	run->system = system;
	run->scope = scope;
	run->linux = route_is_linux(memory, system);
	err = route_open(&run->map, memory, board, its, check_command, run, error);
	if (err) {
		check_report_free(report);
	} else {
		replay_sort(&run->map.replay);
		find_quirks(run);
		check_registers(run);
		check_history(run);
		check_devices(run);
		check_lpis(run);
		route_close(&run->map);
		sum_up(report);
	}
	free(run);
	return err;
}

void check_report_free(struct check_report *report)
{
	size_t i;

	for (i = 0; i < report->count; i++)
		free(report->results[i].findings);
	free(report->results);
	*report = (struct check_report){ 0 };
}
