/* SPDX-License-Identifier: MIT */
#ifndef E2E_TRANSCRIPT_H
#define E2E_TRANSCRIPT_H
/*
 * An ODBC application that writes down everything it sees.
 *
 * It makes a long series of ODBC calls on one data source and prints each call with its arguments,
 * its return code, every byte it wrote and every diagnostic record. Run on a driver and on the same
 * driver behind odbcpool with Pooling=No, it must print the same (differential.sh). Therefore
 * nothing is printed that differs from run to run: no handle, no address, no time. The only text
 * that is altered on its way out are the addresses that psqlODBC builds into cursor names.
 *
 * A call is written as
 *
 *	CALL(ON_STMT(s), Fetch, s);
 *	CALL_AW(ON_STMT(s), ExecDirect, s, text("select 1"), SQL_NTS);
 *
 * The second calls SQLExecDirectW in a wide application. Arguments appear in the transcript as they
 * stand in the source; text() and number() add their value, and the out_...() functions hand out
 * buffers full of a pattern that are printed when the call is over, with what is left of the
 *pattern.
 *
 * Each chapter is one source file and runs in a process of its own.
 */
#include "base/compiler.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SQL_NOUNICODEMAP
#include <sql.h>
#include <sqlext.h>
#include <sqlucode.h>

enum dbms { DBMS_SQLITE, DBMS_POSTGRESQL, DBMS_MARIADB, DBMS_FREETDS, DBMS_SQLSERVER };

/* What kind of application this run is. */
struct app {
	const char *source; /* name of the data source */
	/* "UID=...;PWD=...;" where the data source's section cannot say so; else "" */
	const char *credentials;
	const char *driver; /* its section in odbcinst.ini */
	enum dbms dbms;
	bool is_wide;
	/*
	 * Wide, on a driver that is not: the driver manager converts, also what the driver did not
	 * write, and that is memory of no meaning.
	 */
	bool is_converted;
	int version;		  /* 2, 3 or 380 */
	bool has_no_diagnostics;  /* the chapter asks for them itself */
	bool uses_cursor_library; /* which leaves its row count as it finds it */
};
extern struct app app;

/* transcript_log.c: writing down. */
enum { PATTERN = 0xA5, OUT_SIZE = 4096 };

#define ON(kind, h) (kind), (h)
#define ON_ENV(h) SQL_HANDLE_ENV, (h)
#define ON_DBC(h) SQL_HANDLE_DBC, (h)
#define ON_STMT(h) SQL_HANDLE_STMT, (h)
#define ON_DESC(h) SQL_HANDLE_DESC, (h)

#define CALL(object, name, ...)                                                                    \
	call_end(object, (call_begin("SQL" #name, #__VA_ARGS__), SQL##name(__VA_ARGS__)))
#define CALL_AW(object, name, ...)                                                                 \
	call_end(                                                                                  \
		object, (call_begin(app.is_wide ? "SQL" #name "W" : "SQL" #name, #__VA_ARGS__),    \
				app.is_wide ? SQL##name##W(__VA_ARGS__) : SQL##name(__VA_ARGS__)))

void call_begin(const char *name, const char *arguments);
SQLRETURN call_end(SQLSMALLINT kind, SQLHANDLE handle, SQLRETURN rc);

/* Input: text of the application's width (void *, as it serves both), and any number. */
void *text(const char *utf8);
SQLLEN number(SQLLEN n);
/* So many bytes are n characters of the application's width. */
int octets(int n);
/* Output, printed at the end of the call; OUT_SIZE bytes of text or bytes, or one number. */
void *out_text(const char *label);
void *out_bytes(const char *label);
/* See is_converted. */
void *out_text_unless_failed(const char *label);
SQLSMALLINT *out_smallint(const char *label);
SQLINTEGER *out_integer(const char *label);
SQLLEN *out_len(const char *label);

void say(const char *format, ...) printf_like(1, 2);
void show_bytes(const char *label, const void *data, size_t size);
void show_text(const char *label, const void *data, size_t size);
void fill(void *data, size_t size);
void show_diagnostics(SQLSMALLINT kind, SQLHANDLE handle);

/*
 * A loop over numbers, where most behave alike: neighbours with the same transcript are printed
 * once, with their range.
 */
void items_begin(void);
void item(long n);
void items_end(void);

/* transcript_session.c: what all chapters need. */
struct session {
	SQLHENV env;
	SQLHDBC dbc;
};
void environment_open(SQLHENV *ret);
/*
 * SQLDriverConnect, with all that may be compared of the completed string: what a successful call
 * wrote up to the terminator, without the word DRIVER. (A wrapped driver's string names the
 * wrapper: reconnecting with it must come back to it. Drivers differ in whether they keep the
 * word.)
 */
SQLRETURN driver_connect(SQLHDBC dbc, const char *string, SQLUSMALLINT completion);
void session_open(struct session *s);
void session_close(struct session *s);
SQLHSTMT statement_new(SQLHDBC dbc);
void statement_free(SQLHSTMT s);
void set_number(SQLHSTMT s, SQLINTEGER attribute, SQLLEN value);
void set_pointer(SQLHSTMT s, SQLINTEGER attribute, void *value);
/* Execute; print what happened. */
SQLRETURN run(SQLHSTMT s, const char *sql);
/* Print the columns and up to `limit` rows, then close the cursor. */
void show_result(SQLHSTMT s, int limit);
/* run + show_result, for a look at what a table holds. */
void show_query(SQLHSTMT s, const char *sql);
/* Anew: t (id, name, amount, ratio, born, stamp, data, small, big), with `rows` rows. */
void table_make(SQLHSTMT s, const char *name, int rows);
/* The word of this DBMS for binary data, and for a time stamp. */
const char *type_binary(void);
const char *type_timestamp(void);

void chapter_connect(void);
void chapter_login(void);
void chapter_browse(void);
void chapter_cursors(void);
void chapter_execute(void);
void chapter_parameters(void);
void chapter_arrays(void);
void chapter_at_execution(void);
void chapter_fetch(void);
void chapter_scroll(void);
void chapter_getdata(void);
void chapter_catalog(void);
void chapter_typeinfo(void);
void chapter_results(void);
void chapter_transactions(void);
void chapter_cancel(void);
void chapter_descriptors(void);
void chapter_positioned(void);
void chapter_info(void);
void chapter_attributes(void);
void chapter_errors(void);
void chapter_odbc2(void);
void chapter_odd(void);
void chapter_refused(void);

#endif
