SELECT f.oid, f.opfnamespace AS schema, f.opfname AS name, m.amname AS method, f.opfowner AS owner
FROM pg_catalog.pg_opfamily f
JOIN pg_catalog.pg_am m ON m.oid = f.opfmethod
WHERE f.oid >= 16384
