/* SPDX-License-Identifier: MIT */
/* Chapter: SQLGetData in one go, in pieces, of NULL, twice, and into too little room. */
#include "transcript.h"

static const SQLSMALLINT types[] = {SQL_C_CHAR, SQL_C_WCHAR, SQL_C_SSHORT, SQL_C_SLONG,
	SQL_C_STINYINT, SQL_C_SBIGINT, SQL_C_UBIGINT, SQL_C_FLOAT, SQL_C_DOUBLE, SQL_C_BIT,
	SQL_C_BINARY, SQL_C_TYPE_DATE, SQL_C_TYPE_TIME, SQL_C_TYPE_TIMESTAMP, SQL_C_NUMERIC,
	SQL_C_GUID, SQL_C_DEFAULT, SQL_ARD_TYPE, 12345};

static void as_every_type(SQLHSTMT s)
{
	for (size_t i = 0; i < array_size(types); i++) {
		/* psqlODBC looks at a binding that it never made. */
		if (types[i] == SQL_ARD_TYPE && app.dbms == DBMS_POSTGRESQL)
			continue;
		run(s, "select * from t_getdata where id in (3, 4) order by id");
		while (SQL_SUCCEEDED(CALL(ON_STMT(s), Fetch, s)))
			for (SQLUSMALLINT c = 1; c <= 9; c++)
				CALL(ON_STMT(s), GetData, s, (SQLUSMALLINT)number(c),
					(SQLSMALLINT)number(types[i]), out_bytes("value"), 64,
					out_len("length"));
		CALL(ON_STMT(s), FreeStmt, s, SQL_CLOSE);
	}
}

static void in_pieces(SQLHSTMT s, SQLUSMALLINT column, SQLSMALLINT type, SQLLEN room)
{
	SQLRETURN rc;

	say("-- column %d as %d, %ld bytes at a time\n", column, type, (long)room);
	run(s, "select id, name, data from t_getdata where id >= 9 order by id");
	while (SQL_SUCCEEDED(CALL(ON_STMT(s), Fetch, s))) {
		do {
			rc = CALL(ON_STMT(s), GetData, s, column, type, out_bytes("piece"), room,
				out_len("length"));
		} while (rc == SQL_SUCCESS_WITH_INFO);
		/* Once more, after the end. */
		CALL(ON_STMT(s), GetData, s, column, type, out_bytes("piece"), room,
			out_len("length"));
	}
	CALL(ON_STMT(s), FreeStmt, s, SQL_CLOSE);
}

static void oddly(SQLHSTMT s)
{
	run(s, "select id, name, data from t_getdata where id in (1, 4) order by id");
	CALL(ON_STMT(s), GetData, s, 1, SQL_C_CHAR, out_bytes("value"), 20, out_len("length"));
	CALL(ON_STMT(s), Fetch, s);
	CALL(ON_STMT(s), GetData, s, 0, SQL_C_CHAR, out_bytes("value"), 20, out_len("length"));
	/* MariaDB's driver does not notice that there is no such column. */
	if (app.dbms != DBMS_MARIADB)
		CALL(ON_STMT(s), GetData, s, 4, SQL_C_CHAR, out_bytes("value"), 20,
			out_len("length"));
	CALL(ON_STMT(s), GetData, s, 2, SQL_C_CHAR, out_bytes("value"), 0, out_len("length"));
	CALL(ON_STMT(s), GetData, s, 2, SQL_C_CHAR, out_bytes("value"), 1, out_len("length"));
	CALL(ON_STMT(s), GetData, s, 2, SQL_C_CHAR, out_bytes("value"), -1, out_len("length"));
	CALL(ON_STMT(s), GetData, s, 2, SQL_C_CHAR, out_bytes("value"), 20, NULL);
	/* Back to an earlier column. */
	CALL(ON_STMT(s), GetData, s, 1, SQL_C_CHAR, out_bytes("value"), 20, out_len("length"));
	CALL(ON_STMT(s), Fetch, s);
	/* NULL without an indicator. */
	CALL(ON_STMT(s), GetData, s, 2, SQL_C_CHAR, out_bytes("value"), 20, NULL);
	CALL(ON_STMT(s), GetData, s, 2, SQL_C_CHAR, out_bytes("value"), 20, out_len("length"));
	CALL(ON_STMT(s), Fetch, s);
	CALL(ON_STMT(s), GetData, s, 1, SQL_C_CHAR, out_bytes("value"), 20, out_len("length"));
	CALL(ON_STMT(s), FreeStmt, s, SQL_CLOSE);
	CALL(ON_STMT(s), GetData, s, 1, SQL_C_CHAR, out_bytes("value"), 20, out_len("length"));
}

void chapter_getdata(void)
{
	static const SQLSMALLINT piece_types[] = {SQL_C_CHAR, SQL_C_WCHAR, SQL_C_BINARY};
	struct session session;
	SQLHSTMT s;

	session_open(&session);
	s = statement_new(session.dbc);
	table_make(s, "t_getdata", 8);
	run(s, "insert into t_getdata (id, name) values (9, 'a text of more than one piece')");
	run(s, app.dbms == DBMS_POSTGRESQL ? "insert into t_getdata (id, data) values (10, "
					     "decode('000102030405060708090a0b0cff', 'hex'))"
					   : "insert into t_getdata (id, data) values (10, "
					     "x'000102030405060708090a0b0cff')");
	run(s, "insert into t_getdata (id, name) values (11, '')");
	as_every_type(s);
	for (size_t i = 0; i < array_size(piece_types); i++) {
		in_pieces(s, 2, piece_types[i], 8);
		in_pieces(s, 2, piece_types[i], 7);
		in_pieces(s, 3, piece_types[i], 6);
	}
	oddly(s);
	statement_free(s);
	session_close(&session);
}
