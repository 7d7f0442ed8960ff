/* SPDX-License-Identifier: MIT */
#include "server.h"

#include "store.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

bool server_init(struct server *server)
{
	*server = (struct server){.audit_fd = -1,
		.listen_fd = -1,
		.until_fd = -1,
		.newest = TDS_7_4,
		.isolation_survives = true,
		.default_database = "master"};
	server->store = store_new();
	server->stop_fd = eventfd(0, EFD_CLOEXEC);
	return server->store && server->stop_fd >= 0 &&
	       pthread_mutex_init(&server->lock, NULL) == 0 &&
	       pthread_cond_init(&server->gone, NULL) == 0;
}

void server_done(struct server *server)
{
	store_free(server->store);
	pthread_mutex_destroy(&server->lock);
	pthread_cond_destroy(&server->gone);
	if (server->listen_fd >= 0)
		close(server->listen_fd);
	close(server->stop_fd);
	if (server->audit_fd >= 0)
		close(server->audit_fd);
}

bool server_listen(struct server *server, unsigned port, unsigned *ret_port)
{
	struct sockaddr_in at = {.sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(at);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;

	server->listen_fd = fd;
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0 ||
		bind(fd, (struct sockaddr *)&at, sizeof(at)) != 0 || listen(fd, SOMAXCONN) != 0 ||
		getsockname(fd, (struct sockaddr *)&at, &len) != 0)
		return false;
	*ret_port = ntohs(at.sin_port);
	return true;
}

/* --- sessions --------------------------------------------------------------------------------- */

struct guest {
	struct server *server;
	int fd;
};

static void *serve_guest(void *arg)
{
	struct guest guest = *(struct guest *)arg;

	free(arg);
	session_serve(guest.server, guest.fd);
	pthread_mutex_lock(&guest.server->lock);
	guest.server->threads--;
	pthread_cond_broadcast(&guest.server->gone);
	pthread_mutex_unlock(&guest.server->lock);
	return NULL;
}

static void welcome(struct server *server)
{
	int fd = accept4(server->listen_fd, NULL, NULL, SOCK_CLOEXEC), on = 1;
	struct guest *guest = malloc(sizeof(*guest));
	pthread_t thread;

	if (fd >= 0)
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (fd < 0 || !guest) {
		if (fd >= 0)
			close(fd);
		free(guest);
		return;
	}
	*guest = (struct guest){server, fd};
	pthread_mutex_lock(&server->lock);
	server->threads++;
	pthread_mutex_unlock(&server->lock);
	if (pthread_create(&thread, NULL, serve_guest, guest) == 0) {
		pthread_detach(thread);
		return;
	}
	close(fd);
	free(guest);
	pthread_mutex_lock(&server->lock);
	server->threads--;
	pthread_mutex_unlock(&server->lock);
}

void server_run(struct server *server)
{
	struct pollfd p[3] = {{.fd = server->listen_fd, .events = POLLIN},
		{.fd = server->stop_fd, .events = POLLIN},
		{.fd = server->until_fd, .events = POLLIN}};

	while (p[1].revents == 0 && p[2].revents == 0)
		if (poll(p, 3, -1) > 0 && p[0].revents)
			welcome(server);
	pthread_mutex_lock(&server->lock);
	server->is_stopping = true;
	pthread_mutex_unlock(&server->lock);
	server_doom(server, 0, DOOM_STOPPED);
	pthread_mutex_lock(&server->lock);
	while (server->threads > 0)
		pthread_cond_wait(&server->gone, &server->lock);
	pthread_mutex_unlock(&server->lock);
}

void server_stop(struct server *server)
{
	uint64_t one = 1;

	/* Also called by a signal handler. */
	if (write(server->stop_fd, &one, sizeof(one)) < 0)
		return;
}

static bool is_taken(const struct server *server, int spid)
{
	for (const struct session *s = server->sessions; s; s = s->next)
		if (s->spid == spid)
			return true;
	return false;
}

/* The lowest number that is free, as SQL Server gives them. */
void server_add(struct server *server, struct session *s)
{
	pthread_mutex_lock(&server->lock);
	for (s->spid = FIRST_SPID; is_taken(server, s->spid);)
		s->spid++;
	s->next = server->sessions;
	server->sessions = s;
	if (server->is_stopping)
		s->doom = DOOM_STOPPED;
	pthread_mutex_unlock(&server->lock);
}

