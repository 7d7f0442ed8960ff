# stats: the shared memory that the process writes and the tool reads. Knows base only.
noinst_LTLIBRARIES += libstats.la
libstats_la_SOURCES = \
	%reldir%/command.c \
	%reldir%/file.c %reldir%/file.h \
	%reldir%/layout.h \
	%reldir%/list.c \
	%reldir%/numbers.c \
	%reldir%/process.c %reldir%/process.h \
	%reldir%/sanitise.c %reldir%/sanitise.h \
	%reldir%/segment.c %reldir%/segment.h \
	%reldir%/share.c %reldir%/share.h \
	%reldir%/snapshot.c %reldir%/snapshot.h
