/* SPDX-License-Identifier: MIT */
#ifndef TDSD_DATES_H
#define TDSD_DATES_H
/* Points in time: text as people write it, days and ticks as the wire carries them. */
#include "base/compiler.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { DATE_TEXT_SIZE = 40 };

struct date {
	int32_t day;  /* since 0001-01-01 */
	int64_t tick; /* of 100 nanoseconds, since midnight */
};

/* `2024-02-01`, `20240201`, `2024-02-01 12:34:56.789`, `12:34`, with a T or a blank between. */
must_use bool date_parse(const char *text, struct date *ret);
/* With `fraction` digits; without the date or without the time when not wanted. */
void date_print(struct date d, bool has_date, int fraction, char ret[DATE_TEXT_SIZE]);
struct date date_now(void);

/* The day that DATETIME counts from: 1900-01-01. */
enum { DATE_DAY_1900 = 693595 };

#endif
