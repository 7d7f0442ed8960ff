# Unit tests: one program per source file, same name; libtestmain.la brings main() (support/run.c).
# A test program lists its sources and, in LDADD, libtestmain.la and the layers it needs, no more.

# The rules that no compiler checks. Each script says what is wrong. Check's four seconds for a test are
# too few under a sanitizer on a busy machine.
AM_TESTS_ENVIRONMENT = CC='$(CC)'; CPP='$(CPP)'; export CC CPP; \
	CK_DEFAULT_TIMEOUT=60; export CK_DEFAULT_TIMEOUT;
RULES = %reldir%/check_exports.sh %reldir%/check_headers.sh %reldir%/check_layers.sh \
	%reldir%/check_style.sh
TESTS += $(RULES)
EXTRA_DIST += $(RULES) %reldir%/manager_names.txt %reldir%/support/script.sh %reldir%/support/tally.sh

# make soak: the long forms of tests, by name only. A script of this list is called with the build
# folder and the word soak, and ends with a line "N passed, N failed" and the status that goes with it.
SOAKS =

if HAVE_CHECK
check_LTLIBRARIES += libtestmain.la
libtestmain_la_SOURCES = %reldir%/support/run.c %reldir%/support/run.h
libtestmain_la_LIBADD = $(CHECK_LIBS)

# For programs in which allocations fail.
FAILING_ALLOC = tests/support/failing_alloc.c tests/support/failing_alloc.h
FAILING_ALLOC_WRAPS = -Wl,--wrap=malloc -Wl,--wrap=calloc -Wl,--wrap=realloc -Wl,--wrap=strdup \
	-Wl,--wrap=strndup

include tests/base/local.mk
include tests/stats/local.mk
include tests/conf/local.mk
include tests/pool/local.mk
include tests/driver/local.mk
include tests/dbms/local.mk
include tests/shim/local.mk
include tests/tool/local.mk
include tests/fakedrv/local.mk
include tests/fuzz/local.mk
include tests/e2e/local.mk
include tests/hygiene/local.mk
include tests/xa/local.mk
include tests/tdsd/local.mk

soak: all $(check_LTLIBRARIES) $(check_PROGRAMS)
	$(AM_V_at)status=0; for script in $(SOAKS); do \
		echo "== $$script"; \
		$(top_srcdir)/$$script $(abs_builddir) soak || status=1; \
	done; exit $$status
endif
