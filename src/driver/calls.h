/* SPDX-License-Identifier: MIT */
#ifndef DRIVER_CALLS_H
#define DRIVER_CALLS_H
/*
 * The dispatch table of a real driver: one typed slot for each function we may call, NULL where the
 * driver has none. The types are those of the system's sql.h.
 *
 * Locks: none; a table is filled once, before anyone sees it.
 */
#include "driver/odbc.h"

struct calls {
#define CALLS_SLOT(name) __typeof__(SQL##name) *name;
#define CALLS_SLOT_AW(name) CALLS_SLOT(name) CALLS_SLOT(name##W)
#define FORWARD(name, ...) CALLS_SLOT(name)
#define FORWARD_AW(name, ...) CALLS_SLOT_AW(name)
#define OWN(name, ...) CALLS_SLOT(name)
#define OWN_AW(name, ...) CALLS_SLOT_AW(name)
#define LOCAL(name, ...)
#define LOCAL_AW(name, ...)
#include "driver/entry_points.def"
#undef CALLS_SLOT
#undef CALLS_SLOT_AW
};

#endif
