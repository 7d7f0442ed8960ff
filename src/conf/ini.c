/* SPDX-License-Identifier: MIT */
#include "conf/ini.h"

#include "base/lock.h"
#include "conf/ascii.h"
#include "conf/ini_paths.h"
#include "conf/ini_text.h"
#include "conf/watch.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

struct ini {
	atomic_uint references;
	unsigned long generation;
	char *user_variable; /* what ODBCINI was; NULL: unset */
	struct ini_text texts[INI_SOURCES];
	struct watch_list watched;
};

static struct mutex newest_lock = {.native = PTHREAD_MUTEX_INITIALIZER, .rank = LOCK_RANK_CONF};
static struct ini *newest; /* newest_lock */
static atomic_ulong newest_generation;

static void ini_free(struct ini *ini)
{
	for (size_t i = 0; i < INI_SOURCES; i++)
		ini_text_done(&ini->texts[i]);
	watch_list_done(&ini->watched);
	free(ini->user_variable);
	free(ini);
}

void ini_unref(struct ini *ini)
{
	if (ini && atomic_fetch_sub(&ini->references, 1) == 1)
		ini_free(ini);
}

static struct ini *ref_newest(void)
{
	mutex_lock(&newest_lock);
	struct ini *ini = newest;
	if (ini)
		atomic_fetch_add(&ini->references, 1);
	mutex_unlock(&newest_lock);
	return ini;
}

/*
 * Read everything anew, and look again at the files that `old` watches (it may be NULL). The
 * environment says where the files are, or `old` does, where they were.
 */
static struct ini *load(const struct ini *old, bool by_environment)
{
	struct ini *ini = calloc(1, sizeof(*ini));
	const char *variable = by_environment ? getenv("ODBCINI") : old->user_variable;
	bool is_complete = true;

	if (!ini)
		return NULL;
	atomic_init(&ini->references, 1);
	if (variable) {
		ini->user_variable = strdup(variable);
		is_complete = ini->user_variable != NULL;
	}
	if (is_complete && old)
		is_complete = watch_list_renew(&ini->watched, &old->watched);
	for (int i = 0; i < INI_SOURCES && is_complete; i++) {
		char *path = by_environment ? ini_locate((enum ini_source)i)
					    : strdup(old->texts[i].path);
		is_complete = path && ini_text_load(&ini->texts[i], path);
	}
	if (!is_complete) {
		ini_free(ini);
		return NULL;
	}
	return ini;
}

static bool is_equal(const struct ini *a, const struct ini *b)
{
	for (size_t i = 0; i < INI_SOURCES; i++)
		if (!ini_text_equal(&a->texts[i], &b->texts[i]))
			return false;
	/* A file that is watched in addition changes nothing. */
	return watch_list_continues(&b->watched, &a->watched);
}

/* Put `ini` in the place of `old`, unless another thread was faster; gives what is newest then. */
static struct ini *publish(struct ini *old, struct ini *ini)
{
	struct ini *discarded = ini;
	/* A file that was only touched makes no new generation. */
	ini->generation = old ? old->generation + !is_equal(old, ini) : 1;

	mutex_lock(&newest_lock);
	if (newest == old) {
		discarded = newest;
		newest = ini;
		atomic_store(&newest_generation, ini->generation);
	}
	struct ini *result = newest;
	atomic_fetch_add(&result->references, 1);
	mutex_unlock(&newest_lock);
	ini_unref(discarded);
	return result;
}

static bool has_changed_files(const struct ini *ini)
{
	for (size_t i = 0; i < INI_SOURCES; i++)
		if (ini_text_is_stale(&ini->texts[i]))
			return true;
	return watch_list_is_stale(&ini->watched);
}

static bool has_moved(const struct ini *ini)
{
	const char *variable = getenv("ODBCINI");

	if (!variable || !ini->user_variable)
		return variable != ini->user_variable;
	return strcmp(variable, ini->user_variable) != 0;
}

struct ini *ini_current(void)
{
	struct ini *old = ref_newest();

	if (old && !has_moved(old) && !has_changed_files(old))
		return old;
	struct ini *ini = load(old, true);
	if (!ini)
		return old;
	struct ini *result = publish(old, ini);
	ini_unref(old);
	return result;
}

void ini_poll(void)
{
	struct ini *old = ref_newest();

	if (old && has_changed_files(old)) {
		/* The environment is not read: an application thread may be changing it. */
		struct ini *ini = load(old, false);
		if (ini)
			ini_unref(publish(old, ini));
	}
	ini_unref(old);
}

/* The paths in `paths`, one after another. */
#define for_each_path(p, paths)                                                                    \
	for (const char *p = (paths)->data; p && p < (paths)->data + (paths)->len;                 \
		p += strlen(p) + 1)

static bool watches_all(const struct ini *ini, const struct buffer *paths)
{
	for_each_path(p, paths) if (!watch_list_find(&ini->watched, p)) return false;
	return true;
}

/* False: no memory. */
static bool add_missing(struct ini *ini, const struct buffer *paths)
{
	for_each_path(p, paths)
	{
		if (!watch_list_find(&ini->watched, p) && !watch_list_add(&ini->watched, p))
			return false;
	}
	return true;
}

