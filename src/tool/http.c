/* SPDX-License-Identifier: MIT */
#include "tool/http.h"

#include "tool/prometheus.h"
#include "tool/say.h"
#include "tool/status_json.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

/* page.html, as numbers. */
static const unsigned char page[] = {
#include "page.inc"
};

enum { CONNECTIONS_MAX = 32, TIMEOUT_S = 10 };

struct answer {
	const char *type;
	const void *text; /* when not `owned` */
	char *owned;	  /* to be freed by libmicrohttpd */
	size_t len;
};

static bool answer_metrics(const struct report *r, struct answer *ret)
{
	struct buffer text = BUFFER_EMPTY;

	prometheus_add(&text, r);
	*ret = (struct answer){.type = "text/plain; version=0.0.4; charset=utf-8", .len = text.len};
	ret->owned = buffer_steal(&text);
	buffer_done(&text);
	return ret->owned != NULL;
}

static bool answer_status(const struct report *r, struct answer *ret)
{
	*ret = (struct answer){.type = "application/json", .owned = status_json(r, 0)};
	ret->len = ret->owned ? strlen(ret->owned) : 0;
	return ret->owned != NULL;
}

/* False: memory ran out. */
static bool answer_with(bool (*make)(const struct report *, struct answer *), struct answer *ret)
{
	const struct report_filter everything = {.pid = 0};
	struct report report;

	if (!report_take(&everything, &report))
		return false;
	bool is_made = make(&report, ret);
	report_done(&report);
	return is_made;
}

static enum MHD_Result send_answer(
	struct MHD_Connection *connection, unsigned status, const struct answer *a)
{
	struct MHD_Response *response = MHD_create_response_from_buffer(a->len,
		a->owned ? a->owned : (void *)(uintptr_t)a->text,
		a->owned ? MHD_RESPMEM_MUST_FREE : MHD_RESPMEM_PERSISTENT);
	enum MHD_Result result = MHD_NO;

	if (!response) {
		free(a->owned);
		return MHD_NO;
	}
	if (MHD_add_response_header(response, "Content-Type", a->type) == MHD_YES &&
		MHD_add_response_header(response, "Cache-Control", "no-store") == MHD_YES &&
		MHD_add_response_header(response, "X-Content-Type-Options", "nosniff") == MHD_YES &&
		MHD_add_response_header(response, "Content-Security-Policy",
			"default-src 'none'; style-src 'unsafe-inline'; script-src "
			"'unsafe-inline'; connect-src 'self'; frame-ancestors 'none'") == MHD_YES)
		result = MHD_queue_response(connection, status, response);
	MHD_destroy_response(response);
	return result;
}

static enum MHD_Result refuse(struct MHD_Connection *connection, unsigned status, const char *text)
{
	const struct answer a = {.type = "text/plain", .text = text, .len = strlen(text)};

	return send_answer(connection, status, &a);
}

/* Numbers, or localhost; a port may follow. */
static bool is_own_host(const char *host)
{
	if (!host)
		return true;
	if (strncmp(host, "localhost", 9) == 0 && (!host[9] || host[9] == ':'))
		return true;
	return host[strspn(host, "0123456789abcdefABCDEF.:[]")] == '\0' &&
	       (strchr(host, '.') || *host == '[');
}

static enum MHD_Result answer(void *arg, struct MHD_Connection *connection, const char *url,
	const char *method, const char *version, const char *upload, size_t *upload_size,
	void **request)
{
	const struct http_address *address = arg;
	struct answer a = {.type = "text/html; charset=utf-8", .text = page, .len = sizeof(page)};
	bool is_made = true;

	(void)version;
	(void)upload;
	/* A first call for the headers, then some for a body, which is dropped. */
	if (!*request || *upload_size) {
		*request = arg;
		*upload_size = 0;
		return MHD_YES;
	}
	if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 && strcmp(method, MHD_HTTP_METHOD_HEAD) != 0)
		return refuse(connection, MHD_HTTP_METHOD_NOT_ALLOWED, "only GET\n");
	if (address->is_loopback && !is_own_host(MHD_lookup_connection_value(
					    connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_HOST)))
		return refuse(connection, MHD_HTTP_FORBIDDEN, "ask for it by its address\n");
	if (strcmp(url, "/metrics") == 0)
		is_made = answer_with(answer_metrics, &a);
	else if (strcmp(url, "/status.json") == 0)
		is_made = answer_with(answer_status, &a);
	else if (strcmp(url, "/") != 0)
		return refuse(
			connection, MHD_HTTP_NOT_FOUND, "there are /, /metrics, /status.json\n");
	if (!is_made)
		return refuse(connection, MHD_HTTP_INTERNAL_SERVER_ERROR, "out of memory\n");
	return send_answer(connection, MHD_HTTP_OK, &a);
}

static void say_where(struct MHD_Daemon *daemon, const struct http_address *address)
{
	const union MHD_DaemonInfo *info = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT);
	unsigned port = info ? info->port : 0;
	char host[INET6_ADDRSTRLEN] = "";

	if (address->any.sa_family == AF_INET6) {
		inet_ntop(AF_INET6, &address->v6.sin6_addr, host, sizeof(host));
		printf("Serving http://[%s]:%u/ and /metrics; Ctrl-C ends it.\n", host, port);
	} else {
		inet_ntop(AF_INET, &address->v4.sin_addr, host, sizeof(host));
		printf("Serving http://%s:%u/ and /metrics; Ctrl-C ends it.\n", host, port);
	}
	fflush(stdout);
}

bool http_serve(const struct http_address *address)
{
	unsigned flags = MHD_USE_INTERNAL_POLLING_THREAD;
	sigset_t ends;
	int signal_number;

	/* Blocked before the server's thread is made, so that this one gets them. */
	sigemptyset(&ends);
	sigaddset(&ends, SIGINT);
	sigaddset(&ends, SIGTERM);
	pthread_sigmask(SIG_BLOCK, &ends, NULL);
	signal(SIGPIPE, SIG_IGN);
	if (address->any.sa_family == AF_INET6)
		flags |= MHD_USE_IPv6;
	errno = 0;
	struct MHD_Daemon *daemon = MHD_start_daemon(flags, 0, NULL, NULL, answer,
		(void *)(uintptr_t)address, MHD_OPTION_SOCK_ADDR, &address->any,
		MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS_MAX,
		MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)TIMEOUT_S, MHD_OPTION_END);
	if (!daemon) {
		say_error("cannot listen there: %s", errno ? strerror(errno) : "unknown reason");
		say_next("--listen=127.0.0.1:PORT chooses another port.");
		return false;
	}
	say_where(daemon, address);
	sigwait(&ends, &signal_number);
	MHD_stop_daemon(daemon);
	return true;
}
