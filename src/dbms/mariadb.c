/* SPDX-License-Identifier: MIT */
/*
 * MariaDB and MySQL.
 *
 * Their protocol has a reset, COM_RESET_CONNECTION. MariaDB's driver sends it for
 * SQL_ATTR_RESET_CONNECTION from 3.2.1 on; 3.1.15 answers SQL_SUCCESS and does nothing. So each way
 * is believed only after a user variable that was set has vanished by it:
 *
 *   - the attribute;
 *   - the packet itself, written to the driver's socket between two of its commands. The driver
 * numbers packets per command and keeps no state that the reset would upset but the session
 * variables that it has set. Not over TLS or compression, where the socket carries something else.
 *
 * The reset takes the session variables to the server's defaults; those that differed after the
 * login are set again, which the packet's way does in the same round trip. It leaves the current
 * database and, in MariaDB, the role, so those are set again when they may have changed: the role
 * whenever the user has any to take, since a function of the user's own can do so unseen. And what
 * the driver believes of autocommit and of the isolation level is corrected, for it learns of
 * changes by statement only from the server.
 *
 * The driver sends every rollback to the server. So it is not told to roll back when nothing can be
 * open: the driver says, as the server does with each answer, that autocommit is on, and no
 * statement was of a kind that may begin a transaction. (A function or a trigger may not.)
 *
 * A connection that holds a prepared XA transaction must never be reset: the transaction would be
 * lost, though XA COMMIT then says OK (a server bug). XA therefore poisons.
 */
#include "base/buffer.h"
#include "base/compiler.h"
#include "dbms/profile.h"
#include "dbms/statement_filter.h"
#include "driver/query.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* For the server's answer to the packet; it has nothing to compute. */
#define ANSWER_TIMEOUT_MS 5000

struct knowledge {
	bool (*reset)(struct session *s);
	char *database;	 /* at the login; NULL: none */
	char *variables; /* "SET SESSION ..." of those that differed from the defaults; NULL: none
			  */
	char *role;	 /* "SET ROLE ..." as at the login; NULL: the server knows no roles */
	bool has_roles;	 /* to take */
	/* After a reset a transaction begins only when told to, and ends without another. */
	bool is_in_autocommit;
	struct buffer packets;		   /* the reset, and then `variables` */
	SQLUINTEGER autocommit, isolation; /* as the driver said at the login */
};

/* What cannot be set, and what changes by itself. */
static const char variables_query[] =
	"SELECT VARIABLE_NAME, SESSION_VALUE FROM information_schema.SYSTEM_VARIABLES"
	" WHERE NOT (SESSION_VALUE <=> GLOBAL_VALUE) AND SESSION_VALUE IS NOT NULL"
	" AND GLOBAL_VALUE IS NOT NULL AND READ_ONLY = 'NO'";

static bool is_number(const char *text)
{
	return *text && text[strspn(text, "0123456789.-")] == '\0';
}

static void append_name(struct buffer *to, const char *name)
{
	buffer_append_char(to, '`');
	for (; *name; name++) {
		if (*name == '`')
			buffer_append_char(to, *name);
		buffer_append_char(to, *name);
	}
	buffer_append_char(to, '`');
}

static void append_variable(void *arg, const char *const *columns, unsigned count)
{
	struct buffer *to = arg;

	if (count < 2 || !columns[0] || !columns[1])
		return;
	buffer_printf(to, "%s %s=", to->len ? "," : "SET SESSION", columns[0]);
	if (is_number(columns[1]))
		buffer_append_str(to, columns[1]);
	else
		query_add_literal(to, columns[1]);
}

