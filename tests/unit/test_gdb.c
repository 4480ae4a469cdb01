// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * gdb's remote protocol: packets and answers as they may come, and the source
 * gdb against a stub that answers well, badly, late, or hangs up in the middle
 * of a lap. What is left then must be a ring that the driver survives.
 */
#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>

#include "../../src/memory/gdb_answer.h"
#include "gdb_stub.h"
#include "its/queue.h"

#define DEVICE 1

/* Packets. */

static enum gdb_event feed(struct gdb_reader *reader, const char *bytes, size_t length)
{
	enum gdb_event event = GDB_MORE;
	size_t i;

	for (i = 0; i < length; i++) {
		event = gdb_reader_feed(reader, (uint8_t)bytes[i]);
		if (event != GDB_MORE && i + 1 < length)
			break;
	}
	assert_int_equal(i, length);
	return event;
}

static void test_frames(void **state)
{
	static struct gdb_reader reader;
	uint64_t seed = 1;
	char data[300], frame[700];
	unsigned round, i;

	(void)state;
	gdb_reader_reset(&reader);
	assert_int_equal(gdb_frame(frame, sizeof(frame), "m40000000,20", 12), 16);
	assert_memory_equal(frame, "$m40000000,20#ad", 13);
	/* Any bytes come back as they were. */
	for (round = 0; round < 2000; round++) {
		size_t length = test_random(&seed) % sizeof(data), framed;

		for (i = 0; i < length; i++)
			data[i] = (char)(test_random(&seed) % (round & 1 ? 256 : 4) + (round & 1 ? 0 : '#'));
		framed = gdb_frame(frame, sizeof(frame), data, length);
		assert_true(framed >= length + 4);
		assert_int_equal(framed, gdb_escaped(data, length) + 4);
		assert_int_equal(gdb_frame(frame, framed - 1, data, length), 0);
		assert_int_equal(gdb_frame(frame, framed, data, length), framed);
		assert_int_equal(feed(&reader, frame, framed), GDB_PACKET);
		assert_int_equal(reader.length, length);
		assert_memory_equal(reader.data, data, length);
		assert_int_equal(reader.data[length], 0);
		/* One bit of the data is seen. */
		frame[1 + test_random(&seed) % (framed - 3)] ^= 1 << test_random(&seed) % 8;
		for (i = 0; i < framed; i++)
			assert_false(gdb_reader_feed(&reader, (uint8_t)frame[i]) == GDB_PACKET &&
				     reader.length == length && !memcmp(reader.data, data, length) && length > 1);
		gdb_reader_reset(&reader);
	}
}

static void test_reader(void **state)
{
	static const struct { const char *bytes; enum gdb_event event; const char *data; } cases[] = {
		{ "+", GDB_ACK, NULL }, { "-", GDB_NAK, NULL },
		{ "$OK#9a", GDB_PACKET, "OK" }, { "$OK#9A", GDB_PACKET, "OK" },
		{ "noise\r\n\003$OK#9a", GDB_PACKET, "OK" }, { "$#00", GDB_PACKET, "" },
		{ "$OK#9b", GDB_BAD_CHECKSUM, NULL }, { "$OK#8a", GDB_BAD_CHECKSUM, NULL },
		{ "$OK#xa", GDB_BAD_CHECKSUM, NULL }, { "$OK#9x", GDB_BAD_CHECKSUM, NULL },
		/* A run: 0 and 29 + n further ones. */
		{ "$0* #7a", GDB_PACKET, "0000" }, { "$0*\"00#dc", GDB_PACKET, "00000000" },
		{ "$* #4a", GDB_BAD_PACKET, NULL }, { "$0*\001#5b", GDB_BAD_PACKET, NULL },
		{ "$0*#5a", GDB_BAD_PACKET, NULL }, { "$}#7d", GDB_BAD_PACKET, NULL },
		/* Of what was sent, not of what that stands for; and one run after another. */
		{ "$}\003*\"#cc", GDB_PACKET, "#\003\003\003\003\003" }, { "$0* * #c4", GDB_PACKET, "0000000" },
		{ "$}\003#80", GDB_PACKET, "#" }, { "%Stop:T05#00", GDB_NOTIFICATION, NULL },
		/* The stub begins anew in the middle. */
		{ "$half$OK#9a", GDB_PACKET, "OK" },
	};
	static struct gdb_reader reader;
	unsigned i;

	(void)state;
	gdb_reader_reset(&reader);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(feed(&reader, cases[i].bytes, strlen(cases[i].bytes)), cases[i].event);
		if (cases[i].data)
			assert_string_equal(reader.data, cases[i].data);
	}
	/* Too long, plainly and by runs: said at its end, and the next packet is good. */
	gdb_reader_feed(&reader, '$');
	for (i = 0; i < GDB_PACKET_MAX + 10; i++)
		assert_int_equal(gdb_reader_feed(&reader, 'a'), GDB_MORE);
	assert_int_equal(feed(&reader, "#00", 3), GDB_BAD_PACKET);
	feed(&reader, "$a", 2);
	for (i = 0; i < GDB_PACKET_MAX / 97 + 1; i++)
		feed(&reader, "*~", 2);
	assert_int_equal(feed(&reader, "#00", 3), GDB_BAD_PACKET);
	assert_int_equal(feed(&reader, "$OK#9a", 6), GDB_PACKET);
}

