/* SPDX-License-Identifier: MIT */
#include "support/trace_file.h"

#include "support/run.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char path[64];
static char text[65536];

const struct trace *trace_file_open(enum trace_level level)
{
	const struct trace *t;
	int fd;

	strcpy(path, "/tmp/odbcpool-test-XXXXXX");
	fd = mkstemp(path);
	ck_assert_int_ge(fd, 0);
	close(fd);
	t = trace_sink(level, path);
	ck_assert_ptr_nonnull(t);
	return t;
}

void trace_file_remove(void)
{
	unlink(path);
}

const char *trace_file_text(void)
{
	int fd = open(path, O_RDONLY);
	ssize_t n = read(fd, text, sizeof(text) - 1);

	close(fd);
	text[n > 0 ? n : 0] = '\0';
	return text;
}

int trace_file_count(const char *what)
{
	int n = 0;

	for (const char *at = trace_file_text(); (at = strstr(at, what)); at++)
		n++;
	return n;
}
