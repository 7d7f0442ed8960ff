/* SPDX-License-Identifier: MIT */
#include "store_link.h"

#include <string.h>

bool store_is_locked(int rc)
{
	return (rc & 0xff) == SQLITE_LOCKED || (rc & 0xff) == SQLITE_BUSY;
}

/* The name in `no such table: main.x`. */
static const char *named(const char *message)
{
	const char *colon = strstr(message, ": "), *dot;

	if (!colon)
		return message;
	dot = strchr(colon, '.');
	return dot ? dot + 1 : colon + 2;
}

static void send_constraint_error(struct session *s, sqlite3 *db, const char *message)
{
	switch (sqlite3_extended_errcode(db)) {
	case SQLITE_CONSTRAINT_NOTNULL:
		session_error(s, 515, 16, 2,
			"Cannot insert the value NULL into column '%s'; column does not allow "
			"nulls.",
			named(message));
		break;
	case SQLITE_CONSTRAINT_CHECK:
	case SQLITE_CONSTRAINT_FOREIGNKEY:
		session_error(
			s, 547, 16, 0, "The statement conflicted with a constraint (%s).", message);
		break;
	default:
		session_error(s, 2627, 14, 1,
			"Violation of PRIMARY KEY constraint. Cannot insert duplicate key in "
			"object (%s).",
			named(message));
	}
}

void store_send_error(struct session *s, sqlite3 *db, int rc)
{
	const char *message = sqlite3_errmsg(db), *quote = strchr(message, '"');

	if ((rc & 0xff) == SQLITE_INTERRUPT)
		return;
	if (store_is_locked(rc))
		session_error(s, 1222, 16, 45, "Lock request time out period exceeded.");
	else if ((rc & 0xff) == SQLITE_CONSTRAINT)
		send_constraint_error(s, db, message);
	else if (strncmp(message, "no such table", 13) == 0)
		session_error(s, 208, 16, 1, "Invalid object name '%s'.", named(message));
	else if (strncmp(message, "no such column", 14) == 0)
		session_error(s, 207, 16, 1, "Invalid column name '%s'.", named(message));
	else if (strncmp(message, "no such function", 16) == 0)
		session_error(s, 195, 15, 10, "'%s' is not a recognized built-in function name.",
			named(message));
	else if (strstr(message, "already exists"))
		session_error(s, 2714, 16, 6,
			"There is already an object of that name in the database: %s.", message);
	else if (strncmp(message, "near ", 5) == 0 && quote)
		session_error(s, 102, 15, 1, "Incorrect syntax near '%.*s'.",
			(int)strcspn(quote + 1, "\""), quote + 1);
	else
		session_error(s, 50000, 16, 1, "tdsd, SQLite: %s", message);
}
