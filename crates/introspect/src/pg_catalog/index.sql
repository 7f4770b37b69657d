-- Every index; those behind a constraint become part of it. Definitions come from the arrays, since pg_get_indexdef is slow;
-- it is asked only where an expression may have another collation than the index, which nothing else tells.
SELECT i.indexrelid AS oid,
       i.indrelid AS relation,
       c.relname AS name,
       m.amname AS method,
       i.indisunique AS unique,
       i.indnkeyatts AS keys,
       i.indkey::int2[] AS columns,
       i.indclass::oid[] AS operator_classes,
       i.indcollation::oid[] AS collations,
       i.indoption::int2[] AS flags,
       {>=15}i.indnullsnotdistinct{else}false{end} AS nulls_not_distinct,
       i.indisvalid AS valid,
       i.indisreplident AS replica_identity,
       i.indisclustered AS clustered,
       c.reloptions AS options,
       s.spcname AS tablespace,
       pg_catalog.pg_get_expr(i.indpred, i.indrelid) AS predicate,
       pg_catalog.pg_get_expr(i.indexprs, i.indrelid) AS expressions,
       CASE WHEN i.indexprs IS NOT NULL
                 AND (EXISTS (SELECT FROM pg_catalog.unnest(i.indcollation::oid[]) u WHERE u NOT IN (0, 100))
                      OR i.indexprs::text LIKE '%{COLLATE%'
                      OR EXISTS (SELECT FROM pg_catalog.pg_attribute a
                                 WHERE a.attrelid = i.indrelid AND a.attnum > 0 AND a.attcollation NOT IN (0, 100)))
            THEN pg_catalog.pg_get_indexdef(i.indexrelid) END AS definition
FROM pg_catalog.pg_index i
JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
JOIN pg_catalog.pg_class r ON r.oid = i.indrelid
JOIN pg_catalog.pg_am m ON m.oid = c.relam
LEFT JOIN pg_catalog.pg_tablespace s ON s.oid = c.reltablespace
WHERE i.indexrelid >= 16384
  AND r.relkind IN ('r', 'p', 'm')
  AND r.relpersistence <> 't'
