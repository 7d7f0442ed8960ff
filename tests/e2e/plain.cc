/* SPDX-License-Identifier: MIT */
/*
 * A C++ application: its operator new, its exceptions and its locale are none of our business. Prints
 * the session that each of three connects got: plain++ SOURCE QUERY
 */
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <stdexcept>
#include <string>

#include <sql.h>
#include <sqlext.h>

class connection {
	SQLHENV env = SQL_NULL_HENV;
	SQLHDBC dbc = SQL_NULL_HDBC;

	static void must(SQLRETURN rc, const char *what)
	{
		if (!SQL_SUCCEEDED(rc))
			throw std::runtime_error(what);
	}

public:
	explicit connection(std::string source)
	{
		must(SQLAllocHandle(SQL_HANDLE_ENV, SQL_NULL_HANDLE, &env), "environment");
		must(SQLSetEnvAttr(env, SQL_ATTR_ODBC_VERSION,
			     reinterpret_cast<SQLPOINTER>(SQL_OV_ODBC3), 0),
			"version");
		must(SQLAllocHandle(SQL_HANDLE_DBC, env, &dbc), "connection handle");
		must(SQLConnect(dbc, reinterpret_cast<SQLCHAR *>(&source[0]), SQL_NTS, nullptr, 0,
			     nullptr, 0),
			"connect");
	}

	~connection()
	{
		SQLDisconnect(dbc);
		SQLFreeHandle(SQL_HANDLE_DBC, dbc);
		SQLFreeHandle(SQL_HANDLE_ENV, env);
	}

	std::string answer(std::string query)
	{
		SQLHSTMT s = SQL_NULL_HSTMT;
		SQLCHAR text[100];
		SQLLEN length;

		must(SQLAllocHandle(SQL_HANDLE_STMT, dbc, &s), "statement");
		must(SQLExecDirect(s, reinterpret_cast<SQLCHAR *>(&query[0]), SQL_NTS), "query");
		must(SQLFetch(s), "fetch");
		must(SQLGetData(s, 1, SQL_C_CHAR, text, sizeof(text), &length), "value");
		SQLFreeHandle(SQL_HANDLE_STMT, s);
		return reinterpret_cast<char *>(text);
	}
};

int main(int argc, char **argv)
{
	if (argc != 3)
		return 2;
	try {
		for (int i = 0; i < 3; i++)
			std::cout << connection(argv[1]).answer(argv[2]) << "\n";
	} catch (const std::exception &e) {
		std::cerr << e.what() << "\n";
		return 1;
	}
	return 0;
}
