/* SPDX-License-Identifier: MIT */
/*
 * Every interleaving of three threads on a pool of two.
 *
 * The threads are coroutines that run the engine's own code. They give way wherever a thread could
 * be overtaken: before a borrow, in line, inside each driver call, while holding a connection. What
 * lies between is done under the pool's lock. A scheduler decides who goes on and how the step ends
 * (a login fails, a connection is dead, a wait is over, a dead peer took all the time), and runs
 * all decisions there are, one schedule after another; the worker's steps are among them.
 */
#include "pool/harness.h"

#include "base/counters.h"
#include "pool/registry_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>

#if defined(__SANITIZE_THREAD__)
#include <sanitizer/tsan_interface.h>
#endif

enum { FIBERS = 3, SLOTS = 2, STACK = 128 * 1024, STEPS_MAX = 200 };

enum place {
	AT_START,
	IN_LINE,
	IN_OPEN,
	IN_CHECK, /* is_alive */
	IN_CLOSE,
	HOLDING,
	ENDED,
};

struct fiber {
	ucontext_t context;
	void *tsan;
	int tsan_uses;
	enum place place;
	bool goes_well; /* the scheduler's answer to where it stands */
	bool is_out_of_time;
	struct waiter *waiter; /* IN_LINE */
	bool is_known_served;  /* an earlier step has served it */
	long ticket;	       /* its turn in the line: smaller is earlier */
	enum pool_rc rc;
};

/* One decision of a schedule: which of the possible moves was made. */
struct decision {
	int chosen;
	int possible;
};

static struct fiber fibers[FIBERS];
static char stacks[FIBERS][STACK];
static ucontext_t scheduler;
static void *scheduler_tsan;
static struct fiber *running; /* NULL: the scheduler itself */
static struct decision schedule[STEPS_MAX];
static int depth;
static int faults_left;
static long next_ticket, next_early_ticket;
static struct pool *pool;
static unsigned alive, opened, closed;
/* All fibers but the last borrow for one transaction, which may end once at any moment. */
static enum { NO_TRANSACTION, ON_MANY_SESSIONS, ON_ONE_SESSION } sharing;
static bool may_end;
static struct registry registry; /* that the pool is in, as far as transactions need one */

pid_t __wrap_thread_id(void); /* each fiber is a thread of its own */
pid_t __wrap_thread_id(void)
{
	return running ? (pid_t)(running - fibers) + 1 : FIBERS + 1;
}

static void switch_to(ucontext_t *from, ucontext_t *to, void *to_tsan)
{
#if defined(__SANITIZE_THREAD__)
	__tsan_switch_to_fiber(to_tsan, 0);
#else
	(void)to_tsan;
#endif
	ck_assert_int_eq(swapcontext(from, to), 0);
}

/* Give way here; the answer says how the step ends. Outside a fiber everything goes well. */
static bool give_way(enum place place)
{
	struct fiber *f = running;

	if (!f)
		return true;
	f->place = place;
	switch_to(&f->context, &scheduler, scheduler_tsan);
	return f->goes_well;
}

static usec_t model_now(const struct clock *c)
{
	(void)c;
	return running && running->is_out_of_time ? 2000 : 1000;
}

/* The only condition that fibers wait for is their turn in line. */
static bool model_wait_until(
	const struct clock *c, struct cond *cond, struct mutex *held, usec_t deadline)
{
	struct fiber *f = running;

	(void)c;
	(void)deadline;
	ck_assert_ptr_nonnull(f);
	f->waiter = container_of(cond, struct waiter, served);
	f->is_known_served = false;
	f->ticket = f->waiter->has_had_its_turn ? --next_early_ticket : ++next_ticket;
	mutex_unlock(held);
	bool is_woken = give_way(IN_LINE);
	f->is_out_of_time = !is_woken;
	mutex_lock(held);
	f->waiter = NULL;
	return is_woken;
}

static const struct clock model_clock = {
	.now = model_now, .now_coarse = model_now, .wait_until = model_wait_until};

