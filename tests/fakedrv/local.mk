# A fake ODBC driver, as the real ones are: loadable modules. All variants are the same code; what
# makes them different is what they export.
check_LTLIBRARIES += libfakedrv.la
libfakedrv_la_SOURCES = \
	%reldir%/attributes.c \
	%reldir%/connect.c \
	%reldir%/control.c \
	%reldir%/descriptors.c \
	%reldir%/diag.c \
	%reldir%/execute.c \
	%reldir%/fakedrv.h \
	%reldir%/forms.c %reldir%/forms.inc \
	%reldir%/gate.c \
	%reldir%/handles.c \
	%reldir%/info.c \
	%reldir%/internal.h \
	%reldir%/results.c \
	%reldir%/script.c \
	%reldir%/statements.c \
	%reldir%/text.c \
	%reldir%/values.c \
	%reldir%/xa.c

# Functions without text have no W form.
FAKEDRV_TEXTLESS = AllocHandle|BindCol|BindParam|BindParameter|BulkOperations|Cancel|CancelHandle|CloseCursor|CopyDesc|DescribeParam|Disconnect|EndTran|Execute|ExtendedFetch|Fetch|FetchScroll|FreeHandle|FreeStmt|GetData|GetEnvAttr|GetFunctions|MoreResults|NumParams|NumResultCols|ParamData|PutData|RowCount|SetDescRec|SetEnvAttr|SetPos
# The W forms that the mixed variant does have.
FAKEDRV_SOME_W = BrowseConnectW|ColumnPrivilegesW|ColumnsW|ConnectW|DriverConnectW|ExecDirectW|ForeignKeysW|GetConnectAttrW|GetDescFieldW|GetDescRecW|GetDiagFieldW|GetStmtAttrW|GetTypeInfoW|PrimaryKeysW|ProcedureColumnsW|ProceduresW|SetDescFieldW|SetStmtAttrW|SpecialColumnsW|StatisticsW|TablePrivilegesW
# ODBC 2: no function that came with ODBC 3.
FAKEDRV_ODBC2 = AllocConnect|AllocEnv|AllocStmt|BindCol|BindParameter|BrowseConnect|Cancel|ColAttributes|ColumnPrivileges|Columns|Connect|DescribeCol|DescribeParam|Disconnect|DriverConnect|Error|ExecDirect|Execute|ExtendedFetch|Fetch|ForeignKeys|FreeConnect|FreeEnv|FreeStmt|GetConnectOption|GetCursorName|GetData|GetFunctions|GetInfo|GetStmtOption|GetTypeInfo|MoreResults|NativeSql|NumParams|NumResultCols|ParamData|ParamOptions|Prepare|PrimaryKeys|ProcedureColumns|Procedures|PutData|RowCount|SetConnectOption|SetCursorName|SetParam|SetPos|SetScrollOptions|SetStmtOption|SpecialColumns|Statistics|TablePrivileges|Tables|Transact

FAKEDRV_LDFLAGS = $(AM_LDFLAGS) -module -avoid-version -rpath /nowhere
FAKEDRV_LIBADD = libfakedrv.la libbase.la $(ODBCINST_LIBS)

check_LTLIBRARIES += %reldir%/fakedrv.la
%canon_reldir%_fakedrv_la_SOURCES =
%canon_reldir%_fakedrv_la_LDFLAGS = $(FAKEDRV_LDFLAGS) -export-symbols-regex '^(fakedrv_control|SQL.*)$$'
%canon_reldir%_fakedrv_la_LIBADD = $(FAKEDRV_LIBADD)

check_LTLIBRARIES += %reldir%/fakedrva.la
%canon_reldir%_fakedrva_la_SOURCES =
%canon_reldir%_fakedrva_la_LDFLAGS = $(FAKEDRV_LDFLAGS) -export-symbols-regex '^(fakedrv_control|SQL.*[^W])$$'
%canon_reldir%_fakedrva_la_LIBADD = $(FAKEDRV_LIBADD)

check_LTLIBRARIES += %reldir%/fakedrvw.la
%canon_reldir%_fakedrvw_la_SOURCES =
%canon_reldir%_fakedrvw_la_LDFLAGS = $(FAKEDRV_LDFLAGS) -export-symbols-regex '^(fakedrv_control|SQL.*W|SQL($(FAKEDRV_TEXTLESS)))$$'
%canon_reldir%_fakedrvw_la_LIBADD = $(FAKEDRV_LIBADD)

check_LTLIBRARIES += %reldir%/fakedrv_nomix.la
%canon_reldir%_fakedrv_nomix_la_SOURCES =
%canon_reldir%_fakedrv_nomix_la_LDFLAGS = $(FAKEDRV_LDFLAGS) -export-symbols-regex '^(fakedrv_control|SQL.*[^W]|SQL($(FAKEDRV_SOME_W)))$$'
%canon_reldir%_fakedrv_nomix_la_LIBADD = $(FAKEDRV_LIBADD)

check_LTLIBRARIES += %reldir%/fakedrv_odbc2.la
%canon_reldir%_fakedrv_odbc2_la_SOURCES =
%canon_reldir%_fakedrv_odbc2_la_LDFLAGS = $(FAKEDRV_LDFLAGS) -export-symbols-regex '^(fakedrv_control|SQL($(FAKEDRV_ODBC2)))$$'
%canon_reldir%_fakedrv_odbc2_la_LIBADD = $(FAKEDRV_LIBADD)

check_LTLIBRARIES += %reldir%/fakedrv_notdriver.la
%canon_reldir%_fakedrv_notdriver_la_SOURCES = %reldir%/notdriver.c
%canon_reldir%_fakedrv_notdriver_la_LDFLAGS = $(FAKEDRV_LDFLAGS)

FAKEDRV_TEST_CPPFLAGS = $(AM_CPPFLAGS) -DFAKEDRV_DIR='"$(abs_builddir)/%reldir%/.libs"'
FAKEDRV_TESTS =
FAKEDRV_TESTS += tests/fakedrv/test_fakedrv
tests_fakedrv_test_fakedrv_SOURCES = %reldir%/test_fakedrv.c %reldir%/client.h
tests_fakedrv_test_fakedrv_CPPFLAGS = $(FAKEDRV_TEST_CPPFLAGS)
tests_fakedrv_test_fakedrv_LDADD = libtestmain.la
FAKEDRV_TESTS += tests/fakedrv/test_fakedrv_data
tests_fakedrv_test_fakedrv_data_SOURCES = %reldir%/test_fakedrv_data.c
tests_fakedrv_test_fakedrv_data_CPPFLAGS = $(FAKEDRV_TEST_CPPFLAGS)
tests_fakedrv_test_fakedrv_data_LDADD = libtestmain.la
FAKEDRV_TESTS += tests/fakedrv/test_fakedrv_variants
tests_fakedrv_test_fakedrv_variants_SOURCES = %reldir%/test_fakedrv_variants.c
tests_fakedrv_test_fakedrv_variants_CPPFLAGS = $(FAKEDRV_TEST_CPPFLAGS)
tests_fakedrv_test_fakedrv_variants_LDADD = libtestmain.la
check_PROGRAMS += $(FAKEDRV_TESTS)
TESTS += $(FAKEDRV_TESTS)
