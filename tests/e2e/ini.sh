# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# Private odbcinst.ini and odbc.ini for the end-to-end tests, the demo and the benchmark: to be
# sourced, after servers.sh.
#
#	ini_write bare FOLDER                          # the real drivers
#	ini_write through FOLDER LIBRARIES [LINE...]   # wrapped, Pooling = No
#	ini_write pooled FOLDER LIBRARIES [LINE...]    # wrapped, Pooling = Yes
#	ini_use FOLDER                                 # for what runs from here on
#
# All three have the same sections, so that a program cannot tell them apart by a name. LIBRARIES is
# the folder of libodbcpool.so and its sisters; each LINE goes into every data source's section.
#
#	data source      driver section        real driver
#	sqlite           SQLite                libsqlite3odbc.so     E2E_DIR/sqlite.db
#	postgresql-ansi  PostgreSQL ANSI       psqlodbca.so          when servers.sh started PostgreSQL
#	postgresql       PostgreSQL Unicode    psqlodbcw.so          likewise
#	mariadb          MariaDB               libmaodbc.so          when servers.sh started MariaDB
#	freetds          FreeTDS               libtdsodbc.so         a port that refuses
#	sqlserver        FreeTDS               libtdsodbc.so         when tests/tdsd/tdsd.sh started it
#	sqlserver-conf   FreeTDS               libtdsodbc.so         likewise, by a name in freetds.conf
#	sqlserver-azure  FreeTDS               libtdsodbc.so         likewise, by a name in Azure's domain
#
# FreeTDS takes no user from a data source's section: it must stand in the connection string.

# Where nobody listens: tcpmux has been dead for decades.
E2E_REFUSED_PORT=1
export E2E_REFUSED_PORT

# The folder of the real drivers differs with the distribution and the machine.
ini_find_driver()
{
	local file=$1 folder

	for folder in /usr/lib/*/odbc /usr/lib/odbc /usr/lib64 /usr/lib64/psqlodbc /usr/lib/*/ \
			/usr/local/lib/odbc /usr/local/lib; do
		[ -r "$folder/$file" ] && { echo "$folder/$file"; return 0; }
	done
	return 1
}

# The library that wraps a real driver: the one with the same widths (ANSI only, or both).
ini_shell_for()
{
	case $1 in
	psqlodbca.so | libsqlite3odbc.so) echo libodbcpoola.so ;;
	*) echo libodbcpool.so ;;
	esac
}

# ini_driver SECTION FILE: its section of odbcinst.ini, or status 1 when it is not installed.
ini_driver()
{
	local section=$1 file=$2 real

	real=$(ini_find_driver "$file") || return 1
	echo "[$section]"
	if [ "$ini_flavour" = bare ]; then
		echo "Driver = $real"
	else
		echo "Driver = $ini_libraries/$(ini_shell_for "$file")"
		echo "PoolDriver = $real"
		echo "CPTimeout = -1"
		# For connection strings that name the driver and no data source.
		echo "Pooling = $ini_pooling"
	fi
	echo "Threading = 0"
	echo
}

# ini_source NAME DRIVERSECTION LINE...: its section of odbc.ini.
ini_source()
{
	local name=$1 section=$2

	shift 2
	echo "[$name]"
	echo "Driver = $section"
	printf '%s\n' "$@"
	if [ "$ini_flavour" != bare ]; then
		echo "Pooling = $ini_pooling"
		printf '%s\n' "${ini_lines[@]}"
	fi
	echo
}

# Both sections of one data source: ini_add NAME DRIVERSECTION FILE LINE...
ini_add()
{
	local name=$1 section=$2 file=$3

	shift 3
	ini_driver "$section" "$file" >>"$ini_folder/odbcinst.ini" || return 0
	ini_source "$name" "$section" "$@" >>"$ini_folder/odbc.ini"
}

ini_write()
{
	local ini_flavour=$1 ini_folder=$2 ini_libraries=${3-} ini_pooling=No
	local -a ini_lines=("${@:4}") postgresql mariadb

	[ "$ini_flavour" != pooled ] || ini_pooling=Yes
	mkdir -p "$ini_folder"
	: >"$ini_folder/odbcinst.ini"
	: >"$ini_folder/odbc.ini"
	ini_add sqlite SQLite libsqlite3odbc.so "Database = $E2E_DIR/sqlite.db"
	if [ -n "${PG_PORT-}" ]; then
		postgresql=("Servername = $PG_HOST" "Port = $PG_PORT" "Database = $E2E_DATABASE"
			"Username = $E2E_USER" "Password = $E2E_PASSWORD" "ReadOnly = No")
		ini_add postgresql-ansi 'PostgreSQL ANSI' psqlodbca.so "${postgresql[@]}"
		ini_add postgresql 'PostgreSQL Unicode' psqlodbcw.so "${postgresql[@]}"
	fi
	if [ -n "${MY_PORT-}" ]; then
		mariadb=("Server = $MY_HOST" "Port = $MY_PORT" "Database = $E2E_DATABASE"
			"User = $E2E_USER" "Password = $E2E_PASSWORD")
		ini_add mariadb MariaDB libmaodbc.so "${mariadb[@]}"
	fi
	ini_add freetds FreeTDS libtdsodbc.so "Server = 127.0.0.1" "Port = $E2E_REFUSED_PORT" \
		"TDS_Version = 7.4"
	[ -z "${TDSD_PORT-}" ] || ini_write_sqlserver >>"$ini_folder/odbc.ini"
}

# The data sources of SQL Server, and freetds.conf.
ini_write_sqlserver()
{
	local azure=pool-test.database.windows.net name

	ini_source sqlserver FreeTDS "Server = 127.0.0.1" "Port = $TDSD_PORT" "TDS_Version = 7.4" \
		"Database = $E2E_DATABASE"
	ini_source sqlserver-conf FreeTDS "Servername = sqlserver" "Database = $E2E_DATABASE"
	ini_source sqlserver-azure FreeTDS "Servername = $azure" "Database = $E2E_DATABASE"
	for name in sqlserver "$azure"; do
		printf '[%s]\nhost = 127.0.0.1\nport = %s\ntds version = 7.4\n' "$name" "$TDSD_PORT"
	done >"$ini_folder/freetds.conf"
}

ini_use()
{
	export ODBCSYSINI=$1 ODBCINSTINI=odbcinst.ini ODBCINI=$1/odbc.ini FREETDSCONF=$1/freetds.conf
}
