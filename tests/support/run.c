/* SPDX-License-Identifier: MIT */
/*
 * The main() of every unit test program: a test file only defines test_suite().
 *
 * Tests run forked (Check's default), also under sanitizers: a race or a leak then fails the very
 * test that has it.
 */
#include "support/run.h"

#include <stdlib.h>

#ifdef NDEBUG
#error "tests need their assertions: build without NDEBUG"
#endif

int main(void)
{
	SRunner *runner = srunner_create(test_suite());

	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
