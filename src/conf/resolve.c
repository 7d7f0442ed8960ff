/* SPDX-License-Identifier: MIT */
#include "conf/resolve.h"

#include "conf/ascii.h"
#include "conf/connstr.h"
#include "conf/ini.h"
#include "odbcpool.h"

#include <stdlib.h>
#include <string.h>

/* A resolution at work. */
struct resolution {
	const struct connect_text *in;
	struct ini *ini;
	struct resolved *r;
	const struct ini_section *dsn_section;	  /* NULL: the string named a driver */
	const struct ini_section *driver_section; /* NULL: a path led here */
	const char *own_driver; /* the library that led here, as it is written; NULL: not known */
	struct connstr_word named; /* the DSN= or DRIVER= that counts */
	bool is_named;		   /* there is one */
	struct hasher sections;
	struct diag *errors;
	struct diag warnings;
};

static bool no_memory(struct resolution *x)
{
	diag_add_no_memory(x->errors);
	return false;
}

/* Add a message whose end says which ini files could not be read. */
static void add_error(struct resolution *x, enum ini_file file, const char *sqlstate,
	enum odbcpool_error native, const struct buffer *text)
{
	struct buffer whole = BUFFER_EMPTY;

	buffer_append(&whole, buffer_str(text), text->len);
	ini_add_errors(x->ini, file, &whole);
	if (text->failed || whole.failed)
		diag_add_no_memory(x->errors);
	else
		diag_add(x->errors, sqlstate, native, "settings", "%s", buffer_str(&whole));
	buffer_done(&whole);
}

static bool copy_text(char **to, const char *from)
{
	free(*to);
	*to = strdup(from);
	return *to != NULL;
}

static bool copy_value(char **to, const struct connstr_word *w)
{
	struct buffer value = BUFFER_EMPTY;

	buffer_append_str(&value, "");
	connstr_add_value(&value, w);
	free(*to);
	*to = buffer_steal(&value);
	return *to != NULL;
}

/* Everything that stands in a section takes part in the digest; a section is told from a missing
 * one. */
static void hash_section(struct resolution *x, const struct ini_section *s)
{
	hasher_add_u64(&x->sections, s ? s->count : UINT64_MAX);
	if (!s)
		return;
	hasher_add(&x->sections, s->path, strlen(s->path));
	hasher_add(&x->sections, s->name, strlen(s->name));
	for (size_t i = 0; i < s->count; i++) {
		hasher_add(&x->sections, s->entries[i].key, strlen(s->entries[i].key));
		hasher_add(&x->sections, s->entries[i].value, strlen(s->entries[i].value));
	}
}

/* The library that the driver manager would load for a section of odbcinst.ini; NULL: none. */
static const char *library_of(const struct ini *ini, const char *section)
{
	const char *value = NULL;

	if (sizeof(void *) == 8)
		value = ini_get(ini, INI_ODBCINST, section, "Driver64", NULL);
	if (!value || !*value)
		value = ini_get(ini, INI_ODBCINST, section, "Driver", NULL);
	return value && *value ? value : NULL;
}

/* False: no memory. */
static bool is_one_of_ours(const struct connstr_word *w, bool *ret_is_ours)
{
	char *keyword = strndup(w->is_malformed ? "" : w->keyword, w->keyword_len);

	if (!keyword)
		return false;
	*ret_is_ours = settings_knows(keyword);
	free(keyword);
	return true;
}

/* Which of DSN= and DRIVER= counts: the one that comes first, with the value that it has last. */
static void find_named(struct resolution *x)
{
	struct connstr_reader reader = connstr_read(x->in->string, x->in->string_len);
	struct connstr_word w;
	const char *keyword = NULL;

	while (connstr_next(&reader, &w)) {
		if (!keyword)
			keyword = connstr_is(&w, "DSN")	     ? "DSN"
				  : connstr_is(&w, "DRIVER") ? "DRIVER"
							     : NULL;
		if (keyword && connstr_is(&w, keyword)) {
			x->named = w;
			x->is_named = true;
		}
	}
}

static bool is_driver_named(const struct resolution *x)
{
	return x->is_named && connstr_is(&x->named, "DRIVER");
}

