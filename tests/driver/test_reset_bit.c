/* SPDX-License-Identifier: MIT */
#include "driver/reset_bit.h"

#include "base/compiler.h"
#include "driver/imports.h"
#include "support/run.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { BATCH = 1, RPC = 3, ATTENTION = 6, TRANSACTION = 14, LOGIN = 16, PRELOGIN = 18 };
enum { END_OF_MESSAGE = 1, RESET = 8 };

static const char *const libraries[] = {SENDER_LAZY, SENDER_NOW};

static void *library;
static ssize_t (*sender_send)(int fd, const void *data, size_t len);
static ssize_t (*sender_gnutls)(void *session, const void *data, size_t len);
static int (*sender_openssl)(void *session, const void *data, int len);
static int fds[2];

/* What the TLS libraries were given. */
static unsigned char enciphered[64];
static ssize_t tls_answer;

ssize_t gnutls_record_send(void *session, const void *data, size_t len);
int SSL_write(void *session, const void *data, int len);

exported ssize_t gnutls_record_send(void *session, const void *data, size_t len)
{
	(void)session;
	memcpy(enciphered, data, len < sizeof(enciphered) ? len : sizeof(enciphered));
	return tls_answer ? tls_answer : (ssize_t)len;
}

exported int SSL_write(void *session, const void *data, int len)
{
	return (int)gnutls_record_send(session, data, (size_t)len);
}

static void *function(const char *name)
{
	void *f = dlsym(library, name);

	ck_assert_msg(f != NULL, "%s", name);
	return f;
}

static void open_library(int which)
{
	void *f;

	library = dlopen(libraries[which], RTLD_LAZY | RTLD_LOCAL);
	ck_assert_msg(library != NULL, "%s", dlerror());
	f = function("sender_send");
	memcpy(&sender_send, &f, sizeof(f));
	f = function("sender_gnutls");
	memcpy(&sender_gnutls, &f, sizeof(f));
	f = function("sender_openssl");
	memcpy(&sender_openssl, &f, sizeof(f));
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
}

static void intercept(int which)
{
	open_library(which);
	ck_assert(reset_bit_is_possible(library));
}

/* A packet of `len` bytes whose header says so. */
static void fill(unsigned char *packet, size_t len, unsigned char type)
{
	memset(packet, 0x55, len);
	packet[0] = type;
	packet[1] = END_OF_MESSAGE;
	packet[2] = (unsigned char)(len >> 8);
	packet[3] = (unsigned char)len;
}

static unsigned char received_status(int fd, size_t len)
{
	unsigned char packet[70000];

	ck_assert_int_eq(recv(fd, packet, len, MSG_WAITALL), (ssize_t)len);
	return packet[1];
}

/* The status that arrives of a packet sent now. */
static unsigned char status_of(unsigned char type, size_t len)
{
	unsigned char *packet = malloc(len);

	ck_assert_ptr_nonnull(packet);
	fill(packet, len, type);
	ck_assert_int_eq(sender_send(fds[0], packet, len), (ssize_t)len);
	ck_assert_uint_eq(packet[1], END_OF_MESSAGE);
	free(packet);
	return received_status(fds[1], len);
}

START_TEST(the_first_packet_of_an_armed_thread_gets_the_bit_and_no_other)
{
	struct reset_bit bit;

	intercept(_i);
	ck_assert_uint_eq(status_of(BATCH, 20), END_OF_MESSAGE);
	reset_bit_arm(&bit, fds[0]);
	ck_assert_uint_eq(status_of(BATCH, 20), END_OF_MESSAGE | RESET);
	ck_assert_uint_eq(status_of(BATCH, 20), END_OF_MESSAGE);
	ck_assert(reset_bit_disarm(&bit));
	ck_assert_uint_eq(status_of(BATCH, 20), END_OF_MESSAGE);
}
END_TEST

START_TEST(batches_procedures_and_transactions_can_carry_it)
{
	static const unsigned char types[] = {BATCH, RPC, TRANSACTION};
	struct reset_bit bit;

	intercept(0);
	reset_bit_arm(&bit, fds[0]);
	ck_assert_uint_eq(status_of(types[_i], 8), END_OF_MESSAGE | RESET);
	ck_assert(reset_bit_disarm(&bit));
}
END_TEST

