/* SPDX-License-Identifier: MIT */
/* The state of a session of SQL Server. The tables are those of state.sh. */
#include "hygiene/state.h"

#include <stdio.h>

#define PROPERTY(name)                                                                             \
	{                                                                                          \
		name, BY_SQL, .question = "select sessionproperty('" name "')"                     \
	}
#define OF_THE_SESSION(column)                                                                     \
	{                                                                                          \
		column, BY_SQL,                                                                    \
			.question = "select " column                                               \
				    " from sys.dm_exec_sessions where session_id = @@spid"         \
	}

/* Two columns of every row, in one line. */
static void ask_pairs(struct app *a, const char *question, char *ret_answer, size_t size)
{
	SQLHSTMT h = app_statement(a);
	char name[100], value[100];
	size_t len = 0;

	ret_answer[0] = '\0';
	if (!h || !SQL_SUCCEEDED(app_execute(a, h, question)))
		snprintf(ret_answer, size, "error");
	while (h && SQL_SUCCEEDED(SQLFetch(h)) && len < size) {
		SQLGetData(h, 1, SQL_C_CHAR, name, sizeof(name), NULL);
		SQLGetData(h, 2, SQL_C_CHAR, value, sizeof(value), NULL);
		len += (size_t)snprintf(ret_answer + len, size - len, "%.50s=%.50s ", name, value);
	}
	SQLFreeHandle(SQL_HANDLE_STMT, h);
}

static void ask_rows(struct app *a, const char *question, char *ret_answer, size_t size)
{
	SQLHSTMT h = app_statement(a);
	unsigned rows = 0;

	if (h && SQL_SUCCEEDED(app_execute(a, h, question)))
		while (SQL_SUCCEEDED(SQLFetch(h)))
			rows++;
	snprintf(ret_answer, size, "%u", rows);
	SQLFreeHandle(SQL_HANDLE_STMT, h);
}

static const struct item items[] = {
	{"options", BY_SQL, .question = "select @@options"},
	{"user options", BY_FUNCTION, .question = "dbcc useroptions", .ask = ask_pairs},
	PROPERTY("ANSI_NULLS"),
	PROPERTY("ANSI_PADDING"),
	PROPERTY("ANSI_WARNINGS"),
	PROPERTY("ARITHABORT"),
	PROPERTY("CONCAT_NULL_YIELDS_NULL"),
	PROPERTY("NUMERIC_ROUNDABORT"),
	PROPERTY("QUOTED_IDENTIFIER"),
	{"language", BY_SQL, .question = "select @@language"},
	{"first day of the week", BY_SQL, .question = "select @@datefirst"},
	{"lock timeout", BY_SQL, .question = "select @@lock_timeout"},
	{"text size", BY_SQL, .question = "select @@textsize"},
	OF_THE_SESSION("transaction_isolation_level"),
	OF_THE_SESSION("open_transaction_count"),
	{"database", BY_SQL, .question = "select db_name()"},
	{"transactions", BY_SQL, .question = "select @@trancount"},
	{"transaction's state", BY_SQL, .question = "select xact_state()"},
	{"user", BY_SQL, .question = "select user_name()"},
	{"login", BY_SQL, .question = "select suser_sname()"},
	{"first login", BY_SQL, .question = "select original_login()"},
	{"context", BY_SQL, .question = "select context_info()"},
	{"session context", BY_SQL, .question = "select session_context(N'hygiene')"},
	{"temporary table", BY_SQL, .question = "select count(*) from #hygiene"},
	{"temporary object", BY_SQL, .question = "select object_id('tempdb..#hygiene')"},
	{"global temporary table", BY_SQL, .question = "select count(*) from ##hygiene"},
	{"rows of a query", BY_FUNCTION, .question = "select id from hygiene_many",
		.ask = ask_rows},
	{"table of this database", BY_SQL, .question = "select count(*) from hygiene_many"},
	{"application lock", BY_SQL,
		.question = "select applock_mode('public', 'hygiene', 'Session')"},
	{"uncommitted row", BY_SQL, .question = "select count(*) from hygiene_t"},
	{"global cursor", BY_SQL, .question = "select cursor_status('global', 'hygiene_c')"},
	{"prepared by procedure", BY_SQL, .question = "exec sp_execute 1"},
	{"date", BY_FUNCTION, .question = "select cast('2024-02-01' as datetime)", .ask = ask_date},
	{"null joined", BY_SQL, .question = "select 'a' + null"},
	{"accent", BY_FUNCTION, .question = "select N'\u00e9'", .ask = ask_narrow},
	{"accent, wide", BY_FUNCTION, .question = "select N'\u00e9'", .ask = ask_wide},
	{"accent in SQL", BY_SQL, .question = "select datalength(N'\u00e9')"},
	{"accent in a parameter", BY_FUNCTION, .question = "select cast(? as nvarchar(10))",
		.ask = ask_parameter},
	{"columns", BY_FUNCTION, .question = "hygiene_t", .ask = ask_columns},
	{"text of an error", BY_SQL, .question = "select * from hygiene_nowhere"},
};

