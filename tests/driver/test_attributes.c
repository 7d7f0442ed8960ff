/* SPDX-License-Identifier: MIT */
#include "driver/attributes.h"

#include "base/compiler.h"
#include "support/run.h"

#include <check.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define DRIVER_ATTRIBUTE 1300

static struct attributes list;

static void set(SQLINTEGER number, const void *value, SQLINTEGER length)
{
	ck_assert(attributes_set(&list, number, (SQLPOINTER)value, length, false));
}

static void set_number(SQLINTEGER number, uintptr_t value, SQLINTEGER length)
{
	set(number, (const void *)value, length);
}

static void check_data(SQLINTEGER number, const void *data, size_t len)
{
	const struct attribute *a = attributes_find(&list, number);

	ck_assert_ptr_nonnull(a);
	ck_assert(!a->is_opaque);
	ck_assert_ptr_nonnull(a->data);
	ck_assert_uint_eq(a->data_len, len);
	ck_assert_mem_eq(a->data, data, len);
}

static void check_number(SQLINTEGER number, uintptr_t value)
{
	const struct attribute *a = attributes_find(&list, number);

	ck_assert_ptr_nonnull(a);
	ck_assert(!a->is_opaque);
	ck_assert_ptr_null(a->data);
	ck_assert_uint_eq((uintptr_t)a->value, value);
}

START_TEST(texts_are_copied)
{
	char catalog[] = "master";
	SQLWCHAR wide[] = {'a', 'b', 'c', 0};

	set(SQL_ATTR_CURRENT_CATALOG, catalog, SQL_NTS);
	memset(catalog, 'x', 6);
	check_data(SQL_ATTR_CURRENT_CATALOG, "master", 6);

	set(SQL_ATTR_CURRENT_CATALOG, "database", 4);
	check_data(SQL_ATTR_CURRENT_CATALOG, "data", 4);

	ck_assert(attributes_set(&list, SQL_ATTR_CURRENT_CATALOG, wide, SQL_NTS, true));
	check_data(SQL_ATTR_CURRENT_CATALOG, wide, 6);
	ck_assert(attributes_find(&list, SQL_ATTR_CURRENT_CATALOG)->is_wide);
}
END_TEST

START_TEST(a_copy_is_terminated_for_the_driver)
{
	set(SQL_ATTR_CURRENT_CATALOG, "database", 4);
	ck_assert_str_eq(attributes_find(&list, SQL_ATTR_CURRENT_CATALOG)->data, "data");
}
END_TEST

START_TEST(an_access_token_is_taken_by_its_content)
{
	struct {
		uint32_t size;
		char bytes[8];
	} token = {8, {1, 0, 2, 0, 3, 0, 4, 0}}, same = token;
	/* Its length says nothing; applications pass what they like. */
	static const SQLINTEGER lengths[] = {
		SQL_IS_POINTER, 0, SQL_IS_UINTEGER, 4096, SQL_NTS, SQL_LEN_BINARY_ATTR(12)};

	for (size_t i = 0; i < array_size(lengths); i++) {
		token = same;
		set(SQL_ATTR_ACCESS_TOKEN_NUMBER, &token, lengths[i]);
		memset(&token, 0xff, sizeof(token));
		check_data(SQL_ATTR_ACCESS_TOKEN_NUMBER, &same, sizeof(same));
	}
	ck_assert_uint_eq(list.count, 1);
}
END_TEST

START_TEST(binary_values_have_the_length_that_they_say)
{
	set(DRIVER_ATTRIBUTE, "a\0b", SQL_LEN_BINARY_ATTR(3));
	check_data(DRIVER_ATTRIBUTE, "a\0b", 3);
}
END_TEST

START_TEST(the_length_of_a_number_is_ignored)
{
	static const SQLINTEGER lengths[] = {
		0, 4, SQL_NTS, SQL_IS_UINTEGER, SQL_IS_INTEGER, SQL_IS_POINTER};

	for (size_t i = 0; i < array_size(lengths); i++) {
		set_number(SQL_ATTR_PACKET_SIZE, 32767, lengths[i]);
		check_number(SQL_ATTR_PACKET_SIZE, 32767);
		set_number(SQL_ATTR_LOGIN_TIMEOUT, 5, lengths[i]);
		check_number(SQL_ATTR_LOGIN_TIMEOUT, 5);
		set_number(DRIVER_ATTRIBUTE, 1, lengths[i]);
		check_number(DRIVER_ATTRIBUTE, 1);
	}
	set_number(DRIVER_ATTRIBUTE, 100000, SQL_IS_INTEGER);
	check_number(DRIVER_ATTRIBUTE, 100000);
}
END_TEST

START_TEST(the_window_of_quiet_mode_is_a_number_to_us)
{
	set(SQL_ATTR_QUIET_MODE, &list, SQL_IS_POINTER);
	check_number(SQL_ATTR_QUIET_MODE, (uintptr_t)&list);
	ck_assert(!attributes_are_opaque(&list));
}
END_TEST

START_TEST(a_pointer_to_something_unknown_is_opaque)
{
	static const SQLINTEGER lengths[] = {SQL_IS_POINTER, 0};
	int something = 0;

	for (size_t i = 0; i < array_size(lengths); i++) {
		set(DRIVER_ATTRIBUTE, &something, lengths[i]);
		ck_assert(attributes_are_opaque(&list));
		ck_assert_ptr_eq(attributes_find(&list, DRIVER_ATTRIBUTE)->value, &something);
		ck_assert_ptr_null(attributes_find(&list, DRIVER_ATTRIBUTE)->data);
		set_number(DRIVER_ATTRIBUTE, 0, 0);
		ck_assert(!attributes_are_opaque(&list));
	}
}
END_TEST