void server_remove(struct server *server, struct session *s)
{
	struct session **at = &server->sessions;

	pthread_mutex_lock(&server->lock);
	while (*at && *at != s)
		at = &(*at)->next;
	if (*at)
		*at = s->next;
	pthread_mutex_unlock(&server->lock);
}

int server_doom(struct server *server, int spid, enum doom doom)
{
	int count = 0;

	pthread_mutex_lock(&server->lock);
	for (struct session *s = server->sessions; s; s = s->next) {
		if (spid != 0 && s->spid != spid)
			continue;
		s->doom = doom;
		channel_wake(&s->channel);
		count++;
	}
	pthread_mutex_unlock(&server->lock);
	return count;
}

int server_stall(struct server *server, int spid, bool is_stalled)
{
	int count = 0;

	pthread_mutex_lock(&server->lock);
	for (struct session *s = server->sessions; s; s = s->next) {
		if (spid != 0 && s->spid != spid)
			continue;
		s->is_stalled = is_stalled;
		channel_wake(&s->channel);
		count++;
	}
	pthread_mutex_unlock(&server->lock);
	return count;
}

void server_wake_all(struct server *server)
{
	pthread_mutex_lock(&server->lock);
	for (struct session *s = server->sessions; s; s = s->next)
		channel_wake(&s->channel);
	pthread_mutex_unlock(&server->lock);
}

void server_word(const char *text, char ret[NAME_SIZE])
{
	size_t i = 0;

	for (; text[i] && i + 1 < NAME_SIZE; i++)
		ret[i] = (char)(text[i] == ' ' ? '_' : text[i]);
	ret[i] = '\0';
}

void server_list(struct server *server, struct buffer *to)
{
	int count = 0;
	struct buffer rows = BUFFER_EMPTY;

	pthread_mutex_lock(&server->lock);
	for (struct session *s = server->sessions; s; s = s->next) {
		char user[NAME_SIZE], app[NAME_SIZE];
		if (!s->view.user[0])
			continue;
		server_word(s->view.user, user);
		server_word(s->view.app, app);
		buffer_printf(&rows, "%s spid=%d user=%s db=%s trancount=%d app=%s",
			count ? " |" : "", s->spid, user, s->view.database, s->view.trancount, app);
		count++;
	}
	pthread_mutex_unlock(&server->lock);
	buffer_printf(to, "%d:%s", count, buffer_str(&rows));
	buffer_done(&rows);
}

/* --- faults and counters ---------------------------------------------------------------------- */

void server_count(struct server *server, enum counter counter)
{
	pthread_mutex_lock(&server->lock);
	server->counts[counter]++;
	pthread_mutex_unlock(&server->lock);
}

struct faults server_faults(struct server *server)
{
	struct faults faults;

	pthread_mutex_lock(&server->lock);
	faults = server->faults;
	pthread_mutex_unlock(&server->lock);
	return faults;
}

static int take(struct server *server, const int *number, int *left)
{
	int taken = 0;

	pthread_mutex_lock(&server->lock);
	if (*left != 0) {
		taken = *number;
		*left -= *left > 0;
	}
	pthread_mutex_unlock(&server->lock);
	return taken;
}

int server_take_refusal(struct server *server)
{
	return take(server, &server->faults.refuse_number, &server->faults.refuse_left);
}

int server_take_failure(struct server *server)
{
	return take(server, &server->faults.fail_number, &server->faults.fail_left);
}

int server_take_reset_failure(struct server *server)
{
	int number;

	pthread_mutex_lock(&server->lock);
	number = server->faults.fail_reset;
	server->faults.fail_reset = 0;
	pthread_mutex_unlock(&server->lock);
	return number;
}

bool server_knows(const struct server *server, const char *user, const char *password)
{
	for (int i = 0; i < server->user_count; i++)
		if (strcasecmp(server->users[i].name, user) == 0)
			return strcmp(server->users[i].password, password) == 0;
	return false;
}

void server_audit(struct server *server, const char *format, ...)
{
	struct buffer line = BUFFER_EMPTY;
	va_list ap;

	if (server->audit_fd < 0)
		return;
	va_start(ap, format);
	buffer_vprintf(&line, format, ap);
	va_end(ap);
	for (size_t i = 0; i < line.len; i++)
		if ((unsigned char)line.data[i] < ' ' || line.data[i] == 0x7f)
			line.data[i] = ' ';
	buffer_append_char(&line, '\n');
	/* One write, so that lines of several sessions do not mix. */
	if (!line.failed && write(server->audit_fd, line.data, line.len) < 0)
		server->audit_fd = -1;
	buffer_done(&line);
}
