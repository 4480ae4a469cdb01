// SPDX-License-Identifier: GPL-2.0-or-later
/* A capture may come from anybody. What passes is written and read again, and then stays as it is. */
#include <stdlib.h>
#include <string.h>

#include "its/capture.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct store *parse(const char *text, size_t size)
{
	struct store *store = store_new();
	struct capture_remarks remarks;
	struct its_error error;

	if (store && !capture_parse(store, text, size, "fuzz", &remarks, &error))
		return store;
	store_free(store);
	return NULL;
}

static char *write_text(const struct store *store, size_t *size)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, size);

	if (!out)
		return NULL;
	capture_write(store, NULL, out);
	fclose(out);
	return text;
}

static void ask(const struct store *store)
{
	static const uint64_t places[] = { 0, 8, 0x1000, 0x8080090, 0x41070000, UINT64_MAX - 7 };
	uint64_t words[8], missing;
	struct memory_range *list;
	struct its_error error;
	size_t i, kind;

	store_pages(store, &list, &i, &error);
	free(list);
	for (i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		store_register(store, places[i], 64);
		for (kind = MEMORY_REGISTERS; kind <= MEMORY_RAM_UNCACHED; kind++) {
			store_via(store, (enum memory_kind)kind, places[i], 8);
			store_refused(store, STORE_OPEN, (enum memory_kind)kind, places[i], 0x1000, &error);
			if (kind != MEMORY_REGISTERS)
				store_read(store, (enum memory_kind)kind, places[i], words, 1, &missing);
		}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* Exactly as long as it says, so that ASan sees a read past its end. */
	char *text = malloc(size ? size : 1), *second = NULL, *third = NULL;
	struct store *store, *again = NULL;
	size_t length = 0, last = 0;

	if (!text)
		return 0;
	memcpy(text, data, size);
	store = parse(text, size);
	if (store) {
		ask(store);
		second = write_text(store, &length);
		again = parse(second, length);
		if (!again)
			abort();
		free(second);
		second = write_text(again, &length);
		store_free(again);
		again = parse(second, length);
		if (!again)
			abort();
		third = write_text(again, &last);
		if (length != last || memcmp(second, third, length))
			abort();
	}
	store_free(again);
	store_free(store);
	free(third);
	free(second);
	free(text);
	return 0;
}
