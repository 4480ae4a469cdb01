// SPDX-License-Identifier: GPL-2.0-or-later
/* Which line of /proc/interrupts belongs to an event of a device? */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "its/board.h"
#include "its/number.h"

#define COLUMNS (sizeof(((struct board_interrupt *)0)->per_cpu) / sizeof(uint64_t))
#define DOMAIN_NAME_MAX 47	/* Linux: struct msi_domain_template.name is cut there */
#define OLD_VECTORS 2048	/* Linux: pci_msi_domain_calc_hwirq() leaves 11 bits */

struct word { const char *text; size_t length; };

/* The next run of non-blanks between *@p and @end. */
static bool next_word(const char **p, const char *end, struct word *word)
{
	const char *start = *p;

	while (start < end && (*start == ' ' || *start == '\t'))
		start++;
	word->text = start;
	while (start < end && *start != ' ' && *start != '\t')
		start++;
	word->length = (size_t)(start - word->text);
	*p = start;
	return word->length != 0;
}

static void copy_text(char *to, size_t size, const char *text, size_t length)
{
	if (length > size - 1)
		length = size - 1;
	for (size_t i = 0; i < length; i++)
		to[i] = text[i] >= 0x20 && text[i] < 0x7f ? text[i] : '?';
	to[length] = '\0';
}

/* The numbers of the CPUs that have a column, from the first line; how many. */
static unsigned read_header(const char *line, const char *end, unsigned cpu[COLUMNS])
{
	struct word word;
	unsigned n = 0;

	while (next_word(&line, end, &word)) {
		uint64_t number;

		if (word.length < 4 || memcmp(word.text, "CPU", 3) ||
		    !its_number_parse_n(word.text + 3, word.length - 3, &number))
			return 0;
		if (n < COLUMNS)
			cpu[n] = (unsigned)number;
		n++;
	}
	return n;
}

/* Linux: show_interrupts(). False for lines of another shape ("IPI0:", "Err:"). */
static bool read_line(const char *line, const char *end, struct board_interrupt *interrupt,
		      struct word *chip)
{
	struct word word;
	uint64_t number;

	if (!next_word(&line, end, &word) || word.text[word.length - 1] != ':' ||
	    !its_number_parse_n(word.text, word.length - 1, &number) || number > UINT32_MAX)
		return false;
	interrupt->irq = (unsigned)number;
	interrupt->count = 0;
	interrupt->cpus = 0;
	/* No chip is named by digits alone, so the columns end where the numbers do. */
	while (next_word(&line, end, chip) &&
	       its_number_parse_n(chip->text, chip->length, &number)) {
		if (interrupt->cpus < COLUMNS)
			interrupt->per_cpu[interrupt->cpus] = number;
		interrupt->count += number;
		interrupt->cpus++;
	}
	if (!chip->length || !next_word(&line, end, &word) ||
	    !its_number_parse_n(word.text, word.length, &interrupt->hwirq))
		return false;
	copy_text(interrupt->chip, sizeof(interrupt->chip), chip->text, chip->length);

	/* "Edge", a flow handler's name such as "-edge", then the owners. */
	while (line < end && *line == ' ')
		line++;
	if (end - line >= 4 && !memcmp(line, "Edge", 4))
		line += 4;
	else if (end - line >= 5 && !memcmp(line, "Level", 5))
		line += 5;
	while (line < end && *line == ' ')
		line++;
	if (line < end && *line == '-')
		next_word(&line, end, &word);
	while (line < end && *line == ' ')
		line++;
	while (end > line && (end[-1] == ' ' || end[-1] == '\r'))
		end--;
	copy_text(interrupt->action, sizeof(interrupt->action), line, (size_t)(end - line));
	return true;
}

/*
 * Linux 6.11 and later name a domain for each device, "ITS-" KIND "-" NAME,
 * where KIND is PCI-MSI, PCI-MSIX, pMSI and the like; cut to 47 characters.
 */
static bool chip_of(const struct word *chip, const char *name)
{
	const char *p = chip->text, *end = chip->text + chip->length;
	size_t length = strlen(name), left;

	if (chip->length < 4 || memcmp(p, "ITS-", 4))
		return false;
	p += 4;
	if (end - p >= 4 && !memcmp(p, "PCI-", 4))
		p += 4;
	p = memchr(p, '-', (size_t)(end - p));
	if (!p)
		return false;
	left = (size_t)(end - ++p);
	if (left == length)
		return !memcmp(p, name, length);
	return chip->length == DOMAIN_NAME_MAX && left && left < length && !memcmp(p, name, left);
}

static bool chip_is(const struct word *chip, const char *name)
{
	return chip->length == strlen(name) && !memcmp(chip->text, name, chip->length);
}

/* The name that Linux gives @device, or NULL. */
static const char *linux_name(const struct board_device *device, char *buffer, size_t size)
{
	return device->is_pci ? board_device_name(device, buffer, size) : device->linux_name;
}

bool board_interrupt_find(const char *text, size_t size, const struct board_device *device,
			  uint32_t event_id, struct board_interrupt *interrupt)
{
	const char *line = text, *end = text + size;
	/* Linux before 6.11: pci_msi_domain_calc_hwirq() */
	uint64_t old = (uint64_t)device->pci_domain << 27 | (uint32_t)device->rid << 11 | event_id;
	bool has_old = device->is_pci && event_id < OLD_VECTORS;
	unsigned cpu[COLUMNS], columns = 0;
	char buffer[32];
	const char *name = linux_name(device, buffer, sizeof(buffer));

	while (line < end) {
		const char *stop = memchr(line, '\n', (size_t)(end - line));
		struct word chip;

		if (!stop)
			stop = end;
		*interrupt = (struct board_interrupt){ 0 };
		if (line == text)
			columns = read_header(line, stop, cpu);
		if (read_line(line, stop, interrupt, &chip) &&
		    ((name && chip_of(&chip, name) && interrupt->hwirq == event_id) ||
		     (has_old && chip_is(&chip, "ITS-MSI") && interrupt->hwirq == old))) {
			/* A CPU may have come or gone since the header was written. */
			for (unsigned i = 0; i < COLUMNS && i < interrupt->cpus; i++)
				interrupt->cpu[i] = columns == interrupt->cpus ? cpu[i] : i;
			return true;
		}
		line = stop < end ? stop + 1 : end;
	}
	return false;
}
