# pool: the engine. Knows base and conf; no ODBC, no dlopen, no files.
