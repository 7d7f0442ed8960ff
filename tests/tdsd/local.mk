# A test double of SQL Server, for FreeTDS to talk to: see README there.
TDSD_FILES = %reldir%/README %reldir%/tdsd.sh
EXTRA_DIST += $(TDSD_FILES)

# Everything but main(), also for the fuzzer.
check_LTLIBRARIES += libtdsd.la
libtdsd_la_SOURCES = \
	%reldir%/applock.c \
	%reldir%/batch.c %reldir%/batch.h \
	%reldir%/bytes.c %reldir%/bytes.h \
	%reldir%/catalog.c \
	%reldir%/channel.c %reldir%/channel.h \
	%reldir%/commands.c %reldir%/commands.h \
	%reldir%/commands_declare.c \
	%reldir%/commands_exec.c \
	%reldir%/commands_query.c \
	%reldir%/commands_set.c \
	%reldir%/control.c %reldir%/control.h \
	%reldir%/dates.c %reldir%/dates.h \
	%reldir%/functions.c %reldir%/functions.h \
	%reldir%/functions_values.c %reldir%/functions_values.h \
	%reldir%/items.c \
	%reldir%/lexer.c %reldir%/lexer.h \
	%reldir%/login.c %reldir%/login.h \
	%reldir%/procedures.c %reldir%/procedures.h \
	%reldir%/procedures_catalog.c \
	%reldir%/procedures_prepared.c \
	%reldir%/reply.c \
	%reldir%/rpc.c %reldir%/rpc.h \
	%reldir%/server.c %reldir%/server.h \
	%reldir%/session.c %reldir%/session.h \
	%reldir%/session_state.c %reldir%/session_state.h \
	%reldir%/settings.c %reldir%/settings.h \
	%reldir%/store.c %reldir%/store.h \
	%reldir%/store_error.c \
	%reldir%/store_link.h \
	%reldir%/store_run.c \
	%reldir%/tds5.c %reldir%/tds5.h \
	%reldir%/tokens.c %reldir%/tokens.h \
	%reldir%/transaction.c %reldir%/transaction.h \
	%reldir%/translate.c %reldir%/translate.h \
	%reldir%/translate_name.c \
	%reldir%/translation.h \
	%reldir%/types.c %reldir%/types.h \
	%reldir%/types_read.c \
	%reldir%/types_wire.h \
	%reldir%/types_write.c
libtdsd_la_LIBADD = libbase.la -lsqlite3 -lm

check_PROGRAMS += %reldir%/tdsd
%canon_reldir%_tdsd_SOURCES = %reldir%/main.c
%canon_reldir%_tdsd_LDADD = libtdsd.la

# The server is within these programs.
TDSD_HARNESS = %reldir%/harness.c %reldir%/harness.h
check_PROGRAMS += %reldir%/test_wire
TESTS += %reldir%/test_wire
%canon_reldir%_test_wire_SOURCES = %reldir%/test_wire.c $(TDSD_HARNESS)
%canon_reldir%_test_wire_LDADD = libtestmain.la libtdsd.la

TDSD_FREETDS = $(TDSD_HARNESS) %reldir%/freetds.c %reldir%/freetds.h \
	tests/hygiene/app.c tests/hygiene/app.h
check_PROGRAMS += %reldir%/test_freetds
TESTS += %reldir%/test_freetds
%canon_reldir%_test_freetds_SOURCES = %reldir%/test_freetds.c $(TDSD_FREETDS)
%canon_reldir%_test_freetds_LDADD = libtestmain.la libtdsd.la -lodbc
check_PROGRAMS += %reldir%/test_freetds_session
TESTS += %reldir%/test_freetds_session
%canon_reldir%_test_freetds_session_SOURCES = %reldir%/test_freetds_session.c $(TDSD_FREETDS)
%canon_reldir%_test_freetds_session_LDADD = libtestmain.la libtdsd.la -lodbc
