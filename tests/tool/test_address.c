/* SPDX-License-Identifier: MIT */
#include "tool/http.h"

#include "base/compiler.h"
#include "support/run.h"

#include <arpa/inet.h>

static const struct {
	const char *text;
	bool is_loopback;
	int family;
	uint16_t port;
} good[] = {
	{"127.0.0.1:9187", true, AF_INET, 9187},
	{"127.9.9.9:1", true, AF_INET, 1},
	{"localhost:0", true, AF_INET, 0},
	{":9187", true, AF_INET, 9187},
	{"[::1]:9187", true, AF_INET6, 9187},
	{"0.0.0.0:9187", false, AF_INET, 9187},
	{"192.0.2.1:65535", false, AF_INET, 65535},
	{"[::]:9187", false, AF_INET6, 9187},
	/* Reaches IPv4's loopback, but it is not said so. */
	{"[::ffff:127.0.0.1]:9187", false, AF_INET6, 9187},
};

START_TEST(addresses_are_read_and_only_loopback_is_called_so)
{
	struct http_address a;

	ck_assert(http_parse_address(good[_i].text, &a));
	ck_assert_int_eq(a.any.sa_family, good[_i].family);
	ck_assert_int_eq(a.is_loopback, good[_i].is_loopback);
	ck_assert_uint_eq(
		ntohs(good[_i].family == AF_INET ? a.v4.sin_port : a.v6.sin6_port), good[_i].port);
}
END_TEST

START_TEST(what_is_no_address_is_refused)
{
	static const char *const bad[] = {"", "9187", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x",
		"127.0.0.1:65536", "127.0.0.1:-1", "127.0.0.1: 1", "example.org:80", "::1:80",
		"[::1:80", "[]:80", "1.2.3:80",
		"1111111111111111111111111111111111111111111111111111111111111111111111:80"};
	struct http_address a;

	for (size_t i = 0; i < array_size(bad); i++)
		if (http_parse_address(bad[i], &a))
			ck_abort_msg("%s was taken", bad[i]);
}
END_TEST

Suite *test_suite(void)
{
	Suite *s = suite_create("tool/address");
	TCase *t = tcase_create("address");

	tcase_add_loop_test(
		t, addresses_are_read_and_only_loopback_is_called_so, 0, array_size(good));
	tcase_add_test(t, what_is_no_address_is_refused);
	suite_add_tcase(s, t);
	return s;
}
