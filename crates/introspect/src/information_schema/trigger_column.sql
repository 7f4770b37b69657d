SELECT t.event_object_schema::text AS schema,
       t.event_object_table::text AS relation,
       t.trigger_name::text AS name,
       t.event_object_column::text AS "column"
FROM information_schema.triggered_update_columns t
WHERE t.event_object_schema NOT IN ('pg_catalog', 'information_schema')
