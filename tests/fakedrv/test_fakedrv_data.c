/* SPDX-License-Identifier: MIT */
/* Statements, values, descriptors and diagnostics of the fake driver. */
#include "fakedrv/client.h"
#include "base/compiler.h"

#include "support/run.h"

#include <pthread.h>
#include <string.h>

static struct client d;
static struct session s;

static void open_session(void)
{
	client_load(&d, "fakedrv");
	s = session_open(&d, "");
}

static void close_session(void)
{
	struct fakedrv_counts c;

	session_close(&d, &s);
	d.fake->counts(&c);
	ck_assert_uint_eq(c.statements, 0);
	ck_assert_uint_eq(c.descriptors, 0);
	ck_assert_uint_eq(c.connections, 0);
}

static void exec_ok(const char *text)
{
	ck_assert_int_eq(session_exec(&d, &s, text), SQL_SUCCESS);
}

static SQLRETURN get_text(SQLUSMALLINT column, char *to, size_t size, SQLLEN *indicator)
{
	return CALL(d, SQLGetData)(s.stmt, column, SQL_C_CHAR, to, (SQLLEN)size, indicator);
}

static void assert_row(const char *const *expected, SQLUSMALLINT count)
{
	char text[64];
	SQLLEN indicator;

	ck_assert_int_eq(CALL(d, SQLFetch)(s.stmt), SQL_SUCCESS);
	for (SQLUSMALLINT i = 0; i < count; i++) {
		ck_assert_int_eq(get_text(i + 1, text, sizeof(text), &indicator), SQL_SUCCESS);
		if (expected[i])
			ck_assert_str_eq(text, expected[i]);
		else
			ck_assert_int_eq(indicator, SQL_NULL_DATA);
	}
}

START_TEST(a_select_gives_its_list_back)
{
	SQLSMALLINT columns, type;
	SQLLEN rows;
	char name[16];

	exec_ok("select 1, 'a, b', null, 'gr\xc3\xbcn'");
	CALL(d, SQLNumResultCols)(s.stmt, &columns);
	ck_assert_int_eq(columns, 4);
	CALL(d, SQLRowCount)(s.stmt, &rows);
	ck_assert_int_eq(rows, 1);
	CALL(d, SQLDescribeCol)
	(s.stmt, 4, (SQLCHAR *)name, sizeof(name), NULL, &type, NULL, NULL, NULL);
	ck_assert_str_eq(name, "c4");
	ck_assert_int_eq(type, SQL_WVARCHAR);
	assert_row((const char *[]){"1", "a, b", NULL, "gr\xc3\xbcn"}, 4);
	ck_assert_int_eq(CALL(d, SQLFetch)(s.stmt), SQL_NO_DATA);
}
END_TEST

START_TEST(a_long_value_comes_in_pieces)
{
	char piece[101];
	SQLLEN left;
	size_t got = 0;
	SQLRETURN rc;

	exec_ok("select long 250");
	CALL(d, SQLFetch)(s.stmt);
	while ((rc = get_text(1, piece, sizeof(piece), &left)) == SQL_SUCCESS_WITH_INFO) {
		ck_assert_int_eq(left, 250 - (SQLLEN)got);
		got += strlen(piece);
	}
	ck_assert_int_eq(rc, SQL_SUCCESS);
	ck_assert_uint_eq(got + strlen(piece), 250);
	ck_assert_int_eq(get_text(1, piece, sizeof(piece), &left), SQL_NO_DATA);
}
END_TEST

START_TEST(one_text_has_several_results)
{
	exec_ok("select 1; update 5; select 2, 3;");
	assert_row((const char *[]){"1"}, 1);
	ck_assert_int_eq(CALL(d, SQLMoreResults)(s.stmt), SQL_SUCCESS);
	SQLLEN rows;
	CALL(d, SQLRowCount)(s.stmt, &rows);
	ck_assert_int_eq(rows, 5);
	ck_assert_int_eq(CALL(d, SQLMoreResults)(s.stmt), SQL_SUCCESS);
	assert_row((const char *[]){"2", "3"}, 2);
	ck_assert_int_eq(CALL(d, SQLMoreResults)(s.stmt), SQL_NO_DATA);
}
END_TEST

