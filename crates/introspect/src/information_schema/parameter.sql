SELECT p.specific_schema::text AS schema,
       p.specific_name::text AS specific,
       p.ordinal_position::int4 AS position,
       p.parameter_mode::text AS mode,
       p.parameter_name::text AS name,
       p.data_type::text AS data_type,
       p.udt_schema::text AS type_schema,
       p.udt_name::text AS type_name,
       p.parameter_default::text AS expression
FROM information_schema.parameters p
WHERE p.specific_schema NOT IN ('pg_catalog', 'information_schema')
