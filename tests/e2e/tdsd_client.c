/* SPDX-License-Identifier: MIT */
#include "tdsd_client.h"

#include "support/run.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static char answer[65536];

static void ask(const char *command)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	size_t len = 0;

	ck_assert_msg(getenv("TDSD_CONTROL") != NULL, "TDSD_CONTROL is not set");
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", getenv("TDSD_CONTROL"));
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	ck_assert_int_gt(dprintf(fd, "%s\n", command), 0);
	while (len < sizeof(answer) - 1) {
		ssize_t n = read(fd, answer + len, sizeof(answer) - 1 - len);
		if (n <= 0)
			break;
		len += (size_t)n;
		if (memchr(answer, '\n', len))
			break;
	}
	answer[len] = '\0';
	close(fd);
	ck_assert_msg(strncmp(answer, "ok", 2) == 0, "%s: %s", command, answer);
}

const char *tdsd_options(const char *more)
{
	static char text[1024];

	snprintf(text, sizeof(text), "UID=%s;PWD=%s;%s", getenv("E2E_USER"), getenv("E2E_PASSWORD"),
		more);
	return text;
}

void tdsd_tell(const char *format, ...)
{
	char command[256];
	va_list ap;

	va_start(ap, format);
	vsnprintf(command, sizeof(command), format, ap);
	va_end(ap);
	ask(command);
}

void tdsd_calm(void)
{
	ask("resume");
	ask("accept");
	ask("delay-login 0");
	ask("delay-statement 0");
}

long tdsd_count(const char *counter)
{
	char name[64];

	ask("counts");
	snprintf(name, sizeof(name), " %s=", counter);
	const char *at = strstr(answer, name);
	ck_assert_msg(at != NULL, "%s: %s", counter, answer);
	return strtol(at + strlen(name), NULL, 10);
}

long tdsd_sessions(const char *text)
{
	long count = 0;

	ask("sessions");
	for (const char *at = strstr(answer, text); at; at = strstr(at + 1, text))
		count++;
	return count;
}

long tdsd_audit_count(const char *from, const char *text)
{
	FILE *f = fopen(getenv("TDSD_AUDIT"), "r");
	char line[2048], note[256];
	bool has_begun = false;
	long count = 0;

	ck_assert_ptr_nonnull(f);
	snprintf(note, sizeof(note), "note %s\n", from);
	while (fgets(line, sizeof(line), f)) {
		count += has_begun && strstr(line, text) != NULL;
		has_begun |= strcmp(line, note) == 0;
	}
	fclose(f);
	ck_assert_msg(has_begun, "no note %s", from);
	return count;
}
