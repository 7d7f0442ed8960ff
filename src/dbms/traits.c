/* SPDX-License-Identifier: MIT */
#include "dbms/traits.h"

#include "base/buffer.h"
#include "conf/words.h"
#include "dbms/files.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

static const char *no_objection(const struct resolved *r)
{
	(void)r;
	return NULL;
}

/* A database that lives and dies with its connection: another borrower must not find it. */
static bool is_private_sqlite(const char *database)
{
	return !*database || strstr(database, ":memory:") || strstr(database, "mode=memory");
}

static const char *sqlite_objection(const struct resolved *r)
{
	struct buffer database = BUFFER_EMPTY;

	words_get(r, "Database", &database);
	bool is_private = is_private_sqlite(buffer_str(&database));
	buffer_done(&database);
	return is_private ? "" : NULL;
}

/* OPTION's bit for AUTO_RECONNECT (MariaDB Connector/ODBC, ma_dsn.h). */
#define OPTION_AUTO_RECONNECT 4194304UL

static const char *mariadb_objection(const struct resolved *r)
{
	struct buffer reconnect = BUFFER_EMPTY, option = BUFFER_EMPTY;

	words_get(r, "AUTO_RECONNECT", &reconnect);
	words_get(r, "OPTION", &option);
	/* It then replaces a lost session by another one unasked, which nobody has reset, and
	 * crashes when that is killed in turn. */
	bool is_on = strtoul(buffer_str(&reconnect), NULL, 10) != 0 ||
		     (strtoul(buffer_str(&option), NULL, 10) & OPTION_AUTO_RECONNECT);
	buffer_done(&reconnect);
	buffer_done(&option);
	return is_on ? "not pooled: with AUTO_RECONNECT the driver replaces a lost session by "
		       "another one without telling; remove AUTO_RECONNECT (or 4194304 from "
		       "OPTION) to have it pooled"
		     : NULL;
}

void traits_judge(const char *path, void *library, struct driver_traits *ret_traits)
{
	/* By the library that a driver brings with it; dlsym looks into dependencies. */
	bool is_sqlite = dlsym(library, "sqlite3_libversion") != NULL;
	bool is_mariadb = dlsym(library, "mariadb_get_infov") != NULL;
	bool is_postgresql = dlsym(library, "PQconnectdbParams") != NULL;
	/* FreeTDS links its own statically: there is only its file's name. */
	bool is_freetds = strstr(path, "tdsodbc") != NULL;

	*ret_traits = (struct driver_traits){
		/* sqlite3odbc 0.9998 has no locks on Unix: two SQLAllocHandle calls on one of its
		 * environments at the same time crash. */
		.needs_own_environment = is_sqlite,
		/* Opening a SQLite file costs 40 us, and a pooled session cannot be reset. */
		.is_pooled_by_default = !is_sqlite,
		.tells_socket = is_freetds,
		/* MariaDB's driver stores SQL_ATTR_LOGIN_TIMEOUT and does nothing with it. */
		.login_timeout_word = is_mariadb ? "CONN_TIMEOUT" : NULL,
		.objection = is_sqlite	  ? sqlite_objection
			     : is_mariadb ? mariadb_objection
					  : no_objection,
		.list_files = is_postgresql ? files_of_postgresql
			      : is_mariadb  ? files_of_mariadb
			      : is_freetds  ? files_of_freetds
					    : NULL,
	};
}
