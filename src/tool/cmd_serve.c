/* SPDX-License-Identifier: MIT */
/* odbcpool serve: the counters over HTTP. */
#include "tool/command.h"
#include "tool/http.h"
#include "tool/say.h"

enum { OPTION_LISTEN, OPTION_ALLOW_REMOTE, OPTIONS };

static const struct option_row options[OPTIONS] = {
	[OPTION_LISTEN] = {"listen", "ADDRESS:PORT", "where (default: 127.0.0.1:9187)"},
	[OPTION_ALLOW_REMOTE] = {"allow-remote", NULL,
		"ADDRESS may be one that other machines reach: there is no password and no "
		"encryption"},
};

static enum verdict run(const struct given *g)
{
	const char *listen = g->value[OPTION_LISTEN] ? g->value[OPTION_LISTEN] : "127.0.0.1:9187";
	struct http_address address;

	if (!http_parse_address(listen, &address)) {
		say_error("--listen=%s is no address and port", listen);
		say_next("For example 127.0.0.1:9187, or [::1]:9187.");
		return VERDICT_USAGE;
	}
	if (!address.is_loopback && !g->value[OPTION_ALLOW_REMOTE]) {
		say_error(
			"%s can be reached from other machines, and there is no password", listen);
		say_next("If that is meant, say --allow-remote as well.");
		return VERDICT_USAGE;
	}
#ifdef HAVE_MICROHTTPD
	return http_serve(&address) ? VERDICT_FINE : VERDICT_NO;
#else
	say_error("this odbcpool was built without libmicrohttpd");
	say_next("`odbcpool stats --prometheus` writes the same for a textfile collector.");
	return VERDICT_NO;
#endif
}

const struct command command_serve = {
	.name = "serve",
	.arguments = "",
	.summary = "Serve the counters over HTTP: to Prometheus, and as a live page",
	.help = "/metrics is what `odbcpool stats --prometheus` writes, / a page with tables and "
		"charts\n"
		"that needs nothing from elsewhere, /status.json what `odbcpool status --json` "
		"writes.\n"
		"Nothing can be changed through it.\n",
	.options = options,
	.option_count = OPTIONS,
	.run = run,
};
