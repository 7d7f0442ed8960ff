# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC1091
#
# The beginning of a script that is called with BUILDDIR and starts servers: to be sourced.
#
#	. "$(dirname "$0")/../support/script.sh"
#
# The folder of the tests is in $tests then, and that of the build in $build; servers.sh, ini.sh, tdsd.sh
# and tally.sh say for themselves what they bring.

tests=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build=$(cd "$1" && pwd)
. "$tests/e2e/servers.sh"
. "$tests/e2e/ini.sh"
. "$tests/tdsd/tdsd.sh"
. "$tests/support/tally.sh"
