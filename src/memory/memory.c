// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The front door of the memory room: finds the source that a specification
 * names, and checks every access against its window before a source sees it.
 */
#include <endian.h>
#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "cpu.h"
#include "its/closest.h"
#include "its/memory.h"
#include "sources.h"

const struct memory_ops *const memory_sources[] = {
	&memory_devmem,
	&memory_sim,
	&memory_gdb,
	&memory_image,
	&memory_core,
	&memory_capture,
	NULL,
};

static const struct memory_ops *source_lookup(const char *name, size_t length)
{
	for (size_t i = 0; memory_sources[i]; i++) {
		const char *scheme = memory_sources[i]->scheme;

		if (strlen(scheme) == length && memcmp(scheme, name, length) == 0)
			return memory_sources[i];
	}
	return NULL;
}

/* "devmem, sim[:DTB]" for the hint after a wrong name. */
static void source_list(char *text, size_t size)
{
	size_t used = 0;

	text[0] = '\0';
	for (size_t i = 0; memory_sources[i]; i++) {
		const char *syntax = memory_sources[i]->syntax;
		size_t length = strlen(syntax);

		if (used + length + 3 > size)
			return;
		if (used) {
			memcpy(text + used, ", ", 2);
			used += 2;
		}
		memcpy(text + used, syntax, length + 1);
		used += length;
	}
}

int memory_open(struct memory *memory, const char *specification, struct its_error *error)
{
	size_t length = strcspn(specification, ":");
	const char *argument = specification[length] ? specification + length + 1 : NULL;
	const struct memory_ops *ops = source_lookup(specification, length);
	char known[300];

	*memory = (struct memory){ 0 };
	if (!ops) {
		struct its_closest closest = ITS_CLOSEST(specification, length);

		for (size_t i = 0; memory_sources[i]; i++)
			its_closest_try(&closest, memory_sources[i]->scheme);
		source_list(known, sizeof(known));
		its_error(error, ITS_ERR_USAGE, "no memory source is called '%.*s'",
			  length > 40 ? 40 : (int)length, specification);
		if (closest.word)
			return its_hint(error, "did you mean %s? sources: %s", closest.word, known);
		return its_hint(error, "sources: %s", known);
	}

	memory->ops = ops;
	int code = ops->open(memory, argument, error);
	if (code)
		*memory = (struct memory){ 0 };
	return code;
}

void memory_close(struct memory *memory)
{
	if (memory->ops)
		memory->ops->close(memory);
	*memory = (struct memory){ 0 };
}

int memory_populate(struct memory *memory, const struct memory_layout *layout,
		    struct its_error *error)
{
	return memory->ops->populate ? memory->ops->populate(memory, layout, error) : ITS_OK;
}

int memory_file(struct memory *memory, enum memory_file which, char **data, size_t *size,
		struct its_error *error)
{
	static const char *const names[MEMORY_FILES] = {
		[MEMORY_FILE_DTB] = "device tree",
		[MEMORY_FILE_INTERRUPTS] = "table of interrupts",
		[MEMORY_FILE_SYSTEM] = "word of a running Linux",
		[MEMORY_FILE_ACPI] = "set of ACPI tables",
	};

	*data = NULL;
	*size = 0;
	if (!memory->ops->file)
		return its_error(error, ITS_ERR_INPUT, "source %s comes without a %s",
				 memory->ops->scheme, names[which]);
	return memory->ops->file(memory, which, data, size, error);
}

int memory_ranges(struct memory *memory, struct memory_range **list, size_t *count,
		  struct its_error *error)
{
	*list = NULL;
	*count = 0;
	if (memory->ops->ranges)
		return memory->ops->ranges(memory, list, count, error);
	its_error(error, ITS_ERR_USAGE, "source %s cannot be searched: it does not know which addresses hold"
		  " memory", memory->ops->scheme);
	return its_hint(error, "save the machine's RAM, and search it with --source image:FILE@ADDRESS or core:FILE");
}

