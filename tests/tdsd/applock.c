/* SPDX-License-Identifier: MIT */
/* Application locks: names that sessions hold. "sp_getapplock (Transact-SQL)" */
#include "server.h"

#include <stdlib.h>
#include <string.h>

enum applock_result applock_take(struct server *server, int spid, const char *resource,
	bool is_exclusive, bool is_of_transaction)
{
	struct applock *mine = NULL, *lock;
	bool is_free = true;

	pthread_mutex_lock(&server->lock);
	for (lock = server->applocks; lock; lock = lock->next) {
		if (strcmp(lock->resource, resource) != 0)
			continue;
		if (lock->spid == spid)
			mine = lock;
		else if (is_exclusive || lock->is_exclusive)
			is_free = false;
	}
	if (is_free && mine) {
		mine->count++;
		mine->is_exclusive = mine->is_exclusive || is_exclusive;
	} else if (is_free && (lock = calloc(1, sizeof(*lock)))) {
		*lock = (struct applock){.next = server->applocks,
			.spid = spid,
			.is_exclusive = is_exclusive,
			.is_of_transaction = is_of_transaction,
			.count = 1,
			.resource = strdup(resource)};
		server->applocks = lock;
		if (!lock->resource) {
			server->applocks = lock->next;
			free(lock);
		}
	}
	pthread_mutex_unlock(&server->lock);
	return is_free ? APPLOCK_GRANTED : APPLOCK_WAIT;
}

static void drop(struct applock **at)
{
	struct applock *lock = *at;

	*at = lock->next;
	free(lock->resource);
	free(lock);
}

bool applock_give(struct server *server, int spid, const char *resource)
{
	bool was_held = false;

	pthread_mutex_lock(&server->lock);
	for (struct applock **at = &server->applocks; *at; at = &(*at)->next) {
		if ((*at)->spid != spid || strcmp((*at)->resource, resource) != 0)
			continue;
		was_held = true;
		if (--(*at)->count == 0)
			drop(at);
		break;
	}
	pthread_mutex_unlock(&server->lock);
	return was_held;
}

const char *applock_mode(struct server *server, int spid, const char *resource)
{
	const char *mode = "NoLock";

	pthread_mutex_lock(&server->lock);
	for (struct applock *lock = server->applocks; lock; lock = lock->next)
		if (lock->spid == spid && strcmp(lock->resource, resource) == 0)
			mode = lock->is_exclusive ? "Exclusive" : "Shared";
	pthread_mutex_unlock(&server->lock);
	return mode;
}

void applock_give_all(struct server *server, int spid, unsigned owners)
{
	pthread_mutex_lock(&server->lock);
	for (struct applock **at = &server->applocks; *at;) {
		unsigned owner = (*at)->is_of_transaction ? OWNER_TRANSACTION : OWNER_SESSION;
		if ((*at)->spid == spid && owners & owner)
			drop(at);
		else
			at = &(*at)->next;
	}
	pthread_mutex_unlock(&server->lock);
}
