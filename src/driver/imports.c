/* SPDX-License-Identifier: MIT */
#include "driver/imports.h"

#include "base/lock.h"

#include <dlfcn.h>
#include <elf.h>
#include <link.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static struct mutex imports_lock;
static pthread_once_t imports_once = PTHREAD_ONCE_INIT;

static void imports_setup(void)
{
	mutex_init(&imports_lock, LOCK_RANK_DRIVER);
}

#if defined(__x86_64__) && defined(__LP64__)
#define SLOT_OF_CALLS R_X86_64_JUMP_SLOT
#define SLOT_OF_DATA R_X86_64_GLOB_DAT
#elif defined(__aarch64__) && defined(__LP64__)
#define SLOT_OF_CALLS R_AARCH64_JUMP_SLOT
#define SLOT_OF_DATA R_AARCH64_GLOB_DAT
#endif

#ifdef SLOT_OF_CALLS

/* DT_AARCH64_PAC_PLT: the pointers are signed; elf.h has it only from glibc 2.33 on. */
#define TAG_SIGNED_POINTERS 0x70000003

/* What the dynamic loader knows of a library. */
struct image {
	const char *base;
	const ElfW(Sym) * symbols;
	const char *names;
	const ElfW(Rela) * calls, *data;
	size_t call_count, data_count;
	bool has_signed_pointers;
	const ElfW(Phdr) * headers;
	size_t header_count;
};

/* glibc has relocated the addresses in the dynamic section; musl has not. */
static const void *address_of(const struct image *m, ElfW(Addr) address)
{
	uintptr_t base = (uintptr_t)m->base;

	return address < base ? m->base + address : m->base + (address - base);
}

static void read_dynamic(struct image *m, const ElfW(Dyn) * entry)
{
	for (; entry->d_tag != DT_NULL; entry++) {
		switch (entry->d_tag) {
		case DT_SYMTAB:
			m->symbols = address_of(m, entry->d_un.d_ptr);
			break;
		case DT_STRTAB:
			m->names = address_of(m, entry->d_un.d_ptr);
			break;
		case DT_JMPREL:
			m->calls = address_of(m, entry->d_un.d_ptr);
			break;
		case DT_PLTRELSZ:
			m->call_count = entry->d_un.d_val / sizeof(*m->calls);
			break;
		case DT_RELA:
			m->data = address_of(m, entry->d_un.d_ptr);
			break;
		case DT_RELASZ:
			m->data_count = entry->d_un.d_val / sizeof(*m->data);
			break;
		case TAG_SIGNED_POINTERS:
			m->has_signed_pointers = true;
			break;
		}
	}
}

static int take_headers(struct dl_phdr_info *info, size_t size, void *arg)
{
	struct image *m = arg;

	(void)size;
	if (info->dlpi_addr != (ElfW(Addr))m->base)
		return 0;
	m->headers = info->dlpi_phdr;
	m->header_count = info->dlpi_phnum;
	return 1;
}

static bool read_image(void *library, struct image *ret)
{
	struct link_map *map = NULL;

	if (dlinfo(library, RTLD_DI_LINKMAP, &map) != 0 || !map->l_addr)
		return false;
	*ret = (struct image){.base = (const char *)map->l_addr};
	read_dynamic(ret, map->l_ld);
	return dl_iterate_phdr(take_headers, ret) == 1 && ret->symbols && ret->names &&
	       !ret->has_signed_pointers;
}

static bool is_inside(const struct image *m, uintptr_t address, ElfW(Word) type)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);

	for (size_t i = 0; i < m->header_count; i++) {
		const ElfW(Phdr) *h = &m->headers[i];
		uintptr_t from = (uintptr_t)m->base + h->p_vaddr, to = from + h->p_memsz;
		if (h->p_type != type)
			continue;
		/* The loader makes whole pages read-only, from the one that the part begins in. */
		if (type == PT_GNU_RELRO) {
			from &= ~(page - 1);
			to &= ~(page - 1);
		}
		if (address >= from && address < to)
			return true;
	}
	return false;
}

static bool write_slot(const struct image *m, _Atomic uintptr_t *slot, uintptr_t value)
{
	uintptr_t size = (uintptr_t)sysconf(_SC_PAGESIZE);
	char *page = (char *)slot - ((uintptr_t)slot & (size - 1));
	bool is_sealed = is_inside(m, (uintptr_t)slot, PT_GNU_RELRO);

	if (is_sealed && mprotect(page, size, PROT_READ | PROT_WRITE) != 0)
		return false;
	atomic_store(slot, value);
	/* Left writable if the system should refuse: the library works all the same. */
	if (is_sealed)
		(void)mprotect(page, size, PROT_READ);
	return true;
}

/* Before its first call a slot leads back into the library, to code that looks the function up. */
static import_function *function_behind(const struct image *m, uintptr_t value, const char *name)
{
	void *found = is_inside(m, value, PT_LOAD) ? dlsym(RTLD_DEFAULT, name) : NULL;

	if (found)
		value = (uintptr_t)found;
	return is_inside(m, value, PT_LOAD) ? NULL : (import_function *)value;
}

static bool replace_slot(const struct image *m, _Atomic uintptr_t *slot, struct import *i)
{
	uintptr_t value = atomic_load(slot);
	import_function *theirs = atomic_load(&i->theirs);

	if (value == (uintptr_t)i->ours)
		return true;
	import_function *called = function_behind(m, value, i->name);
	if (!called || (theirs && theirs != called))
		return false;
	/* First, for ours may be called as soon as the slot is written. */
	atomic_store(&i->theirs, called);
	return write_slot(m, slot, (uintptr_t)i->ours);
}

static bool is_slot_of(const struct image *m, const ElfW(Rela) * r, const char *name)
{
	unsigned type = ELF64_R_TYPE(r->r_info);
	const ElfW(Sym) *symbol = &m->symbols[ELF64_R_SYM(r->r_info)];

	return (type == SLOT_OF_CALLS || type == SLOT_OF_DATA) && symbol->st_shndx == SHN_UNDEF &&
	       strcmp(m->names + symbol->st_name, name) == 0;
}

/* How many slots there are for the function; *ok turns false when one could not be replaced. */
static size_t replace_in(const struct image *m, const ElfW(Rela) * relocations, size_t count,
	struct import *i, bool *ok)
{
	size_t found = 0;

	for (size_t n = 0; relocations && n < count; n++) {
		if (!is_slot_of(m, &relocations[n], i->name))
			continue;
		char *slot = (char *)(uintptr_t)m->base + relocations[n].r_offset;
		*ok &= replace_slot(m, (_Atomic uintptr_t *)(void *)slot, i);
		found++;
	}
	return found;
}

static bool replace_locked(void *library, struct import *i)
{
	struct image m;
	bool ok = true;

	mutex_assert_held(&imports_lock);
	if (!read_image(library, &m))
		return false;
	return replace_in(&m, m.calls, m.call_count, i, &ok) +
			       replace_in(&m, m.data, m.data_count, i, &ok) >
		       0 &&
	       ok;
}

#else

static bool replace_locked(void *library, struct import *i)
{
	(void)library;
	(void)i;
	return false;
}

#endif

bool import_replace(void *library, struct import *i)
{
	pthread_once(&imports_once, imports_setup);
	/* Two threads would seal each other's page. */
	mutex_lock(&imports_lock);
	bool is_replaced = replace_locked(library, i);
	mutex_unlock(&imports_lock);
	return is_replaced;
}

void imports_after_fork_in_child(void)
{
	pthread_once(&imports_once, imports_setup);
	mutex_reinit_after_fork(&imports_lock);
}