static bool send_all(int fd, const unsigned char *data, size_t len)
{
	while (len > 0) {
		ssize_t n = send(fd, data, len, MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		data += n;
		len -= (size_t)n;
	}
	return true;
}

static bool receive_all(int fd, unsigned char *data, size_t len)
{
	while (len > 0) {
		struct pollfd p = {.fd = fd, .events = POLLIN};
		int ready = poll(&p, 1, ANSWER_TIMEOUT_MS);
		if (ready < 0 && errno == EINTR)
			continue;
		ssize_t n = ready > 0 ? recv(fd, data, len, 0) : -1;
		if (n < 0 && ready > 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		data += n;
		len -= (size_t)n;
	}
	return true;
}

#define COM_QUERY 0x03
#define COM_RESET_CONNECTION 0x1f
#define PACKET_MAX 0xffffff

/* MariaDB's client/server protocol: length in three bytes, number, payload. */
static void append_packet(struct buffer *to, char command, const char *argument)
{
	size_t len = strlen(argument) + 1;

	if (len >= PACKET_MAX) {
		to->failed = true;
		return;
	}
	for (int shift = 0; shift < 24; shift += 8)
		buffer_append_char(to, (char)(len >> shift));
	buffer_append_char(to, 0);
	buffer_append_char(to, command);
	buffer_append_str(to, argument);
}

/* An OK packet begins with 0. */
static bool receive_ok(int fd)
{
	unsigned char header[4], payload[1024];

	if (!receive_all(fd, header, sizeof(header)))
		return false;
	size_t len = header[0] | (size_t)header[1] << 8 | (size_t)header[2] << 16;
	return len > 0 && len <= sizeof(payload) && receive_all(fd, payload, len) &&
	       payload[0] == 0;
}

static bool reset_by_packet(struct session *s)
{
	const struct knowledge *k = s->knowledge;

	if (socket_poll(&s->socket) != SOCKET_QUIET)
		return false;
	int fd = s->socket.fd;
	return send_all(fd, (const unsigned char *)k->packets.data, k->packets.len) &&
	       receive_ok(fd) && (!k->variables || receive_ok(fd));
}

static bool reset_by_attribute(struct session *s)
{
	const struct knowledge *k = s->knowledge;

	return session_reset_by_attribute(s) && (!k->variables || query_run(s, k->variables));
}

static bool works(struct session *s, bool (*reset)(struct session *s))
{
	if (!query_run(s, "SET @odbcpool_probe = 17231") || !reset(s))
		return false;
	char *left = query_text(s, "SELECT COALESCE(@odbcpool_probe, 'gone')");
	bool is_gone = left && strcmp(left, "gone") == 0;
	free(left);
	return is_gone;
}

/* Does the socket carry the protocol as it is? */
static bool is_plain(struct session *s)
{
	char *cipher = query_text(s, "SELECT VARIABLE_VALUE FROM information_schema.SESSION_STATUS"
				     " WHERE VARIABLE_NAME = 'SSL_CIPHER'");
	char *compression =
		query_text(s, "SELECT VARIABLE_VALUE FROM information_schema.SESSION_STATUS"
			      " WHERE VARIABLE_NAME = 'COMPRESSION'");
	bool is_plain = cipher && !*cipher && compression && strcmp(compression, "OFF") == 0;

	free(cipher);
	free(compression);
	return is_plain;
}

static bool mariadb_reset(struct session *s)
{
	const struct knowledge *k = s->knowledge;
	bool sets = s->seen & STATEMENT_SETS;

	if (!k->reset(s))
		return false;
	if (k->role && (k->has_roles || sets) && !query_run(s, k->role))
		return false;
	if (k->database && sets && !session_set_catalog(s, k->database))
		return false;
	return session_ensure_number(s, SQL_ATTR_AUTOCOMMIT, k->autocommit) &&
	       session_ensure_number(s, SQL_ATTR_TXN_ISOLATION, k->isolation);
}

/* MySQL writes `name`@`host`, and NONE; MariaDB the bare name, and NULL. */
static char *role_setting(const char *role)
{
	struct buffer text = BUFFER_EMPTY;

	buffer_append_str(&text, "SET ROLE ");
	if (!role || strcmp(role, "NONE") == 0)
		buffer_append_str(&text, "NONE");
	else if (*role == '`')
		buffer_append_str(&text, role);
	else
		append_name(&text, role);
	return buffer_steal(&text);
}

/* False: no memory. A server that does not know the view knows no roles either. */
static bool learn_role(struct session *s, struct knowledge *k)
{
	char *count = query_text(s, "SELECT COUNT(*) FROM information_schema.APPLICABLE_ROLES");
	char *role = count ? query_text(s, "SELECT CURRENT_ROLE()") : NULL;

	if (count)
		k->role = role_setting(role);
	k->has_roles = count && strcmp(count, "0") != 0;
	bool ok = k->role || !count;
	free(count);
	free(role);
	return ok;
}

static bool learn_packets(struct knowledge *k)
{
	append_packet(&k->packets, COM_RESET_CONNECTION, "");
	if (k->variables)
		append_packet(&k->packets, COM_QUERY, k->variables);
	return !k->packets.failed;
}

/* Of a session just reset. COMMIT AND CHAIN begins another transaction. */
static void learn_mode(struct session *s, struct knowledge *k)
{
	char *mode = query_text(s, "SELECT IF(@@autocommit AND @@completion_type = 'NO_CHAIN',"
				   " 'autocommit', 'other')");

	k->is_in_autocommit = mode && strcmp(mode, "autocommit") == 0;
	free(mode);
}

static bool mariadb_is_in_autocommit(struct session *s)
{
	const struct knowledge *k = s->knowledge;
	SQLUINTEGER now;

	return k->is_in_autocommit && session_get_number(s, SQL_ATTR_AUTOCOMMIT, &now) &&
	       now == SQL_AUTOCOMMIT_ON;
}

static bool mariadb_learn(struct session *s, enum reset_method method)
{
	bool may_use_attribute = method == RESET_AUTO || method == RESET_ATTRIBUTE;
	bool may_use_packet = method == RESET_AUTO || method == RESET_PROTOCOL;
	struct knowledge *k = calloc(1, sizeof(*k));
	struct buffer variables = BUFFER_EMPTY;

	s->knowledge = k;
	if (!k || !query_rows(s, variables_query, append_variable, &variables) ||
		variables.failed) {
		buffer_done(&variables);
		return false;
	}
	k->variables = buffer_steal(&variables);
	k->database = query_text(s, "SELECT DATABASE()");
	if (!learn_packets(k) || !learn_role(s, k) ||
		!session_get_number(s, SQL_ATTR_AUTOCOMMIT, &k->autocommit) ||
		!session_get_number(s, SQL_ATTR_TXN_ISOLATION, &k->isolation))
		return false;
	if (may_use_attribute && works(s, reset_by_attribute))
		k->reset = reset_by_attribute;
	else if (may_use_packet && is_plain(s) && works(s, reset_by_packet))
		k->reset = reset_by_packet;
	if (!k->reset || !mariadb_reset(s))
		return false;
	learn_mode(s, k);
	return true;
}

static const char *mariadb_describe_reset(const struct session *s)
{
	const struct knowledge *k = s->knowledge;

	return k->reset == reset_by_attribute
		       ? "COM_RESET_CONNECTION, by the driver's SQL_ATTR_RESET_CONNECTION; "
			 "proved at the login by a user variable that vanished"
		       : "COM_RESET_CONNECTION, written to the driver's socket, as this version of "
			 "the driver sends none; proved at the login by a user variable that "
			 "vanished";
}

static void mariadb_forget(void *knowledge)
{
	struct knowledge *k = knowledge;

	if (!k)
		return;
	free(k->database);
	free(k->variables);
	free(k->role);
	buffer_done(&k->packets);
	free(k);
}

static const char *const names[] = {"MariaDB", "MySQL", NULL};

static const struct statement_rule rules[] = {
	{"XA", NULL, STATEMENT_POISONS},
	{"USE", NULL, STATEMENT_SETS},
	{"SET", "ROLE", STATEMENT_SETS},
	{"LOCK", NULL, STATEMENT_HOLDS},
	{"FLUSH", NULL, STATEMENT_HOLDS},
	{"BACKUP", NULL, STATEMENT_HOLDS},
	{"HANDLER", NULL, STATEMENT_HOLDS},
	{NULL, "GET_LOCK", STATEMENT_LOCKS},
	{"CALL", NULL, STATEMENT_LOCKS},
	{"EXECUTE", NULL, STATEMENT_LOCKS},
};

/*
 * Of statements that begin no transaction which outlives them, when autocommit is on. Not among
 * them is what runs others (CALL, EXECUTE), and what may stand before one (SET STATEMENT ... FOR).
 */
static const char *const first_words[] = {"DELETE", "DESC", "DESCRIBE", "EXPLAIN", "INSERT",
	"REPLACE", "SELECT", "SHOW", "TABLE", "UPDATE", "VALUES", "WITH"};

static struct statement_filter filter;
static const struct statement_rules statement_rules = {
	.rules = rules,
	.count = array_size(rules),
	.first_words = first_words,
	.first_word_count = array_size(first_words),
	.flags_of_others = STATEMENT_OPENS,
	.filter = &filter,
};

const struct profile profile_mariadb = {
	.name = "MariaDB",
	.dbms_names = names,
	.rules = &statement_rules,
	.validation_query = "SELECT 17231",
	.unlock_query = "DO RELEASE_ALL_LOCKS()",
	.port_query = "SELECT SUBSTRING_INDEX(HOST, ':', -1) FROM information_schema.PROCESSLIST"
		      " WHERE ID = CONNECTION_ID()",
	.learn = mariadb_learn,
	.reset = mariadb_reset,
	.describe_reset = mariadb_describe_reset,
	.is_in_autocommit = mariadb_is_in_autocommit,
	.forget = mariadb_forget,
	.xa = &xa_mariadb,
};
