/* SPDX-License-Identifier: MIT */
/* A shared library that is no ODBC driver. */
int not_a_driver(void);

__attribute__((visibility("default"))) int not_a_driver(void)
{
	return 0;
}
