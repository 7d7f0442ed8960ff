/* SPDX-License-Identifier: MIT */
#include "control.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { CLIENTS_MAX = 16 };

struct control {
	struct server *server;
	pthread_t thread;
	int listen_fd, stop_fd;
	struct sockaddr_un at;
	int fds[CLIENTS_MAX];
	struct buffer lines[CLIENTS_MAX];
};

/* --- commands --------------------------------------------------------------------------------- */

struct order {
	struct server *server;
	char words[3][64];
	int count;	  /* of words */
	const char *rest; /* after the first word */
	struct buffer *answer;
};

static int number(const struct order *o, int word, int otherwise)
{
	return word < o->count ? atoi(o->words[word]) : otherwise;
}

/* A spid, or 0 for `all`; < 0: neither. */
static int spid_of(const struct order *o, int word)
{
	if (word >= o->count)
		return -1;
	if (strcmp(o->words[word], "all") == 0)
		return 0;
	return atoi(o->words[word]) > 0 ? atoi(o->words[word]) : -1;
}

static void set_faults(struct server *server, const struct faults *faults)
{
	pthread_mutex_lock(&server->lock);
	server->faults = *faults;
	pthread_mutex_unlock(&server->lock);
}

static bool doom(const struct order *o, enum doom how)
{
	int spid = spid_of(o, 1);

	return spid >= 0 && (server_doom(o->server, spid, how) > 0 || spid == 0);
}

/* False: neither a stage nor a session. */
static bool stall(const struct order *o, struct faults *faults)
{
	int spid = spid_of(o, 1);

	if (o->count > 1 && strcmp(o->words[1], "accept") == 0)
		faults->stalls_accept = true;
	else if (o->count > 1 && strcmp(o->words[1], "login") == 0)
		faults->stalls_login = true;
	else if (o->count > 1 && strcmp(o->words[1], "statements") == 0)
		faults->stalls_statements = true;
	else
		return spid >= 0 && server_stall(o->server, spid, true) > 0;
	set_faults(o->server, faults);
	/* Who is waiting for its client must learn that it is deaf now. */
	server_wake_all(o->server);
	return true;
}

static void resume(const struct order *o, struct faults *faults)
{
	faults->stalls_accept = faults->stalls_login = faults->stalls_statements = false;
	set_faults(o->server, faults);
	server_stall(o->server, 0, false);
}

static void add_counts(const struct order *o)
{
	static const char *const names[COUNTERS] = {"logins", "refused", "logouts", "resets",
		"batches", "rpcs", "transactions", "attentions"};
	long counts[COUNTERS];

	pthread_mutex_lock(&o->server->lock);
	memcpy(counts, o->server->counts, sizeof(counts));
	pthread_mutex_unlock(&o->server->lock);
	for (size_t i = 0; i < COUNTERS; i++)
		buffer_printf(o->answer, " %s=%ld", names[i], counts[i]);
	buffer_printf(o->answer, " sessions=%ld", counts[COUNT_LOGINS] - counts[COUNT_LOGOUTS]);
}

/* Commands that change one of the faults. False: it is none of them. */
static bool set_one(const struct order *o, struct faults *f)
{
	const char *verb = o->words[0];

	if (strcmp(verb, "refuse") == 0 && number(o, 1, 0) > 0) {
		f->refuse_number = number(o, 1, 0);
		f->refuse_left = number(o, 2, -1);
	} else if (strcmp(verb, "accept") == 0) {
		f->refuse_left = 0;
	} else if (strcmp(verb, "fail") == 0 && number(o, 1, 0) > 0) {
		f->fail_number = number(o, 1, 0);
		f->fail_left = number(o, 2, 1);
	} else if (strcmp(verb, "fail-reset") == 0) {
		f->fail_reset = number(o, 1, 0);
	} else if (strcmp(verb, "delay-login") == 0) {
		f->delay_login_ms = number(o, 1, 0);
	} else if (strcmp(verb, "delay-statement") == 0) {
		f->delay_statement_ms = number(o, 1, 0);
	} else {
		return false;
	}
	set_faults(o->server, f);
	return true;
}

static bool obey(const struct order *o)
{
	struct faults faults = server_faults(o->server);
	const char *verb = o->words[0];

	if (set_one(o, &faults))
		return true;
	if (strcmp(verb, "kill") == 0)
		return doom(o, DOOM_KILLED);
	if (strcmp(verb, "drop") == 0)
		return doom(o, DOOM_DROPPED);
	if (strcmp(verb, "reset") == 0)
		return doom(o, DOOM_RESET);
	if (strcmp(verb, "stall") == 0)
		return stall(o, &faults);
	if (strcmp(verb, "resume") == 0)
		return resume(o, &faults), true;
	if (strcmp(verb, "sessions") == 0)
		return buffer_append_char(o->answer, ' '), server_list(o->server, o->answer), true;
	if (strcmp(verb, "counts") == 0)
		return add_counts(o), true;
	if (strcmp(verb, "audit") == 0)
		return server_audit(o->server, "note%s", o->rest), true;
	if (strcmp(verb, "stop") == 0)
		return server_stop(o->server), true;
	return false;
}

