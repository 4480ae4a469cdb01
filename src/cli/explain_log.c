// SPDX-License-Identifier: GPL-2.0-or-later
/* What is in a log? Each message once, with the timeouts that belong together as one. */
#include <stdlib.h>
#include <string.h>

#include "explain.h"

/* Findings that differ: a log of a hostile length must not fill memory. */
#define FINDINGS_MAX 512

/* A timeout whose "ITS cmd ... failed" may be the next message. */
struct held { bool held, crowded; struct dmesg_message message; struct dmesg_timeout timeout; };

static bool same_place(const struct dmesg_timeout *a, const struct dmesg_timeout *b)
{
	if (a->state != b->state || a->numbers != b->numbers)
		return false;
	if (a->state == DMESG_STALLED || a->state == DMESG_SLOW)
		return a->slot == b->slot;
	return a->creadr == b->creadr && a->end == b->end;
}

static bool same_text(const char *a, size_t a_length, const char *b, size_t b_length)
{
	return a_length == b_length && !memcmp(a, b, a_length);
}

/* "CPU1: ..." beside "CPU0: ...". */
static void add_line(struct explain_finding *finding, const struct dmesg_message *message)
{
	unsigned i;

	if (same_text(finding->message.text, finding->message.length, message->text, message->length))
		return;
	for (i = 0; i < finding->n_others; i++)
		if (same_text(finding->others[i].text, finding->others[i].length, message->text, message->length))
			return;
	if (finding->n_others == EXPLAIN_LINES) {
		finding->others_left_out++;
		return;
	}
	finding->others[i].text = message->text;
	finding->others[i].length = message->length;
	finding->n_others++;
}

/* The finding that @message repeats, or a new one; NULL if there is no room. */
static struct explain_finding *finding_of(struct explain_log *log, const struct dmesg_message *message,
					  const struct dmesg_timeout *timeout)
{
	struct explain_finding *finding;
	size_t i;

	for (i = 0; i < log->n_findings; i++) {
		finding = &log->findings[i];
		if (timeout ? finding->is_timeout && same_place(&finding->timeout, timeout)
			    : !finding->is_timeout && dmesg_is(message, finding->message.known->name))
			return finding;
	}
	if (log->n_findings == FINDINGS_MAX)
		return NULL;
	finding = &log->findings[log->n_findings++];
	memset(finding, 0, sizeof(*finding));
	finding->message = *message;
	if (timeout) {
		finding->is_timeout = true;
		finding->timeout = *timeout;
	}
	return finding;
}

static void add_post(struct explain_finding *finding, const struct dmesg_timeout *timeout,
		     const struct dmesg_post *post)
{
	unsigned i;

	for (i = 0; i < finding->n_posts; i++)
		if (finding->posts[i].timeout.creadr == timeout->creadr &&
		    finding->posts[i].timeout.end == timeout->end &&
		    !strcmp(finding->posts[i].post.command, post->command)) {
			finding->posts[i].count++;
			return;
		}
	if (finding->n_posts == EXPLAIN_POSTS) {
		finding->posts_left_out++;
		return;
	}
	finding->posts[i].timeout = *timeout;
	finding->posts[i].post = *post;
	finding->posts[i].count = 1;
	finding->n_posts++;
}

static void add(struct explain_log *log, const struct dmesg_message *message,
		const struct dmesg_timeout *timeout, const struct dmesg_post *post)
{
	struct explain_finding *finding = finding_of(log, message, timeout);

	if (!finding) {
		log->left_out++;
		return;
	}
	finding->count++;
	if (timeout)
		add_post(finding, timeout, post);
	else
		add_line(finding, message);
}

static void release(struct explain_log *log, struct held *held, const struct dmesg_post *post)
{
	static const struct dmesg_post unnamed;

	if (held->held)
		add(log, &held->message, &held->timeout, post ? post : &unnamed);
	held->held = false;
}

/*
 * The kernel prints "ITS cmd ... failed" right behind its timeout. Two CPUs
 * that wait may mix their lines: then nobody knows which names which.
 */
