/* SPDX-License-Identifier: MIT */
#include "conf/connstr.h"

#include "support/run.h"

#include <stdlib.h>
#include <string.h>

static struct connstr_reader reader;
static struct buffer text;

static void setup(void)
{
	text = (struct buffer)BUFFER_EMPTY;
}

static void teardown(void)
{
	buffer_done(&text);
}

static void read_from(const char *string)
{
	reader = connstr_read(string, strlen(string));
}

/* The next word is keyword=value; NULL: a malformed one. */
static void expect_word(const char *raw, const char *keyword, const char *value)
{
	struct connstr_word w;

	ck_assert(connstr_next(&reader, &w));
	ck_assert_uint_eq(w.raw_len, strlen(raw));
	ck_assert_mem_eq(w.raw, raw, w.raw_len);
	ck_assert_int_eq(w.is_malformed, keyword == NULL);
	if (!keyword)
		return;
	ck_assert_uint_eq(w.keyword_len, strlen(keyword));
	ck_assert(connstr_is(&w, keyword));
	buffer_clear(&text);
	connstr_add_value(&text, &w);
	ck_assert_str_eq(buffer_str(&text), value);
}

static void expect_end(void)
{
	struct connstr_word w;

	ck_assert(!connstr_next(&reader, &w));
}

START_TEST(words_are_read_with_their_letters)
{
	read_from("DSN=sales; Uid = sa ;PWD={a;}}b};Empty=;Last={}");
	expect_word("DSN=sales;", "DSN", "sales");
	expect_word(" Uid = sa ;", "UID", " sa ");
	expect_word("PWD={a;}}b};", "PWD", "a;}b");
	expect_word("Empty=;", "Empty", "");
	expect_word("Last={}", "last", "");
	expect_end();
}
END_TEST

START_TEST(a_brace_inside_an_unbraced_value_is_a_letter)
{
	read_from("a=b{c;d};e=}{");
	expect_word("a=b{c;", "a", "b{c");
	expect_word("d};", NULL, NULL);
	expect_word("e=}{", "e", "}{");
	expect_end();
}
END_TEST

START_TEST(blanks_after_a_closing_brace_are_allowed)
{
	read_from("a={b} ;c={}}}");
	expect_word("a={b} ;", "a", "b");
	expect_word("c={}}}", "c", "}");
	expect_end();
}
END_TEST

START_TEST(what_is_no_keyword_and_value_is_malformed)
{
	read_from(";;junk;=x; = y;a={b}c;d=e=f;u={open;x=1");
	expect_word(";", NULL, NULL);
	expect_word(";", NULL, NULL);
	expect_word("junk;", NULL, NULL);
	expect_word("=x;", NULL, NULL);
	expect_word(" = y;", NULL, NULL);
	expect_word("a={b}c;", NULL, NULL);
	expect_word("d=e=f;", "d", "e=f");
	expect_word("u={open;x=1", NULL, NULL);
	expect_end();
}
END_TEST

START_TEST(a_doubled_brace_at_the_end_does_not_close)
{
	read_from("a={b}}");
	expect_word("a={b}}", NULL, NULL);
	expect_end();
	read_from("a={");
	expect_word("a={", NULL, NULL);
	expect_end();
	read_from("a=");
	expect_word("a=", "a", "");
	expect_end();
}
END_TEST

START_TEST(an_empty_string_has_no_words)
{
	read_from("");
	expect_end();
	reader = connstr_read(NULL, 5);
	expect_end();
}
END_TEST

START_TEST(the_string_ends_at_its_first_nul_and_keeps_the_bytes_after_it)
{
	static const char string[] = "a=1\0;b=2;";
	struct connstr_word w;

	reader = connstr_read(string, sizeof(string) - 1);
	expect_word("a=1", "a", "1");
	ck_assert(connstr_next(&reader, &w));
	ck_assert(w.is_malformed);
	ck_assert_uint_eq(w.raw_len, 6);
	ck_assert_mem_eq(w.raw, "\0;b=2;", 6);
	expect_end();
	ck_assert(!connstr_find(string, sizeof(string) - 1, "b", &w));
}
END_TEST

