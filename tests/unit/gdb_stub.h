/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A gdb stub with an ITS behind it, in a thread: what QEMU or OpenOCD would
 * answer, and every way to answer badly. The ITS executes its ring within the
 * write of CWRITER, as QEMU's does; the target's driver posts when it is told to.
 */
#ifndef GDB_STUB_H
#define GDB_STUB_H

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "../../src/memory/gdb_packet.h"
#include "its/command.h"
#include "test.h"

#define STUB_ITS UINT64_C(0x8080000)
#define STUB_RAM UINT64_C(0x40000000)
#define STUB_SLOTS 512u
#define STUB_BYTES (STUB_SLOTS * ITS_COMMAND_BYTES)
#define STUB_CODE UINT64_C(0xffff800080010000)
#define STUB_CPUS 4
#define STUB_LOG 16384

enum stub_kind { STUB_QEMU, STUB_MEM_AP, STUB_MONITOR, STUB_OTHER };

struct stub {
	/* What it is. */
	enum stub_kind kind;
	const char *supported;		/* the answer to qSupported */
	bool binary;			/* takes X */
	unsigned cpus;			/* that it lists */
	bool no_features;
	/* How it misbehaves. */
	unsigned bad_sums;		/* so many answers with a wrong checksum */
	unsigned naks;			/* so many questions refused */
	bool notify;			/* a notification before each answer */
	bool stop_first;		/* "T02" on connecting, as QEMU */
	bool refuse_reads;		/* E01 to m */
	bool refuse_writes;		/* E0e to what is written to RAM */
	unsigned fail_at;		/* this write is not made (1: the first), 0: all are */
	bool defers;			/* as OpenOCD: OK to a long X before it is made, the failure to the next */
	bool flood;			/* answers m with a packet that has no end */
	bool silent;			/* answers nothing */
	unsigned delay_us;		/* before each answer */
	unsigned drop_at;		/* this question ends the connection (1: the first), 0: never */
	enum { DROP_BEFORE, DROP_AFTER, DROP_HALF } drop;
	/* The CPUs. */
	uint64_t pc[STUB_CPUS];
	uint32_t cpsr[STUB_CPUS];
	bool waits[STUB_CPUS];		/* QEMU says that it is halted */
	unsigned busy_halts;		/* so many halts find CPU 1 in a post */
	unsigned posts;			/* the driver posts so often, each time that the target runs */
	uint32_t code[4];		/* at STUB_CODE */
	/* What became of it. */
	atomic_uint questions, halts, resumes, detaches, connections, served;
	atomic_bool running;
	bool physical, no_ack;
	unsigned chosen, listed, widths[9];	/* accesses to the frame by width in bytes */
	unsigned writes;
	bool deferred;			/* a failure that has not been said */
	uint64_t cwriter, creadr;
	unsigned W;			/* the driver's */
	unsigned char ram[STUB_BYTES];
	uint64_t log[STUB_LOG][ITS_COMMAND_WORDS];
	size_t n_log;

	char said[2 * GDB_PACKET_MAX];	/* last */
	size_t said_length;
	char directory[32], path[64];
	int listener, fd;
	pthread_t thread;
};

static void stub_execute(struct stub *stub)
{
	while (stub->creadr != stub->cwriter) {
		assert_true(stub->n_log < STUB_LOG);
		memcpy(stub->log[stub->n_log++], stub->ram + stub->creadr, ITS_COMMAND_BYTES);
		stub->creadr = (stub->creadr + ITS_COMMAND_BYTES) % STUB_BYTES;
	}
}

/* The driver posts a command and a SYNC, by its own pointer. */
static void stub_post(struct stub *stub, const uint64_t words[ITS_COMMAND_WORDS])
{
	uint64_t sync[ITS_COMMAND_WORDS];

	its_command_build_sync(sync, 0);
	memcpy(stub->ram + stub->W * ITS_COMMAND_BYTES, words, ITS_COMMAND_BYTES);
	stub->W = (stub->W + 1) % STUB_SLOTS;
	memcpy(stub->ram + stub->W * ITS_COMMAND_BYTES, sync, ITS_COMMAND_BYTES);
	stub->W = (stub->W + 1) % STUB_SLOTS;
	stub->cwriter = stub->W * ITS_COMMAND_BYTES;
	stub_execute(stub);
}

