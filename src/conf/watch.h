/* SPDX-License-Identifier: MIT */
#ifndef CONF_WATCH_H
#define CONF_WATCH_H
/*
 * Files whose content is none of our business, but whose change is: what real drivers read at their
 * login beside the ini files. Each is remembered with its stamp and never opened.
 *
 * Locks:     none. Ownership: a list owns its paths.
 */
#include "conf/ini_text.h"

#include <stdbool.h>
#include <stddef.h>

struct watched {
	char *path;
	struct ini_stamp stamp;
};

struct watch_list {
	struct watched *items;
	size_t count;
};

/* No process has so many; beyond that the file that was added first is given up. */
#define WATCHED_MAX 64

void watch_list_done(struct watch_list *list);
/* The same files with the stamps that they have now. False: no memory, and *ret is empty. */
must_use bool watch_list_renew(struct watch_list *ret, const struct watch_list *from);
/* Add a file that is not in the list. False: no memory. */
must_use bool watch_list_add(struct watch_list *list, const char *path);
/* NULL: not in the list. */
const struct ini_stamp *watch_list_find(const struct watch_list *list, const char *path);
/* Has a file changed since its stamp was taken? */
bool watch_list_is_stale(const struct watch_list *list);
/* Is each file of `old` in `list`, with the same stamp? */
bool watch_list_continues(const struct watch_list *list, const struct watch_list *old);

#endif
