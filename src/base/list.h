/* SPDX-License-Identifier: MIT */
#ifndef BASE_LIST_H
#define BASE_LIST_H
/*
 * A circular doubly linked list whose links live inside the listed objects.
 *
 * A list head and an object's link have the same type. A link that is on no list points at
 * itself, so that list_remove() may be called on it again.
 *
 * Locks:     none; the list belongs to whatever lock guards the objects.
 * Ownership: the list owns nothing.
 */
#include "base/compiler.h"

#include <stdbool.h>

struct list {
	struct list *next, *prev;
};

static inline void list_init(struct list *l)
{
	l->next = l->prev = l;
}

static inline bool list_is_empty(const struct list *l)
{
	return l->next == l;
}

static inline void list_insert_after(struct list *where, struct list *l)
{
	l->prev = where;
	l->next = where->next;
	where->next->prev = l;
	where->next = l;
}

static inline void list_push_front(struct list *head, struct list *l)
{
	list_insert_after(head, l);
}

static inline void list_push_back(struct list *head, struct list *l)
{
	list_insert_after(head->prev, l);
}

static inline void list_remove(struct list *l)
{
	l->prev->next = l->next;
	l->next->prev = l->prev;
	list_init(l);
}

/* Move everything on `from` to the end of `to`; `from` is empty afterwards. */
static inline void list_take_all(struct list *to, struct list *from)
{
	if (list_is_empty(from))
		return;
	from->next->prev = to->prev;
	to->prev->next = from->next;
	from->prev->next = to;
	to->prev = from->prev;
	list_init(from);
}

#define list_entry(link, type, member) container_of(link, type, member)
#define list_first(head, type, member) list_entry((head)->next, type, member)
#define list_last(head, type, member) list_entry((head)->prev, type, member)

/* The body may remove `pos`, nothing else. */
#define list_for_each(pos, scratch, head)                                                          \
	for (struct list *pos = (head)->next, *scratch = pos->next; pos != (head);                 \
		pos = scratch, scratch = pos->next)

#endif
