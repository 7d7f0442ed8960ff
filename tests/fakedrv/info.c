/* SPDX-License-Identifier: MIT */
/* What the driver says about itself. */
#include "fakedrv/internal.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Every function that SQLGetFunctions can be asked for; a row needs one of its two forms. */
static const struct {
	SQLUSMALLINT id;
	const char *name;
} functions[] = {
#define FUNCTION(id, name)                                                                         \
	{                                                                                          \
		SQL_API_SQL##id, "SQL" #name                                                       \
	}
	FUNCTION(ALLOCCONNECT, AllocConnect),
	FUNCTION(ALLOCENV, AllocEnv),
	FUNCTION(ALLOCHANDLE, AllocHandle),
	FUNCTION(ALLOCSTMT, AllocStmt),
	FUNCTION(BINDCOL, BindCol),
	FUNCTION(BINDPARAM, BindParam),
	FUNCTION(BINDPARAMETER, BindParameter),
	FUNCTION(BROWSECONNECT, BrowseConnect),
	FUNCTION(BULKOPERATIONS, BulkOperations),
	FUNCTION(CANCEL, Cancel),
	FUNCTION(CANCELHANDLE, CancelHandle),
	FUNCTION(CLOSECURSOR, CloseCursor),
	FUNCTION(COLATTRIBUTE, ColAttribute),
	/* ODBC 2 calls it by another name, with the same number. */
	FUNCTION(COLATTRIBUTES, ColAttributes),
	FUNCTION(COLUMNPRIVILEGES, ColumnPrivileges),
	FUNCTION(COLUMNS, Columns),
	FUNCTION(CONNECT, Connect),
	FUNCTION(COPYDESC, CopyDesc),
	FUNCTION(DESCRIBECOL, DescribeCol),
	FUNCTION(DESCRIBEPARAM, DescribeParam),
	FUNCTION(DISCONNECT, Disconnect),
	FUNCTION(DRIVERCONNECT, DriverConnect),
	FUNCTION(ENDTRAN, EndTran),
	FUNCTION(ERROR, Error),
	FUNCTION(EXECDIRECT, ExecDirect),
	FUNCTION(EXECUTE, Execute),
	FUNCTION(EXTENDEDFETCH, ExtendedFetch),
	FUNCTION(FETCH, Fetch),
	FUNCTION(FETCHSCROLL, FetchScroll),
	FUNCTION(FOREIGNKEYS, ForeignKeys),
	FUNCTION(FREECONNECT, FreeConnect),
	FUNCTION(FREEENV, FreeEnv),
	FUNCTION(FREEHANDLE, FreeHandle),
	FUNCTION(FREESTMT, FreeStmt),
	FUNCTION(GETCONNECTATTR, GetConnectAttr),
	FUNCTION(GETCONNECTOPTION, GetConnectOption),
	FUNCTION(GETCURSORNAME, GetCursorName),
	FUNCTION(GETDATA, GetData),
	FUNCTION(GETDESCFIELD, GetDescField),
	FUNCTION(GETDESCREC, GetDescRec),
	FUNCTION(GETDIAGFIELD, GetDiagField),
	FUNCTION(GETDIAGREC, GetDiagRec),
	FUNCTION(GETENVATTR, GetEnvAttr),
	FUNCTION(GETFUNCTIONS, GetFunctions),
	FUNCTION(GETINFO, GetInfo),
	FUNCTION(GETSTMTATTR, GetStmtAttr),
	FUNCTION(GETSTMTOPTION, GetStmtOption),
	FUNCTION(GETTYPEINFO, GetTypeInfo),
	FUNCTION(MORERESULTS, MoreResults),
	FUNCTION(NATIVESQL, NativeSql),
	FUNCTION(NUMPARAMS, NumParams),
	FUNCTION(NUMRESULTCOLS, NumResultCols),
	FUNCTION(PARAMDATA, ParamData),
	FUNCTION(PARAMOPTIONS, ParamOptions),
	FUNCTION(PREPARE, Prepare),
	FUNCTION(PRIMARYKEYS, PrimaryKeys),
	FUNCTION(PROCEDURECOLUMNS, ProcedureColumns),
	FUNCTION(PROCEDURES, Procedures),
	FUNCTION(PUTDATA, PutData),
	FUNCTION(ROWCOUNT, RowCount),
	FUNCTION(SETCONNECTATTR, SetConnectAttr),
	FUNCTION(SETCONNECTOPTION, SetConnectOption),
	FUNCTION(SETCURSORNAME, SetCursorName),
	FUNCTION(SETDESCFIELD, SetDescField),
	FUNCTION(SETDESCREC, SetDescRec),
	FUNCTION(SETENVATTR, SetEnvAttr),
	FUNCTION(SETPARAM, SetParam),
	FUNCTION(SETPOS, SetPos),
	FUNCTION(SETSCROLLOPTIONS, SetScrollOptions),
	FUNCTION(SETSTMTATTR, SetStmtAttr),
	FUNCTION(SETSTMTOPTION, SetStmtOption),
	FUNCTION(SPECIALCOLUMNS, SpecialColumns),
	FUNCTION(STATISTICS, Statistics),
	FUNCTION(TABLEPRIVILEGES, TablePrivileges),
	FUNCTION(TABLES, Tables),
	FUNCTION(TRANSACT, Transact),
#undef FUNCTION
};

