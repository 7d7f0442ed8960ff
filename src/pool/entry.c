/* SPDX-License-Identifier: MIT */
#include "pool/entry.h"

#include "pool/enlist.h"

#include <stdlib.h>

struct entry *entry_new(bool has_site)
{
	struct entry *e = calloc(1, sizeof(*e));

	if (!e)
		return NULL;
	if (has_site) {
		e->site = calloc(1, sizeof(*e->site));
		if (!e->site) {
			free(e);
			return NULL;
		}
	}
	list_init(&e->link);
	list_init(&e->all_link);
	return e;
}

void entry_free(struct entry *e)
{
	if (!e)
		return;
	free(e->site);
	free(e);
}

void entry_set_init(struct entry_set *set)
{
	*set = (struct entry_set){.total = 0};
	list_init(&set->idle);
	list_init(&set->doomed);
	list_init(&set->all);
}

void entry_set_add(struct entry_set *set, struct entry *e, unsigned generation)
{
	e->state = ENTRY_OPENING;
	e->generation = generation;
	list_push_back(&set->all, &e->all_link);
	set->counts[ENTRY_OPENING]++;
	set->total++;
}

void entry_set_remove(struct entry_set *set, struct entry *e)
{
	list_remove(&e->link);
	list_remove(&e->all_link);
	set->counts[e->state]--;
	set->total--;
}

/*
 * Nearly always the newest, and then in front. One that a worker has probed goes back to where its
 * idle time puts it, so that the list stays in order.
 */
static void join_idle(struct entry_set *set, struct entry *e)
{
	struct list *before = &set->idle;

	while (before->next != &set->idle &&
		list_first(before, struct entry, link)->idle_since > e->idle_since)
		before = before->next;
	list_insert_after(before, &e->link);
}

void entry_move(struct entry_set *set, struct entry *e, enum entry_state state)
{
	list_remove(&e->link);
	set->counts[e->state]--;
	set->counts[state]++;
	e->state = state;
	switch (state) {
	case ENTRY_IDLE:
		join_idle(set, e);
		break;
	case ENTRY_DOOMED:
		list_push_back(&set->doomed, &e->link);
		break;
	case ENTRY_PARKED:
		list_push_front(&e->enlistment->parked, &e->link);
		break;
	case ENTRY_OPENING:
	case ENTRY_IN_USE:
	case ENTRY_PROBING:
	case ENTRY_RESETTING:
	case ENTRY_CLOSING:
	case ENTRY_STATES:
		break;
	}
}

void entry_doom(struct entry_set *set, struct entry *e, enum close_mode mode, const char *reason)
{
	e->close_mode = mode;
	e->close_reason = reason;
	entry_move(set, e, ENTRY_DOOMED);
}

unsigned entry_set_live(const struct entry_set *set)
{
	return set->total - set->counts[ENTRY_DOOMED] - set->counts[ENTRY_CLOSING];
}

struct entry *entry_set_oldest_borrow(const struct entry_set *set)
{
	struct entry *oldest = NULL;

	list_for_each(l, next, &set->all)
	{
		struct entry *e = list_entry(l, struct entry, all_link);
		if (e->state == ENTRY_IN_USE && (!oldest || e->borrowed_at < oldest->borrowed_at))
			oldest = e;
	}
	return oldest;
}