static bool refuse_unknown_dsn(struct resolution *x)
{
	struct buffer text = BUFFER_EMPTY;

	buffer_printf(&text, "There is no data source [%s] in %s, nor in the user's odbc.ini",
		x->r->dsn, ini_path_of(x->ini, INI_ODBC));
	add_error(x, INI_ODBC, "IM002", ODBCPOOL_ERR_NO_DATA_SOURCE, &text);
	buffer_done(&text);
	return false;
}

static bool find_sections_of_dsn(struct resolution *x)
{
	struct resolved *r = x->r;
	bool is_copied;

	if (x->is_named)
		is_copied = copy_value(&r->dsn, &x->named);
	else if (x->in->is_string || !x->in->string)
		is_copied = copy_text(&r->dsn, "DEFAULT");
	else
		is_copied = (r->dsn = strndup(x->in->string, x->in->string_len)) != NULL;
	if (!is_copied)
		return no_memory(x);

	x->dsn_section = ini_find(x->ini, INI_ODBC, r->dsn);
	if (!x->dsn_section && !x->in->is_string) {
		/* SQLConnect, driver manager: the default stands in for what is not found. */
		x->dsn_section = ini_find(x->ini, INI_ODBC, "DEFAULT");
		if (x->dsn_section && !copy_text(&r->dsn, "DEFAULT"))
			return no_memory(x);
	}
	if (!x->dsn_section)
		return refuse_unknown_dsn(x);

	const char *driver = ini_get_driver(x->ini, r->dsn);
	if (driver && *driver != '/') {
		x->driver_section = ini_find(x->ini, INI_ODBCINST, driver);
		x->own_driver = library_of(x->ini, driver);
	} else {
		x->own_driver = driver;
	}
	return true;
}

static bool find_section_of_driver(struct resolution *x)
{
	struct buffer text = BUFFER_EMPTY;
	char *name = NULL;

	if (!copy_value(&name, &x->named))
		return no_memory(x);
	x->driver_section = ini_find(x->ini, INI_ODBCINST, name);
	x->own_driver = library_of(x->ini, name);
	if (!x->driver_section) {
		buffer_printf(&text,
			"DRIVER={%s} is no section of %s, so nothing says which real driver to "
			"use; give "
			"odbcpool a section of its own there, with Driver and PoolDriver, and name "
			"that "
			"in DRIVER=",
			name, ini_path_of(x->ini, INI_ODBCINST));
		add_error(x, INI_ODBCINST, "IM003", ODBCPOOL_ERR_NO_POOL_DRIVER, &text);
		buffer_done(&text);
	}
	free(name);
	return x->driver_section != NULL;
}

/* A DSN= beside the DRIVER= that counts: drivers may read that section although we do not. */
static bool hash_other_dsn(struct resolution *x)
{
	struct connstr_word w;
	char *name = NULL;

	if (!is_driver_named(x) || !connstr_find(x->in->string, x->in->string_len, "DSN", &w))
		return true;
	if (!copy_value(&name, &w))
		return no_memory(x);
	hash_section(x, ini_find(x->ini, INI_ODBC, name));
	free(name);
	return true;
}

static bool find_sections(struct resolution *x)
{
	if (x->in->is_string)
		find_named(x);
	if (is_driver_named(x) ? !find_section_of_driver(x) : !find_sections_of_dsn(x))
		return false;
	if (x->driver_section && !copy_text(&x->r->driver_section, x->driver_section->name))
		return no_memory(x);
	hash_section(x, x->dsn_section);
	hash_section(x, x->driver_section);
	return hash_other_dsn(x);
}

/* Take one setting; a warning must not come before the error that fails the connect. */
static bool take(struct resolution *x, const char *name, const char *value,
	enum setting_source source, const char *place)
{
	struct diag said = DIAG_EMPTY;
	enum setting_result result =
		settings_take(&x->r->settings, name, value, source, place, &said);

	diag_add_all(result == SETTING_REFUSED ? x->errors : &x->warnings, &said);
	diag_clear(&said);
	return result != SETTING_REFUSED;
}

static bool take_section(
	struct resolution *x, const struct ini_section *s, enum setting_source source)
{
	struct buffer place = BUFFER_EMPTY;
	bool is_fine = true;