static struct {
	pthread_once_t once;
	char name[64]; /* the file's */
	bool is_exported[array_size(functions)];
} self = {.once = PTHREAD_ONCE_INIT};

static bool exports(void *library, const Dl_info *me, const char *name)
{
	void *symbol = dlsym(library, name);
	Dl_info found;

	/* A library this one depends on, or one that was preloaded, may have the name too. */
	return symbol && dladdr(symbol, &found) && found.dli_fbase == me->dli_fbase;
}

/* What this variant exports is decided when it is linked, and read back from the file itself. */
static void self_init(void)
{
	Dl_info me;
	char wide_name[64];

	if (!dladdr(&self, &me))
		return;
	const char *slash = strrchr(me.dli_fname, '/');
	snprintf(self.name, sizeof(self.name), "%s", slash ? slash + 1 : me.dli_fname);
	void *library = dlopen(me.dli_fname, RTLD_LAZY | RTLD_NOLOAD);
	for (size_t i = 0; library && i < array_size(functions); i++) {
		snprintf(wide_name, sizeof(wide_name), "%sW", functions[i].name);
		self.is_exported[i] = exports(library, &me, functions[i].name) ||
				      exports(library, &me, wide_name);
	}
	if (library)
		dlclose(library);
}

static bool is_offered(struct conn *c, size_t i)
{
	return self.is_exported[i] && script_number(c, WORD_UNSUPPORTED) != functions[i].id;
}

SQLRETURN SQL_API SQLGetFunctions(
	SQLHDBC ConnectionHandle, SQLUSMALLINT FunctionId, SQLUSMALLINT *Supported)
{
	struct conn *c = conn_enter(ConnectionHandle, "SQLGetFunctions %d", FunctionId);

	if (!c)
		return SQL_INVALID_HANDLE;
	pthread_once(&self.once, self_init);
	if (FunctionId == SQL_API_ODBC3_ALL_FUNCTIONS)
		memset(Supported, 0, SQL_API_ODBC3_ALL_FUNCTIONS_SIZE * sizeof(*Supported));
	else if (FunctionId == SQL_API_ALL_FUNCTIONS)
		memset(Supported, 0, 100 * sizeof(*Supported));
	else
		*Supported = SQL_FALSE;
	for (size_t i = 0; i < array_size(functions); i++) {
		SQLUSMALLINT id = functions[i].id;
		if (!is_offered(c, i))
			continue;
		if (FunctionId == SQL_API_ODBC3_ALL_FUNCTIONS)
			Supported[id >> 4] |= (SQLUSMALLINT)(1 << (id & 15));
		else if (FunctionId == SQL_API_ALL_FUNCTIONS && id < 100)
			Supported[id] = SQL_TRUE;
		else if (FunctionId == id)
			*Supported = SQL_TRUE;
	}
	return leave(&c->h, SQL_SUCCESS);
}

static const struct {
	SQLUSMALLINT type;
	const char *text;
} texts[] = {
	{SQL_DRIVER_NAME, self.name},
	{SQL_DRIVER_VER, "01.00.0000"},
	{SQL_DRIVER_ODBC_VER, "03.80"},
	{SQL_DBMS_NAME, "Fake"},
	{SQL_DBMS_VER, "01.00.0000"},
	{SQL_SERVER_NAME, "fakehost"},
	{SQL_USER_NAME, "fakeuser"},
	{SQL_DATA_SOURCE_READ_ONLY, "N"},
	{SQL_IDENTIFIER_QUOTE_CHAR, "\""},
	{SQL_MULT_RESULT_SETS, "Y"},
	{SQL_NEED_LONG_DATA_LEN, "N"},
	{SQL_SEARCH_PATTERN_ESCAPE, "\\"},
	{FAKEDRV_INFO_TEXT, "private"},
};

