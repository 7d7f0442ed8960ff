/* SPDX-License-Identifier: MIT */
#include "dbms/xa_watch.h"

#include "dbms/profile.h"
#include "dbms/statement_rules.h"
#include "dbms/xa.h"

/* The values of session.branch_watch. */
enum { OFF, UNBROKEN, DOUBTED, SOUGHT, SIGNED, BROKEN };

static bool step(struct session *s, int from, int to)
{
	return atomic_compare_exchange_strong(&s->branch_watch, &from, to);
}

void xa_watch_begin(struct session *s)
{
	atomic_store(&s->branch_has_work, false);
	atomic_store(&s->branch_watch, UNBROKEN);
}

void xa_watch_end(struct session *s)
{
	atomic_store(&s->branch_watch, OFF);
}

bool xa_watch_is_on(struct session *s)
{
	return atomic_load(&s->branch_watch) != OFF;
}

void xa_watch_executed(struct session *s, SQLRETURN rc)
{
	if (SQL_SUCCEEDED(rc) || rc == SQL_NO_DATA || rc == SQL_STILL_EXECUTING)
		atomic_store(&s->branch_has_work, true);
}

bool xa_watch_has_work(struct session *s)
{
	return atomic_load(&s->branch_has_work);
}

void xa_watch_failed(struct session *s)
{
	(void)step(s, UNBROKEN, DOUBTED);
}

void xa_watch_break_doubt(struct session *s)
{
	(void)step(s, DOUBTED, BROKEN);
}

void xa_watch_break(struct session *s)
{
	int now = atomic_load(&s->branch_watch);

	while ((now == UNBROKEN || now == DOUBTED || now == SOUGHT) &&
		!atomic_compare_exchange_weak(&s->branch_watch, &now, BROKEN))
		;
}

bool xa_watch_is_broken(struct session *s)
{
	return atomic_load(&s->branch_watch) == BROKEN;
}

void xa_watch_settle(struct session *s)
{
	int now = atomic_load(&s->branch_watch);

	if (now == DOUBTED && step(s, DOUBTED, SOUGHT))
		(void)step(s, SOUGHT, s->profile->xa->is_still_in(s) ? UNBROKEN : BROKEN);
	else if (now == DOUBTED || now == SOUGHT)
		xa_watch_break(s);
}

bool xa_watch_heeds(struct session *s, const void *text, size_t len, bool is_wide)
{
	int now = atomic_load(&s->branch_watch);

	return (now == UNBROKEN || now == DOUBTED || now == SOUGHT) &&
	       (statement_look(s->profile->xa->rules, text, len, is_wide) & STATEMENT_OPENS);
}

bool xa_watch_sign(struct session *s)
{
	if (step(s, UNBROKEN, SOUGHT) && s->profile->xa->sign(s))
		return true;
	xa_watch_break(s);
	return false;
}

void xa_watch_signed(struct session *s, bool was_alone)
{
	(void)step(s, SOUGHT, was_alone ? SIGNED : BROKEN);
}

enum xa_watch_verdict xa_watch_judge(struct session *s)
{
	xa_watch_settle(s);
	switch (atomic_load(&s->branch_watch)) {
	case UNBROKEN:
		return XA_WATCH_UNBROKEN;
	case SIGNED:
		return XA_WATCH_SIGNED;
	default:
		return XA_WATCH_BROKEN;
	}
}
