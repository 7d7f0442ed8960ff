/* SPDX-License-Identifier: MIT */
#ifndef TDSD_SESSION_STATE_H
#define TDSD_SESSION_STATE_H
/* For session.c alone: the beginning and the end of a session's state. */
#include "session.h"

/* What the login asked for. */
void session_begin(struct session *s);
/* Everything but settings, database, transaction and tables. */
void session_forget(struct session *s);

#endif
