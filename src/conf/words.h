/* SPDX-License-Identifier: MIT */
#ifndef CONF_WORDS_H
#define CONF_WORDS_H
/*
 * What the real driver will find under a keyword, and what can be told from it about the server.
 *
 * Locks:     none on return.
 * Ownership: results are appended to the caller's buffer.
 */
#include "conf/resolve.h"

/*
 * Append the value of `keyword`: that of the connection string, else that of the data source's
 * section. False: neither has it.
 */
bool words_get(const struct resolved *r, const char *keyword, struct buffer *to);

/*
 * Append what tells where a connect goes and as whom: server, port, socket, database, user. Two
 * connects with the same address and the same driver reach the same data, however they were
 * spelled. `user` is that of SQLConnect, which counts before all others; NULL or "" without it.
 * Where nothing tells a server or a database, the name of the data source is added.
 */
void words_add_address(const struct resolved *r, const char *user, struct buffer *to);

/*
 * Is `server` one of the cloud services that PoolBlockingPeriod=Auto exempts (as
 * Microsoft.Data.SqlClient does): a host under database.windows.net and its sisters? Takes
 * "tcp:host,port", "host,port", "host:port" and "host\instance".
 */
bool words_server_is_exempt(const char *server);
/* The same for the server that a connect is resolved to. */
bool words_host_is_exempt(const struct resolved *r);

/*
 * Is the driver manager set to let one call of the process through at a time (Threading=3, in the
 * driver's section of odbcinst.ini or in [ODBC])?
 */
bool words_calls_are_serialised(const struct resolved *r);

/*
 * Does odbcinst.ini switch the driver manager's own pool on ([ODBC] Pooling, or a CPTimeout for the
 * driver's section)? It would keep our handles at SQLDisconnect without telling us.
 */
bool words_manager_pools(const struct resolved *r);

/* Does the connect ask for an integrated login (Kerberos), by any of the words that drivers have
 * for it? */
bool words_ask_for_integrated_login(const struct resolved *r);

#endif
