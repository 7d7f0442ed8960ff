/* SPDX-License-Identifier: MIT */
#ifndef TDSD_SESSION_H
#define TDSD_SESSION_H
/*
 * One client's session: everything that T-SQL lets a client change and that a reset undoes.
 *
 * Locks:     only the session's own thread uses it, but for `doom` and `is_stalled`, which others
 * set (and then wake the channel), and `view`, which is the server's lock's. Ownership: made,
 * served and freed by session_serve().
 */
#include "base/compiler.h"
#include "channel.h"
#include "login.h"
#include "settings.h"
#include "tokens.h"
#include "types.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct server;
struct link;

enum doom { DOOM_NONE, DOOM_KILLED, DOOM_DROPPED, DOOM_RESET, DOOM_STOPPED };

/* A variable, a prepared statement, a cursor, a key of the session context: name and what it has.
 */
struct item {
	struct item *next;
	char *name;
	char *text;	   /* prepared: the statement; cursor: its query */
	char *declaration; /* prepared: its parameters */
	int id;		   /* prepared: the handle */
	bool is_output;	   /* variable: a parameter that goes back */
	bool is_read_only; /* session context */
	bool is_open;	   /* cursor */
	long position;	   /* cursor: rows fetched */
	struct value value;
};

struct transaction {
	int count;	     /* @@TRANCOUNT */
	uint64_t descriptor; /* of the outermost; [MS-TDS] 2.2.5.3.2 */
	bool is_doomed;
};

/* A DONE that has not been sent, because only the next thing says whether more follows. */
struct pending_done {
	bool is_there;
	enum done_token token;
	unsigned status, command;
	uint64_t rows;
};

/* What other sessions see of this one. */
struct session_view {
	char database[NAME_SIZE], user[NAME_SIZE], app[NAME_SIZE], host[NAME_SIZE];
	int isolation, trancount;
};

struct session {
	struct session *next; /* server->lock */
	struct server *server;
	struct channel channel;
	struct login login;
	int spid;
	bool has_prelogin, is_logged_in;
	_Atomic enum doom doom;
	_Atomic bool is_stalled;
	struct session_view view; /* server->lock */

	char database[NAME_SIZE];
	struct settings settings;
	enum isolation isolation;
	struct transaction transaction;
	struct link *links; /* SQLite's connections, one a database */
	bool has_temp_tables;
	struct item *global_tables; /* ##tables that this session made */
	struct item *variables;	    /* of the running batch */
	struct item *prepared;
	struct item *cursors;
	struct item *context;	   /* sp_set_session_context */
	struct item *impersonated; /* EXECUTE AS, the last one first */
	char app_role[NAME_SIZE];
	uint8_t context_info[128];
	size_t context_info_len;
	int next_handle;

	/* of the last statement */
	int error;
	int64_t row_count, identity;
	int fetch_status; /* @@FETCH_STATUS */

	/* of the running request */
	struct pending_done done;
	int procedure_depth; /* > 0: statements end with DONEINPROC */
	int nesting;
	int try_depth, caught_number; /* BEGIN TRY, and what ended it */
	char caught_text[2000];
	unsigned error_severity;
	bool has_error;	     /* of the running statement */
	bool must_close;     /* severity 20 or more */
	bool is_logging_out; /* TDS 5.0 says so */
	const char *logout_by;
};

/* Serve a client until it goes. `fd` is the session's. */
void session_serve(struct server *server, int fd);
/* The pieces of that: NULL: no memory, and the socket is closed. */
struct session *session_new(struct server *server, int fd);
/* Serve the messages that are in the channel. False: the session is over. */
must_use bool session_serve_input(struct session *s);
/* Roll back, close, forget. */
void session_free(struct session *s);

/* Roll back, forget, set back: [MS-TDS] 2.2.3.1.2. False: the connection must be closed. */
must_use bool session_reset(struct session *s, bool skips_transaction);
/* Wait. False: stopped by an attention, a kill or the client's end. */
must_use bool session_sleep(struct session *s, int64_t ms);
/* Whether what runs must stop. */
bool session_must_stop(struct session *s);
/* Tell the others what they may see. */
void session_publish(struct session *s);
/* USE: ENVCHANGE and 5701. False: no such database (and 911 was sent). */
must_use bool session_use(struct session *s, const char *database);

/* Who one is: EXECUTE AS, application role, login. */
const char *session_user(const struct session *s);

/* ERROR or, below severity 11, INFO. */
void session_error(struct session *s, int number, unsigned severity, unsigned state,
	const char *format, ...) printf_like(5, 6);
void session_error_at(struct session *s, int number, unsigned severity, unsigned state,
	unsigned line, const char *format, va_list ap) printf_like(6, 0);

/* The end of a statement, and of the request. */
void session_done(struct session *s, unsigned status, unsigned command, uint64_t rows);
void session_done_procedure(struct session *s, int32_t status);
void session_finish(struct session *s);
/* Before anything else is written: the pending DONE, which now has something after it. */
void session_finish_pending(struct session *s);

/* Lists of items. */
struct item *item_find(struct item *list, const char *name);
/* NULL: no memory. */
struct item *item_add(struct item **list, const char *name);
/* The one of that name, made when it is not there. */
struct item *item_get(struct item **list, const char *name);
void item_remove(struct item **list, struct item *which);
void items_done(struct item **list);

#endif
