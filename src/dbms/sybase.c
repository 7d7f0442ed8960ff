/* SPDX-License-Identifier: MIT */
/*
 * SAP (Sybase) Adaptive Server under FreeTDS: its protocol, TDS 5.0, has no reset, so that a
 * session is reused only while nothing but queries and row changes went over it. As with SQL
 * Server the driver knows of no transaction that was begun by a statement's text.
 */
#include "base/compiler.h"
#include "dbms/profile.h"

static const char *const names[] = {
	"SQL Server", "Adaptive Server", "ASE", "Sybase", "SQL Anywhere", NULL};

static const struct statement_rule rules[] = {
	{"BEGIN", "TRAN", STATEMENT_OPENS},
	{"BEGIN", "TRANSACTION", STATEMENT_OPENS},
	{NULL, "CHAINED", STATEMENT_OPENS},
	{NULL, "EXEC", STATEMENT_OPENS},
	{NULL, "EXECUTE", STATEMENT_OPENS},
	{NULL, "CALL", STATEMENT_OPENS},
};

static const struct statement_rules statement_rules = {
	.rules = rules,
	.count = array_size(rules),
	.is_transact_sql = true,
};

const struct profile profile_sybase = {
	.name = "Sybase",
	.dbms_names = names,
	.rules = &statement_rules,
	.validation_query = "SELECT 1",
	.statement_limit = 64,
	.dead_flag_is_local = true,
	.rollback_query = "IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION",
};
