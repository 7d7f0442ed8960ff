/* SPDX-License-Identifier: MIT */
#ifndef DRIVER_LOAD_H
#define DRIVER_LOAD_H
/*
 * The real drivers of this process: each shared library is opened once and never closed.
 *
 * A driver is opened as the driver manager would open it (RTLD_LAZY | RTLD_LOCAL; RTLD_NOW refuses
 * drivers that it loads), its functions are looked up, and it is judged: is it an ODBC 3 driver at
 * all, does it speak Unicode, is it perhaps one of our own libraries?
 *
 * Locks:     LOCK_RANK_DRIVER for the table of drivers, not held while a library is loaded.
 * Ownership: drivers live until the process ends.
 */
#include "base/buffer.h"
#include "base/diag.h"
#include "base/list.h"
#include "base/lock.h"
#include "driver/calls.h"

#include <stdatomic.h>
#include <stdbool.h>

struct resolved;

/* What must be known of a driver before its first login; found by its file and symbols. */
struct driver_traits {
	bool needs_own_environment; /* one per connection: the driver's lists are not thread-safe */
	bool tells_socket;	    /* by the info type SQL_INFO_FREETDS_SOCKET */
	bool is_pooled_by_default;  /* Pooling=Auto */
	/*
	 * The word of the connection string that limits a login in seconds, where the driver does
	 * not obey SQL_ATTR_LOGIN_TIMEOUT; NULL: it does.
	 */
	const char *login_timeout_word;
	/*
	 * Why a connect must not be pooled, whatever its settings: a literal for the application,
	 * "" where there is nothing to tell it. NULL: it may be.
	 */
	const char *(*objection)(const struct resolved *r);
	/*
	 * Append the paths of the files that a login reads beside the ini files, each with its
	 * terminator; NULL: none.
	 */
	void (*list_files)(const struct resolved *r, struct buffer *to);
};

struct driver {
	struct list link;
	char *path; /* as the file system knows it */
	void *library;
	struct calls calls;
	struct driver_traits traits;
	bool has_ansi_connect; /* SQLConnect and SQLDriverConnect, or one of them */
	bool has_wide_connect;
	bool was_asked_deep;	  /* DriverSymbols=Deep, by whoever loaded it */
	struct list environments; /* environment.c's lock */
	atomic_flag has_logged_in;
};

/* What the layers above add to the loading of a driver. */
struct driver_hooks {
	/* Decide the traits of a driver just loaded. */
	void (*judge)(const char *path, void *library, struct driver_traits *ret_traits);
	/* The first login of the process through this driver has just succeeded. */
	void (*note_first_login)(void);
};
/* Before the first driver_load(). */
void driver_set_hooks(const struct driver_hooks *hooks);
/* For each driver loaded so far; only while there is one thread, after a fork. */
void driver_for_each(void (*visit)(struct driver *d));
/* To be called after each successful login. */
void driver_note_login(struct driver *d);

/*
 * The driver that `name` stands for: a path, or a file name looked for on the directories for ODBC
 * drivers and then where dlopen() looks. NULL: reterr says why, naming `place`, where the name was
 * read (IM003: no such file, cannot be loaded, is odbcpool itself; IM004: is no ODBC 3 driver).
 * `is_deep` asks for RTLD_DEEPBIND; where that is not safe the driver is opened without it and
 * `reterr` gets a 01000 record. Thread-safe.
 */
struct driver *driver_load(const char *name, bool is_deep, const char *place, struct diag *reterr);

#endif
