// SPDX-License-Identifier: GPL-2.0-or-later
/* Which line of /proc/interrupts belongs to an event of a device? */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "its/board.h"
#include "its/number.h"

#define COLUMNS (sizeof(((struct board_interrupt *)0)->per_cpu) / sizeof(uint64_t))
#define DOMAIN_NAME_MAX 47	/* Linux: struct msi_domain_template.name is cut there */
#define INTERRUPTS_MAX (64u << 20)	/* bytes: 512 CPUs and 10,000 interrupts */
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
 * The NAME, or false; @cut if more of it may have stood there.
 */
static bool chip_device(const struct word *chip, struct word *name, bool *cut)
{
	const char *p = chip->text, *end = chip->text + chip->length;

	if (chip->length < 4 || memcmp(p, "ITS-", 4))
		return false;
	p += 4;
	if (end - p >= 4 && !memcmp(p, "PCI-", 4))
		p += 4;
	p = memchr(p, '-', (size_t)(end - p));
	if (!p || ++p == end)
		return false;
	*name = (struct word){ p, (size_t)(end - p) };
	*cut = chip->length == DOMAIN_NAME_MAX;
	return true;
}

static bool chip_of(const struct word *chip, const char *name)
{
	size_t length = strlen(name);
	struct word word;
	bool cut;

	return chip_device(chip, &word, &cut) && word.length <= length &&
	       !memcmp(word.text, name, word.length) && (cut || word.length == length);
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

/* Linux before 6.11, of "ITS-MSI": pci_msi_domain_calc_hwirq(). False if it has no such number. */
static bool old_hwirq(const struct board_device *device, uint32_t event_id, uint64_t *hwirq)
{
	*hwirq = (uint64_t)device->pci_domain << 27 | (uint32_t)device->rid << 11 | event_id;
	return device->is_pci && event_id < OLD_VECTORS;
}

/* A CPU may have come or gone since the header was written: then the columns are numbered. */
static void name_columns(struct board_interrupt *interrupt, const unsigned cpu[COLUMNS],
			 unsigned columns)
{
	for (unsigned i = 0; i < COLUMNS && i < interrupt->cpus; i++)
		interrupt->cpu[i] = columns == interrupt->cpus ? cpu[i] : i;
}

bool board_interrupt_find(const char *text, size_t size, const struct board_device *device,
			  uint32_t event_id, struct board_interrupt *interrupt)
{
	const char *line = text, *end = text + size;
	uint64_t old;
	bool has_old = old_hwirq(device, event_id, &old);
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
			name_columns(interrupt, cpu, columns);
			return true;
		}
		line = stop < end ? stop + 1 : end;
	}
	return false;
}

/* A line as the index knows it; offsets are in the text. What is found is read again. */
struct board_interrupts_row {
	uint64_t hwirq;
	uint32_t line;
	uint32_t name, length;		/* of the device; of the old ITS-MSI none */
	bool cut, old;			/* neither, and length 0: of no device */
};

struct board_interrupts_irq { uint32_t irq, line; };

