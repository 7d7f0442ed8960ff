/* SPDX-License-Identifier: MIT */
#include "dbms/traits.h"

#include <dlfcn.h>
#include <string.h>

/* A database that lives and dies with its connection: another borrower must not find it. */
static bool is_private_sqlite(const char *database)
{
	return !*database || strstr(database, ":memory:") || strstr(database, "mode=memory");
}

void traits_judge(const char *path, void *library, struct driver_traits *ret_traits)
{
	/* A driver that brings the SQLite library with it; dlsym looks into dependencies. */
	bool is_sqlite = dlsym(library, "sqlite3_libversion") != NULL;

	bool is_freetds = strstr(path, "tdsodbc") != NULL;
	bool is_mariadb = dlsym(library, "mariadb_get_infov") != NULL;

	*ret_traits = (struct driver_traits){
		/* sqlite3odbc 0.9998 has no locks on Unix: two SQLAllocHandle calls on one of its
		 * environments at the same time crash. */
		.needs_own_environment = is_sqlite,
		/* Opening a SQLite file costs 40 us and a pooled session cannot be reset. */
		.tells_socket = is_freetds,
		.is_pooled_by_default = !is_sqlite,
		.database_word = is_sqlite ? "Database" : NULL,
		.is_private_database = is_private_sqlite,
		/* MariaDB's driver stores SQL_ATTR_LOGIN_TIMEOUT and does nothing with it. */
		.login_timeout_word = is_mariadb ? "CONN_TIMEOUT" : NULL,
	};
}
