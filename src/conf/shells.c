/* SPDX-License-Identifier: MIT */
#include "conf/shells.h"

enum shell shell_for(bool has_ansi_connect, bool has_wide_connect)
{
	if (has_ansi_connect && has_wide_connect)
		return SHELL_BOTH;
	return has_wide_connect ? SHELL_WIDE : SHELL_ANSI;
}

const char *shell_file(enum shell shell)
{
	switch (shell) {
	case SHELL_BOTH:
		return "libodbcpool.so";
	case SHELL_ANSI:
		return "libodbcpoola.so";
	case SHELL_WIDE:
		return "libodbcpoolw.so";
	case SHELLS:
		break;
	}
	return "";
}

const char *shell_reason(enum shell shell)
{
	switch (shell) {
	case SHELL_BOTH:
		return "is a Unicode driver";
	case SHELL_ANSI:
		return "is an ANSI driver";
	case SHELL_WIDE:
		return "has only Unicode functions";
	case SHELLS:
		break;
	}
	return "";
}
