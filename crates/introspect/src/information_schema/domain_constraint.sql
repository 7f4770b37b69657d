SELECT d.domain_schema::text AS schema, d.domain_name::text AS domain, d.constraint_name::text AS name
FROM information_schema.domain_constraints d
WHERE d.domain_schema NOT IN ('pg_catalog', 'information_schema')
