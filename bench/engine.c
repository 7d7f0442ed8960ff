/* SPDX-License-Identifier: MIT */
/*
 * What the engine alone costs, with a driver that does nothing: one line a figure,
 * name<TAB>value<TAB>unit, medians. reference_loop_ns is what this machine needs for the locks and
 * clock readings of a cycle, measured in the same run: compare the others with it.
 *
 *	engine [UNCOUNTED]    all figures; UNCOUNTED is this program over an uncounted engine
 *	engine cycle          the nanoseconds of a cycle, and nothing else
 */
#include "bench/nothing.h"
#include "bench/samples.h"

#include <malloc.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { ROUNDS = 11, CYCLES = 200000 };

static struct registry *registry;

static void block_for_us(long us)
{
	struct timespec ts = {.tv_nsec = us * 1000};

	nanosleep(&ts, NULL);
}

/* A registry of its own for each figure, so that none disturbs another. */
static void new_registry(void)
{
	registry = nothing_registry();
}

static void add_pool(const struct digest *key, int64_t size)
{
	nothing_add_pool(registry, key, size);
}

static void borrow(const struct digest *key, struct borrow *b)
{
	static const struct borrow_request request = {.deadline = USEC_INFINITY};
	struct diag diag = DIAG_EMPTY;

	check(registry_borrow(registry, key, 0, &request, b, &diag) == POOL_OK, "a borrow failed");
}

static void cycle(const struct digest *key)
{
	struct borrow b;

	borrow(key, &b);
	pool_return(&b, RETURN_REUSABLE, NULL);
}

static double time_cycles(const struct digest *keys, int key_count)
{
	double began = now_ns();

	for (int i = 0, k = 0; i < CYCLES; i++) {
		cycle(&keys[k]);
		if (++k == key_count)
			k = 0;
	}
	return (now_ns() - began) / CYCLES;
}

static double reference_loop(void)
{
	static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
	double began = now_ns();
	usec_t sum = 0;

	for (int i = 0; i < CYCLES; i++) {
		pthread_mutex_lock(&m);
		sum += clock_now_coarse(&clock_real);
		pthread_mutex_unlock(&m);
		pthread_mutex_lock(&m);
		sum += clock_now_coarse(&clock_real);
		pthread_mutex_unlock(&m);
	}
	check(sum != 0, "the clock stands still");
	return (now_ns() - began) / CYCLES;
}

static void *cycles_main(void *arg)
{
	double *ret_ns = malloc(sizeof(*ret_ns));

	check(ret_ns != NULL, "no memory");
	*ret_ns = time_cycles(arg, 1);
	return ret_ns;
}

/* Each thread's time for one cycle while the other does the same on the same pool. */
static double two_threads(const struct digest *key)
{
	pthread_t threads[2];
	double sum = 0;

	for (int i = 0; i < 2; i++)
		check(pthread_create(&threads[i], NULL, cycles_main, (void *)key) == 0,
			"no thread");
	for (int i = 0; i < 2; i++) {
		void *ns;
		pthread_join(threads[i], &ns);
		sum += *(double *)ns;
		free(ns);
	}
	return sum / 2;
}

enum { MANY_POOLS = 10000, MANY_CONNS = 1000 };