/* Whatever is no such packet goes out as it is, and the next one may still carry the bit. */
START_TEST(anything_else_is_left_as_it_is)
{
	static const struct {
		unsigned char type;
		size_t len;
	} others[] = {{ATTENTION, 8}, {LOGIN, 100}, {PRELOGIN, 40}, {23, 40}, {0x53, 40},
		{BATCH, 4}, {BATCH, 9000}};
	struct reset_bit bit;

	intercept(0);
	reset_bit_arm(&bit, fds[0]);
	ck_assert_uint_eq(status_of(others[_i].type, others[_i].len), END_OF_MESSAGE);
	ck_assert(!bit.was_sent);
	ck_assert_uint_eq(status_of(BATCH, 20), END_OF_MESSAGE | RESET);
	ck_assert(reset_bit_disarm(&bit));
}
END_TEST

START_TEST(a_part_of_a_packet_is_left_as_it_is)
{
	unsigned char packet[40];
	struct reset_bit bit;

	intercept(0);
	fill(packet, sizeof(packet), BATCH);
	reset_bit_arm(&bit, fds[0]);
	ck_assert_int_eq(sender_send(fds[0], packet, 20), 20);
	ck_assert_uint_eq(received_status(fds[1], 20), END_OF_MESSAGE);
	ck_assert(!reset_bit_disarm(&bit));
}
END_TEST

START_TEST(another_descriptor_is_left_alone)
{
	struct reset_bit bit;
	int others[2];

	intercept(0);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, others), 0);
	reset_bit_arm(&bit, others[0]);
	ck_assert_uint_eq(status_of(BATCH, 20), END_OF_MESSAGE);
	ck_assert(!reset_bit_disarm(&bit));
}
END_TEST

static void *send_aside(void *arg)
{
	*(unsigned char *)arg = status_of(BATCH, 20);
	return NULL;
}

START_TEST(another_thread_is_left_alone_on_the_same_descriptor_too)
{
	struct reset_bit bit;
	unsigned char status = 0;
	pthread_t other;

	intercept(0);
	reset_bit_arm(&bit, fds[0]);
	ck_assert_int_eq(pthread_create(&other, NULL, send_aside, &status), 0);
	pthread_join(other, NULL);
	ck_assert_uint_eq(status, END_OF_MESSAGE);
	ck_assert(!reset_bit_disarm(&bit));
}
END_TEST

START_TEST(what_could_not_be_sent_is_not_taken_for_sent)
{
	static unsigned char junk[1 << 20];
	unsigned char packet[20];
	struct reset_bit bit;

	intercept(0);
	fill(packet, sizeof(packet), BATCH);
	ck_assert_int_eq(fcntl(fds[0], F_SETFL, O_NONBLOCK), 0);
	while (sender_send(fds[0], junk, sizeof(junk)) > 0)
		;
	reset_bit_arm(&bit, fds[0]);
	ck_assert_int_lt(sender_send(fds[0], packet, sizeof(packet)), 0);
	ck_assert(!bit.was_sent);
	ck_assert_int_eq(fcntl(fds[1], F_SETFL, O_NONBLOCK), 0);
	while (recv(fds[1], junk, sizeof(junk), 0) > 0)
		;
	ck_assert_int_eq(fcntl(fds[1], F_SETFL, 0), 0);
	ck_assert_uint_eq(status_of(BATCH, 20), END_OF_MESSAGE | RESET);
	ck_assert(reset_bit_disarm(&bit));
}
END_TEST

START_TEST(under_tls_the_bit_is_set_before_the_packet_is_enciphered)
{
	unsigned char packet[20];
	struct reset_bit bit;

	intercept(_i);
	fill(packet, sizeof(packet), RPC);
	reset_bit_arm(&bit, fds[0]);
	ck_assert_int_eq(sender_gnutls(NULL, packet, sizeof(packet)), sizeof(packet));
	ck_assert_uint_eq(enciphered[1], END_OF_MESSAGE | RESET);
	ck_assert_int_eq(sender_gnutls(NULL, packet, sizeof(packet)), sizeof(packet));
	ck_assert_uint_eq(enciphered[1], END_OF_MESSAGE);
	ck_assert(reset_bit_disarm(&bit));

	reset_bit_arm(&bit, fds[0]);
	ck_assert_int_eq(sender_openssl(NULL, packet, sizeof(packet)), sizeof(packet));
	ck_assert_uint_eq(enciphered[1], END_OF_MESSAGE | RESET);
	ck_assert(reset_bit_disarm(&bit));
	ck_assert_int_eq(sender_openssl(NULL, packet, sizeof(packet)), sizeof(packet));
	ck_assert_uint_eq(enciphered[1], END_OF_MESSAGE);
}
END_TEST

