/* SPDX-License-Identifier: MIT */
#include "bench/work.h"

#include <pthread.h>
#include <time.h>

static pthread_mutex_t first = PTHREAD_MUTEX_INITIALIZER, second = PTHREAD_MUTEX_INITIALIZER;

static bool open_reference(char **arguments)
{
	(void)arguments;
	return true;
}

static bool run_reference(void)
{
	struct timespec t;

	pthread_mutex_lock(&first);
	clock_gettime(CLOCK_MONOTONIC_COARSE, &t);
	pthread_mutex_unlock(&first);
	pthread_mutex_lock(&second);
	clock_gettime(CLOCK_MONOTONIC_COARSE, &t);
	pthread_mutex_unlock(&second);
	return true;
}

static void close_reference(void)
{
}

const struct work work_reference = {
	.name = "reference",
	.arguments = 0,
	.open = open_reference,
	.run = run_reference,
	.close = close_reference,
	.calls = 10000,
};