static bool stub_access(struct stub *stub, uint64_t address, void *bytes, size_t count, bool write)
{
	uint64_t *registers[] = { &stub->cwriter, &stub->creadr };
	uint64_t fixed[] = { 0x80000001, 0x1f0001efb1, 0xb800000000000400 | STUB_RAM | (STUB_BYTES / 4096 - 1) };
	uint64_t offset = address - STUB_ITS;
	char *at = NULL;

	if (address >= STUB_RAM && address - STUB_RAM <= STUB_BYTES && count <= STUB_BYTES - (address - STUB_RAM))
		at = (char *)stub->ram + (address - STUB_RAM);
	if (address >= STUB_CODE && address - STUB_CODE <= sizeof(stub->code) - count && !stub->physical)
		at = (char *)stub->code + (address - STUB_CODE);
	if (offset < 0x20000 && count <= 8) {
		stub->widths[count]++;
		if ((offset & ~UINT64_C(7)) == 0x88 || (offset & ~UINT64_C(7)) == 0x90)
			at = (char *)registers[offset / 8 - 0x88 / 8] + offset % 8;
		else if (offset < 4 || (offset >= 8 && offset < 16) || (offset >= 0x80 && offset < 0x88))
			at = (char *)&fixed[offset < 4 ? 0 : offset < 16 ? 1 : 2] + offset % 8;
		else if (!write) {
			memset(bytes, 0, count);
			return true;
		}
	}
	if (!at)
		return false;
	memcpy(write ? (void *)at : bytes, write ? bytes : (void *)at, count);
	if (write && (offset & ~UINT64_C(7)) == 0x88) {
		stub->cwriter &= ~UINT64_C(1);
		stub_execute(stub);
	}
	return true;
}

/* One question's write. */
static bool stub_write(struct stub *stub, uint64_t address, void *bytes, size_t count)
{
	if (++stub->writes == stub->fail_at || (stub->refuse_writes && address >= STUB_RAM))
		return false;
	return stub_access(stub, address, bytes, count, true);
}

static void stub_halted(struct stub *stub)
{
	stub->halts++;
	stub->running = false;
	stub->cpsr[1] = stub->busy_halts ? 0x3c5 : 0x40000005;
	if (stub->busy_halts)
		stub->busy_halts--;
}

/* OpenOCD's monitor; commands separated by ';'. */
static void stub_monitor(struct stub *stub, char *command, char *text, size_t size)
{
	char *save, *each;
	size_t used = 0;

	*text = '\0';
	if (!strncmp(command, "mww", 3) && ++stub->writes == stub->fail_at) {
		snprintf(text, size, "Error: data abort\n");
		return;
	}
	for (each = strtok_r(command, ";", &save); each; each = strtok_r(NULL, ";", &save)) {
		unsigned long long address, value;
		unsigned count, i;
		uint32_t word;

		if (!strcmp(each, "version"))
			snprintf(text, size, "Open On-Chip Debugger 0.12.0\n");
		else if (!strcmp(each, "[target current] cget -type"))
			snprintf(text, size, "%s\n", stub->kind == STUB_MEM_AP ? "mem_ap" : "aarch64");
		else if (sscanf(each, "mdw phys %llx %u", &address, &count) == 2 && !stub->refuse_reads)
			for (i = 0; i < count; i++) {
				if (i % 8 == 0)
					used += (size_t)snprintf(text + used, size - used, "0x%08llx: ", address + 4 * i);
				assert_true(stub_access(stub, address + 4 * i, &word, 4, false));
				used += (size_t)snprintf(text + used, size - used, "%08x %s", word,
							 i % 8 == 7 || i + 1 == count ? "\n" : "");
			}
		else if (sscanf(each, "mww phys %llx %llx", &address, &value) == 2) {
			word = (uint32_t)value;
			assert_true(stub_access(stub, address, &word, 4, true));
		} else
			snprintf(text, size, "Error: data abort\n");
	}
}

