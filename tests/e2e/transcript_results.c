/* SPDX-License-Identifier: MIT */
/* Chapters: several results of one statement, transactions, cancelling. */
#include "transcript.h"

#include <stdio.h>

static void all_results(SQLHSTMT s)
{
	SQLSMALLINT columns;

	for (int i = 0; i < 8; i++) {
		columns = 0;
		CALL(ON_STMT(s), RowCount, s, out_len("rows"));
		if (SQL_SUCCEEDED(SQLNumResultCols(s, &columns)) && columns > 0)
			for (int row = 0; row < 5 && SQL_SUCCEEDED(CALL(ON_STMT(s), Fetch, s));
				row++)
				CALL(ON_STMT(s), GetData, s, 1, SQL_C_CHAR, out_bytes("value"), 40,
					out_len("length"));
		if (!SQL_SUCCEEDED(CALL(ON_STMT(s), MoreResults, s)))
			break;
	}
	CALL(ON_STMT(s), FreeStmt, s, SQL_CLOSE);
}

/* Procedures of PostgreSQL and MariaDB; c_twice doubles a number, see differential.sh. */
static void procedures(SQLHSTMT s)
{
	SQLINTEGER in = 21, out = 0;
	SQLLEN in_length = 0, out_length = 0;

	if (app.dbms == DBMS_POSTGRESQL) {
		CALL(ON_STMT(s), BindParameter, s, 1, SQL_PARAM_OUTPUT, SQL_C_LONG, SQL_INTEGER, 0,
			0, &out, 0, &out_length);
		CALL(ON_STMT(s), BindParameter, s, 2, SQL_PARAM_INPUT, SQL_C_LONG, SQL_INTEGER, 0,
			0, &in, 0, &in_length);
		run(s, "{? = call c_twice(?)}");
	} else {
		CALL(ON_STMT(s), BindParameter, s, 1, SQL_PARAM_INPUT, SQL_C_LONG, SQL_INTEGER, 0,
			0, &in, 0, &in_length);
		CALL(ON_STMT(s), BindParameter, s, 2, SQL_PARAM_INPUT_OUTPUT, SQL_C_LONG,
			SQL_INTEGER, 0, 0, &out, 0, &out_length);
		run(s, "{call c_twice(?, ?)}");
	}
	say("\tout %d length %ld\n", (int)out, (long)out_length);
	all_results(s);
	say("\tout %d length %ld\n", (int)out, (long)out_length);
	CALL(ON_STMT(s), FreeStmt, s, SQL_RESET_PARAMS);
}

void chapter_results(void)
{
	struct session session;
	SQLHSTMT s;

	session_open(&session);
	s = statement_new(session.dbc);
	table_make(s, "t_results", 3);
	CALL(ON_STMT(s), MoreResults, s);
	if (app.dbms != DBMS_MARIADB) {
		run(s, "select 1; select name from t_results order by id; "
		       "update t_results set small = 0; select 'end'");
		all_results(s);
		run(s, "select 1; select no_such_column; select 3");
		all_results(s);
	}
	if (app.dbms != DBMS_SQLITE)
		procedures(s);
	run(s, "select 1");
	CALL(ON_STMT(s), MoreResults, s);
	CALL(ON_STMT(s), MoreResults, s);
	statement_free(s);
	session_close(&session);
}

static void set_autocommit(SQLHDBC dbc, SQLULEN value)
{
	CALL_AW(ON_DBC(dbc), SetConnectAttr, dbc, SQL_ATTR_AUTOCOMMIT,
		(SQLPOINTER)number((SQLLEN)value), SQL_IS_UINTEGER);
	CALL_AW(ON_DBC(dbc), GetConnectAttr, dbc, SQL_ATTR_AUTOCOMMIT, out_bytes("value"), 8,
		out_integer("length"));
}

static void insert_and_end(struct session *session, SQLHSTMT s, SQLSMALLINT how)
{
	run(s, "insert into t_transactions (id) values (100)");
	show_query(s, "select count(*) from t_transactions");
	CALL(ON_DBC(session->dbc), EndTran, SQL_HANDLE_DBC, session->dbc, (SQLSMALLINT)number(how));
	show_query(s, "select count(*) from t_transactions");
	run(s, "delete from t_transactions where id = 100");
	CALL(ON_ENV(session->env), EndTran, SQL_HANDLE_ENV, session->env, SQL_COMMIT);
}