static int compare(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

/* By old, name, cut and hwirq; by_device() adds the line, so that the first that fits is the file's. */
static int compare_row(const struct board_interrupts_row *x, const char *x_name,
		       const struct board_interrupts_row *y, const char *y_name)
{
	int order = compare(x->old, y->old);

	if (!order)
		order = compare(x->length, y->length);
	if (!order)
		order = memcmp(x_name, y_name, x->length);
	if (!order)
		order = compare(x->cut, y->cut);
	return order ? order : compare(x->hwirq, y->hwirq);
}

static int by_device(const void *a, const void *b, void *text)
{
	const struct board_interrupts_row *x = a, *y = b;
	const char *start = text;
	int order = compare_row(x, start + x->name, y, start + y->name);

	return order ? order : compare(x->line, y->line);
}

static int by_irq(const void *a, const void *b)
{
	const struct board_interrupts_irq *x = a, *y = b;

	return x->irq == y->irq ? compare(x->line, y->line) : compare(x->irq, y->irq);
}

/* Room for one more in both lists, which grow as one. */
static bool grow(struct board_interrupts *interrupts)
{
	size_t n = interrupts->n, room = n ? 2 * n : 64;
	void *rows, *irqs;

	if (n & (n - 1) || (n && n < 64))
		return true;
	rows = realloc(interrupts->rows, room * sizeof(*interrupts->rows));
	if (rows)
		interrupts->rows = rows;
	irqs = realloc(interrupts->irqs, room * sizeof(*interrupts->irqs));
	if (irqs)
		interrupts->irqs = irqs;
	return rows && irqs;
}

/* False without memory. */
static bool index_line(struct board_interrupts *interrupts, const char *line, const char *end)
{
	struct board_interrupts_row row = { .line = (uint32_t)(line - interrupts->text) };
	struct board_interrupt interrupt;
	struct word chip, name;

	if (!read_line(line, end, &interrupt, &chip))
		return true;
	if (!grow(interrupts))
		return false;
	row.hwirq = interrupt.hwirq;
	row.old = chip_is(&chip, "ITS-MSI");
	if (chip_device(&chip, &name, &row.cut)) {
		row.name = (uint32_t)(name.text - interrupts->text);
		row.length = (uint32_t)name.length;
		interrupts->has_cut |= row.cut;
	}
	interrupts->irqs[interrupts->n] = (struct board_interrupts_irq){ interrupt.irq, row.line };
	interrupts->rows[interrupts->n++] = row;
	return true;
}

static const char *line_end(const struct board_interrupts *interrupts, const char *line)
{
	const char *end = interrupts->text + interrupts->size;
	const char *stop = memchr(line, '\n', (size_t)(end - line));

	return stop ? stop : end;
}

int board_interrupts_load(struct board_interrupts *interrupts, const char *text, size_t size,
			  struct its_error *error)
{
	const char *line, *end;

	*interrupts = (struct board_interrupts){ .size = size };
	if (size > INTERRUPTS_MAX)
		return its_error(error, ITS_ERR_INPUT, "/proc/interrupts: %zu bytes are more than %u",
				 size, INTERRUPTS_MAX);
	interrupts->text = malloc(size + 1);
	if (!interrupts->text)
		goto no_memory;
	memcpy(interrupts->text, text, size);
	line = interrupts->text;
	interrupts->columns = read_header(line, line_end(interrupts, line), interrupts->cpu);
	for (; line < interrupts->text + size; line = end + 1) {
		end = line_end(interrupts, line);
		if (!index_line(interrupts, line, end))
			goto no_memory;
	}
	if (interrupts->n) {
		qsort_r(interrupts->rows, interrupts->n, sizeof(*interrupts->rows), by_device,
			interrupts->text);
		qsort(interrupts->irqs, interrupts->n, sizeof(*interrupts->irqs), by_irq);
	}
	return 0;
no_memory:
	board_interrupts_free(interrupts);
	return its_no_memory(error, "%zu bytes of /proc/interrupts", size);
}

void board_interrupts_free(struct board_interrupts *interrupts)
{
	free(interrupts->text);
	free(interrupts->rows);
	free(interrupts->irqs);
	*interrupts = (struct board_interrupts){ 0 };
}

/* The line of the first row that is @key, whose name is @name; UINT32_MAX: none. */
static uint32_t find_row(const struct board_interrupts *interrupts,
			 const struct board_interrupts_row *key, const char *name)
{
	size_t low = 0, high = interrupts->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct board_interrupts_row *row = &interrupts->rows[middle];

		if (compare_row(key, name, row, interrupts->text + row->name) > 0)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == interrupts->n ||
	    compare_row(key, name, &interrupts->rows[low],
			interrupts->text + interrupts->rows[low].name))
		return UINT32_MAX;
	return interrupts->rows[low].line;
}

static void earliest(uint32_t *line, uint32_t other)
{
	if (other < *line)
		*line = other;
}

static void read_again(const struct board_interrupts *interrupts, uint32_t offset,
		       struct board_interrupt *interrupt)
{
	const char *line = interrupts->text + offset;
	struct word chip;

	*interrupt = (struct board_interrupt){ 0 };
	read_line(line, line_end(interrupts, line), interrupt, &chip);
	name_columns(interrupt, interrupts->cpu, interrupts->columns);
}

bool board_interrupts_find(const struct board_interrupts *interrupts,
			   const struct board_device *device, uint32_t event_id,
			   struct board_interrupt *interrupt)
{
	struct board_interrupts_row key = { .old = true };
	char buffer[32];
	const char *name = linux_name(device, buffer, sizeof(buffer));
	size_t length = name ? strlen(name) : 0;
	uint32_t line = UINT32_MAX;

	if (old_hwirq(device, event_id, &key.hwirq))
		line = find_row(interrupts, &key, "");
	key = (struct board_interrupts_row){ .hwirq = event_id };
	/* The whole name; a name that was cut may be any beginning of it. */
	for (size_t n = 1; n <= length; n++) {
		key.length = (uint32_t)n;
		if (n == length)
			earliest(&line, find_row(interrupts, &key, name));
		key.cut = true;
		if (interrupts->has_cut && n < DOMAIN_NAME_MAX)
			earliest(&line, find_row(interrupts, &key, name));
		key.cut = false;
	}
	if (line == UINT32_MAX)
		return false;
	read_again(interrupts, line, interrupt);
	return true;
}

bool board_interrupts_by_irq(const struct board_interrupts *interrupts, unsigned irq,
			     struct board_interrupt *interrupt)
{
	size_t low = 0, high = interrupts->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (interrupts->irqs[middle].irq < irq)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == interrupts->n || interrupts->irqs[low].irq != irq)
		return false;
	read_again(interrupts, interrupts->irqs[low].line, interrupt);
	return true;
}
