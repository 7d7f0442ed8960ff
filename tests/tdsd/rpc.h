/* SPDX-License-Identifier: MIT */
#ifndef TDSD_RPC_H
#define TDSD_RPC_H
/* Remote procedure calls: [MS-TDS] 2.2.6.6. */
#include "session.h"

/* Run the request and put its reply together; a malformed one breaks the channel. */
void rpc_run(struct session *s, const struct message *m);

#endif
