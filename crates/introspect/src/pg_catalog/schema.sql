-- Every schema: those of the system are needed for the names of types and operators.
SELECT n.oid,
       n.nspname AS name,
       n.nspowner AS owner,
       n.nspacl::text[] AS acl
FROM pg_catalog.pg_namespace n
