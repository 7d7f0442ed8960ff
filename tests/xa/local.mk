# Distributed transactions: an example of a transaction manager and of its application, which
# transfers.sh kills in every way.
EXTRA_DIST += %reldir%/transfers.sh
SOAKS += tests/xa/transfers.sh

check_PROGRAMS += %reldir%/transfer
%canon_reldir%_transfer_SOURCES = %reldir%/transfer.c %reldir%/manager.c %reldir%/manager.h
%canon_reldir%_transfer_LDADD = libodbcpoolcore.la -lodbc
