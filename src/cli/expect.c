// SPDX-License-Identifier: GPL-2.0-or-later
/* What does an expectation say, and does a fact stand up to it? */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "expect.h"
#include "its/closest.h"
#include "its/number.h"

const char *const expect_queue_keys[] = {
	"pending", "stalled", "slots", "creadr", "cwriter", "moved", NULL
};
const char *const expect_map_keys[] = {
	"state", "pintid", "icid", "cpu", "rdbase", "enabled", "priority", "pending", "irq", NULL };
const char *const expect_states[] = { "mapped", "unmapped", "unknown", NULL };
const char *const expect_operators[] = { "==", "!=", "<", "<=", ">", ">=", NULL };

/* The words that are left, one after the other. */
struct words { int count; char **next; };

static const char *take(struct words *words)
{
	return words->count > 0 ? words->count--, *words->next++ : NULL;
}

static int find_word(const char *const *list, const char *word)
{
	int i;

	for (i = 0; word && list[i]; i++)
		if (!strcmp(list[i], word))
			return i;
	return -1;
}

static bool has_field(const struct its_field *fields, const char *name)
{
	for (; fields && fields->name; fields++)
		if (!strcasecmp(fields->name, name) || !strcasecmp(fields->key, name))
			return true;
	return false;
}

static int no_field(const struct its_register *row, const char *field, struct its_error *error)
{
	const char *names[48], *close;
	char list[400] = "";
	size_t i, used = 0;

	for (i = 0; row->fields[i].name && i < 47; i++) {
		names[i] = row->fields[i].name;
		if (used < sizeof(list))
			used += (size_t)snprintf(list + used, sizeof(list) - used, "%s%s", i ? ", " : "",
						 names[i]);
	}
	names[i] = NULL;
	close = its_closest(field, names);
	its_error(error, ITS_ERR_USAGE, "%s has no field '%s'", row->name, field);
	return close ? its_hint(error, "did you mean %s?", close) :
		       its_hint(error, "it has %s", *list ? list : "none");
}

/* NAME[@INDEX][.FIELD] */
static int parse_register(struct expect *expect, const char *text, struct its_error *error)
{
	size_t length = strcspn(text, "@.");
	const char *rest = text + length, *const *slot;
	char name[32];

	snprintf(name, sizeof(name), "%.*s", (int)(length < sizeof(name) ? length : sizeof(name) - 1),
		 text);
	expect->about = EXPECT_REGISTER;
	expect->row = length < sizeof(name) ? its_register_by_name(name) : NULL;
	if (!expect->row) {
		const char *close = its_register_closest(name);

		close = close ? close : its_closest(name, expect_queue_keys);
		its_error(error, ITS_ERR_USAGE,
			  "expect: '%.60s' is neither a register nor a fact of the queue", text);
		if (close)
			return its_hint(error, "did you mean %s?", close);
		return its_hint(error, "a register's field (CREADR.Stalled), pending, stalled, slots, creadr, cwriter, moved, map DEVICE:EVENT KEY, irq DEVICE:EVENT");
	}
	if (*rest == '@') {
		length = strcspn(++rest, ".");
		expect->has_index = its_number_parse_n(rest, length, &expect->index);
		if (!expect->has_index ||
		    (expect->row->frame != ITS_FRAME_GICR && expect->row->frame != ITS_FRAME_GICR_VLPI)) {
			its_error(error, ITS_ERR_USAGE, "expect: %.60s: @ and the index of a redistributor go with GICR_ registers", text);
			return its_hint(error, "GICR_CTLR@1.EnableLPIs");
		}
		rest += length;
	}
	snprintf(expect->field, sizeof(expect->field), "%s", *rest ? rest + 1 : "");
	if (*rest && !has_field(expect->row->fields, rest + 1) &&
	    !has_field(expect->row->fields_v41, rest + 1))
		return no_field(expect->row, rest + 1, error);
	if (expect->row->access == ITS_ACCESS_WO)
		return its_error(error, ITS_ERR_USAGE, "expect: %s is write-only", expect->row->name);
	/* One is a slot, the other an offset with a flag: nobody should have to guess. */
	for (slot = (const char *const[]){ "creadr", "cwriter", NULL }; !*rest && *slot; slot++)
		if (!strcasecmp(text, *slot)) {
			its_error(error, ITS_ERR_USAGE, "expect: %s is the register or the slot?", text);
			return its_hint(error, "%s is the register, %s in lower case the slot", expect->row->name,
					*slot);
		}
	return 0;
}

