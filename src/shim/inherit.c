/* SPDX-License-Identifier: MIT */
#include "shim/inherit.h"

static struct mutex environments_lock;
static struct list environments; /* environments_lock */
static pthread_once_t once = PTHREAD_ONCE_INIT;

/* No slot is filled: every call on a handle with this table is answered by us. */
static const struct calls no_calls;

static void setup(void)
{
	mutex_init(&environments_lock, LOCK_RANK_ENVIRONMENTS);
	list_init(&environments);
}

void inherit_note_env(struct env *e)
{
	pthread_once(&once, setup);
	mutex_lock(&environments_lock);
	list_push_back(&environments, &e->link);
	mutex_unlock(&environments_lock);
}

void inherit_forget_env(struct env *e)
{
	mutex_lock(&environments_lock);
	list_remove(&e->link);
	mutex_unlock(&environments_lock);
}

static void for_each_connections_lock(struct env *e, void (*visit)(struct mutex *m))
{
	list_for_each(l, next, &e->dbcs)
	{
		visit(&list_entry(l, struct dbc, link)->lock);
	}
}

void inherit_before_fork(void)
{
	pthread_once(&once, setup);
	mutex_hold_for_fork(&environments_lock);
	list_for_each(l, next, &environments)
	{
		struct env *e = list_entry(l, struct env, link);
		mutex_hold_for_fork(&e->lock);
		for_each_connections_lock(e, mutex_hold_for_fork);
	}
}

static void release_all(void)
{
	list_for_each(l, next, &environments)
	{
		struct env *e = list_entry(l, struct env, link);
		/* Its own lock last: without it another thread may free one of them. */
		for_each_connections_lock(e, mutex_release_after_fork);
		mutex_release_after_fork(&e->lock);
	}
	mutex_release_after_fork(&environments_lock);
}

void inherit_after_fork_in_parent(void)
{
	release_all();
}

static void disown(struct dbc *d)
{
	if (!d->calls || !d->borrow.pool)
		return;
	d->is_inherited = true;
	d->calls = &no_calls;
	list_for_each(l, next, &d->stmts)
	{
		struct stmt *s = list_entry(l, struct stmt, link);
		s->calls = &no_calls;
		atomic_store(&s->is_in_call, false); /* by a thread that does not exist here */
		for (int i = 0; i < DESC_KINDS; i++)
			s->implicit[i].calls = &no_calls;
	}
	list_for_each(l, next, &d->descs)
	{
		list_entry(l, struct desc, link)->calls = &no_calls;
	}
}

void inherit_after_fork_in_child(void)
{
	release_all();
	list_for_each(l, next, &environments)
	{
		struct env *e = list_entry(l, struct env, link);
		list_for_each(m, scratch, &e->dbcs)
		{
			disown(list_entry(m, struct dbc, link));
		}
	}
}
