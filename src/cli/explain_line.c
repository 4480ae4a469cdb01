// SPDX-License-Identifier: GPL-2.0-or-later
/* explain LINE: what do these messages of the kernel mean, and what is to be done? Verdict first. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "explain.h"

#define LABEL_WIDTH 10
#define LONGEST 700

/* "  label   text", its words run on below themselves; a member of the open object. */
static void say(struct emitter *emit, const char *key, const char *label, const char *text)
{
	size_t column = LABEL_WIDTH;

	emit_string(emit, key, NULL, text, 0);
	if (emit_is_json(emit) || !label)
		return;
	emit_textf(emit, "  %-*s", LABEL_WIDTH - 2, label);
	while (*text) {
		size_t length = strcspn(text, " ");

		if (column > LABEL_WIDTH && column + 1 + length > emit_width(emit)) {
			emit_textf(emit, "\n%*s", LABEL_WIDTH, "");
			column = LABEL_WIDTH;
		} else if (column > LABEL_WIDTH) {
			emit_text(emit, " ");
			column++;
		}
		emit_textf(emit, "%.*s", (int)length, text);
		column += length;
		text += length + (text[length] == ' ');
	}
	emit_text(emit, "\n");
}

/* "MAPTI in slots 282 and 283": what the waiter posted; its mnemonic where the kernel names it. */
static void name_post(const struct explain_post *post, char *text, size_t size)
{
	unsigned last = (post->timeout.end_slot + post->timeout.ring_slots - 1) % post->timeout.ring_slots;
	unsigned first = (last + post->timeout.ring_slots - 1) % post->timeout.ring_slots;
	const char *name = *post->post.command ? post->post.command : "a post";

	if (post->post.slots == 1)
		snprintf(text, size, "%s in slot %u", name, last);
	else if (post->post.slots == 2)
		snprintf(text, size, "%s in slots %u and %u", name, first, last);
	else
		snprintf(text, size, "%s up to slot %u", name, last);
}

/* The kernel's own words, as far as they are text. */
static void copy_line(const char *line, size_t length, char *text, size_t size)
{
	size_t i;

	for (i = 0; i < length && i < size - 1 && (unsigned char)line[i] >= 0x20 && line[i] != 0x7f; i++)
		text[i] = line[i];
	text[i] = '\0';
}

static void headline(const struct explain_finding *finding, char *text, size_t size)
{
	const struct dmesg_timeout *timeout = &finding->timeout;

	if (finding->is_timeout) {
		switch (timeout->state) {
		case DMESG_STALLED:
			snprintf(text, size, "The ITS STALLED at slot %u: it refuses the command there and runs nothing behind it.",
				 timeout->slot);
			return;
		case DMESG_SLOW:
			snprintf(text, size, "Not stalled, but slow, dead or disabled: after a second the ITS stood at slot %u.",
				 timeout->slot);
			return;
		case DMESG_WRAP_RACE:
			snprintf(text, size, "Not stalled: a false alarm of kernels before 5.3. The ITS was past the end, at slot %u.",
				 timeout->slot);
			return;
		case DMESG_UNTOLD:
			snprintf(text, size, "The ITS did not execute a command within a second. Whether it stalled, and where, this line does not tell.");
			return;
		case DMESG_NONSENSE:
			snprintf(text, size, "A queue timeout whose numbers do not fit a ring of %u slots: nothing can be said from them.",
				 timeout->ring_slots);
			return;
		}
	}
	copy_line(finding->message.text, finding->message.length, text, size);
}

