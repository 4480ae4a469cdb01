// SPDX-License-Identifier: GPL-2.0-or-later
/* The table of commands, and what is computed from it. Bit positions: reference 1.4 to 1.6. */
#include <string.h>
#include <strings.h>

#include "its/command.h"

#define FIELD(ID, NAME, KEY, KIND, WORD, HIGH, LOW, ...)                                   \
	{ .id = ITS_FIELD_##ID, .name = NAME, .key = KEY, .kind = ITS_KIND_##KIND,         \
	  .word = WORD, .high = HIGH, .low = LOW, __VA_ARGS__ }
#define OPTIONAL .optional = true
#define V40 .layouts = ITS_LAYOUT_V40
#define V41 .layouts = ITS_LAYOUT_V41

/* Fields that stand at the same place in every command that has them. */
#define DEVICE_ID	FIELD(DEVICE_ID, "DeviceID", "device_id", ID, 0, 63, 32)
#define EVENT_ID	FIELD(EVENT_ID, "EventID", "event_id", NUMBER, 1, 31, 0)
#define PINTID		FIELD(PINTID, "pINTID", "pintid", NUMBER, 1, 63, 32)
#define ICID		FIELD(ICID, "ICID", "icid", NUMBER, 2, 15, 0)
#define VALID		FIELD(V, "V", "valid", FLAG, 2, 63, 63)
#define RDBASE		FIELD(RDBASE, "RDbase", "rdbase", RDBASE, 2, 51, 16)
#define VPEID		FIELD(VPEID, "vPEID", "vpeid", NUMBER, 1, 47, 32)
#define DBELL		FIELD(DBELL_PINTID, "Dbell_pINTID", "dbell_pintid", NUMBER, 2, 63, 32)
#define VPT_ADDR	FIELD(VPT_ADDR, "VPT_addr", "vpt_addr", ADDRESS, 3, 51, 16)

#define ROW(NAME, OPCODE, SINCE, MAPPING, SYNCED, SUMMARY, ...)                            \
	{ .name = NAME, .opcode = OPCODE, .since = ITS_SINCE_##SINCE, .mapping = MAPPING,  \
	  .synced = SYNCED, .summary = SUMMARY, .fields = (const struct its_field[]){ __VA_ARGS__ { .name = NULL } } }

