/* SPDX-License-Identifier: MIT */
/* What is the same for every driver: attributes, values read in every form, statements left open.
 */
#include "hygiene/state.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

const struct item driver_items[] = {
	{"autocommit", CONNECTION_NUMBER, .attribute = SQL_ATTR_AUTOCOMMIT},
	{"isolation", CONNECTION_NUMBER, .attribute = SQL_ATTR_TXN_ISOLATION},
	{"access mode", CONNECTION_NUMBER, .attribute = SQL_ATTR_ACCESS_MODE},
	{"catalog", CONNECTION_TEXT, .attribute = SQL_ATTR_CURRENT_CATALOG},
	{"metadata id", CONNECTION_NUMBER, .attribute = SQL_ATTR_METADATA_ID},
	{"login timeout", CONNECTION_NUMBER, .attribute = SQL_ATTR_LOGIN_TIMEOUT},
	{"connection timeout", CONNECTION_NUMBER, .attribute = SQL_ATTR_CONNECTION_TIMEOUT},
	{"quiet mode", CONNECTION_NUMBER, .attribute = SQL_ATTR_QUIET_MODE},
	{"query timeout", STATEMENT_NUMBER, .attribute = SQL_ATTR_QUERY_TIMEOUT},
	{"cursor type", STATEMENT_NUMBER, .attribute = SQL_ATTR_CURSOR_TYPE},
	{"concurrency", STATEMENT_NUMBER, .attribute = SQL_ATTR_CONCURRENCY},
	{"max rows", STATEMENT_NUMBER, .attribute = SQL_ATTR_MAX_ROWS},
	{"max length", STATEMENT_NUMBER, .attribute = SQL_ATTR_MAX_LENGTH},
	{"noscan", STATEMENT_NUMBER, .attribute = SQL_ATTR_NOSCAN},
	{"bookmarks", STATEMENT_NUMBER, .attribute = SQL_ATTR_USE_BOOKMARKS},
	{"retrieve data", STATEMENT_NUMBER, .attribute = SQL_ATTR_RETRIEVE_DATA},
	{"statement's metadata id", STATEMENT_NUMBER, .attribute = SQL_ATTR_METADATA_ID},
};
const size_t driver_item_count = array_size(driver_items);

static void say_state(SQLHSTMT h, char *ret_answer, size_t size)
{
	char state[6];

	app_state(SQL_HANDLE_STMT, h, state);
	snprintf(ret_answer, size, "error %s", state);
}

static void say_hex(const unsigned char *data, SQLLEN len, char *ret_answer, size_t size)
{
	size_t n = 0;

	ret_answer[0] = '\0';
	for (SQLLEN i = 0; i < len && n + 3 < size; i++)
		n += (size_t)snprintf(ret_answer + n, size - n, "%02x", data[i]);
}

static void ask_as(
	struct app *a, const char *question, SQLSMALLINT type, char *ret_answer, size_t size)
{
	unsigned char raw[256] = "";
	SQLHSTMT h = app_statement(a);
	SQLLEN len = 0;

	if (!h || !SQL_SUCCEEDED(app_execute(a, h, question)) || !SQL_SUCCEEDED(SQLFetch(h)) ||
		!SQL_SUCCEEDED(SQLGetData(h, 1, type, raw, sizeof(raw), &len)))
		say_state(h, ret_answer, size);
	else
		say_hex(raw, len, ret_answer, size);
	SQLFreeHandle(SQL_HANDLE_STMT, h);
}

void ask_narrow(struct app *a, const char *question, char *ret_answer, size_t size)
{
	ask_as(a, question, SQL_C_CHAR, ret_answer, size);
}

void ask_wide(struct app *a, const char *question, char *ret_answer, size_t size)
{
	ask_as(a, question, SQL_C_WCHAR, ret_answer, size);
}

void ask_binary(struct app *a, const char *question, char *ret_answer, size_t size)
{
	ask_as(a, question, SQL_C_BINARY, ret_answer, size);
}

void ask_date(struct app *a, const char *question, char *ret_answer, size_t size)
{
	ask_as(a, question, SQL_C_TYPE_TIMESTAMP, ret_answer, size);
}

void ask_parameter(struct app *a, const char *question, char *ret_answer, size_t size)
{
	SQLWCHAR value[] = {'a', 0xe9, 'b', 0};
	SQLLEN value_len = SQL_NTS, len = 0;
	unsigned char raw[256] = "";
	SQLHSTMT h = app_statement(a);

	if (!h || !SQL_SUCCEEDED(SQLPrepare(h, (SQLCHAR *)question, SQL_NTS)) ||
		!SQL_SUCCEEDED(SQLBindParameter(h, 1, SQL_PARAM_INPUT, SQL_C_WCHAR, SQL_WVARCHAR,
			10, 0, value, sizeof(value), &value_len)) ||
		!SQL_SUCCEEDED(SQLExecute(h)) || !SQL_SUCCEEDED(SQLFetch(h)) ||
		!SQL_SUCCEEDED(SQLGetData(h, 1, SQL_C_WCHAR, raw, sizeof(raw), &len)))
		say_state(h, ret_answer, size);
	else
		say_hex(raw, len, ret_answer, size);
	SQLFreeHandle(SQL_HANDLE_STMT, h);
}

