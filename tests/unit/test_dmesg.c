// SPDX-License-Identifier: GPL-2.0-or-later
/* Kernel log lines: every prefix, every form of the timeout, and the slots that reports from the field are about. */
#include <ctype.h>
#include <stdio.h>

#include "its/dmesg.h"
#include "test.h"

static bool parse(const char *line, struct dmesg_message *message)
{
	return dmesg_parse(line, strlen(line), message);
}

static uint64_t number(const char *line, const char *key)
{
	struct dmesg_message message;
	uint64_t value = 0xdead;

	assert_true(parse(line, &message));
	assert_true(dmesg_number(&message, key, &value));
	return value;
}

static struct dmesg_timeout timeout_of(const char *line)
{
	struct dmesg_message message;
	struct dmesg_timeout timeout;

	assert_true(parse(line, &message));
	assert_true(dmesg_timeout(&message, DMESG_RING_BYTES, &timeout));
	return timeout;
}

static void test_reports(void **state)
{
	struct dmesg_timeout t;

	(void)state;
	/* RK3568: stalled far before the MAPTI that is blamed. */
	t = timeout_of("ITS queue timeout (9088 513)");
	assert_int_equal(t.state, DMESG_STALLED);
	assert_int_equal(t.numbers, 2);
	assert_int_equal(t.slot, 16);
	assert_int_equal(t.end_slot, 284);
	assert_int_equal(t.left, 268);
	assert_int_equal(dmesg_culprit(&t, 2), DMESG_ANOTHER);
	assert_int_equal(dmesg_culprit(&t, 0), DMESG_ANOTHER);
	/* QCS8550: 394 of 395, and a MAPD goes alone: its own. */
	t = timeout_of("ITS queue timeout (12640 12609)");
	assert_int_equal(t.state, DMESG_STALLED);
	assert_int_equal(t.slot, 394);
	assert_int_equal(t.end_slot, 395);
	assert_int_equal(t.left, 1);
	assert_int_equal(dmesg_culprit(&t, 1), DMESG_OWN_COMMAND);
	assert_int_equal(dmesg_culprit(&t, 2), DMESG_OWN_SYNC);
	assert_int_equal(dmesg_culprit(&t, 0), DMESG_OWN_PERHAPS);
	/* RK3588 guest, ITS@0x3440000: the first MAPC; then its INVALL only waits. */
	t = timeout_of("ITS queue timeout (64 1)");
	assert_int_equal(t.state, DMESG_STALLED);
	assert_int_equal(t.slot, 0);
	assert_int_equal(t.left, 2);
	assert_int_equal(dmesg_culprit(&t, 2), DMESG_OWN_COMMAND);
	assert_int_equal(dmesg_culprit(&t, 1), DMESG_ANOTHER);
	t = timeout_of("ITS queue timeout (128 1)");
	assert_int_equal(t.slot, 0);
	assert_int_equal(t.end_slot, 4);
	assert_int_equal(dmesg_culprit(&t, 2), DMESG_ANOTHER);
	/* GICv4 VMOVP on an old kernel: not stalled at all. */
	t = timeout_of("ITS queue timeout (65440 65504 480)");
	assert_int_equal(t.state, DMESG_WRAP_RACE);
	assert_int_equal(t.numbers, 3);
	assert_int_equal(t.slot, 15);
	assert_int_equal(t.first_slot, 2045);
	assert_int_equal(t.end_slot, 2047);
}

