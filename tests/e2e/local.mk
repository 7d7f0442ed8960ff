# End-to-end tests: real drivers, the real driver manager, private servers. scripts/test runs them.
EXTRA_DIST += %reldir%/servers.sh %reldir%/ini.sh
