SELECT s.schema_name::text AS name, s.schema_owner::text AS owner
FROM information_schema.schemata s
