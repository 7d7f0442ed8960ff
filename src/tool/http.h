/* SPDX-License-Identifier: MIT */
#ifndef TOOL_HTTP_H
#define TOOL_HTTP_H
/*
 * The HTTP server of `serve`: /metrics for Prometheus, / a live page, /status.json what that page
 * shows. It can be read, and nothing else.
 *
 * A page of another site that the user looks at could have this one's name resolved to loopback and
 * read it: requests whose Host is a name are refused unless that is "localhost", or the server was
 * opened to the network on purpose.
 *
 * Locks: none; requests are answered by one thread of libmicrohttpd.
 */
#include "base/compiler.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

struct http_address {
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	};
	bool is_loopback;
};

/* "127.0.0.1:9187", "[::1]:9187", ":9187" (loopback). False: it makes no sense. */
must_use bool http_parse_address(const char *text, struct http_address *ret_address);

/* Serve until SIGINT or SIGTERM. False: it could not begin, and the reason was said. */
must_use bool http_serve(const struct http_address *address);

#endif