START_TEST(the_words_together_are_the_string)
{
	static const char alphabet[] = "a=;{} b\0";
	unsigned state = 12345;

	for (int round = 0; round < 20000; round++) {
		char string[24];
		struct connstr_word w;
		size_t len = (size_t)round % sizeof(string);
		for (size_t i = 0; i < len; i++) {
			state = state * 1103515245 + 12345;
			string[i] = alphabet[(state >> 16) % (sizeof(alphabet) - 1)];
		}
		reader = connstr_read(string, len);
		size_t at = 0;
		while (connstr_next(&reader, &w)) {
			ck_assert_ptr_eq(w.raw, string + at);
			ck_assert_uint_gt(w.raw_len, 0);
			at += w.raw_len;
		}
		ck_assert_uint_eq(at, len);
	}
}
END_TEST

START_TEST(the_first_occurrence_is_found)
{
	static const char string[] = "a=1;B=2;b=3";
	struct connstr_word w;

	ck_assert(connstr_find(string, strlen(string), "b", &w));
	ck_assert_ptr_eq(w.raw, string + 4);
	ck_assert(!connstr_find(string, strlen(string), "c", &w));
}
END_TEST

START_TEST(very_long_values_are_read_whole)
{
	size_t len = 200000;
	char *value = malloc(len + 1);
	struct connstr_word w;

	memset(value, '}', len);
	value[len] = '\0';
	buffer_append_str(&text, "x=1;long=");
	connstr_add_quoted(&text, value);
	buffer_append_str(&text, ";y=2");
	ck_assert(connstr_find(buffer_str(&text), text.len, "long", &w));
	struct buffer back = BUFFER_EMPTY;
	connstr_add_value(&back, &w);
	ck_assert_uint_eq(back.len, len);
	ck_assert_str_eq(buffer_str(&back), value);
	ck_assert(connstr_find(buffer_str(&text), text.len, "y", &w));
	buffer_done(&back);
	free(value);
}
END_TEST

START_TEST(a_value_is_quoted_only_where_it_must)
{
	connstr_add_quoted(&text, "plain value");
	connstr_add_quoted(&text, "a;b");
	connstr_add_quoted(&text, "{a}");
	connstr_add_quoted(&text, " a");
	connstr_add_quoted(&text, "");
	ck_assert_str_eq(buffer_str(&text), "plain value{a;b}{{a}}}{ a}");
}
END_TEST

static const char *redacted(const char *string)
{
	buffer_clear(&text);
	connstr_add_redacted(&text, string, strlen(string));
	return buffer_str(&text);
}

START_TEST(no_secret_survives_redaction)
{
	ck_assert_str_eq(redacted("DSN=s;UID=sa;PWD=topsecret"), "DSN=s;UID=sa;PWD=***;");
	ck_assert_str_eq(redacted("Password={top;secret};X=1"), "Password=***;X=1");
	ck_assert_str_eq(redacted("AccessToken=topsecret;"), "AccessToken=***;");
	ck_assert_str_eq(redacted("KeyStoreSecret=topsecret;"), "KeyStoreSecret=***;");
	ck_assert_str_eq(redacted("TLSKEYPWD=topsecret;"), "TLSKEYPWD=***;");
	ck_assert_str_eq(redacted("pqopt={password=topsecret};"), "pqopt=***;");
	ck_assert_str_eq(redacted("PWD=top;secret;UID=sa"), "PWD=***;***;UID=sa");
	ck_assert_str_eq(redacted("PWD={top;secret"), "***;");
	ck_assert_str_eq(redacted("PWD={top}secret;UID=sa"), "***;UID=sa");
}
END_TEST