static void test_forms(void **state)
{
	struct dmesg_message message;
	struct dmesg_timeout t;

	(void)state;
	t = timeout_of("ITS queue timeout");
	assert_int_equal(t.state, DMESG_UNTOLD);
	assert_int_equal(t.numbers, 0);
	/* Three numbers, stalled: the post is told, so no name is needed. */
	t = timeout_of("ITS queue timeout (640 704 641)");
	assert_int_equal(t.state, DMESG_STALLED);
	assert_int_equal(t.slot, 20);
	assert_int_equal(dmesg_culprit(&t, 0), DMESG_OWN_COMMAND);
	t = timeout_of("ITS queue timeout (640 704 673)");
	assert_int_equal(dmesg_culprit(&t, 0), DMESG_OWN_SYNC);
	t = timeout_of("ITS queue timeout (640 704 577)");
	assert_int_equal(dmesg_culprit(&t, 0), DMESG_ANOTHER);
	/* Across the end of the ring, and just behind: slow or dead, no race. */
	t = timeout_of("ITS queue timeout (65504 32 65504)");
	assert_int_equal(t.state, DMESG_SLOW);
	assert_int_equal(t.left, 2);
	t = timeout_of("ITS queue timeout (640 704 320)");
	assert_int_equal(t.state, DMESG_SLOW);
	/* Two numbers, counted on over the end of the ring. */
	t = timeout_of("ITS queue timeout (66112 66049)");
	assert_int_equal(t.state, DMESG_STALLED);
	assert_int_equal(t.slot, 16);
	assert_int_equal(t.end_slot, 18);
	t = timeout_of("ITS queue timeout (65536 65505)");
	assert_int_equal(t.slot, 2047);
	assert_int_equal(t.end_slot, 0);
	assert_int_equal(t.left, 1);
	t = timeout_of("ITS queue timeout (1024 992)");
	assert_int_equal(t.state, DMESG_SLOW);
	assert_int_equal(t.slot, 31);
	/* A ring of another size. */
	assert_true(parse("ITS queue timeout (4160 4129)", &message));
	assert_true(dmesg_timeout(&message, 4096, &t));
	assert_int_equal(t.slot, 1);
}

static void test_nonsense(void **state)
{
	static const char *const lines[] = {
		"ITS queue timeout (0 0)", "ITS queue timeout (64 64)", "ITS queue timeout (32 65)",
		"ITS queue timeout (64 3)", "ITS queue timeout (65 1)", "ITS queue timeout (131072 131041)",
		"ITS queue timeout (65600 1)", "ITS queue timeout (18446744073709551615 1)",
		"ITS queue timeout (0 0 0)", "ITS queue timeout (0 64 65536)", "ITS queue timeout (1 64 0)",
		"ITS queue timeout (0 64 64)",
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		if (timeout_of(lines[i]).state != DMESG_NONSENSE)
			fail_msg("%s: state %d", lines[i], timeout_of(lines[i]).state);
	/* Numbers that are none leave the bare message. */
	assert_int_equal(timeout_of("ITS queue timeout (18446744073709551616 1)").state, DMESG_UNTOLD);
	assert_int_equal(timeout_of("ITS queue timeout (-1 1)").state, DMESG_UNTOLD);
	assert_int_equal(timeout_of("ITS queue timeout (64").state, DMESG_UNTOLD);
}

static void test_prefixes(void **state)
{
	static const char *const lines[] = {
		"[    7.862276] ITS queue timeout (9088 513)",
		"[    7.862276][    T1] ITS queue timeout (9088 513)",
		"kern  :err   : [    7.862276] ITS queue timeout (9088 513)\n",
		"<3>[    7.862276] ITS queue timeout (9088 513)\r\n",
		"Nov 21 02:00:00 board kernel: ITS queue timeout (9088 513)",
		"2026-11-21T02:00:00,000001+01:00 ITS queue timeout (9088 513)  ",
		"\033[31mITS queue timeout (9088 513)\033[0m",
		"its QUEUE timeout (9088 513)",
	};
	struct dmesg_message message;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		assert_int_equal(timeout_of(lines[i]).slot, 16);
		assert_true(parse(lines[i], &message));
		assert_int_equal(tolower(*message.text), 'i');
	}
	assert_false(parse("", &message));
	/* Escape codes that do not end, at the very front. */
	assert_false(dmesg_parse("\033[ \243", 4, &message));
	assert_false(dmesg_parse("\033[", 2, &message));
	assert_false(parse("bandits queue timeout (1 2)", &message));
	assert_false(parse("usb 1-1: device descriptor read/64, error -110", &message));
	assert_false(parse("ITS queue", &message));
	assert_null(message.known);
}

