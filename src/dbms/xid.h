/* SPDX-License-Identifier: MIT */
#ifndef DBMS_XID_H
#define DBMS_XID_H
/*
 * Transaction branch identifiers as text, in the forms that databases take; both ways, without
 * loss.
 *
 *	PostgreSQL   odbcpool.FORMAT.GTRID.BQUAL, at most 199 bytes
 *	MariaDB      X'GTRID',X'BQUAL',FORMAT, as in XA START
 *
 * In PostgreSQL's, FORMAT is hexadecimal without leading zeros, the others are base64url without
 * padding.
 *
 * Locks: none.
 */
#include "base/compiler.h"
#include "odbcpool_xa.h"

#include <stdbool.h>

#define XID_GID_MAX 199 /* PostgreSQL's GIDSIZE, less the end */

#define XID_SQL_MAX 283

/* Neither the null XID nor one whose lengths make no sense. */
bool xid_is_valid(const XID *xid);
bool xid_equals(const XID *a, const XID *b);

/* The XID must be valid. */
void xid_to_gid(const XID *xid, char ret_gid[XID_GID_MAX + 1]);
/* False: not one of ours. Only what xid_to_gid() would write is. */
must_use bool xid_from_gid(const char *gid, XID *ret_xid);

/* The XID must be valid. */
void xid_to_sql(const XID *xid, char ret_sql[XID_SQL_MAX + 1]);
/* Also as XA RECOVER FORMAT='SQL' writes it: 'text','text',7 where all is printable. */
must_use bool xid_from_sql(const char *sql, XID *ret_xid);

#endif
