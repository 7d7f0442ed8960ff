# make bench: built only when asked for; see bench.c for what is measured, run.sh for how.
EXTRA_PROGRAMS = %reldir%/bench %reldir%/checks %reldir%/engine %reldir%/engine_uncounted %reldir%/crowd %reldir%/enlist
EXTRA_LTLIBRARIES = %reldir%/nulldrv.la %reldir%/nulldrv_plain.la
EXTRA_DIST += %reldir%/run.sh %reldir%/status.sh
CLEANFILES += $(EXTRA_PROGRAMS) $(EXTRA_LTLIBRARIES)

%canon_reldir%_bench_SOURCES = \
	%reldir%/bench.c \
	%reldir%/samples.c %reldir%/samples.h \
	%reldir%/side.c %reldir%/side.h \
	%reldir%/work.h \
	%reldir%/work_2pc.c \
	%reldir%/work_connect.c \
	%reldir%/work_direct.c \
	%reldir%/work_reference.c
%canon_reldir%_bench_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir) -DBENCH_CFLAGS='"$(CFLAGS)"'
%canon_reldir%_bench_LDADD = libodbcpoolcore.la -lodbc

BENCH_NOTHING = %reldir%/nothing.c %reldir%/nothing.h %reldir%/samples.c %reldir%/samples.h
%canon_reldir%_engine_SOURCES = %reldir%/engine.c $(BENCH_NOTHING)
%canon_reldir%_engine_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)
%canon_reldir%_engine_LDADD = libpool.la libconf.la libbase.la

%canon_reldir%_enlist_SOURCES = %reldir%/enlist.c $(BENCH_NOTHING)
%canon_reldir%_enlist_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)
%canon_reldir%_enlist_LDADD = libpool.la libconf.la libbase.la

%canon_reldir%_checks_SOURCES = %reldir%/checks.c %reldir%/samples.c %reldir%/samples.h
%canon_reldir%_checks_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)
%canon_reldir%_checks_LDADD = libdbms.la libdriver.la libpool.la libconf.la libbase.la

%canon_reldir%_crowd_SOURCES = %reldir%/crowd.c
%canon_reldir%_crowd_LDADD = libstats.la libbase.la

# The engine, except that it does not count.
%canon_reldir%_engine_uncounted_SOURCES = %reldir%/engine.c $(BENCH_NOTHING) $(libpool_la_SOURCES)
%canon_reldir%_engine_uncounted_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir) -DODBCPOOL_UNCOUNTED
%canon_reldir%_engine_uncounted_LDADD = libconf.la libbase.la

BENCH_MODULE = $(AM_LDFLAGS) -module -avoid-version -rpath /nowhere
%canon_reldir%_nulldrv_la_SOURCES = %reldir%/nulldrv.c %reldir%/nulldrv_all.def
%canon_reldir%_nulldrv_la_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir) \
	-DNULLDRV_EXPORTS='"bench/nulldrv_all.def"' -DNULLDRV_LTX=nulldrv_LTX_
%canon_reldir%_nulldrv_la_LDFLAGS = $(BENCH_MODULE)
%canon_reldir%_nulldrv_plain_la_SOURCES = %reldir%/nulldrv.c %reldir%/nulldrv_psqlodbcw.def
%canon_reldir%_nulldrv_plain_la_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir) \
	-DNULLDRV_EXPORTS='"bench/nulldrv_psqlodbcw.def"'
%canon_reldir%_nulldrv_plain_la_LDFLAGS = $(BENCH_MODULE)

bench: all $(EXTRA_PROGRAMS) $(EXTRA_LTLIBRARIES) tests/tdsd/tdsd$(EXEEXT)
	$(AM_V_at)$(top_srcdir)/bench/run.sh $(abs_builddir)/%reldir%/bench$(EXEEXT) \
		$(abs_builddir)/.libs $(abs_builddir)/%reldir%/.libs
	$(AM_V_at)%reldir%/checks$(EXEEXT)
	$(AM_V_at)%reldir%/engine$(EXEEXT) %reldir%/engine_uncounted$(EXEEXT)
	$(AM_V_at)%reldir%/enlist$(EXEEXT)
	$(AM_V_at)$(top_srcdir)/bench/status.sh ./odbcpool$(EXEEXT) %reldir%/crowd$(EXEEXT)
