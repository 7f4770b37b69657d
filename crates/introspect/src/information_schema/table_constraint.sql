SELECT c.table_schema::text AS schema,
       c.table_name::text AS relation,
       c.constraint_name::text AS name,
       c.constraint_type::text AS kind,
       c.is_deferrable::text AS deferrable,
       c.initially_deferred::text AS deferred,
       c.enforced::text AS enforced,
       {>=15}c.nulls_distinct::text{else}NULL::text{end} AS nulls_distinct
FROM information_schema.table_constraints c
WHERE c.table_schema NOT IN ('pg_catalog', 'information_schema')
