/* SPDX-License-Identifier: MIT */
/* Chapter: descriptors, those a statement has and those an application makes. */
#include "transcript.h"

static const SQLSMALLINT header_fields[] = {SQL_DESC_ALLOC_TYPE, SQL_DESC_ARRAY_SIZE,
	SQL_DESC_ARRAY_STATUS_PTR, SQL_DESC_BIND_OFFSET_PTR, SQL_DESC_BIND_TYPE, SQL_DESC_COUNT,
	SQL_DESC_ROWS_PROCESSED_PTR, 30000};

/* Pointers, which differ from run to run, are set in one place only (set_fields). */
static const SQLSMALLINT record_fields[] = {SQL_DESC_AUTO_UNIQUE_VALUE, SQL_DESC_BASE_COLUMN_NAME,
	SQL_DESC_BASE_TABLE_NAME, SQL_DESC_CASE_SENSITIVE, SQL_DESC_CATALOG_NAME,
	SQL_DESC_CONCISE_TYPE, SQL_DESC_DATETIME_INTERVAL_CODE,
	SQL_DESC_DATETIME_INTERVAL_PRECISION, SQL_DESC_DISPLAY_SIZE, SQL_DESC_FIXED_PREC_SCALE,
	SQL_DESC_LABEL, SQL_DESC_LENGTH, SQL_DESC_LITERAL_PREFIX, SQL_DESC_LITERAL_SUFFIX,
	SQL_DESC_LOCAL_TYPE_NAME, SQL_DESC_NAME, SQL_DESC_NULLABLE, SQL_DESC_NUM_PREC_RADIX,
	SQL_DESC_OCTET_LENGTH, SQL_DESC_PARAMETER_TYPE, SQL_DESC_PRECISION, SQL_DESC_ROWVER,
	SQL_DESC_SCALE, SQL_DESC_SCHEMA_NAME, SQL_DESC_SEARCHABLE, SQL_DESC_TABLE_NAME,
	SQL_DESC_TYPE, SQL_DESC_TYPE_NAME, SQL_DESC_UNNAMED, SQL_DESC_UNSIGNED, SQL_DESC_UPDATABLE,
	30000};

/* MariaDB's driver hands out the address of the text, psqlODBC ANSI nothing that could be
 * converted. */
static bool is_address(SQLSMALLINT field)
{
	return (app.dbms == DBMS_MARIADB || app.is_converted) &&
	       (field == SQL_DESC_LITERAL_PREFIX || field == SQL_DESC_LITERAL_SUFFIX);
}

static void show_descriptor(SQLHDESC d, int records)
{
	for (size_t i = 0; i < array_size(header_fields); i++)
		CALL_AW(ON_DESC(d), GetDescField, d, 0, (SQLSMALLINT)number(header_fields[i]),
			out_text("value"), 200, out_integer("length"));
	for (SQLSMALLINT r = 1; r <= records; r++) {
		for (size_t i = 0; i < array_size(record_fields); i++) {
			if (is_address(record_fields[i]))
				continue;
			CALL_AW(ON_DESC(d), GetDescField, d, (SQLSMALLINT)number(r),
				(SQLSMALLINT)number(record_fields[i]), out_text("value"), 200,
				out_integer("length"));
		}
		CALL_AW(ON_DESC(d), GetDescRec, d, (SQLSMALLINT)number(r), out_text("name"), 100,
			out_smallint("length"), out_smallint("type"), out_smallint("subtype"),
			out_len("octets"), out_smallint("precision"), out_smallint("scale"),
			out_smallint("nullable"));
	}
	CALL_AW(ON_DESC(d), GetDescRec, d, 100, out_text("name"), 100, out_smallint("length"),
		out_smallint("type"), out_smallint("subtype"), out_len("octets"),
		out_smallint("precision"), out_smallint("scale"), out_smallint("nullable"));
}

static SQLHDESC descriptor_of(SQLHSTMT s, SQLINTEGER attribute)
{
	SQLHDESC d = SQL_NULL_HDESC;

	CALL_AW(ON_STMT(s), GetStmtAttr, s, (SQLINTEGER)number(attribute), &d, SQL_IS_POINTER,
		out_integer("length"));
	say("\tdescriptor is %s\n", d ? "there" : "missing");
	return d;
}

