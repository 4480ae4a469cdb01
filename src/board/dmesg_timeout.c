// SPDX-License-Identifier: GPL-2.0-or-later
/* Where does the ITS stand, by the numbers of "ITS queue timeout", and what was waited for? */
#include "its/command.h"
#include "its/dmesg.h"

#define STALLED 1u			/* GITS_CREADR bit 0: Linux prints it with the offset */
#define OFFSET_RES0 0x1eu		/* bits 4:1 */

const char *dmesg_state_name(enum dmesg_state state)
{
	static const char *const names[] = {
		[DMESG_UNTOLD] = "unknown", [DMESG_STALLED] = "stalled", [DMESG_SLOW] = "not-stalled",
		[DMESG_WRAP_RACE] = "wrap-race", [DMESG_NONSENSE] = "nonsense" };

	return names[state];
}

/* Linux since 5.3: both numbers are counted on over the ring's end, so the end is always ahead. */
static void judge_two(struct dmesg_timeout *timeout, uint64_t ring)
{
	uint64_t at = timeout->creadr & ~(uint64_t)STALLED;

	if (timeout->creadr & OFFSET_RES0 || timeout->end % ITS_COMMAND_BYTES || at >= timeout->end ||
	    timeout->end >= 2 * ring || timeout->end - at >= ring)
		return;
	timeout->slot = (unsigned)(at % ring / ITS_COMMAND_BYTES);
	timeout->end_slot = (unsigned)(timeout->end % ring / ITS_COMMAND_BYTES);
	timeout->left = (unsigned)((timeout->end - at) / ITS_COMMAND_BYTES);
	timeout->state = timeout->creadr & STALLED ? DMESG_STALLED : DMESG_SLOW;
}

/*
 * Linux 4.15 to 5.2: offsets as they are. With from < to it is content with
 * CREADR >= to alone, so that an ITS which has gone on past the ring's end
 * seems not to have arrived.
 */
static void judge_three(struct dmesg_timeout *timeout, uint64_t from, uint64_t ring)
{
	uint64_t at = timeout->creadr & ~(uint64_t)STALLED, left;

	if (timeout->creadr & OFFSET_RES0 || timeout->end % ITS_COMMAND_BYTES || from % ITS_COMMAND_BYTES ||
	    at >= ring || timeout->end >= ring || from >= ring)
		return;
	left = (timeout->end + ring - at) % ring;
	if (!left)
		return;
	timeout->slot = (unsigned)(at / ITS_COMMAND_BYTES);
	timeout->end_slot = (unsigned)(timeout->end / ITS_COMMAND_BYTES);
	timeout->first_slot = (unsigned)(from / ITS_COMMAND_BYTES);
	timeout->left = (unsigned)(left / ITS_COMMAND_BYTES);
	if (timeout->creadr & STALLED) {
		timeout->state = DMESG_STALLED;
	} else if (from < timeout->end && at < from && left > ring / 2) {
		/* Nearer behind the post than a lap before it. */
		timeout->state = DMESG_WRAP_RACE;
		timeout->left = 0;
	} else {
		timeout->state = DMESG_SLOW;
	}
}

bool dmesg_timeout(const struct dmesg_message *message, uint64_t ring_bytes,
		   struct dmesg_timeout *timeout)
{
	uint64_t from = 0;

	*timeout = (struct dmesg_timeout){ .state = DMESG_UNTOLD };
	if (!dmesg_is(message, "queue-timeout"))
		return false;
	timeout->ring_slots = (unsigned)(ring_bytes / ITS_COMMAND_BYTES);
	if (!dmesg_number(message, "creadr", &timeout->creadr))
		return true;
	dmesg_number(message, "end", &timeout->end);
	timeout->state = DMESG_NONSENSE;
	if (dmesg_number(message, "from", &from)) {
		timeout->numbers = 3;
		judge_three(timeout, from, ring_bytes);
	} else {
		timeout->numbers = 2;
		judge_two(timeout, ring_bytes);
	}
	return true;
}

enum dmesg_culprit dmesg_culprit(const struct dmesg_timeout *timeout, unsigned slots)
{
	unsigned told = timeout->numbers == 3 && timeout->ring_slots
		      ? (timeout->end_slot + timeout->ring_slots - timeout->first_slot) % timeout->ring_slots : 0;

	/* Linux posts one command and at most a SYNC behind it. */
	if (told == 1 || told == 2)
		slots = told;
	if (timeout->left > 2 || (slots && timeout->left > slots))
		return DMESG_ANOTHER;
	if (!slots)
		return DMESG_OWN_PERHAPS;
	return timeout->left == slots ? DMESG_OWN_COMMAND : DMESG_OWN_SYNC;
}
