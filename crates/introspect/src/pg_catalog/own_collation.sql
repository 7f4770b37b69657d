-- The version of a collation is the machine's, not the schema's.
SELECT c.oid,
       c.collnamespace AS schema,
       c.collname AS name,
       c.collprovider AS provider,
       c.collisdeterministic AS deterministic,
       c.collcollate::text AS lc_collate,
       c.collctype::text AS lc_ctype,
       -- Named colllocale since 17, colliculocale since 15; before, ICU used collcollate.
       coalesce(pg_catalog.to_jsonb(c) ->> 'colllocale', pg_catalog.to_jsonb(c) ->> 'colliculocale',
                c.collcollate::text) AS locale,
       {>=16}c.collicurules{else}NULL::text{end} AS rules,
       c.collowner AS owner
FROM pg_catalog.pg_collation c
WHERE c.oid >= 16384