static void show_implicit(SQLHSTMT s)
{
	static const SQLINTEGER attributes[] = {SQL_ATTR_APP_ROW_DESC, SQL_ATTR_APP_PARAM_DESC,
		SQL_ATTR_IMP_ROW_DESC, SQL_ATTR_IMP_PARAM_DESC};
	SQLINTEGER id;
	SQLLEN length = 0;

	CALL_AW(ON_STMT(s), Prepare, s,
		text("select id, name, amount from t_descriptors where id >= ?"), SQL_NTS);
	CALL(ON_STMT(s), BindParameter, s, 1, SQL_PARAM_INPUT, SQL_C_LONG, SQL_INTEGER, 0, 0, &id,
		0, &length);
	CALL(ON_STMT(s), BindCol, s, 1, SQL_C_LONG, &id, 0, &length);
	id = 1;
	CALL(ON_STMT(s), Execute, s);
	for (size_t i = 0; i < array_size(attributes); i++) {
		SQLHDESC d = descriptor_of(s, attributes[i]);

		if (attributes[i] == SQL_ATTR_APP_ROW_DESC)
			CALL_AW(ON_DESC(d), SetDescField, d, 0, SQL_DESC_ARRAY_SIZE, (SQLPOINTER)1,
				SQL_IS_UINTEGER);
		if (d)
			show_descriptor(d, attributes[i] == SQL_ATTR_IMP_ROW_DESC ? 3 : 1);
		CALL(ON_DESC(d), FreeHandle, SQL_HANDLE_DESC, d);
	}
	CALL(ON_STMT(s), FreeStmt, s, SQL_CLOSE);
	CALL(ON_STMT(s), FreeStmt, s, SQL_UNBIND);
	CALL(ON_STMT(s), FreeStmt, s, SQL_RESET_PARAMS);
}

/* Columns bound by way of the descriptor. */
static void set_fields(SQLHSTMT s, SQLHDESC ard)
{
	static SQLINTEGER id;
	static char name[40];
	static SQLLEN lengths[2];

	fill(&id, sizeof(id));
	fill(name, sizeof(name));
	fill(lengths, sizeof(lengths));
	CALL(ON_DESC(ard), SetDescRec, ard, 1, SQL_INTEGER, 0, sizeof(id), 0, 0, &id, &lengths[0],
		&lengths[0]);
	CALL_AW(ON_DESC(ard), SetDescField, ard, 2, SQL_DESC_CONCISE_TYPE, (SQLPOINTER)SQL_C_CHAR,
		SQL_IS_SMALLINT);
	CALL_AW(ON_DESC(ard), SetDescField, ard, 2, SQL_DESC_OCTET_LENGTH, (SQLPOINTER)6,
		SQL_IS_INTEGER);
	CALL_AW(ON_DESC(ard), SetDescField, ard, 2, SQL_DESC_OCTET_LENGTH_PTR, &lengths[1],
		SQL_IS_POINTER);
	CALL_AW(ON_DESC(ard), SetDescField, ard, 2, SQL_DESC_INDICATOR_PTR, &lengths[1],
		SQL_IS_POINTER);
	CALL_AW(ON_DESC(ard), SetDescField, ard, 2, SQL_DESC_DATA_PTR, name, SQL_IS_POINTER);
	CALL_AW(ON_DESC(ard), SetDescField, ard, 0, SQL_DESC_ARRAY_SIZE, (SQLPOINTER)1,
		SQL_IS_UINTEGER);
	CALL_AW(ON_DESC(ard), SetDescField, ard, 0, SQL_DESC_COUNT, (SQLPOINTER)2, SQL_IS_SMALLINT);
	CALL_AW(ON_DESC(ard), SetDescField, ard, 0, 30000, (SQLPOINTER)2, SQL_IS_SMALLINT);
	show_descriptor(ard, 2);
	run(s, "select id, name from t_descriptors order by id");
	CALL(ON_STMT(s), Fetch, s);
	show_bytes("id", &id, sizeof(id));
	show_bytes("name", name, sizeof(name));
	show_bytes("lengths", lengths, sizeof(lengths));
	CALL(ON_STMT(s), FreeStmt, s, SQL_CLOSE);
}