static void test_hex(void **state)
{
	uint8_t bytes[4] = { 0 };
	char text[9];

	(void)state;
	assert_true(gdb_unhex("00fFa5C3", 8, bytes, 4));
	gdb_hex(text, bytes, 4);
	assert_string_equal(text, "00ffa5c3");
	assert_false(gdb_unhex("00ffa5c", 7, bytes, 4));
	assert_false(gdb_unhex("00ffa5c3", 8, bytes, 3));
	assert_false(gdb_unhex("xxxxxxxx", 8, bytes, 4));
	assert_true(gdb_is_error("E01", 3));
	assert_true(gdb_is_error("E.no such thing", 15));
	assert_false(gdb_is_error("E012", 4));
	assert_false(gdb_is_error("", 0));
	assert_true(gdb_is_stop("T05thread:01;", 13));
	assert_true(gdb_is_stop("S02", 3));
	assert_false(gdb_is_stop("Tracepoints+", 12));
	assert_false(gdb_is_stop("T0", 2));
}

/* Answers. */

static void test_answers(void **state)
{
	static struct gdb_threads threads;
	struct gdb_supported supported;
	uint32_t words[10];

	(void)state;
	gdb_supported_read("PacketSize=4000;qXfer:features:read+;vContSupported+;QStartNoAckMode-;binary-upload+", &supported);
	assert_int_equal(supported.packet_size, 0x4000);
	assert_true(supported.features && supported.vcont && supported.binary_upload && !supported.no_ack);
	gdb_supported_read("PacketSize=ffffffffffffffffffffff;xQStartNoAckMode+", &supported);
	assert_true(!supported.no_ack && supported.packet_size > 0x10000);
	gdb_supported_read("", &supported);
	assert_int_equal(supported.packet_size, 0);

	threads.count = 0;
	assert_int_equal(gdb_threads_add(&threads, "m01"), 1);
	assert_int_equal(gdb_threads_add(&threads, "m2,p1.a"), 1);
	assert_int_equal(gdb_threads_add(&threads, "l"), 0);
	assert_int_equal(threads.count, 3);
	assert_string_equal(threads.id[2], "p1.a");
	assert_int_equal(gdb_threads_add(&threads, ""), -1);
	assert_int_equal(gdb_threads_add(&threads, "m"), -1);
	assert_int_equal(gdb_threads_add(&threads, "m1,"), -1);
	assert_int_equal(gdb_threads_add(&threads, "m1;c"), -1);
	assert_int_equal(gdb_threads_add(&threads, "m0123456789012345678901234"), -1);
	while (threads.count < GDB_THREADS_MAX)
		assert_int_equal(gdb_threads_add(&threads, "m1"), 1);
	assert_int_equal(gdb_threads_add(&threads, "m1"), -1);

	assert_true(gdb_memory_text("0x08080090: 00000040 00000000 \n", 0x8080090, words, 2));
	assert_int_equal(words[0], 0x40);
	assert_true(gdb_memory_text("0x40000000: 00000000 00000001 00000002 00000003 00000004 00000005 00000006 00000007 \r\n"
				    "0x40000020: 00000008 0000000A \r\n", 0x40000000, words, 10));
	assert_int_equal(words[9], 10);
	assert_false(gdb_memory_text("0x08080090: 00000040 \n", 0x8080090, words, 2));
	assert_false(gdb_memory_text("0x08080094: 00000040 00000000 \n", 0x8080090, words, 2));
	assert_false(gdb_memory_text("0x08080090: 0000004 00000000 \n", 0x8080090, words, 2));
	assert_false(gdb_memory_text("0x08080090: 00000040 00000000 00000000\n", 0x8080090, words, 2));
	assert_false(gdb_memory_text("Error: data abort\n", 0x8080090, words, 2));
}

