# tests of conf
CONF_TESTS =
CONF_TESTS += tests/conf/test_connstr
tests_conf_test_connstr_SOURCES = %reldir%/test_connstr.c
tests_conf_test_connstr_LDADD = libtestmain.la libconf.la libbase.la
CONF_TESTS += tests/conf/test_ini
tests_conf_test_ini_SOURCES = %reldir%/test_ini.c %reldir%/ini_files.c %reldir%/ini_files.h
tests_conf_test_ini_LDADD = libtestmain.la libconf.la libbase.la
CONF_TESTS += tests/conf/test_ini_paths
tests_conf_test_ini_paths_SOURCES = %reldir%/test_ini_paths.c %reldir%/ini_files.c %reldir%/ini_files.h
tests_conf_test_ini_paths_LDADD = libtestmain.la libconf.la libbase.la
CONF_TESTS += tests/conf/test_ini_text
tests_conf_test_ini_text_SOURCES = %reldir%/test_ini_text.c %reldir%/ini_files.c %reldir%/ini_files.h
tests_conf_test_ini_text_LDADD = libtestmain.la libconf.la libbase.la
CONF_TESTS += tests/conf/test_key
tests_conf_test_key_SOURCES = %reldir%/test_key.c
tests_conf_test_key_LDADD = libtestmain.la libconf.la libbase.la
CONF_TESTS += tests/conf/test_misspelt
tests_conf_test_misspelt_SOURCES = %reldir%/test_misspelt.c
tests_conf_test_misspelt_LDADD = libtestmain.la libconf.la libbase.la
CONF_TESTS += tests/conf/test_out_of_memory
tests_conf_test_out_of_memory_SOURCES = %reldir%/test_out_of_memory.c %reldir%/ini_files.c \
	%reldir%/ini_files.h
tests_conf_test_out_of_memory_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=malloc -Wl,--wrap=calloc \
	-Wl,--wrap=realloc -Wl,--wrap=strdup -Wl,--wrap=strndup
tests_conf_test_out_of_memory_LDADD = libtestmain.la libconf.la libbase.la
CONF_TESTS += tests/conf/test_watch
tests_conf_test_watch_SOURCES = %reldir%/test_watch.c %reldir%/ini_files.c %reldir%/ini_files.h
tests_conf_test_watch_LDADD = libtestmain.la libconf.la libbase.la
CONF_TESTS += tests/conf/test_words
tests_conf_test_words_SOURCES = %reldir%/test_words.c %reldir%/ini_files.c %reldir%/ini_files.h
tests_conf_test_words_LDADD = libtestmain.la libconf.la libbase.la
CONF_TESTS += tests/conf/test_shells
tests_conf_test_shells_SOURCES = %reldir%/test_shells.c
tests_conf_test_shells_LDADD = libtestmain.la libconf.la libbase.la
CONF_TESTS += tests/conf/test_resolve
tests_conf_test_resolve_SOURCES = %reldir%/test_resolve.c %reldir%/ini_files.c %reldir%/ini_files.h
tests_conf_test_resolve_LDADD = libtestmain.la libconf.la libbase.la
CONF_TESTS += tests/conf/test_settings
tests_conf_test_settings_SOURCES = %reldir%/test_settings.c %reldir%/driver_words.h
tests_conf_test_settings_LDADD = libtestmain.la libconf.la libbase.la
check_PROGRAMS += $(CONF_TESTS)
TESTS += $(CONF_TESTS) tests/conf/check_settings_docs.sh
EXTRA_DIST += tests/conf/check_settings_docs.sh
