-- Columns of tables, views and materialized views, attributes of composite types, and what an index's columns have of
-- their own (parameters of the operator class, a statistics target).
-- A default has no columns in it: without its table pg_get_expr need not open that. The modifiers of PostgreSQL's own types
-- are decoded by us, those of others are printed by the type.
SELECT a.attrelid AS relation,
       a.attnum AS number,
       a.attname AS name,
       a.atttypid AS data_type,
       a.atttypmod AS modifier,
       CASE WHEN a.atttypmod >= 0 AND a.atttypid >= 16384
            THEN pg_catalog.format_type(a.atttypid, a.atttypmod) END AS type_text,
       a.attcollation AS collation,
       a.attnotnull AS not_null,
       CASE WHEN a.atthasdef THEN
            pg_catalog.pg_get_expr(d.adbin, CASE a.attgenerated WHEN '' THEN 0 ELSE d.adrelid END) END AS expression,
       a.attidentity AS identity,
       a.attgenerated AS generated,
       a.attstorage AS storage,
       {>=14}a.attcompression{else}''::"char"{end} AS compression,
       a.attoptions AS options,
       {>=17}a.attstattarget::int4{else}nullif(a.attstattarget, -1)::int4{end} AS statistics,
       a.attislocal AS local,
       a.attfdwoptions AS foreign_options,
       a.attacl::text[] AS acl
FROM pg_catalog.pg_attribute a
JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
LEFT JOIN pg_catalog.pg_attrdef d ON a.atthasdef AND d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE a.attrelid >= 16384
  AND a.attnum > 0
  AND NOT a.attisdropped
  AND c.relpersistence <> 't'
  AND (c.relkind IN ('r', 'p', 'f', 'v', 'm', 'c')
       OR c.relkind IN ('i', 'I')
          AND (a.attoptions IS NOT NULL OR {>=17}a.attstattarget IS NOT NULL{else}a.attstattarget <> -1{end}))
