/* SPDX-License-Identifier: MIT */
#ifndef SHIM_ENTRY_H
#define SHIM_ENTRY_H
/*
 * What the shells call: odbcpool_Fetch() for SQLFetch(), and so on for every row of the entry-point
 * table. Private to odbcpool, though the linker has to see it; not for applications.
 */
#include "base/compiler.h"
#include "driver/odbc.h"
#include "shim/handle.h"

#define ENTRY(name, params) exported SQLRETURN odbcpool_##name params;

/* Functions of one form, and the ANSI forms. */
#define CH SQLCHAR
#define FORWARD(name, id, kind, params, args) ENTRY(name, params)
#define FORWARD_AW(name, id, kind, params, args, narrow) ENTRY(name, params)
#define OWN(name, id, params, args) ENTRY(name, params)
#define OWN_AW(name, id, params, args) ENTRY(name, params)
#define LOCAL(name, id, params, args) ENTRY(name, params)
#define LOCAL_AW(name, id, params, args) ENTRY(name, params)
#include "driver/entry_points.def"
#undef CH

/* The W forms. */
#define CH SQLWCHAR
#define FORWARD(...)
#define FORWARD_AW(name, id, kind, params, args, narrow) ENTRY(name##W, params)
#define OWN(...)
#define OWN_AW(name, id, params, args) ENTRY(name##W, params)
#define LOCAL(...)
#define LOCAL_AW(name, id, params, args) ENTRY(name##W, params)
#include "driver/entry_points.def"
#undef CH
#undef ENTRY

/* An environment remembers through which shell it was made; odbc_version 0: not set yet. */
exported SQLRETURN odbcpool_alloc_env(enum shell shell, SQLUINTEGER odbc_version, SQLHENV *ret_env);

#endif
