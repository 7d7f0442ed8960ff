# tests of pool
check_LTLIBRARIES += libpooltest.la
libpooltest_la_SOURCES = \
	%reldir%/harness.c %reldir%/harness.h \
	tests/support/fake_clock.c tests/support/fake_clock.h \
	tests/support/fake_driver_ops.c tests/support/fake_driver_ops.h
libpooltest_la_LIBADD = libtestmain.la libpool.la libconf.la libbase.la

POOL_TESTS =
POOL_TESTS += tests/pool/test_borrow
tests_pool_test_borrow_SOURCES = %reldir%/test_borrow.c
tests_pool_test_borrow_LDADD = libpooltest.la
POOL_TESTS += tests/pool/test_wait
tests_pool_test_wait_SOURCES = %reldir%/test_wait.c
tests_pool_test_wait_LDADD = libpooltest.la
check_PROGRAMS += $(POOL_TESTS)
TESTS += $(POOL_TESTS)
