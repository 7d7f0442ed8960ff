/* SPDX-License-Identifier: MIT */
#ifndef TESTS_SHIM_TOKEN_APP_H
#define TESTS_SHIM_TOKEN_APP_H
/* What tests of ODBCPOOL_ATTR_TRANSACTION do with the application of app.h. */
#include "shim/app.h"

/* For end_of(). */
enum { COMMIT = 0, ROLLBACK = 1 };

/* NULL: none. */
SQLRETURN set_token(SQLHDBC dbc, const char *token);
int end_of(const char *token, int completion);
/* A handle whose connects join the transaction. */
SQLHDBC dbc_with(const char *token);
/* Must succeed. */
void connect_to(SQLHDBC dbc, const char *string);
SQLHDBC connected_with(const char *token, const char *string);
/* Of the real driver `fake`: is that in its log? */
bool was_called(const char *text);

#endif