	if (!s)
		return true;
	buffer_printf(&place, "section [%s] of %s", s->name, s->path);
	if (place.failed)
		is_fine = no_memory(x);
	for (size_t i = 0; i < s->count && is_fine; i++)
		is_fine =
			take(x, s->entries[i].key, s->entries[i].value, source, buffer_str(&place));
	buffer_done(&place);
	return is_fine;
}

static bool take_word(struct resolution *x, const struct connstr_word *w)
{
	char *value = NULL, *name = strndup(w->keyword, w->keyword_len);
	bool is_fine;

	if (name && copy_value(&value, w))
		is_fine = take(x, name, value, SETTING_STRING, "the connection string");
	else
		is_fine = no_memory(x);
	secret_free(value);
	free(name);
	return is_fine;
}

static bool take_string(struct resolution *x)
{
	struct connstr_reader reader = connstr_read(x->in->string, x->in->string_len);
	struct connstr_word w;

	while (connstr_next(&reader, &w))
		if (!w.is_malformed && !take_word(x, &w))
			return false;
	return true;
}

/* ODBCPOOL_DISABLE turns everything into a plain pass-through, unless it says no. */
static bool is_disabled(void)
{
	const char *value = secure_getenv("ODBCPOOL_DISABLE");

	return value && *value && strcmp(value, "0") != 0;
}

static bool take_settings(struct resolution *x)
{
	struct settings *s = &x->r->settings;

	if (x->in->is_string && !take_string(x))
		return false;
	if (!take_section(x, x->dsn_section, SETTING_DSN_SECTION) ||
		!take_section(x, x->driver_section, SETTING_DRIVER_SECTION))
		return false;
	if (!settings_check(s, x->errors))
		return false;
	if (is_disabled())
		s->pooling = POOLING_NO;
	if (!s->pool_name &&
		!copy_text(&s->pool_name, x->r->dsn ? x->r->dsn : x->r->driver_section))
		return no_memory(x);
	return true;
}

/* IM003 that begins with where PoolDriver was read. */
static bool refuse_driver(
	struct resolution *x, enum odbcpool_error native, const char *why, const char *section)
{
	struct buffer text = BUFFER_EMPTY;

	buffer_printf(
		&text, "%s is \"%s\", which ", x->r->pool_driver_place, x->r->settings.pool_driver);
	buffer_printf(&text, "%s%s%s", why, section ? section : "", section ? "]" : "");
	buffer_append_str(&text, "; name the file of the real driver there, for example "
				 "\"PoolDriver = psqlodbcw.so\"");
	add_error(x, INI_ODBCINST, "IM003", native, &text);
	buffer_done(&text);
	return false;
}

static bool refuse_missing_driver(struct resolution *x)
{
	const struct ini_section *s = x->driver_section ? x->driver_section : x->dsn_section;
	struct buffer text = BUFFER_EMPTY;

	buffer_printf(&text,
		"Nothing says which real driver to use: add \"PoolDriver = psqlodbcw.so\", or what "
		"its "
		"file is called, to section [%s] of %s",
		s->name, s->path);
	add_error(x, INI_ODBCINST, "IM003", ODBCPOOL_ERR_NO_POOL_DRIVER, &text);
	buffer_done(&text);
	return false;
}

/* Follow PoolDriver to a library. *ret_section gets the section that it named, or NULL. */
static bool find_real_driver(struct resolution *x, const struct ini_section **ret_section)
{
	const char *value = x->r->settings.pool_driver, *library = value;
	const struct ini_section *target = NULL;

	if (!value)
		return refuse_missing_driver(x);
	const struct ini_section *from =
		x->r->settings.source[SETTING_pool_driver] == SETTING_DSN_SECTION
			? x->dsn_section
			: x->driver_section;
	struct buffer place = BUFFER_EMPTY;
	buffer_printf(&place, "PoolDriver in [%s] of %s", from->name, from->path);
	x->r->pool_driver_place = buffer_steal(&place);
	if (!x->r->pool_driver_place)
		return no_memory(x);

	if (!strchr(value, '/'))
		target = ini_find(x->ini, INI_ODBCINST, value);
	if (target) {
		const char *next = ini_get(x->ini, INI_ODBCINST, target->name, "PoolDriver", NULL);
		if (next && *next)
			return refuse_driver(x, ODBCPOOL_ERR_DRIVER_LOOP,
				"leads back to odbcpool: a PoolDriver stands in section [",
				target->name);
		library = library_of(x->ini, target->name);
		if (!library)
			return refuse_driver(x, ODBCPOOL_ERR_NO_POOL_DRIVER,
				"leads nowhere: there is no Driver in section [", target->name);
	}
	if (x->own_driver && strcmp(library, x->own_driver) == 0)
		return refuse_driver(x, ODBCPOOL_ERR_DRIVER_LOOP,
			"leads back to odbcpool itself, which is the Driver that led here", NULL);
	hash_section(x, target);
	*ret_section = target;
	return copy_text(&x->r->pool_driver, library) || no_memory(x);
}

