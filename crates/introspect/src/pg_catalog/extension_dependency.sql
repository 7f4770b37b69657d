-- ALTER ... DEPENDS ON EXTENSION: what goes with an extension and is no member of it, by the object as PostgreSQL names it; a trigger by
-- its table.
SELECT i.type AS kind,
       coalesce((SELECT pg_catalog.format('%I.%I.%I', n.nspname, c.relname, t.tgname)
                 FROM pg_catalog.pg_trigger t
                 JOIN pg_catalog.pg_class c ON c.oid = t.tgrelid
                 JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
                 WHERE d.classid = 2620 AND t.oid = d.objid), i.identity) AS object,
       e.extname AS extension
FROM pg_catalog.pg_depend d
JOIN pg_catalog.pg_extension e ON e.oid = d.refobjid
CROSS JOIN LATERAL pg_catalog.pg_identify_object(d.classid, d.objid, d.objsubid) i
WHERE d.refclassid = 3079 AND d.deptype = 'x'