static bool model_open(
	void *ctx, void *opener, usec_t deadline, void **ret_conn, struct diag *reterr)
{
	(void)ctx;
	(void)opener;
	(void)deadline;
	alive++;
	ck_assert_uint_le(alive, SLOTS);
	if (!give_way(IN_OPEN)) {
		alive--;
		diag_add(reterr, "28000", 1, "model", "no");
		return false;
	}
	opened++;
	*ret_conn = &alive;
	return true;
}

static bool model_is_alive(void *ctx, void *conn, usec_t idle_for, usec_t deadline)
{
	(void)ctx;
	(void)conn;
	(void)idle_for;
	(void)deadline;
	return give_way(IN_CHECK);
}

static bool model_reset(void *ctx, void *conn, usec_t deadline)
{
	(void)ctx;
	(void)conn;
	(void)deadline;
	return true;
}

static bool model_close(void *ctx, void *conn, enum close_mode mode)
{
	(void)ctx;
	(void)conn;
	(void)mode;
	give_way(IN_CLOSE);
	alive--;
	closed++;
	return true;
}

static void model_free_ctx(void *ctx)
{
	(void)ctx;
}

static const struct pool_driver model_driver = {
	.open = model_open,
	.is_alive = model_is_alive,
	.reset = model_reset,
	.close = model_close,
	.free_ctx = model_free_ctx,
};

static bool somebody_else_exists(void)
{
	return false;
}

/* One thread of the application: borrow, hold, give back. */
static void fiber_main(void)
{
	struct transaction_id id = id_named("t1");
	struct borrow_request request = {
		.deadline = 1500, .opener = &id, .is_on_one_session = sharing == ON_ONE_SESSION};
	struct diag diag = DIAG_EMPTY;
	struct borrow b;

	if (sharing != NO_TRANSACTION && running != &fibers[FIBERS - 1])
		request.transaction = &id;
	mutex_lock(&pool->lock);
	running->rc = pool_borrow_locked(pool, &request, &b, &diag);
	diag_clear(&diag);
	if (running->rc == POOL_OK)
		pool_return(&b,
			!give_way(HOLDING)    ? RETURN_DEAD
			: request.transaction ? RETURN_ENLISTED
					      : RETURN_REUSABLE,
			"the model");
	running->place = ENDED;
	switch_to(&running->context, &scheduler, scheduler_tsan);
}

static void fiber_init(struct fiber *f, char *stack)
{
	*f = (struct fiber){.place = AT_START, .tsan = f->tsan, .tsan_uses = f->tsan_uses};
	ck_assert_int_eq(getcontext(&f->context), 0);
	f->context.uc_stack.ss_sp = stack;
	f->context.uc_stack.ss_size = STACK;
	makecontext(&f->context, fiber_main, 0);
#if defined(__SANITIZE_THREAD__)
	/* A new one is dear; in an old one the frames in which its fibers have ended pile up. */
	if (f->tsan_uses++ % 1000 != 0)
		return;
	if (f->tsan)
		__tsan_destroy_fiber(f->tsan);
	f->tsan = __tsan_create_fiber(0);
#endif
}

static void go_on(struct fiber *f, bool goes_well, bool is_late)
{
	f->goes_well = goes_well;
	f->is_out_of_time |= is_late;
	running = f;
	switch_to(&scheduler, &f->context, f->tsan);
	running = NULL;
}

/* What may happen next: `fiber` goes on, well or not; or, without a fiber, a worker does a piece.
 */
struct move {
	struct fiber *fiber;
	bool goes_well;
	bool is_late; /* its deadline has passed meanwhile */
	bool is_end;  /* the transaction ends */
};