/* SINCE, MAPPING and SYNCED: include/its/command.h. */
static const struct its_command commands[] = {
	ROW("MOVI", ITS_MOVI, GICV3, true, true, "move an event to another collection",
	    DEVICE_ID, EVENT_ID, ICID,),
	ROW("INT", ITS_INT, GICV3, false, true, "make an event pending, as its MSI would",
	    DEVICE_ID, EVENT_ID,),
	ROW("CLEAR", ITS_CLEAR, GICV3, false, true, "clear the pending state of an event",
	    DEVICE_ID, EVENT_ID,),
	ROW("SYNC", ITS_SYNC, GICV3, false, false, "wait for the effects on one redistributor",
	    RDBASE,),
	ROW("MAPD", ITS_MAPD, GICV3, true, false, "map a device to its interrupt translation table",
	    DEVICE_ID, FIELD(SIZE, "Size", "size", BITS_MINUS1, 1, 4, 0),
	    FIELD(ITT_ADDR, "ITT_addr", "itt_addr", ADDRESS, 2, 51, 8), VALID,),
	ROW("MAPC", ITS_MAPC, GICV3, true, true, "map a collection to a redistributor",
	    ICID, RDBASE, VALID,),
	ROW("MAPTI", ITS_MAPTI, GICV3, true, true, "map an event to an LPI and a collection",
	    DEVICE_ID, EVENT_ID, PINTID, ICID,),
	ROW("MAPI", ITS_MAPI, GICV3, true, true, "map an event to the LPI of the same number",
	    DEVICE_ID, EVENT_ID, ICID,),
	ROW("INV", ITS_INV, GICV3, false, true, "read an event's LPI configuration again",
	    DEVICE_ID, EVENT_ID,),
	/* Linux before December 2021 posts it alone. */
	ROW("INVALL", ITS_INVALL, GICV3, false, false, "read the LPI configuration of a collection again",
	    ICID,),
	ROW("MOVALL", ITS_MOVALL, GICV3, true, false, "move all pending LPIs between redistributors",
	    FIELD(RDBASE, "RDbase1", "rdbase1", RDBASE, 2, 51, 16),
	    FIELD(RDBASE2, "RDbase2", "rdbase2", RDBASE, 3, 51, 16),),
	ROW("DISCARD", ITS_DISCARD, GICV3, true, true, "unmap an event and drop its pending state",
	    DEVICE_ID, EVENT_ID,),
	ROW("VMOVI", ITS_VMOVI, GICV4, true, true, "move an event to another vPE",
	    DEVICE_ID, EVENT_ID, VPEID, FIELD(D, "D", "d", FLAG, 2, 0, 0, OPTIONAL), DBELL,),
	ROW("VMOVP", ITS_VMOVP, GICV4, true, true, "move a vPE to another redistributor",
	    FIELD(SEQUENCE_NUMBER, "SequenceNumber", "sequence_number", NUMBER, 0, 47, 32, OPTIONAL),
	    FIELD(ITS_LIST, "ITSList", "its_list", ID, 1, 15, 0, OPTIONAL),
	    VPEID, RDBASE, FIELD(DB, "DB", "db", FLAG, 2, 63, 63, V41, OPTIONAL),
	    FIELD(DEFAULT_DOORBELL, "Default_Doorbell", "default_doorbell", NUMBER, 3, 31, 0, V41,
		  OPTIONAL),),
	ROW("VSGI", ITS_VSGI, GICV41, true, true, "configure or clear a virtual SGI",
	    FIELD(E, "E", "enable", FLAG, 0, 8, 8, OPTIONAL),
	    FIELD(C, "C", "clear", FLAG, 0, 9, 9, OPTIONAL),
	    FIELD(G, "G", "group", FLAG, 0, 10, 10, OPTIONAL),
	    FIELD(PRIORITY, "Priority", "priority", NUMBER, 0, 23, 20, OPTIONAL),
	    FIELD(VSGI, "vSGI", "vsgi", NUMBER, 0, 35, 32), VPEID,),
	ROW("VSYNC", ITS_VSYNC, GICV4, false, false, "wait for the effects on one vPE",
	    VPEID,),
	ROW("VMAPP", ITS_VMAPP, GICV4, true, false, "map a vPE to a redistributor and its pending table",
	    FIELD(ALLOC, "Alloc", "alloc", FLAG, 0, 8, 8, V41, OPTIONAL),
	    FIELD(PTZ, "PTZ", "ptz", FLAG, 0, 9, 9, V41, OPTIONAL),
	    FIELD(VCONF_ADDR, "VCONF_ADDR", "vconf_addr", ADDRESS, 0, 51, 16, V41),
	    FIELD(DEFAULT_DOORBELL, "Default_Doorbell", "default_doorbell", NUMBER, 1, 31, 0, V41,
		  OPTIONAL),
	    VPEID, RDBASE, VALID,
	    /* Minus 1 in Linux; Gunyah says not so on GICv4.1, where it is wider: reference 1.6. */
	    FIELD(VPT_SIZE, "VPT_size", "vpt_size", NUMBER, 3, 4, 0, V40),
	    FIELD(VPT_SIZE, "VPT_size", "vpt_size", NUMBER, 3, 7, 0, V41),
	    VPT_ADDR,),
	ROW("VMAPTI", ITS_VMAPTI, GICV4, true, true, "map an event to a virtual LPI of a vPE",
	    DEVICE_ID, EVENT_ID, VPEID,
	    FIELD(VINTID, "vINTID", "vintid", NUMBER, 2, 31, 0), DBELL,),
	ROW("VMAPI", ITS_VMAPI, GICV4, true, true, "map an event to the virtual LPI of the same number",
	    DEVICE_ID, EVENT_ID, VPEID, DBELL,),
	ROW("VINVALL", ITS_VINVALL, GICV4, false, true, "read the LPI configuration of a vPE again",
	    VPEID,),
	ROW("INVDB", ITS_INVDB, GICV41, false, true, "read the configuration of a vPE's default doorbell again",
	    VPEID,),
};