static void show_which(SQLHSTMT s, SQLHDESC own, SQLHDESC implicit)
{
	SQLHDESC now = SQL_NULL_HDESC;

	CALL_AW(ON_STMT(s), GetStmtAttr, s, SQL_ATTR_APP_ROW_DESC, &now, SQL_IS_POINTER, NULL);
	say("\tnow %s\n", now == own	    ? "the application's"
			  : now == implicit ? "its own"
					    : "another");
}

static void use_explicit(struct session *session, SQLHSTMT s)
{
	SQLHDESC implicit = descriptor_of(s, SQL_ATTR_APP_ROW_DESC), own = SQL_NULL_HDESC;
	SQLHSTMT other = statement_new(session->dbc);

	CALL(ON_DBC(session->dbc), AllocHandle, SQL_HANDLE_DESC, session->dbc, &own);
	if (!own) {
		statement_free(other);
		return;
	}
	CALL_AW(ON_STMT(s), SetStmtAttr, s, SQL_ATTR_APP_ROW_DESC, own, SQL_IS_POINTER);
	show_which(s, own, implicit);
	set_fields(s, own);
	CALL_AW(ON_STMT(other), SetStmtAttr, other, SQL_ATTR_APP_ROW_DESC, own, SQL_IS_POINTER);
	/* Not allowed: an implicit one of another statement, and an implementation's. */
	CALL_AW(ON_STMT(other), SetStmtAttr, other, SQL_ATTR_APP_ROW_DESC, implicit,
		SQL_IS_POINTER);
	CALL_AW(ON_STMT(other), SetStmtAttr, other, SQL_ATTR_IMP_ROW_DESC, own, SQL_IS_POINTER);
	CALL_AW(ON_STMT(s), SetStmtAttr, s, SQL_ATTR_APP_ROW_DESC, SQL_NULL_HDESC, SQL_IS_POINTER);
	show_which(s, own, implicit);
	CALL_AW(ON_STMT(s), SetStmtAttr, s, SQL_ATTR_APP_ROW_DESC, own, SQL_IS_POINTER);
	CALL_AW(ON_STMT(s), SetStmtAttr, s, SQL_ATTR_APP_PARAM_DESC, own, SQL_IS_POINTER);
	CALL(ON_DESC(own), FreeHandle, SQL_HANDLE_DESC, own);
	show_which(s, own, implicit);
	statement_free(other);
}

static void copy(struct session *session, SQLHSTMT s)
{
	SQLHDESC to = SQL_NULL_HDESC, ard = descriptor_of(s, SQL_ATTR_APP_ROW_DESC);
	SQLHDESC ird = descriptor_of(s, SQL_ATTR_IMP_ROW_DESC);
	SQLINTEGER id;

	CALL(ON_DBC(session->dbc), AllocHandle, SQL_HANDLE_DESC, session->dbc, &to);
	if (!to || !ard || !ird)
		return;
	CALL(ON_STMT(s), BindCol, s, 1, SQL_C_LONG, &id, 0, NULL);
	CALL(ON_DESC(to), CopyDesc, ard, to);
	show_descriptor(to, 1);
	run(s, "select id, name from t_descriptors order by id");
	/* MariaDB's driver would free the names twice. */
	if (app.dbms != DBMS_MARIADB) {
		CALL(ON_DESC(to), CopyDesc, ird, to);
		show_descriptor(to, 2);
	}
	CALL(ON_DESC(ird), CopyDesc, to, ird);
	CALL(ON_STMT(s), FreeStmt, s, SQL_CLOSE);
	CALL(ON_DESC(to), FreeHandle, SQL_HANDLE_DESC, to);
	CALL(ON_DBC(session->dbc), AllocHandle, SQL_HANDLE_DESC, session->dbc, &to);
	/* It goes with the connection. */
}

void chapter_descriptors(void)
{
	struct session session;
	SQLHSTMT s;

	session_open(&session);
	s = statement_new(session.dbc);
	table_make(s, "t_descriptors", 3);
	show_implicit(s);
	statement_free(s);
	s = statement_new(session.dbc);
	use_explicit(&session, s);
	statement_free(s);
	s = statement_new(session.dbc);
	copy(&session, s);
	statement_free(s);
	session_close(&session);
}