/* Read to the end: FreeTDS has one result at a time on a connection. */
static bool prepare_one(struct app *a)
{
	SQLINTEGER value = 5;
	SQLHSTMT h = app_statement(a);

	if (!h ||
		!SQL_SUCCEEDED(SQLPrepare(
			h, (SQLCHAR *)"select id from hygiene_t where id > ?", SQL_NTS)) ||
		!SQL_SUCCEEDED(SQLBindParameter(
			h, 1, SQL_PARAM_INPUT, SQL_C_SLONG, SQL_INTEGER, 0, 0, &value, 0, NULL)) ||
		!SQL_SUCCEEDED(SQLExecute(h)))
		return false;
	while (SQL_SUCCEEDED(SQLFetch(h)))
		;
	return true;
}

static bool prepare_many(struct app *a)
{
	for (int i = 0; i < 100; i++)
		if (!prepare_one(a))
			return false;
	return true;
}

static bool take_role_by_parameters(struct app *a)
{
	SQLCHAR role[] = "hygiene_role", password[] = "secret";
	SQLLEN len = SQL_NTS;
	SQLHSTMT h = app_statement(a);

	/* It has no result: SQL_NO_DATA. */
	return h &&
	       SQL_SUCCEEDED(SQLPrepare(h, (SQLCHAR *)"{call sp_setapprole(?, ?)}", SQL_NTS)) &&
	       SQL_SUCCEEDED(SQLBindParameter(h, 1, SQL_PARAM_INPUT, SQL_C_CHAR, SQL_VARCHAR, 20, 0,
		       role, sizeof(role), &len)) &&
	       SQL_SUCCEEDED(SQLBindParameter(h, 2, SQL_PARAM_INPUT, SQL_C_CHAR, SQL_VARCHAR, 20, 0,
		       password, sizeof(password), &len)) &&
	       SQLExecute(h) != SQL_ERROR;
}

#define ROLLED_BACK "it is rolled back"
#define PUT_BACK "the attribute is put back"
#define GONE_WITH_IT "the connection is closed"

