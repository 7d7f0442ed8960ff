# End-to-end tests: real drivers, the real driver manager, private servers. Built by make check, run
# by scripts/test, as they need the servers installed.
EXTRA_DIST += \
	%reldir%/asan.supp %reldir%/tsan.supp \
	%reldir%/differential.sh %reldir%/ini.sh %reldir%/plain.cc %reldir%/pooling.sh %reldir%/servers.sh %reldir%/sqlserver.sh

check_PROGRAMS += tests/e2e/transcript
tests_e2e_transcript_SOURCES = \
	%reldir%/transcript.c %reldir%/transcript.h \
	%reldir%/transcript_arrays.c \
	%reldir%/transcript_attributes.c \
	%reldir%/transcript_catalog.c \
	%reldir%/transcript_connect.c \
	%reldir%/transcript_cursors.c \
	%reldir%/transcript_descriptors.c \
	%reldir%/transcript_diag.c \
	%reldir%/transcript_errors.c \
	%reldir%/transcript_execute.c \
	%reldir%/transcript_fetch.c \
	%reldir%/transcript_getdata.c \
	%reldir%/transcript_info.c \
	%reldir%/transcript_log.c \
	%reldir%/transcript_odbc2.c \
	%reldir%/transcript_parameters.c \
	%reldir%/transcript_positioned.c \
	%reldir%/transcript_results.c \
	%reldir%/transcript_session.c
tests_e2e_transcript_LDADD = libbase.la -lodbc

# Written with Check, but not in TESTS: pooling.sh runs them.
TDSD_CLIENT = %reldir%/client.c %reldir%/client.h %reldir%/tdsd_client.c %reldir%/tdsd_client.h
E2E_TESTS =
E2E_TESTS += tests/e2e/test_bad_input
tests_e2e_test_bad_input_SOURCES = %reldir%/test_bad_input.c %reldir%/client.c %reldir%/client.h
tests_e2e_test_bad_input_LDADD = libtestmain.la -lodbc
E2E_TESTS += tests/e2e/test_children
tests_e2e_test_children_SOURCES = %reldir%/test_children.c %reldir%/child.c %reldir%/child.h \
	%reldir%/client.c %reldir%/client.h
tests_e2e_test_children_LDADD = libtestmain.la -lodbc
E2E_TESTS += tests/e2e/test_clock
tests_e2e_test_clock_SOURCES = %reldir%/test_clock.c %reldir%/client.c %reldir%/client.h
tests_e2e_test_clock_LDFLAGS = $(AM_LDFLAGS) -Wl,--export-dynamic
tests_e2e_test_clock_LDADD = libtestmain.la -lodbc
E2E_TESTS += tests/e2e/test_company
tests_e2e_test_company_SOURCES = %reldir%/test_company.c %reldir%/client.c %reldir%/client.h
tests_e2e_test_company_LDADD = libtestmain.la -lodbc
E2E_TESTS += tests/e2e/test_counters
tests_e2e_test_counters_SOURCES = %reldir%/test_counters.c %reldir%/child.c %reldir%/child.h \
	%reldir%/client.c %reldir%/client.h
tests_e2e_test_counters_LDADD = libtestmain.la libstats.la libbase.la -lodbc
E2E_TESTS += tests/e2e/test_files
tests_e2e_test_files_SOURCES = %reldir%/test_files.c %reldir%/client.c %reldir%/client.h
tests_e2e_test_files_LDADD = libtestmain.la -lodbc
E2E_TESTS += tests/e2e/test_fork
tests_e2e_test_fork_SOURCES = %reldir%/test_fork.c %reldir%/child.c %reldir%/child.h \
	%reldir%/client.c %reldir%/client.h
tests_e2e_test_fork_LDADD = libtestmain.la -lodbc
E2E_TESTS += tests/e2e/test_mariadb
tests_e2e_test_mariadb_SOURCES = %reldir%/test_mariadb.c %reldir%/client.c %reldir%/client.h
tests_e2e_test_mariadb_LDADD = libtestmain.la -lodbc
E2E_TESTS += tests/e2e/test_process
tests_e2e_test_process_SOURCES = %reldir%/test_process.c %reldir%/child.c %reldir%/child.h \
	%reldir%/client.c %reldir%/client.h
