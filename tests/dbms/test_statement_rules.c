/* SPDX-License-Identifier: MIT */
#include "dbms/statement_rules.h"

#include "base/compiler.h"
#include "dbms/profile.h"
#include "dbms/statement_filter.h"
#include "support/run.h"

#include <check.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* By word alone, by the first word alone, and by both. */
static const struct statement_rule list[] = {
	{NULL, "GET_LOCK", STATEMENT_LOCKS},
	{"ATTACH", NULL, STATEMENT_POISONS},
	{"SET", "ROLE", STATEMENT_SETS},
};
static const struct statement_rules rules = {.rules = list, .count = array_size(list)};
static struct statement_filter filter;
static const struct statement_rules filtered = {
	.rules = list, .count = array_size(list), .filter = &filter};

static bool begins_transaction(const char *text)
{
	size_t len = strlen(text);
	uint16_t *wide = calloc(len + 1, sizeof(*wide));

	ck_assert_ptr_nonnull(wide);
	for (size_t i = 0; i < len; i++)
		wide[i] = (unsigned char)text[i];
	unsigned flags = statement_look(profile_mariadb.rules, text, len, false);
	ck_assert_msg(statement_look(profile_mariadb.rules, wide, len, true) == flags, "%s", text);
	free(wide);
	return flags & STATEMENT_OPENS;
}

/* In both widths, filtered and not: all must agree. */
static unsigned look(const char *text)
{
	size_t len = strlen(text);
	uint16_t *wide = calloc(len + 1, sizeof(*wide));

	ck_assert_ptr_nonnull(wide);
	for (size_t i = 0; i < len; i++)
		wide[i] = (unsigned char)text[i];
	unsigned flags = statement_look(&rules, text, len, false);
	ck_assert_uint_eq(statement_look(&rules, wide, len, true), flags);
	ck_assert_msg(statement_look(&filtered, text, len, false) == flags, "%s", text);
	ck_assert_msg(statement_look(&filtered, wide, len, true) == flags, "%s", text);
	free(wide);
	return flags & ~(unsigned)STATEMENT_SENT;
}

static const struct {
	const char *text;
	unsigned flags;
} texts[] = {
	{"SELECT 1", 0},
	{"select get_lock('a', 1)", STATEMENT_LOCKS},
	{"SELECT 'get_lock', 1 -- get_lock", 0},
	{"SELECT 1 /* get_lock */", 0},
	{"SELECT get_locked, target_lock FROM t", 0},
	{"ATTACH 'x' AS y", STATEMENT_POISONS},
	{"SELECT attach FROM t", 0},
	{"SELECT 1; attach 'x' AS y", STATEMENT_POISONS},
	{"SET ROLE x", STATEMENT_SETS},
	{"UPDATE t SET role = 1", 0},
	{"SET x = 1; SELECT role FROM t", 0},
	{"SELECT \"get_lock\"('a', 1)", STATEMENT_LOCKS},
	{"SELECT `get_lock`('a', 1)", STATEMENT_LOCKS},
	{"SELECT \"get lock\", \"it's\", 'GET_LOCK'", 0},
};

START_TEST(rules_tell_by_first_word_and_by_word)
{
	ck_assert_msg(look(texts[_i].text) == texts[_i].flags, "%s", texts[_i].text);
}
END_TEST

/* Each ends in a statement that one database executes, and that another takes for a text. */
static const char *const hiding[] = {
	"SELECT 'a\\'; ATTACH 'x' AS y -- '",
	"SELECT 1 # it's\n; ATTACH 'x' AS y -- '",
	"SELECT 1 --x'\n; ATTACH 'x' AS y -- '",
	"SELECT 1 -- it's\r; ATTACH 'x' AS y -- '",
	"SELECT 1 /* /* */ '*/; ATTACH 'x' AS y --'",
	"SELECT 1 /*! ; ATTACH 'x' AS y */",
	"SELECT 1 /*M!100000 ; ATTACH 'x' AS y */",
	"SELECT $$'$$; ATTACH 'x' AS y --'",
	"SELECT $a$'$a$; ATTACH 'x' AS y --'",
};

START_TEST(nothing_hides_in_what_databases_read_differently)
{
	ck_assert_msg(look(hiding[_i]) & STATEMENT_POISONS, "%s", hiding[_i]);
}
END_TEST

/* What a text may be made of, so that words begin and end at everything that there is. */
static const char *const pieces[] = {"get_lock", "GET_LOC", "k", "attach", "set", "ROLE", "select",
	"a", "1", "_", "$", "#", "'", "\"", "`", "\\", "--", "/*", "*/", ";", " ", "\n", "\r", "(",
	"\xe9", "!", "M!"};

/* A name in SJIS, and an operator of one's own. */
START_TEST(behind_postgresqls_backquotes_nothing_hides)
{
	static const char *const hidden[] = {
		"select \x83`; set role x", "select a ` b; set role x; select `", "`set role x`"};

	for (size_t i = 0; i < array_size(hidden); i++)
		ck_assert_msg(statement_look(profile_postgresql.rules, hidden[i], strlen(hidden[i]),
				      false) &
				      STATEMENT_POISONS,
			"%s", hidden[i]);
}
END_TEST