static void bench_cycles(void)
{
	static struct digest many[MANY_POOLS];
	struct digest one = nothing_key("one", 0), busy = nothing_key("busy", 0);
	double reference[ROUNDS], alone[ROUNDS], two[ROUNDS], conns[ROUNDS], pools[ROUNDS],
		round_robin[ROUNDS];

	new_registry();
	struct registry *plain = registry;
	add_pool(&one, 100);
	add_pool(&busy, 0);
	for (int i = 0; i < MANY_CONNS; i++) {
		struct borrow kept;
		borrow(&busy, &kept);
	}
	new_registry();
	struct registry *crowded = registry;
	for (int i = 0; i < MANY_POOLS; i++) {
		many[i] = nothing_key("many", i);
		add_pool(&many[i], 100);
		cycle(&many[i]);
	}
	for (int i = 0; i < ROUNDS; i++) {
		reference[i] = reference_loop();
		registry = plain;
		alone[i] = time_cycles(&one, 1);
		conns[i] = time_cycles(&busy, 1);
		two[i] = two_threads(&one);
		registry = crowded;
		pools[i] = time_cycles(&many[MANY_POOLS / 2], 1);
		round_robin[i] = time_cycles(many, MANY_POOLS);
	}
	print_figure("reference_loop_ns", quantile(reference, ROUNDS, 0.5), "ns");
	print_figure("engine_cycle_ns", quantile(alone, ROUNDS, 0.5), "ns");
	print_figure("engine_cycle_2t_ns", quantile(two, ROUNDS, 0.5), "ns");
	print_figure("engine_pools_10000_cycle_ns", quantile(pools, ROUNDS, 0.5), "ns");
	print_figure("engine_pools_10000_round_robin_ns", quantile(round_robin, ROUNDS, 0.5), "ns");
	print_figure("engine_conns_1000_cycle_ns", quantile(conns, ROUNDS, 0.5), "ns");
	registry_shutdown(plain);
	registry_shutdown(crowded);
}

enum { HANDOFFS = 2000 };

static struct digest handoff_key;
static _Atomic double given_at;
static _Atomic bool is_handoff_over;

static void *handoff_main(void *arg)
{
	double *latencies = arg;

	for (int i = 0; i < HANDOFFS;) {
		struct borrow b;
		borrow(&handoff_key, &b);
		double latency = (now_ns() - atomic_load(&given_at)) / 1000;
		if (b.waited > 0)
			latencies[i++] = latency;
		pool_return(&b, RETURN_REUSABLE, NULL);
		block_for_us(20);
	}
	atomic_store(&is_handoff_over, true);
	return NULL;
}

static unsigned waiting(struct pool *p)
{
	struct pool_numbers n;

	pool_get_numbers(p, &n);
	return n.waiting;
}

/* From the call that gives a connection back until the one who waited for it has it. */
static void bench_handoff(void)
{
	static double latencies[HANDOFFS];
	pthread_t thread;

	new_registry();
	handoff_key = nothing_key("handoff", 0);
	add_pool(&handoff_key, 1);
	struct borrow b;
	borrow(&handoff_key, &b);
	check(pthread_create(&thread, NULL, handoff_main, latencies) == 0, "no thread");
	while (!atomic_load(&is_handoff_over)) {
		if (waiting(b.pool) == 0) {
			block_for_us(20);
			continue;
		}
		atomic_store(&given_at, now_ns());
		pool_return(&b, RETURN_REUSABLE, NULL);
		borrow(&handoff_key, &b);
	}
	pool_return(&b, RETURN_REUSABLE, NULL);
	pthread_join(thread, NULL);
	print_figure("wait_handoff_us", quantile(latencies, HANDOFFS, 0.5), "us");
	registry_shutdown(registry);
}

struct storm {
	int threads;
	int borrows;
	long hold_us;
	struct digest key;
	double *waits; /* in us, of borrows that queued; threads x borrows */
	_Atomic size_t wait_count;
	_Atomic int64_t held_ns;
	pthread_barrier_t start;
};

static void *storm_main(void *arg)
{
	struct storm *s = arg;

	pthread_barrier_wait(&s->start);
	for (int i = 0; i < s->borrows; i++) {
		struct borrow b;
		borrow(&s->key, &b);
		double got = now_ns();
		if (b.waited > 0)
			s->waits[atomic_fetch_add(&s->wait_count, 1)] = (double)b.waited;
		block_for_us(s->hold_us);
		atomic_fetch_add(&s->held_ns, (int64_t)(now_ns() - got));
		pool_return(&b, RETURN_REUSABLE, NULL);
	}
	return NULL;
}

