/* SPDX-License-Identifier: MIT */
#ifndef TDSD_SETTINGS_H
#define TDSD_SETTINGS_H
/* What SET sets, and how it is read again: @@OPTIONS, DBCC USEROPTIONS, SESSIONPROPERTY,
 * @@DATEFIRST. */
#include "base/compiler.h"

#include <stdbool.h>
#include <stdint.h>

/* The numbers of sys.dm_exec_sessions.transaction_isolation_level. */
enum isolation {
	ISOLATION_READ_UNCOMMITTED = 1,
	ISOLATION_READ_COMMITTED,
	ISOLATION_REPEATABLE_READ,
	ISOLATION_SERIALIZABLE,
	ISOLATION_SNAPSHOT
};

/* The bits of @@OPTIONS ("Configure the user options Server Configuration Option"). */
enum set_option {
	OPTION_IMPLICIT_TRANSACTIONS = 2,
	OPTION_CURSOR_CLOSE_ON_COMMIT = 4,
	OPTION_ANSI_WARNINGS = 8,
	OPTION_ANSI_PADDING = 16,
	OPTION_ANSI_NULLS = 32,
	OPTION_ARITHABORT = 64,
	OPTION_ARITHIGNORE = 128,
	OPTION_QUOTED_IDENTIFIER = 256,
	OPTION_NOCOUNT = 512,
	OPTION_ANSI_NULL_DFLT_ON = 1024,
	OPTION_ANSI_NULL_DFLT_OFF = 2048,
	OPTION_CONCAT_NULL_YIELDS_NULL = 4096,
	OPTION_NUMERIC_ROUNDABORT = 8192,
	OPTION_XACT_ABORT = 16384,
	/* Not in @@OPTIONS, which has 15 bits. */
	OPTION_NOEXEC = 1 << 16,
	OPTION_PARSEONLY = 1 << 17,
	OPTION_FMTONLY = 1 << 18,
	OPTION_SHOWPLAN_TEXT = 1 << 19,
	OPTION_SHOWPLAN_ALL = 1 << 20,
	OPTION_SHOWPLAN_XML = 1 << 21,
	OPTION_STATISTICS_IO = 1 << 22,
	OPTION_STATISTICS_TIME = 1 << 23,
	OPTION_FORCEPLAN = 1 << 24
};
enum { OPTIONS_IN_GLOBAL = 0x7fff };

struct settings {
	uint32_t options;
	int32_t lock_timeout; /* ms; -1: for ever */
	int64_t text_size;
	int64_t row_count;
	int date_first, deadlock_priority;
	int64_t query_governor;
	char date_format[4];
	char language[40];
};

/* What a login gets: with fODBC of LOGIN7 the ANSI options, as [MS-TDS] 2.2.6.4 says. */
struct settings settings_of_login(bool is_odbc, const char *language);
/* A SET option's bit by its name, 0 for none. */
uint32_t settings_option(const char *name);
const char *settings_isolation_name(enum isolation isolation);
/* False: no such language. Sets what comes with it. */
must_use bool settings_set_language(struct settings *s, const char *language);
/* The first and the next option that is on, for DBCC USEROPTIONS; NULL: no more. */
const char *settings_next_on(const struct settings *s, unsigned *position);

#endif
