/* SPDX-License-Identifier: MIT */
#ifndef TESTS_DRIVER_FAKE_H
#define TESTS_DRIVER_FAKE_H
/*
 * The fake driver, loaded as the driver layer loads any real one, with its controls.
 *
 * Ownership: drivers are never unloaded.
 */
#include "driver/load.h"
#include "fakedrv/fakedrv.h"

struct fake {
	struct driver *driver;
	const struct fakedrv_control *control;
	const struct calls *calls;
};

/* A variant by the name of its file: "fakedrv", "fakedrva", ... The log runs. */
struct fake fake_load(const char *variant);
/* The path of a variant's file; the same buffer each time. */
const char *fake_path(const char *variant);
struct fakedrv_counts fake_counts(const struct fake *f);
/* The real driver must never see a handle that is not its own, nor keep one. */
void fake_check_clean(const struct fake *f);
/* Are these calls in the log, in this order? A NULL ends them. */
void fake_check_order(const struct fake *f, const char *first, ...);
/* How often driver_note_login() told the layers above. */
int fake_first_logins(void);

#endif
