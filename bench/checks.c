/* SPDX-License-Identifier: MIT */
/*
 * What the looks cost that odbcpool takes by itself: at the socket of an idle connection before it
 * is handed out, and at each statement for words that leave something behind. One line a figure,
 * name<TAB>value<TAB>unit, medians.
 */
#include "bench/samples.h"

#include "base/compiler.h"
#include "dbms/profile.h"
#include "dbms/statement_rules.h"
#include "dbms/statement_text.h"
#include "driver/socket.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { ROUNDS = 101, POLLS = 1000, LOOKS = 2000 };

/* As a program writes them: names, numbers, texts. */
static const char text[] =
	"SELECT o.order_id, o.customer_id, c.last_name, c.first_name, o.placed_at, SUM(i.quantity "
	"* i.unit_price) AS total FROM sales.orders o JOIN sales.customers c ON c.customer_id = "
	"o.customer_id LEFT JOIN sales.order_items i ON i.order_id = o.order_id WHERE o.placed_at "
	">= '2024-01-01 00:00:00' AND o.placed_at < '2024-02-01 00:00:00' AND c.region IN "
	"('north', 'south', 'west') AND o.state <> 'cancelled' AND i.quantity BETWEEN 1 AND 1000 "
	"GROUP BY o.order_id, o.customer_id, c.last_name, c.first_name, o.placed_at HAVING "
	"SUM(i.quantity * i.unit_price) > 99.50 ORDER BY o.placed_at DESC, o.order_id LIMIT 50";
static uint16_t wide_text[sizeof(text)];
static unsigned sink;

static void print(const char *name, struct samples *s, const char *unit)
{
	printf("%s\t%.3f\t%s\n", name, samples_median(s), unit);
	samples_done(s);
}

static void add(struct samples *s, double ns)
{
	if (samples_add(s, ns))
		return;
	fprintf(stderr, "bench: no memory\n");
	exit(EXIT_FAILURE);
}

static int connect_pair(void)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	socklen_t len = sizeof(a);
	int listener = socket(AF_INET, SOCK_STREAM, 0), client = socket(AF_INET, SOCK_STREAM, 0);

	if (bind(listener, (struct sockaddr *)&a, sizeof(a)) == 0 && listen(listener, 1) == 0 &&
		getsockname(listener, (struct sockaddr *)&a, &len) == 0 &&
		connect(client, (struct sockaddr *)&a, sizeof(a)) == 0 &&
		accept(listener, NULL, NULL) >= 0)
		return client;
	perror("bench: a connection on loopback");
	exit(EXIT_FAILURE);
}

static void measure_poll(void)
{
	struct socket_ref s = socket_from_fd(connect_pair());
	struct samples samples = {0};

	for (int round = 0; round < ROUNDS; round++) {
		double start = now_ns();
		for (int i = 0; i < POLLS; i++)
			sink += socket_poll(&s) == SOCKET_QUIET;
		add(&samples, (now_ns() - start) / POLLS);
	}
	print("poll_check_ns", &samples, "ns");
}

/* A byte of the text is a byte of what the application passed: two of them a letter when wide. */
static void measure_look(const char *name, const struct statement_rules *rules, bool is_wide)
{
	size_t len = sizeof(text) - 1, bytes = is_wide ? 2 * len : len;
	const void *what = is_wide ? (const void *)wide_text : text;
	struct samples samples = {0};

	for (int round = 0; round < ROUNDS; round++) {
		double start = now_ns();
		for (int i = 0; i < LOOKS; i++)
			sink += rules ? statement_look(rules, what, len, is_wide)
				      : statement_may_leave_state(what, len, is_wide);
		add(&samples, (now_ns() - start) / LOOKS / (double)bytes);
	}
	print(name, &samples, "ns/byte");
}

int main(void)
{
	for (size_t i = 0; i < sizeof(text); i++)
		wide_text[i] = (unsigned char)text[i];
	measure_poll();
	measure_look("poison_pg_ns_per_byte", profile_postgresql.rules, false);
	measure_look("poison_pg_wide_ns_per_byte", profile_postgresql.rules, true);
	measure_look("poison_mariadb_ns_per_byte", profile_mariadb.rules, false);
	measure_look("poison_mariadb_wide_ns_per_byte", profile_mariadb.rules, true);
	measure_look("poison_generic_ns_per_byte", NULL, false);
	measure_look("poison_generic_wide_ns_per_byte", NULL, true);
	return sink ? EXIT_SUCCESS : EXIT_FAILURE;
}