static void test_numbers(void **state)
{
	const char *table = "ITS@0x00000000fe640000: allocated 32768 Interrupt Collections @100210000 (flat, esz 2, psz 64K, shr 0)";
	struct dmesg_message message;

	(void)state;
	assert_int_equal(number(table, "its_base"), 0xfe640000);
	assert_int_equal(number(table, "entries"), 32768);
	assert_int_equal(number(table, "address"), 0x100210000);
	assert_int_equal(number(table, "shareability"), 0);
	assert_true(parse(table, &message));
	assert_string_equal(message.known->name, "its-table");
	assert_int_equal(message.values[2].kind, DMESG_TEXT);
	assert_int_equal(message.values[2].length, strlen("Interrupt Collections"));
	assert_int_equal(number("[ 0.0] ITS [mem 0x08080000-0x0809ffff]", "last"), 0x0809ffff);
	assert_int_equal(number("[ 0.0] GICv3: CPU3: found redistributor 10300 region 1:0x00000000080a0000", "mpidr"),
			 0x10300);
	assert_int_equal(number("GICv3: CPU010: Booted with LPIs enabled, memory probably corrupted", "cpu"), 10);
	assert_int_equal(number("GICv3: CPU1: using allocated LPI pending table @0x0000000100260000", "address"),
			 0x100260000);
	assert_int_equal(number("CPU1: using LPI pending table @0x0000000100260000", "cpu"), 1);
	assert_int_equal(number("GICv3: using LPI property table @0x40", "address"), 0x40);
	assert_int_equal(number("Reusing ITT for devID 1f00", "device_id"), 0x1f00);
	assert_true(parse("[ 1.2] /intc@8000000/its@8080000: no msi-controller property, ITS ignored", &message));
	assert_memory_equal(message.values[0].text, "/intc@8000000/its@8080000", 25);
	assert_int_equal(message.values[0].length, 25);
	assert_true(parse("its@fe640000: Unable to locate ITS domain", &message));
	assert_string_equal(message.known->name, "its-no-domain");
	assert_true(parse("GIC: enabling workaround for ITS: Rockchip erratum RK3588001", &message));
	assert_string_equal(message.known->name, "workaround");
}

static void check_post(const char *builder, const char *command, unsigned slots)
{
	struct dmesg_message message;
	struct dmesg_post post;
	char line[100];

	snprintf(line, sizeof(line), "[ 1.0] ITS cmd %s failed", builder);
	assert_true(parse(line, &message));
	assert_true(dmesg_post(&message, &post));
	assert_string_equal(post.command, command);
	assert_int_equal(post.slots, slots);
}

static void test_posts(void **state)
{
	struct dmesg_message message;
	struct dmesg_post post;

	(void)state;
	check_post("its_build_mapd_cmd", "MAPD", 1);
	check_post("its_build_mapti_cmd", "MAPTI", 2);
	check_post("its_build_mapc_cmd.cfi_jt", "MAPC", 2);
	check_post("its_build_invall_cmd", "INVALL", 2);
	check_post("its_build_vinv_cmd", "INV", 2);
	check_post("its_build_vmapp_cmd", "VMAPP", 0);
	check_post("its_build_vmovp_cmd", "VMOVP", 2);
	check_post("its_build_", "", 0);
	check_post("its_build_nosuch_cmd", "", 0);
	check_post("its_build_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "", 0);
	check_post("0xffff800010123456", "", 0);
	assert_true(parse("ITS queue timeout", &message));
	assert_false(dmesg_post(&message, &post));
}

/* Each row is found by its own pattern with the holes filled in: none hides another. */
static void test_table(void **state)
{
	const struct dmesg_known *known;
	size_t i;

	(void)state;
	for (i = 0; (known = dmesg_known_at(i)); i++) {
		struct dmesg_message message;
		char line[400];
		const char *p;
		size_t used = 0;

		for (p = known->pattern; *p; p++) {
			if (*p == '<') {
				line[used++] = p[1] == 'w' || p[1] == 't' ? 'w' : '7';
				p = strchr(p, '>');
			} else {
				line[used++] = *p;
			}
		}
		line[used] = '\0';
		assert_true(parse(line, &message));
		assert_ptr_equal(message.known, known);
		assert_true(dmesg_is(&message, "queue-timeout") || known->meaning);
	}
	assert_true(i > 50);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reports), cmocka_unit_test(test_forms), cmocka_unit_test(test_nonsense),
		cmocka_unit_test(test_prefixes), cmocka_unit_test(test_numbers), cmocka_unit_test(test_posts),
		cmocka_unit_test(test_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
