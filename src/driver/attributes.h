/* SPDX-License-Identifier: MIT */
#ifndef DRIVER_ATTRIBUTES_H
#define DRIVER_ATTRIBUTES_H
/*
 * Connection attributes that an application set before it connected.
 *
 * SQLSetConnectAttr hands over a pointer whose meaning depends on attribute and length; each is
 * copied deeply where its layout is known. A pointer to something unknown is kept as it is and
 * makes the connection unpooled: its content may change behind our back.
 *
 * Locks:     none; the list belongs to a connection handle.
 * Ownership: the list owns the copies and wipes them (access tokens are secrets).
 */
#include "conf/key.h"
#include "driver/odbc.h"

#include <stdbool.h>
#include <stddef.h>

struct attribute {
	SQLINTEGER number;
	SQLINTEGER length; /* as the application gave it */
	bool is_wide;	   /* set through the W function */
	bool is_opaque;	   /* a pointer to something unknown */
	SQLPOINTER value;  /* when data is NULL */
	void *data;
	size_t data_len; /* in bytes, without the terminating zero added for the driver's comfort */
};

/* Sorted by number, each number once. */
struct attributes {
	struct attribute *items;
	size_t count;
	size_t capacity;
};

void attributes_done(struct attributes *list);
/* False: no memory; the list is as it was. */
must_use bool attributes_set(struct attributes *list, SQLINTEGER number, SQLPOINTER value,
	SQLINTEGER length, bool is_wide);
const struct attribute *attributes_find(const struct attributes *list, SQLINTEGER number);
/* False: no memory. `to` must be empty. */
must_use bool attributes_copy(struct attributes *to, const struct attributes *from);
bool attributes_are_opaque(const struct attributes *list);

/* Is the attribute a text by the specification? */
bool attribute_is_text(SQLINTEGER number);
/* Does this value point to a text, by the specification or by what is said of a driver's own? */
bool attribute_value_is_text(SQLINTEGER number, SQLPOINTER value, SQLINTEGER length);
/*
 * Attributes that do not shape the physical connection: they are no part of a pool's key, and are
 * set anew on each connection that is borrowed (access mode, autocommit, isolation, quiet mode), or
 * count only for the login (its time-out).
 */
bool attribute_is_set_at_borrow(SQLINTEGER number);
bool attribute_is_in_key(SQLINTEGER number);
/* Those that enlist a connection: of a pooled one they are set once it is connected. */
bool attribute_enlists(SQLINTEGER number);

/* Fill at most list->count entries with the attributes that are in a key; returns how many. */
size_t attributes_as_key(const struct attributes *list, struct key_attribute *ret_entries);

#endif