START_TEST(wide_and_plain_text_are_the_same_text)
{
	static SQLWCHAR text[] = {'s', 'e', 'l', 'e', 'c', 't', ' ', '\'', 0xd83d, 0xde00, '\'', 0};
	SQLWCHAR got[8];
	SQLLEN len;

	ck_assert_int_eq(CALL(d, SQLExecDirectW)(s.stmt, text, SQL_NTS), SQL_SUCCESS);
	assert_row((const char *[]){"\xf0\x9f\x98\x80"}, 1);
	CALL(d, SQLCloseCursor)(s.stmt);
	CALL(d, SQLExecDirectW)(s.stmt, text, SQL_NTS);
	CALL(d, SQLFetch)(s.stmt);
	CALL(d, SQLGetData)(s.stmt, 1, SQL_C_WCHAR, got, sizeof(got), &len);
	ck_assert_int_eq(len, 4);
	ck_assert_mem_eq(got, text + 8, 4);
}
END_TEST

START_TEST(parameters_come_back)
{
	SQLCHAR text[] = "abc";
	SQLINTEGER number = -7;
	SQLLEN null = SQL_NULL_DATA;
	SQLSMALLINT params;

	CALL(d, SQLPrepare)(s.stmt, (SQLCHAR *)"select ?, ?; select ?", SQL_NTS);
	CALL(d, SQLNumParams)(s.stmt, &params);
	ck_assert_int_eq(params, 3);
	CALL(d, SQLBindParameter)
	(s.stmt, 1, SQL_PARAM_INPUT, SQL_C_CHAR, SQL_VARCHAR, 3, 0, text, 0, NULL);
	CALL(d, SQLBindParameter)
	(s.stmt, 2, SQL_PARAM_INPUT, SQL_C_SLONG, SQL_INTEGER, 0, 0, &number, 0, NULL);
	CALL(d, SQLBindParameter)
	(s.stmt, 3, SQL_PARAM_INPUT, SQL_C_SLONG, SQL_INTEGER, 0, 0, &number, 0, &null);
	ck_assert_int_eq(CALL(d, SQLExecute)(s.stmt), SQL_SUCCESS);
	assert_row((const char *[]){"abc", "-7"}, 2);
	CALL(d, SQLMoreResults)(s.stmt);
	assert_row((const char *[]){NULL}, 1);
}
END_TEST

START_TEST(arrays_go_in_and_out)
{
	SQLINTEGER in[3] = {10, 20, 30}, out[2];
	SQLULEN processed, fetched;
	SQLUSMALLINT param_status[3], row_status[2];
	SQLLEN lengths[2];

	CALL(d, SQLSetStmtAttr)(s.stmt, SQL_ATTR_PARAMSET_SIZE, (SQLPOINTER)3, 0);
	CALL(d, SQLSetStmtAttr)(s.stmt, SQL_ATTR_PARAMS_PROCESSED_PTR, &processed, 0);
	CALL(d, SQLSetStmtAttr)(s.stmt, SQL_ATTR_PARAM_STATUS_PTR, param_status, 0);
	CALL(d, SQLBindParameter)
	(s.stmt, 1, SQL_PARAM_INPUT, SQL_C_SLONG, SQL_INTEGER, 0, 0, in, 0, NULL);
	exec_ok("select ?");
	ck_assert_uint_eq(processed, 3);
	ck_assert_uint_eq(param_status[2], SQL_PARAM_SUCCESS);

	CALL(d, SQLSetStmtAttr)(s.stmt, SQL_ATTR_ROW_ARRAY_SIZE, (SQLPOINTER)2, 0);
	CALL(d, SQLSetStmtAttr)(s.stmt, SQL_ATTR_ROWS_FETCHED_PTR, &fetched, 0);
	CALL(d, SQLSetStmtAttr)(s.stmt, SQL_ATTR_ROW_STATUS_PTR, row_status, 0);
	CALL(d, SQLBindCol)(s.stmt, 1, SQL_C_SLONG, out, 0, lengths);
	ck_assert_int_eq(CALL(d, SQLFetch)(s.stmt), SQL_SUCCESS);
	ck_assert_int_eq(out[0], 10);
	ck_assert_int_eq(out[1], 20);
	ck_assert_int_eq(CALL(d, SQLFetch)(s.stmt), SQL_SUCCESS);
	ck_assert_int_eq(out[0], 30);
	ck_assert_uint_eq(fetched, 1);
	ck_assert_uint_eq(row_status[1], SQL_ROW_NOROW);
	ck_assert_int_eq(CALL(d, SQLFetch)(s.stmt), SQL_NO_DATA);
}
END_TEST

