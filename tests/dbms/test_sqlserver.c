/* SPDX-License-Identifier: MIT */
/* The rules of SQL Server's profile: what T-SQL tells, and what it could hide. */
#include "base/compiler.h"
#include "dbms/profile.h"
#include "support/run.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static unsigned look_by(const struct profile *p, const char *text)
{
	size_t len = strlen(text);
	uint16_t *wide = calloc(len + 1, sizeof(*wide));

	ck_assert_ptr_nonnull(wide);
	for (size_t i = 0; i < len; i++)
		wide[i] = (unsigned char)text[i];
	unsigned flags = statement_look(p->rules, text, len, false);
	ck_assert_uint_eq(statement_look(p->rules, wide, len, true), flags);
	free(wide);
	return flags & ~(unsigned)STATEMENT_SENT;
}

static const char *const harmless[] = {
	"SELECT 1",
	"  select a, b from t where c = 'exec x'",
	"INSERT INTO t VALUES (1, 'begin tran')",
	"UPDATE [begin tran] SET [x] = 'it''s'",
	"DELETE FROM t WHERE path = 'C:\\exec\\'",
	"WITH a AS (SELECT 1 AS n) SELECT n FROM a",
	"SET TRANSACTION ISOLATION LEVEL SERIALIZABLE",
	"SET LOCK_TIMEOUT 10",
	"SELECT * FROM #t",
	"SELECT 1 --exec x\n",
	"SELECT 1 -- it's\nFROM t",
	"SELECT transaction_id, as_of, begins FROM t",
	"DECLARE @a int; SELECT @a = 1",
	"IF @@TRANCOUNT > 0 ROLLBACK",
	"(SELECT 1)",
	"/* c */ SELECT 1",
	"",
};

START_TEST(harmless_statements_cost_no_question)
{
	ck_assert_msg(look_by(&profile_sqlserver, harmless[_i]) == 0, "%s", harmless[_i]);
}
END_TEST

static const char *const opening[] = {
	"BEGIN TRAN",
	"begin transaction x",
	"BEGIN DISTRIBUTED TRAN",
	"SELECT 1 BEGIN TRAN",
	"SELECT 1BEGIN TRAN",
	"SELECT 'x'BEGIN/**/TRANSACTION",
	"BEGIN -- now\n TRAN",
	"INSERT INTO t VALUES (1);BEGIN\tTRAN",
	"SET IMPLICIT_TRANSACTIONS ON",
	"SET ANSI_NULLS, IMPLICIT_TRANSACTIONS ON",
	"SET ANSI_DEFAULTS ON",
	"EXEC p",
	"execute dbo.p 1",
	"p",
	"dbo.p 1, 2",
	"[p] 1",
	"\"p\" 1",
	"/* c */ p",
	"{call p(?)}",
	"{?=call p}",
	"EXEC ('BEGIN TRAN')",
	"DECLARE @s varchar(99) = 'BEGIN TRAN'; EXEC(@s)",
	"SELECT [it's] BEGIN TRAN --'",
	"SELECT \"it's\" BEGIN TRAN --'",
	"SELECT 'it''s' BEGIN TRAN",
	"SELECT 'a\\' BEGIN TRAN --'",
	"SELECT 1 /* /* */ ' */ BEGIN TRAN --'",
	"SELECT [a]]'b] BEGIN TRAN --'",
	"SELECT @a, $1, #t.x FROM #t BEGIN TRAN",
	"SELECT 1\240BEGIN\240TRAN",
};

START_TEST(whatever_may_open_a_transaction_is_seen)
{
	ck_assert_msg(
		look_by(&profile_sqlserver, opening[_i]) & STATEMENT_OPENS, "%s", opening[_i]);
}
END_TEST

