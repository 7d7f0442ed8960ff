/* SPDX-License-Identifier: MIT */
#include "tool/checking.h"

#include "conf/connstr.h"
#include "conf/driver_file.h"
#include "conf/resolve.h"
#include "conf/words.h"
#include "tool/library_file.h"

#include <stdlib.h>
#include <string.h>

/* One data source or connection string at work. */
struct checking {
	const struct ini *ini;
	struct findings *f;
	const char *what;
	bool is_string;
	const struct ini_section *source; /* NULL: a string that names a driver */
	const struct ini_section *driver; /* NULL: the library is named by its path */
	const char *library;		  /* what the driver manager loads, as it is written */
	struct library_file shell;
};

/* The value that the driver manager takes from a section of odbcinst.ini; NULL: none. */
static const char *library_of(const struct ini_section *driver)
{
	const char *value = sizeof(void *) == 8 ? ini_value(driver, "Driver64") : NULL;

	if (!value || !*value)
		value = ini_value(driver, "Driver");
	return value && *value ? value : NULL;
}

static bool read_library(const char *name, struct library_file *ret_file, struct buffer *reterr)
{
	char *path = driver_file_find(name);
	bool is_read = false;

	if (path)
		is_read = library_file_read(path, ret_file, reterr);
	else
		buffer_printf(
			reterr, "no such file, neither there nor in %s", driver_file_folders());
	free(path);
	return is_read;
}

bool checking_is_ours(const struct ini_section *driver)
{
	struct library_file file = {.is_ours = false};
	struct buffer unused = BUFFER_EMPTY;
	const char *library = library_of(driver);

	bool is_ours = library && read_library(library, &file, &unused) && file.is_ours;
	buffer_done(&unused);
	return is_ours;
}

bool checking_leads_to_us(const struct ini *ini, const struct ini_section *source)
{
	struct library_file file = {.is_ours = false};
	struct buffer unused = BUFFER_EMPTY;
	const char *value = ini_get_driver(ini, source->name);
	const struct ini_section *driver =
		value && *value != '/' ? ini_find(ini, INI_ODBCINST, value) : NULL;

	if (driver)
		return checking_is_ours(driver);
	bool is_ours =
		value && *value == '/' && read_library(value, &file, &unused) && file.is_ours;
	buffer_done(&unused);
	return is_ours;
}

static void name_of(const char *string, const char *keyword, struct buffer *to)
{
	struct connstr_word w;

	if (connstr_find(string, strlen(string), keyword, &w))
		connstr_add_value(to, &w);
}

/* Find the data source's section and its driver. False: nothing can be said beyond that. */
static bool find_source(struct checking *c, const char *name)
{
	c->source = ini_find(c->ini, INI_ODBC, name);
	if (!c->source) {
		finding_wrong(c->f,
			"There is no data source [%s] in %s, nor in the user's odbc.ini. `odbcinst "
			"-q "
			"-s` lists those that there are.",
			name, ini_path_of(c->ini, INI_ODBC));
		return false;
	}
	finding_fine(
		c->f, "The data source is section [%s] of %s.", c->source->name, c->source->path);
	const struct ini_section *hidden = ini_hidden_by(c->ini, INI_ODBC, c->source);
	if (hidden)
		finding_note(c->f, "It hides the section of the same name in %s as a whole.",
			hidden->path);
	const char *value = ini_get_driver(c->ini, c->source->name);
	if (!value) {
		finding_wrong(c->f,
			"[%s] names no Driver: the driver manager will say IM002, \"Data source "
			"name "
			"not found and no default driver specified\".",
			c->source->name);
		return false;
	}
	if (*value == '/') {
		c->library = value;
		return true;
	}
	c->driver = ini_find(c->ini, INI_ODBCINST, value);
	if (!c->driver)
		finding_wrong(c->f,
			"Its Driver is \"%s\", but %s has no such section: the driver manager will "
			"say "
			"IM002. `odbcinst -q -d` lists the drivers.",
			value, ini_path_of(c->ini, INI_ODBCINST));
	return c->driver != NULL;
}

static bool find_driver(struct checking *c, const char *name)
{
	c->driver = ini_find(c->ini, INI_ODBCINST, name);
	if (!c->driver)
		finding_wrong(c->f, "DRIVER={%s} is no section of %s.", name,
			ini_path_of(c->ini, INI_ODBCINST));
	return c->driver != NULL;
}