void chapter_transactions(void)
{
	static const SQLULEN levels[] = {SQL_TXN_READ_UNCOMMITTED, SQL_TXN_READ_COMMITTED,
		SQL_TXN_REPEATABLE_READ, SQL_TXN_SERIALIZABLE, 99};
	struct session session;
	SQLHSTMT s;

	session_open(&session);
	s = statement_new(session.dbc);
	table_make(s, "t_transactions", 2);
	CALL(ON_DBC(session.dbc), EndTran, SQL_HANDLE_DBC, session.dbc, SQL_COMMIT);
	set_autocommit(session.dbc, SQL_AUTOCOMMIT_OFF);
	insert_and_end(&session, s, SQL_COMMIT);
	insert_and_end(&session, s, SQL_ROLLBACK);
	CALL(ON_DBC(session.dbc), EndTran, SQL_HANDLE_DBC, session.dbc, 9);
	CALL(ON_STMT(s), EndTran, SQL_HANDLE_STMT, s, SQL_COMMIT);
	/* A prepared statement and an open cursor across the end of a transaction. */
	CALL_AW(ON_STMT(s), Prepare, s, text("select id from t_transactions order by id"), SQL_NTS);
	CALL(ON_STMT(s), Execute, s);
	CALL(ON_STMT(s), Fetch, s);
	CALL(ON_DBC(session.dbc), EndTran, SQL_HANDLE_DBC, session.dbc, SQL_COMMIT);
	CALL(ON_STMT(s), Fetch, s);
	CALL(ON_STMT(s), FreeStmt, s, SQL_CLOSE);
	CALL(ON_STMT(s), Execute, s);
	CALL(ON_STMT(s), FreeStmt, s, SQL_CLOSE);
	/* An error in a transaction. */
	run(s, "insert into t_transactions (id) values (1)");
	run(s, "select 1");
	CALL(ON_STMT(s), FreeStmt, s, SQL_CLOSE);
	CALL(ON_DBC(session.dbc), EndTran, SQL_HANDLE_DBC, session.dbc, SQL_ROLLBACK);
	set_autocommit(session.dbc, SQL_AUTOCOMMIT_ON);
	for (size_t i = 0; i < array_size(levels); i++) {
		CALL_AW(ON_DBC(session.dbc), SetConnectAttr, session.dbc, SQL_ATTR_TXN_ISOLATION,
			(SQLPOINTER)number((SQLLEN)levels[i]), SQL_IS_UINTEGER);
		CALL_AW(ON_DBC(session.dbc), GetConnectAttr, session.dbc, SQL_ATTR_TXN_ISOLATION,
			out_bytes("value"), 8, out_integer("length"));
	}
	/* SQLDisconnect in the middle of one. */
	set_autocommit(session.dbc, SQL_AUTOCOMMIT_OFF);
	run(s, "insert into t_transactions (id) values (200)");
	statement_free(s);
	CALL(ON_DBC(session.dbc), Disconnect, session.dbc);
	CALL(ON_DBC(session.dbc), EndTran, SQL_HANDLE_DBC, session.dbc, SQL_ROLLBACK);
	session_close(&session);
	session_open(&session);
	s = statement_new(session.dbc);
	show_query(s, "select count(*) from t_transactions");
	statement_free(s);
	session_close(&session);
}

void chapter_cancel(void)
{
	struct session session;
	SQLHSTMT s;

	session_open(&session);
	s = statement_new(session.dbc);
	table_make(s, "t_cancel", 4);
	CALL(ON_STMT(s), Cancel, s);
	run(s, "select id from t_cancel order by id");
	CALL(ON_STMT(s), Fetch, s);
	CALL(ON_STMT(s), Cancel, s);
	CALL(ON_STMT(s), Fetch, s);
	CALL(ON_STMT(s), FreeStmt, s, SQL_CLOSE);
	CALL(ON_STMT(s), CancelHandle, SQL_HANDLE_STMT, s);
	CALL(ON_DBC(session.dbc), CancelHandle, SQL_HANDLE_DBC, session.dbc);
	CALL(ON_ENV(session.env), CancelHandle, SQL_HANDLE_ENV, session.env);
	show_query(s, "select id from t_cancel order by id");
	statement_free(s);
	session_close(&session);
}