static const char stub_target[] = "<?xml version=\"1.0\"?><!DOCTYPE target SYSTEM \"gdb-target.dtd\"><target>"
	"<architecture>aarch64</architecture><!-- <reg name=\"pc\"/> --><xi:include href=\"core.xml\"/></target>";
static const char stub_core[] = "<feature name=\"core\"><reg name=\"x0\" bitsize=\"64\"/>\n"
	"<reg name=\"pc\" bitsize=\"64\" regnum=\"32\"/><flags id=\"f\"/><reg name=\"cpsr\" bitsize=\"32\"/></feature>";

static void stub_features(const char *question, char *answer, size_t size)
{
	const char *text = strstr(question, "core.xml") ? stub_core : stub_target;
	size_t offset = 0, count = 0, length = strlen(text);

	sscanf(strrchr(question, ':'), ":%zx,%zx", &offset, &count);
	if (offset > length)
		offset = length;
	snprintf(answer, size, "%c%.*s", count < length - offset ? 'm' : 'l', (int)count, text + offset);
}

/* The answer to one question; false: none. */
static bool stub_answer(struct stub *stub, const char *question, size_t length, char *answer, size_t *answer_length)
{
	unsigned long long address, count;
	static char bytes[GDB_PACKET_MAX];
	const char *data = memchr(question, ':', length);

	*answer = '\0';
	if (*question == '?') {
		strcpy(answer, "T05thread:01;");
	} else if (!strncmp(question, "qSupported", 10)) {
		strcpy(answer, stub->supported);
	} else if (!strcmp(question, "QStartNoAckMode")) {
		strcpy(answer, "OK");
	} else if (!strcmp(question, "qqemu.PhyMemMode") && stub->kind == STUB_QEMU) {
		strcpy(answer, stub->physical ? "1" : "0");
	} else if (!strncmp(question, "Qqemu.PhyMemMode:", 17) && stub->kind == STUB_QEMU) {
		stub->physical = question[17] == '1';
		strcpy(answer, "OK");
	} else if (!strcmp(question, "qfThreadInfo")) {
		strcpy(answer, stub->cpus ? "m01" : "l");
		stub->listed = 1;
	} else if (!strcmp(question, "qsThreadInfo")) {
		strcpy(answer, stub->listed < stub->cpus ? stub->cpus == 2 ? "m02" : "m02,03,04" : "l");
		stub->listed = stub->cpus;
	} else if (!strncmp(question, "qThreadExtraInfo,", 17)) {
		char text[32];
		int n = snprintf(text, sizeof(text), "CPU#%ld [%s]", strtol(question + 17, NULL, 16) - 1,
				 stub->waits[strtol(question + 17, NULL, 16) - 1] ? "halted " : "running");

		gdb_hex(answer, text, (size_t)n);
	} else if (!strncmp(question, "qXfer:features:read:", 20) && !stub->no_features) {
		stub_features(question, answer, 400);
	} else if (!strncmp(question, "Hg", 2)) {
		stub->chosen = (unsigned)strtoul(question + 2, NULL, 16) - 1;
		strcpy(answer, "OK");
	} else if (!strcmp(question, "p20")) {
		gdb_hex(answer, &stub->pc[stub->chosen], 8);
	} else if (!strcmp(question, "p21")) {
		gdb_hex(answer, &stub->cpsr[stub->chosen], 4);
	} else if (!strncmp(question, "qRcmd,", 6) && (stub->kind == STUB_MONITOR || stub->kind == STUB_MEM_AP)) {
		char command[4096], text[8192], framed[2 * 8192 + 16];
		size_t n = (length - 6) / 2;

		assert_true(n < sizeof(command) && gdb_unhex(question + 6, 2 * n, command, n));
		command[n] = '\0';
		stub_monitor(stub, command, text, sizeof(text));
		/* OpenOCD 0.12 gives a result as the answer; older ones, and its log, come before it. */
		if (stub->kind == STUB_MEM_AP && *text) {
			gdb_hex(answer, text, strlen(text));
			*answer_length = strlen(answer);
			return true;
		}
		*answer = 'O';
		gdb_hex(answer + 1, text, strlen(text));
		if (*text) {
			n = gdb_frame(framed, sizeof(framed), answer, strlen(answer));
			assert_int_equal(send(stub->fd, framed, n, MSG_NOSIGNAL), n);
		}
		strcpy(answer, "OK");
	} else if (*question == 'm' && sscanf(question, "m%llx,%llx", &address, &count) == 2) {
		if (stub->refuse_reads || count > sizeof(bytes) / 2 ||
		    !stub_access(stub, address, bytes, count, false))
			strcpy(answer, "E0e");
		else
			gdb_hex(answer, bytes, count);
	} else if (*question == 'x' && sscanf(question, "x%llx,%llx", &address, &count) == 2 && stub->binary) {
		*answer = 'b';
		assert_true(stub_access(stub, address, answer + 1, count, false));
		*answer_length = count + 1;
		return true;
	} else if ((*question == 'M' || (*question == 'X' && stub->binary)) && data &&
		   sscanf(question + 1, "%llx,%llx:", &address, &count) == 2 && count <= sizeof(bytes)) {
		data++;
		if (*question == 'M')
			assert_true(gdb_unhex(data, length - (size_t)(data - question), bytes, count));
		else
			memcpy(bytes, data, count);
		if (stub->defers && *question == 'X') {
			strcpy(answer, stub->deferred ? "E0e" : "OK");
			stub->deferred = count && !stub_write(stub, address, bytes, count);
		} else {
			strcpy(answer, !count || stub_write(stub, address, bytes, count) ? "OK" : "E0e");
		}
	} else if (!strcmp(question, "D")) {
		stub->detaches++;
		stub->resumes++;
		stub->running = true;
		strcpy(answer, "OK");
	} else if (!strcmp(question, "vCont;c") || !strcmp(question, "c")) {
		stub->resumes++;
		stub->running = true;
		if (stub->posts) {
			uint64_t words[ITS_COMMAND_WORDS];

			its_command_build_inv(words, 1, 1000 + stub->posts--);
			stub_post(stub, words);
		}
		return false;
	}
	*answer_length = strlen(answer);
	return true;
}

