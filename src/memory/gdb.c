// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The physical memory of a target that a gdb stub has halted: QEMU's, or a
 * debug probe's. The target stands still from open to close, and the halt is
 * the break: both steps of a lap are done before it goes on, so resume does
 * nothing (docs/append.md, "On a halted target").
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "gdb.h"
#include "sources.h"

/* What a lost connection leaves behind. */
static const char taken[] =
	"a stub serves one debugger at a time: is another one connected? And is this the port of a gdb stub?";
static const char halted[] =
	"the target may be halted still: connecting to the stub once more and leaving lets it go on"
	" ('its-tool list' with the same --source does)";
static const char before_cwriter[] =
	"GITS_CWRITER had not been written: nothing of this run is pending, slots may hold SYNCs, and the"
	" driver goes on as if nothing had happened; 'its-tool recover' with the same --source lets the target"
	" go on";
static const char after_cwriter[] =
	"GITS_CWRITER had been written: nothing but this run's commands and SYNCs can be pending, the driver"
	" survives that, and its next post or 'its-tool recover' with the same --source finishes the lap; the"
	" latter also lets the target go on";

static int parse_options(struct gdb *gdb, const char *text, bool *is_virtual, struct its_error *error)
{
	while (*text) {
		size_t length = strcspn(++text, ",");

		if (length == 7 && !memcmp(text, "virtual", 7))
			*is_virtual = true;
		else if (length == 9 && !memcmp(text, "unchecked", 9))
			gdb->unchecked = true;
		else if (length == 4 && !memcmp(text, "stay", 4))
			gdb->stay = true;
		else {
			its_error(error, ITS_ERR_USAGE, "--source gdb: unknown option '%.*s'", (int)length, text);
			return its_hint(error, "the options are virtual, unchecked and stay; see the manual");
		}
		text += length;
	}
	return 0;
}

/*
 * Most stubs halt the target when somebody connects. One that does not, and
 * does not answer while it runs, is sent Ctrl-C.
 */
static int make_halted(struct gdb *gdb, struct its_error *error)
{
	const struct gdb_reader *reader = &gdb->link.reader;
	int err;

	gdb_link_doing(&gdb->link, "asking why the target has halted");
	err = gdb_link_ask_text(&gdb->link, "?", error);
	if (err || gdb_is_stop(reader->data, reader->length))
		return err;
	if (*reader->data == 'W' || *reader->data == 'X')
		return its_error(error, ITS_ERR_ACCESS, "gdb stub at %s: the target has ended", gdb->link.name);
	return gdb_link_halt(&gdb->link, error);
}

/*
 * What makes the target go on, prepared so that a signal handler can send it.
 * QEMU's mode of addresses outlives the connection and goes back to what it
 * was. Detaching lets QEMU's guest go on; OpenOCD's target is only left alone
 * by it (gdb_detach), so there it is told to continue.
 */
static const char *release_frames(const struct gdb *gdb, unsigned *answers)
{
	*answers = 0;
	if (gdb->stay && gdb->way == GDB_QEMU && gdb->virtual_mode) {
		*answers = 1;
		return "$Qqemu.PhyMemMode:0#76";
	}
	if (gdb->stay)
		return NULL;
	if (gdb->way == GDB_QEMU) {
		*answers = gdb->virtual_mode ? 2 : 1;
		return gdb->virtual_mode ? "$Qqemu.PhyMemMode:0#76$D#44" : "$D#44";
	}
	if (gdb->way == GDB_VIRTUAL) {
		*answers = 1;
		return "$D#44";
	}
	return strcmp(gdb->go, "c") ? "$vCont;c#a8" : "$c#63";
}

