/* SPDX-License-Identifier: MIT */
/* Where `serve` listens. */
#include "tool/http.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

static bool parse_port(const char *text, uint16_t *ret_port)
{
	char *end;
	unsigned long port = strtoul(text, &end, 10);

	if (*text < '0' || *text > '9' || *end || port > UINT16_MAX)
		return false;
	*ret_port = htons((uint16_t)port);
	return true;
}

bool http_parse_address(const char *text, struct http_address *ret_address)
{
	const char *colon = strrchr(text, ':');
	struct http_address a = {.is_loopback = false};
	char host[64];
	uint16_t port;

	if (!colon || (size_t)(colon - text) >= sizeof(host) || !parse_port(colon + 1, &port))
		return false;
	memcpy(host, text, (size_t)(colon - text));
	host[colon - text] = '\0';
	size_t len = strlen(host);
	if (len >= 2 && host[0] == '[' && host[len - 1] == ']') {
		host[len - 1] = '\0';
		a.v6 = (struct sockaddr_in6){.sin6_family = AF_INET6, .sin6_port = port};
		if (inet_pton(AF_INET6, host + 1, &a.v6.sin6_addr) != 1)
			return false;
		a.is_loopback = IN6_IS_ADDR_LOOPBACK(&a.v6.sin6_addr);
	} else {
		const char *v4 = len == 0 || strcmp(host, "localhost") == 0 ? "127.0.0.1" : host;
		a.v4 = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = port};
		if (inet_pton(AF_INET, v4, &a.v4.sin_addr) != 1)
			return false;
		a.is_loopback = (ntohl(a.v4.sin_addr.s_addr) >> 24) == 127;
	}
	*ret_address = a;
	return true;
}
