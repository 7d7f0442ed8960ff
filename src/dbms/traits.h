/* SPDX-License-Identifier: MIT */
#ifndef DBMS_TRAITS_H
#define DBMS_TRAITS_H
/* What is known of a real driver before its first login, when only its file and symbols can tell.
 */
#include "driver/load.h"

/* For struct driver_hooks. */
void traits_judge(const char *path, void *library, struct driver_traits *ret_traits);

#endif
