/* SPDX-License-Identifier: MIT */
#include "shim/transaction.h"

#include "dbms/source.h"
#include "shim/library.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* How long a holder sleeps at most before it looks again for connections on their way. */
#define LOOK_AGAIN (5 * USEC_PER_MSEC)

static struct {
	struct mutex lock;
	struct cond changed; /* a state, or who is bound */
	struct list all;     /* that have not ended */
	struct list inherited;
} table;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static _Thread_local const struct thread_transaction *of_thread;

static void setup(void)
{
	mutex_init(&table.lock, LOCK_RANK_TRANSACTION);
	cond_init(&table.changed);
	list_init(&table.all);
	list_init(&table.inherited);
}

static void lock(void)
{
	pthread_once(&once, setup);
	mutex_lock(&table.lock);
}

static void unlock(void)
{
	mutex_unlock(&table.lock);
}

static void wait_for_change(void)
{
	cond_wait_until(&table.changed, &table.lock, clock_now(&clock_real) + LOOK_AGAIN);
}

static struct transaction *find_locked(enum transaction_kind kind, const void *id, size_t len)
{
	mutex_assert_held(&table.lock);
	list_for_each(l, next, &table.all)
	{
		struct transaction *t = list_entry(l, struct transaction, link);
		const char *bytes = t->id.data;
		if (t->kind == kind && t->id.len == len + 1 && memcmp(bytes + 1, id, len) == 0)
			return t;
	}
	return NULL;
}

static struct transaction *transaction_new(enum transaction_kind kind, const void *id, size_t len,
	const struct transaction_ops *ops, void *context)
{
	struct transaction *t = calloc(1, sizeof(*t) + 1 + len);
	char *bytes;

	if (!t)
		return NULL;
	bytes = (char *)(t + 1);
	bytes[0] = (char)('a' + kind);
	memcpy(bytes + 1, id, len);
	list_init(&t->link);
	list_init(&t->bound);
	t->kind = kind;
	t->ops = ops;
	t->context = context;
	t->id = transaction_id(bytes, len + 1);
	atomic_init(&t->state, TRANSACTION_ACTIVE);
	return t;
}

struct transaction *transaction_get(enum transaction_kind kind, const void *id, size_t len,
	const struct transaction_ops *ops, void *context)
{
	struct transaction *made = transaction_new(kind, id, len, ops, context);
	struct transaction *t;

	if (!made)
		return NULL;
	lock();
	t = find_locked(kind, id, len);
	if (!t) {
		t = made;
		made = NULL;
		list_push_back(&table.all, &t->link);
		t->refs++;
	}
	t->refs++;
	unlock();
	free(made);
	return t;
}

struct transaction *transaction_find(enum transaction_kind kind, const void *id, size_t len)
{
	struct transaction *t;

	lock();
	t = find_locked(kind, id, len);
	if (t)
		t->refs++;
	unlock();
	return t;
}

struct transaction *transaction_ref(struct transaction *t)
{
	lock();
	t->refs++;
	unlock();
	return t;
}

/* One that nothing ever joined is forgotten with its last user. */
static void unref_locked(struct transaction *t)
{
	mutex_assert_held(&table.lock);
	t->refs--;
	if (t->refs == 1 && !list_is_empty(&t->link) && !t->has_had_session &&
		t->kind != TRANSACTION_BRANCH) {
		list_remove(&t->link);
		t->refs--;
	}
	if (t->refs == 0)
		free(t);
}

void transaction_unref(struct transaction *t)
{
	if (!t)
		return;
	lock();
	unref_locked(t);
	unlock();
}

static bool is_over(int state)
{
	return state != TRANSACTION_ACTIVE && state != TRANSACTION_HELD;
}

bool transaction_has_ended(const struct transaction *t)
{
	return is_over(atomic_load(&t->state));
}

int transaction_settled_state(struct dbc *d)
{
	lock();
	mutex_lock(&d->lock);
	const struct transaction *t = d->transaction;
	int state = t ? atomic_load(&t->state) : TRANSACTION_ACTIVE;
	mutex_unlock(&d->lock);
	unlock();
	return state;
}

static bool has_busy_statement(struct dbc *d)
{
	bool is_busy = false;

	mutex_lock(&d->lock);
	list_for_each(l, next, &d->stmts)
	{
		struct stmt *s = list_entry(l, struct stmt, link);
		is_busy |= atomic_load(&s->needs_data) || atomic_load(&s->is_in_call);
	}
	mutex_unlock(&d->lock);
	return is_busy;
}

static bool is_busy_locked(struct transaction *t)
{
	mutex_assert_held(&table.lock);
	list_for_each(l, next, &t->bound)
	{
		if (has_busy_statement(list_entry(l, struct dbc, transaction_link)))
			return true;
	}
	return false;
}

static enum transaction_hold hold_locked(struct transaction *t)
{
	int state = atomic_load(&t->state);

	mutex_assert_held(&table.lock);
	if (is_over(state))
		return HOLD_ENDED;
	if (state == TRANSACTION_HELD)
		return HOLD_TAKEN;
	/* First the state, then the marks; a call does the reverse. */
	atomic_store(&t->state, TRANSACTION_HELD);
	if (!is_busy_locked(t))
		return HOLD_OK;
	atomic_store(&t->state, TRANSACTION_ACTIVE);
	return HOLD_BUSY;
}

enum transaction_hold transaction_hold(struct transaction *t)
{
	enum transaction_hold rc;

	lock();
	rc = hold_locked(t);
	unlock();
	if (rc == HOLD_OK)
		registry_seal_transaction(library_registry(), &t->id);
	return rc;
}