static void stub_send(struct stub *stub, const char *bytes, size_t length)
{
	/* The tool may have gone. */
	if (send(stub->fd, bytes, length, MSG_NOSIGNAL) < 0)
		return;
}

/* False: the connection ends here. */
static bool stub_say(struct stub *stub, const char *answer, size_t length, bool half)
{
	static char frame[2 * GDB_PACKET_MAX + 8];
	size_t n = gdb_frame(frame, sizeof(frame), answer, length);

	assert_true(n > 0);
	memmove(stub->said, answer, length);
	stub->said_length = length;
	if (stub->delay_us)
		usleep(stub->delay_us);
	if (stub->notify)
		stub_send(stub, "%Stop:T05#00", 12);
	if (stub->bad_sums) {
		frame[n - 1] = frame[n - 1] == '0' ? '1' : '0';
		stub->bad_sums--;
	}
	stub_send(stub, frame, half ? n / 2 : n);
	return !half;
}

static bool stub_question(struct stub *stub, const struct gdb_reader *reader)
{
	static char answer[2 * GDB_PACKET_MAX + 8];
	bool drop, answers;
	size_t length = 0;

	drop = ++stub->questions == stub->drop_at;
	if (drop && stub->drop == DROP_BEFORE)
		return false;
	if (stub->naks) {
		stub->naks--;
		stub_send(stub, "-", 1);
		return true;
	}
	if (stub->silent)
		return true;
	if (!stub->no_ack)
		stub_send(stub, "+", 1);
	answers = stub_answer(stub, reader->data, reader->length, answer, &length);
	if (drop && stub->drop == DROP_AFTER)
		return false;
	if (stub->flood && *reader->data == 'm') {
		struct pollfd gone = { .fd = stub->fd, .events = POLLIN };

		stub_send(stub, "$", 1);
		while (send(stub->fd, answer, 1, MSG_NOSIGNAL | MSG_DONTWAIT) == 1 || !poll(&gone, 1, 1))
			;
		return true;
	}
	if (answers && !stub_say(stub, answer, length, drop))
		return false;
	if (!strcmp(reader->data, "QStartNoAckMode"))
		stub->no_ack = true;
	return true;
}