/* DEVICE:EVENT; a device may have colons itself. */
static int parse_event(struct expect *expect, const char *what, const char *text, struct its_error *error)
{
	const char *colon = text ? strrchr(text, ':') : NULL;

	if (!colon || colon == text || !colon[1] || (size_t)(colon - text) >= sizeof(expect->device) ||
	    strlen(colon + 1) >= sizeof(expect->event)) {
		if (text)
			its_error(error, ITS_ERR_USAGE, "expect %s: '%.60s' is not DEVICE:EVENT", what, text);
		else
			its_error(error, ITS_ERR_USAGE, "expect %s: DEVICE:EVENT is missing", what);
		return its_hint(error, "1:0, 0000:01:00.0:3, /soc/device@1000:0");
	}
	snprintf(expect->device, sizeof(expect->device), "%.*s", (int)(colon - text), text);
	snprintf(expect->event, sizeof(expect->event), "%s", colon + 1);
	return 0;
}

static int parse_about(struct expect *expect, struct words *words, struct its_error *error)
{
	const char *word = take(words), *key;
	int err;

	if (!word) {
		its_error(error, ITS_ERR_USAGE, "expect what?");
		return its_hint(error, "expect CREADR.Stalled == 0, expect pending == 0, expect map 1:0 state == mapped, expect irq 1:0 +1");
	}
	if (!strcmp(word, "map")) {
		expect->about = EXPECT_MAP;
		err = parse_event(expect, "map", take(words), error);
		if (err)
			return err;
		key = take(words);
		expect->key = find_word(expect_map_keys, key);
		if (expect->key >= 0)
			return 0;
		if (key)
			its_error(error, ITS_ERR_USAGE, "expect map: '%.60s' is not what a mapping has", key);
		else
			its_error(error, ITS_ERR_USAGE, "expect map: what of the mapping?");
		if (key && its_closest(key, expect_map_keys))
			return its_hint(error, "did you mean %s?", its_closest(key, expect_map_keys));
		return its_hint(error, "state, pintid, icid, cpu, rdbase, enabled, priority, pending, irq");
	}
	if (!strcmp(word, "irq")) {
		expect->about = EXPECT_IRQ;
		return parse_event(expect, "irq", take(words), error);
	}
	expect->about = EXPECT_QUEUE;
	expect->key = find_word(expect_queue_keys, word);
	return expect->key >= 0 ? 0 : parse_register(expect, word, error);
}

/* OPERATOR VALUE, or +N for an interrupt. */
static int parse_condition(struct expect *expect, struct words *words, struct its_error *error)
{
	const char *word = take(words), *value;
	int op = find_word(expect_operators, word);

	if (expect->about == EXPECT_IRQ && word && *word == '+') {
		op = EXPECT_EQ;
		value = word + 1;
	} else if (op < 0) {
		if (word)
			its_error(error, ITS_ERR_USAGE, "expect: '%.60s' is not an operator", word);
		else
			its_error(error, ITS_ERR_USAGE, "expect: the operator and the value are missing");
		return its_hint(error, "==, !=, <, <=, >, >=%s",
				expect->about == EXPECT_IRQ ? ", or +N for exactly N more" : "");
	} else {
		value = take(words);
	}
	expect->op = (enum expect_operator)op;
	expect->is_number = value && its_number_parse(value, &expect->number);
	if (!value || !*value || strlen(value) >= sizeof(expect->wanted)) {
		its_error(error, ITS_ERR_USAGE, "expect: the value is missing or too long");
		return its_hint(error, "expect pending == 0");
	}
	snprintf(expect->wanted, sizeof(expect->wanted), "%s", value);
	return 0;
}

static bool is_name_of(const struct its_field *fields, const char *field, const char *name)
{
	uint64_t i;

	for (; fields && fields->name; fields++)
		if (fields->names && (!strcasecmp(fields->name, field) || !strcasecmp(fields->key, field)))
			for (i = 0; fields->names[i]; i++)
				if (!strcasecmp(fields->names[i], name))
					return true;
	return false;
}

