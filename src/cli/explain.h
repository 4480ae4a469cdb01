/* SPDX-License-Identifier: GPL-2.0-or-later */
/* explain: an event's delivery chain, or what the kernel's log says. */
#ifndef CLI_EXPLAIN_H
#define CLI_EXPLAIN_H

#include "cli.h"
#include "its/dmesg.h"

/* explain DEVICE EVENT: the chain from the MSI to the handler, link by link. */
int explain_event(struct cli *cli, char **argv);

/* explain LINE: @text is one line or a whole log. @brief: set-up lines of a log are only counted. */
int explain_text(struct cli *cli, const char *text, size_t size, bool brief);

/* One who waited for the ITS, as often as the log repeats it. */
struct explain_post {
	struct dmesg_timeout timeout;
	struct dmesg_post post;		/* what the kernel names in the next line, if it does */
	unsigned count;
};

#define EXPLAIN_POSTS 8
#define EXPLAIN_LINES 8

/* One kind of message, as often as the log has it; timeouts that found the ITS in the same place are one. */
struct explain_finding {
	struct dmesg_message message;	/* the first; points into the text */
	unsigned count;
	struct { const char *text; size_t length; } others[EXPLAIN_LINES];	/* that differ from the first */
	unsigned n_others;
	unsigned others_left_out;	/* had no room, may repeat */
	bool is_timeout;
	struct dmesg_timeout timeout;	/* the first */
	struct explain_post posts[EXPLAIN_POSTS];
	unsigned n_posts;
	unsigned posts_left_out;	/* had no room */
};

struct explain_log {
	struct explain_finding *findings;
	size_t n_findings;
	size_t left_out;		/* messages that were more than can be held */
	size_t unassigned;		/* "ITS cmd ... failed" of one timeout or another */
	bool has_timeout;
	uint64_t ring_bytes;
};

/* Fills *log from @text; ITS_ERR_INPUT if it has no known message. */
int explain_log_read(struct explain_log *log, const char *text, size_t size, uint64_t ring_bytes,
		     struct its_error *error);
void explain_log_free(struct explain_log *log);

/* The worst of @log: a stall before whatever else is an error. */
const struct explain_finding *explain_log_worst(const struct explain_log *log);

/* Whose command is in the slot that the ITS stalled at; *post is the one that waited for it, or NULL. */
enum dmesg_culprit explain_culprit(const struct explain_finding *finding,
				   const struct explain_post **post);

/* Bytes of the ring, read from the hardware if that can be; else Linux's. */
uint64_t explain_ring_bytes(struct cli *cli);

/* What the rings look like now, beside what @log says of them. */
int explain_rings(struct cli *cli, const struct explain_log *log);

#endif
