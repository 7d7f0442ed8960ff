/* SPDX-License-Identifier: MIT */
#include "dates.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { TICKS_PER_SECOND = 10000000 };

/* Days before the first of March, with years that begin in March: "days from civil". */
static int32_t day_of(int year, int month, int day)
{
	int y = month <= 2 ? year - 1 : year, m = month <= 2 ? month + 9 : month - 3;

	return y * 365 + y / 4 - y / 100 + y / 400 + (m * 153 + 2) / 5 + day - 1 - 306;
}

static void civil_of(int32_t day, int *year, int *month, int *dom)
{
	int32_t z = day + 306, era = z / 146097, doe = z % 146097;
	int32_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int32_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100), m = (5 * doy + 2) / 153;

	*dom = doy - (153 * m + 2) / 5 + 1;
	*month = m < 10 ? m + 3 : m - 9;
	*year = yoe + era * 400 + (*month <= 2);
}

static bool parse_day(const char **at, struct date *d)
{
	int year, month, day, len = 0;

	if (sscanf(*at, "%4d-%2d-%2d%n", &year, &month, &day, &len) != 3 || len < 8) {
		size_t digits = strspn(*at, "0123456789");
		if (digits != 8 || sscanf(*at, "%4d%2d%2d%n", &year, &month, &day, &len) != 3)
			return false;
	}
	if (year < 1 || year > 9999 || month < 1 || month > 12 || day < 1 || day > 31)
		return false;
	d->day = day_of(year, month, day);
	*at += len;
	while (**at == ' ' || **at == 'T')
		++*at;
	return true;
}

static bool parse_time(const char **at, struct date *d)
{
	int hour, minute, second = 0, len = 0, more = 0;
	int64_t unit = TICKS_PER_SECOND;

	if (sscanf(*at, "%2d:%2d%n", &hour, &minute, &len) != 2)
		return false;
	*at += len;
	if (sscanf(*at, ":%2d%n", &second, &more) == 1)
		*at += more;
	if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59)
		return false;
	d->tick = ((int64_t)hour * 3600 + minute * 60 + second) * TICKS_PER_SECOND;
	if (**at == '.')
		for (++*at; **at >= '0' && **at <= '9'; ++*at)
			d->tick += (unit /= 10) * (**at - '0');
	return true;
}

bool date_parse(const char *text, struct date *ret)
{
	struct date d = {DATE_DAY_1900, 0};
	const char *at = text + strspn(text, " ");
	bool has_day = parse_day(&at, &d);

	if (*at == '\0') {
		*ret = d;
		return has_day;
	}
	if (!parse_time(&at, &d) || at[strspn(at, " ")] != '\0')
		return false;
	*ret = d;
	return true;
}

void date_print(struct date d, bool has_date, int fraction, char ret[DATE_TEXT_SIZE])
{
	int year, month, day, n = 0;
	int64_t seconds = d.tick / TICKS_PER_SECOND, rest = d.tick % TICKS_PER_SECOND;

	ret[0] = '\0';
	civil_of(d.day, &year, &month, &day);
	if (has_date)
		n = snprintf(ret, DATE_TEXT_SIZE, "%04d-%02d-%02d", year, month, day);
	if (fraction < 0)
		return;
	n += snprintf(ret + n, DATE_TEXT_SIZE - (size_t)n, "%s%02d:%02d:%02d", n ? " " : "",
		(int)(seconds / 3600), (int)(seconds / 60 % 60), (int)(seconds % 60));
	for (int i = 7; i > fraction; i--)
		rest /= 10;
	if (fraction > 0)
		snprintf(ret + n, DATE_TEXT_SIZE - (size_t)n, ".%0*d", fraction, (int)rest);
}

struct date date_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (struct date){(int32_t)(t.tv_sec / 86400) + day_of(1970, 1, 1),
		(int64_t)(t.tv_sec % 86400) * TICKS_PER_SECOND + t.tv_nsec / 100};
}