static bool find_sections(struct checking *c)
{
	struct buffer dsn = BUFFER_EMPTY, driver = BUFFER_EMPTY;
	bool is_found;

	if (c->is_string) {
		name_of(c->what, "DSN", &dsn);
		name_of(c->what, "DRIVER", &driver);
	} else {
		buffer_append_str(&dsn, c->what);
	}
	if (dsn.len || !driver.len)
		is_found = find_source(c, dsn.len ? buffer_str(&dsn) : "DEFAULT");
	else
		is_found = find_driver(c, buffer_str(&driver));
	buffer_done(&dsn);
	buffer_done(&driver);
	return is_found;
}

/* What the driver manager will load. False: not us, or nothing. */
static bool check_library(struct checking *c)
{
	struct buffer why = BUFFER_EMPTY;

	if (c->driver)
		finding_fine(c->f, "Its driver is section [%s] of %s.", c->driver->name,
			c->driver->path);
	if (c->driver)
		c->library = library_of(c->driver);
	if (!c->library) {
		finding_wrong(c->f, "Section [%s] names no Driver.", c->driver->name);
		return false;
	}
	bool is_read = read_library(c->library, &c->shell, &why);
	if (!is_read) {
		finding_wrong(c->f,
			"The driver manager will not find the library %s (\"Can't open lib\"): %s.",
			c->library, buffer_str(&why));
	} else if (!c->shell.is_ours) {
		finding_note(c->f,
			"The library is %s, which is not odbcpool: connects go straight to it.",
			c->library);
		if (c->driver)
			finding_note(c->f, "`odbcpool wrap '%s'` would have it pooled.",
				c->driver->name);
	} else {
		finding_fine(c->f, "That leads through odbcpool: %s.", c->library);
	}
	buffer_done(&why);
	return is_read && c->shell.is_ours;
}

/* The module's file name is part of what it exports. */
static void check_file_name(struct checking *c)
{
	const char *slash = strrchr(c->library, '/'), *name = slash ? slash + 1 : c->library;

	if (strcmp(name, shell_file(c->shell.our_shell)) != 0)
		finding_wrong(c->f,
			"%s has been renamed: it must be called %s, or the driver manager needs "
			"six "
			"times as long for each connect.",
			c->library, shell_file(c->shell.our_shell));
}

static void take(struct checking *c, struct settings *to, const char *key, const char *value,
	enum setting_source source, const char *place)
{
	struct diag said = DIAG_EMPTY;

	switch (settings_take(to, key, value, source, place, &said)) {
	case SETTING_TAKEN:
		finding_fine(c->f, "%s = %s, in %s.", key, value, place);
		break;
	case SETTING_NOT_OURS:
		break;
	case SETTING_LOOKS_LIKE:
	case SETTING_REFUSED:
		finding_records(c->f, &said);
		break;
	}
	diag_clear(&said);
}

static void take_section(struct checking *c, struct settings *to, const struct ini_section *s,
	enum setting_source source)
{
	struct buffer place = BUFFER_EMPTY;

	if (!s)
		return;
	buffer_printf(&place, "section [%s] of %s", s->name, s->path);
	for (size_t i = 0; i < s->count; i++)
		take(c, to, s->entries[i].key, s->entries[i].value, source, buffer_str(&place));
	buffer_done(&place);
}

/* Every setting is looked at, also after one that fails the connect. */
static void check_settings(struct checking *c)
{
	struct settings all;
	struct connstr_reader reader =
		connstr_read(c->is_string ? c->what : "", c->is_string ? strlen(c->what) : 0);
	struct connstr_word w;

	settings_init(&all);
	while (connstr_next(&reader, &w)) {
		struct buffer key = BUFFER_EMPTY, value = BUFFER_EMPTY;
		if (!w.is_malformed) {
			buffer_append(&key, w.keyword, w.keyword_len);
			connstr_add_value(&value, &w);
			take(c, &all, buffer_str(&key), buffer_str(&value), SETTING_STRING,
				"the connection string");
		}
		buffer_done(&key);
		buffer_done(&value);
	}
	take_section(c, &all, c->source, SETTING_DSN_SECTION);
	take_section(c, &all, c->driver, SETTING_DRIVER_SECTION);
	settings_done(&all);
}

static void check_real_driver(
	struct checking *c, const struct resolved *r, struct library_file *ret_real)
{
	struct buffer why = BUFFER_EMPTY;
	bool is_read = read_library(r->pool_driver, ret_real, &why);

