/* SPDX-License-Identifier: MIT */
#include "tool/say.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define COLUMNS 100

/* no-color.org: any value that is not empty. */
static bool has_colours(FILE *to)
{
	const char *no = getenv("NO_COLOR"), *terminal = getenv("TERM");

	return !(no && *no) && terminal && strcmp(terminal, "dumb") != 0 && isatty(fileno(to));
}

const char *say_tint(FILE *to, enum tint tint)
{
	if (!has_colours(to))
		return "";
	switch (tint) {
	case TINT_GOOD:
		return "\033[32m";
	case TINT_BAD:
		return "\033[31m";
	case TINT_WARN:
		return "\033[33m";
	case TINT_HEAD:
		return "\033[1m";
	case TINT_FAINT:
		return "\033[2m";
	}
	return "";
}

const char *say_end(FILE *to)
{
	return has_colours(to) ? "\033[0m" : "";
}

void say_error(const char *format, ...)
{
	va_list ap;

	/* What was answered before comes before it where both go to one place. */
	fflush(stdout);
	fprintf(stderr, "%sodbcpool:%s ", say_tint(stderr, TINT_BAD), say_end(stderr));
	va_start(ap, format);
	vfprintf(stderr, format, ap);
	va_end(ap);
	fputc('\n', stderr);
}

void say_next(const char *format, ...)
{
	va_list ap;

	fputs("  ", stderr);
	va_start(ap, format);
	vfprintf(stderr, format, ap);
	va_end(ap);
	fputc('\n', stderr);
}

void say_no_memory(void)
{
	say_error("out of memory");
}

void say_wrapped(int indent, const char *text)
{
	int column = indent;

	while (*text) {
		size_t len = strcspn(text, " \n");
		if (column > indent && column + 1 + (int)len > COLUMNS) {
			printf("\n%*s", indent, "");
			column = indent;
		} else if (column > indent) {
			putchar(' ');
			column++;
		}
		fwrite(text, 1, len, stdout);
		column += (int)len;
		text += len;
		text += strspn(text, " \n");
	}
	putchar('\n');
}
