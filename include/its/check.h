/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Is this ITS healthy? Every invariant that can be looked at, by name. The
 * names are a contract: scripts ask for them.
 */
#ifndef ITS_CHECK_H
#define ITS_CHECK_H

#include "its/route.h"
#include "its/severity.h"
#include "its/system.h"

enum check_status {
	CHECK_OK,
	CHECK_FAILED,
	CHECK_UNKNOWN,		/* could not be made: see why */
	CHECK_MOOT,		/* there is nothing of the kind to check */
};

#define CHECK_FINDINGS_KEPT 16

struct check_result {
	const char *name;	/* stable: "stalled" */
	enum its_severity severity;
	const char *summary;	/* what holds if it is ok */
	enum check_status status;
	char why[400];		/* CHECK_UNKNOWN */
	char (*findings)[400];	/* malloc'd; the first CHECK_FINDINGS_KEPT of them */
	size_t n_findings;	/* kept */
	size_t total;
};

struct check_report {
	struct check_result *results;	/* malloc'd, in a fixed order */
	size_t count;
	size_t failed[ITS_SEVERITIES];	/* by severity */
	size_t unknown;
};

/* LPIs and memory that the ITSs use which were checked so far: no two may use the same. NULL without memory. */
struct check_scope *check_scope_new(void);
void check_scope_free(struct check_scope *scope);

/*
 * Makes all checks of one ITS. @system may be NULL. What it shares with those
 * that were checked before in @scope is found, too. Fails only where the ITS's
 * registers cannot be read, or without memory.
 */
int check_its(struct memory *memory, const struct board *board, size_t its, const struct board_system *system,
	      struct check_scope *scope, struct check_report *report, struct its_error *error);
void check_report_free(struct check_report *report);

/* "ok", "failed", "unknown", "moot". */
const char *check_status_name(enum check_status status);

#endif
