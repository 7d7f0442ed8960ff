# dbms