/* A newer snapshot that watches these as well; NULL: no memory. */
static struct ini *widen(struct ini *old, const struct buffer *paths)
{
	struct ini *ini = load(old, false);

	if (ini && !add_missing(ini, paths)) {
		ini_free(ini);
		ini = NULL;
	}
	return ini ? publish(old, ini) : NULL;
}

bool ini_watch(const struct buffer *paths, struct hasher *h)
{
	struct ini *ini = ini_current();

	/* Again when another thread's snapshot came first, which need not have them all. */
	while (ini && !watches_all(ini, paths)) {
		struct ini *wider = widen(ini, paths);
		ini_unref(ini);
		ini = wider;
	}
	if (!ini)
		return false;
	for_each_path(p, paths)
	{
		const struct ini_stamp *s = watch_list_find(&ini->watched, p);
		hasher_add(h, p, strlen(p));
		hasher_add_u64(h, (uint64_t)s->error);
		hasher_add_u64(h, (uint64_t)s->device);
		hasher_add_u64(h, (uint64_t)s->inode);
		hasher_add_u64(h, (uint64_t)s->size);
		hasher_add_u64(h, (uint64_t)s->modified.tv_sec);
		hasher_add_u64(h, (uint64_t)s->modified.tv_nsec);
	}
	ini_unref(ini);
	return true;
}

void ini_after_fork_in_child(void)
{
	mutex_reinit_after_fork(&newest_lock);
}

unsigned long ini_generation(void)
{
	return atomic_load_explicit(&newest_generation, memory_order_acquire);
}

unsigned long ini_generation_of(const struct ini *ini)
{
	return ini->generation;
}

/* The files in the order in which they are searched. */
static const enum ini_source search_order[][2] = {
	[INI_ODBC] = {INI_SOURCE_USER_ODBC, INI_SOURCE_SYSTEM_ODBC},
	[INI_ODBCINST] = {INI_SOURCE_SYSTEM_ODBCINST, INI_SOURCE_USER_ODBCINST},
};

static const struct ini_section *find_in(const struct ini_text *t, const char *section)
{
	for (size_t i = 0; i < t->section_count; i++)
		if (ascii_is(t->sections[i].name, strlen(t->sections[i].name), section))
			return &t->sections[i];
	return NULL;
}

const char *ini_value(const struct ini_section *s, const char *key)
{
	for (size_t i = 0; s && i < s->count; i++)
		if (ascii_is(s->entries[i].key, strlen(s->entries[i].key), key))
			return s->entries[i].value;
	return NULL;
}

const struct ini_section *ini_find(const struct ini *ini, enum ini_file file, const char *section)
{
	const struct ini_section *found = NULL;

	for (size_t i = 0; i < 2 && !found; i++)
		found = find_in(&ini->texts[search_order[file][i]], section);
	return found;
}

const struct ini_section *ini_hidden_by(
	const struct ini *ini, enum ini_file file, const struct ini_section *s)
{
	const struct ini_section *second = find_in(&ini->texts[search_order[file][1]], s->name);

	return second && second != s && strcmp(second->path, s->path) != 0 ? second : NULL;
}

const struct ini_section *ini_next(
	const struct ini *ini, enum ini_file file, const struct ini_section *after)
{
	bool is_due = !after;

	for (size_t f = 0; f < 2; f++) {
		const struct ini_text *t = &ini->texts[search_order[file][f]];
		for (size_t i = 0; i < t->section_count; i++) {
			const struct ini_section *s = &t->sections[i];
			if (is_due && ini_find(ini, file, s->name) == s)
				return s;
			is_due |= s == after;
		}
	}
	return NULL;
}

bool ini_has_section(const struct ini *ini, enum ini_file file, const char *section)
{
	return ini_find(ini, file, section) != NULL;
}

const char *ini_get(const struct ini *ini, enum ini_file file, const char *section, const char *key,
	const char **ret_path)
{
	const struct ini_section *s = ini_find(ini, file, section);
	const char *value = ini_value(s, key);

	if (value && ret_path)
		*ret_path = s->path;
	return value;
}

const char *ini_get_driver(const struct ini *ini, const char *dsn)
{
	for (size_t i = 0; i < 2; i++) {
		const struct ini_text *t = &ini->texts[search_order[INI_ODBC][i]];
		const char *value = ini_value(find_in(t, dsn), "Driver");
		if (value && *value)
			return value;
	}
	return NULL;
}

const char *ini_path_of(const struct ini *ini, enum ini_file file)
{
	return ini->texts[file == INI_ODBC ? INI_SOURCE_SYSTEM_ODBC : INI_SOURCE_SYSTEM_ODBCINST]
		.path;
}

void ini_add_errors(const struct ini *ini, enum ini_file file, struct buffer *to)
{
	for (size_t i = 0; i < 2; i++) {
		const struct ini_text *t = &ini->texts[search_order[file][i]];
		if (t->error == 0 || t->error == ENOENT || t->error == ENOTDIR)
			continue;
		buffer_printf(to, " (%s could not be read: %s)", t->path,
			t->error == EILSEQ ? "it does not begin with a section"
					   : strerror(t->error));
	}
}
