/* SPDX-License-Identifier: MIT */
#include "dbms/traits.h"

#include <dlfcn.h>

void traits_judge(const char *path, void *library, struct driver_traits *ret_traits)
{
	/* A driver that brings the SQLite library with it; dlsym looks into dependencies. */
	bool is_sqlite = dlsym(library, "sqlite3_libversion") != NULL;

	(void)path;
	*ret_traits = (struct driver_traits){
		/* sqlite3odbc 0.9998 has no locks on Unix: two SQLAllocHandle calls on one of its
		 * environments at the same time crash. */
		.needs_own_environment = is_sqlite,
		/* Opening a SQLite file costs 40 us and a pooled session cannot be reset. */
		.is_pooled_by_default = !is_sqlite,
	};
}
