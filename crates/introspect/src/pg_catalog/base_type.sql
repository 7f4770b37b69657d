-- Base types and shell types; the arrays that PostgreSQL makes of types are not the schema's. Functions come as "schema name".
SELECT t.oid,
       t.typnamespace AS schema,
       t.typname AS name,
       t.typisdefined AS defined,
       (SELECT p.pronamespace::text || ' ' || p.proname FROM pg_catalog.pg_proc p WHERE p.oid = t.typinput) AS input,
       (SELECT p.pronamespace::text || ' ' || p.proname FROM pg_catalog.pg_proc p WHERE p.oid = t.typoutput) AS output,
       (SELECT p.pronamespace::text || ' ' || p.proname FROM pg_catalog.pg_proc p WHERE p.oid = t.typreceive) AS receive,
       (SELECT p.pronamespace::text || ' ' || p.proname FROM pg_catalog.pg_proc p WHERE p.oid = t.typsend) AS send,
       (SELECT p.pronamespace::text || ' ' || p.proname FROM pg_catalog.pg_proc p WHERE p.oid = t.typmodin) AS typmod_in,
       (SELECT p.pronamespace::text || ' ' || p.proname FROM pg_catalog.pg_proc p WHERE p.oid = t.typmodout) AS typmod_out,
       (SELECT p.pronamespace::text || ' ' || p.proname FROM pg_catalog.pg_proc p WHERE p.oid = t.typanalyze) AS analyze,
       {>=14}(SELECT p.pronamespace::text || ' ' || p.proname FROM pg_catalog.pg_proc p WHERE p.oid = t.typsubscript){else}NULL::text{end} AS subscript,
       t.typlen AS length,
       t.typbyval AS by_value,
       t.typalign AS alignment,
       t.typstorage AS storage,
       t.typcategory AS category,
       t.typispreferred AS preferred,
       t.typdefault AS default_value,
       t.typelem AS element,
       t.typdelim AS delimiter,
       t.typcollation <> 0 AS collatable,
       t.typowner AS owner,
       t.typacl::text[] AS acl
FROM pg_catalog.pg_type t
WHERE t.oid >= 16384
  AND t.typtype IN ('b', 'p')
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_type e WHERE e.typarray = t.oid)
