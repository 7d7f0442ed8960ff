# tests of pool
check_LTLIBRARIES += libpooltest.la
libpooltest_la_SOURCES = \
	%reldir%/harness.c %reldir%/harness.h \
	tests/support/fake_clock.c tests/support/fake_clock.h \
	tests/support/fake_driver_ops.c tests/support/fake_driver_ops.h \
	tests/support/trace_file.c tests/support/trace_file.h
libpooltest_la_LIBADD = libtestmain.la libpool.la libconf.la libbase.la

POOL_TESTS =
POOL_TESTS += tests/pool/test_borrow
tests_pool_test_borrow_SOURCES = %reldir%/test_borrow.c
tests_pool_test_borrow_LDADD = libpooltest.la
POOL_TESTS += tests/pool/test_wait
tests_pool_test_wait_SOURCES = %reldir%/test_wait.c
tests_pool_test_wait_LDADD = libpooltest.la
POOL_TESTS += tests/pool/test_enlist
tests_pool_test_enlist_SOURCES = %reldir%/test_enlist.c
tests_pool_test_enlist_LDADD = libpooltest.la
POOL_TESTS += tests/pool/test_enlist_end
tests_pool_test_enlist_end_SOURCES = %reldir%/test_enlist_end.c
tests_pool_test_enlist_end_LDADD = libpooltest.la
POOL_TESTS += tests/pool/test_enlist_wait
tests_pool_test_enlist_wait_SOURCES = %reldir%/test_enlist_wait.c
tests_pool_test_enlist_wait_LDADD = libpooltest.la
POOL_TESTS += tests/pool/test_vain_wait
tests_pool_test_vain_wait_SOURCES = %reldir%/test_vain_wait.c
tests_pool_test_vain_wait_LDADD = libpooltest.la
POOL_TESTS += tests/pool/test_deadline
tests_pool_test_deadline_SOURCES = %reldir%/test_deadline.c
tests_pool_test_deadline_LDADD = libpooltest.la
POOL_TESTS += tests/pool/test_keepalive
tests_pool_test_keepalive_SOURCES = %reldir%/test_keepalive.c
tests_pool_test_keepalive_LDADD = libpooltest.la
POOL_TESTS += tests/pool/test_age
tests_pool_test_age_SOURCES = %reldir%/test_age.c
tests_pool_test_age_LDADD = libpooltest.la
POOL_TESTS += tests/pool/test_blocking_period
tests_pool_test_blocking_period_SOURCES = %reldir%/test_blocking_period.c
tests_pool_test_blocking_period_LDADD = libpooltest.la
POOL_TESTS += tests/pool/test_minimum
tests_pool_test_minimum_SOURCES = %reldir%/test_minimum.c
tests_pool_test_minimum_LDADD = libpooltest.la
POOL_TESTS += tests/pool/test_clear
tests_pool_test_clear_SOURCES = %reldir%/test_clear.c
tests_pool_test_clear_LDADD = libpooltest.la
POOL_TESTS += tests/pool/test_closing
tests_pool_test_closing_SOURCES = %reldir%/test_closing.c
tests_pool_test_closing_LDADD = libpooltest.la
POOL_TESTS += tests/pool/test_fork
tests_pool_test_fork_SOURCES = %reldir%/test_fork.c
tests_pool_test_fork_LDADD = libpooltest.la
POOL_TESTS += tests/pool/test_report
tests_pool_test_report_SOURCES = %reldir%/test_report.c
tests_pool_test_report_LDADD = libpooltest.la
POOL_TESTS += tests/pool/stress
tests_pool_stress_SOURCES = %reldir%/stress.c
tests_pool_stress_LDADD = libpooltest.la
POOL_TESTS += tests/pool/stress_enlist
tests_pool_stress_enlist_SOURCES = %reldir%/stress_enlist.c
tests_pool_stress_enlist_LDADD = libpooltest.la
POOL_TESTS += tests/pool/test_model
tests_pool_test_model_SOURCES = %reldir%/test_model.c
tests_pool_test_model_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=thread_id
tests_pool_test_model_LDADD = libpooltest.la
POOL_TESTS += tests/pool/test_registry
tests_pool_test_registry_SOURCES = %reldir%/test_registry.c
tests_pool_test_registry_LDADD = libpooltest.la
POOL_TESTS += tests/pool/test_order
tests_pool_test_order_SOURCES = %reldir%/test_order.c
tests_pool_test_order_LDADD = libpooltest.la
POOL_TESTS += tests/pool/test_books
tests_pool_test_books_SOURCES = %reldir%/test_books.c
tests_pool_test_books_LDADD = libpooltest.la
POOL_TESTS += tests/pool/test_reset
tests_pool_test_reset_SOURCES = %reldir%/test_reset.c
tests_pool_test_reset_LDADD = libpooltest.la
POOL_TESTS += tests/pool/test_workers
tests_pool_test_workers_SOURCES = %reldir%/test_workers.c
tests_pool_test_workers_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=pthread_create
tests_pool_test_workers_LDADD = libpooltest.la
POOL_TESTS += tests/pool/test_policy
tests_pool_test_policy_SOURCES = %reldir%/test_policy.c
tests_pool_test_policy_LDADD = libtestmain.la libpool.la libconf.la libbase.la
POOL_TESTS += tests/pool/test_table
tests_pool_test_table_SOURCES = %reldir%/test_table.c
tests_pool_test_table_LDADD = libtestmain.la libpool.la libbase.la
POOL_TESTS += tests/pool/test_out_of_memory
tests_pool_test_out_of_memory_SOURCES = %reldir%/test_out_of_memory.c $(FAILING_ALLOC)
tests_pool_test_out_of_memory_LDFLAGS = $(AM_LDFLAGS) $(FAILING_ALLOC_WRAPS)
tests_pool_test_out_of_memory_LDADD = libpooltest.la
check_PROGRAMS += $(POOL_TESTS)
TESTS += $(POOL_TESTS)

# The long form of the stress test: a million borrows.
soak-pool: tests/pool/stress tests/pool/stress_enlist tests/pool/test_model
	ODBCPOOL_SOAK=1 tests/pool/stress
	ODBCPOOL_SOAK=1 tests/pool/stress_enlist
	ODBCPOOL_SOAK=1 tests/pool/test_model
soak: soak-pool
