/* SPDX-License-Identifier: MIT */
#include "transcript.h"

#include <string.h>

enum { MESSAGE_SIZE = 1024, MOST_RECORDS = 20 };

/* The outputs of a diagnostic call, as the application's width has them. */
struct record {
	unsigned char state[16];
	SQLINTEGER native;
	unsigned char message[MESSAGE_SIZE];
	SQLSMALLINT length;
};

/*
 * For an application of ODBC 3.80 on an older driver. The driver manager says it when the driver
 * refuses the version; a wrapped driver's refusal comes later, and odbcpool says it.
 */
static bool is_version_warning(const struct record *r)
{
	static const char words[] = "Driver does not support the requested version";
	size_t step = app.is_wide ? 2 : 1, length = sizeof(words) - 1;

	for (size_t i = 0; i + length * step <= sizeof(r->message); i += step) {
		size_t k = 0;

		while (k < length && r->message[i + k * step] == (unsigned char)words[k])
			k++;
		if (k == length)
			return true;
	}
	return false;
}

static void show_record(const struct record *r, int i)
{
	if (is_version_warning(r)) {
		say("    record %d: the driver is older than the application\n", i);
		return;
	}
	say("    record %d: native %d, length %d\n", i, (int)r->native, r->length);
	show_text("state", r->state, sizeof(r->state));
	show_text("message", r->message, sizeof(r->message));
}

/* ODBC 2: reading a record takes it away. */
static void show_errors(SQLSMALLINT kind, SQLHANDLE handle)
{
	SQLHENV env = kind == SQL_HANDLE_ENV ? handle : SQL_NULL_HENV;
	SQLHDBC dbc = kind == SQL_HANDLE_DBC ? handle : SQL_NULL_HDBC;
	SQLHSTMT stmt = kind == SQL_HANDLE_STMT ? handle : SQL_NULL_HSTMT;

	for (int i = 1; i <= MOST_RECORDS; i++) {
		struct record r;
		void *state = r.state, *message = r.message;
		SQLRETURN rc;

		fill(&r, sizeof(r));
		rc = app.is_wide ? SQLErrorW(env, dbc, stmt, state, &r.native, message,
					   MESSAGE_SIZE / 2, &r.length)
				 : SQLError(env, dbc, stmt, state, &r.native, message, MESSAGE_SIZE,
					   &r.length);
		if (!SQL_SUCCEEDED(rc))
			return;
		show_record(&r, i);
	}
}

static void show_number_field(
	SQLSMALLINT kind, SQLHANDLE handle, int i, SQLSMALLINT field, const char *name)
{
	SQLLEN value;
	SQLSMALLINT length;
	SQLRETURN rc;

	fill(&value, sizeof(value));
	fill(&length, sizeof(length));
	rc = app.is_wide ? SQLGetDiagFieldW(kind, handle, i, field, &value, 0, &length)
			 : SQLGetDiagField(kind, handle, i, field, &value, 0, &length);
	say("\t%s %d", name, rc);
	show_bytes("", &value, sizeof(value));
}

static void show_text_field(
	SQLSMALLINT kind, SQLHANDLE handle, int i, SQLSMALLINT field, const char *name)
{
	unsigned char value[256];
	SQLSMALLINT length;
	SQLRETURN rc;

	fill(value, sizeof(value));
	fill(&length, sizeof(length));
	rc = app.is_wide ? SQLGetDiagFieldW(kind, handle, i, field, value, sizeof(value), &length)
			 : SQLGetDiagField(kind, handle, i, field, value, sizeof(value), &length);
	say("\t%s %d length %d", name, rc, length);
	show_text("", value, sizeof(value));
}

static bool next_record(SQLSMALLINT kind, SQLHANDLE handle, int i, struct record *r)
{
	void *state = r->state, *message = r->message;
	SQLRETURN rc;

	fill(r, sizeof(*r));
	rc = app.is_wide ? SQLGetDiagRecW(kind, handle, i, state, &r->native, message,
				   MESSAGE_SIZE / 2, &r->length)
			 : SQLGetDiagRec(kind, handle, i, state, &r->native, message, MESSAGE_SIZE,
				   &r->length);
	return SQL_SUCCEEDED(rc);
}

static void show_records(SQLSMALLINT kind, SQLHANDLE handle)
{
	struct record r;

	if (!next_record(kind, handle, 1, &r))
		return;
	show_number_field(kind, handle, 0, SQL_DIAG_NUMBER, "NUMBER");
	/* The warning about the version, when it is the driver manager's, leaves its own behind. */
	if (app.version != 380 || kind != SQL_HANDLE_DBC)
		show_number_field(kind, handle, 0, SQL_DIAG_RETURNCODE, "RETURNCODE");
	if (kind == SQL_HANDLE_STMT) {
		if (!app.uses_cursor_library)
			show_number_field(kind, handle, 0, SQL_DIAG_ROW_COUNT, "ROW_COUNT");
		show_number_field(kind, handle, 0, SQL_DIAG_DYNAMIC_FUNCTION_CODE, "FUNCTION_CODE");
		show_text_field(kind, handle, 0, SQL_DIAG_DYNAMIC_FUNCTION, "FUNCTION");
	}
	for (int i = 1; i <= MOST_RECORDS; i++) {
		if (!next_record(kind, handle, i, &r))
			return;
		show_record(&r, i);
		if (is_version_warning(&r))
			continue;
		show_text_field(kind, handle, i, SQL_DIAG_CLASS_ORIGIN, "CLASS_ORIGIN");
		show_text_field(kind, handle, i, SQL_DIAG_SUBCLASS_ORIGIN, "SUBCLASS_ORIGIN");
		/* MariaDB's driver leaves what happens to be in memory. */
		if (app.dbms != DBMS_MARIADB)
			show_text_field(
				kind, handle, i, SQL_DIAG_CONNECTION_NAME, "CONNECTION_NAME");
		show_text_field(kind, handle, i, SQL_DIAG_SERVER_NAME, "SERVER_NAME");
		/* SQLite's driver has neither; what is left is memory that nobody has set. */
		if (kind == SQL_HANDLE_STMT && app.dbms != DBMS_SQLITE) {
			show_number_field(kind, handle, i, SQL_DIAG_COLUMN_NUMBER, "COLUMN_NUMBER");
			show_number_field(kind, handle, i, SQL_DIAG_ROW_NUMBER, "ROW_NUMBER");
		}
	}
}

void show_diagnostics(SQLSMALLINT kind, SQLHANDLE handle)
{
	if (handle == SQL_NULL_HANDLE)
		return;
	if (app.version == 2 && kind != SQL_HANDLE_DESC)
		show_errors(kind, handle);
	else
		show_records(kind, handle);
}
