/* SPDX-License-Identifier: MIT */
#include "driver/login.h"

#include "base/buffer.h"
#include "base/hash.h"
#include "base/utf16.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_SERVER, TEXT_USER, TEXT_PASSWORD, TEXT_STRING, TEXTS };

struct sealed_login {
	struct login login; /* its pointers are NULL or mean "there was one" */
	struct {
		void *data; /* enciphered; NULL: the argument was NULL */
		size_t len; /* in bytes, without a terminator */
	} texts[TEXTS];
	struct attributes attributes; /* their data enciphered */
	uint64_t nonce;
};

/*
 * XOR with a keystream of the process's own secret: the same call enciphers and deciphers. `stream`
 * tells the texts of one login apart.
 */
static void apply_keystream(void *data, size_t len, uint64_t nonce, uint64_t stream)
{
	unsigned char *p = data;

	for (size_t done = 0; done < len; done += sizeof(struct digest)) {
		struct hasher h;
		hasher_init(&h, hash_process_key());
		hasher_add_u64(&h, nonce);
		hasher_add_u64(&h, stream);
		hasher_add_u64(&h, done);
		struct digest pad = hasher_finish(&h);
		for (size_t i = 0; i < sizeof(pad) && done + i < len; i++)
			p[done + i] ^= ((const unsigned char *)&pad)[i];
	}
}

static void attributes_apply_keystream(struct attributes *list, uint64_t nonce)
{
	for (size_t i = 0; i < list->count; i++)
		apply_keystream(list->items[i].data, list->items[i].data_len, nonce, TEXTS + i);
}

static size_t text_len(const void *text, SQLSMALLINT len, bool is_wide)
{
	size_t unit = is_wide ? sizeof(SQLWCHAR) : 1;

	if (len == SQL_NTS)
		return unit * (is_wide ? utf16_len(text) : strlen(text));
	return unit * (size_t)(len > 0 ? len : 0);
}

static bool seal_text(struct sealed_login *s, int which, const void *text, SQLSMALLINT len)
{
	if (!text)
		return true;
	size_t bytes = text_len(text, len, s->login.is_wide);
	void *copy = malloc(bytes + 1);
	if (!copy)
		return false;
	memcpy(copy, text, bytes);
	apply_keystream(copy, bytes, s->nonce, (uint64_t)which);
	s->texts[which].data = copy;
	s->texts[which].len = bytes;
	return true;
}

struct sealed_login *sealed_login_new(const struct login *login)
{
	static _Atomic uint64_t next_nonce;
	struct sealed_login *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->nonce = atomic_fetch_add(&next_nonce, 1);
	s->login = *login;
	s->login.prepare = NULL;
	s->login.window = NULL;
	if (!seal_text(s, TEXT_SERVER, login->server, login->server_len) ||
		!seal_text(s, TEXT_USER, login->user, login->user_len) ||
		!seal_text(s, TEXT_PASSWORD, login->password, login->password_len) ||
		!seal_text(s, TEXT_STRING, login->string, login->string_len) ||
		!attributes_copy(&s->attributes, login->attributes)) {
		sealed_login_free(s);
		return NULL;
	}
	attributes_apply_keystream(&s->attributes, s->nonce);
	return s;
}

void sealed_login_free(struct sealed_login *s)
{
	if (!s)
		return;
	for (int i = 0; i < TEXTS; i++)
		free(s->texts[i].data);
	attributes_done(&s->attributes);
	free(s);
}

/* A terminated copy in plain text. */
static bool open_text(
	const struct sealed_login *s, int which, SQLPOINTER *ret_text, SQLSMALLINT *ret_len)
{
	size_t len = s->texts[which].len, unit = s->login.is_wide ? sizeof(SQLWCHAR) : 1;

	*ret_text = NULL;
	if (!s->texts[which].data)
		return true;
	char *copy = calloc(1, len + sizeof(SQLWCHAR));
	if (!copy)
		return false;
	memcpy(copy, s->texts[which].data, len);
	apply_keystream(copy, len, s->nonce, (uint64_t)which);
	*ret_text = copy;
	*ret_len = (SQLSMALLINT)(len / unit);
	return true;
}

bool sealed_login_open(const struct sealed_login *s, struct opened_login *ret)
{
	struct login *l = &ret->login;

	*ret = (struct opened_login){.login = s->login};
	l->attributes = &ret->attributes;
	l->server = l->user = l->password = l->string = NULL;
	if (!open_text(s, TEXT_SERVER, &l->server, &l->server_len) ||
		!open_text(s, TEXT_USER, &l->user, &l->user_len) ||
		!open_text(s, TEXT_PASSWORD, &l->password, &l->password_len) ||
		!open_text(s, TEXT_STRING, &l->string, &l->string_len) ||
		!attributes_copy(&ret->attributes, &s->attributes)) {
		opened_login_done(ret);
		return false;
	}
	attributes_apply_keystream(&ret->attributes, s->nonce);
	return true;
}

static void wipe_text(SQLPOINTER text, SQLSMALLINT len, bool is_wide)
{
	if (text)
		secret_wipe(text, text_len(text, len, is_wide));
	free(text);
}

void opened_login_done(struct opened_login *o)
{
	struct login *l = &o->login;

	wipe_text(l->server, l->server_len, l->is_wide);
	wipe_text(l->user, l->user_len, l->is_wide);
	wipe_text(l->password, l->password_len, l->is_wide);
	wipe_text(l->string, l->string_len, l->is_wide);
	attributes_done(&o->attributes);
}
