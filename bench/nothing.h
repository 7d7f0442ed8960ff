/* SPDX-License-Identifier: MIT */
#ifndef BENCH_NOTHING_H
#define BENCH_NOTHING_H
/* The engine alone: pools over a driver that does nothing. */
#include "pool/registry.h"

/* With the engine's own threads, and the machine's clock. */
struct registry *nothing_registry(void);
struct digest nothing_key(const char *group, int number);
/* `size` 0: no limit. */
void nothing_add_pool(struct registry *r, const struct digest *key, int64_t size);

/* Otherwise the program ends, saying what. */
void check(bool is_true, const char *what);
/* A line: name, value, unit. */
void print_figure(const char *name, double value, const char *unit);

#endif
