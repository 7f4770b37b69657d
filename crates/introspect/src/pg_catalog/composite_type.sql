-- The row of pg_type carries a composite type's grants and comment.
SELECT t.oid, t.typrelid AS relation, t.typacl::text[] AS acl
FROM pg_catalog.pg_type t
JOIN pg_catalog.pg_class c ON c.oid = t.typrelid
WHERE c.relkind = 'c' AND t.oid >= 16384
