/* SPDX-License-Identifier: MIT */
#include "driver/awaited.h"

#include "base/compiler.h"

#include <poll.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

/* FreeTDS polls two, one of them a pipe. */
#define POLLED_MAX 16

/* Those whose first argument is the descriptor. */
static const long on_one[] = {
	SYS_read,
	SYS_recvfrom,
	SYS_recvmsg,
	SYS_write,
	SYS_sendto,
	SYS_sendmsg,
	SYS_connect,
};

static bool is_poll(long call)
{
#ifdef SYS_poll
	if (call == SYS_poll)
		return true;
#endif
	return call == SYS_ppoll;
}

/* The list lies in the thread's memory, which may change or go: read as another process would. */
static bool polls(unsigned long list, unsigned long count, int fd)
{
	struct pollfd polled[POLLED_MAX];
	struct iovec to = {polled, (count < POLLED_MAX ? count : POLLED_MAX) * sizeof(*polled)};
	struct iovec from = {(void *)list, to.iov_len};
	ssize_t len = process_vm_readv(getpid(), &to, 1, &from, 1, 0);

	for (size_t i = 0; len > 0 && i < (size_t)len / sizeof(*polled); i++)
		if (polled[i].fd == fd)
			return true;
	return false;
}

bool awaited_is(pid_t thread, int fd)
{
	unsigned long first = 0, second = 0;
	long call = -1;
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/task/%d/syscall", (int)thread);
	FILE *f = fopen(path, "re");
	if (!f)
		return false;
	int read = fscanf(f, "%ld %lx %lx", &call, &first, &second);
	fclose(f);
	if (read != 3)
		return false;
	if (is_poll(call))
		return polls(first, second, fd);
	for (size_t i = 0; i < array_size(on_one); i++)
		if (call == on_one[i])
			return (int)first == fd;
	return false;
}
