# tests of dbms
check_LTLIBRARIES += %reldir%/sqlitelike.la
%canon_reldir%_sqlitelike_la_SOURCES = %reldir%/sqlitelike.c
%canon_reldir%_sqlitelike_la_LDFLAGS = $(FAKEDRV_LDFLAGS)

DBMS_TESTS =
DBMS_TESTS += tests/dbms/test_files
tests_dbms_test_files_SOURCES = %reldir%/test_files.c tests/conf/ini_files.c tests/conf/ini_files.h
tests_dbms_test_files_LDADD = libtestmain.la libdbms.la libdriver.la libpool.la libconf.la libbase.la
DBMS_TESTS += tests/dbms/test_sqlserver
tests_dbms_test_sqlserver_SOURCES = %reldir%/test_sqlserver.c
tests_dbms_test_sqlserver_LDADD = libtestmain.la libdbms.la libdriver.la libpool.la libconf.la libbase.la
DBMS_TESTS += tests/dbms/test_statement_rules
tests_dbms_test_statement_rules_SOURCES = %reldir%/test_statement_rules.c
tests_dbms_test_statement_rules_LDADD = libtestmain.la libdbms.la libdriver.la libpool.la libconf.la libbase.la
DBMS_TESTS += tests/dbms/test_statement_text
tests_dbms_test_statement_text_SOURCES = %reldir%/test_statement_text.c
tests_dbms_test_statement_text_LDADD = libtestmain.la libdbms.la libdriver.la libpool.la libconf.la libbase.la
DBMS_TESTS += tests/dbms/test_traits
tests_dbms_test_traits_SOURCES = %reldir%/test_traits.c
tests_dbms_test_traits_CPPFLAGS = $(AM_CPPFLAGS) \
	-DFAKEDRV='"$(abs_builddir)/tests/fakedrv/.libs/fakedrv.so"' \
	-DSQLITELIKE='"$(abs_builddir)/%reldir%/.libs/sqlitelike.so"'
tests_dbms_test_traits_LDADD = libtestmain.la libdbms.la libdriver.la libpool.la libconf.la libbase.la
check_PROGRAMS += $(DBMS_TESTS)
TESTS += $(DBMS_TESTS)
