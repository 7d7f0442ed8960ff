/* SPDX-License-Identifier: MIT */
#include "bench/side.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define MAX_ARGUMENTS 6

double work_uncounted_ns;

static bool write_all(int fd, const void *data, size_t len)
{
	for (const char *at = data; len;) {
		ssize_t done = write(fd, at, len);
		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return false;
		at += done;
		len -= (size_t)done;
	}
	return true;
}

static bool read_all(int fd, void *data, size_t len)
{
	for (char *at = data; len;) {
		ssize_t done = read(fd, at, len);
		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return false;
		at += done;
		len -= (size_t)done;
	}
	return true;
}

/* Never returns: becomes the process that serves. */
static void become_side(int in, int out, const char *folder, const char *const *arguments)
{
	char *argv[MAX_ARGUMENTS + 2] = {"bench"}, file[4096];

	for (size_t i = 0; i < MAX_ARGUMENTS && arguments[i]; i++)
		argv[i + 1] = (char *)arguments[i];
	if (folder) {
		snprintf(file, sizeof(file), "%s/odbc.ini", folder);
		setenv("ODBCSYSINI", folder, 1);
		setenv("ODBCINI", file, 1);
	}
	dup2(in, STDIN_FILENO);
	dup2(out, STDOUT_FILENO);
	execv("/proc/self/exe", argv);
	perror("bench: exec");
	_exit(127);
}

bool side_start(struct side *s, const char *folder, const char *const *arguments)
{
	int requests[2], answers[2];

	if (pipe2(requests, O_CLOEXEC) < 0)
		return false;
	if (pipe2(answers, O_CLOEXEC) < 0) {
		close(requests[0]);
		close(requests[1]);
		return false;
	}
	s->pid = fork();
	if (s->pid == 0)
		become_side(requests[0], answers[1], folder, arguments);
	close(requests[0]);
	close(answers[1]);
	s->to = requests[1];
	s->from = answers[0];
	return s->pid > 0;
}

bool side_sample(struct side *s, unsigned count, struct samples *to)
{
	double ns;

	if (!write_all(s->to, &count, sizeof(count)))
		return false;
	for (unsigned i = 0; i < count; i++)
		if (!read_all(s->from, &ns, sizeof(ns)) || !samples_add(to, ns))
			return false;
	return true;
}

void side_stop(struct side *s)
{
	if (s->pid <= 0)
		return;
	close(s->to);
	close(s->from);
	while (waitpid(s->pid, NULL, 0) < 0 && errno == EINTR)
		continue;
	s->pid = 0;
}

static bool take_sample(const struct work *w, double *ret_ns)
{
	double start = now_ns();

	work_uncounted_ns = 0;
	for (unsigned i = 0; i < w->calls; i++)
		if (!w->run())
			return false;
	*ret_ns = (now_ns() - start - work_uncounted_ns) / w->calls;
	return true;
}

int side_serve(const struct work *w, char **arguments)
{
	struct samples batch = {0};
	unsigned count;
	bool is_well = w->open(arguments);

	if (!is_well)
		return EXIT_FAILURE;
	/* Answered at the end of the batch: the parent sleeps while this measures. */
	while (is_well && read_all(STDIN_FILENO, &count, sizeof(count))) {
		double ns;
		batch.count = 0;
		while (is_well && count--)
			is_well = take_sample(w, &ns) && samples_add(&batch, ns);
		is_well = is_well &&
			  write_all(STDOUT_FILENO, batch.ns, batch.count * sizeof(*batch.ns));
	}
	samples_done(&batch);
	w->close();
	return is_well ? EXIT_SUCCESS : EXIT_FAILURE;
}
