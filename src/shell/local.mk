# shell: the three drivers, from one source, over libodbcpoolcore.so. The module's file name is part of
# what it exports (<module>_LTX_<name>): never rename or link the files.
pkgodbcdir = $(libdir)/odbc
pkgodbc_LTLIBRARIES = libodbcpool.la libodbcpoola.la libodbcpoolw.la

SHARED_LDFLAGS = -Wl,-z,nodelete -Wl,-z,defs -Wl,-Bsymbolic-functions
SHELL_LDFLAGS = $(AM_LDFLAGS) -module -avoid-version $(SHARED_LDFLAGS)

SHELL_BOTH = -DSHELL=SHELL_BOTH -DSHELL_LTX=libodbcpool_LTX_ -DSHELL_HAS_ANSI=1 -DSHELL_HAS_WIDE=1
SHELL_ANSI = -DSHELL=SHELL_ANSI -DSHELL_LTX=libodbcpoola_LTX_ -DSHELL_HAS_ANSI=1 -DSHELL_HAS_WIDE=0
SHELL_WIDE = -DSHELL=SHELL_WIDE -DSHELL_LTX=libodbcpoolw_LTX_ -DSHELL_HAS_ANSI=0 -DSHELL_HAS_WIDE=1

libodbcpool_la_SOURCES = %reldir%/shell.c
libodbcpool_la_CPPFLAGS = $(AM_CPPFLAGS) $(SHELL_BOTH)
libodbcpool_la_LDFLAGS = $(SHELL_LDFLAGS) -Wl,--version-script=libodbcpool.map
libodbcpool_la_LIBADD = libodbcpoolcore.la
EXTRA_libodbcpool_la_DEPENDENCIES = libodbcpool.map

libodbcpoola_la_SOURCES = %reldir%/shell.c
libodbcpoola_la_CPPFLAGS = $(AM_CPPFLAGS) $(SHELL_ANSI)
libodbcpoola_la_LDFLAGS = $(SHELL_LDFLAGS) -Wl,--version-script=libodbcpoola.map
libodbcpoola_la_LIBADD = libodbcpoolcore.la
EXTRA_libodbcpoola_la_DEPENDENCIES = libodbcpoola.map

libodbcpoolw_la_SOURCES = %reldir%/shell.c
libodbcpoolw_la_CPPFLAGS = $(AM_CPPFLAGS) $(SHELL_WIDE)
libodbcpoolw_la_LDFLAGS = $(SHELL_LDFLAGS) -Wl,--version-script=libodbcpoolw.map
libodbcpoolw_la_LIBADD = libodbcpoolcore.la
EXTRA_libodbcpoolw_la_DEPENDENCIES = libodbcpoolw.map

# EXPORT(name) lines of the preprocessor -> a version script with each name and its _LTX_ alias.
SHELL_EXPORTS = $(top_srcdir)/src/shell/export_list.h $(top_srcdir)/src/driver/entry_points.def
MAKE_MAP = $(CPP) -P -I$(top_srcdir)/src -x c $(top_srcdir)/src/shell/export_list.h

libodbcpool.map: $(SHELL_EXPORTS)
	$(AM_V_GEN)$(MAKE_MAP) $(SHELL_BOTH) | $(top_srcdir)/src/shell/make_map.sh libodbcpool >$@
libodbcpoola.map: $(SHELL_EXPORTS)
	$(AM_V_GEN)$(MAKE_MAP) $(SHELL_ANSI) | $(top_srcdir)/src/shell/make_map.sh libodbcpoola >$@
libodbcpoolw.map: $(SHELL_EXPORTS)
	$(AM_V_GEN)$(MAKE_MAP) $(SHELL_WIDE) | $(top_srcdir)/src/shell/make_map.sh libodbcpoolw >$@

CLEANFILES = libodbcpool.map libodbcpoola.map libodbcpoolw.map
EXTRA_DIST += %reldir%/export_list.h %reldir%/make_map.sh