static int gdb_open(struct memory *memory, const char *argument, struct its_error *error)
{
	struct gdb_address address;
	struct gdb *gdb;
	bool is_virtual = false;
	int err;

	if (!argument || !gdb_address_parse(argument, strcspn(argument, ","), &address)) {
		its_error(error, ITS_ERR_USAGE, "--source gdb: '%s' is no address of a stub",
			  argument ? argument : "");
		return its_hint(error, "gdb:PORT, gdb:HOST:PORT, gdb:[IPV6]:PORT or gdb:/path/of/a/socket");
	}
	gdb = calloc(1, sizeof(*gdb));
	if (!gdb)
		return its_no_memory(error, "the source gdb");
	gdb->link.fd = -1;
	err = parse_options(gdb, argument + strcspn(argument, ","), &is_virtual, error);
	if (!err)
		err = gdb_link_open(&gdb->link, &address, memory_timeout(), error);
	if (err)
		goto failed;
	/* Until more is known: what lets most stubs' targets go on. */
	gdb->link.state = halted;
	gdb->link.release = gdb->stay ? NULL : "$D#44";
	gdb->link.release_answers = 1;
	gdb_link_catch(&gdb->link);
	gdb_link_block(&gdb->link);
	err = gdb_find_way(gdb, is_virtual, error);
	if (err == ITS_ERR_TIMEOUT)
		its_hint(error, "%s", taken);
	if (!err) {
		gdb->link.release = release_frames(gdb, &gdb->link.release_answers);
		err = make_halted(gdb, error);
	}
	gdb_link_unblock(&gdb->link);
	if (err)
		goto failed;
	memory->private = gdb;
	memory->halted = gdb->way != GDB_MEM_AP;
	return 0;
failed:
	gdb_link_close(&gdb->link);
	free(gdb);
	return err;
}

static void gdb_close(struct memory *memory)
{
	struct gdb *gdb = memory->private;

	gdb_ranges_flush(gdb, NULL);
	gdb_link_close(&gdb->link);
	while (gdb->ranges)
		gdb_range_free(gdb, gdb->ranges);
	free(gdb);
}

/* Only for the number of CPUs, which the stub must show all of. */
static int gdb_populate(struct memory *memory, const struct memory_layout *layout,
			struct its_error *error)
{
	struct gdb *gdb = memory->private;

	(void)error;
	gdb->cpus = layout->cpus;
	return 0;
}

static int gdb_map(struct window *window, struct its_error *error)
{
	struct gdb *gdb = window->memory->private;
	struct gdb_range *range = NULL;
	int err = 0;

	if (window->kind != MEMORY_REGISTERS) {
		if (window->writable)
			gdb_ranges_renew(gdb);
		err = gdb_range_new(gdb, window, &range, error);
	}
	window->via = gdb_way_name(gdb->way);
	window->private = range;
	return err;
}

static void gdb_unmap(struct window *window)
{
	struct gdb *gdb = window->memory->private;

	if (!window->private)
		return;
	gdb_ranges_flush(gdb, NULL);
	gdb_range_free(gdb, window->private);
}

static int gdb_read_one(struct window *window, uint64_t offset, unsigned width, uint64_t *value,
			struct its_error *error)
{
	struct gdb *gdb = window->memory->private;
	uint64_t word;
	int err;

	if (!window->private)
		return gdb_read_register(gdb, window->base + offset, width, value, error);
	err = gdb_range_read(gdb, window->private, offset & ~UINT64_C(7), &word, 1, error);
	if (!err)
		*value = width == 64 ? word : (uint32_t)(word >> offset % 8 * 8);
	return err;
}

static int gdb_write_one(struct window *window, uint64_t offset, unsigned width, uint64_t value,
			 struct its_error *error)
{
	struct gdb *gdb = window->memory->private;
	uint64_t word = 0, mask = UINT64_C(0xffffffff) << offset % 8 * 8;
	int err;

	if (!window->private) {
		/* All of RAM first: the ITS must not be sent to slots that have not been written. */
		err = gdb->unwritten.code ? gdb->unwritten.code : gdb_ranges_flush(gdb, NULL);
		if (!err) {
			if (gdb->lap) {
				gdb->link.state = after_cwriter;
				gdb->begun = true;
			}
			err = gdb_write_register(gdb, window->base + offset, width, value, &gdb->unwritten);
		}
		if (err && error)
			*error = gdb->unwritten;
		return err;
	}
	if (width == 32) {
		err = gdb_range_read(gdb, window->private, offset & ~UINT64_C(7), &word, 1, error);
		if (err)
			return err;
		value = (word & ~mask) | value << offset % 8 * 8;
	}
	return gdb_range_write(gdb, window->private, offset & ~UINT64_C(7), value, error);
}

