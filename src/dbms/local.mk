# dbms: the knowledge of each DBMS. Knows driver and below.
noinst_LTLIBRARIES += libdbms.la
libdbms_la_SOURCES = \
	%reldir%/files.c %reldir%/files.h \
	%reldir%/generic.c %reldir%/mariadb.c %reldir%/postgresql.c \
	%reldir%/profile.c %reldir%/profile.h \
	%reldir%/source.c %reldir%/source.h %reldir%/source_internal.h \
	%reldir%/source_open.c \
	%reldir%/sqlite.c \
	%reldir%/sqlserver.c \
	%reldir%/statement_filter.c %reldir%/statement_filter.h \
	%reldir%/statement_rules.c %reldir%/statement_rules.h \
	%reldir%/statement_skim.c %reldir%/statement_skim.h \
	%reldir%/statement_text.c %reldir%/statement_text.h \
	%reldir%/sybase.c \
	%reldir%/traits.c %reldir%/traits.h \
	%reldir%/xa.c %reldir%/xa.h %reldir%/xa_attribute.c %reldir%/xa_mariadb.c %reldir%/xa_postgresql.c \
	%reldir%/xa_watch.c %reldir%/xa_watch.h \
	%reldir%/xid.c %reldir%/xid.h