static void take(struct explain_log *log, const struct dmesg_message *message, struct held *held)
{
	struct dmesg_timeout timeout;
	struct dmesg_post post;

	if (dmesg_timeout(message, log->ring_bytes, &timeout)) {
		/* A log from elsewhere beside a ring of another size. */
		if (timeout.state == DMESG_NONSENSE && log->ring_bytes != DMESG_RING_BYTES)
			dmesg_timeout(message, DMESG_RING_BYTES, &timeout);
		log->has_timeout = true;
		held->crowded = held->held;
		release(log, held, NULL);
		held->held = true;
		held->message = *message;
		held->timeout = timeout;
		return;
	}
	if (dmesg_post(message, &post) && log->has_timeout) {
		log->unassigned += !held->held || held->crowded;
		release(log, held, held->crowded ? NULL : &post);
		return;
	}
	release(log, held, NULL);
	add(log, message, NULL, NULL);
}

int explain_log_read(struct explain_log *log, const char *text, size_t size, uint64_t ring_bytes,
		     struct its_error *error)
{
	const char *line = text, *end = text + size;
	struct held held = { 0 };

	memset(log, 0, sizeof(*log));
	log->ring_bytes = ring_bytes;
	log->findings = calloc(FINDINGS_MAX, sizeof(*log->findings));
	if (!log->findings)
		return its_no_memory(error, "what is in the log");
	while (line < end) {
		const char *newline = memchr(line, '\n', (size_t)(end - line));
		size_t length = (size_t)((newline ? newline : end) - line);
		struct dmesg_message message;

		if (dmesg_parse(line, length, &message))
			take(log, &message, &held);
		line += length + 1;
	}
	release(log, &held, NULL);
	if (log->n_findings)
		return 0;
	explain_log_free(log);
	its_error(error, ITS_ERR_INPUT, "nothing here is a message of Linux's ITS and GICv3 drivers that its-tool knows");
	return its_hint(error, "give a line such as 'ITS queue timeout (9088 513)', or the whole log: dmesg | its-tool explain -");
}

void explain_log_free(struct explain_log *log)
{
	free(log->findings);
	memset(log, 0, sizeof(*log));
}

static unsigned badness(const struct explain_finding *finding)
{
	static const unsigned of_state[] = { [DMESG_STALLED] = 9, [DMESG_SLOW] = 8, [DMESG_UNTOLD] = 7,
					     [DMESG_NONSENSE] = 6, [DMESG_WRAP_RACE] = 2 };

	/* A false alarm is less than any error. */
	if (finding->is_timeout)
		return of_state[finding->timeout.state];
	if (dmesg_is(&finding->message, "queue-not-draining"))
		return 5;
	/* What only waited is less than a cause. */
	if (dmesg_is(&finding->message, "command-failed"))
		return 3;
	return finding->message.known->severity == ITS_ERROR ? 4 : finding->message.known->severity;
}

const struct explain_finding *explain_log_worst(const struct explain_log *log)
{
	const struct explain_finding *worst = &log->findings[0];
	size_t i;

	for (i = 1; i < log->n_findings; i++)
		if (badness(&log->findings[i]) > badness(worst))
			worst = &log->findings[i];
	return worst;
}

enum dmesg_culprit explain_culprit(const struct explain_finding *finding,
				   const struct explain_post **post)
{
	enum dmesg_culprit culprit = DMESG_ANOTHER;
	unsigned i;

	*post = NULL;
	/* Of several that waited at most one posted the stalled slot: a certain answer beats a perhaps. */
	for (i = 0; i < finding->n_posts; i++) {
		enum dmesg_culprit own = dmesg_culprit(&finding->posts[i].timeout,
						       finding->posts[i].post.slots);

		if (own == DMESG_ANOTHER || (*post && own == DMESG_OWN_PERHAPS))
			continue;
		culprit = own;
		*post = &finding->posts[i];
		if (own != DMESG_OWN_PERHAPS)
			break;
	}
	return culprit;
}
