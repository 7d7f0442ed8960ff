/* SPDX-License-Identifier: MIT */
#include "shim/token_app.h"

#include <string.h>

SQLRETURN set_token(SQLHDBC dbc, const char *token)
{
	return odbcpool_SetConnectAttr(dbc, ODBCPOOL_ATTR_TRANSACTION, (SQLPOINTER)token,
		token ? (SQLINTEGER)strlen(token) : 0);
}

int end_of(const char *token, int completion)
{
	return odbcpool_transaction_end(token, strlen(token), completion);
}

SQLHDBC dbc_with(const char *token)
{
	SQLHDBC dbc = app_dbc();

	app_check(set_token(dbc, token), SQL_SUCCESS, SQL_HANDLE_DBC, dbc);
	return dbc;
}

void connect_to(SQLHDBC dbc, const char *string)
{
	app_check(app_connect(dbc, string), SQL_SUCCESS, SQL_HANDLE_DBC, dbc);
}

SQLHDBC connected_with(const char *token, const char *string)
{
	SQLHDBC dbc = dbc_with(token);

	connect_to(dbc, string);
	return dbc;
}

bool was_called(const char *text)
{
	return app_fake("fake")->log_find(text, 0) >= 0;
}