static int list_moves(struct engine *engine, struct move *moves)
{
	int n = 0;

	for (int i = 0; i < FIBERS; i++) {
		struct fiber *f = &fibers[i];
		bool may_go_wrong = faults_left > 0;
		switch (f->place) {
		case AT_START:
			/* The fibers are alike: in which order they begin makes no difference. */
			if (i > 0 && fibers[i - 1].place == AT_START &&
				(sharing == NO_TRANSACTION || i < FIBERS - 1))
				break;
			moves[n++] = (struct move){f, .goes_well = true};
			break;
		case IN_CLOSE:
			moves[n++] = (struct move){f, .goes_well = true};
			break;
		case IN_LINE:
			/* Waking for nothing changes nothing; running out of time may happen
			 * always. */
			if (f->waiter->grant != GRANT_NONE)
				moves[n++] = (struct move){f, .goes_well = true};
			moves[n++] = (struct move){f, .goes_well = false};
			break;
		case IN_CHECK:
			if (may_go_wrong)
				moves[n++] = (struct move){f, .goes_well = false, .is_late = true};
			/* fall through */
		case IN_OPEN:
		case HOLDING:
			moves[n++] = (struct move){f, .goes_well = true};
			if (may_go_wrong)
				moves[n++] = (struct move){f, .goes_well = false};
			break;
		case ENDED:
			break;
		}
	}
	if (!list_is_empty(&engine->workers.queue))
		moves[n++] = (struct move){.goes_well = true};
	if (may_end)
		moves[n++] = (struct move){.is_end = true};
	return n;
}

/* Who has just been served had nobody before it in line; a transaction's line is another. */
static void assert_first_come_first_served(void)
{
	if (sharing != NO_TRANSACTION)
		return;
	for (int i = 0; i < FIBERS; i++) {
		struct fiber *served = &fibers[i];
		if (served->place != IN_LINE || served->waiter->grant == GRANT_NONE ||
			served->is_known_served)
			continue;
		served->is_known_served = true;
		for (int k = 0; k < FIBERS; k++) {
			struct fiber *other = &fibers[k];
			ck_assert(other->place != IN_LINE || other->waiter->grant != GRANT_NONE ||
				  other->ticket > served->ticket);
		}
	}
}

/* While nobody runs: nothing lies about that somebody waits for. */
static void assert_sound(void)
{
	mutex_lock(&pool->lock);
	ck_assert_uint_le(pool->entries.total, SLOTS);
	if (pool->line.count > 0) {
		ck_assert(list_is_empty(&pool->entries.idle));
		ck_assert(
			!policy_may_open(&pool->limits, &pool->entries, pool->blocking.is_failing));
	}
	mutex_unlock(&pool->lock);
	assert_first_come_first_served();
}

static void assert_balanced(struct engine *engine)
{
	while (workers_run_one(&engine->workers))
		;
	ck_assert_uint_eq(pool->users, 0);
	ck_assert_uint_eq(pool->line.count, 0);
	ck_assert_uint_eq(pool->entries.total, pool->entries.counts[ENTRY_IDLE]);
	ck_assert_uint_eq(opened, closed + pool->entries.total);
	ck_assert_uint_eq(alive, pool->entries.total);
	ck_assert_uint_eq(pool->tally->counters.hard_connects, opened);
	ck_assert_uint_eq(pool->tally->counters.hard_disconnects, closed);
	ck_assert_uint_eq(
		pool->tally->counters.soft_connects, pool->tally->counters.soft_disconnects);
}

static void empty_pool(struct engine *engine)
{
	pool_clear(pool);
	while (workers_run_one(&engine->workers))
		;
	pool_free(pool);
}

static void end_transaction(void)
{
	struct transaction_id id = id_named("t1");

	registry_end_transaction(&registry, &id);
}

/* Before the schedule begins, outside every fiber. */
static void leave_one_idle(void)
{
	struct borrow_request request = {.deadline = 1500};
	struct diag diag = DIAG_EMPTY;
	struct borrow b;

	mutex_lock(&pool->lock);
	ck_assert_int_eq(pool_borrow_locked(pool, &request, &b, &diag), POOL_OK);
	pool_return(&b, RETURN_REUSABLE, NULL);
}