void ask_columns(struct app *a, const char *question, char *ret_answer, size_t size)
{
	SQLHSTMT h = app_statement(a);
	int rows = 0;

	if (!h || !SQL_SUCCEEDED(
			  SQLColumns(h, NULL, 0, NULL, 0, (SQLCHAR *)question, SQL_NTS, NULL, 0))) {
		say_state(h, ret_answer, size);
	} else {
		while (SQL_SUCCEEDED(SQLFetch(h)))
			rows++;
		snprintf(ret_answer, size, "%d", rows);
	}
	SQLFreeHandle(SQL_HANDLE_STMT, h);
}

bool leave_half_read(struct app *a)
{
	SQLHSTMT h = app_statement(a), g = app_statement(a);

	return h && g &&
	       SQL_SUCCEEDED(app_execute(a, h, "select id from hygiene_many order by id")) &&
	       SQL_SUCCEEDED(SQLFetch(h)) &&
	       SQL_SUCCEEDED(app_execute(a, g, "select id from hygiene_many order by id")) &&
	       SQL_SUCCEEDED(SQLFetch(g));
}

bool leave_half_read_one(struct app *a)
{
	SQLHSTMT h = app_statement(a);

	return h && SQL_SUCCEEDED(app_execute(a, h, "select id from hygiene_many order by id")) &&
	       SQL_SUCCEEDED(SQLFetch(h));
}

bool leave_prepared(struct app *a)
{
	SQLINTEGER value = 5;
	SQLHSTMT h = app_statement(a);

	return h &&
	       SQL_SUCCEEDED(SQLPrepare(
		       h, (SQLCHAR *)"select id from hygiene_many where id > ?", SQL_NTS)) &&
	       SQL_SUCCEEDED(SQLBindParameter(
		       h, 1, SQL_PARAM_INPUT, SQL_C_SLONG, SQL_INTEGER, 0, 0, &value, 0, NULL)) &&
	       SQL_SUCCEEDED(SQLExecute(h)) && SQL_SUCCEEDED(SQLFetch(h));
}

bool leave_many_prepared(struct app *a)
{
	for (int i = 0; i < 200; i++)
		if (!leave_prepared(a))
			return false;
	return true;
}

bool leave_transaction(struct app *a)
{
	return app_set(a, SQL_ATTR_AUTOCOMMIT, SQL_AUTOCOMMIT_OFF) &&
	       app_run(a, "insert into hygiene_t values (77)");
}

static void *cancel_soon(void *h)
{
	struct timespec a_moment = {0, 200 * 1000 * 1000};

	/* The statement must be running at the server, which is asleep: nothing can tell. */
	nanosleep(&a_moment, NULL);
	SQLCancel(h);
	return NULL;
}

static bool sleep_in_server(struct app *a, SQLHSTMT h)
{
	char name[64] = "";
	SQLSMALLINT len;

	SQLGetInfo(a->dbc, SQL_DBMS_NAME, name, sizeof(name), &len);
	app_execute(a, h,
		strcmp(name, "PostgreSQL") == 0		    ? "select pg_sleep(10)"
		: strcmp(name, "Microsoft SQL Server") == 0 ? "waitfor delay '00:00:10'"
							    : "select sleep(10)");
	return true;
}

bool leave_cancelled(struct app *a)
{
	pthread_t canceller;
	SQLHSTMT h = app_statement(a);

	if (!h || pthread_create(&canceller, NULL, cancel_soon, h) != 0)
		return false;
	sleep_in_server(a, h);
	pthread_join(canceller, NULL);
	return true;
}

struct kill {
	struct app *app;
	long session;
	bool is_postgresql;
};

static void *kill_soon(void *arg)
{
	struct timespec a_moment = {0, 200 * 1000 * 1000};
	const struct kill *k = arg;
	char sql[64];

	nanosleep(&a_moment, NULL);
	snprintf(sql, sizeof(sql),
		k->is_postgresql ? "select pg_cancel_backend(%ld)" : "kill query %ld", k->session);
	beside(k->app, sql);
	return NULL;
}

bool leave_killed_query(struct app *a)
{
	char name[64] = "";
	SQLSMALLINT len;
	pthread_t killer;
	SQLHSTMT h = app_statement(a);

	SQLGetInfo(a->dbc, SQL_DBMS_NAME, name, sizeof(name), &len);
	struct kill k = {a, app_session(a), strcmp(name, "PostgreSQL") == 0};
	if (!h || pthread_create(&killer, NULL, kill_soon, &k) != 0)
		return false;
	sleep_in_server(a, h);
	pthread_join(killer, NULL);
	return true;
}
