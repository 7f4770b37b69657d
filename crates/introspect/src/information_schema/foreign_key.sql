-- Read by itself and joined by us: joins of these views take seconds on large schemas.
SELECT r.constraint_schema::text AS schema,
       r.constraint_name::text AS name,
       r.unique_constraint_schema::text AS unique_schema,
       r.unique_constraint_name::text AS unique_name,
       r.match_option::text AS match_type,
       r.update_rule::text AS on_update,
       r.delete_rule::text AS on_delete
FROM information_schema.referential_constraints r
WHERE r.constraint_schema NOT IN ('pg_catalog', 'information_schema')