/* A word that the fact can never be is a mistake in the script, and not an answer of the hardware. */
static int check_word(const struct expect *expect, struct its_error *error)
{
	const char *word = expect->wanted;
	bool is_state = expect->about == EXPECT_MAP && expect->key == EXPECT_STATE, ok;

	if (is_state)
		ok = find_word(expect_states, word) >= 0;
	else if (expect->about == EXPECT_REGISTER)
		ok = is_name_of(expect->row->fields, expect->field, word) ||
		     is_name_of(expect->row->fields_v41, expect->field, word);
	else
		ok = expect->about == EXPECT_MAP && !strcmp(word, "unknown");
	if (ok && expect->op != EXPECT_EQ && expect->op != EXPECT_NE)
		return its_error(error, ITS_ERR_USAGE, "expect: '%s' is a name: only == and != go with it",
				 word);
	if (ok)
		return 0;
	if (is_state) {
		its_error(error, ITS_ERR_USAGE, "expect: '%s' is not a state", word);
		return its_hint(error, "a state is mapped, unmapped or unknown");
	}
	its_error(error, ITS_ERR_USAGE, "expect: '%s' is not a number%s", word,
		  expect->about == EXPECT_REGISTER ? " and not the name of a value" : "");
	return its_hint(error, "numbers are C literals: 16, 0x10%s",
			expect->about == EXPECT_MAP ? "; or unknown" : "");
}

int expect_parse(struct expect *expect, int argc, char **argv, struct its_error *error)
{
	struct words words = { argc, argv };
	const char *word;
	uint64_t ms;
	int err;

	memset(expect, 0, sizeof(*expect));
	err = parse_about(expect, &words, error);
	if (!err)
		err = parse_condition(expect, &words, error);
	if (!err && (!expect->is_number || (expect->about == EXPECT_MAP && expect->key == EXPECT_STATE)))
		err = check_word(expect, error);
	while (!err && (word = take(&words))) {
		const char *value = take(&words);

		if (!strcmp(word, "within") && value && its_number_parse(value, &ms) && ms &&
		    ms <= CLI_MS_MAX) {
			expect->within_ms = (unsigned)ms;
		} else if (!strcmp(word, "since") && value && !strcmp(value, "mark") &&
			   expect->about == EXPECT_IRQ) {
			expect->since_mark = true;
		} else {
			its_error(error, ITS_ERR_USAGE, "expect: '%.60s%s%.60s' behind the value", word,
				  value ? " " : "", value ? value : "");
			err = its_hint(error, "'within MS' (1 to %u), and 'since mark' for an interrupt, may stand there",
				       CLI_MS_MAX);
		}
	}
	return err;
}

bool expect_holds(const struct expect *expect, const struct expect_fact *fact)
{
	uint64_t is = fact->number, wanted = expect->number;

	if (!expect->is_number) {
		bool same = !strcasecmp(fact->known ? fact->name : "unknown", expect->wanted);

		/* What is not known is not known to be different either. */
		if (!fact->known && strcmp(expect->wanted, "unknown"))
			return false;
		return expect->op == EXPECT_EQ ? same : !same;
	}
	if (!fact->known || !fact->is_number)
		return false;
	switch (expect->op) {
	case EXPECT_EQ:
		return is == wanted;
	case EXPECT_NE:
		return is != wanted;
	case EXPECT_LT:
		return is < wanted;
	case EXPECT_LE:
		return is <= wanted;
	case EXPECT_GT:
		return is > wanted;
	case EXPECT_GE:
		return is >= wanted;
	}
	return false;
}

const char *expect_fact_text(const struct expect_fact *fact, char *buffer, size_t size)
{
	char value[120];

	if (!fact->known)
		snprintf(value, sizeof(value), "%s", *fact->name ? fact->name : "unknown");
	else if (!fact->is_number)
		snprintf(value, sizeof(value), "%s", fact->name);
	else
		snprintf(value, sizeof(value), fact->in_hex ? "0x%llx%s%s%s" : "%llu%s%s%s",
			 (unsigned long long)fact->number, *fact->name ? " (" : "", fact->name,
			 *fact->name ? ")" : "");
	snprintf(buffer, size, "%s%s%s%s", value, *fact->where ? " (" : "", fact->where,
		 *fact->where ? ")" : "");
	return buffer;
}

const char *expect_wanted_text(const struct expect *expect, char *buffer, size_t size)
{
	int used = snprintf(buffer, size, "%s %s", expect_operators[expect->op], expect->wanted);

	if (expect->within_ms && used > 0 && (size_t)used < size)
		snprintf(buffer + used, size - (size_t)used, " within %u ms", expect->within_ms);
	return buffer;
}
