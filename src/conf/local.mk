# conf: settings, connection strings, ini files, keys. Knows base.
noinst_LTLIBRARIES += libconf.la
libconf_la_LIBADD = $(ODBCINST_LIBS)
libconf_la_SOURCES = \
	%reldir%/ascii.h \
	%reldir%/connstr.c %reldir%/connstr.h \
	%reldir%/driver_file.c %reldir%/driver_file.h \
	%reldir%/identity.c %reldir%/identity.h \
	%reldir%/ini.c %reldir%/ini.h \
	%reldir%/ini_paths.c %reldir%/ini_paths.h \
	%reldir%/ini_text.c %reldir%/ini_text.h \
	%reldir%/key.c %reldir%/key.h \
	%reldir%/misspelt.c %reldir%/misspelt.h \
	%reldir%/resolve.c %reldir%/resolve.h \
	%reldir%/shells.c %reldir%/shells.h \
	%reldir%/settings.c %reldir%/settings.def %reldir%/settings.h \
	%reldir%/watch.c %reldir%/watch.h \
	%reldir%/words.c %reldir%/words.h
