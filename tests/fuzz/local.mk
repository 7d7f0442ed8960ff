# Mutated input; short under make check, longer by hand: tests/fuzz/fuzz_conf 10000000 SEED
check_PROGRAMS += tests/fuzz/fuzz_conf
TESTS += tests/fuzz/fuzz_conf
tests_fuzz_fuzz_conf_SOURCES = %reldir%/fuzz_conf.c
tests_fuzz_fuzz_conf_LDADD = libconf.la libbase.la

check_PROGRAMS += tests/fuzz/fuzz_tdsd
TESTS += tests/fuzz/fuzz_tdsd
tests_fuzz_fuzz_tdsd_SOURCES = %reldir%/fuzz_tdsd.c
tests_fuzz_fuzz_tdsd_LDADD = libtdsd.la