static const struct {
	SQLUSMALLINT type;
	size_t size;
	SQLUINTEGER number;
} numbers[] = {
	{SQL_CURSOR_COMMIT_BEHAVIOR, 2, SQL_CB_CLOSE},
	{SQL_CURSOR_ROLLBACK_BEHAVIOR, 2, SQL_CB_CLOSE},
	{SQL_TXN_CAPABLE, 2, SQL_TC_ALL},
	{SQL_MAX_CONCURRENT_ACTIVITIES, 2, 0},
	{SQL_ACTIVE_ENVIRONMENTS, 2, 0},
	{SQL_DEFAULT_TXN_ISOLATION, 4, SQL_TXN_READ_COMMITTED},
	{SQL_TXN_ISOLATION_OPTION, 4, 15},
	{SQL_GETDATA_EXTENSIONS, 4, SQL_GD_ANY_COLUMN | SQL_GD_ANY_ORDER},
	{SQL_ASYNC_MODE, 4, SQL_AM_NONE},
	{SQL_SCROLL_OPTIONS, 4, SQL_SO_STATIC},
	{SQL_PARAM_ARRAY_ROW_COUNTS, 4, SQL_PARC_NO_BATCH},
};

static SQLRETURN info_text(struct conn *c, const char *text, SQLPOINTER value, SQLSMALLINT size,
	SQLSMALLINT *length, enum width w)
{
	SQLINTEGER bytes = 0;
	SQLRETURN rc = text_answer_bytes(&c->h, text, value, size, &bytes, w);

	if (length)
		*length = (SQLSMALLINT)bytes;
	return rc;
}

static SQLRETURN info_answer(struct conn *c, SQLUSMALLINT type, SQLPOINTER value, SQLSMALLINT size,
	SQLSMALLINT *length, enum width w)
{
	for (size_t i = 0; i < array_size(texts); i++)
		if (texts[i].type == type)
			return info_text(c, texts[i].text, value, size, length, w);
	if (type == SQL_DATABASE_NAME || type == SQL_DATA_SOURCE_NAME) {
		char *text = script_text(c, type == SQL_DATABASE_NAME ? WORD_DATABASE : WORD_DSN);
		SQLRETURN rc = info_text(c, text ? text : "", value, size, length, w);
		free(text);
		return rc;
	}
	for (size_t i = 0; i < array_size(numbers); i++)
		if (numbers[i].type == type) {
			memcpy(value, &numbers[i].number, numbers[i].size);
			if (length)
				*length = (SQLSMALLINT)numbers[i].size;
			return SQL_SUCCESS;
		}
	if (type != FAKEDRV_INFO_NUMBER)
		return diag_post(&c->h, "HY096", 0, "no such information");
	*(SQLULEN *)value = c->h.number;
	if (length)
		*length = sizeof(SQLULEN);
	return SQL_SUCCESS;
}

SQLRETURN info_get(SQLHDBC h, SQLUSMALLINT type, SQLPOINTER value, SQLSMALLINT size,
	SQLSMALLINT *length, enum width w)
{
	struct conn *c = conn_enter(h, "SQLGetInfo %d%s", type, w == WIDE ? " W" : "");

	if (!c)
		return SQL_INVALID_HANDLE;
	pthread_once(&self.once, self_init);
	return leave(&c->h, info_answer(c, type, value, size, length, w));
}

SQLRETURN info_native_sql(
	SQLHDBC h, char *text, void *out, SQLINTEGER size, SQLINTEGER *length, enum width w)
{
	struct conn *c = conn_enter(h, "SQLNativeSql %s%s", text, w == WIDE ? " W" : "");
	SQLRETURN rc = SQL_INVALID_HANDLE;
	SQLINTEGER len;

	if (c) {
		rc = text_out(text, out, size, &len, w) ? SQL_SUCCESS
							: diag_post(&c->h, "01004", 0, "cut short");
		if (length)
			*length = len;
		leave(&c->h, rc);
	}
	free(text);
	return rc;
}