void control_obey(struct server *server, const char *line, struct buffer *answer)
{
	struct order o = {.server = server, .answer = answer, .rest = line + strcspn(line, " ")};

	o.count = sscanf(line, "%63s %63s %63s", o.words[0], o.words[1], o.words[2]);
	buffer_append_str(answer, "ok");
	if (o.count > 0 && obey(&o))
		return;
	buffer_clear(answer);
	buffer_printf(answer, "error not understood, or nobody it concerns: %s", line);
}

/* --- the socket ------------------------------------------------------------------------------- */

static void hang_up(struct control *c, int i)
{
	close(c->fds[i]);
	c->fds[i] = -1;
	buffer_done(&c->lines[i]);
}

static void answer_lines(struct control *c, int i)
{
	struct buffer *in = &c->lines[i];
	char *end;

	while (in->len > 0 && (end = memchr(in->data, '\n', in->len))) {
		struct buffer answer = BUFFER_EMPTY;
		size_t used = (size_t)(end - in->data) + 1;
		*end = '\0';
		control_obey(c->server, in->data, &answer);
		buffer_append_char(&answer, '\n');
		if (send(c->fds[i], buffer_str(&answer), answer.len, MSG_NOSIGNAL) < 0)
			used = in->len;
		buffer_done(&answer);
		memmove(in->data, in->data + used, in->len - used);
		in->len -= used;
	}
}

static void read_client(struct control *c, int i)
{
	char data[1024];
	ssize_t n = recv(c->fds[i], data, sizeof(data), 0);

	if (n > 0)
		buffer_append(&c->lines[i], data, (size_t)n);
	if (n <= 0 || c->lines[i].failed || c->lines[i].len > 65536)
		hang_up(c, i);
	else
		answer_lines(c, i);
}

static void take_client(struct control *c)
{
	int fd = accept4(c->listen_fd, NULL, NULL, SOCK_CLOEXEC);

	for (int i = 0; fd >= 0 && i < CLIENTS_MAX; i++) {
		if (c->fds[i] >= 0)
			continue;
		c->fds[i] = fd;
		return;
	}
	if (fd >= 0)
		close(fd);
}

static void *control_thread(void *arg)
{
	struct control *c = arg;
	struct pollfd p[CLIENTS_MAX + 2];

	for (;;) {
		for (int i = 0; i < CLIENTS_MAX; i++)
			p[i] = (struct pollfd){.fd = c->fds[i], .events = POLLIN};
		p[CLIENTS_MAX] = (struct pollfd){.fd = c->listen_fd, .events = POLLIN};
		p[CLIENTS_MAX + 1] = (struct pollfd){.fd = c->stop_fd, .events = POLLIN};
		if (poll(p, CLIENTS_MAX + 2, -1) < 0)
			continue;
		if (p[CLIENTS_MAX + 1].revents)
			return NULL;
		for (int i = 0; i < CLIENTS_MAX; i++)
			if (p[i].revents)
				read_client(c, i);
		if (p[CLIENTS_MAX].revents)
			take_client(c);
	}
}

struct control *control_start(struct server *server, const char *path)
{
	struct control *c = calloc(1, sizeof(*c));

	if (!c || strlen(path) >= sizeof(c->at.sun_path)) {
		free(c);
		return NULL;
	}
	c->server = server;
	for (int i = 0; i < CLIENTS_MAX; i++)
		c->fds[i] = -1;
	c->at.sun_family = AF_UNIX;
	memcpy(c->at.sun_path, path, strlen(path) + 1);
	c->stop_fd = eventfd(0, EFD_CLOEXEC);
	c->listen_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	unlink(path);
	if (c->stop_fd < 0 || c->listen_fd < 0 ||
		bind(c->listen_fd, (struct sockaddr *)&c->at, sizeof(c->at)) != 0 ||
		listen(c->listen_fd, CLIENTS_MAX) != 0 ||
		pthread_create(&c->thread, NULL, control_thread, c) != 0) {
		close(c->stop_fd);
		close(c->listen_fd);
		free(c);
		return NULL;
	}
	return c;
}

void control_stop(struct control *c)
{
	uint64_t one = 1;

	if (!c)
		return;
	if (write(c->stop_fd, &one, sizeof(one)) > 0)
		pthread_join(c->thread, NULL);
	for (int i = 0; i < CLIENTS_MAX; i++)
		if (c->fds[i] >= 0)
			hang_up(c, i);
	close(c->listen_fd);
	close(c->stop_fd);
	unlink(c->at.sun_path);
	free(c);
}