START_TEST(the_filter_never_lets_a_word_pass_unseen)
{
	uint32_t random = 17231;
	char text[128];

	for (int i = 0; i < 100000; i++) {
		text[0] = '\0';
		for (uint32_t n = (uint32_t)i % 9; n > 0; n--) {
			random = random * 1664525 + 1013904223;
			strcat(text, pieces[(random >> 16) % array_size(pieces)]);
		}
		look(text);
	}
}
END_TEST

static const char *const beginning[] = {
	"",
	" ",
	"BEGIN",
	"begin work",
	"START TRANSACTION",
	"start transaction read only",
	"SET autocommit = 0",
	"SET @@session.autocommit = OFF",
	"SET STATEMENT max_statement_time = 1 FOR SELECT 1",
	"XA START 'x'",
	"XA BEGIN 'x'",
	"COMMIT AND CHAIN",
	"ROLLBACK AND CHAIN",
	"CALL p()",
	"{call p()}",
	"{? = call p()}",
	"PREPARE s FROM 'BEGIN'",
	"EXECUTE s",
	"EXECUTE IMMEDIATE 'BEGIN'",
	"DO f()",
	"LOCK TABLES t WRITE",
	"HANDLER t OPEN",
	"CREATE TABLE t (i INT)",
	"BEGIN NOT ATOMIC START TRANSACTION; END",
	"IF 1 THEN START TRANSACTION; END IF",
	"SELECTED",
	"SELECT_",
	"SELECT$ 1",
	"SELECT1",
	"`SELECT` 1",
	"'SELECT' 1",
	"/*! BEGIN */",
	"/*!50000 BEGIN */",
	"/*M! BEGIN */",
	"/*!BEGIN*/",
	"/* SELECT */ BEGIN",
	"/* SELECT 1 */START TRANSACTION",
	"-- SELECT\nBEGIN",
	"# SELECT\nBEGIN",
	"--\nSELECT 1",
	"SELECT 1; BEGIN",
	"SELECT 1;BEGIN;",
	"SELECT 1;;BEGIN",
	"SELECT 1;\nstart transaction",
	"SELECT 1; /*! BEGIN */",
	"SELECT 1 /*! ; BEGIN */",
	"SELECT 'a\\'; BEGIN; -- '",
	"SELECT 'a''; BEGIN; -- '",
	"SELECT \"a\\\"; BEGIN -- \"",
	"SELECT 1 -- '\n; BEGIN -- '",
	"(SELECT 1); BEGIN",
	"INSERT INTO t VALUES (1); SET autocommit = 0",
	"; BEGIN",
	";BEGIN",
};

START_TEST(what_may_begin_a_transaction_in_mariadb_tells)
{
	ck_assert_msg(begins_transaction(beginning[_i]), "%s", beginning[_i]);
}
END_TEST

static const char *const autocommitted[] = {
	"SELECT 1",
	"select*from t",
	"SELECT'a'",
	" \t\n(SELECT 1) UNION (SELECT 2) ; \n",
	"SELECT 1;",
	"INSERT INTO t VALUES ('begin', \"start transaction\")",
	"insert into t select * from u",
	"UPDATE t SET begin = 1 -- BEGIN",
	"DELETE FROM t WHERE i = 1",
	"REPLACE INTO t VALUES (1)",
	"WITH c AS (SELECT 1) SELECT * FROM c",
	"VALUES (1), (2)",
	"TABLE t",
	"SHOW TABLES",
	"DESC t",
	"DESCRIBE t",
	"EXPLAIN SELECT 1",
};

START_TEST(queries_and_row_changes_of_mariadb_begin_no_transaction)
{
	ck_assert_msg(!begins_transaction(autocommitted[_i]), "%s", autocommitted[_i]);
}
END_TEST

/* Greek, presentation forms, full width: a conversion may make the common one of each. */
static const uint16_t semicolons[] = {';', 0x37e, 0xfe14, 0xfe54, 0xff1b};

START_TEST(whatever_may_become_a_semicolon_is_taken_for_one)
{
	static const uint16_t harmless[] = {'S', 'E', 'L', 'E', 'C', 'T', ' ', 0xe9, ' ', '1'};
	uint16_t text[array_size(harmless)];

	memcpy(text, harmless, sizeof(text));
	ck_assert(!(statement_look(profile_mariadb.rules, text, array_size(text), true) &
		    STATEMENT_OPENS));
	text[7] = semicolons[_i];
	ck_assert(statement_look(profile_mariadb.rules, text, array_size(text), true) &
		  STATEMENT_OPENS);
}
END_TEST

Suite *test_suite(void)
{
	Suite *s = suite_create("statement_rules");
	TCase *t = tcase_create("statement_rules");

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, rules_tell_by_first_word_and_by_word, 0, (int)array_size(texts));
	tcase_add_loop_test(
		t, nothing_hides_in_what_databases_read_differently, 0, (int)array_size(hiding));
	tcase_add_test(t, behind_postgresqls_backquotes_nothing_hides);
	tcase_add_test(t, the_filter_never_lets_a_word_pass_unseen);
	tcase_add_loop_test(
		t, what_may_begin_a_transaction_in_mariadb_tells, 0, (int)array_size(beginning));
	tcase_add_loop_test(t, queries_and_row_changes_of_mariadb_begin_no_transaction, 0,
		(int)array_size(autocommitted));
	tcase_add_loop_test(t, whatever_may_become_a_semicolon_is_taken_for_one, 0,
		(int)array_size(semicolons));
	suite_add_tcase(s, t);
	return s;
}
