/* SPDX-License-Identifier: MIT */
#include "tool/registry_file.h"

#include "conf/ini.h"
#include "tool/difference.h"
#include "tool/replace_file.h"
#include "tool/say.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The file that the driver manager finds the section in; else the system's, for the message. */
static char *path_for(const char *section)
{
	struct ini *ini = ini_current();
	const struct ini_section *s = ini ? ini_find(ini, INI_ODBCINST, section) : NULL;
	char *path = ini ? strdup(s ? s->path : ini_path_of(ini, INI_ODBCINST)) : NULL;

	ini_unref(ini);
	return path;
}

bool registry_file_open(struct registry_file *ret_file, const char *path, const char *section)
{
	struct registry_file f = {.path = path ? strdup(path) : path_for(section)};
	struct buffer text = BUFFER_EMPTY;
	bool is_open = false;

	if (!f.path)
		say_no_memory();
	else if (!file_read(f.path, &text, &f.seen)) {
		say_error("%s cannot be read: %s", f.path, strerror(errno));
		say_next("`odbcinst -j` says where the driver manager looks; --file names another "
			 "one.");
	} else if (!ini_lines_cut(&f.lines, &text)) {
		say_no_memory();
	} else {
		is_open = true;
	}
	buffer_done(&text);
	if (is_open)
		*ret_file = f;
	else
		free(f.path);
	return is_open;
}

void registry_file_done(struct registry_file *f)
{
	ini_lines_done(&f->lines);
	free(f->path);
}

static enum verdict show(const struct registry_file *f, struct buffer *text)
{
	struct ini_lines new;

	if (!ini_lines_cut(&new, text)) {
		buffer_done(text);
		say_no_memory();
		return VERDICT_NO;
	}
	difference_show(f->path, &f->lines, &new);
	ini_lines_done(&new);
	return VERDICT_FINE;
}

enum verdict registry_file_apply(
	const struct registry_file *f, struct buffer *text, bool is_dry, const char *done)
{
	struct buffer why = BUFFER_EMPTY;

	if (is_dry)
		return show(f, text);
	bool is_replaced = file_replace(f->path, text, &f->seen, &why);
	if (is_replaced) {
		printf("%s\n", done);
	} else {
		say_error("%s is as it was: %s", f->path, buffer_str(&why));
		say_next("Try as the owner of the file, for example with sudo.");
	}
	buffer_done(&why);
	buffer_done(text);
	return is_replaced ? VERDICT_FINE : VERDICT_NO;
}

void registry_file_refuse(const struct registry_file *f, const char *section, enum wrapping why)
{
	switch (why) {
	case WRAPPING_DONE:
		return;
	case WRAPPING_NO_SECTION:
		say_error("%s has no section [%s]", f->path, section);
		say_next("`odbcinst -q -d` lists the drivers.");
		return;
	case WRAPPING_NO_DRIVER:
		say_error("section [%s] of %s names no Driver", section, f->path);
		say_next("It is no driver's section; `odbcinst -q -d` lists those.");
		return;
	case WRAPPING_IS_WRAPPED:
		say_error("section [%s] of %s is wrapped already", section, f->path);
		say_next("`odbcpool unwrap '%s'` takes that back.", section);
		return;
	case WRAPPING_SERIALISED:
		say_error("section [%s] of %s says Threading = 3: the driver manager then lets one "
			  "call of a process through at a time, and a connect that waits for a "
			  "connection would keep the disconnect out that could serve it",
			section, f->path);
		say_next("Is the driver safe for threads? Then set Threading to 0, 1 or 2 there "
			 "first.");
		return;
	case WRAPPING_NOT_WRAPPED:
		say_error("section [%s] of %s is not wrapped", section, f->path);
		return;
	case WRAPPING_NO_COMMENT:
		say_error("section [%s] of %s leads through odbcpool, but has no comment that says "
			  "what was there",
			section, f->path);
		say_next("Set Driver to what PoolDriver says, and remove PoolDriver, by hand.");
		return;
	}
}