static void test_description(void **state)
{
	static const char text[] = "<?xml version='1.0'?><!-- <reg name=\"no\"/> --><target><architecture> aarch64 </architecture>\n"
		"<xi:include href=\"core.xml\"/><feature><reg\nname = \"x\" bitsize=\"64\"/><reg bitsize='32' name='cpsr' regnum='33'/>"
		"<regs name=\"no\"/><reg name=\"pc\" bitsize=\"-1\"/><reg";
	const char *cursor = text;
	struct gdb_tag tag;

	(void)state;
	gdb_tag_next(&cursor, &tag);
	assert_int_equal(tag.kind, GDB_TAG_ARCHITECTURE);
	assert_string_equal(tag.name, "aarch64");
	gdb_tag_next(&cursor, &tag);
	assert_int_equal(tag.kind, GDB_TAG_INCLUDE);
	assert_string_equal(tag.name, "core.xml");
	gdb_tag_next(&cursor, &tag);
	assert_int_equal(tag.kind, GDB_TAG_REGISTER);
	assert_string_equal(tag.name, "cpsr");
	assert_int_equal(tag.bits, 32);
	assert_true(tag.has_number && tag.number == 33);
	gdb_tag_next(&cursor, &tag);
	assert_string_equal(tag.name, "pc");
	assert_true(!tag.has_number && !tag.bits);
	gdb_tag_next(&cursor, &tag);
	assert_int_equal(tag.kind, GDB_TAG_END);
	gdb_tag_next(&cursor, &tag);
	assert_int_equal(tag.kind, GDB_TAG_END);
}

/* The source. */

struct rig {
	struct memory memory;
	struct board_its its;
	struct queue queue;
};

static int open_memory(struct rig *rig, const struct stub *stub, const char *options, unsigned cpus,
		       struct its_error *error)
{
	struct memory_layout layout = { .cpus = cpus };
	char source[120];
	int err;

	memset(rig, 0, sizeof(*rig));
	memset(error, 0, sizeof(*error));
	snprintf(source, sizeof(source), "gdb:%s%s", stub->path, options);
	rig->its = (struct board_its){ .node = "/its", .available = true, .translated = true,
				       .base = STUB_ITS, .size = 0x20000, .gic = SIZE_MAX };
	err = memory_open(&rig->memory, source, error);
	if (!err)
		err = memory_populate(&rig->memory, &layout, error);
	return err;
}

static int rig_open(struct rig *rig, const struct stub *stub, const char *options, struct its_error *error)
{
	int err = open_memory(rig, stub, options, 2, error);

	if (!err)
		err = queue_open(&rig->queue, &rig->memory, &rig->its, true, error);
	if (!err)
		err = queue_attach(&rig->queue, error);
	return err;
}

static void rig_close(struct rig *rig)
{
	if (!rig->memory.ops)
		return;
	queue_close(&rig->queue);
	memory_close(&rig->memory);
}

static int append(struct rig *rig, unsigned timeout_ms, struct queue_append_report *report, struct its_error *error)
{
	struct queue_append_options options = { .timeout_ms = timeout_ms };
	uint64_t words[2][ITS_COMMAND_WORDS];

	its_command_build_inv(words[0], DEVICE, 0);
	its_command_build_int(words[1], DEVICE, 0);
	return queue_append(&rig->queue, (const uint64_t (*)[ITS_COMMAND_WORDS])words, 2, &options, report, error);
}

/* All executed is SYNC or of the tool, the latter at most @most times each; returns the INTs. */
static unsigned check_log(const struct stub *stub, unsigned most)
{
	unsigned ints = 0, invs = 0;
	uint64_t device;
	size_t i;

	for (i = 0; i < stub->n_log; i++) {
		const uint64_t *words = stub->log[i];

		if ((words[0] & 0xff) == ITS_SYNC)
			continue;
		assert_true(its_command_get(words, ITS_LAYOUT_V40, ITS_FIELD_DEVICE_ID, &device));
		assert_int_equal(device, DEVICE);
		ints += (words[0] & 0xff) == ITS_INT;
		invs += (words[0] & 0xff) == ITS_INV;
	}
	assert_true(ints <= most && invs <= most);
	return ints;
}

/* The driver posts; the ITS executes that, what of the tool was pending, and nothing stale. */
static void check_driver(struct stub *stub, uint32_t mark)
{
	uint64_t words[ITS_COMMAND_WORDS], device, event;
	unsigned clears = 0;
	size_t i, n = stub->n_log;

	its_command_init(its_command_by_opcode(ITS_CLEAR), words);
	its_command_set(words, ITS_LAYOUT_V40, ITS_FIELD_DEVICE_ID, DEVICE);
	its_command_set(words, ITS_LAYOUT_V40, ITS_FIELD_EVENT_ID, mark);
	stub_post(stub, words);
	for (i = n; i < stub->n_log; i++) {
		const uint64_t *log = stub->log[i];

		if ((log[0] & 0xff) == ITS_SYNC)
			continue;
		assert_int_equal(log[0] & 0xff, ITS_CLEAR);
		assert_true(its_command_get(log, ITS_LAYOUT_V40, ITS_FIELD_DEVICE_ID, &device) && device == DEVICE);
		assert_true(its_command_get(log, ITS_LAYOUT_V40, ITS_FIELD_EVENT_ID, &event) && event == mark);
		clears++;
	}
	assert_int_equal(clears, 1);
	assert_true(stub->n_log - n <= 3);
	assert_int_equal(stub->cwriter, stub->creadr);
	assert_int_equal(stub->cwriter, stub->W * ITS_COMMAND_BYTES);
}

