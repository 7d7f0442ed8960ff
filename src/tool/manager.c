/* SPDX-License-Identifier: MIT */
#include "tool/manager.h"

#include <dlfcn.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* The functions that are used, once: name, parameters. */
#define FUNCTIONS(F)                                                                               \
	F(SQLAllocHandle, (short kind, void *parent, void **ret))                                  \
	F(SQLFreeHandle, (short kind, void *handle))                                               \
	F(SQLSetEnvAttr, (void *env, int attribute, void *value, int len))                         \
	F(SQLConnect, (void *dbc, unsigned char *dsn, short dsn_len, unsigned char *user,          \
			      short user_len, unsigned char *password, short password_len))        \
	F(SQLDriverConnect,                                                                        \
		(void *dbc, void *window, unsigned char *in, short in_len, unsigned char *out,     \
			short size, short *ret_len, unsigned short completion))                    \
	F(SQLDisconnect, (void *dbc))                                                              \
	F(SQLGetConnectAttr, (void *dbc, int attribute, void *value, int size, int *ret_len))      \
	F(SQLGetInfo, (void *dbc, unsigned short info, void *value, short size, short *ret_len))   \
	F(SQLExecDirect, (void *stmt, unsigned char *text, int len))                               \
	F(SQLFetch, (void *stmt))                                                                  \
	F(SQLGetDiagRec,                                                                           \
		(short kind, void *handle, short record, unsigned char *state, int *ret_native,    \
			unsigned char *text, short size, short *ret_len))

enum { KIND_ENV = 1, KIND_DBC = 2, KIND_STMT = 3 };
enum { ATTR_ODBC_VERSION = 200, OV_ODBC3 = 3, INFO_DBMS_NAME = 17, INFO_DBMS_VER = 18, NTS = -3 };

struct manager {
	void *library;
	void *env, *dbc;
#define FUNCTION(name, parameters) short(*name) parameters;
	FUNCTIONS(FUNCTION)
#undef FUNCTION
};

static bool is_fine(short rc)
{
	return rc == 0 || rc == 1; /* SQL_SUCCESS, SQL_SUCCESS_WITH_INFO */
}

static const char *load(struct manager *m)
{
	m->library = dlopen("libodbc.so.2", RTLD_NOW | RTLD_GLOBAL);
	if (!m->library)
		return dlerror();
#define FUNCTION(name, parameters)                                                                 \
	*(void **)&m->name = dlsym(m->library, #name);                                             \
	if (!m->name)                                                                              \
		return "libodbc.so.2 has no " #name;
	FUNCTIONS(FUNCTION)
#undef FUNCTION
	return NULL;
}

struct manager *manager_open(struct buffer *reterr)
{
	struct manager *m = calloc(1, sizeof(*m));
	const char *why = m ? load(m) : "out of memory";

	if (!why && (!is_fine(m->SQLAllocHandle(KIND_ENV, NULL, &m->env)) ||
			    !is_fine(m->SQLSetEnvAttr(
				    m->env, ATTR_ODBC_VERSION, (void *)(intptr_t)OV_ODBC3, 0))))
		why = "SQLAllocHandle or SQLSetEnvAttr failed";
	if (!why)
		return m;
	buffer_printf(reterr, "the driver manager cannot be used: %s", why);
	manager_close(m);
	return NULL;
}

/* libodbc stays loaded: odbcpool's threads may have their code in what it brought along. */
void manager_close(struct manager *m)
{
	if (!m)
		return;
	if (m->env)
		m->SQLFreeHandle(KIND_ENV, m->env);
	free(m);
}

static void add_records(struct manager *m, short kind, void *handle, struct buffer *to)
{
	unsigned char state[6] = "", text[1024] = "";
	short len;
	int native;

	for (short i = 1; i < 10; i++) {
		if (!is_fine(m->SQLGetDiagRec(
			    kind, handle, i, state, &native, text, sizeof(text), &len)))
			return;
		buffer_printf(to, "%s%s (%s, %d)", i > 1 ? "; " : "", (char *)text, (char *)state,
			native);
	}
}

bool manager_connect(struct manager *m, const char *what, struct buffer *reterr)
{
	unsigned char *text = (unsigned char *)(uintptr_t)what;
	short rc;

	if (!is_fine(m->SQLAllocHandle(KIND_DBC, m->env, &m->dbc))) {
		add_records(m, KIND_ENV, m->env, reterr);
		return false;
	}
	if (strchr(what, '='))
		rc = m->SQLDriverConnect(m->dbc, NULL, text, NTS, NULL, 0, NULL, 0);
	else
		rc = m->SQLConnect(m->dbc, text, NTS, NULL, 0, NULL, 0);
	if (is_fine(rc))
		return true;
	add_records(m, KIND_DBC, m->dbc, reterr);
	m->SQLFreeHandle(KIND_DBC, m->dbc);
	m->dbc = NULL;
	return false;
}

bool manager_disconnect(struct manager *m, struct buffer *reterr)
{
	bool is_closed = is_fine(m->SQLDisconnect(m->dbc));

	if (!is_closed)
		add_records(m, KIND_DBC, m->dbc, reterr);
	m->SQLFreeHandle(KIND_DBC, m->dbc);
	m->dbc = NULL;
	return is_closed;
}

void manager_use(struct manager *m)
{
	void *stmt;

	if (!is_fine(m->SQLAllocHandle(KIND_STMT, m->dbc, &stmt)))
		return;
	if (is_fine(m->SQLExecDirect(stmt, (unsigned char *)(uintptr_t) "SELECT 1", NTS)))
		(void)m->SQLFetch(stmt);
	m->SQLFreeHandle(KIND_STMT, stmt);
}

bool manager_get_number(struct manager *m, int attribute, unsigned *ret_value)
{
	return is_fine(m->SQLGetConnectAttr(m->dbc, attribute, ret_value, 0, NULL));
}

bool manager_get_text(struct manager *m, int attribute, struct buffer *to)
{
	char text[512] = "";
	int len;

	if (!is_fine(m->SQLGetConnectAttr(m->dbc, attribute, text, sizeof(text), &len)))
		return false;
	buffer_append_str(to, text);
	return true;
}

void manager_get_dbms(struct manager *m, struct buffer *to)
{
	char name[128] = "", version[128] = "";

	(void)m->SQLGetInfo(m->dbc, INFO_DBMS_NAME, name, sizeof(name), NULL);
	(void)m->SQLGetInfo(m->dbc, INFO_DBMS_VER, version, sizeof(version), NULL);
	buffer_printf(to, "%s %s", name, version);
}
