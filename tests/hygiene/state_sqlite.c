/* SPDX-License-Identifier: MIT */
/* The state of a connection to SQLite, which cannot be reset: whatever leaves something closes it.
 */
#include "hygiene/state.h"

static const struct item items[] = {
	{"attached", BY_SQL,
		.question = "select count(*) from pragma_database_list where name = 'other'"},
	{"foreign keys", BY_SQL, .question = "select foreign_keys from pragma_foreign_keys"},
	{"synchronous", BY_SQL, .question = "select synchronous from pragma_synchronous"},
	{"cache size", BY_SQL, .question = "select cache_size from pragma_cache_size"},
	{"query only", BY_SQL, .question = "select query_only from pragma_query_only"},
	{"temporary table", BY_SQL, .question = "select count(*) from temp.hygiene_temp"},
	{"temporary objects", BY_SQL, .question = "select count(*) from sqlite_temp_master"},
	{"uncommitted row", BY_SQL, .question = "select count(*) from hygiene_t"},
	/* Not last_insert_rowid() and changes(), which are left by row changes: those alone close
	 * nothing. */
	{"accent", BY_FUNCTION, .question = "select '\u00e9'", .ask = ask_narrow},
	{"columns", BY_FUNCTION, .question = "hygiene_t", .ask = ask_columns},
};

#define BY_THE_DRIVER "the driver's rollback ends it"

static const struct change changes[] = {
	{"attached", .sql = "attach database ':memory:' as other", .fate = CLOSED},
	{"foreign keys", .sql = "pragma foreign_keys = on", .fate = CLOSED},
	{"synchronous", .sql = "PRAGMA synchronous = off", .fate = CLOSED},
	{"cache size", .sql = "/* x */ pragma cache_size = 77", .fate = CLOSED},
	{"query only", .sql = "pragma query_only = on", .fate = CLOSED},
	{"temporary table", .sql = "create temp table hygiene_temp (id integer)", .fate = CLOSED},
	{"temporary objects", .sql = "create temporary view hygiene_v as select 1", .fate = CLOSED},
	{"uncommitted row", .sql = "begin\ninsert into hygiene_t values (77)", .fate = CLOSED},
	{"uncommitted row", .sql = "begin exclusive\ninsert into hygiene_t values (77)",
		.fate = CLOSED},
	{"uncommitted row", .sql = "savepoint a\ninsert into hygiene_t values (77)",
		.fate = CLOSED},
	{"uncommitted row", .act = leave_transaction, .text = "an open transaction",
		.unseen = BY_THE_DRIVER},
	{"autocommit", .attribute = SQL_ATTR_AUTOCOMMIT, .value = SQL_AUTOCOMMIT_OFF,
		.unseen = "attributes are put back whatever is reset"},
	{"columns", .act = leave_half_read, .text = "results read by half",
		.unseen = "statements are freed whatever is reset",
		.unseen_by_itself = "it shows in nothing that can be asked"},
	{"columns", .act = leave_prepared, .text = "a prepared statement",
		.unseen = "statements are freed whatever is reset",
		.unseen_by_itself = "it shows in nothing that can be asked"},
};

const struct subject subject_sqlite = {
	.dbms = "SQLite",
	.items = items,
	.item_count = array_size(items),
	.changes = changes,
	.change_count = array_size(changes),
};
