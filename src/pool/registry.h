/* SPDX-License-Identifier: MIT */
#ifndef POOL_REGISTRY_H
#define POOL_REGISTRY_H
/*
 * All pools of a process, by key; the one place where pools are made and disappear.
 *
 * A borrow looks its key up here and goes on in the pool. The registry also owns the housekeeper
 * and the workers, closes everything at exit, and survives fork.
 *
 * Locks:     one mutex (LOCK_RANK_REGISTRY), taken before a pool's.
 * Ownership: registry_new() gives it to the caller, who never frees it while a thread may borrow.
 */
#include "base/hash.h"
#include "base/trace.h"
#include "conf/key.h"
#include "conf/settings.h"
#include "pool/pool.h"
#include "pool/pool_driver.h"

#include <stdbool.h>
#include <sys/types.h>

/* Who has had a connection for long. */
struct borrow_holder {
	pid_t thread;
	usec_t since;
};

enum { BORROW_HOLDERS = 8 };

/*
 * Where pools count, and who is told what numbers do not say. Never called with a lock held, never
 * by two threads at a time for one pool that is being freed.
 */
struct pool_books {
	/* What is counted by no pool of the moment. All 0 again in a forked child, before
	 * registry_after_fork_in_child(). */
	struct tally *departed;
	/* The pool of this tally is gone, or was never made. */
	void (*release)(struct tally *t);
	void (*note_login_error)(struct tally *t, const struct diag *diag);
	/* Longest first. */
	void (*note_holders)(
		struct tally *t, const struct borrow_holder *holders, unsigned count, usec_t now);
};

/* What the registry needs from outside, so that tests can bring their own. */
struct registry_env {
	const struct clock *clock;
	/* False: no threads are made; tests call registry_sweep() and registry_work() themselves.
	 */
	bool with_threads;
	/* Called by the housekeeper about once a second, without locks (may be NULL). */
	void (*every_second)(void);
	/* Is the calling thread the only one of the application? NULL: counted in /proc/self/task.
	 */
	bool (*is_only_thread)(void);
	const struct pool_books *books; /* NULL: pools count in private memory */
};

/* What a new pool is made of. */
struct pool_spec {
	const struct settings *settings; /* copied */
	const char *name;
	const struct pool_driver *driver;
	void *ctx; /* taken over; freed through driver->free_ctx, also when registry_add fails */
	const struct trace *trace;
	struct tally *tally;	  /* all 0, taken over like ctx; NULL if there are no books */
	struct digest sections;	  /* content of the ini sections it was made from */
	unsigned long generation; /* of the ini files then */
	struct key_parts parts;	  /* to explain misses */
	/*
	 * Do not let borrowers stand in line (the driver manager's Threading=3): a thread that
	 * waits keeps every other out of SQLDisconnect.
	 */
	bool may_not_wait;
	bool is_exempt_host; /* from the blocking period, when PoolBlockingPeriod=Auto */
};

struct registry *registry_new(const struct registry_env *env);

/*
 * Borrow a connection from the pool of `key`. POOL_UNKNOWN when there is none, or when `generation`
 * is newer than what the pool was made from: resolve the connect anew, registry_add(), and call
 * again.
 */
must_use enum pool_rc registry_borrow(struct registry *r, const struct digest *key,
	unsigned long generation, const struct borrow_request *request, struct borrow *ret_borrow,
	struct diag *reterr);

/*
 * Make the pool of `key`, unless another thread just did. When one exists whose sections are the
 * same it only learns the new generation; when they differ it is retired (idle ones closed, others
 * when they come back) and a new one takes its place. False: no memory.
 */
must_use bool registry_add(
	struct registry *r, const struct digest *key, const struct pool_spec *spec);

/*
 * Steering from outside. PAUSE: borrowers stand in line, each within its own deadline, and idle
 * connections stay; nothing is refilled. DISABLE: borrowers, those in line included, get
 * POOL_DISABLED and are to connect past the pool; idle connections are closed, those in use when
 * they come back. A pool that is both is paused. RESUME and ENABLE end that.
 */
enum pool_order { POOL_CLEAR, POOL_PAUSE, POOL_RESUME, POOL_DISABLE, POOL_ENABLE };

/* Give an order to the pool that counts at `of`, or to all, those yet to come included (NULL).
 * Returns how many there are. */
unsigned registry_order(struct registry *r, enum pool_order order, const struct tally *of);
/* What holds for pools yet to come. */
struct registry_state {
	bool is_paused, is_disabled;
};
struct registry_state registry_get_state(struct registry *r);

/* Clear the pools with this name, or all of them (NULL). Returns how many; see pool_clear(). */
unsigned registry_clear_named(struct registry *r, const char *name);

/*
 * Transactions across all pools; see enlist.h. A transaction that nobody is enlisted in is unknown,
 * and then nothing happens.
 */
/*
 * It is about to be ended: no borrow gets a connection of it any more, those that wait for one are
 * told that it has ended.
 */
void registry_seal_transaction(struct registry *r, const struct transaction_id *id);
/* Undo that. */
void registry_unseal_transaction(struct registry *r, const struct transaction_id *id);
/*
 * Take one of its parked connections in hand, unvalidated, to do something on it; pool_return()
 * gives it back: RETURN_ENLISTED parks it again, else it leaves the transaction. False: none is
 * parked.
 */
must_use bool registry_take_parked(
	struct registry *r, const struct transaction_id *id, struct borrow *ret_borrow);
/* How many of its connections are in use, or were taken in hand, and how many are parked. */
void registry_count_enlisted(struct registry *r, const struct transaction_id *id,
	unsigned *ret_in_use, unsigned *ret_parked);
/*
 * The transaction has ended. Its parked connections go to the common part of their pools by way of
 * a reset, those in use when they come back; who waits for one is told; the id may be used anew.
 * False: it was unknown.
 */
bool registry_end_transaction(struct registry *r, const struct transaction_id *id);

/* Count what concerns no pool: a connect that went past them, a transaction branch. */
void registry_note_unpooled(struct registry *r);
void registry_note_prepared(struct registry *r);
void registry_note_recovered(struct registry *r);

/* Counters and gauges of the process, pools that have vanished included. */
void registry_get_counters(struct registry *r, struct counter_values *ret);

/* One round of the housekeeper's decisions; gives the time when it wants to be called next. */
usec_t registry_sweep(struct registry *r);
/* Carry out one piece of work that a sweep or a return has queued. False: there is none. */
bool registry_work(struct registry *r);

/* Close everything within CloseTimeout, see closing.c. Later borrows fail with POOL_CLOSED.
 * Idempotent. */
void registry_shutdown(struct registry *r);

/* For pthread_atfork. In the child every connection of the parent is forgotten, none is closed. */
void registry_before_fork(struct registry *r);
void registry_after_fork_in_parent(struct registry *r);
void registry_after_fork_in_child(struct registry *r);

#endif
