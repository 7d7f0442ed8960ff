# driver: the mechanics of any real driver. Knows base, conf and the engine's struct pool_driver.
noinst_LTLIBRARIES += libdriver.la
libdriver_la_SOURCES = \
	%reldir%/attributes.c %reldir%/attributes.h \
	%reldir%/awaited.c %reldir%/awaited.h \
	%reldir%/bequest.c %reldir%/bequest.h \
	%reldir%/calls.h \
	%reldir%/entry_points.def \
	%reldir%/environment.c %reldir%/environment.h \
	%reldir%/imports.c %reldir%/imports.h \
	%reldir%/load.c %reldir%/load.h \
	%reldir%/login.c %reldir%/login.h \
	%reldir%/odbc.h \
	%reldir%/query.c %reldir%/query.h \
	%reldir%/records.c %reldir%/records.h \
	%reldir%/reset_bit.c %reldir%/reset_bit.h \
	%reldir%/session.c %reldir%/session.h %reldir%/session_internal.h \
	%reldir%/session_attributes.c \
	%reldir%/socket.c %reldir%/socket.h \
	%reldir%/watchdog.c %reldir%/watchdog.h %reldir%/xa_call.h
