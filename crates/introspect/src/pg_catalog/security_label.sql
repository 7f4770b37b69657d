-- SECURITY LABEL, by the object as PostgreSQL names it. Shared objects (databases, roles, tablespaces) have theirs elsewhere.
SELECT i.type AS kind,
       i.identity AS object,
       l.provider,
       l.label
FROM pg_catalog.pg_seclabel l, pg_catalog.pg_identify_object(l.classoid, l.objoid, l.objsubid) i
