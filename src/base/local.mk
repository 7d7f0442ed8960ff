# base: knows C and POSIX only.
noinst_LTLIBRARIES += libbase.la
libbase_la_SOURCES = \
	%reldir%/buffer.c %reldir%/buffer.h \
	%reldir%/clock.c %reldir%/clock.h \
	%reldir%/compiler.h \
	%reldir%/counters.c %reldir%/counters.def %reldir%/counters.h \
	%reldir%/diag.c %reldir%/diag.h \
	%reldir%/hash.c %reldir%/hash.h \
	%reldir%/list.h \
	%reldir%/lock.c %reldir%/lock.h \
	%reldir%/probe.h \
	%reldir%/trace.c %reldir%/trace.h \
	%reldir%/utf16.c %reldir%/utf16.h
