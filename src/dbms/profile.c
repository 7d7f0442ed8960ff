/* SPDX-License-Identifier: MIT */
#include "dbms/profile.h"

#include "base/buffer.h"
#include "base/compiler.h"
#include "base/utf16.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

static const struct profile *const profiles[] = {&profile_postgresql, &profile_mariadb,
	&profile_sqlite, &profile_sqlserver, &profile_sybase};

/* psqlODBC's SQLGetInfo gives UTF-16 too, once a W function has been called. */
static void get_dbms_name(struct session *s, struct buffer *to)
{
	const struct calls *c = s->calls;
	SQLWCHAR raw[64] = {0};
	const SQLSMALLINT size = sizeof(raw) - sizeof(raw[0]);
	SQLSMALLINT len = 0;

	if (c->GetInfoW && (s->is_wide || !c->GetInfo)) {
		if (SQL_SUCCEEDED(c->GetInfoW(s->hdbc, SQL_DBMS_NAME, raw, size, &len)))
			utf16_to_utf8(to, raw, utf16_len(raw));
	} else if (c->GetInfo) {
		if (SQL_SUCCEEDED(c->GetInfo(s->hdbc, SQL_DBMS_NAME, raw, size, &len)))
			buffer_append_str(to, (const char *)raw);
	}
}

static bool is_for(const struct profile *p, const char *dbms_name)
{
	for (const char *const *n = p->dbms_names; *n; n++)
		if (strncasecmp(dbms_name, *n, strlen(*n)) == 0)
			return true;
	return false;
}

const struct profile *profile_find(struct session *s)
{
	const struct profile *found = &profile_generic;
	struct buffer name = BUFFER_EMPTY;

	get_dbms_name(s, &name);
	snprintf(s->dbms_name, sizeof(s->dbms_name), "%s", buffer_str(&name));
	for (size_t i = 0; i < array_size(profiles); i++)
		if (is_for(profiles[i], buffer_str(&name)))
			found = profiles[i];
	buffer_done(&name);
	return found;
}

/* SQLEndTran may have begun the next one: completion_type, which a function can set unseen. */
bool profile_excludes_transaction(struct session *s)
{
	return s->profile->is_in_autocommit && s->can_reset && !s->taint &&
	       !(s->seen & STATEMENT_OPENS) && !s->has_ended_transaction &&
	       !session_has_changed(s, SQL_ATTR_AUTOCOMMIT) && s->profile->is_in_autocommit(s);
}
