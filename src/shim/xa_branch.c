/* SPDX-License-Identifier: MIT */
#include "shim/xa_branch.h"

#include "base/lock.h"

#include <stdlib.h>

enum { BUCKETS = 256 };

static struct {
	struct mutex lock;
	struct list buckets[BUCKETS]; /* lock */
	unsigned count;		      /* lock */
} table;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void empty_table(void)
{
	for (int i = 0; i < BUCKETS; i++)
		list_init(&table.buckets[i]);
	table.count = 0;
}

static void setup(void)
{
	mutex_init(&table.lock, LOCK_RANK_XA);
	empty_table();
}

static void table_lock(void)
{
	pthread_once(&once, setup);
	mutex_lock(&table.lock);
}

static void table_unlock(void)
{
	mutex_unlock(&table.lock);
}

/* Only this process's transaction manager chooses XIDs: no keyed hash is needed. */
static struct list *bucket_of_locked(const XID *xid)
{
	unsigned hash = 0;

	for (long i = 0; i < xid->gtrid_length + xid->bqual_length; i++)
		hash = 31 * hash + (unsigned char)xid->data[i];
	return &table.buckets[hash % BUCKETS];
}

static struct branch *find_locked(const struct digest *identity, const XID *xid)
{
	struct branch *found = NULL;

	mutex_assert_held(&table.lock);
	list_for_each(l, next, bucket_of_locked(xid))
	{
		struct branch *b = list_entry(l, struct branch, link);
		if (xid_equals(&b->xid, xid) && digest_equal(&b->identity, identity))
			found = b;
	}
	return found;
}

struct branch *branch_new(
	const struct digest *identity, const XID *xid, const struct xa_dialect *dialect)
{
	struct branch *b = calloc(1, sizeof(*b));

	if (!b)
		return NULL;
	list_init(&b->link);
	b->refs = 1;
	b->identity = *identity;
	b->xid = *xid;
	b->dialect = dialect;
	return b;
}

void branch_ref(struct branch *b)
{
	table_lock();
	b->refs++;
	table_unlock();
}

void branch_unref(struct branch *b)
{
	if (!b)
		return;
	table_lock();
	bool is_last = --b->refs == 0;
	table_unlock();
	if (!is_last)
		return;
	transaction_unref(b->transaction);
	free(b->session_name);
	free(b);
}

/* What xa_start(TMNOFLAGS) makes. */
static int add_locked(struct branch *fresh)
{
	mutex_assert_held(&table.lock);
	if (table.count >= BRANCHES_MAX)
		return XAER_RMERR;
	list_push_back(bucket_of_locked(&fresh->xid), &fresh->link);
	table.count++;
	fresh->refs++;
	return XA_OK;
}

static void remove_locked(struct branch *b)
{
	mutex_assert_held(&table.lock);
	list_remove(&b->link);
	table.count--;
	b->refs--; /* the call at work has another one */
}

static int enter_locked(const struct branch_call *call, struct branch **ret_branch)
{
	struct branch *b = find_locked(call->identity, call->xid);
	struct xa_view view = {.mine = call->mine, .has_other = call->has_other};

	if (b) {
		view.state = b->state;
		view.suspended = b->suspended;
		view.is_at_work = b->is_at_work;
	}
	int code = xa_judge(call->verb, call->flags, &view);
	if (code == XA_OK && !b && call->verb == XA_START) {
		b = call->fresh;
		code = add_locked(b);
	}
	if (code != XA_OK)
		return code;
	*ret_branch = b;
	if (b) {
		b->is_at_work = true;
		b->refs++;
	}
	return XA_OK;
}

int branch_enter(const struct branch_call *call, struct branch **ret_branch)
{
	table_lock();
	int code = enter_locked(call, ret_branch);
	table_unlock();
	return code;
}

void branch_leave(struct branch *b, enum branch_state state)
{
	table_lock();
	b->is_at_work = false;
	b->state = state;
	if (state == BRANCH_NONE)
		remove_locked(b);
	table_unlock();
	branch_unref(b);
}

void branch_note_suspended(struct branch *b, int change)
{
	table_lock();
	b->suspended += (unsigned)change;
	table_unlock();
}

static bool is_free_and_in_doubt(const struct branch *b, const struct digest *identity)
{
	return !b->is_at_work && b->is_in_doubt && digest_equal(&b->identity, identity);
}

struct branch *branch_enter_in_doubt(const struct digest *identity)
{
	struct branch *found = NULL;

	table_lock();
	for (int i = 0; i < BUCKETS && !found; i++) {
		list_for_each(l, next, &table.buckets[i])
		{
			struct branch *b = list_entry(l, struct branch, link);
			if (!found && is_free_and_in_doubt(b, identity))
				found = b;
		}
	}
	if (found) {
		found->is_at_work = true;
		found->refs++;
	}
	table_unlock();
	return found;
}

void branches_before_fork(void)
{
	pthread_once(&once, setup);
	mutex_hold_for_fork(&table.lock);
}

void branches_after_fork_in_parent(void)
{
	mutex_release_after_fork(&table.lock);
}

/* The parent's branches stay where they are, untouched: nothing of them is the child's. */
void branches_after_fork_in_child(void)
{
	mutex_reinit_after_fork(&table.lock);
	empty_table();
}