START_TEST(data_at_execution_is_asked_for_and_put_together)
{
	SQLLEN at_exec = SQL_LEN_DATA_AT_EXEC(0);
	SQLPOINTER token = NULL;

	CALL(d, SQLBindParameter)
	(s.stmt, 1, SQL_PARAM_INPUT, SQL_C_CHAR, SQL_VARCHAR, 9, 0, (SQLPOINTER)99, 0, &at_exec);
	ck_assert_int_eq(session_exec(&d, &s, "select ?"), SQL_NEED_DATA);
	ck_assert_int_eq(CALL(d, SQLFetch)(s.stmt), SQL_ERROR);
	ck_assert_int_eq(CALL(d, SQLDisconnect)(s.dbc), SQL_ERROR);
	ck_assert_int_eq(CALL(d, SQLParamData)(s.stmt, &token), SQL_NEED_DATA);
	ck_assert_ptr_eq(token, (SQLPOINTER)99);
	CALL(d, SQLPutData)(s.stmt, "one, ", 5);
	CALL(d, SQLPutData)(s.stmt, "two", SQL_NTS);
	ck_assert_int_eq(CALL(d, SQLParamData)(s.stmt, &token), SQL_SUCCESS);
	assert_row((const char *[]){"one, two"}, 1);
	CALL(d, SQLCloseCursor)(s.stmt);
	ck_assert_int_eq(session_exec(&d, &s, "select ?"), SQL_NEED_DATA);
	CALL(d, SQLCancel)(s.stmt);
	ck_assert_int_eq(CALL(d, SQLParamData)(s.stmt, &token), SQL_ERROR);
}
END_TEST

START_TEST(a_static_cursor_moves_both_ways)
{
	char text[16];
	SQLLEN len;

	exec_ok("rows 5");
	CALL(d, SQLFetchScroll)(s.stmt, SQL_FETCH_LAST, 0);
	get_text(2, text, sizeof(text), &len);
	ck_assert_str_eq(text, "row 5");
	CALL(d, SQLFetchScroll)(s.stmt, SQL_FETCH_PRIOR, 0);
	get_text(1, text, sizeof(text), &len);
	ck_assert_str_eq(text, "4");
	CALL(d, SQLFetchScroll)(s.stmt, SQL_FETCH_ABSOLUTE, 2);
	get_text(1, text, sizeof(text), &len);
	ck_assert_str_eq(text, "2");
	CALL(d, SQLFetchScroll)(s.stmt, SQL_FETCH_RELATIVE, -1);
	get_text(1, text, sizeof(text), &len);
	ck_assert_str_eq(text, "1");
	ck_assert_int_eq(CALL(d, SQLFetchScroll)(s.stmt, SQL_FETCH_PRIOR, 0), SQL_NO_DATA);
}
END_TEST

static void *exec_wait(void *ret_rc)
{
	*(SQLRETURN *)ret_rc = session_exec(&d, &s, "wait");
	return NULL;
}

START_TEST(a_cancel_ends_a_waiting_statement)
{
	SQLRETURN rc = SQL_SUCCESS;
	SQLCHAR state[6];
	pthread_t thread;

	pthread_create(&thread, NULL, exec_wait, &rc);
	d.fake->await_blocked(1);
	ck_assert_int_eq(CALL(d, SQLDisconnect)(s.dbc), SQL_ERROR);
	ck_assert_int_eq(CALL(d, SQLCancelHandle)(SQL_HANDLE_STMT, s.stmt), SQL_SUCCESS);
	pthread_join(thread, NULL);
	ck_assert_int_eq(rc, SQL_ERROR);
	CALL(d, SQLGetDiagRec)(SQL_HANDLE_STMT, s.stmt, 1, state, NULL, NULL, 0, NULL);
	ck_assert_str_eq((char *)state, "HY008");
}
END_TEST

