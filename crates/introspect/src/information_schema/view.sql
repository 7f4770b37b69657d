SELECT v.table_schema::text AS schema,
       v.table_name::text AS name,
       v.view_definition::text AS query,
       v.check_option::text AS check_option
FROM information_schema.views v
WHERE v.table_schema NOT IN ('pg_catalog', 'information_schema')
