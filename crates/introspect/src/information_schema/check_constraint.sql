-- Their names are unique on a table, not in the schema, and the standard does not name the table here.
SELECT c.constraint_schema::text AS schema, c.constraint_name::text AS name, c.check_clause::text AS clause
FROM information_schema.check_constraints c
WHERE c.constraint_schema NOT IN ('pg_catalog', 'information_schema')
