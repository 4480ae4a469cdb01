/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A line of the shell on which Tab was pressed, for the files that complete it. */
#ifndef CLI_COMPLETE_H
#define CLI_COMPLETE_H

#include "its/route.h"
#include "shell.h"

#define COMPLETE_WORDS 64

struct complete_line {
	struct cli *cli;
	const char *word;		/* that is being completed */
	char prefix[40];		/* of it: "--emit=", "DeviceID="; empty if it has no '=' */
	struct completion *found;
	char *words[COMPLETE_WORDS];	/* before it, without options; of the innermost block */
	size_t count;
	bool behind_exit;		/* behind "expect exit N:", which is left out */
	const char *option;		/* the option whose value is being completed, or NULL */
	const char *device;		/* the value of --device, or NULL */
};

/* Any case will do; offer_exact() wants that of @word. */
void complete_offer(struct complete_line *line, const char *word);
void complete_offer_exact(struct complete_line *line, const char *word);
void complete_offer_list(struct complete_line *line, const char *const *words);
/* REGISTER.FIELD once there is a dot, where @fields are wanted; else the registers. */
void complete_registers(struct complete_line *line, bool fields);
/* The mappings of the ITSs in question, shown one after the other to @each. */
void complete_each_its(struct complete_line *line, void (*each)(struct complete_line *line, struct route_map *map));
/* The prefix and @id, in the base that the user has begun to type in. */
void complete_id(const struct complete_line *line, uint32_t id, char *text, size_t size);

/* complete_expect.c */
void complete_expect(struct complete_line *line);

#endif