int window_open(struct window *window, struct memory *memory, uint64_t base, uint64_t size,
		enum memory_kind kind, bool writable, struct its_error *error)
{
	*window = (struct window){ 0 };
	if (base % 8 || size % 8 || size == 0)
		return its_error(error, ITS_ERR_INPUT, "0x%" PRIx64 " bytes at 0x%" PRIx64
				 " are not a range of whole 64-bit words", size, base);
	if (base + (size - 1) < base || size > SIZE_MAX)
		return its_error(error, ITS_ERR_INPUT, "0x%" PRIx64 " bytes at 0x%" PRIx64
				 " do not fit into the address space", size, base);
	if (writable && memory->ops->read_only) {
		its_error(error, ITS_ERR_ACCESS, "%s is only read: nothing can be written to 0x%" PRIx64,
			  memory->ops->read_only, base);
		return its_hint(error, "--dry-run shows what would be done on the machine itself");
	}

	struct window opened = {
		.memory = memory, .base = base, .size = size, .kind = kind,
		.writable = writable, .via = memory->ops->scheme,
	};
	int code = memory->ops->map(&opened, error);

	if (code == ITS_OK)
		*window = opened;
	return code;
}

void window_close(struct window *window)
{
	if (window->memory)
		window->memory->ops->unmap(window);
	*window = (struct window){ 0 };
}

static int check_access(const struct window *window, uint64_t offset, unsigned width,
			struct its_error *error)
{
	uint64_t bytes = width / 8;

	if (width != 32 && width != 64)
		return its_error(error, ITS_ERR_INPUT, "an access of %u bits at 0x%" PRIx64
				 " is neither 32 nor 64 bits wide", width, window->base + offset);
	if (offset % bytes)
		return its_error(error, ITS_ERR_INPUT, "a %u-bit access at 0x%" PRIx64
				 " is not aligned", width, window->base + offset);
	/* The size is a multiple of 8, so an aligned offset inside it suffices. */
	if (offset >= window->size)
		return its_error(error, ITS_ERR_INPUT, "offset 0x%" PRIx64 " is outside of the 0x%"
				 PRIx64 " bytes at 0x%" PRIx64, offset, window->size, window->base);
	return ITS_OK;
}

static int check_words(const struct window *window, uint64_t offset, size_t count,
		       struct its_error *error)
{
	if (count == 0)
		return ITS_OK;
	int code = check_access(window, offset, 64, error);

	if (code)
		return code;
	if (count > (window->size - offset) / 8)
		return its_error(error, ITS_ERR_INPUT, "%zu words from offset 0x%" PRIx64
				 " are more than the 0x%" PRIx64 " bytes at 0x%" PRIx64, count,
				 offset, window->size, window->base);
	return ITS_OK;
}

static int check_writable(const struct window *window, uint64_t offset, struct its_error *error)
{
	if (window->writable)
		return ITS_OK;
	return its_error(error, ITS_ERR_ACCESS, "0x%" PRIx64 " was opened for reading only",
			 window->base + offset);
}

/*
 * Aligned accesses of the width asked for, and no other: the memory may be
 * device memory. Volatile keeps the compiler from joining or splitting them;
 * where no single instruction loads 64 bits, the halves are two accesses, low
 * first, as Linux does on 32-bit Arm.
 */
static uint32_t load32(const struct window *window, uint64_t offset)
{
	return le32toh(*(const volatile uint32_t *)((const volatile char *)window->mapped +
						    offset));
}

static void store32(const struct window *window, uint64_t offset, uint32_t value)
{
	*(volatile uint32_t *)((volatile char *)window->mapped + offset) = htole32(value);
}

static uint64_t load64(const struct window *window, uint64_t offset)
{
	if (sizeof(void *) < 8) {
		uint64_t low = load32(window, offset);

		return low | (uint64_t)load32(window, offset + 4) << 32;
	}
	return le64toh(*(const volatile uint64_t *)((const volatile char *)window->mapped +
						    offset));
}

static void store64(const struct window *window, uint64_t offset, uint64_t value)
{
	if (sizeof(void *) < 8) {
		store32(window, offset, (uint32_t)value);
		store32(window, offset + 4, (uint32_t)(value >> 32));
		return;
	}
	*(volatile uint64_t *)((volatile char *)window->mapped + offset) = htole64(value);
}

