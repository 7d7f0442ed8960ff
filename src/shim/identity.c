/* SPDX-License-Identifier: MIT */
#include "shim/identity.h"

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