tests_e2e_test_process_LDADD = libtestmain.la -lodbc
E2E_TESTS += tests/e2e/test_supply
tests_e2e_test_supply_SOURCES = %reldir%/test_supply.c %reldir%/client.c %reldir%/client.h
tests_e2e_test_supply_LDADD = libtestmain.la -lodbc
E2E_TESTS += tests/e2e/test_limits
tests_e2e_test_limits_SOURCES = %reldir%/test_limits.c %reldir%/client.c %reldir%/client.h
tests_e2e_test_limits_LDADD = libtestmain.la -lodbc
E2E_TESTS += tests/e2e/test_sharing
tests_e2e_test_sharing_SOURCES = %reldir%/test_sharing.c %reldir%/client.c %reldir%/client.h
tests_e2e_test_sharing_LDADD = libtestmain.la -lodbc
E2E_TESTS += tests/e2e/test_sqlserver
tests_e2e_test_sqlserver_SOURCES = %reldir%/test_sqlserver.c $(TDSD_CLIENT)
tests_e2e_test_sqlserver_LDADD = libtestmain.la -lodbc
E2E_TESTS += tests/e2e/test_sqlserver_faults
tests_e2e_test_sqlserver_faults_SOURCES = %reldir%/test_sqlserver_faults.c $(TDSD_CLIENT)
tests_e2e_test_sqlserver_faults_LDADD = libtestmain.la -lodbc
E2E_TESTS += tests/e2e/test_state
tests_e2e_test_state_SOURCES = %reldir%/test_state.c %reldir%/client.c %reldir%/client.h
tests_e2e_test_state_LDADD = libtestmain.la -lodbc
E2E_TESTS += tests/e2e/test_transactions
tests_e2e_test_transactions_SOURCES = %reldir%/test_transactions.c %reldir%/client.c %reldir%/client.h
tests_e2e_test_transactions_LDADD = libtestmain.la libodbcpoolcore.la -lodbc
E2E_XA = %reldir%/client.c %reldir%/client.h %reldir%/xa_app.c %reldir%/xa_app.h
E2E_TESTS += tests/e2e/test_xa
tests_e2e_test_xa_SOURCES = %reldir%/test_xa.c $(E2E_XA)
tests_e2e_test_xa_LDADD = libtestmain.la libodbcpoolcore.la -lodbc
E2E_TESTS += tests/e2e/test_xa_connect
tests_e2e_test_xa_connect_SOURCES = %reldir%/test_xa_connect.c $(E2E_XA)
tests_e2e_test_xa_connect_LDADD = libtestmain.la libodbcpoolcore.la -lodbc
E2E_TESTS += tests/e2e/test_xa_failed
tests_e2e_test_xa_failed_SOURCES = %reldir%/test_xa_failed.c $(E2E_XA)
tests_e2e_test_xa_failed_LDADD = libtestmain.la libodbcpoolcore.la -lodbc
E2E_TESTS += tests/e2e/test_xa_lost
tests_e2e_test_xa_lost_SOURCES = %reldir%/test_xa_lost.c %reldir%/wire.c %reldir%/wire.h $(E2E_XA)
tests_e2e_test_xa_lost_LDADD = libtestmain.la libodbcpoolcore.la -lodbc
E2E_TESTS += tests/e2e/test_xa_recover
tests_e2e_test_xa_recover_SOURCES = %reldir%/test_xa_recover.c $(E2E_XA)
tests_e2e_test_xa_recover_LDADD = libtestmain.la libodbcpoolcore.la -lodbc
E2E_TESTS += tests/e2e/test_xa_rows
tests_e2e_test_xa_rows_SOURCES = %reldir%/test_xa_rows.c $(E2E_XA)
tests_e2e_test_xa_rows_LDADD = libtestmain.la libodbcpoolcore.la -lodbc
E2E_TESTS += tests/e2e/test_xa_texts
tests_e2e_test_xa_texts_SOURCES = %reldir%/test_xa_texts.c $(E2E_XA)
tests_e2e_test_xa_texts_LDADD = libtestmain.la libodbcpoolcore.la -lodbc
E2E_TESTS += tests/e2e/test_xa_watch
tests_e2e_test_xa_watch_SOURCES = %reldir%/test_xa_watch.c $(E2E_XA)
tests_e2e_test_xa_watch_LDADD = libtestmain.la libodbcpoolcore.la -lodbc
check_PROGRAMS += $(E2E_TESTS)

# Not linked with libodbc, which it loads and unloads.
check_PROGRAMS += tests/e2e/unload
tests_e2e_unload_SOURCES = %reldir%/unload.c