static void why_numbers(const struct dmesg_timeout *timeout, char *text, size_t size)
{
	unsigned long long creadr = timeout->creadr, at = creadr & ~1ull;
	uint64_t ring = (uint64_t)timeout->ring_slots * ITS_COMMAND_BYTES;
	char wrapped[60] = "";

	if (at >= ring)
		snprintf(wrapped, sizeof(wrapped), ", counted on over the end of the ring");
	if (timeout->state == DMESG_STALLED)
		snprintf(text, size, "CREADR was %llu = 0x%llx%s: bit 0 is the Stalled bit, the rest is offset 0x%llx, slot %u. "
			 "The kernel waited for the ITS to reach slot %u, %u command%s further on.", creadr, creadr, wrapped,
			 at % ring, timeout->slot, timeout->end_slot, timeout->left, timeout->left == 1 ? "" : "s");
	else if (timeout->state == DMESG_SLOW)
		snprintf(text, size, "CREADR was %llu = 0x%llx%s: bit 0 (Stalled) is clear, and the offset is slot %u. "
			 "The kernel waited for it to reach slot %u, %u command%s further on.", creadr, creadr, wrapped, timeout->slot,
			 timeout->end_slot, timeout->left, timeout->left == 1 ? "" : "s");
	else if (timeout->state == DMESG_WRAP_RACE)
		snprintf(text, size, "CREADR was %llu = 0x%llx: bit 0 (Stalled) is clear. The kernel waited for slot %u, close to the "
			 "end of the ring; the ITS had executed that and begun a new round (slot %u). These kernels compare "
			 "the two without regard to the wrap.", creadr, creadr, timeout->end_slot, timeout->slot);
	else if (timeout->state == DMESG_NONSENSE)
		snprintf(text, size, "Linux prints offsets that are multiples of 32, the end of its post always ahead of CREADR "
			 "by less than the ring. Here the end is %llu and CREADR %llu.",
			 (unsigned long long)timeout->end, creadr);
	else
		snprintf(text, size, "Kernels from before late 2017 print no numbers.");
}

static const char *const culprit_names[] = {
	[DMESG_ANOTHER] = "another", [DMESG_OWN_COMMAND] = "named-command",
	[DMESG_OWN_SYNC] = "sync-of-named-command", [DMESG_OWN_PERHAPS] = "perhaps-named-command" };

static void who(const struct explain_finding *finding, enum dmesg_culprit culprit,
		const struct explain_post *own, char *text, size_t size)
{
	const struct explain_post *first = &finding->posts[0];
	unsigned slot = finding->timeout.slot;
	const char *name = own && *own->post.command ? own->post.command : "command";
	char post[100];

	switch (culprit) {
	case DMESG_OWN_COMMAND:
		snprintf(text, size, "The %s that the kernel names: slot %u is where it was posted. Here it is the culprit itself.",
			 name, slot);
		return;
	case DMESG_OWN_SYNC:
		snprintf(text, size, "The SYNC (or VSYNC) behind the %s that the kernel names: slot %u is where it was posted. "
			 "Look at its RDbase (or vPEID).", name, slot);
		return;
	case DMESG_OWN_PERHAPS:
		if (own->timeout.left == 2)
			snprintf(text, size, "If the kernel names anything but MAPD in the next line, that command itself: with its "
				 "SYNC it filled slots %u and %u. A MAPD goes without a SYNC and only waited.", slot,
				 (slot + 1) % own->timeout.ring_slots);
		else
			snprintf(text, size, "If the kernel names MAPD in the next line, that command itself: it fills one slot, "
				 "%u. Otherwise the SYNC behind the command that is named.", slot);
		return;
	case DMESG_ANOTHER:
		if (finding->n_posts > 1) {
			snprintf(text, size, "None of the commands that the kernel names: they were posted later and only waited.");
		} else if (*first->post.command) {
			name_post(first, post, sizeof(post));
			snprintf(text, size, "Not the %s that the kernel names: posted later, %s, it only waited.",
				 first->post.command, post + strlen(first->post.command) + 1);
		} else {
			snprintf(text, size, "Not the command that the kernel names in its next line ('ITS cmd ... failed'): "
				 "that one was posted later and only waited.");
		}
		return;
	}
}