START_TEST(the_list_is_sorted_and_the_last_value_wins)
{
	for (SQLINTEGER n = 20; n > 0; n--)
		set_number(DRIVER_ATTRIBUTE + n * 7 % 20, (uintptr_t)n, 0);
	set_number(DRIVER_ATTRIBUTE + 3, 77, 0);
	ck_assert_uint_eq(list.count, 20);
	for (size_t i = 1; i < list.count; i++)
		ck_assert_int_lt(list.items[i - 1].number, list.items[i].number);
	check_number(DRIVER_ATTRIBUTE + 3, 77);
	ck_assert_ptr_null(attributes_find(&list, DRIVER_ATTRIBUTE - 1));
}
END_TEST

START_TEST(a_list_is_copied_deeply_and_whole)
{
	struct attributes copy = {0};
	char text[] = "text";

	set(SQL_ATTR_CURRENT_CATALOG, text, SQL_NTS);
	set_number(SQL_ATTR_LOGIN_TIMEOUT, 5, SQL_IS_UINTEGER);
	/* A list whose content was enciphered: its bytes mean nothing, not even an end. */
	memcpy(list.items[1].data, "\0\xff\0", 3);
	ck_assert(attributes_copy(&copy, &list));
	attributes_done(&list);
	list = copy;
	check_data(SQL_ATTR_CURRENT_CATALOG, "\0\xff\0t", 4);
	check_number(SQL_ATTR_LOGIN_TIMEOUT, 5);
}
END_TEST

START_TEST(what_is_set_at_borrow_is_not_in_the_key)
{
	static const SQLINTEGER at_borrow[] = {SQL_ATTR_ACCESS_MODE, SQL_ATTR_AUTOCOMMIT,
		SQL_ATTR_TXN_ISOLATION, SQL_ATTR_QUIET_MODE};
	struct key_attribute key[8];

	for (size_t i = 0; i < array_size(at_borrow); i++) {
		ck_assert(attribute_is_set_at_borrow(at_borrow[i]));
		set_number(at_borrow[i], 1, 0);
	}
	set_number(SQL_ATTR_LOGIN_TIMEOUT, 3, 0);
	ck_assert(!attribute_is_set_at_borrow(SQL_ATTR_LOGIN_TIMEOUT));
	ck_assert_uint_eq(attributes_as_key(&list, key), 0);

	set(SQL_ATTR_CURRENT_CATALOG, "a", SQL_NTS);
	set_number(SQL_ATTR_PACKET_SIZE, 512, 0);
	ck_assert_uint_eq(attributes_as_key(&list, key), 2);
	ck_assert_int_eq(key[0].number, SQL_ATTR_CURRENT_CATALOG);
	ck_assert_mem_eq(key[0].data, "a", 1);
	ck_assert_uint_eq(key[0].len, 1);
	ck_assert_uint_eq(key[0].value, 0);
	ck_assert_int_eq(key[1].number, SQL_ATTR_PACKET_SIZE);
	ck_assert_ptr_null(key[1].data);
	ck_assert_uint_eq(key[1].value, 512);
}
END_TEST

START_TEST(the_texts_of_the_specification_are_known)
{
	ck_assert(attribute_is_text(SQL_ATTR_CURRENT_CATALOG));
	ck_assert(attribute_is_text(SQL_ATTR_TRACEFILE));
	ck_assert(attribute_is_text(SQL_ATTR_TRANSLATE_LIB));
	ck_assert(!attribute_is_text(SQL_ATTR_AUTOCOMMIT));
	ck_assert(attribute_value_is_text(SQL_ATTR_CURRENT_CATALOG, "a", 1));
	ck_assert(attribute_value_is_text(DRIVER_ATTRIBUTE, "a", SQL_NTS));
	ck_assert(!attribute_value_is_text(DRIVER_ATTRIBUTE, "a", SQL_IS_POINTER));
	ck_assert(!attribute_value_is_text(DRIVER_ATTRIBUTE, (SQLPOINTER)1, SQL_NTS));
	ck_assert(!attribute_value_is_text(
		SQL_ATTR_AUTOCOMMIT, (SQLPOINTER)SQL_AUTOCOMMIT_ON, SQL_NTS));
	ck_assert(!attribute_value_is_text(SQL_ATTR_CURRENT_CATALOG, NULL, 0));
}
END_TEST

static void forget(void)
{
	attributes_done(&list);
}

Suite *test_suite(void)
{
	Suite *s = suite_create("attributes");
	TCase *t = tcase_create("attributes");

	tcase_add_checked_fixture(t, NULL, forget);
	tcase_add_test(t, texts_are_copied);
	tcase_add_test(t, a_copy_is_terminated_for_the_driver);
	tcase_add_test(t, an_access_token_is_taken_by_its_content);
	tcase_add_test(t, binary_values_have_the_length_that_they_say);
	tcase_add_test(t, the_length_of_a_number_is_ignored);
	tcase_add_test(t, the_window_of_quiet_mode_is_a_number_to_us);
	tcase_add_test(t, a_pointer_to_something_unknown_is_opaque);
	tcase_add_test(t, the_list_is_sorted_and_the_last_value_wins);
	tcase_add_test(t, a_list_is_copied_deeply_and_whole);
	tcase_add_test(t, what_is_set_at_borrow_is_not_in_the_key);
	tcase_add_test(t, the_texts_of_the_specification_are_known);
	suite_add_tcase(s, t);
	return s;
}
