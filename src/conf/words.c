/* SPDX-License-Identifier: MIT */
#include "conf/words.h"

#include "base/compiler.h"
#include "conf/ascii.h"
#include "conf/connstr.h"
#include "conf/ini.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

bool words_get(const struct resolved *r, const char *keyword, struct buffer *to)
{
	struct connstr_word word;

	if (r->driver_string.data &&
		connstr_find(r->driver_string.data, r->driver_string.len, keyword, &word)) {
		connstr_add_value(to, &word);
		return true;
	}
	if (!r->dsn)
		return false;
	struct ini *ini = ini_current();
	const char *value = ini ? ini_get(ini, INI_ODBC, r->dsn, keyword, NULL) : NULL;
	if (value)
		buffer_append_str(to, value);
	ini_unref(ini);
	return value != NULL;
}

/* Of each part, the words that drivers have for it, all drivers together. */
static const char *const server_words[] = {
	"Server", "Servername", "Host", "Address", "Addr", "Data Source", NULL};
static const char *const port_words[] = {"Port", NULL};
static const char *const socket_words[] = {"Socket", NULL};
static const char *const database_words[] = {"Database", "DB", "Initial Catalog", NULL};
static const char *const user_words[] = {"UID", "User", "Username", "User ID", NULL};

/* The first of the words that says something, on a line. True: there was one. */
static bool add_part(
	const struct resolved *r, const char *const *words, bool has_case, struct buffer *to)
{
	struct buffer value = BUFFER_EMPTY;

	for (; *words && value.len == 0; words++)
		words_get(r, *words, &value);
	bool is_told = value.len > 0;
	for (size_t i = 0; i < value.len; i++)
		buffer_append_char(to, has_case ? value.data[i] : ascii_upper(value.data[i]));
	buffer_append_char(to, '\n');
	to->failed |= value.failed;
	buffer_done(&value);
	return is_told;
}

void words_add_address(const struct resolved *r, const char *user, struct buffer *to)
{
	bool is_told = add_part(r, server_words, false, to);

	is_told |= add_part(r, port_words, true, to);
	is_told |= add_part(r, socket_words, true, to);
	is_told |= add_part(r, database_words, true, to);
	if (user && *user)
		buffer_printf(to, "%s\n", user);
	else
		add_part(r, user_words, true, to);
	for (const char *c = is_told || !r->dsn ? "" : r->dsn; *c; c++)
		buffer_append_char(to, ascii_upper(*c));
}

/* Microsoft.Data.SqlClient, ADP.s_azureSqlServerEndpoints. */
static const char *const exempt_domains[] = {
	"database.windows.net",
	"database.chinacloudapi.cn",
	"database.usgovcloudapi.net",
	"database.cloudapi.de",
	"database.fabric.microsoft.com",
};

bool words_server_is_exempt(const char *server)
{
	if (strncasecmp(server, "tcp:", 4) == 0)
		server += 4;
	server += strspn(server, " \t");
	size_t len = strcspn(server, ",:\\ \t");
	if (len > 0 && server[len - 1] == '.')
		len--;
	for (size_t i = 0; i < array_size(exempt_domains); i++) {
		size_t domain_len = strlen(exempt_domains[i]);
		if (len < domain_len ||
			strncasecmp(server + len - domain_len, exempt_domains[i], domain_len) != 0)
			continue;
		if (len == domain_len || server[len - domain_len - 1] == '.')
			return true;
	}
	return false;
}

bool words_host_is_exempt(const struct resolved *r)
{
	static const char *const keywords[] = {"Server", "Servername", "Host", "Address"};
	bool is_exempt = false;

	for (size_t i = 0; i < array_size(keywords) && !is_exempt; i++) {
		struct buffer value = BUFFER_EMPTY;
		is_exempt = words_get(r, keywords[i], &value) &&
			    words_server_is_exempt(buffer_str(&value));
		buffer_done(&value);
	}
	return is_exempt;
}

static bool is_yes(const char *value)
{
	return strcasecmp(value, "yes") == 0 || strcasecmp(value, "true") == 0 ||
	       strcasecmp(value, "sspi") == 0 || strcmp(value, "1") == 0;
}

bool words_ask_for_integrated_login(const struct resolved *r)
{
	/* msodbcsql and ADO; FreeTDS (any server principal) and psqlODBC by the words for Kerberos.
	 */
	static const char *const yes_words[] = {"Trusted_Connection", "Integrated Security"};
	static const char *const any_words[] = {"ServerSPN", "REALM", "gsslib", "krbsrvname"};
	bool is_asked = false;

	for (size_t i = 0; i < array_size(yes_words) && !is_asked; i++) {
		struct buffer value = BUFFER_EMPTY;
		is_asked = words_get(r, yes_words[i], &value) && is_yes(buffer_str(&value));
		buffer_done(&value);
	}
	for (size_t i = 0; i < array_size(any_words) && !is_asked; i++) {
		struct buffer value = BUFFER_EMPTY;
		is_asked = words_get(r, any_words[i], &value) && value.len > 0;
		buffer_done(&value);
	}
	return is_asked;
}

bool words_calls_are_serialised(const struct resolved *r)
{
	struct ini *ini = ini_current();
	const char *level = NULL;

	if (ini && r->driver_section)
		level = ini_get(ini, INI_ODBCINST, r->driver_section, "Threading", NULL);
	if (ini && !level)
		level = ini_get(ini, INI_ODBCINST, "ODBC", "Threading", NULL);
	bool is_serial = level && strcmp(level, "3") == 0;
	ini_unref(ini);
	return is_serial;
}

/* As unixODBC 2.3.11 reads it: 1, Y..., ON... */
static bool is_on_for_manager(const char *value)
{
	return value[0] == '1' || strncasecmp(value, "y", 1) == 0 ||
	       strncasecmp(value, "on", 2) == 0;
}

bool words_manager_pools(const struct resolved *r)
{
	struct ini *ini = ini_current();
	const char *pooling = NULL, *timeout = NULL;

	if (ini)
		pooling = ini_get(ini, INI_ODBCINST, "ODBC", "Pooling", NULL);
	if (ini && r->driver_section)
		timeout = ini_get(ini, INI_ODBCINST, r->driver_section, "CPTimeout", NULL);
	bool is_on = (pooling && is_on_for_manager(pooling)) ||
		     (timeout && strtol(timeout, NULL, 10) > 0);
	ini_unref(ini);
	return is_on;
}
