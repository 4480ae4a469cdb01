// SPDX-License-Identifier: GPL-2.0-or-later
/* From ACPI tables to the board: the door where the tables are told apart and checked. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "acpi.h"

/* The sum of all bytes of a table is 0, modulo 256. */
static void check_sum(struct acpi *acpi, const struct acpi_table *table, const char *path)
{
	uint8_t sum = 0;

	for (uint32_t i = 0; i < table->length; i++)
		sum = (uint8_t)(sum + table->data[i]);
	if (sum)
		load_lint_path(&acpi->load, ITS_WARNING, "acpi-checksum", path,
			       "the bytes of the table sum up to 0x%02x instead of 0: it was "
			       "changed, or damaged on the way", sum);
}

static void keep_table(struct acpi *acpi, struct acpi_table *table, const uint8_t *data,
		       uint32_t length, const char *path)
{
	if (table->data) {
		load_lint_path(&acpi->load, ITS_NOTE, "acpi-duplicate", path,
			       "there is a second table of this kind; as in Linux only the first "
			       "counts");
		return;
	}
	*table = (struct acpi_table){ .data = data, .length = length, .revision = data[8] };
	check_sum(acpi, table, path);
}

static bool is_signature(const uint8_t *data)
{
	for (size_t i = 0; i < 4; i++)
		if (!isupper(data[i]) && !isdigit(data[i]) && data[i] != '_')
			return false;
	return true;
}

static int split_tables(struct acpi *acpi, const uint8_t *data, size_t size,
			struct its_error *error)
{
	size_t at = 0;

	while (at < size) {
		uint32_t length;

		if (size - at < ACPI_HEADER_SIZE)
			return its_error(error, ITS_ERR_INPUT,
					 "ACPI tables: %zu bytes at offset %zu are too few for a "
					 "table's header", size - at, at);
		if (!is_signature(data + at)) {
			its_error(error, ITS_ERR_INPUT,
				  "ACPI tables: no table at offset %zu: it begins with 0x%08x, "
				  "which is no signature", at, acpi_u32(data + at));
			its_hint(error, "wanted are the binary tables, one behind the other: "
				 "cat /sys/firmware/acpi/tables/APIC /sys/firmware/acpi/tables/IORT");
			return ITS_ERR_INPUT;
		}
		length = acpi_u32(data + at + 4);
		if (length < ACPI_HEADER_SIZE || length > size - at)
			return its_error(error, ITS_ERR_INPUT,
					 "ACPI tables: %.4s at offset %zu: its length is %u, "
					 "there are %zu bytes", (const char *)data + at, at, length,
					 size - at);
		if (!memcmp(data + at, "APIC", 4))
			keep_table(acpi, &acpi->madt, data + at, length, "/MADT");
		else if (!memcmp(data + at, "IORT", 4))
			keep_table(acpi, &acpi->iort, data + at, length, "/IORT");
		at += length;
	}
	return 0;
}

/* OEM ID and OEM table ID of the MADT: all that the tables say of the machine's make. */
static void load_model(struct acpi *acpi)
{
	const uint8_t *oem = acpi->madt.data + 10;
	char text[24], *to = text;

	for (size_t i = 0; i < 14; i++) {
		if (i == 6)
			*to++ = ' ';
		if (oem[i] && oem[i] != ' ')
			*to++ = isgraph(oem[i]) ? (char)oem[i] : '?';
	}
	*to = '\0';
	if (strcmp(text, " "))
		acpi->load.board->model = load_string(&acpi->load, text);
}

int board_load_acpi(struct board *board, const void *tables, size_t size, struct its_error *error)
{
	struct acpi acpi = { .load.board = board };
	int err;

	*board = (struct board){ .acpi = true };
	if (!size)
		return its_error(error, ITS_ERR_INPUT, "ACPI tables: there are none");
	err = split_tables(&acpi, tables, size, error);
	if (!err && acpi.madt.data) {
		load_model(&acpi);
		acpi_load_madt(&acpi);
		if (!acpi.load.out_of_memory)
			acpi_load_iort(&acpi);
	}
	if (!err && acpi.load.out_of_memory)
		err = its_no_memory(error, "what the ACPI tables hold");
	if (err)
		board_free(board);
	return err;
}
