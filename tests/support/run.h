/* SPDX-License-Identifier: MIT */
#ifndef SUPPORT_RUN_H
#define SUPPORT_RUN_H
/* What a unit test file defines; run.c is its main(). */
#include <check.h>

Suite *test_suite(void);

#endif
