-- Constraints of tables and domains, but for NOT NULL and the constraint triggers.
SELECT c.oid,
       c.conname AS name,
       c.contype AS kind,
       c.conrelid AS relation,
       c.contypid AS domain,
       c.condeferrable AS deferrable,
       c.condeferred AS deferred,
       c.convalidated AS validated,
       {>=18}c.conenforced{else}true{end} AS enforced,
       c.connoinherit AS no_inherit,
       c.conislocal AS local,
       c.conparentid AS parent,
       c.conindid AS index,
       c.confrelid AS referenced,
       c.conkey AS columns,
       c.confkey AS referenced_columns,
       c.confupdtype AS on_update,
       c.confdeltype AS on_delete,
       c.confmatchtype AS match_type,
       {>=15}c.confdelsetcols{else}NULL::int2[]{end} AS on_delete_columns,
       {>=18}c.conperiod{else}false{end} AS period,
       c.conexclop AS operators,
       CASE WHEN c.contype = 'c' THEN pg_catalog.pg_get_expr(c.conbin, c.conrelid) END AS expression
FROM pg_catalog.pg_constraint c
WHERE c.oid >= 16384
  AND c.contype NOT IN ('t', 'n')
