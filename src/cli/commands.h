/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The commands of the tool, one per file of this room; main.c has them in the order of the help. */
#ifndef CLI_COMMANDS_H
#define CLI_COMMANDS_H

#include "cli.h"

extern const struct cli_command cli_list;
extern const struct cli_command cli_regs;
extern const struct cli_command cli_dump;
extern const struct cli_command cli_map;
extern const struct cli_command cli_explain;
extern const struct cli_command cli_check;
extern const struct cli_command cli_watch;
extern const struct cli_command cli_capture;
extern const struct cli_command cli_inject;
extern const struct cli_command cli_send;
extern const struct cli_command cli_recover;
extern const struct cli_command cli_find_ring;
extern const struct cli_command cli_run;
extern const struct cli_command cli_shell;
/* What runs without a command; it has no name, so it is not in the table. */
extern const struct cli_command cli_overview;

#endif