static const struct change changes[] = {
	{"options", .sql = "set nocount on"},
	{"options", .sql = "set xact_abort on"},
	{"options", .sql = "set cursor_close_on_commit on"},
	{"options", .sql = "set implicit_transactions on"},
	{"options", .sql = "set ansi_null_dflt_on off"},
	{"ANSI_NULLS", .sql = "set ansi_nulls off"},
	{"ANSI_PADDING", .sql = "set ansi_padding off"},
	{"ANSI_WARNINGS", .sql = "set ansi_warnings off"},
	{"ARITHABORT", .sql = "set arithabort on"},
	{"CONCAT_NULL_YIELDS_NULL", .sql = "set concat_null_yields_null off"},
	{"CONCAT_NULL_YIELDS_NULL", .sql = "select 1 set concat_null_yields_null off"},
	{"NUMERIC_ROUNDABORT", .sql = "set numeric_roundabort on"},
	{"QUOTED_IDENTIFIER", .sql = "set quoted_identifier off"},
	{"language", .sql = "set language Deutsch"},
	{"user options", .sql = "set language French"},
	{"first day of the week", .sql = "set datefirst 3"},
	{"lock timeout", .sql = "set lock_timeout 4711"},
	{"text size", .sql = "set textsize 4711"},
	{"user options", .sql = "set dateformat dmy"},
	{"transaction_isolation_level", .sql = "set transaction isolation level serializable"},
	{"transaction_isolation_level", .sql = "set transaction isolation level read uncommitted"},
	{"transaction_isolation_level",
		.sql = "begin tran set transaction isolation level repeatable read commit"},
	{"rows of a query", .sql = "set rowcount 3"},
	{"database", .sql = "use hygiene_db"},
	{"catalog", .sql = "use [hygiene_db]"},
	{"database", .sql = "select 1 use hygiene_db"},
	{"context", .sql = "set context_info 0x4711"},
	{"session context", .sql = "exec sp_set_session_context N'hygiene', 4711"},
	{"session context",
		.sql = "exec sp_set_session_context @key = N'hygiene', @value = 1, @read_only = 1"},
	{"temporary table", .sql = "create table #hygiene (id int)"},
	{"table of this database", .sql = "use hygiene_db"},
	{"global temporary table", .sql = "create table ##hygiene (id int)"},
	{"temporary object", .sql = "select id into #hygiene from hygiene_many"},
	{"application lock", .sql = "exec sp_getapplock 'hygiene', 'Exclusive', 'Session', 60000"},
	{"application lock", .sql = "exec sp_getapplock 'hygiene', 'Shared', 'Session', 60000"},
	{"application lock", .sql = "begin tran exec sp_getapplock 'hygiene', 'Exclusive'",
		.unseen = ROLLED_BACK, .unseen_by_itself = "it is the transaction's"},
	{"global cursor", .sql = "declare hygiene_c cursor global for select id from hygiene_many"},
	{"global cursor",
		.sql = "declare hygiene_c cursor for select id from hygiene_many open hygiene_c"},
	{"prepared by procedure",
		.sql = "declare @h int exec sp_prepare @h output, N'', N'select 42'"},
	{"transactions", .sql = "begin tran", .unseen = ROLLED_BACK},
	{"transactions", .sql = "begin transaction begin tran save tran a", .unseen = ROLLED_BACK},
	{"open_transaction_count", .sql = "select 1 begin tran", .unseen = ROLLED_BACK},
	{"transaction's state", .sql = "exec('begin tran')", .unseen = ROLLED_BACK},
	{"transactions", .sql = "begin tran\n!select 1/0", .unseen = ROLLED_BACK},
	{"uncommitted row", .sql = "begin tran insert into hygiene_t values (77)",
		.unseen = ROLLED_BACK},
	{"uncommitted row",
		.sql = "set implicit_transactions on\ninsert into hygiene_t values (77)",
		.unseen = ROLLED_BACK},
	{"uncommitted row", .act = leave_transaction, .text = "an open transaction",
		.unseen = ROLLED_BACK},
	{"prepared by procedure", .act = prepare_one, .text = "a prepared statement",
		.unseen = "the driver closes it", .unseen_by_itself = "it has its own number"},
	{"prepared by procedure", .act = prepare_many, .text = "many prepared statements",
		.fate = CLOSED, .unseen = "closing is cheaper than freeing them",
		.unseen_by_itself = "it has its own number"},
	{"rows of a query", .act = leave_half_read_one, .text = "a result read by half",
		.unseen = "the rest is thrown away", .unseen_by_itself = "it is read elsewhere"},
	{"user", .sql = "execute as user = 'hygiene_other'", .fate = CLOSED},
	{"login", .sql = "exec as login = 'hygiene_other'", .fate = CLOSED},
	{"user", .sql = "exec sp_setapprole 'hygiene_role', 'secret'", .fate = CLOSED},
	{"user", .sql = "{call sp_setapprole('hygiene_role', 'secret')}", .fate = CLOSED},
	{"user", .act = take_role_by_parameters, .text = "an application role by a procedure call",
		.fate = CLOSED},
	{"text of an error", .sql = "set noexec on", .fate = CLOSED},
	{"text of an error", .sql = "!waitfor delay '00:00:00' select 1/0",
		.unseen = "the error ended", .unseen_by_itself = "the error ended"},
	{"transactions", .act = leave_cancelled, .text = "a cancelled statement", .fate = CLOSED,
		.unseen = "a cancelled session is closed", .unseen_by_itself = "the error ended"},
	{"autocommit", .attribute = SQL_ATTR_AUTOCOMMIT, .value = SQL_AUTOCOMMIT_OFF,
		.unseen = PUT_BACK},
	{"transactions", .attribute = SQL_ATTR_AUTOCOMMIT, .value = SQL_AUTOCOMMIT_OFF,
		.unseen = PUT_BACK},
	{"isolation", .attribute = SQL_ATTR_TXN_ISOLATION, .value = SQL_TXN_SERIALIZABLE,
		.unseen = PUT_BACK},
	{"transaction_isolation_level", .attribute = SQL_ATTR_TXN_ISOLATION,
		.value = SQL_TXN_REPEATABLE_READ, .unseen = PUT_BACK},
	{"access mode", .attribute = SQL_ATTR_ACCESS_MODE, .value = SQL_MODE_READ_ONLY,
		.unseen = PUT_BACK},
	{"catalog", .attribute = SQL_ATTR_CURRENT_CATALOG, .text = "hygiene_db",
		.unseen = PUT_BACK},
	{"database", .attribute = SQL_ATTR_CURRENT_CATALOG, .text = "hygiene_db",
		.unseen = PUT_BACK},
	{"login timeout", .attribute = SQL_ATTR_LOGIN_TIMEOUT, .value = 7, .unseen = PUT_BACK},
	{"login timeout", .attribute = SQL_ATTR_LOGIN_TIMEOUT, .value = 7, .at_login = true,
		.unseen = PUT_BACK},
	{"autocommit", .attribute = SQL_ATTR_AUTOCOMMIT, .value = SQL_AUTOCOMMIT_OFF,
		.at_login = true, .unseen = PUT_BACK},
	{"isolation", .attribute = SQL_ATTR_TXN_ISOLATION, .value = SQL_TXN_SERIALIZABLE,
		.at_login = true, .unseen = PUT_BACK},
	{"cursor type", .attribute = SQL_ATTR_CURSOR_TYPE, .value = SQL_CURSOR_STATIC,
		.fate = CLOSED, .unseen = GONE_WITH_IT},
};

const struct subject subject_sqlserver = {
	.dbms = "Microsoft SQL Server",
	.items = items,
	.item_count = array_size(items),
	.changes = changes,
	.change_count = array_size(changes),
	.held = "select sum(open_transaction_count) from sys.dm_exec_sessions",
};
