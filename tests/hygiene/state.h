/* SPDX-License-Identifier: MIT */
#ifndef HYGIENE_STATE_H
#define HYGIENE_STATE_H
/*
 * "Fresh or reused?": for each DBMS the items that make the state of a session, each with a
 * question that shows it, and the changes that a borrower can make to them, each in every way there
 * is.
 */
#include "hygiene/app.h"

#include "base/compiler.h"

enum { ANSWER_MAX = 4096 };

enum asking {
	BY_SQL,
	BY_FUNCTION,
	CONNECTION_NUMBER, /* an attribute of the connection */
	CONNECTION_TEXT,
	STATEMENT_NUMBER, /* an attribute of a new statement */
};

struct item {
	const char *name;
	enum asking by;
	const char *question;
	SQLINTEGER attribute;
	/* Gets `question`. */
	void (*ask)(struct app *a, const char *question, char *ret_answer, size_t size);
};

/* What must become of the physical connection. */
enum fate { KEPT, CLOSED };

struct change {
	const char *item;
	/* One of: statements, one a line, those that begin with '!' may fail; a function, with its
	 * name as text; an attribute of the connection with a number or a text, set before the
	 * connect or after it. */
	const char *sql;
	bool (*act)(struct app *a);
	SQLINTEGER attribute;
	SQLULEN value;
	const char *text;
	bool at_login;
	/* No word of the statement tells, or it is a row change: only a reset undoes it, and a lock
	 * is let go of by the reset alone. */
	bool is_hidden;
	enum fate fate;
	/* Why the next borrower would not see it without a reset either; NULL: it would. Then the
	 * borrower who made the change must see it, or why it cannot: */
	const char *unseen;
	const char *unseen_by_itself;
};

struct subject {
	const char *dbms; /* SQL_DBMS_NAME */
	const struct item *items;
	size_t item_count;
	const struct change *changes;
	size_t change_count;
	/* From another connection as soon as SQLDisconnect has returned: must be answered with 0.
	 */
	const char *held;
};

/* What every driver has. */
extern const struct item driver_items[];
extern const size_t driver_item_count;

extern const struct subject subject_postgresql, subject_mariadb, subject_sqlite, subject_sqlserver;

/* Another connection to the same server, never a pooled one, for what a borrower cannot do to
 * itself. */
bool beside(struct app *a, const char *sql);

/* For items asked BY_FUNCTION: the first column as the type named, in hexadecimal digits. */
void ask_narrow(struct app *a, const char *question, char *ret_answer, size_t size);
void ask_wide(struct app *a, const char *question, char *ret_answer, size_t size);
void ask_binary(struct app *a, const char *question, char *ret_answer, size_t size);
void ask_date(struct app *a, const char *question, char *ret_answer, size_t size);
/* The question has one parameter, which is bound as a wide text with an accent. */
void ask_parameter(struct app *a, const char *question, char *ret_answer, size_t size);
/* SQLColumns of a table without a schema: how many rows. */
void ask_columns(struct app *a, const char *question, char *ret_answer, size_t size);

/* For changes: each leaves a statement behind as it is. */
bool leave_half_read(struct app *a);
/* The same with one statement, where a connection has one result at a time. */
bool leave_half_read_one(struct app *a);
bool leave_prepared(struct app *a);
bool leave_cancelled(struct app *a);
/* In manual-commit mode, with a row written to hygiene_t. */
bool leave_transaction(struct app *a);
/* A statement that the server ended from another session. */
bool leave_killed_query(struct app *a);
/* More open statements than any profile cleans one by one. */
bool leave_many_prepared(struct app *a);

#endif
