# pool: the engine. Knows base and conf; no ODBC, no dlopen, no files.
noinst_LTLIBRARIES += libpool.la
libpool_la_SOURCES = \
	%reldir%/blocking.c %reldir%/blocking.h \
	%reldir%/borrow.c \
	%reldir%/chores.c \
	%reldir%/closing.c \
	%reldir%/enlist.c %reldir%/enlist.h %reldir%/enlist_borrow.c %reldir%/enlist_end.c \
	%reldir%/entry.c %reldir%/entry.h \
	%reldir%/fork.c \
	%reldir%/login.c \
	%reldir%/policy.c %reldir%/policy.h \
	%reldir%/pool.c %reldir%/pool.h %reldir%/pool_driver.h %reldir%/pool_internal.h \
	%reldir%/reaper.c %reldir%/reaper.h \
	%reldir%/registry.c %reldir%/registry.h %reldir%/registry_internal.h \
	%reldir%/remains.c %reldir%/remains.h \
	%reldir%/report.c \
	%reldir%/steer.c \
	%reldir%/supply.c \
	%reldir%/sweep.c \
	%reldir%/table.c %reldir%/table.h \
	%reldir%/threads.c %reldir%/threads.h \
	%reldir%/waitq.c %reldir%/waitq.h \
	%reldir%/workers.c %reldir%/workers.h
