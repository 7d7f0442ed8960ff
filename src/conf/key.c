/* SPDX-License-Identifier: MIT */
#include "conf/key.h"

#include "base/buffer.h"
#include "base/utf16.h"
#include "conf/connstr.h"

#include <string.h>

static void add_text(struct hasher *h, const struct text *t)
{
	hasher_add(h, t->data, t->len);
}

static void add_attributes(struct hasher *h, const struct key_input *in)
{
	hasher_add_u64(h, in->attribute_count);
	for (size_t i = 0; i < in->attribute_count; i++) {
		const struct key_attribute *a = &in->attributes[i];
		uint64_t kind = (uint64_t)a->is_wide << 1 | (a->data != NULL);
		hasher_add_u64(h, (uint64_t)(uint32_t)a->number | kind << 32);
		if (a->data)
			hasher_add(h, a->data, a->len);
		else
			hasher_add_u64(h, a->value);
	}
}

static void add_part(struct hasher *h, const struct key_input *in, enum key_part part)
{
	switch (part) {
	case KEY_PART_ENTRY:
		hasher_add_u64(h, (uint64_t)in->shell | (uint64_t)in->kind << 32 |
					  (uint64_t)in->is_wide << 40);
		return;
	case KEY_PART_STRING:
		add_text(h, &in->string);
		return;
	case KEY_PART_USER:
		add_text(h, &in->user);
		return;
	case KEY_PART_PASSWORD:
		add_text(h, &in->password);
		return;
	case KEY_PART_ATTRIBUTES:
		add_attributes(h, in);
		return;
	case KEY_PART_VERSION:
		hasher_add_u64(h, in->odbc_version);
		return;
	case KEY_PART_IDENTITY:
		hasher_add_u64(h, in->euid);
		add_text(h, &in->identity);
		return;
	case KEY_PARTS:
		return;
	}
}

struct digest key_digest(const struct key_input *in)
{
	struct hasher h;

	hasher_init(&h, hash_process_key());
	for (int part = 0; part < KEY_PARTS; part++)
		add_part(&h, in, (enum key_part)part);
	return hasher_finish(&h);
}

void key_digest_parts(const struct key_input *in, struct key_parts *ret_parts)
{
	for (int part = 0; part < KEY_PARTS; part++) {
		struct hasher h;
		hasher_init(&h, hash_process_key());
		add_part(&h, in, (enum key_part)part);
		ret_parts->hash[part] = hasher_finish(&h).word[0];
	}
}

const char *key_part_name(enum key_part part)
{
	switch (part) {
	case KEY_PART_ENTRY:
		return "entry point";
	case KEY_PART_STRING:
		return "connection string";
	case KEY_PART_USER:
		return "user";
	case KEY_PART_PASSWORD:
		return "password";
	case KEY_PART_ATTRIBUTES:
		return "attributes";
	case KEY_PART_VERSION:
		return "ODBC version";
	case KEY_PART_IDENTITY:
		return "identity";
	case KEY_PARTS:
		break;
	}
	return "";
}

/* The string in the one form that stands for all its spellings. */
static void add_canonical_string(struct buffer *to, const struct key_input *in)
{
	struct buffer utf8 = BUFFER_EMPTY;
	const char *string = in->string.data;
	size_t len = in->string.len;

	if (in->is_wide && string) {
		utf16_to_utf8(&utf8, in->string.data, len / 2);
		string = buffer_str(&utf8);
		len = utf8.len;
	}
	if (in->kind == CONNECT_PLAIN)
		buffer_append(to, string, len);
	else
		connstr_add_canonical(to, string, len);
	if (utf8.failed)
		to->failed = true;
	buffer_done(&utf8);
}

bool key_digest_canonical(const struct key_input *in, const char *driver, struct digest *ret_digest)
{
	struct buffer canonical = BUFFER_EMPTY;
	struct hasher h;

	add_canonical_string(&canonical, in);
	bool is_complete = !canonical.failed;
	if (is_complete) {
		hasher_init(&h, hash_process_key());
		/* Never equal to a key_digest(), which has no driver in it. */
		hasher_add(&h, "canonical", 9);
		hasher_add(&h, driver, driver ? strlen(driver) : 0);
		for (int part = 0; part < KEY_PARTS; part++) {
			if (part == KEY_PART_STRING)
				hasher_add(&h, in->string.data ? buffer_str(&canonical) : NULL,
					canonical.len);
			else
				add_part(&h, in, (enum key_part)part);
		}
		*ret_digest = hasher_finish(&h);
	}
	buffer_done(&canonical);
	return is_complete;
}
