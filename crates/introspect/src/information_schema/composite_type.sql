SELECT a.udt_schema::text AS schema,
       a.udt_name::text AS relation,
       a.attribute_name::text AS name,
       a.ordinal_position::int4 AS position,
       a.data_type::text AS data_type,
       a.character_maximum_length::int4 AS length,
       a.numeric_precision::int4 AS precision,
       a.numeric_scale::int4 AS scale,
       a.datetime_precision::int4 AS fraction,
       a.interval_type::text AS fields,
       a.collation_schema::text AS collation_schema,
       a.collation_name::text AS collation_name,
       a.attribute_udt_schema::text AS type_schema,
       a.attribute_udt_name::text AS type_name
FROM information_schema.attributes a
WHERE a.udt_schema NOT IN ('pg_catalog', 'information_schema')
