SELECT s.sequence_schema::text AS schema,
       s.sequence_name::text AS name,
       s.data_type::text AS data_type,
       s.start_value::text AS start,
       s.minimum_value::text AS min,
       s.maximum_value::text AS max,
       s.increment::text AS increment,
       s.cycle_option::text AS cycle
FROM information_schema.sequences s
WHERE s.sequence_schema NOT IN ('pg_catalog', 'information_schema')