static void what_next(const struct explain_finding *finding, char *text, size_t size)
{
	const struct dmesg_timeout *timeout = &finding->timeout;

	switch (timeout->state) {
	case DMESG_STALLED:
		snprintf(text, size, "On that machine, before a reboot: 'its-tool dump --pending' decodes slot %u and says what is "
			 "wrong with it; 'its-tool recover' takes it out and gets the ITS going.%s", timeout->slot,
			 timeout->slot < 4 && timeout->end < 4096
			 ? " Soon after boot these are the very first commands, and such a stall is seldom their fault: look "
			   "with 'its-tool regs' and 'its-tool list' for tables above 4 GiB, shareability and errata." : "");
		return;
	case DMESG_SLOW:
		if (finding->count > 1)
			snprintf(text, size, "CREADR did not move from one timeout to the next, so the ITS is dead or disabled "
				 "rather than slow: 'its-tool regs GITS_CTLR' shows whether Enabled is 0; else it has no clock or "
				 "power, or cannot reach its ring or its tables.");
		else
			snprintf(text, size, "'its-tool dump' twice: if CREADR moves on, the ITS is slow (a busy hypervisor, a slow "
				 "clock). If not, 'its-tool regs GITS_CTLR': Enabled=0 is a disabled ITS; else it has no clock or "
				 "power, or cannot reach its ring or its tables.");
		return;
	case DMESG_WRAP_RACE:
		snprintf(text, size, "Nothing is wrong with the ITS, and the command was executed: use Linux 5.3 or later. 'its-tool dump' shows that the queue is idle.");
		return;
	case DMESG_UNTOLD:
	case DMESG_NONSENSE:
		snprintf(text, size, "On that machine: 'its-tool dump' says whether the ITS is stalled, and on which command.");
		return;
	}
}

static void show_posts(struct emitter *emit, const struct explain_finding *finding)
{
	char name[100], line[200];
	unsigned i;

	emit_array(emit, "posts");
	for (i = 0; i < finding->n_posts; i++) {
		const struct explain_post *post = &finding->posts[i];

		emit_object(emit, NULL);
		if (*post->post.command)
			emit_string(emit, "command", NULL, post->post.command, 0);
		else
			emit_null(emit, "command");
		emit_number(emit, "end", NULL, post->timeout.end, 0);
		emit_number(emit, "creadr", NULL, post->timeout.creadr, 0);
		emit_number(emit, "end_slot", NULL, post->timeout.end_slot, 0);
		emit_number(emit, "slots_left", NULL, post->timeout.left, 0);
		emit_number(emit, "count", NULL, post->count, 0);
		emit_object_end(emit);
		if (emit_is_json(emit) || finding->count == 1 || finding->timeout.state == DMESG_NONSENSE)
			continue;
		name_post(post, name, sizeof(name));
		snprintf(line, sizeof(line), post->count > 1 ? "%s (%u times)" : "%s", name, post->count);
		say(emit, NULL, i ? "" : "waited", line);
	}
	emit_array_end(emit);
	if (finding->posts_left_out)
		emit_textf(emit, "%*sand %u more\n", LABEL_WIDTH, "", finding->posts_left_out);
}

