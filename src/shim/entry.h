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

#define FORWARD(name, id, kind, params, args) ENTRY(name, params)
#define FORWARD_AW(name, id, kind, params, args, narrow) ENTRY_AW(name, params)
#define OWN(name, id, params, args) ENTRY(name, params)
#define OWN_AW(name, id, params, args) ENTRY_AW(name, params)
#define LOCAL(name, id, params, args) ENTRY(name, params)
#define LOCAL_AW(name, id, params, args) ENTRY_AW(name, params)

#define CH SQLCHAR
#define ENTRY(name, params) exported SQLRETURN odbcpool_##name params;
#define ENTRY_AW(name, params) ENTRY(name, params)
#include "driver/entry_points.def"
#undef CH
#undef ENTRY
#undef ENTRY_AW

#define CH SQLWCHAR
#define ENTRY(name, params)
#define ENTRY_AW(name, params) exported SQLRETURN odbcpool_##name##W params;
#include "driver/entry_points.def"
#undef CH
#undef ENTRY
#undef ENTRY_AW

#undef FORWARD
#undef FORWARD_AW
#undef OWN
#undef OWN_AW
#undef LOCAL
#undef LOCAL_AW

/* An environment remembers through which shell it was made; odbc_version 0: not set yet. */
exported SQLRETURN odbcpool_alloc_env(enum shell shell, SQLUINTEGER odbc_version, SQLHENV *ret_env);

#endif
