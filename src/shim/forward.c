/* SPDX-License-Identifier: MIT */
/*
 * The functions in which we have no opinion, expanded from the entry-point table.
 *
 * A W function that the real driver lacks is served by its ANSI twin with converted texts; a
 * function that it lacks altogether is answered with IM001, as the driver manager does.
 */
#include "shim/call.h"
#include "shim/entry.h"
#include "shim/text.h"

/* The ANSI forms, and the functions that have one form. */
#define CH SQLCHAR
#define OWN(...)
#define OWN_AW(...)
#define LOCAL(...)
#define LOCAL_AW(...)
#define FORWARD(name, id, kind, params, args)                                                      \
	SQLRETURN odbcpool_##name params                                                           \
	{                                                                                          \
		struct call c;                                                                     \
		if (!call_enter_##kind(&c, &h))                                                    \
			return c.rc;                                                               \
		if (unlikely(!c.calls->name))                                                      \
			return call_missing(&c, "SQL" #name);                                      \
		return call_leave(&c, c.calls->name args);                                         \
	}
#define FORWARD_AW(name, id, kind, params, args, narrow) FORWARD(name, id, kind, params, args)
#include "driver/entry_points.def"
#undef CH

/* The W forms. */
#define CH SQLWCHAR
#define OWN(...)
#define OWN_AW(...)
#define LOCAL(...)
#define LOCAL_AW(...)
#define IN(text, length) narrowed_add(&narrowed, text, length), SQL_NTS
#define FORWARD(...)
#define FORWARD_AW(name, id, kind, params, args, narrow)                                           \
	SQLRETURN odbcpool_##name##W params                                                        \
	{                                                                                          \
		struct call c;                                                                     \
		if (!call_enter_##kind(&c, &h))                                                    \
			return c.rc;                                                               \
		if (likely(c.calls->name##W))                                                      \
			return call_leave(&c, c.calls->name##W args);                              \
		if (!c.calls->name)                                                                \
			return call_missing(&c, "SQL" #name "W");                                  \
		struct narrowed narrowed = {.count = 0};                                           \
		SQLRETURN rc = call_leave(&c, c.calls->name narrow);                               \
		narrowed_done(&narrowed);                                                          \
		return rc;                                                                         \
	}
#include "driver/entry_points.def"
