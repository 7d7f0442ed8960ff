/* SPDX-License-Identifier: MIT */
#include "conf/identity.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool identity_add_kerberos(struct buffer *to)
{
	const char *name = secure_getenv("KRB5CCNAME");
	struct buffer path = BUFFER_EMPTY;
	struct stat st;

	/* MIT Kerberos' default where krb5.conf says nothing else. */
	if (!name)
		buffer_printf(&path, "/tmp/krb5cc_%u", (unsigned)getuid());
	else if (strncmp(name, "FILE:", 5) == 0)
		buffer_append_str(&path, name + 5);
	else
		buffer_append_str(&path, name);
	buffer_append_str(to, buffer_str(&path));
	bool is_file = stat(buffer_str(&path), &st) == 0;
	if (is_file)
		buffer_printf(to, " %llu:%llu %lld.%09ld %u", (unsigned long long)st.st_dev,
			(unsigned long long)st.st_ino, (long long)st.st_mtim.tv_sec,
			st.st_mtim.tv_nsec, (unsigned)st.st_uid);
	buffer_done(&path);
	return is_file;
}

/* Does a driver read it? The prefixes are few, and most variables differ in their first letter. */
static bool is_read_by_driver(const char *variable)
{
	switch (variable[0]) {
	case 'P':
		return variable[1] == 'G';
	case 'K':
		return strncmp(variable, "KRB5", 4) == 0;
	case 'M':
		return strncmp(variable, "MYSQL_", 6) == 0 || strncmp(variable, "MARIADB_", 8) == 0;
	case 'F':
		return strncmp(variable, "FREETDS", 7) == 0;
	case 'T':
		return strncmp(variable, "TDS", 3) == 0;
	default:
		return false;
	}
}

void identity_add_environment(struct buffer *to)
{
	for (char **e = environ; e && *e; e++)
		if (is_read_by_driver(*e))
			buffer_append(to, *e, strlen(*e) + 1);
}
