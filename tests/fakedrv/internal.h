/* SPDX-License-Identifier: MIT */
#ifndef FAKEDRV_INTERNAL_H
#define FAKEDRV_INTERNAL_H
/*
 * The inside of the fake driver: handles, their life, and what each part offers the others.
 *
 * Every exported function is `enter, body, leave`: enter finds the handle in the table of those
 * alive (anything else is SQL_INVALID_HANDLE and counted), locks its connection and forgets its
 * records; leave unlocks. SQLCancel alone takes no lock.
 *
 * Locks:     a connection's (or environment's) own, held from enter to leave; under it the handle
 *            table, the gate and the log, one at a time. A call that blocks lets go of the first.
 * Ownership: an environment outlives its connections, a connection its statements.
 */
#include "fakedrv/fakedrv.h"
#include "base/buffer.h"
#include "base/compiler.h"

/* Under -fvisibility=hidden only what is declared as visible can be exported. */
#pragma GCC visibility push(default)
#define SQL_NOUNICODEMAP
#include <sql.h>
#include <sqlext.h>
#include <sqlucode.h>
extern const struct fakedrv_control fakedrv_control;
#pragma GCC visibility pop

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>

enum width { NARROW, WIDE };

struct record {
	char state[6];
	SQLINTEGER native;
	char *text;
	SQLLEN row;
	SQLINTEGER column;
};

struct diag {
	SQLRETURN rc;
	SQLLEN row_count;
	const char *function; /* SQL_DIAG_DYNAMIC_FUNCTION */
	struct record *records;
	size_t count;
	size_t popped; /* by SQLError */
};

struct handle {
	SQLSMALLINT kind;
	unsigned number;
	struct handle *next_in_bucket; /* the table's lock */
	pthread_mutex_t *lock;
	struct conn *conn; /* NULL for an environment */
	struct diag diag;
};

struct env {
	struct handle h;
	pthread_mutex_t lock;
	SQLINTEGER version;
	struct conn *conns;
};

enum word {
	WORD_LOGIN,
	WORD_LOGIN_MS,
	WORD_RECORDS,
	WORD_STATE,
	WORD_NATIVE,
	WORD_TEXT,
	WORD_DISCONNECT,
	WORD_END_TRAN,
	WORD_SET_ATTR,
	WORD_RESET,
	WORD_DEAD_ANSWER,
	WORD_VERSION,
	WORD_UNSUPPORTED,
	WORD_BROWSE,
	WORD_XA,
	WORD_XA_STATUS,
	WORD_DATABASE,
	WORD_DSN, /* from here on words of connection strings only */
	WORD_DRIVER,
	WORD_COUNT,
};

struct script {
	char *value[WORD_COUNT];
};

/* An attribute that was set: a number or pointer, or a text. */
struct attribute {
	SQLINTEGER id;
	SQLULEN number;
	char *text;
};

struct attributes {
	struct attribute *set;
	size_t count;
};

struct conn {
	struct handle h;
	pthread_mutex_t lock;
	struct env *env;
	struct conn *next; /* env->lock */
	bool is_connected;
	bool is_wide; /* connected by a W function */
	bool in_transaction;
	long browsed;	  /* steps of SQLBrowseConnect that asked for more */
	unsigned blocked; /* calls that let go of the lock to block */
	atomic_bool is_dead;
	atomic_bool is_online; /* is_connected, for those without the lock */
	struct script from_string, from_dsn;
	struct attributes attributes;
	struct stmt *stmts;
	struct desc *descs; /* explicit ones */
};

struct desc_record {
	SQLSMALLINT type; /* concise */
	SQLPOINTER data;
	SQLLEN *indicator, *octet_length_ptr;
	SQLLEN octet_length;
	SQLULEN length;
	SQLSMALLINT precision, scale, nullable, parameter_type;
	char *name;
};

