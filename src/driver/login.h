/* SPDX-License-Identifier: MIT */
#ifndef DRIVER_LOGIN_H
#define DRIVER_LOGIN_H
/*
 * What the application gave its connect function, as a real driver gets it; and the sealed copy
 * that a pool keeps when it must open connections on its own.
 *
 * Sealed means: enciphered with a key that lives elsewhere in the process, so that no password lies
 * open in a memory dump's strings; the copies made from it for one login are wiped.
 *
 * Locks:     none; a sealed login is not changed once made.
 * Ownership: a struct login borrows what it points to, unless sealed_login_open() made it.
 */
#include "base/clock.h"
#include "base/diag.h"
#include "driver/attributes.h"

#include <stdbool.h>

struct login {
	enum connect_kind kind;
	bool is_wide;
	bool is_pooled; /* attributes of the borrow are set after the login, by session_borrowed()
			 */
	uint32_t odbc_version;
	unsigned timeout_s; /* what is left until the engine's deadline; 0: no limit */
	const struct attributes *attributes;
	/* CONNECT_PLAIN */
	SQLPOINTER server, user, password;
	SQLSMALLINT server_len, user_len, password_len;
	/* CONNECT_DRIVER; the string in bytes of that width, terminated */
	SQLPOINTER string;
	SQLSMALLINT string_len; /* in characters */
	SQLHWND window;
	SQLUSMALLINT completion;
	char added_word[32]; /* ours at the end of the string; not to be seen in the completed one
			      */
	/*
	 * Called before the strings are needed, so that a borrow served from the pool need not make
	 * them. May be NULL. False: reterr.
	 */
	bool (*prepare)(struct login *login, struct diag *reterr);
};

struct sealed_login;

/* A deep copy of a login whose string is prepared. NULL: no memory. */
struct sealed_login *sealed_login_new(const struct login *login);
void sealed_login_free(struct sealed_login *s);

/* A login in plain text, for one use. */
struct opened_login {
	struct login login;
	struct attributes attributes;
};
/* False: no memory. */
must_use bool sealed_login_open(const struct sealed_login *s, struct opened_login *ret);
void opened_login_done(struct opened_login *o);

#endif
