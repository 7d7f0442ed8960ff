/* SPDX-License-Identifier: MIT */
/* The words that tell the driver how to behave, and where they are looked up. */
#include "fakedrv/internal.h"

#include <odbcinst.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	const char *name, *normal;
} words[WORD_COUNT] = {
	[WORD_LOGIN] = {"FakeLogin", "ok"},
	[WORD_LOGIN_MS] = {"FakeLoginMs", "0"},
	[WORD_RECORDS] = {"FakeRecords", "1"},
	[WORD_STATE] = {"FakeState", "28000"},
	[WORD_NATIVE] = {"FakeNative", "18456"},
	[WORD_TEXT] = {"FakeText", "login failed"},
	[WORD_DISCONNECT] = {"FakeDisconnect", "ok"},
	[WORD_END_TRAN] = {"FakeEndTran", "ok"},
	[WORD_SET_ATTR] = {"FakeSetAttr", "0"},
	[WORD_RESET] = {"FakeReset", "no"},
	[WORD_DEAD_ANSWER] = {"FakeDeadAnswer", "true"},
	[WORD_VERSION] = {"FakeVersion", "380"},
	[WORD_UNSUPPORTED] = {"FakeUnsupported", "0"},
	[WORD_BROWSE] = {"FakeBrowse", "0"},
	[WORD_XA] = {"FakeXa", "no"},
	[WORD_XA_STATUS] = {"FakeXaStatus", "0"},
	[WORD_DATABASE] = {"Database", "fake"},
	[WORD_DSN] = {"DSN", ""},
	[WORD_DRIVER] = {"DRIVER", ""},
};

static struct {
	pthread_rwlock_t lock;
	struct script script;
} global = {.lock = PTHREAD_RWLOCK_INITIALIZER};

void script_done(struct script *s)
{
	for (int w = 0; w < WORD_COUNT; w++)
		free(s->value[w]);
	*s = (struct script){0};
}

/* The end of a value: the semicolon, or the brace that closes it ("}}" is a brace in it). */
static char *value_in_braces(const char **at)
{
	struct buffer b = BUFFER_EMPTY;
	const char *p = *at + 1;

	buffer_append(&b, "", 0);
	while (*p && (*p != '}' || p[1] == '}')) {
		buffer_append_char(&b, *p);
		p += *p == '}' ? 2 : 1;
	}
	*at = *p ? p + 1 : p;
	return buffer_steal(&b);
}

static void script_set(struct script *s, enum word w, char *value)
{
	free(s->value[w]);
	s->value[w] = value;
}

static bool script_take(struct script *s, const char *key, size_t key_len, char *value)
{
	for (int w = 0; w < WORD_COUNT; w++) {
		if (strlen(words[w].name) != key_len ||
			strncasecmp(words[w].name, key, key_len) != 0)
			continue;
		script_set(s, w, value);
		return true;
	}
	free(value);
	return false;
}

/* A connection string has words that are not ours, in a script each must be known. */
bool script_parse(struct script *s, const char *text, bool is_connection_string)
{
	bool all_known = true;

	while (*text) {
		size_t key_len = strcspn(text, "=;");
		const char *key = text;
		char *value;

		text += key_len;
		if (*text != '=') {
			text += *text == ';';
			continue;
		}
		text++;
		if (*text == '{') {
			value = value_in_braces(&text);
		} else {
			size_t len = strcspn(text, ";");
			value = strndup(text, len);
			text += len;
		}
		all_known &= script_take(s, key, key_len, value);
		text += *text == ';';
	}
	return is_connection_string || all_known;
}

void script_read_dsn(struct script *s, const char *dsn)
{
	char value[256];

	for (int w = 0; w < WORD_DSN; w++)
		if (SQLGetPrivateProfileString(
			    dsn, words[w].name, "", value, sizeof(value), "odbc.ini") > 0)
			script_set(s, w, strdup(value));
}

bool script_replace(const char *text)
{
	struct script s = {0};
	bool all_known = script_parse(&s, text, false);

	pthread_rwlock_wrlock(&global.lock);
	script_done(&global.script);
	global.script = s;
	pthread_rwlock_unlock(&global.lock);
	return all_known;
}

char *script_text(struct conn *c, enum word w)
{
	const char *found = c ? c->from_string.value[w] : NULL;

	pthread_rwlock_rdlock(&global.lock);
	if (!found)
		found = global.script.value[w];
	if (!found && c)
		found = c->from_dsn.value[w];
	char *copy = strdup(found ? found : words[w].normal);
	pthread_rwlock_unlock(&global.lock);
	return copy;
}

bool script_says(struct conn *c, enum word w, const char *value)
{
	char *text = script_text(c, w);
	bool says = text && strcasecmp(text, value) == 0;

	free(text);
	return says;
}

long script_number(struct conn *c, enum word w)
{
	char *text = script_text(c, w);
	long number = text ? strtol(text, NULL, 10) : 0;

	free(text);
	return number;
}