struct desc {
	struct handle h;
	struct desc *next;  /* of the explicit ones */
	struct stmt *owner; /* NULL: explicit */
	SQLULEN array_size;
	SQLUSMALLINT *array_status;
	SQLLEN *bind_offset;
	SQLULEN bind_type;
	SQLULEN *rows_processed;
	struct desc_record *records; /* from number 1 on */
	SQLSMALLINT count;
};

enum desc_role { DESC_APP_ROW, DESC_APP_PARAM, DESC_IMP_ROW, DESC_IMP_PARAM, DESC_ROLES };

struct cell {
	char *data; /* NULL: SQL NULL */
	size_t len;
};

struct result {
	size_t columns, rows;
	struct cell *cells; /* row by row */
	SQLLEN position;    /* first row of the rowset, from 0; -1 before the first fetch */
	SQLULEN row_in_set; /* by SQLSetPos, from 0 */
	SQLUSMALLINT get_column;
	size_t get_offset;
	bool get_done;
};

struct stmt {
	struct handle h;
	struct stmt *next;
	struct desc implicit[DESC_ROLES];
	struct desc *desc[DESC_ROLES]; /* those in use */
	struct attributes attributes;
	char *cursor_name;
	char *text;		   /* prepared or being executed */
	const char *rest;	   /* of text: results to come */
	bool is_prepared, is_open; /* open: has a result set */
	bool is_waiting;
	atomic_bool is_cancelled;
	SQLLEN row_count;
	struct result result;
	SQLSMALLINT next_parameter;
	SQLSMALLINT needs_data; /* number of the parameter, 0 none, -1 before the first */
	struct buffer *put;	/* what SQLPutData brought, by parameter */
	size_t put_count;
	const char *asked_by; /* function that answered SQL_NEED_DATA */
};

/* handles.c */
struct env *env_enter(SQLHENV h, const char *format, ...) printf_like(2, 3);
struct conn *conn_enter(SQLHDBC h, const char *format, ...) printf_like(2, 3);
struct stmt *stmt_enter(SQLHSTMT h, const char *format, ...) printf_like(2, 3);
struct desc *desc_enter(SQLHDESC h, const char *format, ...) printf_like(2, 3);
/* For diagnostics, and SQLCancel: nothing is forgotten, and `is_locked` false takes no lock. */
struct handle *handle_find(SQLSMALLINT kind, SQLHANDLE h, bool is_locked);
SQLRETURN leave(struct handle *h, SQLRETURN rc);
/* Statements and descriptors of a connection that goes. */
void conn_free_children(struct conn *c);
SQLRETURN stmt_free(struct stmt *s);
void handles_for_each_conn(void (*each)(struct conn *c, void *context), void *context);

/* diag.c */
void diag_forget(struct handle *h);
SQLRETURN diag_post(struct handle *h, const char *state, SQLINTEGER native, const char *format, ...)
	printf_like(4, 5);
struct record *diag_last(struct handle *h);
SQLRETURN diag_get_rec(SQLSMALLINT kind, SQLHANDLE h, SQLSMALLINT number, void *state,
	SQLINTEGER *native, void *text, SQLSMALLINT size, SQLSMALLINT *length, enum width w);
SQLRETURN diag_get_field(SQLSMALLINT kind, SQLHANDLE h, SQLSMALLINT number, SQLSMALLINT field,
	SQLPOINTER value, SQLSMALLINT size_bytes, SQLSMALLINT *length, enum width w);
SQLRETURN diag_error(SQLHENV env, SQLHDBC dbc, SQLHSTMT stmt, void *state, SQLINTEGER *native,
	void *text, SQLSMALLINT size, SQLSMALLINT *length, enum width w);

