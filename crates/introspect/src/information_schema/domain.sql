SELECT d.domain_schema::text AS schema,
       d.domain_name::text AS name,
       d.domain_default::text AS expression,
       d.data_type::text AS data_type,
       d.character_maximum_length::int4 AS length,
       d.numeric_precision::int4 AS precision,
       d.numeric_scale::int4 AS scale,
       d.datetime_precision::int4 AS fraction,
       d.interval_type::text AS fields,
       d.collation_schema::text AS collation_schema,
       d.collation_name::text AS collation_name,
       d.udt_schema::text AS type_schema,
       d.udt_name::text AS type_name
FROM information_schema.domains d
WHERE d.domain_schema NOT IN ('pg_catalog', 'information_schema')
