/* SPDX-License-Identifier: MIT */
#include "hygiene/report.h"

#include <stdarg.h>
#include <stdio.h>

static unsigned passed, failed;

static void print(const char *verdict, const char *format, va_list args)
{
	fputs(verdict, stdout);
	vprintf(format, args);
	putchar('\n');
	fflush(stdout);
}

void report_pass(const char *format, ...)
{
	va_list args;

	passed++;
	va_start(args, format);
	print("ok: ", format, args);
	va_end(args);
}

void report_fail(const char *format, ...)
{
	va_list args;

	failed++;
	va_start(args, format);
	print("FAILED: ", format, args);
	va_end(args);
}

void report_check(bool is_true, const char *format, ...)
{
	va_list args;

	if (is_true)
		passed++;
	else
		failed++;
	va_start(args, format);
	print(is_true ? "ok: " : "FAILED: ", format, args);
	va_end(args);
}

int report_end(void)
{
	printf("%u passed, %u failed\n", passed, failed);
	fflush(stdout);
	return failed ? 1 : 0;
}