static const struct { enum stub_kind kind; const char *options, *supported, *via; bool binary; } kinds[] = {
	{ STUB_QEMU, "", "PacketSize=1000;qXfer:features:read+;vContSupported+", "gdb (physical mode of QEMU)", false },
	{ STUB_QEMU, "", "PacketSize=50;qXfer:features:read+;QStartNoAckMode+", "gdb (physical mode of QEMU)", false },
	{ STUB_MEM_AP, ",unchecked", "PacketSize=4000;vContSupported+", "gdb (mem_ap target of OpenOCD)", true },
	{ STUB_MONITOR, "", "PacketSize=4000;qXfer:features:read+;vContSupported+",
	  "gdb (monitor mdw phys of OpenOCD)", true },
	{ STUB_OTHER, ",virtual", "PacketSize=1000;qXfer:features:read+;binary-upload+", "gdb (virtual addresses)", true },
	{ STUB_OTHER, ",virtual", "PacketSize=4000;qXfer:features:read+", "gdb (virtual addresses)", true },
};

static void test_ways(void **state)
{
	static struct stub stub;
	unsigned i;

	(void)state;
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		static unsigned char before[STUB_BYTES];
		struct queue_append_report report;
		struct its_error error;
		struct rig rig;

		stub_start(&stub, kinds[i].kind);
		stub.supported = kinds[i].supported;
		stub.binary = kinds[i].binary;
		memcpy(before, stub.ram, sizeof(before));
		if (rig_open(&rig, &stub, kinds[i].options, &error) || append(&rig, 2000, &report, &error))
			fail_msg("%u: %s", i, error.message);
		assert_string_equal(rig.queue.ring.via, kinds[i].via);
		/* A bus halts no CPU, and writes past the caches that this ring is read through. */
		assert_int_equal(rig.memory.halted, kinds[i].kind != STUB_MEM_AP);
		assert_int_equal(rig.memory.ops->check_ring(&rig.memory, rig.queue.noncoherent, &error),
				 kinds[i].kind == STUB_MEM_AP ? ITS_ERR_UNSAFE : ITS_OK);
		assert_int_equal(rig.memory.ops->check_ring(&rig.memory, true, &error), ITS_OK);
		assert_int_equal(report.executed, 2);
		assert_int_equal(stub.resumes, 0);
		rig_close(&rig);
		stub_wait(&stub, 1);
		assert_int_equal(check_log(&stub, 1), 1);
		assert_int_equal(stub.n_log, STUB_SLOTS);
		assert_int_equal(stub.cwriter, 10 * ITS_COMMAND_BYTES);
		assert_memory_equal(before, stub.ram, sizeof(before));
		assert_int_equal(stub.resumes, 1);
		assert_true(stub.running);
		assert_false(stub.physical);
		/* Registers: whole words, and 64 bits in one only where that is one access. */
		assert_int_equal(stub.widths[8] > 0, kinds[i].kind == STUB_QEMU);
		assert_int_equal(stub.widths[1] + stub.widths[2] + stub.widths[3] + stub.widths[5] + stub.widths[6] +
				 stub.widths[7], 0);
		check_driver(&stub, 1);
		stub_stop(&stub);
	}
}

/* Large packets: the whole lap takes far fewer questions than the ring has slots. */
static void test_few_questions(void **state)
{
	static struct stub stub;
	struct queue_append_report report;
	struct its_error error;
	struct rig rig;
	unsigned bus;

	(void)state;
	for (bus = 0; bus < 2; bus++) {
		stub_start(&stub, bus ? STUB_MEM_AP : STUB_QEMU);
		stub.supported = "PacketSize=1000;qXfer:features:read+";
		assert_int_equal(rig_open(&rig, &stub, ",unchecked", &error), 0);
		assert_int_equal(append(&rig, 2000, &report, &error), 0);
		rig_close(&rig);
		stub_wait(&stub, 1);
		assert_true(stub.writes < 30);
		/* On a bus each look is a new one. */
		assert_true(bus || stub.questions < 100);
		stub_stop(&stub);
	}
}