static void stub_serve(struct stub *stub)
{
	static struct gdb_reader reader;
	uint8_t bytes[4096];
	ssize_t got, i;

	gdb_reader_reset(&reader);
	stub->no_ack = false;
	stub->connections++;
	stub_halted(stub);
	if (stub->stop_first)
		stub_send(stub, "$T02thread:01;#04", 17);
	while ((got = recv(stub->fd, bytes, sizeof(bytes), 0)) > 0) {
		for (i = 0; i < got; i++) {
			/* As QEMU: whatever comes while the target runs halts it, but for an acknowledgement. */
			if (stub->running && bytes[i] != '+') {
				stub_halted(stub);
				stub_send(stub, "$T02thread:01;#04", 17);
			}
			switch (gdb_reader_feed(&reader, bytes[i])) {
			case GDB_PACKET:
				if (!stub_question(stub, &reader))
					return;
				break;
			case GDB_NAK:
				stub_say(stub, stub->said, stub->said_length, false);
				break;
			case GDB_BAD_PACKET:
			case GDB_BAD_CHECKSUM:
				fail_msg("the tool sends a bad packet");
				break;
			default:
				break;
			}
		}
	}
}

static void *stub_main(void *argument)
{
	struct stub *stub = argument;

	while ((stub->fd = accept(stub->listener, NULL, NULL)) >= 0) {
		stub_serve(stub);
		close(stub->fd);
		stub->served++;
	}
	return NULL;
}

static void stub_start(struct stub *stub, enum stub_kind kind)
{
	struct sockaddr_un path = { .sun_family = AF_UNIX };
	unsigned i;

	memset(stub, 0, sizeof(*stub));
	stub->kind = kind;
	stub->supported = "PacketSize=400;qXfer:features:read+;vContSupported+;multiprocess+";
	stub->cpus = 2;
	stub->stop_first = kind == STUB_QEMU;
	for (i = 0; i < STUB_CPUS; i++) {
		stub->pc[i] = STUB_CODE + 8;
		stub->cpsr[i] = 0x40000005;
	}
	for (i = 0; i < 4; i++)
		stub->code[i] = 0xd503201f;	/* nop */
	strcpy(stub->directory, "/tmp/its-stub.XXXXXX");
	assert_non_null(mkdtemp(stub->directory));
	snprintf(stub->path, sizeof(stub->path), "%s/socket", stub->directory);
	strcpy(path.sun_path, stub->path);
	stub->listener = socket(AF_UNIX, SOCK_STREAM, 0);
	assert_true(stub->listener >= 0);
	assert_int_equal(bind(stub->listener, (struct sockaddr *)&path, sizeof(path)), 0);
	assert_int_equal(listen(stub->listener, 4), 0);
	/* The history: MAPC and SYNCs, then never used slots. */
	for (i = 0; i < 10; i++) {
		uint64_t words[ITS_COMMAND_WORDS];

		its_command_build_inv(words, 7, 100 + i);
		memcpy(stub->ram + i * ITS_COMMAND_BYTES, words, sizeof(words));
	}
	stub->W = 10;
	stub->cwriter = stub->creadr = 10 * ITS_COMMAND_BYTES;
	assert_int_equal(pthread_create(&stub->thread, NULL, stub_main, stub), 0);
}

/* Until @count connections have ended: what the stub holds may then be looked at. */
static void stub_wait(struct stub *stub, unsigned count)
{
	unsigned i;

	for (i = 0; i < 5000 && stub->served < count; i++)
		usleep(1000);
	assert_int_equal(stub->served, count);
}

static void stub_stop(struct stub *stub)
{
	shutdown(stub->listener, SHUT_RDWR);
	pthread_join(stub->thread, NULL);
	close(stub->listener);
	unlink(stub->path);
	rmdir(stub->directory);
}

#endif
