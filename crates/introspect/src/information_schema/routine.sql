SELECT r.specific_schema::text AS schema,
       r.specific_name::text AS specific,
       r.routine_name::text AS name,
       r.routine_type::text AS kind,
       r.data_type::text AS data_type,
       r.type_udt_schema::text AS type_schema,
       r.type_udt_name::text AS type_name,
       r.routine_definition::text AS source,
       r.external_language::text AS language,
       r.is_deterministic::text AS deterministic,
       r.is_null_call::text AS strict,
       r.security_type::text AS security
FROM information_schema.routines r
WHERE r.specific_schema NOT IN ('pg_catalog', 'information_schema')