static int gdb_read_words(struct window *window, uint64_t offset, uint64_t *words, size_t count,
			  struct its_error *error)
{
	struct gdb *gdb = window->memory->private;
	size_t i;
	int err = 0;

	if (window->private)
		return gdb_range_read(gdb, window->private, offset, words, count, error);
	for (i = 0; i < count && !err; i++)
		err = gdb_read_register(gdb, window->base + offset + 8 * i, 64, &words[i], error);
	return err;
}

static int gdb_flush(struct window *window, struct its_error *error)
{
	return gdb_ranges_flush(window->memory->private, error);
}

/* A failure is said by the next write of a register: gdb_ranges_flush() keeps it. */
static void gdb_publish(struct window *window, uint64_t offset, uint64_t length, bool clean)
{
	(void)offset;
	(void)length;
	(void)clean;
	gdb_ranges_flush(window->memory->private, NULL);
}

static int gdb_prepare(struct memory *memory, struct its_error *error)
{
	struct gdb *gdb = memory->private;

	(void)error;
	gdb_ranges_renew(gdb);
	gdb_link_block(&gdb->link);
	gdb->lap = true;
	gdb->link.state = before_cwriter;
	return 0;
}

static void gdb_finish(struct memory *memory)
{
	struct gdb *gdb = memory->private;

	gdb->lap = false;
	gdb->link.state = halted;
	gdb_link_unblock(&gdb->link);
}

/*
 * The target is halted already; what has to be made sure of is that it is not
 * halted in the middle of a post. Once that is so it stays so until it runs,
 * and between the steps of a lap it does not: resume leaves it as it is.
 */
static int gdb_pause(struct memory *memory, unsigned limit_ms, struct its_error *error)
{
	struct gdb *gdb = memory->private;
	int err;

	if (gdb->quiet)
		return 0;
	err = gdb_cpus_quiet(gdb, limit_ms, error);
	gdb->quiet = !err;
	return err;
}

static int gdb_check_ring(struct memory *memory, bool noncoherent, struct its_error *error)
{
	const struct gdb *gdb = memory->private;

	if (gdb->way != GDB_MEM_AP || noncoherent)
		return ITS_OK;
	its_error(error, ITS_ERR_UNSAFE, "a mem_ap writes behind the caches, and the ITS reads its ring through them:"
		  " it would execute stale commands");
	return its_hint(error, "use the port of a CPU's target, which reaches memory as the CPU does; --force where"
			" all caches are off");
}

static int gdb_file(struct memory *memory, enum memory_file which, char **data, size_t *size,
		    struct its_error *error)
{
	(void)memory;
	(void)data;
	(void)size;
	if (which != MEMORY_FILE_DTB)
		return its_error(error, ITS_ERR_INPUT, "a gdb stub shows no files of the target's Linux");
	its_error(error, ITS_ERR_INPUT, "a gdb stub comes without a device tree");
	return its_hint(error, "name the target's with --dtb FILE (its /sys/firmware/fdt, or the blob that it was"
			" booted with), or its ACPI tables with --acpi FILE");
}

const struct memory_ops memory_gdb = {
	.scheme = "gdb",
	.syntax = "gdb:[HOST:]PORT[,OPTION...]",
	.summary = "a target that a gdb stub (QEMU, OpenOCD) has halted",
	.live = true,
	.open = gdb_open,
	.close = gdb_close,
	.populate = gdb_populate,
	.map = gdb_map,
	.unmap = gdb_unmap,
	.read = gdb_read_one,
	.write = gdb_write_one,
	.read_words = gdb_read_words,
	.publish = gdb_publish,
	.flush = gdb_flush,
	.prepare = gdb_prepare,
	.pause = gdb_pause,
	.finish = gdb_finish,
	.check_ring = gdb_check_ring,
	.file = gdb_file,
};