START_TEST(a_kill_ends_a_waiting_statement)
{
	SQLRETURN rc = SQL_SUCCESS;
	SQLCHAR state[6];
	pthread_t thread;

	pthread_create(&thread, NULL, exec_wait, &rc);
	d.fake->await_blocked(1);
	d.fake->kill_connections();
	pthread_join(thread, NULL);
	CALL(d, SQLGetDiagRec)(SQL_HANDLE_STMT, s.stmt, 1, state, NULL, NULL, 0, NULL);
	ck_assert_str_eq((char *)state, "08S01");
}
END_TEST

START_TEST(an_error_carries_row_column_and_native_code)
{
	SQLLEN row;
	SQLINTEGER column, native, number;
	SQLRETURN rc;
	char state[6], text[64];
	SQLSMALLINT len;

	ck_assert_int_eq(session_exec(&d, &s, "failrow 22012 77 3 2 division by zero"), SQL_ERROR);
#define FIELD(record, field, to)                                                                   \
	ck_assert_int_eq(CALL(d, SQLGetDiagField)(                                                 \
				 SQL_HANDLE_STMT, s.stmt, record, field, to, sizeof(to), &len),    \
		SQL_SUCCESS)
	FIELD(1, SQL_DIAG_ROW_NUMBER, &row);
	FIELD(1, SQL_DIAG_COLUMN_NUMBER, &column);
	FIELD(1, SQL_DIAG_NATIVE, &native);
	FIELD(0, SQL_DIAG_NUMBER, &number);
	FIELD(0, SQL_DIAG_RETURNCODE, &rc);
	FIELD(1, SQL_DIAG_SQLSTATE, state);
	FIELD(1, SQL_DIAG_MESSAGE_TEXT, text);
#undef FIELD
	ck_assert_int_eq(row, 3);
	ck_assert_int_eq(column, 2);
	ck_assert_int_eq(native, 77);
	ck_assert_int_eq(number, 1);
	ck_assert_int_eq(rc, SQL_ERROR);
	ck_assert_str_eq(state, "22012");
	ck_assert_str_eq(text, "[fakedrv]division by zero");
	ck_assert_int_eq(CALL(d, SQLGetDiagField)(
				 SQL_HANDLE_STMT, s.stmt, 2, SQL_DIAG_NATIVE, &native, 0, &len),
		SQL_NO_DATA);
	ck_assert_int_eq(session_exec(&d, &s, "warn 01000 5 careful"), SQL_SUCCESS_WITH_INFO);
}
END_TEST

START_TEST(a_message_that_is_cut_keeps_its_length)
{
	SQLWCHAR text[5];
	SQLSMALLINT len;

	session_exec(&d, &s, "fail HY000 1 long text");
	ck_assert_int_eq(
		CALL(d, SQLGetDiagRecW)(SQL_HANDLE_STMT, s.stmt, 1, NULL, NULL, text, 5, &len),
		SQL_SUCCESS_WITH_INFO);
	ck_assert_int_eq(len, (int)strlen("[fakedrv]long text"));
	ck_assert_uint_eq(text[0], '[');
	ck_assert_uint_eq(text[4], 0);
}
END_TEST

