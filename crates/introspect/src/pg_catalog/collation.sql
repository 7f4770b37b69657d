SELECT c.oid, c.collnamespace AS schema, c.collname AS name
FROM pg_catalog.pg_collation c
