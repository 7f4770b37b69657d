-- Operators of exclusion constraints.
SELECT o.oid, o.oprnamespace AS schema, o.oprname AS name
FROM pg_catalog.pg_operator o
WHERE o.oid IN (
    SELECT unnest(c.conexclop) FROM pg_catalog.pg_constraint c WHERE c.contype = 'x')
