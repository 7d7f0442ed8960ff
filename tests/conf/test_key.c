/* SPDX-License-Identifier: MIT */
#include "conf/key.h"

#include "support/run.h"

#include <string.h>

#define TEXT(s)                                                                                    \
	{                                                                                          \
		.data = s, .len = sizeof(s) - 1                                                    \
	}

static const struct key_attribute attributes[] = {
	{.number = 103, .value = 5},
	{.number = 109, .is_wide = true, .data = "db", .len = 2},
};

static struct key_input sample(void)
{
	return (struct key_input){
		.kind = CONNECT_DRIVER,
		.shell = 1,
		.odbc_version = 3,
		.euid = 1000,
		.string = TEXT("DSN=sales;UID=sa"),
		.user = TEXT("sa"),
		.password = TEXT("secret"),
		.attributes = attributes,
		.attribute_count = 2,
	};
}

static bool is_same(const struct key_input *a, const struct key_input *b)
{
	struct digest da = key_digest(a), db = key_digest(b);

	return digest_equal(&da, &db);
}

START_TEST(equal_inputs_have_equal_keys)
{
	struct key_input a = sample(), b = sample();
	char string[] = "DSN=sales;UID=sa";

	b.string.data = string;
	ck_assert(is_same(&a, &b));
}
END_TEST

static void change_attributes(struct key_input *in, int i)
{
	static const struct key_attribute others[][2] = {
		{{.number = 103, .value = 6},
			{.number = 109, .is_wide = true, .data = "db", .len = 2}},
		{{.number = 103, .value = 5},
			{.number = 109, .is_wide = true, .data = "dc", .len = 2}},
		{{.number = 103, .value = 5}, {.number = 109, .data = "db", .len = 2}},
	};

	if (i == 0)
		in->attribute_count = 1;
	else
		in->attributes = others[i - 1];
}

/* Each changes one thing; the key and the part that is named must follow. */
static enum key_part change(struct key_input *in, int i)
{
	switch (i) {
	case 0:
		in->kind = CONNECT_BROWSE;
		return KEY_PART_ENTRY;
	case 1:
		in->is_wide = true;
		return KEY_PART_ENTRY;
	case 2:
		in->shell = 2;
		return KEY_PART_ENTRY;
	case 3:
		in->string = (struct text)TEXT("DSN=sales;UID=sa;");
		return KEY_PART_STRING;
	case 4:
		in->user = (struct text){.data = NULL};
		return KEY_PART_USER;
	case 5:
		in->user = (struct text)TEXT("");
		return KEY_PART_USER;
	case 6:
		in->password = (struct text)TEXT("Secret");
		return KEY_PART_PASSWORD;
	case 7:
		in->odbc_version = 380;
		return KEY_PART_VERSION;
	case 8:
		in->euid = 0;
		return KEY_PART_IDENTITY;
	case 9:
		in->identity = (struct text)TEXT("ticket");
		return KEY_PART_IDENTITY;
	default:
		change_attributes(in, i - 10);
		return KEY_PART_ATTRIBUTES;
	}
}

START_TEST(one_difference_makes_another_key_and_names_its_part)
{
	struct key_input a = sample(), b = sample();
	struct key_parts a_parts, b_parts;
	enum key_part changed = change(&b, _i);

	ck_assert(!is_same(&a, &b));
	key_digest_parts(&a, &a_parts);
	key_digest_parts(&b, &b_parts);
	for (int part = 0; part < KEY_PARTS; part++)
		ck_assert_int_eq(a_parts.hash[part] == b_parts.hash[part], part != (int)changed);
}
END_TEST

START_TEST(bytes_do_not_move_from_one_text_to_the_next)
{
	struct key_input a = sample(), b = sample();

	a.user = (struct text)TEXT("ab");
	a.password = (struct text)TEXT("c");
	b.user = (struct text)TEXT("a");
	b.password = (struct text)TEXT("bc");
	ck_assert(!is_same(&a, &b));
}
END_TEST

START_TEST(every_part_has_a_name_of_its_own)
{
	for (int i = 0; i < KEY_PARTS; i++) {
		ck_assert_str_ne(key_part_name((enum key_part)i), "");
		for (int j = 0; j < i; j++)
			ck_assert_str_ne(
				key_part_name((enum key_part)i), key_part_name((enum key_part)j));
	}
}
END_TEST

static struct digest canonical(const struct key_input *in, const char *driver)
{
	struct digest d;

	ck_assert(key_digest_canonical(in, driver, &d));
	return d;
}

START_TEST(the_canonical_key_ignores_order_and_case_of_keywords)
{
	struct key_input a = sample(), b = sample();

	b.string = (struct text)TEXT("uid=sa;DSN={sales};");
	struct digest da = canonical(&a, "x.so"), db = canonical(&b, "x.so");
	ck_assert(digest_equal(&da, &db));
	b.string = (struct text)TEXT("uid=SA;DSN={sales};");
	db = canonical(&b, "x.so");
	ck_assert(!digest_equal(&da, &db));
}
END_TEST

START_TEST(the_canonical_key_tells_drivers_and_passwords_apart)
{
	struct key_input a = sample(), b = sample();
	struct digest da = canonical(&a, "x.so"), db = canonical(&a, "y.so");

	ck_assert(!digest_equal(&da, &db));
	b.password = (struct text)TEXT("other");
	db = canonical(&b, "x.so");
	ck_assert(!digest_equal(&da, &db));
	db = key_digest(&a);
	ck_assert(!digest_equal(&da, &db));
}
END_TEST

START_TEST(the_canonical_key_reads_wide_strings)
{
	static const uint16_t one[] = {'A', '=', 0xe9, ';', 'b', '=', '1'};
	static const uint16_t two[] = {'B', '=', '1', ';', 'a', '=', 0xe9};
	struct key_input a = sample(), b = sample();

	a.is_wide = b.is_wide = true;
	a.string = (struct text){.data = one, .len = sizeof(one)};
	b.string = (struct text){.data = two, .len = sizeof(two)};
	struct digest da = canonical(&a, "x.so"), db = canonical(&b, "x.so");
	ck_assert(digest_equal(&da, &db));
}
END_TEST

START_TEST(a_data_source_name_is_not_read_as_a_string)
{
	struct key_input a = sample(), b = sample();

	a.kind = b.kind = CONNECT_PLAIN;
	a.string = (struct text)TEXT("a=1;b=2");
	b.string = (struct text)TEXT("b=2;a=1");
	struct digest da = canonical(&a, "x.so"), db = canonical(&b, "x.so");
	ck_assert(!digest_equal(&da, &db));
	b.string = (struct text){.data = NULL};
	db = canonical(&b, "x.so");
	ck_assert(!digest_equal(&da, &db));
}
END_TEST

Suite *test_suite(void)
{
	Suite *s = suite_create("conf/key");
	TCase *t = tcase_create("key");

	tcase_add_test(t, equal_inputs_have_equal_keys);
	tcase_add_loop_test(t, one_difference_makes_another_key_and_names_its_part, 0, 14);
	tcase_add_test(t, bytes_do_not_move_from_one_text_to_the_next);
	tcase_add_test(t, every_part_has_a_name_of_its_own);
	tcase_add_test(t, the_canonical_key_ignores_order_and_case_of_keywords);
	tcase_add_test(t, the_canonical_key_tells_drivers_and_passwords_apart);
	tcase_add_test(t, the_canonical_key_reads_wide_strings);
	tcase_add_test(t, a_data_source_name_is_not_read_as_a_string);
	suite_add_tcase(s, t);
	return s;
}
