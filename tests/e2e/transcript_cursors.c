/* SPDX-License-Identifier: MIT */
/*
 * Chapter: the driver manager's cursor library. It puts its own functions and handles between the
 * application and the driver, and asks for diagnostics in ways of its own.
 */
#include "transcript.h"

#include <stdio.h>

enum { ROWS = 2 };

void chapter_cursors(void)
{
	static SQLINTEGER ids[ROWS];
	static SQLLEN lengths[2][ROWS];
	static char names[ROWS][24];
	static SQLUSMALLINT status[ROWS];
	SQLHENV env;
	SQLHDBC dbc = SQL_NULL_HDBC;
	SQLHSTMT s;
	char string[300];

	app.uses_cursor_library = true;
	environment_open(&env);
	CALL(ON_ENV(env), AllocHandle, SQL_HANDLE_DBC, env, &dbc);
	CALL_AW(ON_DBC(dbc), SetConnectAttr, dbc, SQL_ATTR_ODBC_CURSORS,
		(SQLPOINTER)SQL_CUR_USE_ODBC, 0);
	snprintf(string, sizeof(string), "DSN=%s;%s", app.source, app.credentials);
	driver_connect(dbc, string, SQL_DRIVER_NOPROMPT);
	s = statement_new(dbc);
	table_make(s, "t_cursors", 6);
	run(s, "select * from no_such_table");
	CALL_AW(ON_STMT(s), SetStmtAttr, s, SQL_ATTR_CURSOR_TYPE, (SQLPOINTER)SQL_CURSOR_STATIC, 0);
	CALL_AW(ON_STMT(s), SetStmtAttr, s, SQL_ATTR_ROW_ARRAY_SIZE, (SQLPOINTER)ROWS, 0);
	CALL_AW(ON_STMT(s), SetStmtAttr, s, SQL_ATTR_ROW_STATUS_PTR, status, 0);
	CALL(ON_STMT(s), BindCol, s, 1, SQL_C_LONG, ids, sizeof(ids[0]), lengths[0]);
	CALL(ON_STMT(s), BindCol, s, 2, SQL_C_CHAR, names, sizeof(names[0]), lengths[1]);
	run(s, "select id, name from t_cursors order by id");
	for (SQLSMALLINT move = SQL_FETCH_NEXT; move <= SQL_FETCH_PRIOR; move++) {
		fill(ids, sizeof(ids));
		fill(names, sizeof(names));
		CALL(ON_STMT(s), FetchScroll, s, (SQLSMALLINT)number(move), 1);
		show_bytes("ids", ids, sizeof(ids));
		show_bytes("names", names, sizeof(names));
		show_bytes("status", status, sizeof(status));
	}
	CALL(ON_STMT(s), FreeStmt, s, SQL_CLOSE);
	run(s, "select no_such_column from t_cursors");
	statement_free(s);
	CALL(ON_DBC(dbc), Disconnect, dbc);
	CALL(ON_DBC(dbc), FreeHandle, SQL_HANDLE_DBC, dbc);
	CALL(ON_ENV(env), FreeHandle, SQL_HANDLE_ENV, env);
}
