/* SPDX-License-Identifier: MIT */
/*
 * A DBMS of which nothing is known: no reset, so that a session is reused only while nothing but
 * queries and row changes went over it.
 */
#include "base/compiler.h"
#include "dbms/profile.h"

static const char *const no_names[] = {NULL};

const struct profile profile_generic = {
	.name = "generic",
	.dbms_names = no_names,
};