/* text.c: arguments come in as `len` characters or SQL_NTS; NULL stays NULL. The caller frees. */
char *text_in(const void *s, SQLINTEGER len, enum width w);
/* Text arguments whose length is in bytes, as those of attributes. */
char *text_in_bytes(const void *s, SQLINTEGER len_bytes, enum width w);
/* Write `text`; false: it was cut. Sizes and *ret_length in characters. */
bool text_out(const char *text, void *to, SQLINTEGER size, SQLINTEGER *ret_length, enum width w);
/* As an ODBC function answers: 01004 when cut. The length goes where it is wanted, in bytes or not.
 */
SQLRETURN text_answer(struct handle *h, const char *text, void *to, SQLINTEGER size,
	SQLSMALLINT *ret_length, enum width w);
SQLRETURN text_answer_bytes(struct handle *h, const char *text, void *to, SQLINTEGER size_bytes,
	SQLINTEGER *ret_length_bytes, enum width w);

/* script.c */
bool script_parse(struct script *s, const char *words, bool is_connection_string);
void script_done(struct script *s);
/* Merge the words of an odbc.ini section. */
void script_read_dsn(struct script *s, const char *dsn);
bool script_says(struct conn *c, enum word w, const char *value);
long script_number(struct conn *c, enum word w);
char *script_text(struct conn *c, enum word w);
bool script_replace(const char *words);

/* control.c */
enum counter {
	COUNT_ENVIRONMENTS,
	COUNT_CONNECTIONS,
	COUNT_STATEMENTS,
	COUNT_DESCRIPTORS,
	COUNT_CONNECTED,
	COUNT_LOGINS,
	COUNT_FAILED_LOGINS,
	COUNT_LOGOUTS,
	COUNT_FOREIGN_HANDLES,
	COUNT_DEAD_CALLS,
	COUNTERS,
};
void count(enum counter c, int by);
void log_vcall(const struct handle *h, const char *format, va_list ap) printf_like(2, 0);
void log_line(const struct handle *h, const char *format, ...) printf_like(2, 3);

/* gate.c: where calls block. */
enum gate_result { GATE_RELEASED, GATE_TIMED_OUT, GATE_CANCELLED, GATE_DEAD };
/* Lets go of the connection's lock meanwhile. 0 ms: for ever; `is_cancelled` may be NULL. */
enum gate_result gate_wait(struct conn *c, long timeout_ms, atomic_bool *is_cancelled);
void gate_release(void);
void gate_wake(void);
void gate_await_blocked(size_t n);

/* connect.c */
SQLRETURN conn_connect(SQLHDBC h, char *dsn, char *user, char *password, enum width w);
SQLRETURN conn_driver_connect(SQLHDBC h, char *string, void *out, SQLSMALLINT out_size,
	SQLSMALLINT *out_length, enum width w);
SQLRETURN conn_browse(SQLHDBC h, char *string, void *out, SQLSMALLINT out_size,
	SQLSMALLINT *out_length, enum width w);
/* 08S01 posted: the connection is dead. */
bool conn_is_lost(struct handle *h);
void conn_kill(struct conn *c);

/* attributes.c */
void attributes_done(struct attributes *a);
SQLRETURN conn_set_attr(SQLHDBC h, SQLINTEGER id, SQLPOINTER value, SQLINTEGER len, enum width w,
	const char *function);
SQLRETURN conn_get_attr(SQLHDBC h, SQLINTEGER id, SQLPOINTER value, SQLINTEGER size,
	SQLINTEGER *length, enum width w, const char *function);
SQLRETURN stmt_set_attr(SQLHSTMT h, SQLINTEGER id, SQLPOINTER value, SQLINTEGER len, enum width w,
	const char *function);
SQLRETURN stmt_get_attr(SQLHSTMT h, SQLINTEGER id, SQLPOINTER value, SQLINTEGER size,
	SQLINTEGER *length, enum width w, const char *function);
SQLULEN conn_number_attr(const struct conn *c, SQLINTEGER id);
SQLULEN stmt_number_attr(const struct stmt *s, SQLINTEGER id);

