/* SPDX-License-Identifier: MIT */
#include "driver/fake.h"

#include <check.h>
#include <dlfcn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static int first_logins;

static void judge(const char *path, void *library, struct driver_traits *ret_traits)
{
	(void)path;
	(void)library;
	*ret_traits = (struct driver_traits){.is_pooled_by_default = true};
}

static void note_first_login(void)
{
	first_logins++;
}

int fake_first_logins(void)
{
	return first_logins;
}

const char *fake_path(const char *variant)
{
	static char path[4096];

	snprintf(path, sizeof(path), "%s/%s.so", FAKEDRV_DIR, variant);
	return path;
}

struct fake fake_load(const char *variant)
{
	static const struct driver_hooks hooks = {judge, note_first_login};
	struct diag diag = DIAG_EMPTY;
	struct fake f;

	driver_set_hooks(&hooks);
	f.driver = driver_load(fake_path(variant), false, "the test", &diag);
	ck_assert_msg(f.driver != NULL, "%s", diag.count ? diag.records[0].message : "?");
	f.calls = &f.driver->calls;
	f.control = dlsym(f.driver->library, FAKEDRV_CONTROL);
	ck_assert_ptr_nonnull(f.control);
	f.control->reset();
	f.control->log_start();
	return f;
}

struct fakedrv_counts fake_counts(const struct fake *f)
{
	struct fakedrv_counts counts;

	f->control->counts(&counts);
	return counts;
}

void fake_check_clean(const struct fake *f)
{
	struct fakedrv_counts counts = fake_counts(f);

	ck_assert_uint_eq(counts.foreign_handles, 0);
	ck_assert_uint_eq(counts.connected, 0);
	ck_assert_uint_eq(counts.connections, 0);
	ck_assert_uint_eq(counts.statements, 0);
	ck_assert_uint_eq(counts.descriptors, 0);
}

void fake_check_order(const struct fake *f, const char *first, ...)
{
	char *log = f->control->log_text();
	long at = -1;
	va_list ap;

	va_start(ap, first);
	for (const char *line = first; line; line = va_arg(ap, const char *)) {
		at = f->control->log_find(line, at + 1);
		ck_assert_msg(
			at >= 0, "\"%s\" is not in the log, or not in this place:\n%s", line, log);
	}
	va_end(ap);
	free(log);
}
