/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What inject and send share. */
#ifndef CLI_APPEND_H
#define CLI_APPEND_H

#include "cli.h"

/* Commands to append, in order. words is malloc'd. */
struct batch {
	uint64_t (*words)[ITS_COMMAND_WORDS];
	size_t count, room;
};

/* The one ITS that is written to, and its ring as it was before. */
struct writer {
	size_t its;
	struct queue queue;
	struct queue_snapshot snapshot;
	struct queue_redistributor *redistributors;	/* as far as they could be read */
	struct replay replay;		/* what the executed part of the snapshot adds up to */
	struct queue_scene scene;	/* all of the above, to judge commands by */
};

int batch_add(struct cli *cli, struct batch *batch, const uint64_t words[ITS_COMMAND_WORDS]);

/* Opens ITS @its for writing (for reading with --dry-run) and copies its ring. */
int writer_open(struct cli *cli, size_t its, struct writer *writer);
void writer_close(struct writer *writer);

/* An RDbase for the SYNCs that fill slots: from the history, or of the first redistributor. */
int writer_rdbase(struct cli *cli, const struct writer *writer, uint64_t *rdbase);

/* The script for @batch, which has been judged, on stdout. */
int export_plan(struct cli *cli, const struct writer *writer, const struct batch *batch, uint64_t rdbase);

/*
 * Refuses what is unsafe unless --force, shows the plan where it is wanted,
 * appends unless --dry-run (--emit: prints the script), and shows what became of it.
 */
int writer_append(struct cli *cli, struct writer *writer, const struct batch *batch);

#endif
