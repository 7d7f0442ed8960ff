/* SPDX-License-Identifier: MIT */
#include "tool/library_file.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* The file in memory. Everything in it is somebody else's word: each reference is checked. */
struct image {
	const unsigned char *data;
	size_t size;
};

static const void *piece(const struct image *im, uint64_t offset, uint64_t len)
{
	return offset <= im->size && len <= im->size - offset ? im->data + offset : NULL;
}

/* The text at `offset` of a string table, or NULL when it has no end there. */
static const char *text_at(const struct image *im, const ElfW(Shdr) * strings, uint64_t offset)
{
	const char *table = piece(im, strings->sh_offset, strings->sh_size);

	if (!table || offset >= strings->sh_size ||
		!memchr(table + offset, '\0', strings->sh_size - offset))
		return NULL;
	return table + offset;
}

static const char *check_header(const struct image *im, const ElfW(Ehdr) * *ret_header)
{
	const ElfW(Ehdr) *h = piece(im, 0, sizeof(*h));

	if (!h || memcmp(h->e_ident, ELFMAG, SELFMAG) != 0)
		return "is no shared library";
	if (h->e_ident[EI_CLASS] != (sizeof(void *) == 8 ? ELFCLASS64 : ELFCLASS32))
		return sizeof(void *) == 8 ? "is a 32-bit library, and this is a 64-bit odbcpool"
					   : "is a 64-bit library, and this is a 32-bit odbcpool";
	if (h->e_type != ET_DYN || h->e_shentsize != sizeof(ElfW(Shdr)))
		return "is no shared library";
	*ret_header = h;
	return NULL;
}

struct found {
	bool connect[2], alloc_handle, alloc_env, shell_mark;
	bool shell_alias[SHELLS];
};

static void note_export(struct found *f, const char *name)
{
	static const struct {
		const char *name;
		size_t offset;
	} wanted[] = {
		{"SQLConnect", offsetof(struct found, connect[0])},
		{"SQLConnectA", offsetof(struct found, connect[0])},
		{"SQLDriverConnect", offsetof(struct found, connect[0])},
		{"SQLDriverConnectA", offsetof(struct found, connect[0])},
		{"SQLConnectW", offsetof(struct found, connect[1])},
		{"SQLDriverConnectW", offsetof(struct found, connect[1])},
		{"SQLAllocHandle", offsetof(struct found, alloc_handle)},
		{"SQLAllocEnv", offsetof(struct found, alloc_env)},
		{"odbcpool_shell", offsetof(struct found, shell_mark)},
		{"libodbcpool_LTX_SQLAllocHandle", offsetof(struct found, shell_alias[SHELL_BOTH])},
		{"libodbcpoola_LTX_SQLAllocHandle",
			offsetof(struct found, shell_alias[SHELL_ANSI])},
		{"libodbcpoolw_LTX_SQLAllocHandle",
			offsetof(struct found, shell_alias[SHELL_WIDE])},
	};

	for (size_t i = 0; i < array_size(wanted); i++)
		if (strcmp(wanted[i].name, name) == 0)
			*(bool *)((char *)f + wanted[i].offset) = true;
}

static void read_symbols(const struct image *im, const ElfW(Shdr) * symbols,
	const ElfW(Shdr) * strings, struct found *f)
{
	const ElfW(Sym) *s = piece(im, symbols->sh_offset, symbols->sh_size);

	for (size_t n = s ? symbols->sh_size / sizeof(*s) : 0; n > 0; n--, s++) {
		const char *name = text_at(im, strings, s->st_name);
		if (name && s->st_shndx != SHN_UNDEF)
			note_export(f, name);
	}
}

static bool needs_library(const struct image *im, const ElfW(Shdr) * dynamic,
	const ElfW(Shdr) * strings, const char *begin)
{
	const ElfW(Dyn) *d = piece(im, dynamic->sh_offset, dynamic->sh_size);

	for (size_t n = d ? dynamic->sh_size / sizeof(*d) : 0; n > 0; n--, d++) {
		const char *name =
			d->d_tag == DT_NEEDED ? text_at(im, strings, d->d_un.d_val) : NULL;
		if (name && strncmp(name, begin, strlen(begin)) == 0)
			return true;
	}
	return false;
}

static void conclude(const struct found *f, struct library_file *to)
{
	to->is_ours = f->shell_mark;
	for (int s = 0; s < SHELLS; s++)
		if (f->shell_alias[s])
			to->our_shell = (enum shell)s;
	to->is_driver = f->alloc_handle && (f->connect[0] || f->connect[1]);
	to->is_old_driver = !f->alloc_handle && f->alloc_env;
	to->shell = shell_for(f->connect[0], f->connect[1]);
}

/* NULL, or what is wrong. */
static const char *read_image(const struct image *im, struct library_file *to)
{
	const ElfW(Ehdr) * h;
	const char *wrong = check_header(im, &h);
	struct found found = {.connect = {false}};

	if (wrong)
		return wrong;
	const ElfW(Shdr) *sections =
		piece(im, h->e_shoff, (uint64_t)h->e_shnum * sizeof(*sections));
	if (!sections || h->e_shnum == 0 || h->e_shoff % sizeof(void *))
		return "has no table of sections, so that it cannot be seen what it exports";
	for (size_t i = 0; i < h->e_shnum; i++) {
		const ElfW(Shdr) *s = &sections[i];
		if (s->sh_link >= h->e_shnum || s->sh_offset % sizeof(void *))
			continue;
		if (s->sh_type == SHT_DYNSYM)
			read_symbols(im, s, &sections[s->sh_link], &found);
		else if (s->sh_type == SHT_DYNAMIC)
			to->is_sqlite |= needs_library(im, s, &sections[s->sh_link], "libsqlite3.");
	}
	conclude(&found, to);
	return NULL;
}

bool library_file_read(const char *path, struct library_file *ret_file, struct buffer *reterr)
{
	struct library_file file = {.is_ours = false};
	const char *wrong = NULL;
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	void *data = MAP_FAILED;

	if (fd < 0 || fstat(fd, &st) != 0) {
		wrong = strerror(errno);
	} else if (!S_ISREG(st.st_mode) || st.st_size == 0) {
		wrong = "is no shared library";
	} else {
		data = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
		struct image im = {data, (size_t)st.st_size};
		wrong = data == MAP_FAILED ? strerror(errno) : read_image(&im, &file);
	}
	if (data != MAP_FAILED)
		munmap(data, (size_t)st.st_size);
	if (fd >= 0)
		close(fd);
	if (wrong)
		buffer_append_str(reterr, wrong);
	else
		*ret_file = file;
	return !wrong;
}
