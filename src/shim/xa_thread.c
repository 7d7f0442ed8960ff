/* SPDX-License-Identifier: MIT */
#include "shim/xa_thread.h"

#include "conf/ini.h"

#include "shim/xa_work.h"

#include <stdlib.h>

static _Thread_local struct xa_thread *mine;
static pthread_key_t key; /* for its destructor */
static bool has_key;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void leave_everything(void *thread)
{
	struct xa_thread *t = thread;

	mine = NULL;
	transaction_set_thread(NULL);
	list_for_each(l, next, &t->opened)
	{
		struct opened *o = list_entry(l, struct opened, link);
		list_for_each(m, scratch, &o->attachments)
		{
			xa_abandon(list_entry(m, struct attachment, link));
		}
		opened_free(o);
	}
	buffer_done(&t->error);
	free(t);
}

static void make_key(void)
{
	has_key = pthread_key_create(&key, leave_everything) == 0;
}

struct xa_thread *xa_thread_find(void)
{
	return mine;
}

struct xa_thread *xa_thread_get(void)
{
	pthread_once(&once, make_key);
	if (mine || !has_key)
		return mine;
	struct xa_thread *t = calloc(1, sizeof(*t));
	if (!t)
		return NULL;
	list_init(&t->opened);
	if (pthread_setspecific(key, t) != 0) {
		free(t);
		return NULL;
	}
	return mine = t;
}

struct opened *xa_thread_opened(struct xa_thread *t, int rmid)
{
	struct opened *found = NULL;

	list_for_each(l, next, &t->opened)
	{
		struct opened *o = list_entry(l, struct opened, link);
		if (o->rmid == rmid)
			found = o;
	}
	return found;
}

struct opened *xa_thread_add(struct xa_thread *t, int rmid, struct resource *r)
{
	struct opened *o = calloc(1, sizeof(*o));

	if (!o)
		return NULL;
	o->rmid = rmid;
	o->resource = r;
	list_init(&o->attachments);
	list_push_front(&t->opened, &o->link);
	return o;
}

void opened_free(struct opened *o)
{
	list_remove(&o->link);
	xa_list_done(&o->scan);
	resource_free(o->resource);
	free(o);
}

struct attachment *opened_attachment(struct opened *o, const XID *xid)
{
	struct attachment *found = NULL;

	list_for_each(l, next, &o->attachments)
	{
		struct attachment *a = list_entry(l, struct attachment, link);
		if (xid_equals(&a->branch->xid, xid))
			found = a;
	}
	return found;
}

struct attachment *opened_active(struct opened *o)
{
	struct attachment *found = NULL;

	list_for_each(l, next, &o->attachments)
	{
		struct attachment *a = list_entry(l, struct attachment, link);
		if (!a->is_suspended)
			found = a;
	}
	return found;
}

struct attachment *attachment_new(struct opened *o, struct branch *b)
{
	struct attachment *a = calloc(1, sizeof(*a));

	if (!a)
		return NULL;
	branch_ref(b);
	a->branch = b;
	list_push_front(&o->attachments, &a->link);
	return a;
}

void attachment_free(struct attachment *a)
{
	list_remove(&a->link);
	branch_unref(a->branch);
	free(a);
}

static struct digest arguments_of(const struct connecting *c)
{
	struct hasher h;

	hasher_init(&h, hash_process_key());
	hasher_add_u64(&h, (uint64_t)c->login.kind << 1 | c->login.is_wide);
	hasher_add_u64(&h, (uint64_t)c->dbc->env->shell);
	hasher_add(&h, c->string.data, c->string.len);
	hasher_add(&h, c->user.data, c->user.len);
	return hasher_finish(&h);
}

/* As resource_identify(), but reading no file for what was asked before. */
static bool identify(struct xa_thread *t, struct connecting *c, struct digest *ret_identity)
{
	struct known_connect known = {.arguments = arguments_of(c), .generation = ini_generation()};

	for (unsigned i = 0; i < KNOWN_CONNECTS; i++) {
		const struct known_connect *k = &t->known[i];
		if (k->generation != known.generation || k->generation == 0 ||
			!digest_equal(&k->arguments, &known.arguments))
			continue;
		*ret_identity = k->identity;
		return true;
	}
	if (!resource_identify(c, &known.identity))
		return false;
	known.generation = c->resolved.generation;
	t->known[t->next_known++ % KNOWN_CONNECTS] = known;
	*ret_identity = known.identity;
	return true;
}

/*
 * Which of the thread's branches a connect joins: that of the resource manager opened last, should
 * two lead to the same data source.
 */
static struct transaction *find(const struct thread_transaction *joining, struct connecting *c)
{
	struct xa_thread *t = container_of(joining, struct xa_thread, joining);
	struct transaction *found = NULL;
	struct digest identity;

	if (!identify(t, c, &identity)) {
		diag_clear(&c->diag); /* the connect itself will find and say the same */
		return NULL;
	}
	list_for_each(l, next, &t->opened)
	{
		struct opened *o = list_entry(l, struct opened, link);
		struct attachment *a = opened_active(o);
		if (!found && a && digest_equal(&o->resource->identity, &identity))
			found = a->branch->transaction;
	}
	return found;
}

void xa_thread_join(struct xa_thread *t)
{
	bool is_in_branch = false;

	t->joining.find = find;
	list_for_each(l, next, &t->opened)
	{
		is_in_branch |= opened_active(list_entry(l, struct opened, link)) != NULL;
	}
	transaction_set_thread(is_in_branch ? &t->joining : NULL);
}

/* The sessions are the parent's: not a word on them. What refers to them stays in memory. */
void xa_thread_after_fork_in_child(void)
{
	static struct xa_thread *inherited;

	if (!mine)
		return;
	inherited = mine;
	(void)inherited;
	mine = NULL;
	pthread_setspecific(key, NULL);
	transaction_set_thread(NULL);
}
