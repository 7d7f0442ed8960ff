/* SPDX-License-Identifier: MIT */
#ifndef TESTS_POOL_HARNESS_H
#define TESTS_POOL_HARNESS_H
/*
 * A registry on a fake clock and a fake driver, and short words for what tests do with it.
 *
 * Tests set what they need in `h.settings` before the first borrow of a pool. Without threads the
 * test is its own housekeeper (sweep()) and worker (work()).
 */
#include "base/diag.h"
#include "pool/enlist.h"
#include "pool/registry.h"
#include "support/fake_clock.h"
#include "support/fake_driver_ops.h"
#include "support/run.h"

#include <pthread.h>
#include <sched.h>

#define SECOND USEC_PER_SEC

struct harness {
	const struct clock *time; /* the fake one, or the machine's */
	struct fake_clock clock;
	struct fake_driver driver;
	struct settings settings;
	struct registry *registry;
	_Atomic unsigned seconds; /* the housekeeper's rounds, with threads of the engine's own */
	bool is_only_thread;	  /* what the registry is told */
	bool is_exempt_host;
	bool may_not_wait;
	bool is_on_one_session; /* of the transactions that are borrowed for */
	struct digest sections; /* of the pools made from now on */
	unsigned long generation;
	const struct trace *trace;
	struct tally *(*claim_tally)(void); /* with books: for the pools made from now on */
	struct diag diag;		    /* of the last borrow that failed */
};

extern struct harness h;

/*
 * Fixtures: no threads and a clock that jumps; client threads and a clock that is moved; the
 * engine's own threads, and a clock that is moved or the machine's.
 */
void harness_setup(void);
void harness_setup_shared(void);
/* As the first; the test gives pools their tallies with h.claim_tally. */
void harness_setup_with_books(const struct pool_books *books);
void harness_setup_with_threads(void);
void harness_setup_real(void);
void harness_teardown(void);

/* Borrow from the pool named so, which is made at need. */
enum pool_rc try_borrow(const char *pool, usec_t timeout, struct borrow *ret_borrow);
/* The same, and it must succeed. */
struct borrow take(const char *pool);
/* From a pool that may have no other, where failed logins are not remembered. */
struct borrow take_the_only_one(void);
/* For the transaction named so; h.is_on_one_session says of which kind it is. */
enum pool_rc try_borrow_in(
	const char *pool, const char *transaction, usec_t timeout, struct borrow *ret_borrow);
struct borrow take_in(const char *pool, const char *transaction);
struct transaction_id id_named(const char *transaction);
/* Give back to its transaction. */
void park(struct borrow *b);
void assert_parked(const char *transaction, unsigned n);
/* And all the work that follows. False: it was not known. */
bool end_of(const char *transaction);
void give(struct borrow *b);
void give_as(struct borrow *b, enum return_verdict verdict);
unsigned id_of(const struct borrow *b);
struct pool_numbers numbers(struct pool *p);
struct counter_values counters(void);
void advance(usec_t by);
/* One sweep, and all the work that is queued then. */
void sweep(void);
/* All queued work. Gives the number of pieces. */
unsigned work(void);
/* The same on a thread, to be joined. */
pthread_t work_aside(void);
/* Message of a record of the last failed borrow, or "". */
const char *message(size_t record);
struct digest key_of(const char *pool);
unsigned next_random(unsigned *state);

/* A thread that borrows. */
struct client {
	pthread_t thread;
	const char *pool;
	const char *transaction; /* or NULL */
	usec_t timeout;
	enum pool_rc rc;
	struct borrow borrow;
	struct diag diag;
	_Atomic bool is_done;
};

void client_start(struct client *c, const char *pool, usec_t timeout);
void client_start_in(struct client *c, const char *pool, const char *transaction, usec_t timeout);
void client_join(struct client *c);
/* Other threads get there by themselves; only a bug makes this loop long. */
#define AWAIT(condition)                                                                           \
	do {                                                                                       \
		long tries = 0;                                                                    \
		while (!(condition)) {                                                             \
			ck_assert_msg(++tries < 50000000, "never came true: " #condition);         \
			sched_yield();                                                             \
		}                                                                                  \
	} while (0)

/* Until so many stand in line, wait at the fake driver's gate, ... Fails after a long time. */
void await_waiting(struct pool *p, unsigned n);
void await_line(unsigned n); /* in the lines of all pools together */
void await_at_gate(unsigned n);
void await_idle(struct pool *p, unsigned n);
void await_done(struct client *c);

#endif
