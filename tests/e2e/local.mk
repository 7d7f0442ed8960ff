# End-to-end tests: real drivers, the real driver manager, private servers. Built by make check, run
# by scripts/test, as they need the servers installed.
EXTRA_DIST += %reldir%/servers.sh %reldir%/ini.sh %reldir%/differential.sh

check_PROGRAMS += tests/e2e/transcript
tests_e2e_transcript_SOURCES = \
	%reldir%/transcript.c %reldir%/transcript.h \
	%reldir%/transcript_arrays.c \
	%reldir%/transcript_attributes.c \
	%reldir%/transcript_catalog.c \
	%reldir%/transcript_connect.c \
	%reldir%/transcript_descriptors.c \
	%reldir%/transcript_diag.c \
	%reldir%/transcript_errors.c \
	%reldir%/transcript_execute.c \
	%reldir%/transcript_fetch.c \
	%reldir%/transcript_getdata.c \
	%reldir%/transcript_info.c \
	%reldir%/transcript_log.c \
	%reldir%/transcript_odbc2.c \
	%reldir%/transcript_parameters.c \
	%reldir%/transcript_positioned.c \
	%reldir%/transcript_results.c \
	%reldir%/transcript_session.c
tests_e2e_transcript_LDADD = libbase.la -lodbc
