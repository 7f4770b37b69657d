SELECT c.oid, pg_catalog.pg_get_viewdef(c.oid) AS query
FROM pg_catalog.pg_class c
WHERE c.relkind IN ('v', 'm')
  AND c.relpersistence <> 't'
  AND c.oid >= 16384
