# tests of shim: through the entry points that the shells call, over the fake driver.
SHIM_TEST_CPPFLAGS = $(AM_CPPFLAGS) -DFAKEDRV_DIR='"$(abs_builddir)/tests/fakedrv/.libs"' \
	-DSHELL_DIR='"$(abs_builddir)/.libs"'
SHIM_TEST_LDADD = libtestmain.la libodbcpoolcore.la
SHIM_TESTS =
SHIM_TESTS += tests/shim/test_alloc
tests_shim_test_alloc_SOURCES = %reldir%/test_alloc.c %reldir%/app.c %reldir%/app.h
tests_shim_test_alloc_CPPFLAGS = $(SHIM_TEST_CPPFLAGS)
tests_shim_test_alloc_LDADD = $(SHIM_TEST_LDADD)
SHIM_TESTS += tests/shim/test_browse
tests_shim_test_browse_SOURCES = %reldir%/test_browse.c %reldir%/app.c %reldir%/app.h
tests_shim_test_browse_CPPFLAGS = $(SHIM_TEST_CPPFLAGS)
tests_shim_test_browse_LDADD = $(SHIM_TEST_LDADD)
SHIM_TESTS += tests/shim/test_counting
tests_shim_test_counting_SOURCES = %reldir%/test_counting.c %reldir%/app.c %reldir%/app.h
tests_shim_test_counting_CPPFLAGS = $(SHIM_TEST_CPPFLAGS)
tests_shim_test_counting_LDADD = $(SHIM_TEST_LDADD) libstats.la libbase.la
SHIM_TESTS += tests/shim/test_steering
tests_shim_test_steering_SOURCES = %reldir%/test_steering.c %reldir%/app.c %reldir%/app.h
tests_shim_test_steering_CPPFLAGS = $(SHIM_TEST_CPPFLAGS)
tests_shim_test_steering_LDADD = $(SHIM_TEST_LDADD)
SHIM_TESTS += tests/shim/test_connect
tests_shim_test_connect_SOURCES = %reldir%/test_connect.c %reldir%/app.c %reldir%/app.h
tests_shim_test_connect_CPPFLAGS = $(SHIM_TEST_CPPFLAGS)
tests_shim_test_connect_LDADD = $(SHIM_TEST_LDADD)
SHIM_TESTS += tests/shim/test_descriptor
tests_shim_test_descriptor_SOURCES = %reldir%/test_descriptor.c %reldir%/app.c %reldir%/app.h
tests_shim_test_descriptor_CPPFLAGS = $(SHIM_TEST_CPPFLAGS)
tests_shim_test_descriptor_LDADD = $(SHIM_TEST_LDADD)
SHIM_TESTS += tests/shim/test_diag
tests_shim_test_diag_SOURCES = %reldir%/test_diag.c %reldir%/app.c %reldir%/app.h
tests_shim_test_diag_CPPFLAGS = $(SHIM_TEST_CPPFLAGS)
tests_shim_test_diag_LDADD = $(SHIM_TEST_LDADD)
SHIM_TESTS += tests/shim/test_disconnect
tests_shim_test_disconnect_SOURCES = %reldir%/test_disconnect.c %reldir%/app.c %reldir%/app.h
tests_shim_test_disconnect_CPPFLAGS = $(SHIM_TEST_CPPFLAGS)
tests_shim_test_disconnect_LDADD = $(SHIM_TEST_LDADD)
SHIM_TESTS += tests/shim/test_info
tests_shim_test_info_SOURCES = %reldir%/test_info.c %reldir%/app.c %reldir%/app.h
tests_shim_test_info_CPPFLAGS = $(SHIM_TEST_CPPFLAGS)
tests_shim_test_info_LDADD = $(SHIM_TEST_LDADD)
SHIM_TESTS += tests/shim/test_pooling
tests_shim_test_pooling_SOURCES = %reldir%/test_pooling.c %reldir%/app.c %reldir%/app.h
tests_shim_test_pooling_CPPFLAGS = $(SHIM_TEST_CPPFLAGS)
tests_shim_test_pooling_LDADD = $(SHIM_TEST_LDADD)
SHIM_TESTS += tests/shim/test_shells
tests_shim_test_shells_SOURCES = %reldir%/test_shells.c %reldir%/app.c %reldir%/app.h
tests_shim_test_shells_CPPFLAGS = $(SHIM_TEST_CPPFLAGS)
tests_shim_test_shells_LDADD = $(SHIM_TEST_LDADD)
SHIM_TESTS += tests/shim/test_token
tests_shim_test_token_SOURCES = %reldir%/test_token.c %reldir%/app.c %reldir%/app.h \
	%reldir%/token_app.c %reldir%/token_app.h
tests_shim_test_token_CPPFLAGS = $(SHIM_TEST_CPPFLAGS)
tests_shim_test_token_LDADD = $(SHIM_TEST_LDADD)
SHIM_TESTS += tests/shim/test_token_end
tests_shim_test_token_end_SOURCES = %reldir%/test_token_end.c %reldir%/app.c %reldir%/app.h \
	%reldir%/token_app.c %reldir%/token_app.h
tests_shim_test_token_end_CPPFLAGS = $(SHIM_TEST_CPPFLAGS)
tests_shim_test_token_end_LDADD = $(SHIM_TEST_LDADD)
SHIM_TESTS += tests/shim/test_xa_attr
tests_shim_test_xa_attr_SOURCES = %reldir%/test_xa_attr.c %reldir%/app.c %reldir%/app.h
tests_shim_test_xa_attr_CPPFLAGS = $(SHIM_TEST_CPPFLAGS)
tests_shim_test_xa_attr_LDADD = $(SHIM_TEST_LDADD)
SHIM_TESTS += tests/shim/test_widen
tests_shim_test_widen_SOURCES = %reldir%/test_widen.c %reldir%/app.c %reldir%/app.h
tests_shim_test_widen_CPPFLAGS = $(SHIM_TEST_CPPFLAGS)
tests_shim_test_widen_LDADD = $(SHIM_TEST_LDADD)
SHIM_TESTS += tests/shim/test_xa_switch
tests_shim_test_xa_switch_SOURCES = %reldir%/test_xa_switch.c %reldir%/app.c %reldir%/app.h
tests_shim_test_xa_switch_CPPFLAGS = $(SHIM_TEST_CPPFLAGS)
tests_shim_test_xa_switch_LDADD = $(SHIM_TEST_LDADD)
SHIM_TESTS += tests/shim/test_xa_rules
tests_shim_test_xa_rules_SOURCES = %reldir%/test_xa_rules.c
tests_shim_test_xa_rules_LDADD = libtestmain.la libshim.la libdbms.la libdriver.la libpool.la \
	libconf.la libbase.la $(ODBCINST_LIBS)
SHIM_TESTS += tests/shim/test_out_of_memory
tests_shim_test_out_of_memory_SOURCES = %reldir%/test_out_of_memory.c %reldir%/app.c %reldir%/app.h
tests_shim_test_out_of_memory_CPPFLAGS = $(SHIM_TEST_CPPFLAGS)
tests_shim_test_out_of_memory_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=malloc -Wl,--wrap=calloc \
	-Wl,--wrap=realloc -Wl,--wrap=strdup -Wl,--wrap=strndup
tests_shim_test_out_of_memory_LDADD = libtestmain.la libshim.la libdbms.la libdriver.la libpool.la \
	libconf.la libstats.la libbase.la $(ODBCINST_LIBS)
check_PROGRAMS += $(SHIM_TESTS)
TESTS += $(SHIM_TESTS)
