/* SPDX-License-Identifier: MIT */
#ifndef TDSD_SERVER_H
#define TDSD_SERVER_H
/*
 * What all sessions share: the sessions themselves, users, databases, faults to be played,
 * counters.
 *
 * Locks:     `lock` guards what says so. It is held for a moment only, never over input or output.
 * Ownership: one for the process, made and freed by main().
 */
#include "base/buffer.h"
#include "base/compiler.h"
#include "login.h"
#include "session.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct store;

enum { USERS_MAX = 32, FIRST_SPID = 51 };

enum counter {
	COUNT_LOGINS,
	COUNT_REFUSED,
	COUNT_LOGOUTS,
	COUNT_RESETS,
	COUNT_BATCHES,
	COUNT_RPCS,
	COUNT_TRANSACTIONS,
	COUNT_ATTENTIONS,
	COUNTERS
};

/* What the control socket has ordered. */
struct faults {
	int refuse_number, refuse_left; /* left < 0: until told */
	int fail_number, fail_left;
	int fail_reset;
	int delay_login_ms, delay_statement_ms;
	bool stalls_accept, stalls_login, stalls_statements;
};

struct user {
	const char *name, *password;
};

/* sp_getapplock. */
struct applock {
	struct applock *next;
	int spid;
	bool is_exclusive, is_of_transaction;
	int count;
	char *resource;
};

struct server {
	pthread_mutex_t lock;
	pthread_cond_t gone;	   /* a session has ended */
	struct session *sessions;  /* lock */
	struct faults faults;	   /* lock */
	long counts[COUNTERS];	   /* lock */
	struct applock *applocks;  /* lock */
	uint64_t next_transaction; /* lock */
	bool is_stopping;	   /* lock */
	int threads;		   /* lock */
	struct store *store;
	int audit_fd; /* < 0: none */
	struct user users[USERS_MAX];
	int user_count;
	char default_database[NAME_SIZE];
	enum tds_version newest;
	bool isolation_survives;
	int listen_fd;
	int stop_fd;  /* readable when the server is to end */
	int until_fd; /* likewise; < 0: none */
};

must_use bool server_init(struct server *server);
/* All sessions have ended. */
void server_done(struct server *server);
/* Take clients until told to stop, then end all sessions and wait for them. */
void server_run(struct server *server);
void server_stop(struct server *server);

/* A session comes and goes. */
void server_add(struct server *server, struct session *s);
void server_remove(struct server *server, struct session *s);
/* Sessions end, or (in)activity begins; `spid` 0: all. The number of those it concerned. */
int server_doom(struct server *server, int spid, enum doom doom);
int server_stall(struct server *server, int spid, bool is_stalled);
void server_wake_all(struct server *server);

void server_count(struct server *server, enum counter counter);
struct faults server_faults(struct server *server);
/* The number that the login is refused with, 0: none; used up. Likewise for a statement, a reset.
 */
int server_take_refusal(struct server *server);
int server_take_failure(struct server *server);
int server_take_reset_failure(struct server *server);
bool server_knows(const struct server *server, const char *user, const char *password);

/* One line to the audit log; control characters become blanks. */
void server_audit(struct server *server, const char *format, ...) printf_like(2, 3);

/* A name as the log and the list have it: blanks are underscores. */
void server_word(const char *text, char ret[NAME_SIZE]);
/* `spid=51 user=app ...`, separated by ` | `. */
void server_list(struct server *server, struct buffer *to);

/* Application locks: what sp_getapplock returns, but for the wait. */
enum applock_result { APPLOCK_GRANTED = 0, APPLOCK_WAIT = 1 };
enum applock_result applock_take(struct server *server, int spid, const char *resource,
	bool is_exclusive, bool is_of_transaction);
bool applock_give(struct server *server, int spid, const char *resource);
/* "NoLock", "Shared" or "Exclusive", of the session. */
const char *applock_mode(struct server *server, int spid, const char *resource);
/* Those that the session holds, that its transaction holds, or both. */
enum applock_owner { OWNER_SESSION = 1, OWNER_TRANSACTION = 2 };
void applock_give_all(struct server *server, int spid, unsigned owners);

/* The address and the port that was bound. */
must_use bool server_listen(struct server *server, unsigned port, unsigned *ret_port);

#endif
