/* SPDX-License-Identifier: MIT */
#include "driver/load.h"

#include "conf/driver_file.h"
#include "odbcpool.h"

#include <dlfcn.h>
#include <limits.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct mutex drivers_lock;
static struct list drivers; /* drivers_lock */
static pthread_once_t drivers_once = PTHREAD_ONCE_INIT;
static struct driver_hooks hooks;

static void drivers_setup(void)
{
	mutex_init(&drivers_lock, LOCK_RANK_DRIVER);
	list_init(&drivers);
}

/* One row for each dispatch slot. */
struct symbol {
	const char *name;
	size_t offset;
};

static const struct symbol symbols[] = {
#define SYMBOL(name) {"SQL" #name, offsetof(struct calls, name)},
#define FORWARD(name, ...) SYMBOL(name)
#define FORWARD_AW(name, ...) SYMBOL(name) SYMBOL(name##W)
#define OWN(name, ...) SYMBOL(name)
#define OWN_AW(name, ...) SYMBOL(name) SYMBOL(name##W)
#define LOCAL(name, ...)
#define LOCAL_AW(name, ...)
#include "driver/entry_points.def"
#undef SYMBOL
};

/*
 * A driver that is linked with the driver manager would give us the manager's function for each one
 * it lacks itself (dlsym looks into dependencies): calling that would lead back to us.
 */
static bool is_of_driver_manager(void *function)
{
	Dl_info info;

	if (!dladdr(function, &info) || !info.dli_fname)
		return false;
	const char *slash = strrchr(info.dli_fname, '/');
	const char *file = slash ? slash + 1 : info.dli_fname;
	return strncmp(file, "libodbc.", 8) == 0 || strncmp(file, "libiodbc.", 9) == 0;
}

static void *look_up(void *library, const char *name)
{
	void *function = dlsym(library, name);

	return function && !is_of_driver_manager(function) ? function : NULL;
}

static void resolve(struct driver *d)
{
	for (size_t i = 0; i < array_size(symbols); i++) {
		char *slot = (char *)&d->calls + symbols[i].offset;
		size_t len = strlen(symbols[i].name);
		void *function = look_up(d->library, symbols[i].name);

		if (!function && symbols[i].name[len - 1] != 'W') {
			/* The driver manager takes SQLTablesA where there is no SQLTables. */
			char ansi_name[64];
			memcpy(ansi_name, symbols[i].name, len);
			memcpy(ansi_name + len, "A", 2);
			function = look_up(d->library, ansi_name);
		}
		/* POSIX lets a function's address pass through void *; ISO C has no way to say it.
		 */
		memcpy(slot, &function, sizeof(function));
	}
	d->has_ansi_connect = d->calls.Connect || d->calls.DriverConnect;
	d->has_wide_connect = d->calls.ConnectW || d->calls.DriverConnectW;
}

/* RTLD_DEEPBIND makes a driver free with libc what another malloc gave it, and kills the process.
 */
static bool deep_binding_is_safe(void)
{
	static const char *const strangers[] = {
		"__asan_init", "__tsan_init", "__msan_init", "_Znwm"};
	Dl_info of_malloc, of_libc;
	void *libc_malloc = dlsym(RTLD_DEFAULT, "malloc");
	void *libc_function = dlsym(RTLD_DEFAULT, "gnu_get_libc_version");

	for (size_t i = 0; i < array_size(strangers); i++)
		if (dlsym(RTLD_DEFAULT, strangers[i]))
			return false;
	return libc_malloc && libc_function && dladdr(libc_malloc, &of_malloc) &&
	       dladdr(libc_function, &of_libc) && of_malloc.dli_fbase == of_libc.dli_fbase;
}

static int open_flags(bool is_deep, const char *path, struct diag *diag)
{
	int flags = RTLD_LAZY | RTLD_LOCAL;

	if (!is_deep)
		return flags;
#ifdef RTLD_DEEPBIND
	if (deep_binding_is_safe())
		return flags | RTLD_DEEPBIND;
#endif
	diag_add(diag, "01000", ODBCPOOL_ERR_SETTING_VALUE, "settings",
		"DriverSymbols=Deep is not safe in this process (another malloc, a C++ run-time or "
		"a "
		"sanitizer is loaded); %s was loaded as with DriverSymbols=Local",
		path);
	return flags;
}

