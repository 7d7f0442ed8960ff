/* SPDX-License-Identifier: MIT */
#include "dbms/statement_text.h"

#include "base/compiler.h"
#include "support/run.h"

#include <check.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static bool leaves_state_wide(const char *text, size_t len)
{
	uint16_t *wide = calloc(len + 1, sizeof(*wide));

	ck_assert_ptr_nonnull(wide);
	for (size_t i = 0; i < len; i++)
		wide[i] = (unsigned char)text[i];
	bool leaves = statement_may_leave_state(wide, len, true);
	free(wide);
	return leaves;
}

/* The text in a block of its own size, so that a sanitizer sees a look behind its end. */
static bool leaves_state(const char *text)
{
	size_t len = strlen(text);
	char *copy = malloc(len + 1);

	ck_assert_ptr_nonnull(copy);
	memcpy(copy, text, len);
	copy = realloc(copy, len ? len : 1);
	bool leaves = statement_may_leave_state(copy, len, false);
	free(copy);
	ck_assert_msg(leaves == leaves_state_wide(text, len), "ANSI and W differ: %s", text);
	return leaves;
}

static const char *const harmless[] = {
	"",
	" \t\r\n ;; ; ",
	"SELECT 1",
	"select * from t where a = 'set b; use c' and b = 1.5e-10 or c = 0x1F",
	"(SELECT 1) UNION (SELECT 2)",
	"SELECT 'it''s', \"a \"\"quoted\"\" name\", `b` FROM t",
	"INSERT INTO t VALUES (1); INSERT INTO t (a) SELECT 2",
	"INSERT IGNORE INTO t VALUES (1)",
	"INSERT OR REPLACE INTO t VALUES (1)",
	"INSERT INTO t SET a = 1",
	"INSERT INTO t (a) VALUES (1) ON CONFLICT DO UPDATE SET a = 2",
	"INSERT INTO t (a) VALUES (1) ON DUPLICATE KEY UPDATE a = 2",
	"REPLACE INTO t SET a = 1",
	"UPDATE t SET a = 1 WHERE b = 2",
	"UPDATE t SET a = 1; UPDATE u SET b = 2 UPDATE v SET c = 3",
	"DELETE FROM t WHERE a = {d '2020-01-01'}",
	"WITH x AS (SELECT 1) INSERT INTO t SELECT * FROM x",
	"WITH x AS (INSERT INTO t VALUES (1) RETURNING a) SELECT * FROM x",
	"MERGE INTO t USING u ON t.a = u.a WHEN MATCHED THEN UPDATE SET b = 1",
	"MERGE INTO t USING u ON t.a = u.a WHEN NOT MATCHED THEN INSERT (a) VALUES (1)",
	"-- a comment\nSELECT 1 -- another; SET x = 1",
	"-- a comment\r\nSELECT 1",
	"/* SET x = 1; */ SELECT /**/ 1 /* unfinished",
	"SELECT a[1], b[i + 1] FROM t",
	"SELECT [a b], [c] FROM [d]",
	"SELECT grad\xc3\xa9 FROM caf\xc3\xa9 WHERE \xc3\xa0 = 1",
	"VALUES (1), (2)",
	"SHOW server_version",
	"SELECT reset, settings, used, user, created FROM t",
	"SELECT a1b, _1set, x9_ FROM t2set WHERE a1b = 12 AND b = 3.5;",
	"SELECT 'a@b', 'c#d', '$1', 'x & y' FROM t ; \n ;; ",
	"SELECT 'set a = 1', 'select 1 into t' FROM t",
	"SELECT \"set\", \"into\", `from`.a FROM t",
	"SELECT a FROM t FOR UPDATE",
	"SELECT a\xc3\xa9, b1\xc3\xa9 FROM t",
	"UPDATE t SET a = 'set b = 1' WHERE c = 'create'",
	"WITH x AS (SELECT 1) UPDATE t SET a = 1",
	"REPLACE INTO t (a) SELECT b FROM u",
};

START_TEST(queries_and_row_changes_pass)
{
	ck_assert_msg(!leaves_state(harmless[_i]), "%s", harmless[_i]);
}
END_TEST