	if (!is_read)
		finding_wrong(c->f, "%s leads to %s, which cannot be loaded: %s.",
			r->pool_driver_place, r->pool_driver, buffer_str(&why));
	else if (ret_real->is_ours)
		finding_wrong(c->f,
			"%s leads to %s, which is odbcpool itself: set it to the real "
			"driver's library.",
			r->pool_driver_place, r->pool_driver);
	else if (!ret_real->is_driver)
		finding_wrong(c->f, "%s leads to %s, which is %s.", r->pool_driver_place,
			r->pool_driver,
			ret_real->is_old_driver
				? "an ODBC 2 driver; only ODBC 3 drivers can be pooled"
				: "no ODBC driver");
	else if (ret_real->shell != c->shell.our_shell)
		finding_wrong(c->f,
			"The real driver, %s, %s: it belongs under %s, not under %s. Connects will "
			"fail with IM003.",
			r->pool_driver, shell_reason(ret_real->shell), shell_file(ret_real->shell),
			shell_file(c->shell.our_shell));
	else
		finding_fine(c->f, "The real driver is %s; it %s and is under the right library.",
			r->pool_driver, shell_reason(ret_real->shell));
	buffer_done(&why);
}

/* A connection that the manager keeps never comes back to us. */
static void check_manager(struct checking *c, const struct resolved *r)
{
	const char *timeout = c->driver ? ini_value(c->driver, "CPTimeout") : NULL;

	if (words_calls_are_serialised(r))
		finding_wrong(c->f,
			"Threading = 3 lets one call of the process through at a time: a connect "
			"that "
			"waits would keep out the disconnect that could serve it, so it will not "
			"wait. Set Threading = 0 in the driver's section, or 1 or 2.");
	if (words_manager_pools(r))
		finding_wrong(c->f,
			"The driver manager's own pool is on ([ODBC] Pooling, or a CPTimeout in "
			"the "
			"driver's section): it keeps connections at SQLDisconnect without telling "
			"odbcpool, with their transactions and locks. Remove Pooling there, and "
			"set "
			"CPTimeout = -1 in the driver's section.");
	else if (!timeout || atoi(timeout) >= 0)
		finding_wrong(c->f, "The driver's section has no CPTimeout = -1. Where the "
				    "application switches "
				    "the driver manager's own pool on, as pyodbc and PHP do, that "
				    "one keeps the "
				    "connections.");
}

static void conclude(struct checking *c, const struct resolved *r, const struct library_file *real)
{
	const struct settings *s = &r->settings;
	const char *disabled = secure_getenv("ODBCPOOL_DISABLE");

	c->f->is_pooled = false;
	if (disabled && *disabled && strcmp(disabled, "0") != 0)
		finding_note(c->f, "ODBCPOOL_DISABLE is set here: nothing is pooled.");
	else if (s->pooling == POOLING_NO)
		finding_note(c->f, "Pooling is off: connects go straight to the real driver.");
	else if (s->pooling == POOLING_AUTO && real->is_sqlite)
		finding_note(c->f, "SQLite is not pooled unless Pooling = Yes says so.");
	else
		c->f->is_pooled = true;
	if (c->f->is_pooled && c->f->wrong == 0) {
		struct buffer most = BUFFER_EMPTY;
		if (s->max_pool_size)
			buffer_printf(&most, "at most %lld connections a process",
				(long long)s->max_pool_size);
		else
			buffer_append_str(&most, "without a limit");
		finding_fine(c->f, "Connects will be pooled, as \"%s\", %s.", s->pool_name,
			buffer_str(&most));
		buffer_done(&most);
	}
}

void checking_run(const struct ini *ini, const char *what, struct findings *f)
{
	struct checking c = {
		.ini = ini, .f = f, .what = what, .is_string = strchr(what, '=') != NULL};
	struct connect_text in = {
		.is_string = c.is_string, .string = what, .string_len = strlen(what)};
	struct library_file real = {.is_ours = false};
	struct diag diag = DIAG_EMPTY;
	struct resolved r;

	f->is_pooled = false;
	if (!find_sections(&c) || !check_library(&c))
		return;
	check_file_name(&c);
	unsigned before = f->wrong;
	check_settings(&c);
	if (resolve_connect(&in, &r, &diag)) {
		check_real_driver(&c, &r, &real);
		check_manager(&c, &r);
		conclude(&c, &r, &real);
		resolved_done(&r);
	} else if (f->wrong == before) {
		/* Otherwise it is about a setting, and has been said. */
		finding_records(f, &diag);
	}
	diag_clear(&diag);
}

void checking_machine(const struct ini *ini, struct findings *f)
{
	struct buffer errors = BUFFER_EMPTY;

	ini_add_errors(ini, INI_ODBC, &errors);
	ini_add_errors(ini, INI_ODBCINST, &errors);
	if (errors.len)
		finding_wrong(f, "Files:%s", buffer_str(&errors));
	else
		finding_fine(f, "The driver manager reads %s and %s.", ini_path_of(ini, INI_ODBC),
			ini_path_of(ini, INI_ODBCINST));
	buffer_done(&errors);
}
