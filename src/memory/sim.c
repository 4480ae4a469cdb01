// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The simulated board as a source of memory: "sim[:DTB][,OPTION...]". Its ITS
 * works, so that everything can be tried and tested on any machine. It lives
 * in this process and starts afresh each time it is opened.
 *
 * DTB is another board's device tree blob; without one it is the lab board.
 * Options, separated by commas:
 *
 *   slots=N     a ring of N slots: multiples of 128 up to 32768 (2048)
 *   cpus=N      CPUs, if the redistributor regions have room (the tree's)
 *   at=N        the driver's write pointer stands at slot N
 *   fill        the ring has been written all round: INV, MOVI and SYNC
 *   slow=US     a command takes US microseconds
 *   step        one command for each read of CREADR; else all at once, in the CWRITER write
 *   stall       stalls on a bad command, as GIC-600 does; else skips it, as QEMU and KVM do
 *   stall-at=N  stalls on the Nth command after boot, until that slot holds another
 *   stalled     has stalled on a bad command, with more behind it; implies stall
 *   die=N       executes N commands more, then never another
 *   disabled    GITS_CTLR.Enabled = 0
 *   noram       refuses RAM, as STRICT_DEVMEM does
 *   noncoherent the ITS reads its ring behind the caches: what is not cleaned it does not see
 *   strict      reserved registers abort
 *   pta         RDbase is an address
 *   v4, v41     GICv4.0, GICv4.1
 *   late=N      the first N breaks do not come together
 *   driver=N    the kernel's driver posts N INV + SYNC right after the break in
 *               which CWRITER was written
 *   post-every=MS  the driver posts every MS milliseconds while somebody looks: INV + SYNC
 *               and MOVI + SYNC in turns, on the first ITS
 *   posts=N     so many of them each time (1)
 *   driver-in-break=N  an interrupt handler posts INV + SYNC before the Nth
 *               access in the first break that has so many
 *   set=REGISTER[@INDEX]:VALUE  what a register holds after boot
 *   poke=ADDRESS:VALUE  a 64-bit word of RAM after boot
 *   events=N    the driver maps N events more at boot, 128 to a device
 *   post=COMMAND  the driver posts it after boot, with the SYNC that Linux adds
 *   raw=COMMAND a debugger appends it after boot: no SYNC, and the driver's write pointer is left
 *               behind. COMMAND is as send takes it, and both go to the first ITS; they may be
 *               repeated, and run in their order before disabled, stalled, set= and the like
 *   mask=LPI    its configuration byte says disabled, and the redistributors know
 *   offline=N   CPU N has gone offline, and its redistributor sleeps
 *   dirty=ADDRESS:VALUE the same, but not cleaned: with noncoherent only the CPUs see it
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "sim_state.h"
#include "sources.h"

#define RELAX_NS 5000

extern const char sim_lab_board_dtb[], sim_lab_board_dtb_end[];

static struct sim *sim_of(const struct memory *memory)
{
	return memory->private;
}

static void sim_close(struct memory *memory)
{
	struct sim *sim = sim_of(memory);

	if (!sim)
		return;
	sim_board_free(sim);
	sim_options_free(&sim->options);
	free(sim->dtb);
	free(sim);
	memory->private = NULL;
}

static int sim_open(struct memory *memory, const char *argument, struct its_error *error)
{
	struct sim *sim = calloc(1, sizeof(*sim));
	int err;

	if (!sim)
		return its_no_memory(error, "a simulated board");
	memory->private = sim;
	err = sim_options_parse(&sim->options, argument, error);
	if (!err && sim->options.dtb) {
		err = memory_read_file(sim->options.dtb, &sim->dtb, &sim->dtb_size, error);
		if (err) {
			const char *close = sim_options_closest(sim->options.dtb, strlen(sim->options.dtb));

			its_hint(error, "a name that is no option is taken for a file: %s%s%s",
				 close ? "did you mean sim:" : "sim:,OPTION", close ? close : "", close ? "?" : "");
		}
	} else if (!err) {
		sim->dtb_size = (size_t)(sim_lab_board_dtb_end - sim_lab_board_dtb);
		sim->dtb = malloc(sim->dtb_size);
		if (sim->dtb)
			memcpy(sim->dtb, sim_lab_board_dtb, sim->dtb_size);
		else
			err = its_no_memory(error, "the board's device tree");
	}
	sim->late = (unsigned)sim->options.late;
	if (err)
		sim_close(memory);
	return err;
}

static int sim_populate(struct memory *memory, const struct memory_layout *layout,
			struct its_error *error)
{
	struct sim *sim = sim_of(memory);
	int err;

	if (sim->populated)
		return its_error(error, ITS_ERR_INPUT,
				 "the simulated board has its hardware already");
	err = sim_board_build(sim, layout, error);
	if (!err)
		err = sim_boot(sim, error);
	sim->populated = !err;
	return err;
}

static int file(struct memory *memory, enum memory_file which, char **data, size_t *size,
		struct its_error *error)
{
	struct sim *sim = sim_of(memory);

	switch (which) {
	case MEMORY_FILE_DTB:
		*data = malloc(sim->dtb_size ? sim->dtb_size : 1);
		if (!*data)
			return its_no_memory(error, "the board's device tree");
		memcpy(*data, sim->dtb, sim->dtb_size);
		*size = sim->dtb_size;
		return 0;
	case MEMORY_FILE_INTERRUPTS:
		return sim_interrupts(sim, data, size, error);
	case MEMORY_FILE_SYSTEM:
		return sim_system(sim, data, size, error);
	case MEMORY_FILE_ACPI:
	case MEMORY_FILES:
		break;
	}
	return its_error(error, ITS_ERR_INPUT, "the simulated board has no such file");
}

static int map(struct window *window, struct its_error *error)
{
	struct sim *sim = sim_of(window->memory);
	struct sim_frame first, last;

	window->via = "the simulated board";
	if (window->kind == MEMORY_REGISTERS) {
		if (sim_frame_find(sim, window->base, &first) &&
		    sim_frame_find(sim, window->base + window->size - 1, &last) &&
		    first.reg == last.reg)
			return 0;
		return its_error(
			error, ITS_ERR_ACCESS,
			"bus error at 0x%llx of the simulated board: no register frame of 0x%llx bytes is there",
			(unsigned long long)window->base, (unsigned long long)window->size);
	}
	if (!sim_ram_contains(&sim->ram, window->base, window->size))
		return its_error(
			error, ITS_ERR_ACCESS,
			"bus error at 0x%llx of the simulated board: its RAM is 0x%llx bytes at 0x%llx",
			(unsigned long long)window->base, (unsigned long long)sim->ram.size,
			(unsigned long long)sim->ram.base);
	if (sim->options.noram) {
		its_error(
			error, ITS_ERR_ACCESS,
			"the simulated board refuses its RAM at 0x%llx (noram), as CONFIG_STRICT_DEVMEM does",
			(unsigned long long)window->base);
		return its_hint(error, "open the source without the option noram");
	}
	return 0;
}

static void unmap(struct window *window)
{
	(void)window;		/* a window is only a range: there is nothing to give back */
}

/* The first ITS whose CWRITER the tool has written in the break that holds, or NULL. */
static struct sim_its *written_its(struct sim *sim)
{
	size_t i;

	for (i = 0; i < sim->n_its; i++)
		if (sim->its[i].cwriter_written)
			return &sim->its[i];
	return NULL;
}

/* Whatever the tool does passes here. False: it has been killed. */
static bool enter(struct memory *memory, enum sim_access access, uint64_t address, uint64_t value)
{
	struct sim *sim = sim_of(memory);

	if (sim->killed)
		return false;
	if (sim->in_break && access != SIM_RESUME &&
	    ++sim->accesses_in_break == sim->options.driver_in_break && !sim->handler_has_posted &&
	    sim->n_its) {
		sim->handler_has_posted = true;
		sim_driver_post_inv(sim, &sim->its[0]);
	}
	if (sim->hook && !sim->hook(sim->hook_context, memory, access, address, value)) {
		sim->killed = true;
		sim->in_break = false;
		return false;
	}
	return true;
}

static int killed(struct its_error *error)
{
	return its_error(error, ITS_ERR_FAILED, "the test has ended this run");
}

static enum sim_view view_of(const struct window *window)
{
	return window->kind == MEMORY_RAM_UNCACHED ? SIM_POC : SIM_CACHED;
}

static int read(struct window *window, uint64_t offset, unsigned width, uint64_t *value,
		struct its_error *error)
{
	struct sim *sim = sim_of(window->memory);
	uint64_t address = window->base + offset;

	if (!enter(window->memory, SIM_READ, address, 0))
		return killed(error);
	if (window->kind == MEMORY_REGISTERS)
		return sim_register_read(sim, address, width, value, error);
	*value = sim_ram_read(&sim->ram, view_of(window), address & ~7ull);
	if (width == 32)
		*value = *value >> (address & 4) * 8 & 0xffffffff;
	return 0;
}

static int read_words(struct window *window, uint64_t offset, uint64_t *words, size_t count,
		      struct its_error *error)
{
	struct sim *sim = sim_of(window->memory);
	uint64_t address = window->base + offset;
	size_t i;
	int err = 0;

	if (!enter(window->memory, SIM_READ_WORDS, address, 0))
		return killed(error);
	if (window->kind != MEMORY_REGISTERS)
		sim_ram_read_words(&sim->ram, view_of(window), address, words, count);
	else
		for (i = 0; i < count && !err; i++)
			err = sim_register_read(sim, address + i * 8, 64, &words[i], error);
	return err;
}

/* A window on behind the caches writes there; the caches hold no line of it, so they see it too. */
static int write_ram(struct sim *sim, const struct window *window, uint64_t address, unsigned width,
		     uint64_t value, struct its_error *error)
{
	enum sim_view view = window->kind == MEMORY_RAM_UNCACHED ? SIM_BOTH : SIM_CACHED;
	unsigned shift = (address & 4) * 8;
	uint64_t word = value;

	if (width == 32) {
		word = sim_ram_read(&sim->ram, view_of(window), address & ~7ull);
		word = (word & ~(0xffffffffull << shift)) | (value & 0xffffffff) << shift;
	}
	if (!sim_ram_write(&sim->ram, view, address & ~7ull, word))
		return its_no_memory(error, "the simulated RAM at 0x%llx", (unsigned long long)address);
	return 0;
}

static int write(struct window *window, uint64_t offset, unsigned width, uint64_t value,
		 struct its_error *error)
{
	struct sim *sim = sim_of(window->memory);
	uint64_t address = window->base + offset;
	struct sim_frame frame;

	if (!enter(window->memory, SIM_WRITE, address, value))
		return killed(error);
	if (window->kind != MEMORY_REGISTERS)
		return write_ram(sim, window, address, width, value, error);
	if (sim->in_break && sim_frame_find(sim, address, &frame) && frame.its &&
	    address - frame.base == its_register_row(GITS_CWRITER)->offset)
		frame.its->cwriter_written = true;
	return sim_register_write(sim, address, width, value, error);
}

static void publish(struct window *window, uint64_t offset, uint64_t length, bool clean)
{
	struct sim *sim = sim_of(window->memory);

	if (!enter(window->memory, SIM_PUBLISH, window->base + offset, length))
		return;
	if (clean && window->kind == MEMORY_RAM)
		sim_ram_clean(&sim->ram, window->base + offset, length);
}

/* Nobody else runs, so breaks come together at once, unless late= says no. */
static int sim_pause(struct memory *memory, unsigned limit_ms, struct its_error *error)
{
	struct sim *sim = sim_of(memory);
	size_t i;

	if (!enter(memory, SIM_PAUSE, 0, limit_ms))
		return killed(error);
	if (sim->in_break)
		return its_error(error, ITS_ERR_INPUT, "a break was begun inside a break");
	if (sim->late) {
		sim->late--;
		return its_error(
			error, ITS_ERR_TIMEOUT,
			"the break did not come together in %u ms: CPU %u of the simulated board did not come (late)",
			limit_ms, sim->cpus - 1);
	}
	/* A post in progress has interrupts off: the break waits for its end. */
	for (i = 0; i < sim->n_its; i++) {
		sim_driver_end_post(sim, &sim->its[i]);
		sim->its[i].cwriter_written = false;
	}
	sim->in_break = true;
	sim->breaks++;
	sim->accesses_in_break = 0;
	return 0;
}

static void sim_resume(struct memory *memory)
{
	struct sim *sim = sim_of(memory);
	struct sim_its *its = written_its(sim);
	uint64_t i;

	if (!enter(memory, SIM_RESUME, 0, 0) || !sim->in_break)
		return;
	sim->in_break = false;
	/* The earliest moment for a CPU that waited to post. */
	if (its && !sim->driver_has_posted && sim->options.driver) {
		sim->driver_has_posted = true;
		for (i = 0; i < sim->options.driver; i++)
			sim_driver_post_inv(sim, its);
	}
}

static void post_by_the_clock(struct sim *sim)
{
	uint64_t now = memory_now_ns(), i;

	if (!sim->posted_ns)
		sim->posted_ns = now;
	if (!sim->n_its || now - sim->posted_ns < sim->options.post_every_ms * 1000000)
		return;
	sim->posted_ns = now;
	for (i = 0; i < (sim->options.posts ? sim->options.posts : 1); i++)
		if (sim->its[0].posted % 2 == 0)
			sim_driver_post_inv(sim, &sim->its[0]);
		else
			sim_driver_post_movi(sim, &sim->its[0]);
}

static void relax(struct memory *memory)
{
	struct sim *sim = sim_of(memory);
	struct timespec pause = { .tv_nsec = RELAX_NS };

	if (!enter(memory, SIM_RELAX, 0, 0))
		return;
	if (sim->options.post_every_ms && !sim->in_break)
		post_by_the_clock(sim);
	/* With step there is nothing to wait for: time is the reads of CREADR. */
	if (!sim->options.step)
		nanosleep(&pause, NULL);
}

static int ranges(struct memory *memory, struct memory_range **list, size_t *count,
		  struct its_error *error)
{
	const struct sim_ram *ram = &sim_of(memory)->ram;

	*list = calloc(ram->n_chunks + 1, sizeof(**list));
	if (!*list)
		return its_no_memory(error, "the ranges of the simulated RAM");
	*count = sim_ram_ranges(ram, *list);
	return 0;
}

const struct memory_ops memory_sim = {
	.scheme = "sim",
	.syntax = "sim[:DTB][,OPTION...]",
	.summary = "a simulated board with a working ITS, needing no hardware and no root",
	.live = true,		/* its driver is as easily hurt as Linux's */
	.open = sim_open,
	.close = sim_close,
	.populate = sim_populate,
	.map = map,
	.unmap = unmap,
	.read = read,
	.write = write,
	.read_words = read_words,
	.publish = publish,
	.pause = sim_pause,
	.resume = sim_resume,
	.relax = relax,
	.file = file,
	.ranges = ranges,
};