static void test_refusals(void **state)
{
	static struct stub stub;
	struct queue_append_report report;
	struct its_error error;
	struct rig rig;
	unsigned served = 0;

	(void)state;
	/* No way to physical memory. */
	stub_start(&stub, STUB_OTHER);
	assert_int_equal(rig_open(&rig, &stub, "", &error), ITS_ERR_ACCESS);
	assert_non_null(strstr(error.message, "no known way to physical memory"));
	assert_non_null(strstr(error.hint, ",virtual"));
	stub_wait(&stub, ++served);
	assert_true(stub.running);
	assert_int_equal(rig_open(&rig, &stub, ",bogus", &error), ITS_ERR_USAGE);
	stub_stop(&stub);
	assert_int_equal(rig_open(&rig, &stub, "", &error), ITS_ERR_ACCESS);
	assert_non_null(strstr(error.message, "no connection"));

	/* A bus shows no CPU. */
	stub_start(&stub, STUB_MEM_AP);
	assert_int_equal(rig_open(&rig, &stub, "", &error), 0);
	assert_int_equal(append(&rig, 100, &report, &error), ITS_ERR_UNSAFE);
	assert_non_null(strstr(error.hint, ",unchecked"));
	rig_close(&rig);
	stub_wait(&stub, 1);
	assert_int_equal(stub.n_log, 0);
	stub_stop(&stub);

	/* No registers; fewer CPUs than the device tree has. */
	stub_start(&stub, STUB_QEMU);
	stub.no_features = true;
	assert_int_equal(rig_open(&rig, &stub, "", &error), 0);
	assert_int_equal(append(&rig, 100, &report, &error), ITS_ERR_UNSAFE);
	rig_close(&rig);
	stub_wait(&stub, 1);
	stub.no_features = false;
	stub.cpus = 1;
	assert_int_equal(rig_open(&rig, &stub, "", &error), 0);
	assert_int_equal(append(&rig, 100, &report, &error), ITS_ERR_UNSAFE);
	assert_non_null(strstr(error.message, "1 CPUs of 2"));
	rig_close(&rig);
	stub_wait(&stub, 2);
	assert_int_equal(stub.n_log, 0);
	stub_stop(&stub);
}

/* A halt that falls into a post is no break. */
static void test_busy(void **state)
{
	static struct stub stub;
	static uint64_t before[STUB_BYTES / 8];
	struct queue_append_report report;
	struct its_error error;
	struct rig rig;

	(void)state;
	stub_start(&stub, STUB_QEMU);
	stub.busy_halts = 4;
	assert_int_equal(rig_open(&rig, &stub, "", &error), 0);
	assert_int_equal(append(&rig, 2000, &report, &error), 0);
	rig_close(&rig);
	stub_wait(&stub, 1);
	assert_int_equal(stub.halts, 5);
	assert_int_equal(stub.resumes, 5);
	assert_int_equal(check_log(&stub, 1), 1);
	check_driver(&stub, 1);

	/* What the driver does while the target runs is what the lap then finds. */
	stub.busy_halts = stub.posts = 3;
	stub.n_log = 0;
	assert_int_equal(rig_open(&rig, &stub, "", &error), 0);
	assert_int_equal(window_read_words(&rig.queue.ring, 0, before, STUB_BYTES / 8, &error), 0);
	assert_int_equal(append(&rig, 2000, &report, &error), 0);
	rig_close(&rig);
	stub_wait(&stub, 2);
	assert_int_equal(stub.posts, 0);
	assert_int_equal(stub.n_log, 6 + STUB_SLOTS);
	assert_int_equal(stub.cwriter, stub.W * ITS_COMMAND_BYTES);
	assert_memory_equal(stub.ram + (stub.W - 6) * ITS_COMMAND_BYTES, stub.log, 6 * ITS_COMMAND_BYTES);
	check_driver(&stub, 2);

	/* Never: refused, with the CPU, and nothing is written. */
	stub.busy_halts = 1000000;
	stub.n_log = 0;
	assert_int_equal(rig_open(&rig, &stub, "", &error), 0);
	assert_int_equal(append(&rig, 50, &report, &error), ITS_ERR_UNSAFE);
	assert_non_null(strstr(error.message, "CPU 1 (thread 02) is at 0xffff800080010008 with interrupts masked"));
	rig_close(&rig);
	stub_wait(&stub, 3);
	assert_int_equal(stub.n_log, 0);
	assert_true(stub.running);

	/* The same in user space, in WFI before and behind it, in a call of the firmware, or not executing. */
	for (unsigned i = 0; i < 7; i++) {
		static const uint32_t code[7][4] = {
			{ 0 }, { 0xd503201f, 0xd503201f, 0xd503207f }, { 0xd503201f, 0xd503207f, 0xd503201f },
			{ 0xd503201f, 0xd4000003 }, { 0xd503201f, 0xd4000002 }, { 0 }, { 0xd503207f, 0, 0, 0xd503207f },
		};
		unsigned served = stub.served;

		memcpy(stub.code, code[i], sizeof(stub.code));
		stub.busy_halts = 1000000;
		stub.waits[1] = i == 5;
		stub.n_log = 0;
		assert_int_equal(rig_open(&rig, &stub, "", &error), 0);
		/* Set by the halt on connecting, and no other comes if the first is good. */
		if (i == 0)
			stub.cpsr[1] = 0x800003c0;
		assert_int_equal(append(&rig, 50, &report, &error), i == 6 ? ITS_ERR_UNSAFE : 0);
		rig_close(&rig);
		stub_wait(&stub, served + 1);
		assert_int_equal(check_log(&stub, 1), i != 6);
	}
	stub_stop(&stub);
}

