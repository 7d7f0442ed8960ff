# Mutated input; short under make check, longer with make fuzz or by hand:
# tests/fuzz/fuzz_conf 10000000 SEED
check_PROGRAMS += tests/fuzz/fuzz_conf
TESTS += tests/fuzz/fuzz_conf
tests_fuzz_fuzz_conf_SOURCES = %reldir%/fuzz_conf.c
tests_fuzz_fuzz_conf_LDADD = libconf.la libbase.la

check_PROGRAMS += tests/fuzz/fuzz_stats
TESTS += tests/fuzz/fuzz_stats
tests_fuzz_fuzz_stats_SOURCES = %reldir%/fuzz_stats.c
tests_fuzz_fuzz_stats_LDADD = libstats.la libbase.la

check_PROGRAMS += tests/fuzz/fuzz_tdsd
TESTS += tests/fuzz/fuzz_tdsd
tests_fuzz_fuzz_tdsd_SOURCES = %reldir%/fuzz_tdsd.c
tests_fuzz_fuzz_tdsd_LDADD = libtdsd.la

fuzz: tests/fuzz/fuzz_conf tests/fuzz/fuzz_stats tests/fuzz/fuzz_tdsd
	tests/fuzz/fuzz_conf 1000000
	tests/fuzz/fuzz_stats 200000
	tests/fuzz/fuzz_tdsd 100000
