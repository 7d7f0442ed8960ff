/* SPDX-License-Identifier: MIT */
/*
 * A borrow for a transaction: its own parked connection as it is, else any other, which joins.
 *
 * Where the transaction lives on one session the first borrower claims it and brings the
 * connection; all others stand in the transaction's own line until that one is parked.
 */
#include "pool/pool_internal.h"

#include "pool/threads.h"

#include <stddef.h>
#include <stdlib.h>

enum step {
	STEP_TOOK,    /* attempt.waiter.entry was parked, and is ours now */
	STEP_CLAIMED, /* bring another connection */
	STEP_FAILED,  /* attempt.rc says why */
};

struct attempt {
	struct pool *pool;
	const struct borrow_request *request;
	usec_t deadline;
	struct enlistment *enl;	  /* a reference, once it is looked up */
	struct enlistment *spare; /* to become `enl` where the transaction is new */
	struct waiter waiter;	  /* in the line of `enl` */
	enum pool_rc rc;
	usec_t waited;
};

static void look_up_locked(struct attempt *a)
{
	struct pool *p = a->pool;

	mutex_assert_held(&p->lock);
	if (a->enl)
		return;
	a->enl = enlistments_find(&p->enlistments, a->request->transaction);
	if (a->enl) {
		a->enl->refs++;
	} else {
		enlistments_add(&p->enlistments, a->spare);
		a->enl = a->spare;
		a->spare = NULL;
	}
}

static enum step fail(struct attempt *a, enum pool_rc rc)
{
	a->rc = rc;
	return STEP_FAILED;
}

/* What can be done without waiting? False: nothing. */
static bool look_locked(struct attempt *a, enum step *ret_step)
{
	struct pool *p = a->pool;
	struct enlistment *enl = a->enl;

	mutex_assert_held(&p->lock);
	*ret_step = STEP_TOOK;
	if (p->is_closed) {
		*ret_step = fail(a, POOL_CLOSED);
	} else if (enl->is_sealed) {
		*ret_step = fail(a, POOL_TRANSACTION_ENDED);
	} else if ((a->waiter.entry = pool_take_parked_locked(
			    p, enl, a->waiter.thread, clock_now_coarse(p->clock)))) {
		return true;
	} else if (enl->is_lost) {
		*ret_step = fail(a, POOL_TRANSACTION_LOST);
	} else if (!enl->is_on_one_session || (!enl->is_claimed && enl->in_use == 0)) {
		/* Without an opener (pool_borrow_again) nobody can bring one. */
		if (!a->request->opener) {
			*ret_step = fail(a, POOL_UNKNOWN);
			return true;
		}
		enl->is_claimed = enl->is_on_one_session;
		enl->holder = a->waiter.thread;
		*ret_step = STEP_CLAIMED;
	} else if (enl->holder == a->waiter.thread || p->limits.may_not_wait) {
		*ret_step = fail(a, POOL_TRANSACTION_HERE);
	} else {
		return false;
	}
	return true;
}

/* Until there is something to be done. */
static enum step look_or_wait_locked(struct attempt *a)
{
	struct pool *p = a->pool;
	struct waiter *w = &a->waiter;
	enum step step;

	mutex_assert_held(&p->lock);
	look_up_locked(a);
	while (!look_locked(a, &step)) {
		usec_t since = clock_now(p->clock);
		waitq_join_locked(&a->enl->line, w);
		bool is_served = pool_wait_locked(p, w, a->deadline);
		if (unlikely(pool_is_inherited(p)))
			return fail(a, POOL_CLOSED);
		a->waited += clock_now(p->clock) - since;
		if (!is_served) {
			waitq_leave_locked(&a->enl->line, w);
			counter_add(&p->tally->counters.timeouts, 1);
			return fail(a, POOL_TIMED_OUT);
		}
		if (w->grant == GRANT_ENTRY)
			return STEP_TOOK;
		w->has_had_its_turn = true;
	}
	return step;
}

static enum step look_or_wait(struct attempt *a)
{
	enum step step;

	pool_lock(a->pool);
	step = look_or_wait_locked(a);
	pool_unlock(a->pool);
	return step;
}

/* The claim ends: the session is there, or somebody else may try. */
static void end_claim_locked(struct attempt *a)
{
	mutex_assert_held(&a->pool->lock);
	a->enl->is_claimed = false;
	if (a->enl->is_on_one_session && a->enl->in_use == 0)
		pool_wake_for_transaction_locked(a->pool, a->enl, GRANT_LOOK_AGAIN);
}

