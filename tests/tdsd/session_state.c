/* SPDX-License-Identifier: MIT */
/* What a session is, and how it becomes again what it was after the login. */
#include "session_state.h"

#include "server.h"
#include "store.h"
#include "transaction.h"

#include <stdio.h>
#include <string.h>

const char *session_user(const struct session *s)
{
	const struct item *last = s->impersonated;

	while (last && last->next)
		last = last->next;
	return last ? last->name : s->app_role[0] ? s->app_role : s->login.user;
}

void session_publish(struct session *s)
{
	struct session_view view = {
		.isolation = (int)s->isolation, .trancount = s->transaction.count};

	snprintf(view.database, sizeof(view.database), "%s", s->database);
	snprintf(view.user, sizeof(view.user), "%s", s->login.user);
	snprintf(view.app, sizeof(view.app), "%s", s->login.app);
	snprintf(view.host, sizeof(view.host), "%s", s->login.host);
	pthread_mutex_lock(&s->server->lock);
	s->view = view;
	pthread_mutex_unlock(&s->server->lock);
}

bool session_must_stop(struct session *s)
{
	return s->doom != DOOM_NONE || s->must_close || s->channel.is_broken ||
	       channel_has_attention(&s->channel);
}

bool session_sleep(struct session *s, int64_t ms)
{
	int64_t deadline = channel_now_ms() + ms;

	for (;;) {
		if (session_must_stop(s))
			return false;
		if (channel_wait(&s->channel, deadline, false) == CHANNEL_TIMEOUT)
			return true;
	}
}

bool session_use(struct session *s, const char *database)
{
	const char *name = store_find(s->server->store, database);
	char before[NAME_SIZE];

	if (!name) {
		session_error(s, 911, 16, 1,
			"Database '%s' does not exist. Make sure that the name is entered "
			"correctly.",
			database);
		return false;
	}
	snprintf(before, sizeof(before), "%s", s->database);
	snprintf(s->database, sizeof(s->database), "%s", name);
	session_finish_pending(s);
	token_env_text(&s->channel, ENV_DATABASE, s->database, before);
	session_error(s, 5701, 10, 2, "Changed database context to '%s'.", s->database);
	return true;
}

void session_begin(struct session *s)
{
	s->settings = settings_of_login(s->login.wants_odbc, s->login.language);
	s->isolation = ISOLATION_READ_COMMITTED;
	snprintf(s->database, sizeof(s->database), "%s", s->login.database);
}

void session_forget(struct session *s)
{
	items_done(&s->variables);
	items_done(&s->prepared);
	items_done(&s->cursors);
	items_done(&s->context);
	items_done(&s->impersonated);
	s->app_role[0] = '\0';
	s->context_info_len = 0;
	s->error = 0;
	s->row_count = s->identity = 0;
	s->fetch_status = 0;
}

bool session_reset(struct session *s, bool skips_transaction)
{
	enum isolation isolation = s->isolation;
	int ordered = server_take_reset_failure(s->server);

	/* Severity 20: "the principal that opened it subsequently assumed a new security context".
	 */
	if (s->app_role[0] || s->impersonated || ordered) {
		int number = ordered ? ordered : 18059;
		server_audit(s->server, "reset-failed spid=%d number=%d", s->spid, number);
		session_error(s, number, 20, 1,
			"The connection has been dropped because the principal that opened it "
			"subsequently "
			"assumed a new security context, and then tried to reset the connection "
			"under its "
			"impersonated security context. This scenario is not supported.");
		s->logout_by = "reset-failed";
		return false;
	}
	if (!skips_transaction)
		transaction_abandon(s);
	applock_give_all(s->server, s->spid, OWNER_SESSION);
	store_drop_temp_tables(s);
	session_forget(s);
	session_begin(s);
	if (s->server->isolation_survives)
		s->isolation = isolation;
	server_count(s->server, COUNT_RESETS);
	server_audit(s->server, "reset spid=%d skiptran=%d", s->spid, skips_transaction);
	token_env_transaction(&s->channel, ENV_RESET, 0);
	return true;
}
