/* SPDX-License-Identifier: MIT */
/* The exported functions that carry text, from one definition: plain, then W. */
#include "fakedrv/internal.h"

#include <stdio.h>
#include <string.h>

#define FORM(name) name
#define CH SQLCHAR
#define WIDTH NARROW
#include "fakedrv/forms.inc"
#undef FORM
#undef CH
#undef WIDTH

#define FORM(name) name##W
#define CH SQLWCHAR
#define WIDTH WIDE
#include "fakedrv/forms.inc"