/* xa.c */
bool xa_takes(struct conn *c, SQLINTEGER id);
SQLRETURN xa_set(struct conn *c, SQLINTEGER id, void *value);

/* info.c */
SQLRETURN info_get(SQLHDBC h, SQLUSMALLINT type, SQLPOINTER value, SQLSMALLINT size,
	SQLSMALLINT *length, enum width w);
SQLRETURN info_native_sql(
	SQLHDBC h, char *text, void *out, SQLINTEGER size, SQLINTEGER *length, enum width w);

/* statements.c */
SQLRETURN stmt_prepare(SQLHSTMT h, char *text, enum width w);
SQLRETURN stmt_exec_direct(SQLHSTMT h, char *text, enum width w);
SQLRETURN stmt_set_cursor_name(SQLHSTMT h, char *name, enum width w);
SQLRETURN stmt_get_cursor_name(
	SQLHSTMT h, void *name, SQLSMALLINT size, SQLSMALLINT *length, enum width w);
/* HY010 posted: the statement is at work, or needs data. */
bool stmt_is_busy(struct stmt *s);

/* execute.c */
SQLRETURN stmt_run_next(struct stmt *s);
/* A row of a catalog function's name and arguments; frees the arguments. */
SQLRETURN stmt_catalog(SQLHSTMT h, const char *function, int count, char **args, enum width w);

/* results.c */
void result_clear(struct stmt *s);
bool result_alloc(struct stmt *s, size_t columns, size_t rows);
bool result_set_cell(struct stmt *s, size_t row, size_t column, const char *data, size_t len);
SQLRETURN result_describe(SQLHSTMT h, SQLUSMALLINT column, void *name, SQLSMALLINT size,
	SQLSMALLINT *length, SQLSMALLINT *type, SQLULEN *column_size, SQLSMALLINT *digits,
	SQLSMALLINT *nullable, enum width w);
SQLRETURN result_column_attribute(SQLHSTMT h, SQLUSMALLINT column, SQLUSMALLINT field,
	SQLPOINTER text, SQLSMALLINT size_bytes, SQLSMALLINT *length_bytes, SQLLEN *number,
	enum width w);

/* values.c: one value out to, or in from, an application's buffer. */
SQLRETURN value_out(struct handle *h, const struct cell *v, SQLSMALLINT c_type, SQLPOINTER to,
	SQLLEN size, SQLLEN *indicator, size_t *offset);
bool value_in(struct buffer *to, SQLSMALLINT c_type, const void *from, SQLLEN len);
size_t value_size(SQLSMALLINT c_type, SQLLEN octet_length);

/* descriptors.c */
void desc_init(struct desc *d, struct conn *c, struct stmt *owner);
void desc_done(struct desc *d);
struct desc_record *desc_record(struct desc *d, SQLSMALLINT number);
bool desc_resize(struct desc *d, SQLSMALLINT count);
SQLRETURN desc_get_field(SQLHDESC h, SQLSMALLINT number, SQLSMALLINT field, SQLPOINTER value,
	SQLINTEGER size, SQLINTEGER *length, enum width w);
SQLRETURN desc_set_field(SQLHDESC h, SQLSMALLINT number, SQLSMALLINT field, SQLPOINTER value,
	SQLINTEGER len, enum width w);
SQLRETURN desc_get_rec(SQLHDESC h, SQLSMALLINT number, void *name, SQLSMALLINT size,
	SQLSMALLINT *length, SQLSMALLINT *type, SQLSMALLINT *sub_type, SQLLEN *octet_length,
	SQLSMALLINT *precision, SQLSMALLINT *scale, SQLSMALLINT *nullable, enum width w);
/* The header fields that statement attributes stand for too. */
SQLULEN desc_header(const struct desc *d, SQLSMALLINT field);
bool desc_set_header(struct desc *d, SQLSMALLINT field, SQLULEN value);
#endif