static void show_timeout(struct emitter *emit, const struct explain_finding *finding)
{
	const struct dmesg_timeout *timeout = &finding->timeout;
	const struct explain_post *own;
	enum dmesg_culprit culprit = explain_culprit(finding, &own);
	char text[LONGEST];
	unsigned i;

	emit_object(emit, "timeout");
	emit_number(emit, "numbers", NULL, timeout->numbers, 0);
	emit_string(emit, "state", NULL, dmesg_state_name(timeout->state), 0);
	if (timeout->state != DMESG_UNTOLD && timeout->state != DMESG_NONSENSE) {
		emit_number(emit, "slot", NULL, timeout->slot, 0);
		emit_number(emit, "end_slot", NULL, timeout->end_slot, 0);
		emit_number(emit, "slots_left", NULL, timeout->left, 0);
		emit_number(emit, "ring_slots", NULL, timeout->ring_slots, 0);
	}
	if (timeout->state == DMESG_STALLED)
		emit_string(emit, "culprit", NULL, culprit_names[culprit], 0);
	why_numbers(timeout, text, sizeof(text));
	say(emit, "why", "why", text);
	if (timeout->state == DMESG_STALLED) {
		who(finding, culprit, own, text, sizeof(text));
		say(emit, "who", "who", text);
	}
	if (timeout->state != DMESG_UNTOLD)
		show_posts(emit, finding);
	/* A stalled ITS does not go round: the same post twice is two ITSs, or one set up twice. */
	for (i = 0; i < finding->n_posts && timeout->state == DMESG_STALLED; i++)
		if (finding->posts[i].count > 1) {
			say(emit, "note", "note", "The line does not tell which ITS. The same post more than once is several ITSs "
			    "that stalled alike, or a log of several boots.");
			break;
		}
	emit_object_end(emit);
	what_next(finding, text, sizeof(text));
	say(emit, "action", "next", text);
}

static void show_values(struct emitter *emit, const struct dmesg_message *message)
{
	char text[100];
	unsigned i;

	emit_object(emit, "values");
	for (i = 0; i < message->n_values; i++) {
		const struct dmesg_value *value = &message->values[i];

		if (value->kind == DMESG_HEX) {
			emit_hex(emit, value->key, NULL, value->number, 0);
		} else if (value->kind == DMESG_DECIMAL) {
			emit_number(emit, value->key, NULL, value->number, 0);
		} else {
			snprintf(text, sizeof(text), "%.*s", (int)(value->length < 99 ? value->length : 99), value->text);
			emit_string(emit, value->key, NULL, text, 0);
		}
	}
	emit_object_end(emit);
}

static void show_others(struct emitter *emit, const struct explain_finding *finding)
{
	char text[LONGEST];
	unsigned i;

	emit_array(emit, "other_lines");
	for (i = 0; i < finding->n_others; i++) {
		copy_line(finding->others[i].text, finding->others[i].length, text, sizeof(text));
		say(emit, EMIT_ELEMENT, i ? "" : "also", text);
	}
	emit_array_end(emit);
	if (finding->others_left_out)
		emit_textf(emit, "%*sand %u more\n", LABEL_WIDTH, "", finding->others_left_out);
}

/* A false alarm is no error. */
static enum its_severity severity_of(const struct explain_finding *finding)
{
	return finding->is_timeout && finding->timeout.state == DMESG_WRAP_RACE
	       ? ITS_WARNING : finding->message.known->severity;
}

static void show_finding(struct emitter *emit, const struct explain_finding *finding, bool first)
{
	const struct dmesg_known *known = finding->message.known;
	enum its_severity severity = severity_of(finding);
	char text[LONGEST];

	if (!first)
		emit_text(emit, "\n");
	emit_object(emit, NULL);
	emit_string(emit, "name", NULL, known->name, 0);
	emit_string(emit, "severity", NULL, its_severity_name(severity), 0);
	headline(finding, text, sizeof(text));
	emit_color(emit, cli_severity_color(severity));
	emit_string(emit, "headline", "", text, 0);
	emit_color(emit, EMIT_PLAIN);
	emit_number(emit, "count", NULL, finding->count, 0);
	if (finding->count > 1)
		emit_textf(emit, "  (%u times)", finding->count);
	emit_text(emit, "\n");
	copy_line(finding->message.text, finding->message.length, text, sizeof(text));
	say(emit, "line", finding->is_timeout ? "line" : NULL, text);
	show_values(emit, &finding->message);
	if (finding->is_timeout) {
		show_timeout(emit, finding);
	} else {
		show_others(emit, finding);
		say(emit, "meaning", "means", known->meaning);
		if (known->action)
			say(emit, "action", "next", known->action);
	}
	emit_object_end(emit);
}

