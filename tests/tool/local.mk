# tests of the tool; end to end: tool.sh, which scripts/test runs
TOOL_TESTS =
TOOL_TESTS += tests/tool/test_library_file
tests_tool_test_library_file_SOURCES = %reldir%/test_library_file.c
tests_tool_test_library_file_LDADD = libtestmain.la libcommand.la libconf.la libbase.la
TOOL_TESTS += tests/tool/test_wrapping
tests_tool_test_wrapping_SOURCES = %reldir%/test_wrapping.c
tests_tool_test_wrapping_LDADD = libtestmain.la libcommand.la libconf.la libbase.la
check_PROGRAMS += $(TOOL_TESTS)
TESTS += $(TOOL_TESTS)

# Processes to look at, for tool.sh and the bench.
check_PROGRAMS += tests/tool/crowd
tests_tool_crowd_SOURCES = %reldir%/crowd.c
tests_tool_crowd_LDADD = libstats.la libbase.la
check_PROGRAMS += tests/tool/load
tests_tool_load_SOURCES = %reldir%/load.c
tests_tool_load_LDADD = -lodbc

TESTS += tests/tool/check_man.sh
EXTRA_DIST += %reldir%/check_man.sh
