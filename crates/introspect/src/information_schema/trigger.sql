-- One row for each event.
SELECT t.event_object_schema::text AS schema,
       t.event_object_table::text AS relation,
       t.trigger_name::text AS name,
       t.event_manipulation::text AS event,
       t.action_condition::text AS condition,
       t.action_statement::text AS statement,
       t.action_orientation::text AS orientation,
       t.action_timing::text AS timing,
       t.action_reference_old_table::text AS old_table,
       t.action_reference_new_table::text AS new_table
FROM information_schema.triggers t
WHERE t.event_object_schema NOT IN ('pg_catalog', 'information_schema')
