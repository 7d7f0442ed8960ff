/* SPDX-License-Identifier: MIT */
/* odbcpool wrap: point a driver's section of odbcinst.ini at odbcpool. */
#include "conf/driver_file.h"
#include "conf/ini.h"
#include "tool/library_file.h"
#include "tool/registry_file.h"
#include "tool/say.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { OPTION_FILE, OPTION_LIBRARIES, OPTION_DRY_RUN, OPTIONS };

static const struct option_row options[OPTIONS] = {
	[OPTION_FILE] = {"file", "PATH", "the odbcinst.ini to change, instead of the one in use"},
	[OPTION_LIBRARIES] = {"libraries", "FOLDER",
		"where libodbcpool.so and its sisters are, instead of " SHELL_FOLDER},
	[OPTION_DRY_RUN] = {"dry-run", NULL,
		"show what would change as a diff, and change nothing"},
};

/* Look at the real driver. False: it cannot be wrapped, and the reason was said. */
static bool judge(const char *driver, const char *section, struct library_file *ret_file)
{
	struct buffer why = BUFFER_EMPTY;
	char *path = driver_file_find(driver);
	bool is_fine = false;

	if (!path) {
		say_error("the driver of [%s], %s, is not found", section, driver);
		say_next("Directories looked at: %s. Write its whole path there.",
			driver_file_folders());
	} else if (!library_file_read(path, ret_file, &why)) {
		say_error("%s, the driver of [%s]: %s", path, section, buffer_str(&why));
	} else if (ret_file->is_ours) {
		say_error("the driver of [%s], %s, is odbcpool itself", section, path);
		say_next("`odbcpool check` tells what is missing in that section.");
	} else if (ret_file->is_old_driver) {
		say_error("%s is an ODBC 2 driver (it has no SQLAllocHandle); only ODBC 3 drivers "
			  "can be pooled",
			path);
	} else if (!ret_file->is_driver) {
		say_error("%s is not an ODBC driver: it exports no SQLAllocHandle, or no connect "
			  "function",
			path);
	} else {
		is_fine = true;
	}
	buffer_done(&why);
	free(path);
	return is_fine;
}

/* The library that goes into the section; it must be there, or every connect would fail. */
static bool find_library(const struct given *g, enum shell shell, struct buffer *to)
{
	const char *folder = g->value[OPTION_LIBRARIES];
	char *path = folder ? realpath(folder, NULL) : NULL;

	buffer_printf(to, "%s/%s", path ? path : folder ? folder : SHELL_FOLDER, shell_file(shell));
	free(path);
	if (!to->failed && access(to->data, R_OK) == 0)
		return true;
	say_error("%s is not there", buffer_str(to));
	say_next("Install odbcpool (make install), or say with --libraries where it is.");
	return false;
}

/* Data sources that name the library and not the section stay as they are. */
static void name_bypasses(const char *section, const char *driver)
{
	struct ini *ini = ini_current();
	const struct ini_section *s = NULL;

	while (ini && (s = ini_next(ini, INI_ODBC, s))) {
		const char *value = ini_get_driver(ini, s->name);
		if (value && *value == '/' && strcmp(value, driver) == 0)
			printf("Not pooled: data source [%s] of %s names the library itself; set "
			       "its "
			       "Driver to \"%s\" to have it pooled.\n",
				s->name, s->path, section);
	}
	ini_unref(ini);
}

static enum verdict wrap_into(const struct given *g, const struct registry_file *f,
	const struct library_file *real, const char *driver)
{
	struct buffer library = BUFFER_EMPTY, text = BUFFER_EMPTY, done = BUFFER_EMPTY;
	const char *section = g->word[0];
	enum verdict verdict = VERDICT_NO;

	if (find_library(g, real->shell, &library)) {
		enum wrapping result = wrapping_wrap(&f->lines, section, library.data, &text);
		buffer_printf(&done, "[%s] of %s leads through %s now; %s %s.", section, f->path,
			library.data, driver, shell_reason(real->shell));
		if (result == WRAPPING_DONE)
			verdict = registry_file_apply(
				f, &text, g->value[OPTION_DRY_RUN] != NULL, buffer_str(&done));
		else
			registry_file_refuse(f, section, result);
	}
	if (verdict == VERDICT_FINE && !g->value[OPTION_DRY_RUN]) {
		printf("Programs that run already keep to the old way until they start again.\n");
		if (real->is_sqlite)
			printf("SQLite is pooled only where Pooling = Yes says so, here or in "
			       "odbc.ini.\n");
		if (!g->value[OPTION_FILE])
			name_bypasses(section, driver);
	}
	buffer_done(&library);
	buffer_done(&text);
	buffer_done(&done);
	return verdict;
}

static enum verdict run(const struct given *g)
{
	struct buffer driver = BUFFER_EMPTY;
	struct library_file real;
	struct registry_file f;
	enum verdict verdict = VERDICT_NO;

	if (!registry_file_open(&f, g->value[OPTION_FILE], g->word[0]))
		return VERDICT_NO;
	struct buffer unused = BUFFER_EMPTY;
	enum wrapping result = wrapping_find(&f.lines, g->word[0], &driver);
	/* Rather "is wrapped already" than a word about the library that is there now. */
	if (result == WRAPPING_DONE)
		result = wrapping_wrap(&f.lines, g->word[0], "", &unused);
	buffer_done(&unused);
	if (result != WRAPPING_DONE)
		registry_file_refuse(&f, g->word[0], result);
	else if (judge(buffer_str(&driver), g->word[0], &real))
		verdict = wrap_into(g, &f, &real, buffer_str(&driver));
	buffer_done(&driver);
	registry_file_done(&f);
	return verdict;
}

const struct command command_wrap = {
	.name = "wrap",
	.arguments = "DRIVER",
	.least_words = 1,
	.most_words = 1,
	.summary = "Have every data source of a driver pooled",
	.help = "DRIVER is a section of odbcinst.ini. Its Driver becomes the right one of "
		"odbcpool's\n"
		"three libraries, its PoolDriver what Driver was. CPTimeout becomes -1; Threading\n"
		"becomes 0 where the section has none. What was there stays as a comment, and\n"
		"`odbcpool unwrap` puts it back, byte by byte. No code of the driver is run.\n",
	.options = options,
	.option_count = OPTIONS,
	.run = run,
};
