// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A devmem for the sh scripts of --emit, over memory that is a file, with an
 * ITS and a driver behind it. The file "memory" has the register frame at
 * 0x10000 and a ring of 128 slots at 0x20000; the ITS executes within the
 * write of GITS_CWRITER and writes slots and opcodes into "executed". What the
 * fake remembers between its calls is in "state".
 *
 * FAKE, from the environment, has words:
 *   dead      the ITS never reads its ring
 *   late      it begins at the second write of GITS_CWRITER
 *   stall     it stalls on an INT
 *   strict    RAM cannot be mapped
 *   signal    each write of GITS_CWRITER sends SIGQUIT and SIGPIPE to the script
 *   post=N,M  the driver posts when GITS_CREADR is read for the Nth time, and each of the M - 1 times after it
 */
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ITS 0x10000u
#define CWRITER (ITS + 0x88)
#define CREADR (ITS + 0x90)
#define RING 0x20000u
#define RING_BYTES 4096u

/* Words of "state". */
enum { READS, WRITES, DRIVER /* its write pointer + 1 */, ON_THE_WAY, STATES };

static int memory;
static uint64_t state[STATES];
static const char *fake;

static uint64_t word(uint64_t at)
{
	uint64_t value = 0;

	if (pread(memory, &value, sizeof(value), (off_t)at) != sizeof(value))
		exit(1);
	return value;
}

static void set_word(uint64_t at, uint64_t value)
{
	if (pwrite(memory, &value, sizeof(value), (off_t)at) != sizeof(value))
		exit(1);
}

/* Up to GITS_CWRITER; @whole: also if both pointers are the same. */
static void execute(int whole)
{
	FILE *executed = fopen("executed", "a");
	uint64_t at = word(CREADR);

	while (executed && (whole || at != word(CWRITER)) && !(at & 1)) {
		unsigned opcode = word(RING + at) & 0xff;

		whole = 0;
		if (strstr(fake, "stall") && opcode == 3) {
			at |= 1;
			break;
		}
		fprintf(executed, "%u %02x\n", (unsigned)at / 32, opcode);
		at = (at + 32) % RING_BYTES;
	}
	set_word(CREADR, at);
	if (executed)
		fclose(executed);
}

/* INV and SYNC where the driver believes to be. */
static void post(void)
{
	uint64_t at = state[DRIVER] - 1;
	unsigned i, w;

	for (i = 0; i < 2; i++, at = (at + 32) % RING_BYTES)
		for (w = 0; w < 4; w++)
			set_word(RING + at + 8 * w, w ? 0 : i ? 0x5 : UINT64_C(0x770000000c));
	state[DRIVER] = at + 1;
	set_word(CWRITER, at);
	execute(0);
}

static void look(uint64_t at, unsigned width)
{
	const char *posts = strstr(fake, "post=");
	unsigned n, m;

	if (at == CREADR) {
		/* Where the driver is, is seen before anybody has written GITS_CWRITER. */
		if (!state[READS]++)
			state[DRIVER] = word(CWRITER) + 1;
		if (posts && sscanf(posts, "post=%u,%u", &n, &m) == 2 && state[READS] >= n && state[READS] < n + m)
			post();
	}
	if (at == CREADR && state[ON_THE_WAY]) {
		state[ON_THE_WAY] = 0;
		printf("0x%016" PRIX64 "\n", (word(CREADR) + 160) % RING_BYTES);
		return;
	}
	printf("0x%0*" PRIX64 "\n", (int)width / 4, word(at) & (width == 64 ? UINT64_MAX : UINT32_MAX));
}

static void store(uint64_t at, uint64_t value)
{
	set_word(at, value);
	if (at != CWRITER)
		return;
	state[WRITES]++;
	if (strstr(fake, "late") && state[WRITES] == 2) {
		execute(1);
		state[ON_THE_WAY] = 1;
	} else if (!strstr(fake, "dead") && !strstr(fake, "late")) {
		execute(0);
	}
	if (strstr(fake, "signal")) {
		kill(getppid(), SIGQUIT);
		kill(getppid(), SIGPIPE);
	}
}

int main(int argc, char **argv)
{
	uint64_t at = argc > 2 ? strtoull(argv[1], NULL, 0) : 0;
	int states = open("state", O_RDWR | O_CREAT, 0644);

	fake = getenv("FAKE");
	fake = fake ? fake : "";
	memory = open("memory", O_RDWR);
	if (memory < 0 || states < 0 || argc < 3 || (strstr(fake, "strict") && at >= RING)) {
		fprintf(stderr, "devmem: mmap: Operation not permitted\n");
		return 1;
	}
	if (pread(states, state, sizeof(state), 0) != sizeof(state))
		memset(state, 0, sizeof(state));
	if (argc == 3)
		look(at, (unsigned)atoi(argv[2]));
	else
		store(at, strtoull(argv[3], NULL, 0));
	return pwrite(states, state, sizeof(state), 0) != sizeof(state);
}