static unsigned count_writable_maps(void)
{
	FILE *maps = fopen("/proc/self/maps", "r");
	const char *file = strrchr(SENDER_NOW, '/');
	unsigned count = 0;
	char line[1024];

	ck_assert_ptr_nonnull(maps);
	while (fgets(line, sizeof(line), maps))
		count += strstr(line, file) && strstr(line, " rw-p ");
	fclose(maps);
	return count;
}

START_TEST(a_table_that_was_read_only_is_so_again)
{
	open_library(1);
	unsigned before = count_writable_maps();
	ck_assert(reset_bit_is_possible(library));
	ck_assert_uint_eq(count_writable_maps(), before);
}
END_TEST

START_TEST(asking_twice_changes_nothing)
{
	struct reset_bit bit;

	intercept(_i);
	ck_assert(reset_bit_is_possible(library));
	reset_bit_arm(&bit, fds[0]);
	ck_assert_uint_eq(status_of(BATCH, 20), END_OF_MESSAGE | RESET);
	ck_assert(reset_bit_disarm(&bit));
}
END_TEST

START_TEST(several_libraries_can_be_intercepted)
{
	intercept(0);
	intercept(1);
	struct reset_bit bit;

	reset_bit_arm(&bit, fds[0]);
	ck_assert_uint_eq(status_of(BATCH, 20), END_OF_MESSAGE | RESET);
	ck_assert(reset_bit_disarm(&bit));
}
END_TEST

static void *ask_again(void *arg)
{
	for (int i = 0; i < 1000; i++)
		if (!reset_bit_is_possible(library))
			*(bool *)arg = false;
	return NULL;
}

START_TEST(many_threads_may_ask_while_others_send)
{
	bool is_possible[4] = {true, true, true, true};
	pthread_t threads[4];

	open_library(_i);
	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, ask_again, &is_possible[i]), 0);
	for (int i = 0; i < 1000; i++)
		ck_assert_uint_eq(status_of(BATCH, 20), END_OF_MESSAGE);
	for (int i = 0; i < 4; i++) {
		pthread_join(threads[i], NULL);
		ck_assert(is_possible[i]);
	}
}
END_TEST

START_TEST(it_goes_on_in_a_child)
{
	int status;

	intercept(_i);
	pid_t child = fork();
	if (child == 0) {
		struct reset_bit bit;
		imports_after_fork_in_child();
		bool is_possible = reset_bit_is_possible(library);
		reset_bit_arm(&bit, fds[0]);
		bool has_bit = status_of(BATCH, 20) & RESET;
		_exit(is_possible && reset_bit_disarm(&bit) && has_bit ? 0 : 1);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}
END_TEST

START_TEST(a_library_that_sends_nothing_is_told_apart)
{
	void *itself = dlopen("libc.so.6", RTLD_LAZY);
	void *mathematics = dlopen("libm.so.6", RTLD_LAZY);

	ck_assert_ptr_nonnull(itself);
	ck_assert(!reset_bit_is_possible(itself));
	ck_assert(!mathematics || !reset_bit_is_possible(mathematics));
}
END_TEST

Suite *test_suite(void)
{
	Suite *s = suite_create("reset_bit");
	TCase *t = tcase_create("reset_bit");
	const int both = (int)array_size(libraries);

	tcase_add_loop_test(
		t, the_first_packet_of_an_armed_thread_gets_the_bit_and_no_other, 0, both);
	tcase_add_loop_test(t, batches_procedures_and_transactions_can_carry_it, 0, 3);
	tcase_add_loop_test(t, anything_else_is_left_as_it_is, 0, 7);
	tcase_add_test(t, a_part_of_a_packet_is_left_as_it_is);
	tcase_add_test(t, another_descriptor_is_left_alone);
	tcase_add_test(t, another_thread_is_left_alone_on_the_same_descriptor_too);
	tcase_add_test(t, what_could_not_be_sent_is_not_taken_for_sent);
	tcase_add_loop_test(t, under_tls_the_bit_is_set_before_the_packet_is_enciphered, 0, both);
	tcase_add_test(t, a_table_that_was_read_only_is_so_again);
	tcase_add_loop_test(t, asking_twice_changes_nothing, 0, both);
	tcase_add_test(t, several_libraries_can_be_intercepted);
	tcase_add_loop_test(t, many_threads_may_ask_while_others_send, 0, both);
	tcase_add_loop_test(t, it_goes_on_in_a_child, 0, both);
	tcase_add_test(t, a_library_that_sends_nothing_is_told_apart);
	suite_add_tcase(s, t);
	return s;
}