#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

const struct its_command *its_command_at(size_t index)
{
	return index < COMMANDS ? &commands[index] : NULL;
}

const struct its_command *its_command_by_opcode(uint64_t dw0)
{
	uint8_t opcode = dw0 & 0xff;
	size_t low = 0, high = COMMANDS;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (commands[middle].opcode == opcode)
			return &commands[middle];
		if (commands[middle].opcode < opcode)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

const struct its_command *its_command_by_name(const char *name)
{
	size_t i;

	if (!strcasecmp(name, "MAPVI"))		/* the name in early drafts */
		name = "MAPTI";
	for (i = 0; i < COMMANDS; i++)
		if (!strcasecmp(commands[i].name, name))
			return &commands[i];
	return NULL;
}

const struct its_field *its_command_field(const struct its_field *field, enum its_layout layout)
{
	while (field->name && !its_field_in_layout(field, layout))
		field++;
	return field->name ? field : NULL;
}

static const struct its_field *find_field(const struct its_command *command, enum its_layout layout,
					  enum its_field_id id)
{
	const struct its_field *field;

	if (command)
		its_command_for_each_field(field, command, layout)
			if (field->id == id)
				return field;
	return NULL;
}

bool its_command_get(const uint64_t words[ITS_COMMAND_WORDS], enum its_layout layout,
		     enum its_field_id id, uint64_t *value)
{
	const struct its_field *field = find_field(its_command_by_opcode(words[0]), layout, id);

	if (!field)
		return false;
	*value = its_field_get(field, words);
	return true;
}

bool its_command_reserved(const uint64_t words[ITS_COMMAND_WORDS], enum its_layout layout,
			  uint64_t reserved[ITS_COMMAND_WORDS])
{
	const struct its_command *command = its_command_by_opcode(words[0]);
	const struct its_field *field;

	memcpy(reserved, words, ITS_COMMAND_BYTES);
	reserved[0] &= ~UINT64_C(0xff);
	if (command)
		its_command_for_each_field(field, command, layout)
			reserved[field->word] &= ~its_field_mask(field);
	return reserved[0] | reserved[1] | reserved[2] | reserved[3];
}

void its_command_init(const struct its_command *command, uint64_t words[ITS_COMMAND_WORDS])
{
	memset(words, 0, ITS_COMMAND_BYTES);
	words[0] = command->opcode;
}

bool its_command_set(uint64_t words[ITS_COMMAND_WORDS], enum its_layout layout,
		     enum its_field_id id, uint64_t value)
{
	const struct its_field *field = find_field(its_command_by_opcode(words[0]), layout, id);

	if (!field || !its_field_fits(field, value))
		return false;
	its_field_set(field, words, value);
	return true;
}

static void build_event(uint64_t words[ITS_COMMAND_WORDS], enum its_opcode opcode,
			uint32_t device_id, uint32_t event_id)
{
	its_command_init(its_command_by_opcode(opcode), words);
	its_command_set(words, ITS_LAYOUT_V40, ITS_FIELD_DEVICE_ID, device_id);
	its_command_set(words, ITS_LAYOUT_V40, ITS_FIELD_EVENT_ID, event_id);
}

void its_command_build_int(uint64_t words[ITS_COMMAND_WORDS], uint32_t device_id, uint32_t event_id)
{
	build_event(words, ITS_INT, device_id, event_id);
}

void its_command_build_inv(uint64_t words[ITS_COMMAND_WORDS], uint32_t device_id, uint32_t event_id)
{
	build_event(words, ITS_INV, device_id, event_id);
}

void its_command_build_sync(uint64_t words[ITS_COMMAND_WORDS], uint64_t rdbase)
{
	its_command_init(its_command_by_opcode(ITS_SYNC), words);
	its_command_set(words, ITS_LAYOUT_V40, ITS_FIELD_RDBASE, rdbase);
}
