-- Every schema: those of the system are needed for the names of types and operators.
SELECT n.oid,
       n.nspname AS name,
       n.nspowner AS owner,
       -- initdb's own grants on "public" are no one's wish
       CASE WHEN n.nspacl IS DISTINCT FROM i.initprivs THEN n.nspacl::text[] END AS acl
FROM pg_catalog.pg_namespace n
LEFT JOIN pg_catalog.pg_init_privs i
       ON i.objoid = n.oid AND i.classoid = 2615 AND i.objsubid = 0 AND i.privtype = 'i'
