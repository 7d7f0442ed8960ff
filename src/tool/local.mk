# tool: the command odbcpool. Knows base, stats and conf; it opens the driver manager at run time, and
# only where `check --connect` asks for it.
bin_PROGRAMS = odbcpool
odbcpool_CPPFLAGS = $(AM_CPPFLAGS) -DSHELL_FOLDER='"$(pkgodbcdir)"'
odbcpool_SOURCES = \
	%reldir%/cmd_check.c \
	%reldir%/cmd_explain.c \
	%reldir%/cmd_serve.c \
	%reldir%/cmd_stats.c \
	%reldir%/cmd_status.c \
	%reldir%/cmd_steer.c \
	%reldir%/cmd_top.c \
	%reldir%/cmd_unwrap.c \
	%reldir%/cmd_wrap.c \
	%reldir%/command.h %reldir%/commands.def \
	%reldir%/main.c
if HAVE_CURSES
odbcpool_SOURCES += %reldir%/screen.c %reldir%/screen.h
endif
if HAVE_MICROHTTPD
odbcpool_SOURCES += %reldir%/http.c
nodist_odbcpool_SOURCES = page.inc
endif
odbcpool_CFLAGS = $(AM_CFLAGS) $(CURSES_CFLAGS) $(MICROHTTPD_CFLAGS)
odbcpool_LDADD = libcommand.la libstats.la libconf.la libbase.la $(JANSSON_LIBS) \
	$(CURSES_LIBS) $(MICROHTTPD_LIBS)

# What its unit tests test, too.
noinst_LTLIBRARIES += libcommand.la
libcommand_la_SOURCES = \
	%reldir%/address.c \
	%reldir%/checking.c %reldir%/checking.h \
	%reldir%/difference.c %reldir%/difference.h \
	%reldir%/finding.c %reldir%/finding.h \
	%reldir%/http.h \
	%reldir%/ini_lines.c %reldir%/ini_lines.h \
	%reldir%/library_file.c %reldir%/library_file.h \
	%reldir%/manager.c %reldir%/manager.h \
	%reldir%/options.c \
	%reldir%/prometheus.c %reldir%/prometheus.h \
	%reldir%/report.c %reldir%/report.h \
	%reldir%/registry_file.c %reldir%/registry_file.h \
	%reldir%/replace_file.c %reldir%/replace_file.h \
	%reldir%/say.c %reldir%/say.h \
	%reldir%/status_json.c %reldir%/status_json.h \
	%reldir%/steering.c %reldir%/steering.h \
	%reldir%/table.c %reldir%/table.h \
	%reldir%/trial.c %reldir%/trial.h \
	%reldir%/watch.c %reldir%/watch.h \
	%reldir%/words_in.c %reldir%/words_in.h \
	%reldir%/wrapping.c %reldir%/wrapping.h

# The page, as numbers for a C array.
page.inc: %reldir%/page.html
	$(AM_V_GEN)od -An -v -tx1 $(top_srcdir)/src/tool/page.html | sed 's/ \(..\)/0x\1,/g' >$@
%reldir%/odbcpool-http.$(OBJEXT): page.inc
CLEANFILES += page.inc
EXTRA_DIST += %reldir%/page.html

# Installed under the command's own name, which is taken in the build folder.
completiondir = $(datadir)/bash-completion/completions
install-data-local:
	$(MKDIR_P) "$(DESTDIR)$(completiondir)"
	$(INSTALL_DATA) $(srcdir)/%reldir%/odbcpool.bash "$(DESTDIR)$(completiondir)/odbcpool"
uninstall-local:
	rm -f "$(DESTDIR)$(completiondir)/odbcpool"
EXTRA_DIST += %reldir%/odbcpool.bash
