# shim: the driver that the application sees. Knows every layer below.
noinst_LTLIBRARIES += libshim.la
libshim_la_SOURCES = \
	%reldir%/alloc.c \
	%reldir%/browse.c \
	%reldir%/call.c %reldir%/call.h \
	%reldir%/connect.c %reldir%/connect.h \
	%reldir%/connect_attr.c \
	%reldir%/connecting.c \
	%reldir%/connecting_pool.c %reldir%/connecting_pool.h \
	%reldir%/counting.c %reldir%/counting.h \
	%reldir%/descriptor.c %reldir%/descriptor.h \
	%reldir%/diag.c \
	%reldir%/disconnect.c %reldir%/disconnect.h \
	%reldir%/entry.h \
	%reldir%/env_attr.c \
	%reldir%/forward.c \
	%reldir%/handle.c %reldir%/handle.h \
	%reldir%/info.c \
	%reldir%/inherit.c %reldir%/inherit.h \
	%reldir%/library.c %reldir%/library.h \
	%reldir%/pool_info.c %reldir%/pool_info.h \
	%reldir%/statement.c \
	%reldir%/stmt_attr.c \
	%reldir%/text.c %reldir%/text.h \
	%reldir%/token.c %reldir%/token.h \
	%reldir%/transact.c \
	%reldir%/transaction.c %reldir%/transaction.h \
	%reldir%/xa_attr.c %reldir%/xa_attr.h \
	%reldir%/binding.c %reldir%/binding.h \
	%reldir%/watched.c %reldir%/watched.h \
	%reldir%/widen.c \
	%reldir%/xa.c \
	%reldir%/xa_branch.c %reldir%/xa_branch.h \
	%reldir%/xa_switch.c %reldir%/xa_switch.h \
	%reldir%/xa_open.c \
	%reldir%/xa_resource.c %reldir%/xa_resource.h \
	%reldir%/xa_rules.c %reldir%/xa_rules.h \
	%reldir%/xa_thread.c %reldir%/xa_thread.h \
	%reldir%/xa_work.c %reldir%/xa_work.h

# The core: all code and state of odbcpool in one library, so that a process that uses several of the
# shells still has one registry. It has no SQL* name; applications link it for odbcpool.h.
lib_LTLIBRARIES = libodbcpoolcore.la
libodbcpoolcore_la_SOURCES =
libodbcpoolcore_la_LIBADD = libshim.la libdbms.la libdriver.la libpool.la libconf.la libstats.la libbase.la \
	$(ODBCINST_LIBS)
libodbcpoolcore_la_LDFLAGS = $(AM_LDFLAGS) -version-info 0:0:0 $(SHARED_LDFLAGS) \
	-Wl,--version-script=$(top_srcdir)/src/shim/core.map
EXTRA_libodbcpoolcore_la_DEPENDENCIES = src/shim/core.map
EXTRA_DIST += src/shim/core.map
