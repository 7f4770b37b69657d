-- Tables and views; which of them are partitioned, unlogged or partitions the standard can't say.
SELECT t.table_schema::text AS schema,
       t.table_name::text AS name,
       t.table_type::text AS kind,
       t.user_defined_type_schema::text AS type_schema,
       t.user_defined_type_name::text AS type_name
FROM information_schema.tables t
WHERE t.table_schema NOT IN ('pg_catalog', 'information_schema')
