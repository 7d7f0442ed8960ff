/* SPDX-License-Identifier: MIT */
#include "driver/attributes.h"

#include "base/buffer.h"
#include "base/utf16.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* A value below this is a number, whatever the length says: no object lives in the first page. */
#define SMALLEST_POINTER 4096

/* Below are those of the specification (SQL_CONNECT_OPT_DRVR_START of ODBC 2). */
#define FIRST_DRIVER_ATTRIBUTE 1000

bool attribute_is_text(SQLINTEGER number)
{
	return number == SQL_ATTR_TRACEFILE || number == SQL_ATTR_TRANSLATE_LIB ||
	       number == SQL_ATTR_CURRENT_CATALOG;
}

bool attribute_value_is_text(SQLINTEGER number, SQLPOINTER value, SQLINTEGER length)
{
	return (uintptr_t)value >= SMALLEST_POINTER &&
	       (attribute_is_text(number) ||
		       (number >= FIRST_DRIVER_ATTRIBUTE && length == SQL_NTS));
}

bool attribute_is_set_at_borrow(SQLINTEGER number)
{
	return number == SQL_ATTR_ACCESS_MODE || number == SQL_ATTR_AUTOCOMMIT ||
	       number == SQL_ATTR_TXN_ISOLATION || number == SQL_ATTR_QUIET_MODE;
}

bool attribute_enlists(SQLINTEGER number)
{
	return number == SQL_ATTR_ENLIST_IN_DTC || number == SQL_ATTR_ENLIST_IN_XA_NUMBER;
}

bool attribute_is_in_key(SQLINTEGER number)
{
	return !attribute_is_set_at_borrow(number) && number != SQL_ATTR_LOGIN_TIMEOUT &&
	       !attribute_enlists(number);
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

static bool is_plain_number(const struct attribute *a)
{
	if ((uintptr_t)a->value < SMALLEST_POINTER)
		return true;
	if (a->number == SQL_ATTR_ACCESS_TOKEN_NUMBER)
		return false;
	/* ODBC 3.8, SQLSetConnectAttr: the length of a number is ignored, so it may be anything. */
	if (a->number < FIRST_DRIVER_ATTRIBUTE)
		return !attribute_is_text(a->number);
	switch (a->length) {
	case SQL_IS_INTEGER:
	case SQL_IS_UINTEGER:
	case SQL_IS_SMALLINT:
	case SQL_IS_USMALLINT:
		return true;
	default:
		return false;
	}
}

/* How many bytes the value points at; SIZE_MAX: something unknown. */
static size_t pointed_len(const struct attribute *a)
{
	SQLINTEGER length = a->length;

	if (a->number == SQL_ATTR_ACCESS_TOKEN_NUMBER) {
		uint32_t size; /* struct { DWORD dataSize; BYTE data[]; } of msodbcsql.h */
		memcpy(&size, a->value, sizeof(size));
		return sizeof(size) + size;
	}
	if (length <= SQL_LEN_BINARY_ATTR_OFFSET)
		return (size_t)(SQL_LEN_BINARY_ATTR_OFFSET - length);
	if (length == SQL_NTS)
		return a->is_wide ? 2 * utf16_len(a->value) : strlen(a->value);
	if (length > 0 || (length == 0 && attribute_is_text(a->number)))
		return (size_t)length;
	return SIZE_MAX;
}

static bool attribute_copy_data(struct attribute *a, const void *data, size_t len)
{
	a->data = calloc(1, len + sizeof(SQLWCHAR));
	if (!a->data)
		return false;
	memcpy(a->data, data, len);
	a->data_len = len;
	return true;
}

static bool attribute_init(struct attribute *a)
{
	if (is_plain_number(a))
		return true;
	size_t len = pointed_len(a);
	a->is_opaque = len == SIZE_MAX;
	return a->is_opaque || attribute_copy_data(a, a->value, len);
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
	struct attribute *items = calloc(from->count ? from->count : 1, sizeof(*items));

	if (!items)
		return false;
	*to = (struct attributes){.items = items, .capacity = from->count};
	for (size_t i = 0; i < from->count; i++) {
		const struct attribute *a = &from->items[i];
		items[i] = *a;
		items[i].data = NULL;
		to->count++;
		/* By its length: a sealed list's content is enciphered. */
		if (a->data && !attribute_copy_data(&items[i], a->data, a->data_len)) {
			attributes_done(to);
			return false;
		}
	}
	return true;
}

bool attributes_are_opaque(const struct attributes *list)
{
	for (size_t i = 0; i < list->count; i++)
		if (list->items[i].is_opaque && !attribute_enlists(list->items[i].number))
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