START_TEST(settings_of_ours_are_no_secrets)
{
	ck_assert_str_eq(redacted("PoolKeyMatch=Exact;"), "PoolKeyMatch=Exact;");
}
END_TEST

static const char *canonical(const char *string)
{
	buffer_clear(&text);
	connstr_add_canonical(&text, string, strlen(string));
	ck_assert(!text.failed);
	return buffer_str(&text);
}

START_TEST(order_case_and_braces_do_not_matter_in_the_canonical_form)
{
	ck_assert_str_eq(canonical("uid=sa;Pwd={x};DSN=s"), "DSN={s};PWD={x};UID={sa};");
	ck_assert_str_eq(canonical(" DSN =s;PWD=x;UID=sa;"), "DSN={s};PWD={x};UID={sa};");
}
END_TEST

START_TEST(different_strings_stay_different_in_the_canonical_form)
{
	ck_assert_str_eq(canonical("a=x};B=1"), "A={x}}};B={1};");
	ck_assert_str_eq(canonical("UID=b;DSN=s;UID=a"), "DSN={s};UID={b};UID={a};");
	ck_assert_str_eq(canonical("ab=1;a=2;junk"), "A={2};AB={1};junk");
	ck_assert_str_eq(canonical("uid=SA"), "UID={SA};");
	ck_assert_str_eq(canonical(""), "");
}
END_TEST

START_TEST(a_secret_within_a_text_is_replaced_up_to_the_semicolon)
{
	static const struct {
		const char *text, *shown;
	} rows[] = {
		{"no server there", "no server there"},
		{"bad: UID=sa;PWD=a b;DB=x", "bad: UID=sa;PWD=***;DB=x"},
		{"password = \"hunter2\"", "password =***"},
		{"AccessToken=abc=def", "AccessToken=***"},
		{"pwd=", "pwd=***"},
		{"PWD={a;b}};c};DB=x", "PWD=***;DB=x"},
		{"PWD= {a;b", "PWD=***"},
		{"PWD={a}}", "PWD=***"},
		{"PWD={a}b;DB=x", "PWD=***;DB=x"},
		{"a=b=c", "a=b=c"},
	};

	for (size_t i = 0; i < array_size(rows); i++) {
		struct buffer b = BUFFER_EMPTY;
		connstr_add_redacted_text(&b, rows[i].text);
		ck_assert_str_eq(buffer_str(&b), rows[i].shown);
		buffer_done(&b);
	}
}
END_TEST

Suite *test_suite(void)
{
	Suite *s = suite_create("conf/connstr");
	TCase *t = tcase_create("connstr");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, words_are_read_with_their_letters);
	tcase_add_test(t, a_brace_inside_an_unbraced_value_is_a_letter);
	tcase_add_test(t, blanks_after_a_closing_brace_are_allowed);
	tcase_add_test(t, what_is_no_keyword_and_value_is_malformed);
	tcase_add_test(t, a_doubled_brace_at_the_end_does_not_close);
	tcase_add_test(t, an_empty_string_has_no_words);
	tcase_add_test(t, the_string_ends_at_its_first_nul_and_keeps_the_bytes_after_it);
	tcase_add_test(t, the_words_together_are_the_string);
	tcase_add_test(t, the_first_occurrence_is_found);
	tcase_add_test(t, very_long_values_are_read_whole);
	tcase_add_test(t, a_value_is_quoted_only_where_it_must);
	tcase_add_test(t, no_secret_survives_redaction);
	tcase_add_test(t, settings_of_ours_are_no_secrets);
	tcase_add_test(t, order_case_and_braces_do_not_matter_in_the_canonical_form);
	tcase_add_test(t, different_strings_stay_different_in_the_canonical_form);
	tcase_add_test(t, a_secret_within_a_text_is_replaced_up_to_the_semicolon);
	suite_add_tcase(s, t);
	return s;
}
