# tests of driver
check_LTLIBRARIES += %reldir%/linked.la
%canon_reldir%_linked_la_SOURCES = %reldir%/linked.c
%canon_reldir%_linked_la_LDFLAGS = $(FAKEDRV_LDFLAGS)
%canon_reldir%_linked_la_LIBADD = -lodbc

# Sends like a driver, bound call by call and all at once.
check_LTLIBRARIES += %reldir%/sender_lazy.la %reldir%/sender_now.la
%canon_reldir%_sender_lazy_la_SOURCES = %reldir%/sender.c
%canon_reldir%_sender_lazy_la_CFLAGS = $(AM_CFLAGS) -fplt
%canon_reldir%_sender_lazy_la_LDFLAGS = $(FAKEDRV_LDFLAGS) -Wl,-z,lazy
%canon_reldir%_sender_now_la_SOURCES = %reldir%/sender.c
%canon_reldir%_sender_now_la_CFLAGS = $(AM_CFLAGS) -fno-plt
%canon_reldir%_sender_now_la_LDFLAGS = $(FAKEDRV_LDFLAGS) -Wl,-z,relro -Wl,-z,now

DRIVER_TEST_CPPFLAGS = $(AM_CPPFLAGS) -DFAKEDRV_DIR='"$(abs_builddir)/tests/fakedrv/.libs"' \
	-DSHELL_DIR='"$(abs_builddir)/.libs"' -DTEXT_FILE='"$(abs_top_srcdir)/COPYING"' \
	-DLINKED_DRIVER='"$(abs_builddir)/%reldir%/.libs/linked.so"' \
	-DSENDER_LAZY='"$(abs_builddir)/%reldir%/.libs/sender_lazy.so"' \
	-DSENDER_NOW='"$(abs_builddir)/%reldir%/.libs/sender_now.so"'
DRIVER_TEST_LDADD = libtestmain.la libdriver.la libconf.la libbase.la
# What needs a watchdog, whose thread is the engine's.
WATCHED_TEST_LDADD = libtestmain.la libdriver.la libpool.la libconf.la libbase.la
DRIVER_TESTS =
DRIVER_TESTS += tests/driver/test_attributes
tests_driver_test_attributes_SOURCES = %reldir%/test_attributes.c
tests_driver_test_attributes_LDADD = $(DRIVER_TEST_LDADD)
DRIVER_TESTS += tests/driver/test_environment
tests_driver_test_environment_SOURCES = %reldir%/test_environment.c %reldir%/fake.c %reldir%/fake.h
tests_driver_test_environment_CPPFLAGS = $(DRIVER_TEST_CPPFLAGS)
tests_driver_test_environment_LDADD = $(DRIVER_TEST_LDADD)
DRIVER_TESTS += tests/driver/test_load
tests_driver_test_load_SOURCES = %reldir%/test_load.c %reldir%/fake.c %reldir%/fake.h
tests_driver_test_load_CPPFLAGS = $(DRIVER_TEST_CPPFLAGS)
tests_driver_test_load_LDADD = $(DRIVER_TEST_LDADD)
DRIVER_TESTS += tests/driver/test_reset_bit
tests_driver_test_reset_bit_SOURCES = %reldir%/test_reset_bit.c
tests_driver_test_reset_bit_CPPFLAGS = $(DRIVER_TEST_CPPFLAGS)
tests_driver_test_reset_bit_LDFLAGS = $(AM_LDFLAGS) -export-dynamic
tests_driver_test_reset_bit_LDADD = $(DRIVER_TEST_LDADD)
DRIVER_TESTS += tests/driver/test_records
tests_driver_test_records_SOURCES = %reldir%/test_records.c %reldir%/fake.c %reldir%/fake.h
tests_driver_test_records_CPPFLAGS = $(DRIVER_TEST_CPPFLAGS)
tests_driver_test_records_LDADD = $(DRIVER_TEST_LDADD)
DRIVER_TESTS += tests/driver/test_socket
tests_driver_test_socket_SOURCES = %reldir%/test_socket.c
tests_driver_test_socket_LDADD = $(DRIVER_TEST_LDADD)
DRIVER_TESTS += tests/driver/test_watchdog
tests_driver_test_watchdog_SOURCES = %reldir%/test_watchdog.c
tests_driver_test_watchdog_LDADD = libtestmain.la libdriver.la libpool.la libconf.la libbase.la
DRIVER_TESTS += tests/driver/test_session
tests_driver_test_session_SOURCES = %reldir%/test_session.c %reldir%/fake.c %reldir%/fake.h
tests_driver_test_session_CPPFLAGS = $(DRIVER_TEST_CPPFLAGS)
tests_driver_test_session_LDADD = $(WATCHED_TEST_LDADD)
check_PROGRAMS += $(DRIVER_TESTS)
TESTS += $(DRIVER_TESTS)
