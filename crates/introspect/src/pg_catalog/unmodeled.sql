-- Everything that exists and that the model has no kind for, named as PostgreSQL names it. Members of extensions are not
-- the schema's.
SELECT u.what, coalesce(u.name, (pg_catalog.pg_identify_object(u.class, u.object, 0)).identity) AS object
FROM (
    SELECT 'aggregate' AS what, 1255::oid AS class, oid AS object, NULL::text AS name
    FROM pg_catalog.pg_proc WHERE prokind = 'a'
    UNION ALL SELECT 'operator', 2617, oid, NULL FROM pg_catalog.pg_operator
    UNION ALL SELECT 'operator class', 2616, oid, NULL FROM pg_catalog.pg_opclass
    UNION ALL SELECT 'operator family', 2753, oid, NULL FROM pg_catalog.pg_opfamily
    UNION ALL SELECT 'cast', 2605, oid, NULL FROM pg_catalog.pg_cast
    UNION ALL SELECT 'collation', 3456, oid, NULL FROM pg_catalog.pg_collation
    UNION ALL SELECT 'conversion', 2607, oid, NULL FROM pg_catalog.pg_conversion
    UNION ALL SELECT 'statistics', 3381, oid, NULL FROM pg_catalog.pg_statistic_ext
    UNION ALL SELECT 'text search configuration', 3602, oid, NULL FROM pg_catalog.pg_ts_config
    UNION ALL SELECT 'text search dictionary', 3600, oid, NULL FROM pg_catalog.pg_ts_dict
    UNION ALL SELECT 'text search parser', 3601, oid, NULL FROM pg_catalog.pg_ts_parser
    UNION ALL SELECT 'text search template', 3764, oid, NULL FROM pg_catalog.pg_ts_template
    UNION ALL SELECT 'foreign-data wrapper', 2328, oid, NULL FROM pg_catalog.pg_foreign_data_wrapper
    UNION ALL SELECT 'server', 1417, oid, NULL FROM pg_catalog.pg_foreign_server
    UNION ALL SELECT 'user mapping', 1418, umid, usename::text || ' on server ' || srvname FROM pg_catalog.pg_user_mappings
    UNION ALL SELECT 'foreign table', 1259, oid, NULL FROM pg_catalog.pg_class WHERE relkind = 'f'
    UNION ALL SELECT 'publication', 6104, oid, NULL FROM pg_catalog.pg_publication
    UNION ALL SELECT 'event trigger', 3466, oid, NULL FROM pg_catalog.pg_event_trigger
    UNION ALL SELECT 'rule', 2618, oid, NULL FROM pg_catalog.pg_rewrite WHERE rulename <> '_RETURN'
    UNION ALL SELECT 'language', 2612, oid, NULL FROM pg_catalog.pg_language
    UNION ALL SELECT 'access method', 2601, oid, NULL FROM pg_catalog.pg_am
    UNION ALL SELECT 'transform', 3576, oid, NULL FROM pg_catalog.pg_transform
    UNION ALL SELECT 'base type', 1247, oid, NULL FROM pg_catalog.pg_type
        WHERE typtype IN ('b', 'p') AND NOT (typcategory = 'A' AND typlen = -1 AND typstorage <> 'p')
) u
WHERE u.object >= 16384
  AND NOT EXISTS (
      SELECT FROM pg_catalog.pg_depend d
      WHERE d.classid = u.class AND d.objid = u.object AND d.deptype = 'e')
UNION ALL
SELECT 'subscription', s.subname::text
FROM pg_catalog.pg_subscription s
WHERE s.subdbid = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database())