static void test_bad_answers(void **state)
{
	static struct stub stub;
	struct queue_append_report report;
	struct its_error error;
	struct rig rig;
	unsigned i;

	(void)state;
	/* What the protocol mends: wrong checksums, refused questions, notifications, a slow stub. */
	for (i = 0; i < 4; i++) {
		stub_start(&stub, STUB_QEMU);
		stub.supported = "PacketSize=1000;qXfer:features:read+";
		stub.bad_sums = i == 0 ? 2 : 0;
		stub.naks = i == 1 ? 2 : 0;
		stub.notify = i == 2;
		stub.delay_us = i == 3 ? 2000 : 0;
		if (rig_open(&rig, &stub, "", &error) || append(&rig, 2000, &report, &error))
			fail_msg("%u: %s", i, error.message);
		rig_close(&rig);
		stub_wait(&stub, 1);
		assert_int_equal(check_log(&stub, 1), 1);
		assert_true(stub.running);
		stub_stop(&stub);
	}
	/* Slots that cannot be written: the ITS is not sent to them. */
	stub_start(&stub, STUB_QEMU);
	stub.supported = "PacketSize=1000;qXfer:features:read+";
	stub.refuse_writes = true;
	assert_int_equal(rig_open(&rig, &stub, "", &error), 0);
	assert_int_equal(append(&rig, 2000, &report, &error), ITS_ERR_ACCESS);
	assert_non_null(strstr(error.message, "refuses (E0e) writing"));
	rig_close(&rig);
	stub_wait(&stub, 1);
	assert_int_equal(stub.n_log, 0);
	assert_int_equal(stub.cwriter, 10 * ITS_COMMAND_BYTES);
	stub_stop(&stub);
	/* What it does not. */
	memory_set_timeout(100);
	for (i = 0; i < 7; i++) {
		static const int codes[] = { ITS_ERR_FAILED, ITS_ERR_FAILED, ITS_ERR_ACCESS, ITS_ERR_TIMEOUT,
					     ITS_ERR_TIMEOUT, ITS_ERR_INPUT, ITS_ERR_ACCESS };
		static const char *const said[] = { "wrong checksum", "refuses every packet", "refuses (E0e) reading",
						    "no answer for 100 ms", "no answer for 100 ms", "answers", "data abort" };
		struct timespec start, now;

		stub_start(&stub, i == 6 ? STUB_MONITOR : STUB_QEMU);
		stub.bad_sums = i == 0 ? 100 : 0;
		stub.naks = i == 1 ? 100 : 0;
		stub.refuse_reads = i == 2 || i == 6;
		stub.silent = i == 3;
		stub.flood = i == 4;
		if (i == 5)
			stub.supported = "PacketSize=ffffffff";	/* more than it gives */
		clock_gettime(CLOCK_MONOTONIC, &start);
		if (i == 5) {
			struct window window;
			uint64_t words[16], value = 42;

			assert_int_equal(open_memory(&rig, &stub, "", 2, &error), 0);
			assert_int_equal(window_open(&window, &rig.memory, STUB_RAM + STUB_BYTES, 4096, MEMORY_RAM,
						     false, &error), 0);
			assert_int_equal(window_read_words(&window, 0, words, 16, &error), ITS_ERR_ACCESS);
			assert_int_equal(window_read(&window, 0, 64, &value, &error), ITS_ERR_ACCESS);
			assert_int_equal(value, 42);
			window_close(&window);
		} else {
			assert_int_equal(rig_open(&rig, &stub, "", &error), codes[i]);
			assert_true(i != 3 || strstr(error.hint, "another one connected"));
			if (!strstr(error.message, said[i]))
				fail_msg("%u: %s", i, error.message);
		}
		rig_close(&rig);
		clock_gettime(CLOCK_MONOTONIC, &now);
		assert_true(now.tv_sec - start.tv_sec < 3);
		stub_wait(&stub, 1);
		stub_stop(&stub);
	}
	memory_set_timeout(1000);
}

/*
 * The connection is lost at every question of a lap, before it is obeyed,
 * after, and in the middle of the answer. The driver is unharmed, and a second
 * run finds a ring that it can use.
 */
