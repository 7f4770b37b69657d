-- Operators, shells among them. Functions and operators come as "schema name".
SELECT o.oid,
       o.oprnamespace AS schema,
       o.oprname AS name,
       o.oprleft AS "left",
       o.oprright AS "right",
       o.oprresult AS result,
       (SELECT p.pronamespace::text || ' ' || p.proname FROM pg_catalog.pg_proc p WHERE p.oid = o.oprcode) AS function,
       (SELECT c.oprnamespace::text || ' ' || c.oprname FROM pg_catalog.pg_operator c WHERE c.oid = o.oprcom) AS commutator,
       (SELECT n.oprnamespace::text || ' ' || n.oprname FROM pg_catalog.pg_operator n WHERE n.oid = o.oprnegate) AS negator,
       (SELECT p.pronamespace::text || ' ' || p.proname FROM pg_catalog.pg_proc p WHERE p.oid = o.oprrest) AS restrict,
       (SELECT p.pronamespace::text || ' ' || p.proname FROM pg_catalog.pg_proc p WHERE p.oid = o.oprjoin) AS "join",
       o.oprcanhash AS hashes,
       o.oprcanmerge AS merges,
       o.oprowner AS owner
FROM pg_catalog.pg_operator o
WHERE o.oid >= 16384