static void add_word(struct buffer *to, const struct connstr_word *w)
{
	buffer_append(to, w->raw, w->raw_len);
	if (w->raw_len == 0 || w->raw[w->raw_len - 1] != ';')
		buffer_append_char(to, ';');
}

/* resolve.h says what the real driver gets. */
static bool split_string(struct resolution *x, const struct ini_section *target)
{
	struct connstr_reader reader = connstr_read(x->in->string, x->in->string_len);
	struct buffer *theirs = &x->r->driver_string, *ours = &x->r->own_words;
	struct connstr_word w;

	if (!x->is_named)
		buffer_append_str(theirs, "DSN=DEFAULT;");
	while (connstr_next(&reader, &w)) {
		bool is_ours;
		if (!is_one_of_ours(&w, &is_ours))
			return no_memory(x);
		if (is_ours) {
			add_word(ours, &w);
		} else if (!connstr_is(&w, "DRIVER")) {
			buffer_append(theirs, w.raw, w.raw_len);
		} else if (w.raw == x->named.raw) {
			add_word(ours, &w);
			if (target) {
				buffer_append_str(theirs, "DRIVER=");
				connstr_add_braced(theirs, target->name);
				buffer_append_char(theirs, ';');
			} else {
				buffer_append(theirs, w.raw, w.raw_len);
			}
		}
	}
	return !theirs->failed && !ours->failed ? true : no_memory(x);
}

static bool resolve(struct resolution *x)
{
	const struct ini_section *target = NULL;

	if (!find_sections(x) || !take_settings(x) || !find_real_driver(x, &target))
		return false;
	return !x->in->is_string || split_string(x, target);
}

bool resolve_connect(
	const struct connect_text *in, struct resolved *ret_resolved, struct diag *diag)
{
	struct resolved r = {.driver_string = BUFFER_EMPTY, .own_words = BUFFER_EMPTY};
	struct resolution x = {
		.in = in, .r = &r, .errors = diag, .warnings = DIAG_EMPTY, .ini = ini_current()};

	if (!x.ini)
		return no_memory(&x);
	settings_init(&r.settings);
	hasher_init(&x.sections, hash_process_key());
	bool is_resolved = resolve(&x);
	if (is_resolved) {
		r.sections = hasher_finish(&x.sections);
		r.generation = ini_generation_of(x.ini);
		r.has_warnings = x.warnings.count > 0;
		*ret_resolved = r;
	} else {
		resolved_done(&r);
	}
	diag_add_all(diag, &x.warnings);
	diag_clear(&x.warnings);
	ini_unref(x.ini);
	return is_resolved;
}

void resolved_done(struct resolved *r)
{
	settings_done(&r->settings);
	free(r->dsn);
	free(r->driver_section);
	free(r->pool_driver);
	free(r->pool_driver_place);
	buffer_done(&r->driver_string);
	buffer_done(&r->own_words);
}

void resolved_complete_string(
	const struct resolved *r, const char *from_driver, size_t len, struct buffer *to)
{
	struct connstr_reader reader = connstr_read(from_driver, len);
	struct connstr_word w;

	buffer_append(to, buffer_str(&r->own_words), r->own_words.len);
	if (r->dsn && !connstr_find(from_driver, len, "DSN", &w)) {
		buffer_append_str(to, "DSN=");
		connstr_add_quoted(to, r->dsn);
		buffer_append_char(to, ';');
	}
	while (connstr_next(&reader, &w))
		if (!connstr_is(&w, "DRIVER"))
			buffer_append(to, w.raw, w.raw_len);
}