static void test_dropped(void **state)
{
	static struct stub stub;
	static unsigned char before[STUB_BYTES];
	unsigned at, how, whole = 0, dropped = 0, executed = 0;

	(void)state;
	for (how = DROP_BEFORE; how <= DROP_HALF; how++) {
		for (at = 1, whole = 0; !whole; at++) {
			struct queue_append_report report = { 0 };
			struct its_error error;
			struct rig rig;
			unsigned ints;
			int err;

			stub_start(&stub, STUB_QEMU);
			stub.supported = "PacketSize=1000;qXfer:features:read+";
			stub.drop = how;
			stub.drop_at = at;
			memcpy(before, stub.ram, sizeof(before));
			err = rig_open(&rig, &stub, "", &error);
			if (!err)
				err = append(&rig, 500, &report, &error);
			whole = !err;
			if (err) {
				dropped++;
				assert_int_equal(err, ITS_ERR_FAILED);
				assert_non_null(strstr(error.message, "closed while "));
				assert_non_null(strstr(error.hint, "go on"));
				if (stub.n_log)
					assert_non_null(strstr(error.hint, "GITS_CWRITER had been written"));
			}
			rig_close(&rig);
			stub_wait(&stub, 1);
			ints = check_log(&stub, 1);
			executed += ints;
			if (memcmp(before, stub.ram, sizeof(before)) && !report.filler_left)
				fail_msg("%u, %u: the report denies the filler", how, at);
			assert_false(whole && report.filler_left);
			assert_int_equal(stub.cwriter, stub.creadr);
			assert_true(stub.cwriter == 10 * ITS_COMMAND_BYTES || stub.cwriter == 9 * ITS_COMMAND_BYTES);
			stub.drop_at = 0;
			stub.n_log = 0;
			if (at & 1)
				check_driver(&stub, 1);
			/* The next run: the driver's pointer again, and its own commands once. */
			stub.n_log = 0;
			if (rig_open(&rig, &stub, "", &error) || append(&rig, 500, &report, &error))
				fail_msg("after %u: %s", at, error.message);
			rig_close(&rig);
			stub_wait(&stub, 2);
			assert_int_equal(check_log(&stub, 1), 1);
			assert_int_equal(stub.cwriter, stub.W * ITS_COMMAND_BYTES);
			check_driver(&stub, 2);
			stub_stop(&stub);
		}
	}
	assert_true(dropped > 100 && executed > 20 && executed < dropped);
}

/*
 * One write of all that an append makes is not made. That is an error, whenever
 * the stub says it, and the ITS executes nothing but what the tool and the
 * driver wrote, not then and not when the driver posts.
 */
static void failing_write(unsigned kind, bool plain, unsigned at, bool *failed)
{
	static struct stub stub;
	struct queue_append_options options = { .timeout_ms = 500, .plain = plain };
	struct queue_append_report report;
	uint64_t words[2][ITS_COMMAND_WORDS];
	struct its_error error;
	struct rig rig;
	unsigned i;
	int err;

	stub_start(&stub, kinds[kind].kind);
	stub.supported = kinds[kind].supported;
	stub.binary = stub.defers = kinds[kind].binary;
	stub.fail_at = at;
	for (i = 0; i < STUB_SLOTS; i++) {
		its_command_build_inv(words[0], 7, 100 + i);
		memcpy(stub.ram + i * ITS_COMMAND_BYTES, words[0], ITS_COMMAND_BYTES);
	}
	assert_int_equal(rig_open(&rig, &stub, kinds[kind].options, &error), 0);
	its_command_build_inv(words[0], DEVICE, 0);
	its_command_build_int(words[1], DEVICE, 0);
	err = queue_append(&rig.queue, (const uint64_t (*)[ITS_COMMAND_WORDS])words, 2, &options, &report, &error);
	/* What closing the ring writes counts, too: those are second attempts. */
	*failed = stub.writes >= at;
	if (*failed != !!err)
		fail_msg("kind %u, %s, write %u: %d %s", kind, plain ? "plain" : "lap", at, err, error.message);
	if (err && !strstr(error.message, kinds[kind].kind == STUB_MONITOR ? "data abort" : "refuses (E0e) writing"))
		fail_msg("%s", error.message);
	rig_close(&rig);
	stub_wait(&stub, 1);
	check_log(&stub, 1);
	if (!plain || stub.cwriter == 10 * ITS_COMMAND_BYTES)
		check_driver(&stub, 1);
	stub_stop(&stub);
}

static void test_failing_writes(void **state)
{
	unsigned kind, plain, at;

	(void)state;
	for (kind = 0; kind < sizeof(kinds) / sizeof(kinds[0]); kind++)
		for (plain = 0; plain < 2; plain++) {
			bool failed = true;

			/* Short packets, and words by the monitor, make very many writes. */
			for (at = 1; failed; at += at < 40 ? 1 : 101)
				failing_write(kind, plain, at, &failed);
			assert_true(at > 3);
		}
}

