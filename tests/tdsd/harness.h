/* SPDX-License-Identifier: MIT */
#ifndef TDSD_HARNESS_H
#define TDSD_HARNESS_H
/*
 * The server within the test's own process, and a client that speaks TDS by hand: for what FreeTDS
 * does not say, such as the reset bits.
 *
 * Ownership: one server a test; harness_stop() ends it. A raw client's answers live until its next
 * call.
 */
#include "base/compiler.h"
#include "channel.h"
#include "server.h"

#include <stdbool.h>

/* User app with the password secret; databases sales (the default) and hr. Ready when it returns;
 * the caller may still change what harness_server() has, such as the newest version. */
void harness_start(void);
void harness_stop(void);
struct server *harness_server(void);
unsigned harness_port(void);
/* One command to the control socket's interpreter; the answer until the next call. */
const char *harness_ask(const char *command);
/* The lines of the audit log so far, until the next call. */
const char *harness_audit(void);

struct raw {
	int fd;
	enum tds_version version;
	uint64_t descriptor; /* as the last ENVCHANGE 8 to 10 said; sent with each request */
	bool is_ended;	     /* the server has closed the connection */
	bool is_reset_by_peer;
	struct buffer reply; /* the tokens as text, a blank behind each */
};

/* PRELOGIN and LOGIN7. False: refused; reply says why. */
must_use bool raw_connect(struct raw *r, enum tds_version version, const char *user,
	const char *password, const char *database);
void raw_close(struct raw *r);

/*
 * Send a request and read its answer: tokens as `login:74000004`, `env1:hr`, `env8`, `info:5701`,
 * `print:text`, `error:208/16`, `status:0`, `done:00`, `doneproc:02`, `doneinproc:11`, `columns:2`
 * (and nothing after it). "" when the connection ended instead.
 */
const char *raw_batch(struct raw *r, unsigned status, const char *sql);
/* A call without parameters. */
const char *raw_call(struct raw *r, unsigned status, const char *procedure);
/* [MS-TDS] 2.2.6.9, with a body of `len` bytes after the request type. */
const char *raw_transaction(
	struct raw *r, unsigned status, unsigned request, const char *body, size_t len);
/* The halves of it: bytes of any kind, and an answer. */
void raw_send(struct raw *r, unsigned type, unsigned status, const void *body, size_t len);
void raw_send_batch(struct raw *r, unsigned status, const char *sql);
const char *raw_receive(struct raw *r);
/* Any bytes, without a header. */
void raw_send_bytes(struct raw *r, const void *bytes, size_t len);

#endif
