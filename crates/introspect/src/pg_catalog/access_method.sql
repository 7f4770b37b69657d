SELECT m.oid, m.amname AS name, m.amtype AS sort, p.pronamespace AS schema, p.proname AS handler
FROM pg_catalog.pg_am m
JOIN pg_catalog.pg_proc p ON p.oid = m.amhandler
WHERE m.oid >= 16384
