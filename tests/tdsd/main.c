/* SPDX-License-Identifier: MIT */
/* tdsd, a test double of SQL Server: see README. */
#include "control.h"
#include "server.h"
#include "store.h"

#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

static struct server server;

static void on_signal(int signal)
{
	(void)signal;
	server_stop(&server);
}

static int usage(FILE *to, int status)
{
	fputs("usage: tdsd [--port N] [--database NAME]... [--user NAME:PASSWORD]... [--control "
	      "PATH]\n"
	      "            [--audit PATH] [--tds-max 7.1..7.4] [--isolation-survives yes|no] "
	      "[--until-pid N]\n"
	      "       tdsd --ask PATH COMMAND...\n"
	      "\n"
	      "A test double of SQL Server: it speaks TDS on loopback to tests, and keeps "
	      "nothing.\n"
	      "tests/tdsd/README says what it understands.\n",
		to);
	return status;
}

static bool add_user(char *text)
{
	char *colon = strchr(text, ':');

	if (!colon || server.user_count == USERS_MAX)
		return false;
	*colon = '\0';
	server.users[server.user_count++] = (struct user){text, colon + 1};
	return true;
}

static bool add_database(const char *name)
{
	static bool has_default;

	if (!store_add(server.store, name))
		return false;
	if (!has_default)
		snprintf(server.default_database, sizeof(server.default_database), "%s", name);
	has_default = true;
	return true;
}

static bool set_newest(const char *text)
{
	if (strlen(text) != 3 || strncmp(text, "7.", 2) != 0 || text[2] < '1' || text[2] > '4')
		return false;
	server.newest = (enum tds_version)(TDS_7_1 + (text[2] - '1'));
	return true;
}

/* A descriptor that is readable when the process has ended, as a test's server must then, too. */
static int pid_fd(const char *pid)
{
	return (int)syscall(SYS_pidfd_open, (pid_t)atoi(pid), 0);
}

struct options {
	unsigned port;
	const char *control, *audit;
};

static bool take_option(int option, char *value, struct options *o)
{
	switch (option) {
	case 'p':
		o->port = (unsigned)atoi(value);
		return o->port < 65536;
	case 'd':
		return add_database(value);
	case 'u':
		return add_user(value);
	case 'c':
		o->control = value;
		return true;
	case 'a':
		o->audit = value;
		return true;
	case 't':
		return set_newest(value);
	case 'i':
		server.isolation_survives = strcmp(value, "yes") == 0;
		return server.isolation_survives || strcmp(value, "no") == 0;
	case 'e':
		server.until_fd = pid_fd(value);
		return server.until_fd >= 0;
	default:
		return false;
	}
}

/* Send one command to a server that runs, print its answer. */
static int ask(const char *path, char *const *words, int count)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct buffer line = BUFFER_EMPTY;
	char data[4096];
	ssize_t n;

	snprintf(at.sun_path, sizeof(at.sun_path), "%s", path);
	if (fd < 0 || connect(fd, (struct sockaddr *)&at, sizeof(at)) != 0)
		return perror(path), EXIT_FAILURE;
	for (int i = 0; i < count; i++)
		buffer_printf(&line, "%s%s", i ? " " : "", words[i]);
	buffer_append_char(&line, '\n');
	if (send(fd, buffer_str(&line), line.len, MSG_NOSIGNAL) < 0)
		return perror(path), EXIT_FAILURE;
	buffer_clear(&line);
	while ((n = recv(fd, data, sizeof(data), 0)) > 0 && !memchr(data, '\n', (size_t)n))
		buffer_append(&line, data, (size_t)n);
	if (n > 0)
		buffer_append(&line, data, (size_t)n);
	close(fd);
	fputs(buffer_str(&line), stdout);
	n = strncmp(buffer_str(&line), "ok", 2);
	buffer_done(&line);
	return n == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

static int run(const struct options *o)
{
	struct control *control = NULL;
	unsigned port;

	if (o->audit) {
		server.audit_fd = open(o->audit, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
		if (server.audit_fd < 0)
			return perror(o->audit), EXIT_FAILURE;
	}
	if (!server_listen(&server, o->port, &port))
		return perror("tdsd: listen"), EXIT_FAILURE;
	if (o->control && !(control = control_start(&server, o->control)))
		return perror(o->control), EXIT_FAILURE;
	signal(SIGTERM, on_signal);
	signal(SIGINT, on_signal);
	printf("port %u\n", port);
	fflush(stdout);
	server_run(&server);
	control_stop(control);
	return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {{"port", required_argument, NULL, 'p'},
		{"database", required_argument, NULL, 'd'}, {"user", required_argument, NULL, 'u'},
		{"control", required_argument, NULL, 'c'}, {"audit", required_argument, NULL, 'a'},
		{"tds-max", required_argument, NULL, 't'},
		{"isolation-survives", required_argument, NULL, 'i'},
		{"until-pid", required_argument, NULL, 'e'}, {"ask", required_argument, NULL, 'q'},
		{"help", no_argument, NULL, 'h'}, {"version", no_argument, NULL, 'v'},
		{NULL, 0, NULL, 0}};
	struct options o = {0};
	int option, status;

	if (!server_init(&server))
		return perror("tdsd"), EXIT_FAILURE;
	while ((option = getopt_long(argc, argv, "+", options, NULL)) >= 0) {
		if (option == 'h')
			return usage(stdout, EXIT_SUCCESS);
		if (option == 'v')
			return puts("tdsd of " PACKAGE_STRING), EXIT_SUCCESS;
		if (option == 'q')
			return ask(optarg, argv + optind, argc - optind);
		if (!take_option(option, optarg, &o))
			return usage(stderr, EXIT_FAILURE);
	}
	if (optind < argc)
		return usage(stderr, EXIT_FAILURE);
	status = run(&o);
	server_done(&server);
	return status;
}
