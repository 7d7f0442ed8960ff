/* SPDX-License-Identifier: MIT */
#include "settings.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

static const struct {
	const char *name;
	uint32_t bit;
} options[] = {
	{"quoted_identifier", OPTION_QUOTED_IDENTIFIER},
	{"arithabort", OPTION_ARITHABORT},
	{"arithignore", OPTION_ARITHIGNORE},
	{"ansi_null_dflt_on", OPTION_ANSI_NULL_DFLT_ON},
	{"ansi_null_dflt_off", OPTION_ANSI_NULL_DFLT_OFF},
	{"ansi_warnings", OPTION_ANSI_WARNINGS},
	{"ansi_padding", OPTION_ANSI_PADDING},
	{"ansi_nulls", OPTION_ANSI_NULLS},
	{"concat_null_yields_null", OPTION_CONCAT_NULL_YIELDS_NULL},
	{"cursor_close_on_commit", OPTION_CURSOR_CLOSE_ON_COMMIT},
	{"implicit_transactions", OPTION_IMPLICIT_TRANSACTIONS},
	{"nocount", OPTION_NOCOUNT},
	{"numeric_roundabort", OPTION_NUMERIC_ROUNDABORT},
	{"xact_abort", OPTION_XACT_ABORT},
	{"noexec", OPTION_NOEXEC},
	{"parseonly", OPTION_PARSEONLY},
	{"fmtonly", OPTION_FMTONLY},
	{"showplan_text", OPTION_SHOWPLAN_TEXT},
	{"showplan_all", OPTION_SHOWPLAN_ALL},
	{"showplan_xml", OPTION_SHOWPLAN_XML},
	{"forceplan", OPTION_FORCEPLAN},
	/* SET STATISTICS IO: the second word is the one that counts. */
	{"statistics io", OPTION_STATISTICS_IO},
	{"statistics time", OPTION_STATISTICS_TIME},
};

/* From sys.syslanguages. */
static const struct {
	const char *name, *alias, *date_format;
	int date_first;
} languages[] = {
	{"us_english", "English", "mdy", 7},
	{"British", "British English", "dmy", 1},
	{"Deutsch", "German", "dmy", 1},
	{"Fran\xc3\xa7"
	 "ais",
		"French", "dmy", 1},
	{"Svenska", "Swedish", "ymd", 1},
};

/* [MS-TDS] 2.2.6.4, fODBC: "ANSI_DEFAULTS is set to ON, CURSOR_CLOSE_ON_COMMIT OFF, TEXTSIZE
 * 0x7FFFFFFF, IMPLICIT_TRANSACTIONS OFF". QUOTED_IDENTIFIER and the rest are among the ANSI
 * defaults. */
struct settings settings_of_login(bool is_odbc, const char *language)
{
	struct settings s = {.lock_timeout = -1, .text_size = is_odbc ? 2147483647 : 4096};

	s.options = OPTION_CONCAT_NULL_YIELDS_NULL;
	if (is_odbc)
		s.options |= OPTION_QUOTED_IDENTIFIER | OPTION_ANSI_NULLS | OPTION_ANSI_WARNINGS |
			     OPTION_ANSI_PADDING | OPTION_ANSI_NULL_DFLT_ON;
	if (!settings_set_language(&s, language) && !settings_set_language(&s, "us_english"))
		s.date_first = 7;
	return s;
}

uint32_t settings_option(const char *name)
{
	for (size_t i = 0; i < array_size(options); i++)
		if (strcasecmp(options[i].name, name) == 0)
			return options[i].bit;
	return 0;
}

const char *settings_isolation_name(enum isolation isolation)
{
	switch (isolation) {
	case ISOLATION_READ_UNCOMMITTED:
		return "read uncommitted";
	case ISOLATION_READ_COMMITTED:
		return "read committed";
	case ISOLATION_REPEATABLE_READ:
		return "repeatable read";
	case ISOLATION_SERIALIZABLE:
		return "serializable";
	case ISOLATION_SNAPSHOT:
		return "snapshot";
	}
	return "unspecified";
}

bool settings_set_language(struct settings *s, const char *language)
{
	for (size_t i = 0; i < array_size(languages); i++) {
		if (strcasecmp(languages[i].name, language) != 0 &&
			strcasecmp(languages[i].alias, language) != 0)
			continue;
		snprintf(s->language, sizeof(s->language), "%s", languages[i].name);
		snprintf(s->date_format, sizeof(s->date_format), "%s", languages[i].date_format);
		s->date_first = languages[i].date_first;
		return true;
	}
	return false;
}

const char *settings_next_on(const struct settings *s, unsigned *position)
{
	while (*position < array_size(options)) {
		unsigned i = (*position)++;
		if (s->options & options[i].bit & OPTIONS_IN_GLOBAL)
			return options[i].name;
	}
	return NULL;
}
