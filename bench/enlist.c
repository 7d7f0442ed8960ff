/* SPDX-License-Identifier: MIT */
/*
 * What a transaction's own parked connection costs the engine, with a driver that does nothing:
 * enlist_borrow_ns is a borrow that gets it and a return that parks it again, among a hundred other
 * transactions of the pool; enlist_reference_ns is an ordinary borrow and return, measured in turn.
 */
#include "bench/nothing.h"
#include "bench/samples.h"
#include "pool/enlist.h"

#include <stdio.h>
#include <stdlib.h>

enum { ROUNDS = 11, CYCLES = 200000, OTHERS = 100 };

static struct registry *registry;
static struct digest key;

static void cycle(const struct transaction_id *id)
{
	struct borrow_request request = {.deadline = USEC_INFINITY,
		.opener = registry,
		.transaction = id,
		.is_on_one_session = true};
	struct diag diag = DIAG_EMPTY;
	struct borrow b;

	check(registry_borrow(registry, &key, 0, &request, &b, &diag) == POOL_OK,
		"a borrow failed");
	pool_return(&b, id ? RETURN_ENLISTED : RETURN_REUSABLE, NULL);
}

static double time_cycles(const struct transaction_id *id)
{
	double began = now_ns();

	for (int i = 0; i < CYCLES; i++)
		cycle(id);
	return (now_ns() - began) / CYCLES;
}

int main(void)
{
	static char names[OTHERS][64]; /* as long as an XID may be */
	double own[ROUNDS], ordinary[ROUNDS];
	struct transaction_id id;

	registry = nothing_registry();
	key = nothing_key("enlist", 0);
	nothing_add_pool(registry, &key, 0);
	for (int i = 0; i < OTHERS; i++) {
		snprintf(names[i], sizeof(names[i]), "transaction %d", i);
		id = transaction_id(names[i], sizeof(names[i]));
		cycle(&id);
	}
	id = transaction_id(names[OTHERS / 2], sizeof(names[0]));
	cycle(NULL);
	for (int i = 0; i < ROUNDS; i++) {
		ordinary[i] = time_cycles(NULL);
		own[i] = time_cycles(&id);
	}
	print_figure("enlist_reference_ns", quantile(ordinary, ROUNDS, 0.5), "ns");
	print_figure("enlist_borrow_ns", quantile(own, ROUNDS, 0.5), "ns");
	registry_shutdown(registry);
	return EXIT_SUCCESS;
}
