SELECT f.ftrelid AS relation, s.srvname AS server, f.ftoptions AS options
FROM pg_catalog.pg_foreign_table f
JOIN pg_catalog.pg_foreign_server s ON s.oid = f.ftserver