/* Run one schedule: as decided so far, then the first possible move each time. */
static void run_schedule(const struct pool_spec *spec, int faults, bool begins_idle)
{
	struct engine *engine = &registry.engine;
	struct digest key = key_of("model");
	struct move moves[3 * FIBERS + 2];
	int step = 0, n;

	registry = (struct registry){
		.engine = {.clock = &model_clock, .is_only_thread = somebody_else_exists}};
	mutex_init(&registry.lock, LOCK_RANK_REGISTRY);
	list_init(&registry.pools);
	workers_init(&engine->workers, &model_clock, false);
	reaper_init(&engine->reaper, NULL, &engine->workers, NULL);
	pool = pool_new(engine, &key, spec);
	ck_assert_ptr_nonnull(pool);
	list_push_back(&registry.pools, &pool->link);
	may_end = sharing != NO_TRANSACTION;
	alive = opened = closed = 0;
	next_ticket = next_early_ticket = 0;
	faults_left = faults;
	if (begins_idle)
		leave_one_idle();
	for (int i = 0; i < FIBERS; i++)
		fiber_init(&fibers[i], stacks[i]);
	while ((n = list_moves(engine, moves)) > 0) {
		ck_assert_int_lt(step, STEPS_MAX);
		if (step == depth)
			schedule[depth++] = (struct decision){0, n};
		ck_assert_int_eq(schedule[step].possible, n);
		struct move m = moves[schedule[step++].chosen];
		if (m.is_end) {
			may_end = false;
			end_transaction();
		} else if (m.fiber) {
			if (!m.goes_well && m.fiber->place != IN_LINE)
				faults_left--;
			go_on(m.fiber, m.goes_well, m.is_late);
		} else {
			workers_run_one(&engine->workers);
		}
		assert_sound();
	}
	for (int i = 0; i < FIBERS; i++)
		ck_assert_int_eq(fibers[i].place, ENDED);
	end_transaction();
	assert_balanced(engine);
	ck_assert_uint_eq(atomic_load(&pool->enlistments.count), 0);
	empty_pool(engine);
}

/* The next schedule in order: the last decision that has a move left takes it. */
static bool next_schedule(void)
{
	while (depth > 0 && schedule[depth - 1].chosen + 1 == schedule[depth - 1].possible)
		depth--;
	if (depth == 0)
		return false;
	schedule[depth - 1].chosen++;
	return true;
}

static long run_all(int faults, int max_opening, bool begins_idle)
{
	struct settings s;
	long runs = 0;

	settings_init(&s);
	s.max_pool_size = SLOTS;
	s.max_opening = max_opening;
	s.pool_blocking_period = BLOCKING_NEVER;
	struct pool_spec spec = {
		.settings = &s, .name = "model", .driver = &model_driver, .trace = &trace_off};
#if defined(__SANITIZE_THREAD__)
	scheduler_tsan = __tsan_get_current_fiber();
#endif
	depth = 0;
	do {
		run_schedule(&spec, faults, begins_idle);
		runs++;
	} while (next_schedule());
	settings_done(&s);
	fprintf(stderr, "model: %ld schedules with at most %d faults, MaxOpening %d\n", runs,
		faults, max_opening);
	return runs;
}

START_TEST(no_schedule_without_faults_breaks_the_line)
{
	ck_assert_int_gt(run_all(0, 8, false), 300);
}
END_TEST

START_TEST(no_schedule_with_faults_loses_a_slot_or_breaks_the_line)
{
	ck_assert_int_gt(run_all(2, 8, false), 10000);
}
END_TEST

START_TEST(nor_does_one_with_single_logins)
{
	ck_assert_int_gt(run_all(1, 1, _i), 10000);
}
END_TEST

START_TEST(nor_does_one_in_which_two_share_a_transaction)
{
	sharing = _i;
	ck_assert_int_gt(run_all(getenv("ODBCPOOL_SOAK") ? 1 : 0, 8, false), 1000);
}
END_TEST

Suite *test_suite(void)
{
	Suite *s = suite_create("pool/model");
	TCase *t = tcase_create("model");

	tcase_set_timeout(t, 600);
	tcase_add_test(t, no_schedule_without_faults_breaks_the_line);
	tcase_add_test(t, no_schedule_with_faults_loses_a_slot_or_breaks_the_line);
	tcase_add_loop_test(t, nor_does_one_with_single_logins, 0, 2);
	tcase_add_loop_test(t, nor_does_one_in_which_two_share_a_transaction, ON_MANY_SESSIONS,
		ON_ONE_SESSION + 1);
	suite_add_tcase(s, t);
	return s;
}
