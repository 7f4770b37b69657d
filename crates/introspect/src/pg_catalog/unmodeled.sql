-- What exists and the model has no kind for, named as PostgreSQL names it.
SELECT 'default privileges' AS what, (pg_catalog.pg_identify_object(826, d.oid, 0)).identity AS object
FROM pg_catalog.pg_default_acl d
WHERE NOT EXISTS (
    SELECT FROM pg_catalog.pg_depend m
    WHERE m.classid = 826 AND m.objid = d.oid AND m.deptype = 'e')
UNION ALL
SELECT 'security label', (pg_catalog.pg_identify_object(l.classoid, l.objoid, l.objsubid)).identity
FROM pg_catalog.pg_seclabel l
