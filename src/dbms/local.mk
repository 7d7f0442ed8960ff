# dbms: the knowledge of each DBMS. Knows driver and below.
noinst_LTLIBRARIES += libdbms.la
libdbms_la_SOURCES = \
	%reldir%/source.c %reldir%/source.h \
	%reldir%/statement_text.c %reldir%/statement_text.h \
	%reldir%/traits.c %reldir%/traits.h