static double run_storm(struct storm *s, int connections)
{
	pthread_t *threads = calloc((size_t)s->threads, sizeof(*threads));
	pthread_attr_t attr;

	s->waits = calloc((size_t)s->threads * (size_t)s->borrows, sizeof(*s->waits));
	check(threads && s->waits, "no memory");
	new_registry();
	s->key = nothing_key("storm", connections);
	add_pool(&s->key, connections);
	pthread_barrier_init(&s->start, NULL, (unsigned)s->threads + 1);
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, (size_t)64 * 1024);
	for (int i = 0; i < s->threads; i++)
		check(pthread_create(&threads[i], &attr, storm_main, s) == 0, "no thread");
	pthread_barrier_wait(&s->start);
	double began = now_ns();
	for (int i = 0; i < s->threads; i++)
		pthread_join(threads[i], NULL);
	double took = (now_ns() - began) / 1e9;
	pthread_barrier_destroy(&s->start);
	registry_shutdown(registry);
	free(threads);
	return took;
}

enum { STORMS = 3 };

static void bench_storms(void)
{
	double thousand[STORMS], fairness[STORMS], few[STORMS], ideal[STORMS];

	for (int i = 0; i < STORMS; i++) {
		struct storm a = {.threads = 1000, .borrows = 100, .hold_us = 200};
		thousand[i] = run_storm(&a, 20);
		size_t n = atomic_load(&a.wait_count);
		check(n > 0, "nobody had to wait");
		double median = quantile(a.waits, n, 0.5);
		fairness[i] = quantile(a.waits, n, 0.99) / median;
		free(a.waits);
		struct storm b = {.threads = 64, .borrows = 200, .hold_us = 500};
		few[i] = run_storm(&b, 8);
		ideal[i] = (double)atomic_load(&b.held_ns) / 8 / 1e9;
		free(b.waits);
	}
	print_figure("storm_1000_threads_s", quantile(thousand, STORMS, 0.5), "s");
	print_figure("storm_p99_over_median", quantile(fairness, STORMS, 0.5), "ratio");
	print_figure("storm_64_on_8_s", quantile(few, STORMS, 0.5), "s");
	print_figure("storm_64_on_8_ideal_s", quantile(ideal, STORMS, 0.5), "s");
}

/* What an idle connection costs the engine; the real driver's own memory comes on top. */
static void bench_memory(void)
{
	enum { N = 1000 };
	static struct borrow all[N];
	struct digest key = nothing_key("memory", 0);

	new_registry();
	add_pool(&key, 0);
	size_t before = mallinfo2().uordblks;
	for (int i = 0; i < N; i++)
		borrow(&key, &all[i]);
	for (int i = 0; i < N; i++)
		pool_return(&all[i], RETURN_REUSABLE, NULL);
	print_figure("idle_connection_bytes", (double)(mallinfo2().uordblks - before) / N, "bytes");
	registry_shutdown(registry);
}

/* What `program cycle` says. */
static double cycle_of(const char *program)
{
	char command[4096];
	double ns = 0;
	FILE *f;

	snprintf(command, sizeof(command), "'%s' cycle", program);
	f = popen(command, "r");
	check(f && fscanf(f, "%lf", &ns) == 1, "the other engine says nothing");
	pclose(f);
	return ns;
}

/* The least of many short runs, of which some are not disturbed by anything. */
static void print_cycle(void)
{
	enum { RUNS = 500, CYCLES_A_RUN = 2000 };
	struct digest one = nothing_key("one", 0);
	double least = 1e9;

	new_registry();
	add_pool(&one, 100);
	for (int i = 0; i < RUNS; i++) {
		double began = now_ns();
		for (int k = 0; k < CYCLES_A_RUN; k++)
			cycle(&one);
		double took = (now_ns() - began) / CYCLES_A_RUN;
		if (took < least)
			least = took;
	}
	printf("%.2f\n", least);
}

/* In turns, and the least of each: whatever else the machine does can only add. */
static void bench_counting(const char *self, const char *uncounted)
{
	double with[ROUNDS], without[ROUNDS];

	for (int i = 0; i < ROUNDS; i++) {
		with[i] = cycle_of(self);
		without[i] = cycle_of(uncounted);
	}
	print_figure("stats_ns", quantile(with, ROUNDS, 0) - quantile(without, ROUNDS, 0), "ns");
}

int main(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "cycle") == 0) {
		print_cycle();
		return EXIT_SUCCESS;
	}
	bench_memory();
	bench_cycles();
	bench_handoff();
	bench_storms();
	if (argc > 1)
		bench_counting(argv[0], argv[1]);
	return EXIT_SUCCESS;
}
