/* SPDX-License-Identifier: MIT */
#include "tool/steering.h"

#include <pthread.h>
#include <stdatomic.h>

/* They only wait, nearly all the time. */
enum { THREADS_MAX = 64 };

struct work {
	struct steered *targets;
	size_t count;
	atomic_size_t next;
};

static void send_one(struct steered *t, uint64_t pool)
{
	enum segment_result segment = SEGMENT_OK;
	unsigned affected = 0;
	enum command_result result =
		command_send(&t->process->name, t->verb, pool, t->deadline, &affected, &segment);

	t->affected += affected;
	if (result != COMMAND_OBEYED) {
		t->result = result;
		t->segment = segment;
	}
}

static void send_all(struct steered *t)
{
	t->result = COMMAND_OBEYED;
	t->segment = SEGMENT_OK;
	t->affected = 0;
	if (!t->filter->pool) {
		send_one(t, 0);
		return;
	}
	for (size_t i = 0; i < t->process->pool_count && t->result == COMMAND_OBEYED; i++)
		send_one(t, t->process->pools[i].id);
}

static void *work(void *arg)
{
	struct work *w = arg;
	size_t i;

	while ((i = atomic_fetch_add(&w->next, 1)) < w->count)
		send_all(&w->targets[i]);
	return NULL;
}

void steering_send(struct steered *targets, size_t count)
{
	struct work w = {.targets = targets, .count = count};
	pthread_t threads[THREADS_MAX];
	size_t made = 0;

	atomic_init(&w.next, 0);
	/* This thread works, too: so everything is done also when none can be made. */
	while (made < THREADS_MAX && made + 1 < count &&
		pthread_create(&threads[made], NULL, work, &w) == 0)
		made++;
	work(&w);
	while (made > 0)
		pthread_join(threads[--made], NULL);
}
