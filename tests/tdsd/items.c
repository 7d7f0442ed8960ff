/* SPDX-License-Identifier: MIT */
#include "session.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct item *item_find(struct item *list, const char *name)
{
	while (list && (strcasecmp(list->name, name) != 0 || !name[0]))
		list = list->next;
	return list;
}

struct item *item_add(struct item **list, const char *name)
{
	struct item *item = calloc(1, sizeof(*item));

	if (!item)
		return NULL;
	item->name = strdup(name);
	if (!item->name) {
		free(item);
		return NULL;
	}
	while (*list)
		list = &(*list)->next;
	*list = item;
	return item;
}

struct item *item_get(struct item **list, const char *name)
{
	struct item *item = item_find(*list, name);

	return item ? item : item_add(list, name);
}

void item_remove(struct item **list, struct item *which)
{
	while (*list && *list != which)
		list = &(*list)->next;
	if (!*list)
		return;
	*list = which->next;
	value_done(&which->value);
	free(which->name);
	free(which->text);
	free(which->declaration);
	free(which);
}

void items_done(struct item **list)
{
	while (*list)
		item_remove(list, *list);
}
