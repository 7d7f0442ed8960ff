# What a borrower leaves behind, what happens to idle sessions, and fork: real drivers and private
# servers. The programs are built by make check; scripts/test runs the scripts.
HYGIENE_FILES = \
	%reldir%/state.sh %reldir%/kill.sh %reldir%/poolers.sh %reldir%/turns.sh \
	%reldir%/prepare.sh %reldir%/storm.sh %reldir%/talk.sh
EXTRA_DIST += $(HYGIENE_FILES)
SOAKS += tests/hygiene/kill.sh

HYGIENE_APP = %reldir%/app.c %reldir%/app.h %reldir%/report.c %reldir%/report.h

check_PROGRAMS += %reldir%/state
%canon_reldir%_state_SOURCES = $(HYGIENE_APP) \
	%reldir%/state.c %reldir%/state.h \
	%reldir%/state_driver.c \
	%reldir%/state_mariadb.c \
	%reldir%/state_postgresql.c \
	%reldir%/state_sqlite.c \
	%reldir%/state_sqlserver.c
%canon_reldir%_state_LDADD = -lodbc

check_PROGRAMS += %reldir%/borrower
%canon_reldir%_borrower_SOURCES = %reldir%/borrower.c %reldir%/app.c %reldir%/app.h
%canon_reldir%_borrower_LDADD = -lodbc

check_PROGRAMS += %reldir%/branch
%canon_reldir%_branch_SOURCES = %reldir%/branch.c %reldir%/app.c %reldir%/app.h
%canon_reldir%_branch_LDADD = libodbcpoolcore.la -lodbc

check_PROGRAMS += %reldir%/storm
%canon_reldir%_storm_SOURCES = $(HYGIENE_APP) %reldir%/storm.c
%canon_reldir%_storm_LDADD = -lodbc

check_PROGRAMS += %reldir%/proxy
%canon_reldir%_proxy_SOURCES = %reldir%/proxy.c

# Ten minutes of the storm; scripts/test has twenty seconds.
soak-storm: all %reldir%/storm tests/tdsd/tdsd
	$(srcdir)/%reldir%/storm.sh $(abs_builddir) 600
soak: soak-storm
