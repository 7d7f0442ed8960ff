# tests of the tool; end to end: tool.sh, which scripts/test runs
TOOL_TEST_LDADD = libtestmain.la libcommand.la libstats.la libconf.la libbase.la $(JANSSON_LIBS)
TOOL_TESTS =
TOOL_TESTS += tests/tool/test_address
tests_tool_test_address_SOURCES = %reldir%/test_address.c
tests_tool_test_address_LDADD = $(TOOL_TEST_LDADD)
TOOL_TESTS += tests/tool/test_library_file
tests_tool_test_library_file_SOURCES = %reldir%/test_library_file.c
tests_tool_test_library_file_LDADD = $(TOOL_TEST_LDADD)
TOOL_TESTS += tests/tool/test_replace_file
tests_tool_test_replace_file_SOURCES = %reldir%/test_replace_file.c
tests_tool_test_replace_file_LDADD = $(TOOL_TEST_LDADD)
TOOL_TESTS += tests/tool/test_watch
tests_tool_test_watch_SOURCES = %reldir%/test_watch.c
tests_tool_test_watch_LDADD = $(TOOL_TEST_LDADD)
TOOL_TESTS += tests/tool/test_wrapping
tests_tool_test_wrapping_SOURCES = %reldir%/test_wrapping.c
tests_tool_test_wrapping_LDADD = $(TOOL_TEST_LDADD)
check_PROGRAMS += $(TOOL_TESTS)
TESTS += $(TOOL_TESTS)

# Processes to look at, for tool.sh and the bench.
check_PROGRAMS += bench/crowd
check_PROGRAMS += tests/tool/load
tests_tool_load_SOURCES = %reldir%/load.c
tests_tool_load_LDADD = -lodbc

TESTS += tests/tool/check_man.sh
EXTRA_DIST += %reldir%/check_man.sh %reldir%/tool.sh