int window_read(struct window *window, uint64_t offset, unsigned width, uint64_t *value,
		struct its_error *error)
{
	int code = check_access(window, offset, width, error);

	if (code)
		return code;
	if (!window->mapped)
		return window->memory->ops->read(window, offset, width, value, error);
	*value = width == 64 ? load64(window, offset) : load32(window, offset);
	return ITS_OK;
}

int window_write(struct window *window, uint64_t offset, unsigned width, uint64_t value,
		 struct its_error *error)
{
	int code = check_access(window, offset, width, error);

	if (!code)
		code = check_writable(window, offset, error);
	if (code)
		return code;
	if (width == 32 && value >> 32)
		return its_error(error, ITS_ERR_INPUT, "0x%" PRIx64
				 " does not fit into the 32 bits at 0x%" PRIx64, value,
				 window->base + offset);
	if (!window->mapped)
		return window->memory->ops->write(window, offset, width, value, error);
	if (width == 64)
		store64(window, offset, value);
	else
		store32(window, offset, (uint32_t)value);
	return ITS_OK;
}

int window_read_words(struct window *window, uint64_t offset, uint64_t *words, size_t count,
		      struct its_error *error)
{
	int code = check_words(window, offset, count, error);

	if (code || count == 0)
		return code;
	if (!window->mapped && window->memory->ops->read_words)
		return window->memory->ops->read_words(window, offset, words, count, error);
	for (size_t i = 0; i < count && !code; i++) {
		if (window->mapped)
			words[i] = load64(window, offset + i * 8);
		else
			code = window->memory->ops->read(window, offset + i * 8, 64, &words[i],
							 error);
	}
	return code;
}

int window_write_words(struct window *window, uint64_t offset, const uint64_t *words,
		       size_t count, struct its_error *error)
{
	int code = check_words(window, offset, count, error);

	if (!code)
		code = check_writable(window, offset, error);
	for (size_t i = 0; i < count && !code; i++) {
		if (window->mapped)
			store64(window, offset + i * 8, words[i]);
		else
			code = window->memory->ops->write(window, offset + i * 8, 64, words[i],
							  error);
	}
	return code;
}

void window_publish(struct window *window, uint64_t offset, uint64_t length, bool clean)
{
	if (offset > window->size)
		offset = window->size;
	if (length > window->size - offset)
		length = window->size - offset;
	if (window->memory->ops->publish)
		window->memory->ops->publish(window, offset, length, clean);
	else
		__sync_synchronize();
}

void memory_load_barrier(void)
{
	cpu_load_barrier();
}

int window_flush(struct window *window, struct its_error *error)
{
	const struct memory_ops *ops = window->memory->ops;

	return ops->flush ? ops->flush(window, error) : ITS_OK;
}

static unsigned timeout_ms = 1000;

void memory_set_timeout(unsigned limit_ms)
{
	timeout_ms = limit_ms;
}

unsigned memory_timeout(void)
{
	return timeout_ms;
}

int memory_used(struct memory *memory, uint64_t base, uint64_t size, struct its_error *error)
{
	return memory->ops->used ? memory->ops->used(memory, base, size, error) : ITS_OK;
}

int memory_prepare(struct memory *memory, struct its_error *error)
{
	return memory->ops->prepare ? memory->ops->prepare(memory, error) : ITS_OK;
}

int memory_pause(struct memory *memory, unsigned limit_ms, struct its_error *error)
{
	return memory->ops->pause ? memory->ops->pause(memory, limit_ms, error) : ITS_OK;
}

void memory_resume(struct memory *memory)
{
	if (memory->ops->resume)
		memory->ops->resume(memory);
}

void memory_finish(struct memory *memory)
{
	if (memory->ops->finish)
		memory->ops->finish(memory);
}

/* Never sleeps: it is also called in a break. */
void memory_relax(struct memory *memory)
{
	if (memory->ops->relax)
		memory->ops->relax(memory);
	else
		cpu_relax();
}

uint64_t memory_now_ns(void)
{
	struct timespec now = { 0 };

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}
