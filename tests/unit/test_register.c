// SPDX-License-Identifier: GPL-2.0-or-later
/* The table of registers, identities and quirks. */
#include "its/identity.h"
#include "its/register.h"
#include "test.h"

static void check_fields(const struct its_register *row, const struct its_field *fields)
{
	uint64_t taken = 0;
	const struct its_field *field;

	for (field = fields; field->name; field++) {
		assert_int_equal(field->word, 0);
		assert_true(field->low <= field->high && field->high < row->width);
		if (taken & its_field_mask(field))
			fail_msg("%s.%s overlaps", row->name, field->name);
		taken |= its_field_mask(field);
		assert_non_null(field->key);
	}
	assert_true(field > fields);
}

static void test_rows(void **state)
{
	int i, k;

	(void)state;
	for (i = 0; i < ITS_REGISTERS; i++) {
		const struct its_register *row = its_register_row((enum its_register_id)i);

		assert_non_null(row->name);
		assert_non_null(row->summary);
		assert_true(row->width == 32 || row->width == 64);
		assert_int_equal(row->offset % (row->width / 8), 0);
		assert_ptr_equal(its_register_by_name(row->name), row);
		check_fields(row, row->fields);
		if (row->fields_v41)
			check_fields(row, row->fields_v41);
		for (k = 0; k < i; k++) {
			const struct its_register *other = its_register_row((enum its_register_id)k);

			assert_string_not_equal(other->key, row->key);
			if (other->frame == row->frame)
				assert_true(other->offset + other->width / 8 <= row->offset ||
					    row->offset + row->width / 8 <= other->offset);
		}
	}
	assert_ptr_equal(its_register_by_name("creadr"), its_register_row(GITS_CREADR));
	assert_ptr_equal(its_register_by_name("waker"), its_register_row(GICR_WAKER));
	assert_ptr_equal(its_register_by_name("CTLR"), its_register_row(GITS_CTLR));
	assert_null(its_register_by_name("CREAD"));
	assert_null(its_register_by_name(""));
}

/* Offsets of reference 2.2 and 2.9, from a second hand. */
static void test_offsets(void **state)
{
	(void)state;
	assert_int_equal(its_register_row(GITS_CBASER)->offset, 0x80);
	assert_int_equal(its_register_row(GITS_CWRITER)->offset, 0x88);
	assert_int_equal(its_register_row(GITS_CREADR)->offset, 0x90);
	assert_int_equal(its_register_row(GITS_BASER7)->offset, 0x138);
	assert_int_equal(its_register_row(GITS_PIDR2)->offset, 0xffe8);
	assert_int_equal(its_register_row(GICR_PENDBASER)->offset, 0x78);
	assert_int_equal(its_register_row(GICR_SYNCR)->offset, 0xc0);
}

/* What was read on QEMU 7.2: reference 3.2. */
static void test_qemu_values(void **state)
{
	const uint64_t typer = 0x0000001f0001efb1, cbaser = 0xb80000004083040f;
	char name[40];

	(void)state;
	assert_int_equal(its_register_get(GITS_TYPER, "ITT_entry_size", typer), 11);
	assert_int_equal(its_register_get(GITS_TYPER, "ID_bits", typer), 15);
	assert_int_equal(its_register_get(GITS_TYPER, "Devbits", typer), 15);
	assert_int_equal(its_register_get(GITS_TYPER, "PTA", typer), 0);
	assert_int_equal(its_register_get(GITS_TYPER, "CIL", typer), 1);
	assert_int_equal(its_register_get(GITS_TYPER, "CIDbits", typer), 15);
	assert_true(its_register_get(GITS_CBASER, "Physical_Address", cbaser) == 0x40830000);
	assert_int_equal(its_register_get(GITS_CBASER, "Size", cbaser), 15);
	assert_int_equal(its_register_get(GITS_CBASER, "Shareability", cbaser), 1);
	assert_int_equal(its_register_get(GITS_CBASER, "InnerCache", cbaser), 7);
	assert_int_equal(its_register_get(GITS_CBASER, "Valid", cbaser), 1);
	assert_string_equal(its_product_name(0x43b, name, sizeof(name)), "QEMU");
	assert_true(its_register_with(GITS_CWRITER, "Offset", 1, 0x20) == 0x21);
	assert_true(its_register_reserved(its_register_row(GITS_CREADR), false, 0x100001) == 0x100000);
}

