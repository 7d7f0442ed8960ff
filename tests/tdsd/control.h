/* SPDX-License-Identifier: MIT */
#ifndef TDSD_CONTROL_H
#define TDSD_CONTROL_H
/* The control socket: a line a command, a line an answer. README lists them. */
#include "base/compiler.h"
#include "server.h"

struct control;

/* Listen at `path` and obey on a thread of its own. NULL: it could not. */
struct control *control_start(struct server *server, const char *path);
/* End the thread and remove the socket. NULL is allowed. */
void control_stop(struct control *control);

/* One command; the answer without a line end. */
void control_obey(struct server *server, const char *line, struct buffer *answer);

#endif