static const char *const telling[] = {
	/* first words */
	"SET a = 1",
	"use master",
	"CREATE TEMP TABLE t (a int)",
	"EXEC sp_setapprole 'a', 'b'",
	"{call p()}",
	"{? = call p(?)}",
	"PREPARE p AS SELECT 1",
	"BEGIN",
	"LOCK TABLES t WRITE",
	"nonsense",
	"EXPLAIN ANALYZE CREATE TEMP TABLE t AS SELECT 1",
	"SELECT 1; SET a = 1",
	"SELECT 1;;\n-- x\n SET a = 1",
	/* functions */
	"SELECT set_config('a', 'b', false)",
	"SELECT \"set_config\"('a', 'b', false)",
	"SELECT pg_catalog.\"pg_advisory_lock\"(1)",
	"SELECT pg_advisory_lock(1)",
	"SELECT pg_advisory_lock_shared(1)",
	"SELECT pg_try_advisory_lock(1)",
	"SELECT pg_try_advisory_lock_shared(1)",
	"SELECT GET_LOCK('a', 1)",
	"SELECT LAST_INSERT_ID(5)",
	"SELECT nextval('s')",
	"SELECT setseed(0.5)",
	"SELECT dblink_connect_u('a', 'b')",
	"UPDATE t SET a = set_config('a', 'b', false)",
	"UPDATE pg_settings SET setting = '1' WHERE name = 'a'",
	/* tables and variables */
	"SELECT * INTO t FROM u",
	"SELECT a INTO t FROM u",
	"SELECT REPLACE('a', 'b', 'c') INTO t",
	"INSERT INTO t VALUES (1) SELECT 1 INTO u",
	"WITH x AS (SELECT 1) SELECT * INTO t FROM x",
	"SELECT @a := 1",
	"SELECT 1 FROM #t",
	/* SQL Server needs no semicolons */
	"SELECT 1 SET LANGUAGE French",
	"SELECT 1SET LANGUAGE French",
	"SELECT 1e5SET LANGUAGE French",
	"SELECT 0x1FSET LANGUAGE French",
	"SELECT 'a'SET LANGUAGE French",
	"SELECT \"a\"SET LANGUAGE French",
	"SELECT [a]SET LANGUAGE French",
	"SELECT a\xa0SET LANGUAGE French",
	"UPDATE t SET a = 1 SET LANGUAGE French",
	"UPDATE STATISTICS t SET LANGUAGE French",
	"INSERT INTO t SELECT 1 SET LANGUAGE French",
	"INSERT INTO t DEFAULT VALUES SET LANGUAGE French",
	"INSERT INTO t VALUES (1) USE master",
	"INSERT INTO t EXEC p",
	"DELETE FROM t CREATE TABLE t2 (a int)",
	"SELECT 1 DBCC TRACEON (1)",
	"SELECT 1 SETUSER 'a'",
	"SELECT 1 DECLARE c CURSOR GLOBAL FOR SELECT 1",
	"SELECT 1 OPEN SYMMETRIC KEY k DECRYPTION BY PASSWORD = 'p'",
	"\"sp_setapprole\" 'a', 'b'",
	"[sp_setapprole] 'a', 'b'",
	"SELECT\xc3\xa9 1",
	"\xc3\xa9SELECT 1",
	/* what is quoted, or a comment, for one database and not for another */
	"SELECT 'a\\'; SET x = 1; -- '",
	"SELECT \"a\\\"; SET x = 1; -- \"",
	"SELECT 1 # it's\n; SET x = 1 -- '",
	"SELECT 1 --x'\n; SET x = 1 -- '",
	"SELECT 1 -- it's\r; SET x = 1 -- '",
	"SELECT 1 /* /* */ '*/; SET x = 1 --'",
	"SELECT 1 /*!; SET x = 1 */",
	"SELECT 1 /*M!100000 ; SET x = 1 */",
	"SELECT $$'$$; SET x = 1 --'",
	"SELECT $a$'$a$; SET x = 1 --'",
	"SELECT [it's] FROM t; SET x = 1 --'",
	"SELECT [a]]'] FROM t; SET x = 1 --'",
	"SELECT [a--] FROM t; SET x = 1",
	"SELECT [a/*] FROM t; SET x = 1 /* */",
	"SELECT [unfinished",
	"SELECT U&\"set!005fconfig\" UESCAPE '!'",
	/* far behind words that are known */
	"SELECT a, b, c FROM t, u, v WHERE t.a = u.a AND u.b = v.b ORDER BY 1, 2, 3; SET x = 1",
	"SELECT a, b, c FROM t, u, v WHERE t.a = u.a AND u.b = v.b ORDER BY 1, 2, 3 INTO w",
	"SELECT a, b, c FROM t, u, v WHERE t.a = 'b' AND pg_catalog.set_config('a', 'b', true) = "
	"'c'",
	"SELECT a, b, c FROM t, u, v WHERE t.a = 'b' AND pg_catalog.\"set_config\"('a', 'b', "
	"false) = 'c'",
	"WITH x AS (SELECT a, b, c FROM t, u, v WHERE t.a = 'b') INSERT INTO w SELECT * FROM x "
	"INTO y",
	"UPDATE t SET a = 1, b = 2, c = 3 WHERE d = 4 AND e = 'f' SET LANGUAGE French",
	"INSERT INTO t (a, b, c) VALUES (1, 2, 3), (4, 5, 6), (7, 8, 9) SET LANGUAGE French",
	"SELECT a FROM t WHERE b = 12 AND c = 34USE master",
	"SELECT a FROM t WHERE b = 12 AND c = 3.USE master",
	"SELECT a FROM t WHERE b = 12 AND c = 34_USE master",
	"SELECT a FROM t WHERE b = 12 AND c = 34\xa0USE master",
	"SELECT a FROM t WHERE b = 'c'use master",
	"SELECT a FROM t WHERE b = 'c'/**/use/**/master",
	"SELECT a FROM t WHERE b = 'c' -- d\nuse master",
	"SELECT a FROM t WHERE b = '\\'use master --'",
	"SELECT a FROM t;\n\n;use master",
	"SELECT a FROM t\tuse\tmaster",
	"SELECT a FROM t,use",
	"SELECT a FROM t WHERE b = $1 use master",
};

