/* SPDX-License-Identifier: MIT */
#include "driver/attributes.h"

#include "base/buffer.h"
#include "base/utf16.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* A value below this is a number, whatever the length says: no object lives in the first page. */
#define SMALLEST_POINTER 4096

bool attribute_is_text(SQLINTEGER number)
{
	return number == SQL_ATTR_TRACEFILE || number == SQL_ATTR_TRANSLATE_LIB ||
	       number == SQL_ATTR_CURRENT_CATALOG;
}

bool attribute_is_set_at_borrow(SQLINTEGER number)
{
	return number == SQL_ATTR_ACCESS_MODE || number == SQL_ATTR_AUTOCOMMIT ||
	       number == SQL_ATTR_TXN_ISOLATION || number == SQL_ATTR_QUIET_MODE;
}

bool attribute_is_in_key(SQLINTEGER number)
{
	return !attribute_is_set_at_borrow(number) && number != SQL_ATTR_LOGIN_TIMEOUT;
}

static void attribute_done(struct attribute *a)
{
	secret_wipe(a->data, a->data_len);
	free(a->data);
}

void attributes_done(struct attributes *list)
{
	for (size_t i = 0; i < list->count; i++)
		attribute_done(&list->items[i]);
	free(list->items);
	*list = (struct attributes){0};
}

/* How many bytes `value` points at; SIZE_MAX: it is no pointer, or one to something unknown. */
static size_t pointed_len(const struct attribute *a)
{
	SQLINTEGER length = a->length;
	bool is_number = (uintptr_t)a->value < SMALLEST_POINTER;

	if (is_number)
		return SIZE_MAX;
	if (a->number == SQL_ATTR_ACCESS_TOKEN_NUMBER) {
		uint32_t size; /* struct { DWORD dataSize; BYTE data[]; } of msodbcsql.h */
		memcpy(&size, a->value, sizeof(size));
		return sizeof(size) + size;
	}
	if (length <= SQL_LEN_BINARY_ATTR_OFFSET)
		return (size_t)(SQL_LEN_BINARY_ATTR_OFFSET - length);
	if (length == SQL_NTS)
		return a->is_wide ? 2 * utf16_len(a->value) : strlen(a->value);
	if (length > 0)
		return (size_t)length;
	return SIZE_MAX;
}

static bool is_plain_number(const struct attribute *a)
{
	switch (a->length) {
	case SQL_IS_INTEGER:
	case SQL_IS_UINTEGER:
	case SQL_IS_SMALLINT:
	case SQL_IS_USMALLINT:
		return true;
	default:
		/* Those of the specification are numbers or texts, and many callers pass length 0.
		 */
		return (uintptr_t)a->value < SMALLEST_POINTER || a->number == SQL_ATTR_QUIET_MODE ||
		       (a->length == 0 && !attribute_is_text(a->number));
	}
}

static bool attribute_init(struct attribute *a)
{
	size_t len = is_plain_number(a) ? SIZE_MAX : pointed_len(a);

	a->data = NULL;
	a->data_len = 0;
	a->is_opaque = len == SIZE_MAX && !is_plain_number(a);
	if (len == SIZE_MAX)
		return true;
	a->data = calloc(1, len + sizeof(SQLWCHAR));
	if (!a->data)
		return false;
	memcpy(a->data, a->value, len);
	a->data_len = len;
	return true;
}

static size_t position(const struct attributes *list, SQLINTEGER number)
{
	size_t i = 0;

	while (i < list->count && list->items[i].number < number)
		i++;
	return i;
}

static bool make_room(struct attributes *list)
{
	if (list->count < list->capacity)
		return true;
	size_t capacity = list->capacity ? list->capacity * 2 : 4;
	struct attribute *items = realloc(list->items, capacity * sizeof(*items));
	if (!items)
		return false;
	list->items = items;
	list->capacity = capacity;
	return true;
}

bool attributes_set(struct attributes *list, SQLINTEGER number, SQLPOINTER value, SQLINTEGER length,
	bool is_wide)
{
	struct attribute a = {
		.number = number, .length = length, .is_wide = is_wide, .value = value};
	size_t i = position(list, number);
	bool is_known = i < list->count && list->items[i].number == number;

	if ((!is_known && !make_room(list)) || !attribute_init(&a))
		return false;
	if (is_known) {
		attribute_done(&list->items[i]);
	} else {
		memmove(&list->items[i + 1], &list->items[i],
			(list->count - i) * sizeof(list->items[0]));
		list->count++;
	}
	list->items[i] = a;
	return true;
}

const struct attribute *attributes_find(const struct attributes *list, SQLINTEGER number)
{
	size_t i = position(list, number);

	return i < list->count && list->items[i].number == number ? &list->items[i] : NULL;
}

bool attributes_copy(struct attributes *to, const struct attributes *from)
{
	for (size_t i = 0; i < from->count; i++) {
		const struct attribute *a = &from->items[i];
		if (!attributes_set(
			    to, a->number, a->data ? a->data : a->value, a->length, a->is_wide)) {
			attributes_done(to);
			return false;
		}
	}
	return true;
}

bool attributes_are_opaque(const struct attributes *list)
{
	for (size_t i = 0; i < list->count; i++)
		if (list->items[i].is_opaque)
			return true;
	return false;
}

size_t attributes_as_key(const struct attributes *list, struct key_attribute *ret_entries)
{
	size_t count = 0;

	for (size_t i = 0; i < list->count; i++) {
		const struct attribute *a = &list->items[i];
		if (!attribute_is_in_key(a->number))
			continue;
		ret_entries[count++] = (struct key_attribute){
			.number = a->number,
			.is_wide = a->is_wide,
			.value = a->data ? 0 : (uint64_t)(uintptr_t)a->value,
			.data = a->data,
			.len = a->data_len,
		};
	}
	return count;
}