static const char *const poisonous[] = {
	"EXEC sp_setapprole 'r', 'secret'",
	"sp_setapprole 'r', 'secret'",
	"{call sp_setapprole(?, ?)}",
	"{ ? = call master..sp_setapprole('r', {encrypt N'secret'}, 'odbc') }",
	"exec [sp_setapprole] 'r', 'secret'",
	"exec \"sp_setapprole\" 'r', 'secret'",
	"SELECT [it's] exec sp_setapprole 'r', 'secret'",
	"EXECUTE AS USER = 'x'",
	"EXEC AS LOGIN='x' WITH NO REVERT",
	"SELECT 1 EXECUTE AS CALLER",
	"SELECT 1 EXECUTE--\nAS USER='x'",
	"SETUSER 'x'",
	"SELECT 1SETUSER 'x'",
	"OPEN SYMMETRIC KEY k DECRYPTION BY PASSWORD = 'x'",
	"OPEN MASTER KEY DECRYPTION BY PASSWORD = 'x'",
	"DBCC TRACEON (1204)",
	"SET NOEXEC ON",
	"SET SHOWPLAN_TEXT ON",
	"EXEC sp_bindsession 'x'",
};

START_TEST(what_no_reset_undoes_is_seen_in_every_form)
{
	ck_assert_msg(look_by(&profile_sqlserver, poisonous[_i]) & STATEMENT_POISONS, "%s",
		poisonous[_i]);
	ck_assert_msg(look_by(&profile_sqlserver_by_batch, poisonous[_i]) & STATEMENT_POISONS, "%s",
		poisonous[_i]);
}
END_TEST

static const char *const beyond_the_batch[] = {
	"CREATE TABLE #t (i int)",
	"SELECT 1 AS a INTO #t",
	"SELECT 1 AS a INTO [#t]",
	"CREATE PROCEDURE \"#p\" AS SELECT 1",
	"EXEC sp_set_session_context 'k', 1",
	"EXEC sp_getapplock 'l', 'Exclusive', 'Session'",
	"DECLARE c CURSOR GLOBAL FOR SELECT 1",
	"SET IDENTITY_INSERT t ON",
	"SET DATEFORMAT dmy",
	"SET STATISTICS XML ON",
};

START_TEST(the_batch_knows_its_limits)
{
	ck_assert_msg(!(look_by(&profile_sqlserver, beyond_the_batch[_i]) & STATEMENT_POISONS),
		"%s", beyond_the_batch[_i]);
	ck_assert_msg(
		look_by(&profile_sqlserver_by_batch, beyond_the_batch[_i]) & STATEMENT_POISONS,
		"%s", beyond_the_batch[_i]);
}
END_TEST

START_TEST(an_application_lock_is_let_go_of_before_the_return)
{
	ck_assert_uint_eq(look_by(&profile_sqlserver, "exec sp_getapplock 'a', 'Exclusive'") &
				  STATEMENT_HOLDS,
		STATEMENT_HOLDS);
}
END_TEST

START_TEST(adaptive_server_has_transactions_by_text_too)
{
	ck_assert_uint_eq(look_by(&profile_sybase, "BEGIN TRAN"), STATEMENT_OPENS);
	ck_assert_uint_eq(look_by(&profile_sybase, "SET CHAINED ON"), STATEMENT_OPENS);
	ck_assert_uint_eq(look_by(&profile_sybase, "SELECT 1"), 0);
}
END_TEST

Suite *test_suite(void)
{
	Suite *s = suite_create("sqlserver");
	TCase *t = tcase_create("rules");

	tcase_add_loop_test(t, harmless_statements_cost_no_question, 0, (int)array_size(harmless));
	tcase_add_loop_test(
		t, whatever_may_open_a_transaction_is_seen, 0, (int)array_size(opening));
	tcase_add_loop_test(
		t, what_no_reset_undoes_is_seen_in_every_form, 0, (int)array_size(poisonous));
	tcase_add_loop_test(t, the_batch_knows_its_limits, 0, (int)array_size(beyond_the_batch));
	tcase_add_test(t, an_application_lock_is_let_go_of_before_the_return);
	tcase_add_test(t, adaptive_server_has_transactions_by_text_too);
	suite_add_tcase(s, t);
	return s;
}