START_TEST(what_may_leave_state_is_noticed)
{
	ck_assert_msg(leaves_state(telling[_i]), "%s", telling[_i]);
}
END_TEST

START_TEST(case_does_not_matter)
{
	ck_assert(!leaves_state("sElEcT 1"));
	ck_assert(leaves_state("SELECT Set_Config('a', 'b', false)"));
	ck_assert(leaves_state("sElEcT 1; sEt a = 1"));
}
END_TEST

START_TEST(the_length_counts_and_not_a_nul)
{
	static const char text[] = "SELECT 1; SET a = 1";
	static const char with_nul[] = "SELECT 1\0; SET a = 1";

	ck_assert(!statement_may_leave_state(text, 8, false));
	ck_assert(statement_may_leave_state(with_nul, sizeof(with_nul) - 1, false));
	ck_assert(!statement_may_leave_state(NULL, 0, false));
	ck_assert(!statement_may_leave_state(NULL, 0, true));
}
END_TEST

START_TEST(blanks_of_unicode_hide_no_statement)
{
	/* SQL Server takes U+00A0 and U+3000 for blanks. */
	static const uint16_t nbsp[] = {
		'S', 'E', 'L', 'E', 'C', 'T', ' ', 'a', 0xa0, 'S', 'E', 'T', ' ', 'b', ' ', '1'};
	static const uint16_t wide_space[] = {
		'S', 'E', 'L', 'E', 'C', 'T', ' ', 'a', 0x3000, 'U', 'S', 'E', ' ', 'b'};

	ck_assert(statement_may_leave_state(nbsp, array_size(nbsp), true));
	ck_assert(statement_may_leave_state(wide_space, array_size(wide_space), true));
}
END_TEST

START_TEST(any_end_of_a_text_is_within_its_bounds)
{
	for (size_t i = 0; i < array_size(telling) + array_size(harmless); i++) {
		const char *whole =
			i < array_size(telling) ? telling[i] : harmless[i - array_size(telling)];
		for (size_t len = 0; len < strlen(whole); len++) {
			char *part = strndup(whole, len);
			ck_assert_ptr_nonnull(part);
			leaves_state(part);
			free(part);
		}
	}
}
END_TEST

/* A small generator of its own, so that every run tries the same texts. */
static unsigned next_random(unsigned *state, unsigned bound)
{
	*state = *state * 1664525 + 1013904223;
	return (*state >> 16) % bound;
}

/*
 * With a comment at its end a text means the same, or less where a quote is open, but has to be
 * read token by token. So nothing passes that careful reading would stop.
 */
START_TEST(nothing_is_skimmed_over_that_reading_would_stop_at)
{
	static const char *const pieces[] = {"SELECT ", "select", "INSERT ", "INTO ", "UPDATE ",
		"SET ", "MERGE ", "VALUES ", "WITH ", "REPLACE ", "use", "SET_CONFIG", "lo_open",
		"EXEC ", "a", "b_", "_", " ", " ", "\n", ";", "'", "'", "\"", "`", "[", "]", "(",
		")", "--", "-- ", "-", "/*", "*/", "/", "*", "$", "#", "@", "&", "\\", "0", "1",
		"23", "0x1F", "1e5", ".", ",", "!", "\xc3\xa9", "\xa0", "long_name_of_a_column",
		"= "};
	unsigned state = 1, skimmed = 0;

	for (int i = 0; i < 50000; i++) {
		char text[512] = "", marked[520];
		/* Most begin with what is harmless, or few would get beyond it. */
		if (next_random(&state, 8) > 0)
			strcat(text, pieces[next_random(&state, 10)]);
		for (unsigned n = next_random(&state, 12); n > 0; n--)
			strcat(text, pieces[next_random(&state, array_size(pieces))]);
		strcpy(marked, text);
		strcat(marked, "\n-- ");
		bool leaves = statement_may_leave_state(text, strlen(text), false);
		bool leaves_marked = statement_may_leave_state(marked, strlen(marked), false);
		ck_assert_msg(leaves || !leaves_marked, "%s", text);
		skimmed += !leaves;
	}
	ck_assert_uint_gt(skimmed, 5000);
}
END_TEST

Suite *test_suite(void)
{
	Suite *s = suite_create("statement_text");
	TCase *t = tcase_create("statement_text");

	tcase_set_timeout(t, 60);

	tcase_add_loop_test(t, queries_and_row_changes_pass, 0, array_size(harmless));
	tcase_add_loop_test(t, what_may_leave_state_is_noticed, 0, array_size(telling));
	tcase_add_test(t, case_does_not_matter);
	tcase_add_test(t, the_length_counts_and_not_a_nul);
	tcase_add_test(t, blanks_of_unicode_hide_no_statement);
	tcase_add_test(t, nothing_is_skimmed_over_that_reading_would_stop_at);
	tcase_add_test(t, any_end_of_a_text_is_within_its_bounds);
	suite_add_tcase(s, t);
	return s;
}
