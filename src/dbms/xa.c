/* SPDX-License-Identifier: MIT */
#include "dbms/xa.h"

#include "dbms/profile.h"
#include "dbms/source.h"
#include "driver/query.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

void xa_list_add(struct xa_list *list, const XID *xid)
{
	if (list->count == list->capacity) {
		size_t capacity = list->capacity ? 2 * list->capacity : 16;
		XID *bigger = realloc(list->xids, capacity * sizeof(*bigger));
		if (!bigger) {
			list->failed = true;
			return;
		}
		list->xids = bigger;
		list->capacity = capacity;
	}
	list->xids[list->count++] = *xid;
}

void xa_list_done(struct xa_list *list)
{
	free(list->xids);
	*list = (struct xa_list){0};
}

const struct xa_dialect *xa_dialect_find(struct session *s)
{
	if (s->profile->xa)
		return s->profile->xa;
	return xa_attribute_is_taken(s) ? &xa_attribute : NULL;
}

/*
 * Class 08, PostgreSQL's 57P01 to 57P03, and MariaDB's own codes of a client, of a shutdown and of
 * a killed connection: the server has said good-bye, perhaps after the deed.
 */
static bool speaks_of_an_end(const struct diag *diag)
{
	const char *state = diag_sqlstate(diag);

	if (diag->count == 0)
		return true;
	int32_t native = diag->records[0].native;
	return strncmp(state, "08", 2) == 0 || strncmp(state, "57P0", 4) == 0 || native == 1053 ||
	       native == 1927 || (native >= 2000 && native < 3000);
}

bool xa_run(struct session *s, const char *sql, struct diag *diag, bool *ret_is_lost)
{
	diag_clear(diag);
	*ret_is_lost = false;
	/* Whatever becomes of the branch: the driver's rollback fails where one is left. */
	s->seen |= STATEMENT_OPENS;
	if (query_run_reporting(s, sql, diag))
		return true;
	*ret_is_lost = speaks_of_an_end(diag) || source_is_dead(s);
	if (*ret_is_lost)
		s->looks_dead = true;
	return false;
}

bool xa_wait_for_none(struct session *s, const char *count_query)
{
	static const struct timespec pause = {.tv_nsec = 20 * 1000 * 1000};

	for (int i = 0; i < 250; i++) {
		char *count = query_text(s, count_query);
		bool is_answer = count != NULL, is_none = is_answer && strcmp(count, "0") == 0;
		free(count);
		if (is_none || !is_answer)
			return is_none;
		nanosleep(&pause, NULL);
	}
	return false;
}