/* Any connection, which joins the transaction. */
static enum pool_rc bring(struct attempt *a, struct borrow *ret_borrow, struct diag *reterr)
{
	struct pool *p = a->pool;
	struct borrow_request request = {.deadline = a->deadline, .opener = a->request->opener};
	struct borrow b;
	enum pool_rc rc;
	bool is_late = false;

	pool_lock(p);
	rc = pool_borrow_any_locked(p, &request, a->enl, &b, reterr);
	if (pool_is_inherited(p))
		return rc;
	pool_lock(p);
	end_claim_locked(a);
	if (rc == POOL_OK) {
		b.is_continued = b.entry->enlistment == a->enl;
		is_late = !b.is_continued && a->enl->is_sealed;
		if (!b.is_continued && !is_late)
			pool_enlist_entry_locked(p, b.entry, a->enl, a->waiter.thread);
	}
	pool_unlock(p);
	if (is_late) {
		pool_return(&b, RETURN_REUSABLE, NULL);
		report_enlisted(p, POOL_TRANSACTION_ENDED, reterr);
		return POOL_TRANSACTION_ENDED;
	}
	if (rc == POOL_OK) {
		b.is_enlisted = true;
		b.waited += a->waited;
		*ret_borrow = b;
	}
	return rc;
}

/* False: what was parked is dead, and the pool has one user more. */
static bool use_parked(
	struct pool *p, struct entry *e, usec_t deadline, usec_t waited, struct borrow *ret_borrow)
{
	if (unlikely(!pool_validate(p, e, IDLE_FOR_PARKED, deadline))) {
		pool_drop_closed(p, e);
		return false;
	}
	pool_fill_borrow(p, e, true, waited, ret_borrow);
	ret_borrow->is_enlisted = true;
	ret_borrow->is_continued = true;
	return true;
}

static enum pool_rc borrow_by(struct attempt *a, struct borrow *ret_borrow, struct diag *reterr)
{
	for (;;) {
		switch (look_or_wait(a)) {
		case STEP_TOOK:
			if (use_parked(
				    a->pool, a->waiter.entry, a->deadline, a->waited, ret_borrow))
				return POOL_OK;
			pool_unuse(a->pool);
			break;
		case STEP_CLAIMED:
			return bring(a, ret_borrow, reterr);
		case STEP_FAILED:
			report_enlisted(a->pool, a->rc, reterr);
			return a->rc;
		}
	}
}

/* Ends a use. */
static enum pool_rc borrow_slowly(struct pool *p, const struct borrow_request *request,
	usec_t deadline, struct borrow *ret_borrow, struct diag *reterr)
{
	struct attempt a = {
		.pool = p,
		.request = request,
		.deadline = deadline,
		.spare = enlistment_new(request->transaction, request->is_on_one_session),
	};
	enum pool_rc rc = POOL_NO_MEMORY;

	waiter_init(&a.waiter, thread_id());
	if (a.spare)
		rc = borrow_by(&a, ret_borrow, reterr);
	else
		diag_add_no_memory(reterr);
	waiter_done(&a.waiter);
	free(a.spare);
	if (pool_is_inherited(p))
		return rc;
	pool_lock(p);
	if (a.enl)
		enlistment_unref(&p->enlistments, a.enl);
	p->users--;
	pool_unlock(p);
	return rc;
}

enum pool_rc pool_borrow_enlisted_locked(struct pool *p, const struct borrow_request *request,
	struct borrow *ret_borrow, struct diag *reterr)
{
	struct enlistment *enl = enlistments_find(&p->enlistments, request->transaction);
	usec_t now = clock_now_coarse(p->clock);
	usec_t deadline = request->deadline == BORROW_DEADLINE_OF_POOL
				  ? usec_add(now, p->limits.connect_timeout)
				  : request->deadline;
	struct entry *e = NULL;

	mutex_assert_held(&p->lock);
	if (likely(enl && !enl->is_sealed))
		e = pool_take_parked_locked(p, enl, thread_id(), now);
	if (unlikely(!e))
		pool_use_locked(p);
	pool_unlock(p);
	if (unlikely(!e))
		return borrow_slowly(p, request, deadline, ret_borrow, reterr);
	if (likely(use_parked(p, e, deadline, 0, ret_borrow)))
		return POOL_OK;
	/* Whether the transaction can live without it is found out there. */
	return borrow_slowly(p, request, deadline, ret_borrow, reterr);
}
