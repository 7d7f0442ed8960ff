/* SPDX-License-Identifier: MIT */
#include "pool/threads.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static _Thread_local pid_t cached_id;
static _Thread_local bool is_ours;

/* Counted by the threads themselves, so that none is counted that does not exist yet. */
static _Atomic unsigned ours_created; /* by who starts them; a little ahead of ours_started */
static _Atomic unsigned ours_started;
static _Atomic unsigned ours_ended;

pid_t thread_id(void)
{
	if (unlikely(!cached_id))
		cached_id = (pid_t)syscall(SYS_gettid);
	return cached_id;
}

void thread_get_name(pid_t thread, char *ret_name, size_t size)
{
	char path[64];
	int fd;
	ssize_t n = 0;

	snprintf(path, sizeof(path), "/proc/self/task/%d/comm", (int)thread);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		n = read(fd, ret_name, size - 1);
		close(fd);
	}
	if (n < 0)
		n = 0;
	if (n > 0 && ret_name[n - 1] == '\n')
		n--;
	ret_name[n] = '\0';
}

bool thread_has_ended(pid_t thread)
{
	return syscall(SYS_tgkill, getpid(), thread, 0) != 0 && errno == ESRCH;
}

bool thread_is_only_one(void)
{
	struct stat st;

	/* One that exists and has not counted itself yet would pass for the application's. */
	while (atomic_load(&ours_created) != atomic_load(&ours_started))
		sched_yield();
	unsigned started = atomic_load(&ours_started);
	unsigned ended = atomic_load(&ours_ended);

	/* A directory's link count is two more than the number of directories in it. */
	if (stat("/proc/self/task", &st) != 0)
		return false;
	if (atomic_load(&ours_started) != started || atomic_load(&ours_ended) != ended)
		return false;
	return st.st_nlink == 2 + 1 + (started - ended);
}

struct start {
	const char *name;
	void (*main)(void *);
	void *arg;
};

/*
 * Woken for a reset, the thread would else take the processor from the application that has just
 * returned the connection. Where it is not allowed nothing is lost but time.
 */
static void give_way_to_application(void)
{
	struct sched_param none = {.sched_priority = 0};

	if (sched_getscheduler(0) == SCHED_OTHER)
		sched_setscheduler(0, SCHED_BATCH | SCHED_RESET_ON_FORK, &none);
}

static void *run(void *arg)
{
	struct start s = *(struct start *)arg;

	free(arg);
	is_ours = true;
	atomic_fetch_add(&ours_started, 1);
	pthread_setname_np(pthread_self(), s.name);
	give_way_to_application();
	s.main(s.arg);
	atomic_fetch_add(&ours_ended, 1);
	return NULL;
}

bool thread_start(const char *name, size_t stack_size, void (*main)(void *), void *arg)
{
	struct start *s = malloc(sizeof(*s));
	pthread_attr_t attr;
	sigset_t all, before;
	pthread_t thread;
	int err;

	if (!s)
		return false;
	*s = (struct start){.name = name, .main = main, .arg = arg};
	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&attr, stack_size);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	atomic_fetch_add(&ours_created, 1);
	err = pthread_create(&thread, &attr, run, s);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&attr);
	if (err != 0) {
		atomic_fetch_sub(&ours_created, 1);
		free(s);
	}
	return err == 0;
}

bool thread_is_ours(void)
{
	return is_ours;
}

void threads_after_fork_in_child(void)
{
	cached_id = 0;
	/* A worker whose driver forks counts as one of the child's application. */
	is_ours = false;
	atomic_store(&ours_created, 0);
	atomic_store(&ours_started, 0);
	atomic_store(&ours_ended, 0);
}