/* A session goes on after it: what could not be written is forgotten, and the next append finishes the lap. */
static void test_failed_before(void **state)
{
	static struct stub stub;
	struct queue_append_report report;
	struct its_error error;
	struct rig rig;
	unsigned again;

	(void)state;
	for (again = 0; again < 2; again++) {
		stub_start(&stub, STUB_QEMU);
		stub.supported = "PacketSize=1000;qXfer:features:read+";
		/* After the fill of 9 packets and CWRITER: the payload is blanked. */
		stub.fail_at = 11;
		assert_int_equal(rig_open(&rig, &stub, "", &error), 0);
		assert_int_equal(append(&rig, 500, &report, &error), ITS_ERR_ACCESS);
		assert_int_equal(stub.cwriter, 9 * ITS_COMMAND_BYTES);
		if (again) {
			queue_close(&rig.queue);
			assert_int_equal(queue_open(&rig.queue, &rig.memory, &rig.its, true, &error), 0);
			assert_int_equal(queue_attach(&rig.queue, &error), 0);
		}
		stub.n_log = 0;
		if (append(&rig, 500, &report, &error))
			fail_msg("%s", error.message);
		assert_true(report.finished_older);
		rig_close(&rig);
		stub_wait(&stub, 1);
		assert_int_equal(check_log(&stub, 1), 1);
		assert_int_equal(stub.cwriter, stub.W * ITS_COMMAND_BYTES);
		check_driver(&stub, 1);
		stub_stop(&stub);
	}
}

/* A signal ends the tool; the target goes on first. */
static void test_signals(void **state)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGQUIT };
	static struct stub stub;
	unsigned i;

	(void)state;
	for (i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
		int status, ready[2];
		char byte;
		pid_t child;

		stub_start(&stub, STUB_QEMU);
		assert_int_equal(pipe(ready), 0);
		child = fork();
		assert_true(child >= 0);
		if (!child) {
			struct its_error error;
			struct rig rig;
			unsigned k;

			/* Under nohup, or in the background of a shell, some are ignored. */
			for (k = 0; k < sizeof(signals) / sizeof(signals[0]); k++)
				signal(signals[k], SIG_DFL);
			if (rig_open(&rig, &stub, "", &error))
				_exit(1);
			/* In the middle of a lap it waits. */
			if (i == 4) {
				memory_prepare(&rig.memory, &error);
				raise(SIGQUIT);
				if (write(ready[1], "x", 1) != 1)
					_exit(1);
				usleep(100000);
				memory_finish(&rig.memory);
				_exit(2);
			}
			if (write(ready[1], "x", 1) != 1)
				_exit(1);
			for (;;)
				pause();
		}
		close(ready[1]);
		assert_int_equal(read(ready[0], &byte, 1), 1);
		assert_false(stub.running);
		assert_true(stub.physical);
		if (i < 4)
			kill(child, signals[i]);
		assert_int_equal(waitpid(child, &status, 0), child);
		assert_true(WIFSIGNALED(status) && WTERMSIG(status) == signals[i]);
		stub_wait(&stub, 1);
		assert_true(stub.running);
		assert_false(stub.physical);
		close(ready[0]);
		stub_stop(&stub);
	}
}

static void test_stay(void **state)
{
	static struct stub stub;
	struct its_error error;
	struct rig rig;

	(void)state;
	stub_start(&stub, STUB_QEMU);
	assert_int_equal(rig_open(&rig, &stub, ",stay", &error), 0);
	rig_close(&rig);
	stub_wait(&stub, 1);
	assert_false(stub.running);
	assert_false(stub.physical);
	stub_stop(&stub);
}

static void test_addresses(void **state)
{
	static const char *const bad[] = { "", ":", "host:", ":1234", "host:port", "1:2:3", "[::1]", "[::1:1234", "[]:1",
					   "host:123456", "host:0x10" };
	struct its_error error;
	struct memory memory;
	char source[60];
	unsigned i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(source, sizeof(source), "gdb:%s", bad[i]);
		if (memory_open(&memory, source, &error) != ITS_ERR_USAGE)
			fail_msg("%s: %s", source, error.message);
	}
	/* Nobody listens on port 1. */
	assert_int_equal(memory_open(&memory, "gdb:1", &error), ITS_ERR_ACCESS);
	assert_int_equal(memory_open(&memory, "gdb:127.0.0.1:1", &error), ITS_ERR_ACCESS);
	assert_int_equal(memory_open(&memory, "gdb:[::1]:1", &error), ITS_ERR_ACCESS);
	assert_int_equal(memory_open(&memory, "gdb:localhost:70000", &error), ITS_ERR_ACCESS);
	assert_int_equal(memory_open(&memory, "gdb", &error), ITS_ERR_USAGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_frames), cmocka_unit_test(test_reader), cmocka_unit_test(test_hex),
		cmocka_unit_test(test_answers), cmocka_unit_test(test_description), cmocka_unit_test(test_ways),
		cmocka_unit_test(test_few_questions), cmocka_unit_test(test_refusals), cmocka_unit_test(test_busy),
		cmocka_unit_test(test_bad_answers), cmocka_unit_test(test_dropped), cmocka_unit_test(test_signals),
		cmocka_unit_test(test_failing_writes), cmocka_unit_test(test_failed_before),
		cmocka_unit_test(test_stay), cmocka_unit_test(test_addresses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
