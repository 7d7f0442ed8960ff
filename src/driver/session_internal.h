/* SPDX-License-Identifier: MIT */
#ifndef DRIVER_SESSION_INTERNAL_H
#define DRIVER_SESSION_INTERNAL_H
/* A session from the inside, for session.c and session_attributes.c, which has these functions. */
#include "driver/session.h"

/* As the application has set it. */
bool session_apply(const struct session *s, const struct attribute *a);
bool session_set_number(const struct session *s, SQLINTEGER number, SQLULEN value);
/* In the order of the changes, but autocommit last: setting it earlier could commit. */
must_use bool session_restore_changes(struct session *s);
void session_forget_changes(struct session *s);

#endif
