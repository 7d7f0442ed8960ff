/* SPDX-License-Identifier: MIT */
#include "conf/watch.h"

#include <stdlib.h>
#include <string.h>

void watch_list_done(struct watch_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->items[i].path);
	free(list->items);
	*list = (struct watch_list){NULL, 0};
}

bool watch_list_renew(struct watch_list *ret, const struct watch_list *from)
{
	*ret = (struct watch_list){NULL, 0};
	for (size_t i = 0; i < from->count; i++) {
		if (!watch_list_add(ret, from->items[i].path)) {
			watch_list_done(ret);
			return false;
		}
	}
	return true;
}

static void drop_first(struct watch_list *list)
{
	free(list->items[0].path);
	list->count--;
	memmove(list->items, list->items + 1, list->count * sizeof(*list->items));
}

bool watch_list_add(struct watch_list *list, const char *path)
{
	char *copy = strdup(path);

	if (!copy)
		return false;
	if (list->count == WATCHED_MAX)
		drop_first(list);
	struct watched *items = realloc(list->items, (list->count + 1) * sizeof(*items));
	if (!items) {
		free(copy);
		return false;
	}
	list->items = items;
	items[list->count++] = (struct watched){.path = copy, .stamp = ini_stamp_of(path)};
	return true;
}

const struct ini_stamp *watch_list_find(const struct watch_list *list, const char *path)
{
	for (size_t i = 0; i < list->count; i++)
		if (strcmp(list->items[i].path, path) == 0)
			return &list->items[i].stamp;
	return NULL;
}

bool watch_list_is_stale(const struct watch_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		struct ini_stamp now = ini_stamp_of(list->items[i].path);
		if (!ini_stamp_equal(&now, &list->items[i].stamp))
			return true;
	}
	return false;
}

bool watch_list_continues(const struct watch_list *list, const struct watch_list *old)
{
	for (size_t i = 0; i < old->count; i++) {
		const struct ini_stamp *stamp = watch_list_find(list, old->items[i].path);
		if (!stamp || !ini_stamp_equal(stamp, &old->items[i].stamp))
			return false;
	}
	return true;
}