START_TEST(an_explicit_descriptor_takes_the_place_of_an_implicit_one)
{
	SQLHDESC mine, implicit, got;
	SQLINTEGER value = 0;
	SQLLEN len;
	SQLSMALLINT alloc_type, count;

	CALL(d, SQLGetStmtAttr)(s.stmt, SQL_ATTR_APP_ROW_DESC, &implicit, 0, NULL);
	CALL(d, SQLAllocHandle)(SQL_HANDLE_DESC, s.dbc, &mine);
	CALL(d, SQLBindCol)(s.stmt, 1, SQL_C_SLONG, &value, 0, &len);
	ck_assert_int_eq(CALL(d, SQLCopyDesc)(implicit, mine), SQL_SUCCESS);
	CALL(d, SQLFreeStmt)(s.stmt, SQL_UNBIND);
	ck_assert_int_eq(
		CALL(d, SQLSetStmtAttr)(s.stmt, SQL_ATTR_APP_ROW_DESC, mine, 0), SQL_SUCCESS);
	CALL(d, SQLGetDescField)(mine, 0, SQL_DESC_COUNT, &count, 0, NULL);
	ck_assert_int_eq(count, 1);
	CALL(d, SQLGetDescField)(mine, 0, SQL_DESC_ALLOC_TYPE, &alloc_type, 0, NULL);
	ck_assert_int_eq(alloc_type, SQL_DESC_ALLOC_USER);
	exec_ok("select 5");
	CALL(d, SQLFetch)(s.stmt);
	ck_assert_int_eq(value, 5);
	CALL(d, SQLFreeHandle)(SQL_HANDLE_DESC, mine);
	CALL(d, SQLGetStmtAttr)(s.stmt, SQL_ATTR_APP_ROW_DESC, &got, 0, NULL);
	ck_assert_ptr_eq(got, implicit);
}
END_TEST

START_TEST(implicit_descriptors_are_the_statements_own)
{
	static const SQLINTEGER ids[] = {SQL_ATTR_APP_ROW_DESC, SQL_ATTR_APP_PARAM_DESC,
		SQL_ATTR_IMP_ROW_DESC, SQL_ATTR_IMP_PARAM_DESC};
	SQLHDESC desc;
	char name[16];

	for (size_t i = 0; i < array_size(ids); i++) {
		CALL(d, SQLGetStmtAttr)(s.stmt, ids[i], &desc, 0, NULL);
		ck_assert_int_eq(CALL(d, SQLFreeHandle)(SQL_HANDLE_DESC, desc), SQL_ERROR);
	}
	exec_ok("select 1, 2");
	CALL(d, SQLGetStmtAttr)(s.stmt, SQL_ATTR_IMP_ROW_DESC, &desc, 0, NULL);
	CALL(d, SQLGetDescField)(desc, 2, SQL_DESC_NAME, name, sizeof(name), NULL);
	ck_assert_str_eq(name, "c2");
	ck_assert_int_eq(
		CALL(d, SQLSetDescField)(desc, 1, SQL_DESC_TYPE, (SQLPOINTER)4, 0), SQL_ERROR);
}
END_TEST

START_TEST(a_catalog_function_shows_its_arguments)
{
	static SQLWCHAR table[] = {'t', 0xe4, 'x'};

	CALL(d, SQLTables)
	(s.stmt, NULL, 0, (SQLCHAR *)"dbo", SQL_NTS, (SQLCHAR *)"table", 3, NULL, 0);
	assert_row((const char *[]){"SQLTables", NULL, "dbo", "tab", NULL}, 5);
	CALL(d, SQLCloseCursor)(s.stmt);
	CALL(d, SQLTablesW)(s.stmt, NULL, 0, NULL, 0, table, 2, NULL, 0);
	assert_row((const char *[]){"SQLTables", NULL, NULL, "t\xc3\xa4", NULL}, 5);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("fakedrv data");
	TCase *t = tcase_create("data");

	tcase_add_checked_fixture(t, open_session, close_session);
	tcase_add_test(t, a_select_gives_its_list_back);
	tcase_add_test(t, a_long_value_comes_in_pieces);
	tcase_add_test(t, one_text_has_several_results);
	tcase_add_test(t, wide_and_plain_text_are_the_same_text);
	tcase_add_test(t, parameters_come_back);
	tcase_add_test(t, arrays_go_in_and_out);
	tcase_add_test(t, data_at_execution_is_asked_for_and_put_together);
	tcase_add_test(t, a_static_cursor_moves_both_ways);
	tcase_add_test(t, a_cancel_ends_a_waiting_statement);
	tcase_add_test(t, a_kill_ends_a_waiting_statement);
	tcase_add_test(t, an_error_carries_row_column_and_native_code);
	tcase_add_test(t, a_message_that_is_cut_keeps_its_length);
	tcase_add_test(t, an_explicit_descriptor_takes_the_place_of_an_implicit_one);
	tcase_add_test(t, implicit_descriptors_are_the_statements_own);
	tcase_add_test(t, a_catalog_function_shows_its_arguments);
	suite_add_tcase(suite, t);
	return suite;
}
