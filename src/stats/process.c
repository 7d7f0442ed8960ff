/* SPDX-License-Identifier: MIT */
#include "stats/process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What /proc/<pid>/stat says. */
struct proc_stat {
	char state;
	long threads;
	unsigned long long start_ticks;
};

static bool read_stat(pid_t pid, struct proc_stat *ret_stat)
{
	char path[64], text[1024];
	const char *after_name;
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	text[n > 0 ? n : 0] = '\0';
	/* The name in front may hold anything, parentheses too. */
	after_name = strrchr(text, ')');
	return after_name &&
	       sscanf(after_name + 1,
		       " %c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d "
		       "%*d %*d %ld %*d %llu",
		       &ret_stat->state, &ret_stat->threads, &ret_stat->start_ticks) == 3;
}

static uint64_t inode_of(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 ? (uint64_t)st.st_ino : 0;
}

static uint64_t own_pid_namespace(void)
{
	return inode_of("/proc/self/ns/pid");
}

/* Readable for its own user only. */
static bool runs_another_program(const struct process_identity *p)
{
	char path[64];
	uint64_t inode;

	snprintf(path, sizeof(path), "/proc/%d/exe", (int)p->pid);
	inode = p->program_inode ? inode_of(path) : 0;
	return inode && inode != p->program_inode;
}

struct process_identity process_self(void)
{
	struct process_identity self = {
		.pid = getpid(),
		.pid_namespace = own_pid_namespace(),
		.program_inode = inode_of("/proc/self/exe"),
	};
	struct proc_stat stat;

	if (read_stat(self.pid, &stat))
		self.start_ticks = stat.start_ticks;
	return self;
}

bool process_has_ended(const struct process_identity *p)
{
	uint64_t here = own_pid_namespace();
	struct proc_stat stat;

	if (p->pid_namespace && here && p->pid_namespace != here)
		return false;
	if (kill(p->pid, 0) != 0 && errno == ESRCH)
		return true;
	if (!read_stat(p->pid, &stat))
		return false;
	if ((p->start_ticks && stat.start_ticks != p->start_ticks) || runs_another_program(p))
		return true;
	/* Dead, only not yet waited for. A first thread that has ended before the others looks the
	 * same but for their number. */
	return (stat.state == 'Z' || stat.state == 'X') && stat.threads <= 1;
}