void transaction_release(struct transaction *t)
{
	registry_unseal_transaction(library_registry(), &t->id);
	lock();
	atomic_store(&t->state, TRANSACTION_ACTIVE);
	cond_broadcast(&table.changed);
	unlock();
}

/* Until every connection of it is either parked or bound to a handle that stays. */
static void await_stillness_locked(struct transaction *t)
{
	unsigned in_use, parked;

	mutex_assert_held(&table.lock);
	for (;;) {
		registry_count_enlisted(library_registry(), &t->id, &in_use, &parked);
		if (t->in_transit == 0 && in_use <= t->bound_count)
			return;
		wait_for_change();
	}
}

/* Take what is parked in hand, all of it, so that each is visited once. */
static bool visit_parked(
	struct transaction *t, const struct transaction_visit *v, unsigned *ret_visited)
{
	unsigned in_use, parked;
	bool goes_on = true;

	registry_count_enlisted(library_registry(), &t->id, &in_use, &parked);
	/* A transaction on one session can be ended when there is no memory, too. */
	struct borrow only, *taken = parked <= 1 ? &only : calloc(parked, sizeof(*taken));
	unsigned n = 0;
	if (!taken)
		return false;
	while (n < parked && registry_take_parked(library_registry(), &t->id, &taken[n]))
		n++;
	for (unsigned i = 0; i < n; i++) {
		if (goes_on) {
			goes_on = v->visit(t, taken[i].conn, NULL, v->arg);
			++*ret_visited;
		}
		pool_return(&taken[i], RETURN_ENLISTED, "in its transaction");
	}
	if (taken != &only)
		free(taken);
	return goes_on;
}

bool transaction_for_each_session(
	struct transaction *t, const struct transaction_visit *visit, unsigned *ret_visited)
{
	unsigned visited = 0;
	bool goes_on;

	lock_assert_none_held();
	lock();
	t->is_visited = true;
	await_stillness_locked(t);
	unlock();
	goes_on = visit_parked(t, visit, &visited);
	/* Nobody comes or goes, so the list needs no lock. */
	list_for_each(l, next, &t->bound)
	{
		struct dbc *d = list_entry(l, struct dbc, transaction_link);
		if (!goes_on)
			break;
		/* d->session follows only when the connect is over. */
		goes_on = visit->visit(t, d->borrow.conn, d, visit->arg);
		visited++;
	}
	lock();
	t->is_visited = false;
	cond_broadcast(&table.changed);
	unlock();
	*ret_visited = visited;
	return goes_on;
}

void transaction_end(struct transaction *t, enum transaction_state outcome)
{
	lock();
	bool was_over = is_over(atomic_load(&t->state));
	if (!was_over) {
		atomic_store(&t->state, outcome);
		t->refs++;
		list_remove(&t->link);
		unref_locked(t);
		cond_broadcast(&table.changed);
	}
	unlock();
	if (was_over)
		return;
	/* The id may be used anew from here on. */
	registry_end_transaction(library_registry(), &t->id);
	lock();
	unref_locked(t);
	unlock();
}

void transaction_await_visit(struct transaction *t)
{
	lock();
	while (t->is_visited)
		wait_for_change();
	unlock();
}

bool transaction_is_lost(struct transaction *t)
{
	lock();
	bool is_lost = t->is_lost;
	unlock();
	return is_lost;
}

bool transaction_was_joined(struct transaction *t)
{
	lock();
	bool was_joined = t->has_had_session;
	unlock();
	return was_joined;
}

bool transaction_begin_join(struct transaction *t)
{
	lock();
	bool may_join = atomic_load(&t->state) == TRANSACTION_ACTIVE && !t->is_lost;
	if (may_join) {
		t->in_transit++;
		t->has_had_session = true;
	}
	unlock();
	return may_join;
}

void transaction_end_join(struct transaction *t, struct dbc *d)
{
	lock();
	t->in_transit--;
	if (d) {
		t->refs++;
		t->bound_count++;
		list_push_back(&t->bound, &d->transaction_link);
	}
	cond_broadcast(&table.changed);
	unlock();
}

void transaction_turned_away(void)
{
	lock();
	cond_broadcast(&table.changed);
	unlock();
}

bool transaction_begin_leave(struct transaction *t, struct dbc *d)
{
	lock();
	while (t->is_visited)
		wait_for_change();
	list_remove(&d->transaction_link);
	t->bound_count--;
	t->in_transit++;
	bool goes_on = !is_over(atomic_load(&t->state));
	unlock();
	return goes_on;
}

void transaction_end_leave(struct transaction *t)
{
	lock();
	t->in_transit--;
	unref_locked(t);
	cond_broadcast(&table.changed);
	unlock();
}

void transaction_note_lost(struct transaction *t)
{
	lock();
	t->is_lost = true;
	unlock();
}

void transaction_set_thread(const struct thread_transaction *t)
{
	of_thread = t;
}

const struct thread_transaction *transaction_of_thread(void)
{
	return of_thread;
}

void transactions_before_fork(void)
{
	pthread_once(&once, setup);
	mutex_hold_for_fork(&table.lock);
}

void transactions_after_fork_in_parent(void)
{
	mutex_release_after_fork(&table.lock);
}

void transactions_after_fork_in_child(void)
{
	mutex_release_after_fork(&table.lock);
	cond_init(&table.changed);
	/* Kept in sight, so that they are no leak; the parent ends them. */
	list_take_all(&table.inherited, &table.all);
	of_thread = NULL;
}