/* Say why the library is of no use, or nothing if it is. */
static bool is_usable(const struct driver *d, const char *place, struct diag *reterr)
{
	if (dlsym(d->library, "odbcpool_shell")) {
		diag_add(reterr, "IM003", ODBCPOOL_ERR_DRIVER_LOOP, "driver",
			"%s names %s, which is odbcpool itself; set it to the real driver's "
			"library",
			place, d->path);
		return false;
	}
	if (!d->calls.AllocHandle && look_up(d->library, "SQLAllocEnv")) {
		diag_add(reterr, "IM004", ODBCPOOL_ERR_NOT_A_DRIVER, "driver",
			"%s names %s, an ODBC 2 driver (it has no SQLAllocHandle); only ODBC 3 "
			"drivers "
			"can be pooled: register this one without odbcpool",
			place, d->path);
		return false;
	}
	if (!d->calls.AllocHandle || !d->calls.FreeHandle || !d->calls.Disconnect ||
		!(d->has_ansi_connect || d->has_wide_connect)) {
		diag_add(reterr, "IM004", ODBCPOOL_ERR_NOT_A_DRIVER, "driver",
			"%s names %s, which is not an ODBC driver (SQLAllocHandle, SQLFreeHandle, "
			"SQLDisconnect or a connect function is missing)",
			place, d->path);
		return false;
	}
	return true;
}

static struct driver *find_loaded_locked(const char *path, void *library)
{
	mutex_assert_held(&drivers_lock);
	list_for_each(l, next, &drivers)
	{
		struct driver *d = list_entry(l, struct driver, link);
		if (path ? strcmp(d->path, path) == 0 : d->library == library)
			return d;
	}
	return NULL;
}

static struct driver *find_loaded(const char *path, void *library)
{
	pthread_once(&drivers_once, drivers_setup);
	mutex_lock(&drivers_lock);
	struct driver *d = find_loaded_locked(path, library);
	mutex_unlock(&drivers_lock);
	return d;
}

static void driver_free(struct driver *d)
{
	if (!d)
		return;
	if (d->library)
		dlclose(d->library);
	free(d->path);
	free(d);
}

/* Publish a driver, or find that another thread was faster. */
static struct driver *publish(struct driver *d)
{
	mutex_lock(&drivers_lock);
	struct driver *first = find_loaded_locked(NULL, d->library);
	if (!first)
		list_push_back(&drivers, &d->link);
	mutex_unlock(&drivers_lock);
	if (!first)
		return d;
	driver_free(d);
	return first;
}

static struct driver *load(const char *path, bool is_deep, const char *place, struct diag *reterr)
{
	struct driver *d = calloc(1, sizeof(*d));

	if (!d || !(d->path = strdup(path))) {
		driver_free(d);
		diag_add_no_memory(reterr);
		return NULL;
	}
	list_init(&d->link);
	list_init(&d->environments);
	d->library = dlopen(path, open_flags(is_deep, path, reterr));
	if (!d->library) {
		const char *why = dlerror();
		diag_add(reterr, "IM003", ODBCPOOL_ERR_NO_POOL_DRIVER, "driver",
			"%s names %s, which cannot be loaded: %s", place, path,
			why ? why : "unknown reason");
		driver_free(d);
		return NULL;
	}
	d->was_asked_deep = is_deep;
	resolve(d);
	if (!is_usable(d, place, reterr)) {
		driver_free(d);
		return NULL;
	}
	hooks.judge(d->path, d->library, &d->traits);
	return publish(d);
}

struct driver *driver_load(const char *name, bool is_deep, const char *place, struct diag *reterr)
{
	char *path = driver_file_find(name);
	const char *wanted = path ? path : name;
	struct driver *d = find_loaded(wanted, NULL);

	lock_assert_none_held();
	if (!d)
		d = load(wanted, is_deep, place, reterr);
	else if (d->was_asked_deep != is_deep)
		diag_add(reterr, "01000", ODBCPOOL_ERR_SETTING_VALUE, "settings",
			"DriverSymbols=%s has no effect: an earlier connect of this process has "
			"loaded %s with DriverSymbols=%s",
			is_deep ? "Deep" : "Local", d->path, is_deep ? "Local" : "Deep");
	free(path);
	return d;
}

void driver_set_hooks(const struct driver_hooks *h)
{
	hooks = *h;
}

void driver_note_login(struct driver *d)
{
	if (!atomic_flag_test_and_set(&d->has_logged_in))
		hooks.note_first_login();
}

void driver_for_each(void (*visit)(struct driver *d))
{
	pthread_once(&drivers_once, drivers_setup);
	mutex_reinit_after_fork(&drivers_lock);
	list_for_each(l, next, &drivers)
	{
		visit(list_entry(l, struct driver, link));
	}
}