static void test_baser(void **state)
{
	/* 64 KiB pages: PA[51:48] in [15:12]. */
	uint64_t wide = UINT64_C(1) << 63 | UINT64_C(2) << 8 | 0xabcd00000000 | 0x5000 | 3;
	uint64_t narrow = UINT64_C(1) << 63 | 0xabcd00005000 | 1;

	(void)state;
	assert_true(its_baser_address(wide) == 0x5abcd00000000);
	assert_true(its_baser_bytes(wide) == 4 * 65536);
	assert_true(its_baser_address(narrow) == 0xabcd00005000);
	assert_true(its_baser_bytes(narrow) == 2 * 4096);
}

static void test_readable(void **state)
{
	const uint64_t mpam = UINT64_C(1) << 38, v41 = UINT64_C(1) << 40;

	(void)state;
	assert_true(its_register_readable(its_register_row(GITS_CREADR), 0, 0, 0, 0));
	assert_false(its_register_readable(its_register_row(GITS_TRANSLATER), 0, 0, 0, 0));
	assert_false(its_register_readable(its_register_row(GITS_MPAMIDR), 0, 0, 0, 0));
	assert_true(its_register_readable(its_register_row(GITS_MPAMIDR), 0, mpam, 0, 0));
	assert_true(its_register_readable(its_register_row(GITS_MPIDR), 0, v41, 0, 0));
	assert_false(its_register_readable(its_register_row(GITS_FCTLR), 0x43b, 0, 0, 0));
	assert_true(its_register_readable(its_register_row(GITS_FCTLR), 0x0201743b, 0, 0, 0));
	assert_false(its_register_readable(its_register_row(GITS_TRKR), 0x43b, 0, 0, 0));
	assert_true(its_register_readable(its_register_row(GITS_TRKR), 0x0001143b, 0, 0, 0));
	assert_false(its_register_readable(its_register_row(GICR_SYNCR), 0, 0, 0, 0));
	assert_true(its_register_readable(its_register_row(GICR_SYNCR), 0, 0, 4, 0));
	assert_true(its_register_readable(its_register_row(GICR_SYNCR), 0, 0, 0, 8));
}

static bool property_is_pre_its(void *context, const char *property)
{
	(void)context;
	return !strcmp(property, "socionext,synquacer-pre-its");
}

static bool machine_is(void *context, const char *compatible)
{
	return !strcmp(context, compatible);
}

static void test_quirks(void **state)
{
	struct its_identity_board rk3588 = { NULL, machine_is, "rockchip,rk3588" };
	struct its_identity_board other = { NULL, machine_is, "acme,board" };
	struct its_identity_board synquacer = { property_is_pre_its, NULL, NULL };
	const struct its_quirk *quirk;
	char name[40];

	(void)state;
	assert_string_equal(its_product_name(0x0201743b, name, sizeof(name)), "GIC-600 r1p6");
	assert_string_equal(its_product_name(0x4b00043b, name, sizeof(name)), "KVM");
	assert_string_equal(its_product_name(0x5800034c, name, sizeof(name)), "Xen virtual ITS");
	assert_null(its_product_name(0x12345678, name, sizeof(name)));
	assert_string_equal(its_implementer_name(0x0201743b), "Arm");
	quirk = its_quirk_next(NULL, 0x0201743b, &rk3588);
	assert_string_equal(quirk->name, "RK3588001");
	assert_null(its_quirk_next(quirk, 0x0201743b, &rk3588));
	assert_null(its_quirk_next(NULL, 0x0201743b, &other));
	assert_null(its_quirk_next(NULL, 0x0201743b, NULL));
	assert_string_equal(its_quirk_next(NULL, 0x0001143b, &synquacer)->name, "Socionext pre-ITS");
	quirk = its_quirk_next(NULL, 0xa100134c, NULL);
	assert_string_equal(quirk->name, "Cavium 22375, 24313");
	assert_string_equal(its_quirk_next(quirk, 0xa100134c, NULL)->name, "Cavium 23144");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_offsets),
		cmocka_unit_test(test_qemu_values),
		cmocka_unit_test(test_baser),
		cmocka_unit_test(test_readable),
		cmocka_unit_test(test_quirks),
	};

	return cmocka_run_group_tests_name("register", tests, NULL, NULL);
}
