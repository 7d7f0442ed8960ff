/* SPDX-License-Identifier: MIT */
#ifndef CONF_MISSPELT_H
#define CONF_MISSPELT_H
/*
 * Is a word nearly another one, so that its writer probably meant that?
 *
 * Locks:     none. Ownership: inputs are borrowed for the call.
 */
#include <stdbool.h>

/* Equal but for the case of letters and for blanks: "Max Pool Size" and "maxpoolsize". */
bool words_equal(const char *a, const char *b);

/*
 * Can `a` become `b` by inserting, removing or replacing letters or swapping neighbours, at most
 * `limit` times in all? Case and blanks do not count; words of more than 63 letters are never near.
 */
bool words_are_near(const char *a, const char *b, unsigned limit);

#endif
