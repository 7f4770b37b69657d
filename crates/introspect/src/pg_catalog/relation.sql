-- Tables, foreign ones among them, views, materialized views, sequences and composite types, with what hangs on the relation itself.
SELECT c.oid,
       c.relnamespace AS schema,
       c.relname AS name,
       c.relkind AS kind,
       c.relpersistence AS persistence,
       c.relowner AS owner,
       c.relacl::text[] AS acl,
       c.reloptions AS options,
       x.reloptions AS toast_options,
       s.spcname AS tablespace,
       m.amname AS access_method,
       c.relrowsecurity AS row_security,
       c.relforcerowsecurity AS force_row_security,
       c.relreplident AS replica_identity,
       c.relispopulated AS populated,
       c.reloftype AS of_type,
       c.reltuples AS tuples,
       c.relpages AS pages,
       pg_catalog.current_setting('block_size')::pg_catalog.int4 AS block,
       CASE WHEN c.relispartition THEN pg_catalog.pg_get_expr(c.relpartbound, c.oid) END AS partition_bound
FROM pg_catalog.pg_class c
LEFT JOIN pg_catalog.pg_class x ON x.oid = c.reltoastrelid AND x.reloptions IS NOT NULL
LEFT JOIN pg_catalog.pg_tablespace s ON s.oid = c.reltablespace
LEFT JOIN pg_catalog.pg_am m ON m.oid = c.relam
WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm', 'S', 'c')
  AND c.relpersistence <> 't'
  AND c.oid >= 16384
