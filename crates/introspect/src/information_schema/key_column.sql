SELECT k.table_schema::text AS schema,
       k.table_name::text AS relation,
       k.constraint_name::text AS name,
       k.column_name::text AS "column",
       k.ordinal_position::int4 AS position,
       k.position_in_unique_constraint::int4 AS referenced
FROM information_schema.key_column_usage k
WHERE k.table_schema NOT IN ('pg_catalog', 'information_schema')