/* The worst in one sentence; in text the first finding begins with it. */
static void show_verdict(struct emitter *emit, const struct explain_log *log)
{
	const struct explain_finding *worst = explain_log_worst(log);
	unsigned counts[ITS_SEVERITIES] = { 0 };
	char text[LONGEST];
	size_t i;

	for (i = 0; i < log->n_findings; i++)
		counts[severity_of(&log->findings[i])]++;
	headline(worst, text, sizeof(text));
	if (severity_of(worst) == ITS_NOTE)
		snprintf(text, sizeof(text), "No trouble with the ITS here: %s is normal.",
			 log->n_findings > 1 || worst->count > 1 ? "all of it" : "this");
	emit_string(emit, "verdict", severity_of(worst) == ITS_NOTE ? "" : NULL, text, 0);
	if (severity_of(worst) == ITS_NOTE)
		emit_text(emit, "\n");
	emit_object(emit, "found");
	emit_number(emit, "errors", NULL, counts[ITS_ERROR], 0);
	emit_number(emit, "warnings", NULL, counts[ITS_WARNING], 0);
	emit_number(emit, "notes", NULL, counts[ITS_NOTE], 0);
	emit_object_end(emit);
}

/* What was not shown. */
static void show_rest(struct emitter *emit, const struct explain_log *log, unsigned hidden)
{
	emit_number(emit, "left_out", NULL, log->left_out, 0);
	emit_number(emit, "unassigned", NULL, log->unassigned, 0);
	if (hidden || log->unassigned || log->left_out)
		emit_text(emit, "\n");
	if (hidden)
		emit_textf(emit, "Lines of normal set-up, not shown (-v explains them): %u\n", hidden);
	if (log->unassigned)
		emit_textf(emit, "Lines 'ITS cmd ... failed' that may belong to one timeout or another: %zu\n", log->unassigned);
	if (log->left_out)
		emit_textf(emit, "More messages than can be held, left out: %zu\n", log->left_out);
}

static void show_log(struct cli *cli, const struct explain_log *log, bool brief)
{
	const struct explain_finding *worst = explain_log_worst(log);
	unsigned hidden = 0, shown = 0;
	int severity;
	size_t i;

	show_verdict(cli->emit, log);
	emit_array(cli->emit, "messages");
	if (severity_of(worst) > ITS_NOTE)
		show_finding(cli->emit, worst, shown++ == 0);
	for (severity = ITS_ERROR; severity >= ITS_NOTE; severity--)
		for (i = 0; i < log->n_findings; i++) {
			const struct explain_finding *finding = &log->findings[i];

			if ((int)severity_of(finding) != severity || (finding == worst && severity > ITS_NOTE))
				continue;
			if (severity == ITS_NOTE && brief && !cli->verbose && !emit_is_json(cli->emit)) {
				hidden += finding->count;
				continue;
			}
			show_finding(cli->emit, finding, shown++ == 0 && severity > ITS_NOTE);
		}
	emit_array_end(cli->emit);
	show_rest(cli->emit, log, hidden);
}

static bool about_queue(const struct explain_log *log)
{
	size_t i;

	for (i = 0; i < log->n_findings; i++)
		if (log->findings[i].is_timeout || dmesg_is(&log->findings[i].message, "queue-not-draining") ||
		    dmesg_is(&log->findings[i].message, "command-failed"))
			return true;
	return false;
}

int explain_text(struct cli *cli, const char *text, size_t size, bool brief)
{
	struct explain_log log;
	int err = explain_log_read(&log, text, size, explain_ring_bytes(cli), &cli->error);

	if (err)
		return err;
	cli_document_begin(cli);
	show_log(cli, &log, brief);
	if (about_queue(&log))
		err = explain_rings(cli, &log);
	cli_document_end(cli);
	explain_log_free(&log);
	return err;
}
