# bench: each program prints name<TAB>value<TAB>unit, a line a figure. Built only when asked for.
BENCHES =
BENCHES += bench/engine
bench_engine_SOURCES = %reldir%/engine.c
bench_engine_LDADD = libpool.la libconf.la libbase.la

EXTRA_PROGRAMS = $(BENCHES)
bench: $(BENCHES)
	@for b in $(BENCHES); do ./$$b || exit 1; done
.PHONY: bench
