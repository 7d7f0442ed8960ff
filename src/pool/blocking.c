/* SPDX-License-Identifier: MIT */
#include "pool/blocking.h"

#include <stdlib.h>

#define FIRST_SPAN (5 * USEC_PER_SEC)
#define LONGEST_SPAN (60 * USEC_PER_SEC)

struct login_error *login_error_new(const struct diag *diag)
{
	struct login_error *e = calloc(1, sizeof(*e));

	if (!e)
		return NULL;
	atomic_init(&e->refs, 1);
	diag_add_all(&e->diag, diag);
	return e;
}

struct login_error *login_error_ref(struct login_error *e)
{
	if (e)
		atomic_fetch_add_explicit(&e->refs, 1, memory_order_relaxed);
	return e;
}

void login_error_unref(struct login_error *e)
{
	if (!e || atomic_fetch_sub_explicit(&e->refs, 1, memory_order_acq_rel) != 1)
		return;
	diag_clear(&e->diag);
	free(e);
}

struct login_error *blocking_failed(
	struct blocking *b, struct login_error *error, usec_t began, usec_t now)
{
	struct login_error *former = b->last;
	bool is_same_trouble = b->is_failing && began < b->failed_at;

	b->last = error;
	if (is_same_trouble)
		return former;
	b->is_failing = true;
	b->span = b->span ? b->span * 2 : FIRST_SPAN;
	if (b->span > LONGEST_SPAN)
		b->span = LONGEST_SPAN;
	b->failed_at = now;
	b->until = usec_add(now, b->span);
	return former;
}

struct login_error *blocking_reset(struct blocking *b)
{
	struct login_error *last = b->last;

	*b = (struct blocking){.last = NULL};
	return last;
}

bool blocking_is_on(const struct blocking *b, usec_t now)
{
	return b->is_failing && now < b->until;
}
