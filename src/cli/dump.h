/* SPDX-License-Identifier: GPL-2.0-or-later */
/* dump for people: what repeats or was never used is folded into one line. JSON has every slot. */
#ifndef CLI_DUMP_H
#define CLI_DUMP_H

#include "cli.h"

/* The slots from age @first on, oldest first, with the pointers at their slots. Text only. */
void dump_list(struct cli *cli, const struct queue *queue, const struct queue_snapshot *snapshot, unsigned first);

#endif
