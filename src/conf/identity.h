/* SPDX-License-Identifier: MIT */
#ifndef CONF_IDENTITY_H
#define CONF_IDENTITY_H
/* Who logs in when the operating system says so. Locks: none. */
#include "base/buffer.h"

/*
 * Append what names the Kerberos ticket in use: KRB5CCNAME, and of a cache that is a file its
 * inode, time and owner, so that another ticket, also a renewed one, means another pool. False: the
 * cache is no file (KEYRING, KCM, ...), so that another ticket could not be noticed.
 */
must_use bool identity_add_kerberos(struct buffer *to);

/*
 * Append those environment variables that a real driver reads at its login, if there are any:
 * psqlODBC's libpq (PG...), MariaDB's client, FreeTDS, Kerberos. One pass over the environment, on
 * the way of every borrow.
 */
void identity_add_environment(struct buffer *to);

#endif
