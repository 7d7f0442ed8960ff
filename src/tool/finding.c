/* SPDX-License-Identifier: MIT */
#include "tool/finding.h"

#include "base/buffer.h"
#include "tool/say.h"

#include <string.h>

#define INDENT 8

static void say(enum tint tint, const char *mark, const char *format, va_list ap)
{
	struct buffer text = BUFFER_EMPTY;

	buffer_vprintf(&text, format, ap);
	printf("  %s%-6s%s", say_tint(stdout, tint), mark, say_end(stdout));
	say_wrapped(INDENT, buffer_str(&text));
	buffer_done(&text);
}

void finding_head(const char *format, ...)
{
	va_list ap;

	fputs(say_tint(stdout, TINT_HEAD), stdout);
	va_start(ap, format);
	vprintf(format, ap);
	va_end(ap);
	printf("%s\n", say_end(stdout));
}

void finding_fine(struct findings *f, const char *format, ...)
{
	va_list ap;

	(void)f;
	va_start(ap, format);
	say(TINT_GOOD, "ok", format, ap);
	va_end(ap);
}

void finding_note(struct findings *f, const char *format, ...)
{
	va_list ap;

	(void)f;
	va_start(ap, format);
	say(TINT_WARN, "note", format, ap);
	va_end(ap);
}

void finding_wrong(struct findings *f, const char *format, ...)
{
	va_list ap;

	f->wrong++;
	va_start(ap, format);
	say(TINT_BAD, "WRONG", format, ap);
	va_end(ap);
}

void finding_records(struct findings *f, const struct diag *d)
{
	for (size_t i = 0; i < d->count; i++) {
		const char *text = d->records[i].message, *end = text;
		while (*end == '[' && strchr(end, ']'))
			end = strchr(end, ']') + 1;
		end += strspn(end, " ");
		finding_wrong(f, "%s (%s)", end, d->records[i].sqlstate);
	}
}
