SELECT t.oid,
       t.typnamespace AS schema,
       t.typname AS name,
       ARRAY(SELECT e.enumlabel::text FROM pg_catalog.pg_enum e WHERE e.enumtypid = t.oid ORDER BY e.enumsortorder) AS labels,
       t.typowner AS owner,
       t.typacl::text[] AS acl
FROM pg_catalog.pg_type t
WHERE t.typtype = 'e' AND t.oid >= 16384
